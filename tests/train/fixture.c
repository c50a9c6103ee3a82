/* See fixture.h. */
#include "fixture.h"

#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "muster/par_mpi.h"
#include "muster/metrics.h"

struct muster_comm *world;

static char names[FIXTURES][64];
static const struct {
    hsize_t rows, columns;
} shapes[FIXTURES] = {{240, 5}, {200, 4}, {120, 30}, {200, 4}};

static double normal(enum fixture_data data, hsize_t i)
{
    return muster_random_normal(muster_stream_of(11, data, -1, MUSTER_FOR_NOISE), i);
}

static void put(hid_t file, const char *name, hid_t type, int rank, const hsize_t *dims,
                const void *values)
{
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(set);
    H5Sclose(space);
}

static void make_file(enum fixture_data data)
{
    enum { MOST = 240 * 30 };
    static float x[MOST], values[240];
    static int32_t classes[240], labels[MOST];
    hsize_t dims[2] = {shapes[data].rows, shapes[data].columns};
    for (hsize_t i = 0; i < dims[0]; i++) {
        classes[i] = (int32_t)(data == FIXTURE_BLOBS ? i % 3 : normal(data, 1000000 + i) > 0);
        values[i] = 1000.0f + 2.0f * (float)normal(data, 1000000 + i);
        for (hsize_t j = 0; j < dims[1]; j++) {
            float *at = &x[i * dims[1] + j];
            *at = (float)normal(data, i * dims[1] + j);
            values[i] += 300.0f * ((float)j - 1.0f) * *at;
            labels[i * dims[1] + j] = *at > 0;
            if (data == FIXTURE_BLOBS)
                *at += j == (hsize_t)classes[i] ? 4.0f : 0.0f;
        }
    }
    hid_t file = H5Fcreate(names[data], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    put(file, "/x", H5T_NATIVE_FLOAT, 2, dims, x);
    if (data == FIXTURE_LINEAR)
        put(file, "/y", H5T_NATIVE_FLOAT, 1, dims, values);
    else if (data == FIXTURE_LABELS)
        put(file, "/y", H5T_NATIVE_INT32, 2, dims, labels);
    else
        put(file, "/y", H5T_NATIVE_INT32, 1, dims, classes);
    H5Fclose(file);
}

static void for_files(void (*act)(enum fixture_data data))
{
    for (int data = 0; muster_comm_rank(world) == 0 && data < FIXTURES; data++)
        act((enum fixture_data)data);
    muster_barrier(world);
}

char fixture_folder[64];

static void remove_file(enum fixture_data data)
{
    unlink(names[data]);
}

int fixture_run(const struct CMUnitTest *tests, size_t n)
{
    int provided, pid = getpid();
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    if (muster_comm_create(MPI_COMM_WORLD, &world) != MUSTER_OK)
        return 1;
    setenv("CMOCKA_TEST_ABORT", "1", 1); /* a rank that fails must not leave the others waiting */
    muster_broadcast(world, &pid, sizeof pid, 0);
    for (int data = 0; data < FIXTURES; data++)
        snprintf(names[data], sizeof names[data], "/tmp/muster-train-%d-%d.h5", pid, data);
    snprintf(fixture_folder, sizeof fixture_folder, "/tmp/muster-train-%d.ckpt", pid);
    for_files(make_file);
    int failed = _cmocka_run_group_tests("train", tests, n, NULL, NULL);
    for_files(remove_file);
    muster_comm_destroy(&world);
    if (muster_memory_blocks() != 0 || muster_comm_live() != 0) {
        fprintf(stderr, "left over: %lld blocks, %lld communicators\n",
                (long long)muster_memory_blocks(), (long long)muster_comm_live());
        failed++;
    }
    MPI_Finalize();
    return failed;
}

/* Every table of the rooms in use, as cli concatenates them. */
static const struct muster_catalog *catalog(void)
{
    static const struct muster_option *data[] = {muster_data_options};
    static const struct muster_option *validate[] = {muster_validate_options, muster_metric_options,
                                                     muster_metric_bounds};
    static const struct muster_option shards[] = {
        {.name = "shards", .type = MUSTER_INT, .standard = "1", .low = 1, .high = 4096},
        {.type = MUSTER_END}};
    static const struct muster_option *parallel[] = {shards};
    static const struct muster_option *train[32] = {muster_train_options};
    static struct muster_section sections[] = {
        {.name = "data", .n_tables = 1, .tables = data},
        {.name = "validate", .n_tables = 3, .tables = validate},
        {.name = "parallel", .n_tables = 1, .tables = parallel},
        {.name = "train", .tables = train, .tunable = true}};
    static const struct muster_catalog whole = {
        .layers = &muster_nn_layers, .n_sections = 4, .sections = sections};
    const struct muster_registry *plugins[] = {&muster_nn_losses, &muster_nn_optimizers,
                                               &muster_nn_schedules};
    size_t n = 1;
    for (size_t r = 0; r < 3; r++)
        for (size_t i = 0; i < plugins[r]->n; i++)
            if (plugins[r]->items[i]->options != NULL)
                train[n++] = plugins[r]->items[i]->options;
    sections[3].n_tables = n;
    return &whole;
}

enum muster_status fixture_parse(enum fixture_data data, const char *rest,
                                 struct muster_study **study)
{
    return fixture_parse_with(data, "", rest, study);
}

enum muster_status fixture_parse_with(enum fixture_data data, const char *more, const char *rest,
                                      struct muster_study **study)
{
    char *text = data < FIXTURES ? muster_format("seed: 3\ndata: {file: %s, test: 0.2%s}\n%s",
                                                 names[data], more, rest)
                                 : muster_format("seed: 3\n\n%s", rest);
    enum muster_status status =
        muster_study_parse(text, "/tmp/test.yaml", NULL, 0, catalog(), study);
    if (status != MUSTER_OK)
        fprintf(stderr, "%s\n", muster_error_text());
    muster_free(text);
    return status;
}

struct fixture fixture_make(enum fixture_data data, const char *rest)
{
    return fixture_make_with(data, "", rest);
}

struct fixture fixture_make_with(enum fixture_data data, const char *more, const char *rest)
{
    struct fixture made = {0};
    assert_int_equal(fixture_parse_with(data, more, rest, &made.study), MUSTER_OK);
    if (muster_trainer_create(made.study, world, &made.trainer) != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    return made;
}

void fixture_free(struct fixture *fixture)
{
    muster_trainer_destroy(&fixture->trainer);
    muster_study_destroy(&fixture->study);
}

struct muster_result fixture_result(const struct muster_trainer *trainer)
{
    struct muster_result result;
    assert_int_equal(muster_result_create(&result, muster_trainer_folds(trainer),
                                          muster_trainer_metrics(trainer),
                                          muster_trainer_epochs(trainer)),
                     MUSTER_OK);
    return result;
}

struct muster_step fixture_step(int64_t trial, const double *x)
{
    return (struct muster_step){
        .id = trial, .trial = trial, .to_epoch = -1, .n_folds = -1, .threshold = NAN, .x = x};
}

struct muster_pack fixture_pack(const struct fixture *fixture, struct muster_comm *group,
                                struct muster_step step)
{
    struct muster_pack pack = {0};
    if (group == NULL)
        return pack;
    struct muster_result result = fixture_result(fixture->trainer);
    if (muster_trainer_run(fixture->trainer, group, &step, NULL, &result) != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    if (muster_comm_rank(group) == 0)
        muster_result_pack(&result, &pack);
    muster_result_clear(&result);
    return pack;
}
