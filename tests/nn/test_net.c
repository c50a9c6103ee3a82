/* A network from outside: arrays in and out, any number of rows, the same bits every time, shards
 * that add up, initial weights within their rule, counts, and messages for what cannot be. */
#include "nn_test.h"

#include "muster/linalg.h"

enum { ROWS = 23, INPUTS = 13, OUTPUTS = 3, UNITS = 20 };

static struct muster_block two_layers[2];
static float x[ROWS * INPUTS];
static int32_t y[ROWS];

static struct muster_net *small_net(size_t batch)
{
    return net_of(&(struct muster_net_setup){.input = {.rank = 1, .dims = {INPUTS}},
                                             .task = MUSTER_CLASSIFICATION,
                                             .outputs = OUTPUTS,
                                             .batch = batch,
                                             .layers = two_layers,
                                             .n_layers = 2});
}

static int setup(void **state)
{
    (void)state;
    two_layers[0] = layer_block("dense");
    two_layers[1] = layer_block("dense");
    muster_block_set(&two_layers[0], "units", UNITS, NULL);
    muster_block_set(&two_layers[0], "activation", 0, "tanh");
    muster_random_fill(noise(3), 0, -1, 1, x, ROWS * INPUTS);
    for (int i = 0; i < ROWS; i++)
        y[i] = i % OUTPUTS;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    muster_block_clear(&two_layers[0]);
    muster_block_clear(&two_layers[1]);
    return muster_memory_blocks() != 0;
}

/* y = x weight^T + bias, in double, with the arrays as the result file would hold them. */
static void dense(const struct muster_net *net, size_t layer, const double *in, double *out)
{
    struct muster_net_array matrix, vector;
    assert_true(muster_net_layer_array(net, layer, 0, &matrix));
    assert_true(muster_net_layer_array(net, layer, 1, &vector));
    assert_string_equal(matrix.name, "weight");
    assert_string_equal(vector.name, "bias");
    assert_int_equal(matrix.dims[0], vector.dims[0]);
    const size_t n = matrix.dims[0], m = matrix.dims[1];
    float *weight = muster_alloc(n * m, sizeof *weight), *bias = muster_alloc(n, sizeof *bias);
    muster_net_layer_read(net, layer, 0, weight);
    muster_net_layer_read(net, layer, 1, bias);
    for (size_t i = 0; i < n; i++) {
        out[i] = bias[i];
        for (size_t j = 0; j < m; j++)
            out[i] += weight[i * m + j] * in[j];
    }
    muster_free(weight);
    muster_free(bias);
}

static void arrays_describe_the_network(void **state)
{
    (void)state;
    struct muster_net *net = small_net(ROWS);
    float out[ROWS * OUTPUTS];
    muster_net_predict(net, (struct muster_inputs){.x = x}, ROWS, out);
    assert_int_equal(muster_net_layers(net), 3);
    for (size_t i = 0; i < ROWS; i++) {
        double row[INPUTS], first[UNITS], second[UNITS], last[OUTPUTS], sum = 0;
        for (size_t j = 0; j < INPUTS; j++)
            row[j] = x[i * INPUTS + j];
        dense(net, 0, row, first);
        for (size_t j = 0; j < UNITS; j++)
            first[j] = tanh(first[j]);
        dense(net, 1, first, second);
        for (size_t j = 0; j < 5; j++)
            second[j] = fmax(second[j], 0);
        dense(net, 2, second, last);
        for (size_t k = 0; k < OUTPUTS; k++)
            sum += exp(last[k]);
        for (size_t k = 0; k < OUTPUTS; k++)
            assert_float_equal(out[i * OUTPUTS + k], exp(last[k]) / sum, 2e-6);
    }
    muster_net_destroy(&net);
}

static void arrays_go_out_and_in(void **state)
{
    (void)state;
    struct muster_net *from = small_net(4), *to = small_net(4);
    struct muster_net_array array;
    size_t n;
    muster_net_init(to, noise(99));
    for (size_t layer = 0; layer < muster_net_layers(from); layer++)
        for (size_t i = 0; muster_net_layer_array(from, layer, i, &array); i++) {
            float values[UNITS * INPUTS];
            muster_net_layer_read(from, layer, i, values);
            muster_net_layer_write(to, layer, i, values);
        }
    const float *a = muster_net_weights(from, &n), *b = muster_net_weights(to, &n);
    assert_memory_equal(a, b, n * sizeof *a);
    assert_true((uintptr_t)a % 64 == 0);
    muster_net_destroy(&from);
    muster_net_destroy(&to);
}

