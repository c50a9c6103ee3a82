/* What may not change between a run and its resume is told from what may, whatever the file looks
 * like; and what is echoed can be read by people. */
#include "fixture.h"

static char *identity_of(const char *text, const char *const *sets, size_t n)
{
    struct muster_study *study = fixture_parse_sets(text, sets, n);
    struct muster_text identity = {0};

    muster_study_identity(study, &identity);
    muster_study_destroy(&study);
    return identity.data;
}

static void check(const char *text, const char *set, bool equal)
{
    char *before = identity_of(fixture_example, NULL, 0);
    char *after = identity_of(text, &set, set != NULL);

    if ((strcmp(before, after) == 0) != equal)
        fail_msg("%s: the identity %s\n%s", set, equal ? "differs" : "is the same", after);
    muster_free(before);
    muster_free(after);
}

static void budget_and_layout_may_change(void **state)
{
    static const char *const sets[] = {"search.trials=1000",          "search.stop.time=9h",
                                       "search.stop.stall=1",         "parallel.group_size=3",
                                       "parallel.dispatch=pull",      "study=other",
                                       "search.genetic.population=99"};
    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        check(fixture_example, sets[i], true);
}

static void nothing_else_may(void **state)
{
    static const char *const sets[] = {"seed=8",
                                       "data.file=other.h5",
                                       "data.limit=49999",
                                       "network.0.dense.units={int: [16, 257], log: true}",
                                       "network.0.dense.units={int: [16, 256]}",
                                       "network.0=flatten",
                                       "network.1.dropout=0.1",
                                       "train.epochs=61",
                                       "train.momentum={float: [0.5, 0.99]}",
                                       "validate.folds=4",
                                       "search.window=17",
                                       "search.ranks=2",
                                       "search.method=genetic",
                                       "search.initial=[]",
                                       "parallel.shards=2",
                                       "parallel.threads=2"};
    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        check(fixture_example, sets[i], false);
}

static void looks_do_not_matter(void **state)
{
    static const char one[] = "seed: 3 # three\nnetwork:\n  - dense: {units: {int: [1, 4]}, "
                              "activation: {choice: [relu, tanh]}}\n  - dropout: {float: [0, "
                              "0.50]}\ntrain: {epochs: 010, learning_rate: 1e-2, decay: 0.5}\n";
    static const char two[] = "---\ntrain:\n  decay: 5.0e-1\n\n  learning_rate: 0.01\n  epochs: "
                              "10\nnetwork: [dense: {activation: {choice: ['relu', tanh]}, units: "
                              "{int: [1, 4]}}, dropout: {float: [0.0, 0.5]}]\nseed: 3\n";
    (void)state;
    char *a = identity_of(one, NULL, 0), *b = identity_of(two, NULL, 0);

    assert_string_equal(a, b);
    muster_free(a);
    muster_free(b);
}

static void the_echo_marks_defaults(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(fixture_example);
    struct muster_text echo = {0};

    muster_study_echo(study, &echo);
    assert_non_null(strstr(echo.data, "study = digits-mlp\nseed = 7\nnetwork.0 = dense\n"));
    assert_non_null(strstr(echo.data, "\nnetwork.0.dense.bias = true  # default\n"));
    assert_non_null(strstr(echo.data, "\nnetwork.1.dropout.rate = {float: [0, 0.5]}\n"));
    assert_non_null(strstr(echo.data, "\ntrain.epochs = 60\n"));
    assert_non_null(
        strstr(echo.data, "\ntrain.momentum = {float: [0.5, 0.99], when: {optimizer: sgd}}\n"));
    assert_non_null(strstr(echo.data, "\nvalidate.report = [log_loss, macro_f1]\n"));
    assert_non_null(strstr(echo.data, "\nsearch.initial = [{\"network.0.dense.repeat\": 1, "));
    assert_null(strstr(echo.data, "genetic.population")); /* bayes was chosen */
    assert_null(strstr(echo.data, "objective"));
    muster_text_free(&echo);
    muster_study_destroy(&study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(budget_and_layout_may_change),
        cmocka_unit_test(nothing_else_may),
        cmocka_unit_test(looks_do_not_matter),
        cmocka_unit_test(the_echo_marks_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
