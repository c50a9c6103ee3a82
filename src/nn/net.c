/* A network: a chain of layers over flat buffers in one block of memory, its output layer and loss,
 * and the passes up and down the chain. */
#include "nn/net_impl.h"

#include <assert.h>
#include <string.h>

/* ---- the chain while it is built ------------------------------------------------------------ */

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
    (*layer)->in = muster_shape_size(&net->shape);
    (*layer)->out = muster_shape_size(shape);
    net->shape = *shape;
    net->layers[net->n_layers++] = *layer;
    net->bytes += size;
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

/* ---- create, destroy ------------------------------------------------------------------------ */

static const struct muster_loss *loss_at(const struct muster_plugin *plugin)
{
    return (const struct muster_loss *)plugin; /* its first member */
}

static enum muster_status choose_loss(struct muster_net *net, const struct muster_net_setup *setup)
{
    static const char *const tasks[] = {
        [MUSTER_CLASSIFICATION] = "classification", [MUSTER_REGRESSION] = "regression"};
    const struct muster_registry *all = &muster_nn_losses;
    size_t standard = 0;
    while (loss_at(all->items[standard])->task != setup->task)
        standard++;
    net->loss = loss_at(setup->loss != NULL ? setup->loss : all->items[standard]);
    if (net->loss->task != setup->task)
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

static enum muster_status add_layers(struct muster_net *net, const struct muster_net_setup *setup)
{
    enum muster_status status = MUSTER_OK;
    for (size_t i = 0; i < setup->n_layers; i++) {
        const struct muster_block *block = &setup->layers[i];
        const struct muster_plugin *plugin = muster_registry_find(&muster_nn_layers, block->kind);
        if (plugin == NULL)
            return muster_error(MUSTER_BAD_STUDY, "%s: there is no layer `%s`", block->path,
                                block->kind);
        MUSTER_TRY(((const struct muster_layer_kind *)plugin)->add(net, block));
    }
    MUSTER_TRY(muster_chain_dense(net, setup->outputs, &muster_activation_identity, true));
    while (net->layers[net->first_trained]->n_slots == 0)
        net->first_trained++;
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

/* One block: weights, gradients, state, edges, the loss' work and weights, the layers' work. Edges
 * have whole vectors of rows too, for losses that take rows sixteen at a time. */
static enum muster_status place_buffers(struct muster_net *net)
{
    enum muster_status status = MUSTER_OK;
    const size_t rows = padded(net->batch);
    size_t total = 2 * net->n_weights + net->n_state + net->n_work;
    total += (LANES + 1) * padded(net->outputs);
    MUSTER_NEW(net->edges, net->n_layers);
    for (size_t i = 0; i < net->n_layers; i++) {
        net->edges[i].ld = padded(net->layers[i]->out);
        total += 2 * rows * net->edges[i].ld;
    }
    MUSTER_NEW(net->arena, total);
    net->bytes += total * sizeof *net->arena + net->n_layers * sizeof *net->edges;
    net->weights = net->arena;
    net->gradients = net->weights + net->n_weights;
    net->state = net->gradients + net->n_weights;
    float *at = net->state + net->n_state;
    for (size_t i = 0; i < net->n_layers; i++) {
        net->edges[i].value = at;
        net->edges[i].slope = at + rows * net->edges[i].ld;
        at += 2 * rows * net->edges[i].ld;
    }
    net->loss_work = at;
    net->terms.class_weights = at + LANES * padded(net->outputs);
    net->work = net->terms.class_weights + padded(net->outputs);
    muster_net_weigh(net, NULL);
done:
    return status;
}

enum muster_status muster_net_create(const struct muster_net_setup *setup, struct muster_net **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_net *net = NULL;
    assert(setup->batch > 0 && setup->outputs > 0 && muster_shape_size(&setup->input) > 0);
    *out = NULL;
    MUSTER_NEW(net, 1);
    net->shape = setup->input;
    net->input = muster_shape_size(&setup->input);
    net->outputs = setup->outputs;
    net->batch = setup->batch;
    net->bytes = sizeof *net;
    MUSTER_TRY(choose_loss(net, setup));
    MUSTER_TRY(add_layers(net, setup));
    MUSTER_TRY(list_arrays(net));
    MUSTER_TRY(place_buffers(net));
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
    for (size_t i = 0; i < (*net)->n_layers; i++)
        muster_free((*net)->layers[i]);
    muster_free((*net)->layers);
    muster_free((*net)->edges);
    muster_free((*net)->starts);
    muster_free((*net)->arena);
    muster_free(*net);
    *net = NULL;
}

void muster_net_init(struct muster_net *net, struct muster_stream stream)
{
    /* Nothing of a training that diverged stays, not even in the padding. */
    memset(net->weights, 0, net->n_weights * sizeof *net->weights);
    memset(net->state, 0, net->n_state * sizeof *net->state);
    for (size_t i = 0; i < net->n_layers; i++) {
        const struct muster_edge *edge = &net->edges[i];
        memset(edge->value, 0, 2 * padded(net->batch) * edge->ld * sizeof *edge->value);
    }
    for (size_t i = 0; i < net->n_layers; i++)
        if (net->layers[i]->class->init != NULL)
            net->layers[i]->class->init(net->layers[i], stream, net->weights, net->state);
}

/* ---- passes --------------------------------------------------------------------------------- */

/* What layer i sees. Inputs of the first one are the caller's and are only read. */
static struct muster_layer_pass pass_of(struct muster_net *net, size_t i, const float *x,
                                        size_t rows, const struct muster_pass *random)
{
    const struct muster_edge *above = &net->edges[i], *below = i > 0 ? above - 1 : NULL;
    return (struct muster_layer_pass){
        .rows = rows,
        .x = below != NULL ? below->value : x,
        .ldx = below != NULL ? below->ld : net->input,
        .dx = i > net->first_trained ? below->slope : NULL,
        .y = above->value,
        .ldy = above->ld,
        .dy = above->slope,
        .weights = net->weights,
        .gradients = net->gradients,
        .state = net->state,
        .work = net->work,
        .random = random,
    };
}

static void forward(struct muster_net *net, const float *x, size_t rows,
                    const struct muster_pass *random)
{
    for (size_t i = 0; i < net->n_layers; i++) {
        struct muster_layer_pass pass = pass_of(net, i, x, rows, random);
        net->layers[i]->class->forward(net->layers[i], &pass);
    }
}

static void backward(struct muster_net *net, const float *x, size_t rows,
                     const struct muster_pass *random)
{
    for (size_t i = net->n_layers; i-- > net->first_trained;) {
        struct muster_layer_pass pass = pass_of(net, i, x, rows, random);
        net->layers[i]->class->backward(net->layers[i], &pass);
    }
}

static struct muster_loss_rows loss_rows(const struct muster_net *net, size_t rows)
{
    return (struct muster_loss_rows){.rows = rows,
                                     .outputs = net->outputs,
                                     .ld = padded(net->outputs),
                                     .work = net->loss_work,
                                     .terms = &net->terms};
}

double muster_net_gradient(struct muster_net *net, const float *x, struct muster_targets y,
                           size_t rows, const struct muster_pass *pass)
{
    assert(rows <= net->batch);
    if (rows == 0) { /* an empty shard */
        memset(net->gradients, 0, net->n_weights * sizeof *net->gradients);
        return 0.0;
    }
    const struct muster_edge *last = &net->edges[net->n_layers - 1];
    const struct muster_loss_rows of = loss_rows(net, rows);
    forward(net, x, rows, pass);
    double loss = net->loss->slope(&of, last->value, y, last->slope);
    backward(net, x, rows, pass);
    return loss;
}

void muster_net_predict(struct muster_net *net, const float *x, size_t rows, float *out)
{
    for (size_t i = 0; i < rows; i += net->batch) {
        size_t some = rows - i < net->batch ? rows - i : net->batch;
        const struct muster_loss_rows of = loss_rows(net, some);
        forward(net, x + i * net->input, some, NULL);
        net->loss->predict(&of, net->edges[net->n_layers - 1].value, out + i * net->outputs);
    }
}

double muster_net_loss(const struct muster_net *net, const float *prediction,
                       struct muster_targets y, size_t rows)
{
    const struct muster_loss_rows of = {
        .rows = rows, .outputs = net->outputs, .terms = &net->terms};
    return net->loss->of_prediction(&of, prediction, y);
}

void muster_net_weigh(struct muster_net *net, const float *weights)
{
    struct muster_loss_terms *terms = &net->terms;
    terms->weights_sum = 0.0;
    terms->weighed = false;
    for (size_t k = 0; k < net->outputs; k++) {
        terms->class_weights[k] = weights != NULL ? weights[k] : 1.0f;
        terms->weights_sum += (double)terms->class_weights[k];
        terms->weighed |= terms->class_weights[k] != 1.0f;
    }
}

double muster_net_weight(const struct muster_net *net, struct muster_targets y, size_t rows)
{
    double sum = 0.0;
    if (!net->terms.weighed)
        return (double)rows;
    for (size_t i = 0; i < rows; i++)
        sum += (double)net->terms.class_weights[y.classes[i]];
    return sum;
}
