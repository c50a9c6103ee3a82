/* Numbers too small to be normal do not stay: moments of weights that have no gradient any more
 * become 0, in training and in steps of the optimizer alone, and callers' arithmetic is as it was.
 */
#include "nn_test.h"

#include <float.h>

enum { INPUTS = 5, CLASSES = 3, ROWS = 8, STEPS = 400 };

static bool processor_can(void)
{
#if defined(__SSE2__) || defined(__aarch64__)
    return true;
#else
    return false;
#endif
}

static void all_normal(struct muster_optimizer *optimizer)
{
    size_t n;
    int64_t *steps;
    const float *state = muster_optimizer_state(optimizer, &n, &steps);
    for (size_t i = 0; i < n; i++)
        assert_true(state[i] == 0.0f || fabsf(state[i]) >= FLT_MIN);
}

static void tiny_numbers_are_still_there(void)
{
    volatile float least = FLT_MIN, half = 0.5f;
    assert_true(least * half > 0.0f);
}

/* Inputs that are tiny once and 0 from then on: only the bias has a gradient any more. */
static void moments_of_the_dead_vanish(void **state)
{
    (void)state;
    if (!processor_can())
        skip();
    struct muster_block layers[1] = {layer_block("dense")},
                        options = block_of(muster_registry_find(&muster_nn_optimizers, "sgd"));
    muster_block_set(&options, "momentum", 0.7, NULL);
    struct muster_net *net = net_of(&(struct muster_net_setup){.input = {1, {INPUTS}},
                                                               .task = MUSTER_CLASSIFICATION,
                                                               .outputs = CLASSES,
                                                               .batch = ROWS,
                                                               .layers = layers,
                                                               .n_layers = 1});
    const struct muster_layout layout = muster_net_layout(net);
    struct muster_optimizer *optimizer;
    assert_int_equal(muster_optimizer_create(muster_registry_find(&muster_nn_optimizers, "sgd"),
                                             &options, &layout, &optimizer),
                     MUSTER_OK);
    float x[ROWS * INPUTS];
    int32_t y[ROWS];
    size_t n;
    for (size_t i = 0; i < ROWS * INPUTS; i++)
        x[i] = 1e-6f;
    for (size_t i = 0; i < ROWS; i++)
        y[i] = (int32_t)(i % CLASSES);
    for (uint64_t t = 0; t < STEPS; t++) {
        const struct muster_pass pass = {.step = t};
        const struct muster_inputs in = {.x = x};
        const struct muster_targets of = {.classes = y};
        if (t % 2 == 0) {
            muster_net_train(net, in, of, ROWS, &pass, optimizer, 1.0 / ROWS, 0.01);
        } else {
            muster_net_gradient(net, in, of, ROWS, &pass);
            muster_optimizer_step(optimizer, muster_net_weights(net, &n),
                                  muster_net_gradients(net, &n), 1.0 / ROWS, 0.01);
        }
        all_normal(optimizer);
        memset(x, 0, sizeof x);
    }
    tiny_numbers_are_still_there();
    muster_block_clear(&layers[0]);
    muster_block_clear(&options);
    muster_net_destroy(&net);
    muster_optimizer_destroy(&optimizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(moments_of_the_dead_vanish)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
