/* The Gaussian process against a direct dense computation, and its bookkeeping: believers, rows
 * kept between observations, repeated points. */
#include "test.h"
#include "muster/surrogate.h"
#include "spaces.h"

enum { N = 12, D = 3, MOST = 64 };

struct points {
    double u[MOST * D], y[MOST];
};

static void fill(const struct muster_space *space, struct points *p)
{
    double x[D];
    for (int i = 0; i < MOST; i++) {
        random_point(space, i, p->u + i * D, x);
        p->y[i] = 5 + 3 * value_at(space, x);
    }
}

static struct muster_gp *create(const struct muster_space *space)
{
    struct muster_gp *gp;
    assert_int_equal(muster_gp_create(space, &muster_solver_lapack, &gp), MUSTER_OK);
    return gp;
}

/* theta = log length scales, log amplitude, log noise */
static const double theta[D + 2] = {-0.5, 0.1, 0.4, 0.3, -5};

static double kernel(const double *a, const double *b)
{
    double square = 0;
    for (int j = 0; j < D; j++)
        square += pow((a[j] - b[j]) / exp(theta[j]), 2);
    double r = sqrt(5 * square);
    return exp(theta[D]) * (1 + r + r * r / 3) * exp(-r);
}

/* x = K^-1 b by Gauss-Jordan elimination. */
static void solve(const double *k, const double *b, double *x)
{
    double a[N][N + 1];
    for (int i = 0; i < N; i++) {
        memcpy(a[i], k + i * N, N * sizeof *k);
        a[i][N] = b[i];
    }
    for (int i = 0; i < N; i++)
        for (int r = 0; r < N; r++) {
            double factor = r == i ? 0 : a[r][i] / a[i][i];
            for (int c = i; c <= N && r != i; c++)
                a[r][c] -= factor * a[i][c];
        }
    for (int i = 0; i < N; i++)
        x[i] = a[i][N] / a[i][i];
}

static double dot(const double *a, const double *b)
{
    double sum = 0;
    for (int i = 0; i < N; i++)
        sum += a[i] * b[i];
    return sum;
}

static void dense(void **state)
{
    struct muster_space space = plain_space(D);
    struct points p;
    double k[N * N], one[N], z[N], row[N], a[N], b[N], c[N], mean = 0, square = 0;
    struct muster_gp *gp = create(&space);
    (void)state;
    fill(&space, &p);
    for (int i = 0; i < N; i++) {
        one[i] = 1;
        mean += p.y[i] / N;
        for (int j = 0; j < N; j++)
            k[i * N + j] = kernel(p.u + i * D, p.u + j * D) + (i == j ? exp(theta[D + 1]) : 0);
    }
    for (int i = 0; i < N; i++)
        square += pow(p.y[i] - mean, 2) / N;
    for (int i = 0; i < N; i++)
        z[i] = (p.y[i] - mean) / sqrt(square);
    solve(k, one, a);
    solve(k, z, b);
    double level = dot(a, z) / dot(a, one);
    muster_gp_set(gp, theta);
    assert_int_equal(muster_gp_observe(gp, p.u, p.y, N), MUSTER_OK);
    for (int t = N; t < MOST; t++) {
        double got, deviation, *at = p.u + t * D;
        for (int i = 0; i < N; i++)
            row[i] = kernel(at, p.u + i * D);
        solve(k, row, c);
        double want = mean + sqrt(square) * (level + dot(row, b) - level * dot(row, a));
        double spread = sqrt(square * (exp(theta[D]) - dot(row, c)));
        muster_gp_predict(gp, at, &got, &deviation, NULL, NULL);
        assert_true(fabs(got - want) < 1e-7 && fabs(deviation - spread) < 1e-7);
    }
    muster_gp_destroy(&gp);
}

