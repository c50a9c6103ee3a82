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
    const float *packed; /* in place of b, or NULL */
    float beta;
    float *c;
    size_t ldc;
};

static inline size_t muster_packed_columns(const struct muster_kernel *by, size_t n)
{
    return (n + by->columns - 1) / by->columns * by->columns;
}

/* The best one for this processor. */
const struct muster_kernel *muster_kernel_chosen(void);
void muster_product_run(const struct muster_kernel *by, const struct muster_product *of);
/* op(B) as `packed` wants it: k times muster_packed_columns floats. */
void muster_product_pack(const struct muster_kernel *by, const struct muster_product *of,
                         float *to);

#endif
