/* What an optimizer and a schedule are: nn_impl.h has their lists. */
#ifndef MUSTER_NN_STEPS_IMPL_H
#define MUSTER_NN_STEPS_IMPL_H

#include "muster/nn.h"

enum { MUSTER_OPTIMIZER_OPTIONS = 8, MUSTER_OPTIMIZER_NOW = 12 };

/* A step is `begin`, then `range` over each number once, in pieces of any size (of whole vectors,
 * but for the last) and in any order, with the same bits. A kind that needs the whole gradient
 * first has `step` in place of both. */
struct muster_optimizer_kind {
    struct muster_plugin plugin;
    size_t moments; /* flat arrays of n floats it keeps */
    size_t scalars; /* floats it keeps behind them */
    /* Sets `now`; the optimizer's count of steps includes this one. */
    void (*begin)(struct muster_optimizer *optimizer, float scale, double rate);
    /* Numbers first .. first + n, the pointers being those of number `first`. */
    void (*range)(struct muster_optimizer *optimizer, size_t first, size_t n, float *weights,
                  const float *gradients);
    void (*step)(struct muster_optimizer *optimizer, float *weights, const float *gradients,
                 float scale, double rate);
};

struct muster_optimizer {
    const struct muster_optimizer_kind *kind;
    size_t n;
    size_t n_arrays;
    size_t *starts;                  /* [n_arrays + 1], owned; the last is n */
    int64_t steps;                   /* done */
    size_t n_state;                  /* moments * n + scalars */
    float *state;                    /* [n_state], owned; zeros at first */
    float now[MUSTER_OPTIMIZER_NOW]; /* what all numbers of this step share, as `begin` set it */
    double value[MUSTER_OPTIMIZER_OPTIONS]; /* parallel to the kind's options */
};

/* Options that several optimizers share: the same name must be declared alike. One that is not so
 * stands under its optimizer's name, `lion.beta2`. */
#define MUSTER_OPTION_MOMENTUM                                                         \
    {                                                                                  \
        .name = "momentum", .type = MUSTER_REAL, .standard = "0", .low = 0, .high = 1, \
        .help = "share of the last step's velocity that is kept"                       \
    }
#define MUSTER_OPTION_EPSILON                                                                \
    {                                                                                        \
        .name = "epsilon", .type = MUSTER_REAL, .standard = "1e-8", .low = 1e-16, .high = 1, \
        .help = "added to the root of the square"                                            \
    }
#define MUSTER_OPTION_BETA1                                                                \
    {                                                                                      \
        .name = "beta1", .type = MUSTER_REAL, .standard = "0.9", .low = 0, .high = 0.9999, \
        .help = "memory of the gradient's mean"                                            \
    }
#define MUSTER_OPTION_BETA2                                                                    \
    {                                                                                          \
        .name = "beta2", .type = MUSTER_REAL, .standard = "0.999", .low = 0, .high = 0.999999, \
        .help = "memory of the gradient's square"                                              \
    }
#define MUSTER_OPTION_WEIGHT_DECAY                                                           \
    {                                                                                        \
        .name = "weight_decay", .type = MUSTER_REAL, .standard = "0", .low = 0, .high = 100, \
        .help = "pull of all parameters towards zero"                                        \
    }

struct muster_schedule {
    struct muster_plugin plugin;
    bool by_step; /* the factor depends on more than whole epochs */
    /* Factor on the learning rate. */
    double (*factor)(const struct muster_block *train, const struct muster_progress *at);
};

/* Options that several schedules share. Without a default, so that each has its own. */
#define MUSTER_OPTION_GAMMA                                                  \
    {                                                                        \
        .name = "gamma", .type = MUSTER_REAL, .low = 1e-6, .high = 1,        \
        .help = "factor on the rate each time it falls; absent: 0.1 (step, " \
                "reduce_on_plateau), 0.95 (exponential)"                     \
    }
#define MUSTER_OPTION_WARMUP                                                              \
    {                                                                                     \
        .name = "warmup", .type = MUSTER_REAL, .low = 0, .high = 1e6,                     \
        .help = "epochs over which the rate rises, below 1 as a share of all; absent: 0 " \
                "(cosine), 0.3 (one_cycle)"                                               \
    }
#define MUSTER_OPTION_MIN_RATE                                                           \
    {                                                                                    \
        .name = "min_rate", .type = MUSTER_REAL, .standard = "0", .low = 0, .high = 1e6, \
        .help = "learning rate that the schedule does not go below"                      \
    }

/* schedule.c: the value of an option, or `otherwise` where it is absent; steps of warming up; and
 * min_rate as a factor on the learning rate, at most 1. */
double muster_schedule_option(const struct muster_block *train, const char *name, double otherwise);
double muster_schedule_warm_steps(const struct muster_block *train,
                                  const struct muster_progress *at, double otherwise);
double muster_schedule_floor(const struct muster_block *train);

#endif
