/* The options of section `search`, and the registry of methods built from search_list.h. */
#include <string.h>

#include "search/search_impl.h"

#define X(name) extern const struct muster_method muster_method_##name;
#include "search/search_list.h"
#undef X

static const struct muster_plugin *const methods[] = {
#define X(name) &muster_method_##name.plugin,
#include "search/search_list.h"
#undef X
};

const struct muster_registry muster_search_methods = {
    .what = "method", .n = sizeof methods / sizeof *methods, .items = methods};

const struct muster_option muster_search_options[] = {
    {.name = "method",
     .type = MUSTER_WORD,
     .standard = "auto",
     .registry = &muster_search_methods,
     .help = "how the next configuration is found"},
    {.name = "trials",
     .type = MUSTER_INT,
     .standard = "50",
     .low = 1,
     .high = 1e9,
     .help = "configurations to try"},
    {.name = "window",
     .type = MUSTER_INT,
     .low = 1,
     .high = 1e9,
     .help = "W, in steps: proposal i knows the results 0 .. i-W-1 (default: an eighth of the "
             "trials, between 8 and 4096)"},
    {.name = "order",
     .type = MUSTER_WORD,
     .standard = "strict",
     .words = "strict|arrival",
     .help = "strict: the same trials on any layout; arrival: no waiting, replayable"},
    {.name = "racing",
     .type = MUSTER_WORD,
     .standard = "none",
     .words = "none|forgiving|paired",
     .help =
         "whether hopeless configurations lose their remaining folds; forgiving: when their mean "
         "is no better than the worst fold of the best, paired: when fold by fold they are "
         "behind the best for all that chance can do"},
    {.name = "fidelity",
     .type = MUSTER_WORD,
     .standard = "none",
     .registry = &muster_search_fidelities,
     .help = "whether configurations are tried on a part of the epochs, rows or folds first, and "
             "only the best go on"},
    {.name = "fidelity.method",
     .type = MUSTER_WORD,
     .registry = &muster_search_fidelities,
     .help = "the same, where the options below stand beside it"},
    {.name = "fidelity.of",
     .type = MUSTER_WORD,
     .standard = "epochs",
     .words = "epochs|rows|folds",
     .help = "what the lower rungs get a part of; epochs go on where a rung ended, rows begin anew "
             "on more, folds are added to"},
    {.name = "fidelity.eta",
     .type = MUSTER_INT,
     .standard = "3",
     .low = 2,
     .high = 100,
     .help = "each rung has so many times the budget of the one below, and so many times fewer "
             "configurations (freeze_thaw: twice so many times fewer on the second, half on each "
             "further one)"},
    {.name = "fidelity.min_epochs",
     .type = MUSTER_INT,
     .low = 1,
     .high = 1e9,
     .help = "epochs of the lowest rung at least (default: three rungs below the top, two of "
             "freeze_thaw, if it has as many epochs)"},
    {.name = "fidelity.min_rows",
     .type = MUSTER_REAL,
     .low = 1e-6,
     .high = 1,
     .help = "share of the rows of the lowest rung at least (default: two rungs below the top)"},
    {.name = "fidelity.min_folds",
     .type = MUSTER_INT,
     .low = 1,
     .high = 1e6,
     .help = "folds of the lowest rung at least (default: as min_epochs)"},
    {.name = "warm_start",
     .type = MUSTER_WORDS,
     .help = "result files of earlier runs to learn from: parameters are matched by name, scores "
             "scaled file by file, and a file that misleads is left out"},
    {.name = "stop.score",
     .type = MUSTER_REAL,
     .help = "stop once the best score is at least as good"},
    {.name = "stop.stall",
     .type = MUSTER_INT,
     .low = 1,
     .high = 1e9,
     .help = "stop after so many trials without a better score"},
    {.name = "stop.regret",
     .type = MUSTER_REAL,
     .low = 1e-300,
     .high = 1e300,
     .help = "stop once a model of the scores says that the best configuration of all is hardly "
             "better than the best so far by more than this, in units of the metric"},
    {.name = "stop.time", .type = MUSTER_TIME, .help = "end the study after so long, in seconds"},
    {.type = MUSTER_END}};

int64_t muster_search_window(const struct muster_block *options)
{
    if (muster_block_get(options, "window")->set)
        return muster_block_int(options, "window");
    int64_t eighth = muster_block_int(options, "trials") / 8;
    return eighth < 8 ? 8 : eighth > 4096 ? 4096 : eighth;
}
