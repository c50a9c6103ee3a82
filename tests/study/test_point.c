/* Points come and go as JSON. */
#include "fixture.h"

#define FULL                                                                  \
    "\"network.0.dense.repeat\": 2, \"network.0.dense.units\": 33, "          \
    "\"network.0.dense.activation\": \"tanh\", \"network.1.dropout\": 0.25, " \
    "\"train.batch_size\": 64, "

static void a_point_survives(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(fixture_example);
    const struct muster_space *space = muster_study_space(study);
    double x[16], y[16], u[16];
    struct muster_stream stream = muster_stream_of(1, 0, 0, MUSTER_FOR_NOISE);

    for (uint64_t n = 0; n < 500; n++) {
        struct muster_text json = {0};
        for (size_t i = 0; i < space->d; i++)
            u[i] = muster_random_uniform(stream, n * 16 + i);
        muster_space_decode(space, u, x);
        muster_space_json(space, x, &json);
        if (muster_study_point(study, json.data, y) != MUSTER_OK)
            fail_msg("%s: %s", json.data, muster_error_text());
        assert_true(muster_space_equal(space, x, y));
        muster_text_free(&json);
    }
    muster_study_destroy(&study);
}

static void aliases_and_inactive_ones_are_taken(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(fixture_example);
    double x[16];

    assert_int_equal(
        muster_study_point(study,
                           "{\"network.0.dense.repeat\": 2, \"network.0.dense.units\": 33, "
                           "\"network.0.dense.activation\": \"tanh\", "
                           "\"network.1.dropout.rate\": 0.25, \"train.batch_size\": 64, "
                           "\"train.optimizer\": \"adamw\", \"train.learning_rate\": 1e-3, "
                           "\"train.momentum\": 0.9, \"train.decay\": 0}",
                           x),
        MUSTER_OK);
    assert_true(x[fixture_index(study, "network.1.dropout")] == 0.25);
    assert_true(isnan(x[fixture_index(study, "train.momentum")]));
    assert_true(muster_study_tunes(study, "network.1.dropout.rate"));
    assert_true(muster_study_tunes(study, "train.momentum"));
    assert_false(muster_study_tunes(study, "train.epochs"));
    muster_study_destroy(&study);
}

static void free_choices_keep_their_kind(void **state)
{
    (void)state;
    struct muster_study *study =
        fixture_parse("space: {c: {choice: [1, \"1\", true, yes, [1, a], 2.50]}}");
    const struct muster_param *param = fixture_param(study, "c");
    static const char *const json[] = {"{\"c\": 1}",       "{\"c\": \"1\"}",      "{\"c\": true}",
                                       "{\"c\": \"yes\"}", "{\"c\": [1, \"a\"]}", "{\"c\": 2.5}"};
    double x;

    assert_false(param->numeric);
    for (size_t i = 0; i < 6; i++) {
        struct muster_text text = {0};
        assert_int_equal(muster_study_point(study, json[i], &x), MUSTER_OK);
        assert_true(x == (double)i);
        muster_space_json(muster_study_space(study), &x, &text);
        assert_string_equal(text.data, json[i]);
        muster_text_free(&text);
    }
    muster_study_destroy(&study);
}

static void bad_points_are_told(void **state)
{
    static const char *const cases[][2] = {
        {"", "no JSON object"},
        {"[]", "no JSON object"},
        {"{\"a\": }", "at character 7"},
        {"{} x", "no JSON object"},
        {"{}", "no value for network.0.dense.repeat, network.0.dense.units"},
        {"{" FULL "\"train.optimizer\": \"adamw\", \"train.learning_rate\": 1}",
         "`train.learning_rate` is `1` ({float: [0.0001, 0.1], log: true})"},
        {"{" FULL "\"train.optimizer\": \"sgd\", \"train.learning_rate\": 0.01}",
         "no value for train.decay, train.momentum"},
        {"{\"train.learning_rat\": 1}", "did you mean `train.learning_rate`?"},
        {"{\"network.0.dense.units\": 33.5}", "`network.0.dense.units` is `33.5` ({int"},
        {"{\"network.0.dense.units\": \"33\"}", "is the string \"33\""},
        {"{\"network.0.dense.units\": {\"a\": 1}}", "is a mapping"},
        {"{\"train.optimizer\": \"adam\"}", "`train.optimizer` is the string \"adam\" ({choice"},
        {"{\"network.1.dropout\": 0.1, \"network.1.dropout.rate\": 0.1}", "given twice"},
        {"{\"network.1.dropout\": null}", "no value for"},
    };
    (void)state;
    struct muster_study *study = fixture_parse(fixture_example);
    double x[16];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (muster_study_point(study, cases[i][0], x) != MUSTER_USAGE ||
            strstr(muster_error_text(), cases[i][1]) == NULL)
            fail_msg("%s: %s", cases[i][0], muster_error_text());
    muster_study_destroy(&study);
    assert_int_equal(muster_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_survives),
        cmocka_unit_test(aliases_and_inactive_ones_are_taken),
        cmocka_unit_test(free_choices_keep_their_kind),
        cmocka_unit_test(bad_points_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
