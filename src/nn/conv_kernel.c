/* The two sums that convolutions consist of, as tiles of 6 points (or of 6 places of the window) by
 * two registers' columns: their 12 sums stay in registers, two more hold a row of the panel (or of
 * slopes), and each number of x is spread over a register as it is read. Where no more than one
 * register's columns are left, the tile has one (`both` is false). Numbers of a tile are
 * summed one after the other, so a point's sum does not depend on which points share its tile. */
#include "nn/conv_impl.h"

#if defined __AVX512F__
#define REGISTER 16
#elif defined __AVX__
#define REGISTER 8
#else
#define REGISTER 4
#endif

enum { TILE = 6 };

typedef float vreg __attribute__((vector_size(4 * REGISTER), aligned(4), may_alias));
typedef int32_t lanes __attribute__((vector_size(4 * REGISTER), aligned(4), may_alias));

const size_t conv_width = 2 * REGISTER;

/* Sums of the tile by name: gcc keeps an array of them in memory. */
struct tile {
    vreg a0, b0, a1, b1, a2, b2, a3, b3, a4, b4, a5, b5;
};

#define EACH(step) step(0) step(1) step(2) step(3) step(4) step(5)

/* Up to a register's n numbers. */
VECTOR_INLINE vreg get(const float *from, size_t n)
{
    vreg a = {0};
    if (n >= REGISTER)
        return *(const vreg *)from;
    for (size_t j = 0; j < n; j++)
        a[j] = from[j];
    return a;
}

VECTOR_INLINE void put(float *to, vreg a, size_t n)
{
    if (n >= REGISTER)
        *(vreg *)to = a;
    else
        for (size_t j = 0; j < n; j++)
            to[j] = a[j];
}

/* 0 where a number is not above 0; NaN stays. */
VECTOR_INLINE vreg not_below(vreg a)
{
    return (vreg)(~(lanes)(a <= 0.0f) & (lanes)a);
}

/* ---- sums over windows ---------------------------------------------------------------------- */

/* Rows of a panel that are worked on at a time, so that they stay in the nearest cache. */
enum { ROWS = 320 };

/* A part of a band's windows: places `from` to `to` of some runs, and their rows of the panel. */
struct part {
    const uint32_t *offset;
    size_t runs, from, to;
    const float *rows; /* `skip` floats between those of a run and those of the next */
    size_t skip;
    bool rectify; /* the sums, which are complete */
};

VECTOR_INLINE struct tile sum_tile(const struct part *part, const float *const x[TILE], bool both,
                                   struct tile t)
{
    const float *rows = part->rows;
#define POINT(i) const float *x##i = x[i];
    EACH(POINT)
    for (size_t r = 0; r < part->runs; r++, rows += part->skip) {
        const size_t from = part->offset[r] + part->from, to = part->offset[r] + part->to;
        for (size_t k = from; k < to; k++, rows += 2 * REGISTER) {
            const vreg a = *(const vreg *)rows, b = *(const vreg *)(rows + REGISTER);
#define ADD(i)             \
    t.a##i += x##i[k] * a; \
    if (both)              \
        t.b##i += x##i[k] * b;
            EACH(ADD)
        }
    }
    return t;
}

