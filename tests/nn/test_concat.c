/* Several inputs, joined by a concat: slopes of the loss at every weight, the bits of one table
 * that holds the columns of two, lengths that reach the branch they are of, and what is refused. */
#include "nn_test.h"

enum { ROWS = 6, OUTPUTS = 3, LEVELS = 40, VOCABULARY = 5 };
/* A row: an image [4][3][1], tokens [5], a table of two numbers and a code. */
enum { IMAGE = 12, TOKENS = 5, TABLE = 3, WIDTH = IMAGE + TOKENS + TABLE, INPUTS = 3 };

static const int64_t levels[] = {LEVELS};
static const struct muster_net_input inputs[INPUTS] = {
    {.name = "image", .input = {.rank = 3, .dims = {4, 3, 1}}},
    {.name = "text",
     .input = {.rank = 1, .dims = {TOKENS}},
     .vocabulary = VOCABULARY,
     .lengths = true},
    {.name = "table", .input = {.rank = 1, .dims = {TABLE}}, .n_codes = 1, .levels = levels},
};

static float x[ROWS * WIDTH];
static int32_t lengths[ROWS * INPUTS], classes[ROWS];

static void fill(void)
{
    muster_random_fill(noise(3), 0, -1, 1, x, ROWS * WIDTH);
    for (size_t i = 0; i < ROWS; i++) {
        float *row = x + i * WIDTH;
        classes[i] = (int32_t)(i % OUTPUTS);
        lengths[i * INPUTS] = 4;
        lengths[i * INPUTS + 1] = (int32_t)(1 + i % TOKENS);
        lengths[i * INPUTS + 2] = TABLE;
        for (size_t k = 0; k < TOKENS; k++)
            row[IMAGE + k] = k < 1 + i % TOKENS ? (float)((i + 2 * k) % VOCABULARY) : 0;
        row[WIDTH - 1] = i == 2 ? -1 : (float)(i * 7 % LEVELS);
    }
}

/* One layer of a kind, at its defaults but for one number. */
static struct muster_block layer(const char *kind, const char *option, double number)
{
    struct muster_block block = layer_block(kind);
    if (option != NULL)
        muster_block_set(&block, option, number, NULL);
    return block;
}

static struct muster_block branch(const char *name, size_t n, const struct muster_block *layers)
{
    struct muster_block block = {.kind = name, .path = "network.0.concat", .branch = true};
    block.n_children = n;
    block.children = muster_alloc(n > 0 ? n : 1, sizeof *block.children);
    for (size_t i = 0; i < n; i++)
        block.children[i] = layers[i];
    return block;
}

static struct muster_block concat_of(size_t n, const struct muster_block *branches)
{
    struct muster_block block = {.kind = "concat", .path = "network.0"};
    block.n_children = n;
    block.children = muster_alloc(n, sizeof *block.children);
    for (size_t i = 0; i < n; i++)
        block.children[i] = branches[i];
    return block;
}

/* Table before image: the order of branches is their own. */
static struct muster_block whole_concat(void)
{
    const struct muster_block image[] = {layer("conv2d", "filters", 3), layer("dense", "units", 4)};
    const struct muster_block text[] = {layer("embedding", "size", 3), layer("lstm", "units", 4)};
    const struct muster_block table[] = {layer("dense", "units", 5)};
    muster_block_set((struct muster_block *)(uintptr_t)&image[1], "activation", 0, "tanh");
    muster_block_set((struct muster_block *)(uintptr_t)&image[0], "activation", 0, "tanh");
    muster_block_set((struct muster_block *)(uintptr_t)&table[0], "activation", 0, "tanh");
    const struct muster_block branches[] = {branch("table", 1, table), branch("image", 2, image),
                                            branch("text", 2, text)};
    return concat_of(3, branches);
}

static struct muster_net_setup several(const struct muster_block *layers, size_t n)
{
    return (struct muster_net_setup){.n_inputs = INPUTS,
                                     .inputs = inputs,
                                     .task = MUSTER_CLASSIFICATION,
                                     .outputs = OUTPUTS,
                                     .batch = ROWS,
                                     .layers = layers,
                                     .n_layers = n};
}

