#include "fixture.h"

#define PLUGIN(id, opts, main)               \
    static const struct muster_plugin id = { \
        .name = #id, .help = "a test's " #id, .options = opts, .main_option = main}
#define REGISTRY(id, what, ...)                                                             \
    static const struct muster_plugin *const id##_items[] = {__VA_ARGS__};                  \
    static const struct muster_registry id = {what, sizeof id##_items / sizeof *id##_items, \
                                              id##_items}
#define CLOSE              \
    {                      \
        .type = MUSTER_END \
    }

static const struct muster_option dense_options[] = {
    {.name = "units", .type = MUSTER_INT, .low = 1, .high = 65536},
    {.name = "activation", .type = MUSTER_WORD, .standard = "relu", .words = "relu|tanh|gelu"},
    {.name = "bias", .type = MUSTER_BOOL, .standard = "true"},
    CLOSE};
static const struct muster_option dropout_options[] = {
    {.name = "rate", .type = MUSTER_REAL, .standard = "0", .low = 0, .high = 0.99}, CLOSE};
static const struct muster_option mlp_options[] = {
    {.name = "units", .type = MUSTER_NUMBERS, .standard = "[64, 64]", .low = 1, .high = 4096},
    {.name = "dropout", .type = MUSTER_REAL, .standard = "0", .low = 0, .high = 0.99},
    CLOSE};
PLUGIN(dense, dense_options, NULL);
PLUGIN(dropout, dropout_options, "rate");
PLUGIN(flatten, NULL, NULL);
static const struct muster_option residual_options[] = {
    {.name = "scale", .type = MUSTER_REAL, .standard = "1", .low = 0, .high = 10}, CLOSE};
static const struct muster_plugin mlp = {
    .name = "mlp",
    .help = "a family",
    .options = mlp_options,
    .ranges = "{units: {choice: [[32], [64, 64]]}, dropout: {float: [0, 0.5]}}"};
static const struct muster_plugin residual = {
    .name = "residual", .help = "holds layers", .options = residual_options, .nests = true};
static const struct muster_plugin concat = {
    .name = "concat", .help = "holds branches", .branches = true};
REGISTRY(layers, "layer", &dense, &dropout, &flatten, &mlp, &residual, &concat);

static const struct muster_option adam_options[] = {
    {.name = "beta1", .type = MUSTER_REAL, .standard = "0.9", .low = 0, .high = 1},
    {.name = "weight_decay", .type = MUSTER_REAL, .standard = "0", .low = 0, .high = 1},
    CLOSE};
static const struct muster_option sgd_options[] = {
    {.name = "momentum", .type = MUSTER_REAL, .standard = "0", .low = 0, .high = 1},
    {.name = "weight_decay", .type = MUSTER_REAL, .standard = "0", .low = 0, .high = 1},
    {.name = "nesterov", .type = MUSTER_BOOL, .standard = "false"},
    CLOSE};
PLUGIN(sgd, sgd_options, NULL);
PLUGIN(adam, adam_options, NULL);
PLUGIN(adamw, adam_options, NULL);
REGISTRY(optimizers, "optimizer", &sgd, &adam, &adamw);

static const struct muster_option train_options[] = {
    {.name = "epochs", .type = MUSTER_INT, .standard = "50", .low = 1, .high = 1e6},
    {.name = "batch_size",
     .type = MUSTER_INT,
     .standard = "32",
     .low = 1,
     .high = 1e9,
     .words = "all"},
    {.name = "optimizer", .type = MUSTER_WORD, .standard = "sgd", .registry = &optimizers},
    {.name = "learning_rate", .type = MUSTER_REAL, .standard = "0.01", .low = 1e-12, .high = 1e6},
    {.name = "schedule",
     .type = MUSTER_WORD,
     .standard = "constant",
     .words = "constant|inverse_time|cosine"},
    {.name = "decay", .type = MUSTER_REAL, .standard = "0", .low = 0, .high = 1e6},
    {.name = "early_stopping.patience", .type = MUSTER_INT, .low = 1, .high = 1e6},
    {.name = "early_stopping.min_delta", .type = MUSTER_REAL, .standard = "0", .low = 0, .high = 1},
    {.name = "memory", .type = MUSTER_TIME, .constant = true},
    CLOSE};
static const struct muster_option data_options[] = {
    {.name = "file", .type = MUSTER_TEXT},
    {.name = "x", .type = MUSTER_TEXT, .standard = "/x"},
    {.name = "y", .type = MUSTER_TEXT, .standard = "/y"},
    {.name = "task", .type = MUSTER_WORD, .words = "classification|regression"},
    {.name = "scale", .type = MUSTER_WORD, .standard = "auto", .words = "auto|none|standard"},
    {.name = "scale.divide", .type = MUSTER_REAL, .low = 1e-30, .high = 1e30},
    {.name = "test", .type = MUSTER_REAL, .low = 0, .high = 0.9, .words = "none"},
    {.name = "test.x", .type = MUSTER_TEXT},
    {.name = "test.y", .type = MUSTER_TEXT},
    {.name = "limit", .type = MUSTER_INT, .low = 2, .high = 1e15},
    {.name = "inputs.*", .type = MUSTER_TEXT},
    {.name = "inputs.*.x", .type = MUSTER_TEXT},
    {.name = "inputs.*.scale", .type = MUSTER_WORD, .words = "auto|none|standard"},
    CLOSE};
static const struct muster_option validate_options[] = {
    {.name = "folds", .type = MUSTER_INT, .standard = "5", .low = 2, .high = 1e6, .words = "loo"},
    {.name = "folds.holdout", .type = MUSTER_REAL, .low = 0.001, .high = 0.9},
    {.name = "repeats", .type = MUSTER_INT, .standard = "1", .low = 1, .high = 1000},
    {.name = "metric", .type = MUSTER_WORD, .words = "accuracy|log_loss|macro_f1"},
    {.name = "report", .type = MUSTER_WORDS, .words = "accuracy|log_loss|macro_f1"},
    CLOSE};

static const struct muster_option genetic_options[] = {
    {.name = "population", .type = MUSTER_INT, .standard = "32", .low = 2, .high = 1e6}, CLOSE};
PLUGIN(bayes, NULL, NULL);
PLUGIN(genetic, genetic_options, NULL);
PLUGIN(sobol, NULL, NULL);
REGISTRY(methods, "method", &bayes, &genetic, &sobol);
static const struct muster_option search_options[] = {
    {.name = "method", .type = MUSTER_WORD, .standard = "bayes", .registry = &methods},
    {.name = "trials", .type = MUSTER_INT, .standard = "50", .low = 1, .high = 1e9},
    {.name = "window", .type = MUSTER_INT, .low = 1, .high = 1e6},
    {.name = "order", .type = MUSTER_WORD, .standard = "strict", .words = "strict|arrival"},
    {.name = "racing", .type = MUSTER_WORD, .standard = "none", .words = "none|paired"},
    {.name = "ranks", .type = MUSTER_INT, .standard = "1", .low = 1, .high = 1e6},
    {.name = "fidelity", .type = MUSTER_WORD, .standard = "none", .words = "none"},
    {.name = "fidelity.method", .type = MUSTER_WORD, .words = "hyperband|asha"},
    {.name = "fidelity.min_epochs", .type = MUSTER_INT, .low = 1, .high = 1e6},
    {.name = "fidelity.eta", .type = MUSTER_INT, .standard = "3", .low = 2, .high = 10},
    {.name = "stop.score", .type = MUSTER_REAL},
    {.name = "stop.stall", .type = MUSTER_INT, .low = 1, .high = 1e9},
    {.name = "stop.time", .type = MUSTER_TIME, .low = 0, .high = 1e9},
    {.name = "warm_start", .type = MUSTER_WORDS},
    CLOSE};
static const struct muster_option parallel_options[] = {
    {.name = "group_size",
     .type = MUSTER_INT,
     .standard = "auto",
     .low = 1,
     .high = 1e6,
     .words = "auto"},
    {.name = "dispatch", .type = MUSTER_WORD, .standard = "pull", .words = "pull|collective"},
    {.name = "shards", .type = MUSTER_INT, .standard = "1", .low = 1, .high = 1e6},
    {.name = "threads", .type = MUSTER_INT, .standard = "1", .low = 1, .high = 1e6},
    CLOSE};
static const struct muster_option objective_options[] = {
    {.name = "function", .type = MUSTER_WORD, .words = "branin|ackley"},
    {.name = "dim", .type = MUSTER_INT, .low = 1, .high = 1e5},
    {.name = "sleep.lognormal", .type = MUSTER_NUMBERS, .words = "never"},
    {.name = "direction", .type = MUSTER_WORD, .words = "minimize|maximize"},
    {.name = "command", .type = MUSTER_WORDS},
    CLOSE};

static const struct muster_option *const data_tables[] = {data_options};
static const struct muster_option *const train_tables[] = {train_options, sgd_options,
                                                           adam_options};
static const struct muster_option *const validate_tables[] = {validate_options};
static const struct muster_option *const search_tables[] = {search_options};
static const struct muster_option *const parallel_tables[] = {parallel_options};
static const struct muster_option *const objective_tables[] = {objective_options};
static const struct muster_section sections[] = {
    {"data", 1, data_tables, NULL, false},         {"train", 3, train_tables, NULL, true},
    {"validate", 1, validate_tables, NULL, false}, {"search", 1, search_tables, &methods, false},
    {"parallel", 1, parallel_tables, NULL, false}, {"objective", 1, objective_tables, NULL, false}};

const struct muster_catalog fixture_catalog = {
    .layers = &layers, .n_sections = sizeof sections / sizeof *sections, .sections = sections};

const char fixture_example[] =
    "study: digits-mlp\n"
    "seed: 7\n"
    "\n"
    "data:\n"
    "  file: digits.h5                  # relative to the study file\n"
    "  x: /x\n"
    "  y: /y\n"
    "  task: classification\n"
    "  scale: standard\n"
    "  test: 0.2\n"
    "  limit: 50000\n"
    "\n"
    "network:\n"
    "  - dense: {repeat: {int: [1, 3]}, units: {int: [16, 256], log: true}, "
    "activation: {choice: [relu, tanh]}}\n"
    "  - dropout: {float: [0.0, 0.5]}\n"
    "\n"
    "train:\n"
    "  epochs: 60\n"
    "  batch_size: {choice: [16, 32, 64, 128]}     # 1 = online, all = full batch\n"
    "  optimizer: {choice: [sgd, adamw]}\n"
    "  learning_rate: {float: [1.0e-4, 1.0e-1], log: true}\n"
    "  momentum: {float: [0.5, 0.99], when: {optimizer: sgd}}\n"
    "  schedule: inverse_time\n"
    "  decay: {float: [0.0, 0.9]}\n"
    "  early_stopping: {patience: 10}\n"
    "\n"
    "validate:\n"
    "  folds: 5\n"
    "  repeats: 1\n"
    "  metric: accuracy\n"
    "  report: [log_loss, macro_f1]\n"
    "\n"
    "search:\n"
    "  method: bayes\n"
    "  trials: 60\n"
    "  window: 16\n"
    "  order: strict\n"
    "  racing: none\n"
    "  fidelity: {method: hyperband, min_epochs: 5, eta: 3}\n"
    "  stop: {score: 0.995, stall: 40, time: 2h}\n"
    "  initial: [{train.learning_rate: 0.01, train.optimizer: sgd}]\n"
    "  warm_start: [earlier.results.h5]\n"
    "  genetic: {population: 32}\n"
    "\n"
    "parallel:\n"
    "  group_size: auto\n"
    "  dispatch: pull\n"
    "  shards: 1\n"
    "  threads: 1\n";

struct muster_study *fixture_parse_sets(const char *text, const char *const *sets, size_t n)
{
    struct muster_study *study = NULL;
    enum muster_status status =
        muster_study_parse(text, "dir/s.yaml", sets, n, &fixture_catalog, &study);

    if (status != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    return study;
}

struct muster_study *fixture_parse(const char *text)
{
    return fixture_parse_sets(text, NULL, 0);
}

size_t fixture_index(const struct muster_study *study, const char *name)
{
    const struct muster_space *space = muster_study_space(study);
    size_t i = muster_space_find(space, name);

    if (i == space->d)
        fail_msg("no parameter %s", name);
    return i;
}

const struct muster_param *fixture_param(const struct muster_study *study, const char *name)
{
    return &muster_study_space(study)->params[fixture_index(study, name)];
}
