/* Attention, transformer blocks and next tokens against PyTorch (attention_reference.py): loss,
 * prediction and the gradient of every array. What no step may see changes no bit. */
#include "nn_test.h"

#include "muster/linalg.h"

#include <math.h>

enum { ROWS = 3, VOCABULARY = 7, WIDTH = 12, HEADS = 3, HIDDEN = 20, MOST = 70, ARRAYS = 32 };

struct reference {
    const char *name;
    double loss;
    double summary[ARRAYS][3]; /* of the prediction, then of the gradients, array by array */
};

#include "attention_reference.h"

static const struct muster_pass training;
static float x[ROWS * MOST];
static int32_t lengths[ROWS], next[ROWS * MOST];

static void fill_rows(size_t steps, bool ragged)
{
    const size_t used[ROWS] = {steps, 1, (steps + 1) / 2};
    for (size_t i = 0; i < ROWS; i++) {
        lengths[i] = (int32_t)(ragged ? used[i] : steps);
        for (size_t t = 0; t < steps; t++) {
            const bool there = t < (size_t)lengths[i];
            x[i * steps + t] = there ? (float)((i * 5 + t * t + t / 3) % VOCABULARY) : 0;
            next[i * steps + t] =
                there && (i + t) % 5 != 3 ? (int32_t)((3 * i + 2 * t + t / 4) % VOCABULARY) : -1;
        }
    }
}

static float wave(size_t k, size_t a, float shift)
{
    return shift + (float)(0.3 * sin(1.7 * (double)k + (double)a));
}

static size_t size_of(const struct muster_net_array *array)
{
    size_t n = 1;
    for (size_t d = 0; d < array->rank; d++)
        n *= array->dims[d];
    return n;
}

/* Writes `wave` to the arrays of the first `layers` layers. */
static void fill_weights(struct muster_net *net, size_t layers)
{
    static float values[WIDTH * MOST * WIDTH * MOST];
    struct muster_net_array array;
    for (size_t layer = 0, a = 0; layer < layers; layer++)
        for (size_t i = 0; muster_net_layer_array(net, layer, i, &array); i++, a++) {
            const bool norm = strncmp(array.name, "weight_norm", 11) == 0 ||
                              strcmp(muster_net_layer_kind(net, layer), "layernorm") == 0;
            for (size_t k = 0; k < size_of(&array); k++)
                values[k] = wave(k, a, norm && array.name[0] == 'w' ? 1 : 0);
            muster_net_layer_write(net, layer, i, values);
        }
}

/* The last layer hands its input on. */
static void fill_mirror(struct muster_net *net)
{
    static float values[WIDTH * MOST * WIDTH * MOST];
    const size_t last = muster_net_layers(net) - 1;
    struct muster_net_array array;
    muster_net_layer_array(net, last, 0, &array);
    memset(values, 0, sizeof values);
    for (size_t k = 0; k < array.dims[0]; k++)
        values[k * array.dims[0] + k] = 1;
    muster_net_layer_write(net, last, 0, values);
}

static struct muster_block layer_of(const char *kind, const char *norm, const char *activation,
                                    bool causal)
{
    struct muster_block block = layer_block(kind);
    muster_block_set(&block, "heads", HEADS, NULL);
    muster_block_set(&block, "causal", causal, NULL);
    if (strcmp(kind, "transformer") == 0) {
        muster_block_set(&block, "feedforward", HIDDEN, NULL);
        muster_block_set(&block, "norm", strcmp(norm, "post") == 0, norm);
        muster_block_set(&block, "activation", 0, activation);
        for (size_t i = 0; i < block.n; i++)
            if (strcmp(block.options[i]->name, "width") == 0)
                block.values[i].set = false;
    }
    return block;
}

static struct muster_net *mirror_of(const struct muster_block *block, size_t steps)
{
    struct muster_block layers[] = {layer_block("embedding"), *block};
    muster_block_set(&layers[0], "size", WIDTH, NULL);
    muster_block_set(&layers[0], "levels", VOCABULARY, NULL);
    struct muster_net *net =
        net_of(&(struct muster_net_setup){.input = {.rank = 1, .dims = {steps}},
                                          .vocabulary = VOCABULARY,
                                          .task = MUSTER_REGRESSION,
                                          .outputs = steps * WIDTH,
                                          .batch = ROWS,
                                          .layers = layers,
                                          .n_layers = 2});
    muster_block_clear(&layers[0]);
    fill_weights(net, muster_net_layers(net) - 1);
    fill_mirror(net);
    return net;
}

