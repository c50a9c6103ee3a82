/* Convolutions and pools: outputs and gradients are PyTorch's (conv_reference.py), and those of
 * plain loops where panels and tiles are full. */
#include "conv_test.h"

enum { OPTIONS = 6 };

struct reference {
    const char *kind;
    struct muster_shape shape;
    struct {
        const char *name;
        double number;
        const char *text;
    } options[OPTIONS];
    const float *y, *dx, *weight, *bias;
};

#include "conv_reference.h"

/* Weights of the layer as the script has them. */
static void fill(struct muster_net *net, size_t layer)
{
    struct muster_net_array array;
    for (size_t i = 0; muster_net_layer_array(net, layer, i, &array); i++) {
        const size_t n = size_of(&array);
        float *values = numbers(cos, i == 0 ? 0.7 : 1.1, i == 0 ? 0.5 : 1, n);
        muster_net_layer_write(net, layer, i, values);
        muster_free(values);
    }
}

static size_t outputs_of(const struct muster_block *blocks, const struct muster_shape *shape)
{
    struct muster_net *net = net_of(&(struct muster_net_setup){.input = *shape,
                                                               .task = MUSTER_REGRESSION,
                                                               .outputs = 1,
                                                               .batch = 1,
                                                               .layers = blocks,
                                                               .n_layers = 2});
    const size_t n = net->layers[1]->out;
    muster_net_destroy(&net);
    return n;
}

/* mirror, the block, and an output layer that hands its input on. */
static struct muster_net *chain(const struct muster_block *block, const struct muster_shape *shape)
{
    struct muster_block blocks[] = {mirror(shape), *block};
    const size_t outputs = outputs_of(blocks, shape);
    struct muster_net *net = net_of(&(struct muster_net_setup){.input = *shape,
                                                               .task = MUSTER_REGRESSION,
                                                               .outputs = outputs,
                                                               .batch = ROWS,
                                                               .layers = blocks,
                                                               .n_layers = 2});
    write_identity(net, 0, shape->dims[shape->rank - 1]);
    fill(net, 1);
    write_identity(net, 2, outputs);
    muster_block_clear(&blocks[0]);
    return net;
}

static void assert_edge(const float *rows, size_t ld, const float *expected, size_t n)
{
    for (size_t i = 0; i < ROWS; i++) {
        assert_close(rows + i * ld, expected + i * n, n);
        for (size_t k = n; k < ld; k++) /* padding of slopes */
            assert_true(rows[i * ld + k] == 0);
    }
}

/* The gradient of an array, in the shape users see. */
static void assert_gradient(struct muster_net *net, size_t i, const float *expected)
{
    struct muster_net_array array;
    if (expected == NULL)
        return;
    assert_true(muster_net_layer_array(net, 1, i, &array));
    float *found = muster_alloc(size_of(&array), sizeof *found);
    memcpy(net->weights, net->gradients, net->n_weights * sizeof *net->weights);
    muster_net_layer_read(net, 1, i, found);
    assert_close(found, expected, size_of(&array));
    muster_free(found);
}

static void check(const struct muster_block *block, const struct muster_shape *shape,
                  const struct reference *of)
{
    struct muster_net *net = chain(block, shape);
    const size_t in = muster_shape_size(shape), outputs = net->outputs;
    float *x = numbers(sin, 1.3, 1, ROWS * in), *targets = numbers(sin, 0.9, 1, ROWS * outputs);
    for (int pass = 0; pass < 2; pass++) /* the second finds nothing of the first */
        muster_net_gradient(net, (struct muster_inputs){.x = x},
                            (struct muster_targets){.values = targets}, ROWS, &training);
    for (size_t i = 0; i < ROWS; i++)
        assert_close(net->edges[1].value + i * net->edges[1].ld, of->y + i * outputs, outputs);
    assert_edge(net->edges[0].slope, net->edges[0].ld, of->dx, in);
    assert_gradient(net, 1, of->bias); /* spoils no other gradient */
    assert_gradient(net, 0, of->weight);
    muster_net_destroy(&net);
    muster_free(x);
    muster_free(targets);
}

static void values_are_those_of_pytorch(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        const struct reference *of = &references[i];
        struct muster_block block = layer_block(of->kind);
        if (strstr(of->kind, "pool") != NULL && strcmp(of->kind, "globalpool") != 0)
            muster_block_set(&block, "stride", muster_block_number(&block, "size"), NULL);
        for (size_t k = 0; k < OPTIONS && of->options[k].name != NULL; k++) {
            muster_block_set(&block, of->options[k].name, of->options[k].number,
                             of->options[k].text);
            if (strcmp(of->options[k].name, "size") == 0)
                muster_block_set(&block, "stride", of->options[k].number, NULL);
        }
        print_message("%zu: %s\n", i, of->kind);
        check(&block, &of->shape, of);
        muster_block_clear(&block);
    }
    assert_int_equal(muster_memory_blocks(), 0);
}

