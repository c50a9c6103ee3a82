/* Training in one go, whose weights move while gradients are made, against gradients first and the
 * optimizer's step behind them: the same bits, for every optimizer, layers that pass their gradient
 * on in pieces and layers that do not. */
#include "nn_test.h"

enum { INPUTS = 37, CLASSES = 5, MOST = 300, STEPS = 3 };

/* Units that are whole panels, that are not, and that are fewer than one; and a batch on both sides
 * of where sums are cut. */
static struct muster_net *create(struct muster_block layers[4], const struct muster_plugin *loss,
                                 const struct muster_block *options, enum muster_task task)
{
    const char *const kinds[] = {"dense", "layernorm", "dense", "dense"};
    const double units[] = {48, 0, 21, 7};
    for (size_t i = 0; i < 4; i++) {
        layers[i] = layer_block(kinds[i]);
        if (units[i] > 0)
            muster_block_set(&layers[i], "units", units[i], NULL);
    }
    muster_block_set(&layers[2], "activation", 0, "gelu");
    return net_of(&(struct muster_net_setup){.input = {1, {INPUTS}},
                                             .task = task,
                                             .loss = loss,
                                             .train = options,
                                             .outputs = CLASSES,
                                             .batch = MOST,
                                             .layers = layers,
                                             .n_layers = 4});
}

struct side {
    struct muster_block layers[4];
    struct muster_net *net;
    struct muster_optimizer *optimizer;
};

static struct side open_side(const struct muster_plugin *kind, const char *option, double value)
{
    struct side side;
    struct muster_block block = block_of(kind);
    if (option != NULL)
        muster_block_set(&block, option, value, NULL);
    for (size_t i = 0; i < block.n; i++)
        if (strcmp(block.options[i]->name, "weight_decay") == 0)
            muster_block_set(&block, "weight_decay", 0.01, NULL);
    side.net = create(side.layers, NULL, NULL, MUSTER_CLASSIFICATION);
    const struct muster_layout layout = muster_net_layout(side.net);
    assert_int_equal(muster_optimizer_create(kind, &block, &layout, &side.optimizer), MUSTER_OK);
    muster_block_clear(&block);
    return side;
}

static void close_side(struct side *side)
{
    for (size_t i = 0; i < 4; i++)
        muster_block_clear(&side->layers[i]);
    muster_net_destroy(&side->net);
    muster_optimizer_destroy(&side->optimizer);
}

static float x[MOST * INPUTS];
static int32_t y[MOST];
static float values[MOST * CLASSES];

static void same(const struct side *a, const struct side *b)
{
    size_t n, m;
    int64_t *steps[2];
    const float *left = muster_net_weights(a->net, &n), *right = muster_net_weights(b->net, &m);
    assert_int_equal(n, m);
    assert_memory_equal(left, right, n * sizeof *left);
    for (size_t i = 0; i < n; i++)
        assert_true(isfinite(left[i]));
    left = muster_optimizer_state(a->optimizer, &n, &steps[0]);
    right = muster_optimizer_state(b->optimizer, &m, &steps[1]);
    assert_memory_equal(left, right, n * sizeof *left);
    assert_true(*steps[0] == *steps[1]);
}

static void compare(const struct muster_plugin *kind, const char *option, double value, size_t rows)
{
    struct side apart = open_side(kind, option, value), fused = open_side(kind, option, value);
    for (uint64_t t = 0; t < STEPS; t++) {
        const struct muster_pass pass = {.step = t};
        const struct muster_inputs in = {.x = x + t * INPUTS};
        const struct muster_targets of = {.classes = y + t};
        const double scale = rows > 0 ? 1.0 / (double)rows : 0, rate = 0.01 * (double)(t + 1);
        size_t n;
        const double loss = muster_net_gradient(apart.net, in, of, rows, &pass);
        muster_optimizer_step(apart.optimizer, muster_net_weights(apart.net, &n),
                              muster_net_gradients(apart.net, &n), scale, rate);
        assert_true(loss ==
                    muster_net_train(fused.net, in, of, rows, &pass, fused.optimizer, scale, rate));
        same(&apart, &fused);
    }
    close_side(&apart);
    close_side(&fused);
}

