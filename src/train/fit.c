/* One network trained by mini-batches on a set of rows: an epoch visits them in a fresh order, the
 * last batch may be smaller (as in PyTorch), and every random number is keyed by (seed, trial,
 * fold, purpose), so that the bits depend on nothing else. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "train_impl.h"

/* Predictions pass through the net in pieces of at least so many rows, also in online training. */
#define PASS_LEAST MUSTER_REFIT_PASS

size_t fit_batch(const struct muster_block *train, size_t rows)
{
    double asked = muster_block_number(train, "batch_size");
    return isnan(asked) || asked > (double)rows ? rows : (size_t)asked;
}

/* An option that is absent where nothing is to be done: 0 then. */
static double number_or_none(const struct muster_block *train, const char *name)
{
    const struct muster_value *value = muster_block_get(train, name);
    return value->set ? value->number : 0.0;
}

static struct muster_net_input net_input(const struct muster_data_input *input)
{
    const struct muster_data_info *info = muster_data_info(input->data);
    const struct muster_data_columns *columns = muster_data_columns(input->data);
    struct muster_net_input of = {.name = input->name,
                                  .input.rank = info->rank,
                                  .vocabulary = info->vocabulary,
                                  .n_codes = columns != NULL ? columns->n_codes : 0,
                                  .levels = columns != NULL ? columns->embedded : NULL,
                                  .lengths = info->lengths};
    memcpy(of.input.dims, info->dims, sizeof of.input.dims);
    return of;
}

static enum muster_status create_net(const struct muster_config *config, struct fit *fit)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_data *data = fit->trainer->data;
    const struct muster_data_info *info = trainer_info(fit->trainer);
    const struct muster_value *loss = muster_block_get(fit->train, "loss");
    const size_t n = muster_data_inputs(data);
    struct muster_net_input *inputs = NULL;
    MUSTER_NEW(inputs, n);
    for (size_t i = 0; i < n; i++) {
        const struct muster_data_input input = muster_data_input(data, i);
        inputs[i] = net_input(&input);
    }
    const struct muster_net_setup setup = {
        .input = inputs[0].input,
        .vocabulary = inputs[0].vocabulary,
        .n_codes = inputs[0].n_codes,
        .levels = inputs[0].levels,
        .n_inputs = n > 1 ? n : 0,
        .inputs = inputs,
        .task = trainer_task(fit->trainer),
        .outputs = info->outputs,
        .loss = loss->set ? muster_registry_find(&muster_nn_losses, loss->text) : NULL,
        .train = fit->train,
        .batch = fit->pass,
        .layers = config->layers,
        .n_layers = config->n_layers};
    status = placed(fit->trainer->study, muster_net_create(&setup, &fit->net));
done:
    muster_free(inputs);
    return status;
}

static enum muster_status create_buffers(struct fit *fit)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_data_info *info = trainer_info(fit->trainer);
    size_t weights;
    muster_net_weights(fit->net, &weights);
    if (fit->memory > 0)
        MUSTER_NEW(fit->average, weights);
    MUSTER_NEW(fit->losses, fit->epochs);
    MUSTER_NEW(fit->x, fit->pass * info->width);
    if (info->lengths)
        MUSTER_NEW(fit->lengths, fit->pass * muster_data_inputs(fit->trainer->data));
    if (info->classification)
        MUSTER_NEW(fit->classes, fit->pass * muster_net_targets(fit->net));
    else
        MUSTER_NEW(fit->values, fit->pass * info->outputs);
    if (trainer_task(fit->trainer) == MUSTER_REGRESSION) {
        MUSTER_NEW(fit->target_mean, info->outputs);
        MUSTER_NEW(fit->target_scale, info->outputs);
    }
done:
    return status;
}

enum muster_status fit_create(const struct muster_trainer *trainer,
                              const struct muster_config *config, size_t rows,
                              struct muster_team *team, struct fit *fit)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_block *train = &config->train;
    const char *optimizer = muster_block_text(train, "optimizer");
    *fit = (struct fit){.trainer = trainer,
                        .train = train,
                        .batch = fit_batch(train, rows),
                        .rules = {.l1 = muster_block_number(train, "l1"),
                                  .clip_value = number_or_none(train, "clip_value"),
                                  .clip_norm = number_or_none(train, "clip_norm")},
                        .memory = number_or_none(train, "ema"),
                        .epochs = muster_block_int(train, "epochs")};
    fit->pass = fit->batch > PASS_LEAST ? fit->batch : PASS_LEAST;
    fit->schedule =
        muster_registry_find(&muster_nn_schedules, muster_block_text(train, "schedule"));
    MUSTER_TRY(create_net(config, fit));
    const struct muster_layout layout = muster_net_layout(fit->net);
    MUSTER_TRY(muster_optimizer_create(muster_registry_find(&muster_nn_optimizers, optimizer),
                                       train, &layout, &fit->optimizer));
    MUSTER_TRY(class_weights_create(fit));
    MUSTER_TRY(shards_create(fit, team));
    MUSTER_TRY(mates_create(fit, team));
    MUSTER_TRY(create_buffers(fit));
    MUSTER_TRY(order_create(fit, rows));
    MUSTER_TRY(augment_create(fit));
