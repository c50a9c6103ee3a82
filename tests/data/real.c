/* Real files of the layout, where MUSTER_DATA_DIR names their folder; skipped elsewhere. */
#include "data_test.h"

struct real {
    const char *name;
    enum muster_status status;
    size_t rows, test_rows, rank, width, outputs;
    const char *scale;
};

/* Rows after the default hold-out. */
static const struct real reals[] = {
    {"digits.h5", MUSTER_OK, 1438, 359, 3, 64, 10, "divide"},
    {"breast_cancer.h5", MUSTER_OK, 455, 114, 1, 30, 2, "standard"},
    {"wine.h5", MUSTER_OK, 142, 36, 1, 13, 3, "standard"},
    {"diabetes.h5", MUSTER_OK, 354, 88, 1, 10, 1, "standard"},
    {"letter.h5", MUSTER_OK, 16000, 4000, 1, 16, 26, "standard"},
    {"credit_g.h5", MUSTER_OK, 800, 200, 1, 61, 2, "standard"},
    {"adult.h5", MUSTER_OK, 32561, 16281, 1, 108, 2, "standard"},
    {"mnist.h5", MUSTER_OK, 60000, 10000, 3, 784, 10, "divide"},
    {"japanese_vowels.h5", MUSTER_OK, 270, 370, 2, 300, 9, "standard"},
    {"fsdd_logmel.h5", MUSTER_OK, 2700, 300, 2, 1536, 10, "standard"},
    {"sms_spam.h5", MUSTER_OK, 4459, 1115, 1, 32, 2, "none"},
    {"hpo_svm_grid.h5", MUSTER_OK, 1120, 280, 1, 3, 1, "standard"},
    {"hpo_lcbench.h5", MUSTER_OK, 1600, 400, 1, 7, 6, "standard"},
    {"kddcup10.h5", MUSTER_OK, 395217, 98804, 1, 121, 23, "standard"},
    {"pima.h5", MUSTER_OK, 614, 154, 1, 13, 2, "standard"},
    {"tinyshakespeare.h5", MUSTER_BAD_DATA, 0, 0, 0, 0, 0, "language_model"},
};

static void check_good(const struct real *real)
{
    struct muster_data *data = open_on(world, 1), *mine = open_on(alone, 1);
    const struct muster_data_info *info = muster_data_info(data);
    assert_int_equal(info->rows, real->rows);
    assert_int_equal(info->test_rows, real->test_rows);
    assert_int_equal(info->rank, real->rank);
    assert_int_equal(info->width, real->width);
    assert_int_equal(info->outputs, real->outputs);
    assert_string_equal(info->scale, real->scale);
    assert_true(info->hash == muster_data_info(mine)->hash);
    muster_data_close(&mine);
    muster_data_close(&data);
}

static void files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        snprintf(test_file, sizeof test_file, "%s/%s", getenv("MUSTER_DATA_DIR"), reals[i].name);
        struct muster_data_setup setup = setup_of(1);
        struct muster_data *data;
        if (reals[i].status == MUSTER_OK) {
            check_good(&reals[i]);
            continue;
        }
        assert_int_equal(muster_data_open(&setup, world, &data), reals[i].status);
        assert_non_null(strstr(muster_error_text(), reals[i].scale));
    }
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(files),
};

int main(int argc, char **argv)
{
    int level;
    if (getenv("MUSTER_DATA_DIR") == NULL)
        return 77;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
    int failed = cmocka_run_group_tests(tests, frame_setup, frame_teardown);
    if (failed || !balanced())
        MPI_Abort(MPI_COMM_WORLD, 1);
    MPI_Finalize();
    return 0;
}
