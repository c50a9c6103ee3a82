/* `/importance` of the result file: what the score depends on, by all complete trials.
 *
 * `value` [d] is PED-ANOVA; `first`, `total` [d] and `pairs` [d, d] are shares of variance of a
 * Gaussian process over the trials. `dependence/NAME` holds its partial dependence on a parameter:
 * `value`, `mean`, `deviation`; `dependence2/K` on a pair: `first_value`, `second_value`, `mean`,
 * `deviation` [n1, n2] and the parameters' names as attributes `first` and `second`. */
#include <math.h>
#include <string.h>

#include "run/run_impl.h"

/* Complete trials below which nothing is said: then the shares are NaN. */
enum { LEAST_TRIALS = 10 };

struct trials {
    double *x, *score; /* owned [n][d], [n]: to be minimised */
    size_t n;
};

static enum muster_status gather(const struct run_draft *draft, struct trials *trials)
{
    enum muster_status status = MUSTER_OK;
    const struct run_book *book = draft->book;
    double sign = book->info->maximize ? -1 : 1;

    MUSTER_NEW(trials->x, draft->n * book->d);
    MUSTER_NEW(trials->score, draft->n);
    for (size_t i = 0; i < draft->n; i++) {
        const struct run_entry *entry = &book->entries[draft->rows[i]];
        if (entry->state != MUSTER_COMPLETE || !isfinite(entry->score))
            continue;
        memcpy(trials->x + trials->n * book->d, entry->step.x, book->d * sizeof(double));
        trials->score[trials->n++] = sign * entry->score;
    }
done:
    return status;
}

/* ---- datasets -------------------------------------------------------------------------------- */

static void write_shares(const struct run_draft *draft, const struct muster_explanation *e,
                         const char **names)
{
    const struct {
        const char *path;
        const double *values;
    } columns[] = {{"/importance/value", e->value},
                   {"/importance/first", e->first},
                   {"/importance/total", e->total}};
    const size_t dims[2] = {e->d, e->d};

    muster_file_strings(draft->file, "/importance/name", names, e->d);
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        muster_file_array(draft->file, columns[c].path, MUSTER_F64, 1, dims, columns[c].values,
                          false);
    muster_file_array(draft->file, "/importance/pairs", MUSTER_F64, 2, dims, e->pairs, false);
    muster_file_attr_f64(draft->file, "/importance", "unexplained", e->unexplained);
}

/* Values of a parameter as they are stored anywhere in the file. */
static enum muster_status write_values(const struct run_draft *draft, const char *path,
                                       const struct muster_param *param, const double *at, size_t n)
{
    enum muster_status status = MUSTER_OK;
    enum muster_field_type type = run_param_type(param);
    const char **texts = NULL;
    double *numbers = NULL;
    int64_t *wholes = NULL;

    MUSTER_NEW(texts, n);
    MUSTER_NEW(numbers, n);
    MUSTER_NEW(wholes, n);
    for (size_t i = 0; i < n; i++) {
        numbers[i] = run_param_number(param, at[i]);
        if (type == MUSTER_STRINGS)
            texts[i] = param->choices[(size_t)at[i]].text;
        else if (type == MUSTER_I64)
            wholes[i] = (int64_t)numbers[i];
    }
    if (type == MUSTER_STRINGS)
        muster_file_strings(draft->file, path, texts, n);
    else
        muster_file_array(draft->file, path, type, 1, &n,
                          type == MUSTER_I64 ? (const void *)wholes : numbers, false);
done:
    muster_free(texts);
    muster_free(numbers);
    muster_free(wholes);
    return status;
}

