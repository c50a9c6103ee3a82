/* What bench_train trains on: the digits data, stratified folds of it, a list of configurations. */
#ifndef MUSTER_BENCH_TRAIN_LOAD_H
#define MUSTER_BENCH_TRAIN_LOAD_H

#include "bench.h"

#include <cjson/cJSON.h>
#include <hdf5.h>

enum { FOLDS = 3, CLASSES = 10, MOST_CONFIGS = 1000, MOST_REPEATS = 25 };

struct pair {
    double rate;
    size_t batch;
};

struct fold {
    size_t n_train, n_valid;
    int64_t *train; /* owned: rows, reordered every epoch */
    float *valid_x;
    int32_t *valid_y;
};

struct bench {
    struct yardstick yard;
    const char *data, *list;
    size_t configs, epochs, repeat, peer;
    size_t rows, width;
    float *x;   /* [rows][width], 0..1 */
    int32_t *y; /* [rows] */
    struct fold folds[FOLDS];
    struct pair pairs[MOST_CONFIGS];
};

/* A whole dataset as `type`; its rows, and numbers a row. */
static void *read_dataset(const char *file, const char *path, hid_t type, size_t *rows,
                          size_t *width)
{
    hid_t handle = H5Fopen(file, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t set = handle >= 0 ? H5Dopen2(handle, path, H5P_DEFAULT) : -1;
    if (set < 0)
        fail("cannot read", file);
    hid_t space = H5Dget_space(set);
    hsize_t dims[8] = {0};
    H5Sget_simple_extent_dims(space, dims, NULL);
    *rows = (size_t)dims[0];
    *width = (size_t)H5Sget_simple_extent_npoints(space) / *rows;
    void *values = array(*rows * *width, H5Tget_size(type));
    if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        fail("cannot read", path);
    H5Sclose(space);
    H5Dclose(set);
    H5Fclose(handle);
    return values;
}

/* Row i is the c-th of its class: fold c mod 3. */
static void make_folds(struct bench *b)
{
    size_t seen[CLASSES] = {0};
    for (size_t k = 0; k < FOLDS; k++)
        b->folds[k] = (struct fold){.train = array(b->rows, sizeof(int64_t)),
                                    .valid_x = array(b->rows * b->width, sizeof(float)),
                                    .valid_y = array(b->rows, sizeof(int32_t))};
    for (size_t i = 0; i < b->rows; i++) {
        size_t mine = seen[b->y[i]]++ % FOLDS;
        for (size_t k = 0; k < FOLDS; k++) {
            struct fold *fold = &b->folds[k];
            if (k != mine) {
                fold->train[fold->n_train++] = (int64_t)i;
                continue;
            }
            memcpy(fold->valid_x + fold->n_valid * b->width, b->x + i * b->width,
                   b->width * sizeof *b->x);
            fold->valid_y[fold->n_valid++] = b->y[i];
        }
    }
}

static void read_data(struct bench *b)
{
    size_t n, one;
    b->x = read_dataset(b->data, "/x", H5T_NATIVE_FLOAT, &b->rows, &b->width);
    b->y = read_dataset(b->data, "/y", H5T_NATIVE_INT32, &n, &one);
    if (n != b->rows || one != 1)
        fail("/x and /y do not match in", b->data);
    for (size_t i = 0; i < b->rows; i++)
        if (b->y[i] < 0 || b->y[i] >= CLASSES)
            fail("labels are not 0..9 in", b->data);
    for (size_t i = 0; i < b->rows * b->width; i++)
        b->x[i] /= 16;
    make_folds(b);
}

static void read_list(struct bench *b)
{
    static char text[1 << 20];
    FILE *file = fopen(b->list, "r");
    if (file == NULL)
        fail("cannot read", b->list);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    cJSON *root = cJSON_Parse(text);
    const cJSON *item, *list = cJSON_GetObjectItem(root, "configs");
    size_t n = 0;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *rate = cJSON_GetObjectItem(item, "learning_rate_init");
        const cJSON *batch = cJSON_GetObjectItem(item, "batch_size");
        if (n < MOST_CONFIGS && rate != NULL && batch != NULL && batch->valueint > 0)
            b->pairs[n++] = (struct pair){rate->valuedouble, (size_t)batch->valueint};
    }
    cJSON_Delete(root);
    if (n == 0)
        fail("no configurations in", b->list);
    if (b->configs > n)
        b->configs = n;
}

static void close_load(struct bench *b)
{
    for (size_t k = 0; k < FOLDS; k++) {
        muster_free(b->folds[k].train);
        muster_free(b->folds[k].valid_x);
        muster_free(b->folds[k].valid_y);
    }
    muster_free(b->x);
    muster_free(b->y);
}

#endif
