/* An activation over one row of an edge, for layers that work row by row: it is still in a near
 * cache then. */
#ifndef MUSTER_NN_ACTIVATION_ROW_IMPL_H
#define MUSTER_NN_ACTIVATION_ROW_IMPL_H

#include "nn/nn_impl.h"

/* In place: `ld` numbers, padding included, as rows of one vector, which is the shape the loops are
 * fastest in. */
static inline void activation_row_forward(const struct muster_activation *f, size_t ld, float *y,
                                          float *slope)
{
    if (f != &muster_activation_identity)
        f->forward(&(struct muster_forward_strip){.rows = ld / LANES,
                                                  .n = LANES,
                                                  .x = y,
                                                  .ldx = LANES,
                                                  .y = y,
                                                  .ldy = LANES,
                                                  .slope = slope});
}

static inline void activation_row_backward(const struct muster_activation *f, size_t ld,
                                           const float *kept, float *dy)
{
    if (f != &muster_activation_identity)
        f->backward(&(struct muster_backward_strip){
            .rows = ld / LANES, .n = LANES, .ld = LANES, .kept = kept, .dy = dy, .dx = dy});
}

#endif
