/* What values may stand in a data file: each slab of rows that was read is looked at by the rank
 * that read it, and put into its room. The first wrong value is named with row and column. */
#include <float.h>
#include <math.h>

#include "data/data_impl.h"

/* "FILE: /x row 5, column 2 (both from 0)" and what is wrong with value i of the slab. */
static enum muster_status wrong_value(const struct data_slab *slab, size_t i, double value,
                                      const char *complaint)
{
    char number[32];
    return muster_error(MUSTER_BAD_DATA, "%s: %s row %zu, column %zu (both from 0): %s %s",
                        slab->file, slab->path, slab->first + i / slab->width, i % slab->width,
                        muster_number_text(value, number), complaint);
}

/* NaN is a gap, which tables may have. */
static const char *number_complaint(double value, bool gaps, bool filled)
{
    if (isnan(value) && !filled)
        return "is missing (there was no gap in what the preparation was fitted on: fill it in the "
               "file)";
    if (isnan(value))
        return gaps ? NULL
                    : "is missing (only tables may have gaps: fill them in the file, for example "
                      "with the mean)";
    if (isinf(value))
        return "is infinite (finite numbers are needed)";
    return fabs(value) > FLT_MAX ? "is too large (below 3.4e38, the range of single precision)"
                                 : NULL;
}

static const char *code_complaint(double code, int64_t levels, bool stored)
{
    if (isnan(code) || (code >= 0 && code < (double)levels && code == floor(code)))
        return NULL;
    if (stored)
        return "is no code of this categorical column (whole numbers from 0, below the levels that "
               "the model knows; NaN for another one)";
    return "is no code of this categorical column (whole numbers from 0, below its number of "
           "levels; data.categorical: none reads numbers)";
}

/* Tokens leave the gather as floats, which hold whole numbers up to 2^24. */
static const char *token_complaint(double token, size_t vocabulary)
{
    if (!(token >= 0 && token < 0x1p24 && token == floor(token)))
        return "is no token (whole numbers from 0, below 2^24)";
    return vocabulary > 0 && token >= (double)vocabulary
               ? "is beyond the vocabulary (tokens are 0 .. its size - 1)"
               : NULL;
}

enum muster_status data_check_inputs(const struct data_header *head, const struct data_slab *slab,
                                     struct data_room *room)
{
    enum muster_status status = MUSTER_OK;
    const struct data_numbers *numbers = &data_numbers[slab->kind];
    const bool gaps = head->rank == 1 && !head->tokens;
    double *row = NULL;
    if (slab->kind != DATA_F32 && slab->kind != DATA_F64 && !head->coded && !head->tokens)
        return MUSTER_OK;
    MUSTER_NEW(row, slab->width);
    for (size_t i = 0; i < slab->n; i++) {
        const size_t used = data_used(head, slab->lengths, i);
        numbers->widen(slab->bytes + i * slab->width * numbers->size, used, row);
        for (size_t j = 0; j < used; j++) {
            const char *complaint = head->tokens ? token_complaint(row[j], head->vocabulary)
                                    : head->coded && room->levels[j] > 0
                                        ? code_complaint(row[j], room->levels[j], room->stored)
                                        : number_complaint(row[j], gaps, !room->whole);
            if (complaint != NULL)
                MUSTER_TRY(wrong_value(slab, i * slab->width + j, row[j], complaint));
            room->top_token = row[j] > room->top_token ? row[j] : room->top_token;
        }
    }
done:
    muster_free(row);
    return status;
}

/* A label is a whole number from 0, below the classes that the file names. */
static const char *label_complaint(double label, size_t declared)
{
    if (isnan(label))
        return "is no number";
    if (label != floor(label) || isinf(label))
        return "is not a label (whole numbers from 0; data.task: regression for amounts)";
    if (label < 0)
        return "is negative (labels are 0 .. classes - 1)";
    if ((declared > 0 && label >= (double)declared) || label >= INT32_MAX)
        return "is beyond the number of classes (labels are 0 .. classes - 1)";
    return NULL;
}

static const char *target_complaint(double value)
{
    return isnan(value) ? "is no number" : number_complaint(value, false, true);
}

static const char *flag_complaint(double flag)
{
    if (flag == 0 || flag == 1)
        return NULL;
    return "says of a label neither 0 nor 1 (whether the row has it; data.task: regression takes "
           "several numbers a row)";
}

/* Rows of the test part stand behind the others. */
static size_t place_of(const struct data_header *head, const struct data_slab *slab)
{
    return (slab->part == DATA_TEST ? head->rows[DATA_TRAIN] : 0) + slab->first;
}

