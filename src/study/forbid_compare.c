/* forbid_compare.c: comparisons in `search.forbid`, "a < b": between parameters, constants and
 * numbers. One between constants alone is decided at once. */
#include "study/forbid_impl.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *sign;
    enum muster_relation relation, mirrored; /* a < b, b > a */
} signs[] = {{"<=", MUSTER_LESS_EQUAL, MUSTER_GREATER_EQUAL},
             {">=", MUSTER_GREATER_EQUAL, MUSTER_LESS_EQUAL},
             {"==", MUSTER_EQUAL, MUSTER_EQUAL},
             {"!=", MUSTER_UNEQUAL, MUSTER_UNEQUAL},
             {"<", MUSTER_LESS, MUSTER_GREATER},
             {">", MUSTER_GREATER, MUSTER_LESS}};
enum { N_SIGNS = sizeof signs / sizeof *signs };

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

/* "a < b" in its parts, *sign an index of `signs`; false where it has another form. */
static bool split(struct study_work *work, const char *text, const char **left, size_t *sign,
                  const char **right)
{
    const size_t at = strcspn(text, "<>=!");
    size_t s = 0;

    while (s < N_SIGNS && strncmp(text + at, signs[s].sign, strlen(signs[s].sign)) != 0)
        s++;
    if (s == N_SIGNS)
        return false;
    const char *behind = text + at + strlen(signs[s].sign);
    *sign = s;
    *left = trimmed(work, text, at);
    *right = trimmed(work, behind, strlen(behind));
    return (*left)[0] != '\0' && (*right)[0] != '\0';
}

/* One side: a parameter, or else a number, or a word (number NAN). */
struct side {
    const char *text;
    const struct study_instance *instance;
    const struct study_slot *slot; /* the constant that it names, or NULL */
    double number;
};

static struct side side_of(const struct muster_study *study, const char *text)
{
    struct side side = {.text = text, .number = NAN};

    side.instance = study_instance_find(study, text);
    if (side.instance != NULL || muster_number_read(text, &side.number))
        return side;
    side.slot = study_slot_find(study, text);
    if (side.slot != NULL && side.slot->value.set && side.slot->value.n == 0)
        side.number = side.slot->value.number;
    return side;
}

static bool is_word(const struct side *side)
{
    return side->instance == NULL && isnan(side->number);
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

static bool refuse_word(struct muster_study *study, const char *word,
                        const struct study_place *place)
{
    struct study_names names = {0};

    study_instance_names(study, &study->work, &names);
    study_problem(&study->work, place, "`search.forbid`: `%s` is no number and no parameter (%s)",
                  word, study_suggest(&study->work, &names, word));
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
        !study_range_place(work, left->range, &node, &x))
        return refuse_word(study, word, place);
    forbidden->relation = MUSTER_NO_RELATION;
    if (left->param == STUDY_NONE)
        return false; /* never active */
    condition = study_forbid_condition(work, forbidden, left->param, param->n_choices);
    for (size_t i = 0; condition != NULL && i < param->n_choices; i++)
        if (((double)i == x) == equal)
            condition->values[condition->n++] = (double)i;
    return condition != NULL && condition->n > 0;
}

/* A parameter on the left. */
static bool compare_param(struct muster_study *study, const struct side *left,
                          const struct side *right, const struct study_node *node,
                          struct muster_forbidden *forbidden)
{
    const struct study_instance *a = left->instance, *b = right->instance;

    forbidden->left = a->param;
    forbidden->right = study->space.d;
    forbidden->number = right->number;
    if (is_word(right))
        return compare_word(study, forbidden, a, right->text, &node->place);
    if (!has_numbers(study, a, &node->place) || (b != NULL && !has_numbers(study, b, &node->place)))
        return false;
    if (a->param == STUDY_NONE || (b != NULL && b->param == STUDY_NONE))
        return false; /* never active */
    if (b != NULL)
        forbidden->right = b->param;
    study_forbid_reach(a, b, forbidden, node);
    return true;
}

/* Constants on both sides: forbidden is then nothing, or everything. */
static bool compare_constants(struct muster_study *study, const struct side *left,
                              const struct side *right, const struct study_node *node,
                              enum muster_relation relation)
{
    struct study_work *work = &study->work;
    const struct study_node word = {
        .kind = STUDY_SCALAR, .place = node->place, .text = right->text};
    struct muster_value value;
    bool holds, equal;

    if (left->slot == NULL && right->slot == NULL)
        return refuse_word(study, is_word(left) ? left->text : right->text, &node->place);
    if (!is_word(left) && !is_word(right)) {
        holds = study_relation_holds(relation, left->number, right->number);
    } else if (left->slot == NULL || right->slot != NULL ||
               (relation != MUSTER_EQUAL && relation != MUSTER_UNEQUAL)) {
        return refuse_word(study, is_word(left) ? left->text : right->text, &node->place);
    } else {
        if (!study_value_read(work, left->slot->path, left->slot->option, &word, &value))
            return false;
        equal = study_value_equal(&value, &left->slot->value);
        holds = equal == (relation == MUSTER_EQUAL);
    }
    if (holds)
        study_problem(work, &node->place,
                      "`search.forbid`: \"%s\" holds of constants: nothing is left to search",
                      node->text);
    return false;
}

bool study_forbid_compare(struct muster_study *study, const struct study_node *node,
                          struct muster_forbidden *forbidden)
{
    struct study_operand operand;
    const char *texts[2];
    size_t sign;

    if (!split(&study->work, node->text, &texts[0], &sign, &texts[1])) {
        study_problem(
            &study->work, &node->place,
            "`search.forbid`: `%s` is no comparison (\"a < b\", with <, <=, ==, !=, >= or "
            "> between a parameter and a parameter or a number)",
            node->text);
        return false;
    }
    struct side left = side_of(study, texts[0]), right = side_of(study, texts[1]);
    if (is_word(&left) && left.slot == NULL &&
        !study_forbid_operand(study, left.text, &node->place, &operand))
        return false;
    forbidden->relation = signs[sign].relation;
    if (left.instance != NULL)
        return compare_param(study, &left, &right, node, forbidden);
    if (right.instance == NULL)
        return compare_constants(study, &left, &right, node, signs[sign].relation);
    forbidden->relation = signs[sign].mirrored;
    return compare_param(study, &right, &left, node, forbidden);
}
