/* bench_train: how fast the nn room trains. The MLP 64-64-32-10 on the digits data, 30 pairs of
 * learning rate and batch size, three stratified folds, 100 epochs, with Nesterov's momentum and
 * with Adam; L2 1e-4. All times are processor seconds, so that other load on the machine disturbs
 * little.
 *
 *   bench_train [--data inputs/digits.h5] [--list tools/bench/configs30.json] [--configs 30]
 *               [--epochs 100] [--repeat 3] [--peer N]
 *
 * Printed for each optimizer: seconds a fit (median of alternating repetitions), GFLOP/s of real
 * operations, their share of the sgemm peak (2000^3, by turns with the configurations), the share
 * of the best such peak that the fastest tenth of each configuration's epochs has (where a core is
 * shared with other programs, both go by turns at two rates), the time of the fit's matrix products
 * alone (replayed in the same shapes), what comes on top, and the best accuracy.
 * --peer runs scikit-learn and PyTorch (eager) on the first N configurations (fold 0) by turns in
 * the same run, those of ${PYTHON}. Run it from the repository's root, or name the files. */
#define BENCH_NAME "bench_train"
#include "train_load.h"

#include "muster/nn.h"

/* Nesterov's momentum and Adam: the option words that differ from the defaults. */
static const struct contest {
    const char *optimizer;
    double momentum;
} contests[] = {{"sgd", 0.9}, {"adam", 0}};
enum { CONTESTS = sizeof contests / sizeof *contests };

/* ---- one fit -------------------------------------------------------------------------------- */

struct fit {
    struct muster_net *net;
    struct muster_optimizer *optimizer;
    float *x;   /* [batch][width] */
    int32_t *y; /* [batch] */
};

static struct fit open_fit(const struct bench *b, const struct contest *contest, size_t batch)
{
    struct fit fit = {.x = array(batch * b->width, sizeof(float)),
                      .y = array(batch, sizeof(int32_t))};
    struct muster_block layers[2], options;
    const struct muster_plugin *dense = muster_registry_find(&muster_nn_layers, "dense");
    const struct muster_plugin *kind =
        muster_registry_find(&muster_nn_optimizers, contest->optimizer);
    if (muster_block_default(dense, &layers[0]) || muster_block_default(dense, &layers[1]) ||
        muster_block_default(kind, &options))
        fail("out of", "memory");
    muster_block_set(&layers[0], "units", 64, NULL);
    muster_block_set(&layers[1], "units", 32, NULL);
    muster_block_set(&options, "weight_decay", 1e-4, NULL);
    if (contest->momentum > 0) {
        muster_block_set(&options, "momentum", contest->momentum, NULL);
        muster_block_set(&options, "nesterov", 1, NULL);
    }
    const struct muster_net_setup setup = {.input = {.rank = 1, .dims = {b->width}},
                                           .task = MUSTER_CLASSIFICATION,
                                           .outputs = CLASSES,
                                           .batch = batch,
                                           .layers = layers,
                                           .n_layers = 2};
    if (muster_net_create(&setup, &fit.net))
        fail("cannot create", "the net");
    const struct muster_layout layout = muster_net_layout(fit.net);
    if (muster_optimizer_create(kind, &options, &layout, &fit.optimizer))
        fail("cannot create", contest->optimizer);
    muster_block_clear(&layers[0]);
    muster_block_clear(&layers[1]);
    muster_block_clear(&options);
    return fit;
}

static void close_fit(struct fit *fit)
{
    muster_net_destroy(&fit->net);
    muster_optimizer_destroy(&fit->optimizer);
    muster_free(fit->x);
    muster_free(fit->y);
}

static void step(const struct bench *b, struct fit *fit, const int64_t *rows, size_t n, double rate)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(fit->x + i * b->width, b->x + (size_t)rows[i] * b->width, b->width * sizeof *fit->x);
        fit->y[i] = b->y[rows[i]];
    }
    muster_net_train(fit->net, (struct muster_inputs){.x = fit->x},
                     (struct muster_targets){.classes = fit->y}, n, &(struct muster_pass){0},
                     fit->optimizer, 1.0 / (double)n, rate);
}

static double accuracy(const struct fit *fit, const struct fold *fold)
{
    float *out = array(fold->n_valid * CLASSES, sizeof *out);
    size_t right = 0;
    muster_net_predict(fit->net, (struct muster_inputs){.x = fold->valid_x}, fold->n_valid, out);
    for (size_t i = 0; i < fold->n_valid; i++) {
        size_t best = 0;
        for (size_t k = 1; k < CLASSES; k++)
            if (out[i * CLASSES + k] > out[i * CLASSES + best])
                best = k;
        right += best == (size_t)fold->valid_y[i];
    }
    muster_free(out);
    return (double)right / (double)fold->n_valid;
}

/* Trains on the rows outside fold k; adds the processor seconds, returns the accuracy inside.
 * `lap`: seconds of each epoch, or NULL. */