/* -1: the step has no target, as those behind the used ones, whatever stands there. */
static enum muster_status take_next_tokens(const struct data_header *head,
                                           const struct data_slab *slab, struct data_room *room)
{
    const struct data_numbers *numbers = &data_numbers[slab->kind];
    const size_t first = place_of(head, slab);
    for (size_t i = 0; i < slab->n; i++) {
        int32_t *to = room->classes + (first + i) * slab->width;
        const size_t used = data_used(head, room->lengths, first + i);
        for (size_t s = 0; s < slab->width; s++) {
            double value = -1;
            if (s < used)
                numbers->widen(slab->bytes + (i * slab->width + s) * numbers->size, 1, &value);
            const char *complaint = value == -1 ? NULL : token_complaint(value, head->vocabulary);
            if (complaint != NULL)
                return wrong_value(slab, i * slab->width + s, value, complaint);
            to[s] = (int32_t)value;
            room->top_token = value > room->top_token ? value : room->top_token;
        }
    }
    return MUSTER_OK;
}

enum muster_status data_take_targets(const struct data_header *head, const struct data_slab *slab,
                                     struct data_room *room)
{
    const struct data_numbers *numbers = &data_numbers[slab->kind];
    const size_t before = place_of(head, slab) * slab->width;
    if (head->next_token)
        return take_next_tokens(head, slab, room);
    for (size_t i = 0; i < slab->n * slab->width; i++) {
        double value;
        numbers->widen(slab->bytes + i * numbers->size, 1, &value);
        const char *complaint = head->classification ? label_complaint(value, head->declared)
                                : head->multi_label  ? flag_complaint(value)
                                                     : target_complaint(value);
        if (complaint != NULL)
            return wrong_value(slab, i, value, complaint);
        if (head->classification)
            room->classes[before + i] = (int32_t)value;
        else
            room->values[before + i] = (float)value;
        room->top = value > room->top ? value : room->top;
    }
    return MUSTER_OK;
}

enum muster_status data_check_labels(const struct muster_data *data,
                                     const struct data_source *source)
{
    enum muster_status status = MUSTER_OK;
    const struct data_header *head = &data->head;
    const size_t rows = head->rows[DATA_TRAIN], labels = head->targets;
    size_t *counts = NULL, same = 0, first = 0;
    if (!head->multi_label)
        return MUSTER_OK;
    MUSTER_NEW(counts, labels);
    for (size_t i = 0; i < rows * labels; i++)
        counts[i % labels] += data->targets[i] > 0;
    for (size_t c = labels; c-- > 0;)
        if (counts[c] == 0 || counts[c] == rows) {
            same++;
            first = c;
        }
    if (same == labels)
        status = muster_error(MUSTER_BAD_DATA, "%s: %s: all rows have the same labels",
                              source->file, source->y[DATA_TRAIN]);
    else if (same > 0)
        muster_log(MUSTER_WARNINGS,
                   "%s: %s: %zu of %zu labels are the same in all rows (the first: column %zu)",
                   source->file, source->y[DATA_TRAIN], same, labels, first);
done:
    muster_free(counts);
    return status;
}

enum muster_status data_take_groups(const struct data_header *head, const struct data_slab *slab,
                                    struct data_room *room)
{
    const struct data_numbers *numbers = &data_numbers[slab->kind];
    for (size_t i = 0; i < slab->n; i++) {
        double value;
        numbers->widen(slab->bytes + i * numbers->size, 1, &value);
        if (!(fabs(value) <= 0x1p53))
            return wrong_value(slab, i, value, "is no number of a group (integers within 2^53)");
        room->groups[place_of(head, slab) + i] = (int64_t)value;
    }
    return MUSTER_OK;
}

enum muster_status data_check_lengths(const struct data_header *head, const struct data_slab *slab,
                                      int32_t *to)
{
    const struct data_numbers *numbers = &data_numbers[slab->kind];
    for (size_t i = 0; i < slab->n; i++) {
        double value;
        numbers->widen(slab->bytes + i * numbers->size, 1, &value);
        if (!(value >= 1 && value <= (double)head->dims[0]))
            return wrong_value(slab, i, value,
                               "is no length (1 .. the number of time steps of a row)");
        to[i] = (int32_t)value;
    }
    return MUSTER_OK;
}

enum muster_status data_take_lengths(const struct data_header *head, const struct data_slab *slab,
                                     struct data_room *room)
{
    return data_check_lengths(head, slab, room->lengths + place_of(head, slab));
}