static struct muster_net *family_of(size_t steps, double smoothing)
{
    struct muster_block block = layer_block("transformer"), loss;
    const struct muster_plugin *kind = muster_registry_find(&muster_nn_losses, "cross_entropy");
    assert_int_equal(muster_block_default(kind, &loss), MUSTER_OK);
    muster_block_set(&loss, "label_smoothing", smoothing, NULL);
    muster_block_set(&block, "width", WIDTH - 1, NULL); /* to be rounded up */
    muster_block_set(&block, "heads", HEADS, NULL);
    muster_block_set(&block, "layers", 2, NULL);
    muster_block_set(&block, "feedforward", HIDDEN, NULL);
    struct muster_net *net =
        net_of(&(struct muster_net_setup){.input = {.rank = 1, .dims = {steps}},
                                          .vocabulary = VOCABULARY,
                                          .task = MUSTER_NEXT_TOKEN,
                                          .outputs = VOCABULARY,
                                          .loss = kind,
                                          .train = &loss,
                                          .batch = ROWS,
                                          .layers = &block,
                                          .n_layers = 1});
    muster_block_clear(&block);
    muster_block_clear(&loss);
    fill_weights(net, muster_net_layers(net));
    return net;
}

static void check_summary(const char *name, size_t a, const float *v, size_t n,
                          const double expected[3])
{
    double squares = 0, sines = 0, cosines = 0;
    for (size_t k = 0; k < n; k++) {
        squares += (double)v[k] * v[k];
        sines += v[k] * sin(1 + 1.3 * (double)k);
        cosines += v[k] * cos(0.7 * (double)k);
    }
    const double tolerance = 1e-4 * expected[0] + 1e-6;
    if (fabs(sqrt(squares) - expected[0]) > tolerance || fabs(sines - expected[1]) > tolerance ||
        fabs(cosines - expected[2]) > tolerance)
        fail_msg("%s, array %zu: %g %g %g, expected %g %g %g", name, a, sqrt(squares), sines,
                 cosines, expected[0], expected[1], expected[2]);
}

/* The gradients of the first `layers` layers, in the arrays' own shapes. */
static void check_gradients(struct muster_net *net, size_t layers, const struct reference *of)
{
    static float values[WIDTH * MOST * WIDTH * MOST];
    struct muster_net_array array;
    size_t n;
    const float *gradients = muster_net_gradients(net, &n);
    memcpy(muster_net_weights(net, &n), gradients, n * sizeof *gradients);
    for (size_t layer = 0, a = 1; layer < layers; layer++)
        for (size_t i = 0; muster_net_layer_array(net, layer, i, &array); i++, a++) {
            muster_net_layer_read(net, layer, i, values);
            check_summary(of->name, a, values, size_of(&array), of->summary[a]);
        }
}

static const struct reference *reference_of(const char *name)
{
    for (size_t i = 0; i < sizeof references / sizeof *references; i++)
        if (strcmp(references[i].name, name) == 0)
            return &references[i];
    fail_msg("no %s", name);
    return NULL;
}

static void check_layer(const char *name, struct muster_block block, size_t steps, bool ragged)
{
    static float out[ROWS * MOST * WIDTH], zeros[ROWS * MOST * WIDTH];
    const struct reference *of = reference_of(name);
    struct muster_net *net = mirror_of(&block, steps);
    const struct muster_inputs in = {.x = x, .lengths = ragged ? lengths : NULL};
    fill_rows(steps, ragged);
    muster_net_predict(net, in, ROWS, out);
    check_summary(name, 0, out, ROWS * steps * WIDTH, of->summary[0]);
    assert_float_equal(
        muster_net_gradient(net, in, (struct muster_targets){.values = zeros}, ROWS, &training),
        of->loss, 1e-4 * of->loss);
    check_gradients(net, muster_net_layers(net) - 1, of);
    muster_net_destroy(&net);
    muster_block_clear(&block);
}

static void attention_is_that_of_pytorch(void **state)
{
    (void)state;
    check_layer("attention", layer_of("attention", NULL, NULL, false), 5, false);
    check_layer("attention, lengths", layer_of("attention", NULL, NULL, false), 9, true);
    check_layer("attention, causal", layer_of("attention", NULL, NULL, true), 70, false);
    check_layer("attention, causal, lengths", layer_of("attention", NULL, NULL, true), 37, true);
}

