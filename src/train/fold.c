/* One fold: train epoch by epoch, look at the validation rows after each, stop early, score.
 *
 * Early stopping (Prechelt, Early Stopping - But When?, 1998: the plain patience rule) scores a
 * fold at its best epoch. Nothing but predictions is asked of those weights, so the best epoch's
 * predictions are kept instead of the weights: the same bits as restoring and predicting again. */
#include <math.h>
#include <string.h>

#include "train_impl.h"

void folds_largest(const struct muster_folds *folds, size_t *train, size_t *valid)
{
    *train = *valid = 0;
    for (size_t k = 0; k < muster_folds_count(folds); k++) {
        size_t t = muster_folds_train(folds, k, NULL), v;
        muster_folds_valid(folds, k, &v);
        *train = t > *train ? t : *train;
        *valid = v > *valid ? v : *valid;
    }
}

double fold_flops(const struct fold_bench *bench, size_t k, int64_t epochs)
{
    const struct muster_trainer *trainer = bench->fit.trainer;
    const struct muster_net *net = bench->fit.net;
    size_t train = rows_sampled(muster_folds_train(trainer->folds, k, NULL), bench->rows), valid;
    muster_folds_valid(trainer->folds, k, &valid);
    return (double)epochs * ((double)train * muster_net_flops_train(net) +
                             (double)valid * muster_net_flops_predict(net));
}

enum muster_status fold_bench_create(const struct muster_trainer *trainer,
                                     const struct muster_config *config,
                                     const struct muster_step *step, struct muster_team *team,
                                     struct fold_bench *bench)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_data_info *info = trainer_info(trainer);
    const struct muster_value *patience =
        muster_block_get(&config->train, "early_stopping.patience");
    size_t train, valid, targets;
    folds_largest(trainer->folds, &train, &valid);
    *bench = (struct fold_bench){
        .trial = step != NULL ? step->trial : -1,
        .point = step != NULL ? step->x : NULL,
        .follows = step != NULL && step->from_epoch > 0,
        .further = step != NULL && step->to_epoch >= 0,
        .rows = step != NULL && step->rows > 0 ? step->rows : 1.0,
        .until = muster_block_int(&config->train, "epochs"),
        .patience = patience->set ? (int64_t)patience->number : 0,
        .min_delta = muster_block_number(&config->train, "early_stopping.min_delta")};
    if (step != NULL && step->to_epoch >= 0 && step->to_epoch < bench->until)
        bench->until = step->to_epoch;
    MUSTER_TRY(fit_create(trainer, config, train, team, &bench->fit));
    targets = valid * muster_net_targets(bench->fit.net);
    MUSTER_NEW(bench->train, train);
    if (info->block == 0)
        MUSTER_NEW(bench->x, valid * info->width);
    if (info->block == 0 && info->lengths)
        MUSTER_NEW(bench->lengths, valid * muster_data_inputs(trainer->data));
    if (info->classification) {
        MUSTER_NEW(bench->classes, targets);
    } else {
        MUSTER_NEW(bench->values, valid * info->outputs);
        MUSTER_NEW(bench->standard, valid * info->outputs);
    }
    if (info->next_token)
        MUSTER_NEW(bench->present, targets);
    MUSTER_NEW(bench->column, trainer->n_metrics);
    MUSTER_NEW(bench->last, targets * info->outputs);
    MUSTER_NEW(bench->best, targets * info->outputs);
done:
    if (status == MUSTER_NO_MEMORY && info->next_token && bench->fit.net != NULL)
        muster_error(
            status,
            "out of memory: predictions of all tokens after each of %zu steps of %zu rows "
            "(fewer rows by data.limit or validate.folds.holdout, or a smaller vocabulary)",
            muster_net_targets(bench->fit.net), valid);
    if (status != MUSTER_OK)
        fold_bench_clear(bench);
    return status;
}

void fold_bench_clear(struct fold_bench *bench)
{
    fit_clear(&bench->fit);
    muster_free(bench->train);
    muster_free(bench->x);
    muster_free(bench->lengths);
    muster_free(bench->classes);
    muster_free(bench->present);
    muster_free(bench->values);
    muster_free(bench->standard);
    muster_free(bench->column);
    muster_free(bench->last);
    muster_free(bench->best);
    *bench = (struct fold_bench){0};
}

