/* prior.c: what a user believes of a parameter's best value, `prior: {value: V, weight: W}`: a
 * share W of a bump around V in the unit interval, the rest spread evenly. */
#include "study/study_impl.h"

#include <math.h>

/* The bump's standard deviation in the unit interval, before it is cut off at the ends. */
#define WIDTH 0.1
#define MOST_WEIGHT 0.99

bool muster_space_has_prior(const struct muster_space *space)
{
    for (size_t i = 0; i < space->d; i++)
        if (space->params[i].prior_weight > 0)
            return true;
    return false;
}

/* Unordered values are not near each other: the bump is the value's own cell. */
static bool is_cell(const struct muster_param *param)
{
    return param->kind == MUSTER_PARAM_CHOICE && !param->ordered;
}

/* Mass of the normal between the ends of the unit interval. */
static double inside(double centre)
{
    return muster_normal_cdf((1 - centre) / WIDTH) - muster_normal_cdf(-centre / WIDTH);
}

static double bump(const struct muster_param *param, double u)
{
    double centre = muster_param_encode(param, param->prior), z = (u - centre) / WIDTH;

    if (is_cell(param))
        return muster_param_decode(param, u) == param->prior ? (double)param->n_choices : 0;
    return exp(-z * z / 2) / (WIDTH * sqrt(2 * M_PI) * inside(centre));
}

static double bump_cdf(const struct muster_param *param, double u)
{
    double centre = muster_param_encode(param, param->prior);

    if (is_cell(param))
        return fmin(fmax(u * (double)param->n_choices - param->prior, 0), 1);
    return (muster_normal_cdf((u - centre) / WIDTH) - muster_normal_cdf(-centre / WIDTH)) /
           inside(centre);
}

double muster_param_prior(const struct muster_param *param, double u, double *slope)
{
    double weight = param->prior_weight, density = 1, derivative = 0;

    if (weight > 0) {
        double part = weight * bump(param, u);
        density = 1 - weight + part;
        if (muster_param_is_continuous(param))
            derivative =
                -part * (u - muster_param_encode(param, param->prior)) / (WIDTH * WIDTH * density);
    }
    if (slope != NULL)
        *slope = derivative;
    return log(density);
}

double muster_param_draw(const struct muster_param *param, double p)
{
    double weight = param->prior_weight, low = 0, high = 1;

    if (!(weight > 0))
        return muster_param_decode(param, p);
    for (int i = 0; i < 53; i++) {
        double middle = (low + high) / 2;
        bool below = (1 - weight) * middle + weight * bump_cdf(param, middle) < p;
        *(below ? &low : &high) = middle;
    }
    return muster_param_decode(param, (low + high) / 2);
}

void muster_space_draw(const struct muster_space *space, const double *p, double *x)
{
    for (size_t i = 0; i < space->d; i++)
        x[i] = muster_param_draw(&space->params[i], p[i]);
    muster_space_settle(space, x);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void read_weight(struct study_range_reader *r, const struct study_node *node)
{
    double *weight = &r->range->param.prior_weight;

    if (!study_number(node, weight) || !(*weight >= 0 && *weight <= MOST_WEIGHT))
        study_range_wrong(r, &node->place, "the weight of `prior` is %s (a number from 0 to %g)",
                          study_tree_show(r->work, node), MOST_WEIGHT);
}

void study_prior_read(struct study_range_reader *r, const struct study_item *item)
{
    struct muster_param *param = &r->range->param;
    const struct study_item *value = study_tree_get(item->node, "value");
    const struct study_item *weight = study_tree_get(item->node, "weight");
    size_t known = (size_t)(value != NULL) + (size_t)(weight != NULL);

    if (item->node->kind != STUDY_MAP || value == NULL || known != item->node->n) {
        study_range_wrong(r, &item->node->place,
                          "`prior` is a mapping with `value` and, if not 0.5, `weight` (prior: "
                          "{value: V, weight: 0.3})");
        return;
    }
    param->prior_weight = 0.5;
    if (weight != NULL)
        read_weight(r, weight->node);
    if (!r->range->bad && !study_range_place(r->work, r->range, value->node, &param->prior))
        study_range_wrong(r, &value->node->place, "the value of `prior`, %s, is outside the range",
                          study_tree_show(r->work, value->node));
}

void study_prior_print(const struct study_range *range, struct muster_text *text)
{
    const struct muster_param *param = &range->param;
    const struct muster_choice *choice = param->kind == MUSTER_PARAM_CHOICE && param->n_choices > 0
                                             ? &param->choices[(size_t)param->prior]
                                             : NULL;
    char number[32];

    if (!(param->prior_weight > 0))
        return;
    muster_text_add(text, ", prior: {value: ");
    if (choice == NULL)
        muster_text_add(text, "%s", muster_number_text(param->prior, number));
    else if (choice->json || !isnan(choice->number))
        muster_text_add(text, "%s", choice->text);
    else
        study_string_print(choice->text, text);
    muster_text_add(text, ", weight: %s}", muster_number_text(param->prior_weight, number));
}
