/* Residual: y = x + f(x), f being the layers it holds (He, Zhang, Ren, Sun, CVPR 2016). They end in
 * the shape they start from, so that the two can be added; the family `resnet` has blocks with a
 * projection between shapes. */
#include "nn/nn_impl.h"

#include <stdio.h>
#include <string.h>

static const char *shape_text(const struct muster_shape *shape, char text[64])
{
    int n = 0;
    for (size_t i = 0; i < shape->rank; i++)
        n += snprintf(text + n, 64 - (size_t)n, "%s%zu", i > 0 ? ", " : "", shape->dims[i]);
    return text;
}

static bool alike(const struct muster_shape *a, const struct muster_shape *b)
{
    return a->rank == b->rank && memcmp(a->dims, b->dims, a->rank * sizeof *a->dims) == 0;
}

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_shape before = *muster_chain_shape(net);
    struct muster_layer *fork;
    char a[64], b[64];
    MUSTER_TRY(muster_chain_fork(net, &fork));
    MUSTER_TRY(muster_chain_list(net, block->children, block->n_children));
    if (muster_chain_last(net) == fork)
        return muster_error(MUSTER_BAD_STUDY, "%s: residual holds no layer that does anything",
                            block->path);
    const struct muster_shape *after = muster_chain_shape(net);
    if (!alike(&before, after))
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: the layers of residual make [%s] of [%s] (the same shape, to be "
                            "added to what went in)",
                            block->path, shape_text(after, a), shape_text(&before, b));
    MUSTER_TRY(muster_chain_join(net, fork, &muster_activation_identity));
done:
    return status;
}

const struct muster_layer_kind muster_layer_residual = {
    .plugin = {.name = "residual",
               .help = "adds its input to what the layers it holds make of it",
               .nests = true},
    .add = add,
};
