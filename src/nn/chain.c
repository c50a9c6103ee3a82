/* The chain of layers while it is built: what layers may ask of it, and the places that they
 * reserve for their weights, state and work. */
#include "nn/net_impl.h"

size_t muster_shape_size(const struct muster_shape *shape)
{
    size_t size = 1;
    for (size_t i = 0; i < shape->rank; i++)
        size *= shape->dims[i];
    return size;
}

enum muster_status muster_chain_add(struct muster_net *net, const struct muster_layer_class *class,
                                    size_t size, const struct muster_shape *shape,
                                    struct muster_layer **layer)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_TRY(muster_grow(&net->layers, &net->capacity, net->n_layers + 1, sizeof *net->layers));
    *layer = muster_alloc(1, size);
    if (*layer == NULL)
        return MUSTER_NO_MEMORY;
    (*layer)->class = class;
    (*layer)->index = net->n_layers;
    (*layer)->from = net->from;
    (*layer)->deep = net->deep;
    (*layer)->slots = (*layer)->few;
    (*layer)->in = muster_shape_size(&net->shape);
    (*layer)->out = muster_shape_size(shape);
    (*layer)->shape = net->shape = *shape;
    net->vocabulary = 0;
    net->apart = false;
    net->layers[net->n_layers++] = *layer;
    net->bytes += size;
    (*layer)->path = muster_format("%s%02zu-%s", net->group.data != NULL ? net->group.data : "",
                                   (*layer)->index, class->name);
    status = (*layer)->path != NULL ? MUSTER_OK : MUSTER_NO_MEMORY;
done:
    return status;
}

struct muster_shape *muster_chain_shape(struct muster_net *net)
{
    return &net->shape;
}

size_t muster_chain_batch(const struct muster_net *net)
{
    return net->batch;
}

enum muster_task muster_chain_task(const struct muster_net *net)
{
    return net->task;
}

size_t muster_chain_vocabulary(const struct muster_net *net)
{
    return net->vocabulary;
}

size_t muster_chain_layers(const struct muster_net *net)
{
    return net->n_layers;
}

struct muster_layer *muster_chain_last(struct muster_net *net)
{
    return net->layers[net->n_layers - 1];
}

struct muster_layer *muster_chain_layer(struct muster_net *net, size_t index)
{
    return net->layers[index];
}

bool muster_chain_trained(const struct muster_net *net, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++)
        if (net->layers[i]->n_slots > 0)
            return true;
    return false;
}

static size_t reserve(size_t *total, size_t n)
{
    size_t at = *total;
    *total += padded(n);
    return at;
}

size_t muster_chain_weights(struct muster_net *net, size_t n)
{
    return reserve(&net->n_weights, n);
}

size_t muster_chain_state(struct muster_net *net, size_t n)
{
    return reserve(&net->n_state, n);
}

size_t muster_chain_work(struct muster_net *net, size_t n)
{
    return reserve(&net->n_work, n);
}
