/* Schedules: values worked out by hand and PyTorch's, and every one of the registry stays finite
 * and positive, also where there is a single step. */
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

enum { EPOCHS = 40, BATCHES = 10 };

struct setting {
    const char *name;
    double value;
};

static double rate_at(const char *kind, const struct setting *settings, size_t n,
                      const struct muster_progress *at)
{
    const struct muster_plugin *plugin = muster_registry_find(&muster_nn_schedules, kind);
    struct muster_block block = train_block(plugin);
    for (size_t i = 0; i < n && settings[i].name != NULL; i++)
        muster_block_set(&block, settings[i].name, settings[i].value, NULL);
    double found = muster_schedule_rate(plugin, &block, at);
    muster_block_clear(&block);
    return found;
}

static struct muster_progress progress(int64_t epoch, int64_t step)
{
    return (struct muster_progress){
        .epoch = epoch, .epochs = EPOCHS, .step = step, .steps = EPOCHS * BATCHES};
}

/* Rates by hand, and PyTorch's as schedule_reference.py prints them; a place is an epoch, or a step
 * where the schedule goes by steps. */
static const struct reference {
    const char *kind;
    struct setting settings[3];
    struct {
        int64_t place;
        double rate;
    } expected[9];
} references[] = {
    {"constant", {{0}}, {{0, 0.2}, {39, 0.2}}},
    {"inverse_time", {{"decay", 0.5}}, {{0, 0.2}, {6, 0.05}}},
    {"inverse_time", {{"decay", 0}}, {{6, 0.2}}},
    {"step",
     {{"gamma", 0.5}, {"step_every", 7}},
     {{0, 0.2}, {6, 0.2}, {7, 0.1}, {20, 0.05}, {39, 0.00625}}},
    {"exponential",
     {{"gamma", 0.9}},
     {{0, 0.2}, {6, 0.1062882}, {7, 0.09565938}, {20, 0.0243153309}, {39, 0.00328464065}}},
    {"cosine",
     {{"min_rate", 0.01}, {"warmup", 0}},
     {{3, 0.199973631},
      {63, 0.188606013},
      {118, 0.162039921},
      {119, 0.161441501},
      {120, 0.160839599},
      {203, 0.102761822},
      {393, 0.0101435357},
      {399, 0.01000293}}},
    {"cosine", {{"warmup", 4}}, {{0, 0.005}, {19, 0.1}, {39, 0.2}, {40, 0.2}, {220, 0.1}}},
    {"cosine", {{"warmup", 0.1}}, {{0, 0.005}, {19, 0.1}, {39, 0.2}, {40, 0.2}, {220, 0.1}}},
    {"cosine", {{"warmup", 100}}, {{0, 0.0005}, {399, 0.2}}},
    {"cosine", {{"warmup", 0}, {"min_rate", 7}}, {{0, 0.2}, {399, 0.2}}},
    {"one_cycle",
     {{"warmup", 0.3}},
     {{3, 0.00830092796},
      {63, 0.112857763},
      {118, 0.199966548},
      {119, 0.2},
      {120, 0.199993706},
      {203, 0.15877869},
      {393, 0.000227311589},
      {399, 8e-07}}},
};

static void rates_are_those_of_the_references(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        const struct reference *of = &references[i];
        const bool by_step =
            muster_schedule_by_step(muster_registry_find(&muster_nn_schedules, of->kind));
        for (size_t j = 0; j < 9 && of->expected[j].rate > 0; j++) {
            const int64_t place = of->expected[j].place;
            const struct muster_progress at =
                by_step ? progress(place / BATCHES, place) : progress(place, place * BATCHES + 3);
            double found = rate_at(of->kind, of->settings, 3, &at);
            if (fabs(found - of->expected[j].rate) > 1e-8 * of->expected[j].rate + 1e-14)
                fail_msg("%s at %lld: %.9g", of->kind, (long long)place, found);
        }
    }
}

/* PyTorch's rates on losses 1 / (t + 1) that stay at 0.2 from t = 4 on. */
static void a_plateau_lowers_the_rate(void **state)
{
    (void)state;
    const struct setting settings[] = {
        {"gamma", 0.1}, {"plateau_patience", 3}, {"min_rate", 0.0005}};
    const struct {
        int64_t epoch;
        double rate;
    } expected[] = {{4, 0.2},    {8, 0.2},     {9, 0.02},   {12, 0.02},
                    {13, 0.002}, {17, 0.0005}, {39, 0.0005}};
    double losses[EPOCHS];
    for (int t = 0; t < EPOCHS; t++)
        losses[t] = fmax(1.0 / (t + 1), 0.2);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct muster_progress at = progress(expected[i].epoch, 0);
        at.losses = losses;
        assert_float_equal(rate_at("reduce_on_plateau", settings, 3, &at), expected[i].rate, 1e-9);
        at.losses = NULL;
        assert_float_equal(rate_at("reduce_on_plateau", settings, 3, &at), 0.2, 1e-12);
    }
}

static void every_schedule_stays_positive(void **state)
{
    (void)state;
    for (size_t i = 0; i < muster_nn_schedules.n; i++)
        for (int64_t step = 0; step < EPOCHS * BATCHES; step++) {
            const struct muster_progress at = progress(step / BATCHES, step),
                                         only = {.epochs = 1, .steps = 1};
            const char *name = muster_nn_schedules.items[i]->name;
            double found = rate_at(name, NULL, 0, &at), alone = rate_at(name, NULL, 0, &only);
            assert_true(isfinite(found) && found > 0 && isfinite(alone) && alone > 0);
        }
    assert_int_equal(muster_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_those_of_the_references),
        cmocka_unit_test(a_plateau_lowers_the_rate),
        cmocka_unit_test(every_schedule_stays_positive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
