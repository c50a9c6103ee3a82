/* `search.forbid`: what its entries mean, and what is refused. */
#include "fixture.h"

#define SPACE                             \
    "space:\n"                            \
    "  a: {float: [0, 1]}\n"              \
    "  b: {int: [1, 8]}\n"                \
    "  c: {choice: [relu, tanh, gelu]}\n" \
    "  n: {choice: [16, 32, 64]}\n"       \
    "  m: {float: [0, 1], when: {c: [relu, tanh]}}\n"

/* Whether the point (a JSON object) is allowed under `search: {forbid: FORBID}`. */
static bool allows(const char *forbid, const char *point)
{
    char text[1024];
    double x[5];
    snprintf(text, sizeof text, SPACE "search:\n  forbid: %s\n", forbid);
    struct muster_study *study = fixture_parse(text);
    if (muster_study_point(study, point, x) != MUSTER_OK)
        fail_msg("%s: %s", point, muster_error_text());
    bool allowed = muster_space_allows(muster_study_space(study), x);
    muster_study_destroy(&study);
    return allowed;
}

#define AT(A, B, C, N, M) \
    "{\"a\": " #A ", \"b\": " #B ", \"c\": \"" #C "\", \"n\": " #N ", \"m\": " #M "}"

static void values_must_all_hold(void **state)
{
    (void)state;
    static const char forbid[] = "[{c: relu, b: [2, 3]}, {n: 64}]";
    assert_true(allows(forbid, AT(0.5, 1, relu, 16, 0)));
    assert_false(allows(forbid, AT(0.5, 2, relu, 16, 0)));
    assert_false(allows(forbid, AT(0.5, 3, relu, 16, 0)));
    assert_true(allows(forbid, AT(0.5, 3, tanh, 32, 0)));
    assert_false(allows(forbid, AT(0.5, 3, tanh, 64, 0)));
    assert_true(allows("[]", AT(0.5, 3, tanh, 64, 0)));
}

