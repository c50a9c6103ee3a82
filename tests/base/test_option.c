/* Option tables and blocks: scalars by the option's type, defaults, settings. */
#include "../unit.h"

#include <math.h>
#include <string.h>

#include "muster/base.h"

static const struct muster_plugin tea = {.name = "tea", .help = "a hot drink"};
static const struct muster_plugin mate = {.name = "mate", .help = "another"};
static const struct muster_plugin *const drinks[] = {&tea, &mate};
static const struct muster_registry registry = {"drink", 2, drinks};

static const struct muster_option options[] = {
    {"size", MUSTER_INT, "32", 1, 64, "all", NULL, "rows", false},
    {"rate", MUSTER_REAL, "0.5", 0, 1, NULL, NULL, "share", false},
    {"hot", MUSTER_BOOL, "true", 0, 0, NULL, NULL, "", false},
    {"kind", MUSTER_WORD, "mate", 0, 0, NULL, &registry, "", false},
    {"cup", MUSTER_WORD, NULL, 0, 0, "glass|mug", NULL, "", false},
    {"wait", MUSTER_TIME, "2m", 0, 0, NULL, NULL, "s", false},
    {"label", MUSTER_TEXT, "a b", 0, 0, NULL, NULL, "", false},
    {0},
};
static const struct muster_plugin plugin = {
    .name = "drink", .help = "for the test", .options = options};

static void scalars_are_read_by_type_and_bounds(void **state)
{
    (void)state;
    static const struct {
        int option;
        const char *text;
        bool good;
    } cases[] = {
        {0, "1", true},     {0, "64", true},   {0, "65", false},        {0, "0", false},
        {0, "1.5", false},  {0, "all", true},  {0, "al", false},        {1, "0", true},
        {1, "1.01", false}, {2, "yes", false}, {2, "false", true},      {3, "tea", true},
        {3, "te", false},   {4, "mug", true},  {4, "glass|mug", false}, {4, "", false},
        {5, "1:00", false}, {5, "1h", true},   {6, "", true},
    };
    struct muster_value value;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (muster_option_scalar(&options[cases[i].option], cases[i].text, &value) != cases[i].good)
            fail_msg("%s: '%s'", options[cases[i].option].name, cases[i].text);
    assert_true(muster_option_scalar(&options[0], "all", &value));
    assert_true(isnan(value.number));
    assert_string_equal(value.text, "all");
}

static void a_block_holds_defaults_and_settings(void **state)
{
    (void)state;
    struct muster_block block;
    assert_int_equal(muster_block_default(&plugin, &block), MUSTER_OK);
    assert_int_equal(block.n, 7);
    assert_int_equal(muster_block_int(&block, "size"), 32);
    assert_true(muster_block_number(&block, "rate") == 0.5);
    assert_true(muster_block_number(&block, "wait") == 120);
    assert_string_equal(muster_block_text(&block, "kind"), "mate");
    assert_true(muster_block_number(&block, "kind") == 1);
    assert_false(muster_block_get(&block, "cup")->set);
    muster_block_set(&block, "cup", 1, "mug");
    assert_string_equal(muster_block_text(&block, "cup"), "mug");
    muster_block_clear(&block);
    assert_ptr_equal(muster_registry_find(&registry, "tea"), &tea);
    assert_null(muster_registry_find(&registry, "coffee"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_are_read_by_type_and_bounds),
        cmocka_unit_test(a_block_holds_defaults_and_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
