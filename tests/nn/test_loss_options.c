/* Every loss with its options and class weights against PyTorch's values (loss_reference.py): sums,
 * slopes of each row, and the same loss of what is predicted. */
#include "nn_test.h"

enum { ROWS = 4, K = 3 };

static const float z[ROWS][K] = {
    {0.5f, -1.25f, 2}, {-3, 0.25f, 0.75f}, {4, 4, -4}, {0, 1.5f, -0.5f}};
static const int32_t classes[ROWS] = {2, 0, 1, 1};
static const float class_weights[K] = {0.5f, 2, 1.25f};
static const float labels[ROWS][K] = {{1, 0, 1}, {0, 0, 0}, {1, 1, 0}, {0, 1, 1}};
static const float values[ROWS][K] = {
    {0.75f, -1, 0}, {-3, 2.25f, 0.5f}, {1, 4.25f, -4.5f}, {0.5f, 1.5f, 1}};

/* Where an error is zero, slopes are 0 here; PyTorch's maximum shares the two sides. */
static const struct reference {
    const char *loss, *option;
    double value;
    bool weighed;
    float sum, slopes[ROWS][K];
} references[] = {
    {"cross_entropy",
     "label_smoothing",
     0,
     false,
     5.47090292f,
     {{0.176820174f, 0.030726742f, -0.207546949f},
      {-0.985572338f, 0.372093678f, 0.61347872f},
      {0.499916136f, -0.500083864f, 0.000167703241f},
      {0.164251611f, -0.263875365f, 0.0996236503f}}},
    {"cross_entropy",
     "label_smoothing",
     0.1,
     false,
     5.77923584f,
     {{0.143486843f, -0.00260659307f, -0.140880287f},
      {-0.918905675f, 0.338760346f, 0.580145359f},
      {0.466582805f, -0.433417201f, -0.0331656337f},
      {0.130918279f, -0.197208703f, 0.066290319f}}},
    {"cross_entropy",
     "label_smoothing",
     0,
     true,
     4.40942383f,
     {{0.221025214f, 0.0384084284f, -0.259433687f},
      {-0.492786169f, 0.186046839f, 0.30673936f},
      {0.999832273f, -1.00016773f, 0.000335406483f},
      {0.328503221f, -0.527750731f, 0.199247301f}}},
    {"cross_entropy",
     "label_smoothing",
     0.1,
     true,
     4.96276093f,
     {{0.204358548f, -0.0282582417f, -0.176100314f},
      {-0.458370775f, 0.147287205f, 0.311083615f},
      {0.945671856f, -0.904328108f, -0.041343838f},
      {0.299517661f, -0.449626774f, 0.150108859f}}},
    {"binary_cross_entropy",
     "label_smoothing",
     0,
     false,
     1.59580624f,
     {{-0.125846893f, 0.0742333829f, -0.0397343263f},
      {0.0158086251f, 0.187392175f, 0.22639291f},
      {-0.00599541282f, -0.00599541282f, 0.00599540351f},
      {0.166666672f, -0.0608085208f, -0.207486436f}}},
    {"binary_cross_entropy",
     "label_smoothing",
     0.1,
     false,
     1.9083066f,
     {{-0.109180212f, 0.0575667135f, -0.0230676532f},
      {-0.000858042389f, 0.17072551f, 0.209726244f},
      {0.010671258f, 0.010671258f, -0.0106712636f},
      {0.150000006f, -0.0441418514f, -0.190819785f}}},
    {"binary_cross_entropy",
     "label_smoothing",
     0,
     true,
     1.67870677f,
     {{-0.0629234463f, 0.0742333829f, -0.0496679172f},
      {0.0158086251f, 0.187392175f, 0.22639291f},
      {-0.00299770641f, -0.0119908256f, 0.00599540351f},
      {0.166666672f, -0.121617042f, -0.259358048f}}},
    {"binary_cross_entropy",
     "label_smoothing",
     0.1,
     true,
     2.00886631f,
     {{-0.0494029447f, 0.0446117222f, -0.0325045586f},
      {0.00708007533f, 0.163428485f, 0.208389506f},
      {0.013519099f, 0.00497563696f, -0.0147629883f},
      {0.154166669f, -0.101909921f, -0.240097806f}}},
    {"mse",
     NULL,
     0,
     false,
     6.66666651f,
     {{-0.166666672f, -0.166666672f, 1.33333337f},
      {0, -1.33333337f, 0.166666672f},
      {2, -0.166666672f, 0.333333343f},
      {-0.333333343f, 0, -1}}},
    {"mae",
     NULL,
     0,
     false,
     3.5f,
     {{-0.333333343f, -0.333333343f, 0.333333343f},
      {0, -0.333333343f, 0.333333343f},
      {0.333333343f, -0.333333343f, 0.333333343f},
      {-0.333333343f, 0, -0.333333343f}}},
    {"huber",
     "delta",
     0.5,
     false,
     1.375f,
     {{-0.0833333358f, -0.0833333358f, 0.166666672f},
      {0, -0.166666672f, 0.0833333358f},
      {0.166666672f, -0.0833333358f, 0.166666672f},
      {-0.166666672f, 0, -0.166666672f}}},
    {"pinball",
     "quantile",
     0.2,
     false,
     1.85000002f,
     {{-0.0666666701f, -0.0666666701f, 0.266666681f},
      {0, -0.0666666701f, 0.266666681f},
      {0.266666681f, -0.0666666701f, 0.266666681f},
      {-0.0666666701f, 0, -0.0666666701f}}},
};

