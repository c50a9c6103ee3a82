/* Convolutions and pools: outputs and gradients are PyTorch's (conv_reference.py), and those of
 * plain loops where panels and tiles are full; sequences that end early; impossible shapes. */
#include "nn_test.h"

#include "nn/net_impl.h"

enum { ROWS = 2, OPTIONS = 6 };

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

static const struct muster_pass training;

static float *numbers(double (*function)(double), double step, double factor, size_t n)
{
    float *values = muster_alloc(n, sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = (float)(factor * function(step * (double)(i + 1)));
    return values;
}

static void write(struct muster_net *net, size_t layer, size_t i, const float *values)
{
    muster_net_layer_write(net, layer, i, values);
}

/* Weights of the layer as the script has them. */
static void fill(struct muster_net *net, size_t layer)
{
    struct muster_net_array array;
    for (size_t i = 0; muster_net_layer_array(net, layer, i, &array); i++) {
        size_t n = 1;
        for (size_t d = 0; d < array.rank; d++)
            n *= array.dims[d];
        float *values = numbers(cos, i == 0 ? 0.7 : 1.1, i == 0 ? 0.5 : 1, n);
        write(net, layer, i, values);
        muster_free(values);
    }
}

static void write_identity(struct muster_net *net, size_t layer, size_t n)
{
    float *identity = muster_alloc(n * n, sizeof *identity);
    for (size_t i = 0; i < n; i++)
        identity[i * n + i] = 1;
    write(net, layer, 0, identity);
    muster_free(identity);
}

/* A 1 x 1 convolution that hands x on, so that somebody wants the slope of it. */
static struct muster_block mirror(const struct muster_shape *shape)
{
    struct muster_block block = layer_block(shape->rank == 2 ? "conv1d" : "conv2d");
    muster_block_set(&block, "filters", (double)shape->dims[shape->rank - 1], NULL);
    muster_block_set(&block, "kernel", 1, NULL);
    muster_block_set(&block, "activation", 0, "identity");
    muster_block_set(&block, "bias", 0, NULL);
    return block;
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

/* Within 1e-4 of the greatest of them. */
static void assert_close(const float *found, const float *expected, size_t n)
{
    float most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, fabsf(expected[i]));
    for (size_t i = 0; i < n; i++)
        if (!(fabsf(found[i] - expected[i]) <= 1e-4f * most))
            fail_msg("number %zu of %zu: %g, not %g", i, n, found[i], expected[i]);
}

static void assert_edge(const float *rows, size_t ld, const float *expected, size_t n)
{
    for (size_t i = 0; i < ROWS; i++) {
        assert_close(rows + i * ld, expected + i * n, n);
        for (size_t k = n; k < ld; k++) /* padding of slopes */
            assert_true(rows[i * ld + k] == 0);
    }
}

static size_t size_of(const struct muster_net_array *array)
{
    size_t n = 1;
    for (size_t d = 0; d < array->rank; d++)
        n *= array->dims[d];
    return n;
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

/* ---- sequences that end early ---------------------------------------------------------------- */

enum { STEPS = 9, SHORT = 6, CHANNELS = 3 };

static const char *const over_time[] = {"conv1d", "maxpool", "avgpool", "globalpool"};

/* A chain of two such layers over rows of so many steps; `lengths` may be NULL. */
static struct muster_net *stack(const char *kind, size_t n_layers, size_t steps)
{
    struct muster_block block = layer_block(kind);
    for (size_t i = 0; i < block.n; i++)
        if (strcmp(block.options[i]->name, "stride") == 0)
            muster_block_set(&block, "stride", 1, NULL);
    const struct muster_block pool = layer_block("globalpool");
    const struct muster_block blocks[] = {block, n_layers > 1 ? block : pool, pool};
    struct muster_net *net =
        net_of(&(struct muster_net_setup){.input = {.rank = 2, .dims = {steps, CHANNELS}},
                                          .task = MUSTER_REGRESSION,
                                          .outputs = 2,
                                          .batch = ROWS,
                                          .layers = blocks,
                                          .n_layers = n_layers + (n_layers > 1)});
    muster_block_clear(&block);
    muster_block_clear((struct muster_block *)&pool);
    return net;
}

/* Short rows give what they give on their own, and so does their gradient. */
static void check_short(const char *kind)
{
    const size_t layers = strcmp(kind, "globalpool") == 0 ? 1 : 2;
    struct muster_net *whole = stack(kind, layers, SHORT), *cut = stack(kind, layers, STEPS);
    float *x = numbers(sin, 1.3, 1, SHORT * CHANNELS), y[2] = {1, 2}, found[2], expected[2];
    float *longer = muster_alloc(STEPS * CHANNELS, sizeof *longer);
    const int32_t length = SHORT;
    size_t n;
    memcpy(longer, x, SHORT * CHANNELS * sizeof *x);
    muster_net_predict(whole, (struct muster_inputs){.x = x}, 1, expected);
    muster_net_predict(cut, (struct muster_inputs){.x = longer, .lengths = &length}, 1, found);
    assert_close(found, expected, 2);
    muster_net_gradient(whole, (struct muster_inputs){.x = x}, (struct muster_targets){.values = y},
                        1, &training);
    muster_net_gradient(cut, (struct muster_inputs){.x = longer, .lengths = &length},
                        (struct muster_targets){.values = y}, 1, &training);
    const float *gradients = muster_net_gradients(whole, &n);
    assert_close(muster_net_gradients(cut, &n), gradients, n);
    muster_net_destroy(&whole);
    muster_net_destroy(&cut);
    muster_free(x);
    muster_free(longer);
}

static void steps_behind_the_last_change_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof over_time / sizeof *over_time; i++)
        check_short(over_time[i]);
    assert_int_equal(muster_memory_blocks(), 0);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static const struct {
    const char *kind;
    struct muster_shape shape;
    const char *option;
    double number;
    const char *text, *message;
} refused[] = {
    {"conv2d", {1, {13}}, "kernel", 3, NULL, "cannot take a row of 13 plain numbers (an image"},
    {"conv1d", {3, {4, 5, 6}}, "kernel", 3, NULL, "cannot take an image of 4 x 5 x 6 (a sequence"},
    {"maxpool", {1, {13}}, "size", 2, NULL, "cannot take a row of 13 plain numbers (a sequence"},
    {"globalpool", {1, {13}}, "kind", 0, NULL, "cannot take a row of 13 plain numbers (a sequence"},
    {"conv2d", {3, {6, 5, 4}}, "padding", NAN, "valid", "a kernel of 7 covers 7 places"},
    {"conv1d",
     {2, {6, 4}},
     "padding",
     NAN,
     "valid",
     "a kernel of 7 covers 7 places, and the input "
     "has 6 (a smaller kernel or more padding)"},
    {"conv2d", {3, {6, 5, 4}}, "groups", 3, NULL, "3 groups do not divide 4 channels and 5"},
    {"conv1d", {2, {6, 4}}, "groups", 2, NULL, "2 groups do not divide 4 channels and 5 filters"},
    {"maxpool", {3, {6, 5, 4}}, "size", 7, NULL, "a window of 7 covers 7 places"},
    {"avgpool", {2, {6, 4}}, "size", 7, NULL, "and the input has 6 (a smaller window"},
    {"avgpool", {2, {6, 4}}, "padding", 2, NULL, "more than half the size (at most 1)"},
};

static void impossible_shapes_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct muster_block block = layer_block(refused[i].kind);
        struct muster_net *net = NULL;
        block.path = "network.0";
        if (strncmp(refused[i].kind, "conv", 4) == 0)
            muster_block_set(&block, "kernel", 7, NULL);
        muster_block_set(&block, refused[i].option, refused[i].number, refused[i].text);
        assert_int_equal(muster_net_create(&(struct muster_net_setup){.input = refused[i].shape,
                                                                      .task = MUSTER_REGRESSION,
                                                                      .outputs = 1,
                                                                      .batch = 1,
                                                                      .layers = &block,
                                                                      .n_layers = 1},
                                           &net),
                         MUSTER_BAD_STUDY);
        print_message("%s\n", muster_error_text());
        assert_memory_equal(muster_error_text(), "network.0: ", 11);
        assert_non_null(strstr(muster_error_text(), refused[i].message));
        muster_block_clear(&block);
    }
    assert_int_equal(muster_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_pytorch),
        cmocka_unit_test(wide_layers_are_the_plain_loops),
        cmocka_unit_test(steps_behind_the_last_change_nothing),
        cmocka_unit_test(impossible_shapes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
