/* `search.warm_start`: trials of earlier result files, with scores standardised file by file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/earlier_impl.h"

/* Trials learnt from of one file: a third of them its best, the others evenly spaced. */
enum { MOST_OF_A_FILE = 300 };

/* ---- which of them --------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const struct muster_ranked *p = a, *q = b;
    return (p->at > q->at) - (p->at < q->at);
}

static enum muster_status thin_out(struct earlier_source *source)
{
    enum muster_status status = MUSTER_OK;
    size_t d = muster_study_space(source->study)->d, n = source->n_kept;
    const size_t best = MOST_OF_A_FILE / 3, others = MOST_OF_A_FILE - best;
    struct muster_ranked *order = NULL;

    if (n <= MOST_OF_A_FILE)
        return MUSTER_OK;
    MUSTER_NEW(order, n);
    for (size_t i = 0; i < n; i++)
        order[i] = (struct muster_ranked){source->scores[source->kept[i]], i};
    qsort(order, n, sizeof *order, muster_best_first);
    for (size_t k = 0; k < others; k++)
        order[best + k] = order[best + k * (n - best) / others];
    qsort(order, MOST_OF_A_FILE, sizeof *order, by_place);
    for (size_t i = 0; i < MOST_OF_A_FILE; i++) {
        source->kept[i] = source->kept[order[i].at];
        memmove(source->x + i * d, source->x + order[i].at * d, d * sizeof(double));
    }
    source->n_kept = MOST_OF_A_FILE;
done:
    muster_free(order);
    return status;
}

/* ---- all files ------------------------------------------------------------------------------- */

/* Mean and standard deviation of the finite scores; 1 where they do not differ. */
static void measure(const struct earlier_source *source, double *shift, double *scale)
{
    double sum = 0, squares = 0, n = 0;

    for (size_t i = 0; i < source->n_kept; i++) {
        double score = source->scores[source->kept[i]];
        sum += isnan(score) ? 0 : score;
        n += !isnan(score);
    }
    *shift = n > 0 ? sum / n : 0;
    for (size_t i = 0; i < source->n_kept; i++) {
        double off = source->scores[source->kept[i]] - *shift;
        squares += isnan(off) ? 0 : off * off;
    }
    *scale = squares > 0 ? sqrt(squares / n) : 1;
}

static enum muster_status append(const struct earlier_source *source,
                                 struct muster_earlier *earlier)
{
    enum muster_status status = MUSTER_OK;
    size_t d = muster_study_space(source->study)->d, n = earlier->n + source->n_kept;
    size_t s = earlier->sources;

    MUSTER_TRY(muster_grow(&earlier->x, &earlier->x_capacity, n * d, sizeof *earlier->x));
    MUSTER_TRY(muster_grow(&earlier->score, &earlier->score_capacity, n, sizeof *earlier->score));
    MUSTER_TRY(
        muster_grow(&earlier->source, &earlier->source_capacity, n, sizeof *earlier->source));
    MUSTER_TRY(
        muster_grow(&earlier->shift, &earlier->shift_capacity, s + 1, sizeof *earlier->shift));
    MUSTER_TRY(
        muster_grow(&earlier->scale, &earlier->scale_capacity, s + 1, sizeof *earlier->scale));
    measure(source, &earlier->shift[s], &earlier->scale[s]);
    memcpy(earlier->x + earlier->n * d, source->x, source->n_kept * d * sizeof(double));
    for (size_t i = 0; i < source->n_kept; i++) {
        double score = source->scores[source->kept[i]];
        earlier->score[earlier->n + i] = (score - earlier->shift[s]) / earlier->scale[s];
        earlier->source[earlier->n + i] = (int64_t)s;
    }
    earlier->n = n;
    earlier->sources++;
done:
    return status;
}

static enum muster_status read_file(const struct muster_study *study, size_t i, const char *file,
                                    struct muster_earlier *earlier)
{
    enum muster_status status;
    struct earlier_source source = {.study = study, .file = file};
    char where[64], *path = muster_study_resolve(study, file);

