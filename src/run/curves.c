/* `/curves` of the result file, streamed from the journal: curves are not kept in memory. The folds
 * of a trial may have been run in several steps, each of which wrote its own. */
#include "run/run_impl.h"

static const char *const paths[] = {"/curves/train_loss", "/curves/valid_loss",
                                    "/curves/valid_score"};
enum { N_CURVES = sizeof paths / sizeof *paths };

struct stream {
    const struct run_draft *draft;
    const int64_t *row_of; /* [entries], -1: not in the table */
};

static enum muster_status stream_record(void *context, enum muster_record kind, const void *payload,
                                        size_t n)
{
    enum muster_status status = MUSTER_OK;
    struct stream *stream = context;
    struct muster_result result = {0};
    int64_t id = muster_pack_get_i64(payload, n, "step", -1);
    if (kind != MUSTER_RECORD_RESULT || id < 0 || (size_t)id >= stream->draft->book->n ||
        stream->row_of[id] < 0)
        return MUSTER_OK;
    MUSTER_TRY(muster_result_unpack(payload, n, &result));
    const size_t size = result.folds * result.epochs;
    const size_t first = (size_t)stream->draft->book->entries[id].step.first_fold;
    for (size_t c = 0; c < N_CURVES; c++)
        muster_file_stream_part(stream->draft->file, paths[c], (size_t)stream->row_of[id], first,
                                result.folds - first,
                                result.curves + c * size + first * result.epochs);
done:
    muster_result_clear(&result);
    return status;
}

enum muster_status run_file_curves(const struct run_draft *draft)
{
    enum muster_status status = MUSTER_OK;
    const struct run_book *book = draft->book;
    const size_t dims[3] = {draft->n, book->info->folds, book->info->epochs};
    int64_t *row_of = NULL;
    if (dims[0] == 0 || dims[2] == 0)
        return MUSTER_OK;
    MUSTER_NEW(row_of, book->n);
    for (size_t i = 0; i < book->n; i++)
        row_of[i] = -1;
    for (size_t i = 0; i < draft->n; i++)
        for (int64_t entry = draft->rows[i], first = 1; entry >= 0 && first > 0;
             entry = book->entries[entry].previous) {
            row_of[entry] = (int64_t)i;
            first = book->entries[entry].step.first_fold; /* folds before are an earlier step's */
        }
    for (size_t c = 0; c < N_CURVES; c++)
        muster_file_stream_begin(draft->file, paths[c], 3, dims);
    struct stream stream = {.draft = draft, .row_of = row_of};
    MUSTER_TRY(muster_journal_visit(book->journal, stream_record, &stream));
done:
    muster_free(row_of);
    return status;
}
