/* study.c: a study from its text: the sections in their order, and what others ask of it. */
#include "study/study_impl.h"

#include <string.h>

static const struct muster_option name_option = {.name = "study", .type = MUSTER_TEXT};
static const struct muster_option seed_option = {
    .name = "seed", .type = MUSTER_INT, .low = 0, .high = 9007199254740992.0};

/* Sections that go with `network:`, or with `space:`; the others go with both. */
static const struct {
    const char *section;
    bool network;
} partners[] = {{"data", true}, {"train", true}, {"validate", true}, {"objective", false}};

bool study_section_applies(const struct muster_study *study, const char *section)
{
    for (size_t i = 0; i < sizeof partners / sizeof *partners; i++)
        if (strcmp(partners[i].section, section) == 0)
            return partners[i].network == (study->kind == MUSTER_STUDY_TRAIN);
    return true;
}

/* ---- reading --------------------------------------------------------------------------------- */

static const char *const own_keys[] = {"study", "seed", "network", "space"};
enum { N_OWN_KEYS = sizeof own_keys / sizeof *own_keys };

bool study_key_known(const struct muster_study *study, const char *key)
{
    bool known = false;

    for (size_t i = 0; i < N_OWN_KEYS; i++)
        known = known || strcmp(own_keys[i], key) == 0;
    for (size_t s = 0; s < study->catalog->n_sections; s++)
        known = known || strcmp(study->catalog->sections[s].name, key) == 0;
    return known;
}

static void check_keys(struct muster_study *study)
{
    struct study_work *work = &study->work;
    struct study_names names = {0};

    for (size_t i = 0; i < N_OWN_KEYS; i++)
        study_names_add(work, &names, own_keys[i]);
    for (size_t s = 0; s < study->catalog->n_sections; s++)
        study_names_add(work, &names, study->catalog->sections[s].name);
    for (size_t i = 0; i < study->root->n; i++) {
        const struct study_item *item = &study->root->items[i];
        if (!study_key_known(study, item->key))
            study_problem(work, &item->place, "`%s` is not known in a study (%s)", item->key,
                          study_suggest(work, &names, item->key));
    }
}

static void read_head(struct muster_study *study)
{
    const struct study_item *name = study_tree_get(study->root, name_option.name);
    const struct study_item *seed = study_tree_get(study->root, seed_option.name);
    struct muster_value value;

    if (name != NULL &&
        study_value_read(&study->work, name_option.name, &name_option, name->node, &value))
        study->name = value.text;
    if (seed != NULL &&
        study_value_read(&study->work, seed_option.name, &seed_option, seed->node, &value))
        study->seed = (uint64_t)value.number;
}

static bool objective_has(const struct muster_study *study, const char *key)
{
    const struct study_item *objective = study_tree_get(study->root, "objective");

    return objective != NULL && study_tree_get(objective->node, key) != NULL;
}

static void find_kind(struct muster_study *study)
{
    const struct study_item *network = study_tree_get(study->root, "network");
    const struct study_item *space = study_tree_get(study->root, "space");
    const struct study_place *second = network != NULL && space != NULL ? &space->place : NULL;

    study->kind = network != NULL                    ? MUSTER_STUDY_TRAIN
                  : objective_has(study, "function") ? MUSTER_STUDY_FUNCTION
                  : objective_has(study, "command")  ? MUSTER_STUDY_COMMAND
                                                     : MUSTER_STUDY_SPACE;
    if (second != NULL)
        study_problem(&study->work, second, "`space` beside `network` (a study has one of them)");
    else if (network == NULL && space == NULL)
        study_problem(&study->work, &study->root->place,
                      "neither `network` nor `space` (one of them says what is tuned)");
}

static void read_section(struct muster_study *study, size_t s)
{
    static const char *const elsewhere[] = {"initial", "forbid", NULL};
    const struct muster_section *section = &study->catalog->sections[s];
    const struct study_item *item = study_tree_get(study->root, section->name);
    struct study_group *group = &study->groups[s];

    study_group_section(&study->work, group, section);
    if (strcmp(section->name, "search") == 0)
        group->structural = elsewhere;
    if (item != NULL && !study_section_applies(study, section->name))
        study_problem(&study->work, &item->place, "`%s` goes with a study that has `%s`",
                      section->name, study->kind == MUSTER_STUDY_TRAIN ? "space" : "network");
    else if (item != NULL)
        study_group_read(study, group, NULL, item->node);
    study_group_block(&study->work, group, &study->blocks[s]);
}

static void read_sections(struct muster_study *study)
{
    size_t n = study->catalog->n_sections;

    study->groups = study_new(&study->work, n, sizeof *study->groups);
    study->blocks = study_new(&study->work, n, sizeof *study->blocks);
    for (size_t s = 0; s < n && !study->work.failed; s++)
        read_section(study, s);
}