    snprintf(where, sizeof where, "search.warm_start.%zu", i);
    MUSTER_TRY(path != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    status = earlier_source_read(&source, path);
    if (status == MUSTER_NO_INPUT)
        status = muster_error(status, "%s: there is no result file `%s`",
                              muster_study_place(study, where), path);
    else if (status == MUSTER_BAD_DATA || status == MUSTER_IO)
        status =
            muster_error(status, "%s: %s", muster_study_place(study, where), muster_error_text());
    MUSTER_TRY(status);
    muster_log(source.n_kept > 0 ? MUSTER_INFOS : MUSTER_WARNINGS,
               "%s: %zu of its %zu trials lie in this study's space (%zu outside, %zu pruned)",
               file, source.n_kept, source.n, source.outside, source.pruned);
    MUSTER_TRY(thin_out(&source));
    if (source.n_kept > 0)
        MUSTER_TRY(append(&source, earlier));
done:
    earlier_source_clear(&source);
    muster_free(path);
    return status;
}

enum muster_status muster_earlier_read(const struct muster_study *study,
                                       struct muster_earlier *earlier)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_value *files =
        muster_block_get(muster_study_section(study, "search"), "warm_start");

    *earlier = (struct muster_earlier){0};
    for (size_t i = 0; i < files->n; i++)
        MUSTER_TRY(read_file(study, i, files->items[i], earlier));
done:
    return status;
}

void muster_earlier_clear(struct muster_earlier *earlier)
{
    muster_free(earlier->x);
    muster_free(earlier->score);
    muster_free(earlier->source);
    muster_free(earlier->shift);
    muster_free(earlier->scale);
    *earlier = (struct muster_earlier){0};
}

struct muster_warm muster_earlier_warm(const struct muster_earlier *earlier)
{
    return (struct muster_warm){.n = earlier->n,
                                .sources = earlier->sources,
                                .x = earlier->x,
                                .score = earlier->score,
                                .source = earlier->source,
                                .shift = earlier->shift,
                                .scale = earlier->scale};
}

/* ---- in a journal ---------------------------------------------------------------------------- */

void run_earlier_pack(const struct muster_earlier *earlier, size_t d, struct muster_pack *pack)
{
    if (earlier->n == 0)
        return;
    muster_pack_put(pack, "warm_x", MUSTER_F64, earlier->x, earlier->n * d);
    muster_pack_put(pack, "warm_score", MUSTER_F64, earlier->score, earlier->n);
    muster_pack_put(pack, "warm_source", MUSTER_I64, earlier->source, earlier->n);
    muster_pack_put(pack, "warm_shift", MUSTER_F64, earlier->shift, earlier->sources);
    muster_pack_put(pack, "warm_scale", MUSTER_F64, earlier->scale, earlier->sources);
}

enum muster_status run_earlier_unpack(const void *payload, size_t n, size_t d,
                                      struct muster_earlier *earlier)
{
    enum muster_status status = MUSTER_OK;
    size_t rows = muster_pack_get(payload, n, "warm_score", MUSTER_F64, NULL, 0);
    size_t sources = muster_pack_get(payload, n, "warm_shift", MUSTER_F64, NULL, 0);

    muster_earlier_clear(earlier);
    if (rows == 0)
        return MUSTER_OK;
    MUSTER_NEW(earlier->x, rows * d);
    MUSTER_NEW(earlier->score, rows);
    MUSTER_NEW(earlier->source, rows);
    MUSTER_NEW(earlier->shift, sources);
    MUSTER_NEW(earlier->scale, sources);
    muster_pack_get(payload, n, "warm_score", MUSTER_F64, earlier->score, rows);
    muster_pack_get(payload, n, "warm_shift", MUSTER_F64, earlier->shift, sources);
    if (muster_pack_get(payload, n, "warm_x", MUSTER_F64, earlier->x, rows * d) != rows * d ||
        muster_pack_get(payload, n, "warm_source", MUSTER_I64, earlier->source, rows) != rows ||
        muster_pack_get(payload, n, "warm_scale", MUSTER_F64, earlier->scale, sources) != sources)
        MUSTER_TRY(muster_error(MUSTER_BAD_DATA,
                                "the journal's earlier results are not those of this program"));
    earlier->n = rows;
    earlier->sources = sources;
done:
    return status;
}
