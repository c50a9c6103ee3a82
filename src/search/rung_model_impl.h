/* The model over configurations and rungs, inside: what it knows, and its process. */
#ifndef MUSTER_RUNG_MODEL_IMPL_H
#define MUSTER_RUNG_MODEL_IMPL_H

#include "muster/surrogate.h"
#include "search/rung_model.h"

struct entry {
    int64_t trial;
    size_t rung;
    double score; /* NAN: none */
    size_t at;    /* in the order learnt */
};

struct rung_model {
    const struct muster_search *search; /* borrowed */
    const struct muster_ladder *ladder; /* borrowed */
    const struct muster_space *space;   /* borrowed, [d] */
    struct muster_space joint;          /* [d + 1]: the budget behind; params owned, flat */
    struct muster_gp *gp;               /* owned, over joint */
    double *start;                      /* owned: kernel parameters before a fit */
    struct entry *known;                /* owned [n_known], in the order learnt */
    struct entry *pending;              /* owned [n_pending], in the order taken */
    struct entry *base;                 /* owned [n]: the results in the process */
    size_t n_known, n_pending, n, scored;
    size_t known_capacity, pending_capacity, base_capacity;
    size_t fitted;      /* results that kernel parameters were fitted to; 0: never */
    bool stale;         /* something was taken or learnt since */
    double *u, *y;      /* owned: the process' points [.][d + 1] and scores */
    double *smooth;     /* owned [n]: the scores without noise */
    double *at;         /* owned [d + 1] */
    double *low, *high; /* owned [d + 1]: a box that leaves the budget no room */
    size_t u_capacity, y_capacity, smooth_capacity;
};

/* The point u[d + 1] of a trial on a rung: the budget is 0 on the lowest rung and 1 on the top. */
void rung_model_place(const struct rung_model *self, int64_t trial, size_t rung, double *u);

/* Brings the process up to date. */
enum muster_status rung_model_update(struct rung_model *self);

#endif
