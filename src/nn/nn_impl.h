/* What the plug-ins of this room are made of: layers on a chain, losses, optimizers, schedules. */
#ifndef MUSTER_NN_IMPL_H
#define MUSTER_NN_IMPL_H

#include "muster/linalg.h"
#include "muster/nn.h"
#include "nn/activation_impl.h"
#include "nn/steps_impl.h"

/* ---- layers ---------------------------------------------------------------------------------
 *
 * A kind of `network:` adds one or more layers to the chain (a family adds several, `flatten`
 * none). Between two layers lies an edge: rows of values going up, rows of slopes coming down.
 * Edges inside the network have rows padded to whole vectors; padding of slopes is zero and stays
 * so. */

struct muster_layer_kind {
    struct muster_plugin plugin;
    enum muster_status (*add)(struct muster_net *net, const struct muster_block *block);
    bool tokens; /* it may stand where the chain holds tokens */
    bool ahead;  /* steps see later ones: not with MUSTER_NEXT_TOKEN */
    bool parted; /* it may stand where the chain holds several inputs */
};

struct muster_layer;

/* One pass through one layer. */
struct muster_layer_pass {
    size_t rows;
    const float *x; /* [rows][ldx] */
    size_t ldx;
    float *dx; /* [rows][ldx]; NULL where nothing below is trained */
    float *y;  /* [rows][ldy] */
    size_t ldy;
    float *dy; /* [rows][ldy]; backward may change it */
    const float *weights;
    float *gradients; /* backward sets the layer's own slots */
    float *state;     /* what layers carry from pass to pass; training changes it */
    float *work;
    const int32_t *lengths;           /* [rows] used steps of x, or NULL */
    const struct muster_edge *edges;  /* of the whole chain, [i] above layer i */
    const struct muster_pass *random; /* NULL: predict */
    /* NULL: gradients are all that is wanted. Else the weights move in this pass: once a layer's
     * backward has returned they have moved by what it left in `gradients`, unless it has passed
     * some on before (muster_update_follow). */
    struct muster_update *update;
};

/* Numbers of row i of a layer that leaves the shape as it is that count: those of the used steps,
 * where x is a sequence with lengths. Behind them it leaves 0. */
size_t muster_layer_used(const struct muster_layer *layer, const struct muster_layer_pass *pass,
                         size_t i);

/* A step of an optimizer while gradients are made. */
struct muster_update {
    struct muster_optimizer *optimizer;
    float *weights;
    size_t from;  /* where the array lies whose gradient is passed on piece by piece */
    size_t taken; /* numbers of this layer, from its first slot on, that have moved already */
};

/* What moves the array of n numbers at `offset`, the layer's next one, as its gradient is made.
 * Lives as long as the update. */
struct muster_follow muster_update_follow(struct muster_update *update, size_t offset, size_t n);

/* What lies above a layer. */
struct muster_edge {
    size_t ld;
    float *value, *slope;   /* [batch in whole vectors][ld] each */
    int32_t *own;           /* [batch] used steps, where the layer makes another sequence */
    const int32_t *lengths; /* of the pass: own, the ones below, or NULL */
};

/* In struct muster_pass' `measured`, all over it before the pass. */
#define MUSTER_UNMEASURED (-1.0f)

struct muster_layer_class {
    const char *name;  /* as the result file says it */
    const char *gates; /* of recurrent ones: whose units its arrays' rows are, in order; or NULL */
    void (*forward)(const struct muster_layer *layer, const struct muster_layer_pass *pass);
    void (*backward)(const struct muster_layer *layer, const struct muster_layer_pass *pass);
    /* Fresh weights and state, both zeros so far; NULL where these are right. */
    void (*init)(const struct muster_layer *layer, struct muster_stream stream, float *weights,
                 float *state);
    /* The state follows what a pass measured of its rows; NULL: there is none. MUSTER_UNMEASURED
     * stands where it measured nothing. */
    void (*carry)(const struct muster_layer *layer, const float *measured, float *state);
    /* How many steps above come of so many used ones below; NULL: as many. For layers that make one
     * sequence of another. */
    size_t (*steps)(const struct muster_layer *layer, size_t steps);
};

/* An array of trainable numbers, or of state. `transposed`: kept with dims[0] as the last
 * dimension. `panels`: a matrix of two dimensions that is kept as linalg.h's panels of
 * [dims[1]][dims[0]]; `init` leaves it tight, and transposed or not. */
struct muster_slot {
    struct muster_net_array array;
    size_t offset; /* in the flat buffers */
    bool transposed;
    bool panels;
    bool state; /* in that of state: it is not trained */
};

enum { MUSTER_LAYER_SLOTS = 8 }; /* without a table of the layer's own */