done:
    if (status != MUSTER_OK)
        fit_clear(fit);
    return status;
}

void fit_clear(struct fit *fit)
{
    shards_clear(fit);
    mates_clear(fit);
    muster_net_destroy(&fit->net);
    muster_optimizer_destroy(&fit->optimizer);
    muster_prep_destroy(&fit->prep);
    muster_free(fit->target_mean);
    muster_free(fit->target_scale);
    muster_free(fit->class_weights);
    muster_free(fit->average);
    muster_free(fit->losses);
    order_clear(fit);
    muster_free(fit->x);
    muster_free(fit->lengths);
    augment_clear(fit);
    muster_free(fit->classes);
    muster_free(fit->values);
    *fit = (struct fit){0};
}

enum muster_status fit_begin(struct fit *fit, const int64_t *rows, size_t n, int64_t trial,
                             int64_t fold)
{
    enum muster_status status = MUSTER_OK;
    uint64_t seed = muster_study_seed(fit->trainer->study);
    fit->rows = rows;
    fit->n = n;
    fit->step = 0;
    fit->shuffle = muster_stream_of(seed, trial, fold, MUSTER_FOR_ORDER);
    fit->dropout = muster_stream_of(seed, trial, fold, MUSTER_FOR_DROPOUT);
    muster_net_init(fit->net, muster_stream_of(seed, trial, fold, MUSTER_FOR_INIT));
    muster_optimizer_reset(fit->optimizer);
    const size_t inputs = muster_data_inputs(fit->trainer->data);
    for (size_t i = 0; fit->lengths != NULL && i < fit->pass * inputs; i++)
        fit->lengths[i] = 1; /* rows that only fill up a pass have a step too */
    muster_prep_destroy(&fit->prep);
    MUSTER_TRY(muster_prep_fit(fit->trainer->data, rows, n, &fit->prep));
    augment_begin(fit, muster_stream_of(seed, trial, fold, MUSTER_FOR_AUGMENT));
    MUSTER_TRY(class_weights_fit(fit));
    targets_fit(fit);
    order_begin(fit);
    status = muster_data_status(fit->trainer->data);
done:
    return status;
}

struct muster_inputs fit_gather(struct fit *fit, const int64_t *rows, size_t n)
{
    muster_prep_gather(fit->trainer->data, fit->prep, rows, n, fit->x);
    if (fit->lengths != NULL)
        muster_data_lengths(fit->trainer->data, rows, n, fit->lengths);
    return (struct muster_inputs){.x = fit->x, .lengths = fit->lengths};
}

/* Nothing asks for the whole gradient before the weights move. */
static bool moves_at_once(const struct fit *fit)
{
    const struct muster_gradient_rules *rules = &fit->rules;
    return fit->shards.n == 1 && rules->l1 <= 0 && rules->clip_value <= 0 && rules->clip_norm <= 0;
}

static struct mean train_at_once(struct fit *fit, struct muster_inputs x, struct muster_targets y,
                                 size_t n, double rate)
{
    const struct muster_pass pass = {.dropout = fit->dropout, .step = (uint64_t)fit->step};
    struct mean loss = {.weight = muster_net_weight(fit->net, y, n)};
    const double scale = loss.weight > 0 ? 1.0 / loss.weight : 0.0;
    loss.sum = muster_net_train(fit->net, x, y, n, &pass, fit->optimizer, scale, rate);
    return loss;
}

static struct mean train_apart(struct fit *fit, struct muster_inputs x, struct muster_targets y,
                               size_t n, double rate)
{
    size_t size;
    float *weights = muster_net_weights(fit->net, &size);
    float *gradients = muster_net_gradients(fit->net, &size);
    const struct mean loss = shards_gradient(fit, x, y, n);
    double scale = loss.weight > 0 ? 1.0 / loss.weight : 0.0;
    scale = muster_gradients_shape(&fit->rules, size, weights, gradients, scale);
    muster_optimizer_step(fit->optimizer, weights, gradients, scale, rate);
    return loss;
}

