/* Recurrent layers: the passes through time.
 *
 * x and the state of a step stand side by side, so that one product makes a gate's sum of both; the
 * gradient of the weights is taken over some steps at a time, while their slopes are still in the
 * cache. */
#include "nn/recurrent_impl.h"

#include "muster/linalg.h"

#include <string.h>

/* One direction of a pass. */
struct journey {
    const struct recurrent *self;
    const struct recurrent_cell *cell;
    const struct muster_layer_pass *pass;
    struct recurrent_places at;
    size_t way;
};

static struct journey journey_of(const struct recurrent *self, const struct muster_layer_pass *pass,
                                 size_t way)
{
    return (struct journey){self, recurrent_cell_of(self), pass, recurrent_places(self, pass), way};
}

static size_t rows_of(const struct journey *of, size_t t)
{
    return (size_t)(of->at.starts[t + 1] - of->at.starts[t]);
}

/* The k-th step that the direction comes to. */
static size_t step_of(const struct journey *of, size_t k)
{
    return of->way == 0 ? k : of->at.steps - 1 - k;
}

/* The place of the states after the k-th step: those before the next one, which has fewer rows when
 * going forth; what stands there for the others is overwritten before it is read. After the last
 * step it is behind all places. */
static size_t place_after(const struct journey *of, size_t k)
{
    return (size_t)of->at.starts[k + 1 < of->at.steps ? step_of(of, k + 1) : of->at.steps];
}

static struct recurrent_step step_at(const struct journey *of, size_t k)
{
    const struct recurrent *self = of->self;
    const struct recurrent_way *way = &self->way[of->way];
    const size_t t = step_of(of, k), place = (size_t)of->at.starts[t];
    const size_t after = place_after(of, k);
    float *work = of->pass->work;
    return (struct recurrent_step){
        .rows = rows_of(of, t),
        .units = self->lanes,
        .gates = work + way->gates + place * self->blocks * self->lanes,
        .bias = work + self->bias,
        .bias_slopes = work + self->bias_slopes,
        .before = work + way->both + place * self->ld + self->in,
        .after = work + way->both + after * self->ld + self->in,
        .ld_state = self->ld,
        .cell_before = work + way->cell + place * self->lanes,
        .cell_after = work + way->cell + after * self->lanes,
        .cell_tanh = work + way->cell_tanh + place * self->lanes,
        .dh = work + self->dh,
        .dc = work + self->dc,
    };
}

/* ---- forward -------------------------------------------------------------------------------- */

/* Zero states for the rows of the k-th step that have come to no step before it. */
static void start_rows(const struct journey *of, size_t k)
{
    const struct recurrent *self = of->self;
    const struct recurrent_way *way = &self->way[of->way];
    const size_t t = step_of(of, k), place = (size_t)of->at.starts[t], rows = rows_of(of, t);
    for (size_t i = k > 0 ? rows_of(of, step_of(of, k - 1)) : 0; i < rows; i++) {
        memset(of->pass->work + way->both + (place + i) * self->ld + self->in, 0,
               self->lanes * sizeof(float));
        if (of->cell->second)
            memset(of->pass->work + way->cell + (place + i) * self->lanes, 0,
                   self->lanes * sizeof(float));
    }
}

static void multiply(const struct journey *of, const struct recurrent_step *step)
{
    const struct recurrent *self = of->self;
    const size_t n = (of->cell->gates - of->cell->apart) * self->lanes, in = self->in;
    const size_t ld = self->blocks * self->lanes;
    const float *work = of->pass->work, *both = step->before - in;
    float *to = step->gates;
    if (of->cell->apart) {
        muster_sgemm_packed(step->rows, self->lanes, in, 1.0f, both, self->ld, work + self->of_x,
                            0.0f, to, ld);
        to += self->lanes;
    }
    muster_sgemm_packed(step->rows, n, in + self->units, 1.0f, both, self->ld, work + self->of_both,
                        0.0f, to, ld);
    if (of->cell->apart)
        muster_sgemm_packed(step->rows, self->lanes, self->units, 1.0f, both + in, self->ld,
                            work + self->of_state, 0.0f, to + n, ld);
}

void recurrent_forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct recurrent *self = recurrent_of(layer);
    recurrent_place(self, pass);
    recurrent_clear(pass, self->all ? self->steps : 1, self->directions * self->units, pass->y,
                    pass->ldy);
    for (size_t way = 0; way < self->directions; way++) {
        const struct journey journey = journey_of(self, pass, way);
        recurrent_spread(self, pass, way);
        recurrent_take_x(self, pass, &journey.at, way);
        for (size_t k = 0; k < journey.at.steps; k++) {
            const struct recurrent_step step = step_at(&journey, k);
            start_rows(&journey, k);
            multiply(&journey, &step);
            journey.cell->forward(&step);
            recurrent_give_y(self, pass, &journey.at, way, step_of(&journey, k), step.after);
        }
    }
}

/* ---- backward ------------------------------------------------------------------------------- */

