/* unused.c: options of plug-ins that the study gives and chooses none of: the momentum of sgd
 * beside adam. They are read, and mean nothing. */
#include "study/study_impl.h"

#include <string.h>

static bool declares(const struct muster_option *table, const char *name)
{
    for (; table != NULL && table->type != MUSTER_END; table++)
        if (strcmp(table->name, name) == 0)
            return true;
    return false;
}

/* A plug-in that the section's word `slot` may name; all where nothing says which. */
static bool may_choose(const struct study_slot *slot, const char *plugin)
{
    const struct study_range *range = slot->range;
    bool found = false;

    if (range == NULL)
        return slot->value.text == NULL || strcmp(slot->value.text, plugin) == 0;
    for (size_t c = 0; c < range->param.n_choices; c++)
        found = found || strcmp(range->param.choices[c].text, plugin) == 0;
    return found;
}

/* Adds "optimizer sgd, rmsprop" to `owners` for the plug-ins of a registry that have the option;
 * true where one of them may be chosen. */
static bool find_owners(const struct study_slot *chooser, const char *name,
                        struct muster_text *owners)
{
    const struct muster_registry *registry = chooser->option->registry;
    bool used = false, first = true;

    for (size_t p = 0; registry != NULL && p < registry->n; p++) {
        const struct muster_plugin *plugin = registry->items[p];
        if (!declares(plugin->options, name))
            continue;
        used = used || may_choose(chooser, plugin->name);
        if (first)
            muster_text_add(owners, "%s%s ", owners->length > 0 ? "; " : "", registry->what);
        muster_text_add(owners, "%s%s", first ? "" : ", ", plugin->name);
        first = false;
    }
    return used;
}

/* Whether a table is that of a plug-in which a word of the section may name. */
static bool is_of_plugin(const struct study_group *group, const struct muster_option *table)
{
    for (size_t i = 0; i < group->n; i++) {
        const struct muster_registry *registry = group->slots[i].option->registry;
        for (size_t p = 0; registry != NULL && p < registry->n; p++)
            if (registry->items[p]->options == table)
                return true;
    }
    return false;
}

static bool is_of_all(const struct study_group *group, const struct muster_section *section,
                      const char *name)
{
    for (size_t t = 0; t < section->n_tables; t++)
        if (declares(section->tables[t], name) && !is_of_plugin(group, section->tables[t]))
            return true;
    return false;
}

static void look_at(const struct muster_study *study, size_t s, const struct study_slot *slot,
                    struct muster_text *text)
{
    const struct study_group *group = &study->groups[s];
    const char *name = slot->option->name;
    struct muster_text owners = {0};
    bool used = (slot->range != NULL && slot->range->when != NULL) || /* said so */
                is_of_all(group, &study->catalog->sections[s], name);

    for (size_t i = 0; i < group->n && !used; i++)
        used = find_owners(&group->slots[i], name, &owners);
    if (!used && owners.length > 0)
        muster_text_add(text, "%s%s: `%s` has no effect here: it is an option of %s",
                        text->length > 0 ? "\n" : "", muster_study_place(study, slot->path),
                        slot->path, owners.data);
    text->failed = text->failed || owners.failed;
    muster_text_free(&owners);
}

void muster_study_unused(const struct muster_study *study, struct muster_text *text)
{
    for (size_t s = 0; s < study->catalog->n_sections; s++) {
        const struct study_group *group = &study->groups[s];
        for (size_t i = 0; i < group->n && study_section_applies(study, group->path); i++)
            if (group->slots[i].node != NULL)
                look_at(study, s, &group->slots[i], text);
    }
}
