/* race.c: whether the folds of a step so far are enough to discard it.
 *
 * Each fold's level is taken off its score first: how much easier or harder it is than the others.
 *
 * Forgiving (Bergman, Purucker, Hutter, AutoML 2024, arXiv 2405.03389): the mean so far is no
 * better than the best configuration's worst fold.
 *
 * Paired: scores x_1 .. x_n, normal about a mean of which nothing is known before, with a variance
 * of which earlier configurations are worth `freedom` degrees of freedom. What counts is the mean
 * over the K folds themselves, not over all folds there could be: given x_1 .. x_n it is Student's
 * t about their mean, with the variance s^2 (1/n - 1/K). So no correction for overlapping training
 * sets is due (Nadeau and Bengio 2003 is about the latter question). Of a total error of DELTA the
 * n-th look spends a part in proportion to n, all looks together DELTA. */
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

/* The score of the step's i-th fold, as all folds would have it. */
static double levelled(const struct muster_step *step, const double *scores, size_t i)
{
    const size_t k = (size_t)step->first_fold + i;
    return scores[k] - (step->level != NULL ? step->level[k] : 0.0);
}

static double mean_of(const struct muster_step *step, const double *scores, size_t n)
{
    double mean = 0.0;
    for (size_t i = 0; i < n; i++)
        mean += levelled(step, scores, i) / (double)n;
    return mean;
}

/* The probability that the mean over all k folds is no better than the threshold. */
static double losing(const struct muster_step *step, bool maximize, const double *scores, size_t n,
                     size_t k)
{
    double mean = mean_of(step, scores, n), squares = 0.0;
    double behind = maximize ? step->threshold - mean : mean - step->threshold;
    int64_t freedom = step->freedom + (int64_t)n - 1;
    for (size_t i = 0; i < n; i++)
        squares += pow(levelled(step, scores, i) - mean, 2);
    double variance = ((double)step->freedom * step->variance + squares) / (double)freedom;
    double scale = sqrt(variance * (1.0 / (double)n - 1.0 / (double)k));
    if (!(scale > 0.0))
        return behind > 0.0 ? 1.0 : 0.0;
    return student(behind / scale, freedom);
}

bool muster_step_discards(const struct muster_step *step, bool maximize, const double *scores,
                          size_t n, size_t of, char *reason, size_t size)
{
    if (n == 0 || n >= of || isnan(step->threshold))
        return false;
    double mean = mean_of(step, scores, n);
    if (step->freedom > 0) {
        double chance = losing(step, maximize, scores, n, of);
        if (!(chance > 1.0 - DELTA * 2.0 * (double)n / ((double)of * (double)(of - 1))))
            return false;
        snprintf(reason, size,
                 "racing: after %zu of %zu folds the mean, %.6g, is behind the best with a "
                 "probability of %.4g",
                 n, of, mean, chance);
        return true;
    }
    if (maximize ? mean > step->threshold : mean < step->threshold)
        return false;
    snprintf(reason, size,
             "racing: after %zu of %zu folds the mean, %.6g, is no better than the worst fold of "
             "the best, %.6g",
             n, of, mean, step->threshold);
    return true;
}
