/* rnn, lstm and gru against PyTorch's values over packed sequences (recurrent_reference.py):
 * outputs, gradients of all weights and of x, stacked and in both directions; and what does not
 * change them. */
#include "nn_test.h"

#include "nn/net_impl.h"

enum { MOST = 512 };

struct reference {
    const char *kind;
    int relu, all;
    size_t channels, units, layers, directions, rows, steps;
    int32_t lengths[5];
    const float *y, *dx, *gradient;
};
#include "recurrent_reference.h"

static const struct muster_pass training;
static const float zeros[MOST];

static struct muster_block block_for(const struct reference *of)
{
    struct muster_block block = layer_block(of->kind);
    muster_block_set(&block, "units", (double)of->units, NULL);
    muster_block_set(&block, "layers", (double)of->layers, NULL);
    muster_block_set(&block, "bidirectional", of->directions == 2, NULL);
    muster_block_set(&block, "output", of->all, of->all ? "all" : "last");
    if (strcmp(of->kind, "rnn") == 0)
        muster_block_set(&block, "activation", of->relu, of->relu ? "relu" : "tanh");
    return block;
}

static size_t width_of(const struct reference *of)
{
    return of->directions * of->units * (of->all ? of->steps : 1);
}

static size_t size_of(const struct muster_net_array *array)
{
    return array->dims[0] * (array->rank > 1 ? array->dims[1] : 1);
}

/* Array a: 0.5 sin(1 + 7 a + i). */
static void fill_weights(struct muster_net *net, size_t layers)
{
    struct muster_net_array array;
    float values[2 * MOST * 4];
    for (size_t layer = 1, a = 0; layer <= layers; layer++)
        for (size_t i = 0; muster_net_layer_array(net, layer, i, &array); i++, a++) {
            assert_true(size_of(&array) <= sizeof values / sizeof *values);
            for (size_t k = 0; k < size_of(&array); k++)
                values[k] = (float)(0.5 * sin(1 + 7 * (double)a + (double)k));
            muster_net_layer_write(net, layer, i, values);
        }
}

/* Between a normalisation, so that there is a slope of x, and an output that hands its input on. */
static struct muster_net *mirror(const struct reference *of, size_t batch)
{
    const size_t width = width_of(of);
    float *identity = muster_alloc(width * width, sizeof *identity);
    struct muster_block blocks[] = {layer_block("layernorm"), block_for(of)};
    struct muster_net *net =
        net_of(&(struct muster_net_setup){.input = {.rank = 2, .dims = {of->steps, of->channels}},
                                          .task = MUSTER_REGRESSION,
                                          .outputs = width,
                                          .batch = batch,
                                          .layers = blocks,
                                          .n_layers = 2});
    for (size_t k = 0; k < width; k++)
        identity[k * width + k] = 1;
    fill_weights(net, of->layers);
    muster_net_layer_write(net, of->layers + 1, 0, identity);
    muster_free(identity);
    muster_block_clear(&blocks[0]);
    muster_block_clear(&blocks[1]);
    return net;
}

/* 2 sin(i), and `rest` behind the used steps. */
static void fill_x(const struct reference *of, float rest, float *x)
{
    const size_t row = of->steps * of->channels;
    for (size_t i = 0; i < of->rows * row; i++)
        x[i] = i % row < (size_t)of->lengths[i / row] * of->channels ? (float)(2 * sin((double)i))
                                                                     : rest;
}

static void assert_close(const float *found, const float *expected, size_t n)
{
    float most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, fabsf(expected[i]));
    for (size_t i = 0; i < n; i++)
        assert_float_equal(found[i], expected[i], 1e-4 * (double)most);
}

static void check_slopes(struct muster_net *net, const struct reference *of)
{
    const size_t row = of->steps * of->channels;
    float dx[MOST];
    for (size_t r = 0; r < of->rows; r++)
        memcpy(dx + r * row, net->edges[0].slope + r * net->edges[0].ld, row * sizeof *dx);
    assert_close(dx, of->dx, of->rows * row);
}

/* In full, or as its sums with cos(i) and cos(2 i) where there are many units. */
static void check_gradients(struct muster_net *net, const struct reference *of)
{
    struct muster_net_array array;
    const float *expected = of->gradient;
    for (size_t layer = 1, at = 2; layer <= of->layers; layer++)
        for (size_t i = 0; muster_net_layer_array(net, layer, i, &array); i++, at++) {
            const float *gradient = net->gradients + net->starts[at];
            const size_t size = size_of(&array);
            double sums[2] = {0};
            for (size_t k = 0; k < size; k++)
                for (int turn = 0; turn < 2; turn++)
                    sums[turn] += gradient[k] * cos((turn + 1) * (double)k);
            if (of->layers > 1)
                assert_close(gradient, expected, size);
            else
                assert_close((float[]){(float)sums[0], (float)sums[1]}, expected, 2);
            expected += of->layers > 1 ? size : 2;
        }
}

