/* nn: layers, losses, optimizers and schedules on flat buffers. No MPI, no HDF5, no allocation
 * between create and destroy.
 *
 * A network is a list of layers over one flat parameter buffer, 64-byte aligned; layers hold
 * offsets. Gradients are sums over rows, not means, so that shards of a batch can be added. */
#ifndef MUSTER_NN_H
#define MUSTER_NN_H

#include "muster/base.h"

extern const struct muster_registry muster_nn_layers;     /* kinds of `network:` */
extern const struct muster_registry muster_nn_losses;     /* `train.loss` */
extern const struct muster_registry muster_nn_optimizers; /* `train.optimizer` */
extern const struct muster_registry muster_nn_schedules;  /* `train.schedule` */

/* The kind of layer `name` takes tokens, and makes vectors of them: of rows [n, t] of integers as a
 * network's first it can take nothing else. Branches (concat) do not. */
bool muster_nn_embeds(const char *name);

/* Shape of one row: [n], [t][c] or [h][w][c]. */
struct muster_shape {
    size_t rank;
    size_t dims[3];
};
size_t muster_shape_size(const struct muster_shape *shape);

/* One class of several, numbers, the token after each step of a sequence, any of several labels. */
enum muster_task {
    MUSTER_CLASSIFICATION,
    MUSTER_REGRESSION,
    MUSTER_NEXT_TOKEN,
    MUSTER_MULTI_LABEL
};

/* One of several inputs: as the fields of the same names in struct muster_net_setup. */
struct muster_net_input {
    const char *name;
    struct muster_shape input;
    size_t vocabulary;
    size_t n_codes;
    const int64_t *levels;
    bool lengths; /* its rows say how many of their steps are used */
};

struct muster_net_setup {
    struct muster_shape input;
    /* 0: rows hold numbers; else tokens, `input` being {1, {steps}}: whole numbers 0 .. vocabulary
     * - 1, as floats. */
    size_t vocabulary;
    /* Columns of codes at the end of a row of numbers, `input` being {1, {n}}: whole numbers 0 ..
     * levels[i] - 1 as floats, below 0 or NaN where none is known. They are embedded before the
     * first layer. */
    size_t n_codes;
    const int64_t *levels; /* [n_codes] */
    /* Several inputs, in place of the one above: their rows stand side by side in a row, in this
     * order, and a layer `concat` is what takes them. 0: one. */
    size_t n_inputs;
    const struct muster_net_input *inputs;
    enum muster_task task;
    size_t outputs; /* classes (softmax), targets (identity), labels (sigmoid) or the vocabulary */
    /* The loss, and the block that holds its options (`train`, or one of the loss' own). Both NULL:
     * cross-entropy or mse, by the task. */
    const struct muster_plugin *loss;
    const struct muster_block *train;
    size_t batch;                      /* most rows of one pass */
    const struct muster_block *layers; /* hidden layers; the output layer is added */
    size_t n_layers;
};

struct muster_net; /* opaque */

/* MUSTER_BAD_STUDY where a layer cannot take its input's shape or the loss is not for the task: the
 * message starts with the path of layer or loss ("network.1: ..."), for the caller to put the place
 * before it. */
enum muster_status muster_net_create(const struct muster_net_setup *setup, struct muster_net **net);
void muster_net_destroy(struct muster_net **net);

/* Fresh weights (each layer's own rule) from a stream. Also clears what layers carry between
 * passes. */
void muster_net_init(struct muster_net *net, struct muster_stream stream);

/* Rows to be seen. Sequences may be shorter than their rows: what lies behind a row's used steps is
 * 0 and changes nothing in layers that know time. */
struct muster_inputs {
    const float *x;         /* [rows][input] */
    const int32_t *lengths; /* [rows][inputs] used steps, from 1; NULL: all of them */
};

