/* Optimizers: PyTorch's numbers, and what every one of the registry promises (it descends, repeats
 * after a reset, goes on from a saved state, leaves padding alone). */
#include "nn_test.h"

enum { N = 37, STEPS = 20 };

static struct muster_optimizer *optimizer_of(const char *kind, size_t n,
                                             const struct muster_block *block)
{
    struct muster_optimizer *optimizer = NULL;
    const struct muster_plugin *plugin = muster_registry_find(&muster_nn_optimizers, kind);
    assert_non_null(plugin);
    const size_t start = 0;
    const struct muster_layout layout = {.n = n, .n_arrays = 1, .starts = &start};
    assert_int_equal(muster_optimizer_create(plugin, block, &layout, &optimizer), MUSTER_OK);
    return optimizer;
}

/* Made by optimizer_reference.py: four steps of torch.optim (1.13), or of the paper, from (1, -2,
 * 0.5) at rates 0.1, 0.05, 0.1, 0.1 with gradients (0.3, -0.2 t, 1.5 or 0), t = 1..4. */
static const struct reference {
    const char *kind;
    struct {
        const char *name;
        double value;
    } options[4];
    float expected[3];
} references[] = {
    {"sgd", {{"weight_decay", 0.01}}, {0.891639352f, -1.81315887f, 0.198776931f}},
    {"sgd",
     {{"weight_decay", 0.01}, {"momentum", 0.9}},
     {0.749258697f, -1.64194155f, -0.236160994f}},
    {"sgd",
     {{"weight_decay", 0.01}, {"momentum", 0.9}, {"nesterov", 1}},
     {0.666351557f, -1.49129987f, -0.462346792f}},
    {"adam", {{"weight_decay", 0.01}}, {0.650055349f, -1.65869868f, 0.217324823f}},
    {"adam",
     {{"beta1", 0.8}, {"beta2", 0.95}, {"epsilon", 1e-3}},
     {0.651162744f, -1.65502393f, 0.222410604f}},
    {"adamw", {{"weight_decay", 0.05}}, {0.634855926f, -1.62732935f, 0.210985243f}},
    {"nadam", {{"weight_decay", 0.01}}, {0.709216827f, -1.65296805f, 0.295810859f}},
    {"nadam",
     {{"beta1", 0.8}, {"beta2", 0.95}, {"momentum_decay", 0.1}},
     {0.677569441f, -1.61954142f, 0.275141601f}},
    {"rmsprop", {{"weight_decay", 0.01}}, {-1.40741253f, 0.960666597f, -1.20088899f}},
    {"rmsprop",
     {{"alpha", 0.9}, {"momentum", 0.5}, {"centered", 1}},
     {-0.408298224f, -0.338039845f, -0.431258708f}},
    {"adagrad", {{"weight_decay", 0.01}}, {0.757212162f, -1.70389616f, 0.329025388f}},
    {"lamb", {{"weight_decay", 0.05}}, {0.563872408f, -1.55465511f, 0.153386992f}},
    {"lion", {{"weight_decay", 0.05}}, {0.634855944f, -1.61746813f, 0.14354985f}},
    {"lion", {{"lion.beta1", 0.5}, {"lion.beta2", 0.8}}, {0.65f, -1.65f, 0.15f}},
};

/* Their four steps. */
static void take_steps(struct muster_optimizer *optimizer, float *weights)
{
    const double rates[] = {0.1, 0.05, 0.1, 0.1}, scale = 0.25;
    for (int t = 0; t < 4; t++) {
        const float gradients[] = {(float)(0.3 / scale), (float)(-0.2 * (t + 1) / scale),
                                   (float)(t % 2 ? 0 : 1.5 / scale)};
        muster_optimizer_step(optimizer, weights, gradients, scale, rates[t]);
    }
}

static void check_reference(const struct reference *reference)
{
    float weights[] = {1, -2, 0.5f};
    struct muster_block block =
        block_of(muster_registry_find(&muster_nn_optimizers, reference->kind));
    for (size_t i = 0; i < 4 && reference->options[i].name != NULL; i++)
        muster_block_set(&block, reference->options[i].name, reference->options[i].value, NULL);
    struct muster_optimizer *optimizer = optimizer_of(reference->kind, 3, &block);
    take_steps(optimizer, weights);
    for (int i = 0; i < 3; i++)
        assert_float_equal(weights[i], reference->expected[i], 2e-6);
    muster_optimizer_destroy(&optimizer);
    muster_block_clear(&block);
}

