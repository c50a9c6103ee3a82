/* Folds of the validation: K parts, one part held out, or each row once, in some repeats. Each is a
 * list of row numbers; no row is copied. */
#include <math.h>

#include "data/data_impl.h"

struct muster_folds {
    size_t n, count; /* rows, splits */
    int64_t *rows;   /* owned: [count][n], of each split first the rows to validate on */
    size_t *n_valid; /* owned: [count] */
};

/* What a block asks for, for n rows. */
struct plan {
    size_t folds, repeats;
    double holdout; /* 0: none, then folds == 1 otherwise */
    bool loo;
};

/* With n == 0, `loo` plans no fold. */
static struct plan plan_of(const struct muster_block *validate, size_t n)
{
    const struct muster_value *folds = muster_block_get(validate, "folds");
    const struct muster_value *holdout = muster_block_get(validate, "folds.holdout");
    struct plan plan = {.repeats = (size_t)muster_block_int(validate, "repeats")};
    if (holdout->set) {
        plan.folds = 1;
        plan.holdout = holdout->number;
    } else {
        plan.loo = folds->text != NULL;
        plan.folds = plan.loo ? n : (size_t)folds->number;
    }
    return plan;
}

size_t muster_folds_planned(const struct muster_block *validate)
{
    struct plan plan = plan_of(validate, 0);
    return plan.folds * plan.repeats;
}

/* Every fold needs a row of every class that there is. */
static enum muster_status check_classes(const struct muster_data *data, size_t need)
{
    enum muster_status status = MUSTER_OK;
    int64_t *counts = NULL;
    MUSTER_NEW(counts, data_strata(data));
    data_count(data, data->rows, data->info.rows, counts);
    for (size_t c = 0; c < data_strata(data); c++) {
        if (counts[c] == 0 || counts[c] >= (int64_t)need)
            continue;
        const char *name = c < data->n_class_names ? data->class_names[c] : "";
        status = muster_error(MUSTER_BAD_STUDY,
                              "validate.folds: class %zu%s%s%s has %lld %s to train and validate "
                              "on, and %zu parts need one each (fewer folds, a smaller share in "
                              "data.test, or leave the class out of the file)",
                              c, *name ? " (" : "", name, *name ? ")" : "", (long long)counts[c],
                              counts[c] == 1 ? "row" : "rows", need);
        goto done;
    }
done:
    muster_free(counts);
    return status;
}

static enum muster_status check_plan(const struct muster_data *data, const struct plan *plan)
{
    size_t n = data->info.rows, need = plan->holdout > 0 ? 2 : plan->folds;
    if (n < 2 || n < need)
        return muster_error(MUSTER_BAD_STUDY,
                            "validate.folds: %zu parts of %zu %s (at most one part a row, and two "
                            "rows at least)",
                            need, n, n == 1 ? "row" : "rows");
    return plan->loo || !data->head.classification ? MUSTER_OK : check_classes(data, need);
}

/* part[i] of row i: fold k validates on the rows of part k. */
static enum muster_status make_parts(const struct muster_data *data, const struct plan *plan,
                                     struct muster_stream stream, size_t *part)
{
    enum muster_status status = MUSTER_OK;
    size_t n = data->info.rows;
    bool *valid = NULL;
    if (plan->loo) {
        for (size_t i = 0; i < n; i++)
            part[i] = i;
    } else if (plan->holdout == 0) {
        MUSTER_TRY(data_deal(data, data->rows, n, plan->folds, stream, part));
    } else {
        size_t count = (size_t)floor(plan->holdout * (double)n + 0.5);
        MUSTER_NEW(valid, n);
        count = count < 1 ? 1 : count < n ? count : n - 1;
        MUSTER_TRY(data_draw(data, data->rows, n, count, stream, valid));
        for (size_t i = 0; i < n; i++)
            part[i] = !valid[i];
    }
done:
    muster_free(valid);
    return status;
}

/* Rows of part k first, then the others; each ascending. */
static void fill_split(struct muster_folds *folds, size_t split, const int64_t *rows,
                       const size_t *part, size_t k)
{
    int64_t *to = folds->rows + split * folds->n;
    size_t n = 0;
    for (size_t i = 0; i < folds->n; i++) {
        if (part[i] == k)
            to[n++] = rows[i];
    }
    folds->n_valid[split] = n;
    for (size_t i = 0; i < folds->n; i++) {
        if (part[i] != k)
            to[n++] = rows[i];
    }
}

enum muster_status muster_folds_create(const struct muster_data *data,
                                       const struct muster_block *validate, uint64_t seed,
                                       struct muster_folds **out)
{
    enum muster_status status = MUSTER_OK;
    struct plan plan = plan_of(validate, data->info.rows);
    struct muster_folds *folds = NULL;
    size_t *part = NULL;
    *out = NULL;
    MUSTER_TRY(check_plan(data, &plan));
    MUSTER_NEW(folds, 1);
    folds->n = data->info.rows;
    folds->count = plan.folds * plan.repeats;
    MUSTER_NEW(folds->n_valid, folds->count);
    MUSTER_NEW(part, folds->n);
    folds->rows = muster_alloc(folds->count, folds->n * sizeof *folds->rows);
    status = folds->rows == NULL ? MUSTER_NO_MEMORY : MUSTER_OK;
    for (size_t repeat = 0; repeat < plan.repeats && status == MUSTER_OK; repeat++) {
        MUSTER_TRY(make_parts(data, &plan,
                              muster_stream_of(seed, -1, (int64_t)repeat, MUSTER_FOR_SPLIT), part));
        for (size_t k = 0; k < plan.folds; k++)
            fill_split(folds, repeat * plan.folds + k, data->rows, part, k);
    }
done:
    muster_free(part);
    if (status != MUSTER_OK)
        muster_folds_destroy(&folds);
    *out = folds;
    return status;
}

void muster_folds_destroy(struct muster_folds **folds)
{
    if (*folds != NULL) {
        muster_free((*folds)->rows);
        muster_free((*folds)->n_valid);
        muster_free(*folds);
        *folds = NULL;
    }
}

size_t muster_folds_count(const struct muster_folds *folds)
{
    return folds->count;
}

const int64_t *muster_folds_valid(const struct muster_folds *folds, size_t k, size_t *n)
{
    *n = folds->n_valid[k];
    return folds->rows + k * folds->n;
}

const int64_t *muster_folds_train(const struct muster_folds *folds, size_t k, size_t *n)
{
    *n = folds->n - folds->n_valid[k];
    return folds->rows + k * folds->n + folds->n_valid[k];
}
