/* Skip connections (He, Zhang, Ren, Sun, CVPR 2016): y = f(main(x) + x), or f(main(x) + side(x)).
 *
 * On the chain, with a value's edge named after the layer below it:
 *     fork, main..., join                      join = main + fork
 *     fork, side..., resume, main..., join     join = main + side, and main starts at the fork
 * again Going down, slopes are still on the edges when they are wanted: that of the join when the
 * fork or `resume` takes its part of it, that of `resume` when the fork adds it. */
#include "nn/activation_row_impl.h"

#include <assert.h>
#include <string.h>

struct fork {
    struct muster_layer base;
    size_t other; /* layer whose edge holds the slope to be added: join, or resume */
};

struct resume {
    struct muster_layer base;
    size_t join;
};

struct join {
    struct muster_layer base;
    const struct muster_activation *activation;
    size_t other; /* layer whose edge is added: the fork, or the last of the side */
    size_t slope; /* work: [batch][ldy], where the activation keeps it */
};

/* Nothing where x has its place inside the network: then y is the same. */
static void pass_on(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    for (size_t i = 0; i < pass->rows && pass->y != pass->x; i++)
        memcpy(pass->y + i * pass->ldy, pass->x + i * pass->ldx, layer->out * sizeof *pass->y);
}

/* to = a + b over [rows][ld]. */
static void add_rows(size_t n, const float *a, const float *b, float *to)
{
    for (size_t i = 0; i < n; i += LANES)
        vstore(to + i, vload(a + i) + vload(b + i));
}

/* ---- fork ----------------------------------------------------------------------------------- */

static void fork_backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const float *other = pass->edges[((const struct fork *)layer)->other].slope;
    add_rows(pass->rows * pass->ldx, pass->dy, other, pass->dx);
}

static const struct muster_layer_class fork_class = {
    .name = "fork",
    .forward = pass_on,
    .backward = fork_backward,
};

enum muster_status muster_chain_fork(struct muster_net *net, struct muster_layer **fork)
{
    const struct muster_shape shape = *muster_chain_shape(net);
    enum muster_status status =
        muster_chain_add(net, &fork_class, sizeof(struct fork), &shape, fork);
    if (status == MUSTER_OK)
        (*fork)->passes = true;
    return status;
}

/* ---- resume --------------------------------------------------------------------------------- */

/* The edge below is the end of the side. */
static void resume_backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct muster_edge *join = &pass->edges[((const struct resume *)layer)->join];
    const struct muster_edge *side = &pass->edges[layer->index - 1];
    memcpy(side->slope, join->slope, pass->rows * join->ld * sizeof *side->slope);
}

static const struct muster_layer_class resume_class = {
    .name = "resume",
    .forward = pass_on,
    .backward = resume_backward,
};

enum muster_status muster_chain_resume(struct muster_net *net, struct muster_layer *fork)
{
    struct muster_layer *layer = NULL;
    enum muster_status status =
        muster_chain_add(net, &resume_class, sizeof(struct resume), &fork->shape, &layer);
    if (status != MUSTER_OK)
        return status;
    layer->reads = fork->index + 1;
    layer->passes = true;
    layer->in = layer->out;
    ((struct fork *)fork)->other = layer->index;
    return MUSTER_OK;
}

/* ---- join ----------------------------------------------------------------------------------- */

static void join_forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct join *join = (const struct join *)layer;
    const float *other = pass->edges[join->other].value;
    const bool keeps = join->activation->keeps_slope && pass->random != NULL;
    for (size_t i = 0; i < pass->rows * pass->ldy; i += pass->ldy) {
        add_rows(pass->ldy, pass->x + i, other + i, pass->y + i);
        activation_row_forward(join->activation, pass->ldy, pass->y + i,
                               keeps ? pass->work + join->slope + i : NULL);
    }
}

/* The slope before the activation stays on the join's own edge for the fork. */
static void join_backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct join *join = (const struct join *)layer;
    const float *kept = join->activation->keeps_slope ? pass->work + join->slope : pass->y;
    for (size_t i = 0; i < pass->rows * pass->ldy; i += pass->ldy) {
        activation_row_backward(join->activation, pass->ldy, kept + i, pass->dy + i);
        if (pass->dx != NULL)
            memcpy(pass->dx + i, pass->dy + i, pass->ldy * sizeof *pass->dx);
    }
}

static const struct muster_layer_class join_class = {
    .name = "join",
    .forward = join_forward,
    .backward = join_backward,
};

enum muster_status muster_chain_join(struct muster_net *net, struct muster_layer *fork,
                                     const struct muster_activation *activation)
{
    struct muster_layer *layer = NULL;
    const struct muster_shape shape = *muster_chain_shape(net);
    enum muster_status status =
        muster_chain_add(net, &join_class, sizeof(struct join), &shape, &layer);
    if (status != MUSTER_OK)
        return status;
    struct join *join = (struct join *)layer;
    const size_t resume = ((struct fork *)fork)->other;
    join->activation = activation;
    join->other = resume > 0 ? resume - 1 : fork->index;
    if (resume > 0)
        ((struct resume *)muster_chain_layer(net, resume))->join = layer->index;
    else
        ((struct fork *)fork)->other = layer->index;
    assert(muster_chain_layer(net, join->other)->out == layer->out);
    if (activation->keeps_slope)
        join->slope = muster_chain_work(net, muster_chain_batch(net) * padded(layer->out));
    return MUSTER_OK;
}