static void check(const struct reference *of)
{
    struct muster_net *net = mirror(of, of->rows + 2);
    float x[MOST], out[MOST];
    fill_x(of, 0, x);
    const struct muster_inputs inputs = {x, of->lengths};
    muster_net_predict(net, inputs, of->rows, out);
    assert_close(out, of->y, of->rows * width_of(of));
    for (int pass = 0; pass < 2; pass++) /* nothing of one pass is left to the next */
        muster_net_gradient(net, inputs, (struct muster_targets){.values = zeros}, of->rows,
                            &training);
    check_slopes(net, of);
    check_gradients(net, of);
    muster_net_destroy(&net);
}

static void values_are_those_of_pytorch(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++)
        check(&references[i]);
    assert_int_equal(muster_memory_blocks(), 0);
}

/* Neither outputs nor gradients: not even NaN behind a row's length is read. */
static void what_stands_behind_the_length_changes_no_bit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        const struct reference *of = &references[i];
        struct muster_block block = block_for(of);
        const size_t width = width_of(of);
        float x[MOST], out[2][MOST];
        struct muster_net *net = net_of(
            &(struct muster_net_setup){.input = {.rank = 2, .dims = {of->steps, of->channels}},
                                       .task = MUSTER_REGRESSION,
                                       .outputs = width,
                                       .batch = of->rows,
                                       .layers = &block,
                                       .n_layers = 1});
        float *gradients = muster_alloc(net->n_weights, sizeof *gradients);
        for (int turn = 0; turn < 2; turn++) {
            fill_x(of, turn == 0 ? 0 : NAN, x);
            const struct muster_inputs inputs = {x, of->lengths};
            muster_net_predict(net, inputs, of->rows, out[turn]);
            muster_net_gradient(net, inputs, (struct muster_targets){.values = zeros}, of->rows,
                                &training);
            if (turn == 0)
                memcpy(gradients, net->gradients, net->n_weights * sizeof *gradients);
        }
        assert_memory_equal(out[0], out[1], of->rows * width * sizeof **out);
        assert_memory_equal(gradients, net->gradients, net->n_weights * sizeof *gradients);
        muster_free(gradients);
        muster_net_destroy(&net);
        muster_block_clear(&block);
    }
}

/* Rows as long as they can be need no lengths, and a row alone gives what it gives among others. */
static void rows_do_not_see_each_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        const struct reference *of = &references[i];
        struct muster_net *net = mirror(of, of->rows);
        const size_t row = of->steps * of->channels, width = width_of(of);
        float x[MOST], out[MOST], alone[MOST];
        int32_t whole[5];
        fill_x(of, 1, x);
        for (size_t r = 0; r < of->rows; r++)
            whole[r] = (int32_t)of->steps;
        muster_net_predict(net, (struct muster_inputs){x, NULL}, of->rows, out);
        muster_net_predict(net, (struct muster_inputs){x, whole}, of->rows, alone);
        assert_memory_equal(out, alone, of->rows * width * sizeof *out);
        fill_x(of, 0, x);
        for (size_t r = 0; r < of->rows; r++)
            muster_net_predict(net, (struct muster_inputs){x + r * row, of->lengths + r}, 1,
                               alone + r * width);
        assert_close(alone, of->y, of->rows * width);
        muster_net_destroy(&net);
    }
}

/* Weights of a training that diverged leave nothing in the buffers. */
static void a_fresh_start_forgets_what_diverged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        const struct reference *of = &references[i];
        struct muster_net *net = mirror(of, of->rows);
        float x[MOST];
        fill_x(of, 0, x);
        const struct muster_inputs inputs = {x, of->lengths};
        const struct muster_targets targets = {.values = zeros};
        muster_net_init(net, noise(1));
        const double loss = muster_net_gradient(net, inputs, targets, of->rows, &training);
        float *gradients = muster_alloc(net->n_weights, sizeof *gradients);
        memcpy(gradients, net->gradients, net->n_weights * sizeof *gradients);
        for (size_t k = 0; k < net->n_weights; k++)
            net->weights[k] = NAN;
        muster_net_gradient(net, inputs, targets, of->rows, &training);
        muster_net_init(net, noise(1));
        assert_true(muster_net_gradient(net, inputs, targets, of->rows, &training) == loss);
        assert_memory_equal(gradients, net->gradients, net->n_weights * sizeof *gradients);
        muster_free(gradients);
        muster_net_destroy(&net);
    }
}

