/* Folds of the validation: K parts, one part held out, each row or group once, or parts that follow
 * each other in time, in some repeats. Kept are the number of each row's part and the rows in the
 * order of parts; what a split trains on is listed when it is asked for. */
#include <math.h>

#include "data/split_impl.h"

/* What a block asks for. */
struct plan {
    size_t folds, repeats; /* of one row or group each, folds are counted later */
    double holdout;        /* 0: none */
    bool loo, stratified;
    bool ordered; /* in time: part k + 1 is validated on by what was trained on all before it */
};

struct muster_folds {
    const int64_t *data_rows; /* borrowed from the data, which outlive us */
    struct plan plan;
    size_t n, parts;
    uint32_t *part; /* owned: [repeats][n] */
    int64_t *rows;  /* owned: [repeats][n], ascending within a part */
    size_t *first;  /* owned: [repeats][parts + 1], where each part begins in rows */
};

static struct plan plan_of(const struct muster_block *validate)
{
    const struct muster_value *folds = muster_block_get(validate, "folds");
    const struct muster_value *holdout = muster_block_get(validate, "folds.holdout");
    struct plan plan = {.repeats = (size_t)muster_block_int(validate, "repeats"),
                        .stratified = muster_block_number(validate, "stratify") != 0};
    if (holdout->set) {
        plan.folds = 1;
        plan.holdout = holdout->number;
    } else {
        plan.loo = folds->text != NULL;
        plan.folds = plan.loo ? 0 : (size_t)folds->number;
    }
    return plan;
}

size_t muster_folds_planned(const struct muster_block *validate)
{
    struct plan plan = plan_of(validate);
    return plan.folds * plan.repeats;
}

/* ---- checks -------------------------------------------------------------------------------- */

/* Every fold needs a row of every class that there is. */
static enum muster_status check_classes(const struct data_lot *lot, size_t need)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_data *data = lot->data;
    int64_t *counts = NULL;
    MUSTER_NEW(counts, data_strata(lot));
    data_count(lot, counts);
    for (size_t c = 0; c < data_strata(lot); c++) {
        if (counts[c] == 0 || counts[c] >= (int64_t)need)
            continue;
        const char *name = c < data->n_class_names ? data->class_names[c] : "";
        status = muster_error(MUSTER_BAD_STUDY,
                              "validate.folds: class %zu%s%s%s has %lld %s to train and validate "
                              "on, and %zu parts need one each (fewer folds, a smaller share in "
                              "data.test, validate.stratify: false, or leave the class out of the "
                              "file)",
                              c, *name ? " (" : "", name, *name ? ")" : "", (long long)counts[c],
                              counts[c] == 1 ? "row" : "rows", need);
        goto done;
    }
done:
    muster_free(counts);
    return status;
}

static enum muster_status check_order(const struct plan *plan)
{
    if (plan->loo)
        return muster_error(MUSTER_BAD_STUDY, "validate.folds: loo does not go with "
                                              "data.time_order (a number of folds, or holdout)");
    if (plan->repeats > 1)
        return muster_error(MUSTER_BAD_STUDY, "validate.repeats: with data.time_order all repeats "
                                              "would be the same (1)");
    return MUSTER_OK;
}

/* `units`: rows or groups. */
static enum muster_status check_plan(const struct data_lot *lot, const struct plan *plan,
                                     size_t units)
{
    const char *what = lot->data->groups != NULL ? "group" : "row";
    size_t need = plan->holdout > 0 ? 2 : plan->folds + plan->ordered;
    need = plan->loo || need < 2 ? 2 : need;
    if (units < need)
        return muster_error(MUSTER_BAD_STUDY,
                            "validate.folds: %zu parts of %zu %s%s (at most one part a %s, and two "
                            "%ss at least)",
                            need, units, what, units == 1 ? "" : "s", what, what);
    if (plan->loo || plan->ordered || lot->data->groups != NULL || data_strata(lot) == 1)
        return MUSTER_OK;
    return check_classes(lot, need);
}

/* ---- parts --------------------------------------------------------------------------------- */

static size_t share_of(double share, size_t n)
{
    size_t count = (size_t)floor(share * (double)n + 0.5);
    return count < 1 ? 1 : count < n ? count : n - 1;
}

/* The later parts are of equal size (scikit-learn's TimeSeriesSplit); what remains is only trained
 * on. */
static void order_parts(const struct plan *plan, size_t n, size_t *part)
{
    size_t size = plan->holdout > 0 ? share_of(plan->holdout, n) : n / (plan->folds + 1);
    size_t before = n - plan->folds * size;
    for (size_t i = 0; i < n; i++)
        part[i] = i < before ? 0 : 1 + (i - before) / size;
}

static enum muster_status group_parts(const struct data_lot *lot, const struct plan *plan,
                                      size_t *part)
{
    enum muster_status status = MUSTER_OK;
    const size_t k = plan->holdout > 0 ? 2 : plan->folds;
    double *share = NULL;
    size_t count;
    if (plan->loo)
        return data_number_groups(lot, part, &count);
    MUSTER_NEW(share, k);
    for (size_t i = 0; i < k; i++)
        share[i] = 1.0 / (double)k;
    if (plan->holdout > 0) {
        share[0] = plan->holdout;
        share[1] = 1 - plan->holdout;
    }
    status = data_deal_groups(lot, share, k, part);
done:
    muster_free(share);
    return status;
}

