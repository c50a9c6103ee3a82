/* Every layer of the registry, with every word its options offer and each of their switches: the
 * gradient is the slope of the loss, by central differences along the gradient of each array and
 * along random directions, at shapes that fit no vector; of each task, and of every input that the
 * layer takes. */
#include "nn_test.h"

enum { ROWS = 7, OUTPUTS = 3, MOST = 60, VOCABULARY = 5 };

/* Plain numbers, sequences, images and tokens; sequences also with lengths. */
static const struct sample {
    struct muster_shape shape;
    size_t vocabulary;
    bool lengths;
} samples[] = {{.shape = {.rank = 1, .dims = {13}}},
               {.shape = {.rank = 2, .dims = {3, 19}}},
               {.shape = {.rank = 3, .dims = {2, 3, 5}}},
               {.shape = {.rank = 2, .dims = {5, 12}}, .lengths = true},
               {.shape = {.rank = 1, .dims = {6}}, .vocabulary = VOCABULARY},
               {.shape = {.rank = 1, .dims = {6}}, .vocabulary = VOCABULARY, .lengths = true}};
enum { SAMPLES = sizeof samples / sizeof *samples };

/* Options whose defaults are too much for shapes as small as these. */
static const struct {
    const char *kind, *option;
    double number;
} smaller[] = {{"cnn", "blocks", 1}, {"resnet", "stages", 2}};

static float x[ROWS * MOST], values[ROWS * OUTPUTS];
static int32_t lengths[ROWS];
/* The first of them classes, all of them next tokens. */
static int32_t classes[ROWS * MOST];
static const struct sample *current;

static void fill(const struct sample *of, enum muster_task task)
{
    const size_t steps = of->shape.dims[0], size = muster_shape_size(&of->shape);
    muster_random_fill(noise(3), 0, -1, 1, x, ROWS * size);
    muster_random_fill(noise(4), 0, -1, 1, values, ROWS * OUTPUTS);
    for (size_t i = 0; i < ROWS; i++) {
        lengths[i] = (int32_t)(1 + (3 * i + 2) % steps);
        const size_t used = of->lengths ? (size_t)lengths[i] : steps;
        for (size_t k = 0; k < size; k++) {
            float *at = &x[i * size + k];
            if (of->vocabulary > 0)
                *at = (float)((i * 7 + k * k) % of->vocabulary);
            if (k >= used * (size / steps))
                *at = 0;
        }
        for (size_t k = 0; task == MUSTER_NEXT_TOKEN && k < steps; k++)
            classes[i * steps + k] =
                k < used && (i + k) % 4 != 0 ? (int32_t)((i + 3 * k) % VOCABULARY) : -1;
        if (task != MUSTER_NEXT_TOKEN)
            classes[i] = (int32_t)(i * 5 % OUTPUTS);
    }
    current = of;
}

static struct muster_targets targets(void)
{
    return (struct muster_targets){.classes = classes, .values = values};
}

static double loss_at(struct muster_net *net)
{
    const struct muster_pass pass = {.dropout = noise(2), .step = 3};
    const struct muster_inputs in = {.x = x, .lengths = current->lengths ? lengths : NULL};
    return muster_net_gradient(net, in, targets(), ROWS, &pass);
}

/* Slope of the loss along direction [n] between two places on it, weights restored. */
static double slope_along(struct muster_net *net, const float *direction, size_t n, double from,
                          double to)
{
    float *weights = muster_net_weights(net, &n);
    float *kept = muster_alloc(n, sizeof *kept);
    memcpy(kept, weights, n * sizeof *kept);
    double loss[2];
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < n; i++)
            weights[i] = kept[i] + (float)(side == 0 ? from : to) * direction[i];
        loss[side] = loss_at(net);
    }
    memcpy(weights, kept, n * sizeof *kept);
    muster_free(kept);
    return (loss[1] - loss[0]) / (to - from);
}

static double norm_of(const float *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)v[i] * v[i];
    return sqrt(sum);
}

