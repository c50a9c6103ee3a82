/* Sums of cosines with random frequencies, phases and heights: functions drawn from a process with
 * a stationary kernel (random Fourier features; Rahimi and Recht, NIPS 2007). Frequencies of a
 * Matern kernel of smoothness 5/2 are Student-t of 5 degrees of freedom, those of a squared
 * exponential normal. */
#include <math.h>

#include "surrogate/waves_impl.h"

/* A wave's draws in its block: of its scale, of height and phase; then WAVES_VALUES. */
enum { DRAW_SCALE, DRAW_HEIGHT = 3 };

/* cos x by a loop that compilers turn into vectors, to 1e-13 where |x| < 1e4. */
static inline double cosine(double x)
{
    static const double magic = 6755399441055744.0; /* 1.5 2^52 */
    double k = (x * 0.15915494309189535 + magic) - magic;
    double r = (x - k * 6.28318530717958623) - k * 2.4492935982947064e-16, s = r * r;
    double p = 1.0 / 620448401733239439360000.0;

    p = p * s - 1.0 / 1124000727777607680000.0;
    p = p * s + 1.0 / 2432902008176640000.0;
    p = p * s - 1.0 / 6402373705728000.0;
    p = p * s + 1.0 / 20922789888000.0;
    p = p * s - 1.0 / 87178291200.0;
    p = p * s + 1.0 / 479001600;
    p = p * s - 1.0 / 3628800;
    p = p * s + 1.0 / 40320;
    p = p * s - 1.0 / 720;
    p = p * s + 1.0 / 24;
    p = p * s - 0.5;
    return p * s + 1;
}

void waves_clear(struct waves *waves)
{
    muster_free(waves->height);
    muster_free(waves->phase);
    muster_free(waves->rate);
    *waves = (struct waves){0};
}

enum muster_status waves_create(struct waves *waves, size_t m, size_t rows)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_NEW(waves->height, m);
    MUSTER_NEW(waves->phase, m);
    MUSTER_NEW(waves->rate, rows * m);
    waves->m = m;
done:
    return status;
}

/* Of five degrees of freedom: of four it is exponential. */
static double chi_square(struct muster_stream stream, uint64_t block)
{
    double odd = waves_normal(stream, block, DRAW_SCALE), p = 1;
    for (uint64_t i = 1; i <= 2; i++)
        p *= muster_draw(stream, MUSTER_DRAW_PATH + block, DRAW_SCALE + i);
    return odd * odd - 2 * log(p);
}

void waves_draw(struct waves *waves, enum muster_kernel_kind kind, double variance,
                struct muster_stream stream, uint64_t block)
{
    for (size_t r = 0; r < waves->m; r++) {
        double scale = sqrt(variance / (double)waves->m);
        double squares = chi_square(stream, block + r);
        double a = waves_normal(stream, block + r, DRAW_HEIGHT);
        double b = waves_normal(stream, block + r, DRAW_HEIGHT + 1);
        waves->height[r] = scale * sqrt(a * a + b * b);
        waves->phase[r] = atan2(-b, a);
        waves->rate[r] = kind == MUSTER_KERNEL_MATERN ? sqrt(5 / squares) : 1;
    }
}

double waves_sum(const struct waves *waves, const double *angle)
{
    double sum = 0;
    for (size_t r = 0; r < waves->m; r++)
        sum += waves->height[r] * cosine(angle[r]);
    return sum;
}

double waves_slope(const struct waves *waves, const double *angle, const double *rate)
{
    static const double quarter = 1.5707963267948966;
    double sum = 0;
    for (size_t r = 0; r < waves->m; r++)
        sum += waves->height[r] * rate[r] * cosine(angle[r] - quarter);
    return -sum;
}
