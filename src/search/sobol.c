/* Sobol' points (1967) by the direction numbers of Joe and Kuo (2008), and Owen's nested uniform
 * scrambling (1995): each digit is flipped by a random bit of its own prefix. The random bits are
 * counter-based, so that nothing of the infinite tree of flips is stored. */
#include "search/sobol_impl.h"

/* Digits whose flips one block of 128 random bits holds: a tree of 2^7 - 1 nodes. */
enum { LEVELS = 7 };

static size_t degree_of(uint32_t polynomial)
{
    size_t degree = 0;
    while (polynomial >> (degree + 1) != 0)
        degree++;
    return degree;
}

/* The numbers v_i = m_i / 2^i of one dimension from the initial m (Bratley and Fox 1988, eq. 2). */
static void expand(uint32_t polynomial, size_t degree, const uint16_t *m,
                   uint32_t v[MUSTER_SOBOL_BITS])
{
    for (size_t i = 0; i < MUSTER_SOBOL_BITS; i++) {
        if (degree == 0 || i < degree) {
            v[i] = (uint32_t)(degree == 0 ? 1 : m[i]) << (MUSTER_SOBOL_BITS - 1 - i);
            continue;
        }
        v[i] = v[i - degree] ^ v[i - degree] >> degree;
        for (size_t k = 1; k < degree; k++)
            if (polynomial >> (degree - k) & 1)
                v[i] ^= v[i - k];
    }
}

void muster_sobol_directions(size_t d, uint32_t (*v)[MUSTER_SOBOL_BITS])
{
    const uint16_t *next = muster_sobol_table;
    for (size_t j = 0; j < d; j++) {
        uint32_t polynomial = *next++;
        size_t degree = degree_of(polynomial);
        expand(polynomial, degree, next, v[j]);
        next += degree;
    }
}

uint32_t muster_sobol_bits(const uint32_t v[MUSTER_SOBOL_BITS], uint32_t index)
{
    uint32_t bits = 0, gray = index ^ index >> 1;
    for (size_t i = 0; gray != 0; i++, gray >>= 1)
        if (gray & 1)
            bits ^= v[i];
    return bits;
}

/* Random bits of a prefix: the first `length` digits of a coordinate. */
static void flips_of(struct muster_stream stream, size_t dimension, uint32_t length, uint32_t bits,
                     uint32_t flips[4])
{
    uint32_t prefix = length > 0 ? bits >> (MUSTER_SOBOL_BITS - length) : 0;
    const uint32_t counter[4] = {prefix, (uint32_t)dimension, 0, 1 + length};
    muster_random_bits(stream, counter, flips);
}

double muster_sobol_scramble(struct muster_stream stream, size_t dimension, uint32_t bits)
{
    uint32_t flips[4], node = 1, out = 0;
    for (uint32_t level = 0; level < MUSTER_SOBOL_BITS; level++) {
        if (level % LEVELS == 0) {
            flips_of(stream, dimension, level, bits, flips);
            node = 1;
        }
        uint32_t digit = bits >> (MUSTER_SOBOL_BITS - 1 - level) & 1;
        out = out << 1 | (digit ^ (flips[node / 32] >> node % 32 & 1));
        node = node << 1 | digit;
    }
    /* Digits beyond the 32 follow from a prefix that is this point's alone: plain random ones. */
    flips_of(stream, dimension, MUSTER_SOBOL_BITS, bits, flips);
    return ((double)((uint64_t)out << 20 | flips[0] >> 12) + 0.5) * 0x1p-52;
}
