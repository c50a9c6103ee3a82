/* Batch and layer normalisation of sequences against PyTorch's values (norm_reference.py): loss and
 * gradients in training, running statistics, prediction; a single number a channel; a fresh start.
 */
#include "nn_test.h"

enum { ROWS = 4, POINTS = 2, CHANNELS = 3, WIDTH = POINTS * CHANNELS };

static const struct reference {
    const char *layer;
    float loss, weight[CHANNELS], bias[CHANNELS];
    float running_mean[CHANNELS], running_var[CHANNELS]; /* zeros: there are none */
    float predicted[WIDTH];
} references[] = {
    {"batchnorm",
     5.08331724f,
     {3.99998429f, 1.33333168f, -2.66665887f},
     {0.666666667f, 0, -1.33333333f},
     {0.0335533063f, 0.00254190806f, -0.0308065088f},
     {1.36273621f, 2.56400922f, 1.5524558f},
     {3.45061197f, 0.851004212f, -0.864505518f, -2.71045764f, -0.899080349f, 0.148036147f}},
    {"layernorm",
     4.8890379f,
     {4.11376048f, 1.53194862f, -2.06389729f},
     {1.19811208f, 0.0114827415f, -0.956070906f},
     {0},
     {0},
     {1.16078118f, 0.401257998f, 0.909703452f, -0.233097009f, -0.51576087f, -1.85358641f}},
};

static float x[ROWS * WIDTH];
static const float zeros[ROWS * WIDTH];
static const struct muster_pass training;

/* The layer, and one behind it that hands its input on: the prediction is what it normalises to. */
static struct muster_net *mirror(const char *kind)
{
    const float weight[] = {1.5f, 0.5f, -1}, bias[] = {0.25f, 0, -0.5f};
    float identity[WIDTH * WIDTH] = {0};
    struct muster_block block = layer_block(kind);
    struct muster_net *net =
        net_of(&(struct muster_net_setup){.input = {.rank = 2, .dims = {POINTS, CHANNELS}},
                                          .task = MUSTER_REGRESSION,
                                          .outputs = WIDTH,
                                          .batch = ROWS,
                                          .layers = &block,
                                          .n_layers = 1});
    for (size_t k = 0; k < WIDTH; k++)
        identity[k * WIDTH + k] = 1;
    muster_net_layer_write(net, 0, 0, weight);
    muster_net_layer_write(net, 0, 1, bias);
    muster_net_layer_write(net, 1, 0, identity);
    for (size_t i = 0; i < ROWS * WIDTH; i++)
        x[i] = 3 * sinf((float)(i + 1));
    muster_block_clear(&block);
    return net;
}

static void assert_close(const float *found, const float *expected, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_float_equal(found[i], expected[i], 3e-6);
}

static void check(const struct reference *of)
{
    struct muster_net *net = mirror(of->layer);
    struct muster_net_array array;
    const struct muster_targets y = {.values = zeros};
    float out[ROWS * WIDTH], values[CHANNELS];
    size_t n;
    for (int pass = 0; pass < 2; pass++)
        assert_float_equal(
            muster_net_gradient(net, (struct muster_inputs){.x = x}, y, ROWS, &training), of->loss,
            1e-5);
    const float *gradients = muster_net_gradients(net, &n);
    const size_t *starts = muster_net_layout(net).starts;
    assert_close(gradients + starts[0], of->weight, CHANNELS);
    assert_close(gradients + starts[1], of->bias, CHANNELS);
    if (muster_net_layer_array(net, 0, 2, &array)) {
        assert_string_equal(array.name, "running_mean");
        muster_net_layer_read(net, 0, 2, values);
        assert_close(values, of->running_mean, CHANNELS);
        muster_net_layer_read(net, 0, 3, values);
        assert_close(values, of->running_var, CHANNELS);
    }
    muster_net_predict(net, (struct muster_inputs){.x = x}, ROWS, out);
    assert_close(out, of->predicted, WIDTH);
    muster_net_destroy(&net);
}

static void values_are_those_of_pytorch(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++)
        check(&references[i]);
}

