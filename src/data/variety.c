/* Data that cannot teach: columns of a table and targets that have one value in all rows for
 * training. A column is warned of, since its constant does no harm; where nothing varies, the file
 * is refused. */
#include <math.h>
#include <string.h>

#include "data/data_impl.h"

/* One matrix of the file, [row][width] by the file's rows. */
struct matrix {
    const char *path;
    const void *values; /* NULL: the inputs */
    enum data_kind kind;
    size_t width;
};

static void widen(const struct muster_data *data, const struct matrix *of, int64_t row, double *to)
{
    const struct data_numbers *numbers = &data_numbers[of->kind];
    const char *at = of->values == NULL
                         ? data_row(data, (size_t)row)
                         : (const char *)of->values + (size_t)row * of->width * numbers->size;
    numbers->widen(at, of->width, to);
}

/* differs[j]: rows whose column j is not as in `first`, the first row; each rank looks at its
 * share. Missing values are alike. */
static enum muster_status compare(const struct muster_data *data, const struct matrix *of,
                                  struct muster_comm *comm, double *first, double *differs)
{
    enum muster_status status = MUSTER_OK;
    const struct data_share share = data_share(comm, data->info.rows);
    double *row = muster_alloc(of->width, sizeof *row);
    MUSTER_TRY(muster_agree(comm, row != NULL ? MUSTER_OK : MUSTER_NO_MEMORY));
    widen(data, of, data->rows[0], first);
    for (size_t i = share.first; i < share.end; i++) {
        widen(data, of, data->rows[i], row);
        for (size_t j = 0; j < of->width; j++)
            differs[j] += row[j] != first[j] && !(isnan(row[j]) && isnan(first[j]));
    }
    MUSTER_TRY(muster_reduce_sum(comm, differs, of->width));
done:
    muster_free(row);
    return status;
}

/* At most so many are named: files of pixels have many such columns. */
enum { NAMED = 5 };

/* "2 (age) is 5", of the columns that are not missing throughout; returns how many. */
static size_t list_constants(const struct muster_data *data, const struct matrix *of,
                             const double *first, const double *differs, struct muster_text *text)
{
    const bool named = of->values == NULL && data->feature_names != NULL;
    char number[32];
    size_t n = 0;
    for (size_t j = 0; j < of->width; j++) {
        if (differs[j] > 0 || isnan(first[j]) || ++n > NAMED)
            continue;
        muster_text_add(text, "%s%zu%s%s%s is %s", n > 1 ? ", " : "", j, named ? " (" : "",
                        named ? data->feature_names[j] : "", named ? ")" : "",
                        muster_number_text(first[j], number));
    }
    if (n > NAMED)
        muster_text_add(text, " and %zu more", n - NAMED);
    return n;
}

static enum muster_status warn(const struct muster_data *data, const char *file,
                               const struct matrix *of, const double *first, const double *differs)
{
    struct muster_text text = {0};
    const size_t n = list_constants(data, of, first, differs, &text);
    if (n > 0 && !text.failed)
        muster_log(MUSTER_WARNINGS,
                   "%s: %s: column%s that tell%s nothing, the same in all %zu rows for training, "
                   "%lld to %lld: %s",
                   file, of->path, n == 1 ? "" : "s", n == 1 ? "s" : "", data->info.rows,
                   (long long)data->rows[0], (long long)data->rows[data->info.rows - 1], text.data);
    const bool failed = text.failed;
    muster_text_free(&text);
    return failed ? MUSTER_NO_MEMORY : MUSTER_OK;
}

static enum muster_status judge(const struct muster_data *data, const char *file,
                                const struct matrix *of, const double *first, const double *differs)
{
    size_t constant = 0;
    for (size_t j = 0; j < of->width; j++)
        constant += differs[j] == 0;
    if (constant < of->width)
        return warn(data, file, of, first, differs);
    return muster_error(
        MUSTER_BAD_DATA,
        "%s: %s: %s the same in all %zu rows for training, %lld to %lld (there is "
        "nothing to learn)",
        file, of->path, of->width == 1 ? "the number is" : "the numbers of a row are",
        data->info.rows, (long long)data->rows[0], (long long)data->rows[data->info.rows - 1]);
}

static enum muster_status check(const struct muster_data *data, const char *file,
                                const struct matrix *of, struct muster_comm *comm)
{
    enum muster_status status = MUSTER_OK;
    double *first = muster_alloc(of->width, sizeof *first);
    double *differs = muster_alloc(of->width, sizeof *differs);
    status = first != NULL && differs != NULL ? MUSTER_OK : MUSTER_NO_MEMORY;
    MUSTER_TRY(muster_agree(comm, status));
    MUSTER_TRY(compare(data, of, comm, first, differs));
    MUSTER_TRY(muster_agree(comm, judge(data, file, of, first, differs)));
done:
    muster_free(first);
    muster_free(differs);
    return status;
}

enum muster_status data_check_variety(const struct muster_data *data,
                                      const struct data_source *source, struct muster_comm *comm)
{
    enum muster_status status = MUSTER_OK;
    const struct data_header *head = &data->head;
    if (head->rank == 1 && !head->tokens && !head->bare)
        MUSTER_TRY(check(data, source->file,
                         &(struct matrix){source->x[DATA_TRAIN], NULL, head->kind, head->width},
                         comm));
    if (data->targets != NULL && !head->multi_label)
        MUSTER_TRY(check(
            data, source->file,
            &(struct matrix){source->y[DATA_TRAIN], data->targets, DATA_F32, head->targets}, comm));
done:
    return status;
}