/* Slopes of the states after the k-th step: what has come from the one after it is there, zero for
 * the rows that do not go on. */
static void take_slopes(const struct journey *of, size_t k, const struct recurrent_step *step)
{
    const struct recurrent *self = of->self;
    const size_t t = step_of(of, k);
    const size_t next = k + 1 < of->at.steps ? rows_of(of, step_of(of, k + 1)) : 0;
    if (next < step->rows) {
        const size_t size = (step->rows - next) * self->lanes * sizeof(float);
        memset(step->dh + next * self->lanes, 0, size);
        if (of->cell->second)
            memset(step->dc + next * self->lanes, 0, size);
    }
    recurrent_take_dy(self, of->pass, &of->at, of->way, t, step->dh);
}

/* Slopes of the states before the k-th step, for rows that had any. */
static void slope_of_state(const struct journey *of, size_t k, const struct recurrent_step *step)
{
    const struct recurrent *self = of->self;
    const size_t sums = of->cell->gates * self->lanes;
    size_t rows = k > 0 ? rows_of(of, step_of(of, k - 1)) : 0;
    rows = rows < step->rows ? rows : step->rows;
    if (rows > 0)
        muster_sgemm_packed(rows, self->units, sums, 1.0f,
                            step->gates + of->cell->apart * self->lanes, self->blocks * self->lanes,
                            of->pass->work + self->slope_of_state, of->cell->apart ? 1.0f : 0.0f,
                            step->dh, self->lanes);
}

/* Adds what steps from .. to contribute to the gradients of the weights. */
static void slope_of_weights(const struct journey *of, size_t from, size_t to)
{
    const struct recurrent *self = of->self;
    const size_t sums = of->cell->gates * self->lanes, ld = self->blocks * self->lanes;
    const size_t place = (size_t)of->at.starts[from], n = (size_t)of->at.starts[to] - place;
    const float *both = of->pass->work + self->way[of->way].both + place * self->ld;
    const float *slopes = of->pass->work + self->way[of->way].gates + place * ld;
    float *gradient = of->pass->work + self->slopes;
    if (of->cell->apart) {
        muster_sgemm(true, false, sums, self->in, n, 1.0f, slopes, ld, both, self->ld, 1.0f,
                     gradient, self->ld);
        muster_sgemm(true, false, sums, self->units, n, 1.0f, slopes + self->lanes, ld,
                     both + self->in, self->ld, 1.0f, gradient + self->in, self->ld);
    } else {
        muster_sgemm(true, false, sums, self->in + self->units, n, 1.0f, slopes, ld, both, self->ld,
                     1.0f, gradient, self->ld);
    }
}

static void slope_of_x(const struct journey *of, size_t from, size_t to)
{
    const struct recurrent *self = of->self;
    const size_t sums = of->cell->gates * self->lanes, ld = self->blocks * self->lanes;
    const size_t place = (size_t)of->at.starts[from], n = (size_t)of->at.starts[to] - place;
    muster_sgemm_packed(
        n, self->in, sums, 1.0f, of->pass->work + self->way[of->way].gates + place * ld, ld,
        of->pass->work + self->slope_of_x, 0.0f, of->pass->work + self->dx, padded(self->in));
    recurrent_give_dx(self, of->pass, &of->at, from, to, of->way > 0);
}

/* Steps k .. k + n, all their slopes known by now. */
static void finish_steps(const struct journey *of, size_t k, size_t n)
{
    const size_t a = step_of(of, k), b = step_of(of, k + n - 1);
    const size_t from = a < b ? a : b, to = (a < b ? b : a) + 1;
    slope_of_weights(of, from, to);
    if (of->pass->dx != NULL)
        slope_of_x(of, from, to);
}

static void backward_way(const struct journey *of)
{
    const struct recurrent *self = of->self;
    memset(of->pass->work + self->bias_slopes, 0, self->blocks * self->lanes * sizeof(float));
    memset(of->pass->work + self->slopes, 0,
           of->cell->gates * self->lanes * self->ld * sizeof(float));
    for (size_t k = of->at.steps, steps = 0, places = 0; k-- > 0;) {
        const struct recurrent_step step = step_at(of, k);
        take_slopes(of, k, &step);
        of->cell->backward(&step);
        slope_of_state(of, k, &step);
        places += step.rows;
        steps++;
        if (k == 0 || places + rows_of(of, step_of(of, k - 1)) > self->at_once) {
            finish_steps(of, k, steps);
            steps = places = 0;
        }
    }
}

void recurrent_backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct recurrent *self = recurrent_of(layer);
    if (pass->dx != NULL)
        recurrent_clear(pass, self->steps, self->in, pass->dx, pass->ldx);
    for (size_t way = 0; way < self->directions; way++) {
        const struct journey journey = journey_of(self, pass, way);
        recurrent_spread_back(self, pass, way);
        backward_way(&journey);
        recurrent_collect(self, pass, way);
    }
}