/* Two arrays, of one number and of two. */
static void norms_of_lamb_are_those_of_arrays(void **state)
{
    (void)state;
    const float expected[] = {0.69255f, -1.49219872f, 0.106461074f};
    float weights[] = {1, -2, 0.5f};
    const size_t starts[] = {0, 1};
    const struct muster_plugin *lamb = muster_registry_find(&muster_nn_optimizers, "lamb");
    struct muster_block block = block_of(lamb);
    struct muster_optimizer *optimizer = NULL;
    muster_block_set(&block, "weight_decay", 0.05, NULL);
    const struct muster_layout layout = {.n = 3, .n_arrays = 2, .starts = starts};
    assert_int_equal(muster_optimizer_create(lamb, &block, &layout, &optimizer), MUSTER_OK);
    take_steps(optimizer, weights);
    for (int i = 0; i < 3; i++)
        assert_float_equal(weights[i], expected[i], 2e-6);
    muster_optimizer_destroy(&optimizer);
    muster_block_clear(&block);
}

static void steps_are_those_of_the_references(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++)
        check_reference(&references[i]);
}

/* A weight that is not finite, or a gradient, shows. */
static void nan_is_not_hidden(void **state)
{
    (void)state;
    for (size_t i = 0; i < muster_nn_optimizers.n; i++) {
        const char *name = muster_nn_optimizers.items[i]->name;
        struct muster_block block = block_of(muster_nn_optimizers.items[i]);
        struct muster_optimizer *optimizer = optimizer_of(name, 3, &block);
        float weights[] = {1, 2, 3};
        const float gradients[] = {1, NAN, 1};
        muster_optimizer_step(optimizer, weights, gradients, 1, 0.1);
        assert_true(isnan(weights[1]));
        muster_optimizer_destroy(&optimizer);
        muster_block_clear(&block);
    }
}

/* Gradient of the loss sum (w - 1)^2 / 2; the last number is padding. */
static void descend(struct muster_optimizer *optimizer, float *weights, int steps)
{
    float gradients[N] = {0};
    for (int t = 0; t < steps; t++) {
        for (int i = 0; i < N - 1; i++)
            gradients[i] = 2 * (weights[i] - 1);
        muster_optimizer_step(optimizer, weights, gradients, 0.5, 0.02);
    }
}

static void check_contract(const struct muster_plugin *plugin)
{
    struct muster_block block = block_of(plugin);
    struct muster_optimizer *a = optimizer_of(plugin->name, N, &block);
    struct muster_optimizer *b = optimizer_of(plugin->name, N, &block);
    float once[N] = {0}, again[N] = {0}, other[N] = {0};
    descend(a, once, STEPS);
    for (int i = 0; i < N - 1; i++)
        assert_true(once[i] > 0.02f && once[i] <= 1.0f);
    assert_true(once[N - 1] == 0);

    muster_optimizer_reset(a);
    descend(a, again, STEPS / 2);
    memcpy(other, again, sizeof other);
    size_t n, m;
    int64_t *steps, *others;
    float *from = muster_optimizer_state(a, &n, &steps);
    float *to = muster_optimizer_state(b, &m, &others);
    assert_int_equal(n, m);
    memcpy(to, from, n * sizeof *to);
    *others = *steps;
    descend(a, again, STEPS / 2);
    descend(b, other, STEPS / 2);
    assert_memory_equal(again, once, sizeof once);
    assert_memory_equal(other, once, sizeof once);
    muster_optimizer_destroy(&a);
    muster_optimizer_destroy(&b);
    muster_block_clear(&block);
}

static void every_optimizer_keeps_the_contract(void **state)
{
    (void)state;
    for (size_t i = 0; i < muster_nn_optimizers.n; i++)
        check_contract(muster_nn_optimizers.items[i]);
    assert_int_equal(muster_memory_blocks(), 0);
}

static void shared_options_are_declared_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < muster_nn_optimizers.n; i++)
        for (size_t j = 0; j < i; j++) {
            struct muster_block a = block_of(muster_nn_optimizers.items[i]);
            struct muster_block b = block_of(muster_nn_optimizers.items[j]);
            for (size_t k = 0; k < a.n * b.n; k++) {
                const struct muster_option *x = a.options[k / b.n], *y = b.options[k % b.n];
                if (strcmp(x->name, y->name) == 0) {
                    assert_string_equal(x->standard, y->standard);
                    assert_true(x->type == y->type && x->low == y->low && x->high == y->high);
                }
            }
            muster_block_clear(&a);
            muster_block_clear(&b);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_those_of_the_references),
        cmocka_unit_test(norms_of_lamb_are_those_of_arrays),
        cmocka_unit_test(every_optimizer_keeps_the_contract),
        cmocka_unit_test(nan_is_not_hidden),
        cmocka_unit_test(shared_options_are_declared_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
