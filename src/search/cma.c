/* CMA-ES as in Hansen's tutorial (arXiv 1604.00772, v2): cumulative step-size adaptation, rank-one
 * and rank-mu updates with negative weights; and the margin of Hamano et al. (GECCO 2022) for
 * discrete coordinates. Departure: coordinates may be inactive in a point, and then say nothing
 * about the mean. */
#include <math.h>
#include <string.h>

#include "search/cma.h"
#include "muster/linalg.h"
#include "muster/surrogate.h"

/* ---- constants of the method ----------------------------------------------------------------- */

/* Positive weights with sum 1, negative ones bounded so that the covariance stays positive. */
static void set_weights(struct muster_cma *cma)
{
    double sum = 0, squares = 0, negative = 0, negative_squares = 0, n = (double)cma->d;

    for (size_t i = 0; i < cma->lambda; i++) {
        double w = log(((double)cma->lambda + 1) / 2) - log((double)i + 1);
        cma->weight[i] = w;
        *(i < cma->mu ? &sum : &negative) += w;
        *(i < cma->mu ? &squares : &negative_squares) += w * w;
    }
    double m = cma->mu_effective = sum * sum / squares;
    double m_negative = negative_squares > 0 ? negative * negative / negative_squares : 0;
    cma->c_1 = 2 / ((n + 1.3) * (n + 1.3) + m);
    cma->c_mu = fmin(1 - cma->c_1, 2 * (0.25 + m + 1 / m - 2) / ((n + 2) * (n + 2) + m));
    double most = fmin(1 + cma->c_1 / cma->c_mu, 1 + 2 * m_negative / (m + 2));
    most = fmin(most, (1 - cma->c_1 - cma->c_mu) / (n * cma->c_mu));
    for (size_t i = 0; i < cma->lambda; i++)
        cma->weight[i] *= i < cma->mu ? 1 / sum : negative < 0 ? most / -negative : 0;
}

static void set_rates(struct muster_cma *cma)
{
    double n = (double)cma->d, m = cma->mu_effective;

    cma->c_c = (4 + m / n) / (n + 4 + 2 * m / n);
    cma->c_sigma = (m + 2) / (n + m + 5);
    cma->damping = 1 + 2 * fmax(0, sqrt((m - 1) / (n + 1)) - 1) + cma->c_sigma;
    cma->chi = sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
}

/* ---- life ------------------------------------------------------------------------------------ */

enum muster_status muster_cma_start(struct muster_cma *cma, size_t d, size_t lambda,
                                    const double *mean, double sigma)
{
    enum muster_status status = MUSTER_OK;

    muster_cma_free(cma);
    *cma = (struct muster_cma){.d = d, .lambda = lambda, .mu = lambda / 2, .sigma = sigma};
    MUSTER_NEW(cma->weight, lambda);
    MUSTER_NEW(cma->mean, d);
    MUSTER_NEW(cma->path_sigma, d);
    MUSTER_NEW(cma->path_c, d);
    MUSTER_NEW(cma->covariance, d * d);
    MUSTER_NEW(cma->axes, d * d);
    MUSTER_NEW(cma->length, d);
    MUSTER_NEW(cma->scale, d);
    MUSTER_NEW(cma->y, lambda * d);
    MUSTER_NEW(cma->z, d);
    for (size_t j = 0; j < d; j++) {
        cma->mean[j] = mean[j];
        cma->covariance[j * d + j] = cma->axes[j * d + j] = 1;
        cma->length[j] = cma->scale[j] = 1;
    }
    set_weights(cma);
    set_rates(cma);
done:
    return status;
}

void muster_cma_free(struct muster_cma *cma)
{
    muster_free(cma->weight);
    muster_free(cma->mean);
    muster_free(cma->path_sigma);
    muster_free(cma->path_c);
    muster_free(cma->covariance);
    muster_free(cma->axes);
    muster_free(cma->length);
    muster_free(cma->scale);
    muster_free(cma->y);
    muster_free(cma->z);
    *cma = (struct muster_cma){0};
}

/* ---- points ---------------------------------------------------------------------------------- */

void muster_cma_point(const struct muster_cma *cma, const double *z, double *v)
{
    size_t d = cma->d;
    for (size_t j = 0; j < d; j++)
        v[j] = 0;
    for (size_t k = 0; k < d; k++)
        for (size_t j = 0; j < d; j++)
            v[j] += cma->axes[k * d + j] * cma->length[k] * z[k];
    for (size_t j = 0; j < d; j++)
        v[j] = cma->mean[j] + cma->sigma * cma->scale[j] * v[j];
}

double muster_cma_deviation(const struct muster_cma *cma, size_t j)
{
    return cma->sigma * cma->scale[j] * sqrt(cma->covariance[j * cma->d + j]);
}

/* z = covariance^(-1/2) y; returns its squared length. */
static double whiten(const struct muster_cma *cma, const double *y, double *z)
{
    size_t d = cma->d;
    double square = 0;

    for (size_t j = 0; j < d; j++)
        z[j] = 0;
    for (size_t k = 0; k < d; k++) {
        double inner = 0;
        for (size_t j = 0; j < d; j++)
            inner += cma->axes[k * d + j] * y[j];
        inner /= cma->length[k];
        square += inner * inner;
        for (size_t j = 0; j < d; j++)
            z[j] += cma->axes[k * d + j] * inner;
    }
    return square;
}

/* ---- update ---------------------------------------------------------------------------------- */

