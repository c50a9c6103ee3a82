/* forbid.c: `search.forbid`, combinations that may not be proposed: mappings of parameters to
 * values that may not stand together, and comparisons such as "a < b". */
#include "study/study_impl.h"

#include <math.h>
#include <string.h>

/* ---- names and values ------------------------------------------------------------------------ */

/* What a name in an entry stands for. */
struct operand {
    const struct study_instance *instance; /* NULL: no parameter */
    const struct study_slot *slot;         /* NULL: no constant */
};

static bool find_operand(struct muster_study *study, const char *name,
                         const struct study_place *place, struct operand *operand)
{
    struct study_names names = {0};

    *operand = (struct operand){.instance = study_instance_find(study, name)};
    if (operand->instance == NULL)
        operand->slot = study_slot_find(study, name);
    if (operand->instance != NULL || operand->slot != NULL)
        return true;
    study_instance_names(study, &study->work, &names);
    study_problem(&study->work, place, "`search.forbid` names `%s`, which is no parameter (%s)",
                  name, study_suggest(&study->work, &names, name));
    return false;
}

static size_t count_values(const struct study_node *node)
{
    return node->kind == STUDY_LIST ? node->n : 1;
}

static const struct study_node *value_of(const struct study_node *node, size_t i)
{
    return node->kind == STUDY_LIST ? node->items[i].node : node;
}

static struct muster_condition *add_condition(struct study_work *work,
                                              struct muster_forbidden *forbidden, size_t param,
                                              size_t n)
{
    struct muster_condition *condition =
        study_push(work, &forbidden->conditions, &forbidden->n_conditions, sizeof *condition);

    if (condition != NULL)
        *condition = (struct muster_condition){param, 0, study_new(work, n, sizeof(double))};
    return work->failed ? NULL : condition;
}

/* `NAME: value` or `NAME: [values]` on a parameter; false where a value is none of its own. */
static bool on_parameter(struct muster_study *study, struct muster_forbidden *forbidden,
                         const struct study_instance *instance, const struct study_node *values)
{
    struct study_work *work = &study->work;
    struct muster_condition *condition =
        add_condition(work, forbidden, instance->param, count_values(values));

    for (size_t i = 0; condition != NULL && i < count_values(values); i++) {
        const struct study_node *node = value_of(values, i);
        struct muster_text range = {0};
        if (study_range_place(work, instance->range, node, &condition->values[condition->n])) {
            condition->n++;
            continue;
        }
        study_range_print(instance->range, &range);
        study_problem(work, &node->place, "%s is no value of `%s` (%s)",
                      study_tree_show(work, node), instance->name, study_keep(work, &range));
    }
    return condition != NULL && condition->n > 0;
}

/* A constant either always fulfils its part, or the entry never applies. */
static bool on_constant(struct muster_study *study, const struct study_slot *slot,
                        const struct study_node *values)
{
    struct muster_value value;
    bool holds = false;

    for (size_t i = 0; i < count_values(values); i++)
        if (study_value_read(&study->work, slot->path, slot->option, value_of(values, i), &value))
            holds = holds || study_value_equal(&value, &slot->value);
    return holds;
}

/* {a: 1, b: [2, 3]}: false where it can never apply. */
static bool read_values(struct muster_study *study, const struct study_node *map,
                        struct muster_forbidden *forbidden)
{
    bool can = map->n > 0;

    if (map->n == 0)
        study_problem(&study->work, &map->place,
                      "`search.forbid`: an empty mapping ({NAME: VALUE})");
    for (size_t i = 0; i < map->n; i++) {
        const struct study_item *item = &map->items[i];
        struct operand operand;
        if (!find_operand(study, item->key, &item->place, &operand))
            can = false;
        else if (operand.instance == NULL)
            can = on_constant(study, operand.slot, item->node) && can;
        else if (operand.instance->param == STUDY_NONE)
            can = false; /* never active */
        else
            can = on_parameter(study, forbidden, operand.instance, item->node) && can;
    }
    return can;
}