static void comparisons(void **state)
{
    (void)state;
    static const struct {
        const char *forbid, *point;
        bool allowed;
    } cases[] = {
        {"[\"a < 0.5\"]", AT(0.4, 1, relu, 16, 0), false},
        {"[\"a < 0.5\"]", AT(0.5, 1, relu, 16, 0), true},
        {"[a <= 0.5]", AT(0.5, 1, relu, 16, 0), false},
        {"[\"a>b\"]", AT(1, 1, relu, 16, 0), true},
        {"[\"a >= b\"]", AT(1, 1, relu, 16, 0), false},
        {"[\"b == n\"]", AT(1, 8, relu, 16, 0), true},
        {"[\"n > 16\"]", AT(1, 8, relu, 16, 0), true}, /* by its number, not its index */
        {"[\"n > 16\"]", AT(1, 8, relu, 32, 0), false},
        {"[\"b != 3\"]", AT(1, 3, relu, 16, 0), true},
        {"[\"b != 3\"]", AT(1, 4, relu, 16, 0), false},
        {"[\"c == relu\"]", AT(1, 4, relu, 16, 0), false},
        {"[\"c == relu\"]", AT(1, 4, tanh, 16, 0), true},
        {"[\"c != relu\"]", AT(1, 4, relu, 16, 0), true},
        {"[\"c != relu\"]", AT(1, 4, gelu, 16, null), false},
        {"[\"m < a\"]", AT(0.5, 4, tanh, 16, 0.2), false},
        {"[\"m < a\"]", AT(0.5, 4, gelu, 16, null), true}, /* m is inactive */
        {"[\"m != a\"]", AT(0.5, 4, gelu, 16, null), true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (allows(cases[i].forbid, cases[i].point) != cases[i].allowed)
            fail_msg("%s at %s", cases[i].forbid, cases[i].point);
}

/* Of units 1 to 8 those from `low` to `high` are allowed, by so many entries that are kept. */
static void check_units(const char *text, size_t kept, double low, double high)
{
    struct muster_study *study = fixture_parse(text);
    const struct muster_space *space = muster_study_space(study);
    assert_int_equal(space->n_forbidden, kept);
    for (double units = 1; units <= 8; units++)
        assert_int_equal(muster_space_allows(space, &units), units >= low && units <= high);
    muster_study_destroy(&study);
}

/* A constant is settled at once. */
static void constants_take_part(void **state)
{
    (void)state;
    static const char text[] = "data: {file: d.h5}\n"
                               "network: [{dense: {units: {int: [1, 8]}}}]\n"
                               "train: {optimizer: sgd, epochs: 3}\n"
                               "search: {forbid: [{train.optimizer: sgd, network.0.dense.units: 1},"
                               " {train.optimizer: adamw, network.0.dense.units: 2}]}\n";
    check_units(text, 1, 2, 8);
}

static void refuse(const char *forbid, const char *message)
{
    char text[1024];
    struct muster_study *study = NULL;
    snprintf(text, sizeof text, SPACE "search:\n  %s\n", forbid);
    assert_int_equal(muster_study_parse(text, "s.yaml", NULL, 0, &fixture_catalog, &study),
                     MUSTER_BAD_STUDY);
    assert_null(study);
    if (strstr(muster_error_text(), message) == NULL)
        fail_msg("'%s' is not in: %s", message, muster_error_text());
}

/* Also in comparisons, on either side. */
static void constants_are_compared(void **state)
{
    (void)state;
    static const char text[] = "data: {file: d.h5}\n"
                               "network: [{dense: {units: {int: [1, 8]}}}]\n"
                               "train: {optimizer: sgd, epochs: 3}\n"
                               "search: {forbid: [\"train.epochs > network.0.dense.units\","
                               " \"network.0.dense.units == train.epochs\", \"7 < "
                               "network.0.dense.units\", \"train.epochs > 3\","
                               " \"train.optimizer == adamw\"]}\n";
    check_units(text, 3, 4, 7);
    refuse("forbid: [\"seed < 3\"]", "names `seed`, which is no parameter");
    refuse("{trials: 9, forbid: [\"search.trials > 3\"]}", "holds of constants");
}

static void problems_have_places(void **state)
{
    (void)state;
    refuse("forbid: {a: 1}", "s.yaml:8:11: `search.forbid` is a mapping (a list:");
    refuse("forbid: [{d: 1}]", "s.yaml:8:13: `search.forbid` names `d`, which is no parameter");
    refuse("forbid: [{b: 9}]", "s.yaml:8:16: `9` is no value of `b` ({int: [1, 8]})");
    refuse("forbid: [{c: [relu, selu]}]", "`selu` is no value of `c`");
    refuse("forbid: [\"a ~ 3\"]", "s.yaml:8:12: `search.forbid`: `a ~ 3` is no comparison");
    refuse("forbid: [\"< 3\"]", "is no comparison");
    refuse("forbid: [\"a < bb\"]", "`bb` is no number and no parameter (did you mean `b`?)");
    refuse("forbid: [\"c < 3\"]", "compares `c`, whose choices are no numbers");
    refuse("forbid: [\"c < relu\"]", "`relu` is no number");
    refuse("forbid: [\"3 < 4\"]", "`4` is no number and no parameter");
    refuse("forbid: [[a, b]]", "an entry is a list");
    refuse("forbid: [{}]", "an empty mapping");
    refuse("forbidden: []", "did you mean `forbid`?");
}

static void nothing_left_is_refused(void **state)
{
    (void)state;
    refuse("forbid: [\"b <= 4\", \"b > 4\"]", "s.yaml:8:3: `search.forbid` leaves nothing");
    refuse("forbid: [\"a != 0.5\"]", "leaves nothing");
    refuse("{forbid: [\"b > 4\"], initial: [{b: 2}, {b: 5}]}",
           "`search.initial.1` is a point that `search.forbid` rules out");
}

/* Few of many are found by going through all of them. */
static void one_of_many_is_enough(void **state)
{
    (void)state;
    struct muster_study *study =
        fixture_parse("space: {a: {int: [1, 60000]}}\nsearch: {forbid: [\"a != 59999\"]}\n");
    muster_study_destroy(&study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_must_all_hold), cmocka_unit_test(comparisons),
        cmocka_unit_test(constants_take_part),  cmocka_unit_test(constants_are_compared),
        cmocka_unit_test(problems_have_places), cmocka_unit_test(nothing_left_is_refused),
        cmocka_unit_test(one_of_many_is_enough)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