/* A believer leaves the mean and narrows the deviation as an observation of the mean would. */
static void believer_is_an_observation_of_the_mean(void **state)
{
    struct muster_space space = plain_space(D);
    struct points p, q;
    struct muster_gp *gp = create(&space), *other = create(&space);
    double mean[2], deviation[2], unused;
    (void)state;
    fill(&space, &p);
    q = p;
    muster_gp_set(gp, theta);
    muster_gp_set(other, theta);
    assert_int_equal(muster_gp_observe(gp, p.u, p.y, N), MUSTER_OK);
    for (int i = N; i < N + 5; i++) {
        muster_gp_predict(gp, p.u + i * D, &q.y[i], &unused, NULL, NULL);
        assert_int_equal(muster_gp_believe(gp, p.u + i * D), MUSTER_OK);
    }
    assert_int_equal(muster_gp_observe(other, q.u, q.y, N + 5), MUSTER_OK);
    double scale = 0, centre = 0, all = 0, middle = 0; /* the two standardise differently */
    for (int i = 0; i < N; i++)
        centre += p.y[i] / N;
    for (int i = 0; i < N; i++)
        scale += pow(p.y[i] - centre, 2) / N;
    for (int i = 0; i < N + 5; i++)
        middle += q.y[i] / (N + 5);
    for (int i = 0; i < N + 5; i++)
        all += pow(q.y[i] - middle, 2) / (N + 5);
    for (int t = N; t < MOST; t++) {
        muster_gp_predict(gp, p.u + t * D, &mean[0], &deviation[0], NULL, NULL);
        muster_gp_predict(other, p.u + t * D, &mean[1], &deviation[1], NULL, NULL);
        assert_true(fabs(mean[0] - mean[1]) < 1e-9);
        assert_true(fabs(deviation[0] / sqrt(scale) - deviation[1] / sqrt(all)) < 1e-9);
    }
    muster_gp_destroy(&gp);
    muster_gp_destroy(&other);
}

/* One at a time, all at once, or pending before they are observed: the same bits. */
static void rows_do_not_depend_on_history(void **state)
{
    struct muster_space space = plain_space(D);
    struct points p;
    struct muster_gp *one = create(&space), *all = create(&space);
    double mean[2], deviation[2], y[MOST];
    (void)state;
    fill(&space, &p);
    muster_gp_set(one, theta);
    muster_gp_set(all, theta);
    for (int n = N; n <= MOST - 4; n++) {
        memcpy(y, p.y, sizeof y);
        for (int i = n; i < n + 4; i++)
            y[i] = NAN;
        assert_int_equal(muster_gp_observe(one, p.u, y, (size_t)n + 4), MUSTER_OK);
    }
    assert_int_equal(muster_gp_observe(all, p.u, p.y, N), MUSTER_OK);
    assert_int_equal(muster_gp_observe(all, p.u, y, MOST), MUSTER_OK);
    for (int64_t t = 0; t < 30; t++) {
        double u[D], x[D];
        random_point(&space, 500 + t, u, x);
        muster_gp_predict(one, u, &mean[0], &deviation[0], NULL, NULL);
        muster_gp_predict(all, u, &mean[1], &deviation[1], NULL, NULL);
        assert_memory_equal(&mean[0], &mean[1], sizeof *mean);
        assert_memory_equal(&deviation[0], &deviation[1], sizeof *deviation);
    }
    muster_gp_destroy(&one);
    muster_gp_destroy(&all);
}

/* Repeated points, few points and constant values are no errors. */
static void degenerate_data(void **state)
{
    struct muster_space space = plain_space(D);
    struct muster_gp *gp = create(&space);
    double u[20 * D], y[20], mean, deviation;
    (void)state;
    for (int i = 0; i < 20 * D; i++)
        u[i] = 0.25;
    for (int i = 0; i < 20; i++)
        y[i] = 3;
    muster_gp_noise_floor(gp, 1e-8);
    for (size_t n = 0; n <= 20; n += 5) {
        assert_int_equal(muster_gp_observe(gp, u, y, n), MUSTER_OK);
        assert_int_equal(muster_gp_fit(gp), MUSTER_OK);
        assert_int_equal(muster_gp_believe(gp, u), MUSTER_OK);
        assert_int_equal(muster_gp_believe(gp, u), MUSTER_OK);
        muster_gp_predict(gp, u, &mean, &deviation, NULL, NULL);
        assert_true(fabs(mean - (n > 0 ? 3 : 0)) < 1e-6 && deviation >= 0 && isfinite(deviation));
    }
    muster_gp_destroy(&gp);
}

