/* A trained run, whole: curves from the journal, the refitted network and its test, the same bits
 * on any number of ranks, and a refit that is stopped and done again. */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "muster/results.h"

enum { ROWS = 150, COLUMNS = 4, CLASSES = 3 };

/* Blobs around the corners, written with the room's own writer. */
static void make_data(const char *path)
{
    static float x[ROWS * COLUMNS], values[ROWS];
    static int64_t classes[ROWS];
    struct muster_stream stream = muster_stream_of(9, -1, -1, MUSTER_FOR_NOISE);
    struct muster_file *file;
    const size_t dims[2] = {ROWS, COLUMNS};
    if (muster_comm_rank(world) == 0) {
        for (size_t i = 0; i < ROWS; i++) {
            classes[i] = (int64_t)(i % CLASSES);
            values[i] = 0;
            for (size_t j = 0; j < COLUMNS; j++) {
                double noise = muster_random_normal(stream, i * COLUMNS + j);
                x[i * COLUMNS + j] = (float)(noise + (j == i % CLASSES ? 3 : 0));
                values[i] += 2 * x[i * COLUMNS + j];
            }
        }
        assert_int_equal(muster_file_create(path, &file), MUSTER_OK);
        muster_file_array(file, "/x", MUSTER_F32, 2, dims, x, false);
        muster_file_array(file, "/y", MUSTER_I64, 1, dims, classes, false);
        muster_file_array(file, "/value", MUSTER_F32, 1, dims, values, false);
        assert_int_equal(muster_file_finish(&file), MUSTER_OK);
    }
    muster_barrier(world);
}

static char *make_study(const char *data, const char *y, int group_size)
{
    char *study = muster_format(
        "seed: 3\n"
        "data: {file: %s, y: %s, test: 0.2}\n"
        "network:\n"
        "  - dense: {units: {int: [4, 12]}, activation: {choice: [relu, tanh]}}\n"
        "train: {epochs: 8, batch_size: 16, learning_rate: {float: [0.001, 0.1], log: true}}\n"
        "validate: {folds: 3}\n"
        "search: {method: random, trials: 8}\n"
        "parallel: {group_size: %d}\n",
        data, y, group_size);
    assert_non_null(study);
    return study;
}

/* Values of a dataset, with its dims. */
static double *read(const char *out, const char *path, size_t *rank, size_t *dims)
{
    struct muster_reader *reader;
    double *values;
    assert_int_equal(muster_reader_open(out, &reader), MUSTER_OK);
    if (muster_reader_f64(reader, path, rank, dims, &values) != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    muster_reader_close(&reader);
    return values;
}

/* The dataset has these dims and the same bits in both files. */
static void same_values(const char *a, const char *b, const char *path, size_t rank,
                        const size_t *wanted)
{
    size_t ranks[2], dims[2][4], n = 1;
    double *left = read(a, path, &ranks[0], dims[0]), *right = read(b, path, &ranks[1], dims[1]);
    assert_int_equal(ranks[0], rank);
    for (size_t r = 0; r < rank; r++) {
        assert_int_equal(dims[0][r], wanted[r]);
        assert_int_equal(dims[1][r], wanted[r]);
        n *= wanted[r];
    }
    for (size_t i = 0; i < n; i++)
        assert_true(left[i] == right[i] || (isnan(left[i]) && isnan(right[i])));
    assert_true(isfinite(left[0]));
    muster_free(left);
    muster_free(right);
}

static void check_files(const char *out, const char *reference, bool classes)
{
    static const size_t curves[] = {8, 3, 8}, mean[] = {COLUMNS}, test[] = {ROWS / 5},
                        confusion[] = {CLASSES, CLASSES};
    same_values(out, reference, "/curves/train_loss", 3, curves);
    same_values(out, reference, "/curves/valid_score", 3, curves);
    same_values(out, reference, "/best/model/input/mean", 1, mean);
    same_values(out, reference, "/best/test/prediction", 1, test);
    same_values(out, reference, classes ? "/best/test/accuracy" : "/best/test/rmse", 0, NULL);
    if (classes)
        same_values(out, reference, "/best/test/confusion", 2, confusion);
    size_t rank, dims[4];
    double *bias = read(out, "/best/model/00-dense/bias", &rank, dims);
    const size_t weight[] = {dims[0], COLUMNS};
    muster_free(bias);
    same_values(out, reference, "/best/model/00-dense/weight", 2, weight);
}

static void run_on(const char *y, int group_size)
{
    char *study = make_study(bench_path("data.h5"), y, group_size);
    struct bench bench = {.study = study, .out = bench_path("out.h5"), .fresh = true};
    if (bench_do(world, &bench) != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    bench_same(bench_table(bench.out), bench_reference(study));
    if (muster_comm_rank(world) == 0)
        check_files(bench.out, bench_path("reference.h5"), strcmp(y, "/y") == 0);
    muster_barrier(world);
    muster_free(study);
}

static void classification_whole(void **state)
{
    (void)state;
    make_data(bench_path("data.h5"));
    for (int size = 1; size <= 3; size++)
        run_on("/y", size);
}

static void regression_whole(void **state)
{
    (void)state;
    make_data(bench_path("data.h5"));
    run_on("/value", 2);
}

static void a_stopped_refit_is_done_again(void **state)
{
    (void)state;
    make_data(bench_path("data.h5"));
    char *study = make_study(bench_path("data.h5"), "/y", 1);
    struct bench bench = {
        .study = study, .out = bench_path("refit.h5"), .resume = true, .signal_after = 8};
    assert_int_equal(bench_do(world, &bench), MUSTER_STOPPED);
    bench_attribute(bench.out, "status", "stopped");
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    bench_same(bench_table(bench.out), bench_reference(study));
    if (muster_comm_rank(world) == 0)
        check_files(bench.out, bench_path("reference.h5"), true);
    bench_remove(bench.out);
    muster_free(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classification_whole),
        cmocka_unit_test(regression_whole),
        cmocka_unit_test(a_stopped_refit_is_done_again),
    };
    return bench_run(tests);
}
