/* Windows over images and sequences. Outputs along an axis, with s the stride and e = (size - 1)
 * dilation + 1 what a window covers, rounded down:
 *     padding p          (in + 2 p - e) / s + 1
 *     valid              the same with p = 0
 *     same               (in + s - 1) / s; padding as even as it goes, the odd place behind
 * as PyTorch has them (`same` for s > 1, which it refuses, as TensorFlow). */
#include "nn/window_impl.h"

#include <string.h>

static enum muster_status refuse_shape(const struct window_options *of,
                                       const struct muster_shape *shape)
{
    static const char *const wanted[] = {[WINDOW_EITHER] = "a sequence [t][c] or image [h][w][c]",
                                         [WINDOW_SEQUENCE] = "a sequence [t][c]",
                                         [WINDOW_IMAGE] = "an image [h][w][c]"};
    if (shape->rank == 1)
        return muster_error(MUSTER_BAD_STUDY, "%s: %s cannot take a row of %zu plain numbers (%s)",
                            of->path, of->kind, shape->dims[0], wanted[of->over]);
    return muster_error(MUSTER_BAD_STUDY, "%s: %s cannot take an image of %zu x %zu x %zu (%s)",
                        of->path, of->kind, shape->dims[0], shape->dims[1], shape->dims[2],
                        wanted[of->over]);
}

static size_t covered(const struct axis *axis)
{
    return (axis->size - 1) * axis->dilation + 1;
}

/* How many windows; 0 where none fits. */
static size_t outputs(const struct axis *axis, size_t in)
{
    if (axis->padding == WINDOW_SAME)
        return (in + axis->stride - 1) / axis->stride;
    if (in + 2 * axis->padding < covered(axis))
        return 0;
    return (in + 2 * axis->padding - covered(axis)) / axis->stride + 1;
}

static enum muster_status set_axis(const struct window_options *of, size_t in, struct axis *axis)
{
    *axis = (struct axis){.in = in,
                          .size = of->size,
                          .stride = of->stride,
                          .dilation = of->dilation,
                          .padding = of->padding};
    axis->out = outputs(axis, in);
    if (axis->out == 0)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: a %s of %zu covers %zu places, and the input has %zu (a smaller "
                            "%s or more padding)",
                            of->path, of->size_name, of->size, covered(axis), in + 2 * of->padding,
                            of->size_name);
    const size_t end = (axis->out - 1) * of->stride + covered(axis);
    axis->low = of->padding;
    if (of->padding == WINDOW_SAME)
        axis->low = end > in ? (end - in) / 2 : 0;
    axis->high = end > in + axis->low ? end - in - axis->low : 0;
    return MUSTER_OK;
}

enum muster_status window_create(struct muster_net *net, const struct window_options *options,
                                 struct window *window)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_shape *shape = muster_chain_shape(net);
    const bool plain = shape->rank == 2 && options->over == WINDOW_IMAGE; /* no channels */
    if (shape->rank == 1 || (shape->rank == 3 && options->over == WINDOW_SEQUENCE))
        return refuse_shape(options, shape);
    window->sequence = shape->rank == 2 && !plain;
    window->channels = plain ? 1 : shape->dims[shape->rank - 1];
    window->h = (struct axis){.in = 1, .out = 1, .size = 1, .stride = 1, .dilation = 1};
    if (!window->sequence)
        MUSTER_TRY(set_axis(options, shape->dims[0], &window->h));
    MUSTER_TRY(set_axis(options, shape->dims[window->sequence ? 0 : 1], &window->w));
done:
    return status;
}

struct muster_shape window_shape(const struct window *window, size_t channels)
{
    if (window->sequence)
        return (struct muster_shape){.rank = 2, .dims = {window->w.out, channels}};
    return (struct muster_shape){.rank = 3, .dims = {window->h.out, window->w.out, channels}};
}

size_t window_steps(const struct window *window, size_t steps)
{
    const size_t n = outputs(&window->w, steps);
    return n > 0 ? n : 1;
}

size_t window_used(const struct window *window, const struct muster_layer_pass *pass, size_t i)
{
    const bool short_rows = window->sequence && pass->lengths != NULL;
    return short_rows ? (size_t)pass->lengths[i] : window->w.in;
}

static void end_at(size_t used, size_t steps, size_t channels, float *row)
{
    if (used < steps)
        memset(row + used * channels, 0, (steps - used) * channels * sizeof *row);
}

void window_end_below(const struct window *window, const struct muster_layer_pass *pass, size_t i,
                      float *row)
{
    end_at(window_used(window, pass, i), window->w.in, window->channels, row);
}

void window_end_above(const struct window *window, size_t channels,
                      const struct muster_layer_pass *pass, size_t i, float *row)
{
    if (window_used(window, pass, i) < window->w.in)
        end_at(window_steps(window, (size_t)pass->lengths[i]), window->w.out, channels, row);
}

size_t window_padding(const struct muster_block *block)
{
    const struct muster_value *value = muster_block_get(block, "padding");
    if (value->text != NULL)
        return strcmp(value->text, "same") == 0 ? WINDOW_SAME : 0;
    return (size_t)value->number;
}
