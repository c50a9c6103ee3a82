/* Shards: a step's gradient is the sum over contiguous parts of the batch in a binary tree, worked
 * out here by its definition; what comes out is that of the whole batch but for rounding, with
 * dropout and clipping, on any number of rows, and with the same bits for any group of ranks. */
#include "fixture.h"

#include <math.h>
#include <string.h>

#define NET "network: [{dense: {units: 7, activation: tanh}}, batchnorm, {dropout: 0.4}]\n"

enum { ROWS = 160, COLUMNS = 4, PARTS = 11 };

/* The network of the refit before its first step, from its layers and keys. */
static struct muster_net *fresh_net(const struct muster_refit *refit, uint64_t seed)
{
    const struct muster_net_setup setup = {.input = {.rank = 1, .dims = {COLUMNS}},
                                           .task = MUSTER_MULTI_LABEL,
                                           .outputs = COLUMNS,
                                           .batch = ROWS,
                                           .layers = refit->config.layers,
                                           .n_layers = refit->config.n_layers};
    struct muster_net *net;
    assert_int_equal(muster_net_create(&setup, &net), MUSTER_OK);
    muster_net_init(net, muster_stream_of(seed, 2, -1, MUSTER_FOR_INIT));
    return net;
}

/* sums [parts][n]: neighbours first, then neighbouring pairs, and so on. */
static void add_up(float *sums, size_t parts, size_t n)
{
    for (size_t apart = 1; apart < parts; apart *= 2)
        for (size_t p = 0; p + apart < parts; p += 2 * apart)
            for (size_t i = 0; i < n; i++)
                sums[p * n + i] += sums[(p + apart) * n + i];
}

static void by_definition(const struct fixture *fixture, const struct muster_refit *refit,
                          size_t parts)
{
    static float x[ROWS * COLUMNS], y[ROWS * COLUMNS];
    const struct muster_data *data = muster_trainer_data(fixture->trainer);
    const uint64_t seed = muster_study_seed(fixture->study);
    struct muster_net *net = fresh_net(refit, seed);
    int64_t rows[ROWS];
    size_t n, n_state;
    float *weights = muster_net_weights(net, &n);
    float *sums = muster_alloc(parts * n, sizeof *sums);
    memcpy(rows, muster_data_rows(data), sizeof rows);
    muster_random_shuffle(muster_stream_of(seed, 2, -1, MUSTER_FOR_ORDER), 0, rows, ROWS);
    muster_prep_gather(data, refit->prep, rows, ROWS, x);
    muster_data_targets(data, rows, ROWS, NULL, y);
    for (size_t p = 0; p < parts; p++) {
        const size_t first = ROWS * p / parts, end = ROWS * (p + 1) / parts;
        const struct muster_pass pass = {
            .dropout = muster_stream_of(seed, 2, -1, MUSTER_FOR_DROPOUT), .first_row = first};
        muster_net_gradient(net, (struct muster_inputs){.x = x + first * COLUMNS},
                            (struct muster_targets){.values = y + first * COLUMNS}, end - first,
                            &pass);
        memcpy(sums + p * n, muster_net_gradients(net, &n), n * sizeof *sums);
    }
    add_up(sums, parts, n);
    struct muster_optimizer *sgd;
    const struct muster_layout layout = muster_net_layout(net);
    assert_int_equal(muster_optimizer_create(muster_registry_find(&muster_nn_optimizers, "sgd"),
                                             &refit->config.train, &layout, &sgd),
                     MUSTER_OK);
    muster_optimizer_step(sgd, weights, sums, 1.0 / ROWS, 0.1);
    assert_memory_equal(weights, muster_net_weights(refit->net, &n), n * sizeof *weights);
    const float *state = muster_net_state(net, &n_state);
    assert_memory_equal(state, muster_net_state(refit->net, &n_state), n_state * sizeof *state);
    muster_optimizer_destroy(&sgd);
    muster_net_destroy(&net);
    muster_free(sums);
}