/* Embedded first in each class' own struct. */
struct muster_layer {
    const struct muster_layer_class *class;
    size_t index;   /* on the chain */
    char *path;     /* owned: muster_net_layer_path */
    size_t from;    /* where the path of layers begins that leads to it: 0, or a branch's start */
    bool deep;      /* something before that is trained */
    bool below;     /* something below it is trained: slopes of x are wanted */
    bool raw;       /* x and lengths are the rows as they come in */
    size_t input;   /* raw: which of the inputs, for their lengths */
    bool whole;     /* rows above it have no lengths */
    size_t reads;   /* edge it takes x and lengths from, + 1; 0: the one below it */
    bool passes;    /* y is x: they share their place, and slopes do if x is from below */
    size_t in, out; /* floats a row */
    struct muster_shape shape; /* of a row above it */
    size_t n_slots;
    struct muster_slot *slots; /* `few`, or an array inside the class' own struct */
    struct muster_slot few[MUSTER_LAYER_SLOTS];
    /* Operations a row: forward, gradient of weights, gradient of x. */
    double flops_forward, flops_weights, flops_data;
};

/* Options that several kinds offer alike. */
#define MUSTER_ACTIVATION_OPTION                                                      \
    {                                                                                 \
        .name = "activation", .type = MUSTER_WORD, .standard = "relu",                \
        .registry = &muster_nn_activations, .help = "function applied to each output" \
    }
#define MUSTER_BIAS_OPTION                                       \
    {                                                            \
        .name = "bias", .type = MUSTER_BOOL, .standard = "true", \
        .help = "add a trainable constant"                       \
    }
#define MUSTER_NORM_OPTION(text)                                                              \
    {                                                                                         \
        .name = "norm", .type = MUSTER_WORD, .standard = "none", .words = "none|batch|layer", \
        .help = text                                                                          \
    }
#define MUSTER_DROPOUT_OPTION(text)                                                      \
    {                                                                                    \
        .name = "dropout", .type = MUSTER_REAL, .standard = "0", .low = 0, .high = 0.99, \
        .help = text                                                                     \
    }

/* For `add`: a zeroed layer of `size` bytes behind the last, whose output rows have `shape`; owned
 * by the network. */
enum muster_status muster_chain_add(struct muster_net *net, const struct muster_layer_class *class,
                                    size_t size, const struct muster_shape *shape,
                                    struct muster_layer **layer);
/* Shape of a row at the end of the chain so far, which `flatten` may rewrite. */
struct muster_shape *muster_chain_shape(struct muster_net *net);
size_t muster_chain_batch(const struct muster_net *net);
/* With MUSTER_NEXT_TOKEN no step may see later ones: layers that would refuse. */
enum muster_task muster_chain_task(const struct muster_net *net);
/* The vocabulary where the chain's end holds tokens, else 0. A layer that takes tokens sets it to 0
 * by adding itself; others refuse them. */
size_t muster_chain_vocabulary(const struct muster_net *net);
size_t muster_chain_layers(const struct muster_net *net);       /* how many there are so far */
struct muster_layer *muster_chain_last(struct muster_net *net); /* borrowed */
struct muster_layer *muster_chain_layer(struct muster_net *net, size_t index); /* borrowed */
/* Adds layers as a study lists them: for kinds that hold layers. */
enum muster_status muster_chain_list(struct muster_net *net, const struct muster_block *layers,
                                     size_t n);
/* A place for n floats in the flat parameter buffer, in the state and in the work space: whole
 * vectors. */
size_t muster_chain_weights(struct muster_net *net, size_t n);
size_t muster_chain_state(struct muster_net *net, size_t n);
size_t muster_chain_work(struct muster_net *net, size_t n);

/* Layers that families and the output are made of. */
enum muster_status muster_chain_dense(struct muster_net *net, size_t units,
                                      const struct muster_activation *activation, bool bias);
/* y = x W + b at each step of a sequence. `apart`: rows above it hold steps padded to whole
 * vectors, [steps][padded(units)], as only the loss can take them. */
enum muster_status muster_chain_pointwise(struct muster_net *net, size_t units, bool apart);
/* Adds to each step of a sequence what tells its place. */
enum muster_status muster_chain_positional(struct muster_net *net, bool learned);
/* Vectors in place of tokens; of `size` 0: as muster_embedding_size says. */
enum muster_status muster_chain_embedding(struct muster_net *net, size_t size, size_t levels);
/* Vectors in place of the n columns of codes at the end of a row. */
enum muster_status muster_chain_columns(struct muster_net *net, size_t n, const int64_t *levels);
/* Half the levels, at most 50: fast.ai's rule of thumb (Howard, Gugger, 2018). */
size_t muster_embedding_size(size_t levels);
enum muster_status muster_chain_activation(struct muster_net *net,
                                           const struct muster_activation *activation);
