/* Packed named arrays: what goes in comes out, and damaged bytes are never read past their end. */
#include "../unit.h"

#include <math.h>
#include <string.h>

#include "muster/base.h"

static void make_pack(struct muster_pack *pack)
{
    const double values[3] = {1.5, -0.0, INFINITY};
    const float floats[2] = {0.25f, 8};
    muster_pack_put(pack, "values", MUSTER_F64, values, 3);
    muster_pack_put(pack, "floats", MUSTER_F32, floats, 2);
    muster_pack_put(pack, "none", MUSTER_F64, NULL, 0);
    muster_pack_put(pack, "names", MUSTER_STRINGS, "one\0\0three", 3);
    muster_pack_i64(pack, "id", -7);
    muster_pack_text(pack, "text", "größer");
    assert_false(pack->failed);
}

static void what_goes_in_comes_out(void **state)
{
    (void)state;
    struct muster_pack pack = {0};
    struct muster_field field;
    double values[4] = {9, 9, 9, 9};
    make_pack(&pack);
    assert_int_equal(muster_pack_get(pack.data, pack.length, "values", MUSTER_F64, values, 4), 3);
    assert_true(values[0] == 1.5 && signbit(values[1]) && isinf(values[2]) && values[3] == 9);
    assert_int_equal(muster_pack_get(pack.data, pack.length, "none", MUSTER_F64, values, 4), 0);
    assert_int_equal(muster_pack_get(pack.data, pack.length, "values", MUSTER_I64, values, 4), 0);
    assert_true(muster_pack_find(pack.data, pack.length, "names", &field));
    assert_int_equal(field.count, 3);
    assert_string_equal((const char *)field.data + 5, "three");
    assert_int_equal(muster_pack_get_i64(pack.data, pack.length, "id", 0), -7);
    assert_string_equal(muster_pack_get_text(pack.data, pack.length, "text"), "größer");
    assert_null(muster_pack_get_text(pack.data, pack.length, "absent"));
    assert_true(muster_pack_get_f64(pack.data, pack.length, "absent", 2.5) == 2.5);
    muster_pack_free(&pack);
}

static size_t fields_in(const void *bytes, size_t n)
{
    struct muster_field field;
    size_t offset = 0, count = 0;
    while (muster_pack_next(bytes, n, &offset, &field)) {
        assert_true(offset <= n);
        count++;
    }
    return count;
}

static void damage_never_leads_past_the_end(void **state)
{
    (void)state;
    struct muster_pack pack = {0};
    make_pack(&pack);
    assert_int_equal(fields_in(pack.data, pack.length), 6);
    for (size_t n = 0; n < pack.length; n++) {
        unsigned char *cut =
            muster_alloc(n, 1); /* a fresh block, so that ASan sees a step too far */
        memcpy(cut, pack.data, n);
        assert_true(fields_in(cut, n) < 6);
        muster_free(cut);
    }
    for (size_t bit = 0; bit < 8 * pack.length; bit++) {
        pack.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        fields_in(pack.data, pack.length);
        pack.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    muster_pack_free(&pack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(damage_never_leads_past_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
