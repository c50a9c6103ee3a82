/* Every kind of mistake is told with its place and with what would be right. */
#include "fixture.h"

struct mistake {
    const char *text;   /* the file */
    const char *place;  /* LINE:COLUMN */
    const char *expect; /* part of the message */
};

#define N "network: [{dense: {units: 8}}]\n" /* a network without fault */

static const struct mistake mistakes[] = {
    /* no study at all */
    {"", "1:1", "there is nothing in it"},
    {"# only a comment\n", "2:1", "there is nothing in it"},
    {"- a\n- b\n", "1:1", "this is a list"},
    {"hello", "1:1", "this is `hello`"},
    {"\x01\x02\xff\xfe", "1:1", "no text file"},
    {"seed: 1\ndata: \xff\n", "2:7", "no text file"},
    {"seed: [1, 2\n", "2:1", "not valid YAML"},
    {"seed: 1\n\ttrain: 3\n", "2:1", "not valid YAML"},
    {N "seed: \"1\n", "3:1", "not valid YAML"},
    {"seed: 1\n", "1:1", "neither `network` nor `space`"},
    /* what YAML offers and a study has no use for */
    {N "seed: 1\nseed: 2\n", "3:1", "`seed` stands twice (first in line 2)"},
    {N "seed: !!int 1\n", "2:7", "tag `tag:yaml.org,2002:int` is not supported"},
    {N "data: &d {x: /a}\ntrain:\n  <<: *d\n", "4:3", "merge keys"},
    {N "---\nseed: 1\n", "2:1", "a second document"},
    {N "study: \"a\\0b\"\n", "2:8", "a text with the character 0 in it"},
    {"space: {.: {int: [1, 2]}}\n", "1:9", "no name for a parameter"},
    {N "train: *nowhere\n", "2:8", "no anchor `&nowhere`"},
    {N "train: &t [*t]\n", "2:12", "no anchor `&t`"},
    {N "[a, b]: 1\n", "2:1", "a key must be a word"},
    /* unknown keys */
    {N "trian: {}\n", "2:1", "did you mean `train`?"},
    {N "train: {epoch: 3}\n", "2:9", "`epoch` is not known in `train` (did you mean `epochs`?)"},
    {N "train: {early_stopping: {patient: 3}}\n", "2:26", "did you mean `patience`?"},
    {N "train: {zzzzzzzzzzz: 3}\n", "2:9", "known: epochs, batch_size"},
    {N "train: {early_stopping.patience: 3}\n", "2:9", "early_stopping: {patience: ...}"},
    {N "search: {genetic: {populaton: 3}}\n", "2:20", "did you mean `population`?"},
    {N "search: {bayes: {a: 3}}\n", "2:18", "`a` is not known in `search.bayes` (there are none)"},
    {"network: [{dens: {}}]\n", "1:12", "there is no layer `dens` (did you mean `dense`?)"},
    {"network: [{dense: {unit: 3}}]\n", "1:20", "did you mean `units`?"},
    {"network: flaten\n", "1:10", "did you mean `flatten`?"},
    /* values of the wrong type or out of bounds */
    {N "train: 3\n", "2:8", "`train` is `3` (a mapping of options)"},
    {N "train: {epochs: ten}\n", "2:17", "`train.epochs` is `ten` (a whole number from 1 to"},
    {N "train: {epochs: 0}\n", "2:17", "from 1 to 1000000"},
    {N "train: {epochs: 2.5}\n", "2:17", "a whole number"},
    {N "train: {epochs: \"5\"}\n", "2:17", "without quotes"},
    {N "train:\n  epochs:\n", "3:10", "`train.epochs` is empty"},
    {N "train: {epochs: 1e999}\n", "2:17", "a whole number"},
    {N "train: {learning_rate: 0x1p-3}\n", "2:24", "a number"},
    {N "train: {learning_rate: 0,1}\n", "2:26", "`1` is not known"},
    {N "train: {batch_size: al}\n", "2:21", "or `all`; did you mean `all`?"},
    {N "train: {optimizer: adm}\n", "2:20", "one of sgd, adam, adamw; did you mean `adam`?"},
    {N "train: {optimizer: [sgd, adam]}\n", "2:20", "a range of these is {choice: [...]}"},
    {N "train: {nesterov: yes}\n", "2:19", "`train.nesterov` is `yes` (true or false)"},
    {N "train: {early_stopping: 10}\n", "2:25", "(a mapping: {patience: ..., min_delta: ...})"},
    {N "search: {stop: {time: soon}}\n", "2:23", "seconds, or 90s, 30m, 2h"},
    {N "validate: {report: [accuracy, acuracy]}\n", "2:31", "did you mean `accuracy`?"},
    {N "data: {scale: {divide: 0}}\n", "2:24", "from 1e-30"},
    {N "data: {test: {z: /x}}\n", "2:15", "`z` is not known in `data.test` (did you mean `x`?)"},
    {N "seed: -1\n", "2:7", "`seed` is `-1`"},
    {N "study: [a]\n", "2:8", "`study` is a list (a text)"},
    /* layers */
    {"network:\n", "1:9", "`network` is empty"},
    {"network:\n  - dense:\n    units: 3\n", "3:5", "`units` beside `dense`"},
    {"network: [{dense: 3}]\n", "1:19", "a mapping of its options: repeat, units, activation"},
    {"network: [{dense: {int: [1, 2]}}]\n", "1:19", "`network.0.dense` is a range"},
    {"network: [{dropout: high}]\n", "1:21", "`network.0.dropout` is `high`"},
    {"network: [{sequence: {repeat: 2}}]\n", "1:12", "has no `layers`"},
    {"network: [{sequence: {layers: dense}}]\n", "1:31", "a list of layers"},
    {"network: [{sequence: {layers: [{dens: {}}]}}]\n", "1:33", "there is no layer `dens`"},
    {"network: [{sequence: {repeat: 200, layers: [{dense: {units: 1, repeat: 100}}]}}]\n", "1:1",
     "20000 layers (at most 10000)"},
    /* ranges */
    {N "data: {limit: {int: [1, 9]}}\n", "2:15", "`data.limit` may not be a range"},
    {N "train: {memory: {choice: [1, 2]}}\n", "2:17", "`train.memory` may not be a range"},
    {N "train: {decay: {float: [2, 1]}}\n", "2:24", "the lower bound 2 is above the upper bound 1"},
    {N "train: {decay: {float: [1]}}\n", "2:24", "`float` takes two bounds"},
    {N "train: {decay: {float: 1}}\n", "2:24", "`float` takes two bounds"},
    {N "train: {decay: {float: [0, .inf]}}\n", "2:28", "a bound is `.inf`"},
    {N "train: {decay: {float: [-1, 1]}}\n", "2:25", "`train.decay` is `-1` (a number from 0"},
    {N "train: {decay: {float: [0, 1], log: true}}\n", "2:32", "a log scale needs bounds above 0"},
    {N "train: {decay: {float: [0, 1], log: yes}}\n", "2:37", "`log` is `yes` (true or false)"},
    {N "train: {decay: {float: [0, 1], step: 0}}\n", "2:38", "`step` is `0` (a number above 0)"},
    {N "train: {decay: {float: [0, 1], step: 2}}\n", "2:38", "more than from the lower"},
    {N "train: {decay: {int: [0, 1]}}\n", "2:17", "use `float`, with `step` for a grid"},
    {N "train: {decay: {log: true}}\n", "2:16", "has no float, int or choice"},
    {N "train: {decay: {flaot: [0, 1]}}\n", "2:17", "did you mean `float`?"},
    {N "train: {decay: {float: [0, 1], int: [0, 1]}}\n", "2:32", "`int` beside `float`"},
    {N "train: {decay: {float: [0, 1], prior: {value: 2}}}\n", "2:47", "outside the range"},
    {N "train: {decay: {float: [0, 1], prior: {weight: 0.1}}}\n", "2:39", "with `value`"},
    {N "train: {decay: {float: [0, 1], prior: {value: 1, weight: 1}}}\n", "2:58", "from 0 to 0.99"},
    {N "train: {decay: {float: [0, 1], prior: {value: 1, sigma: 1}}}\n", "2:39", "a mapping with"},
    {N "train: {decay: {float: [0, 1], name: a b}}\n", "2:38", "`name` is `a b`"},
    {N "train: {decay: {float: [0, 1], per_layer: true}}\n", "2:32", "for layers of `network:`"},
    {N "train: {decay: {float: [0, 1], ordered: false}}\n", "2:32", "`ordered` is for choice"},
    {N "train: {epochs: {float: [1, 2]}}\n", "2:18", "use `int`"},
    {N "train: {epochs: {int: [1, 2.5]}}\n", "2:27", "a bound is `2.5` (a whole number"},
    {N "train: {optimizer: {int: [0, 1]}}\n", "2:21", "use `choice`"},
    {N "train: {optimizer: {choice: []}}\n", "2:29", "an empty list"},
    {N "train: {optimizer: {choice: sgd}}\n", "2:29", "at least one value"},
    {N "train: {optimizer: {choice: [sgd, adm]}}\n", "2:35", "did you mean `adam`?"},
    {N "train: {optimizer: {choice: [sgd, sgd]}}\n", "2:35", "the choice `sgd` stands twice"},
    {N "train: {optimizer: {choice: [sgd], log: true}}\n", "2:36", "does not go with `choice`"},
    {N "train: {optimizer: {choice: [sgd, adam], ordered: true}}\n", "2:42",
     "numbers and increase"},
    {N "train: {decay: {float: [0, 1], name: a}, momentum: {float: [0, 1], name: a}}\n", "2:42",
     "the name `a` is taken by the parameter in line 2"},
    {"network: [{dense: {units: {int: [1, 2], per_layer: true}}}]\n", "1:20",
     "per_layer needs a `repeat`"},
    {"network: [{dense: {units: 1, repeat: {int: [1, 2], per_layer: true}}}]\n", "1:30",
     "a `repeat` may not be per_layer"},
    /* conditions */
    {N "train: {decay: {float: [0, 1], when: 3}}\n", "2:38", "`when` is `3` (a mapping"},
    {N "train: {decay: {float: [0, 1], when: {shedule: cosine}}}\n", "2:39",
     "`when` names `shedule`"},
    {N "train: {decay: {float: [0, 1], when: {schedule: linear}}}\n", "2:49",
     "`train.schedule` is `linear` (one of constant"},
    {N "train: {optimizer: {choice: [sgd, adam]}, decay: {float: [0, 1], when: {optimizer: "
       "adamw}}}\n",
     "2:84", "`adamw` is no value of `train.optimizer` ({choice: [sgd, adam]})"},
    {N "train: {epochs: {int: [1, 2], when: {decay: 1}}, decay: {float: [0, 1], when: {epochs: "
       "1}}}\n",
     "2:9", "lead back to itself (a cycle)"},
    {N "train: {epochs: {int: [1, 2], when: {epochs: 1}}}\n", "2:9", "(a cycle)"},
    /* space and objective */
    {N "space: {a: {int: [1, 2]}}\n", "2:1", "`space` beside `network`"},
    {N "objective: {function: branin}\n", "2:1", "`objective` goes with a study that has `space`"},
    {"space: {a: {int: [1, 2]}}\ntrain: {epochs: 3}\n", "2:1",
     "`train` goes with a study that has `network`"},
    {"space: {}\n", "1:8", "`space` is an empty mapping"},
    {"space: {a: 3}\n", "1:12", "`a` is `3` (a range"},
    {"space: {a b: {int: [1, 2]}}\n", "1:9", "this is no name for a parameter"},
    {"space: {a: {choice: [{b: 1}]}}\n", "1:22", "a choice is a mapping"},
    {"space: {a: {int: [1, 2e12]}}\n", "1:22", "up to 1e+12"},
    {"space: {a: {int: [1, 2]}}\nobjective: {function: bran}\n", "2:23", "one of branin, ackley"},
    /* initial points */
    {N "search: {initial: 3}\n", "2:19", "`search.initial` is `3` (a list of points"},
    {N "search: {initial: [3]}\n", "2:20", "`search.initial.0` is `3`"},
    {N "search: {initial: [{epochs: 3}]}\n", "2:21", "`epochs` is no parameter of this study"},
    {"space: {a: {int: [1, 9]}}\nsearch: {initial: [{a: 10}]}\n", "2:24",
     "`a` is `10` ({int: [1, 9]})"},
    {"space: {a: {int: [1, 9]}}\nsearch: {initial: [{a: 1.5}]}\n", "2:24", "`a` is `1.5`"},
};