/* One layer that hands its input on: what goes in is z. */
static struct muster_net *mirror(const struct muster_plugin *loss, const struct muster_block *block,
                                 enum muster_task task)
{
    const float identity[K * K] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    struct muster_net *net = net_of(&(struct muster_net_setup){.input = {.rank = 1, .dims = {K}},
                                                               .task = task,
                                                               .outputs = K,
                                                               .loss = loss,
                                                               .train = block,
                                                               .batch = ROWS});
    muster_net_layer_write(net, 0, 0, identity);
    return net;
}

static enum muster_task task_of(const char *loss)
{
    return strcmp(loss, "cross_entropy") == 0          ? MUSTER_CLASSIFICATION
           : strcmp(loss, "binary_cross_entropy") == 0 ? MUSTER_MULTI_LABEL
                                                       : MUSTER_REGRESSION;
}

static void check(const struct reference *of)
{
    const struct muster_plugin *loss = muster_registry_find(&muster_nn_losses, of->loss);
    const enum muster_task task = task_of(of->loss);
    const float *numbers = task == MUSTER_MULTI_LABEL ? *labels : *values;
    const bool apart = of->weighed && task == MUSTER_CLASSIFICATION;
    struct muster_block block = block_of(loss);
    if (of->option != NULL)
        muster_block_set(&block, of->option, of->value, NULL);
    struct muster_net *net = mirror(loss, &block, task);
    struct muster_targets y = {.classes = classes};
    if (task != MUSTER_CLASSIFICATION)
        y = (struct muster_targets){.values = numbers};
    const struct muster_pass pass = {0};
    float out[ROWS * K];
    size_t n;
    muster_net_weigh(net, of->weighed ? class_weights : NULL);
    assert_float_equal(muster_net_weight(net, y, ROWS), apart ? 5.75 : 4, 1e-6);
    assert_float_equal(muster_net_gradient(net, (struct muster_inputs){.x = *z}, y, ROWS, &pass),
                       of->sum, 3e-6);
    muster_net_predict(net, (struct muster_inputs){.x = *z}, ROWS, out);
    assert_float_equal(muster_net_loss(net, out, y, ROWS), of->sum, 5e-6);
    for (size_t i = 0; i < ROWS; i++) {
        const struct muster_targets one = {.classes = classes + i, .values = numbers + i * K};
        muster_net_gradient(net, (struct muster_inputs){.x = z[i]}, one, 1, &pass);
        const float *slope = muster_net_gradients(net, &n) + muster_net_layout(net).starts[1];
        for (size_t k = 0; k < K; k++)
            assert_float_equal(slope[k], of->slopes[i][k], 1e-6);
    }
    muster_net_destroy(&net);
    muster_block_clear(&block);
}

static void losses_are_those_of_pytorch(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++)
        check(&references[i]);
    assert_int_equal(muster_memory_blocks(), 0);
}

