/* check: what a run of this study would do, without doing it. */
#include <math.h>

#include "cli_impl.h"
#include "muster/linalg.h"
#include "muster/objective.h"
#include "muster/search.h"

static const struct cli_flag flags[] = {
    {{.name = "set",
      .type = MUSTER_WORDS,
      .help = "replace a value of the study, e.g. search.trials=200; may be repeated"},
     "PATH=VALUE"},
    {{.name = "ranks",
      .type = MUSTER_INT,
      .low = 1,
      .high = 1e7,
      .help = "plan for so many ranks; default: those that check runs on"},
     "N"},
    {{.type = MUSTER_END}, NULL}};

/* Keeps the message of a failure; the report goes on with what can still be said. */
static bool went_well(struct cli_check *check, enum muster_status status)
{
    if (status == MUSTER_OK)
        return true;
    muster_text_add(&check->problems, "%s%s", check->problems.length > 0 ? "\n" : "",
                    muster_error_text());
    if (check->status == MUSTER_OK)
        check->status = status;
    return false;
}

/* Whether proposals ever wait is found by asking without telling, some thousand times at most. */
static enum muster_status try_search(struct cli_check *check)
{
    const struct muster_block *options = muster_study_section(check->study, "search");
    struct muster_search_setup setup = {.space = muster_study_space(check->study),
                                        .options = options,
                                        .seed = muster_study_seed(check->study),
                                        .window = muster_search_window(options),
                                        .strict = true};
    const struct muster_objective_info *info =
        check->objective != NULL ? muster_objective_info(check->objective) : NULL;
    int64_t trials = muster_block_int(options, "trials");
    enum muster_answer answer = MUSTER_ASK_STEP;
    struct muster_search *search = NULL;
    struct muster_earlier earlier;
    struct muster_warm warm;
    enum muster_status status;

    setup.initial = muster_study_initial(check->study, &setup.n_initial);
    setup.n_objectives = info != NULL ? info->objectives : 1;
    setup.n_bounds = info != NULL ? info->n_constraints : 0;
    setup.epochs = info != NULL ? (int64_t)info->epochs : 0;
    setup.folds = info != NULL && !info->pooled ? info->folds : 0;
    if (check->status != MUSTER_OK && muster_search_fits(&setup) != MUSTER_OK)
        return MUSTER_OK; /* said already, or what is missing has been */
    MUSTER_TRY(muster_search_rungs(&setup, &check->rungs));
    MUSTER_TRY(muster_earlier_read(check->study, &earlier));
    warm = muster_earlier_warm(&earlier);
    setup.warm = &warm;
    MUSTER_TRY(muster_search_create(&setup, &search));
    for (int64_t i = 0; i < trials && i < 10000 && answer == MUSTER_ASK_STEP; i++) {
        struct muster_step step;
        MUSTER_TRY(muster_search_ask(search, &step, &answer));
    }
    check->waits = answer == MUSTER_ASK_WAIT;
    check->generation = muster_search_generation(search);
    check->points = muster_search_points(search);
done:
    muster_search_destroy(&search);
    muster_earlier_clear(&earlier);
    return status;
}

/* Collective. A problem of one part does not hide those of the others. */
static void examine(struct cli_check *check, struct muster_comm *world)
{
    if (muster_study_kind(check->study) == MUSTER_STUDY_SPACE) {
        went_well(check, cli_ask_tell_check(check->study));
        return;
    }
    if (went_well(check, muster_objective_create(check->study, world, &check->objective)))
        went_well(check, muster_plan_make(check->study, muster_objective_info(check->objective),
                                          check->ranks, &check->plan));
    went_well(check, try_search(check));
}

static enum muster_status examine_and_print(struct cli *cli, struct cli_check *check)
{
    enum muster_status status = MUSTER_OK;

    examine(check, cli->world);
    if (cli->speaks)
        status = cli_check_print(check, stdout);
    if (check->status != MUSTER_OK)
        status = muster_error(check->status, "%s",
                              check->problems.data != NULL ? check->problems.data
                                                           : muster_status_text(check->status));
    muster_text_free(&check->problems);
    muster_objective_destroy(&check->objective);
    return status;
}

static enum muster_status check(struct cli *cli, const struct cli_arguments *arguments)
{
    const struct muster_value *ranks = cli_flag(arguments, "ranks");
    struct cli_catalog catalog = {0};
    struct muster_study *study = NULL;
    enum muster_status status;

    muster_blas_threads(1);
    MUSTER_TRY(muster_agree(cli->world, cli_catalog_create(&catalog)));
    MUSTER_TRY(cli_study_load(cli->world, arguments, &catalog, &study));
    status = examine_and_print(
        cli,
        &(struct cli_check){.study = study,
                            .points = INFINITY,
                            .ranks = ranks->set ? (int)ranks->number : muster_comm_size(cli->world),
                            .ranks_a_node = muster_comm_node_ranks(cli->world)});
done:
    muster_study_destroy(&study);
    cli_catalog_clear(&catalog);
    return status;
}

const struct cli_command cli_check = {
    .name = "check",
    .operand = "STUDY",
    .help = "read study and data, print space, plan, memory and cost; runs nothing",
    .more = "Also what a study's values are where it says nothing, and every problem found. Of a\n"
            "study for ask-tell, which has nothing to evaluate, all but plan and cost.",
    .flags = flags,
    .parallel = true,
    .run = check};
