/* The best configuration once more, on all rows of the folds together, and its only look at the
 * rows that were held out. Several ranks may share it as they share a fold (mates.c).
 *
 * Why none of them waits for another that is gone: all have their memory before the first exchange,
 * which all ranks of the communicator agree on, and what begins the training (preparation, first
 * reads, what was put aside) is agreed on before it goes on. Whether to stop is asked of the first
 * rank alone, which tells the others before each epoch; a loss comes out of the tree, the same on
 * all; and a failure to read ends the training on all behind the epoch that it came up in. The test
 * is the first rank's own, behind the last exchange. */
#include <math.h>
#include <string.h>

#include "train_impl.h"

static enum muster_status train_all(struct fit *fit, int64_t trial, const double *x,
                                    const struct muster_interrupt *interrupt,
                                    struct muster_refit *refit)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_data *data = fit->trainer->data;
    int64_t epochs = refit->epochs;
    double kept = muster_clock();
    MUSTER_TRY(mates_agree(
        fit, fit_begin(fit, muster_data_rows(data), muster_data_info(data)->rows, trial, -1)));
    for (int64_t epoch = refit_recall(fit, trial, x, epochs); epoch < epochs; epoch++) {
        bool stop = mates_lead(fit) && interrupted(interrupt);
        mates_tell(fit, &stop, sizeof stop);
        if (epoch > 0 && mates_lead(fit) &&
            (stop || muster_clock() - kept > fit->trainer->keeping.every)) {
            refit_keep(fit, trial, x, epoch);
            kept = muster_clock();
        }
        if (stop)
            MUSTER_TRY(muster_error(MUSTER_STOPPED, "the refit was stopped"));
        const double loss = fit_epoch(fit, epoch);
        MUSTER_TRY(mates_status(fit));
        if (!isfinite(loss))
            MUSTER_TRY(
                muster_error(MUSTER_BAD_DATA,
                             "the refit of trial %lld on all training rows diverged in epoch "
                             "%lld of %lld (a lower learning rate would be right)",
                             (long long)trial, (long long)epoch + 1, (long long)epochs));
    }
done:
    return status;
}

/* Of next tokens only those that are there are scored: a copy of their predictions, [n tokens]. */
static enum muster_status pack_tokens(int32_t *classes, struct muster_scored *scored, float **copy)
{
    enum muster_status status = MUSTER_OK;
    const size_t numbers = scored->n * scored->outputs;
    MUSTER_NEW(*copy, numbers);
    memcpy(*copy, scored->prediction, numbers * sizeof **copy);
    targets_pack_predictions(classes, scored->n, scored->outputs, *copy);
    scored->n = targets_pack(classes, scored->n, classes);
    scored->prediction = *copy;
done:
    return status;
}

static enum muster_status score_test(struct fit *fit, double seconds, struct muster_refit *refit)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_trainer *trainer = fit->trainer;
    const struct muster_data_info *info = trainer_info(trainer);
    const int64_t *rows = muster_data_test_rows(trainer->data);
    const size_t n = refit->test_rows, targets = muster_net_targets(fit->net);
    const size_t whole = (n + MUSTER_REFIT_PASS - 1) / MUSTER_REFIT_PASS * MUSTER_REFIT_PASS;
    int32_t *classes = NULL;
    float *values = NULL, *packed = NULL;
    if (info->classification)
        MUSTER_NEW(classes, n * targets);
    else
        MUSTER_NEW(values, n * info->outputs);
    MUSTER_NEW(refit->test_metrics, trainer->n_metrics);
    MUSTER_NEW(refit->test_prediction, whole * targets * info->outputs);
    fit_predict(fit, rows, n, refit->test_prediction);
    MUSTER_TRY(muster_data_status(trainer->data));
    muster_data_targets(trainer->data, rows, n, classes, values);
    struct muster_scored scored = {.n = n * targets,
                                   .outputs = info->outputs,
                                   .classes = classes,
                                   .targets = values,
                                   .prediction = refit->test_prediction,
                                   .flops = (double)refit->epochs * (double)fit->n *
                                            muster_net_flops_train(fit->net),
                                   .parameters = muster_net_parameters(fit->net),
                                   .seconds = seconds};
    if (info->next_token)
        MUSTER_TRY(pack_tokens(classes, &scored, &packed));
    for (size_t m = 0; m < trainer->n_metrics; m++)
        refit->test_metrics[m] = muster_metric_score(trainer->metrics[m], &scored);