/* Fits preparation and target scale on the training rows and gathers the validation rows. */
static enum muster_status begin(struct fold_bench *bench, size_t k)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_trainer *trainer = bench->fit.trainer;
    bench->k = k;
    size_t n = muster_folds_train(trainer->folds, k, bench->train);
    MUSTER_TRY(rows_sample(trainer, bench->rows, bench->train, &n));
    const int64_t *valid = muster_folds_valid(trainer->folds, k, &bench->n);
    bench->valid = valid;
    MUSTER_TRY(fit_begin(&bench->fit, bench->train, n, bench->trial, (int64_t)k));
    if (bench->x != NULL) {
        size_t first, end;
        mates_rows(&bench->fit, bench->n, &first, &end);
        muster_prep_gather(trainer->data, bench->fit.prep, valid + first, end - first,
                           bench->x + first * trainer_info(trainer)->width);
    }
    if (bench->lengths != NULL)
        muster_data_lengths(trainer->data, valid, bench->n, bench->lengths);
    muster_data_targets(trainer->data, valid, bench->n, bench->classes, bench->values);
    bench->scored = bench->n;
    if (bench->present != NULL)
        bench->scored = targets_pack(bench->classes, bench->n * muster_net_targets(bench->fit.net),
                                     bench->present);
    if (bench->values != NULL) {
        size_t outputs = trainer_info(trainer)->outputs;
        memcpy(bench->standard, bench->values, bench->n * outputs * sizeof *bench->standard);
        targets_standardise(&bench->fit, bench->n, bench->standard);
    }
done:
    return status;
}

/* After `epochs` epochs; NaN where it is to be taken of all folds together. */
static double score(const struct fold_bench *bench, int64_t epochs, size_t m,
                    const float *prediction)
{
    const struct muster_trainer *trainer = bench->fit.trainer;
    if (pools(trainer, m))
        return NAN;
    struct muster_scored scored = {.n = bench->scored,
                                   .outputs = trainer_info(trainer)->outputs,
                                   .classes =
                                       bench->present != NULL ? bench->present : bench->classes,
                                   .targets = bench->values,
                                   .prediction = prediction,
                                   .flops = fold_flops(bench, bench->k, epochs),
                                   .parameters = muster_net_parameters(bench->fit.net),
                                   .seconds = bench->course.seconds};
    return muster_metric_score(trainer->metrics[m], &scored);
}

/* Predictions of the validation rows go to `last`; ranks that share the fold make some each. */
static void predict(struct fold_bench *bench)
{
    struct fit *fit = &bench->fit;
    const struct muster_data_info *info = trainer_info(fit->trainer);
    const size_t width = muster_net_targets(fit->net) * info->outputs;
    size_t first, end;
    mates_rows(fit, bench->n, &first, &end);
    float *out = bench->last + first * width;
    fit_swap(fit);
    if (bench->x != NULL) {
        const struct muster_inputs x = {
            .x = bench->x + first * info->width,
            .lengths = bench->lengths != NULL
                           ? bench->lengths + first * muster_data_inputs(fit->trainer->data)
                           : NULL};
        muster_net_predict(fit->net, x, end - first, out);
    } else
        fit_predict_by(fit, bench->valid + first, end - first, fit->pass, out);
    fit_swap(fit);
    mates_ask(fit, bench->interrupt);
    mates_gather(fit, bench->n, width, bench->last);
}

/* Mean loss over the fold's validation rows, or their tokens; what they are scored by is left in
 * `last`. */
static double validate(struct fold_bench *bench)
{
    struct muster_targets y = {.classes = bench->classes, .values = bench->standard};
    predict(bench);
    double loss = muster_net_loss(bench->fit.net, bench->last, y, bench->n);
    double weight = muster_net_weight(bench->fit.net, y, bench->n);
    loss = weight > 0 ? loss / weight : loss;
    mates_tell(&bench->fit, &loss, sizeof loss);
    targets_restore(&bench->fit, bench->n, bench->last);
    if (bench->present != NULL)
        targets_pack_predictions(bench->classes, bench->n * muster_net_targets(bench->fit.net),
                                 trainer_info(bench->fit.trainer)->outputs, bench->last);
    return loss;
}

/* One epoch and a look at the validation rows; returns the validation loss, or a training loss that
 * is not finite. `curves` [3][stride] points at the fold's first epoch; what is not finite stays
 * NaN there. */
