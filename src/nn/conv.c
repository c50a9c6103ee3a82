/* Convolution (LeCun et al., 1989), in one or two dimensions:
 *     y[o][f] = act(bias[f] + sum over places k of the kernel and channels c of the group of f of
 *                   x[o stride + k dilation - padding][c] weight[f][k][c])
 * with images [h][w][c] and sequences [t][c], channels last. In one dimension an image is one line.
 *
 * A row at a time: windows are read where they lie (conv_kernel.c), so nothing is copied out but
 * rows that need padding; slopes at x are convolutions of the slopes of y by the same kernels
 * (conv_plan.c). Weights are kept [k][c][f], and cut into panels once a pass.
 *
 * Of sequences that end early, what follows the last step stays 0. */
#include "nn/activation_row_impl.h"
#include "nn/conv_impl.h"

#include <string.h>

enum { POINTS = 64, WIDEST = 32 }; /* slopes taken at a time, of the widest panel */

static const struct conv *conv_of(const struct muster_layer *layer)
{
    return (const struct conv *)layer;
}

/* ---- rows ----------------------------------------------------------------------------------- */

static bool pads(const struct conv_halo *halo)
{
    return halo->height > halo->h || halo->width > halo->w;
}

/* The first `used` places of each line. */
static void place(const struct conv_halo *halo, const float *row, size_t used, float *to)
{
    for (size_t i = 0; i < halo->h; i++)
        memcpy(to + ((halo->top + i) * halo->width + halo->left) * halo->channels,
               row + i * halo->w * halo->channels, used * halo->channels * sizeof *to);
}

/* Row i within its padding; of a sequence that ends early only what is used. */
static const float *within(const struct conv *conv, const struct muster_layer_pass *pass, size_t i)
{
    const struct conv_halo *halo = &conv->shape.below;
    const size_t used = window_used(&conv->shape.window, pass, i);
    const float *row = pass->x + i * pass->ldx;
    float *to = pass->work + halo->work;
    if (!pads(halo) && used == halo->w)
        return row;
    place(halo, row, used, to);
    memset(to + (halo->left + used) * halo->channels, 0,
           (halo->w - used) * halo->channels * sizeof *to);
    return to;
}

/* The slopes of row i within theirs. */
static const float *slopes_within(const struct conv *conv, const struct muster_layer_pass *pass,
                                  size_t i)
{
    const struct conv_halo *halo = &conv->shape.above;
    const float *row = pass->dy + i * pass->ldy;
    if (!pads(halo))
        return row;
    place(halo, row, halo->w, pass->work + halo->work);
    return pass->work + halo->work;
}

static bool rectifies(const struct conv *conv)
{
    return conv->activation == &muster_activation_relu;
}

/* y of a plan over a row x within its padding; going up with the activation where it rectifies. */
static void run(const struct conv *conv, const struct conv_plan *plan,
                const struct muster_layer_pass *pass, const float *x, float *y)
{
    const bool rectify = plan == conv->plans && rectifies(conv);
    const struct conv_sides sides = conv_sides_of(conv, plan == conv->plans);
    const float *panel = pass->work + plan->panels;
    for (size_t g = 0; g < conv->shape.groups; g++)
        for (size_t j = 0; j < sides.to; j += conv_width, panel += conv_panel_size(plan, sides))
            conv_sums(&plan->windows, x + g * sides.from, panel, y + g * sides.to + j,
                      sides.to - j < conv_width ? sides.to - j : conv_width, rectify);
}

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct conv *conv = conv_of(layer);
    float *slope =
        conv->activation->keeps_slope && pass->random != NULL ? pass->work + conv->slope : NULL;
    conv_pack(conv, conv->plans, pass);
    for (size_t i = 0; i < pass->rows; i++) {
        float *y = pass->y + i * pass->ldy;
        run(conv, conv->plans, pass, within(conv, pass, i), y);
        if (!rectifies(conv))
            activation_row_forward(conv->activation, pass->ldy, y,
                                   slope != NULL ? slope + i * pass->ldy : NULL);
        window_end_above(&conv->shape.window, conv->shape.filters, pass, i, y);
    }
}

