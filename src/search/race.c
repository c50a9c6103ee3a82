/* Racing over folds: a step carries what it may be discarded by. Forgiving: the worst fold of the
 * best complete configuration known (Bergman, Purucker, Hutter, AutoML 2024, arXiv 2405.03389).
 * Paired: its mean, and the variance of a fold's score about what is expected of it.
 * The decision itself is the study room's muster_step_discards.
 *
 * Folds differ in difficulty, by more than good configurations differ in score: without a hard fold
 * a poor configuration looks well. So each fold's level, its mean over the few best complete
 * configurations, is taken off first, of the worst fold too. The variance is what these few leave
 * of their scores about configuration and fold (a two-way table without interaction): what counts
 * is how one as good as the best would spread; poor ones spread ten times as much. */
#include <math.h>
#include <string.h>

#include "search/race_impl.h"

enum muster_status race_create(const struct muster_search_setup *setup,
                               const struct muster_ladder *ladder, struct race *race)
{
    enum muster_status status = MUSTER_OK;
    const char *word = muster_block_text(setup->options, "racing");
    race->kind = strcmp(word, "forgiving") == 0 ? RACE_FORGIVING
                 : strcmp(word, "paired") == 0  ? RACE_PAIRED
                                                : RACE_NONE;
    race->folds = setup->folds;
    if (race->kind == RACE_NONE)
        return MUSTER_OK;
    if (setup->n_objectives > 1)
        return muster_error(MUSTER_BAD_STUDY,
                            "search.racing: configurations of several metrics have no one best to "
                            "race with (`racing: none`, or one metric)");
    if (setup->folds < 2)
        return muster_error(MUSTER_BAD_STUDY,
                            "search.racing: there is one fold, which leaves nothing to discard "
                            "(`racing: none`, or more folds)");
    if (ladder->n > 1 && ladder->of == MUSTER_OF_FOLDS)
        return muster_error(MUSTER_BAD_STUDY, "search.racing: a fidelity of folds stands for it "
                                              "(`racing: none`, or a fidelity of epochs or rows)");
    for (size_t k = 0; k < ladder->n; k++) {
        MUSTER_NEW(race->rungs[k].folds, RACE_BEST * setup->folds);
        MUSTER_NEW(race->rungs[k].level, setup->folds);
    }
done:
    return status;
}

void race_clear(struct race *race)
{
    for (size_t k = 0; k < MUSTER_RUNGS; k++) {
        muster_free(race->rungs[k].folds);
        muster_free(race->rungs[k].level);
    }
    *race = (struct race){0};
}

static double mean_of(const double *values, size_t n)
{
    double mean = 0.0;
    for (size_t i = 0; i < n; i++)
        mean += values[i] / (double)n;
    return mean;
}

/* Takes its place among the best, whose last gives way; false where it is none of them. */
static bool enter(struct race_rung *rung, double score, const double *folds, size_t n)
{
    if (rung->n == RACE_BEST && !(score < rung->score[RACE_BEST - 1]))
        return false;
    size_t at = rung->n < RACE_BEST ? rung->n++ : RACE_BEST - 1;
    for (; at > 0 && score < rung->score[at - 1]; at--) {
        rung->score[at] = rung->score[at - 1];
        memcpy(rung->folds + at * n, rung->folds + (at - 1) * n, n * sizeof *folds);
    }
    rung->score[at] = score;
    memcpy(rung->folds + at * n, folds, n * sizeof *folds);
    return true;
}

/* The levels of the folds, about zero; one configuration shows none. */
static void find_levels(struct race_rung *rung, size_t n)
{
    if (rung->n == 1)
        return;
    double all = mean_of(rung->folds, rung->n * n);
    for (size_t k = 0; k < n; k++) {
        rung->level[k] = -all;
        for (size_t i = 0; i < rung->n; i++)
            rung->level[k] += rung->folds[i * n + k] / (double)rung->n;
    }
}

/* The variance of a fold's score about its configuration's mean and the fold's level; larger by
 * the levels' own. */
static void find_variance(struct race_rung *rung, size_t n)
{
    double squares = 0.0;
    for (size_t i = 0; i < rung->n; i++) {
        const double *folds = rung->folds + i * n;
        double mean = mean_of(folds, n);
        for (size_t k = 0; k < n; k++)
            squares += pow(folds[k] - rung->level[k] - mean, 2);
    }
    rung->freedom = (int64_t)((rung->n - 1) * (n - 1));
    if (rung->freedom > 0)
        rung->variance = squares / (double)rung->freedom * (1.0 + 1.0 / (double)rung->n);
}

/* The worst fold of the best. Levels that it has a part in are drawn towards it, and its distance
 * to them is the smaller: by sqrt(1 - 1/n), were all alike. */
static void find_worst(struct race_rung *rung, size_t n)
{
    double mean = mean_of(rung->folds, n), m = (double)rung->n;
    double grown = rung->n > 1 ? sqrt(m / (m - 1.0)) : 1.0, beyond = 0.0;
    rung->worst = -INFINITY;
    for (size_t k = 0; k < n; k++) {
        rung->worst = fmax(rung->worst, rung->folds[k]);
        beyond = fmax(beyond, grown * (rung->folds[k] - rung->level[k] - mean));
    }
    if (rung->n > 1)
        rung->worst = mean + beyond;
}

void race_learn(struct race *race, size_t k, const struct muster_told *told, const double *folds,
                size_t n)
{
    struct race_rung *rung = &race->rungs[k];
    if (race->kind == RACE_NONE || told->state != MUSTER_COMPLETE || told->violation > 0 ||
        folds == NULL || n != race->folds || !enter(rung, told->score, folds, n))
        return;
    find_levels(rung, n);
    find_variance(rung, n);
    find_worst(rung, n);
}

double race_level(const struct race *race, size_t k, const double *folds, size_t n)
{
    const struct race_rung *rung = &race->rungs[k];
    double sum = 0.0;
    size_t run = 0;
    if (race->kind == RACE_NONE || folds == NULL || n != race->folds || rung->n == 0)
        return 0.0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(folds[i])) {
            sum += rung->level[i];
            run++;
        }
    return run > 0 ? sum / (double)run : 0.0;
}

void race_fill(const struct race *race, size_t k, struct muster_step *step)
{
    const struct race_rung *rung = &race->rungs[k];
    step->threshold = NAN;
    if (rung->n == 0 || (race->kind == RACE_PAIRED && rung->n == 1))
        return;
    step->level = rung->level;
    step->threshold = rung->worst;
    if (race->kind == RACE_PAIRED) {
        step->threshold = mean_of(rung->folds, race->folds);
        step->variance = rung->variance;
        step->freedom = rung->freedom;
    }
}