/* ---- comparisons ----------------------------------------------------------------------------- */

static const struct {
    const char *sign;
    enum muster_relation relation;
} signs[] = {{"<=", MUSTER_LESS_EQUAL}, {">=", MUSTER_GREATER_EQUAL}, {"==", MUSTER_EQUAL},
             {"!=", MUSTER_UNEQUAL},    {"<", MUSTER_LESS},           {">", MUSTER_GREATER}};

static const char *trimmed(struct study_work *work, const char *text, size_t n)
{
    while (n > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        n--;
    }
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        n--;
    return study_print(work, "%.*s", (int)n, text);
}

/* "a < b" in its parts; false where it has another form. */
static bool split(struct study_work *work, const char *text, const char **left,
                  enum muster_relation *relation, const char **right)
{
    const size_t n = sizeof signs / sizeof *signs, at = strcspn(text, "<>=!");
    size_t s = 0;

    while (s < n && strncmp(text + at, signs[s].sign, strlen(signs[s].sign)) != 0)
        s++;
    if (s == n)
        return false;
    const char *behind = text + at + strlen(signs[s].sign);
    *relation = signs[s].relation;
    *left = trimmed(work, text, at);
    *right = trimmed(work, behind, strlen(behind));
    return (*left)[0] != '\0' && (*right)[0] != '\0';
}

static bool has_numbers(struct muster_study *study, const struct study_instance *instance,
                        const struct study_place *place)
{
    const struct muster_param *param = &instance->range->param;

    if (param->kind != MUSTER_PARAM_CHOICE || param->numeric)
        return true;
    study_problem(&study->work, place,
                  "`search.forbid` compares `%s`, whose choices are no numbers ({%s: VALUE})",
                  instance->name, instance->name);
    return false;
}

/* `a == word`, `a != word`: conditions on values. */
static bool compare_word(struct muster_study *study, struct muster_forbidden *forbidden,
                         const struct study_instance *left, const char *word,
                         const struct study_place *place)
{
    struct study_work *work = &study->work;
    const struct study_node node = {.kind = STUDY_SCALAR, .place = *place, .text = word};
    const struct muster_param *param = &left->range->param;
    bool equal = forbidden->relation == MUSTER_EQUAL;
    struct muster_condition *condition;
    double x;

    if (param->kind != MUSTER_PARAM_CHOICE || (!equal && forbidden->relation != MUSTER_UNEQUAL) ||
        !study_range_place(work, left->range, &node, &x)) {
        struct study_names names = {0};
        study_instance_names(study, work, &names);
        study_problem(work, place, "`search.forbid`: `%s` is no number and no parameter (%s)", word,
                      study_suggest(work, &names, word));
        return false;
    }
    forbidden->relation = MUSTER_NO_RELATION;
    condition = add_condition(work, forbidden, left->param, param->n_choices);
    for (size_t i = 0; condition != NULL && i < param->n_choices; i++)
        if (((double)i == x) == equal)
            condition->values[condition->n++] = (double)i;
    return condition != NULL && condition->n > 0;
}

static bool read_right(struct muster_study *study, const char *word,
                       const struct study_instance *left, const struct study_node *node,
                       struct muster_forbidden *forbidden)
{
    const struct study_place *place = &node->place;
    const struct study_instance *right = study_instance_find(study, word);

    forbidden->right = study->space.d;
    if (right == NULL && !muster_number_read(word, &forbidden->number))
        return compare_word(study, forbidden, left, word, place);
    if (!has_numbers(study, left, place) || (right != NULL && !has_numbers(study, right, place)))
        return false;
    if (right != NULL)
        forbidden->right = right->param;
    if (left->param == STUDY_NONE || (right != NULL && right->param == STUDY_NONE))
        return false; /* never active */
    study_forbid_reach(left, right, forbidden, node);
    return true;
}

static bool read_comparison(struct muster_study *study, const struct study_node *node,
                            struct muster_forbidden *forbidden)
{
    const char *left, *right;
    struct operand operand;

