/* The rungs of a fidelity, from the study's options, and the registry built from fidelity_list.h.
 *
 * From the top down each rung is an eta-th of the one above, as far as the least budget allows. */
#include <math.h>
#include <string.h>

#include "search/fidelity_impl.h"

#define X(name) extern const struct muster_scheduler muster_fidelity_##name;
#include "search/fidelity_list.h"
#undef X

static const struct muster_plugin *const fidelities[] = {
#define X(name) &muster_fidelity_##name.plugin,
#include "search/fidelity_list.h"
#undef X
};

const struct muster_registry muster_search_fidelities = {
    .what = "fidelity", .n = sizeof fidelities / sizeof *fidelities, .items = fidelities};

/* What a fidelity may be of. */
static const struct kind {
    const char *name, *least, *whole; /* the option of its lowest rung, and what the top one is */
    bool counted;                     /* in whole numbers */
} kinds[] = {[MUSTER_OF_EPOCHS] = {"epochs", "fidelity.min_epochs", "epochs of a training", true},
             [MUSTER_OF_ROWS] = {"rows", "fidelity.min_rows", "shares of the rows", false},
             [MUSTER_OF_FOLDS] = {"folds", "fidelity.min_folds", "folds", true}};

static const char *name_of(const struct muster_block *block)
{
    const struct muster_value *method = muster_block_get(block, "fidelity.method");
    return method->set ? method->text : muster_block_text(block, "fidelity");
}

static enum muster_fidelity_of of_what(const struct muster_block *block)
{
    const char *name = muster_block_text(block, "fidelity.of");
    size_t of = 0;
    while (strcmp(kinds[of].name, name) != 0)
        of++;
    return (enum muster_fidelity_of)of;
}

/* `few`: two rungs below the top by default, in place of three. */
static enum muster_status cut(struct muster_ladder *ladder, double least, double most, bool few)
{
    const struct kind *kind = &kinds[ladder->of];
    const double eta = (double)ladder->eta, first = kind->counted ? 1.0 : most / (eta * eta);
    const double widest =
        kind->counted ? fmax(first, floor(most / (eta * eta * (few ? 1.0 : eta)))) : first;
    double low = isnan(least) ? widest : least, budget = most;
    if (!(most > 1.0) && kind->counted)
        return muster_error(MUSTER_BAD_STUDY,
                            "search.fidelity: there are no %s to be tried with a part of first "
                            "(`fidelity: none`, or `of:` another one of epochs, rows and folds)",
                            kind->whole);
    if (kind->counted && eta > most)
        return muster_error(MUSTER_BAD_STUDY,
                            "search.fidelity.eta: %g is more than the %g %s (at most %g)", eta,
                            most, kind->whole, most);
    if (low * eta > most * (1 + 1e-9))
        return muster_error(
            MUSTER_BAD_STUDY,
            "search.%s: %g is more than an eta-th of the %g that there are (at most %g)",
            kind->least, low, most, kind->counted ? floor(most / eta) : most / eta);
    for (ladder->n = 1; budget / eta >= low * (1 - 1e-9) && ladder->n < MUSTER_RUNGS; ladder->n++)
        budget /= eta;
    for (size_t k = ladder->n; k-- > 0; most /= eta)
        ladder->budget[k] = kind->counted ? (double)llround(most) : most;
    return MUSTER_OK;
}

bool muster_search_climbs(const struct muster_block *options)
{
    return strcmp(name_of(options), "none") != 0;
}

