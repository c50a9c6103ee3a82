/* genes: points as chromosomes, one gene a parameter; what genetic and evolution vary them by.
 *
 * Genes of numbers and ordered choices are varied as numbers of the unit interval (muster_param_
 * encode), unordered choices only by picking. A child's gene comes from the parents in which it is
 * active, so that it brings its branch of the space along; where it is active in none, it is drawn.
 */
#ifndef MUSTER_SEARCH_GENES_H
#define MUSTER_SEARCH_GENES_H

#include "search/search_impl.h"

/* Random numbers of one proposal, in the order they are asked for. */
struct muster_dice {
    struct muster_stream stream;
    uint64_t next;
};

/* Apart from what the wrapper draws for the same proposal. */
struct muster_dice muster_dice_of(const struct muster_search *search, int64_t id);
double muster_dice_uniform(struct muster_dice *dice);
double muster_dice_normal(struct muster_dice *dice);
double muster_dice_cauchy(struct muster_dice *dice);
size_t muster_dice_below(struct muster_dice *dice, size_t n);

/* A child's gene from a and b of the unit interval, any real number; shape: see each. */
typedef double muster_crossing(double a, double b, double shape, struct muster_dice *dice);

/* a + lambda (b - a), lambda = shape: one of the whole child. */
muster_crossing muster_cross_arithmetic;
/* Simulated binary (Deb and Agrawal 1995), distribution index = shape: one of the two children, at
 * random; crossed at all with probability 1/2. */
muster_crossing muster_cross_sbx;
/* BLX-alpha (Eshelman and Schaffer 1993), alpha = shape: uniform on the parents' interval, widened
 * by alpha times its length on either side. */
muster_crossing muster_cross_blend;
/* Either, at random. */
muster_crossing muster_cross_uniform;

/* A gene moved; any real number. */
typedef double muster_moving(double u, double shape, struct muster_dice *dice);
/* By a normal deviate times shape. */
muster_moving muster_move_gaussian;
/* Polynomial (Deb and Agrawal 1999, within bounds), distribution index = shape. */
muster_moving muster_move_polynomial;

/* u taken back to the nearest end of [0, 1]: optima often stand there, and reflected children would
 * never reach them. */
double muster_gene_clamp(double u);
/* True for choices without order. */
bool muster_gene_nominal(const struct muster_param *param);

/* How two points become one. */
struct muster_mating {
    muster_crossing *cross;
    double shape;
};

/* child[d] of points a and b[d], each gene as above; every gene gets a value, active or not. */
void muster_genes_cross(const struct muster_space *space, const double *a, const double *b,
                        const struct muster_mating *mating, struct muster_dice *dice,
                        double *child);

/* How points are changed. */
struct muster_mutation {
    muster_moving *move;
    double shape;
    double genes; /* how many active ones are moved, on average; of unordered choices one at most,
                     as their moves know no small steps */
    bool always;  /* one at least */
};

/* Moves active genes of child[d], whole as muster_genes_cross leaves it; active[d]: the settled
 * child, or any array that is NaN where genes are not to be moved. A discrete gene that is moved
 * changes. */
void muster_genes_mutate(const struct muster_space *space, const double *active,
                         const struct muster_mutation *mutation, struct muster_dice *dice,
                         double *child);

/* Another value of one gene. */
double muster_gene_move(const struct muster_param *param, double value,
                        const struct muster_mutation *mutation, struct muster_dice *dice);

#endif
