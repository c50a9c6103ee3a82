/* Errors of predicted values: each is computed per target and averaged over the targets of a row,
 * as scikit-learn's `uniform_average`. */
#include "metrics/metrics_impl.h"

#include <float.h>
#include <math.h>

typedef double row_error(double truth, double guess);

static double squared(double truth, double guess)
{
    return (truth - guess) * (truth - guess);
}

static double absolute(double truth, double guess)
{
    return fabs(truth - guess);
}

static double relative(double truth, double guess)
{
    return fabs(truth - guess) / fmax(fabs(truth), DBL_EPSILON);
}

/* The pinball loss at the median, quantile 1/2. */
static double at_median(double truth, double guess)
{
    return 0.5 * fabs(truth - guess);
}

/* The mean over rows of target `o`. */
static double mean_error(const struct muster_scored *scored, size_t o, row_error *error)
{
    double sum = 0;
    for (size_t i = o; i < scored->n * scored->outputs; i += scored->outputs)
        sum += error(scored->targets[i], scored->prediction[i]);
    return sum / (double)scored->n;
}

static double mean_target(const struct muster_scored *scored, size_t o)
{
    double sum = 0;
    for (size_t i = o; i < scored->n * scored->outputs; i += scored->outputs)
        sum += scored->targets[i];
    return sum / (double)scored->n;
}

static double average_error(const struct muster_scored *scored, row_error *error)
{
    double sum = 0;
    for (size_t o = 0; o < scored->outputs; o++)
        sum += mean_error(scored, o, error);
    return sum / (double)scored->outputs;
}

static double mse(const struct muster_scored *scored)
{
    return average_error(scored, squared);
}

static double mae(const struct muster_scored *scored)
{
    return average_error(scored, absolute);
}

static double mape(const struct muster_scored *scored)
{
    return average_error(scored, relative);
}

static double pinball(const struct muster_scored *scored)
{
    return average_error(scored, at_median);
}

static double rmse(const struct muster_scored *scored)
{
    double sum = 0;
    for (size_t o = 0; o < scored->outputs; o++)
        sum += sqrt(mean_error(scored, o, squared));
    return sum / (double)scored->outputs;
}

/* Undefined on one row. A constant target is explained fully or not at all. */
static double r2(const struct muster_scored *scored)
{
    if (scored->n < 2)
        return NAN;
    double sum = 0;
    for (size_t o = 0; o < scored->outputs; o++) {
        double mean = mean_target(scored, o), spread = 0;
        for (size_t i = o; i < scored->n * scored->outputs; i += scored->outputs)
            spread += squared(scored->targets[i], mean);
        double error = mean_error(scored, o, squared) * (double)scored->n;
        sum += spread > 0 ? 1 - error / spread : error > 0 ? 0 : error == 0 ? 1 : error;
    }
    return sum / (double)scored->outputs;
}

#define ERROR_METRIC(id, text)                        \
    const struct muster_metric muster_metric_##id = { \
        {.name = #id, .help = text}, .regression = true, .score = id};

ERROR_METRIC(mse, "mean squared error")
ERROR_METRIC(rmse, "square root of the mean squared error")
ERROR_METRIC(mae, "mean absolute error")
ERROR_METRIC(mape, "mean absolute error relative to the target")
ERROR_METRIC(pinball, "pinball loss at the median: half the mean absolute error")

const struct muster_metric muster_metric_r2 = {
    {.name = "r2", .help = "share of the target's variance that is explained"},
    .maximize = true,
    .regression = true,
    .pooled = true,
    .score = r2};