static double run_epoch(struct fold_bench *bench, int64_t epoch, float *curves, size_t stride)
{
    double train = fit_epoch(&bench->fit, epoch);
    if (!isfinite(train))
        return train;
    double valid = validate(bench);
    fit_tell(&bench->fit, epoch, valid);
    curves[epoch] = (float)train;
    if (!isfinite(valid))
        return valid;
    curves[stride + (size_t)epoch] = (float)valid;
    curves[2 * stride + (size_t)epoch] = (float)score(bench, epoch + 1, 0, bench->last);
    return valid;
}

/* Books an epoch; the best one's predictions are kept. Without early stopping the last epoch is the
 * best. */
static void book_epoch(struct fold_bench *bench, double loss)
{
    struct fold_course *course = &bench->course;
    course->run++;
    course->diverged = !isfinite(loss);
    if (course->diverged)
        course->best = 0;
    else if (bench->patience == 0 || loss < course->least - bench->min_delta) {
        float *predictions = bench->best;
        bench->best = bench->last;
        bench->last = predictions;
        course->least = loss;
        course->best = course->run;
    }
}

static bool goes_on(const struct fold_bench *bench)
{
    const struct fold_course *course = &bench->course;
    return !course->diverged && course->run < bench->until &&
           (bench->patience == 0 || course->run - course->best < bench->patience);
}

/* Puts the fold aside at the end of a step that others may follow, and in between now and then. */
static void keep_now_and_then(struct fold_bench *bench, struct muster_result *result)
{
    const double now = muster_clock();
    const bool pause = !goes_on(bench) && bench->further;
    if (!mates_lead(&bench->fit))
        return;
    if (!pause && (!goes_on(bench) || now - bench->kept < bench->fit.trainer->keeping.every))
        return;
    bench->kept = now;
    bench->touched |= fold_keep(bench, result);
}

/* Takes up what was put aside, else begins anew. */
static enum muster_status take_up(struct fold_bench *bench, size_t k, struct muster_result *result)
{
    enum muster_status status;
    bench->course = (struct fold_course){.least = INFINITY};
    bench->begun = bench->kept = muster_clock();
    MUSTER_TRY(mates_agree(&bench->fit, begin(bench, k)));
    bench->course.seconds = muster_clock() - bench->begun;
    if (fold_recall(bench, result)) {
        bench->touched = true;
        muster_log(MUSTER_DEBUGS, "fold %zu of trial %lld goes on after epoch %lld", k + 1,
                   (long long)bench->trial, (long long)bench->course.run);
    }
done:
    return status;
}

static void settle(struct fold_bench *bench, struct muster_result *result, enum fold_end *end)
{
    const struct fold_course *course = &bench->course;
    const size_t k = bench->k;
    result->fold_epochs[k] = course->run;
    result->best_epochs[k] = course->best;
    for (size_t m = 0; m < result->metrics && course->best > 0; m++)
        result->scores[m * result->folds + k] = score(bench, course->run, m, bench->best);
    *end = course->diverged ? FOLD_DIVERGED : FOLD_COMPLETE;
    if (course->best > 0 && !isfinite(result->scores[k]) && !pools(bench->fit.trainer, 0))
        *end = FOLD_UNSCORED;
}

enum muster_status fold_train(struct fold_bench *bench, size_t k, struct muster_result *result,
                              enum fold_end *end)
{
    enum muster_status status = MUSTER_OK;
    float *curves = result->curves + k * result->epochs;
    MUSTER_TRY(take_up(bench, k, result));
    while (goes_on(bench)) {
        if (mates_stop(&bench->fit, bench->interrupt)) {
            if (bench->course.run > 0 && mates_lead(&bench->fit))
                bench->touched |= fold_keep(bench, result);
            MUSTER_TRY(muster_error(MUSTER_STOPPED, "the training was stopped"));
        }
        const double began = muster_clock();
        const double loss =
            run_epoch(bench, bench->course.run, curves, result->folds * result->epochs);
        MUSTER_TRY(mates_status(&bench->fit));
        bench->course.seconds += muster_clock() - began;
        book_epoch(bench, loss);
        keep_now_and_then(bench, result);
    }
    settle(bench, result, end);
    mates_tell(&bench->fit, end, sizeof *end);
    status = bench->fit.mates.status;
done:
    return status;
}
