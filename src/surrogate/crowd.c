/* Local models of very many points: a process that only holds them, whose kernel parameters are
 * those of another, so that models of the nearest ones can be drawn from it (muster_gp_near). */
#include <math.h>
#include <string.h>

#include "surrogate/surrogate_impl.h"

enum muster_status muster_gp_crowd(struct muster_gp *crowd, const struct muster_gp *gp,
                                   const double *u, const double *y, size_t n, size_t fresh)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(muster_gp_reserve(crowd, n));
    if (memcmp(crowd->theta, gp->theta, gp->p * sizeof *gp->theta) != 0)
        muster_gp_set(crowd, gp->theta);
    for (size_t i = fresh < crowd->n ? fresh : crowd->n; i < n; i++)
        muster_gp_place(crowd, i, u + i * gp->d, 1);
    crowd->n = n;
    crowd->shift = gp->shift;
    crowd->scale = gp->scale;
    crowd->mean = gp->mean;
    crowd->observed = 0;
    for (size_t i = 0; i < n; i++) {
        crowd->y[i] = (y[i] - gp->shift) / gp->scale;
        crowd->observed += isnan(y[i]) ? 0 : 1;
    }
done:
    return status;
}