/* Steps y of the points, the mean moved, and the weighted mean step in cma->z. */
static void move(struct muster_cma *cma, const double *const *v, const bool *const *active)
{
    size_t d = cma->d;

    for (size_t i = 0; i < cma->lambda; i++)
        for (size_t j = 0; j < d; j++)
            cma->y[i * d + j] = (v[i][j] - cma->mean[j]) / (cma->sigma * cma->scale[j]);
    for (size_t j = 0; j < d; j++) {
        double step = 0, told = 0;
        for (size_t i = 0; i < cma->mu; i++) {
            double part = cma->weight[i] * cma->y[i * d + j];
            step += part;
            told += active == NULL || active[i][j] ? part : 0;
        }
        cma->z[j] = step;
        cma->mean[j] += cma->sigma * cma->scale[j] * told;
    }
}

/* Evolution paths by the mean step in cma->z; returns h_sigma, false while the step size catches
 * up. */
static bool follow(struct muster_cma *cma)
{
    size_t d = cma->d;
    double square = 0, m = cma->mu_effective, cs = cma->c_sigma, cc = cma->c_c;

    for (size_t k = 0; k < d; k++) { /* path += covariance^(-1/2) step, axis by axis */
        double inner = 0;
        for (size_t j = 0; j < d; j++)
            inner += cma->axes[k * d + j] * cma->z[j];
        inner *= sqrt(cs * (2 - cs) * m) / cma->length[k];
        for (size_t j = 0; j < d; j++)
            cma->path_sigma[j] =
                (k == 0 ? 1 - cs : 1) * cma->path_sigma[j] + cma->axes[k * d + j] * inner;
    }
    for (size_t j = 0; j < d; j++)
        square += cma->path_sigma[j] * cma->path_sigma[j];
    double fade = 1 - pow(1 - cs, 2 * ((double)cma->generation + 1));
    bool h = sqrt(square / fade) < (1.4 + 2 / ((double)d + 1)) * cma->chi;
    for (size_t j = 0; j < d; j++)
        cma->path_c[j] = (1 - cc) * cma->path_c[j] + (h ? sqrt(cc * (2 - cc) * m) * cma->z[j] : 0);
    cma->sigma *= exp(fmin(1, cs / cma->damping * (sqrt(square) / cma->chi - 1)));
    return h;
}

static void adapt(struct muster_cma *cma, bool h)
{
    size_t d = cma->d;
    double sum = 0, lost = h ? 0 : cma->c_c * (2 - cma->c_c);

    for (size_t i = 0; i < cma->lambda; i++)
        sum += cma->weight[i];
    double keep = 1 + cma->c_1 * lost - cma->c_1 - cma->c_mu * sum;
    for (size_t j = 0; j < d; j++)
        for (size_t k = 0; k <= j; k++)
            cma->covariance[j * d + k] =
                keep * cma->covariance[j * d + k] + cma->c_1 * cma->path_c[j] * cma->path_c[k];
    for (size_t i = 0; i < cma->lambda; i++) {
        const double *y = cma->y + i * d;
        double w = cma->c_mu * cma->weight[i];
        if (w < 0)
            w *= (double)d / fmax(whiten(cma, y, cma->z), 1e-10);
        for (size_t j = 0; j < d; j++)
            for (size_t k = 0; k <= j; k++)
                cma->covariance[j * d + k] += w * y[j] * y[k];
    }
    for (size_t j = 0; j < d; j++)
        for (size_t k = 0; k < j; k++)
            cma->covariance[k * d + j] = cma->covariance[j * d + k];
}

/* New axes once enough has changed for them to pay. */
static enum muster_status decompose(struct muster_cma *cma)
{
    enum muster_status status = MUSTER_OK;
    size_t d = cma->d;
    double lag = 1 / ((cma->c_1 + cma->c_mu) * (double)d * 10);

    if ((double)(cma->generation - cma->decomposed) < lag)
        return MUSTER_OK;
    cma->decomposed = cma->generation;
    memcpy(cma->axes, cma->covariance, d * d * sizeof *cma->axes);
    MUSTER_TRY(muster_eigen_symmetric(d, cma->axes, cma->length));
    for (size_t j = 0; j < d; j++)
        cma->length[j] = sqrt(fmax(cma->length[j], 1e-14 * cma->length[d - 1]));
done:
    return status;
}

enum muster_status muster_cma_update(struct muster_cma *cma, const double *const *v,
                                     const bool *const *active)
{
    move(cma, v, active);
    adapt(cma, follow(cma));
    cma->generation++;
    return decompose(cma);
}

/* ---- margin ---------------------------------------------------------------------------------- */

/* How far beyond an edge the mean is at most, in deviations, for a probability p on its far side.
 */
static double reach(double p)
{
    return -muster_normal_quantile(p);
}

void muster_cma_margin(struct muster_cma *cma, size_t j, double low, double high, double alpha)
{
    double deviation = muster_cma_deviation(cma, j), mean = cma->mean[j];

    if (isinf(low) && isinf(high))
        return;
    if (isinf(low)) {
        cma->mean[j] = fmax(mean, high - deviation * reach(alpha));
    } else if (isinf(high)) {
        cma->mean[j] = fmin(mean, low + deviation * reach(alpha));
    } else {
        double below = muster_normal_cdf((low - mean) / deviation),
               above = muster_normal_cdf((mean - high) / deviation);
        double inside = 1 - below - above;
        if (below >= alpha / 2 && above >= alpha / 2)
            return;
        double b = fmax(alpha / 2, below), a = fmax(alpha / 2, above);
        double excess = (1 - b - a - inside) / (b + a + inside - 1.5 * alpha);
        double zb = reach(b + excess * (b - alpha / 2)), za = reach(a + excess * (a - alpha / 2));
        cma->mean[j] = (low * za + high * zb) / (za + zb);
        cma->scale[j] *= (high - low) / ((za + zb) * deviation);
    }
}
