/* Folds that cannot teach: where rows are parted by groups, by time, or regardless of their
 * classes, what a fold trains on may be of one class. */
#include "data/split_impl.h"

/* True where the rows are all of the first one's class. */
static bool one_class(const struct muster_data *data, const int64_t *rows, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (data->classes[rows[i]] != data->classes[rows[0]])
            return false;
    return true;
}

static enum muster_status refuse(const struct muster_data *data, size_t fold, const int64_t *rows,
                                 size_t n)
{
    const char *right = data->ordered          ? "fewer folds, so that each trains on more rows"
                        : data->groups != NULL ? "other groups, or data.groups: none"
                                               : "fewer folds, or validate.stratify: true";
    return muster_error(MUSTER_BAD_STUDY,
                        "validate.folds: fold %zu trains on %zu %s, row %lld to row %lld, all of "
                        "class %lld (%s)",
                        fold + 1, n, n == 1 ? "row" : "rows", (long long)rows[0],
                        (long long)rows[n - 1], (long long)data->classes[rows[0]], right);
}

enum muster_status data_check_folds(const struct muster_data *data,
                                    const struct muster_folds *folds)
{
    enum muster_status status = MUSTER_OK;
    int64_t *rows = NULL;
    MUSTER_NEW(rows, data->info.rows);
    for (size_t k = 0; k < muster_folds_count(folds) && status == MUSTER_OK; k++) {
        const size_t n = muster_folds_train(folds, k, rows);
        if (one_class(data, rows, n))
            status = refuse(data, k, rows, n);
    }
done:
    muster_free(rows);
    return status;
}
