/* Convolutions that rectify below a max pool, which takes their way back along, against the same
 * activation as a layer of its own: loss and gradients have the same bits. */
#include "nn_test.h"

enum { HEIGHT = 7, WIDTH = 6, CHANNELS = 3, OUTPUTS = 4, ROWS = 5 };
enum { INPUTS = HEIGHT * WIDTH * CHANNELS };

static float x[ROWS * INPUTS];
static int32_t y[ROWS];

struct pool {
    double size, stride, padding;
};

static void add_conv(struct layered *side, double filters, bool apart)
{
    struct muster_block *conv = &side->layers[side->n++];
    *conv = layer_block("conv2d");
    muster_block_set(conv, "filters", filters, NULL);
    muster_block_set(conv, "padding", 1, NULL);
    muster_block_set(conv, "activation", 0, apart ? "identity" : "relu");
    if (!apart)
        return;
    side->layers[side->n] = layer_block("activation");
    muster_block_set(&side->layers[side->n++], "kind", 0, "relu");
}

/* One convolution below a pool, of filters that are no whole vectors, and one that is not. */
static struct layered open_side(const struct pool *pool, bool apart)
{
    struct layered side = {.n = 0};
    add_conv(&side, 11, apart);
    struct muster_block *block = &side.layers[side.n++];
    *block = layer_block("maxpool");
    muster_block_set(block, "size", pool->size, NULL);
    muster_block_set(block, "stride", pool->stride, NULL);
    muster_block_set(block, "padding", pool->padding, NULL);
    add_conv(&side, 4, apart);
    side.net = net_of(&(struct muster_net_setup){.input = {3, {HEIGHT, WIDTH, CHANNELS}},
                                                 .task = MUSTER_CLASSIFICATION,
                                                 .outputs = OUTPUTS,
                                                 .batch = ROWS,
                                                 .layers = side.layers,
                                                 .n_layers = side.n});
    return side;
}

static void compare(const struct pool *pool)
{
    struct layered fused = open_side(pool, false), apart = open_side(pool, true);
    const struct muster_pass pass = {.step = 0};
    const struct muster_inputs in = {.x = x};
    const struct muster_targets of = {.classes = y};
    size_t n, m;
    float *weights = muster_net_weights(fused.net, &n), *others = muster_net_weights(apart.net, &m);
    assert_int_equal(n, m);
    memcpy(others, weights, n * sizeof *weights);
    const double loss = muster_net_gradient(fused.net, in, of, ROWS, &pass);
    assert_true(loss > 0 && loss == muster_net_gradient(apart.net, in, of, ROWS, &pass));
    const float *a = muster_net_gradients(fused.net, &n), *b = muster_net_gradients(apart.net, &m);
    for (size_t k = 0; k < n; k++)
        assert_true(a[k] == b[k]);
    close_layered(&fused);
    close_layered(&apart);
}

static void windows_edge_to_edge(void **state)
{
    (void)state;
    compare(&(struct pool){.size = 1, .stride = 1});
    compare(&(struct pool){.size = 2, .stride = 2});
}

static void windows_that_overlap(void **state)
{
    (void)state;
    compare(&(struct pool){.size = 3, .stride = 2, .padding = 1});
}

static int set_up(void **state)
{
    (void)state;
    muster_random_fill(noise(11), 0, -1, 1, x, ROWS * INPUTS);
    for (size_t i = 0; i < ROWS; i++)
        y[i] = (int32_t)(i * 3 % OUTPUTS);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_edge_to_edge),
        cmocka_unit_test(windows_that_overlap),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
