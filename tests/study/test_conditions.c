/* Conditional activity: `when`, `repeat`, `per_layer`, `sequence`, and the configurations that
 * points become. */
#include "fixture.h"

static const char layered[] =
    "network:\n"
    "  - dense: {repeat: {int: [1, 3]}, units: {int: [2, 9], per_layer: true},\n"
    "            activation: {choice: [tanh, gelu], per_layer: true, when: {units: [2, 3]}}}\n"
    "  - sequence:\n"
    "      repeat: {choice: [0, 2]}\n"
    "      layers:\n"
    "        - dense: {units: {int: [10, 20], per_layer: true, name: inner}}\n"
    "        - dropout: {choice: [0.1, 0.2]}\n"
    "  - flatten\n";

static double *middle(const struct muster_study *study)
{
    const struct muster_space *space = muster_study_space(study);
    double *x = muster_alloc(space->d, sizeof *x);

    for (size_t i = 0; i < space->d; i++)
        x[i] = muster_param_decode(&space->params[i], 0.5);
    return x;
}

static void per_layer_gives_one_parameter_a_repetition(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(layered);
    const struct muster_space *space = muster_study_space(study);
    double *x = middle(study);
    size_t repeat = fixture_index(study, "network.0.dense.repeat");

    assert_int_equal(space->d, 1 + 3 + 3 + 1 + 2 + 1);
    assert_int_equal(fixture_param(study, "network.0.dense.units.0")->n_conditions, 0);
    assert_int_equal(fixture_param(study, "network.0.dense.activation.2")->n_conditions, 2);
    for (int n = 1; n <= 3; n++) {
        x[repeat] = n;
        for (int i = 0; i < 3; i++) {
            char name[64];
            snprintf(name, sizeof name, "network.0.dense.units.%d", i);
            x[fixture_index(study, name)] = 2;
            snprintf(name, sizeof name, "network.0.dense.activation.%d", i);
            x[fixture_index(study, name)] = 1;
        }
        assert_true(muster_space_settle(space, x));
        assert_int_equal(isnan(x[fixture_index(study, "network.0.dense.units.1")]), n < 2);
        assert_int_equal(isnan(x[fixture_index(study, "network.0.dense.units.2")]), n < 3);
        assert_int_equal(isnan(x[fixture_index(study, "network.0.dense.activation.2")]), n < 3);
    }
    x[fixture_index(study, "network.0.dense.units.1")] = 5;
    assert_true(muster_space_settle(space, x));
    assert_true(isnan(x[fixture_index(study, "network.0.dense.activation.1")]));
    assert_false(isnan(x[fixture_index(study, "network.0.dense.activation.0")]));
    muster_free(x);
    muster_study_destroy(&study);
}

static void repetitions_are_written_out(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(layered);
    double *x = middle(study);
    struct muster_config config;
    struct muster_text text = {0};

    x[fixture_index(study, "network.0.dense.repeat")] = 2;
    x[fixture_index(study, "network.0.dense.units.0")] = 3;
    x[fixture_index(study, "network.0.dense.units.1")] = 7;
    x[fixture_index(study, "network.0.dense.activation.0")] = 1;
    x[fixture_index(study, "network.1.sequence.repeat")] = 1;
    x[fixture_index(study, "inner.0")] = 11;
    x[fixture_index(study, "inner.1")] = 12;
    x[fixture_index(study, "network.1.sequence.layers.1.dropout")] = 1;
    muster_space_settle(muster_study_space(study), x);
    assert_int_equal(muster_study_configure(study, x, &config), MUSTER_OK);
    muster_config_layers_yaml(&config, &text);
    assert_string_equal(text.data, "- dense: {units: 3, activation: gelu, bias: true}\n"
                                   "- dense: {units: 7, activation: relu, bias: true}\n"
                                   "- dense: {units: 11, activation: relu, bias: true}\n"
                                   "- dropout: {rate: 0.2}\n"
                                   "- dense: {units: 12, activation: relu, bias: true}\n"
                                   "- dropout: {rate: 0.2}\n"
                                   "- flatten\n");
    assert_int_equal(config.n_layers, 7);
    assert_string_equal(config.layers[3].path, "network.1.sequence.layers.1");
    assert_true(muster_block_number(&config.train, "epochs") == 50);
    muster_text_free(&text);
    muster_config_clear(&config);

    x[fixture_index(study, "network.1.sequence.repeat")] = 0; /* not at all */
    muster_space_settle(muster_study_space(study), x);
    assert_true(isnan(x[fixture_index(study, "inner.0")]));
    assert_int_equal(muster_study_configure(study, x, &config), MUSTER_OK);
    assert_int_equal(config.n_layers, 3);
    muster_config_clear(&config);
    muster_free(x);
    muster_study_destroy(&study);
    assert_int_equal(muster_memory_blocks(), 0);
}

