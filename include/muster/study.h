/* study: the YAML study file with a place for every value, the search space, encode and decode,
 * and the two things that cross the house, a step and its result.
 *
 * Nothing here is collective: every rank parses the same text and gets the same study. */
#ifndef MUSTER_STUDY_H
#define MUSTER_STUDY_H

#include "muster/base.h"

/* ---- what may stand in a study file ------------------------------------------------------- */

/* One section of the file, e.g. `train:`. Its keys are the options of all its tables together; the
 * same name may stand in several tables (beta1 of adam and adamw) if it is declared alike. */
struct muster_section {
    const char *name;
    size_t n_tables;
    const struct muster_option *const *tables;
    const struct muster_registry *methods; /* NULL, or plug-ins whose options stand one level down
                                              under the plug-in's name: `search: bayes: {...}`;
                                              their names in the block are "bayes.NAME" */
    bool tunable;                          /* values may be ranges, save options marked constant */
};

/* All that the rooms above offer; cli fills it in. Borrowed, outlives every study. */
struct muster_catalog {
    const struct muster_registry *layers; /* kinds that stand in `network:` */
    size_t n_sections;
    const struct muster_section *sections;
};

/* ---- the search space -------------------------------------------------------------------- */

enum muster_param_kind { MUSTER_PARAM_FLOAT, MUSTER_PARAM_INT, MUSTER_PARAM_CHOICE };

struct muster_choice {
    double number; /* NaN where the choice is not a number */
    char *text;    /* owned: as a user reads it; JSON for lists */
    bool json;     /* the text is JSON as it stands: a list, true or false */
};

/* Active only where parameter `param` has one of the values: for FLOAT and INT the numbers, for
 * CHOICE the indices. */
struct muster_condition {
    size_t param;
    size_t n;
    double *values; /* owned */
};

/* Parameters stand in the order of layers and option tables, not of keys in the file (in `space:`
 * as written), but parents before children. */
struct muster_param {
    char *name; /* owned; "train.learning_rate" */
    enum muster_param_kind kind;
    double low, high; /* FLOAT, INT; CHOICE: 0 and n_choices - 1 */
    double step;      /* 0: none; values are low + i * step, as short decimals where both are */
    bool log;
    bool ordered;  /* CHOICE: numeric choices that increase, not switched off by `ordered: false` */
    bool numeric;  /* CHOICE: all choices are numbers */
    bool integral; /* numeric CHOICE of whole numbers only, stored as integers */
    size_t n_choices;
    struct muster_choice *choices; /* owned */
    size_t n_conditions;
    struct muster_condition *conditions; /* owned; all must hold */
    double prior, prior_weight; /* what is believed to be best, as an entry of a point, and how much
                                   of the probability stands for it; weight 0: none */
};

enum muster_relation {
    MUSTER_NO_RELATION,
    MUSTER_LESS,
    MUSTER_LESS_EQUAL,
    MUSTER_EQUAL,
    MUSTER_UNEQUAL,
    MUSTER_GREATER_EQUAL,
    MUSTER_GREATER
};

/* A combination that may not be proposed: all conditions hold, and so does the comparison where
 * there is one (a choice enters it by its number). An inactive parameter fulfils nothing. */
struct muster_forbidden {
    size_t n_conditions;
    struct muster_condition *conditions; /* owned */
    enum muster_relation relation;
    size_t left, right; /* parameters; right == d: `number` stands there */
    double number;
};

/* A point of the space is `double x[d]`: the value of a FLOAT or INT, the index of a CHOICE, NaN
 * where the parameter is inactive. Parents stand before their children in `params`. */
struct muster_space {
    size_t d;
    struct muster_param *params; /* owned */
    size_t n_forbidden;
    struct muster_forbidden *forbidden; /* owned; NULL: none */
};

/* The parameter's index, or d when there is none of that name. */
size_t muster_space_find(const struct muster_space *space, const char *name);

/* How many values a parameter can take; INFINITY for a FLOAT without step. */
double muster_param_count(const struct muster_param *param);
/* Whether it takes any real number of its interval. */
bool muster_param_is_continuous(const struct muster_param *param);

/* The i-th value, from 0, of a discrete parameter. */
double muster_param_value(const struct muster_param *param, double i);
/* The number that an entry of a point stands for: a choice's own, NaN where it is none. */
double muster_param_number(const struct muster_param *param, double x);

/* One value to and from [0, 1]. Discrete values own equal cells and map to a cell's centre; FLOATs
 * (and log ones on the log scale) map linearly, so that decode(encode(v)) == v for every discrete v
 * and within rounding for FLOATs. Discrete ones on a log scale own the cells from v - step/2 to
 * v + step/2 on that scale (the first from no lower than low/2). Decode clamps u (NaN: 0) and
 * always returns a value within bounds. Encode takes the nearest value of a discrete parameter, and
 * 0.5 for NaN. */
double muster_param_encode(const struct muster_param *param, double value);
double muster_param_decode(const struct muster_param *param, double u);

