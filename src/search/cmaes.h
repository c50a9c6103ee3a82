/* The state of method cmaes. */
#ifndef MUSTER_CMAES_H
#define MUSTER_CMAES_H

#include "search/cma.h"
#include "search/search_impl.h"

/* Draws until one is new and within the cube; and the axis of an unordered choice: none. */
enum { CMAES_ATTEMPTS = 100 };
#define CMAES_NAMES SIZE_MAX

struct cmaes {
    const struct muster_search *search; /* borrowed */
    const struct muster_space *space;   /* borrowed */
    bool waits, restarts;
    size_t standard; /* population of the first run */
    double step;     /* and its standard deviation */
    struct muster_cma cma;
    size_t *axis;   /* owned [d]: coordinate of a parameter, or CMAES_NAMES */
    size_t *offset; /* owned [d]: of an unordered choice in `share` */
    size_t n_axes, n_share;
    double *share;  /* owned [n_share]: probabilities of choices */
    double *latent; /* owned [.][n_axes]: coordinates of the ids proposed */
    size_t latent_capacity;
    double *scratch, *point;            /* owned [d] each */
    struct muster_search_ranked *batch; /* owned [n_batch]: results of the generation at hand */
    size_t n_batch, batch_capacity;
    bool started;
    size_t lambda;
    size_t consumed;    /* known results looked at */
    int64_t run_first;  /* ids below it are not this run's */
    int64_t first, end; /* ids of the generation at hand: first <= id < end */
    int64_t runs;       /* begun so far */
    double best;        /* score of this run */
    int64_t stalled;    /* generations without a better one */
};

/* Takes all whole generations of results that are known. */
enum muster_status cmaes_learn(struct cmaes *es, const struct muster_view *view);

/* Room for the coordinates of ids up to this one, and where they are. */
enum muster_status cmaes_reserve(struct cmaes *es, int64_t id);
double *cmaes_latent(const struct cmaes *es, int64_t id);

#endif