/* part[i] of row i. */
static enum muster_status make_parts(const struct data_lot *lot, const struct plan *plan,
                                     size_t *part)
{
    enum muster_status status = MUSTER_OK;
    size_t n = lot->n;
    bool *valid = NULL;
    if (plan->ordered) {
        order_parts(plan, n, part);
    } else if (lot->data->groups != NULL) {
        MUSTER_TRY(group_parts(lot, plan, part));
    } else if (plan->loo) {
        for (size_t i = 0; i < n; i++)
            part[i] = i;
    } else if (plan->holdout > 0) {
        MUSTER_NEW(valid, n);
        MUSTER_TRY(data_draw(lot, share_of(plan->holdout, n), valid));
        for (size_t i = 0; i < n; i++)
            part[i] = !valid[i];
    } else {
        MUSTER_TRY(data_deal(lot, plan->folds, part));
    }
done:
    muster_free(valid);
    return status;
}

/* Rows in the order of parts. */
static void take_parts(struct muster_folds *folds, size_t repeat, const size_t *part)
{
    size_t *first = folds->first + repeat * (folds->parts + 1);
    uint32_t *kept = folds->part + repeat * folds->n;
    int64_t *rows = folds->rows + repeat * folds->n;
    for (size_t i = 0; i < folds->n; i++) {
        kept[i] = (uint32_t)part[i];
        first[part[i] + 1]++;
    }
    for (size_t p = 0; p < folds->parts; p++)
        first[p + 1] += first[p];
    for (size_t i = 0; i < folds->n; i++)
        rows[first[part[i]]++] = folds->data_rows[i];
    for (size_t p = folds->parts; p > 0; p--)
        first[p] = first[p - 1];
    first[0] = 0;
}

static enum muster_status fill(struct muster_folds *folds, struct data_lot *lot, uint64_t seed)
{
    enum muster_status status = MUSTER_OK;
    const struct plan *plan = &folds->plan;
    size_t *part = NULL;
    MUSTER_NEW(part, folds->n);
    MUSTER_NEW(folds->part, plan->repeats * folds->n);
    MUSTER_NEW(folds->rows, plan->repeats * folds->n);
    MUSTER_NEW(folds->first, plan->repeats * (folds->parts + 1));
    for (size_t repeat = 0; repeat < plan->repeats; repeat++) {
        lot->stream = muster_stream_of(seed, -1, (int64_t)repeat, MUSTER_FOR_SPLIT);
        MUSTER_TRY(make_parts(lot, plan, part));
        take_parts(folds, repeat, part);
    }
done:
    muster_free(part);
    return status;
}

enum muster_status muster_folds_create(const struct muster_data *data,
                                       const struct muster_block *validate, uint64_t seed,
                                       struct muster_folds **out)
{
    enum muster_status status = MUSTER_OK;
    struct plan plan = plan_of(validate);
    struct muster_folds *folds = NULL;
    struct data_lot lot = {
        .data = data, .rows = data->rows, .n = data->info.rows, .stratified = plan.stratified};
    size_t units = lot.n;
    *out = NULL;
    plan.ordered = data->ordered;
    if (plan.ordered)
        MUSTER_TRY(check_order(&plan));
    if (data->groups != NULL)
        MUSTER_TRY(data_number_groups(&lot, NULL, &units));
    MUSTER_TRY(check_plan(&lot, &plan, units));
    if (plan.loo)
        plan.folds = units;
    MUSTER_NEW(folds, 1);
    folds->plan = plan;
    folds->data_rows = data->rows;
    folds->n = lot.n;
    folds->parts = plan.holdout > 0 ? 2 : plan.folds + plan.ordered;
    MUSTER_TRY(fill(folds, &lot, seed));
    if (data->head.classification && !data->head.next_token &&
        (plan.ordered || data->groups != NULL || (!plan.stratified && !plan.loo)))
        MUSTER_TRY(data_check_folds(data, folds));
done:
    if (status != MUSTER_OK)
        muster_folds_destroy(&folds);
    *out = folds;
    return status;
}

void muster_folds_destroy(struct muster_folds **folds)
{
    if (*folds != NULL) {
        muster_free((*folds)->part);
        muster_free((*folds)->rows);
        muster_free((*folds)->first);
        muster_free(*folds);
        *folds = NULL;
    }
}

/* ---- what they hold ------------------------------------------------------------------------ */

size_t muster_folds_count(const struct muster_folds *folds)
{
    return folds->plan.folds * folds->plan.repeats;
}

/* The part that split k validates on. */
static size_t part_of(const struct muster_folds *folds, size_t k)
{
    return k % folds->plan.folds + folds->plan.ordered;
}

const int64_t *muster_folds_valid(const struct muster_folds *folds, size_t k, size_t *n)
{
    const size_t repeat = k / folds->plan.folds;
    const size_t *first = folds->first + repeat * (folds->parts + 1) + part_of(folds, k);
    *n = first[1] - first[0];
    return folds->rows + repeat * folds->n + first[0];
}

size_t muster_folds_train(const struct muster_folds *folds, size_t k, int64_t *rows)
{
    const size_t repeat = k / folds->plan.folds, valid = part_of(folds, k);
    const size_t *first = folds->first + repeat * (folds->parts + 1);
    const uint32_t *part = folds->part + repeat * folds->n;
    for (size_t i = 0; i < folds->n && rows != NULL; i++) {
        if (folds->plan.ordered ? part[i] < valid : part[i] != valid)
            *rows++ = folds->data_rows[i];
    }
    return folds->plan.ordered ? first[valid] : folds->n - (first[valid + 1] - first[valid]);
}
