/* race.c: whether the folds of a step so far are enough to discard it.
 *
 * Forgiving (Bergman, Purucker, Hutter, AutoML 2024, arXiv 2405.03389): the mean so far is no
 * better than the incumbent's worst fold.
 *
 * Paired: differences d_1 .. d_n to a rival on the same folds, normal about a mean of which nothing
 * is known before, with a variance of which earlier pairs are worth `freedom` degrees of freedom.
 * What counts is the mean over the K folds themselves, not over all folds there could be: given
 * d_1 .. d_n it is Student's t about their mean, with the variance s^2 (1/n - 1/K). So no
 * correction for overlapping training sets is due (Nadeau and Bengio 2003 is about the latter
 * question). Of a total error of DELTA the n-th look spends a part in proportion to n, all looks
 * together DELTA. */
#include "muster/study.h"

#include <math.h>
#include <stdio.h>

#define DELTA 0.1

/* P(T <= t) of Student's t with a whole number of degrees of freedom: the finite sums 26.7.3 and
 * 26.7.4 of Abramowitz and Stegun. */
static double student(double t, int64_t freedom)
{
    double theta = atan(t / sqrt((double)freedom)), cosine = cos(theta), squared = cosine * cosine;
    bool odd = freedom % 2 == 1;
    double term = odd ? cosine : 1.0, sum = 0.0;
    for (int64_t i = odd ? 3 : 2; i <= freedom; i += 2) {
        sum += term;
        term *= squared * (double)(i - 1) / (double)i;
    }
    sum *= sin(theta);
    double share = odd ? (theta + sum) / acos(0.0) : sum;
    return 0.5 * (1.0 + share);
}

static bool forgives(const struct muster_step *step, bool maximize, double mean)
{
    return isnan(step->threshold) || (maximize ? mean > step->threshold : mean < step->threshold);
}

/* The probability that the mean difference over all K folds is to the rival's good. */
static double losing(const struct muster_step *step, bool maximize, const double *scores, size_t n,
                     size_t k)
{
    const double *s = scores + step->first_fold, *r = step->rival + step->first_fold;
    double mean = 0.0, squares = 0.0, sign = maximize ? -1.0 : 1.0;
    int64_t freedom = step->freedom + (int64_t)n - 1;
    for (size_t i = 0; i < n; i++)
        mean += sign * (s[i] - r[i]) / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += pow(sign * (s[i] - r[i]) - mean, 2);
    if (freedom < 1)
        return 0.5;
    double variance = ((double)step->freedom * step->variance + squares) / (double)freedom;
    double scale = sqrt(variance * (1.0 / (double)n - 1.0 / (double)k));
    if (!(scale > 0.0))
        return mean > 0.0 ? 1.0 : 0.0;
    return student(mean / scale, freedom);
}

bool muster_step_discards(const struct muster_step *step, bool maximize, const double *scores,
                          size_t n, size_t of, char *reason, size_t size)
{
    double mean = 0.0;
    if (n == 0 || n >= of)
        return false;
    for (size_t i = 0; i < n; i++)
        mean += scores[(size_t)step->first_fold + i] / (double)n;
    if (!forgives(step, maximize, mean)) {
        snprintf(reason, size,
                 "racing: after %zu of %zu folds the mean, %.6g, is no better than the worst fold "
                 "of the best, %.6g",
                 n, of, mean, step->threshold);
        return true;
    }
    if (step->rival == NULL)
        return false;
    double chance = losing(step, maximize, scores, n, of);
    if (!(chance > 1.0 - DELTA * 2.0 * (double)n / ((double)of * (double)(of - 1))))
        return false;
    snprintf(reason, size,
             "racing: after %zu of %zu folds the mean, %.6g, is behind the best with a probability "
             "of %.4g",
             n, of, mean, chance);
    return true;
}
