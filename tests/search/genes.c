/* Crossover and mutation: their distributions against the published ones, discrete and conditional
 * genes, selection. */
#include <stdlib.h>

#include "drive.h"

#include "search/genes.h"
#include "search/selection.h"

enum { SAMPLES = 40000 };

static struct muster_dice dice_of(int64_t i)
{
    return (struct muster_dice){.stream = muster_stream_of(7, i, -1, MUSTER_FOR_NOISE)};
}

/* Mean and standard deviation of a crossing of 0.4 and 0.6. */
static void moments(muster_crossing *cross, double shape, double *mean, double *deviation)
{
    struct muster_dice dice = dice_of(1);
    double sum = 0, squares = 0;
    for (int i = 0; i < SAMPLES; i++) {
        double x = cross(0.4, 0.6, shape, &dice);
        sum += x;
        squares += x * x;
    }
    *mean = sum / SAMPLES;
    *deviation = sqrt(squares / SAMPLES - *mean * *mean);
}

static void blend_is_uniform_on_the_widened_interval(void **state)
{
    struct muster_dice dice = dice_of(2);
    double mean, deviation, low = 1, high = 0;
    (void)state;
    moments(muster_cross_blend, 0.5, &mean, &deviation);
    assert_true(fabs(mean - 0.5) < 5 * deviation / sqrt(SAMPLES));
    assert_true(fabs(deviation - 0.4 / sqrt(12)) < 0.002); /* of length 0.4 */
    for (int i = 0; i < SAMPLES; i++) {
        double x = muster_cross_blend(0.4, 0.6, 0.5, &dice);
        low = fmin(low, x);
        high = fmax(high, x);
    }
    assert_true(low >= 0.3 && low < 0.301 && high <= 0.7 && high > 0.699);
}

/* Half of all genes stay the first parent's; of the crossed ones, children lie on both sides of the
 * middle alike, and spread by factors of median 1: P(beta <= 1) = 1/2; and P(beta <= b) = b^(n+1)/2
 * below 1, 1 - b^-(n+1)/2 above. */
static void sbx_keeps_the_mean_and_spreads_as_published(void **state)
{
    const double index = 4, at[] = {0.5, 0.8, 1, 1.2, 2};
    struct muster_dice dice = dice_of(3);
    int below[5] = {0}, crossed = 0;
    double sum = 0;
    (void)state;
    for (int i = 0; i < SAMPLES; i++) {
        double x = muster_cross_sbx(0.4, 0.6, index, &dice), spread = fabs(x - 0.5) / 0.1;
        if (x == 0.4)
            continue;
        crossed++;
        sum += x;
        for (int k = 0; k < 5; k++)
            below[k] += spread <= at[k];
    }
    assert_true(abs(crossed - SAMPLES / 2) < 5 * sqrt(SAMPLES / 4.0));
    assert_true(fabs(sum / crossed - 0.5) < 5 * 0.12 / sqrt(crossed));
    for (int k = 0; k < 5; k++) {
        double p = at[k] <= 1 ? pow(at[k], index + 1) / 2 : 1 - pow(at[k], -index - 1) / 2;
        assert_true(fabs((double)below[k] / crossed - p) < 5 * sqrt(p * (1 - p) / crossed) + 1e-9);
    }
}

static void arithmetic_and_uniform_are_what_they_say(void **state)
{
    double mean, deviation;
    (void)state;
    assert_true(fabs(muster_cross_arithmetic(0.2, 0.6, 0.25, NULL) - 0.3) < 1e-15);
    moments(muster_cross_uniform, 0, &mean, &deviation);
    assert_true(fabs(mean - 0.5) < 5 * 0.1 / sqrt(SAMPLES) && fabs(deviation - 0.1) < 1e-3);
}

/* Polynomial mutation stays in [0, 1], lowers as often as it raises, and does so by as much as its
 * distribution says. */
static void polynomial_moves_within_bounds(void **state)
{
    const double index = 20, places[] = {0, 0.1, 0.5, 1}, by = 0.03;
    (void)state;
    for (int k = 0; k < 4; k++) {
        struct muster_dice dice = dice_of(10 + k);
        double u = places[k], keep = pow(1 - u, index + 1);
        int lower = 0, far = 0;
        for (int i = 0; i < SAMPLES; i++) {
            double x = muster_move_polynomial(u, index, &dice);
            assert_true(x >= -1e-12 && x <= 1 + 1e-12);
            lower += x <= u;
            far += x < u - by;
        }
        if (u > 0 && u < 1)
            assert_true(abs(lower - SAMPLES / 2) < 5 * sqrt(SAMPLES / 4.0));
        /* Down by delta of r < 1/2: (1 - delta)^(n+1) = 2 r + (1 - 2 r) (1 - u)^(n+1). */
        double p = u <= by ? 0 : (pow(1 - by, index + 1) - keep) / (2 * (1 - keep));
        assert_true(fabs((double)far / SAMPLES - p) < 5 * sqrt(p / SAMPLES) + 1e-9);
    }
}

static void genes_are_taken_to_the_nearest_end(void **state)
{
    (void)state;
    assert_true(muster_gene_clamp(-0.25) == 0 && muster_gene_clamp(1.25) == 1);
    assert_true(muster_gene_clamp(0.3) == 0.3 && muster_gene_clamp(INFINITY) == 0.5);
}

