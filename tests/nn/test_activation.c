/* Activations against libm in double precision over the range of floats that matters, their
 * derivatives, the bias and its gradient, any shape, NaN passed on. */
#include "nn_test.h"

#include "nn/activation_impl.h"

enum { ROWS = 7, COLUMNS = 21, LD = 32 };

static double relu(double x)
{
    return x > 0 ? x : 0;
}

static double relu_slope(double x)
{
    return x > 0;
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double sigmoid_slope(double x)
{
    return sigmoid(x) * sigmoid(-x);
}

static double tanh_slope(double x)
{
    return 1 / (cosh(x) * cosh(x));
}

static double normal(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

static double gelu(double x)
{
    return x * normal(x);
}

static double gelu_slope(double x)
{
    return normal(x) + x * exp(-x * x / 2) / sqrt(2 * acos(-1));
}

static double leaky_relu(double x)
{
    return x > 0 ? x : 0.01 * x;
}

static double leaky_relu_slope(double x)
{
    return x > 0 ? 1 : 0.01;
}

static double elu(double x)
{
    return x > 0 ? x : expm1(x);
}

static double elu_slope(double x)
{
    return x > 0 ? 1 : exp(x);
}

static double selu(double x)
{
    return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * expm1(x));
}

static double selu_slope(double x)
{
    return 1.0507009873554805 * (x > 0 ? 1 : 1.6732632423543772 * exp(x));
}

static double silu(double x)
{
    return x * sigmoid(x);
}

static double silu_slope(double x)
{
    return sigmoid(x) * (1 + x * sigmoid(-x));
}

static double softplus(double x)
{
    return fmax(x, 0) + log1p(exp(-fabs(x)));
}

static double identity(double x)
{
    return x;
}

static double one(double x)
{
    (void)x;
    return 1;
}

/* `relative`: largest error of a value, of its size (floats below 1e-37 apart); `slope`: largest
 * error of a derivative, absolute. */
static const struct truth {
    const char *name;
    double (*value)(double x);
    double (*slope)(double x);
    double relative, absolute;
} truths[] = {
    {"relu", relu, relu_slope, 0, 0},
    {"tanh", tanh, tanh_slope, 2.5e-7, 5e-7}, /* 1 - y^2 doubles the error of y */
    {"sigmoid", sigmoid, sigmoid_slope, 2.5e-7, 1e-7},
    {"gelu", gelu, gelu_slope, 6e-6, 5e-7},
    {"leaky_relu", leaky_relu, leaky_relu_slope, 1e-7, 1e-9},
    {"elu", elu, elu_slope, 2.5e-7, 2e-7},
    {"selu", selu, selu_slope, 3e-7, 3e-7},
    {"silu", silu, silu_slope, 3e-7, 4e-7},
    {"softplus", softplus, sigmoid, 3e-7, 2e-7},
    {"identity", identity, one, 0, 0},
};

static void check_range(const struct truth *truth, double from, double to, size_t n)
{
    const struct muster_activation *f = muster_nn_activation(truth->name);
    for (size_t i = 0; i < n; i += LANES) {
        float x[LANES], y[LANES], slope[LANES], ones[LANES];
        for (size_t l = 0; l < LANES; l++) {
            x[l] = (float)(from + (to - from) * (double)(i + l) / (double)n);
            ones[l] = 1;
        }
        f->forward(&(struct muster_forward_strip){1, LANES, x, LANES, NULL, y, LANES, slope});
        f->backward(&(struct muster_backward_strip){1, LANES, LANES, f->keeps_slope ? slope : y,
                                                    ones, slope, NULL});
        for (size_t l = 0; l < LANES; l++) {
            double value = truth->value(x[l]);
            if (fabs(y[l] - value) > truth->relative * fabs(value) + 2e-37)
                fail_msg("%s(%.9g) = %.9g, not %.9g", truth->name, x[l], y[l], value);
            if (fabs(slope[l] - truth->slope(x[l])) > truth->absolute)
                fail_msg("%s'(%.9g) = %.9g", truth->name, x[l], slope[l]);
        }
    }
}

static void values_and_slopes_are_those_of_libm(void **state)
{
    (void)state;
    assert_int_equal(sizeof truths / sizeof *truths, muster_nn_activations.n);
    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
        check_range(&truths[i], -1, 1, 1 << 16);
        check_range(&truths[i], -12, 12, 1 << 18);
        check_range(&truths[i], 0, 1e-4, 1 << 12);
        check_range(&truths[i], 12, 80, 1 << 14);
        if (strcmp(truths[i].name, "gelu") != 0) /* its tail vanishes below -13 */
            check_range(&truths[i], -80, -12, 1 << 14);
    }
}

/* Bias added, columns summed, at a shape that is no multiple of a vector, in place or not, from
 * rows padded or tight. */
static void strips_of_any_shape(void **state)
{
    (void)state;
    const struct muster_activation *f = muster_nn_activation("tanh");
    float tight[ROWS * COLUMNS], y[ROWS * LD] = {0}, in_place[ROWS * LD] = {0}, bias[LD] = {0};
    float sums[LD] = {0}, dy[ROWS * LD] = {0};
    muster_random_fill(noise(0), 0, -1, 1, tight, ROWS * COLUMNS);
    muster_random_fill(noise(1), 0, -1, 1, bias, COLUMNS);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < COLUMNS; j++) {
            in_place[i * LD + j] = tight[i * COLUMNS + j];
            dy[i * LD + j] = 1;
        }
    f->forward(&(struct muster_forward_strip){ROWS, COLUMNS, tight, COLUMNS, bias, y, LD, NULL});
    f->forward(
        &(struct muster_forward_strip){ROWS, COLUMNS, in_place, LD, bias, in_place, LD, NULL});
    f->backward(&(struct muster_backward_strip){ROWS, COLUMNS, LD, y, dy, dy, sums});
    for (size_t j = 0; j < COLUMNS; j++) {
        double sum = 0;
        for (size_t i = 0; i < ROWS; i++) {
            double x = (double)tight[i * COLUMNS + j] + bias[j];
            assert_float_equal(y[i * LD + j], tanh(x), 3e-7);
            assert_true(in_place[i * LD + j] == y[i * LD + j]);
            sum += tanh_slope(x);
        }
        assert_float_equal(sums[j], sum, 3e-6);
    }
    for (size_t j = COLUMNS; j < LD; j++)
        assert_true(sums[j] == 0);
}

static void nan_stays_nan_and_infinity_has_its_limit(void **state)
{
    (void)state;
    for (size_t i = 0; i < muster_nn_activations.n; i++) {
        const struct muster_activation *f =
            muster_nn_activation(muster_nn_activations.items[i]->name);
        float x[LANES] = {NAN, 1e30f}, y[LANES], slope[LANES];
        f->forward(&(struct muster_forward_strip){1, LANES, x, LANES, NULL, y, LANES, slope});
        assert_true(isnan(y[0]));
        assert_true(y[1] == 1 || (y[1] >= 1e30f && y[1] < 1.06e30f)); /* selu has a factor */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_slopes_are_those_of_libm),
        cmocka_unit_test(strips_of_any_shape),
        cmocka_unit_test(nan_stays_nan_and_infinity_has_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
