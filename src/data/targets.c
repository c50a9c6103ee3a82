/* What stands beside the inputs of given rows: their targets and their lengths. */
#include <string.h>

#include "data/data_impl.h"

/* Of one row, [steps]; -1 where there is none. */
static void next_tokens(const struct muster_data *data, int64_t row, int32_t *to)
{
    const struct data_numbers *numbers = &data_numbers[data->head.kind];
    const size_t steps = data->head.width;
    if (data->classes != NULL) {
        memcpy(to, data->classes + (size_t)row * steps, steps * sizeof *to);
        return;
    }
    const size_t used = data_used(&data->head, data->lengths, (size_t)row);
    numbers->whole(data_row(data, (size_t)row) + numbers->size, used - 1, to);
    for (size_t s = used - 1; s < steps; s++)
        to[s] = -1;
}

void muster_data_targets(const struct muster_data *data, const int64_t *rows, size_t n,
                         int32_t *classes, float *values)
{
    const size_t targets = data->head.targets;
    if (data->head.next_token) {
        for (size_t i = 0; i < n; i++)
            next_tokens(data, rows[i], classes + i * data->head.width);
        return;
    }
    for (size_t i = 0; i < n && classes != NULL; i++)
        classes[i] = data->classes[rows[i]];
    for (size_t i = 0; i < n && values != NULL; i++)
        memcpy(values + i * targets, data->targets + (size_t)rows[i] * targets,
               targets * sizeof *values);
}

/* Where nothing is said all steps are used; a test part may be silent where the other is not, and
 * the window is zeroed. */
void muster_data_lengths(const struct muster_data *data, const int64_t *rows, size_t n,
                         int32_t *lengths)
{
    const size_t inputs = muster_data_inputs(data);
    for (size_t k = 0; k < inputs; k++) {
        const struct muster_data *input = data->n_parts > 0 ? data->parts[k].data : data;
        for (size_t i = 0; i < n; i++) {
            int32_t said = input->lengths != NULL ? input->lengths[rows[i]] : 0;
            lengths[i * inputs + k] = said > 0 ? said : (int32_t)input->head.dims[0];
        }
    }
}