done:
    muster_free(classes);
    muster_free(values);
    muster_free(packed);
    return status;
}

/* What the fit made becomes the refit's: a net with the weights that predict. */
static void hand_over(struct fit *fit, struct muster_refit *refit)
{
    fit_swap(fit);
    refit->net = fit->net;
    refit->prep = fit->prep;
    refit->target_mean = fit->target_mean;
    refit->target_scale = fit->target_scale;
    fit->net = NULL;
    fit->prep = NULL;
    fit->target_mean = fit->target_scale = NULL;
}

/* This rank's part: whether it has one, and in what team; nothing is sent. */
static enum muster_status join(const struct muster_trainer *trainer, struct muster_comm *comm,
                               const struct muster_config *config, struct muster_team **team,
                               bool *takes_part)
{
    enum muster_status status = MUSTER_OK;
    const size_t shards = trainer_shards(trainer);
    const size_t ranks = comm != NULL ? (size_t)muster_comm_size(comm) : 1;
    const size_t rank = comm != NULL ? (size_t)muster_comm_rank(comm) : 0;
    size_t mates;
    MUSTER_TRY(cost_mates(trainer, config, ranks < shards ? ranks : shards, &mates));
    *takes_part = rank < mates;
    if (*takes_part && mates > 1)
        status = muster_team_create(comm, 0, (int)mates, mates_parcels(shards, mates), team);
done:
    return status;
}

/* Behind the agreement; on ranks that take part. */
static enum muster_status train_and_test(struct fit *fit, int64_t trial, const double *x,
                                         const struct muster_interrupt *interrupt,
                                         struct muster_refit *refit)
{
    enum muster_status status;
    const double begin = muster_clock();
    MUSTER_TRY(train_all(fit, trial, x, interrupt, refit));
    if (!mates_lead(fit))
        goto done;
    if (refit->test_rows > 0)
        MUSTER_TRY(score_test(fit, muster_clock() - begin, refit));
    hand_over(fit, refit);
done:
    return status;
}

enum muster_status muster_trainer_refit(struct muster_trainer *trainer, struct muster_comm *comm,
                                        const struct muster_refit_of *of,
                                        const struct muster_interrupt *interrupt,
                                        struct muster_refit *refit)
{
    enum muster_status status;
    const struct muster_data_info *info = trainer_info(trainer);
    struct muster_team *team = NULL;
    struct fit fit = {0};
    bool takes_part = false;
    *refit = (struct muster_refit){.epochs = of->epochs, .test_rows = info->test_rows};
    status = muster_study_configure(trainer->study, of->x, &refit->config);
    if (status == MUSTER_OK)
        status = join(trainer, comm, &refit->config, &team, &takes_part);
    if (status == MUSTER_OK && takes_part)
        status = fit_create(trainer, &refit->config, info->rows, team, &fit);
    if (comm != NULL)
        status = muster_agree(comm, status);
    if (status == MUSTER_OK && takes_part)
        status = train_and_test(&fit, of->trial, of->x, interrupt, refit);
    if (status != MUSTER_OK || refit->net == NULL)
        muster_refit_clear(refit);
    fit_clear(&fit);
    muster_team_destroy(&team);
    return status;
}

void muster_refit_clear(struct muster_refit *refit)
{
    muster_config_clear(&refit->config);
    muster_net_destroy(&refit->net);
    muster_prep_destroy(&refit->prep);
    muster_free(refit->target_mean);
    muster_free(refit->target_scale);
    muster_free(refit->test_metrics);
    muster_free(refit->test_prediction);
    *refit = (struct muster_refit){0};
}
