/* bench_train: how fast the nn room trains. The MLP 64-64-32-10 on the digits data, 30 pairs of
 * learning rate and batch size, three stratified folds, 100 epochs, with Nesterov's momentum and
 * with Adam; L2 1e-4. All times are processor seconds, so that other load on the machine disturbs
 * little.
 *
 *   bench_train [--data inputs/digits.h5] [--list tools/bench/configs30.json] [--configs 30]
 *               [--epochs 100] [--repeat 3] [--peer N]
 *
 * Printed for each optimizer: seconds a fit (median of alternating repetitions), GFLOP/s of real
 * operations, their share of the sgemm peak (2000^3, by turns with the configurations), the time of
 * the fit's matrix products alone (replayed in the same shapes), what comes on top, and the best
 * accuracy.
 * --peer runs scikit-learn and PyTorch (eager) on the first N configurations (fold 0) by turns in
 * the same run, those of ${PYTHON}. Run it from the repository's root, or name the files. */
#define BENCH_NAME "bench_train"
#include "bench.h"

#include "muster/nn.h"

#include <cjson/cJSON.h>
#include <hdf5.h>

enum { FOLDS = 3, CLASSES = 10, MOST_CONFIGS = 1000, MOST_REPEATS = 25 };

struct pair {
    double rate;
    size_t batch;
};

struct fold {
    size_t n_train, n_valid;
    int64_t *train; /* owned: rows, reordered every epoch */
    float *valid_x;
    int32_t *valid_y;
};

struct bench {
    struct yardstick yard;
    const char *data, *list;
    size_t configs, epochs, repeat, peer;
    size_t rows, width;
    float *x;   /* [rows][width], 0..1 */
    int32_t *y; /* [rows] */
    struct fold folds[FOLDS];
    struct pair pairs[MOST_CONFIGS];
};

/* Nesterov's momentum and Adam: the option words that differ from the defaults. */
static const struct contest {
    const char *optimizer;
    double momentum;
} contests[] = {{"sgd", 0.9}, {"adam", 0}};
enum { CONTESTS = sizeof contests / sizeof *contests };

/* ---- the workload --------------------------------------------------------------------------- */

/* A whole dataset as `type`; its rows, and numbers a row. */
static void *read_dataset(const char *file, const char *path, hid_t type, size_t *rows,
                          size_t *width)
{
    hid_t handle = H5Fopen(file, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t set = handle >= 0 ? H5Dopen2(handle, path, H5P_DEFAULT) : -1;
    if (set < 0)
        fail("cannot read", file);
    hid_t space = H5Dget_space(set);
    hsize_t dims[8] = {0};
    H5Sget_simple_extent_dims(space, dims, NULL);
    *rows = (size_t)dims[0];
    *width = (size_t)H5Sget_simple_extent_npoints(space) / *rows;
    void *values = array(*rows * *width, H5Tget_size(type));
    if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        fail("cannot read", path);
    H5Sclose(space);
    H5Dclose(set);
    H5Fclose(handle);
    return values;
}

/* Row i is the c-th of its class: fold c mod 3. */
static void make_folds(struct bench *b)
{
    size_t seen[CLASSES] = {0};
    for (size_t k = 0; k < FOLDS; k++)
        b->folds[k] = (struct fold){.train = array(b->rows, sizeof(int64_t)),
                                    .valid_x = array(b->rows * b->width, sizeof(float)),
                                    .valid_y = array(b->rows, sizeof(int32_t))};
    for (size_t i = 0; i < b->rows; i++) {
        size_t mine = seen[b->y[i]]++ % FOLDS;
        for (size_t k = 0; k < FOLDS; k++) {
            struct fold *fold = &b->folds[k];
            if (k != mine) {
                fold->train[fold->n_train++] = (int64_t)i;
                continue;
            }
            memcpy(fold->valid_x + fold->n_valid * b->width, b->x + i * b->width,
                   b->width * sizeof *b->x);
            fold->valid_y[fold->n_valid++] = b->y[i];
        }
    }
}

static void read_data(struct bench *b)
{
    size_t n, one;
    b->x = read_dataset(b->data, "/x", H5T_NATIVE_FLOAT, &b->rows, &b->width);
    b->y = read_dataset(b->data, "/y", H5T_NATIVE_INT32, &n, &one);
    if (n != b->rows || one != 1)
        fail("/x and /y do not match in", b->data);
    for (size_t i = 0; i < b->rows; i++)
        if (b->y[i] < 0 || b->y[i] >= CLASSES)
            fail("labels are not 0..9 in", b->data);
    for (size_t i = 0; i < b->rows * b->width; i++)
        b->x[i] /= 16;
    make_folds(b);
}

static void read_list(struct bench *b)
{
    static char text[1 << 20];
    FILE *file = fopen(b->list, "r");
    if (file == NULL)
        fail("cannot read", b->list);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    cJSON *root = cJSON_Parse(text);
    const cJSON *item, *list = cJSON_GetObjectItem(root, "configs");
    size_t n = 0;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *rate = cJSON_GetObjectItem(item, "learning_rate_init");
        const cJSON *batch = cJSON_GetObjectItem(item, "batch_size");
        if (n < MOST_CONFIGS && rate != NULL && batch != NULL && batch->valueint > 0)
            b->pairs[n++] = (struct pair){rate->valuedouble, (size_t)batch->valueint};
    }
    cJSON_Delete(root);
    if (n == 0)
        fail("no configurations in", b->list);
    if (b->configs > n)
        b->configs = n;
}

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