static double loss_of(struct muster_net *net)
{
    const struct muster_pass pass = {.dropout = noise(2)};
    return muster_net_gradient(net, (struct muster_inputs){x, lengths},
                               (struct muster_targets){.classes = classes}, ROWS, &pass);
}

/* Each weight by itself. */
static void slopes(void **state)
{
    (void)state;
    struct muster_block concat = whole_concat();
    const struct muster_net_setup setup = several(&concat, 1);
    struct muster_net *net = net_of(&setup);
    size_t n, moved = 0;
    fill();
    loss_of(net);
    float *weights = muster_net_weights(net, &n), *gradient = muster_alloc(n, sizeof *gradient);
    memcpy(gradient, muster_net_gradients(net, &n), n * sizeof *gradient);
    for (size_t i = 0; i < n; i++) {
        const float kept = weights[i], h = 4e-3f;
        if (gradient[i] == 0)
            continue;
        weights[i] = kept + h;
        const double above = loss_of(net);
        weights[i] = kept - h;
        const double slope = (above - loss_of(net)) / (2 * (double)h);
        weights[i] = kept;
        assert_true(fabs(slope - (double)gradient[i]) < 2e-2 * fabs(slope) + 2e-3);
        moved++;
    }
    /* All but embeddings of codes and tokens that no row has. */
    assert_true(moved > muster_net_parameters(net) / 4);
    muster_free(gradient);
    muster_net_destroy(&net);
    muster_block_clear(&concat);
}

/* What stands behind the used steps, or in the lengths of inputs without any, is not looked at. */
static void lengths_are_of_their_input(void **state)
{
    (void)state;
    struct muster_block concat = whole_concat();
    const struct muster_net_setup setup = several(&concat, 1);
    struct muster_net *net = net_of(&setup);
    fill();
    const double loss = loss_of(net);
    for (size_t i = 0; i < ROWS; i++) {
        lengths[i * INPUTS] = lengths[i * INPUTS + 2] = 1;
        x[i * WIDTH + IMAGE + TOKENS - 1] += lengths[i * INPUTS + 1] < TOKENS ? 1 : 0;
    }
    assert_true(loss_of(net) == loss);
    lengths[1] = TOKENS;
    assert_true(loss_of(net) != loss);
    muster_net_destroy(&net);
    muster_block_clear(&concat);
}

static void paths(void **state)
{
    (void)state;
    static const char *const expected[] = {"00-concat/table/00-branch",
                                           "00-concat/table/01-embedding",
                                           "00-concat/table/02-dense",
                                           "00-concat/image/03-branch",
                                           "00-concat/image/04-conv2d",
                                           "00-concat/image/05-dense",
                                           "00-concat/text/06-branch",
                                           "00-concat/text/07-embedding",
                                           "00-concat/text/08-lstm",
                                           "09-concat",
                                           "10-dense"};
    struct muster_block concat = whole_concat();
    const struct muster_net_setup setup = several(&concat, 1);
    struct muster_net *net = net_of(&setup);
    assert_int_equal(muster_net_layers(net), sizeof expected / sizeof *expected);
    for (size_t i = 0; i < muster_net_layers(net); i++)
        assert_string_equal(muster_net_layer_path(net, i), expected[i]);
    muster_net_destroy(&net);
    muster_block_clear(&concat);
}

/* ---- two tables of 5 and 6 columns are one of 11 -------------------------------------------- */

enum { LEFT = 5, RIGHT = 6 };

