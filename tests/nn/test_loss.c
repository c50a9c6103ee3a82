/* Losses and outputs against their formulas in double precision: softmax with cross-entropy, and
 * squared error; large and small logits, any number of rows and outputs. */
#include "nn_test.h"

enum { MOST = 41 };

/* Without hidden layers and with one input: z = w x + b. */
static struct muster_net *bare_net(enum muster_task task, size_t outputs, float spread)
{
    struct muster_net *net = net_of(&(struct muster_net_setup){
        .input = {.rank = 1, .dims = {1}}, .task = task, .outputs = outputs, .batch = MOST});
    float values[MOST];
    muster_random_fill(noise(20), 0, -spread, spread, values, outputs);
    muster_net_layer_write(net, 0, 0, values);
    muster_random_fill(noise(21), 0, -1, 1, values, outputs);
    muster_net_layer_write(net, 0, 1, values);
    return net;
}

static void logits(const struct muster_net *net, size_t outputs, double x, double *z)
{
    float weight[MOST], bias[MOST];
    muster_net_layer_read(net, 0, 0, weight);
    muster_net_layer_read(net, 0, 1, bias);
    for (size_t k = 0; k < outputs; k++)
        z[k] = weight[k] * x + bias[k];
}

static double log_sum(const double *z, size_t n)
{
    double most = z[0], sum = 0;
    for (size_t k = 1; k < n; k++)
        most = fmax(most, z[k]);
    for (size_t k = 0; k < n; k++)
        sum += exp(z[k] - most);
    return most + log(sum);
}

static void check_softmax(size_t rows, size_t outputs, float spread)
{
    struct muster_net *net = bare_net(MUSTER_CLASSIFICATION, outputs, spread);
    float x[MOST], *out = muster_alloc(rows * outputs, sizeof *out);
    double expected = 0, z[MOST], slopes[MOST] = {0};
    int32_t y[MOST];
    muster_random_fill(noise(22), 0, -1, 1, x, rows);
    for (size_t i = 0; i < rows; i++)
        y[i] = (int32_t)(i * 7 % outputs);
    muster_net_predict(net, (struct muster_inputs){.x = x}, rows, out);
    for (size_t i = 0; i < rows; i++) {
        logits(net, outputs, x[i], z);
        double sum = log_sum(z, outputs);
        expected += sum - z[y[i]];
        for (size_t k = 0; k < outputs; k++) {
            assert_float_equal(out[i * outputs + k], exp(z[k] - sum), 2e-6 * (1 + spread));
            slopes[k] += exp(z[k] - sum) - (k == (size_t)y[i]);
        }
    }
    const struct muster_targets targets = {.classes = y};
    const double tolerance = 1e-5 * (1 + fabs(expected));
    assert_float_equal(muster_net_loss(net, out, targets, rows), expected,
                       spread > 50 ? 1e-1 * expected : tolerance);
    assert_float_equal(muster_net_gradient(net, (struct muster_inputs){.x = x}, targets, rows,
                                           &(struct muster_pass){0}),
                       expected, tolerance);
    size_t n; /* the bias lies behind the weights, in whole vectors of sixteen */
    const float *slope = muster_net_gradients(net, &n) + (outputs + 15) / 16 * 16;
    for (size_t k = 0; k < outputs; k++)
        assert_float_equal(slope[k], slopes[k], 1e-4);
    muster_free(out);
    muster_net_destroy(&net);
}

static void softmax_and_cross_entropy(void **state)
{
    (void)state;
    const size_t rows[] = {1, 15, 16, 17, MOST}, outputs[] = {1, 2, 10, 16, 17, MOST};
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 6; j++) {
            check_softmax(rows[i], outputs[j], 3);
            check_softmax(rows[i], outputs[j], 40);
        }
}

static void squared_error_is_the_mean_over_outputs(void **state)
{
    (void)state;
    for (size_t outputs = 1; outputs <= 17; outputs += 4) {
        struct muster_net *net = bare_net(MUSTER_REGRESSION, outputs, 2);
        float x[3] = {-1, 0.5f, 2}, y[3 * MOST], out[3 * MOST];
        double z[MOST], expected = 0;
        muster_random_fill(noise(23), 0, -1, 1, y, 3 * outputs);
        muster_net_predict(net, (struct muster_inputs){.x = x}, 3, out);
        for (size_t i = 0; i < 3; i++) {
            logits(net, outputs, x[i], z);
            for (size_t k = 0; k < outputs; k++) {
                double error = z[k] - y[i * outputs + k];
                expected += error * error / (double)outputs;
                assert_float_equal(out[i * outputs + k], z[k], 1e-5);
            }
        }
        const struct muster_targets targets = {.values = y};
        assert_float_equal(muster_net_loss(net, out, targets, 3), expected, 1e-4);
        assert_float_equal(muster_net_gradient(net, (struct muster_inputs){.x = x}, targets, 3,
                                               &(struct muster_pass){0}),
                           expected, 1e-4);
        muster_net_destroy(&net);
    }
    assert_int_equal(muster_memory_blocks(), 0);
}

static void nan_is_not_hidden(void **state)
{
    (void)state;
    for (int task = 0; task < 2; task++) {
        struct muster_net *net = bare_net((enum muster_task)task, 3, 1);
        const float x = NAN, values[3] = {0};
        const int32_t classes = 1;
        assert_true(isnan(
            muster_net_gradient(net, (struct muster_inputs){.x = &x},
                                (struct muster_targets){.classes = &classes, .values = values}, 1,
                                &(struct muster_pass){0})));
        muster_net_destroy(&net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(softmax_and_cross_entropy),
        cmocka_unit_test(squared_error_is_the_mean_over_outputs),
        cmocka_unit_test(nan_is_not_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
