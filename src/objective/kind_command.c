/* The objective `command`: any program, started once a trial by the root of a group. Its last line
 * of standard output is the score, or a JSON object {"value": ..., NAME: ...}.
 *
 * It runs in the study file's folder, with the environment of this process (without what an MPI
 * launcher says to its ranks) and MUSTER_TRIAL, MUSTER_SEED and MUSTER_PARAMS (a JSON object). */
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#include "command_impl.h"

struct command_objective {
    struct muster_objective base;
    const struct muster_study *study;      /* borrowed */
    const struct muster_value *words;      /* borrowed from the study */
    const char **names;                    /* owned array of borrowed names: [metrics] */
    bool *maximizes;                       /* owned, [objectives] */
    struct muster_constraint *constraints; /* owned */
    char *program, *folder;                /* owned */
    char **environment;                    /* owned array, see command_environment */
    size_t n_inherited;
    struct command_child child; /* owned buffers */
};

extern const struct objective_kind objective_command;

static bool suits(enum muster_study_kind kind)
{
    return kind == MUSTER_STUDY_COMMAND;
}

/* ---- life ------------------------------------------------------------------------------------ */

/* Whether the study gives an option another value than its default. */
static bool is_given(const struct muster_block *block, const char *name)
{
    double number;

    for (size_t i = 0; i < block->n; i++) {
        const char *standard = block->options[i]->standard;
        if (strcmp(block->options[i]->name, name) == 0)
            return block->values[i].set &&
                   (standard == NULL || !muster_number_read(standard, &number) ||
                    number != block->values[i].number);
    }
    return false;
}

/* Options that only a built-in function has. */
static enum muster_status check_options(const struct muster_study *study,
                                        const struct muster_block *block)
{
    static const char *const others[] = {"dim",    "sleep.lognormal", "fail_every",
                                         "epochs", "folds",           "noise"};
    enum muster_status status = MUSTER_OK;
    char path[64] = "objective.";

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (is_given(block, others[i])) {
            strcpy(path + strlen("objective."), others[i]);
            MUSTER_TRY(muster_error(MUSTER_BAD_STUDY,
                                    "%s: `%s` goes with `objective: {function: ...}`, not with a "
                                    "command",
                                    muster_study_place(study, path), others[i]));
        }
    if (muster_block_get(block, "command")->n == 0)
        status = muster_error(MUSTER_BAD_STUDY, "%s: `command` is an empty list ([PROGRAM, ...])",
                              muster_study_place(study, "objective.command"));
done:
    return status;
}

/* `value`, and the further values that are recorded. */
static enum muster_status name_metrics(struct command_objective *self,
                                       const struct muster_value *report)
{
    enum muster_status status = MUSTER_OK;
    size_t n = 1;

    MUSTER_NEW(self->names, 1 + report->n);
    self->names[0] = "value";
    for (size_t i = 0; i < report->n; i++) {
        for (size_t k = 0; k < n; k++)
            if (strcmp(self->names[k], report->items[i]) == 0)
                MUSTER_TRY(muster_error(MUSTER_BAD_STUDY, "%s: `%s` %s",
                                        muster_study_place(self->study, "objective.report"),
                                        report->items[i],
                                        k == 0 ? "is recorded anyway" : "stands twice"));
        if (report->items[i][0] == '\0' || strchr(report->items[i], '/') != NULL)
            MUSTER_TRY(muster_error(
                MUSTER_BAD_STUDY, "%s: `%s` is no name for a column (without `/`)",
                muster_study_place(self->study, "objective.report"), report->items[i]));
        self->names[n++] = report->items[i];
    }
done:
    return status;
}

/* The value's direction, and those of further objectives. */
static enum muster_status read_directions(struct command_objective *self,
                                          const struct muster_block *block, size_t metrics)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_value *several = muster_block_get(block, "directions");
    size_t n = several->set ? several->n : 1;

    if (n == 0 || n > metrics)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: %zu directions, but the value and `report` are %zu numbers (a "
                            "direction for the value, and for the first names of `report`)",
                            muster_study_place(self->study, "objective.directions"), n, metrics);
    MUSTER_NEW(self->maximizes, n);
    for (size_t i = 0; i < n; i++) {
        const char *word = several->set ? several->items[i] : muster_block_text(block, "direction");
        self->maximizes[i] = strcmp(word, "maximize") == 0;
    }
    self->base.info.objectives = n;
done:
    return status;
}

/* "NAME >= NUMBER" of a recorded number. */
static enum muster_status read_constraints(struct command_objective *self,
                                           const struct muster_value *bounds, size_t metrics)
{
    enum muster_status status = MUSTER_OK;
    const char *place = muster_study_place(self->study, "objective.constraints");

    MUSTER_NEW(self->constraints, bounds->n);
    for (size_t i = 0; i < bounds->n; i++) {
        const char *text = bounds->items[i];
        size_t length = strcspn(text, " <>"), m = 0;
        while (m < metrics &&
               (strlen(self->names[m]) != length || strncmp(self->names[m], text, length) != 0))
            m++;
        if (m == metrics)
            MUSTER_TRY(muster_error(MUSTER_BAD_STUDY,
                                    "%s: `%s` bounds no number that is recorded (value, or a name "
                                    "of `report`, then >= or <= and a number)",
                                    place, text));
        MUSTER_TRY(objective_bound_read(text + length, place, m, &self->constraints[i]));
    }
done:
    return status;
}

