/* Preparation of the inputs: what fills gaps, a shift and a scale per column of numbers, fitted on
 * given rows and on nothing else; scales of filled values, as in scikit-learn's pipeline of
 * SimpleImputer and scaler.
 *
 * A table has a mean and a scale a column; a sequence one a channel, over the used steps of all
 * rows; an image one a channel, over the pixels of all rows (as torchvision's Normalize). */
#include <math.h>
#include <string.h>

#include "data/prep_impl.h"

const double *data_widened(const struct data_sample *sample, size_t i, size_t *n)
{
    const struct muster_data *data = sample->data;
    const struct data_numbers *numbers = &data_numbers[data->head.kind];
    const size_t *plain = data->columns.plain;
    *n = data->columns.encoded ? sample->width
                               : data_used(&data->head, data->lengths, (size_t)sample->rows[i]);
    numbers->widen(data_row(data, (size_t)sample->rows[i]), data->head.width, sample->raw);
    if (!data->columns.encoded)
        return sample->raw;
    for (size_t k = 0; k < sample->width; k++) {
        double value = sample->raw[plain[k]];
        sample->row[k] = isnan(value) && sample->fill != NULL ? sample->fill[k] : value;
    }
    return sample->row;
}

size_t data_column(const struct data_sample *sample, size_t k, double *values)
{
    const struct muster_data *data = sample->data;
    const struct data_numbers *numbers = &data_numbers[data->head.kind];
    const bool encoded = data->columns.encoded;
    size_t column = encoded ? data->columns.plain[k] : k, n = 0;
    for (size_t i = 0; i < sample->n; i++) {
        size_t row = (size_t)sample->rows[i];
        const char *numbers_of_row = data_row(data, row);
        size_t used = encoded ? column + 1 : data_used(&data->head, data->lengths, row);
        for (size_t j = column; j < used; j += sample->width) {
            numbers->widen(numbers_of_row + j * numbers->size, 1, &values[n]);
            n += isnan(values[n]) ? 0 : 1;
        }
    }
    return n;
}

/* What the gather reads, in the type it computes in. */
static enum muster_status make_constants(struct muster_prep *prep, bool single)
{
    prep->shift = muster_alloc(prep->width, single ? sizeof(float) : sizeof(double));
    prep->factor = muster_alloc(prep->width, single ? sizeof(float) : sizeof(double));
    if (prep->shift == NULL || prep->factor == NULL)
        return MUSTER_NO_MEMORY;
    for (size_t j = 0; j < prep->width; j++) {
        double shift = prep->mean[j], factor = 1 / prep->scale[j];
        if (single) {
            ((float *)prep->shift)[j] = (float)shift;
            ((float *)prep->factor)[j] = (float)factor;
        } else {
            ((double *)prep->shift)[j] = shift;
            ((double *)prep->factor)[j] = factor;
        }
    }
    return MUSTER_OK;
}

/* What a filled number leaves the gather as: the bits that it would have had in the file. */
static enum muster_status make_filled(const struct data_sample *sample, bool single,
                                      struct muster_prep *prep)
{
    enum muster_status status = MUSTER_OK;
    const struct data_columns *columns = &sample->data->columns;
    MUSTER_NEW(prep->fill, columns->info.n);
    MUSTER_NEW(prep->filled, sample->width);
    for (size_t j = 0; j < columns->info.n; j++)
        prep->fill[j] = NAN;
    for (size_t k = 0; k < sample->width; k++) {
        double fill = sample->fill[k];
        prep->fill[columns->plain[k]] = fill;
        if (single)
            prep->filled[k] =
                ((float)fill - ((float *)prep->shift)[k]) * ((float *)prep->factor)[k];
        else
            prep->filled[k] =
                (float)((fill - ((double *)prep->shift)[k]) * ((double *)prep->factor)[k]);
    }
done:
    return status;
}

static enum muster_status fit(struct data_sample *sample, double *fill, struct muster_prep *prep)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_data *data = sample->data;
    const bool single = data_numbers[data->head.kind].single;
    MUSTER_NEW(prep->mean, prep->width);
    MUSTER_NEW(prep->scale, prep->width);
    if (data->columns.encoded) {
        MUSTER_TRY(data_fit_fill(sample, fill));
        sample->fill = fill;
    }
    if (sample->width > 0) /* not a table of codes alone */
        MUSTER_TRY(data_fit_scale(sample, prep->mean, prep->scale));
    for (size_t j = sample->width; j < prep->width && !data->columns.encoded; j++) {
        prep->mean[j] = prep->mean[j - sample->width];
        prep->scale[j] = prep->scale[j - sample->width];
    }
    for (size_t j = 0; j < prep->width; j++)
        prep->scale[j] = prep->scale[j] > 0 ? prep->scale[j] : 1;
    MUSTER_TRY(make_constants(prep, single));
    if (data->columns.encoded)
        MUSTER_TRY(make_filled(sample, single, prep));
done:
    return status;
}

/* Numbers of a row that have a mean and a scale each: columns, or channels. */
static size_t apart(const struct muster_data *data)
{
    const struct data_header *head = &data->head;
    if (data->columns.encoded)
        return data->columns.plain_n;
    if (head->rank == 1)
        return head->width;
    return head->rank == 3 ? head->dims[2] : head->image ? 1 : head->dims[1];
}