/* Slopes before the activation, in their place. */
static void slope_of_sums(const struct conv *conv, const struct muster_layer_pass *pass, size_t i)
{
    float *dy = pass->dy + i * pass->ldy;
    const float *kept = conv->activation->keeps_slope ? pass->work + conv->slope : pass->y;
    window_end_above(&conv->shape.window, conv->shape.filters, pass, i, dy);
    if (!conv->rectified)
        activation_row_backward(conv->activation, pass->ldy, kept + i * pass->ldy, dy);
}

/* Adds to the gradients, panel by panel as weights are packed, for some points of a row. */
static void gradient_of_points(const struct conv *conv, const struct muster_layer_pass *pass,
                               const struct conv_windows *points, const float *x, const float *dy)
{
    const struct conv_sides sides = conv_sides_of(conv, true);
    float slopes[POINTS * WIDEST], *panel = pass->work + conv->gradients;
    for (size_t g = 0; g < conv->shape.groups; g++)
        for (size_t j = 0; j < sides.to;
             j += conv_width, panel += conv_panel_size(conv->plans, sides)) {
            const size_t n = sides.to - j < conv_width ? sides.to - j : conv_width;
            conv_take_slopes(points, dy + g * sides.to + j, n, slopes, panel);
            conv_products(points, x + g * sides.from, slopes, panel + conv_width, n);
        }
}

static void gradient_of_row(const struct conv *conv, const struct muster_layer_pass *pass, size_t i)
{
    const struct conv_windows *all = &conv->plans->windows;
    const float *x = within(conv, pass, i), *dy = pass->dy + i * pass->ldy;
    for (size_t p = 0; p < all->points; p += POINTS) {
        struct conv_windows some = *all;
        some.points = all->points - p < POINTS ? all->points - p : POINTS;
        some.in += p;
        some.out += p;
        gradient_of_points(conv, pass, &some, x, dy);
    }
}

static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct conv *conv = conv_of(layer);
    const size_t plans = pass->dx != NULL ? conv->shape.n_plans : 1;
    memset(pass->work + conv->gradients, 0,
           conv_panels_size(conv, conv->plans) * sizeof *pass->work);
    for (size_t p = 1; p < plans; p++)
        conv_pack(conv, &conv->plans[p], pass);
    for (size_t i = 0; i < pass->rows; i++) {
        slope_of_sums(conv, pass, i);
        gradient_of_row(conv, pass, i);
        if (pass->dx == NULL)
            continue;
        const float *dy = slopes_within(conv, pass, i);
        for (size_t p = 1; p < plans; p++)
            run(conv, &conv->plans[p], pass, dy, pass->dx + i * pass->ldx);
        window_end_below(&conv->shape.window, pass, i, pass->dx + i * pass->ldx);
    }
    conv_unpack(conv, pass);
}

static void init(const struct muster_layer *layer, struct muster_stream stream, float *weights,
                 float *state)
{
    const struct conv *conv = conv_of(layer);
    const struct conv_sides sides = conv_sides_of(conv, true);
    const size_t taps = conv->plans->taps;
    (void)state;
    muster_init_matrix(&(struct muster_init){.rule = conv->rule,
                                             .rectifier = conv->rectifier,
                                             .fan_in = (double)(taps * sides.from),
                                             .fan_out = (double)(taps * sides.to),
                                             .rows = taps * sides.from,
                                             .cols = conv->shape.filters},
                       stream, layer->slots[0].offset, weights);
}

static size_t steps(const struct muster_layer *layer, size_t below)
{
    return window_steps(&conv_of(layer)->shape.window, below);
}

static const struct muster_layer_class image = {
    .name = "conv2d",
    .forward = forward,
    .backward = backward,
    .init = init,
};

static const struct muster_layer_class sequence = {
    .name = "conv1d",
    .forward = forward,
    .backward = backward,
    .init = init,
    .steps = steps,
};

/* ---- making one ----------------------------------------------------------------------------- */

