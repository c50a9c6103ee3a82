/* A transformer encoder block as PyTorch's TransformerEncoderLayer, [t][c] -> [t][c]:
 *     post (Vaswani et al., NIPS 2017)        s = norm1(x + attention(x)), y = norm2(s + f(s))
 *     pre (Xiong et al., arXiv 2002.04745)    s = x + attention(norm1(x)), y = s + f(norm2(s))
 *     f(s) = activation(s W_linear1 + b_linear1) W_linear2 + b_linear2
 * with dropout of the attention's weights, behind the activation and before both sums.
 *
 * One class and not a chain of its parts: a run of points goes through all of them while it is in
 * cache, sums and normalisations are one pass, and slopes of the residuals are what the products
 * add to. Kept for backward are the inputs of the normalisations and of the products, and the
 * attention's weights; what a pass over a run makes of these is made again. */
#include "nn/transformer_impl.h"

#include "muster/linalg.h"

/* A run on its way: where its parts lie. */
struct at {
    const struct transformer *block;
    const struct muster_layer_pass *pass;
    struct run run;
    size_t ld, ldh;
    const float *x;
    float *first, *second, *moments1, *moments2, *active, *slope;
    float *normal, *part, *sum, *wide, *thin;
};

static struct at at_run(const struct transformer *block, const struct muster_layer_pass *pass,
                        size_t row)
{
    const size_t ld = padded(block->width), ldh = padded(block->hidden), from = row * block->steps;
    float *work = pass->work;
    return (struct at){
        .block = block,
        .pass = pass,
        .run = points_run(pass, block->steps, row, block->rows),
        .ld = ld,
        .ldh = ldh,
        .first = work + block->first + from * ld,
        .second = work + block->second + from * ld,
        .moments1 = work + block->moments1 + 2 * from,
        .moments2 = work + block->moments2 + 2 * from,
        .active = work + block->active + from * ldh,
        .slope = work + block->slope + from * ldh,
        .normal = work + block->normal,
        .part = work + block->part,
        .sum = work + block->sum,
        .wide = work + block->wide,
        .thin = work + block->thin,
    };
}

static struct points side_of(const struct transformer *self, const struct muster_layer_pass *pass,
                             const float *edge, bool above)
{
    return (struct points){.edge = (float *)edge,
                           .ld = above ? pass->ldy : pass->ldx,
                           .steps = self->steps,
                           .stride = self->width,
                           .n = self->width,
                           .copy = pass->work + (above ? self->above : self->below)};
}

static const float *weights_of(const struct at *at, size_t slot)
{
    return at->pass->weights + at->block->slots[slot].offset;
}

static float *gradients_of(const struct at *at, size_t slot)
{
    return at->pass->gradients + at->block->slots[slot].offset;
}

/* ---- dropout -------------------------------------------------------------------------------- */

/* NULL where nothing is dropped. */
static const float *factors_of(const struct at *at, size_t site, size_t ld)
{
    const struct muster_dropout *rule = &at->block->dropout[site];
    float *factors = at->pass->work + at->block->factors;
    if (rule->threshold == 0 || at->pass->random == NULL)
        return NULL;
    const size_t point = (at->pass->random->first_row + at->run.row) * at->block->steps;
    muster_dropout_factors(rule, at->pass->random, point * ld, at->run.points * ld, factors);
    return factors;
}

/* x itself, or in `to` what dropout leaves of it. */
static const float *dropped(const struct at *at, size_t site, size_t ld, const float *x, float *to)
{
    const float *factors = factors_of(at, site, ld);
    if (factors == NULL)
        return x;
    for (size_t k = 0; k < at->run.points * ld; k += LANES)
        vstore(to + k, vload(x + k) * vload(factors + k));
    return to;
}

/* ---- forward -------------------------------------------------------------------------------- */

static struct residual norm_of(const struct at *at, bool second)
{
    return (struct residual){
        .points = at->run.points,
        .width = at->block->width,
        .s = second ? at->second : at->first,
        .weight = weights_of(at, second ? WEIGHT_NORM2 : WEIGHT_NORM1),
        .bias_norm = weights_of(at, second ? BIAS_NORM2 : BIAS_NORM1),
        .moments = second ? at->moments2 : at->moments1,
        .y = at->normal,
    };
}

/* active = activation(linear1(normal)). */
static void feed_hidden(const struct at *at)
{
    const struct transformer *self = at->block;
    const size_t points = at->run.points;
    const float *packed = at->pass->work + self->linear1_packed;
    if (self->activation == &muster_activation_relu) {
        const float *bias = weights_of(at, BIAS_LINEAR1);
        muster_sgemm_packed_finish(points, self->hidden, self->width, at->normal, at->ld, packed,
                                   at->active, at->ldh,
                                   &(struct muster_finish){.bias = bias, .rectify = true});
        return;
    }
    muster_sgemm_packed(points, self->hidden, self->width, 1.0f, at->normal, at->ld, packed, 0.0f,
                        at->active, at->ldh);
    self->activation->forward(&(struct muster_forward_strip){
        .rows = points,
        .n = self->hidden,
        .x = at->active,
        .ldx = at->ldh,
        .bias = weights_of(at, BIAS_LINEAR1),
        .y = at->active,
        .ldy = at->ldh,
        .slope = self->activation->keeps_slope && at->pass->random != NULL ? at->slope : NULL,
    });
}