static enum muster_status write_member(const struct run_draft *draft, const char *folder,
                                       const char *name, const struct muster_dependence *to,
                                       const double *values)
{
    enum muster_status status = MUSTER_OK;
    char *path = muster_format("%s/%s", folder, name);

    MUSTER_TRY(path != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    muster_file_array(draft->file, path, MUSTER_F64, to->n_params, to->n, values, false);
done:
    muster_free(path);
    return status;
}

static enum muster_status write_axis(const struct run_draft *draft, const char *folder,
                                     const char *name, const struct muster_dependence *to, size_t k)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_space *space = muster_study_space(draft->job->setup->study);
    char *path = muster_format("%s/%s", folder, name);

    MUSTER_TRY(path != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    status = write_values(draft, path, &space->params[to->param[k]],
                          to->at + (k == 0 ? 0 : to->n[0]), to->n[k]);
done:
    muster_free(path);
    return status;
}

/* `number`: of a pair among the pairs. */
static enum muster_status write_dependence(const struct run_draft *draft,
                                           const struct muster_dependence *to, size_t number)
{
    static const char *const axes[] = {"first_value", "second_value"};
    enum muster_status status = MUSTER_OK;
    const struct muster_param *params = muster_study_space(draft->job->setup->study)->params;
    bool pair = to->n_params == 2;
    char *folder = pair ? muster_format("/importance/dependence2/%zu", number)
                        : muster_format("/importance/dependence/%s", params[to->param[0]].name);

    MUSTER_TRY(folder != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    for (size_t k = 0; k < to->n_params; k++)
        MUSTER_TRY(write_axis(draft, folder, pair ? axes[k] : "value", to, k));
    MUSTER_TRY(write_member(draft, folder, "mean", to, to->mean));
    MUSTER_TRY(write_member(draft, folder, "deviation", to, to->deviation));
    if (pair) {
        muster_file_attr_text(draft->file, folder, "first", params[to->param[0]].name);
        muster_file_attr_text(draft->file, folder, "second", params[to->param[1]].name);
    }
done:
    muster_free(folder);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Means are told as the metric is. */
static void turn_back(const struct run_book *book, const struct muster_explanation *e)
{
    for (size_t k = 0; k < e->n_dependences && book->info->maximize; k++) {
        struct muster_dependence *to = &e->dependences[k];
        for (size_t i = 0; i < to->n[0] * to->n[1]; i++)
            to->mean[i] = -to->mean[i];
    }
}

static enum muster_status write(const struct run_draft *draft, const struct muster_explanation *e)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_space *space = muster_study_space(draft->job->setup->study);
    const char **names = NULL;

    MUSTER_NEW(names, space->d);
    for (size_t j = 0; j < space->d; j++)
        names[j] = space->params[j].name;
    write_shares(draft, e, names);
    for (size_t k = 0; k < e->n_dependences; k++)
        MUSTER_TRY(write_dependence(draft, &e->dependences[k], k >= e->d ? k - e->d : 0));
done:
    muster_free(names);
    return status;
}

/* Shares of which nothing is known. */
static enum muster_status write_unknown(const struct run_draft *draft)
{
    enum muster_status status = MUSTER_OK;
    const size_t d = draft->book->d;
    double *nothing = NULL;

    MUSTER_NEW(nothing, d * d);
    for (size_t i = 0; i < d * d; i++)
        nothing[i] = NAN;
    struct muster_explanation e = {.d = d,
                                   .value = nothing,
                                   .first = nothing,
                                   .total = nothing,
                                   .pairs = nothing,
                                   .unexplained = NAN};
    status = write(draft, &e);
done:
    muster_free(nothing);
    return status;
}

enum muster_status run_file_importance(const struct run_draft *draft)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_study *study = draft->job->setup->study;
    struct muster_explanation e = {0};
    struct trials trials = {0};

    MUSTER_TRY(gather(draft, &trials));
    if (draft->book->d == 0)
        goto done;
    if (trials.n < LEAST_TRIALS) {
        status = write_unknown(draft);
        goto done;
    }
    MUSTER_TRY(muster_explain(muster_study_space(study), trials.x, trials.score, trials.n,
                              muster_study_seed(study), &e));
    turn_back(draft->book, &e);
    status = write(draft, &e);
done:
    muster_explanation_clear(&e);
    muster_free(trials.x);
    muster_free(trials.score);
    return status;
}
