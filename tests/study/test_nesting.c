/* Layers that hold layers, and families whose ranges are asked for by `auto`. */
#include "fixture.h"

static const char nested[] =
    "network:\n"
    "  - dense: {units: 8}\n"
    "  - residual:\n"
    "      repeat: {int: [0, 3]}\n"
    "      scale: 2\n"
    "      layers:\n"
    "        - dense: {repeat: 2, units: {int: [1, 9], per_layer: true}}\n"
    "        - residual: {layers: [flatten, {dropout: {float: [0, 0.5]}}]}\n";

static void configure(const struct muster_study *study, double u, struct muster_config *config)
{
    double cube[16], x[16];
    for (size_t i = 0; i < 16; i++)
        cube[i] = u;
    muster_space_decode(muster_study_space(study), cube, x);
    assert_int_equal(muster_study_configure(study, x, config), MUSTER_OK);
}

static void what_a_layer_holds_are_its_children(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(nested);
    struct muster_config config;
    assert_int_equal(muster_study_space(study)->d, 4);
    fixture_index(study, "network.1.residual.layers.0.dense.units.1");
    fixture_index(study, "network.1.residual.layers.1.residual.layers.1.dropout");
    configure(study, 1, &config);
    assert_int_equal(config.n_layers, 4);
    for (size_t i = 1; i < 4; i++) {
        const struct muster_block *outer = &config.layers[i];
        assert_string_equal(outer->kind, "residual");
        assert_true(muster_block_number(outer, "scale") == 2);
        assert_int_equal(outer->n_children, 3);
        assert_int_equal(muster_block_int(&outer->children[1], "units"), 9);
        assert_string_equal(outer->children[1].path, "network.1.residual.layers.0");
        assert_int_equal(outer->children[2].n_children, 2);
        assert_string_equal(outer->children[2].children[1].kind, "dropout");
    }
    muster_config_clear(&config);
    configure(study, 0, &config);
    assert_int_equal(config.n_layers, 1);
    muster_config_clear(&config);
    muster_study_destroy(&study);
}

static char *layers_of(const struct muster_study *study, double u)
{
    struct muster_config config;
    struct muster_text text = {0};
    configure(study, u, &config);
    muster_config_layers_yaml(&config, &text);
    muster_config_clear(&config);
    return text.data;
}

static void written_out_they_read_the_same(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(nested);
    char *layers = layers_of(study, 1), *text = muster_format("network:\n%s", layers);
    struct muster_study *again = fixture_parse(text);
    char *same = layers_of(again, 1);
    assert_string_equal(layers, same);
    assert_non_null(strstr(layers, "layers: [flatten, {dropout: {rate: 0.5}}]}}]}"));
    muster_free(same);
    muster_study_destroy(&again);
    muster_free(text);
    muster_free(layers);
    muster_study_destroy(&study);
}

static const char branched[] =
    "network:\n"
    "  - concat:\n"
    "      wide: []\n"
    "      deep: [dense: {repeat: 2, units: {int: [1, 9], per_layer: true}}, flatten]\n"
    "      repeat: {int: [1, 2]}\n"
    "      alone: {dropout: {float: [0, 0.5]}}\n";

static void branches_have_names(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(branched);
    struct muster_config config;
    assert_int_equal(muster_study_space(study)->d, 4);
    fixture_index(study, "network.0.concat.deep.0.dense.units.1");
    fixture_index(study, "network.0.concat.alone.dropout");
    fixture_index(study, "network.0.concat.repeat");
    configure(study, 1, &config);
    assert_int_equal(config.n_layers, 2);
    const struct muster_block *concat = &config.layers[1], *deep = &concat->children[1];
    assert_int_equal(concat->n_children, 3);
    assert_string_equal(concat->children[0].kind, "wide");
    assert_int_equal(concat->children[0].n_children, 0);
    assert_string_equal(deep->kind, "deep");
    assert_string_equal(deep->path, "network.0.concat.deep");
    assert_true(deep->branch && !concat->branch && !deep->children[0].branch);
    assert_int_equal(deep->n_children, 3);
    assert_int_equal(muster_block_int(&deep->children[1], "units"), 9);
    assert_string_equal(deep->children[2].path, "network.0.concat.deep.1");
    muster_config_clear(&config);
    muster_study_destroy(&study);
}