/* Over more vectors than one block of floats, with outputs that fill no vector. */
static void many_errors_add_up(void **state)
{
    (void)state;
    enum { MANY = 133, OUTPUTS = 19 };
    static float x[MANY], y[MANY * OUTPUTS], out[MANY * OUTPUTS];
    muster_random_fill(noise(30), 0, -1, 1, x, MANY);
    muster_random_fill(noise(31), 0, -1, 1, y, MANY * OUTPUTS);
    struct muster_net *net =
        net_of(&(struct muster_net_setup){.input = {.rank = 1, .dims = {1}},
                                          .task = MUSTER_REGRESSION,
                                          .outputs = OUTPUTS,
                                          .loss = muster_registry_find(&muster_nn_losses, "mae"),
                                          .batch = MANY});
    double expected = 0;
    muster_net_predict(net, (struct muster_inputs){.x = x}, MANY, out);
    for (size_t i = 0; i < MANY * OUTPUTS; i++)
        expected += fabs((double)out[i] - y[i]) / OUTPUTS;
    const struct muster_targets targets = {.values = y};
    assert_float_equal(muster_net_loss(net, out, targets, MANY), expected, 1e-4);
    assert_float_equal(muster_net_gradient(net, (struct muster_inputs){.x = x}, targets, MANY,
                                           &(struct muster_pass){0}),
                       expected, 1e-4);
    muster_net_destroy(&net);
}

/* Rows that fill no vector, and logits at which a probability is rounded to 0 or 1. */
static void many_labels_add_up(void **state)
{
    (void)state;
    enum { MANY = 133, OUTPUTS = 19 };
    static float x[MANY], y[MANY * OUTPUTS], out[MANY * OUTPUTS], weights[OUTPUTS], bias[OUTPUTS];
    muster_random_fill(noise(32), 0, -1, 1, x, MANY);
    muster_random_fill(noise(33), 0, -40, 40, weights, OUTPUTS);
    for (size_t i = 0; i < MANY * OUTPUTS; i++)
        y[i] = i % 3 == 0;
    struct muster_net *net = net_of(&(struct muster_net_setup){.input = {.rank = 1, .dims = {1}},
                                                               .task = MUSTER_MULTI_LABEL,
                                                               .outputs = OUTPUTS,
                                                               .batch = MANY});
    muster_net_layer_write(net, 0, 0, weights);
    muster_net_layer_write(net, 0, 1, bias);
    muster_net_predict(net, (struct muster_inputs){.x = x}, MANY, out);
    double expected = 0, rounded = 0;
    for (size_t i = 0; i < MANY * OUTPUTS; i++) {
        const double at = (double)x[i / OUTPUTS] * (double)weights[i % OUTPUTS];
        const double loss = y[i] > 0 ? log1p(exp(-at)) : at + log1p(exp(-at));
        assert_true(fabs((double)out[i] - 1 / (1 + exp(-at))) <= 1e-6);
        expected += loss / OUTPUTS;
        rounded += (y[i] > 0 || loss < 25 * log(2) ? loss : 25 * log(2)) / OUTPUTS;
    }
    const struct muster_targets targets = {.values = y};
    assert_float_equal(muster_net_loss(net, out, targets, MANY), rounded, 1e-3 * rounded);
    assert_float_equal(muster_net_gradient(net, (struct muster_inputs){.x = x}, targets, MANY,
                                           &(struct muster_pass){0}),
                       expected, 1e-3);
    muster_net_destroy(&net);
}

static void a_loss_of_the_other_task_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < muster_nn_losses.n; i++) {
        const struct muster_plugin *loss = muster_nn_losses.items[i];
        const bool other = task_of(loss->name) == MUSTER_CLASSIFICATION;
        const struct muster_net_setup setup = {.input = {.rank = 1, .dims = {K}},
                                               .task = other ? MUSTER_REGRESSION
                                                             : MUSTER_CLASSIFICATION,
                                               .outputs = K,
                                               .loss = loss,
                                               .batch = ROWS};
        struct muster_net *net;
        assert_int_equal(muster_net_create(&setup, &net), MUSTER_BAD_STUDY);
        assert_non_null(strstr(muster_error_text(), "train.loss: "));
    }
    assert_int_equal(muster_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_those_of_pytorch),
        cmocka_unit_test(many_errors_add_up),
        cmocka_unit_test(many_labels_add_up),
        cmocka_unit_test(a_loss_of_the_other_task_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