static void a_chain_of_conditions_is_followed(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse("space:\n"
                                               "  c: {int: [1, 5], when: {b: [2, 3]}}\n"
                                               "  b: {int: [1, 3], when: {a: \"on\"}}\n"
                                               "  a: {choice: [off, on]}\n"
                                               "  d: {float: [0, 1], when: {c: 4, a: on}}\n");
    const struct muster_space *space = muster_study_space(study);
    double x[4];

    assert_string_equal(space->params[0].name, "a"); /* parents first */
    assert_string_equal(space->params[1].name, "b");
    muster_space_decode(space, (double[]){0.9, 0.5, 0.7, 0.5}, x);
    assert_true(x[0] == 1 && x[1] == 2 && x[2] == 4 && x[3] == 0.5);
    muster_space_decode(space, (double[]){0.9, 0.5, 0.5, 0.5}, x);
    assert_true(x[2] == 3 && isnan(x[3]));
    muster_space_decode(space, (double[]){0.1, 0.5, 0.7, 0.5}, x);
    assert_true(x[0] == 0 && isnan(x[1]) && isnan(x[2]) && isnan(x[3]));
    double u[4];
    muster_space_encode(space, x, u);
    assert_true(u[0] == 0.25 && u[1] == 0.5 && u[3] == 0.5);
    x[0] = 1;
    assert_false(muster_space_settle(space, x)); /* b is active and has no value */
    muster_study_destroy(&study);
}

static void conditions_on_constants_are_settled_at_once(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(
        "network: [dropout: {rate: {float: [0, 0.5], when: {train.epochs: [3, 4]}}}]\n"
        "train:\n"
        "  epochs: 3\n"
        "  momentum: {float: [0.5, 1], when: {optimizer: adam}}\n"
        "  nesterov: {choice: [true, false], when: {momentum: 0.5}}\n"
        "  decay: {float: [0, 1], when: {optimizer: sgd, data.scale: auto}}\n");
    const struct muster_space *space = muster_study_space(study);
    struct muster_config config;

    assert_int_equal(space->d, 2);
    assert_int_equal(fixture_param(study, "train.decay")->n_conditions, 0);
    assert_int_equal(fixture_param(study, "network.0.dropout.rate")->n_conditions, 0);
    assert_int_equal(muster_study_configure(study, (double[]){0.25, 0.5}, &config), MUSTER_OK);
    assert_true(muster_block_number(&config.train, "momentum") == 0); /* its default */
    assert_true(muster_block_number(&config.train, "decay") == 0.5);
    assert_true(muster_block_number(&config.layers[0], "rate") == 0.25);
    muster_config_clear(&config);
    muster_study_destroy(&study);
}

static void a_family_stands_alone(void **state)
{
    (void)state;
    struct muster_study *study =
        fixture_parse("network: {mlp: {units: {choice: [[64, 32], 128]}, dropout: 0.1}}\n");
    const struct muster_param *units = fixture_param(study, "network.mlp.units");
    struct muster_config config;

    assert_string_equal(units->choices[0].text, "[64, 32]");
    assert_true(units->choices[1].number == 128);
    assert_int_equal(muster_study_configure(study, (double[]){0}, &config), MUSTER_OK);
    assert_int_equal(config.n_layers, 1);
    assert_int_equal(muster_block_get(&config.layers[0], "units")->n, 2);
    assert_true(muster_block_get(&config.layers[0], "units")->numbers[1] == 32);
    muster_config_clear(&config);
    muster_study_destroy(&study);
    study = fixture_parse("network: mlp\n");
    assert_int_equal(muster_study_configure(study, NULL, &config), MUSTER_OK);
    assert_int_equal(muster_block_get(&config.layers[0], "units")->n, 2);
    muster_config_clear(&config);
    muster_study_destroy(&study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(per_layer_gives_one_parameter_a_repetition),
        cmocka_unit_test(repetitions_are_written_out),
        cmocka_unit_test(a_chain_of_conditions_is_followed),
        cmocka_unit_test(conditions_on_constants_are_settled_at_once),
        cmocka_unit_test(a_family_stands_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