    if (!split(&study->work, node->text, &left, &forbidden->relation, &right)) {
        study_problem(
            &study->work, &node->place,
            "`search.forbid`: `%s` is no comparison (\"a < b\", with <, <=, ==, !=, >= or "
            "> between a parameter and a parameter or a number)",
            node->text);
        return false;
    }
    if (!find_operand(study, left, &node->place, &operand))
        return false;
    if (operand.instance == NULL) {
        study_problem(&study->work, &node->place,
                      "`search.forbid` compares the constant `%s` (a parameter stands on the left)",
                      left);
        return false;
    }
    forbidden->left = operand.instance->param;
    return read_right(study, right, operand.instance, node, forbidden) &&
           forbidden->left != STUDY_NONE;
}

/* ---- the list -------------------------------------------------------------------------------- */

static void read_entry(struct muster_study *study, const struct study_node *node)
{
    struct muster_space *space = &study->space;
    struct muster_forbidden forbidden = {.right = space->d}, *entry;
    bool can = false;

    if (node->kind == STUDY_MAP)
        can = read_values(study, node, &forbidden);
    else if (node->kind == STUDY_SCALAR)
        can = read_comparison(study, node, &forbidden);
    else
        study_problem(&study->work, &node->place,
                      "`search.forbid`: an entry is a list ({NAME: VALUE, ...} or \"a < b\")");
    if (!can)
        return;
    entry = study_push(&study->work, &space->forbidden, &space->n_forbidden, sizeof *entry);
    if (entry != NULL)
        *entry = forbidden;
}

/* Draws of which one at least must be allowed, or so many points that all are gone through. */
enum { DRAWS = 1 << 16 };

static bool any_drawn(const struct muster_space *space, double *x)
{
    struct muster_stream stream = muster_stream_of(0, -1, -1, MUSTER_FOR_SEARCH);

    for (uint64_t i = 0; i < DRAWS; i++) {
        for (size_t j = 0; j < space->d; j++)
            x[j] =
                muster_param_decode(&space->params[j], muster_random_uniform(stream, i << 16 | j));
        muster_space_settle(space, x);
        if (muster_space_allows(space, x))
            return true;
    }
    return false;
}

/* Whether there is an allowed one among all points: of a space small enough, an odometer. */
static bool any_at_all(const struct muster_space *space, double *x)
{
    double points = 1;

    for (size_t j = 0; j < space->d; j++)
        points *= muster_param_count(&space->params[j]);
    for (double i = 0; points <= DRAWS && i < points; i++) {
        double rest = i;
        for (size_t j = 0; j < space->d; j++) {
            double n = muster_param_count(&space->params[j]);
            x[j] = muster_param_value(&space->params[j], fmod(rest, n));
            rest = floor(rest / n);
        }
        muster_space_settle(space, x);
        if (muster_space_allows(space, x))
            return true;
    }
    return false;
}

static void check_feasible(struct muster_study *study, const struct study_place *place)
{
    const struct muster_space *space = &study->space;
    double *x = study_new(&study->work, space->d, sizeof *x);

    if (x != NULL && !any_drawn(space, x) && !any_at_all(space, x))
        study_problem(&study->work, place,
                      "`search.forbid` leaves nothing to search (of %d points, none is allowed)",
                      DRAWS);
}

void study_forbid_read(struct muster_study *study)
{
    const struct study_item *search = study_tree_get(study->root, "search");
    const struct study_item *item = search != NULL ? study_tree_get(search->node, "forbid") : NULL;

    if (item == NULL || study->work.failed)
        return;
    if (item->node->kind != STUDY_LIST) {
        study_problem(&study->work, &item->node->place,
                      "`search.forbid` is %s (a list: [{NAME: VALUE, ...}, \"a < b\"])",
                      study_tree_show(&study->work, item->node));
        return;
    }
    for (size_t i = 0; i < item->node->n && !study->work.failed; i++)
        read_entry(study, item->node->items[i].node);
    if (study->space.n_forbidden > 0 && study->work.n_problems == 0)
        check_feasible(study, &item->place);
}