static void blocks_are_those_of_pytorch(void **state)
{
    (void)state;
    check_layer("post", layer_of("transformer", "post", "relu", false), 6, false);
    check_layer("post, lengths", layer_of("transformer", "post", "gelu", false), 9, true);
    check_layer("pre", layer_of("transformer", "pre", "relu", false), 6, false);
    check_layer("pre, causal, lengths", layer_of("transformer", "pre", "gelu", true), 37, true);
}

static void check_next_token(const char *name, size_t steps, bool ragged, double smoothing)
{
    static float out[ROWS * MOST * VOCABULARY];
    const struct reference *of = reference_of(name);
    struct muster_net *net = family_of(steps, smoothing);
    const struct muster_inputs in = {.x = x, .lengths = ragged ? lengths : NULL};
    fill_rows(steps, ragged);
    muster_net_predict(net, in, ROWS, out);
    for (size_t p = 0; p < ROWS * steps; p++)
        if (p % steps >= (size_t)lengths[p / steps])
            memset(out + p * VOCABULARY, 0, VOCABULARY * sizeof *out);
    check_summary(name, 0, out, ROWS * steps * VOCABULARY, of->summary[0]);
    assert_float_equal(
        muster_net_gradient(net, in, (struct muster_targets){.classes = next}, ROWS, &training),
        of->loss, 1e-4 * of->loss);
    check_gradients(net, muster_net_layers(net), of);
    muster_net_destroy(&net);
}

static void next_tokens_are_those_of_pytorch(void **state)
{
    (void)state;
    check_next_token("next token", 6, false, 0);
    check_next_token("next token, lengths, smoothing", 9, true, 0.1);
}

/* ---- what no step may see ------------------------------------------------------------------- */

/* Of a layer on numbers [steps][WIDTH]: gradient of its weights, and what it makes of the rows. */
static void pass_numbers(struct muster_net *net, const float *rows, bool ragged, size_t steps,
                         float *out, float *gradient)
{
    static float zeros[ROWS * MOST * WIDTH];
    const struct muster_inputs in = {.x = rows, .lengths = ragged ? lengths : NULL};
    const struct muster_pass pass = {.dropout = noise(2), .step = 3};
    size_t n;
    fill_rows(steps, ragged);
    muster_net_predict(net, in, ROWS, out);
    muster_net_gradient(net, in, (struct muster_targets){.values = zeros}, ROWS, &pass);
    const float *from = muster_net_gradients(net, &n);
    memcpy(gradient, from, n * sizeof *gradient);
}

static struct muster_net *numbers_net(const struct muster_block *block, size_t steps)
{
    struct muster_net *net =
        net_of(&(struct muster_net_setup){.input = {.rank = 2, .dims = {steps, WIDTH}},
                                          .task = MUSTER_REGRESSION,
                                          .outputs = steps * WIDTH,
                                          .batch = ROWS,
                                          .layers = block,
                                          .n_layers = 1});
    fill_mirror(net);
    return net;
}

/* Rows that differ in step `from` of row 0 and behind it, and behind used steps where ragged. */
static void check_unseen(struct muster_block block, bool ragged, size_t steps, size_t from)
{
    static float a[ROWS * MOST * WIDTH], b[ROWS * MOST * WIDTH];
    static float out[2][ROWS * MOST * WIDTH];
    struct muster_net *net = numbers_net(&block, steps);
    size_t n;
    muster_net_gradients(net, &n);
    float *gradient[2] = {muster_alloc(n, sizeof(float)), muster_alloc(n, sizeof(float))};
    fill_rows(steps, ragged);
    muster_random_fill(noise(7), 0, -1, 1, a, ROWS * steps * WIDTH);
    memcpy(b, a, sizeof b);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = (ragged ? (size_t)lengths[i] : from) * WIDTH; k < steps * WIDTH; k++)
            b[i * steps * WIDTH + k] += 3;
    pass_numbers(net, a, ragged, steps, out[0], gradient[0]);
    pass_numbers(net, b, ragged, steps, out[1], gradient[1]);
    if (ragged) {
        assert_memory_equal(out[0], out[1], ROWS * steps * WIDTH * sizeof(float));
        assert_memory_equal(gradient[0], gradient[1], n * sizeof(float));
    }
    for (size_t i = 0; i < ROWS && !ragged; i++) {
        const size_t row = i * steps * WIDTH, seen = from * WIDTH;
        assert_memory_equal(out[0] + row, out[1] + row, seen * sizeof(float));
        assert_memory_not_equal(out[0] + row + seen, out[1] + row + seen, WIDTH * sizeof(float));
    }
    muster_free(gradient[0]);
    muster_free(gradient[1]);
    muster_net_destroy(&net);
    muster_block_clear(&block);
}