static void any_number_of_rows_is_predicted(void **state)
{
    (void)state;
    struct muster_net *wide = small_net(64), *small = small_net(4);
    float whole[ROWS * OUTPUTS], some[ROWS * OUTPUTS];
    for (size_t rows = 0; rows <= ROWS; rows++) {
        muster_net_predict(wide, (struct muster_inputs){.x = x}, rows, whole);
        muster_net_predict(small, (struct muster_inputs){.x = x}, rows, some);
        for (size_t i = 0; i < rows * OUTPUTS; i++)
            assert_float_equal(whole[i], some[i], 1e-6);
    }
    muster_net_destroy(&wide);
    muster_net_destroy(&small);
}

static void bits_are_the_same_every_time(void **state)
{
    (void)state;
    struct muster_net *a = small_net(ROWS), *b = small_net(ROWS);
    const struct muster_targets targets = {.classes = y};
    const struct muster_pass pass = {0};
    float out[ROWS * OUTPUTS];
    size_t n;
    double first = muster_net_gradient(a, (struct muster_inputs){.x = x}, targets, ROWS, &pass);
    muster_net_predict(b, (struct muster_inputs){.x = x}, 5, out);
    muster_net_gradient(b, (struct muster_inputs){.x = x}, targets, 7, &pass);
    assert_true(first ==
                muster_net_gradient(b, (struct muster_inputs){.x = x}, targets, ROWS, &pass));
    const float *of_a = muster_net_gradients(a, &n), *of_b = muster_net_gradients(b, &n);
    assert_memory_equal(of_a, of_b, n * sizeof *of_a);
    muster_net_destroy(&a);
    muster_net_destroy(&b);
}

static void shards_add_up(void **state)
{
    (void)state;
    struct muster_net *net = small_net(ROWS);
    const size_t cuts[] = {0, 3, 3, ROWS};
    const struct muster_pass pass = {0};
    size_t n;
    const float *gradients = muster_net_gradients(net, &n);
    float *sum = muster_alloc(n, sizeof *sum);
    double loss = 0;
    for (size_t s = 0; s < 3; s++) {
        loss += muster_net_gradient(net, (struct muster_inputs){.x = x + cuts[s] * INPUTS},
                                    (struct muster_targets){.classes = y + cuts[s]},
                                    cuts[s + 1] - cuts[s], &pass);
        for (size_t i = 0; i < n; i++)
            sum[i] += gradients[i];
    }
    assert_float_equal(loss,
                       muster_net_gradient(net, (struct muster_inputs){.x = x},
                                           (struct muster_targets){.classes = y}, ROWS, &pass),
                       1e-4);
    for (size_t i = 0; i < n; i++)
        assert_float_equal(sum[i], gradients[i], 1e-4);
    muster_free(sum);
    muster_net_destroy(&net);
}

static void initial_weights_follow_their_rule(void **state)
{
    (void)state;
    struct muster_net *net = small_net(4);
    const double limits[] = {sqrt(6.0 / (INPUTS + UNITS)), sqrt(6.0 / UNITS),
                             sqrt(6.0 / (5 + OUTPUTS))};
    for (size_t layer = 0; layer < 3; layer++) {
        struct muster_net_array array;
        float values[UNITS * INPUTS], most = 0;
        muster_net_layer_array(net, layer, 0, &array);
        muster_net_layer_read(net, layer, 0, values);
        for (size_t i = 0; i < array.dims[0] * array.dims[1]; i++)
            most = fmaxf(most, fabsf(values[i]));
        assert_true(most <= limits[layer] && most > 0.7 * limits[layer]);
        muster_net_layer_read(net, layer, 1, values);
        for (size_t i = 0; i < array.dims[0]; i++)
            assert_true(values[i] == 0);
    }
    muster_net_destroy(&net);
}

