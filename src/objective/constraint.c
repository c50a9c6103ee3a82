/* What results mean beside their score: several objectives, and bounds on metrics. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "objective_impl.h"

static enum muster_status refuse(const char *place, const char *text)
{
    return muster_error(MUSTER_BAD_STUDY, "%s: `%s` is no bound (\">= NUMBER\" or \"<= NUMBER\")",
                        place, text);
}

enum muster_status objective_bound_read(const char *text, const char *place, size_t metric,
                                        struct muster_constraint *constraint)
{
    const char *at = text + strspn(text, " ");
    double bound;

    if ((at[0] != '<' && at[0] != '>') || at[1] != '=')
        return refuse(place, text);
    constraint->at_least = at[0] == '>';
    at += 2;
    at += strspn(at, " ");
    if (!muster_number_read(at, &bound) || !isfinite(bound))
        return refuse(place, text);
    constraint->bound = bound;
    constraint->metric = metric;
    return MUSTER_OK;
}

double muster_objective_mean(const struct muster_objective_info *info, const double *scores,
                             size_t m)
{
    double sum = 0;
    size_t n = 0;

    for (size_t k = 0; k < info->folds; k++)
        if (!isnan(scores[m * info->folds + k])) {
            sum += scores[m * info->folds + k];
            n++;
        }
    return n > 0 ? sum / (double)n : NAN;
}

/* How far a value is beyond a bound, below 0: within it. */
static double margin(const struct muster_constraint *bound, double value)
{
    double by = bound->at_least ? bound->bound - value : value - bound->bound;
    return by / (bound->bound < 0 || bound->bound > 0 ? fabs(bound->bound) : 1);
}

/* By how much one bound is passed. */
static double excess(const struct muster_constraint *bound, double value)
{
    return isnan(value) ? INFINITY : fmax(margin(bound, value), 0);
}

void muster_objective_margins(const struct muster_objective_info *info, const double *scores,
                              double *margins)
{
    for (size_t c = 0; c < info->n_constraints; c++)
        margins[c] = margin(&info->constraints[c],
                            muster_objective_mean(info, scores, info->constraints[c].metric));
}

double muster_objective_violation(const struct muster_objective_info *info, const double *scores)
{
    double sum = 0;
    for (size_t c = 0; c < info->n_constraints; c++)
        sum += excess(&info->constraints[c],
                      muster_objective_mean(info, scores, info->constraints[c].metric));
    return sum;
}

void muster_objective_excess(const struct muster_objective_info *info, const double *scores,
                             char *text, size_t size)
{
    text[0] = '\0';
    for (size_t c = 0; c < info->n_constraints; c++) {
        const struct muster_constraint *bound = &info->constraints[c];
        double value = muster_objective_mean(info, scores, bound->metric);
        if (!(excess(bound, value) > 0))
            continue;
        snprintf(text, size, "%s %.6g (%s %g)", info->metric_names[bound->metric], value,
                 bound->at_least ? ">=" : "<=", bound->bound);
        return;
    }
}
