/* Sequences with lengths: what lies behind the used steps of a row is 0 above every layer that
 * leaves the shape as it is, with every activation, and the layers above get no slope for it. */
#include "nn_test.h"

enum { STEPS = 5, WIDTH = 6, SIZE = STEPS * WIDTH, OUTPUTS = 3, USED = 2 };

/* The output layer's weights: [OUTPUTS][in] of rows of `in` numbers. */
static size_t width_of_output(const struct muster_net *net)
{
    struct muster_net_array array;
    assert_true(muster_net_layer_array(net, muster_net_layers(net) - 1, 0, &array));
    return array.dims[1];
}

/* Their gradient is what lies below times the slope above. */
static void check_output_gradient(struct muster_net *net, const char *name)
{
    size_t n;
    float *weights = muster_net_weights(net, &n), read[OUTPUTS * SIZE];
    double used = 0;
    memcpy(weights, muster_net_gradients(net, &n), n * sizeof *weights);
    muster_net_layer_read(net, muster_net_layers(net) - 1, 0, read);
    for (size_t i = 0; i < OUTPUTS * SIZE; i++) {
        if (i % SIZE < USED * WIDTH)
            used += fabs((double)read[i]);
        else if (read[i] != 0)
            fail_msg("%s: %g at step %zu behind the %d used", name, (double)read[i],
                     i % SIZE / WIDTH, USED);
    }
    assert_true(used > 0);
}

/* Biases too, and all positive, so that nothing is 0 by chance. */
static void fill_weights(struct muster_net *net)
{
    enum { MOST = 1 << 16 };
    struct muster_net_array array;
    float *values = muster_alloc(MOST, sizeof *values);
    muster_random_fill(noise(2), 0, 0.1, 1, values, MOST);
    for (size_t layer = 0; layer < muster_net_layers(net); layer++)
        for (size_t i = 0; muster_net_layer_array(net, layer, i, &array); i++) {
            size_t size = 1;
            for (size_t d = 0; d < array.rank; d++)
                size *= array.dims[d];
            assert_true(size <= MOST);
            muster_net_layer_write(net, layer, i, values);
        }
    muster_free(values);
}

/* False where the layer takes no sequences, or makes another one. */
static bool check_layer(const struct muster_block *block, const char *name)
{
    struct muster_net *net = NULL;
    const struct muster_net_setup setup = {.input = {.rank = 2, .dims = {STEPS, WIDTH}},
                                           .task = MUSTER_CLASSIFICATION,
                                           .outputs = OUTPUTS,
                                           .batch = 1,
                                           .layers = block,
                                           .n_layers = 1};
    if (muster_net_create(&setup, &net) != MUSTER_OK)
        return false;
    float x[SIZE] = {0};
    const int32_t used = USED, class = 1;
    const bool same = width_of_output(net) == SIZE;
    muster_net_init(net, noise(1));
    fill_weights(net);
    muster_random_fill(noise(3), 0, -1, 1, x, USED * WIDTH);
    muster_net_gradient(net, (struct muster_inputs){.x = x, .lengths = &used},
                        (struct muster_targets){.classes = &class}, 1,
                        &(struct muster_pass){.dropout = noise(4)});
    if (same)
        check_output_gradient(net, name);
    muster_net_destroy(&net);
    return same;
}

static void nothing_lies_behind_the_used_steps(void **state)
{
    size_t taken = 0;
    (void)state;
    for (size_t i = 0; i < muster_nn_layers.n; i++) {
        struct muster_block layer = block_of(muster_nn_layers.items[i]);
        taken += check_layer(&layer, muster_nn_layers.items[i]->name);
        muster_block_clear(&layer);
    }
    assert_true(taken >= 7);
    struct muster_block block = layer_block("activation");
    const struct muster_registry *functions = block.options[0]->registry;
    for (size_t i = 0; i < functions->n; i++) {
        muster_block_set(&block, "kind", (double)i, functions->items[i]->name);
        assert_true(check_layer(&block, functions->items[i]->name));
    }
    muster_block_clear(&block);
    assert_int_equal(muster_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_lies_behind_the_used_steps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
