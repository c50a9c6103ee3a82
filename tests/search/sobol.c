/* sobol: the sequence of Joe and Kuo, evenly spread whatever the seed, in up to 1,000 dimensions.
 */
#include "drive.h"
#include "search/sobol_impl.h"
#include "sobol_reference.h"

enum { MOST_BITS = 10 };

static uint32_t directions[MUSTER_SOBOL_DIMENSIONS][MUSTER_SOBOL_BITS];

static void points_equal_the_reference(void **state)
{
    (void)state;
    for (size_t i = 0; i < REFERENCE_POINTS; i++)
        for (size_t j = 0; j < REFERENCE_DIMENSIONS; j++)
            assert_int_equal(
                muster_sobol_bits(directions[reference_dimension[j]], reference_point[i]),
                (uint64_t)reference_code[i][j] << 2);
}

static double coordinate(uint64_t seed, size_t dimension, uint32_t index)
{
    struct muster_stream stream = muster_stream_of(seed, -1, -1, MUSTER_FOR_SEARCH);
    return muster_sobol_scramble(stream, dimension,
                                 muster_sobol_bits(directions[dimension], index));
}

/* Each of 2^m equal parts holds one of the 2^m points from a multiple of 2^m on. */
static void check_line(size_t dimension, uint32_t m, uint32_t block)
{
    bool held[1 << MOST_BITS] = {false};
    for (uint32_t i = 0; i < 1u << m; i++) {
        double u = coordinate(5, dimension, (block << m) + i);
        assert_true(u > 0 && u < 1);
        size_t part = (size_t)(u * (double)(1u << m));
        assert_false(held[part]);
        held[part] = true;
    }
}

static void every_line_is_balanced(void **state)
{
    const size_t lines[] = {0, 1, 2, 17, 500, 999};
    (void)state;
    for (size_t k = 0; k < 6; k++)
        for (uint32_t m = 1; m <= MOST_BITS; m++)
            for (uint32_t block = 0; block < 3; block++)
                check_line(lines[k], m, block);
}

/* The first two dimensions are a (0, m, 2)-net: each box of 2^-k times 2^(k-m) holds one point. */
static void check_plane(uint32_t m, uint32_t k)
{
    bool held[1 << MOST_BITS] = {false};
    for (uint32_t i = 0; i < 1u << m; i++) {
        size_t a = (size_t)(coordinate(6, 0, i) * (double)(1u << k));
        size_t b = (size_t)(coordinate(6, 1, i) * (double)(1u << (m - k)));
        assert_false(held[a << (m - k) | b]);
        held[a << (m - k) | b] = true;
    }
}

static void the_first_plane_is_a_net(void **state)
{
    (void)state;
    for (uint32_t m = 1; m <= MOST_BITS; m++)
        for (uint32_t k = 0; k <= m; k++)
            check_plane(m, k);
}

/* Scrambling makes each point uniform: over seeds, a point's mean and its digits' are those of U(0,
 * 1), and points of a pair that differ in the first digit always do. */
static void scrambled_points_are_uniform(void **state)
{
    enum { SEEDS = 4000 };
    double sum = 0, squares = 0, low = 0;
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        double u = coordinate(seed, 3, 12), fine = u * 0x1p30;
        assert_true((coordinate(seed, 3, 0) < 0.5) != (coordinate(seed, 3, 1) < 0.5));
        sum += u;
        squares += u * u;
        low += fine - floor(fine); /* the digits beyond the thirtieth */
    }
    assert_true(fabs(sum / SEEDS - 0.5) < 4 * 0.2887 / sqrt(SEEDS));
    assert_true(fabs(squares / SEEDS - 1.0 / 3) < 4 * 0.298 / sqrt(SEEDS));
    assert_true(fabs(low / SEEDS - 0.5) < 4 * 0.2887 / sqrt(SEEDS));
}

static enum muster_status open_wide(size_t d, const struct muster_param *params,
                                    struct muster_search **search)
{
    struct muster_block block;
    struct muster_space space = {d, (struct muster_param *)params};
    search_block(&block, "sobol");
    enum muster_status status = muster_search_create(
        &(struct muster_search_setup){.space = &space, .options = &block, .window = 1}, search);
    for (int i = 0; i < 5 && status == MUSTER_OK; i++) {
        struct muster_step step;
        enum muster_answer answer;
        assert_int_equal(muster_search_ask(*search, &step, &answer), MUSTER_OK);
        assert_int_equal(answer, MUSTER_ASK_STEP);
        struct muster_stream stream = muster_stream_of(0, -1, -1, MUSTER_FOR_SEARCH);
        for (size_t j = 0; j < d; j++)
            assert_true(step.x[j] == muster_sobol_scramble(
                                         stream, j, muster_sobol_bits(directions[j], (uint32_t)i)));
    }
    muster_search_destroy(search);
    muster_block_clear(&block);
    return status;
}

static void a_thousand_dimensions_and_no_more(void **state)
{
    struct muster_search *search;
    struct muster_param *params = muster_alloc(1001, sizeof *params);
    (void)state;
    for (size_t j = 0; j < 1001; j++)
        params[j] = (struct muster_param){.kind = MUSTER_PARAM_FLOAT, .high = 1};
    assert_int_equal(open_wide(1000, params, &search), MUSTER_OK);
    assert_int_equal(open_wide(1001, params, &search), MUSTER_BAD_STUDY);
    assert_non_null(strstr(muster_error_text(), "1000 parameters at most, the space has 1001"));
    muster_free(params);
}

/* Eight values of an integer: the first eight points take all of them, later ones repeat none. */
static void repeats_are_skipped(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_param params[2] = {{.kind = MUSTER_PARAM_INT, .low = 1, .high = 8},
                                     {.kind = MUSTER_PARAM_CHOICE, .high = 4, .n_choices = 5}};
    struct muster_space space = {2, params};
    int taken[9] = {0};
    (void)state;
    drive_open(drive, "sobol", &space, 1, true);
    drive_start(drive);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        taken[(int)drive->x[i][0]]++;
        assert_true(i >= 8 || taken[(int)drive->x[i][0]] == 1);
    }
    assert_int_equal(drive_ask(drive), MUSTER_ASK_DONE);
    for (int v = 1; v <= 8; v++)
        assert_int_equal(taken[v], 5);
    drive_close(drive);
    muster_free(drive);
}

static void another_sequence_is_refused(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    double u[MIXED], x[MIXED];
    (void)state;
    drive_open(drive, "sobol", &mixed_space, 1, true);
    drive_start(drive);
    random_point(&mixed_space, 3, u, x);
    struct muster_step step = {.id = 0, .x = x};
    assert_int_equal(muster_search_replay(drive->search, &step, NULL, 0), MUSTER_INTERNAL);
    drive_close(drive);
    muster_free(drive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_equal_the_reference),
        cmocka_unit_test(every_line_is_balanced),
        cmocka_unit_test(the_first_plane_is_a_net),
        cmocka_unit_test(scrambled_points_are_uniform),
        cmocka_unit_test(a_thousand_dimensions_and_no_more),
        cmocka_unit_test(repeats_are_skipped),
        cmocka_unit_test(another_sequence_is_refused),
    };
    muster_sobol_directions(MUSTER_SOBOL_DIMENSIONS, directions);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
