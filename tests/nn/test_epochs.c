/* One epoch from identical weights and batches against PyTorch: replays the files of
 * tests/nn/epochs, which tools/parity/make_epochs.py makes.
 *
 * A file is a study's `network:` and `train:`, then after a line `---` words and numbers: the task,
 * the shape of a row, how many rows and batches, the mean loss of each step, and each array of the
 * network as it is after the last. Inputs, targets and initial weights are hashed from their
 * places, by the same rule on both sides. Losses and the change of every array agree to 1e-4 of the
 * largest, and to the rounding of weights in each step. */
#include "nn_test.h"

#include "muster/study.h"

#include <float.h>
#include <glob.h>

enum { PATH = 512, TEXT = 1 << 12 };
static const double tolerance = 1e-4;

struct epoch {
    char path[PATH], text[TEXT]; /* the study's part */
    FILE *file;                  /* stands behind it */
    struct muster_study *study;
    struct muster_config config;
    struct muster_net_setup setup;
    size_t rows, steps, targets; /* targets: numbers a row */
    bool lengths;
    float *x, *values;
    int32_t *classes, *used;
    struct muster_net *net;
    struct muster_optimizer *optimizer;
};

/* ---- numbers that both sides hash from their places --------------------------------------- */

/* Stream 0: inputs, 1: targets, 2 + 16 layer + i: array i of a layer. */
static uint32_t hashed(uint32_t stream, uint32_t k)
{
    uint32_t h = k * 0x9e3779b9u + stream * 0x85ebca6bu + 1;
    h = (h ^ h >> 16) * 0x7feb352du;
    h = (h ^ h >> 15) * 0x846ca68bu;
    return h ^ h >> 16;
}

/* [-1, 1) in steps of 2^-23: every one is a float. */
static double spread(uint32_t stream, size_t k)
{
    return (double)(hashed(stream, (uint32_t)k) >> 8) / (1 << 23) - 1;
}

static void whole_numbers(uint32_t stream, size_t below, size_t n, int32_t *numbers)
{
    for (size_t k = 0; k < n; k++)
        numbers[k] = (int32_t)(hashed(stream, (uint32_t)k) % below);
}

static void make_rows(struct epoch *of)
{
    const size_t n = of->rows * muster_shape_size(&of->setup.input);
    const size_t n_targets = of->rows * of->targets;
    of->x = calloc(n, sizeof *of->x);
    of->values = calloc(n_targets, sizeof *of->values);
    of->classes = calloc(n_targets, sizeof *of->classes);
    of->used = calloc(of->rows, sizeof *of->used);
    for (size_t k = 0; k < n; k++)
        of->x[k] = of->setup.vocabulary > 0 ? (float)(hashed(0, (uint32_t)k) % of->setup.vocabulary)
                                            : (float)spread(0, k);
    for (size_t k = 0; k < n_targets; k++)
        of->values[k] = (float)spread(1, k);
    whole_numbers(1, of->setup.outputs, n_targets, of->classes);
    const size_t steps = of->setup.input.dims[0], wide = n / of->rows / steps;
    for (size_t i = 0; i < of->rows; i++) {
        of->used[i] = of->lengths ? 1 + (int32_t)(i % steps) : (int32_t)steps;
        for (size_t k = (size_t)of->used[i] * wide; k < steps * wide; k++)
            of->x[i * steps * wide + k] = 0; /* as the gather leaves it */
    }
}

/* ---- reading ------------------------------------------------------------------------------ */

static size_t read_count(struct epoch *of, const char *word)
{
    char found[32];
    size_t n = 0;
    if (fscanf(of->file, "%31s %zu", found, &n) != 2 || strcmp(found, word) != 0)
        fail_msg("%s: `%s` and a number expected, `%s` found", of->path, word, found);
    return n;
}

static float read_number(struct epoch *of)
{
    float number = 0;
    if (fscanf(of->file, "%f", &number) != 1)
        fail_msg("%s: ends early", of->path);
    return number;
}

static void read_study_text(struct epoch *of)
{
    char line[256];
    of->text[0] = '\0';
    while (fgets(line, sizeof line, of->file) != NULL && strcmp(line, "---\n") != 0) {
        assert_true(strlen(of->text) + strlen(line) < sizeof of->text);
        strcat(of->text, line);
    }
}

