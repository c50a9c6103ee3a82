/* The passes up and down the chain, and the loss at its end. */
#include "nn/flush_impl.h"
#include "nn/net_impl.h"

#include <assert.h>
#include <string.h>

size_t muster_layer_used(const struct muster_layer *layer, const struct muster_layer_pass *pass,
                         size_t i)
{
    if (pass->lengths == NULL || layer->shape.rank != 2)
        return layer->out;
    return (size_t)pass->lengths[i] * layer->shape.dims[1];
}

/* Rows on their way through the chain. */
struct journey {
    struct muster_inputs x;
    size_t rows;
    const struct muster_pass *random; /* NULL: predict */
    struct muster_update *update;     /* NULL: weights stay */
};

/* What layer i sees. Inputs of the first one are the caller's and are only read. */
static struct muster_layer_pass pass_of(struct muster_net *net, size_t i, const struct journey *of)
{
    const struct muster_layer *layer = net->layers[i];
    const size_t reads = layer->raw ? 0 : layer->reads > 0 ? layer->reads : i;
    const struct muster_edge *above = &net->edges[i];
    const struct muster_edge *below = reads > 0 ? &net->edges[reads - 1] : NULL;
    return (struct muster_layer_pass){
        .rows = of->rows,
        .x = below != NULL ? below->value : of->x.x,
        .ldx = below != NULL ? below->ld : net->input,
        .dx = layer->below ? net->edges[i - 1].slope : NULL,
        .y = above->value,
        .ldy = above->ld,
        .dy = above->slope,
        .weights = net->weights,
        .gradients = net->gradients,
        .state = net->state,
        .work = net->work,
        .lengths = below != NULL ? below->lengths : of->x.lengths,
        .edges = net->edges,
        .random = of->random,
        .update = of->update,
    };
}

static void pass_lengths(struct muster_net *net, size_t i, const int32_t *below, size_t rows)
{
    const struct muster_layer *layer = net->layers[i];
    struct muster_edge *edge = &net->edges[i];
    const size_t stride = layer->raw ? net->n_inputs : 1;
    edge->lengths = layer->whole ? NULL : below;
    if (edge->lengths == NULL || layer->class->steps == NULL)
        return;
    for (size_t r = 0; r < rows; r++)
        edge->own[r] =
            (int32_t)layer->class->steps(layer, (size_t)below[r * stride + layer->input]);
    edge->lengths = edge->own;
}

static void forward(struct muster_net *net, const struct journey *of)
{
    for (size_t i = 0; i < net->n_layers; i++) {
        struct muster_layer_pass pass = pass_of(net, i, of);
        pass_lengths(net, i, pass.lengths, of->rows);
        net->layers[i]->class->forward(net->layers[i], &pass);
    }
}

/* What the layer has not moved itself, while its gradient is in a near cache. */
static void move_weights(const struct muster_net *net, size_t i, struct muster_update *update)
{
    const size_t first = net->own[i] + update->taken, n = net->own[i + 1] - first;
    if (n > 0)
        update->optimizer->kind->range(update->optimizer, first, n, net->weights + first,
                                       net->gradients + first);
}

static void backward(struct muster_net *net, const struct journey *of)
{
    for (size_t i = net->n_layers; i-- > 0;) {
        struct muster_layer_pass pass = pass_of(net, i, of);
        if (net->layers[i]->n_slots == 0 && !net->layers[i]->below)
            continue; /* nothing goes further down */
        if (of->update != NULL)
            of->update->taken = 0;
        net->layers[i]->class->backward(net->layers[i], &pass);
        if (of->update != NULL)
            move_weights(net, i, of->update);
    }
}

/* The loss sees each target as a row. */
static struct muster_loss_rows loss_rows(const struct muster_net *net, size_t rows)
{
    return (struct muster_loss_rows){.rows = rows * net->targets,
                                     .outputs = net->outputs,
                                     .ld = padded(net->outputs),
                                     .work = net->loss_work,
                                     .terms = &net->terms};
}

static double there_and_back(struct muster_net *net, const struct journey *journey,
                             struct muster_targets y)
{
    const struct muster_edge *last = &net->edges[net->n_layers - 1];
    const struct muster_loss_rows of = loss_rows(net, journey->rows);
    assert(journey->rows <= net->batch);
    const uint64_t mode = flush_begin();
    forward(net, journey);
    const double loss = net->loss->slope(&of, last->value, y, last->slope);
    backward(net, journey);
    flush_end(mode);
    return loss;
}

double muster_net_gradient(struct muster_net *net, struct muster_inputs x, struct muster_targets y,
                           size_t rows, const struct muster_pass *pass)
{
    for (size_t i = 0; pass->measured != NULL && i < net->n_state; i++)
        pass->measured[i] = MUSTER_UNMEASURED;
    if (rows > 0)
        return there_and_back(net, &(struct journey){x, rows, pass, NULL}, y);
    memset(net->gradients, 0, net->n_weights * sizeof *net->gradients); /* an empty shard */
    return 0.0;
}

void muster_net_carry(struct muster_net *net, const float *measured)
{
    for (size_t i = 0; i < net->n_layers; i++)
        if (net->layers[i]->class->carry != NULL)
            net->layers[i]->class->carry(net->layers[i], measured, net->state);
}

double muster_net_train(struct muster_net *net, struct muster_inputs x, struct muster_targets y,
                        size_t rows, const struct muster_pass *pass,
                        struct muster_optimizer *optimizer, double scale, double rate)
{
    struct muster_update update = {.optimizer = optimizer, .weights = net->weights};
    if (rows == 0 || optimizer->kind->step != NULL) {
        const double loss = muster_net_gradient(net, x, y, rows, pass);
        muster_optimizer_step(optimizer, net->weights, net->gradients, scale, rate);
        return loss;
    }
    optimizer->steps++;
    optimizer->kind->begin(optimizer, (float)scale, rate);
    return there_and_back(net, &(struct journey){x, rows, pass, &update}, y);
}

size_t muster_net_targets(const struct muster_net *net)
{
    return net->targets;
}

void muster_net_predict(struct muster_net *net, struct muster_inputs x, size_t rows, float *out)
{
    const size_t width = net->targets * net->outputs;
    const uint64_t mode = flush_begin();
    for (size_t i = 0; i < rows; i += net->batch) {
        size_t some = rows - i < net->batch ? rows - i : net->batch;
        const struct muster_inputs part = {
            x.x + i * net->input, x.lengths != NULL ? x.lengths + i * net->n_inputs : NULL};
        const struct muster_loss_rows of = loss_rows(net, some);
        forward(net, &(struct journey){part, some, NULL, NULL});
        net->loss->predict(&of, net->edges[net->n_layers - 1].value, out + i * width);
    }
    flush_end(mode);
}

double muster_net_loss(const struct muster_net *net, const float *prediction,
                       struct muster_targets y, size_t rows)
{
    const struct muster_loss_rows of = {
        .rows = rows * net->targets, .outputs = net->outputs, .terms = &net->terms};
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
    if (y.classes == NULL || (!net->terms.weighed && net->task != MUSTER_NEXT_TOKEN))
        return (double)rows;
    for (size_t i = 0; i < rows * net->targets; i++)
        if (y.classes[i] >= 0)
            sum += (double)net->terms.class_weights[y.classes[i]];
    if (y.others != NULL) {
        sum *= 1 - (double)y.share;
        for (size_t i = 0; i < rows; i++)
            sum += (double)y.share * (double)net->terms.class_weights[y.others[i]];
    }
    return sum;
}
