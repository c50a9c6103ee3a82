/* The normal distribution. */
#include <math.h>

#include "muster/base.h"

double muster_normal_cdf(double z)
{
    return 0.5 * erfc(-z * 0.70710678118654752440);
}
