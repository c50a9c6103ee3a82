/* Counter-based random numbers: Philox 4x32-10 of Random123 (Salmon, Moraes, Dror, Shaw, "Parallel
 * random numbers: as easy as 1, 2, 3", SC11). A stream's 64-bit key is itself a Philox 4x64-10
 * image of (seed, trial, fold, purpose), so that streams of neighbouring keys share nothing. */
#include "muster/base.h"

#include <math.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

struct muster_stream muster_stream_of(uint64_t seed, int64_t trial, int64_t fold,
                                      enum muster_purpose purpose)
{
    philox4x64_key_t key = {{seed, (uint64_t)purpose}};
    philox4x64_ctr_t counter = {{(uint64_t)trial, (uint64_t)fold, 0, 0}};
    philox4x64_ctr_t image = philox4x64(counter, key);
    return (struct muster_stream){{(uint32_t)image.v[0], (uint32_t)(image.v[0] >> 32)}};
}

void muster_random_bits(struct muster_stream stream, const uint32_t counter[4], uint32_t out[4])
{
    philox4x32_key_t key = {{stream.key[0], stream.key[1]}};
    philox4x32_ctr_t at = {{counter[0], counter[1], counter[2], counter[3]}};
    philox4x32_ctr_t image = philox4x32(at, key);
    for (int i = 0; i < 4; i++)
        out[i] = image.v[i];
}

static void bits_of(struct muster_stream stream, uint64_t counter, uint64_t out[2])
{
    const uint32_t words[4] = {(uint32_t)counter, (uint32_t)(counter >> 32), 0, 0};
    uint32_t bits[4];
    muster_random_bits(stream, words, bits);
    out[0] = bits[0] | (uint64_t)bits[1] << 32;
    out[1] = bits[2] | (uint64_t)bits[3] << 32;
}

/* 53 bits, centred in their cell: never 0, never 1. */
static double unit(uint64_t bits)
{
    return ((double)(bits >> 11) + 0.5) * 0x1p-53;
}

double muster_random_uniform(struct muster_stream stream, uint64_t counter)
{
    uint64_t bits[2];
    bits_of(stream, counter, bits);
    double u = unit(bits[0]);
    return u < 1 ? u : 1 - 0x1p-53; /* the topmost cell rounds up */
}

double muster_random_normal(struct muster_stream stream, uint64_t counter)
{
    uint64_t bits[2];
    bits_of(stream, counter, bits);
    return sqrt(-2 * log(unit(bits[0]))) * cos(2 * 3.14159265358979323846 * unit(bits[1]));
}

uint64_t muster_random_below(struct muster_stream stream, uint64_t counter, uint64_t n)
{
    uint64_t bits[2];
    bits_of(stream, counter, bits);
    /* The high half of a 64 x 64 bit product: its bias is below n / 2^64. */
    return (uint64_t)(((unsigned __int128)bits[0] * n) >> 64);
}

void muster_random_fill(struct muster_stream stream, uint64_t start, float low, float high,
                        float *values, size_t n)
{
    const float scale = (high - low) * 0x1p-24f;
    const float below = nextafterf(high, low);
    for (size_t i = 0; i < n; i += 4) {
        const uint64_t at = start + i / 4;
        const uint32_t words[4] = {(uint32_t)at, (uint32_t)(at >> 32), 0, 0};
        uint32_t bits[4];
        muster_random_bits(stream, words, bits);
        for (size_t j = 0; j < 4 && i + j < n; j++) {
            float value = low + scale * (float)(bits[j] >> 8);
            values[i + j] = value < high ? value : below;
        }
    }
}

void muster_random_shuffle(struct muster_stream stream, uint64_t start, int64_t *items, size_t n)
{
    uint64_t bits[2] = {0};
    for (size_t i = n; i > 1; i--) {
        if (i == n || i % 2 == 1) /* one image of Philox serves two places */
            bits_of(stream, start + i / 2, bits);
        size_t j = (size_t)(((unsigned __int128)bits[i % 2] * i) >> 64);
        int64_t kept = items[i - 1];
        items[i - 1] = items[j];
        items[j] = kept;
    }
}
