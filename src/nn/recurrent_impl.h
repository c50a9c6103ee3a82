/* What rnn, lstm and gru have in common: a state that goes through the steps of a sequence, forth
 * or back. Each says what it makes of the sums at one step; the frame (recurrent*.c) does the rest.
 *
 * Rows are seen as PyTorch's packed sequences are: sorted by falling length, step by step, so that
 * the rows of a step stand one behind the other, those that still go on at its front, and nothing
 * is computed, or even read, behind a row's last used step. Buffers [places] below have one row for
 * each step of each row, places starts[t] .. starts[t + 1] for step t. */
#ifndef MUSTER_NN_RECURRENT_IMPL_H
#define MUSTER_NN_RECURRENT_IMPL_H

#include "nn/init_impl.h"

enum { RECURRENT_DIRECTIONS = 2, RECURRENT_SLOTS = 4 };

/* One step of one direction: its rows, in arrays [rows][units] unless said, units being whole
 * vectors. Sums are without their bias. */
struct recurrent_step {
    size_t rows, units;
    float *gates; /* [rows][blocks][units]: the sums; forward leaves there what backward needs, and
                     backward the slopes of the sums */
    const float *bias;   /* [blocks][units] */
    float *bias_slopes;  /* [blocks][units]: backward adds the sums over the rows */
    const float *before; /* [rows][ld_state] the state this step starts from */
    float *after;        /* [rows][ld_state] and ends in */
    size_t ld_state;
    const float *cell_before; /* of a cell that has a second state */
    float *cell_after;
    float *cell_tanh; /* of cell_after, for backward */
    float *dh; /* slope of the state after; where x and state have sums apart, backward leaves
                  what of it reaches the state before other than through these */
    float *dc; /* slope of the second state after, then of the one before */
};

/* What makes rnn, lstm and gru differ. */
struct recurrent_cell {
    struct muster_layer_class class; /* first: a layer's class leads here */
    size_t gates;                    /* sums a unit, in PyTorch's order */
    /* The last gate takes the sums of x and of the state apart (gru). A place then has a block
     * more: that gate's sum of x, the other gates, that gate's sum of the state, so that what x
     * makes lies side by side and what the state makes as well. */
    bool apart;
    bool second; /* it has a second state */
    float bias;  /* fresh value of the second gate's bias */
    bool rectifier;
    void (*forward)(const struct recurrent_step *step);
    void (*backward)(const struct recurrent_step *step);
};

struct recurrent {
    struct muster_layer base;
    bool all; /* a state for each step, not the last one alone */
    size_t directions;
    size_t steps, in, units;
    size_t lanes;   /* units in whole vectors */
    size_t blocks;  /* of a place's gates */
    size_t ld;      /* of a place's x and state, side by side */
    size_t at_once; /* places that the gradient of the weights is taken from, if no step has more */
    enum muster_init_rule rule;
    size_t order, starts; /* work, int32: rows by falling length; first place of each step */
    /* Work, packed: what x and state side by side are multiplied by, [in + units][gates or one
     * less][lanes], and where there are sums apart x alone, [in][lanes], and the state alone,
     * [units][lanes]; for the slopes of x [gates][lanes][in] and of the state
     * [gates][lanes][units]. */
    size_t of_both, of_x, of_state, slope_of_x, slope_of_state;
    size_t plain;       /* work: these before they are packed */
    size_t slopes;      /* work: [gates][lanes][ld], gradients of both, blocks as these have them */
    size_t bias;        /* work: [blocks][lanes] */
    size_t bias_slopes; /* work: [blocks][lanes] */
    size_t dh, dc;      /* work: [batch][lanes] */
    size_t dx;          /* work: [at_once or more][in in whole vectors] */
    struct recurrent_way {
        size_t both;            /* work: [places + batch][ld]: x, and the state before the step */
        size_t gates;           /* work: [places][blocks][lanes] */
        size_t cell, cell_tanh; /* work: [places + batch][lanes], [places][lanes] */
    } way[RECURRENT_DIRECTIONS];
};

static inline const struct recurrent *recurrent_of(const struct muster_layer *layer)
{
    return (const struct recurrent *)layer;
}

static inline const struct recurrent_cell *recurrent_cell_of(const struct recurrent *self)
{
    return (const struct recurrent_cell *)self->base.class;
}

/* The block of what x makes of gate g. What the state makes of it is block g of those from `apart`
 * on. */
static inline size_t recurrent_block(const struct recurrent_cell *cell, size_t g)
{
    return cell->apart ? (g + 1) % cell->gates : g;
}

/* recurrent.c: adds a block's layers to the chain. */
enum muster_status recurrent_add(struct muster_net *net, const struct muster_block *block,
                                 const struct recurrent_cell *cell);
void recurrent_init(const struct muster_layer *layer, struct muster_stream stream, float *weights,
                    float *state);

/* recurrent_pass.c */
void recurrent_forward(const struct muster_layer *layer, const struct muster_layer_pass *pass);
void recurrent_backward(const struct muster_layer *layer, const struct muster_layer_pass *pass);

