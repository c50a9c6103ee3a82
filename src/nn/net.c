/* A network as it is built: its chain of layers (chain.c), output layer and loss, and the one block
 * of memory that holds its flat buffers. */
#include "nn/net_impl.h"

#include <assert.h>
#include <string.h>

static const struct muster_loss *loss_at(const struct muster_plugin *plugin)
{
    return (const struct muster_loss *)plugin; /* its first member */
}

/* Next tokens are classes, one a step. */
static bool serves(const struct muster_plugin *loss, enum muster_task task)
{
    return loss_at(loss)->task == (task == MUSTER_NEXT_TOKEN ? MUSTER_CLASSIFICATION : task);
}

static enum muster_status choose_loss(struct muster_net *net, const struct muster_net_setup *setup)
{
    static const char *const tasks[] = {[MUSTER_CLASSIFICATION] = "classification",
                                        [MUSTER_REGRESSION] = "regression",
                                        [MUSTER_NEXT_TOKEN] = "next_token",
                                        [MUSTER_MULTI_LABEL] = "several labels a row"};
    const struct muster_registry *all = &muster_nn_losses;
    size_t standard = 0;
    while (standard + 1 < all->n && !serves(all->items[standard], setup->task))
        standard++;
    net->loss = loss_at(setup->loss != NULL ? setup->loss : all->items[standard]);
    if (setup->task == MUSTER_CLASSIFICATION && setup->outputs == 2 && net->loss->of_two != NULL)
        net->loss = net->loss->of_two;
    if (!serves(&net->loss->plugin, setup->task))
        return muster_error(MUSTER_BAD_STUDY, "train.loss: %s is not for %s (%s is)",
                            setup->loss->name, tasks[setup->task], all->items[standard]->name);
    const struct muster_option *options = net->loss->plugin.options;
    for (size_t i = 0; options != NULL && options[i].type != MUSTER_END; i++) {
        struct muster_value value = {0};
        assert(i < MUSTER_LOSS_OPTIONS);
        if (setup->train != NULL)
            value = *muster_block_get(setup->train, options[i].name);
        else
            muster_option_scalar(&options[i], options[i].standard, &value);
        net->terms.value[i] = value.number;
    }
    return MUSTER_OK;
}

/* `layer` NULL: there is none. */
static enum muster_status refuse_several(const struct muster_net *net,
                                         const struct muster_block *layer)
{
    struct muster_text branches = {0};
    for (size_t i = 0; i < net->n_inputs; i++)
        muster_text_add(&branches, "%s%s: [...]", i > 0 ? ", " : "", net->inputs[i].name);
    muster_error(MUSTER_BAD_STUDY,
                 "%s: %s takes one input, the data have %zu (first `concat: {%s}`, which joins "
                 "them)",
                 layer != NULL ? layer->path : "network", layer != NULL ? layer->kind : "a network",
                 net->n_inputs, branches.data != NULL ? branches.data : "");
    muster_text_free(&branches);
    return MUSTER_BAD_STUDY;
}

enum muster_status muster_chain_list(struct muster_net *net, const struct muster_block *layers,
                                     size_t n)
{
    enum muster_status status = MUSTER_OK;
    for (size_t i = 0; i < n; i++) {
        const struct muster_layer_kind *kind =
            (const struct muster_layer_kind *)muster_registry_find(
                &muster_nn_layers, layers[i].kind); /* its first member */
        if (kind == NULL)
            return muster_error(MUSTER_BAD_STUDY, "%s: there is no layer `%s`", layers[i].path,
                                layers[i].kind);
        if (net->apart && !kind->parted)
            return refuse_several(net, &layers[i]);
        if (net->vocabulary > 0 && !kind->tokens)
            return muster_error(MUSTER_BAD_STUDY,
                                "%s: %s cannot take tokens (an `embedding` before it)",
                                layers[i].path, layers[i].kind);
        if (net->task == MUSTER_NEXT_TOKEN && kind->ahead)
            return muster_error(MUSTER_BAD_STUDY,
                                "%s: %s lets steps see the tokens they are to predict (recurrent "
                                "layers, attention or transformer)",
                                layers[i].path, layers[i].kind);
        MUSTER_TRY(kind->add(net, &layers[i]));
    }
done:
    return status;
}