/* Every move of a discrete gene changes it; unordered choices reach all others alike. */
static void discrete_genes_change(void **state)
{
    const struct muster_mutation tiny = {.move = muster_move_gaussian, .shape = 1e-6, .genes = 1};
    (void)state;
    for (size_t j = 0; j < mixed_space.d; j++) {
        const struct muster_param *param = &mixed_space.params[j];
        struct muster_dice dice = dice_of(20 + (int64_t)j);
        double n = muster_param_count(param), value = muster_param_decode(param, 0.99);
        int seen[64] = {0};
        if (!isfinite(n) || n < 2 || n > 60)
            continue;
        for (int i = 0; i < 4000; i++) {
            double moved = muster_gene_move(param, value, &tiny, &dice);
            assert_true(moved >= param->low && moved <= param->high && moved != value);
            if (muster_gene_nominal(param))
                seen[(int)moved]++;
            value = muster_gene_nominal(param) ? value : moved;
        }
        for (size_t c = 0; muster_gene_nominal(param) && c < param->n_choices; c++)
            if ((double)c != value)
                assert_true(fabs(seen[c] * (n - 1) / 4000.0 - 1) < 0.25);
    }
}

/* A child's value of a parameter that is active in one parent only is that parent's. */
static void children_bring_their_branch_along(void **state)
{
    const struct muster_mating mating = {muster_cross_uniform, 0};
    double u[MIXED], a[MIXED], b[MIXED], child[MIXED], settled[MIXED];
    int inherited = 0;
    (void)state;
    for (int64_t i = 0; i < 400; i++) {
        struct muster_dice dice = dice_of(100 + i);
        random_point(&mixed_space, 2 * i, u, a);
        random_point(&mixed_space, 2 * i + 1, u, b);
        muster_genes_cross(&mixed_space, a, b, &mating, &dice, child);
        memcpy(settled, child, sizeof child);
        assert_true(muster_space_settle(&mixed_space, settled)); /* no active one is missing */
        for (size_t j = 0; j < MIXED; j++) {
            bool one = isnan(a[j]) != isnan(b[j]);
            if (one)
                assert_true(child[j] == (isnan(a[j]) ? b[j] : a[j]));
            inherited += one && !isnan(settled[j]);
        }
    }
    assert_true(inherited > 20);
}

static void mutation_moves_as_many_genes_as_asked(void **state)
{
    struct muster_space space = plain_space(10);
    struct muster_mutation mutation = {.move = muster_move_gaussian, .shape = 0.1, .genes = 3};
    double x[10], child[10];
    int moved = 0, still = 0;
    (void)state;
    for (int always = 0; always < 2; always++) {
        mutation.genes = always ? 0.1 : 3;
        mutation.always = always;
        moved = still = 0;
        for (int64_t i = 0; i < 2000; i++) {
            struct muster_dice dice = dice_of(1000 + i);
            int now = 0;
            for (size_t j = 0; j < 10; j++)
                child[j] = x[j] = muster_param_decode(&space.params[j], 0.4);
            muster_genes_mutate(&space, x, &mutation, &dice, child);
            for (size_t j = 0; j < 10; j++)
                now += child[j] != x[j];
            moved += now;
            still += now == 0;
        }
        if (!always)
            assert_true(fabs(moved / 2000.0 - 3) < 5 * sqrt(2.1 / 2000));
        else
            assert_true(still == 0 && moved < 2200);
    }
    memset(child, 0, sizeof child);
    for (size_t j = 0; j < 10; j++)
        x[j] = NAN; /* nothing is active, nothing moves */
    struct muster_dice dice = dice_of(1);
    muster_genes_mutate(&space, x, &mutation, &dice, child);
    for (size_t j = 0; j < 10; j++)
        assert_true(child[j] == 0);
}

/* ---- selection ------------------------------------------------------------------------------- */

static void count(struct muster_selection *by, const char *name, size_t n, double *share)
{
    int64_t members[5] = {0, 1, 2, 3, 4};
    struct muster_dice dice = dice_of(77);
    by->select = muster_selection_find(name);
    assert_non_null(by->select);
    for (size_t i = 0; i < n; i++)
        share[i] = 0;
    for (int i = 0; i < SAMPLES; i++)
        share[by->select(by, members, n, &dice)] += 1.0 / SAMPLES;
}

static void parents_are_chosen_as_documented(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(1);
    struct muster_selection by = {.tournament = 3, .pressure = 1.5};
    const double scores[5] = {0, 1, 4, 9, 10}, sum = 55 - 24;
    double share[5];
    (void)state;
    drive_open(drive, "random", &space, 1, false);
    drive_start(drive);
    for (int64_t i = 0; i < 5; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        struct muster_told told = {.score = scores[i]};
        assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
    }
    by.search = drive->search;
    count(&by, "tournament", 5, share);
    for (int i = 0; i < 5; i++) /* none of three is better */
        assert_true(fabs(share[i] - (pow(1 - i / 5.0, 3) - pow(0.8 - i / 5.0, 3))) < 0.012);
    count(&by, "rank", 5, share);
    for (int i = 0; i < 5; i++)
        assert_true(fabs(share[i] - (1.5 - i / 4.0) / 5) < 0.012);
    count(&by, "roulette", 5, share);
    for (int i = 0; i < 5; i++)
        assert_true(fabs(share[i] - (11 - scores[i]) / (sum)) < 0.012);
    count(&by, "tournament", 1, share);
    assert_true(fabs(share[0] - 1) < 1e-9);
    assert_null(muster_selection_find("luck"));
    drive_close(drive);
    muster_free(drive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blend_is_uniform_on_the_widened_interval),
        cmocka_unit_test(sbx_keeps_the_mean_and_spreads_as_published),
        cmocka_unit_test(arithmetic_and_uniform_are_what_they_say),
        cmocka_unit_test(polynomial_moves_within_bounds),
        cmocka_unit_test(genes_are_taken_to_the_nearest_end),
        cmocka_unit_test(discrete_genes_change),
        cmocka_unit_test(children_bring_their_branch_along),
        cmocka_unit_test(mutation_moves_as_many_genes_as_asked),
        cmocka_unit_test(parents_are_chosen_as_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