static void read_setup(struct epoch *of)
{
    struct muster_net_setup *setup = &of->setup;
    setup->task = (enum muster_task)read_count(of, "task");
    setup->input.rank = read_count(of, "rank");
    for (size_t i = 0; i < setup->input.rank; i++)
        setup->input.dims[i] = read_count(of, "dim");
    setup->vocabulary = read_count(of, "vocabulary");
    setup->outputs = read_count(of, "outputs");
    of->targets = read_count(of, "targets");
    of->lengths = read_count(of, "lengths") != 0;
    of->rows = read_count(of, "rows");
    setup->batch = read_count(of, "batch");
}

/* ---- the network that the study lists ------------------------------------------------------ */

static const struct muster_option general[] = {
    {.name = "optimizer", .type = MUSTER_WORD, .registry = &muster_nn_optimizers},
    {.name = "learning_rate", .type = MUSTER_REAL, .low = 0, .high = 1, .standard = "0.01"},
    {0},
};

static const struct muster_catalog *catalog(void)
{
    static const struct muster_option *tables[32] = {general};
    static struct muster_section train = {.name = "train", .tables = tables, .tunable = true};
    static const struct muster_catalog whole = {
        .layers = &muster_nn_layers, .n_sections = 1, .sections = &train};
    train.n_tables = 1;
    for (size_t i = 0; i < muster_nn_optimizers.n; i++)
        if (muster_nn_optimizers.items[i]->options != NULL)
            tables[train.n_tables++] = muster_nn_optimizers.items[i]->options;
    return &whole;
}

static void expect(enum muster_status status, const struct epoch *of)
{
    if (status != MUSTER_OK)
        fail_msg("%s: %s", of->path, muster_error_text());
}

static void make_net(struct epoch *of)
{
    struct muster_config *config = &of->config;
    expect(muster_study_parse(of->text, of->path, NULL, 0, catalog(), &of->study), of);
    expect(muster_study_configure(of->study, NULL, config), of);
    of->setup.layers = config->layers;
    of->setup.n_layers = config->n_layers;
    expect(muster_net_create(&of->setup, &of->net), of);
    muster_net_init(of->net, noise(1));
    const struct muster_layout layout = muster_net_layout(of->net);
    expect(muster_optimizer_create(
               muster_registry_find(&muster_nn_optimizers,
                                    muster_block_text(&config->train, "optimizer")),
               &config->train, &layout, &of->optimizer),
           of);
}

static void open_epoch(struct epoch *of)
{
    of->file = fopen(of->path, "r");
    assert_non_null(of->file);
    read_study_text(of);
    read_setup(of);
    make_net(of);
    make_rows(of);
}

static void close_epoch(struct epoch *of)
{
    fclose(of->file);
    muster_net_destroy(&of->net);
    muster_optimizer_destroy(&of->optimizer);
    muster_config_clear(&of->config);
    muster_study_destroy(&of->study);
    free(of->x);
    free(of->values);
    free(of->classes);
    free(of->used);
}

/* ---- arrays: in the file, `array LAYER I NAME COUNT OFFSET SCALE` and the numbers after the epoch
 */

struct array {
    size_t layer, i, n;
    float *initial, *expected;
};

static struct array read_array(struct epoch *of)
{
    struct array array = {0};
    struct muster_net_array known;
    char name[32];
    double offset, scale;
    array.layer = read_count(of, "array");
    if (fscanf(of->file, "%zu %31s %zu %lf %lf", &array.i, name, &array.n, &offset, &scale) != 5)
        fail_msg("%s: `array LAYER I NAME COUNT OFFSET SCALE` expected", of->path);
    assert_true(muster_net_layer_array(of->net, array.layer, array.i, &known));
    assert_string_equal(known.name, name);
    size_t n = 1;
    for (size_t k = 0; k < known.rank; k++)
        n *= known.dims[k];
    assert_int_equal(n, array.n);
    array.initial = calloc(n, sizeof *array.initial);
    array.expected = calloc(n, sizeof *array.expected);
    const uint32_t stream = (uint32_t)(2 + 16 * array.layer + array.i);
    for (size_t k = 0; k < n; k++) {
        array.initial[k] = (float)(offset + scale * spread(stream, k));
        array.expected[k] = read_number(of);
    }
    return array;
}

