/* Losses of regression: a function of each error z - y, averaged over the outputs. */
#ifndef MUSTER_NN_LOSS_REGRESSION_IMPL_H
#define MUSTER_NN_LOSS_REGRESSION_IMPL_H

#include "nn/nn_impl.h"

#include <string.h>

/* Of sixteen errors: their losses, and the slopes of these. */
typedef vfloat error_loss(const struct muster_loss_terms *terms, vfloat error, vfloat *slope);

/* Floats are summed over so many vectors before doubles take over. */
enum { ERROR_BLOCK = 32 };

/* z, d: [rows][ld]; y tight. A function of zero errors is zero, in its slope too, so that padding
 * stays zero. */
VECTOR_INLINE double regression_slope(const struct muster_loss_rows *of, const float *z,
                                      const float *y, float *d, error_loss *f)
{
    const float share = 1.0f / (float)of->outputs;
    double total = 0.0;
    vfloat sum = {0};
    size_t vectors = 0;
    for (size_t i = 0; i < of->rows; i++)
        for (size_t j = 0; j < of->outputs; j += LANES) {
            const size_t n = of->outputs - j < LANES ? of->outputs - j : LANES;
            const float *target = y + i * of->outputs + j;
            vfloat slope, error = vload(z + i * of->ld + j) -
                                  (n == LANES ? vload(target) : vload_some(target, n));
            sum += f(of->terms, vfirst(error, n), &slope);
            vstore(d + i * of->ld + j, share * slope);
            if (++vectors % ERROR_BLOCK == 0) {
                total += vtotal(sum);
                sum = vset(0.0f);
            }
        }
    return (total + vtotal(sum)) / (double)of->outputs;
}

/* Both tight. */
VECTOR_INLINE double regression_of_prediction(const struct muster_loss_rows *of, const float *z,
                                              const float *y, error_loss *f)
{
    const size_t n = of->rows * of->outputs;
    double total = 0.0;
    for (size_t block = 0; block < n; block += ERROR_BLOCK * LANES) {
        vfloat sum = {0}, slope;
        size_t end = n - block < ERROR_BLOCK * LANES ? n : block + ERROR_BLOCK * LANES, i = block;
        for (; i + LANES <= end; i += LANES)
            sum += f(of->terms, vload(z + i) - vload(y + i), &slope);
        if (i < end)
            sum += f(of->terms, vload_some(z + i, end - i) - vload_some(y + i, end - i), &slope);
        total += vtotal(sum);
    }
    return total / (double)of->outputs;
}

static inline void regression_predict(const struct muster_loss_rows *of, const float *z, float *out)
{
    for (size_t i = 0; i < of->rows; i++)
        memcpy(out + i * of->outputs, z + i * of->ld, of->outputs * sizeof *out);
}

#endif
