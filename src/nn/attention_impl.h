/* Multi-head self-attention over runs of points: what the layers `attention` and `transformer` are
 * made of (attention.c). */
#ifndef MUSTER_NN_ATTENTION_IMPL_H
#define MUSTER_NN_ATTENTION_IMPL_H

#include "nn/dropout_impl.h"
#include "nn/init_impl.h"
#include "nn/points_impl.h"

enum { ATTENTION_SLOTS = 4 }; /* weight_input, bias_input, weight_output, bias_output */

struct attention {
    size_t steps, width, heads;
    bool causal;
    struct muster_dropout dropout; /* of the weights of the steps */
    enum muster_init_rule init;
    struct muster_slot *slots; /* its four; borrowed from the layer */
    /* Work. Kept for backward, of the batch: */
    size_t inputs;  /* [batch steps][padded(3 width)]: queries, keys, values */
    bool keeps;     /* the weights of the steps */
    size_t weights; /* [batch][heads][steps][padded(steps)], where they are */
    size_t mixed;   /* [batch steps][padded(width)]: values of all heads by their weights */
    /* Of a run, a block of a head, and the matrices as products want them: */
    size_t slope_inputs, slope_mixed, square, values, input_packed, output_packed;
};

#define ATTENTION_OPTION_HEADS                                                        \
    {                                                                                 \
        .name = "heads", .type = MUSTER_INT, .standard = "4", .low = 1, .high = 1024, \
        .help = "mixtures side by side, each of its share of the numbers a step"      \
    }
#define ATTENTION_OPTION_CAUSAL                                                   \
    {                                                                             \
        .name = "causal", .type = MUSTER_BOOL, .standard = "false",               \
        .help = "no step sees later ones; always so where the task is next_token" \
    }

/* MUSTER_BAD_STUDY where the shape is no sequence whose numbers the heads divide. */
enum muster_status attention_check(const struct muster_block *block,
                                   const struct muster_shape *shape, size_t heads);

/* Fills in slots and work of one whose steps, width, heads and options are set. `points` of a run
 * at most. */
void attention_place(struct muster_net *net, struct attention *of, size_t points);
void attention_init(const struct attention *of, struct muster_stream stream, float *weights);
/* Operations a row, of forward, gradient of weights and gradient of x. */
void attention_count(const struct attention *of, struct muster_layer *layer);

/* Before the runs of a forward pass: packs matrices. */
void attention_begin_forward(const struct attention *of, const struct muster_layer_pass *pass);
/* Where bias_output lies among the weights. */
size_t attention_output_bias(const struct attention *of);

/* x, y: [points][padded(width)] of a run; y without bias_output. */
void attention_forward(const struct attention *of, const struct muster_layer_pass *pass,
                       const struct run *run, const float *x, float *y);

/* What attention_backward reads first: [points][padded(width)] of a run. */
const float *attention_mixed(const struct attention *of, const struct muster_layer_pass *pass,
                             const struct run *run);
/* Before the runs of a backward pass: packs transposed matrices, biases' gradients to zero. */
void attention_begin_backward(const struct attention *of, const struct muster_layer_pass *pass);
/* dx = the slope + `beta` dx, or NULL. Adds to the gradients; the first run sets those of matrices.
 */
void attention_backward(const struct attention *of, const struct muster_layer_pass *pass,
                        const struct run *run, const float *x, const float *dy, float beta,
                        float *dx);

/* ---- one head of one row (attention_head.c) ------------------------------------------------- */

/* One head of one row: q, k, v at x, x + width, x + 2 width. */
struct head {
    size_t n, size;    /* steps that are used, numbers a step */
    size_t width, ldx; /* of the inputs */
    size_t ldp, ldm;
    float scale;
    bool causal;
    const float *x;
    float *p, *mixed; /* kept [n][ldp], [n][ldm]; p NULL: it is made again */
    /* x and p of the head that comes next, for the processor to fetch; NULL: it need not. */
    const float *next_x, *next_p;
    size_t place; /* of p among all weights, for dropout */
};

/* Slopes of one head: of its part of `mixed`, and of q, k, v. */
struct slopes {
    const float *mixed;
    float *x;
    float *values; /* scratch: v transposed, in panels */
};

/* The slope of the scores of some queries, all [rows][ldp] but for what is said:
 *     slope = scale p (factors (dmixed values^T) - mean). */
struct attention_slope {
    size_t rows, seen, size;
    const float *dmixed; /* [rows][ldm], `size` each */
    size_t ldm;
    const float *values;      /* transposed in panels, [size][seen] */
    const float *p, *factors; /* factors NULL: 1 */
    size_t ldp;               /* whole panels */
    const float *mean;        /* [rows] */
    float scale;
    float *slope;
};
void attention_slope(const struct attention_slope *of);

/* Floats of a block's scratch. */
size_t attention_square(const struct attention *of);
void attention_head_forward(const struct attention *of, const struct muster_layer_pass *pass,
                            const struct head *head);
void attention_head_backward(const struct attention *of, const struct muster_layer_pass *pass,
                             const struct head *head, const struct slopes *d);

#endif
