/* Plans of a convolution: which point reads from where.
 *
 * With stride s, dilation d and `low` places of padding, output o sees x at o s + k d - low. So x
 * at i is seen by the outputs o = (i + low - k d) / s that are whole: with i + low = s a + r and k
 * d = s b + r these are o = a - b, and points of one phase r go with the same places k of the
 * kernel. */
#include "nn/conv_impl.h"

/* One axis of a plan: points i < n go to place + i place_step and read from read + i read_step; tap
 * t of the kernel is the one at tap + t tap_step, t reach further on. */
struct sweep {
    size_t n, place, place_step, read_step;
    ptrdiff_t read;
    size_t taps, tap;
    ptrdiff_t tap_step;
    size_t reach;
};

static struct sweep sweep_up(const struct axis *axis)
{
    return (struct sweep){.n = axis->out,
                          .place_step = 1,
                          .read_step = axis->stride,
                          .taps = axis->size,
                          .tap_step = 1,
                          .reach = axis->dilation};
}

/* Of phase r; reads before outputs are negative. Taps run from the last to the first, so that they
 * reach upwards. */
static struct sweep sweep_down(const struct axis *axis, size_t r)
{
    const size_t s = axis->stride;
    const size_t first = (r + s - axis->low % s) % s;
    struct sweep sweep = {.n = first < axis->in ? (axis->in - first + s - 1) / s : 0,
                          .place = first,
                          .place_step = s,
                          .read_step = 1,
                          .read = (ptrdiff_t)((first + axis->low) / s)};
    size_t before = 0;
    for (size_t k = 0; k < axis->size; k++) {
        if (k * axis->dilation % s != r)
            continue;
        const size_t b = k * axis->dilation / s;
        sweep.reach = sweep.taps > 0 ? b - before : 0;
        sweep.tap_step = sweep.taps > 0 ? (ptrdiff_t)sweep.tap - (ptrdiff_t)k : 0;
        sweep.tap = k;
        sweep.taps++;
        before = b;
    }
    sweep.read -= (ptrdiff_t)before;
    return sweep;
}

/* Padding that slopes need along an axis. */
static void pad_slopes(const struct axis *axis, size_t *low, size_t *size)
{
    ptrdiff_t least = 0, most = (ptrdiff_t)axis->out;
    for (size_t r = 0; r < axis->stride; r++) {
        const struct sweep sweep = sweep_down(axis, r);
        if (sweep.n == 0 || sweep.taps == 0)
            continue;
        const ptrdiff_t end = sweep.read + (ptrdiff_t)(sweep.n + (sweep.taps - 1) * sweep.reach);
        least = sweep.read < least ? sweep.read : least;
        most = end > most ? end : most;
    }
    *low = (size_t)-least;
    *size = (size_t)(most - least);
}

size_t conv_shape_complete(struct conv_shape *shape)
{
    const struct axis *h = &shape->window.h, *w = &shape->window.w;
    shape->below = (struct conv_halo){.h = h->in,
                                      .w = w->in,
                                      .channels = shape->window.channels,
                                      .top = h->low,
                                      .left = w->low,
                                      .height = h->low + h->in + h->high,
                                      .width = w->low + w->in + w->high};
    shape->above = (struct conv_halo){.h = h->out, .w = w->out, .channels = shape->filters};
    pad_slopes(h, &shape->above.top, &shape->above.height);
    pad_slopes(w, &shape->above.left, &shape->above.width);
    shape->n_plans = 1 + h->stride * w->stride;
    const size_t bands = h->out + w->out + w->stride * h->in + h->stride * w->in;
    return 2 * (h->out * w->out + h->in * w->in + 2 * h->size * w->size) +
           bands * (sizeof(struct conv_band) / sizeof(uint32_t));
}

/* A plan's two axes over x with its padding, and y. */
struct crossing {
    struct sweep h, w;
    const struct conv_halo *x;
    size_t width, channels; /* of y */
    size_t run;             /* channels of x that a group sees */
};

/* Neighbouring taps lie side by side. */
static bool joins(const struct crossing *of)
{
    return of->run == of->x->channels && of->w.reach == 1;
}

/* Taps `from` to `to` of an axis, or places of it. */
struct span {
    size_t from, to;
};

static bool same(struct span a, struct span b)
{
    return a.from == b.from && a.to == b.to;
}

/* The taps of point i that do not meet padding, which is all but `n` places from `low` on. */
static struct span seen(const struct sweep *sweep, size_t i, size_t low, size_t n)
{
    const size_t first = (size_t)sweep->read + i * sweep->read_step;
    struct span taps = {0, sweep->taps};
    while (taps.from < taps.to && first + taps.from * sweep->reach < low)
        taps.from++;
    while (taps.to > taps.from && first + (taps.to - 1) * sweep->reach >= low + n)
        taps.to--;
    return taps;
}

/* Points from `i` on that see the same taps. */
static struct span alike(const struct sweep *sweep, size_t i, size_t low, size_t n)
{
    const struct span taps = seen(sweep, i, low, n);
    struct span points = {i, i + 1};
    while (points.to < sweep->n && same(seen(sweep, points.to, low, n), taps))
        points.to++;
    return points;
}

/* Where the next point, and the next band, of a plan are to be written. */
struct tables {
    uint32_t *in, *out;
    struct conv_band *band;
};