static enum muster_status check_groups(const struct muster_conv *of, size_t channels)
{
    if (channels % of->groups == 0 && of->filters % of->groups == 0)
        return MUSTER_OK;
    return muster_error(MUSTER_BAD_STUDY,
                        "%s: %zu groups do not divide %zu channels and %zu filters (a divisor of "
                        "both)",
                        of->window.path, of->groups, channels, of->filters);
}

bool muster_chain_conv_rectified(struct muster_net *net)
{
    struct muster_layer *last = muster_chain_layers(net) > 0 ? muster_chain_last(net) : NULL;
    if (last == NULL || (last->class != &image && last->class != &sequence))
        return false;
    struct conv *conv = (struct conv *)last;
    conv->rectified = rectifies(conv);
    return conv->rectified;
}

static void place_slots(struct muster_net *net, struct conv *conv)
{
    const struct window *window = &conv->shape.window;
    const size_t channels = conv_sides_of(conv, true).from, filters = conv->shape.filters;
    struct muster_layer *layer = &conv->base;
    layer->n_slots = conv->bias ? 2 : 1;
    layer->slots[0] = (struct muster_slot){
        .array = {.name = "weight",
                  .rank = 4,
                  .dims = {filters, window->h.size, window->w.size, channels}},
        .transposed = true,
    };
    if (window->sequence)
        layer->slots[0].array = (struct muster_net_array){
            .name = "weight", .rank = 3, .dims = {filters, window->w.size, channels}};
    layer->slots[0].offset =
        muster_chain_weights(net, filters * window->h.size * window->w.size * channels);
    if (conv->bias)
        layer->slots[1] = (struct muster_slot){
            .array = {.name = "bias", .rank = 1, .dims = {filters}},
            .offset = muster_chain_weights(net, filters),
        };
}

static void place_work(struct muster_net *net, struct conv *conv)
{
    struct conv_halo *halos[] = {&conv->shape.below, &conv->shape.above};
    for (size_t i = 0; i < 2; i++)
        if (pads(halos[i]) || conv->shape.window.sequence)
            halos[i]->work =
                muster_chain_work(net, halos[i]->height * halos[i]->width * halos[i]->channels);
    for (size_t p = 0; p < conv->shape.n_plans; p++)
        conv->plans[p].panels = muster_chain_work(net, conv_panels_size(conv, &conv->plans[p]));
    conv->gradients = muster_chain_work(net, conv_panels_size(conv, conv->plans));
    if (conv->activation->keeps_slope)
        conv->slope = muster_chain_work(net, muster_chain_batch(net) * padded(conv->base.out));
}

static void count(struct muster_layer *layer)
{
    const struct conv *conv = conv_of(layer);
    layer->flops_forward = 2.0 * (double)layer->out * (double)conv->plans->taps *
                           (double)conv_sides_of(conv, true).from;
    layer->flops_weights = layer->flops_data = layer->flops_forward;
}

enum muster_status muster_chain_conv(struct muster_net *net, const struct muster_conv *of)
{
    enum muster_status status = MUSTER_OK;
    struct muster_layer *layer = NULL;
    struct conv_shape shape = {.filters = of->filters, .groups = of->groups};
    MUSTER_TRY(window_create(net, &of->window, &shape.window));
    MUSTER_TRY(check_groups(of, shape.window.channels));
    const size_t tables = conv_shape_complete(&shape);
    const struct muster_shape out = window_shape(&shape.window, of->filters);
    const size_t plans = shape.n_plans * sizeof(struct conv_plan);
    MUSTER_TRY(muster_chain_add(net, shape.window.sequence ? &sequence : &image,
                                sizeof(struct conv) + plans + tables * sizeof(uint32_t), &out,
                                &layer));
    struct conv *conv = (struct conv *)layer;
    conv->shape = shape;
    conv->activation = of->activation;
    conv->rule = of->rule;
    conv->bias = of->bias;
    conv->rectifier = of->rectifier || of->activation->rectifier;
    conv->plans = (struct conv_plan *)(conv + 1);
    conv_plans_fill(&conv->shape, conv->plans, (uint32_t *)(conv->plans + shape.n_plans));
    place_slots(net, conv);
    place_work(net, conv);
    count(layer);
done:
    return status;
}
