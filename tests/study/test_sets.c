/* --set changes what stands in the file, creates what does not, and is refused with its path. */
#include "fixture.h"

static void values_are_replaced_and_created(void **state)
{
    static const char *const sets[] = {"data.limit=100",
                                       "train.epochs=3",
                                       "search.trials=5",
                                       "search.stop.stall=9",
                                       "data.scale.divide=255",
                                       "network.0.dense.units=64",
                                       "network.1.dropout.repeat=2",
                                       "network.2.dropout.rate={float: [0.1, 0.2]}",
                                       "network.3.flatten.repeat=3",
                                       "train.learning_rate.log=true",
                                       "train.optimizer=adam",
                                       "parallel.threads=2",
                                       "search.initial=[{train.learning_rate: 0.5}]"};
    (void)state;
    struct muster_study *study =
        fixture_parse_sets("data: {file: a.h5, scale: standard}\n"
                           "network: [{dense: {units: {int: [1, 9]}}}, {dropout: 0.5},\n"
                           "          {dropout: {float: [0, 0.5]}}, flatten]\n"
                           "train: {learning_rate: {float: [0.1, 0.9]}, optimizer: sgd}\n"
                           "parallel:\n",
                           sets, sizeof sets / sizeof *sets);
    const struct muster_space *space = muster_study_space(study);
    const struct muster_block *train = muster_study_section(study, "train");
    struct muster_config config;

    assert_int_equal(muster_block_int(muster_study_section(study, "data"), "limit"), 100);
    assert_true(muster_block_number(muster_study_section(study, "data"), "scale.divide") == 255);
    assert_int_equal(muster_block_int(muster_study_section(study, "search"), "stop.stall"), 9);
    assert_int_equal(muster_block_int(muster_study_section(study, "parallel"), "threads"), 2);
    assert_int_equal(muster_block_int(train, "epochs"), 3);
    assert_string_equal(muster_block_text(train, "optimizer"), "adam");
    assert_int_equal(space->d, 2);
    assert_string_equal(space->params[0].name, "network.2.dropout.rate");
    assert_true(fixture_param(study, "train.learning_rate")->log);
    assert_int_equal(muster_study_configure(study, (double[]){0.15, 0.5}, &config), MUSTER_OK);
    assert_int_equal(config.n_layers, 1 + 2 + 1 + 3);
    assert_int_equal(muster_block_int(&config.layers[0], "units"), 64);
    assert_true(muster_block_number(&config.layers[2], "rate") == 0.5);
    assert_true(muster_block_number(&config.layers[3], "rate") == 0.15);
    assert_string_equal(muster_study_place(study, "train.epochs"), "--set train.epochs");
    muster_config_clear(&config);
    muster_study_destroy(&study);
}

static void a_space_may_be_made_of_sets(void **state)
{
    static const char *const sets[] = {"space.a.b={int: [1, 3]}", "space.a.c.int=[1, 4]",
                                       "space.a.c.int=[1, 5]"};
    (void)state;
    struct muster_study *study =
        fixture_parse_sets("seed: 1\nspace: {a.c: {int: [1, 2]}}", sets, 3);

    assert_true(fixture_param(study, "a.b")->high == 3);
    assert_true(fixture_param(study, "a.c")->high == 5);
    muster_study_destroy(&study);
}

