/* A fold that is put aside between two epochs, or once it is done, and taken up again where it was,
 * with the bits of one in a piece. */
#include <string.h>

#include "train_impl.h"

enum { ON_ITS_WAY = 1, DONE = 2, REFIT = 3 }; /* what files hold */

/* ---- a network in training ------------------------------------------------------------------- */

enum { FIT_PIECES = 7 };

static void pieces_of_fit(struct fit *fit, struct keep_piece pieces[FIT_PIECES])
{
    size_t weights, state, moments;
    int64_t *steps;
    pieces[0].data = muster_net_weights(fit->net, &weights);
    pieces[1].data = muster_net_state(fit->net, &state);
    pieces[2].data = muster_optimizer_state(fit->optimizer, &moments, &steps);
    pieces[0].bytes = weights * sizeof(float);
    pieces[1].bytes = state * sizeof(float);
    pieces[2].bytes = moments * sizeof(float);
    pieces[3] = (struct keep_piece){steps, sizeof *steps};
    pieces[4] =
        (struct keep_piece){fit->average, fit->average != NULL ? weights * sizeof(float) : 0};
    pieces[5] = (struct keep_piece){fit->losses, (size_t)fit->epochs * sizeof *fit->losses};
    pieces[6] = (struct keep_piece){&fit->step, sizeof fit->step};
}

/* Fills the pieces from a file, on all ranks that share the fold. */
static bool recall(struct fit *fit, const struct keep_of *of, int64_t most,
                   const struct keep_piece *pieces, size_t n)
{
    bool there = mates_lead(fit) && keep_read(fit->trainer, of, most, pieces, n);
    mates_tell(fit, &there, sizeof there);
    for (size_t i = 0; there && i < n; i++)
        mates_tell(fit, pieces[i].data, pieces[i].bytes);
    return there;
}

/* The epochs done are the last piece. */
bool refit_keep(struct fit *fit, int64_t trial, const double *x, int64_t done)
{
    struct keep_piece pieces[FIT_PIECES + 1];
    const struct keep_of of = {.kind = REFIT, .trial = trial, .fold = -1, .x = x};
    pieces_of_fit(fit, pieces);
    pieces[FIT_PIECES] = (struct keep_piece){&done, sizeof done};
    return keep_write(fit->trainer, &of, done, pieces, FIT_PIECES + 1);
}

int64_t refit_recall(struct fit *fit, int64_t trial, const double *x, int64_t epochs)
{
    struct keep_piece pieces[FIT_PIECES + 1];
    const struct keep_of of = {.kind = REFIT, .trial = trial, .fold = -1, .x = x};
    int64_t done = 0;
    pieces_of_fit(fit, pieces);
    pieces[FIT_PIECES] = (struct keep_piece){&done, sizeof done};
    return recall(fit, &of, epochs, pieces, FIT_PIECES + 1) ? done : 0;
}

/* ---- a fold on its way ----------------------------------------------------------------------- */

enum { FOLD_PIECES = FIT_PIECES + 5 };

static void pieces_of_fold(struct fold_bench *bench, struct muster_result *result,
                           struct keep_piece pieces[FOLD_PIECES])
{
    const size_t numbers =
        bench->n * muster_net_targets(bench->fit.net) * trainer_info(bench->fit.trainer)->outputs;
    const size_t epochs = result->epochs;
    pieces_of_fit(&bench->fit, pieces);
    pieces[FIT_PIECES] = (struct keep_piece){&bench->course, sizeof bench->course};
    pieces[FIT_PIECES + 1] = (struct keep_piece){bench->best, numbers * sizeof *bench->best};
    for (size_t c = 0; c < 3; c++)
        pieces[FIT_PIECES + 2 + c] =
            (struct keep_piece){result->curves + (c * result->folds + bench->k) * epochs,
                                epochs * sizeof *result->curves};
}

bool fold_keep(struct fold_bench *bench, struct muster_result *result)
{
    struct keep_piece pieces[FOLD_PIECES];
    const struct keep_of of = {ON_ITS_WAY,   bench->trial, (int64_t)bench->k,
                               bench->point, bench->rows,  bench->follows};
    pieces_of_fold(bench, result, pieces);
    return keep_write(bench->fit.trainer, &of, bench->course.run, pieces, FOLD_PIECES);
}

bool fold_recall(struct fold_bench *bench, struct muster_result *result)
{
    struct keep_piece pieces[FOLD_PIECES];
    const struct keep_of of = {ON_ITS_WAY,   bench->trial, (int64_t)bench->k,
                               bench->point, bench->rows,  bench->follows};
    pieces_of_fold(bench, result, pieces);
    return recall(&bench->fit, &of, bench->until, pieces, FOLD_PIECES);
}

/* ---- a fold that is done --------------------------------------------------------------------- */

enum { DONE_PIECES = 7 };

/* Scores of one fold do not lie side by side: they go through bench->column. */
static void pieces_of_done(struct fold_bench *bench, size_t k, struct muster_result *result,
                           struct pool *pool, struct keep_piece pieces[DONE_PIECES])
{
    const size_t rows = pool->prediction != NULL ? pool->starts[k + 1] - pool->starts[k] : 0;
    pieces[0] = (struct keep_piece){&result->fold_epochs[k], sizeof *result->fold_epochs};
    pieces[1] = (struct keep_piece){&result->best_epochs[k], sizeof *result->best_epochs};
    pieces[2] = (struct keep_piece){bench->column, result->metrics * sizeof *bench->column};
    pieces[3] =
        (struct keep_piece){rows > 0 ? pool->prediction + pool->starts[k] * pool->outputs : NULL,
                            rows * pool->outputs * sizeof *pool->prediction};
    for (size_t c = 0; c < 3; c++)
        pieces[4 + c] =
            (struct keep_piece){result->curves + (c * result->folds + k) * result->epochs,
                                result->epochs * sizeof *result->curves};
}

bool done_keep(struct fold_bench *bench, size_t k, struct muster_result *result, struct pool *pool)
{
    struct keep_piece pieces[DONE_PIECES];
    const struct keep_of of = {DONE,         bench->trial, (int64_t)k,
                               bench->point, bench->rows,  bench->follows};
    for (size_t m = 0; m < result->metrics; m++)
        bench->column[m] = result->scores[m * result->folds + k];
    pieces_of_done(bench, k, result, pool, pieces);
    return keep_write(bench->fit.trainer, &of, result->fold_epochs[k], pieces, DONE_PIECES);
}

bool done_recall(struct fold_bench *bench, size_t k, struct muster_result *result,
                 struct pool *pool)
{
    struct keep_piece pieces[DONE_PIECES];
    const struct keep_of of = {DONE,         bench->trial, (int64_t)k,
                               bench->point, bench->rows,  bench->follows};
    pieces_of_done(bench, k, result, pool, pieces);
    if (!recall(&bench->fit, &of, bench->until, pieces, DONE_PIECES))
        return false;
    for (size_t m = 0; m < result->metrics; m++)
        result->scores[m * result->folds + k] = bench->column[m];
    return true;
}
