/* Branches on the chain: several paths of layers from one place, as in GoogLeNet's inception
 * modules (Szegedy et al., CVPR 2015), or from an input each.
 *
 * A branch's start is an edge of its own, so that slopes of one branch do not meet those of
 * another. Where rows come in, it is a copy of its input's numbers; behind a fork it shares the
 * fork's values. Going down, the fork adds up what the starts have got. */
#include "nn/activation_row_impl.h"
#include "nn/net_impl.h"

#include <string.h>

struct fork {
    struct muster_layer base;
    size_t n;        /* branches so far */
    size_t starts[]; /* layers at whose edges their slopes arrive */
};

struct start {
    struct muster_layer base;
    size_t at; /* where its numbers stand in a row that comes in */
};

/* ---- fork ----------------------------------------------------------------------------------- */

/* Its values are those below it, in their place. */
static void fork_forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    (void)layer;
    (void)pass;
}

/* Slopes are on the edges of the starts, in the order of branches. */
static void fork_backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct fork *fork = (const struct fork *)layer;
    const size_t n = pass->rows * pass->ldy;
    memcpy(pass->dx, pass->edges[fork->starts[0]].slope, n * sizeof *pass->dx);
    for (size_t k = 1; k < fork->n; k++) {
        const float *slope = pass->edges[fork->starts[k]].slope;
        for (size_t i = 0; i < n; i += LANES)
            vstore(pass->dx + i, vload(pass->dx + i) + vload(slope + i));
    }
}

static const struct muster_layer_class fork_class = {
    .name = "fork",
    .forward = fork_forward,
    .backward = fork_backward,
};

enum muster_status muster_chain_branch(struct muster_net *net, size_t n,
                                       struct muster_branching *branching)
{
    enum muster_status status = MUSTER_OK;
    struct muster_layer *fork = NULL;
    *branching = (struct muster_branching){.shape = net->shape,
                                           .vocabulary = net->vocabulary,
                                           .from = net->from,
                                           .deep = net->deep,
                                           .apart = net->apart,
                                           .group = net->group.length};
    if (net->n_layers > 0) {
        MUSTER_TRY(muster_chain_add(net, &fork_class, sizeof(struct fork) + n * sizeof(size_t),
                                    &net->shape, &fork));
        fork->passes = true;
        branching->fork = fork;
    }
done:
    return status;
}

/* ---- start ---------------------------------------------------------------------------------- */

static void start_forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const float *x = pass->x + ((const struct start *)layer)->at;
    for (size_t i = 0; i < pass->rows && layer->raw; i++)
        memcpy(pass->y + i * pass->ldy, x + i * pass->ldx, layer->out * sizeof *pass->y);
}

/* What has arrived here is the fork's to take. */
static void start_backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    (void)layer;
    (void)pass;
}

static size_t as_many(const struct muster_layer *layer, size_t steps)
{
    (void)layer;
    return steps;
}

static const struct muster_layer_class start_class = {
    .name = "branch",
    .forward = start_forward,
    .backward = start_backward,
    .steps = as_many,
};

static void group_under(struct muster_net *net, const struct muster_branching *branching,
                        const char *name)
{
    const size_t first = branching->fork != NULL ? branching->fork->index : 0;
    muster_chain_gather(net, branching);
    muster_text_add(&net->group, "%02zu-concat/%s/", first, name);
}

/* Where rows come in, of input i of several. */
static void read_raw(struct muster_layer *layer, const struct muster_net_input *inputs, size_t i)
{
    struct start *start = (struct start *)layer;
    layer->raw = true;
    layer->input = i;
    layer->whole = inputs != NULL && !inputs[i].lengths;
    for (size_t k = 0; k < i; k++)
        start->at += muster_shape_size(&inputs[k].input);
}

static void read_fork(struct muster_net *net, struct muster_layer *layer, struct fork *fork)
{
    layer->reads = fork->base.index + 1;
    layer->passes = true;
    layer->deep = net->deep =
        fork->base.deep || muster_chain_trained(net, fork->base.from, fork->base.index);
    fork->starts[fork->n++] = layer->index;
}

enum muster_status muster_chain_start(struct muster_net *net, struct muster_branching *branching,
                                      const char *name, size_t input)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_net_input *of = branching->apart ? &net->inputs[input] : NULL;
    struct muster_layer *layer = NULL;
    group_under(net, branching, name);
    MUSTER_TRY(net->group.failed ? MUSTER_NO_MEMORY : MUSTER_OK);
    net->from = net->n_layers;
    net->deep = false;
    MUSTER_TRY(muster_chain_add(net, &start_class, sizeof(struct start),
                                of != NULL ? &of->input : &branching->shape, &layer));
    layer->in = layer->out;
    net->vocabulary = of != NULL ? of->vocabulary : branching->vocabulary;
    if (branching->fork != NULL)
        read_fork(net, layer, (struct fork *)branching->fork);
    else
        read_raw(layer, branching->apart ? net->inputs : NULL, input);
    if (of != NULL && of->n_codes > 0)
        MUSTER_TRY(muster_chain_columns(net, of->n_codes, of->levels));
done:
    return status;
}

void muster_chain_gather(struct muster_net *net, const struct muster_branching *branching)
{
    net->from = branching->from;
    net->deep = branching->deep;
    net->group.length = branching->group;
    if (net->group.data != NULL)
        net->group.data[branching->group] = '\0';
}

const struct muster_net_input *muster_chain_inputs(const struct muster_net *net, size_t *n)
{
    *n = net->apart ? net->n_inputs : 0;
    return net->inputs;
}
