/* Concat: y = what its branches make of what they take, side by side: the rows at the end of each
 * are flattened and joined along features, in the order in which the branches are written (the
 * concatenation of GoogLeNet, Szegedy et al., CVPR 2015; Keras' Concatenate of flattened tensors).
 *
 *     concat: {image: [{conv2d: {filters: 8}}, globalpool], table: [{dense: 16}], extra: []}
 *
 * As the first layer of a network of several inputs (`data.inputs`) a branch takes the input whose
 * name it has, and every input has its branch. Elsewhere all branches take what comes in, under any
 * names. A branch without layers hands on what it takes. */
#include "nn/nn_impl.h"

#include <string.h>

/* The last layer of a branch. */
struct end {
    size_t layer, width, at; /* its numbers stand from `at` on */
};

struct concat {
    struct muster_layer base;
    size_t n;
    struct end ends[];
};

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct concat *concat = (const struct concat *)layer;
    for (size_t k = 0; k < concat->n; k++) {
        const struct end *end = &concat->ends[k];
        const struct muster_edge *edge = &pass->edges[end->layer];
        for (size_t i = 0; i < pass->rows; i++)
            memcpy(pass->y + i * pass->ldy + end->at, edge->value + i * edge->ld,
                   end->width * sizeof *pass->y);
    }
}

static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct concat *concat = (const struct concat *)layer;
    for (size_t k = 0; k < concat->n; k++) {
        const struct end *end = &concat->ends[k];
        const struct muster_edge *edge = &pass->edges[end->layer];
        for (size_t i = 0; i < pass->rows; i++)
            memcpy(edge->slope + i * edge->ld, pass->dy + i * pass->ldy + end->at,
                   end->width * sizeof *pass->dy);
    }
}

static const struct muster_layer_class class = {
    .name = "concat",
    .forward = forward,
    .backward = backward,
};

/* ---- which input a branch takes ------------------------------------------------------------- */

static size_t find_input(const struct muster_net_input *inputs, size_t n, const char *name)
{
    size_t i = 0;
    while (i < n && strcmp(inputs[i].name, name) != 0)
        i++;
    return i;
}

static enum muster_status refuse_name(const struct muster_net_input *inputs, size_t n,
                                      const struct muster_block *branch)
{
    struct muster_text names = {0};
    const char *nearest = inputs[0].name;
    for (size_t i = 0; i < n; i++) {
        muster_text_add(&names, "%s%s", i > 0 ? ", " : "", inputs[i].name);
        if (muster_edit_distance(inputs[i].name, branch->kind) <
            muster_edit_distance(nearest, branch->kind))
            nearest = inputs[i].name;
    }
    muster_error(MUSTER_BAD_STUDY,
                 "%s: there is no input `%s` (did you mean `%s`? data.inputs names %s)",
                 branch->path, branch->kind, nearest, names.data != NULL ? names.data : "");
    muster_text_free(&names);
    return MUSTER_BAD_STUDY;
}

/* Where there are several inputs: that each branch has one, and each input a branch. */
static enum muster_status check_names(const struct muster_net_input *inputs, size_t n,
                                      const struct muster_block *block)
{
    for (size_t k = 0; n > 0 && k < block->n_children; k++)
        if (find_input(inputs, n, block->children[k].kind) == n)
            return refuse_name(inputs, n, &block->children[k]);
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < block->n_children && strcmp(block->children[k].kind, inputs[i].name) != 0)
            k++;
        if (k == block->n_children)
            return muster_error(MUSTER_BAD_STUDY,
                                "%s: concat has no branch for the input `%s` (%s: [...]; [] takes "
                                "it as it is; or leave it out of data.inputs)",
                                block->path, inputs[i].name, inputs[i].name);
    }
    return MUSTER_OK;
}

/* ---- adding it ------------------------------------------------------------------------------ */

static enum muster_status add_branch(struct muster_net *net, struct muster_branching *branching,
                                     const struct muster_block *branch, size_t input,
                                     struct end *end)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_TRY(muster_chain_start(net, branching, branch->kind, input));
    MUSTER_TRY(muster_chain_list(net, branch->children, branch->n_children));
    if (muster_chain_vocabulary(net) > 0)
        return muster_error(MUSTER_BAD_STUDY, "%s: nothing takes the tokens (an `embedding` first)",
                            branch->path);
    end->layer = muster_chain_last(net)->index;
    end->width = muster_shape_size(muster_chain_shape(net));
done:
    return status;
}

static enum muster_status add_join(struct muster_net *net, const struct end *ends, size_t n)
{
    struct muster_layer *layer = NULL;
    struct muster_shape shape = {.rank = 1};
    for (size_t k = 0; k < n; k++)
        shape.dims[0] += ends[k].width;
    enum muster_status status =
        muster_chain_add(net, &class, sizeof(struct concat) + n * sizeof *ends, &shape, &layer);
    if (status != MUSTER_OK)
        return status;
    struct concat *concat = (struct concat *)layer;
    layer->in = layer->out;
    layer->whole = true;
    concat->n = n;
    for (size_t k = 0, at = 0; k < n; k++) {
        concat->ends[k] = ends[k];
        concat->ends[k].at = at;
        at += ends[k].width;
    }
    return MUSTER_OK;
}

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    enum muster_status status = MUSTER_OK;
    const size_t n = block->n_children;
    struct muster_branching branching;
    struct end *ends = NULL;
    size_t n_inputs;
    const struct muster_net_input *inputs = muster_chain_inputs(net, &n_inputs);
    MUSTER_TRY(check_names(inputs, n_inputs, block));
    MUSTER_NEW(ends, n);
    MUSTER_TRY(muster_chain_branch(net, n, &branching));
    for (size_t k = 0; k < n; k++)
        MUSTER_TRY(add_branch(net, &branching, &block->children[k],
                              find_input(inputs, n_inputs, block->children[k].kind), &ends[k]));
    muster_chain_gather(net, &branching);
    MUSTER_TRY(add_join(net, ends, n));
done:
    muster_free(ends);
    return status;
}

const struct muster_layer_kind muster_layer_concat = {
    .plugin = {.name = "concat",
               .help = "joins the ends of its branches: one for each of `data.inputs`, or several "
                       "of what comes in",
               .branches = true},
    .add = add,
    .tokens = true,
    .parted = true,
};