/* Trains on the rows outside fold k; adds the processor seconds, returns the accuracy inside. */
static double train(const struct bench *b, const struct contest *contest, size_t config, size_t k,
                    double *seconds)
{
    const struct pair *pair = &b->pairs[config];
    const struct fold *fold = &b->folds[k];
    double start = muster_cpu();
    struct fit fit = open_fit(b, contest, pair->batch);
    const struct muster_stream order =
        muster_stream_of(0, (int64_t)config, (int64_t)k, MUSTER_FOR_ORDER);
    muster_net_init(fit.net, muster_stream_of(0, (int64_t)config, (int64_t)k, MUSTER_FOR_INIT));
    for (size_t epoch = 0; epoch < b->epochs; epoch++) {
        muster_random_shuffle(order, epoch * (fold->n_train + 1), fold->train, fold->n_train);
        for (size_t i = 0; i < fold->n_train; i += pair->batch) {
            size_t left = fold->n_train - i;
            step(b, &fit, fold->train + i, left < pair->batch ? left : pair->batch, pair->rate);
        }
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
        train(b, contest, c, 0, &ours);
        for (size_t p = 0; p < PEERS; p++)
            theirs[p] += peer_seconds(b, peers[p], contest, c);
    }
    for (size_t p = 0; p < PEERS; p++)
        printf("%-5s %-9s %.4f s a fit, muster %.4f s: %.1f times\n", contest->optimizer, peers[p],
               theirs[p] / (double)b->peer, ours / (double)b->peer, theirs[p] / ours);
}

/* ---- main ----------------------------------------------------------------------------------- */

/* Seconds a fit of one repetition; keeps the best mean accuracy. The yardstick's rate between its
 * configurations is its mean. */
static double repetition(const struct bench *b, const struct contest *contest, double *best,
                         double *top)
{
    double seconds = 0, inverse = 0;
    for (size_t c = 0; c < b->configs; c++) {
        double score = 0;
        inverse += 1 / peak(&b->yard);
        for (size_t k = 0; k < FOLDS; k++)
            score += train(b, contest, c, k, &seconds) / FOLDS;
        *best = fmax(*best, score);
    }
    *top = (double)b->configs / inverse;
    return seconds / (double)(b->configs * FOLDS);
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
    double seconds[CONTESTS][MOST_REPEATS], alone[MOST_REPEATS], best[CONTESTS] = {0};
    double top[CONTESTS][MOST_REPEATS], share[CONTESTS][MOST_REPEATS];
    const double flops = flops_of_a_fit(b);
    for (size_t r = 0; r < b->repeat; r++) {
        for (size_t c = 0; c < CONTESTS; c++) {
            seconds[c][r] = repetition(b, &contests[c], &best[c], &top[c][r]);
            share[c][r] = 1e-9 * flops / seconds[c][r] / top[c][r];
        }
        alone[r] = products_alone(b);
    }
    const double products = median(alone, b->repeat);
    printf("%s\n", muster_blas_name());
    printf("%zu configurations x %d folds x %zu epochs, %zu repetitions\n", b->configs, FOLDS,
           b->epochs, b->repeat);
    for (size_t c = 0; c < CONTESTS; c++) {
        double fit = median(seconds[c], b->repeat);
        printf("%-5s %.4f s a fit (%.4f to %.4f), %.1f GFLOP/s, %.0f %% of sgemm %d^3 (%.1f); "
               "products alone %.4f s, the rest %.0f %% of the fit; best accuracy %.4f\n",
               contests[c].optimizer, fit, seconds[c][0], seconds[c][b->repeat - 1],
               1e-9 * flops / fit, 100 * median(share[c], b->repeat), BENCH_PEAK,
               median(top[c], b->repeat), products, 100 * (1 - products / fit), best[c]);
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
    for (size_t k = 0; k < FOLDS; k++) {
        muster_free(b.folds[k].train);
        muster_free(b.folds[k].valid_x);
        muster_free(b.folds[k].valid_y);
    }
    close_yardstick(&b.yard);
    muster_free(b.x);
    muster_free(b.y);
    return 0;
}
