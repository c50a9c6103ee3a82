/* Products by a given kernel: for the room and its tests. */
#ifndef MUSTER_LINALG_PRODUCT_IMPL_H
#define MUSTER_LINALG_PRODUCT_IMPL_H

#include "linalg/kernel_impl.h"

/* C[m][n] = alpha op(A) op(B) + beta C, as muster_sgemm. */
struct muster_product {
    bool transpose_a, transpose_b;
    size_t m, n, k;
    float alpha;
    const float *a;
    size_t lda;
    const float *b;
    size_t ldb;
    const float *packed; /* in place of b, which then is B in panels; or NULL */
    float beta;
    float *c;
    size_t ldc;
    bool panels;                      /* C is kept in panels, in place of rows; n is whole panels */
    const struct muster_follow *then; /* with `panels`, or NULL */
    const struct muster_finish *finish; /* without, or NULL; alpha is 1 */
};

static inline size_t muster_packed_columns(size_t n)
{
    return (n + MUSTER_PANEL - 1) / MUSTER_PANEL * MUSTER_PANEL;
}

/* The best one for this processor. */
const struct muster_kernel *muster_kernel_chosen(void);
void muster_product_run(const struct muster_kernel *by, const struct muster_product *of);

#endif