static void parameters_and_operations_are_counted(void **state)
{
    (void)state;
    struct muster_net *net = small_net(4);
    assert_int_equal(muster_net_parameters(net), 14 * 20 + 21 * 5 + 6 * 3);
    assert_true(muster_net_flops_predict(net) == 2.0 * (13 * 20 + 20 * 5 + 5 * 3));
    assert_true(muster_net_flops_train(net) ==
                2.0 * (2 * 13 * 20 + 3 * 20 * 5 + 3 * 5 * 3)); /* no slope of the inputs */
    assert_true(muster_net_bytes(net) > 2 * muster_net_parameters(net) * sizeof(float));
    assert_true((int64_t)muster_net_bytes(net) <= muster_memory_bytes());
    muster_net_destroy(&net);
}

static void images_and_sequences_are_flattened(void **state)
{
    (void)state;
    struct muster_block layers[] = {layer_block("flatten"), layer_block("mlp")};
    muster_block_set(&layers[1], "units", 7, NULL);
    struct muster_net *net =
        net_of(&(struct muster_net_setup){.input = {.rank = 3, .dims = {2, 3, 4}},
                                          .task = MUSTER_REGRESSION,
                                          .outputs = 2,
                                          .batch = 8,
                                          .layers = layers,
                                          .n_layers = 2});
    struct muster_net_array array;
    assert_int_equal(muster_net_layers(net), 3);
    assert_string_equal(muster_net_layer_kind(net, 0), "dense");
    assert_true(muster_net_layer_array(net, 0, 0, &array) && array.dims[1] == 24);
    assert_false(muster_net_layer_array(net, 0, 2, &array));
    muster_net_destroy(&net);
    muster_block_clear(&layers[0]);
    muster_block_clear(&layers[1]);
}

static void missing_units_are_told_with_their_place(void **state)
{
    (void)state;
    struct muster_block block;
    struct muster_net *net = NULL;
    assert_int_equal(muster_block_default(muster_registry_find(&muster_nn_layers, "dense"), &block),
                     MUSTER_OK);
    block.path = "network.1";
    struct muster_net_setup none = {.input = {.rank = 1, .dims = {3}},
                                    .outputs = 1,
                                    .batch = 1,
                                    .layers = &block,
                                    .n_layers = 1};
    assert_int_equal(muster_net_create(&none, &net), MUSTER_BAD_STUDY);
    assert_null(net);
    assert_memory_equal(muster_error_text(), "network.1: ", 11);
    muster_block_clear(&block);
}

static void no_memory_is_told_and_nothing_leaks(void **state)
{
    (void)state;
    const struct muster_net_setup setup = {.input = {.rank = 1, .dims = {INPUTS}},
                                           .outputs = OUTPUTS,
                                           .batch = 4,
                                           .layers = two_layers,
                                           .n_layers = 2};
    const int64_t before = muster_memory_blocks();
    enum muster_status status = MUSTER_NO_MEMORY;
    int fault = 0;
    while (status != MUSTER_OK && fault < 100) {
        struct muster_net *net = NULL;
        char spec[32];
        snprintf(spec, sizeof spec, "alloc:%d", ++fault);
        muster_fault_set(spec, 0);
        status = muster_net_create(&setup, &net);
        muster_fault_set(NULL, 0);
        assert_true(status == MUSTER_OK || (status == MUSTER_NO_MEMORY && net == NULL));
        muster_net_destroy(&net);
        assert_int_equal(muster_memory_blocks(), before);
    }
    assert_true(fault > 4 && status == MUSTER_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_describe_the_network),
        cmocka_unit_test(arrays_go_out_and_in),
        cmocka_unit_test(any_number_of_rows_is_predicted),
        cmocka_unit_test(bits_are_the_same_every_time),
        cmocka_unit_test(shards_add_up),
        cmocka_unit_test(initial_weights_follow_their_rule),
        cmocka_unit_test(parameters_and_operations_are_counted),
        cmocka_unit_test(images_and_sequences_are_flattened),
        cmocka_unit_test(missing_units_are_told_with_their_place),
        cmocka_unit_test(no_memory_is_told_and_nothing_leaks),
    };
    muster_blas_threads(1);
    return cmocka_run_group_tests(tests, setup, teardown);
}
