/* bench_models: how fast training steps of whole networks are, one thread, single precision: those
 * of peer_torch.py, written as a study would list them.
 *
 *   bench_models [--only NAME] [--seconds 0.5] [--repeat 5] [--peer]
 *
 * Printed for each: GFLOP/s of real operations (matrix products alone, no data gradient for a first
 * layer), their share of the rate of a 2000^3 sgemm taken just before and after, samples/s, and how
 * much of a step's time lies outside of the products of linalg (those into panels include the
 * optimizer's part, which is done on the way). With --peer PyTorch (of ${PYTHON}) takes
 * steps of the same network by turns; printed is its GFLOP/s for the same operations and how many
 * times faster ours is. Processor seconds; medians over the repetitions. A network whose layers are
 * not there is said to be so. Run it from the repository's root. */
#define BENCH_NAME "bench_models"
#include "bench.h"

#include "muster/nn.h"
#include "muster/study.h"

#include <sys/wait.h>
#include <unistd.h>

enum { CLASSES = 10, BATCHES = 4, MOST_REPEATS = 25 };

struct model {
    const char *name, *optimizer;
    struct muster_shape input;
    size_t batch;
    const char *network;
};

#define MLP(units) "[{dense: " #units "}, {dense: " #units "}]"
#define CNN                                                                  \
    "[{conv2d: {filters: 32, kernel: 3, padding: valid, activation: relu}}," \
    " {conv2d: {filters: 64, kernel: 3, padding: valid, activation: relu}}," \
    " {maxpool: {size: 2}}, {dense: 128}]"
#define RESNET "[{resnet: {stages: 3, blocks: 1, filters: 16}}]"
#define TRANSFORMER                                                                         \
    "[{transformer: {heads: 4, feedforward: 128, dropout: 0, norm: post, activation: relu," \
    " layers: 2}}, {globalpool: average}]"

static const struct model models[] = {
    {"mlp512", "sgd", {1, {784}}, 64, MLP(512)},
    {"mlp512", "adam", {1, {784}}, 64, MLP(512)},
    {"mlp2048", "sgd", {1, {784}}, 256, MLP(2048)},
    {"mlp2048", "adam", {1, {784}}, 256, MLP(2048)},
    {"cnn", "adam", {3, {28, 28, 1}}, 64, CNN},
    {"resnet", "adam", {3, {28, 28, 1}}, 64, RESNET},
    {"lstm", "adam", {2, {64, 32}}, 64, "[{lstm: {units: 128}}]"},
    {"gru", "adam", {2, {64, 32}}, 64, "[{gru: {units: 128}}]"},
    {"transformer", "adam", {2, {64, 64}}, 64, TRANSFORMER},
};
enum { MODELS = sizeof models / sizeof *models };

/* ---- the time inside of products ------------------------------------------------------------ */

/* The linker puts these in the way of every call (-Wl,--wrap). */
static bool watching;
static double inside;

#define WATCH(name, arguments, values)                      \
    void __real_##name arguments;                           \
    void __wrap_##name arguments;                           \
    void __wrap_##name arguments                            \
    {                                                       \
        const double start = watching ? muster_clock() : 0; \
        __real_##name values;                               \
        inside += watching ? muster_clock() - start : 0;    \
    }

WATCH(muster_sgemm,
      (bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha,
       const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc),
      (transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc))
WATCH(muster_sgemm_packed,
      (size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *packed,
       float beta, float *c, size_t ldc),
      (m, n, k, alpha, a, lda, packed, beta, c, ldc))
WATCH(muster_sgemm_packed_back,
      (size_t m, size_t n, size_t k, const float *a, size_t lda, const float *packed, float *c,
       size_t ldc, const struct muster_finish *finish),
      (m, n, k, a, lda, packed, c, ldc, finish))
WATCH(muster_sgemm_packed_finish,
      (size_t m, size_t n, size_t k, const float *a, size_t lda, const float *packed, float *c,
       size_t ldc, const struct muster_finish *finish),
      (m, n, k, a, lda, packed, c, ldc, finish))
WATCH(muster_sgemm_into_packed,
      (size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
       float *room, float *c, const struct muster_follow *then),
      (m, n, k, a, lda, b, ldb, room, c, then))

/* ---- ours ----------------------------------------------------------------------------------- */

struct training {
    size_t batch, input, step;
    struct muster_net *net;
    struct muster_optimizer *optimizer;
    float *x;   /* [BATCHES][batch][input] */
    int32_t *y; /* [BATCHES][batch] */
};

