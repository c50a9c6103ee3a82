/* Racing over folds: a step carries what it may be discarded by. Forgiving: the worst fold of the
 * best complete configuration known (Bergman, Purucker, Hutter, AutoML 2024, arXiv 2405.03389).
 * Paired: its scores, and the variance of differences to it, pooled over earlier configurations.
 * The decision itself is the study room's muster_step_discards. */
#include <math.h>
#include <string.h>

#include "search/race_impl.h"

/* The pooled variance counts for so many degrees of freedom at most: configurations differ. */
enum { FREEDOM_MOST = 20 };

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
    for (size_t k = 0; k < ladder->n; k++)
        MUSTER_NEW(race->rungs[k].folds, setup->folds);
done:
    return status;
}

void race_clear(struct race *race)
{
    for (size_t k = 0; k < MUSTER_RUNGS; k++)
        muster_free(race->rungs[k].folds);
    *race = (struct race){0};
}

/* The spread of a trial's differences to the best one, over the folds that it was run on. */
static void compare(struct race_rung *rung, const double *folds, size_t n)
{
    double mean = 0.0, squares = 0.0;
    size_t run = 0;
    for (size_t k = 0; k < n; k++)
        if (isfinite(folds[k])) {
            mean += folds[k] - rung->folds[k];
            run++;
        }
    if (run < 2)
        return;
    mean /= (double)run;
    for (size_t k = 0; k < n; k++)
        if (isfinite(folds[k]))
            squares += pow(folds[k] - rung->folds[k] - mean, 2);
    rung->squares += squares;
    rung->freedom += (int64_t)run - 1;
}

void race_learn(struct race *race, size_t k, const struct muster_told *told, const double *folds,
                size_t n)
{
    struct race_rung *rung = &race->rungs[k];
    if (race->kind == RACE_NONE || told->state == MUSTER_FAILED || folds == NULL ||
        n != race->folds)
        return;
    if (rung->any)
        compare(rung, folds, n);
    if (told->state != MUSTER_COMPLETE || told->violation > 0 ||
        (rung->any && !(told->score < rung->score)))
        return;
    rung->any = true;
    rung->score = told->score;
    rung->worst = -INFINITY;
    memcpy(rung->folds, folds, n * sizeof *folds);
    for (size_t i = 0; i < n; i++)
        rung->worst = fmax(rung->worst, folds[i]);
}

void race_fill(const struct race *race, size_t k, struct muster_step *step)
{
    const struct race_rung *rung = &race->rungs[k];
    step->threshold = NAN;
    if (!rung->any)
        return;
    if (race->kind == RACE_FORGIVING) {
        step->threshold = rung->worst;
        return;
    }
    step->rival = rung->folds;
    step->freedom = rung->freedom < FREEDOM_MOST ? rung->freedom : FREEDOM_MOST;
    step->variance = rung->freedom > 0 ? rung->squares / (double)rung->freedom : 0.0;
}