/* part = linear2(dropout(active)), without its bias. */
static void feed_forward(const struct at *at)
{
    const struct transformer *self = at->block;
    const size_t points = at->run.points;
    feed_hidden(at);
    const float *left = dropped(at, BEHIND_ACTIVATION, at->ldh, at->active, at->thin);
    muster_sgemm_packed(points, self->width, self->hidden, 1.0f, left, at->ldh,
                        at->pass->work + self->linear2_packed, 0.0f, at->part, at->ld);
}

static void run_forward(const struct at *at, float *y)
{
    const bool pre = at->block->pre;
    struct residual join = norm_of(at, false);
    if (pre) {
        join.x = at->x;
        residual_forward(&join);
        join = norm_of(at, true);
    }
    attention_forward(&at->block->attention, at->pass, &at->run, pre ? at->normal : at->x,
                      at->part);
    join.x = at->x;
    join.a = at->part;
    join.bias = weights_of(at, BIAS_OUTPUT);
    join.factors = factors_of(at, BEHIND_ATTENTION, at->ld);
    residual_forward(&join);
    feed_forward(at);
    join = norm_of(at, true);
    join.x = pre ? at->second : at->normal;
    join.a = at->part;
    join.bias = weights_of(at, BIAS_LINEAR2);
    join.factors = factors_of(at, BEHIND_LINEAR2, at->ld);
    join.s = pre ? y : at->second;
    join.y = pre ? NULL : y;
    residual_forward(&join);
}

/* Weights are kept [in][out], as forward multiplies by them. */
static void pack(const struct transformer *self, const struct muster_layer_pass *pass,
                 bool transposed)
{
    const size_t width = self->width, hidden = self->hidden;
    muster_spack(transposed, transposed ? hidden : width, transposed ? width : hidden,
                 pass->weights + self->slots[WEIGHT_LINEAR1].offset, hidden,
                 pass->work + self->linear1_packed);
    muster_spack(transposed, transposed ? width : hidden, transposed ? hidden : width,
                 pass->weights + self->slots[WEIGHT_LINEAR2].offset, width,
                 pass->work + self->linear2_packed);
}

void transformer_forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct transformer *self = (const struct transformer *)layer;
    const struct points x = side_of(self, pass, pass->x, false);
    const struct points y = side_of(self, pass, pass->y, true);
    attention_begin_forward(&self->attention, pass);
    pack(self, pass, false);
    for (size_t row = 0; row < pass->rows;) {
        struct at at = at_run(self, pass, row);
        at.x = points_load(&x, &at.run);
        run_forward(&at, points_place(&y, &at.run));
        points_store(&y, &at.run);
        row += at.run.rows;
    }
}

/* ---- backward ------------------------------------------------------------------------------- */

/* What the part that comes behind a normalisation's way back reads first; NULL: it is there. */
static const float *wanted_behind(const struct at *at, bool second, size_t *ld)
{
    const bool feeds = second && !at->block->pre;
    *ld = feeds ? at->ldh : at->ld;
    if (second != at->block->pre)
        return feeds ? at->active : NULL;
    return attention_mixed(&at->block->attention, at->pass, &at->run);
}

/* to = (slope of s, whose normal has the slope dy) + plus. */
static void norm_backward(const struct at *at, bool second, const float *s, const float *dy,
                          const float *plus, float *to)
{
    struct residual_slope of = {
        .points = at->run.points,
        .width = at->block->width,
        .s = s,
        .moments = second ? at->moments2 : at->moments1,
        .weight = weights_of(at, second ? WEIGHT_NORM2 : WEIGHT_NORM1),
        .dy = dy,
        .plus = plus,
        .ds = to,
        .of_weight = gradients_of(at, second ? WEIGHT_NORM2 : WEIGHT_NORM1),
        .of_bias = gradients_of(at, second ? BIAS_NORM2 : BIAS_NORM1),
    };
    of.soon = wanted_behind(at, second, &of.ld_soon);
    residual_backward(&of);
}

/* normal = the normalised s once more. */
static void normalise_again(const struct at *at, bool second, const float *s)
{
    struct residual norm = norm_of(at, second);
    norm.s = (float *)s;
    residual_normalise(&norm);
}

/* Gradient of a weight kept [in][out], which the first run sets. */
static void gradient_of(const struct at *at, size_t slot, size_t in, const float *x, size_t out,
                        const float *dy)
{
    muster_sgemm(true, false, in, out, at->run.points, 1.0f, x, padded(in), dy, padded(out),
                 at->run.row == 0 ? 0.0f : 1.0f, gradients_of(at, slot), out);
}