/* Of one input. */
static enum muster_status fit_one(const struct muster_data *data, const int64_t *rows, size_t n,
                                  struct muster_prep **out)
{
    enum muster_status status = MUSTER_OK;
    struct data_sample sample = {.data = data, .rows = rows, .n = n, .width = apart(data)};
    struct muster_prep *prep = NULL;
    double *fill = NULL;
    *out = NULL;
    MUSTER_NEW(prep, 1);
    prep->width = prep->apart = data->info.width;
    sample.repeats = data->head.rank > 1 ? data->head.width / sample.width : 1;
    MUSTER_NEW(sample.raw, data->head.width);
    MUSTER_NEW(sample.row, sample.width);
    MUSTER_NEW(fill, sample.width);
    MUSTER_TRY(fit(&sample, fill, prep));
    status = data_stream_status(data->stream);
done:
    muster_free(fill);
    muster_free(sample.row);
    muster_free(sample.raw);
    if (status != MUSTER_OK)
        muster_prep_destroy(&prep);
    *out = prep;
    return status;
}

enum muster_status muster_prep_fit(const struct muster_data *data, const int64_t *rows, size_t n,
                                   struct muster_prep **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_prep *prep = NULL;
    *out = NULL;
    if (data->n_parts == 0)
        return fit_one(data, rows, n, out);
    MUSTER_NEW(prep, 1);
    MUSTER_NEW(prep->parts, data->n_parts);
    prep->n_parts = data->n_parts;
    for (size_t i = 0; i < prep->n_parts; i++) {
        MUSTER_TRY(fit_one(data->parts[i].data, rows, n, &prep->parts[i]));
        prep->parts[i]->apart = data->info.width;
    }
done:
    if (status != MUSTER_OK)
        muster_prep_destroy(&prep);
    *out = prep;
    return status;
}

enum muster_status data_restore_prep(const struct muster_data *data,
                                     const struct muster_input *input, struct muster_prep **out)
{
    enum muster_status status = MUSTER_OK;
    const struct data_columns *columns = &data->columns;
    const bool single = data_numbers[data->head.kind].single;
    struct data_sample sample = {.data = data, .width = columns->plain_n};
    struct muster_prep *prep = NULL;
    double *fill = NULL;
    *out = NULL;
    MUSTER_NEW(prep, 1);
    prep->width = input->width;
    prep->apart = input->apart > 0 ? input->apart : input->width;
    MUSTER_NEW(prep->mean, prep->width);
    MUSTER_NEW(prep->scale, prep->width);
    memcpy(prep->mean, input->mean, prep->width * sizeof *prep->mean);
    memcpy(prep->scale, input->scale, prep->width * sizeof *prep->scale);
    MUSTER_TRY(make_constants(prep, single));
    MUSTER_NEW(fill, columns->plain_n);
    for (size_t k = 0; k < columns->plain_n; k++)
        fill[k] = input->fill[columns->plain[k]];
    sample.fill = fill;
    if (columns->encoded)
        MUSTER_TRY(make_filled(&sample, single, prep));
done:
    muster_free(fill);
    if (status != MUSTER_OK)
        muster_prep_destroy(&prep);
    *out = prep;
    return status;
}

void muster_prep_destroy(struct muster_prep **prep)
{
    if (*prep != NULL) {
        for (size_t i = 0; i < (*prep)->n_parts; i++)
            muster_prep_destroy(&(*prep)->parts[i]);
        muster_free((*prep)->parts);
        muster_free((*prep)->mean);
        muster_free((*prep)->scale);
        muster_free((*prep)->fill);
        muster_free((*prep)->filled);
        muster_free((*prep)->shift);
        muster_free((*prep)->factor);
        muster_free(*prep);
        *prep = NULL;
    }
}

const struct muster_prep *muster_prep_input(const struct muster_prep *prep, size_t i)
{
    return prep->n_parts > 0 ? prep->parts[i] : prep;
}

const double *muster_prep_mean(const struct muster_prep *prep)
{
    return prep->mean;
}

const double *muster_prep_scale(const struct muster_prep *prep)
{
    return prep->scale;
}

const double *muster_prep_fill(const struct muster_prep *prep)
{
    return prep->fill;
}

void data_gather(const struct muster_data *data, const struct muster_prep *prep,
                 const int64_t *rows, size_t n, float *out)
{
    const struct data_numbers *numbers = &data_numbers[data->head.kind];
    if (data->stream != NULL)
        data_stream_gather(data, prep, rows, n, out);
    else
        (data->columns.encoded ? numbers->encode : numbers->gather)(data, prep, rows, n, out);
}

void muster_prep_gather(const struct muster_data *data, const struct muster_prep *prep,
                        const int64_t *rows, size_t n, float *out)
{
    if (data->n_parts == 0)
        data_gather(data, prep, rows, n, out);
    for (size_t i = 0; i < data->n_parts; i++) {
        const struct data_part *part = &data->parts[i];
        data_gather(part->data, prep->parts[i], rows, n, out + part->at);
    }
}