/* What they should give. A row has one target, or with MUSTER_NEXT_TOKEN one a step. */
struct muster_targets {
    /* [rows] classification; [rows][steps] next token, -1: none there, so behind used steps */
    const int32_t *classes;
    const float *values; /* [rows][outputs], regression; multi-label: 0 or 1 */
    /* [rows] a second class of each row, classification: the loss is (1 - share) times that of the
     * first and share times that of the second. NULL: none. */
    const int32_t *others;
    float share;
};

/* What random layers key their bits by, besides layer, row and unit. */
struct muster_pass {
    struct muster_stream dropout; /* of (seed, trial, fold) */
    uint64_t step;                /* optimizer steps before this one */
    size_t first_row;             /* of this shard in its batch */
    /* [n] of the state, whatever it held: what the pass measured of its rows for the state, which
     * stays as it is until muster_net_carry. NULL: it follows at once. */
    float *measured;
};

/* Forward and backward over the rows: the gradient buffer becomes the sum of the rows'
 * gradients (zero for no rows); returns the sum of their losses, NaN or infinite when the training
 * diverged. At most `batch` rows. */
double muster_net_gradient(struct muster_net *net, struct muster_inputs x, struct muster_targets y,
                           size_t rows, const struct muster_pass *pass);

/* Targets a row: 1, or the steps of MUSTER_NEXT_TOKEN. */
size_t muster_net_targets(const struct muster_net *net);

/* Forward without randomness: out [rows][targets][outputs], probabilities or values. Any number of
 * rows: cut into passes of at most `batch`. */
void muster_net_predict(struct muster_net *net, struct muster_inputs x, size_t rows, float *out);

/* Sum of losses of predictions as muster_net_predict makes them. */
double muster_net_loss(const struct muster_net *net, const float *prediction,
                       struct muster_targets y, size_t rows);

/* Weights of the classes in the loss, [outputs], copied; all 1 at first and for NULL. Of several
 * labels: of each one's positives, whose sum is no part of the mean (PyTorch's pos_weight). */
void muster_net_weigh(struct muster_net *net, const float *weights);
/* What a sum of losses or gradients over these rows is divided by to be a mean: their weights'
 * sum, which is the number of targets that are there where nothing is weighed. */
double muster_net_weight(const struct muster_net *net, struct muster_targets y, size_t rows);

/* The flat buffers, [n] each with *n set; borrowed from the net. State: what layers carry besides
 * weights (running statistics); it belongs to the weights it was gathered with. */
float *muster_net_weights(struct muster_net *net, size_t *n);
float *muster_net_gradients(struct muster_net *net, size_t *n);
float *muster_net_state(struct muster_net *net, size_t *n);

/* The state follows what a pass measured: of the shards of a batch, in their order, whichever rank
 * saw them. The same bits as at once, but that a shard with a single number a channel (see
 * batchnorm) sees the state from before the batch. */
void muster_net_carry(struct muster_net *net, const float *measured);

size_t muster_net_parameters(const struct muster_net *net); /* trainable numbers, without padding */
/* Floating-point operations one row costs: forward alone, and a training step's forward and
 * backward (no data gradient for the first layer), without the optimizer. */
double muster_net_flops_predict(const struct muster_net *net);
double muster_net_flops_train(const struct muster_net *net);
size_t muster_net_bytes(const struct muster_net *net); /* memory held */

/* Arrays as users expect to find them: array `i` of layer `layer` (the output layer is the last).
 */
struct muster_net_array {
    const char *name; /* "weight", "bias"; of state: "running_mean", "running_var" */
    size_t rank, dims[4];
};
size_t muster_net_layers(const struct muster_net *net);
const char *muster_net_layer_kind(const struct muster_net *net, size_t layer);
/* "00-dense", "00-concat/image/02-conv2d": its place in the network, a group of its own for each
 * branch; unique. */
const char *muster_net_layer_path(const struct muster_net *net, size_t layer);
/* "i f g o": the gates whose rows stand one behind the other in the arrays of a recurrent layer;
 * NULL where there are none. */
