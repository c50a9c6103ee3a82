/* What a maximiser of the acquisition asks of points: the criterion of one process' prediction, or
 * a function of those of several, with the belief of the space's prior on top. */
#include <string.h>

#include "surrogate/surrogate_impl.h"

void muster_judge_clear(struct muster_judge *judge)
{
    for (size_t k = 0; k < judge->n && judge->near != NULL; k++)
        muster_gp_destroy(&judge->near[k]);
    muster_free(judge->near);
    muster_free(judge->all);
    muster_free(judge->gp);
    muster_free(judge->batch);
    muster_free(judge->now);
    muster_free(judge->slopes);
    muster_free(judge->x);
    *judge = (struct muster_judge){0};
}

enum muster_status muster_judge_create(struct muster_judge *judge, const struct muster_gp *gp,
                                       const struct muster_criterion *criterion,
                                       const struct muster_joint *joint, double belief)
{
    enum muster_status status = MUSTER_OK;
    size_t n = 1 + (joint != NULL ? joint->n : 0);

    *judge = (struct muster_judge){
        .criterion = *criterion, .joint = joint, .belief = belief, .space = gp->space};
    MUSTER_NEW(judge->all, n);
    MUSTER_NEW(judge->gp, n);
    MUSTER_NEW(judge->near, n);
    judge->n = n;
    MUSTER_NEW(judge->batch, 2 * n * MUSTER_GP_BATCH);
    MUSTER_NEW(judge->now, 4 * n);
    MUSTER_NEW(judge->slopes, 2 * n * gp->d);
    MUSTER_NEW(judge->x, gp->d);
    for (size_t k = 0; k < n; k++)
        judge->gp[k] = judge->all[k] = k == 0 ? gp : joint->gp[k - 1];
done:
    if (status != MUSTER_OK)
        muster_judge_clear(judge);
    return status;
}

/* now: means [n], deviations [n], derivatives by both [n] each. */
static double value_of(const struct muster_judge *judge)
{
    double *mean = judge->now, *deviation = mean + judge->n, *by = deviation + judge->n;
    if (judge->joint == NULL)
        return muster_criterion_value(&judge->criterion, mean[0], deviation[0], &by[0], &by[1]);
    return judge->joint->value(judge->joint->context, mean, deviation, by, by + judge->n);
}

static double path_at(const struct muster_judge *judge, const double *u, double *slope)
{
    double value = -muster_path_at(judge->path, u, slope);
    for (size_t j = 0; slope != NULL && j < judge->space->d; j++)
        slope[j] = -slope[j];
    return value + muster_belief(judge->space, judge->belief, u, judge->x, slope);
}

double muster_judge_at(const struct muster_judge *judge, const double *u, double *slope)
{
    if (judge->path != NULL)
        return path_at(judge, u, slope);
    size_t n = judge->n, d = judge->space->d;
    double *now = judge->now, *by = now + 2 * n, *rise = judge->slopes, *widening = rise + n * d;

    for (size_t k = 0; k < n; k++)
        muster_gp_predict(judge->gp[k], u, &now[k], &now[n + k], slope ? rise + k * d : NULL,
                          slope ? widening + k * d : NULL);
    double value = value_of(judge);
    for (size_t j = 0; slope != NULL && j < d; j++) {
        slope[j] = 0;
        for (size_t k = 0; k < n; k++)
            slope[j] += by[k] * rise[k * d + j] + by[n + k] * widening[k * d + j];
    }
    return value + muster_belief(judge->space, judge->belief, u, judge->x, slope);
}

double muster_judge_surest(const struct muster_judge *judge, const double *u, double *mean,
                           double *deviation)
{
    double other, wider, by[2];

    muster_gp_predict(judge->all[0], u, mean, deviation, NULL, NULL);
    muster_gp_predict(judge->near[0], u, &other, &wider, NULL, NULL);
    if (wider < *deviation) {
        *mean = other;
        *deviation = wider;
    }
    return muster_criterion_value(&judge->criterion, *mean, *deviation, &by[0], &by[1]) +
           muster_belief(judge->space, judge->belief, u, judge->x, NULL);
}

/* Of m points, a batch at most. */
static void judge_batch(const struct muster_judge *judge, const double *u, size_t m, bool rough,
                        double *value)
{
    size_t n = judge->n, d = judge->space->d;
    double *mean = judge->batch, *deviation = mean + n * MUSTER_GP_BATCH;

    for (size_t k = 0; k < n; k++)
        (rough ? muster_gp_predict_rough : muster_gp_predict_many)(
            judge->gp[k], u, m, mean + k * MUSTER_GP_BATCH, deviation + k * MUSTER_GP_BATCH);
    for (size_t i = 0; i < m; i++) {
        for (size_t k = 0; k < n; k++) {
            judge->now[k] = mean[k * MUSTER_GP_BATCH + i];
            judge->now[n + k] = deviation[k * MUSTER_GP_BATCH + i];
        }
        value[i] =
            value_of(judge) + muster_belief(judge->space, judge->belief, u + i * d, judge->x, NULL);
    }
}

void muster_judge_many(const struct muster_judge *judge, const double *u, size_t m, bool rough,
                       double *value)
{
    for (size_t i = 0; judge->path != NULL && i < m; i++)
        value[i] = path_at(judge, u + i * judge->space->d, NULL);
    for (size_t first = 0; judge->path == NULL && first < m; first += MUSTER_GP_BATCH) {
        size_t n = m - first < MUSTER_GP_BATCH ? m - first : MUSTER_GP_BATCH;
        judge_batch(judge, u + first * judge->space->d, n, rough, value + first);
    }
}

enum muster_status muster_judge_near(struct muster_judge *judge, const double *u, size_t most,
                                     size_t m)
{
    enum muster_status status = MUSTER_OK;

    for (size_t k = 0; k < judge->n && judge->path == NULL; k++) {
        const struct muster_gp *gp = k == 0 && judge->crowd != NULL ? judge->crowd : judge->all[k];
        judge->gp[k] = judge->all[k];
        if (gp->n <= most && gp != judge->crowd)
            continue;
        if (judge->near[k] == NULL)
            MUSTER_TRY(muster_gp_create_as(gp->space, gp->solver, &gp->model, &judge->near[k]));
        MUSTER_TRY(muster_gp_near(gp, u, m, judge->near[k]));
        judge->gp[k] = judge->near[k];
    }
done:
    return status;
}

void muster_judge_far(struct muster_judge *judge)
{
    for (size_t k = 0; k < judge->n; k++)
        judge->gp[k] = judge->all[k];
}