static void state_is_no_parameter_and_starts_afresh(void **state)
{
    (void)state;
    struct muster_net *net = mirror("batchnorm");
    const float fresh[2][CHANNELS] = {{0, 0, 0}, {1, 1, 1}};
    float values[CHANNELS];
    assert_int_equal(muster_net_parameters(net), 2 * CHANNELS + WIDTH * WIDTH + WIDTH);
    assert_int_equal(muster_net_layout(net).n_arrays, 4);
    muster_net_gradient(net, (struct muster_inputs){.x = x},
                        (struct muster_targets){.values = zeros}, ROWS, &training);
    muster_net_init(net, noise(1));
    for (size_t i = 0; i < 2; i++) {
        muster_net_layer_read(net, 0, 2 + i, values);
        assert_memory_equal(values, fresh[i], sizeof values);
    }
    muster_net_destroy(&net);
}

/* Passes of two rows, of none and of one, whose state follows behind them, as if it had at once. */
static void state_follows_when_it_is_told(void **state)
{
    (void)state;
    static const size_t rows[] = {2, 0, 1};
    struct muster_net *at_once = mirror("batchnorm"), *later = mirror("batchnorm");
    const struct muster_targets y = {.values = zeros};
    size_t n;
    float *now = muster_net_state(at_once, &n), *then = muster_net_state(later, &n);
    float *measured = muster_alloc(3 * n, sizeof *measured);
    float *before = muster_alloc(n, sizeof *before);
    memcpy(before, then, n * sizeof *then);
    for (size_t i = 0; i < 3; i++) {
        const struct muster_inputs in = {.x = x + i * WIDTH};
        muster_net_gradient(at_once, in, y, rows[i], &training);
        muster_net_gradient(later, in, y, rows[i],
                            &(struct muster_pass){.measured = measured + i * n});
    }
    assert_memory_equal(then, before, n * sizeof *then);
    assert_true(memcmp(now, before, n * sizeof *now) != 0);
    for (size_t i = 0; i < 3; i++)
        muster_net_carry(later, measured + i * n);
    assert_memory_equal(then, now, n * sizeof *then);
    muster_free(before);
    muster_free(measured);
    muster_net_destroy(&at_once);
    muster_net_destroy(&later);
}

/* One row of plain numbers has no variance: its loss is that of its prediction. */
static void a_single_row_takes_the_running_statistics(void **state)
{
    (void)state;
    struct muster_block block = layer_block("batchnorm");
    struct muster_net *net =
        net_of(&(struct muster_net_setup){.input = {.rank = 1, .dims = {WIDTH}},
                                          .task = MUSTER_REGRESSION,
                                          .outputs = WIDTH,
                                          .batch = ROWS,
                                          .layers = &block,
                                          .n_layers = 1});
    const struct muster_targets y = {.values = zeros};
    float out[WIDTH], before[WIDTH], after[WIDTH];
    muster_net_gradient(net, (struct muster_inputs){.x = x}, y, ROWS, &training);
    muster_net_layer_read(net, 0, 3, before);
    muster_net_predict(net, (struct muster_inputs){.x = x}, 1, out);
    assert_float_equal(muster_net_gradient(net, (struct muster_inputs){.x = x}, y, 1, &training),
                       muster_net_loss(net, out, y, 1), 1e-5);
    muster_net_layer_read(net, 0, 3, after);
    assert_memory_equal(before, after, sizeof before);
    muster_net_destroy(&net);
    muster_block_clear(&block);
    assert_int_equal(muster_memory_blocks(), 0);
}

/* The family puts it between dense layers without bias and their activations. */
static void mlp_with_norm(void **state)
{
    (void)state;
    static const char *const kinds[] = {"batchnorm", "layernorm"}, *const words[] = {"batch",
                                                                                     "layer"};
    for (int i = 0; i < 2; i++) {
        struct muster_block block = layer_block("mlp");
        struct muster_net_array array;
        muster_block_set(&block, "norm", i + 1, words[i]);
        struct muster_net *net =
            net_of(&(struct muster_net_setup){.input = {.rank = 1, .dims = {WIDTH}},
                                              .task = MUSTER_REGRESSION,
                                              .outputs = 1,
                                              .batch = ROWS,
                                              .layers = &block,
                                              .n_layers = 1});
        assert_int_equal(muster_net_layers(net), 7);
        assert_false(muster_net_layer_array(net, 0, 1, &array));
        assert_string_equal(muster_net_layer_kind(net, 1), kinds[i]);
        assert_string_equal(muster_net_layer_kind(net, 2), "activation");
        muster_net_destroy(&net);
        muster_block_clear(&block);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_pytorch),
        cmocka_unit_test(state_is_no_parameter_and_starts_afresh),
        cmocka_unit_test(state_follows_when_it_is_told),
        cmocka_unit_test(a_single_row_takes_the_running_statistics),
        cmocka_unit_test(mlp_with_norm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
