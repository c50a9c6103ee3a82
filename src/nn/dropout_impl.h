/* The random factors of dropout, for every layer that drops numbers (layer_dropout.c). */
#ifndef MUSTER_NN_DROPOUT_IMPL_H
#define MUSTER_NN_DROPOUT_IMPL_H

#include "nn/nn_impl.h"

struct muster_dropout {
    uint32_t threshold; /* dropped are half words below it; 0: none */
    uint32_t site;      /* no two places of a network have the same */
};

/* Site 0, 1, ... of a layer. */
struct muster_dropout muster_dropout_rule(double rate, size_t layer, size_t site);

/* factors [n], 0 or 1 / (1 - rate), of the places first .. first + n, both multiples of 16. */
void muster_dropout_factors(const struct muster_dropout *rule, const struct muster_pass *pass,
                            size_t first, size_t n, float *factors);

#endif
