/* ask-tell: the optimizer alone, driven by any program over standard input and output: one JSON
 * object a line, one answer a line.
 *
 * The driver sets the order: an ask knows everything told so far and takes what was asked and not
 * yet told as pending (order `arrival` of the search room), so the window does not apply. */
#include <math.h>
#include <string.h>

#include "ask_tell.h"
#include "muster/linalg.h"
#include "muster/metrics.h"
#include "muster/run.h"
#include "muster/search.h"

/* ---- one line ------------------------------------------------------------------------------ */

/* Answers a line. What the driver did wrong is told to it and ends nothing. */
static enum muster_status answer_line(struct ask_tell *dialog, const char *line)
{
    const char *end = line;
    cJSON *request = cJSON_ParseWithOpts(line, &end, true), *answer = cJSON_CreateObject();
    struct cli_json json = {0};
    enum muster_status status;

    if (!cJSON_IsObject(request))
        status = muster_error(MUSTER_USAGE, "this is no JSON object, at character %td",
                              request == NULL ? end - line + 1 : 1);
    else
        status = ask_tell_serve(dialog, request, &json, answer);
    if (status == MUSTER_USAGE || status == MUSTER_INTERNAL) {
        cJSON_Delete(answer);
        answer = cJSON_CreateObject();
        cli_json_put(&json, answer, "error", cJSON_CreateString(muster_error_text()));
        status = MUSTER_OK;
    }
    if (status == MUSTER_OK)
        status = cli_json_print(&json, answer, false, stdout);
    else
        cJSON_Delete(answer);
    cJSON_Delete(request);
    if (status == MUSTER_OK && (fputc('\n', stdout) == EOF || fflush(stdout) != 0))
        status = muster_error(MUSTER_IO, "the answer cannot be written");
    return status;
}

/* The next line without its end into *line; *there false at the end of input. */
static enum muster_status read_line(char **line, size_t *capacity, bool *there)
{
    enum muster_status status = MUSTER_OK;
    size_t length = 0;

    *there = false;
    do {
        MUSTER_TRY(muster_grow(line, capacity, length + 1024, 1));
        if (fgets(*line + length, (int)(*capacity - length), stdin) == NULL)
            break;
        *there = true;
        length += strlen(*line + length);
    } while (length == 0 || (*line)[length - 1] != '\n');
    (*line)[length] = '\0';
    (*line)[strcspn(*line, "\r\n")] = '\0';
done:
    return status;
}

static enum muster_status converse(struct ask_tell *dialog)
{
    enum muster_status status = MUSTER_OK;
    size_t capacity = 0;
    char *line = NULL;
    bool there;

    for (;;) {
        MUSTER_TRY(read_line(&line, &capacity, &there));
        if (!there)
            break;
        MUSTER_TRY(answer_line(dialog, line));
    }
    if (ferror(stdin))
        status = muster_error(MUSTER_IO, "standard input cannot be read");
done:
    muster_free(line);
    return status;
}

/* ---- the command --------------------------------------------------------------------------- */

/* A study of a network is told its metrics; any other says which way in `objective`. */
static const struct muster_value *directions_of(const struct muster_study *study)
{
    if (muster_study_kind(study) == MUSTER_STUDY_TRAIN)
        return muster_block_get(muster_study_section(study, "validate"), "metric");
    return muster_block_get(muster_study_section(study, "objective"), "directions");
}

static bool maximizes(const struct muster_study *study, const char *word)
{
    const struct muster_metric *metric;

    if (muster_study_kind(study) != MUSTER_STUDY_TRAIN)
        return strcmp(word, "maximize") == 0;
    metric = muster_metric_find(word);
    return metric != NULL && metric->maximize;
}

static enum muster_status read_directions(struct ask_tell *dialog)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_study *study = dialog->study;
    const struct muster_value *several = directions_of(study);
    const char *single = muster_block_text(muster_study_section(study, "objective"), "direction");
    bool any = several->set && several->n > 0;

    dialog->m = any ? several->n : 1;
    MUSTER_NEW(dialog->signs, dialog->m);
    for (size_t k = 0; k < dialog->m; k++)
        dialog->signs[k] = maximizes(study, any ? several->items[k] : single) ? -1 : 1;
done:
    return status;
}

/* What a fidelity and racing may cut: of a network's study its own, of any other what `objective`
 * says. */
static enum muster_status read_horizon(struct ask_tell *dialog)
{
    const struct muster_study *study = dialog->study;
    const struct muster_block *search = muster_study_section(study, "search");
    const bool trains = muster_study_kind(study) == MUSTER_STUDY_TRAIN;
    const struct muster_value *epochs =
        muster_block_get(muster_study_section(study, trains ? "train" : "objective"), "epochs");
    const struct muster_value *folds =
        muster_block_get(muster_study_section(study, trains ? "validate" : "objective"), "folds");

    dialog->epochs = epochs->set ? (int64_t)epochs->number : 0;
    dialog->folds = folds->set ? (size_t)folds->number : 1;
    dialog->climbs = muster_search_climbs(search);
    dialog->races = strcmp(muster_block_text(search, "racing"), "none") != 0;
    return muster_plan_fits(study, &(struct muster_objective_info){.epochs = (size_t)dialog->epochs,
                                                                   .folds = dialog->folds,
                                                                   .objectives = dialog->m});
}

