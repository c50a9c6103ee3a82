/* bayes: a Gaussian process over all known results and the highest log EI under it, with pending
 * points as believers (Ginsbourger et al. 2010; Ament et al. 2023, arXiv 2310.20708), or while very
 * many are pending the least value of a function drawn from it.
 *
 * Scores are warped, failures stand at the worst score seen; both in the model alone.
 * Kernel parameters are fitted at every ask while results are few, then whenever their number has
 * grown by a tenth. The model is a function of the parameters, of how many results were known when
 * they were fitted, and of the view, whatever happened in between: that is what a replay restores,
 * and only the next real ask builds it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/bayes_impl.h"

extern const struct muster_method muster_method_bayes;

static void destroy(void *state)
{
    struct bayes *bayes = state;
    muster_gp_destroy(&bayes->gp);
    muster_free(bayes->fitted);
    muster_free(bayes->box);
    muster_free(bayes->base);
    muster_free(bayes->ids);
    muster_free(bayes->u);
    muster_free(bayes->y);
    muster_free(bayes->raw);
    muster_free(bayes->counts);
    muster_free(bayes->ratio);
    bayes_noise_clear(&bayes->noise);
    bayes_sides_clear(&bayes->sides);
    bayes_region_clear(&bayes->region);
    bayes_basin_clear(&bayes->basin);
    muster_free(bayes->mean);
    muster_output_warp_clear(&bayes->warp);
    bayes_crowd_clear(&bayes->crowd);
    muster_free(bayes);
}

/* Of a function, three points a parameter, as few runs then stick beside the best basin: no more
 * than 30, and of more than 21 two less for each step of a window (it makes the next ones blind
 * anyway). Where there is noise, three more than a linear model needs: trials are few, and more
 * than these found nothing by the 20th or 40th of real trainings. As many as it needs in any case.
 */
static int64_t start_for(const struct muster_search_setup *setup)
{
    int64_t least = (int64_t)setup->space->d + 1, n = setup->noiseless ? 3 * least : least + 3;
    n = n < 30 ? n : 30;
    if (setup->strict && n > 21)
        n = n - 2 * (setup->window - 1) > 21 ? n - 2 * (setup->window - 1) : 21;
    return n > least ? n : least;
}

static enum muster_criterion_kind kind_of(const char *word)
{
    if (strcmp(word, "ucb") == 0)
        return MUSTER_UCB;
    if (strcmp(word, "thompson") == 0)
        return MUSTER_THOMPSON;
    return strcmp(word, "log_pi") == 0 ? MUSTER_LOG_PI : MUSTER_LOG_EI;
}

static enum muster_status refuse(const char *text)
{
    return muster_error(MUSTER_BAD_STUDY, "search.bayes.%s", text);
}

static enum muster_status fits(const struct muster_search_setup *setup)
{
    const struct muster_plugin *own = &muster_method_bayes.plugin;
    const struct muster_block *block = setup->options;
    const char *cost = muster_search_word_in(block, own, "cost");
    const char *acquisition = muster_search_word_in(block, own, "acquisition");
    bool front = strcmp(muster_search_word_in(block, own, "objectives"), "hypervolume") == 0;
    bool weighed = strcmp(cost, "none") != 0 ||
                   strcmp(muster_search_word_in(block, own, "failures"), "ignore") != 0;

    if (strcmp(cost, "seconds") == 0 && strcmp(muster_block_text(block, "order"), "arrival") != 0)
        return refuse("cost: seconds are measured, so that trials would depend on the machine "
                      "(with order: arrival, or flops, which are counted)");
    if (front && setup->n_objectives > MUSTER_FRONT_OBJECTIVES)
        return refuse("objectives: hypervolume takes two or three metrics (scalarised)");
    if (front && setup->n_objectives > 1 && strcmp(acquisition, "log_ei") != 0)
        return refuse("acquisition: the growth of a hypervolume stands in its place (log_ei, or "
                      "objectives: scalarised)");
    if (front && strcmp(muster_search_word_in(block, own, "region"), "turbo") == 0)
        return refuse("region: a front has no one best result to lie about (none, or objectives: "
                      "scalarised)");
    if (weighed && (strcmp(acquisition, "ucb") == 0 || strcmp(acquisition, "thompson") == 0))
        return refuse("acquisition: this is no gain that cost and failures could weigh (log_ei or "
                      "log_pi)");
    return MUSTER_OK;
}

static enum muster_output_warping warping_of(const char *word)
{
    static const char *const words[] = {[MUSTER_WARP_NONE] = "none",
                                        [MUSTER_WARP_HALF_RANK] = "half_rank",
                                        [MUSTER_WARP_RANK] = "rank",
                                        [MUSTER_WARP_BOX_COX] = "box_cox",
                                        [MUSTER_WARP_YEO_JOHNSON] = "yeo_johnson"};
    size_t i = 0;
    while (strcmp(word, words[i]) != 0)
        i++;
    return (enum muster_output_warping)i;
}

static const char *word_of(const struct muster_search *search, const char *option)
{
    return muster_search_word(search, &muster_method_bayes.plugin, option);
}

