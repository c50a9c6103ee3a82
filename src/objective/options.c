/* The options of `objective:` and the registry of its functions. */
#include "objective_impl.h"
#include "objective_list.h"

#define X(name) extern const struct objective_function function_##name;
MUSTER_FUNCTION_LIST(X)
#undef X

static const struct muster_plugin *const functions[] = {
#define X(name) &function_##name.plugin,
    MUSTER_FUNCTION_LIST(X)
#undef X
};

const struct muster_registry muster_functions = {
    .what = "function", .n = sizeof functions / sizeof *functions, .items = functions};

const struct muster_option muster_objective_options[] = {
    {.name = "function",
     .type = MUSTER_WORD,
     .registry = &muster_functions,
     .help = "a built-in function of the parameters in their order, to be minimised",
     .constant = true},
    {.name = "dim",
     .type = MUSTER_INT,
     .low = 1,
     .high = 100000,
     .help = "its dimension; must be the number of parameters of the space",
     .constant = true},
    {.name = "sleep.lognormal",
     .type = MUSTER_NUMBERS,
     .help = "[mu, sigma]: every trial sleeps exp(mu + sigma * normal) seconds first",
     .constant = true},
    {.name = "epochs",
     .type = MUSTER_INT,
     .low = 1,
     .high = 1e6,
     .help =
         "what a fidelity of epochs may cut; after e of E epochs a function stands (E / e - 1) u "
         "above its value, u uniform in 0 .. 1 by trial; a share of rows counts as one of epochs",
     .constant = true},
    {.name = "folds",
     .type = MUSTER_INT,
     .standard = "1",
     .low = 1,
     .high = 1e5,
     .help = "so many values, by fold, whose mean is the score",
     .constant = true},
    {.name = "noise",
     .type = MUSTER_REAL,
     .standard = "0",
     .low = 0,
     .high = 1e9,
     .help = "standard deviation of a fold's value, half of the variance common to all trials",
     .constant = true},
    {.name = "command",
     .type = MUSTER_WORDS,
     .help =
         "[PROGRAM, WORD, ...]: run once a trial in the study's folder, without a shell; {NAME} "
         "in a word is a parameter's value, also {params} (JSON), {seed}, {trial}; its last "
         "line of output is the score or {\"value\": SCORE, NAME: NUMBER, ...}",
     .constant = true},
    {.name = "timeout",
     .type = MUSTER_TIME,
     .low = 1e-3,
     .high = 1e9,
     .help = "a command that takes longer is ended and its trial failed, in seconds",
     .constant = true},
    {.name = "report",
     .type = MUSTER_WORDS,
     .help = "further numbers of a command's JSON object that are recorded, by name",
     .constant = true},
    {.name = "direction",
     .type = MUSTER_WORD,
     .standard = "minimize",
     .words = "minimize|maximize",
     .help = "which values of a command, or told to ask-tell, are better; built-in functions are "
             "minimised",
     .constant = true},
    {.name = "directions",
     .type = MUSTER_WORDS,
     .words = "minimize|maximize",
     .help =
         "in place of `direction`, for several objectives: of the value and, of a command, of as "
         "many of the first names of `report`; of ask-tell, of `values`",
     .constant = true},
    {.name = "constraints",
     .type = MUSTER_WORDS,
     .help =
         "bounds on numbers that a command reports, \"NAME >= NUMBER\" or \"NAME <= NUMBER\"; a "
         "trial beyond one is never the best",
     .constant = true},
    {.name = "fail_every",
     .type = MUSTER_INT,
     .low = 1,
     .high = 1e9,
     .help = "every N-th trial by number fails, to exercise the handling of failures",
     .constant = true},
    {.type = MUSTER_END}};
