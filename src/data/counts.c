/* How many classes and tokens there are, from the greatest one in use and from what the file says.
 */
#include "data/data_impl.h"

/* So many tokens are taken to be there whatever the size of the file, such as all characters of
 * ASCII, or words that a sample of it does not have. */
enum { TOKENS_FREE = 65536 };

/* How many tokens there are: as the file says, else up to the greatest. */
enum muster_status data_count_tokens(struct muster_data *data, const struct data_source *source,
                                     double top)
{
    const struct data_header *head = &data->head;
    const size_t all = (head->rows[DATA_TRAIN] + head->rows[DATA_TEST]) * head->width;
    data->info.vocabulary = head->vocabulary > 0 ? head->vocabulary : (size_t)top + 1;
    if (head->vocabulary > 0 || data->info.vocabulary <= TOKENS_FREE || top < (double)all)
        return MUSTER_OK;
    return muster_error(MUSTER_BAD_DATA,
                        "%s: %s: the greatest token is %.0f in only %zu tokens (tokens are 0 .. "
                        "vocabulary - 1: number those in use, or say how many there are, in /vocab "
                        "or the file's attribute vocab_size)",
                        source->file, source->x[DATA_TRAIN], top, all);
}

/* How many classes there are, from the greatest label and from what the file says. */
enum muster_status data_count_classes(struct muster_data *data, const struct data_source *source,
                                      double top)
{
    enum muster_status status = MUSTER_OK;
    const struct data_header *head = &data->head;
    size_t rows = head->rows[DATA_TRAIN] + head->rows[DATA_TEST], present = 0, first = 0;
    int64_t *counts = NULL;
    if (!head->classification || head->next_token)
        return MUSTER_OK;
    data->info.outputs = (size_t)top + 1;
    if (data->info.outputs > rows)
        return muster_error(MUSTER_BAD_DATA,
                            "%s: %s: the greatest label is %.0f in only %zu rows (labels are 0 .. "
                            "classes - 1; data.task: regression for amounts)",
                            source->file, source->y[DATA_TRAIN], top, rows);
    if (head->declared > data->info.outputs)
        data->info.outputs = head->declared;
    MUSTER_NEW(counts, data->info.outputs);
    for (size_t i = 0; i < head->rows[DATA_TRAIN]; i++)
        counts[data->classes[i]]++;
    for (size_t c = data->info.outputs; c-- > 0;) {
        present += counts[c] > 0;
        first = counts[c] > 0 ? c : first;
    }
    if (present < 2)
        status =
            muster_error(MUSTER_BAD_DATA,
                         "%s: %s: all rows are of class %zu, from row 0 to row %zu (two "
                         "classes at least)",
                         source->file, source->y[DATA_TRAIN], first, head->rows[DATA_TRAIN] - 1);
    else if (present < data->info.outputs)
        muster_log(MUSTER_WARNINGS, "%s: %s: %zu of the classes 0 .. %zu have no row%s",
                   source->file, source->y[DATA_TRAIN], data->info.outputs - present,
                   data->info.outputs - 1, first > 0 ? " (labels count from 0)" : "");
done:
    muster_free(counts);
    return status;
}