/* One output a row, or with MUSTER_NEXT_TOKEN one a step. */
static enum muster_status add_output(struct muster_net *net, size_t steps)
{
    if (net->task != MUSTER_NEXT_TOKEN)
        return muster_chain_dense(net, net->outputs, &muster_activation_identity, true);
    if (net->shape.rank != 2 || net->shape.dims[0] != steps)
        return muster_error(MUSTER_BAD_STUDY,
                            "network: next_token needs a sequence of all steps at its end "
                            "(recurrent layers, or a transformer)");
    net->targets = steps;
    return muster_chain_pointwise(net, net->outputs, true);
}

static enum muster_status add_layers(struct muster_net *net, const struct muster_net_setup *setup)
{
    enum muster_status status = MUSTER_OK;
    if (setup->n_codes > 0 && !net->apart)
        MUSTER_TRY(muster_chain_columns(net, setup->n_codes, setup->levels));
    MUSTER_TRY(muster_chain_list(net, setup->layers, setup->n_layers));
    if (net->apart)
        return refuse_several(net, NULL);
    if (net->vocabulary > 0)
        return muster_error(MUSTER_BAD_STUDY,
                            "network: nothing takes the tokens (an `embedding` first)");
    MUSTER_TRY(add_output(net, setup->input.dims[0]));
    for (size_t i = 0; i < net->n_layers; i++)
        net->layers[i]->below =
            muster_chain_trained(net, net->layers[i]->from, i) || net->layers[i]->deep;
done:
    return status;
}

/* Layers reserve the places of their arrays one behind the other, in the order of their slots. */
static enum muster_status list_arrays(struct muster_net *net)
{
    enum muster_status status = MUSTER_OK;
    for (size_t i = 0; i < net->n_layers; i++)
        for (size_t j = 0; j < net->layers[i]->n_slots; j++)
            net->n_arrays += !net->layers[i]->slots[j].state;
    MUSTER_NEW(net->starts, net->n_arrays);
    net->bytes += net->n_arrays * sizeof *net->starts;
    for (size_t i = 0, at = 0; i < net->n_layers; i++)
        for (size_t j = 0; j < net->layers[i]->n_slots; j++) {
            const struct muster_slot *slot = &net->layers[i]->slots[j];
            if (slot->state)
                continue;
            assert(at == 0 ? slot->offset == 0 : slot->offset > net->starts[at - 1]);
            net->starts[at++] = slot->offset;
        }
done:
    return status;
}

/* Where each layer's trainable numbers begin: at its first array, or where the next one's do. */
static enum muster_status list_owners(struct muster_net *net)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_NEW(net->own, net->n_layers + 1);
    net->bytes += (net->n_layers + 1) * sizeof *net->own;
    net->own[net->n_layers] = net->n_weights;
    for (size_t i = net->n_layers; i-- > 0;) {
        net->own[i] = net->own[i + 1];
        for (size_t j = net->layers[i]->n_slots; j-- > 0;)
            if (!net->layers[i]->slots[j].state)
                net->own[i] = net->layers[i]->slots[j].offset;
    }
done:
    return status;
}

/* Room for the lengths of layers that make another sequence. */
static enum muster_status place_lengths(struct muster_net *net)
{
    enum muster_status status = MUSTER_OK;
    size_t makers = 0;
    for (size_t i = 0; i < net->n_layers; i++)
        makers += net->layers[i]->class->steps != NULL;
    MUSTER_NEW(net->lengths, makers * net->batch);
    net->bytes += makers * net->batch * sizeof *net->lengths;
    for (size_t i = net->n_layers; i-- > 0;)
        if (net->layers[i]->class->steps != NULL)
            net->edges[i].own = net->lengths + --makers * net->batch;
done:
    return status;
}