/* Sums start from `start`, or, where that is NULL, from what y has. */
VECTOR_INLINE void sum_part(const struct conv_windows *windows, const struct part *part,
                            const float *x, const float *start, float *y, size_t columns, bool both)
{
    const size_t rest = both ? columns - REGISTER : 0;
    for (size_t p = 0; p < windows->points; p += TILE) {
        const size_t n = windows->points - p < TILE ? windows->points - p : TILE;
        const float *at[TILE];
        float *to[TILE];
        for (size_t i = 0; i < TILE; i++) { /* the last tile's last point again and again */
            at[i] = x + windows->in[p + (i < n ? i : n - 1)];
            to[i] = y + windows->out[p + (i < n ? i : n - 1)];
        }
        struct tile t = {0};
#define START(i)                                                         \
    t.a##i = start != NULL ? *(const vreg *)start : get(to[i], columns); \
    if (both)                                                            \
        t.b##i = start != NULL ? *(const vreg *)(start + REGISTER) : get(to[i] + REGISTER, rest);
        EACH(START)
        t = sum_tile(part, at, both, t);
#define RECTIFY(i)              \
    t.a##i = not_below(t.a##i); \
    if (both)                   \
        t.b##i = not_below(t.b##i);
        if (part->rectify) {
            EACH(RECTIFY)
        }
#define STORE(i)                 \
    put(to[i], t.a##i, columns); \
    if (both)                    \
        put(to[i] + REGISTER, t.b##i, rest);
        EACH(STORE)
    }
}

/* Functions of their own: only then all that the innermost loop needs stays in registers. */
static __attribute__((noinline)) void sum_both(const struct conv_windows *windows,
                                               const struct part *part, const float *x,
                                               const float *start, float *y, size_t columns)
{
    sum_part(windows, part, x, start, y, columns, true);
}

static __attribute__((noinline)) void sum_left(const struct conv_windows *windows,
                                               const struct part *part, const float *x,
                                               const float *start, float *y, size_t columns)
{
    sum_part(windows, part, x, start, y, columns, false);
}

/* Of one band, whose points and sides these are. */
static void sum_band(const struct conv_windows *windows, const float *x, const float *panel,
                     float *y, size_t columns, bool rectify)
{
    const struct conv_band *band = windows->band;
    const size_t width = band->to - band->from;
    const size_t step = width == 0 ? 1 : width < ROWS ? width : ROWS, runs = ROWS / step;
    const float *start = panel;
    struct part part = {.skip = (windows->run - width) * 2 * REGISTER};
    for (size_t r = 0; r == 0 || r < band->runs; r += runs)
        for (size_t k = band->from; k == band->from || k < band->to; k += step) {
            part.offset = windows->offset + band->first + r;
            part.runs = band->runs - r < runs ? band->runs - r : runs;
            part.from = k;
            part.to = band->to - k < step ? band->to : k + step;
            part.rows = panel + (1 + (band->first + r) * windows->run + k) * 2 * REGISTER;
            part.rectify = rectify && r + part.runs == band->runs && part.to == band->to;
            (columns > REGISTER ? sum_both : sum_left)(windows, &part, x, start, y, columns);
            start = NULL;
        }
}

void conv_sums(const struct conv_windows *windows, const float *x, const float *panel, float *y,
               size_t columns, bool rectify)
{
    struct conv_windows some = *windows;
    for (size_t b = 0; b < windows->bands; b++, some.band++) {
        some.points = some.band->points;
        sum_band(&some, x, panel, y, columns, rectify);
        some.in += some.points;
        some.out += some.points;
    }
}

/* ---- products with slopes ------------------------------------------------------------------- */

VECTOR_INLINE struct tile product_tile(const struct conv_windows *windows, const float *x,
                                       const uint32_t at[TILE], const float *d, bool both)
{
    struct tile t = {0};
#define PLACE(i) const size_t at##i = at[i];
    EACH(PLACE)
    for (size_t p = 0; p < windows->points; p++, d += 2 * REGISTER) {
        const float *from = x + windows->in[p];
        const vreg a = *(const vreg *)d, b = *(const vreg *)(d + REGISTER);
#define MULTIPLY(i)            \
    t.a##i += from[at##i] * a; \
    if (both)                  \
        t.b##i += from[at##i] * b;
        EACH(MULTIPLY)
    }
    return t;
}

VECTOR_INLINE void accumulate(float *to, vreg a, vreg b)
{
    *(vreg *)to += a;
    *(vreg *)(to + REGISTER) += b;
}

VECTOR_INLINE void products(const struct conv_windows *windows, const float *x, const float *d,
                            float *g, bool both)
{
    const size_t places = windows->runs * windows->run;
    size_t r = 0, within = 0;
    for (size_t k = 0; k < places; k += TILE) {
        const size_t n = places - k < TILE ? places - k : TILE;
        uint32_t at[TILE] = {0};
        for (size_t i = 0; i < n; i++) {
            at[i] = windows->offset[r] + (uint32_t)within;
            if (++within == windows->run) {
                within = 0;
                r++;
            }
        }
        const struct tile t = product_tile(windows, x, at, d, both);
#define GATHER(i) \
    if (i < n)    \
        accumulate(g + (k + i) * 2 * REGISTER, t.a##i, t.b##i);
        EACH(GATHER)
    }
}

void conv_products(const struct conv_windows *windows, const float *x, const float *d, float *g,
                   size_t columns)
{
    if (columns > REGISTER)
        products(windows, x, d, g, true);
    else
        products(windows, x, d, g, false);
}

/* ---- slopes of a panel ---------------------------------------------------------------------- */

void conv_take_slopes(const struct conv_windows *windows, const float *dy, size_t columns, float *d,
                      float *sums)
{
    const size_t rest = columns > REGISTER ? columns - REGISTER : 0;
    vreg a = {0}, b = {0};
    for (size_t p = 0; p < windows->points; p++, d += 2 * REGISTER) {
        const float *from = dy + windows->out[p];
        const vreg first = get(from, columns),
                   second = rest > 0 ? get(from + REGISTER, rest) : (vreg){0};
        a += first;
        b += second;
        *(vreg *)d = first;
        *(vreg *)(d + REGISTER) = second;
    }
    accumulate(sums, a, b);
}