static void branches_written_out_read_the_same(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(branched);
    char *layers = layers_of(study, 0), *text = muster_format("network:\n%s", layers);
    struct muster_study *again = fixture_parse(text);
    char *same = layers_of(again, 0);
    assert_string_equal(layers, same);
    assert_string_equal(layers,
                        "- concat: {wide: [], deep: [{dense: {units: 1, activation: relu, bias: "
                        "true}}, {dense: {units: 1, activation: relu, bias: true}}, flatten], "
                        "alone: [{dropout: {rate: 0}}]}\n");
    muster_free(same);
    muster_study_destroy(&again);
    muster_free(text);
    muster_free(layers);
    muster_study_destroy(&study);
}

/* Options that stand under any name. */
static void names_have_options(void **state)
{
    (void)state;
    const char *sets[] = {"data.inputs.b.scale=none", "data.inputs.c.x=/c"};
    struct muster_study *study =
        fixture_parse_sets("network: [flatten]\ndata: {inputs: {b: {x: /b}, a: /a}}", sets, 2);
    const struct muster_block *data = muster_study_section(study, "data");
    assert_string_equal(muster_block_text(data, "inputs.a"), "/a");
    assert_string_equal(muster_block_text(data, "inputs.b.x"), "/b");
    assert_string_equal(muster_block_text(data, "inputs.b.scale"), "none");
    assert_string_equal(muster_block_text(data, "inputs.c.x"), "/c");
    assert_false(muster_block_get(data, "inputs.b")->set);
    assert_false(muster_block_get(data, "inputs.*")->set);
    muster_study_destroy(&study);
}

static void auto_is_the_usual_ranges(void **state)
{
    (void)state;
    const char *sets[] = {"network.mlp.dropout=0.25"};
    struct muster_study *study = fixture_parse("network: {mlp: auto}");
    assert_int_equal(muster_study_space(study)->d, 2);
    assert_int_equal(fixture_param(study, "network.mlp.units")->n_choices, 2);
    muster_study_destroy(&study);
    study = fixture_parse_sets("network: {mlp: auto}", sets, 1);
    assert_int_equal(muster_study_space(study)->d, 1);
    muster_study_destroy(&study);
    sets[0] = "network.0.mlp=auto";
    study = fixture_parse_sets("network: [mlp: {}]", sets, 1);
    assert_int_equal(muster_study_space(study)->d, 2);
    muster_study_destroy(&study);
}

static void mistakes_have_their_place(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"network: [residual: {scale: 2}]", "s.yaml:1:11: `network.0.residual` has no `layers`"},
        {"network: [residual: {layers: 3}]", "s.yaml:1:30: `network.0.residual.layers` is `3`"},
        {"network: [residual: {layers: [dense: {unit: 3}]}]", "did you mean `units`"},
        {"network: [residual: auto]", "is `auto`"},
        {"network: [mlp: 3]", "or auto: its usual ranges"},
        {"network: [concat: {}]", "s.yaml:1:11: `network.0.concat` has no branches"},
        {"network: [concat: [flatten]]", "`network.0.concat` has no branches"},
        {"network: [concat: {a: [dens: {}]}]", "there is no layer `dens`"},
        {"network: [concat: {a: 3}]", "there is no layer `3`"},
        {"network: [concat: {a.b: []}]", "s.yaml:1:20: `a.b` is no name of a branch"},
        {"network: [concat: {a: [], repeat: x}]", "`network.0.concat.repeat` is `x`"},
        {"network: [flatten]\ndata: {inputs: 3}", "`data.inputs` is `3` (a mapping: {NAME: ...})"},
        {"network: [flatten]\ndata: {inputs: {a b: /x}}", "s.yaml:2:17: `a b` is no name"},
        {"network: [flatten]\ndata: {inputs: {a: {scal: none}}}", "did you mean `scale`?"},
        {"network: [flatten]\ndata: {inputs: {a: [1]}}", "`data.inputs.a` is a list (a text)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct muster_study *study = NULL;
        assert_int_equal(
            muster_study_parse(cases[i][0], "s.yaml", NULL, 0, &fixture_catalog, &study),
            MUSTER_BAD_STUDY);
        if (strstr(muster_error_text(), cases[i][1]) == NULL)
            fail_msg("%s: %s", cases[i][0], muster_error_text());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_layer_holds_are_its_children),
        cmocka_unit_test(written_out_they_read_the_same),
        cmocka_unit_test(branches_have_names),
        cmocka_unit_test(branches_written_out_read_the_same),
        cmocka_unit_test(names_have_options),
        cmocka_unit_test(auto_is_the_usual_ranges),
        cmocka_unit_test(mistakes_have_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