static void a_step_is_its_definition(void **state)
{
    static const size_t parts[] = {1, 2, 3, 5, 6, 7, PARTS, 200}; /* of 200, forty are empty */
    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct muster_refit refit;
        char *rest = muster_format(NET "train: {epochs: 1, batch_size: all, learning_rate: 0.1}\n"
                                       "parallel: {shards: %zu}\n",
                                   parts[i]);
        struct fixture fixture = fixture_make(FIXTURE_LABELS, rest);
        assert_int_equal(muster_trainer_refit(fixture.trainer, NULL,
                                              &(struct muster_refit_of){.trial = 2, .epochs = 1},
                                              NULL, &refit),
                         MUSTER_OK);
        by_definition(&fixture, &refit, parts[i]);
        muster_refit_clear(&refit);
        fixture_free(&fixture);
        muster_free(rest);
    }
}

static struct muster_result train(const char *rest, int shards, struct muster_comm *group)
{
    char *text = muster_format("%sparallel: {shards: %d}\n", rest, shards);
    struct fixture fixture = fixture_make(FIXTURE_BLOBS, text);
    struct muster_step step = fixture_step(0, NULL);
    struct muster_result result = fixture_result(fixture.trainer);
    assert_int_equal(muster_trainer_run(fixture.trainer, group, &step, NULL, &result), MUSTER_OK);
    fixture_free(&fixture);
    muster_free(text);
    return result;
}

/* Losses of both agree to `tolerance`, and are not just those of each other. */
static void near(const char *rest, int shards, double tolerance)
{
    struct muster_result one = train(rest, 1, world), many = train(rest, shards, world);
    for (size_t i = 0; i < 2 * one.folds * one.epochs && muster_comm_rank(world) == 0; i++) {
        const double a = one.curves[i], b = many.curves[i];
        if (!(fabs(a - b) <= tolerance * fabs(a)))
            fail_msg("%g and, in %d shards, %g", a, shards, b);
    }
    muster_result_clear(&one);
    muster_result_clear(&many);
}

static void the_sum_is_the_batch(void **state)
{
    (void)state;
    static const char dropout[] =
        "network: [{dense: {units: 16, activation: relu}}, {dropout: 0.3}]\n"
        "train: {epochs: 4, batch_size: 50, momentum: 0.9}\n";
    static const char clipped[] = "network: [{dense: {units: 16, activation: relu}}]\n"
                                  "train: {epochs: 4, clip_norm: 0.05, learning_rate: 0.3, "
                                  "class_weight: [1, 5, 2]}\n";
    near(dropout, 3, 1e-4);
    near(dropout, 8, 1e-4);
    near(clipped, 2, 1e-4);
    near(clipped, 64, 1e-4);
}

static void groups_change_nothing(void **state)
{
    (void)state;
    static const char rest[] = NET "train: {epochs: 3, optimizer: adam}\n";
    struct muster_comm *alone;
    assert_int_equal(muster_comm_split(world, muster_comm_rank(world), &alone), MUSTER_OK);
    struct muster_result a = train(rest, 6, world), b = train(rest, 6, alone);
    struct muster_result other = train(rest, 1, alone);
    const size_t bytes = 3 * a.folds * a.epochs * sizeof *a.curves;
    if (muster_comm_rank(world) == 0) {
        assert_memory_equal(a.curves, b.curves, bytes);
        assert_true(memcmp(other.curves, b.curves, bytes) != 0); /* batchnorm sees other rows */
    }
    muster_result_clear(&a);
    muster_result_clear(&b);
    muster_result_clear(&other);
    muster_comm_destroy(&alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_step_is_its_definition),
                                       cmocka_unit_test(the_sum_is_the_batch),
                                       cmocka_unit_test(groups_change_nothing)};
    return fixture_run(tests, sizeof tests / sizeof *tests);
}