/* wide = slope before the activation, of dpart; bias [hidden] its sums over the points. */
static void hidden_slope(const struct at *at, const float *dpart, float *bias)
{
    const struct transformer *self = at->block;
    const size_t points = at->run.points;
    const float *packed = at->pass->work + self->linear2_packed;
    if (self->activation == &muster_activation_relu &&
        self->dropout[BEHIND_ACTIVATION].threshold == 0) {
        muster_sgemm_packed_finish(
            points, self->hidden, self->width, dpart, at->ld, packed, at->wide, at->ldh,
            &(struct muster_finish){.kept = at->active, .ldk = at->ldh, .sums = bias});
        return;
    }
    muster_sgemm_packed(points, self->hidden, self->width, 1.0f, dpart, at->ld, packed, 0.0f,
                        at->wide, at->ldh);
    dropped(at, BEHIND_ACTIVATION, at->ldh, at->wide, at->wide);
    self->activation->backward(&(struct muster_backward_strip){
        .rows = points,
        .n = self->hidden,
        .ld = at->ldh,
        .kept = self->activation->keeps_slope ? at->slope : at->active,
        .dy = at->wide,
        .dx = at->wide,
        .bias_gradient = bias,
    });
}

/* wide = slope before the activation, of dpart. */
static void activation_backward(const struct at *at, const float *dpart)
{
    const struct transformer *self = at->block;
    float *bias = at->pass->work + self->bias;
    const float *left = dropped(at, BEHIND_ACTIVATION, at->ldh, at->active, at->thin);
    points_sum(at->run.points, self->width, dpart, at->ld, gradients_of(at, BIAS_LINEAR2));
    gradient_of(at, WEIGHT_LINEAR2, self->hidden, left, self->width, dpart);
    hidden_slope(at, dpart, bias);
    points_sum(1, self->hidden, bias, at->ldh, gradients_of(at, BIAS_LINEAR1));
}

/* dnormal = slope of the feed-forward part's input + beta dnormal. */
static void feed_backward(const struct at *at, const float *dy, float beta, float *dnormal)
{
    const struct transformer *self = at->block;
    activation_backward(at, dropped(at, BEHIND_LINEAR2, at->ld, dy, at->part));
    gradient_of(at, WEIGHT_LINEAR1, self->width, at->normal, self->hidden, at->wide);
    muster_sgemm_packed(at->run.points, self->width, self->hidden, 1.0f, at->wide, at->ldh,
                        at->pass->work + self->linear1_packed, beta, dnormal, at->ld);
}

static void pre_backward(const struct at *at, const float *dy, float *dx)
{
    normalise_again(at, true, at->second);
    feed_backward(at, dy, 0.0f, at->part);
    norm_backward(at, true, at->second, at->part, dy, at->sum);
    normalise_again(at, false, at->x);
    attention_backward(&at->block->attention, at->pass, &at->run, at->normal,
                       dropped(at, BEHIND_ATTENTION, at->ld, at->sum, at->part), 0.0f, at->part);
    norm_backward(at, false, at->x, at->part, at->sum, dx != NULL ? dx : at->sum);
}

static void post_backward(const struct at *at, const float *dy, float *dx)
{
    float *sum = dx != NULL ? dx : at->sum;
    norm_backward(at, true, at->second, dy, NULL, at->sum);
    normalise_again(at, false, at->first);
    feed_backward(at, at->sum, 1.0f, at->sum);
    norm_backward(at, false, at->first, at->sum, NULL, sum);
    attention_backward(&at->block->attention, at->pass, &at->run, at->x,
                       dropped(at, BEHIND_ATTENTION, at->ld, sum, at->part), 1.0f, dx);
}

static void begin_backward(const struct transformer *self, const struct muster_layer_pass *pass)
{
    attention_begin_backward(&self->attention, pass);
    pack(self, pass, true);
    for (size_t i = BIAS_LINEAR1; i < SLOTS; i++)
        if (i != WEIGHT_LINEAR2)
            memset(pass->gradients + self->slots[i].offset, 0,
                   padded(self->slots[i].array.dims[0]) * sizeof *pass->gradients);
}

void transformer_backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct transformer *self = (const struct transformer *)layer;
    const struct points x = side_of(self, pass, pass->x, false);
    const struct points dy = side_of(self, pass, pass->dy, true);
    struct points dx = side_of(self, pass, pass->dx, true); /* x stays in its copy till the end */
    dx.ld = pass->ldx;
    begin_backward(self, pass);
    for (size_t row = 0; row < pass->rows;) {
        struct at at = at_run(self, pass, row);
        const float *slope = points_load(&dy, &at.run);
        at.x = points_load(&x, &at.run);
        (self->pre ? pre_backward : post_backward)(
            &at, slope, pass->dx != NULL ? points_place(&dx, &at.run) : NULL);
        if (pass->dx != NULL)
            points_store(&dx, &at.run);
        row += at.run.rows;
    }
}
