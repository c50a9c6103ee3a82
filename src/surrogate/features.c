/* How points of a mixed, conditional space become features whose squared distances add up.
 *
 * Unordered choices count by Hamming distance. A conditional coordinate lies on an arc of radius 1
 * and length 1 with "inactive" at its centre (Hutter and Osborne, arXiv 1310.5738): both inactive
 * have distance 0, one active and one not exactly 1, two active ones 2 sin(|u - v| / 2), within 4 %
 * of |u - v|. The plain distance with a constant beside it would fit into no Hilbert space, so that
 * kernels on it need not be positive definite. */
#include <math.h>

#include "surrogate/surrogate_impl.h"

static bool is_hamming(const struct muster_param *param)
{
    return param->kind == MUSTER_PARAM_CHOICE && !param->ordered;
}

static void add_feature(struct muster_feature *features, size_t *f, enum muster_feature_kind kind,
                        size_t param, bool discrete)
{
    features[(*f)++] = (struct muster_feature){kind, param, discrete};
}

enum muster_status muster_features_create(const struct muster_space *space, size_t *f,
                                          struct muster_feature **features, bool **hamming)
{
    enum muster_status status = MUSTER_OK;
    *f = 0;
    MUSTER_NEW(*features, 2 * space->d);
    MUSTER_NEW(*hamming, space->d);
    for (size_t j = 0; j < space->d; j++) {
        const struct muster_param *param = &space->params[j];
        bool discrete = !muster_param_is_continuous(param);
        (*hamming)[j] = is_hamming(param);
        if ((*hamming)[j]) {
            add_feature(*features, f, MUSTER_FEATURE_HAMMING, j, discrete);
        } else if (param->n_conditions == 0) {
            add_feature(*features, f, MUSTER_FEATURE_PLAIN, j, discrete);
        } else {
            add_feature(*features, f, MUSTER_FEATURE_COS, j, discrete);
            add_feature(*features, f, MUSTER_FEATURE_SIN, j, discrete);
        }
    }
done:
    return status;
}

static double feature_value(enum muster_feature_kind kind, double u, double x)
{
    if (kind == MUSTER_FEATURE_PLAIN)
        return u;
    if (kind == MUSTER_FEATURE_HAMMING)
        return isnan(x) ? -1 : x; /* inactive is one more value */
    if (isnan(x))
        return 0;
    return kind == MUSTER_FEATURE_COS ? cos(u) : sin(u);
}

void muster_features_map(const struct muster_space *space, const struct muster_feature *features,
                         size_t f, const double *u, double *x, double *z)
{
    muster_space_decode(space, u, x);
    for (size_t j = 0; j < space->d; j++)
        z[f + j] = isnan(x[j]) ? -1 : u[j];
    for (size_t i = 0; i < f; i++) {
        size_t j = features[i].param;
        double at = features[i].discrete && !isnan(x[j])
                        ? muster_param_encode(&space->params[j], x[j])
                        : u[j];
        z[i] = feature_value(features[i].kind, at, x[j]);
        if (z[f + j] >= 0)
            z[f + j] = features[i].kind == MUSTER_FEATURE_HAMMING ? x[j] : at;
    }
}
