/* Random keys: Philox's published answer, independence of call order, moments, permutations. */
#include "../unit.h"

#include <math.h>
#include <string.h>

#include "muster/base.h"

static void philox_gives_its_published_answers(void **state)
{
    (void)state;
    /* kat_vectors of Random123 1.09: philox4x32, 10 rounds. */
    struct muster_stream zero = {{0, 0}}, ones = {{UINT32_MAX, UINT32_MAX}};
    const uint32_t low[4] = {0}, high[4] = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    const uint32_t want_low[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    const uint32_t want_high[4] = {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
    uint32_t out[4];
    muster_random_bits(zero, low, out);
    assert_memory_equal(out, want_low, sizeof out);
    muster_random_bits(ones, high, out);
    assert_memory_equal(out, want_high, sizeof out);
}

static void streams_differ_in_every_part_of_their_key(void **state)
{
    (void)state;
    struct muster_stream streams[] = {
        muster_stream_of(1, 2, 3, MUSTER_FOR_INIT),  muster_stream_of(2, 2, 3, MUSTER_FOR_INIT),
        muster_stream_of(1, 3, 3, MUSTER_FOR_INIT),  muster_stream_of(1, 2, 2, MUSTER_FOR_INIT),
        muster_stream_of(1, 2, 3, MUSTER_FOR_ORDER), muster_stream_of(1, 2, -1, MUSTER_FOR_INIT),
    };
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++)
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(&streams[i], &streams[j], sizeof *streams);
}

static void numbers_have_the_moments_they_should(void **state)
{
    (void)state;
    enum { N = 100000 };
    struct muster_stream stream = muster_stream_of(7, -1, -1, MUSTER_FOR_NOISE);
    double sum = 0, squares = 0, normal = 0, normal_squares = 0;
    uint64_t counts[10] = {0};
    for (uint64_t i = 0; i < N; i++) {
        double u = muster_random_uniform(stream, i), z = muster_random_normal(stream, i);
        assert_true(u > 0 && u < 1);
        sum += u;
        squares += u * u;
        normal += z;
        normal_squares += z * z;
        counts[muster_random_below(stream, i, 10)]++;
    }
    assert_true(fabs(sum / N - 0.5) < 0.005);
    assert_true(fabs(squares / N - 1.0 / 3) < 0.005);
    assert_true(fabs(normal / N) < 0.015);
    assert_true(fabs(normal_squares / N - 1) < 0.02);
    for (int i = 0; i < 10; i++)
        assert_true(fabs((double)counts[i] - N / 10.0) < 500);
}

static void fill_depends_on_the_counter_alone(void **state)
{
    (void)state;
    struct muster_stream stream = muster_stream_of(3, 1, 0, MUSTER_FOR_INIT);
    float whole[37], part[17];
    muster_random_fill(stream, 100, -2, 3, whole, 37);
    muster_random_fill(stream, 105, -2, 3, part, 17);
    assert_memory_equal(whole + 20, part, sizeof part);
    for (int i = 0; i < 37; i++)
        assert_true(whole[i] >= -2 && whole[i] < 3);
}

static void a_shuffle_is_a_permutation(void **state)
{
    (void)state;
    int64_t items[101], again[101];
    bool seen[101] = {false};
    int moved = 0;
    for (int i = 0; i < 101; i++)
        items[i] = again[i] = i;
    struct muster_stream stream = muster_stream_of(3, 1, 0, MUSTER_FOR_ORDER);
    muster_random_shuffle(stream, 5, items, 101);
    muster_random_shuffle(stream, 5, again, 101);
    assert_memory_equal(items, again, sizeof items);
    for (int i = 0; i < 101; i++) {
        assert_false(seen[items[i]]);
        seen[items[i]] = true;
        moved += items[i] != i;
    }
    assert_true(moved > 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_its_published_answers),
        cmocka_unit_test(streams_differ_in_every_part_of_their_key),
        cmocka_unit_test(numbers_have_the_moments_they_should),
        cmocka_unit_test(fill_depends_on_the_counter_alone),
        cmocka_unit_test(a_shuffle_is_a_permutation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
