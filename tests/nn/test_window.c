/* Windows over sequences that end early, and over shapes that they do not fit. */
#include "conv_test.h"

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
    {"cnn", {3, {9, 8, 1}}, "blocks", 4, NULL, "halves an input of 8 places (at most 3)"},
    {"cnn", {1, {13}}, "blocks", 1, NULL, "cnn cannot take a row of 13 plain numbers (a sequence"},
    {"resnet", {1, {13}}, "blocks", 1, NULL, "resnet cannot take a row of 13 plain numbers"},
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
        cmocka_unit_test(steps_behind_the_last_change_nothing),
        cmocka_unit_test(impossible_shapes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
