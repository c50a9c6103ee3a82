/* The study that the file format is explained with reads as it is meant to. */
#include "fixture.h"

static void values_are_typed_by_their_options(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(fixture_example);
    const struct muster_block *data = muster_study_section(study, "data");
    const struct muster_block *search = muster_study_section(study, "search");

    assert_string_equal(muster_study_name(study), "digits-mlp");
    assert_int_equal(muster_study_seed(study), 7);
    assert_int_equal(muster_study_kind(study), MUSTER_STUDY_TRAIN);
    assert_string_equal(muster_block_text(data, "scale"), "standard");
    assert_false(muster_block_get(data, "scale.divide")->set);
    assert_int_equal(muster_block_int(data, "limit"), 50000);
    assert_true(muster_block_number(search, "stop.time") == 7200);
    assert_int_equal(muster_block_int(search, "genetic.population"), 32);
    assert_string_equal(muster_block_get(search, "warm_start")->items[0], "earlier.results.h5");
    assert_int_equal(muster_block_get(muster_study_section(study, "validate"), "report")->n, 2);
    assert_string_equal(muster_block_text(muster_study_section(study, "parallel"), "group_size"),
                        "auto");
    muster_study_destroy(&study);
}

static void ranges_become_parameters(void **state)
{
    static const char *const names[] = {
        "network.0.dense.repeat", "network.0.dense.units", "network.0.dense.activation",
        "network.1.dropout",      "train.batch_size",      "train.optimizer",
        "train.learning_rate",    "train.decay",           "train.momentum"};
    (void)state;
    struct muster_study *study = fixture_parse(fixture_example);
    const struct muster_space *space = muster_study_space(study);

    assert_int_equal(space->d, sizeof names / sizeof *names);
    for (size_t i = 0; i < space->d; i++)
        assert_string_equal(space->params[i].name, names[i]);
    assert_true(fixture_param(study, "network.0.dense.units")->log);
    assert_true(fixture_param(study, "train.batch_size")->ordered);
    assert_true(fixture_param(study, "train.batch_size")->integral);
    assert_false(fixture_param(study, "train.optimizer")->ordered);
    assert_int_equal(fixture_param(study, "train.momentum")->conditions[0].param, 5);
    muster_study_destroy(&study);
}

static void an_initial_point_is_filled_up_with_defaults(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(fixture_example);
    size_t n;
    const double *x = muster_study_initial(study, &n);

    assert_int_equal(n, 1);
    assert_true(x[fixture_index(study, "train.learning_rate")] == 0.01);
    assert_true(x[fixture_index(study, "train.batch_size")] == 1); /* 32, the default */
    assert_true(x[fixture_index(study, "network.0.dense.repeat")] == 1);
    assert_true(x[fixture_index(study, "train.momentum")] == 0.745); /* 0 is outside */
    muster_study_destroy(&study);
}

static void places_point_into_the_file(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(fixture_example);

    assert_string_equal(muster_study_place(study, "data.file"), "dir/s.yaml:5:3");
    assert_string_equal(muster_study_place(study, "data.task.none"), "dir/s.yaml:8:3");
    assert_string_equal(muster_study_place(study, "network.0.dense.units"), "dir/s.yaml:14:36");
    assert_string_equal(muster_study_place(study, "network.1.dropout.rate"), "dir/s.yaml:15:5");
    assert_string_equal(muster_study_place(study, "objective"), "dir/s.yaml:1:1");
    char *file = muster_study_resolve(study, "digits.h5");
    assert_string_equal(file, "dir/digits.h5");
    muster_free(file);
    muster_study_destroy(&study);
    assert_int_equal(muster_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_typed_by_their_options),
        cmocka_unit_test(ranges_become_parameters),
        cmocka_unit_test(an_initial_point_is_filled_up_with_defaults),
        cmocka_unit_test(places_point_into_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