/* Along the gradient itself (mask: only where the array lies) or along noise. */
static void check_direction(struct muster_net *net, const float *gradient, float *direction,
                            size_t n)
{
    double length = norm_of(direction, n), expected = 0;
    if (length == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        direction[i] /= (float)length;
        expected += (double)direction[i] * gradient[i];
    }
    const double tolerance = 2e-3 * norm_of(gradient, n) + 2e-3;
    double found = 0;
    /* A kink of an activation may lie within a step, but on one side only of one that is much
     * smaller. */
    for (double h = 4e-3; h > 5e-5; h /= 4)
        for (int side = 0; side < 3; side++) {
            found = slope_along(net, direction, n, side == 1 ? 0 : -h, side == 2 ? 0 : h);
            if (fabs(found - expected) <= tolerance)
                return;
        }
    fail_msg("slope %g, gradient says %g (tolerance %g)", found, expected, tolerance);
}

/* Writes 1 to the numbers of array i of a layer, and so finds its places in the flat buffer. */
static bool mask_of(struct muster_net *net, size_t layer, size_t i, float *mask, size_t n)
{
    struct muster_net_array array;
    if (!muster_net_layer_array(net, layer, i, &array))
        return false;
    size_t size = 1;
    for (size_t d = 0; d < array.rank; d++)
        size *= array.dims[d];
    float *weights = muster_net_weights(net, &n), *kept = muster_alloc(n, sizeof *kept);
    float *ones = muster_alloc(size, sizeof *ones);
    memcpy(kept, weights, n * sizeof *kept);
    memset(weights, 0, n * sizeof *weights);
    for (size_t k = 0; k < size; k++)
        ones[k] = 1;
    muster_net_layer_write(net, layer, i, ones);
    memcpy(mask, weights, n * sizeof *mask);
    memcpy(weights, kept, n * sizeof *kept);
    muster_free(kept);
    muster_free(ones);
    return true;
}

/* Biases too, so that zeros behind used steps stand on no kink; padding stays zero. */
static void move_weights(struct muster_net *net, float *mask)
{
    size_t n;
    float *weights = muster_net_weights(net, &n);
    for (size_t layer = 0; layer < muster_net_layers(net); layer++)
        for (size_t i = 0; mask_of(net, layer, i, mask, n); i++)
            for (size_t k = 0; k < n; k++)
                weights[k] += mask[k] * (0.1f + 0.01f * (float)(k % 7));
}

static void check_net(struct muster_net *net)
{
    size_t n;
    muster_net_weights(net, &n);
    float *gradient = muster_alloc(n, sizeof *gradient);
    float *direction = muster_alloc(n, sizeof *direction);
    float *mask = muster_alloc(n, sizeof *mask);
    float *covered = muster_alloc(n, sizeof *covered);
    move_weights(net, mask);
    loss_at(net);
    memcpy(gradient, muster_net_gradients(net, &n), n * sizeof *gradient);
    assert_true(norm_of(gradient, n) > 0);
    for (size_t layer = 0; layer < muster_net_layers(net); layer++)
        for (size_t i = 0; mask_of(net, layer, i, mask, n); i++)
            for (int64_t t = 0; t < 3; t++) {
                muster_random_fill(noise(10 + t), 0, -1, 1, direction, n);
                for (size_t k = 0; k < n; k++) {
                    covered[k] += mask[k];
                    direction[k] = mask[k] * (t == 0 ? gradient[k] : direction[k]);
                }
                check_direction(net, gradient, direction, n);
            }
    for (size_t k = 0; k < n; k++) /* padding is no parameter */
        assert_true(covered[k] == 3 || (covered[k] == 0 && gradient[k] == 0));
    muster_free(gradient);
    muster_free(direction);
    muster_free(mask);
    muster_free(covered);
}