/* Of a discrete parameter: the number of a value, from 0, and the cell of [0, 1] that decodes to
 * the i-th one; cells of all values fill [0, 1]. */
double muster_param_index(const struct muster_param *param, double value);
void muster_param_cell(const struct muster_param *param, double i, double *low, double *high);

/* A value drawn from the parameter's prior by p, uniform in (0, 1): monotone in p, so that points
 * evenly spread in p follow the prior evenly. Without a prior as muster_param_decode. */
double muster_param_draw(const struct muster_param *param, double p);
/* The logarithm of the prior's density at a code u (1 where there is no prior), and its derivative
 * (NULL: none; 0 for discrete parameters). */
double muster_param_prior(const struct muster_param *param, double u, double *slope);
/* p[d] -> x[d], settled. */
void muster_space_draw(const struct muster_space *space, const double *p, double *x);
bool muster_space_has_prior(const struct muster_space *space);

/* Sets inactive entries of x to NaN, following conditions in order. An entry that is NaN although
 * active is left so; returns false when there is such a one. */
bool muster_space_settle(const struct muster_space *space, double *x);

/* Whether a settled point is in none of the forbidden combinations. */
bool muster_space_allows(const struct muster_space *space, const double *x);

/* u[d] -> x[d], with inactive entries NaN; and back, with inactive entries 0.5. */
void muster_space_decode(const struct muster_space *space, const double *u, double *x);
void muster_space_encode(const struct muster_space *space, const double *x, double *u);

/* True where both points are the same configuration (bits of active values). */
bool muster_space_equal(const struct muster_space *space, const double *a, const double *b);

/* Appends one parameter's value as a user reads it ("" inactive), and the whole point as a JSON
 * object of its active parameters. */
void muster_param_print(const struct muster_param *param, double value, struct muster_text *text);
void muster_space_json(const struct muster_space *space, const double *x, struct muster_text *text);

/* ---- the study ---------------------------------------------------------------------------- */

struct muster_study; /* opaque */

enum muster_study_kind {
    MUSTER_STUDY_TRAIN,    /* `network:` and data */
    MUSTER_STUDY_FUNCTION, /* `space:` with `objective: {function: ...}` */
    MUSTER_STUDY_COMMAND,  /* `space:` with `objective: {command: ...}` */
    MUSTER_STUDY_SPACE     /* `space:` alone */
};

/* Parses `text` (NUL-terminated), read from `file` (named in messages; its folder is the one that
 * relative paths start from). `sets`: PATH=VALUE overrides, VALUE any YAML.
 * Errors: MUSTER_BAD_STUDY with one line a problem, `FILE:LINE:COLUMN: what (what would be right)`,
 * all that can be found; MUSTER_USAGE for a set whose PATH is unknown (`--set PATH: ...`). */
enum muster_status muster_study_parse(const char *text, const char *file, const char *const *sets,
                                      size_t n_sets, const struct muster_catalog *catalog,
                                      struct muster_study **study);
void muster_study_destroy(struct muster_study **study);

const char *muster_study_name(const struct muster_study *study); /* `study:` or the file's stem */
const char *muster_study_file(const struct muster_study *study); /* as given */
const char *muster_study_text(const struct muster_study *study); /* the YAML text */
const char *muster_study_sets(const struct muster_study *study); /* PATH=VALUE, a line each; "" */
uint64_t muster_study_seed(const struct muster_study *study);
enum muster_study_kind muster_study_kind(const struct muster_study *study);
const struct muster_space *muster_study_space(const struct muster_study *study);

/* The kind of layer that `network:` begins with, "dense", or the branch of that name which its
 * first layer has; NULL: none, or a sequence. */
const char *muster_study_first_layer(const struct muster_study *study, const char *branch);

/* A section with all options at their constant value or default (ranges: not set). The block exists
 * for every section of the catalog, whether the file has it or not; NULL for any other name. */
const struct muster_block *muster_study_section(const struct muster_study *study, const char *name);

/* `search.initial`: n points, [n][d] row-major, settled; owned by the study. */
const double *muster_study_initial(const struct muster_study *study, size_t *n);

/* The entry of a point that stands for a parameter that is not given: its option's default where
 * that lies in the range, else the middle. */
double muster_study_fallback(const struct muster_study *study, size_t param);

/* "FILE:LINE:COLUMN" of a path such as "network.0.dense.units" or "data.file": of the nearest
 * ancestor where the path itself does not stand in the file. Owned by the study, valid until the
 * next call. Use in messages of rooms that find a problem later. */
const char *muster_study_place(const struct muster_study *study, const char *path);

/* A file name of the study, relative to the study file's folder; a fresh string, NULL: no memory.
 */
char *muster_study_resolve(const struct muster_study *study, const char *file);

/* One configuration: every option of the network and of `train` a constant. */
struct muster_config {
    size_t n_layers;
    struct muster_block *layers; /* owned; repetitions written out */
    struct muster_block train;   /* owned contents */
};

