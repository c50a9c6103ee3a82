/* Embeddings of tokens and of columns of codes: vectors are rows of their tables, unknown codes are
 * zeros, gradients come back where they belong. Next tokens: what has no target counts nothing, and
 * what cannot be is told. */
#include "nn_test.h"

#include <math.h>

enum { ROWS = 3, NUMBERS = 2, CODES = 2, WIDTH = NUMBERS + CODES, STEPS = 4, VOCABULARY = 6 };

static const int64_t levels[CODES] = {40, 300};
static const struct muster_pass training;

static struct muster_net *table_net(void)
{
    return net_of(&(struct muster_net_setup){.input = {.rank = 1, .dims = {WIDTH}},
                                             .n_codes = CODES,
                                             .levels = levels,
                                             .task = MUSTER_REGRESSION,
                                             .outputs = 1,
                                             .batch = ROWS});
}

/* The net without hidden layers gives w (numbers, vectors) + b. */
static void columns_become_rows_of_their_tables(void **state)
{
    (void)state;
    struct muster_net *net = table_net();
    static float first[40 * 20], second[300 * 50], weight[NUMBERS + 20 + 50];
    const float x[ROWS][WIDTH] = {{0.5f, -1, 7, 299}, {2, 3, -1, 0}, {-1, 1, NAN, -1}};
    const int codes[ROWS][CODES] = {{7, 299}, {-1, 0}, {-1, -1}};
    float out[ROWS];
    struct muster_net_array array;
    assert_string_equal(muster_net_layer_kind(net, 0), "embedding");
    assert_true(muster_net_layer_array(net, 0, 1, &array));
    assert_string_equal(array.name, "weight_1");
    assert_true(array.rank == 2 && array.dims[0] == 300 && array.dims[1] == 50);
    muster_net_layer_read(net, 0, 0, first);
    muster_net_layer_read(net, 0, 1, second);
    muster_net_layer_read(net, 1, 0, weight);
    muster_net_predict(net, (struct muster_inputs){.x = x[0]}, ROWS, out);
    for (size_t i = 0; i < ROWS; i++) {
        double expected = x[i][0] * weight[0] + x[i][1] * weight[1];
        for (size_t k = 0; k < 20 && codes[i][0] >= 0; k++)
            expected += first[codes[i][0] * 20 + (int)k] * weight[2 + k];
        for (size_t k = 0; k < 50 && codes[i][1] >= 0; k++)
            expected += second[codes[i][1] * 50 + (int)k] * weight[22 + k];
        assert_float_equal(out[i], expected, 1e-5);
    }
    muster_net_destroy(&net);
}

/* Of the loss 1/2 .. mse's slope 2 y: a code's row gets the slope of its vector, others nothing. */
static void slopes_come_back_to_the_rows_that_were_used(void **state)
{
    (void)state;
    struct muster_net *net = table_net();
    const float x[ROWS][WIDTH] = {{0, 0, 7, 5}, {0, 0, 7, -1}, {0, 0, -1, 2}}, zeros[ROWS] = {0};
    static float weight[NUMBERS + 20 + 50];
    float out[ROWS];
    size_t n;
    muster_net_layer_read(net, 1, 0, weight);
    muster_net_predict(net, (struct muster_inputs){.x = x[0]}, ROWS, out);
    muster_net_gradient(net, (struct muster_inputs){.x = x[0]},
                        (struct muster_targets){.values = zeros}, ROWS, &training);
    const float *gradient = muster_net_gradients(net, &n);
    const float *second = gradient + muster_net_layout(net).starts[1];
    for (size_t k = 0; k < 40 * 20; k++) {
        const float at = k / 20 == 7 ? out[0] + out[1] : 0, expected = 2 * at * weight[2 + k % 20];
        assert_float_equal(gradient[k], expected, 1e-4);
    }
    for (size_t k = 0; k < 300 * 50; k++) {
        const float at = k / 50 == 5 ? out[0] : k / 50 == 2 ? out[2] : 0;
        const float expected = 2 * at * weight[22 + k % 50];
        assert_float_equal(second[k], expected, 1e-4);
    }
    muster_net_destroy(&net);
}

/* ---- next tokens ---------------------------------------------------------------------------- */

static const float tokens[ROWS * STEPS] = {0, 1, 2, 3, 5, 4, 3, 2, 1, 1, 0, 5};
static const int32_t next[ROWS * STEPS] = {1, 2, 3, -1, 4, -1, -1, -1, 1, 0, 5, 2};
enum { THERE = 8 };