/* ---- plain loops ----------------------------------------------------------------------------- */

/* An image and what is made of it: y [oh][ow][f]. */
struct plain {
    size_t h, w, c, f, kernel, stride, padding, dilation, groups;
};

/* Calls of `visit` with the places of one product in y, x and weight [f][k][k][c / groups]. */
static void each_product(const struct plain *p, void *to,
                         void (*visit)(void *to, size_t y, size_t x, size_t weight))
{
    const size_t covered = (p->kernel - 1) * p->dilation + 1, c = p->c / p->groups;
    const size_t oh = (p->h + 2 * p->padding - covered) / p->stride + 1;
    const size_t ow = (p->w + 2 * p->padding - covered) / p->stride + 1;
    for (size_t y = 0; y < oh * ow * p->f; y++)
        for (size_t k = 0; k < p->kernel * p->kernel; k++) {
            const size_t f = y % p->f, o = y / p->f, ky = k / p->kernel, kx = k % p->kernel;
            const size_t i = o / ow * p->stride + ky * p->dilation - p->padding;
            const size_t j = o % ow * p->stride + kx * p->dilation - p->padding;
            for (size_t n = 0; n < c && i < p->h && j < p->w; n++)
                visit(to, y, (i * p->w + j) * p->c + f / (p->f / p->groups) * c + n,
                      (f * p->kernel * p->kernel + k) * c + n);
        }
}

/* One row: all that a reference holds. */
struct loops {
    const float *x, *weight;
    float *y, *dy, *dx, *dweight;
};

static void add_to_y(void *to, size_t y, size_t x, size_t weight)
{
    const struct loops *l = to;
    l->y[y] += l->x[x] * l->weight[weight];
}

static void add_to_gradients(void *to, size_t y, size_t x, size_t weight)
{
    const struct loops *l = to;
    l->dx[x] += l->dy[y] * l->weight[weight];
    l->dweight[weight] += l->dy[y] * l->x[x];
}

static void check_plain(const struct plain *p)
{
    struct muster_block block = layer_block("conv2d");
    const struct muster_shape shape = {.rank = 3, .dims = {p->h, p->w, p->c}};
    const char *const names[] = {"filters", "kernel", "stride", "padding", "dilation", "groups"};
    const size_t values[] = {p->f, p->kernel, p->stride, p->padding, p->dilation, p->groups};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        muster_block_set(&block, names[i], (double)values[i], NULL);
    muster_block_set(&block, "activation", 0, "identity");
    muster_block_set(&block, "bias", 0, NULL);
    struct muster_block blocks[] = {mirror(&shape), block};
    const size_t in = p->h * p->w * p->c, out = outputs_of(blocks, &shape);
    const size_t weights = p->f * p->kernel * p->kernel * p->c / p->groups;
    float *x = numbers(sin, 1.3, 1, ROWS * in), *weight = numbers(cos, 0.7, 0.5, weights);
    float *targets = numbers(sin, 0.9, 1, ROWS * out), *y = muster_alloc(ROWS * out, sizeof *y);
    float *dy = muster_alloc(out, sizeof *dy), *dx = muster_alloc(ROWS * in, sizeof *dx);
    float *dweight = muster_alloc(weights, sizeof *dweight);
    for (size_t i = 0; i < ROWS; i++) {
        struct loops l = {x + i * in, weight, y + i * out, dy, dx + i * in, dweight};
        each_product(p, &l, add_to_y);
        for (size_t k = 0; k < out; k++)
            dy[k] = 2 * (l.y[k] - targets[i * out + k]) / (float)out;
        each_product(p, &l, add_to_gradients);
    }
    check(&block, &shape, &(struct reference){.y = y, .dx = dx, .weight = dweight});
    float *const all[] = {x, weight, targets, y, dy, dx, dweight};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        muster_free(all[i]);
    muster_block_clear(&blocks[0]);
    muster_block_clear(&block);
}

static void wide_layers_are_the_plain_loops(void **state)
{
    (void)state;
    static const struct plain cases[] = {
        {7, 6, 16, 32, 3, 1, 1, 1, 1},  {5, 9, 40, 37, 3, 2, 1, 1, 1},
        {14, 13, 3, 16, 5, 1, 0, 1, 1}, {6, 7, 64, 64, 1, 2, 0, 1, 1},
        {8, 8, 66, 34, 3, 1, 2, 2, 2},  {9, 8, 32, 64, 3, 3, 2, 1, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_plain(&cases[i]);
    assert_int_equal(muster_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_pytorch),
        cmocka_unit_test(wide_layers_are_the_plain_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