/* Local steps, a trust region, or neither. */
static void choose_region(struct bayes *bayes)
{
    const char *local = word_of(bayes->search, "local");
    bool noiseless = muster_search_setup_of(bayes->search)->noiseless;
    bayes_region_clear(&bayes->region);
    bayes->turbo = strcmp(word_of(bayes->search, "region"), "turbo") == 0;
    bayes->local =
        !bayes->turbo && (strcmp(local, "auto") == 0 ? noiseless : strcmp(local, "always") == 0);
}

static enum muster_status create_model(struct bayes *bayes)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_search_setup *setup = muster_search_setup_of(bayes->search);
    const char *inputs = word_of(bayes->search, "input_warping");

    bayes->warp.wanted = warping_of(word_of(bayes->search, "output_warping"));
    bayes->model = (struct muster_gp_model){.warp_inputs = strcmp(inputs, "kumaraswamy") == 0,
                                            .additive = true,
                                            .noise_mean = -4,
                                            .noise_deviation = 1,
                                            .noise_floor = setup->noiseless ? 1e-8 : 1e-4};
    MUSTER_TRY(muster_gp_create_as(setup->space, &muster_solver_lapack, &bayes->model, &bayes->gp));
    MUSTER_TRY(bayes_noise_create(bayes));
    MUSTER_TRY(bayes_sides_create(bayes));
    if (bayes->sides.m > 0) { /* no one result is the best to be refined */
        bayes->local = false;
        bayes->acquisition = "log_ehvi";
    }
    bayes->n_parameters = muster_gp_parameters(bayes->gp) + bayes_sides_parameters(&bayes->sides);
    MUSTER_NEW(bayes->fitted, bayes->n_parameters);
    MUSTER_NEW(bayes->box, 3 * setup->space->d);
done:
    return status;
}

static enum muster_status create(const struct muster_search *search, void **state)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_search_setup *setup = muster_search_setup_of(search);
    struct bayes *bayes;

    MUSTER_NEW(bayes, 1);
    *state = bayes;
    bayes->search = search;
    bayes->plugin = &muster_method_bayes.plugin;
    bayes->space = setup->space;
    choose_region(bayes);
    double design = muster_search_option(search, &muster_method_bayes.plugin, "design");
    bayes->design = isnan(design) ? start_for(setup) : (int64_t)design;
    bayes->acquisition = word_of(search, "acquisition");
    bayes->criterion = (struct muster_criterion){
        .kind = kind_of(bayes->acquisition),
        .kappa = muster_search_option(search, &muster_method_bayes.plugin, "kappa")};
    MUSTER_TRY(create_model(bayes));
done:
    return status;
}

/* Results that the model needs before it is asked. */
static int64_t least_known(const struct bayes *bayes)
{
    int64_t linear = (int64_t)bayes->space->d + 1,
            n = bayes->design < linear ? bayes->design : linear;
    return n < 2 ? 2 : n;
}

/* The start is asked blindly, and so is whatever cannot know enough results yet. */
static int64_t blind(const void *state)
{
    const struct bayes *bayes = state;
    const struct muster_search_setup *setup = muster_search_setup_of(bayes->search);
    int64_t initial = (int64_t)setup->n_initial;
    if (setup->warm != NULL && setup->warm->n > 0 && setup->n_objectives <= 1)
        return initial; /* there is a model from the start on */
    int64_t start = initial > bayes->design ? initial : bayes->design;
    int64_t informed = setup->strict ? setup->window + least_known(bayes) : 0;
    return start > informed ? start : informed;
}

/* ---- proposals ----------------------------------------------------------------------------- */

/* The least of `best` and of what is believed of pending points: what they promise is no longer to
 * be gained. mean[]: room for two numbers for each. */
static double best_believed(const struct bayes *bayes, double best, double *mean)
{
    size_t pending = bayes->draws ? 0 : bayes->n - bayes->n_observed;
    const double *u = bayes->u + bayes->n_observed * bayes->space->d;

    muster_gp_predict_many(bayes->gp, u, pending, mean, mean + pending);
    for (size_t i = 0; i < pending; i++)
        best = fmin(best, mean[i]);
    return best;
}

/* What is to be improved on: the best score, without its noise where there is some. Of earlier
 * runs only while there is none of this one: their scores are not on the same scale. */
static enum muster_status find_incumbent(struct bayes *bayes,
                                         struct muster_acquisition *acquisition)
{
    enum muster_status status = MUSTER_OK;
    size_t own = bayes->n_observed > bayes->n_warm ? bayes->n_warm : 0, best = own;

    MUSTER_TRY(muster_grow(&bayes->mean, &bayes->mean_capacity, 2 * bayes->n, sizeof *bayes->mean));
    muster_gp_smooth(bayes->gp, bayes->mean);
    const double *value = muster_search_setup_of(bayes->search)->noiseless ? bayes->y : bayes->mean;
    for (size_t i = own; i < bayes->n_observed; i++)
        if (value[i] < value[best])
            best = i;
    acquisition->criterion = bayes->criterion;
    acquisition->criterion.best =
        best_believed(bayes, value[best], bayes->mean + bayes->n_observed);
    if (bayes->draws)
        acquisition->criterion.kind = MUSTER_THOMPSON;
    acquisition->elite = bayes->u + best * bayes->space->d;
    acquisition->n_elite = 1;
done:
    return status;
}