/* Orthogonal gates of the state, the forget gate open. */
static void fresh_weights(void **state)
{
    (void)state;
    enum { UNITS = 9 };
    const struct reference of = {.kind = "lstm",
                                 .channels = 4,
                                 .units = UNITS,
                                 .layers = 1,
                                 .directions = 2,
                                 .rows = 1,
                                 .steps = 2};
    struct muster_net *net = mirror(&of, 1);
    float hidden[4][UNITS][UNITS], bias[4][UNITS];
    muster_net_init(net, noise(1));
    assert_string_equal(muster_net_layer_gates(net, 1), "i f g o");
    assert_null(muster_net_layer_gates(net, 0));
    for (size_t way = 0; way < 2; way++) {
        muster_net_layer_read(net, 1, 3 * way + 1, &hidden[0][0][0]);
        muster_net_layer_read(net, 1, 3 * way + 2, &bias[0][0]);
        for (size_t g = 0; g < 4; g++)
            for (size_t i = 0; i < UNITS; i++) {
                assert_true(bias[g][i] == (g == 1 ? 1 : 0));
                for (size_t j = 0; j < UNITS; j++) {
                    double product = 0;
                    for (size_t k = 0; k < UNITS; k++)
                        product += (double)hidden[g][i][k] * hidden[g][j][k];
                    assert_float_equal(product, i == j, 1e-6);
                }
            }
    }
    muster_net_destroy(&net);
}

/* As PyTorch: between stacked layers, not behind the last. */
static void dropout_between_layers(void **state)
{
    (void)state;
    static const char *const kinds[] = {"gru", "dropout", "gru", "dropout", "gru", "dense"};
    struct muster_block block = layer_block("gru");
    muster_block_set(&block, "layers", 3, NULL);
    muster_block_set(&block, "dropout", 0.5, NULL);
    struct muster_net *net = net_of(&(struct muster_net_setup){.input = {.rank = 2, .dims = {3, 2}},
                                                               .task = MUSTER_REGRESSION,
                                                               .outputs = 1,
                                                               .batch = 1,
                                                               .layers = &block,
                                                               .n_layers = 1});
    assert_int_equal(muster_net_layers(net), sizeof kinds / sizeof *kinds);
    for (size_t i = 0; i < muster_net_layers(net); i++)
        assert_string_equal(muster_net_layer_kind(net, i), kinds[i]);
    muster_net_destroy(&net);
    muster_block_clear(&block);
}

static void assert_refused(const struct muster_net_setup *setup, const char *why)
{
    struct muster_net *net = NULL;
    assert_int_equal(muster_net_create(setup, &net), MUSTER_BAD_STUDY);
    assert_null(net);
    assert_non_null(strstr(muster_error_text(), why));
}

static void refusals(void **state)
{
    (void)state;
    const struct muster_shape shapes[] = {{.rank = 1, .dims = {6}}, {.rank = 3, .dims = {1, 2, 3}}};
    struct muster_block block = layer_block("gru");
    block.path = "network.1";
    for (size_t i = 0; i < 2; i++)
        assert_refused(&(struct muster_net_setup){.input = shapes[i],
                                                  .task = MUSTER_REGRESSION,
                                                  .outputs = 1,
                                                  .batch = 1,
                                                  .layers = &block,
                                                  .n_layers = 1},
                       "network.1: gru needs a sequence");
    struct muster_block blocks[] = {layer_block("embedding"), block};
    muster_block_set(&blocks[1], "bidirectional", 1, NULL);
    muster_block_set(&blocks[1], "output", 1, "all");
    assert_refused(&(struct muster_net_setup){.input = shapes[0],
                                              .vocabulary = 5,
                                              .task = MUSTER_NEXT_TOKEN,
                                              .outputs = 5,
                                              .batch = 1,
                                              .layers = blocks,
                                              .n_layers = 2},
                   "network.1: a bidirectional gru sees");
    muster_block_clear(&blocks[0]);
    muster_block_clear(&block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_pytorch),
        cmocka_unit_test(what_stands_behind_the_length_changes_no_bit),
        cmocka_unit_test(rows_do_not_see_each_other),
        cmocka_unit_test(a_fresh_start_forgets_what_diverged),
        cmocka_unit_test(fresh_weights),
        cmocka_unit_test(dropout_between_layers),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
