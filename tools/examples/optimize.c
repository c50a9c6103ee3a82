/* optimize: the search library in a C program of one's own, without MPI, study file or data. A
 * space is written as in a study; the program asks for points, computes and tells. It links
 * muster-search alone, see CMakeLists.txt here.
 *
 * Here the cost of a wall of insulation: its thickness, one of three materials, and for one of them
 * a second parameter. */
#include <math.h>
#include <stdio.h>

#include "muster/search.h"

static const char text[] = "seed: 1\n"
                           "space:\n"
                           "  thickness: {float: [0.01, 1.0], log: true}\n"
                           "  material: {choice: [wool, cork, foam]}\n"
                           "  pressure: {int: [1, 9], when: {material: foam}}\n"
                           "search: {method: bayes}\n";

/* What may stand in the text besides the space. */
static const struct muster_option *const tables[] = {muster_search_options};
static const struct muster_section sections[] = {
    {.name = "search", .n_tables = 1, .tables = tables, .methods = &muster_search_methods}};
static const struct muster_registry no_layers = {.what = "layer"};
static const struct muster_catalog catalog = {
    .layers = &no_layers, .n_sections = 1, .sections = sections};

/* Heating grows as the wall thins, material costs as it thickens; x as in the space's order. */
static double cost(const double *x)
{
    static const double conducts[] = {0.040, 0.045, 0.025}, price[] = {60.0, 90.0, 120.0};
    size_t material = (size_t)x[1];
    double spoilt = isnan(x[2]) ? 0.0 : 0.002 * pow(x[2] - 4.0, 2.0);

    return 100.0 * (conducts[material] + spoilt) / x[0] + price[material] * x[0];
}

/* Asks, computes and tells `trials` times; the best point stays in *best, which the search owns. */
static enum muster_status optimize(struct muster_search *search, int trials, const double **best,
                                   double *value)
{
    enum muster_status status = MUSTER_OK;
    enum muster_answer answer;
    struct muster_step step;

    *value = INFINITY;
    for (int i = 0; i < trials; i++) {
        struct muster_told told = {.state = MUSTER_COMPLETE, .deviation = NAN};
        MUSTER_TRY(muster_search_ask(search, &step, &answer));
        if (answer != MUSTER_ASK_STEP)
            break;
        told.score = cost(step.x);
        MUSTER_TRY(muster_search_tell(search, step.id, &told));
        if (told.score < *value) {
            *value = told.score;
            *best = step.x;
        }
    }
done:
    return status;
}

int main(void)
{
    struct muster_study *study = NULL;
    struct muster_search *search = NULL;
    struct muster_search_setup setup = {.window = 1, .strict = true, .noiseless = true};
    struct muster_text point = {0};
    const double *best = NULL;
    double value;
    enum muster_status status;

    MUSTER_TRY(muster_study_parse(text, "optimize.c", NULL, 0, &catalog, &study));
    setup.space = muster_study_space(study);
    setup.options = muster_study_section(study, "search");
    setup.seed = muster_study_seed(study);
    MUSTER_TRY(muster_search_create(&setup, &search));
    MUSTER_TRY(optimize(search, 40, &best, &value));
    muster_space_json(setup.space, best, &point);
    printf("cost %.3f at %s\n", value, point.data);
done:
    if (status != MUSTER_OK)
        fprintf(stderr, "optimize: %s\n", muster_error_text());
    muster_text_free(&point);
    muster_search_destroy(&search);
    muster_study_destroy(&study);
    return muster_status_exit(status);
}