enum muster_status muster_chain_dropout(struct muster_net *net, double rate); /* 0 adds none */
enum muster_status muster_chain_batchnorm(struct muster_net *net);
/* With the activation in the same pass. */
enum muster_status muster_chain_batchnorm_then(struct muster_net *net,
                                               const struct muster_activation *activation);
enum muster_status muster_chain_layernorm(struct muster_net *net);

/* Skip connections (skip.c). Fork, the main layers, join: y = f(main + fork), of equal size. Or
 * fork, the layers of a side path, resume, the main layers, join: y = f(main + side). *fork is
 * borrowed from the network. */
enum muster_status muster_chain_fork(struct muster_net *net, struct muster_layer **fork);
enum muster_status muster_chain_resume(struct muster_net *net, struct muster_layer *fork);
enum muster_status muster_chain_join(struct muster_net *net, struct muster_layer *fork,
                                     const struct muster_activation *activation);

/* Branches (branch.c): paths of layers that start from the same place, or from an input each, and
 * whose ends a layer of its own brings together. On the chain they stand one behind the other:
 *     [fork], start, layers..., start, layers..., the layer that joins them
 * The fork is there unless branches take the rows as they come in; it hands its values to every
 * start, and adds their slopes up. */
struct muster_branching {
    size_t from; /* as those of the layers before them */
    bool deep;
    bool apart;                /* they take an input each */
    size_t group;              /* characters of the path's group before them */
    struct muster_shape shape; /* of what all take, or of several inputs */
    size_t vocabulary;
    struct muster_layer *fork; /* borrowed; NULL: none */
};
/* Of n branches. */
enum muster_status muster_chain_branch(struct muster_net *net, size_t n,
                                       struct muster_branching *branching);
/* The next branch; `input`: where there are several, which of them it takes. */
enum muster_status muster_chain_start(struct muster_net *net, struct muster_branching *branching,
                                      const char *name, size_t input);
/* Behind the last: the chain is where it was before them, for the layer that joins them. */
void muster_chain_gather(struct muster_net *net, const struct muster_branching *branching);
/* The inputs where the chain's end holds several, all of them apart; *n = 0: it does not. Borrowed.
 */
const struct muster_net_input *muster_chain_inputs(const struct muster_net *net, size_t *n);

/* ---- losses ---------------------------------------------------------------------------------
 *
 * What stands behind the output layer. z, d: [rows][ld], padded to whole vectors both ways; work:
 * 16 x ld floats. */

enum { MUSTER_LOSS_OPTIONS = 4 };

struct muster_loss_terms {
    double value[MUSTER_LOSS_OPTIONS]; /* parallel to the loss' options */
    float *class_weights;              /* [outputs] */
    double weights_sum;                /* of them */
    bool weighed;                      /* they are not all 1 */
};

struct muster_loss_rows {
    size_t rows, outputs, ld;
    float *work;
    const struct muster_loss_terms *terms;
};

struct muster_loss {
    struct muster_plugin plugin;
    enum muster_task task;
    const struct muster_loss *of_two; /* what it is for rows of one of two classes; NULL: nothing */
    /* d = slope of the loss at z; returns the sum over rows. z is left as it is. */
    double (*slope)(const struct muster_loss_rows *of, const float *z, struct muster_targets y,
                    float *d);
    /* out [rows][outputs], tight: the prediction. */
    void (*predict)(const struct muster_loss_rows *of, const float *z, float *out);
    /* Sum of losses of predictions [rows][outputs]; neither ld nor work are set. */
    double (*of_prediction)(const struct muster_loss_rows *of, const float *prediction,
                            struct muster_targets y);
};

/* Shared by losses of labels: declared alike in all. */
#define MUSTER_OPTION_LABEL_SMOOTHING                                                         \
    {                                                                                         \
        .name = "label_smoothing", .type = MUSTER_REAL, .standard = "0", .low = 0, .high = 1, \
        .help = "cross-entropies: share of each label spread over all classes, or 0 and 1"    \
    }

/* ---- the plug-ins themselves ---------------------------------------------------------------- */

#define X(name) extern const struct muster_activation muster_activation_##name;
#include "nn/activation_list.h"
#undef X
#define X(name) extern const struct muster_loss muster_loss_##name;
#include "nn/loss_list.h"
#undef X
#define X(name) extern const struct muster_layer_kind muster_layer_##name;
#include "nn/layer_list.h"
#undef X
#define X(name) extern const struct muster_optimizer_kind muster_optimizer_##name;
#include "nn/optimizer_list.h"
#undef X
#define X(name) extern const struct muster_schedule muster_schedule_##name;
#include "nn/schedule_list.h"
#undef X

#endif