static void read_space(struct muster_study *study, const struct study_item *item)
{
    const struct study_node *map = item->node;

    if (map->kind != STUDY_MAP || map->n == 0) {
        study_problem(&study->work, &map->place,
                      "`space` is %s (a mapping of names to ranges, x: {float: [0, 1]})",
                      map->kind == STUDY_MAP ? "an empty mapping"
                                             : study_tree_show(&study->work, map));
        return;
    }
    for (size_t i = 0; i < map->n; i++) {
        const struct study_item *entry = &map->items[i];
        struct study_spot spot = {.path = entry->key, .home = "", .place = entry->place};
        if (entry->node->kind == STUDY_MAP)
            study_range_read(study, NULL, &spot, entry->node);
        else
            study_problem(&study->work, &entry->node->place,
                          "`%s` is %s (a range: {float: [LOW, HIGH]}, int or choice)", entry->key,
                          study_tree_show(&study->work, entry->node));
    }
}

static void read_root(struct muster_study *study)
{
    const struct study_item *network = study_tree_get(study->root, "network");
    const struct study_item *space = study_tree_get(study->root, "space");

    check_keys(study);
    read_head(study);
    find_kind(study);
    read_sections(study);
    if (network != NULL && !study->work.failed)
        study_network_read(study, network);
    else if (space != NULL)
        read_space(study, space);
    if (study->work.failed)
        return;
    study_expand(study);
    study_conditions(study);
    study_order(study);
    study_forbid_read(study);
    study_initial_read(study);
}

/* "dir/digits.v2.yaml" -> "digits.v2" */
static const char *stem_of(struct study_work *work, const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *name = slash != NULL ? slash + 1 : file;
    const char *dot = strrchr(name, '.');
    size_t length = dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name);

    return study_print(work, "%.*s", (int)length, name);
}

static void read_study(struct muster_study *study, const char *text, const char *const *sets,
                       size_t n_sets)
{
    struct study_work *work = &study->work;

    study->root = study_tree_read(work, text, study->file, 0);
    if (study->root == NULL)
        return;
    if (study->root->kind != STUDY_MAP) {
        study_problem(work, &study->root->place,
                      "a study is a mapping of sections (data:, network:, train:, ...), this is %s",
                      study_tree_show(work, study->root));
        return;
    }
    study_network_ranges(work, study->root, study->catalog->layers);
    study_sets_apply(study, sets, n_sets);
    study_network_ranges(work, study->root, study->catalog->layers); /* of a set, too */
    if (!work->failed)
        read_root(study);
}

/* A --set as one line, whatever lines its value was given in. */
static void add_set(const char *set, struct muster_text *text)
{
    const char *value = strchr(set, '=');
    struct study_work work = {0};
    struct study_node *node = value != NULL && strchr(set, '\n') != NULL
                                  ? study_tree_read(&work, value + 1, "", 0)
                                  : NULL;

    if (node != NULL) {
        muster_text_add(text, "%.*s", (int)(value + 1 - set), set);
        study_tree_print(node, text);
    } else {
        muster_text_add(text, "%s", set);
    }
    study_work_free(&work);
}

static const char *join(struct study_work *work, const char *const *sets, size_t n_sets)
{
    struct muster_text text = {0};

    for (size_t i = 0; i < n_sets; i++) {
        muster_text_add(&text, i > 0 ? "\n" : "");
        add_set(sets[i], &text);
    }
    return study_keep(work, &text);
}

enum muster_status muster_study_parse(const char *text, const char *file, const char *const *sets,
                                      size_t n_sets, const struct muster_catalog *catalog,
                                      struct muster_study **study)
{
    enum muster_status status = MUSTER_OK;
    struct muster_study *new = NULL;

    *study = NULL;
    MUSTER_NEW(new, 1);
    MUSTER_NEW(new->place, 1);
    new->catalog = catalog;
    new->file = study_print(&new->work, "%s", file);
    new->text = study_print(&new->work, "%s", text);
    new->sets = join(&new->work, sets, n_sets);
    new->name = stem_of(&new->work, file);
    if (!new->work.failed)
        read_study(new, text, sets, n_sets);
    MUSTER_TRY(study_report(&new->work));
    *study = new;
    new = NULL;
done:
    muster_study_destroy(&new);
    return status;
}

void muster_study_destroy(struct muster_study **study)
{
    if (*study == NULL)
        return;
    if ((*study)->place != NULL)
        muster_text_free((*study)->place);
    muster_free((*study)->place);
    study_work_free(&(*study)->work);
    muster_free(*study);
    *study = NULL;
}