/* The rows of a batch that this rank sees, at their places among all. Mixing takes all of them. */
static struct muster_inputs gather_batch(struct fit *fit, int64_t epoch, const int64_t *rows,
                                         size_t n)
{
    const struct muster_data *data = fit->trainer->data;
    const struct muster_data_info *info = trainer_info(fit->trainer);
    size_t first = 0, end = n;
    if (fit->augment.mixup <= 0)
        shards_rows(fit, n, &first, &end);
    const size_t targets = muster_net_targets(fit->net), some = end - first;
    int32_t *classes = fit->classes != NULL ? fit->classes + first * targets : NULL;
    float *values = fit->values != NULL ? fit->values + first * info->outputs : NULL;
    float *x = fit->x + first * info->width;
    rows += first;
    muster_prep_gather(data, fit->prep, rows, some, x);
    if (fit->lengths != NULL)
        muster_data_lengths(data, rows, some, fit->lengths + first * muster_data_inputs(data));
    muster_data_targets(data, rows, some, classes, values);
    targets_standardise(fit, some, values);
    augment_batch(fit, epoch, rows, some, x);
    return (struct muster_inputs){.x = fit->x, .lengths = fit->lengths};
}

/* One optimizer step on these rows; returns their losses. */
static struct mean train_batch(struct fit *fit, int64_t epoch, const int64_t *rows, size_t n,
                               double rate)
{
    struct muster_targets y = {.classes = fit->classes, .values = fit->values};
    const struct muster_inputs x = gather_batch(fit, epoch, rows, n);
    mixup_batch(fit, n, &y);
    const struct mean loss =
        moves_at_once(fit) ? train_at_once(fit, x, y, n, rate) : train_apart(fit, x, y, n, rate);
    fit->step++;
    if (fit->average != NULL)
        average_weights(fit);
    return loss;
}

double fit_epoch(struct fit *fit, int64_t epoch)
{
    const bool by_step = muster_schedule_by_step(fit->schedule);
    assert(epoch < fit->epochs);
    struct muster_progress at = {.epoch = epoch,
                                 .epochs = fit->epochs,
                                 .step = fit->step,
                                 .steps = fit->epochs *
                                          (int64_t)((fit->n + fit->batch - 1) / fit->batch),
                                 .losses = fit->losses};
    struct mean loss = {0};
    double rate = muster_schedule_rate(fit->schedule, fit->train, &at);
    const int64_t *rows = order_epoch(fit, epoch);
    for (size_t first = 0; first < fit->n && isfinite(loss.sum); first += fit->batch) {
        size_t n = fit->n - first < fit->batch ? fit->n - first : fit->batch;
        at.step = fit->step;
        if (by_step)
            rate = muster_schedule_rate(fit->schedule, fit->train, &at);
        const struct mean batch = train_batch(fit, epoch, rows + first, n, rate);
        loss.sum += batch.sum;
        loss.weight += batch.weight;
    }
    fit->losses[epoch] = loss.weight > 0 ? loss.sum / loss.weight : loss.sum;
    return fit->losses[epoch];
}

void fit_tell(struct fit *fit, int64_t epoch, double loss)
{
    fit->losses[epoch] = loss;
}

void fit_predict_by(struct fit *fit, const int64_t *rows, size_t n, size_t pass, float *out)
{
    const size_t outputs = trainer_info(fit->trainer)->outputs * muster_net_targets(fit->net);
    for (size_t first = 0; first < n; first += pass) {
        const size_t m = n - first < pass ? n - first : pass;
        muster_net_predict(fit->net, fit_gather(fit, rows + first, m), m, out + first * outputs);
    }
}

void fit_predict(struct fit *fit, const int64_t *rows, size_t n, float *out)
{
    const size_t pass = MUSTER_REFIT_PASS;
    const size_t outputs = trainer_info(fit->trainer)->outputs * muster_net_targets(fit->net);
    fit_swap(fit);
    for (size_t first = 0; first < n; first += pass) {
        size_t m = n - first < pass ? n - first : pass;
        muster_net_predict(fit->net, fit_gather(fit, rows + first, m), pass, out + first * outputs);
    }
    fit_swap(fit);
    targets_restore(fit, n, out);
}