static double train(const struct bench *b, const struct contest *contest, size_t config, size_t k,
                    double *seconds, double *lap)
{
    const struct pair *pair = &b->pairs[config];
    const struct fold *fold = &b->folds[k];
    double start = muster_cpu();
    struct fit fit = open_fit(b, contest, pair->batch);
    const struct muster_stream order =
        muster_stream_of(0, (int64_t)config, (int64_t)k, MUSTER_FOR_ORDER);
    muster_net_init(fit.net, muster_stream_of(0, (int64_t)config, (int64_t)k, MUSTER_FOR_INIT));
    for (size_t epoch = 0; epoch < b->epochs; epoch++) {
        const double from = muster_cpu();
        muster_random_shuffle(order, epoch * (fold->n_train + 1), fold->train, fold->n_train);
        for (size_t i = 0; i < fold->n_train; i += pair->batch) {
            size_t left = fold->n_train - i;
            step(b, &fit, fold->train + i, left < pair->batch ? left : pair->batch, pair->rate);
        }
        if (lap != NULL)
            lap[epoch] = muster_cpu() - from;
    }
    *seconds += muster_cpu() - start;
    double score = accuracy(&fit, fold);
    close_fit(&fit);
    return score;
}

/* ---- the yardsticks ------------------------------------------------------------------------- */

/* The products of one step on one layer: forward, and the gradients of weights and inputs. `third`:
 * floats of each of the three matrices in `space`. */
static void products(size_t rows, size_t in, size_t out, bool first, float *space, size_t third)
{
    float *x = space, *w = space + third, *y = space + 2 * third;
    muster_sgemm(false, false, rows, out, in, 1, x, in, w, out, 0, y, out);
    if (!first)
        muster_sgemm(false, false, rows, in, out, 1, y, out, w, in, 0, x, in);
    muster_sgemm(true, false, in, out, rows, 1, x, in, y, out, 0, w, out);
}

/* Seconds a fit that the matrix products alone take, from one epoch in twenty. */
static double products_alone(const struct bench *b)
{
    size_t most = 64;
    for (size_t c = 0; c < b->configs; c++)
        most = b->pairs[c].batch > most ? b->pairs[c].batch : most;
    const size_t third = most * (b->width > 64 ? b->width : 64);
    float *space = array(3 * third, sizeof *space);
    const size_t n = b->folds[0].n_train, epochs = (b->epochs + 19) / 20;
    double start = muster_cpu();
    for (size_t c = 0; c < b->configs; c++)
        for (size_t epoch = 0; epoch < epochs; epoch++)
            for (size_t i = 0, batch = b->pairs[c].batch; i < n; i += batch) {
                size_t rows = n - i < batch ? n - i : batch;
                products(rows, b->width, 64, true, space, third);
                products(rows, 64, 32, false, space, third);
                products(rows, 32, CLASSES, false, space, third);
            }
    double seconds = (muster_cpu() - start) / (double)(b->configs * epochs);
    muster_free(space);
    return seconds * (double)b->epochs;
}

/* ---- the peer ------------------------------------------------------------------------------- */

static const char *const peers[] = {"sklearn", "torch_fit"};
enum { PEERS = sizeof peers / sizeof *peers };

/* A peer's seconds on one configuration, fold 0. */
static double peer_seconds(const struct bench *b, const char *peer, const struct contest *contest,
                           size_t config)
{
    char command[4096], line[256] = "";
    const char *slash = strrchr(b->list, '/');
    snprintf(command, sizeof command,
             "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 ${PYTHON:-python3} '%.*speer_%s.py' '%s' "
             "'%s' %s %zu %zu",
             slash != NULL ? (int)(slash + 1 - b->list) : 0, b->list, peer, b->data, b->list,
             contest->optimizer, b->epochs, config);
    FILE *pipe = popen(command, "r");
    if (pipe == NULL || fgets(line, sizeof line, pipe) == NULL || pclose(pipe) != 0)
        fail("the peer failed (PYTHON should name one with scikit-learn, torch and h5py):",
             command);
    return strtod(line, NULL);
}

static void compare(const struct bench *b, const struct contest *contest)
{
    double ours = 0, theirs[PEERS] = {0};
    for (size_t c = 0; c < b->peer && c < b->configs; c++) {
        train(b, contest, c, 0, &ours, NULL);
        for (size_t p = 0; p < PEERS; p++)
            theirs[p] += peer_seconds(b, peers[p], contest, c);
    }
    for (size_t p = 0; p < PEERS; p++)
        printf("%-5s %-9s %.4f s a fit, muster %.4f s: %.1f times\n", contest->optimizer, peers[p],
               theirs[p] / (double)b->peer, ours / (double)b->peer, theirs[p] / ours);
}

/* ---- main ----------------------------------------------------------------------------------- */

/* What an optimizer took, over all repetitions. */
struct times {
    double fit[MOST_REPEATS];  /* seconds a fit */
    double rate[MOST_REPEATS]; /* the yardstick's GFLOP/s, its mean */
    double best;               /* mean accuracy */
    double *lap;               /* owned: seconds of each epoch, [configs][repeat][FOLDS][epochs] */
    double least;              /* the yardstick's least seconds a GFLOP */
};