/* recurrent_rows.c: rows in and out of their places. */
struct recurrent_places {
    const int32_t *order;  /* [rows] */
    const int32_t *starts; /* [steps + 1] */
    size_t steps;          /* that any row uses */
};
struct recurrent_places recurrent_places(const struct recurrent *self,
                                         const struct muster_layer_pass *pass);
/* Sets them by the rows' lengths. */
void recurrent_place(const struct recurrent *self, const struct muster_layer_pass *pass);
void recurrent_take_x(const struct recurrent *self, const struct muster_layer_pass *pass,
                      const struct recurrent_places *at, size_t way);
/* The slopes in work of the x of steps from .. to; `more`: added to those that are there. */
void recurrent_give_dx(const struct recurrent *self, const struct muster_layer_pass *pass,
                       const struct recurrent_places *at, size_t from, size_t to, bool more);
/* What is seen above of the states after step t, `after` [rows][ld]. */
void recurrent_give_y(const struct recurrent *self, const struct muster_layer_pass *pass,
                      const struct recurrent_places *at, size_t way, size_t t, const float *after);
/* Adds the slopes of these to dh. */
void recurrent_take_dy(const struct recurrent *self, const struct muster_layer_pass *pass,
                       const struct recurrent_places *at, size_t way, size_t t, float *dh);
/* Zeros behind the used ones of `steps` steps, `width` floats each, in rows [rows][ld]. */
void recurrent_clear(const struct muster_layer_pass *pass, size_t steps, size_t width, float *rows,
                     size_t ld);

/* recurrent_weights.c: the arrays of a direction in the forms that the products want. */
void recurrent_spread(const struct recurrent *self, const struct muster_layer_pass *pass,
                      size_t way);
void recurrent_spread_back(const struct recurrent *self, const struct muster_layer_pass *pass,
                           size_t way);
/* Their gradients out of these forms. */
void recurrent_collect(const struct recurrent *self, const struct muster_layer_pass *pass,
                       size_t way);

/* ---- for a cell's file to put its function in ----------------------------------------------- */

/* The loop of backward: `slopes` stores those of row r and the units from j on, and adds them to
 * the sums that are the bias' slopes. Some rows go together, so that these sums are fetched less
 * often, and what the next ones need is fetched ahead: so many streams no processor foresees. */
enum { RECURRENT_TOGETHER = 4 };

VECTOR_INLINE void recurrent_backward_rows(const struct recurrent_step *s, size_t blocks,
                                           void (*slopes)(const struct recurrent_step *s, size_t r,
                                                          size_t j, vfloat sums[4]))
{
    for (size_t first = 0; first < s->rows; first += RECURRENT_TOGETHER) {
        const size_t end =
            first + RECURRENT_TOGETHER < s->rows ? first + RECURRENT_TOGETHER : s->rows;
        for (size_t j = 0; j < s->units; j += LANES) {
            vfloat sums[4] = {{0}};
            for (size_t r = first; r < end; r++) {
#pragma GCC unroll 4
                for (size_t k = 0; k < blocks; k++)
                    __builtin_prefetch(
                        s->gates + ((r + RECURRENT_TOGETHER) * blocks + k) * s->units + j, 1);
                slopes(s, r, j, sums);
            }
#pragma GCC unroll 4
            for (size_t k = 0; k < blocks; k++) {
                float *to = s->bias_slopes + k * s->units + j;
                vstore(to, vload(to) + sums[k]);
            }
        }
    }
}

/* As families. */
#define RECURRENT_RANGES                                           \
    "{layers: {int: [1, 3]}, units: {int: [16, 256], log: true}, " \
    "bidirectional: {choice: [false, true]}, dropout: {float: [0, 0.5]}}"

#define RECURRENT_OPTIONS                                                                        \
    {.name = "units",                                                                            \
     .type = MUSTER_INT,                                                                         \
     .standard = "64",                                                                           \
     .low = 1,                                                                                   \
     .high = 65536,                                                                              \
     .help = "size of the state, in each direction"},                                            \
        {.name = "layers",                                                                       \
         .type = MUSTER_INT,                                                                     \
         .standard = "1",                                                                        \
         .low = 1,                                                                               \
         .high = 100,                                                                            \
         .help = "stacked layers, each over all steps of the one before"},                       \
        {.name = "bidirectional",                                                                \
         .type = MUSTER_BOOL,                                                                    \
         .standard = "false",                                                                    \
         .help = "also go from the last used step back to the first; states side by side"},      \
        {.name = "output",                                                                       \
         .type = MUSTER_WORD,                                                                    \
         .standard = "last",                                                                     \
         .words = "last|all",                                                                    \
         .help = "the state after the last used step, or after each (a sequence); always the "   \
                 "latter where the task is next_token"},                                         \
        {.name = "dropout",                                                                      \
         .type = MUSTER_REAL,                                                                    \
         .standard = "0",                                                                        \
         .low = 0,                                                                               \
         .high = 0.99,                                                                           \
         .help = "share of states set to zero in training, between stacked layers"},             \
    {                                                                                            \
        .name = "init", .type = MUSTER_WORD, .standard = "auto", .words = MUSTER_INIT_WORDS,     \
        .help = "how weights start; auto: of x by Glorot (He for relu), of the state orthogonal" \
    }

#endif