/* What is said of a parameter by its name goes on meaning it when a set has replaced its range. */
static void names_outlive_ranges(void **state)
{
    static const char text[] =
        "data: {file: a.h5}\n"
        "network: [{dense: {units: {int: [1, 9], name: width}}}, {dropout: {float: [0, 0.5]}}]\n"
        "train: {optimizer: {choice: [sgd, adam], name: opt},\n"
        "        momentum: {float: [0.1, 0.9], when: {opt: sgd}}}\n"
        "search: {forbid: [{opt: adam, width: 3}, \"width > 8\"],\n"
        "         initial: [{opt: adam, width: 2, network.1.dropout: 0.5}]}\n";
    static const char *const sets[][3] = {
        {"train.optimizer=adam", "network.0.dense.units={int: [1, 5]}", "network.1.dropout=0.5"},
        {"opt=adam", "width={int: [1, 5]}", "network.1.dropout.rate=0.5"},
        {"opt=sgd", "train.optimizer=adam", "width={int: [1, 5]}"}};
    struct muster_study *study;
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        study = fixture_parse_sets(text, sets[i], 3);
        const struct muster_space *space = muster_study_space(study);
        assert_int_equal(space->d, i < 2 ? 1 : 2); /* the last leaves dropout */
        assert_true(fixture_param(study, "width")->high == 5);
        assert_false(muster_space_allows(space, (double[]){3, 0.5}));
        assert_true(muster_space_allows(space, (double[]){4, 0.5}));
        muster_study_destroy(&study);
    }
    assert_int_equal(
        muster_study_parse(text, "s", (const char *[]){"opt=sgd"}, 1, &fixture_catalog, &study),
        MUSTER_BAD_STUDY);
    assert_non_null(strstr(muster_error_text(), "`opt` is `adam` (it is the constant sgd)"));
}

/* They are kept a line each, whatever lines they came in. */
static void sets_of_several_lines(void **state)
{
    static const char *const sets[] = {"space.a={int: [1,\n  2]}", "space.b=\n  choice: [x, 'y z']",
                                       "seed=4"};
    (void)state;
    struct muster_study *study = fixture_parse_sets("space: {c: {int: [1, 2]}}", sets, 3);

    assert_string_equal(muster_study_sets(study),
                        "space.a={int: [1, 2]}\nspace.b={choice: [x, \"y z\"]}\nseed=4");
    muster_study_destroy(&study);
}

static void bad_sets_are_told(void **state)
{
    static const struct {
        const char *set;
        enum muster_status status;
        const char *expect;
    } cases[] = {
        {"train.epoch=3", MUSTER_USAGE, "--set train.epoch: `epoch` is not known in `train`"},
        {"trian.epochs=3", MUSTER_USAGE, "--set trian.epochs: `trian` is not known"},
        {"train.epochs.x=3", MUSTER_USAGE, "--set train.epochs.x: "},
        {"seed.x=3", MUSTER_USAGE, "--set seed.x: "},
        {"network.7.dense.units=3", MUSTER_USAGE, "`7` is no element of a list of 2 (0 to 1)"},
        {"network.0.dropout.rate=0", MUSTER_USAGE, "`dropout` beside `dense`"},
        {"network.1.dense.units=3", MUSTER_USAGE, "`dense` beside `flatten`"},
        {"train.epochs", MUSTER_USAGE, "--set train.epochs: there is no `=`"},
        {"=3", MUSTER_USAGE, "--set : this is no path"},
        {"a..b=3", MUSTER_USAGE, "this is no path"},
        {"train.epochs=ten", MUSTER_BAD_STUDY, "--set train.epochs:1:1: `train.epochs` is `ten`"},
        {"train.epochs=", MUSTER_BAD_STUDY, "`train.epochs` is empty"},
        {"train.epochs=[1, 2", MUSTER_BAD_STUDY, "--set train.epochs:2:1: not valid YAML"},
        {"train.decay={float: [3, 1]}", MUSTER_BAD_STUDY, "--set train.decay:1:9: "},
        {"train.decay={float: [0, 1], when: {decay: 1}}", MUSTER_BAD_STUDY, "(a cycle)"},
        {"data.limit={int: [3, 4]}", MUSTER_BAD_STUDY, "may not be a range"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct muster_study *study = NULL;
        enum muster_status status =
            muster_study_parse("network: [{dense: {units: 8}}, flatten]\ntrain: {epochs: 2}\n", "s",
                               &cases[i].set, 1, &fixture_catalog, &study);
        if (status != cases[i].status || strstr(muster_error_text(), cases[i].expect) == NULL)
            fail_msg("%s: %s (%s)", cases[i].set, muster_error_text(), muster_status_text(status));
    }
    assert_int_equal(muster_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_replaced_and_created),
        cmocka_unit_test(a_space_may_be_made_of_sets),
        cmocka_unit_test(names_outlive_ranges),
        cmocka_unit_test(sets_of_several_lines),
        cmocka_unit_test(bad_sets_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