static void add_band(const struct crossing *of, struct span lines, struct span columns,
                     struct tables *at)
{
    for (size_t i = lines.from; i < lines.to; i++)
        for (size_t j = columns.from; j < columns.to; j++) {
            const size_t row = (size_t)of->h.read + i * of->h.read_step;
            const size_t column = (size_t)of->w.read + j * of->w.read_step;
            const size_t y = of->h.place + i * of->h.place_step;
            const size_t x = of->w.place + j * of->w.place_step;
            *at->in++ = (uint32_t)((row * of->x->width + column) * of->x->channels);
            *at->out++ = (uint32_t)((y * of->width + x) * of->channels);
        }
    const struct span h = seen(&of->h, lines.from, of->x->top, of->x->h);
    struct span w = seen(&of->w, columns.from, of->x->left, of->x->w);
    if (!joins(of) || columns.to - columns.from == of->w.n)
        w = (struct span){0, of->w.taps};
    const size_t runs = joins(of) ? 1 : of->w.taps, places = joins(of) ? of->run : 0;
    *at->band++ = (struct conv_band){
        .points = (uint32_t)((lines.to - lines.from) * (columns.to - columns.from)),
        .first = (uint32_t)(h.from * runs),
        .runs = (uint32_t)((h.to - h.from) * runs),
        .from = (uint32_t)(w.from * places),
        .to = joins(of) ? (uint32_t)(w.to * places) : (uint32_t)of->run,
    };
}

/* Lines that meet padding are bands of their own; the others are cut where columns do. */
static void add_lines(const struct crossing *of, struct span lines, struct tables *at)
{
    const struct conv_halo *x = of->x;
    const struct span taps = seen(&of->h, lines.from, x->top, x->h);
    const bool cut = joins(of) && taps.to - taps.from == of->h.taps;
    for (size_t j = 0; j < of->w.n;) {
        const struct span columns =
            cut ? alike(&of->w, j, x->left, x->w) : (struct span){0, of->w.n};
        add_band(of, lines, columns, at);
        j = columns.to;
    }
}

static uint32_t *fill_points(const struct crossing *of, struct conv_windows *windows, uint32_t *at)
{
    const size_t points = of->h.n * of->w.n;
    struct tables tables = {at, at + points, (struct conv_band *)(at + 2 * points)};
    windows->points = points;
    windows->in = tables.in;
    windows->out = tables.out;
    windows->band = tables.band;
    for (size_t i = 0; points > 0 && i < of->h.n;) {
        const struct span lines = alike(&of->h, i, of->x->top, of->x->h);
        add_lines(of, lines, &tables);
        i = lines.to;
    }
    windows->bands = (size_t)(tables.band - windows->band);
    return (uint32_t *)tables.band;
}

static uint32_t *fill_taps(const struct crossing *of, size_t kernel_width, struct conv_plan *plan,
                           uint32_t *at)
{
    const bool joined = joins(of);
    uint32_t *offset = at, *tap = at + of->h.taps * of->w.taps;
    plan->taps = of->h.taps * of->w.taps;
    plan->tap = tap;
    plan->windows.offset = offset;
    plan->windows.run = joined ? of->w.taps * of->run : of->run;
    plan->windows.runs = plan->taps == 0 ? 0 : joined ? of->h.taps : plan->taps;
    for (size_t i = 0; i < of->h.taps; i++)
        for (size_t j = 0; j < of->w.taps; j++) {
            const size_t row = i * of->h.reach, column = j * of->w.reach;
            const ptrdiff_t ky = (ptrdiff_t)of->h.tap + (ptrdiff_t)i * of->h.tap_step;
            const ptrdiff_t kx = (ptrdiff_t)of->w.tap + (ptrdiff_t)j * of->w.tap_step;
            if (j == 0 || !joined)
                *offset++ = (uint32_t)((row * of->x->width + column) * of->x->channels);
            *tap++ = (uint32_t)((size_t)ky * kernel_width + (size_t)kx);
        }
    return tap;
}

static uint32_t *fill(const struct crossing *of, size_t kernel_width, struct conv_plan *plan,
                      uint32_t *at)
{
    return fill_taps(of, kernel_width, plan, fill_points(of, &plan->windows, at));
}

/* Reads of points that nothing reaches are of no account. */
static struct sweep within(struct sweep sweep, size_t low)
{
    sweep.read = sweep.taps > 0 ? sweep.read + (ptrdiff_t)low : 0;
    return sweep;
}

void conv_plans_fill(const struct conv_shape *shape, struct conv_plan *plans, uint32_t *tables)
{
    const struct axis *h = &shape->window.h, *w = &shape->window.w;
    const size_t channels = shape->window.channels;
    const struct crossing up = {.h = sweep_up(h),
                                .w = sweep_up(w),
                                .x = &shape->below,
                                .width = w->out,
                                .channels = shape->filters,
                                .run = channels / shape->groups};
    tables = fill(&up, w->size, plans++, tables);
    for (size_t i = 0; i < h->stride; i++)
        for (size_t j = 0; j < w->stride; j++) {
            const struct crossing down = {.h = within(sweep_down(h, i), shape->above.top),
                                          .w = within(sweep_down(w, j), shape->above.left),
                                          .x = &shape->above,
                                          .width = w->in,
                                          .channels = channels,
                                          .run = shape->filters / shape->groups};
            tables = fill(&down, w->size, plans++, tables);
        }
}