static void repetition(const struct bench *b, const struct contest *contest, size_t r,
                       struct times *is)
{
    double seconds = 0, inverse = 0;
    for (size_t c = 0; c < b->configs; c++) {
        double score = 0;
        double *lap = is->lap + (c * b->repeat + r) * FOLDS * b->epochs;
        const double yard = 1 / peak(&b->yard);
        inverse += yard;
        is->least = fmin(is->least, yard);
        for (size_t k = 0; k < FOLDS; k++)
            score += train(b, contest, c, k, &seconds, lap + k * b->epochs) / FOLDS;
        is->best = fmax(is->best, score);
    }
    is->rate[r] = (double)b->configs / inverse;
    is->fit[r] = seconds / (double)(b->configs * FOLDS);
}

/* Share of the yardstick's best, 1 being all, that the fastest tenths of epochs have in fits of so
 * many GFLOP. */
static double share_alone(const struct bench *b, const struct times *is, double flops)
{
    const size_t laps = b->repeat * FOLDS * b->epochs;
    double seconds = 0;
    for (size_t c = 0; c < b->configs; c++) {
        qsort(is->lap + c * laps, laps, sizeof *is->lap, ascending);
        seconds += is->lap[c * laps + laps / 10] * (double)b->epochs;
    }
    return (double)b->configs * flops / seconds * is->least;
}

static double flops_of_a_fit(const struct bench *b)
{
    struct fit fit = open_fit(b, &contests[0], 1);
    double rows = 0, flops = muster_net_flops_train(fit.net);
    for (size_t k = 0; k < FOLDS; k++)
        rows += (double)b->folds[k].n_train / FOLDS;
    close_fit(&fit);
    return flops * rows * (double)b->epochs;
}

static void run(const struct bench *b)
{
    struct times times[CONTESTS];
    double alone[MOST_REPEATS], share[MOST_REPEATS];
    const double flops = 1e-9 * flops_of_a_fit(b);
    for (size_t c = 0; c < CONTESTS; c++)
        times[c] = (struct times){
            .lap = array(b->configs * b->repeat * FOLDS * b->epochs, sizeof *times[c].lap),
            .least = INFINITY};
    for (size_t r = 0; r < b->repeat; r++) {
        for (size_t c = 0; c < CONTESTS; c++)
            repetition(b, &contests[c], r, &times[c]);
        alone[r] = products_alone(b);
    }
    const double products = median(alone, b->repeat);
    printf("%s\n", muster_blas_name());
    printf("%zu configurations x %d folds x %zu epochs, %zu repetitions\n", b->configs, FOLDS,
           b->epochs, b->repeat);
    for (size_t c = 0; c < CONTESTS; c++) {
        struct times *is = &times[c];
        for (size_t r = 0; r < b->repeat; r++)
            share[r] = flops / is->fit[r] / is->rate[r];
        const double fit = median(is->fit, b->repeat);
        printf("%-5s %.4f s a fit (%.4f to %.4f), %.1f GFLOP/s, %.0f %% of sgemm %d^3 (%.1f), "
               "least disturbed %.0f %%; products alone %.4f s, the rest %.0f %% of the fit; best "
               "accuracy %.4f\n",
               contests[c].optimizer, fit, is->fit[0], is->fit[b->repeat - 1], flops / fit,
               100 * median(share, b->repeat), BENCH_PEAK, median(is->rate, b->repeat),
               100 * share_alone(b, is, flops), products, 100 * (1 - products / fit), is->best);
        muster_free(is->lap);
    }
    for (size_t c = 0; c < CONTESTS && b->peer > 0; c++)
        compare(b, &contests[c]);
}

int main(int argc, char **argv)
{
    static struct bench b = {.data = "inputs/digits.h5",
                             .list = "tools/bench/configs30.json",
                             .configs = MOST_CONFIGS,
                             .epochs = 100,
                             .repeat = 3};
    for (int i = 1; i < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];
        if (strcmp(name, "--data") == 0 && value != NULL)
            b.data = value;
        else if (strcmp(name, "--list") == 0 && value != NULL)
            b.list = value;
        else if (strcmp(name, "--configs") == 0)
            b.configs = number(name, value, MOST_CONFIGS);
        else if (strcmp(name, "--epochs") == 0)
            b.epochs = number(name, value, 100000);
        else if (strcmp(name, "--repeat") == 0)
            b.repeat = number(name, value, MOST_REPEATS);
        else if (strcmp(name, "--peer") == 0)
            b.peer = number(name, value, MOST_CONFIGS);
        else
            fail("unknown option", name);
    }
    if (b.configs == 0 || b.epochs == 0 || b.repeat == 0)
        fail("at least one is needed of", "--configs, --epochs, --repeat");
    muster_blas_threads(1);
    b.yard = open_yardstick();
    read_data(&b);
    read_list(&b);
    run(&b);
    close_yardstick(&b.yard);
    close_load(&b);
    return 0;
}
