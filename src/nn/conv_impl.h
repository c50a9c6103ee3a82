/* What convolutions are made of: the geometry of windows, plans of sums over windows, and the
 * kernels that compute them. */
#ifndef MUSTER_NN_CONV_IMPL_H
#define MUSTER_NN_CONV_IMPL_H

#include "nn/init_impl.h"
#include "nn/window_impl.h"

/* ---- kernels ---------------------------------------------------------------------------------
 *
 * A point's window is a number of runs, each of `run` numbers side by side, at offsets from where
 * the point lies; so no window is ever copied out. Weights are cut into panels of conv_width
 * columns: [1 + runs * run][conv_width], the first row being what a sum starts from. */

extern const size_t conv_width;

struct conv_windows {
    size_t points, runs, run, bands;
    const uint32_t *in;           /* [points]: where they lie in x */
    const uint32_t *out;          /* [points]: where their sums go in y */
    const uint32_t *offset;       /* [runs] */
    const struct conv_band *band; /* [bands]: of all points, one behind the other */
};

/* Points whose windows meet padding alike: but for the places `from` to `to` of `runs` runs from
 * `first` on, they read zeros, and these are left out. */
struct conv_band {
    uint32_t points, first, runs, from, to;
};

/* y[out[p] + j] = panel[0][j] + sum over the window of x[in[p] + ...] panel[1 + ...][j], for the
 * first `columns` (at most conv_width) of a panel's columns; `rectify`: 0 where it is below. */
void conv_sums(const struct conv_windows *windows, const float *x, const float *panel, float *y,
               size_t columns, bool rectify);

/* The gradient of a panel's weights [runs * run][conv_width], tight, of which
 * `columns` count, from the slopes d [points][conv_width]: g[k][j] += sum over points of x[in[p] +
 * window's k-th] d[p][j]. */
void conv_products(const struct conv_windows *windows, const float *x, const float *d, float *g,
                   size_t columns);

/* d [points][conv_width] = the first `columns` of dy from out[p] on, and zeros; their sums over the
 * points are added to sums [conv_width]. */
void conv_take_slopes(const struct conv_windows *windows, const float *dy, size_t columns, float *d,
                      float *sums);

/* ---- plans -----------------------------------------------------------------------------------
 *
 * The forward pass is one plan. The slopes at x are one for each pair of phases of the strides: the
 * points that the same places of the kernel reach. */

/* A row [h][w][channels] within its padding, [height][width][channels]. */
struct conv_halo {
    size_t h, w, channels, top, left, height, width;
    size_t work; /* where it is kept, padding zero; not used where a row can stay as it is */
};

struct conv_plan {
    struct conv_windows windows;
    size_t taps;         /* places of the kernel, neighbours in one run where they can be */
    const uint32_t *tap; /* [taps]: which ones */
    size_t panels;       /* work: of all groups one behind the other */
};

/* Everything that does not change from pass to pass. */
struct conv_shape {
    struct window window;
    size_t filters, groups;
    struct conv_halo below, above; /* x; the slopes of y */
    size_t n_plans;                /* forward, and the phases */
};

/* Sets the shape from its window; returns how many uint32_t its plans' tables take. */
size_t conv_shape_complete(struct conv_shape *shape);
/* plans [n_plans] with their tables. */
void conv_plans_fill(const struct conv_shape *shape, struct conv_plan *plans, uint32_t *tables);

/* ---- the layer ------------------------------------------------------------------------------ */

struct conv {
    struct muster_layer base;
    struct conv_shape shape;
    const struct muster_activation *activation;
    enum muster_init_rule rule;
    bool rectifier;
    bool rectified; /* the layer above finishes the slope */
    bool bias;
    size_t gradients;        /* work: as the panels of the forward plan */
    size_t slope;            /* work: [batch][ldy], where the activation keeps it */
    struct conv_plan *plans; /* [shape.n_plans], behind this struct, and then their tables */
};

/* Inputs and outputs of a group, in the direction of a plan. */
struct conv_sides {
    size_t from, to;
};
struct conv_sides conv_sides_of(const struct conv *conv, bool forward);

/* Floats of one panel of a plan, and of all of them. */
size_t conv_panel_size(const struct conv_plan *plan, struct conv_sides sides);
size_t conv_panels_size(const struct conv *conv, const struct conv_plan *plan);
/* Fills the panels of a plan from the weights; sets the gradients from theirs. */
void conv_pack(const struct conv *conv, const struct conv_plan *plan,
               const struct muster_layer_pass *pass);
void conv_unpack(const struct conv *conv, const struct muster_layer_pass *pass);

struct muster_conv {
    struct window_options window;
    size_t filters, groups;
    const struct muster_activation *activation;
    bool bias;
    bool rectifier; /* follows, if the activation is none */
    int64_t rule;   /* enum muster_init_rule */
};

enum muster_status muster_chain_conv(struct muster_net *net, const struct muster_conv *conv);
/* Where the last layer so far is a convolution that rectifies, the one to come, which is all that
 * reads it, may take that over on the way back: the slopes it hands down are then 0 where x is not
 * above 0. */
bool muster_chain_conv_rectified(struct muster_net *net);

/* Of the options that both kinds have. */
extern const struct muster_option muster_conv_options[];
enum muster_status muster_conv_add(struct muster_net *net, const struct muster_block *block,
                                   enum window_over over);

#endif
