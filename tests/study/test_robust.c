/* Broken files, files made to do harm, and a lack of memory end in a message, never in a crash or a
 * leak. */
#include "fixture.h"

/* Sanitizers unwind the stack at every allocation: they see a sample of the cases. */
#ifdef __SANITIZE_ADDRESS__
enum { STRIDE = 7 };
#else
enum { STRIDE = 1 };
#endif

/* Any status will do, as long as there is a message with it. */
static void parse(const char *text)
{
    struct muster_study *study = NULL;
    muster_error_clear();
    enum muster_status status =
        muster_study_parse(text, "s.yaml", NULL, 0, &fixture_catalog, &study);

    assert_true(status == MUSTER_OK || status == MUSTER_BAD_STUDY);
    assert_true((status == MUSTER_OK) == (study != NULL));
    assert_true(status == MUSTER_OK || strstr(muster_error_text(), "s.yaml:") != NULL);
    muster_study_destroy(&study);
}

static void truncated_files(void **state)
{
    char *text = muster_strdup(fixture_example);
    (void)state;
    for (size_t n = strlen(text); n > STRIDE; n -= STRIDE) {
        text[n - STRIDE] = '\0';
        parse(text);
    }
    muster_free(text);
}

static void damaged_files(void **state)
{
    static const char letters[] = "{}[]:,-#&*!|>'\"%@ \n\t.0a\xff\x01";
    size_t n = strlen(fixture_example);
    struct muster_stream stream = muster_stream_of(3, 0, 0, MUSTER_FOR_NOISE);
    char *text = muster_strdup(fixture_example);
    (void)state;
    for (uint64_t i = 0; i < 3000 / STRIDE; i++) {
        size_t at = (size_t)muster_random_below(stream, 2 * i, n);
        text[at] = letters[muster_random_below(stream, 2 * i + 1, sizeof letters - 1)];
        parse(text);
        if (i % 3 == 0)
            memcpy(text, fixture_example, n);
    }
    muster_free(text);
    assert_int_equal(muster_memory_blocks(), 0);
}

static void deep_nesting(void **state)
{
    char text[4096];
    (void)state;
    for (int style = 0; style < 2; style++) {
        size_t n = (size_t)snprintf(text, sizeof text, "network: ");
        for (int depth = 0; depth < 1000; depth++)
            n += (size_t)snprintf(text + n, sizeof text - n, style == 0 ? "[" : "{a: ");
        parse(text);
        assert_non_null(strstr(muster_error_text(), "nested more than 64 levels deep"));
    }
}

static void a_bomb_of_aliases(void **state)
{
    struct muster_text text = {0};
    (void)state;
    muster_text_add(&text, "a0: &a0 [x, x]\n");
    for (int i = 1; i < 40; i++)
        muster_text_add(&text, "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
    parse(text.data);
    assert_non_null(strstr(muster_error_text(), "aliases unfold into more than 10000 values"));
    muster_text_free(&text);
}

static void thousands_of_problems(void **state)
{
    struct muster_text text = {0};
    (void)state;
    for (int i = 0; i < 3000; i++)
        muster_text_add(&text, "k%d: 1\n", i);
    parse(text.data);
    assert_non_null(strstr(muster_error_text(), "problems more)"));
    muster_text_free(&text);
}

static void aliases_are_of_use(void **state)
{
    (void)state;
    struct muster_study *study =
        fixture_parse("network:\n  - dense: &d {units: {int: [1, 4]}}\n  - dense: *d\n");

    assert_int_equal(muster_study_space(study)->d, 2);
    assert_string_equal(muster_study_space(study)->params[1].name, "network.1.dense.units");
    muster_study_destroy(&study);
}

static void no_memory(void **state)
{
    static const char *const sets[] = {"train.epochs=3", "network.1.dropout.repeat=2"};
    static const char json[] = "{\"train.learning_rate\": 0.01}";
    enum muster_status status = MUSTER_NO_MEMORY;
    (void)state;
    for (int n = 1; status != MUSTER_OK; n += STRIDE) {
        struct muster_study *study = NULL;
        struct muster_config config = {0};
        double x[16];
        char spec[32];
        snprintf(spec, sizeof spec, "alloc:%d", n);
        assert_int_equal(muster_fault_set(spec, 0), MUSTER_OK);
        status = muster_study_parse(fixture_example, "s.yaml", sets, 2, &fixture_catalog, &study);
        if (status == MUSTER_OK) {
            enum muster_status point = muster_study_point(study, json, x);
            assert_true(point == MUSTER_USAGE || point == MUSTER_NO_MEMORY);
            status = point == MUSTER_NO_MEMORY ? point : MUSTER_OK;
        }
        if (status == MUSTER_OK) {
            const double *initial = muster_study_initial(study, &(size_t){0});
            status = muster_study_configure(study, initial, &config);
        }
        assert_true(status == MUSTER_OK || status == MUSTER_NO_MEMORY);
        muster_fault_set(NULL, 0);
        muster_config_clear(&config);
        muster_study_destroy(&study);
        assert_int_equal(muster_memory_blocks(), 0);
    }
}

static void no_memory_for_short_forms(void **state)
{
    static const char text[] = "network: [{dense: {units: 8}}, {dropout: {float: [0, 0.5]}}]\n";
    enum muster_status status = MUSTER_NO_MEMORY;
    (void)state;
    for (int n = 1; status != MUSTER_OK; n++) {
        struct muster_study *study = NULL;
        char spec[32];
        snprintf(spec, sizeof spec, "alloc:%d", n);
        assert_int_equal(muster_fault_set(spec, 0), MUSTER_OK);
        status = muster_study_parse(text, "s.yaml", NULL, 0, &fixture_catalog, &study);
        assert_true(status == MUSTER_OK || status == MUSTER_NO_MEMORY);
        muster_fault_set(NULL, 0);
        muster_study_destroy(&study);
        assert_int_equal(muster_memory_blocks(), 0);
    }
}

static void a_byte_order_mark_takes_no_column(void **state)
{
    struct muster_study *study =
        fixture_parse("\xEF\xBB\xBFnetwork: [{dense: {units: 8}}]\ntrain: {epochs: 3}\n");
    (void)state;
    muster_study_destroy(&study);
    parse("\xEF\xBB\xBFnetwrk: [{dense: {units: 8}}]\n");
    assert_non_null(strstr(muster_error_text(), "s.yaml:1:1: `netwrk`"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truncated_files),
        cmocka_unit_test(damaged_files),
        cmocka_unit_test(deep_nesting),
        cmocka_unit_test(a_bomb_of_aliases),
        cmocka_unit_test(thousands_of_problems),
        cmocka_unit_test(aliases_are_of_use),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(no_memory_for_short_forms),
        cmocka_unit_test(a_byte_order_mark_takes_no_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
