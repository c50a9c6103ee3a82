/* Journal records back into the book: a step takes the place of an ask, a result that of a report.
 * In the journal's order each proposal finds told exactly what it found told at first. */
#include <math.h>

#include "run/run_impl.h"

static enum muster_status damaged(const char *what)
{
    return muster_error(MUSTER_BAD_DATA, "the journal holds a %s that is not one of this program",
                        what);
}

enum muster_status run_replay_step(struct run_book *book, const void *payload, size_t n)
{
    enum muster_status status = MUSTER_OK;
    int64_t numbers[6];
    double *values = NULL;
    size_t n_fitted = muster_pack_get(payload, n, "fitted", MUSTER_F64, NULL, 0);
    size_t n_level = muster_pack_get(payload, n, "level", MUSTER_F64, NULL, 0);
    if (muster_pack_get(payload, n, "step", MUSTER_I64, numbers, 6) != 6 ||
        muster_pack_get(payload, n, "x", MUSTER_F64, NULL, 0) != book->d ||
        (n_level != 0 && n_level != book->info->folds))
        return damaged("step");
    MUSTER_NEW(values, book->d + n_fitted + n_level);
    muster_pack_get(payload, n, "x", MUSTER_F64, values, book->d);
    muster_pack_get(payload, n, "fitted", MUSTER_F64, values + book->d, n_fitted);
    if (n_level > 0)
        muster_pack_get(payload, n, "level", MUSTER_F64, values + book->d + n_fitted, n_level);
    struct muster_step step = {.id = numbers[0],
                               .trial = numbers[1],
                               .from_epoch = numbers[2],
                               .to_epoch = numbers[3],
                               .first_fold = numbers[4],
                               .n_folds = numbers[5],
                               .rung = muster_pack_get_i64(payload, n, "rung", 0),
                               .rows = muster_pack_get_f64(payload, n, "rows", 0.0),
                               .threshold = muster_pack_get_f64(payload, n, "threshold", NAN),
                               .level = n_level > 0 ? values + book->d + n_fitted : NULL,
                               .variance = muster_pack_get_f64(payload, n, "variance", 0.0),
                               .freedom = muster_pack_get_i64(payload, n, "freedom", 0),
                               .x = values};
    MUSTER_TRY(muster_search_replay_known(book->search, &step,
                                          muster_pack_get_i64(payload, n, "known", 0),
                                          values + book->d, n_fitted));
    struct muster_reason why = {.source = muster_pack_get_text(payload, n, "source"),
                                .acquisition = muster_pack_get_f64(payload, n, "acquisition", NAN),
                                .mean = muster_pack_get_f64(payload, n, "predicted", NAN),
                                .deviation = muster_pack_get_f64(payload, n, "deviation", NAN)};
    if (why.source == NULL)
        why.source = "";
    MUSTER_TRY(run_book_enter(book, &step, &why));
done:
    muster_free(values);
    return status;
}

enum muster_status run_replay_result(struct run_book *book, const void *payload, size_t n)
{
    book->earlier = muster_pack_get_f64(payload, n, "elapsed", book->earlier);
    return run_book_settle(book, payload, n);
}