static void check_array(struct epoch *of, const struct array *array)
{
    float *found = calloc(array->n, sizeof *found);
    double change = 0, largest = 0, apart = 0;
    muster_net_layer_read(of->net, array->layer, array->i, found);
    for (size_t k = 0; k < array->n; k++) {
        change = fmax(change, fabs((double)array->expected[k] - array->initial[k]));
        largest = fmax(largest, fabs((double)array->expected[k]));
        apart = fmax(apart, fabs((double)array->expected[k] - found[k]));
    }
    if (!(apart <= tolerance * change + (double)of->steps * FLT_EPSILON / 2 * largest))
        fail_msg("%s: array %zu of layer %zu is %g off, its change is %g", of->path, array->i,
                 array->layer, apart, change);
    free(found);
}

/* ---- the epoch ---------------------------------------------------------------------------- */

/* Mean loss of the rows from `first` on, before the step that they lead to. */
static double train_batch(struct epoch *of, size_t first, uint64_t step)
{
    const size_t rows = of->rows - first < of->setup.batch ? of->rows - first : of->setup.batch;
    const struct muster_pass pass = {.dropout = noise(2), .step = step};
    const struct muster_inputs x = {.x = of->x + first * muster_shape_size(&of->setup.input),
                                    .lengths = of->lengths ? of->used + first : NULL};
    const struct muster_targets y = {.classes = of->classes + first * of->targets,
                                     .values = of->values + first * of->targets};
    size_t n;
    const double loss = muster_net_gradient(of->net, x, y, rows, &pass);
    const double weight = muster_net_weight(of->net, y, rows);
    muster_optimizer_step(of->optimizer, muster_net_weights(of->net, &n),
                          muster_net_gradients(of->net, &n), 1 / weight,
                          muster_block_number(&of->config.train, "learning_rate"));
    return loss / weight;
}

static void train(struct epoch *of)
{
    of->steps = read_count(of, "losses");
    for (size_t step = 0; step < of->steps; step++) {
        const double expected = read_number(of);
        const double found = train_batch(of, step * of->setup.batch, step);
        if (!(fabs(found - expected) <= tolerance * fabs(expected)))
            fail_msg("%s: loss of step %zu is %.9g and should be %.9g", of->path, step, found,
                     expected);
    }
}

static void replay(const char *path)
{
    struct epoch of = {0};
    struct array arrays[64];
    snprintf(of.path, sizeof of.path, "%s", path);
    open_epoch(&of);
    const size_t n = read_count(&of, "arrays");
    assert_in_range(n, 1, 64);
    for (size_t i = 0; i < n; i++) {
        arrays[i] = read_array(&of);
        muster_net_layer_write(of.net, arrays[i].layer, arrays[i].i, arrays[i].initial);
    }
    train(&of);
    for (size_t i = 0; i < n; i++) {
        check_array(&of, &arrays[i]);
        free(arrays[i].initial);
        free(arrays[i].expected);
    }
    close_epoch(&of);
}

static glob_t files;

static void an_epoch_is_that_of_pytorch(void **state)
{
    (void)state;
    for (size_t i = 0; i < files.gl_pathc; i++)
        replay(files.gl_pathv[i]);
    assert_int_equal(muster_memory_blocks(), 0);
}

/* By the words `KIND:` in their studies. */
static void every_layer_is_there(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < muster_nn_layers.n; kind++) {
        char words[64];
        bool found = false;
        snprintf(words, sizeof words, "%s:", muster_nn_layers.items[kind]->name);
        for (size_t i = 0; i < files.gl_pathc && !found; i++) {
            struct epoch of = {.file = fopen(files.gl_pathv[i], "r")};
            assert_non_null(of.file);
            read_study_text(&of);
            found = strstr(of.text, words) != NULL;
            fclose(of.file);
        }
        if (!found)
            fail_msg("no file in tests/nn/epochs trains `%s` (tools/parity/make_epochs.py)",
                     muster_nn_layers.items[kind]->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_epoch_is_that_of_pytorch),
        cmocka_unit_test(every_layer_is_there),
    };
    if (glob(MUSTER_EPOCHS "/*.txt", 0, NULL, &files) != 0)
        return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    globfree(&files);
    return failed;
}
