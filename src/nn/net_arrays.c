/* A network seen from outside: its flat buffers and what it costs, its arrays as users expect to
 * find them, and how they start. */
#include "nn/net_impl.h"

#include "muster/linalg.h"

#include <assert.h>
#include <string.h>

float *muster_net_weights(struct muster_net *net, size_t *n)
{
    *n = net->n_weights;
    return net->weights;
}

float *muster_net_gradients(struct muster_net *net, size_t *n)
{
    *n = net->n_weights;
    return net->gradients;
}

float *muster_net_state(struct muster_net *net, size_t *n)
{
    *n = net->n_state;
    return net->state;
}

static size_t array_size(const struct muster_net_array *array)
{
    size_t size = 1;
    for (size_t i = 0; i < array->rank; i++)
        size *= array->dims[i];
    return size;
}

struct muster_layout muster_net_layout(const struct muster_net *net)
{
    return (struct muster_layout){
        .n = net->n_weights, .n_arrays = net->n_arrays, .starts = net->starts};
}

size_t muster_net_parameters(const struct muster_net *net)
{
    size_t n = 0;
    for (size_t i = 0; i < net->n_layers; i++)
        for (size_t j = 0; j < net->layers[i]->n_slots; j++)
            if (!net->layers[i]->slots[j].state)
                n += array_size(&net->layers[i]->slots[j].array);
    return n;
}

double muster_net_flops_predict(const struct muster_net *net)
{
    double flops = 0.0;
    for (size_t i = 0; i < net->n_layers; i++)
        flops += net->layers[i]->flops_forward;
    return flops;
}

double muster_net_flops_train(const struct muster_net *net)
{
    double flops = muster_net_flops_predict(net);
    for (size_t i = 0; i < net->n_layers; i++)
        flops += (net->layers[i]->n_slots > 0 ? net->layers[i]->flops_weights : 0.0) +
                 (net->layers[i]->below ? net->layers[i]->flops_data : 0.0);
    return flops;
}

size_t muster_net_bytes(const struct muster_net *net)
{
    return net->bytes;
}

size_t muster_net_layers(const struct muster_net *net)
{
    return net->n_layers;
}

const char *muster_net_layer_kind(const struct muster_net *net, size_t layer)
{
    assert(layer < net->n_layers);
    return net->layers[layer]->class->name;
}

const char *muster_net_layer_path(const struct muster_net *net, size_t layer)
{
    assert(layer < net->n_layers);
    return net->layers[layer]->path;
}

const char *muster_net_layer_gates(const struct muster_net *net, size_t layer)
{
    assert(layer < net->n_layers);
    return net->layers[layer]->class->gates;
}

bool muster_net_layer_array(const struct muster_net *net, size_t layer, size_t i,
                            struct muster_net_array *array)
{
    assert(layer < net->n_layers);
    if (i >= net->layers[layer]->n_slots)
        return false;
    *array = net->layers[layer]->slots[i].array;
    return true;
}

static const struct muster_slot *slot_of(const struct muster_net *net, size_t layer, size_t i)
{
    assert(layer < net->n_layers && i < net->layers[layer]->n_slots);
    return &net->layers[layer]->slots[i];
}

void muster_net_layer_read(const struct muster_net *net, size_t layer, size_t i, float *values)
{
    const struct muster_slot *slot = slot_of(net, layer, i);
    const struct muster_net_array *array = &slot->array;
    const float *from = (slot->state ? net->state : net->weights) + slot->offset;
    if (slot->panels)
        muster_sunpack(true, array->dims[1], array->dims[0], from, values, array->dims[1]);
    else if (slot->transposed)
        muster_stranspose(array_size(array) / array->dims[0], array->dims[0], from, array->dims[0],
                          values, array_size(array) / array->dims[0]);
    else
        memcpy(values, from, array_size(array) * sizeof *values);
}

void muster_net_layer_write(struct muster_net *net, size_t layer, size_t i, const float *values)
{
    const struct muster_slot *slot = slot_of(net, layer, i);
    const struct muster_net_array *array = &slot->array;
    float *to = (slot->state ? net->state : net->weights) + slot->offset;
    if (slot->panels)
        muster_spack(true, array->dims[1], array->dims[0], values, array->dims[1], to);
    else if (slot->transposed)
        muster_stranspose(array->dims[0], array_size(array) / array->dims[0], values,
                          array_size(array) / array->dims[0], to, array->dims[0]);
    else
        memcpy(to, values, array_size(array) * sizeof *values);
}

/* A matrix as `init` has left it, which is tight. */
static void put_in_panels(struct muster_net *net, const struct muster_slot *slot)
{
    const size_t out = slot->array.dims[0], in = slot->array.dims[1];
    float *to = net->weights + slot->offset, *tight = net->gradients + slot->offset;
    memcpy(tight, to, in * out * sizeof *to);
    muster_spack(!slot->transposed, in, out, tight, slot->transposed ? out : in, to);
}

void muster_net_init(struct muster_net *net, struct muster_stream stream)
{
    /* Nothing of a training that diverged stays, not even in the padding. */
    memset(net->weights, 0, net->n_weights * sizeof *net->weights);
    memset(net->state, 0, net->n_state * sizeof *net->state);
    for (size_t i = 0; i < net->n_layers; i++) {
        const struct muster_edge *edge = &net->edges[i];
        memset(edge->value, 0, padded(net->batch) * edge->ld * sizeof *edge->value);
        memset(edge->slope, 0, padded(net->batch) * edge->ld * sizeof *edge->slope);
    }
    for (size_t i = 0; i < net->n_layers; i++)
        if (net->layers[i]->class->init != NULL)
            net->layers[i]->class->init(net->layers[i], stream, net->weights, net->state);
    for (size_t i = 0; i < net->n_layers; i++)
        for (size_t j = 0; j < net->layers[i]->n_slots; j++)
            if (net->layers[i]->slots[j].panels)
                put_in_panels(net, &net->layers[i]->slots[j]);
}