static bool model_ready(const struct bayes *bayes, const struct muster_view *view)
{
    int64_t finite = 0;
    for (size_t i = 0; i < view->n_warm && finite < least_known(bayes); i++)
        finite += !isnan(bayes_score(bayes, view->warm[i]));
    for (size_t i = 0; i < view->n_known && finite < least_known(bayes); i++)
        finite += !isnan(bayes_score(bayes, view->known[i]));
    return finite >= least_known(bayes);
}

/* The space-filling start, or that of a trust region. With earlier results there is a model, and
 * every other point is its own: by the others it is seen whether a source misleads, and where to go
 * if it does. */
static bool is_design(const struct bayes *bayes, const struct muster_view *view)
{
    bool starts = view->id < bayes->design || (bayes->turbo && bayes_turbo_starts(bayes, view));
    bool spread = view->n_warm == 0 || view->id % 2 == 1;
    return (starts && spread) || !model_ready(bayes, view);
}

static enum muster_status propose(void *state, const struct muster_view *view, double *x,
                                  bool *done)
{
    enum muster_status status = MUSTER_OK;
    struct bayes *bayes = state;
    struct muster_proposal proposal;
    enum bayes_turn turn;
    bool found = false;
    uint64_t seed = muster_search_setup_of(bayes->search)->seed;
    struct muster_acquisition acquisition = {
        .stream = muster_stream_of(seed, view->id, -1, MUSTER_FOR_SEARCH),
        .taken = bayes_region_taken,
        .context = bayes};

    bayes->fitted_now = false;
    bayes->why = (struct muster_reason){"design", NAN, NAN, NAN};
    MUSTER_TRY(bayes_region_update(bayes, view));
    if (is_design(bayes, view))
        return muster_search_design(bayes->search, view->id, bayes->design, x);
    MUSTER_TRY(bayes_model_update(bayes, view));
    MUSTER_TRY(bayes_region_turn(bayes, view, &turn));
    if (muster_space_has_prior(bayes->space)) /* fades: Hvarfner et al., ICLR 2022, beta = 10 */
        acquisition.belief = 10 / (double)(view->n_known + 1);
    if (turn == BAYES_LOCAL)
        MUSTER_TRY(bayes_region_step(bayes, acquisition.stream, x, &found));
    if (turn == BAYES_ELSEWHERE)
        MUSTER_TRY(bayes_basin_elsewhere(bayes, view, &acquisition, x, &found));
    if (turn == BAYES_GLOBAL)
        MUSTER_TRY(bayes_bowl_step(bayes, view, x, &found));
    if (found)
        goto done;
    MUSTER_TRY(find_incumbent(bayes, &acquisition));
    MUSTER_TRY(bayes_sides_aim(bayes, view, &acquisition));
    if (bayes->sides.n == 0)
        MUSTER_TRY(bayes_crowd_update(bayes, view, &acquisition.crowd));
    bayes_axis_box(bayes, view, &acquisition);
    if (bayes->turbo && !bayes_turbo_starts(bayes, view))
        bayes_turbo_box(bayes, &acquisition);
    MUSTER_TRY(muster_acquire(bayes->gp, &acquisition, x, &proposal, done));
    muster_output_warp_predict(&bayes->warp, &proposal.mean, &proposal.deviation);
    bayes->why = (struct muster_reason){bayes->draws ? "thompson" : bayes->acquisition,
                                        proposal.value, proposal.mean, proposal.deviation};
done:
    return status;
}

static enum muster_status replay(void *state, const struct muster_view *view, const double *x,
                                 const double *fitted, size_t n_fitted)
{
    enum muster_status status = MUSTER_OK;
    struct bayes *bayes = state;
    enum bayes_turn turn;
    (void)x;

    bayes->fitted_now = false;
    MUSTER_TRY(bayes_region_update(bayes, view));
    if (n_fitted > 0)
        MUSTER_TRY(bayes_model_restore(bayes, view, fitted, n_fitted));
    if (!is_design(bayes, view))
        MUSTER_TRY(bayes_region_turn(bayes, view, &turn));
done:
    return status;
}

static const double *fitted_parameters(const void *state, size_t *n)
{
    const struct bayes *bayes = state;
    *n = bayes->fitted_now ? bayes->n_parameters : 0;
    return bayes->fitted_now ? bayes->fitted : NULL;
}

static void reason(const void *state, struct muster_reason *why)
{
    *why = ((const struct bayes *)state)->why;
}

const struct muster_method muster_method_bayes = {
    .plugin = {.name = "bayes",
               .help = "Gaussian process and expected improvement; learns from every result",
               .options = bayes_options},
    .warm = true,
    .fits = fits,
    .create = create,
    .destroy = destroy,
    .blind = blind,
    .propose = propose,
    .replay = replay,
    .fitted = fitted_parameters,
    .reason = reason,
};