static void smoothing_is_prediction_at_the_observations(void **state)
{
    struct muster_space space = plain_space(D);
    struct muster_gp *gp = create(&space);
    struct points p;
    double smooth[N], mean, deviation;
    (void)state;
    fill(&space, &p);
    muster_gp_set(gp, theta);
    assert_int_equal(muster_gp_observe(gp, p.u, p.y, N), MUSTER_OK);
    muster_gp_smooth(gp, smooth);
    for (int i = 0; i < N; i++) {
        muster_gp_predict(gp, p.u + i * D, &mean, &deviation, NULL, NULL);
        assert_true(fabs(mean - smooth[i]) < 1e-9);
    }
    muster_gp_destroy(&gp);
}

/* A doubted point counts as an observation one deviation above what the others say of it. */
static void doubted_points_are_worse_than_predicted(void **state)
{
    enum { PENDING = 3 };
    struct muster_space space = plain_space(D);
    struct muster_gp *gp = create(&space), *other = create(&space);
    double u[D] = {0.3, 0.6, 0.2}, mean[2], deviation[2];
    struct points p, q;
    (void)state;
    fill(&space, &p);
    q = p;
    for (int i = N; i < N + PENDING; i++)
        p.y[i] = NAN;
    assert_int_equal(muster_gp_observe(other, p.u, p.y, N), MUSTER_OK);
    for (int i = N; i < N + PENDING; i++) {
        muster_gp_predict(other, p.u + i * D, mean, deviation, NULL, NULL);
        q.y[i] = mean[0] + deviation[0];
    }
    assert_int_equal(muster_gp_observe_doubting(gp, p.u, p.y, NULL, N + PENDING), MUSTER_OK);
    assert_int_equal(muster_gp_observe(other, p.u, q.y, N + PENDING), MUSTER_OK);
    muster_gp_predict(gp, u, &mean[0], &deviation[0], NULL, NULL);
    muster_gp_predict(other, u, &mean[1], &deviation[1], NULL, NULL);
    assert_true(fabs(mean[0] - mean[1]) < 1e-9 && fabs(deviation[0] - deviation[1]) < 1e-9);
    for (int i = N; i < N + PENDING; i++)
        assert_true(fabs(p.y[i] - q.y[i]) < 1e-9);
    muster_gp_destroy(&gp);
    muster_gp_destroy(&other);
}

/* Counts in *context what the usual solver factors. */
static enum muster_status counted_factor(void *context, size_t n, double *a)
{
    ++*(int *)context;
    return muster_solver_lapack.factor(muster_solver_lapack.context, n, a);
}

/* How many factors a fit takes from these parameters; NULL: those of a new process. */
static int factors_of_fit(const struct muster_space *space, const struct points *p,
                          const double *from)
{
    int count = 0;
    struct muster_solver solver = muster_solver_lapack;
    struct muster_gp *gp;
    solver.factor = counted_factor;
    solver.context = &count;
    assert_int_equal(muster_gp_create(space, &solver, &gp), MUSTER_OK);
    assert_int_equal(muster_gp_observe(gp, p->u, p->y, N), MUSTER_OK);
    if (from != NULL)
        muster_gp_set(gp, from);
    count = 0;
    assert_int_equal(muster_gp_fit(gp), MUSTER_OK);
    muster_gp_destroy(&gp);
    return count;
}

/* The parameters of a new process are those that a fit starts from anyway: one descent is enough.
 */
static void a_new_process_is_fitted_from_one_start(void **state)
{
    struct muster_space space = plain_space(D);
    struct points p;
    (void)state;
    fill(&space, &p);
    assert_true(3 * factors_of_fit(&space, &p, NULL) < 2 * factors_of_fit(&space, &p, theta));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dense),
        cmocka_unit_test(believer_is_an_observation_of_the_mean),
        cmocka_unit_test(rows_do_not_depend_on_history),
        cmocka_unit_test(degenerate_data),
        cmocka_unit_test(doubted_points_are_worse_than_predicted),
        cmocka_unit_test(smoothing_is_prediction_at_the_observations),
        cmocka_unit_test(a_new_process_is_fitted_from_one_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
