/* The options of `bayes`. */
#include "search/bayes_impl.h"

const struct muster_option bayes_options[] = {
    {.name = "design",
     .type = MUSTER_INT,
     .low = 1,
     .high = 1e6,
     .help = "points of the space-filling start (default: for d parameters 3 (d + 1) where the "
             "objective is a function without noise, else d + 4; 30 at most, fewer under a "
             "window of many steps, d + 1 at least)"},
    {.name = "acquisition",
     .type = MUSTER_WORD,
     .standard = "log_ei",
     .words = "log_ei|log_pi|ucb|thompson",
     .help =
         "what a proposal maximises: log expected improvement, log probability of improvement, "
         "the confidence bound that lies `kappa` deviations below the mean, or a function drawn "
         "from the model, as all do while more than 64 results are pending"},
    {.name = "kappa",
     .type = MUSTER_REAL,
     .standard = "1.8",
     .low = 0,
     .high = 100,
     .help = "deviations of the confidence bound"},
    {.name = "input_warping",
     .type = MUSTER_WORD,
     .standard = "none",
     .words = "none|kumaraswamy",
     .help = "whether the model bends the axes of continuous parameters, each by a distribution "
             "function whose two shapes are fitted: for scores that change fastest near a border"},
    {.name = "output_warping",
     .type = MUSTER_WORD,
     .standard = "half_rank",
     .words = "half_rank|rank|box_cox|yeo_johnson|none",
     .help =
         "what scores become inside the model: normal scores of their ranks, of those above the "
         "median or of all; a power that makes them look normal, by Box and Cox (where all are "
         "positive) or by Yeo and Johnson; or themselves. Predictions are told on the scale of "
         "the scores, the acquisition's value on that of the model"},
    {.name = "local",
     .type = MUSTER_WORD,
     .standard = "auto",
     .words = "auto|always|never",
     .help = "two proposals of three refine the best point by a local model, once results suffice "
             "for one; where all parameters are continuous, every other one before that is the "
             "bottom of the bowl that scores show, if they do, and two of three look for another "
             "basin while local steps gain nothing; auto: where the objective is a function "
             "without noise"},
    {.name = "objectives",
     .type = MUSTER_WORD,
     .standard = "auto",
     .words = "auto|hypervolume|scalarised",
     .help = "several objectives: by the expected growth of the front's hypervolume, one model an "
             "objective, or by one model of weighted sums with weights drawn for each proposal; "
             "auto: hypervolume where there are two or three"},
    {.name = "noise",
     .type = MUSTER_WORD,
     .standard = "fitted",
     .words = "fitted|folds",
     .help = "scores are equally noisy, or as much more or less as their spread over folds says "
             "(of one metric)"},
    {.name = "cost",
     .type = MUSTER_WORD,
     .standard = "none",
     .words = "none|flops|seconds",
     .help = "what a proposal is hoped to gain counts by what it is expected to cost: by counted "
             "operations, or by measured seconds (with order: arrival)"},
    {.name = "failures",
     .type = MUSTER_WORD,
     .standard = "ignore",
     .words = "ignore|feasibility",
     .help = "failed trials stand at the worst score, and with `feasibility` what a proposal is "
             "hoped to gain also counts by the probability that it does not fail"},
    {.name = "region",
     .type = MUSTER_WORD,
     .standard = "none",
     .words = "none|turbo",
     .help =
         "where proposals lie: in the whole space, or in a trust region about the best result that "
         "grows with successes, shrinks with failures and starts anew elsewhere once too small; "
         "then there is no local step"},
    {.type = MUSTER_END}};