static bool create_net(const struct model *model, struct muster_net **net)
{
    static const struct muster_catalog catalog = {.layers = &muster_nn_layers};
    struct muster_study *study = NULL;
    struct muster_config config = {0};
    char text[4096];
    snprintf(text, sizeof text, "network: %s\n", model->network);
    bool there = muster_study_parse(text, model->name, NULL, 0, &catalog, &study) == MUSTER_OK &&
                 muster_study_configure(study, NULL, &config) == MUSTER_OK &&
                 muster_net_create(&(struct muster_net_setup){.input = model->input,
                                                              .task = MUSTER_CLASSIFICATION,
                                                              .outputs = CLASSES,
                                                              .batch = model->batch,
                                                              .layers = config.layers,
                                                              .n_layers = config.n_layers},
                                   net) == MUSTER_OK;
    muster_config_clear(&config);
    muster_study_destroy(&study);
    return there;
}

static void create_optimizer(const struct model *model, struct training *training)
{
    struct muster_block options;
    const struct muster_plugin *kind =
        muster_registry_find(&muster_nn_optimizers, model->optimizer);
    const struct muster_layout layout = muster_net_layout(training->net);
    if (kind == NULL || muster_block_default(kind, &options))
        fail("there is no", model->optimizer);
    if (strcmp(model->optimizer, "sgd") == 0)
        muster_block_set(&options, "momentum", 0.9, NULL);
    if (muster_optimizer_create(kind, &options, &layout, &training->optimizer))
        fail("cannot create", model->optimizer);
    muster_block_clear(&options);
}

/* false: the network's layers are not there. */
static bool open_training(const struct model *model, struct training *training)
{
    const size_t input = muster_shape_size(&model->input), rows = BATCHES * model->batch;
    const struct muster_stream noise = muster_stream_of(0, 0, 0, MUSTER_FOR_NOISE);
    *training = (struct training){.batch = model->batch, .input = input};
    if (!create_net(model, &training->net))
        return false;
    create_optimizer(model, training);
    muster_net_init(training->net, muster_stream_of(0, 0, 0, MUSTER_FOR_INIT));
    training->x = array(rows * input, sizeof *training->x);
    training->y = array(rows, sizeof *training->y);
    muster_random_fill(noise, 0, -1.73f, 1.73f, training->x, rows * input);
    for (size_t i = 0; i < rows; i++)
        training->y[i] = (int32_t)(i * 7 % CLASSES);
    return true;
}

static void close_training(struct training *training)
{
    muster_net_destroy(&training->net);
    muster_optimizer_destroy(&training->optimizer);
    muster_free(training->x);
    muster_free(training->y);
}

static void step(struct training *training)
{
    const size_t at = training->step++ % BATCHES * training->batch;
    const struct muster_inputs x = {.x = training->x + at * training->input};
    const struct muster_pass pass = {.step = training->step};
    muster_net_train(training->net, x, (struct muster_targets){.classes = training->y + at},
                     training->batch, &pass, training->optimizer, 1.0 / (double)training->batch,
                     training->step > 100 ? 0 : 1e-3);
}

/* Processor seconds a step. */
static double seconds_a_step(struct training *training, double enough)
{
    const double start = muster_cpu();
    double spent = 0;
    size_t steps = 0;
    for (; spent < enough; spent = muster_cpu() - start, steps++)
        step(training);
    return spent / (double)steps;
}

/* Share of a step's time that is spent in products. */
static double share_of_products(struct training *training, double enough)
{
    const double start = muster_clock();
    double spent = 0;
    watching = true;
    inside = 0;
    for (; spent < enough; spent = muster_clock() - start)
        step(training);
    watching = false;
    return inside / spent;
}

/* ---- the peer ------------------------------------------------------------------------------- */

struct peer {
    pid_t process; /* 0: there is none */
    FILE *ask, *answer;
};

