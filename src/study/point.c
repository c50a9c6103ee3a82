/* point.c: points given by name, in `search.initial` and as JSON. */
#include "study/study_impl.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

/* ---- a mapping of names to values ------------------------------------------------------------ */

static void refuse_name(const struct muster_study *study, struct study_work *work,
                        const struct study_item *item)
{
    struct study_names names = {0};

    study_instance_names(study, work, &names);
    study_problem(work, &item->place, "`%s` is no parameter of this study (%s)", item->key,
                  study_suggest(work, &names, item->key));
}

/* What is a constant here may be named with its value. */
static void read_constant(struct study_work *work, const struct study_slot *slot,
                          const struct study_item *item)
{
    struct muster_text constant = {0};
    struct muster_value value;

    if (!study_value_read(work, slot->path, slot->option, item->node, &value) ||
        study_value_equal(&value, &slot->value))
        return;
    study_value_print(slot->option, &slot->value, &constant);
    study_problem(work, &item->node->place, "`%s` is %s (it is the constant %s)", item->key,
                  study_tree_show(work, item->node), study_keep(work, &constant));
}

static void read_entry(const struct muster_study *study, struct study_work *work,
                       const struct study_item *item, double *x)
{
    const struct study_instance *instance = study_instance_find(study, item->key);
    const struct study_slot *slot = instance == NULL ? study_slot_find(study, item->key) : NULL;
    struct muster_text range = {0};

    if (slot != NULL && slot->range == NULL) {
        read_constant(work, slot, item);
        return;
    }
    if (instance == NULL) {
        refuse_name(study, work, item);
        return;
    }
    if (instance->param == STUDY_NONE)
        return; /* never active: any value will do */
    double *entry = &x[instance->param];
    if (!isnan(*entry)) {
        study_problem(work, &item->place, "`%s` is given twice", instance->name);
    } else if (!study_range_place(work, instance->range, item->node, entry)) {
        study_range_print(instance->range, &range);
        study_problem(work, &item->node->place, "`%s` is %s (%s)", item->key,
                      study_tree_show(work, item->node), study_keep(work, &range));
        *entry = study_range_fallback(instance->range);
    }
}

static void fill(const struct muster_study *study, struct study_work *work,
                 const struct study_place *place, bool complete, double *x)
{
    struct muster_text missing = {0};

    for (size_t i = 0; i < study->space.d; i++) {
        const struct muster_param *param = &study->space.params[i];
        if (!study_param_active(param, x)) {
            x[i] = NAN;
        } else if (isnan(x[i])) {
            if (muster_param_count(param) > 1) /* a single value goes without saying */
                muster_text_add(&missing, "%s%s", missing.length > 0 ? ", " : "", param->name);
            x[i] = study_range_fallback(study->params[i]->range);
        }
    }
    const char *names = study_keep(work, &missing);
    if (complete && names[0] != '\0')
        study_problem(work, place, "no value for %s", names);
}

/* Reads the mapping into x, inactive entries NaN. Missing active ones are filled in, or reported
 * where a complete point is asked for. */
static void read_point(const struct muster_study *study, struct study_work *work,
                       const struct study_node *map, bool complete, double *x)
{
    for (size_t i = 0; i < study->space.d; i++)
        x[i] = NAN;
    for (size_t i = 0; i < map->n && !work->failed; i++)
        read_entry(study, work, &map->items[i], x);
    fill(study, work, &map->place, complete, x);
}

/* ---- search.initial -------------------------------------------------------------------------- */

void study_initial_read(struct muster_study *study)
{
    struct study_work *work = &study->work;
    const struct study_item *search = study_tree_get(study->root, "search");
    const struct study_item *item = search != NULL ? study_tree_get(search->node, "initial") : NULL;
    const struct study_node *list = item != NULL ? item->node : NULL;

    if (list == NULL || work->failed)
        return;
    if (list->kind != STUDY_LIST) {
        study_problem(work, &list->place,
                      "`search.initial` is %s (a list of points, [{NAME: VALUE, ...}, ...])",
                      study_tree_show(work, list));
        return;
    }
    study->initial = study_new(work, list->n * study->space.d, sizeof *study->initial);
    for (size_t i = 0; i < list->n && !work->failed; i++) {
        const struct study_node *point = list->items[i].node;
        double *x = study->initial + study->n_initial * study->space.d;
        if (point->kind != STUDY_MAP) {
            study_problem(work, &point->place, "`search.initial.%zu` is %s ({NAME: VALUE, ...})", i,
                          study_tree_show(work, point));
            continue;
        }
        read_point(study, work, point, false, x);
        if (!muster_space_allows(&study->space, x))
            study_problem(work, &point->place,
                          "`search.initial.%zu` is a point that `search.forbid` rules out", i);
        study->n_initial++;
    }
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static const struct study_place json_place = {"parameters", 0, 1, 1, true};

static struct study_node *node_of(struct study_work *work, const cJSON *json)
{
    struct study_node *node = study_new(work, 1, sizeof *node);
    char digits[32];

    if (node == NULL)
        return NULL;
    node->place = json_place;
    node->quoted = cJSON_IsString(json);
    node->text = cJSON_IsString(json) ? study_print(work, "%s", json->valuestring)
                 : cJSON_IsNumber(json)
                     ? study_print(work, "%s", muster_number_text(json->valuedouble, digits))
                 : cJSON_IsTrue(json)  ? "true"
                 : cJSON_IsFalse(json) ? "false"
                                       : "";
    if (!cJSON_IsArray(json) && !cJSON_IsObject(json))
        return node;
    node->kind = cJSON_IsArray(json) ? STUDY_LIST : STUDY_MAP;
    for (const cJSON *child = json->child; child != NULL; child = child->next) {
        const char *key = child->string != NULL ? study_print(work, "%s", child->string) : NULL;
        if (cJSON_IsNull(child) && cJSON_IsObject(json))
            continue; /* as if not given */
        struct study_node *value = node_of(work, child);
        struct study_item *item =
            value != NULL ? study_push(work, &node->items, &node->n, sizeof *item) : NULL;
        if (item == NULL)
            return NULL;
        *item = (struct study_item){key, json_place, value};
    }
    return node;
}

bool muster_study_tunes(const struct muster_study *study, const char *name)
{
    return study_instance_find(study, name) != NULL;
}

enum muster_status muster_study_point(const struct muster_study *study, const char *json, double *x)
{
    struct study_work work = {0};
    const char *end = NULL;
    cJSON *parsed = cJSON_ParseWithOpts(json, &end, true);
    struct study_node *map = NULL;

    if (cJSON_IsObject(parsed))
        map = node_of(&work, parsed);
    else
        study_problem(&work, &json_place,
                      "this is no JSON object, at character %td ({\"NAME\": VALUE, ...})",
                      parsed == NULL && end != NULL ? end - json + 1 : 1);
    cJSON_Delete(parsed);
    if (map != NULL)
        read_point(study, &work, map, true, x);

    enum muster_status status = study_report(&work);
    study_work_free(&work);
    return status;
}