static enum muster_status open_dialog(const struct muster_study *study, struct ask_tell *dialog)
{
    enum muster_status status;
    struct muster_search_setup setup = {.space = muster_study_space(study),
                                        .options = muster_study_section(study, "search"),
                                        .seed = muster_study_seed(study),
                                        .window = 1};

    setup.initial = muster_study_initial(study, &setup.n_initial);
    dialog->study = study;
    dialog->best = -1;
    MUSTER_TRY(read_directions(dialog));
    MUSTER_TRY(read_horizon(dialog));
    setup.n_objectives = dialog->m;
    setup.epochs = dialog->epochs;
    setup.folds = dialog->folds;
    MUSTER_TRY(muster_earlier_read(study, &dialog->earlier));
    dialog->warm = muster_earlier_warm(&dialog->earlier);
    setup.warm = &dialog->warm;
    MUSTER_TRY(muster_search_create(&setup, &dialog->search));
done:
    return status;
}

static void close_dialog(struct ask_tell *dialog)
{
    int64_t asked = dialog->search != NULL ? muster_search_asked(dialog->search) : 0;

    for (int64_t id = 0; id < asked && dialog->steps != NULL; id++)
        muster_free((void *)(uintptr_t)dialog->steps[id].level);
    muster_search_destroy(&dialog->search);
    muster_earlier_clear(&dialog->earlier);
    muster_free(dialog->steps);
    muster_free(dialog->signs);
    muster_free(dialog->values);
}

enum muster_status cli_ask_tell_check(const struct muster_study *study)
{
    struct ask_tell dialog = {0};
    enum muster_status status = open_dialog(study, &dialog);

    close_dialog(&dialog);
    return status;
}

static enum muster_status run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct cli_catalog catalog = {0};
    struct muster_study *study = NULL;
    struct ask_tell dialog = {0};
    enum muster_status status;

    (void)cli;
    MUSTER_TRY(cli_catalog_create(&catalog));
    MUSTER_TRY(cli_study_load(NULL, arguments, &catalog, &study));
    muster_blas_threads((int)muster_block_int(muster_study_section(study, "parallel"), "threads"));
    MUSTER_TRY(open_dialog(study, &dialog));
    MUSTER_TRY(converse(&dialog));
done:
    close_dialog(&dialog);
    muster_study_destroy(&study);
    cli_catalog_clear(&catalog);
    return status;
}

static const struct cli_flag flags[] = {
    {{.name = "set",
      .type = MUSTER_WORDS,
      .help = "replace a value of the study, e.g. search.method=random; may be repeated"},
     "PATH=VALUE"},
    {{.type = MUSTER_END}, NULL}};

const struct cli_command cli_ask_tell = {
    .name = "ask-tell",
    .operand = "STUDY",
    .help = "the optimizer alone, driven by any program over stdin and stdout",
    .more =
        "STUDY needs no more than `space:`; `objective: {direction: maximize}` where values are\n"
        "better the larger they are, `objective: {directions: [minimize, maximize]}` where trials\n"
        "have several, to be told as \"values\": [0.42, 7]. One JSON object a line, one answer a\n"
        "line:\n"
        "\n"
        "  > {\"op\": \"ask\", \"n\": 2}\n"
        "  < {\"trials\": [{\"id\": 0, \"params\": {\"lr\": 0.01}}, {\"id\": 1, ...}]}\n"
        "  > {\"op\": \"tell\", \"id\": 0, \"value\": 0.42}        null: it failed\n"
        "  < {\"ok\": true}\n"
        "  > {\"op\": \"best\"}\n"
        "  < {\"id\": 0, \"value\": 0.42, \"params\": {\"lr\": 0.01}}     by the first of values\n"
        "  > {\"op\": \"pareto\"}              trials that no other one beats in all values\n"
        "  < {\"trials\": [{\"id\": 0, \"values\": [0.42, 7], \"params\": {\"lr\": 0.01}}]}\n"
        "\n"
        "With a fidelity (`search: {fidelity: asha}`), `objective: {epochs: 27}` says how far a\n"
        "trial goes in the end (`folds: 5` where `fidelity.of: folds`; `rows` are a share of "
        "all).\n"
        "What is asked for is then a step of a trial, to be taken so far from its beginning on:\n"
        "\n"
        "  < {\"trials\": [{\"id\": 9, \"trial\": 4, \"epochs\": 3, \"params\": {\"lr\": 0.01}}]}\n"
        "\n"
        "Each step is told its value by its own id. A trial that is worth it comes again, under\n"
        "another id and the same `trial`, with more epochs: it may go on from where it was. "
        "`best`\n"
        "and `pareto` are of the steps that were taken furthest.\n"
        "\n"
        "With racing (`search: {racing: paired}`, `objective: {folds: 5}`) the value of each fold\n"
        "is told; of a trial that is given up before its last fold, those that there are:\n"
        "\n"
        "  > {\"op\": \"judge\", \"id\": 7, \"folds\": [0.61, 0.58]}    in the order of the folds\n"
        "  < {\"discard\": true}\n"
        "  > {\"op\": \"tell\", \"id\": 7, \"folds\": [0.61, 0.58]}     or \"value\": null: it "
        "failed\n"
        "\n"
        "An ask knows everything told so far and takes what was asked and not yet told as\n"
        "pending. It answers with fewer trials, or none, where the space is exhausted, or where a\n"
        "fidelity must be told what is pending first. A wrong line answers {\"error\": \"...\"} "
        "and\n"
        "changes nothing. End of input ends the program.",
    .flags = flags,
    .run = run};