static struct muster_net *token_net(void)
{
    struct muster_block embedding = layer_block("embedding");
    muster_block_set(&embedding, "size", VOCABULARY, NULL);
    muster_block_set(&embedding, "levels", VOCABULARY, NULL);
    struct muster_net *net =
        net_of(&(struct muster_net_setup){.input = {.rank = 1, .dims = {STEPS}},
                                          .vocabulary = VOCABULARY,
                                          .task = MUSTER_NEXT_TOKEN,
                                          .outputs = VOCABULARY,
                                          .batch = 2,
                                          .layers = &embedding,
                                          .n_layers = 1});
    muster_block_clear(&embedding);
    return net;
}

static void every_step_has_its_distribution(void **state)
{
    (void)state;
    struct muster_net *net = token_net();
    float out[ROWS][STEPS][VOCABULARY];
    const struct muster_inputs x = {.x = tokens};
    const struct muster_targets y = {.classes = next};
    double loss = 0;
    assert_int_equal(muster_net_targets(net), STEPS);
    muster_net_predict(net, x, ROWS, &out[0][0][0]);
    for (size_t i = 0; i < ROWS * STEPS; i++) {
        const float *p = &out[i / STEPS][i % STEPS][0];
        double sum = 0;
        for (size_t k = 0; k < VOCABULARY; k++)
            sum += p[k];
        assert_float_equal(sum, 1, 1e-5);
        loss -= next[i] >= 0 ? log(p[next[i]]) : 0;
    }
    assert_memory_equal(out[0][1], out[2][0], sizeof out[0][1]); /* of the same token */
    assert_float_equal(muster_net_loss(net, &out[0][0][0], y, ROWS), loss, 1e-5);
    const double some = muster_net_loss(net, &out[0][0][0], y, 2);
    assert_float_equal(muster_net_gradient(net, x, y, 2, &training), some, 1e-5);
    muster_net_destroy(&net);
}

static void targets_that_are_not_there_weigh_nothing(void **state)
{
    (void)state;
    struct muster_net *net = token_net();
    const struct muster_targets y = {.classes = next};
    const float weights[VOCABULARY] = {1, 2, 4, 8, 16, 32};
    assert_true(muster_net_weight(net, y, ROWS) == THERE);
    muster_net_weigh(net, weights);
    assert_true(muster_net_weight(net, y, ROWS) == 2 + 4 + 8 + 16 + 2 + 1 + 32 + 4);
    muster_net_destroy(&net);
}

static void assert_refused(const struct muster_net_setup *setup, const char *message)
{
    struct muster_net *net = NULL;
    assert_int_equal(muster_net_create(setup, &net), MUSTER_BAD_STUDY);
    if (strstr(muster_error_text(), message) == NULL)
        fail_msg("%s", muster_error_text());
}

static void what_cannot_be_is_told(void **state)
{
    (void)state;
    struct muster_block layers[2] = {layer_block("embedding"), layer_block("flatten")};
    layers[0].path = "network.0";
    struct muster_net_setup setup = {.input = {.rank = 1, .dims = {STEPS}},
                                     .vocabulary = VOCABULARY,
                                     .task = MUSTER_NEXT_TOKEN,
                                     .outputs = VOCABULARY,
                                     .batch = 2,
                                     .layers = layers,
                                     .n_layers = 2};
    assert_refused(&setup, "network.0: 5 levels are too few for the data's tokens (at least 6)");
    muster_block_set(&layers[0], "levels", VOCABULARY, NULL);
    assert_refused(&setup, "network: next_token needs a sequence of all steps at its end");
    muster_block_clear(&layers[1]);
    layers[1] = layer_block("conv1d");
    layers[1].path = "network.1";
    assert_refused(&setup, "network.1: conv1d lets steps see the tokens they are to predict");
    setup.vocabulary = 0;
    assert_refused(&setup, "network.0: embedding needs tokens");
    muster_block_clear(&layers[0]);
    muster_block_clear(&layers[1]);
    assert_int_equal(muster_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_become_rows_of_their_tables),
        cmocka_unit_test(slopes_come_back_to_the_rows_that_were_used),
        cmocka_unit_test(every_step_has_its_distribution),
        cmocka_unit_test(targets_that_are_not_there_weigh_nothing),
        cmocka_unit_test(what_cannot_be_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
