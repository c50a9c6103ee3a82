/* Latin hypercube designs of n points. Up to a few hundred points a whole one is held and improved
 * by exchanges under the phi_p criterion of Morris and Mitchell (1995), which keeps points apart;
 * beyond that each dimension's permutation of strata is a function of the key, and nothing is
 * stored. */
#include "search/lhs_impl.h"

/* Points up to which a design is improved, exchanges tried a point, and distances they may cost. */
enum { IMPROVED_MOST = 512, EXCHANGES = 100, DISTANCES = 20000000 };

/* Counters of one dimension: the cipher's, then the exchanges'. */
#define EXCHANGE_COUNTER (UINT64_C(1) << 60)

struct muster_lhs {
    size_t n, d;
    struct muster_stream stream;
    uint32_t half;    /* bits of half a number in the cipher */
    int32_t *strata;  /* owned [n][d]; NULL: too many points */
    double *distance; /* owned [n][n]: squared, in strata; only while it is improved */
};

/* One of n numbers to another: four Feistel rounds over an even number of bits, walked until the
 * result is below n again (Black and Rogaway, CT-RSA 2002). */
static uint64_t permuted(const struct muster_lhs *lhs, size_t dimension, uint64_t i)
{
    uint64_t mask = (UINT64_C(1) << lhs->half) - 1;
    do {
        uint64_t left = i >> lhs->half, right = i & mask;
        for (uint32_t round = 0; round < 4; round++) {
            const uint32_t counter[4] = {(uint32_t)right, (uint32_t)dimension, 1 + round, 1};
            uint32_t bits[4];
            muster_random_bits(lhs->stream, counter, bits);
            uint64_t next = left ^ (bits[0] & mask);
            left = right;
            right = next;
        }
        i = left << lhs->half | right;
    } while (i >= lhs->n);
    return i;
}

/* ---- improvement ----------------------------------------------------------------------------- */

/* Squared distance to the power -5: phi_p with p = 10, whose sum is dominated by close pairs. */
static double repulsion(double square)
{
    double s = square * square;
    return 1 / (s * s * square);
}

static double square_of(const struct muster_lhs *lhs, size_t a, size_t b)
{
    double sum = 0;
    for (size_t j = 0; j < lhs->d; j++) {
        double difference = lhs->strata[a * lhs->d + j] - lhs->strata[b * lhs->d + j];
        sum += difference * difference;
    }
    return sum;
}

/* The squared distance of points p and q once a coordinate of p is `to` in place of `from`. */
static double moved(const struct muster_lhs *lhs, size_t p, size_t q, size_t j, int32_t from,
                    int32_t to)
{
    double other = lhs->strata[q * lhs->d + j];
    return lhs->distance[p * lhs->n + q] + ((double)to - other) * ((double)to - other) -
           ((double)from - other) * ((double)from - other);
}

/* Lets points a and b exchange stratum j where that lowers the criterion. */
static void exchange(struct muster_lhs *lhs, size_t a, size_t b, size_t j)
{
    size_t n = lhs->n;
    int32_t *at_a = &lhs->strata[a * lhs->d + j], *at_b = &lhs->strata[b * lhs->d + j];
    double change = 0;

    for (size_t q = 0; q < n; q++)
        if (q != a && q != b)
            change += repulsion(moved(lhs, a, q, j, *at_a, *at_b)) +
                      repulsion(moved(lhs, b, q, j, *at_b, *at_a)) -
                      repulsion(lhs->distance[a * n + q]) - repulsion(lhs->distance[b * n + q]);
    if (!(change < 0))
        return;
    for (size_t q = 0; q < n; q++) /* the distance of a and b stays */
        if (q != a && q != b) {
            lhs->distance[q * n + a] = moved(lhs, a, q, j, *at_a, *at_b);
            lhs->distance[q * n + b] = moved(lhs, b, q, j, *at_b, *at_a);
        }
    for (size_t q = 0; q < n; q++)
        if (q != a && q != b) {
            lhs->distance[a * n + q] = lhs->distance[q * n + a];
            lhs->distance[b * n + q] = lhs->distance[q * n + b];
        }
    int32_t kept = *at_a;
    *at_a = *at_b;
    *at_b = kept;
}

static enum muster_status improve(struct muster_lhs *lhs)
{
    enum muster_status status = MUSTER_OK;
    size_t n = lhs->n, tries = n * EXCHANGES;

    if (tries > DISTANCES / n)
        tries = DISTANCES / n;
    MUSTER_NEW(lhs->distance, n * n);
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++)
            lhs->distance[a * n + b] = square_of(lhs, a, b);
    for (size_t k = 0; k < tries; k++) {
        uint64_t counter = EXCHANGE_COUNTER + 3 * k;
        size_t a = (size_t)muster_random_below(lhs->stream, counter, n);
        size_t b = (size_t)muster_random_below(lhs->stream, counter + 1, n - 1);
        size_t j = (size_t)muster_random_below(lhs->stream, counter + 2, lhs->d);
        exchange(lhs, a, b + (b >= a), j);
    }
done:
    muster_free(lhs->distance);
    lhs->distance = NULL;
    return status;
}

/* ---- life ------------------------------------------------------------------------------------ */

enum muster_status muster_lhs_create(struct muster_stream stream, size_t n, size_t d,
                                     struct muster_lhs **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_lhs *lhs;

    *out = NULL;
    MUSTER_NEW(lhs, 1);
    *lhs = (struct muster_lhs){.n = n, .d = d, .stream = stream, .half = 1};
    while ((uint64_t)n > UINT64_C(1) << (2 * lhs->half))
        lhs->half++;
    if (n <= IMPROVED_MOST) {
        MUSTER_NEW(lhs->strata, n * d);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < d; j++)
                lhs->strata[i * d + j] = (int32_t)permuted(lhs, j, i);
    }
    if (n <= IMPROVED_MOST && n > 2 && d > 1)
        MUSTER_TRY(improve(lhs));
done:
    if (status != MUSTER_OK)
        muster_lhs_destroy(&lhs);
    *out = lhs;
    return status;
}

void muster_lhs_destroy(struct muster_lhs **out)
{
    struct muster_lhs *lhs = *out;
    if (lhs == NULL)
        return;
    muster_free(lhs->strata);
    muster_free(lhs->distance);
    muster_free(lhs);
    *out = NULL;
}

void muster_lhs_point(const struct muster_lhs *lhs, size_t i, double *u)
{
    for (size_t j = 0; j < lhs->d; j++) {
        double stratum =
            lhs->strata != NULL ? (double)lhs->strata[i * lhs->d + j] : (double)permuted(lhs, j, i);
        uint64_t counter = (uint64_t)j << 32 | (uint64_t)i;
        u[j] = (stratum + muster_random_uniform(lhs->stream, counter)) / (double)lhs->n;
    }
}
