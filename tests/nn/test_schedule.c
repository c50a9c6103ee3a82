/* Schedules: values worked out by hand, and every one of the registry starts at the rate given and
 * stays finite and positive. */
#include "nn_test.h"

static const struct muster_option rate = {.name = "learning_rate", .type = MUSTER_REAL};

/* A `train` block: the plug-in's options behind learning_rate = 0.2. */
static struct muster_block train_block(const struct muster_plugin *plugin)
{
    struct muster_block own = block_of(plugin), block = {.kind = "train", .path = "train"};
    block.n = own.n + 1;
    block.options = muster_alloc(block.n, sizeof *block.options);
    block.values = muster_alloc(block.n, sizeof *block.values);
    block.options[0] = &rate;
    for (size_t i = 0; i < own.n; i++) {
        block.options[i + 1] = own.options[i];
        block.values[i + 1] = own.values[i];
    }
    muster_block_set(&block, "learning_rate", 0.2, NULL);
    muster_block_clear(&own);
    return block;
}

static double rate_at(const char *kind, const char *option, double value, int64_t epoch)
{
    const struct muster_plugin *plugin = muster_registry_find(&muster_nn_schedules, kind);
    struct muster_block block = train_block(plugin);
    if (option != NULL)
        muster_block_set(&block, option, value, NULL);
    const struct muster_progress at = {
        .epoch = epoch, .epochs = 40, .step = 10 * epoch + 3, .steps = 400};
    double found = muster_schedule_rate(plugin, &block, &at);
    muster_block_clear(&block);
    return found;
}

static void values_by_hand(void **state)
{
    (void)state;
    assert_true(rate_at("constant", NULL, 0, 39) == 0.2);
    assert_true(rate_at("inverse_time", "decay", 0.5, 0) == 0.2);
    assert_float_equal(rate_at("inverse_time", "decay", 0.5, 6), 0.05, 1e-12);
    assert_float_equal(rate_at("inverse_time", "decay", 0.0, 6), 0.2, 1e-12);
}

static void every_schedule_stays_positive(void **state)
{
    (void)state;
    for (size_t i = 0; i < muster_nn_schedules.n; i++)
        for (int64_t epoch = 0; epoch < 40; epoch++) {
            double found = rate_at(muster_nn_schedules.items[i]->name, NULL, 0, epoch);
            assert_true(isfinite(found) && found > 0);
        }
    assert_int_equal(muster_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_by_hand),
        cmocka_unit_test(every_schedule_stays_positive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