/* Edge i as far as it shares its place with another one; floats a row of what it has alone. */
static size_t share_edge(struct muster_net *net, size_t i)
{
    const struct muster_layer *layer = net->layers[i];
    struct muster_edge *edge = &net->edges[i];
    const size_t reads = layer->reads > 0 ? layer->reads : i;
    edge->ld = padded(layer->out);
    if (!layer->passes || layer->raw || reads == 0)
        return 2 * edge->ld;
    edge->value = net->edges[reads - 1].value;
    if (layer->reads > 0)
        return edge->ld;
    edge->slope = net->edges[reads - 1].slope;
    return 0;
}

/* One block: weights, gradients, state, edges, the loss' work and weights, the layers' work. Edges
 * have whole vectors of rows too, for losses that take rows sixteen at a time. */
static enum muster_status place_buffers(struct muster_net *net)
{
    enum muster_status status = MUSTER_OK;
    const size_t rows = padded(net->batch);
    size_t total = 2 * net->n_weights + net->n_state + net->n_work;
    total += (LANES + 1) * padded(net->outputs);
    MUSTER_NEW(net->edges, net->n_layers);
    for (size_t i = 0; i < net->n_layers; i++)
        total += rows * share_edge(net, i);
    MUSTER_TRY(place_lengths(net));
    MUSTER_NEW(net->arena, total);
    net->bytes += total * sizeof *net->arena + net->n_layers * sizeof *net->edges;
    net->weights = net->arena;
    net->gradients = net->weights + net->n_weights;
    net->state = net->gradients + net->n_weights;
    float *at = net->state + net->n_state;
    for (size_t i = 0; i < net->n_layers; i++) {
        struct muster_edge *edge = &net->edges[i];
        share_edge(net, i);
        if (edge->value == NULL) {
            edge->value = at;
            at += rows * edge->ld;
        }
        if (edge->slope == NULL) {
            edge->slope = at;
            at += rows * edge->ld;
        }
    }
    net->loss_work = at;
    net->terms.class_weights = at + LANES * padded(net->outputs);
    net->work = net->terms.class_weights + padded(net->outputs);
    muster_net_weigh(net, NULL);
done:
    return status;
}

/* What a row is: one input, or several side by side. */
static void take_inputs(struct muster_net *net, const struct muster_net_setup *setup)
{
    net->n_inputs = 1;
    net->shape = setup->input;
    net->vocabulary = setup->vocabulary;
    if (setup->n_inputs > 0) {
        net->n_inputs = setup->n_inputs;
        net->inputs = setup->inputs;
        net->apart = true;
        net->vocabulary = 0;
        net->shape = (struct muster_shape){.rank = 1};
        for (size_t i = 0; i < setup->n_inputs; i++)
            net->shape.dims[0] += muster_shape_size(&setup->inputs[i].input);
    }
    net->input = muster_shape_size(&net->shape);
}

enum muster_status muster_net_create(const struct muster_net_setup *setup, struct muster_net **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_net *net = NULL;
    *out = NULL;
    MUSTER_NEW(net, 1);
    take_inputs(net, setup);
    assert(setup->batch > 0 && setup->outputs > 0 && net->input > 0);
    net->task = setup->task;
    net->targets = 1;
    net->outputs = setup->outputs;
    net->batch = setup->batch;
    net->bytes = sizeof *net;
    MUSTER_TRY(choose_loss(net, setup));
    MUSTER_TRY(add_layers(net, setup));
    MUSTER_TRY(list_arrays(net));
    MUSTER_TRY(list_owners(net));
    MUSTER_TRY(place_buffers(net));
    muster_text_free(&net->group);
    net->inputs = NULL;
    *out = net;
    net = NULL;
done:
    muster_net_destroy(&net);
    return status;
}

void muster_net_destroy(struct muster_net **net)
{
    if (*net == NULL)
        return;
    for (size_t i = 0; i < (*net)->n_layers; i++) {
        muster_free((*net)->layers[i]->path);
        muster_free((*net)->layers[i]);
    }
    muster_text_free(&(*net)->group);
    muster_free((*net)->layers);
    muster_free((*net)->edges);
    muster_free((*net)->lengths);
    muster_free((*net)->starts);
    muster_free((*net)->own);
    muster_free((*net)->arena);
    muster_free(*net);
    *net = NULL;
}