/* The configuration at point x[d] (NULL when d == 0). Texts stay borrowed from the study. An
 * inactive option takes its default. */
enum muster_status muster_study_configure(const struct muster_study *study, const double *x,
                                          struct muster_config *config);
void muster_config_clear(struct muster_config *config);

/* The layer list of a configuration as YAML, constants filled in: `/best/model`'s `layers`. */
void muster_config_layers_yaml(const struct muster_config *config, struct muster_text *text);

/* Appends the configuration at x[d] as a study of its own: the study with its sets applied, values
 * in place of ranges, and without `search`. Comments are not kept. */
enum muster_status muster_study_fix(const struct muster_study *study, const double *x,
                                    struct muster_text *text);

/* True where the name, or an alias, is a parameter of the space (if only of inactive ones). */
bool muster_study_tunes(const struct muster_study *study, const char *name);

/* A point from a JSON object {"train.learning_rate": 0.01, ...}; names as in the space (aliases
 * too). Missing active parameters (save those of a single value): MUSTER_USAGE naming all of them,
 * as are unknown names and values outside their range (with the range). */
enum muster_status muster_study_point(const struct muster_study *study, const char *json,
                                      double *x);

/* Every effective value, `section.option = value` or its range, one a line; what `check` and the
 * journal's header echo. Defaults are marked. */
void muster_study_echo(const struct muster_study *study, struct muster_text *text);

/* Appends a line for each option that the study gives and that belongs to plug-ins of which it
 * chooses none: "FILE:LINE:COLUMN: `train.momentum` has no effect here: ...". */
void muster_study_unused(const struct muster_study *study, struct muster_text *text);

/* What must not change between a run and its resume, as (name, value) lines `name = value`: seed,
 * space, network, train, data, validate, search without budget and stop, and the shards and threads
 * of parallel. Same order every time, whatever the order of keys in the file. */
void muster_study_identity(const struct muster_study *study, struct muster_text *text);

/* ---- a step and its result ---------------------------------------------------------------- */

/* What is dispatched. Without fidelity a trial is one step; with it, a promotion is a further step
 * of the same trial. What is judged by carries the sign of the metric. */
struct muster_step {
    int64_t id, trial;
    int64_t rung;                 /* of the fidelity, from 0; 0 without */
    int64_t from_epoch, to_epoch; /* to_epoch < 0: to the end */
    int64_t first_fold, n_folds;  /* n_folds < 0: all that are left */
    double rows;                  /* share of a fold's training rows; 0: all */
    double threshold;    /* a mean of the first folds that is not better is discarded; NaN: none */
    const double *level; /* [K] to be taken off the folds' scores first; NULL: zeros; borrowed */
    double variance;     /* of a fold's score about its mean, as earlier steps showed it */
    int64_t freedom;     /* degrees of freedom it stands on; 0: the mean is taken at its word */
    const double *x;     /* [d]; borrowed, see the function that hands the step out */
};

/* True where the step's first `n` folds, in their order, are enough to discard it (n below the
 * step's folds `of`): their mean is no better than its threshold or, with a variance, that over all
 * K folds is not, but for a probability that the folds up to then may be wrong by. scores[K]; in
 * `reason` why. Depends on nothing else, so that every rank finds the same (race.c). */
bool muster_step_discards(const struct muster_step *step, bool maximize, const double *scores,
                          size_t n, size_t of, char *reason, size_t size);

enum muster_state { MUSTER_COMPLETE, MUSTER_PRUNED, MUSTER_FAILED };
const char *muster_state_text(enum muster_state state);

/* What a step yields: the same bits whoever computed it. */
struct muster_result {
    enum muster_state state;
    char reason[200];              /* why it failed or was pruned; "" */
    double score, score_std;       /* mean and standard deviation (divisor: folds) of the metric */
    double flops;                  /* counted floating-point operations */
    size_t folds, metrics, epochs; /* K, M (the optimised one first), E */
    double *scores;                /* [M][K], NaN where a fold was not run */
    int64_t *fold_epochs;          /* [K] epochs run */
    int64_t *best_epochs;          /* [K] epochs to the restored weights */
    float *curves; /* [3][K][E]: train loss, valid loss, valid score; NaN past the end */
};

/* What it took: never seen by a proposal. */
struct muster_observation {
    double started; /* seconds since the epoch */
    double seconds; /* wall */
    int64_t group;  /* from 0 */
};

/* Allocates the arrays, filled with NaN (epochs with 0); destroy with muster_result_clear. */
enum muster_status muster_result_create(struct muster_result *result, size_t folds, size_t metrics,
                                        size_t epochs);
void muster_result_clear(struct muster_result *result);

/* score and score_std from scores[0][...] over the folds that were run. */
void muster_result_summarise(struct muster_result *result);

void muster_result_pack(const struct muster_result *result, struct muster_pack *pack);
/* MUSTER_INTERNAL when the bytes are no result. */
enum muster_status muster_result_unpack(const void *bytes, size_t n, struct muster_result *result);

#endif
