/* What becomes of the columns of a table: where numbers, levels and indicators of gaps go in a row
 * of the gather, and what the columns there are called. */
#include <math.h>
#include <string.h>

#include "data/data_impl.h"

/* missing[j] of n rows, of which each rank looks at its share. */
static enum muster_status count_gaps(const struct muster_data *data, const int64_t *rows, size_t n,
                                     struct muster_comm *comm, double *missing)
{
    enum muster_status status = MUSTER_OK;
    const struct data_numbers *numbers = &data_numbers[data->head.kind];
    const size_t width = data->head.width;
    const struct data_share share = data_share(comm, n);
    double *row = muster_alloc(width, sizeof *row);
    MUSTER_TRY(muster_agree(comm, row != NULL ? MUSTER_OK : MUSTER_NO_MEMORY));
    for (size_t i = share.first; i < share.end; i++) {
        numbers->widen(data_row(data, (size_t)rows[i]), width, row);
        for (size_t j = 0; j < width; j++)
            missing[j] += isnan(row[j]);
    }
    MUSTER_TRY(muster_reduce_sum(comm, missing, width));
done:
    muster_free(row);
    return status;
}

/* The places of each sort of column, and the width of a row once they are laid out. */
enum muster_status data_place_columns(struct data_columns *columns)
{
    enum muster_status status = MUSTER_OK;
    const size_t n = columns->info.n;
    MUSTER_NEW(columns->plain, n);
    MUSTER_NEW(columns->coded, n);
    MUSTER_NEW(columns->gapped, n);
    MUSTER_NEW(columns->first, n);
    MUSTER_NEW(columns->kept, n);
    MUSTER_NEW(columns->embedded, n);
    for (size_t j = 0; j < n; j++) {
        if (columns->levels[j] == 0)
            columns->plain[columns->plain_n++] = j;
        else if (columns->levels[j] <= (int64_t)columns->info.one_hot)
            columns->coded[columns->coded_n++] = j;
        else {
            columns->embedded[columns->info.n_codes] = columns->levels[j];
            columns->kept[columns->info.n_codes++] = j;
        }
        if (columns->gaps[j])
            columns->gapped[columns->gaps_n++] = j;
    }
    size_t width = columns->plain_n;
    for (size_t k = 0; k < columns->coded_n; k++) {
        columns->first[k] = width;
        width += (size_t)columns->levels[columns->coded[k]];
    }
    columns->info.embedded = columns->embedded;
    columns->info.width = width + columns->gaps_n + columns->info.n_codes;
done:
    return status;
}

static char *name_of(const struct muster_data *data, size_t column, const char *end)
{
    if (data->feature_names != NULL)
        return muster_format("%s%s", data->feature_names[column], end);
    return muster_format("x%zu%s", column, end);
}

static enum muster_status name(struct muster_data *data)
{
    enum muster_status status = MUSTER_OK;
    struct data_columns *columns = &data->columns;
    struct muster_field hot;
    size_t at = 0;
    MUSTER_NEW(columns->names, columns->info.width);
    for (size_t k = 0; k < columns->plain_n; k++)
        columns->names[at++] = name_of(data, columns->plain[k], "");
    if (!muster_pack_find(data->names, data->names_bytes, "hot", &hot))
        hot = (struct muster_field){0}; /* no codes */
    const char *level = hot.data;
    for (size_t k = 0; k < hot.count; k++, level += strlen(level) + 1)
        columns->names[at++] = muster_strdup(level);
    for (size_t k = 0; k < columns->gaps_n; k++)
        columns->names[at++] = name_of(data, columns->gapped[k], " missing");
    for (size_t k = 0; k < columns->info.n_codes; k++)
        columns->names[at++] = name_of(data, columns->kept[k], "");
    for (size_t k = 0; k < at; k++)
        status = columns->names[k] != NULL ? status : MUSTER_NO_MEMORY;
    columns->info.names = (const char *const *)columns->names;
done:
    return status;
}

static void warn_of_empty(const struct muster_data *data, const char *file, const double *missing)
{
    for (size_t j = 0; j < data->head.width; j++) {
        if (data->columns.levels[j] == 0 && missing[j] >= (double)data->info.rows)
            muster_log(MUSTER_WARNINGS,
                       "%s: column %zu%s%s of the inputs has no value in any row for training "
                       "(it is filled with 0)",
                       file, j, data->feature_names != NULL ? ", " : "",
                       data->feature_names != NULL ? data->feature_names[j] : "");
    }
}

/* A table with neither gaps nor codes is gathered as it stands. */
static enum muster_status lay(struct muster_data *data, const char *file, const double *missing,
                              const double *missing_in_test)
{
    enum muster_status status = MUSTER_OK;
    struct data_columns *columns = &data->columns;
    columns->encoded = data->head.coded;
    for (size_t j = 0; j < data->head.width; j++) {
        columns->gaps[j] = missing[j] > 0;
        columns->encoded = columns->encoded || missing[j] > 0 || missing_in_test[j] > 0;
    }
    if (!columns->encoded)
        return MUSTER_OK;
    columns->info.gaps = columns->gaps;
    columns->info.levels = columns->levels;
    columns->info.one_hot = data->head.one_hot;
    MUSTER_TRY(data_place_columns(columns));
    MUSTER_TRY(name(data));
    warn_of_empty(data, file, missing);
    data->info.width = data->info.dims[0] = columns->info.width;
done:
    return status;
}

enum muster_status data_lay_columns(struct muster_data *data, const char *file,
                                    struct muster_comm *comm)
{
    enum muster_status status = MUSTER_OK;
    const struct data_header *head = &data->head;
    const bool real = head->kind == DATA_F32 || head->kind == DATA_F64;
    double *missing = NULL;
    if (head->rank > 1 || head->tokens || head->bare)
        return MUSTER_OK;
    data->columns.info.n = head->width;
    data->columns.gaps = muster_alloc(head->width, sizeof *data->columns.gaps);
    missing = muster_alloc(head->width, 2 * sizeof *missing);
    status = data->columns.gaps != NULL && missing != NULL ? MUSTER_OK : MUSTER_NO_MEMORY;
    MUSTER_TRY(muster_agree(comm, status));
    if (real) {
        MUSTER_TRY(count_gaps(data, data->rows, data->info.rows, comm, missing));
        MUSTER_TRY(
            count_gaps(data, data->test_rows, data->info.test_rows, comm, missing + head->width));
    }
    MUSTER_TRY(muster_agree(comm, lay(data, file, missing, missing + head->width)));
done:
    muster_free(missing);
    return status;
}

void data_clear_columns(struct data_columns *columns)
{
    for (size_t k = 0; columns->names != NULL && k < columns->info.width; k++)
        muster_free(columns->names[k]);
    muster_free(columns->names);
    muster_free(columns->plain);
    muster_free(columns->coded);
    muster_free(columns->gapped);
    muster_free(columns->first);
    muster_free(columns->kept);
    muster_free(columns->embedded);
    muster_free(columns->levels);
    muster_free(columns->gaps);
}