const char *muster_net_layer_gates(const struct muster_net *net, size_t layer);
/* false when the layer has no array i. */
bool muster_net_layer_array(const struct muster_net *net, size_t layer, size_t i,
                            struct muster_net_array *array);
/* Copies it out in that shape, or in. */
void muster_net_layer_read(const struct muster_net *net, size_t layer, size_t i, float *values);
void muster_net_layer_write(struct muster_net *net, size_t layer, size_t i, const float *values);

/* Where the trainable arrays lie in the flat buffers: array i from starts[i] up to the next one's
 * start, the last up to n, with padding (zeros, whose gradients are zero) behind it. Borrowed. */
struct muster_layout {
    size_t n, n_arrays;
    const size_t *starts; /* [n_arrays], ascending from 0 */
};
struct muster_layout muster_net_layout(const struct muster_net *net);

/* ---- gradients before the step ------------------------------------------------------------ */

/* What is done to the mean gradient of a whole batch before an optimizer sees it, in this order; 0:
 * is not done. In all as PyTorch's clip_grad_value_ and clip_grad_norm_, after a penalty l1 |w| in
 * the loss. */
struct muster_gradient_rules {
    double l1;         /* slope of the penalty on every parameter's absolute value */
    double clip_value; /* bound of every number */
    double clip_norm;  /* bound of the norm of all numbers together */
};

/* Applies them to the mean, `scale` times `gradients`: returns the scale by which the optimizer
 * step is to take `gradients` then. A gradient that is not finite has no norm and is not clipped by
 * it. */
double muster_gradients_shape(const struct muster_gradient_rules *rules, size_t n,
                              const float *weights, float *gradients, double scale);

/* ---- optimizers --------------------------------------------------------------------------- */

struct muster_optimizer; /* opaque */

/* For flat parameters as laid out (copied); hyperparameters from a `train` block (or a block of the
 * plug-in's own options), whose kind is the value of its option `optimizer`. */
enum muster_status muster_optimizer_create(const struct muster_plugin *kind,
                                           const struct muster_block *train,
                                           const struct muster_layout *layout,
                                           struct muster_optimizer **optimizer);
void muster_optimizer_destroy(struct muster_optimizer **optimizer);
void muster_optimizer_reset(struct muster_optimizer *optimizer);

/* One step in one pass over the buffer: the gradient is `scale` times `gradients` (1 / rows for
 * sums over a batch); `rate` is this step's learning rate. */
void muster_optimizer_step(struct muster_optimizer *optimizer, float *weights,
                           const float *gradients, double scale, double rate);

/* muster_net_gradient and muster_optimizer_step in one, with the bits of the two, faster: weights
 * move as soon as their gradient is there. The net's gradients are not specified afterwards. */
double muster_net_train(struct muster_net *net, struct muster_inputs x, struct muster_targets y,
                        size_t rows, const struct muster_pass *pass,
                        struct muster_optimizer *optimizer, double scale, double rate);

/* Moments and what else it carries as one flat array, and the count of steps, for checkpoints;
 * borrowed. */
float *muster_optimizer_state(struct muster_optimizer *optimizer, size_t *n, int64_t **steps);

/* ---- schedules ---------------------------------------------------------------------------- */

/* Where training stands. Schedules take `epochs` as their horizon. */
struct muster_progress {
    int64_t epoch, epochs; /* whole epochs done, of how many */
    int64_t step, steps;   /* steps done in all, and of how many */
    /* [epoch]: the loss after each whole epoch, of the validation rows, or of training where there
     * are none; borrowed. NULL: nothing is known, and no schedule reacts to it. */
    const double *losses;
};

/* True where the rate changes with every step; else it is the same throughout an epoch. */
bool muster_schedule_by_step(const struct muster_plugin *kind);

/* The learning rate of the next step. */
double muster_schedule_rate(const struct muster_plugin *kind, const struct muster_block *train,
                            const struct muster_progress *at);

#endif