/* A SIGCHLD that is ignored would take the ends of our programs away. */
static void heed_children(void)
{
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
        signal(SIGCHLD, SIG_DFL);
}

static void describe(struct command_objective *self, const struct muster_block *block)
{
    const struct muster_value *timeout = muster_block_get(block, "timeout");
    self->child.timeout = timeout->set ? timeout->number : INFINITY;
    self->child.program = self->program;
    self->child.folder = self->folder;
    self->base.info =
        (struct muster_objective_info){.kind = objective_command.name,
                                       .maximize = self->maximizes[0],
                                       .objectives = self->base.info.objectives,
                                       .maximizes = self->maximizes,
                                       .n_constraints = muster_block_get(block, "constraints")->n,
                                       .constraints = self->constraints,
                                       .folds = 1,
                                       .metrics = 1 + muster_block_get(block, "report")->n,
                                       .metric_names = self->names};
}

static enum muster_status build(const struct muster_study *study,
                                struct muster_objective **objective)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_block *block = muster_study_section(study, "objective");
    struct command_objective *self;
    MUSTER_NEW(self, 1);
    self->base.kind = &objective_command;
    *objective = &self->base;
    self->study = study;
    self->words = muster_block_get(block, "command");
    MUSTER_TRY(check_options(study, block));
    MUSTER_TRY(command_words_check(study, self->words));
    MUSTER_TRY(name_metrics(self, muster_block_get(block, "report")));
    size_t metrics = 1 + muster_block_get(block, "report")->n;
    MUSTER_TRY(read_directions(self, block, metrics));
    MUSTER_TRY(read_constraints(self, muster_block_get(block, "constraints"), metrics));
    MUSTER_TRY(command_program_find(study, self->words->items[0], &self->program));
    self->folder = muster_study_resolve(study, ".");
    MUSTER_TRY(self->folder != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    MUSTER_TRY(command_environment(&self->environment, &self->n_inherited));
    MUSTER_TRY(command_child_create(&self->child));
    heed_children();
    describe(self, block);
done:
    return status;
}

static enum muster_status create(const struct muster_study *study, struct muster_comm *world,
                                 struct muster_objective **objective)
{
    return muster_agree(world, build(study, objective));
}

static void destroy(struct muster_objective *objective)
{
    struct command_objective *self = (struct command_objective *)objective;
    command_child_clear(&self->child);
    muster_free(self->environment);
    muster_free(self->folder);
    muster_free(self->program);
    muster_free(self->names);
    muster_free(self->maximizes);
    muster_free(self->constraints);
}

/* ---- a trial --------------------------------------------------------------------------------- */

/* The trial's own variables behind the inherited ones. */
static enum muster_status set_variables(struct command_objective *self,
                                        const struct muster_step *step)
{
    char **own = self->environment + self->n_inherited;
    struct muster_text params = {0};

    muster_space_json(muster_study_space(self->study), step->x, &params);
    own[0] = muster_format("MUSTER_TRIAL=%" PRId64, step->trial);
    own[1] = muster_format("MUSTER_SEED=%" PRIu64, muster_study_seed(self->study));
    own[2] = params.failed ? NULL : muster_format("MUSTER_PARAMS=%s", params.data);
    muster_text_free(&params);
    return own[0] != NULL && own[1] != NULL && own[2] != NULL ? MUSTER_OK : MUSTER_NO_MEMORY;
}

static void clear_variables(struct command_objective *self)
{
    for (size_t i = 0; i < COMMAND_OWN_VARIABLES; i++) {
        muster_free(self->environment[self->n_inherited + i]);
        self->environment[self->n_inherited + i] = NULL;
    }
}

static enum muster_status run(struct command_objective *self, const struct muster_step *step,
                              const struct muster_interrupt *interrupt,
                              struct muster_result *result)
{
    enum muster_status status = MUSTER_OK;
    char **argv = NULL;

    MUSTER_TRY(set_variables(self, step));
    MUSTER_TRY(command_words_fill(self->study, self->words, step, &argv));
    self->child.argv = argv;
    self->child.environment = self->environment;
    MUSTER_TRY(command_child_run(&self->child, interrupt));
    if (self->child.err.n > 0)
        muster_log(MUSTER_DEBUGS, "trial %" PRId64 ", standard error: %s", step->trial,
                   self->child.err.data);
    command_answer(&self->child, self->names, step->trial == 0, result);
done:
    command_words_free(&argv);
    clear_variables(self);
    return status;
}

/* The group's root runs the program; the others wait asleep. They learn of a stop through it. */
static enum muster_status evaluate(struct muster_objective *objective, struct muster_comm *group,
                                   const struct muster_step *step,
                                   const struct muster_interrupt *interrupt,
                                   struct muster_result *result)
{
    struct command_objective *self = (struct command_objective *)objective;
    return muster_agree(group, muster_comm_rank(group) == 0 ? run(self, step, interrupt, result)
                                                            : MUSTER_OK);
}

const struct objective_kind objective_command = {
    .name = "command", .suits = suits, .create = create, .destroy = destroy, .evaluate = evaluate};