static void each_is_told_with_its_place(void **state)
{
    int failures = 0;
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        const struct mistake *mistake = &mistakes[i];
        struct muster_study *study = NULL;
        char place[64];
        enum muster_status status =
            muster_study_parse(mistake->text, "s.yaml", NULL, 0, &fixture_catalog, &study);
        const char *error = muster_error_text();
        snprintf(place, sizeof place, "s.yaml:%s: ", mistake->place);
        const char *line = status == MUSTER_OK ? NULL : strstr(error, place);
        if (status != MUSTER_BAD_STUDY || line == NULL || strstr(line, mistake->expect) == NULL)
            failures += printf("%s-> %s%s\ngot %s\n\n", mistake->text, place, mistake->expect,
                               status == MUSTER_OK ? "no error" : error) > 0;
        muster_study_destroy(&study);
    }
    assert_int_equal(failures, 0);
    assert_int_equal(muster_memory_blocks(), 0);
}

static void all_are_told_in_the_order_of_the_file(void **state)
{
    static const char text[] = "seed: x\n"
                               "train: {epochs: 0, optimizer: adm}\n"
                               "network:\n"
                               "  - dens: {}\n"
                               "  - dense: {units: {int: [9, 1]}}\n"
                               "data: {limit: {int: [1, 2]}}\n";
    static const char *const places[] = {"1:7", "2:17", "2:31", "4:5", "5:26", "6:15"};
    struct muster_study *study = NULL;
    (void)state;
    assert_int_equal(muster_study_parse(text, "s", NULL, 0, &fixture_catalog, &study),
                     MUSTER_BAD_STUDY);
    const char *line = muster_error_text();
    for (size_t i = 0; i < 6; i++) {
        char start[32];
        int length = snprintf(start, sizeof start, "s:%s: ", places[i]);
        assert_memory_equal(line, start, (size_t)length);
        line = strchr(line, '\n');
        assert_true((line != NULL) == (i < 5));
        line = line != NULL ? line + 1 : NULL;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_told_with_its_place),
        cmocka_unit_test(all_are_told_in_the_order_of_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