static struct peer start_peer(void)
{
    int to[2], from[2];
    const char *python = getenv("PYTHON");
    if (pipe(to) != 0 || pipe(from) != 0)
        fail("cannot make", "pipes");
    struct peer peer = {.process = fork()};
    if (peer.process == 0) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        close(to[1]);
        close(from[0]);
        setenv("OMP_NUM_THREADS", "1", 1);
        execlp(python != NULL ? python : "python3", "python3", "tools/bench/peer_torch.py", NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    peer.ask = fdopen(to[1], "w");
    peer.answer = fdopen(from[0], "r");
    if (peer.process < 0 || peer.ask == NULL || peer.answer == NULL)
        fail("cannot start", "the peer");
    return peer;
}

static void stop_peer(struct peer *peer)
{
    fclose(peer->ask);
    fclose(peer->answer);
    waitpid(peer->process, NULL, 0);
}

static double peer_seconds(struct peer *peer, const struct model *model, double enough)
{
    char line[256] = "";
    fprintf(peer->ask, "%s %s %zu %g\n", model->name, model->optimizer, model->batch, enough);
    fflush(peer->ask);
    if (fgets(line, sizeof line, peer->answer) == NULL)
        fail("the peer failed:", "PYTHON should name one with torch");
    return strtod(line, NULL);
}

/* ---- the table ------------------------------------------------------------------------------ */

struct bench {
    struct yardstick yard;
    const char *only;
    double seconds;
    size_t repeat;
    struct peer peer;
};

/* Medians over the repetitions. */
struct report {
    double ours[MOST_REPEATS];   /* seconds a step */
    double theirs[MOST_REPEATS]; /* the peer's */
    double ratio[MOST_REPEATS];
    double share[MOST_REPEATS]; /* of the yardstick */
    double inside[MOST_REPEATS];
    double top[MOST_REPEATS]; /* the yardstick */
};

/* Operations of a step. */
static double flops_of(const struct training *training)
{
    return muster_net_flops_train(training->net) * (double)training->batch;
}

static void print(const struct bench *b, const struct model *model, const struct training *training,
                  struct report *of)
{
    const double flops = flops_of(training), seconds = median(of->ours, b->repeat);
    const double outside = 1 - median(of->inside, b->repeat);
    printf("%-11s %-4s %4zu  %6.1f GFLOP/s  %3.0f %% of sgemm (%.1f)  %8.0f samples/s  %8.3f ms a "
           "step, %.3f outside of products",
           model->name, model->optimizer, model->batch, 1e-9 * flops / seconds,
           100 * median(of->share, b->repeat), median(of->top, b->repeat),
           (double)training->batch / seconds, 1e3 * seconds, 1e3 * seconds * outside);
    if (b->peer.process > 0)
        printf("; PyTorch %.1f GFLOP/s, ours %.2f times",
               1e-9 * flops / median(of->theirs, b->repeat), median(of->ratio, b->repeat));
    printf("\n");
    fflush(stdout);
}

static void measure(struct bench *b, const struct model *model)
{
    struct training training;
    struct report of;
    if (!open_training(model, &training)) {
        const char *why = muster_error_text();
        printf("%-11s %-4s %4zu  not there: %.*s\n", model->name, model->optimizer, model->batch,
               (int)strcspn(why, "\n("), why);
        return;
    }
    for (size_t i = 0; i < 3; i++)
        step(&training);
    for (size_t r = 0; r < b->repeat; r++) {
        const double before = peak(&b->yard);
        of.ours[r] = seconds_a_step(&training, b->seconds);
        of.top[r] = (before + peak(&b->yard)) / 2;
        of.share[r] = 1e-9 * flops_of(&training) / of.ours[r] / of.top[r];
        of.inside[r] = share_of_products(&training, b->seconds / 4);
        if (b->peer.process > 0) {
            of.theirs[r] = peer_seconds(&b->peer, model, b->seconds);
            of.ratio[r] = of.theirs[r] / of.ours[r];
        }
    }
    print(b, model, &training, &of);
    close_training(&training);
}

int main(int argc, char **argv)
{
    struct bench b = {.seconds = 0.5, .repeat = 5};
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = argv[i + 1];
        if (strcmp(name, "--peer") == 0)
            b.peer = start_peer();
        else if (strcmp(name, "--only") == 0 && value != NULL)
            b.only = argv[++i];
        else if (strcmp(name, "--repeat") == 0)
            b.repeat = number(name, argv[++i], MOST_REPEATS);
        else if (strcmp(name, "--seconds") != 0 || value == NULL ||
                 !muster_number_read(argv[++i], &b.seconds))
            fail("unknown option, or no number behind it:", name);
    }
    if (b.repeat == 0)
        fail("at least one is needed of", "--repeat");
    muster_blas_threads(1);
    b.yard = open_yardstick();
    printf("%s\n", muster_blas_name());
    for (size_t i = 0; i < MODELS; i++)
        if (b.only == NULL || strcmp(b.only, models[i].name) == 0)
            measure(&b, &models[i]);
    if (b.peer.process > 0)
        stop_peer(&b.peer);
    close_yardstick(&b.yard);
    return 0;
}
