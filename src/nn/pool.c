/* What pooling layers have in common. */
#include "nn/pool_impl.h"

#include "nn/conv_impl.h"

size_t pool_steps(const struct muster_layer *layer, size_t steps)
{
    return window_steps(&((const struct pool *)layer)->window, steps);
}

/* Windows that lie edge to edge without padding and reach the end. */
static bool tiles(const struct axis *axis)
{
    return axis->size == axis->stride && axis->out * axis->size == axis->in;
}

enum muster_status muster_chain_pool(struct muster_net *net, const struct muster_pool *of)
{
    enum muster_status status = MUSTER_OK;
    struct muster_layer *layer = NULL;
    struct window window;
    if (of->padding > of->size / 2)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: a padding of %zu is more than half the size (at most %zu)",
                            of->path, of->padding, of->size / 2);
    MUSTER_TRY(window_create(net,
                             &(struct window_options){.path = of->path,
                                                      .kind = of->class->name,
                                                      .size_name = "window",
                                                      .size = of->size,
                                                      .stride = of->stride,
                                                      .dilation = 1,
                                                      .padding = of->padding},
                             &window));
    const struct muster_shape shape = window_shape(&window, window.channels);
    const bool rectifies = of->class == &muster_maxpool && muster_chain_conv_rectified(net);
    MUSTER_TRY(muster_chain_add(net, of->class, sizeof(struct pool), &shape, &layer));
    struct pool *pool = (struct pool *)layer;
    pool->window = window;
    pool->rectifies = rectifies;
    pool->disjoint = (window.sequence || tiles(&window.h)) && tiles(&window.w);
done:
    return status;
}

enum muster_status muster_pool_add(struct muster_net *net, const struct muster_block *block,
                                   const struct muster_layer_class *class)
{
    const struct muster_value *stride = muster_block_get(block, "stride");
    const size_t size = (size_t)muster_block_int(block, "size");
    return muster_chain_pool(
        net, &(struct muster_pool){.class = class,
                                   .path = block->path,
                                   .size = size,
                                   .stride = stride->set ? (size_t)stride->number : size,
                                   .padding = (size_t)muster_block_int(block, "padding")});
}

const struct muster_option pool_options[] = {
    {.name = "size",
     .type = MUSTER_INT,
     .standard = "2",
     .low = 1,
     .high = 1024,
     .help = "places of a window along each axis"},
    {.name = "stride",
     .type = MUSTER_INT,
     .low = 1,
     .high = 1024,
     .help = "places from one window to the next; absent: its size"},
    {.name = "padding",
     .type = MUSTER_INT,
     .standard = "0",
     .low = 0,
     .high = 512,
     .help = "places added on either side, at most half the size"},
    {0},
};