enum muster_status muster_fidelity_choose(const struct muster_search_setup *setup,
                                          const struct muster_scheduler **scheduler,
                                          struct muster_ladder *ladder)
{
    const struct muster_block *block = setup->options;
    const struct muster_plugin *found =
        muster_registry_find(&muster_search_fidelities, name_of(block));
    *ladder = (struct muster_ladder){.n = 1, .eta = 1, .budget = {1.0}};
    if (found == NULL)
        return muster_error(MUSTER_USAGE, "search.fidelity: there is none named `%s`",
                            name_of(block));
    *scheduler = (const struct muster_scheduler *)found; /* embedded first */
    if (*scheduler == &muster_fidelity_none)
        return MUSTER_OK;
    if (setup->n_objectives > 1)
        return muster_error(MUSTER_BAD_STUDY,
                            "search.fidelity: configurations of several metrics have no order in "
                            "which the best ones of a rung could go on (`fidelity: none`, or one "
                            "metric)");
    ladder->of = of_what(block);
    ladder->eta = muster_block_int(block, "fidelity.eta");
    const double most[] = {[MUSTER_OF_EPOCHS] = (double)setup->epochs,
                           [MUSTER_OF_ROWS] = 1.0,
                           [MUSTER_OF_FOLDS] = (double)setup->folds};
    const struct muster_value *least = muster_block_get(block, kinds[ladder->of].least);
    for (size_t k = 0; k < MUSTER_RUNGS; k++)
        ladder->per_rise[k] =
            (*scheduler)->per_rise != NULL ? (*scheduler)->per_rise(ladder->eta, k) : ladder->eta;
    return cut(ladder, least->set ? least->number : NAN, most[ladder->of], (*scheduler)->few_rungs);
}

enum muster_status muster_search_rungs(const struct muster_search_setup *setup,
                                       struct muster_rungs *rungs)
{
    const struct muster_scheduler *scheduler;
    enum muster_status status;
    struct muster_ladder ladder;

    MUSTER_TRY(muster_fidelity_choose(setup, &scheduler, &ladder));
    *rungs = (struct muster_rungs){.of = kinds[ladder.of].name, .n = ladder.n, .share = {1.0}};
    memcpy(rungs->budget, ladder.budget, ladder.n * sizeof *ladder.budget);
    for (size_t k = 1; k < ladder.n; k++)
        rungs->share[k] = rungs->share[k - 1] / (double)ladder.per_rise[k - 1];
done:
    return status;
}

/* Whether an option has another value than its default. */
static bool is_given(const struct muster_option *option, const struct muster_value *value)
{
    double number;
    if (!value->set || option->standard == NULL)
        return value->set;
    if (muster_number_read(option->standard, &number))
        return number != value->number;
    return strcmp(option->standard, value->text) != 0;
}

/* Whether an option is the least budget of another kind. */
static bool is_of_others(const char *option, const struct kind *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (&kinds[i] != kind && strcmp(kinds[i].least, option) == 0)
            return true;
    return false;
}

enum muster_status muster_fidelity_check(const struct muster_block *block)
{
    const struct kind *kind = &kinds[of_what(block)];
    const bool off = muster_block_get(block, "fidelity.method")->set;
    for (size_t i = 0; i < block->n; i++) {
        const char *name = block->options[i]->name;
        if (strncmp(name, "fidelity.", strlen("fidelity.")) != 0 ||
            !is_given(block->options[i], &block->values[i]))
            continue;
        if (!muster_search_climbs(block) && !off)
            return muster_error(MUSTER_BAD_STUDY,
                                "search.%s: does nothing without a method (`method: asha`, "
                                "hyperband, bohb or freeze_thaw beside it)",
                                name);
        if (muster_search_climbs(block) && is_of_others(name, kind))
            return muster_error(MUSTER_BAD_STUDY,
                                "search.%s: does nothing with a fidelity of %s (`%s`, or another "
                                "`of:`)",
                                name, kind->name, kind->least + strlen("fidelity."));
    }
    return MUSTER_OK;
}

void muster_ladder_fill(const struct muster_ladder *ladder, size_t rung, bool fresh,
                        struct muster_step *step)
{
    const bool top = rung + 1 == ladder->n;
    const double before = fresh || rung == 0 ? 0.0 : ladder->budget[rung - 1];
    step->rung = (int64_t)rung;
    step->to_epoch = step->n_folds = -1;
    if (ladder->of == MUSTER_OF_EPOCHS) {
        step->from_epoch = (int64_t)before;
        step->to_epoch = top ? -1 : (int64_t)ladder->budget[rung];
    } else if (ladder->of == MUSTER_OF_FOLDS) {
        step->first_fold = (int64_t)before;
        step->n_folds = top ? -1 : (int64_t)(ladder->budget[rung] - before);
    } else {
        step->rows = top ? 0.0 : ladder->budget[rung];
    }
}
