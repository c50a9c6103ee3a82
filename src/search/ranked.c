/* The order of scores that everything is sorted by. */
#include <math.h>

#include "muster/search.h"

int muster_best_first(const void *a, const void *b)
{
    const struct muster_ranked *p = a, *q = b;
    if (isnan(p->score) != isnan(q->score))
        return isnan(p->score) ? 1 : -1;
    if (p->score < q->score || p->score > q->score)
        return p->score < q->score ? -1 : 1;
    return (p->at > q->at) - (p->at < q->at);
}
