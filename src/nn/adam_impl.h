/* Adam and its variants: one pass, one table of options. */
#ifndef MUSTER_NN_ADAM_IMPL_H
#define MUSTER_NN_ADAM_IMPL_H

#include "nn/nn_impl.h"

extern const struct muster_option muster_adam_options[];

/* `decoupled`: weights shrink by rate times weight_decay, instead of weight_decay w being part of
 * the gradient. */
void muster_adam_begin(struct muster_optimizer *optimizer, float scale, double rate,
                       bool decoupled);
void muster_adam_range(struct muster_optimizer *optimizer, size_t first, size_t n, float *weights,
                       const float *gradients);

#endif