/* The losses and weights of some steps. */
static void train(struct muster_net *net, const float *rows, double losses[4], float *weights)
{
    const struct muster_plugin *adam = muster_registry_find(&muster_nn_optimizers, "adam");
    const struct muster_layout layout = muster_net_layout(net);
    struct muster_optimizer *optimizer;
    struct muster_block options;
    size_t n;
    assert_int_equal(muster_block_default(adam, &options), MUSTER_OK);
    assert_int_equal(muster_optimizer_create(adam, &options, &layout, &optimizer), MUSTER_OK);
    for (uint64_t step = 0; step < 4; step++)
        losses[step] = muster_net_train(net, (struct muster_inputs){.x = rows},
                                        (struct muster_targets){.classes = classes}, ROWS,
                                        &(struct muster_pass){.dropout = noise(2), .step = step},
                                        optimizer, 1.0 / ROWS, 0.01);
    const float *now = muster_net_weights(net, &n);
    memcpy(weights, now, n * sizeof *now);
    muster_optimizer_destroy(&optimizer);
    muster_block_clear(&options);
}

static void two_tables_are_one(void **state)
{
    (void)state;
    const struct muster_net_input tables[] = {
        {.name = "left", .input = {.rank = 1, .dims = {LEFT}}},
        {.name = "right", .input = {.rank = 1, .dims = {RIGHT}}}};
    const struct muster_block branches[] = {branch("left", 0, NULL), branch("right", 0, NULL)};
    struct muster_block layers[] = {concat_of(2, branches), layer("dense", "units", 9)};
    struct muster_net_setup setup = {.n_inputs = 2,
                                     .inputs = tables,
                                     .task = MUSTER_CLASSIFICATION,
                                     .outputs = OUTPUTS,
                                     .batch = ROWS,
                                     .layers = layers,
                                     .n_layers = 2};
    struct muster_net *two = net_of(&setup);
    setup.n_inputs = 0;
    setup.input = (struct muster_shape){.rank = 1, .dims = {LEFT + RIGHT}};
    setup.layers = &layers[1];
    setup.n_layers = 1;
    struct muster_net *one = net_of(&setup);
    double a[4], b[4];
    size_t n, m;
    muster_net_weights(one, &n);
    muster_net_weights(two, &m);
    float *v = muster_alloc(n, sizeof *v), *w = muster_alloc(n, sizeof *w);
    assert_int_equal(n, m);
    fill();
    train(one, x, a, v);
    train(two, x, b, w);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_equal(v, w, n * sizeof *v);
    assert_true(a[3] < a[0]);
    assert_true(muster_net_flops_train(one) == muster_net_flops_train(two));
    muster_free(v);
    muster_free(w);
    muster_net_destroy(&one);
    muster_net_destroy(&two);
    muster_block_clear(&layers[0]);
    muster_block_clear(&layers[1]);
}

/* ---- refusals ------------------------------------------------------------------------------- */

static void refused(struct muster_block block, const char *words)
{
    const struct muster_net_setup setup = several(&block, 1);
    struct muster_net *net = NULL;
    assert_int_equal(muster_net_create(&setup, &net), MUSTER_BAD_STUDY);
    assert_null(net);
    assert_non_null(strstr(muster_error_text(), words));
    muster_block_clear(&block);
}

static void refusals(void **state)
{
    (void)state;
    const struct muster_block embedding = layer("embedding", NULL, 0);
    refused(layer("dense", NULL, 0),
            "dense takes one input, the data have 3 (first `concat: {image");
    refused(
        concat_of(3, (struct muster_block[]){branch("imag", 0, NULL), branch("text", 0, NULL),
                                             branch("table", 0, NULL)}),
        "there is no input `imag` (did you mean `image`? data.inputs names image, text, table)");
    refused(concat_of(2, (struct muster_block[]){branch("image", 0, NULL),
                                                 branch("text", 1, &embedding)}),
            "no branch for the input `table`");
    refused(concat_of(3, (struct muster_block[]){branch("image", 0, NULL), branch("text", 0, NULL),
                                                 branch("table", 0, NULL)}),
            "nothing takes the tokens");
    const struct muster_net_setup nothing = several(NULL, 0);
    struct muster_net *net = NULL;
    assert_int_equal(muster_net_create(&nothing, &net), MUSTER_BAD_STUDY);
    assert_int_equal(muster_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slopes), cmocka_unit_test(lengths_are_of_their_input),
        cmocka_unit_test(paths), cmocka_unit_test(two_tables_are_one), cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
