/* Folds are partitions, even in size and in classes, the same on any number of ranks. */
#include "data_test.h"

enum { N = 103, C = 3 };

static size_t class_of(int64_t i)
{
    return (size_t)(i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2); /* 63, 30, 10 rows */
}

static void write_rows(void)
{
    static float x[N];
    static int32_t y[N];
    for (size_t i = 0; i < N; i++) {
        x[i] = (float)i;
        y[i] = (int32_t)class_of((int64_t)i);
    }
    file_table(x, y, N, 1);
    set_word(&data_block, "test", "none");
}

/* Training and validation rows of a split are ascending and together all rows. */
static void check_partition(const struct muster_folds *folds, size_t k)
{
    bool seen[N] = {false};
    int64_t train[N];
    size_t n[2] = {muster_folds_train(folds, k, train)};
    const int64_t *rows[2] = {train, muster_folds_valid(folds, k, &n[1])};
    assert_int_equal(n[0] + n[1], N);
    for (size_t part = 0; part < 2; part++) {
        for (size_t i = 0; i < n[part]; i++) {
            assert_true(i == 0 || rows[part][i] > rows[part][i - 1]);
            assert_false(seen[rows[part][i]]);
            seen[rows[part][i]] = true;
        }
    }
}

static void k_folds_are_even(void **state)
{
    (void)state;
    const size_t sizes[C] = {63, 30, 10};
    write_rows();
    struct muster_data *data = open_on(world, 1);
    for (size_t k = 2; k <= 10; k++) {
        bool validated[N] = {false};
        set_number(&validate_block, "folds", (double)k);
        struct muster_folds *folds = folds_of(data, 7);
        assert_int_equal(muster_folds_count(folds), k);
        assert_int_equal(muster_folds_planned(&validate_block), k);
        for (size_t f = 0; f < k; f++) {
            size_t n, counts[C] = {0};
            const int64_t *valid = muster_folds_valid(folds, f, &n);
            check_partition(folds, f);
            assert_true(n == N / k || n == N / k + 1);
            for (size_t i = 0; i < n; i++) {
                assert_false(validated[valid[i]]);
                validated[valid[i]] = true;
                counts[class_of(valid[i])]++;
            }
            for (size_t c = 0; c < C; c++)
                assert_true(counts[c] == sizes[c] / k || counts[c] == sizes[c] / k + 1);
        }
        muster_folds_destroy(&folds);
    }
    muster_data_close(&data);
}

static void loo_and_holdout(void **state)
{
    (void)state;
    size_t n;
    write_rows();
    struct muster_data *data = open_on(world, 1);
    set_word(&validate_block, "folds", "loo");
    assert_int_equal(muster_folds_planned(&validate_block), 0);
    struct muster_folds *folds = folds_of(data, 7);
    assert_int_equal(muster_folds_count(folds), N);
    for (size_t k = 0; k < N; k++) {
        check_partition(folds, k);
        assert_int_equal(muster_folds_valid(folds, k, &n)[0], k);
        assert_int_equal(n, 1);
    }
    muster_folds_destroy(&folds);
    set_number(&validate_block, "folds.holdout", 0.3);
    assert_int_equal(muster_folds_planned(&validate_block), 1);
    folds = folds_of(data, 7);
    assert_int_equal(muster_folds_count(folds), 1);
    check_partition(folds, 0);
    size_t counts[C] = {0};
    const int64_t *valid = muster_folds_valid(folds, 0, &n);
    for (size_t i = 0; i < n; i++)
        counts[class_of(valid[i])]++;
    assert_int_equal(n, 31);
    assert_true(counts[0] == 19 && counts[1] == 9 && counts[2] == 3);
    muster_folds_destroy(&folds);
    muster_data_close(&data);
}

static void repeats_and_seeds_differ(void **state)
{
    (void)state;
    size_t n, m;
    write_rows();
    struct muster_data *data = open_on(world, 1), *mine = open_on(alone, 1);
    set_number(&validate_block, "repeats", 3);
    struct muster_folds *folds = folds_of(data, 7), *same = folds_of(mine, 7);
    struct muster_folds *other = folds_of(data, 8);
    assert_int_equal(muster_folds_count(folds), 15);
    assert_int_equal(muster_folds_planned(&validate_block), 15);
    for (size_t k = 0; k < 15; k++) {
        check_partition(folds, k);
        const int64_t *a = muster_folds_valid(folds, k, &n);
        assert_memory_equal(a, muster_folds_valid(same, k, &m), n * sizeof *a);
        assert_int_equal(n, m);
        assert_memory_not_equal(a, muster_folds_valid(other, k, &m), 20 * sizeof *a);
        if (k >= 5)
            assert_memory_not_equal(a, muster_folds_valid(folds, k - 5, &m), 20 * sizeof *a);
    }
    muster_folds_destroy(&folds);
    muster_folds_destroy(&same);
    muster_folds_destroy(&other);
    muster_data_close(&data);
    muster_data_close(&mine);
}

static void too_few_rows_are_named(void **state)
{
    (void)state;
    struct muster_folds *folds;
    write_rows();
    struct muster_data *data = open_on(world, 1);
    set_number(&validate_block, "folds", 11);
    assert_int_equal(muster_folds_create(data, &validate_block, 1, &folds), MUSTER_BAD_STUDY);
    assert_null(folds);
    assert_non_null(strstr(muster_error_text(), "class 2 has 10 rows"));
    set_number(&validate_block, "folds", 104);
    assert_int_equal(muster_folds_create(data, &validate_block, 1, &folds), MUSTER_BAD_STUDY);
    assert_non_null(strstr(muster_error_text(), "104 parts of 103 rows"));
    muster_data_close(&data);
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(k_folds_are_even),
    DATA_TEST(loo_and_holdout),
    DATA_TEST(repeats_and_seeds_differ),
    DATA_TEST(too_few_rows_are_named),
};

DATA_TEST_MAIN(tests)