static int open_data(void **state)
{
    (void)state;
    muster_random_fill(noise(7), 0, -1, 1, x, MOST * INPUTS);
    for (size_t i = 0; i < MOST; i++)
        y[i] = (int32_t)(i * 3 % CLASSES);
    for (size_t i = 0; i < MOST * CLASSES; i++)
        values[i] = (float)(i * 7 % 3 % 2);
    return 0;
}

static void every_optimizer_moves_as_behind_the_gradient(void **state)
{
    (void)state;
    const size_t rows[] = {0, 1, 19, 100, MOST - STEPS};
    for (size_t i = 0; i < muster_nn_optimizers.n; i++)
        for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
            compare(muster_nn_optimizers.items[i], NULL, 0, rows[r]);
}

static void their_variants_do(void **state)
{
    (void)state;
    compare(muster_registry_find(&muster_nn_optimizers, "sgd"), "momentum", 0.9, 50);
    compare(muster_registry_find(&muster_nn_optimizers, "rmsprop"), "momentum", 0.9, 50);
    compare(muster_registry_find(&muster_nn_optimizers, "rmsprop"), "centered", 1, 50);
}

/* The padding of panels is zeros: what is read and written back is all there is. */
static void nothing_else_is_kept(struct muster_net *net)
{
    size_t n, m;
    float *weights = muster_net_weights(net, &n);
    float *kept = muster_alloc(n, sizeof *kept), *array_values = muster_alloc(n, sizeof *kept);
    memcpy(kept, weights, n * sizeof *kept);
    for (size_t layer = 0; layer < muster_net_layers(net); layer++) {
        struct muster_net_array array;
        for (size_t i = 0; muster_net_layer_array(net, layer, i, &array); i++) {
            for (m = 0; m < n; m++)
                array_values[m] = NAN;
            muster_net_layer_read(net, layer, i, array_values);
            for (m = array.dims[0] * (array.rank > 1 ? array.dims[1] : 1); m-- > 0;)
                assert_true(isfinite(array_values[m]));
            muster_net_layer_write(net, layer, i, array_values);
        }
    }
    assert_memory_equal(kept, weights, n * sizeof *kept);
    muster_free(kept);
    muster_free(array_values);
}

static void every_loss_leaves_padding_alone(void **state)
{
    (void)state;
    const struct muster_plugin *adam = muster_registry_find(&muster_nn_optimizers, "adam");
    for (size_t i = 0; i < muster_nn_losses.n; i++) {
        const struct muster_plugin *loss = muster_nn_losses.items[i];
        const enum muster_task task =
            strcmp(loss->name, "cross_entropy") == 0          ? MUSTER_CLASSIFICATION
            : strcmp(loss->name, "binary_cross_entropy") == 0 ? MUSTER_MULTI_LABEL
                                                              : MUSTER_REGRESSION;
        struct side side;
        struct muster_block options = block_of(loss), by = block_of(adam);
        side.net = create(side.layers, loss, &options, task);
        const struct muster_layout layout = muster_net_layout(side.net);
        assert_int_equal(muster_optimizer_create(adam, &by, &layout, &side.optimizer), MUSTER_OK);
        for (uint64_t t = 0; t < STEPS; t++)
            muster_net_train(
                side.net, (struct muster_inputs){.x = x},
                (struct muster_targets){.classes = task == MUSTER_CLASSIFICATION ? y : NULL,
                                        .values = values},
                MOST - t, &(struct muster_pass){.step = t}, side.optimizer, 1.0 / MOST, 0.01);
        nothing_else_is_kept(side.net);
        close_side(&side);
        muster_block_clear(&options);
        muster_block_clear(&by);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_optimizer_moves_as_behind_the_gradient),
        cmocka_unit_test(their_variants_do),
        cmocka_unit_test(every_loss_leaves_padding_alone),
    };
    return cmocka_run_group_tests(tests, open_data, NULL);
}
