/* A row of two classes has the mean of the two losses, weighed by their shares, and of their
 * gradients: also with weights of the classes and label smoothing. */
#include "nn_test.h"

#include <math.h>
#include <string.h>

enum { ROWS = 21, IN = 4, K = 5 };

static float x[ROWS * IN];
static int32_t one[ROWS], two[ROWS];

static struct muster_net *make(const struct muster_plugin *loss, const struct muster_block *block)
{
    const struct muster_net_setup setup = {.input = {.rank = 1, .dims = {IN}},
                                           .task = MUSTER_CLASSIFICATION,
                                           .outputs = K,
                                           .loss = loss,
                                           .train = block,
                                           .batch = ROWS};
    struct muster_net *net;
    assert_int_equal(muster_net_create(&setup, &net), MUSTER_OK);
    muster_net_init(net, muster_stream_of(3, 0, 0, MUSTER_FOR_INIT));
    return net;
}

/* Loss, weight and a copy of the gradient [n]. */
struct seen {
    double loss, weight;
    float *gradient;
    size_t n;
};

static struct seen look(struct muster_net *net, struct muster_targets y)
{
    struct seen seen;
    const struct muster_pass pass = {0};
    seen.loss = muster_net_gradient(net, (struct muster_inputs){.x = x}, y, ROWS, &pass);
    seen.weight = muster_net_weight(net, y, ROWS);
    const float *gradient = muster_net_gradients(net, &seen.n);
    seen.gradient = muster_alloc(seen.n, sizeof *seen.gradient);
    memcpy(seen.gradient, gradient, seen.n * sizeof *gradient);
    return seen;
}

static void mixed_is_the_mean(void **state)
{
    (void)state;
    static const float weights[K] = {0.5f, 2, 1, 3, 0.25f}, shares[] = {0, 0.25f, 0.6f, 1};
    const struct muster_stream stream = muster_stream_of(1, 0, 0, MUSTER_FOR_NOISE);
    for (uint64_t i = 0; i < ROWS * IN; i++)
        x[i] = (float)muster_random_normal(stream, i);
    for (uint64_t i = 0; i < ROWS; i++) {
        one[i] = (int32_t)muster_random_below(stream, 1000 + i, K);
        two[i] = (int32_t)muster_random_below(stream, 2000 + i, K);
    }
    for (int kind = 0; kind < 16; kind++) {
        const float s = shares[kind % 4];
        struct muster_block block;
        const struct muster_plugin *loss = muster_registry_find(&muster_nn_losses, "cross_entropy");
        assert_int_equal(muster_block_default(loss, &block), MUSTER_OK);
        muster_block_set(&block, "label_smoothing", kind / 4 % 2 * 0.2, NULL);
        struct muster_net *net = make(loss, &block);
        muster_net_weigh(net, kind / 8 ? weights : NULL);
        const struct seen a = look(net, (struct muster_targets){.classes = one});
        const struct seen b = look(net, (struct muster_targets){.classes = two});
        const struct seen both =
            look(net, (struct muster_targets){.classes = one, .others = two, .share = s});
        assert_float_equal(both.loss, (1 - (double)s) * a.loss + (double)s * b.loss, 1e-4);
        assert_float_equal(both.weight, (1 - (double)s) * a.weight + (double)s * b.weight, 1e-5);
        for (size_t i = 0; i < a.n; i++)
            assert_float_equal(both.gradient[i], (1 - s) * a.gradient[i] + s * b.gradient[i], 2e-5);
        assert_true(fabs(a.loss - b.loss) > 0.1);
        muster_free(a.gradient);
        muster_free(b.gradient);
        muster_free(both.gradient);
        muster_net_destroy(&net);
        muster_block_clear(&block);
    }
}

static const struct CMUnitTest tests[] = {cmocka_unit_test(mixed_is_the_mean)};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
