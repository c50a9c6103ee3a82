/* The bottom of a bowl: found under ripples, of a cone, on a face; and none where there is none. */
#include "test.h"
#include "muster/surrogate.h"
#include "spaces.h"

enum { D = 10, N = 40 };

static const double place[D] = {.3, .5, .62, .41, .7, .55, .38, .6, .47, .52};

/* Squares of distances along each parameter, some steeper than others. */
static double square(const double *u)
{
    double sum = 0;
    for (size_t j = 0; j < D; j++)
        sum += (1 + 0.5 * (double)(j % 3)) * pow(u[j] - place[j], 2);
    return sum;
}

static double ripples(const double *u)
{
    double sum = 0;
    for (size_t j = 0; j < D; j++)
        sum += cos(90 * (u[j] - place[j]));
    return sum / D;
}

static double rippled(const double *u)
{
    return square(u) - 0.1 * ripples(u);
}

static double cone(const double *u)
{
    return 3 + sqrt(square(u));
}

static double slope(const double *u)
{
    return square(u) - 20 * u[0] + 20 * u[1];
}

static double rough(const double *u)
{
    return ripples(u);
}

/* What N random points say: into bottom[D]. */
static double explained(double (*value)(const double *u), double *bottom)
{
    struct muster_space space = plain_space(D);
    double u[N * D], y[N], x[D], share;
    for (int i = 0; i < N; i++) {
        random_point(&space, i, u + i * D, x);
        y[i] = value(u + i * D);
    }
    assert_int_equal(muster_bowl_bottom(&muster_solver_lapack, u, y, N, D, bottom, &share),
                     MUSTER_OK);
    return share;
}

static double farthest(const double *bottom)
{
    double most = 0;
    for (size_t j = 0; j < D; j++)
        most = fmax(most, fabs(bottom[j] - place[j]));
    return most;
}

static void it_is_found_under_ripples(void **state)
{
    double bottom[D];
    (void)state;
    assert_true(explained(square, bottom) > 0.95);
    assert_true(farthest(bottom) < 0.08);
    assert_true(explained(rippled, bottom) > 0.7);
    assert_true(farthest(bottom) < 0.08);
}

/* The cone's square is a bowl, itself it is none. */
static void a_cone_is_a_bowl(void **state)
{
    double bottom[D];
    (void)state;
    assert_true(explained(cone, bottom) > 0.9);
    assert_true(farthest(bottom) < 0.08);
}

static void it_stays_in_the_cube(void **state)
{
    double bottom[D];
    (void)state;
    assert_true(explained(slope, bottom) > 0.9);
    assert_true(bottom[0] == 1 && bottom[1] == 0);
}

static double level(const double *u)
{
    (void)u;
    return 7;
}

static void ripples_alone_are_no_bowl(void **state)
{
    double bottom[D];
    (void)state;
    assert_true(explained(rough, bottom) < 0.3);
    assert_true(explained(level, bottom) <= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_found_under_ripples),
        cmocka_unit_test(a_cone_is_a_bowl),
        cmocka_unit_test(it_stays_in_the_cube),
        cmocka_unit_test(ripples_alone_are_no_bowl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
