/* Text: numbers and durations as people write them, shortest decimals, edit distance, CRC-32C. */
#include "../unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "muster/base.h"

static void numbers_are_read_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {{"1e-4", 1e-4}, {"010", 10},  {"-3", -3},     {"+.5", 0.5},
                {"5.", 5},      {"1E3", 1e3}, {"1.5e+2", 150}};
    static const char *const bad[] = {"",   " 1", "1 ", "1,5",   "0x10",  "nan", "inf",  "1e",
                                      "e5", ".",  "-",  "1e999", "1_000", "--1", "1.2.3"};
    double value;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(muster_number_read(good[i].text, &value));
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (muster_number_read(bad[i], &value))
            fail_msg("'%s' was read as %g", bad[i], value);
}

static void durations_are_seconds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {{"90", 90},         {"90s", 90},           {"30m", 1800},
                {"2h", 7200},       {"1d", 86400},         {"1.5h", 5400},
                {"01:02:03", 3723}, {"100:00:00", 360000}, {"2-00:00:01", 172801}};
    static const char *const bad[] = {"",      "-1",        "h",           "5w",
                                      "1:2",   "1:60:00",   "1-2",         "-1-00:00:00",
                                      "1h30m", "00:00:00x", "1--00:00:00", "soon"};
    double value;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!muster_duration_read(good[i].text, &value) || value != good[i].value)
            fail_msg("'%s' was read as %g", good[i].text, value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (muster_duration_read(bad[i], &value))
            fail_msg("'%s' was read as %g", bad[i], value);
}

static void bytes_have_units(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {{"4096", 4096}, {"0", 0},           {"12 B", 12},   {"1.5kB", 1500},
                {"500MB", 5e8}, {"2 GB", 2e9},      {"1KiB", 1024}, {"2GiB", 2147483648.0},
                {"1TB", 1e12},  {"1e9", 1000000000}};
    static const char *const bad[] = {"", "GB", "-1", "-2GB", "5 gb", "3GBs", "2 G", "1.2.3MB"};
    double value;
    char out[32];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!muster_bytes_read(good[i].text, &value) || value != good[i].value)
            fail_msg("'%s' was read as %g", good[i].text, value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (muster_bytes_read(bad[i], &value))
            fail_msg("'%s' was read as %g", bad[i], value);
    assert_string_equal(muster_bytes_text(12, out), "12 B");
    assert_string_equal(muster_bytes_text(3.1e9, out), "3.1 GB");
    assert_string_equal(muster_bytes_text(2e9, out), "2 GB");
    assert_string_equal(muster_bytes_text(999999, out), "1 MB");
    assert_string_equal(muster_bytes_text(7e15, out), "7000 TB");
}

static void decimals_are_shortest_and_read_back(void **state)
{
    (void)state;
    char out[32];
    assert_string_equal(muster_number_text(0.1, out), "0.1");
    assert_string_equal(muster_number_text(1e-4, out), "0.0001");
    assert_string_equal(muster_number_text(60, out), "60");
    assert_string_equal(muster_number_text(NAN, out), "nan");
    assert_string_equal(muster_number_text(-INFINITY, out), "-inf");
    struct muster_stream stream = muster_stream_of(1, 0, 0, MUSTER_FOR_NOISE);
    for (uint64_t i = 0; i < 1000; i++) {
        double value = ldexp(muster_random_normal(stream, i), (int)(i % 200) - 100);
        assert_true(strtod(muster_number_text(value, out), NULL) == value);
    }
}

static void near_words_are_near(void **state)
{
    (void)state;
    assert_int_equal(muster_edit_distance("epochs", "epochs"), 0);
    assert_int_equal(muster_edit_distance("epcohs", "epochs"), 1);
    assert_int_equal(muster_edit_distance("epoch", "epochs"), 1);
    assert_int_equal(muster_edit_distance("", "abc"), 3);
    assert_int_equal(muster_edit_distance("kitten", "sitting"), 3);
}

static void crc_has_its_check_value(void **state)
{
    (void)state;
    /* Check value of CRC-32C for "123456789" (RFC 3720, catalogue of CRCs). */
    assert_int_equal(muster_crc32c(0, "123456789", 9), 0xE3069283);
    uint32_t parts = muster_crc32c(0, "12345", 5);
    assert_int_equal(muster_crc32c(parts, "6789", 4), 0xE3069283);
    unsigned char zeros[32] = {0};
    assert_int_equal(muster_crc32c(0, zeros, 32), 0x8A9136AA); /* RFC 3720, B.4 */
}

static void text_grows(void **state)
{
    (void)state;
    struct muster_text text = {0};
    for (int i = 0; i < 500; i++)
        muster_text_add(&text, "%d,", i % 10);
    assert_false(text.failed);
    assert_int_equal(text.length, 1000);
    assert_int_equal(strlen(text.data), 1000);
    muster_text_free(&text);
    muster_fault_set("alloc:1", 0);
    muster_text_add(&text, "a");
    muster_text_add(&text, "b");
    assert_true(text.failed);
    muster_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_whole),
        cmocka_unit_test(durations_are_seconds),
        cmocka_unit_test(bytes_have_units),
        cmocka_unit_test(decimals_are_shortest_and_read_back),
        cmocka_unit_test(near_words_are_near),
        cmocka_unit_test(crc_has_its_check_value),
        cmocka_unit_test(text_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
