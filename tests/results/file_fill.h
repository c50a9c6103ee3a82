/* A result file with one of everything, as the round trip and check_h5py.py expect it. */
#ifndef FILE_FILL_H
#define FILE_FILL_H

#include <math.h>

#include "muster/results.h"

enum { FILL_N = 700, FILL_K = 5, FILL_E = 100 };

static const char *const fill_names[] = {"alpha", "", "größe", "日本"};

static inline float fill_curve(size_t i)
{
    return (float)(i % 977) / 8.0f;
}

static inline void fill_numbers(struct muster_file *file)
{
    const double f64[6] = {1.5, -0.0, NAN, INFINITY, 1e-310, 3};
    const float f32[6] = {0.5f, 1, 2, 3, 4, NAN};
    const int64_t i64[6] = {INT64_MIN, -1, 0, 1, 2, INT64_MAX};
    const uint8_t u8[24] = {0, 1, 255, 3};
    muster_file_array(file, "/types/f64", MUSTER_F64, 1, (size_t[]){6}, f64, true);
    muster_file_array(file, "/types/f32", MUSTER_F32, 2, (size_t[]){2, 3}, f32, true);
    muster_file_array(file, "/types/i64", MUSTER_I64, 1, (size_t[]){6}, i64, false);
    muster_file_array(file, "/types/u8", MUSTER_U8, 4, (size_t[]){2, 3, 2, 2}, u8, true);
    muster_file_array(file, "/best/trial", MUSTER_I64, 0, NULL, (int64_t[]){42}, false);
    muster_file_array(file, "/best/score", MUSTER_F64, 0, NULL, (double[]){0.975}, false);
    muster_file_array(file, "/empty/rows", MUSTER_F64, 2, (size_t[]){0, 5}, NULL, true);
    muster_file_strings(file, "/types/names", fill_names, 4);
    muster_file_strings(file, "/empty/names", NULL, 0);
    muster_file_group(file, "/empty/group/below");
    muster_file_group(file, "/empty/group");
}

/* Rows in blocks that do not fit the chunks, in changing order; the last 50 are never written. */
static inline void fill_curves(struct muster_file *file)
{
    const size_t row = FILL_K * FILL_E, block = 130;
    float *values = muster_alloc(block * row, sizeof *values);
    muster_file_stream_begin(file, "/curves/train_loss", 3, (size_t[]){FILL_N, FILL_K, FILL_E});
    muster_file_stream_begin(file, "/curves/valid_loss", 3, (size_t[]){FILL_N, FILL_K, FILL_E});
    muster_file_stream_begin(file, "/curves/none", 3, (size_t[]){0, FILL_K, FILL_E});
    for (size_t part = 5; part-- > 0 && values != NULL;) {
        for (size_t i = 0; i < block * row; i++)
            values[i] = fill_curve(part * block * row + i);
        muster_file_stream_rows(file, "/curves/train_loss", part * block, block, values);
        muster_file_stream_rows(file, "/curves/valid_loss", part * block, 1, values);
    }
    muster_free(values);
}

static inline void fill_large(struct muster_file *file)
{
    const size_t n = 300000;
    double *values = muster_alloc(n, sizeof *values);
    for (size_t i = 0; i < n && values != NULL; i++)
        values[i] = (double)i;
    muster_file_array(file, "/large/packed", MUSTER_F64, 2, (size_t[]){n / 3, 3}, values, true);
    muster_file_array(file, "/large/plain", MUSTER_F64, 1, (size_t[]){n}, values, false);
    muster_free(values);
}

static inline void fill_attrs(struct muster_file *file)
{
    enum { LONG = 200000 };
    char *text = muster_alloc(LONG + 1, 1);
    for (size_t i = 0; i < LONG && text != NULL; i++)
        text[i] = (char)('a' + i % 26);
    muster_file_attr_text(file, "/", "format", "muster-results");
    muster_file_attr_text(file, "/", "status", "running");
    muster_file_attr_text(file, "/", "status", "complete");
    muster_file_attr_text(file, "/", "empty", "");
    muster_file_attr_text(file, "/", "study", text == NULL ? "" : text);
    muster_file_attr_i64(file, "/", "seed", 7);
    muster_file_attr_f64(file, "/best", "train.learning_rate", 0.01);
    muster_file_attr_text(file, "/types/f64", "unit", "größe");
    muster_file_attr_text(file, "/new/group", "made", "yes");
    muster_free(text);
}

static inline void fill(struct muster_file *file)
{
    fill_numbers(file);
    fill_curves(file);
    fill_large(file);
    fill_attrs(file);
}

#endif