static void what_lies_behind_a_row_changes_no_bit(void **state)
{
    (void)state;
    struct muster_block block = layer_of("transformer", "post", "gelu", false);
    muster_block_set(&block, "dropout", 0.2, NULL);
    check_unseen(block, true, 9, 0);
    check_unseen(layer_of("transformer", "pre", "relu", true), true, 37, 0);
    check_unseen(layer_of("attention", NULL, NULL, false), true, 18, 0);
    check_unseen(layer_block("positional"), true, 5, 0);
}

static void later_steps_change_no_bit_of_earlier_ones(void **state)
{
    (void)state;
    check_unseen(layer_of("attention", NULL, NULL, true), false, 70, 40);
    check_unseen(layer_of("transformer", "pre", "relu", true), false, 9, 3);
    check_unseen(layer_of("transformer", "post", "relu", true), false, 37, 34);
}

/* ---- options -------------------------------------------------------------------------------- */

static void next_token_makes_attention_causal(void **state)
{
    (void)state;
    struct muster_net *net = family_of(9, 0);
    float out[2][ROWS * 9 * VOCABULARY];
    fill_rows(9, false);
    muster_net_predict(net, (struct muster_inputs){.x = x}, ROWS, out[0]);
    x[8] = (float)(((int)x[8] + 1) % VOCABULARY);
    muster_net_predict(net, (struct muster_inputs){.x = x}, ROWS, out[1]);
    assert_memory_equal(out[0], out[1], 8 * VOCABULARY * sizeof(float));
    assert_memory_not_equal(out[0], out[1], 9 * VOCABULARY * sizeof(float));
    muster_net_destroy(&net);
}

static void assert_refused(struct muster_block block, struct muster_shape shape, size_t vocabulary,
                           const char *message)
{
    struct muster_net *net = NULL;
    block.path = "network.0";
    const struct muster_net_setup setup = {.input = shape,
                                           .vocabulary = vocabulary,
                                           .task = MUSTER_REGRESSION,
                                           .outputs = 1,
                                           .batch = 2,
                                           .layers = &block,
                                           .n_layers = 1};
    assert_int_equal(muster_net_create(&setup, &net), MUSTER_BAD_STUDY);
    assert_string_equal(muster_error_text(), message);
    muster_block_clear(&block);
}

static void what_cannot_be_is_told(void **state)
{
    (void)state;
    const struct muster_shape row = {.rank = 1, .dims = {8}};
    const struct muster_shape sequence = {.rank = 2, .dims = {4, 8}};
    assert_refused(layer_of("attention", NULL, NULL, false), row, 0,
                   "network.0: attention needs a sequence [t, c] as its input, not 1 dimensions "
                   "(tokens go through `embedding` first)");
    assert_refused(layer_of("attention", NULL, NULL, false), sequence, 0,
                   "network.0: 3 heads do not divide the 8 numbers a step (heads: a divisor)");
    assert_refused(layer_block("transformer"), row, 0,
                   "network.0: transformer needs a sequence [t, c] as its input, not 1 dimensions "
                   "(tokens go through `embedding` first)");
    assert_refused(layer_block("positional"), row, 0,
                   "network.0: positional needs a sequence [t, c] as its input, not 1 dimensions "
                   "(tokens go through `embedding` first)");
    assert_int_equal(muster_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attention_is_that_of_pytorch),
        cmocka_unit_test(blocks_are_those_of_pytorch),
        cmocka_unit_test(next_tokens_are_those_of_pytorch),
        cmocka_unit_test(what_lies_behind_a_row_changes_no_bit),
        cmocka_unit_test(later_steps_change_no_bit_of_earlier_ones),
        cmocka_unit_test(next_token_makes_attention_causal),
        cmocka_unit_test(what_cannot_be_is_told),
    };
    muster_blas_threads(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