/* False where the layers cannot take the sample or serve the task. */
static bool check_chain(const struct muster_block *layers, size_t n, const struct sample *of,
                        enum muster_task task)
{
    struct muster_net *net = NULL;
    const struct muster_net_setup setup = {
        .input = of->shape,
        .vocabulary = of->vocabulary,
        .task = task,
        .outputs = task == MUSTER_NEXT_TOKEN ? VOCABULARY : OUTPUTS,
        .batch = ROWS,
        .layers = layers,
        .n_layers = n,
    };
    const enum muster_status status = muster_net_create(&setup, &net);
    if (status == MUSTER_BAD_STUDY)
        return false;
    assert_int_equal(status, MUSTER_OK);
    muster_net_init(net, noise(1));
    fill(of, task);
    check_net(net);
    muster_net_destroy(&net);
    return true;
}

/* The layer first, behind a dense one, behind one that leaves the shape, and behind an embedding.
 */
static void check_block(const struct muster_block *block, enum muster_task task)
{
    struct muster_block dense = layer_block("dense"), norm = layer_block("layernorm");
    struct muster_block embedding = layer_block("embedding");
    size_t taken = 0;
    muster_block_set(&dense, "activation", 0, "tanh");
    muster_block_set(&embedding, "size", 8, NULL);
    const struct muster_block chains[][2] = {
        {*block}, {dense, *block}, {norm, *block}, {embedding, *block}};
    for (size_t chain = 0; chain < sizeof chains / sizeof *chains; chain++)
        for (size_t s = 0; s < SAMPLES; s++)
            taken += check_chain(chains[chain], chain == 0 ? 1 : 2, &samples[s], task);
    assert_true(taken > 0 || task == MUSTER_NEXT_TOKEN);
    muster_block_clear(&dense);
    muster_block_clear(&norm);
    muster_block_clear(&embedding);
}

/* Every word, switch and number that an option offers beside its default. How weights start is no
 * matter of slopes. */
static void check_option(struct muster_block *block, size_t i, enum muster_task task)
{
    const struct muster_option *option = block->options[i];
    const struct muster_value standard = block->values[i];
    const struct muster_registry *choices = option->registry;
    const char *word = option->type == MUSTER_WORD ? option->words : NULL;
    if (strcmp(option->name, "init") == 0)
        return;
    if (option->type == MUSTER_BOOL) {
        muster_block_set(block, option->name, 1 - standard.number, NULL);
        check_block(block, task);
    }
    for (size_t k = 0; choices != NULL && k < choices->n; k++) {
        muster_block_set(block, option->name, (double)k, choices->items[k]->name);
        check_block(block, task);
    }
    for (size_t k = 0; word != NULL; k++) {
        muster_block_set(block, option->name, (double)k, word);
        check_block(block, task);
        word = strchr(word, '|');
        word = word != NULL ? word + 1 : NULL;
    }
    block->values[i] = standard;
    if (strcmp(option->name, "dropout") == 0)
        muster_block_set(block, "dropout", 0.3, NULL);
}

static void check_layer(const struct muster_plugin *plugin, enum muster_task task)
{
    struct muster_block block = block_of(plugin);
    for (size_t i = 0; i < sizeof smaller / sizeof *smaller; i++)
        if (strcmp(smaller[i].kind, plugin->name) == 0)
            muster_block_set(&block, smaller[i].option, smaller[i].number, NULL);
    check_block(&block, task);
    for (size_t i = 0; i < block.n; i++)
        check_option(&block, i, task);
    muster_block_clear(&block);
}

static void every_layer(void **state)
{
    (void)state;
    for (size_t i = 0; i < muster_nn_layers.n; i++) {
        print_message("%s\n", muster_nn_layers.items[i]->name);
        check_layer(muster_nn_layers.items[i], MUSTER_CLASSIFICATION);
        check_layer(muster_nn_layers.items[i], MUSTER_REGRESSION);
        check_layer(muster_nn_layers.items[i], MUSTER_NEXT_TOKEN);
    }
    assert_int_equal(muster_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_layer)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
