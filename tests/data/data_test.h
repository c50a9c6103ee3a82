/* The frame of a data test: MPI, one communicator of all ranks and one of this rank alone, a file
 * that rank 0 writes with serial HDF5, and the balance of memory at the end. A rank whose test
 * failed takes the job with it. */
#ifndef DATA_TEST_H
#define DATA_TEST_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hdf5.h>

#include "../unit.h"
#include "muster/data.h"
#include "muster/par_mpi.h"

static struct muster_comm *world, *alone;
/* What tests open; own_file unless a test points it elsewhere. Only own_file is ever removed: a
 * test that fails half-way must not take a file of the user's with it. */
static char test_file[256], own_file[256];
static struct muster_block data_block, validate_block;

/* ---- writing ------------------------------------------------------------------------------- */

struct dataset {
    const char *path;
    hid_t stored, memory;
    int rank;
    hsize_t dims[6];
    hsize_t chunk; /* rows, compressed; 0: contiguous */
    const void *values;
};

static inline hid_t file_create(void)
{
    return H5Fcreate(own_file, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
}

static inline void file_put(hid_t file, const struct dataset *d)
{
    hid_t space = d->rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(d->rank, d->dims, NULL);
    hid_t link = H5Pcreate(H5P_LINK_CREATE), create = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk[6];
    memcpy(chunk, d->dims, sizeof chunk);
    chunk[0] = d->chunk;
    H5Pset_create_intermediate_group(link, 1);
    if (d->chunk > 0) {
        H5Pset_chunk(create, d->rank, chunk);
        H5Pset_shuffle(create);
        H5Pset_deflate(create, 4);
    }
    hid_t set = H5Dcreate2(file, d->path, d->stored, space, link, create, H5P_DEFAULT);
    if (d->values != NULL)
        H5Dwrite(set, d->memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, d->values);
    H5Dclose(set);
    H5Pclose(create);
    H5Pclose(link);
    H5Sclose(space);
}

static inline void file_put_text(hid_t file, const char *object, const char *name,
                                 const char *value)
{
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(value)); /* NUL-padded without a NUL, as h5py does */
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    hid_t attribute =
        H5Acreate_by_name(file, object, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, type, value);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

/* The file is there for every rank when this returns. */
static inline void file_close(hid_t file)
{
    if (file >= 0)
        H5Fclose(file);
    muster_barrier(world);
}

static inline bool is_root(void)
{
    return muster_comm_rank(world) == 0;
}

/* x [n, d] of floats and y [n] of int32, contiguous: what most tests need. */
static inline void file_table(const float *x, const int32_t *y, hsize_t n, hsize_t d)
{
    hid_t file = is_root() ? file_create() : -1;
    if (is_root()) {
        file_put(file, &(struct dataset){"/x", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, {n, d}, 0, x});
        file_put(file, &(struct dataset){"/y", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {n}, 0, y});
    }
    file_close(file);
}

/* ---- opening ------------------------------------------------------------------------------- */

static inline struct muster_data_setup setup_of(uint64_t seed)
{
    return (struct muster_data_setup){&data_block, test_file, seed};
}

static inline void set_number(struct muster_block *block, const char *name, double value)
{
    muster_block_set(block, name, value, NULL);
}

static inline void set_word(struct muster_block *block, const char *name, const char *word)
{
    muster_block_set(block, name, NAN, word);
}

static inline struct muster_data *open_on(struct muster_comm *comm, uint64_t seed)
{
    struct muster_data_setup setup = setup_of(seed);
    struct muster_data *data;
    enum muster_status status = muster_data_open(&setup, comm, &data);
    if (status != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    return data;
}

static inline struct muster_folds *folds_of(const struct muster_data *data, uint64_t seed)
{
    struct muster_folds *folds;
    if (muster_folds_create(data, &validate_block, seed, &folds) != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    return folds;
}

/* ---- frame --------------------------------------------------------------------------------- */

static inline int fresh_blocks(void **state)
{
    static const struct muster_plugin data = {.name = "data", .options = muster_data_options};
    static const struct muster_plugin validate = {.name = "validate",
                                                  .options = muster_validate_options};
    (void)state;
    muster_error_clear();
    return muster_block_default(&data, &data_block) ||
           muster_block_default(&validate, &validate_block);
}

static inline int drop_blocks(void **state)
{
    (void)state;
    muster_block_clear(&data_block);
    muster_block_clear(&validate_block);
    if (is_root())
        remove(own_file);
    snprintf(test_file, sizeof test_file, "%s", own_file);
    muster_barrier(world);
    return 0;
}

static inline int frame_setup(void **state)
{
    (void)state;
    const char *folder = getenv("TMPDIR");
    int64_t pid = getpid();
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    if (muster_comm_create(MPI_COMM_WORLD, &world) != MUSTER_OK ||
        muster_comm_split(world, muster_comm_rank(world), &alone) != MUSTER_OK ||
        muster_broadcast(world, &pid, sizeof pid, 0) != MUSTER_OK)
        return -1;
    snprintf(own_file, sizeof own_file, "%s/muster-data-%lld.h5", folder != NULL ? folder : "/tmp",
             (long long)pid);
    snprintf(test_file, sizeof test_file, "%s", own_file);
    return 0;
}

static inline int frame_teardown(void **state)
{
    (void)state;
    muster_comm_destroy(&alone);
    muster_comm_destroy(&world);
    return 0;
}

/* Asked after the tests: cmocka does not count a group's teardown that fails. */
static inline bool balanced(void)
{
    if (muster_comm_live() == 0 && muster_memory_blocks() == 0)
        return true;
    fprintf(stderr, "left over: %lld blocks, %lld communicators\n",
            (long long)muster_memory_blocks(), (long long)muster_comm_live());
    return false;
}

#define DATA_TEST(name) cmocka_unit_test_setup_teardown(name, fresh_blocks, drop_blocks)

#define DATA_TEST_MAIN(tests)                                                    \
    int main(int argc, char **argv)                                              \
    {                                                                            \
        int level;                                                               \
        MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);              \
        int failed = cmocka_run_group_tests(tests, frame_setup, frame_teardown); \
        if (failed || !balanced())                                               \
            MPI_Abort(MPI_COMM_WORLD, 1);                                        \
        MPI_Finalize();                                                          \
        return 0;                                                                \
    }

#endif
