/* Registries of plug-ins, and blocks: a kind with one value per option of its table. */
#include "muster/base.h"

#include <assert.h>
#include <math.h>
#include <string.h>

const struct muster_plugin *muster_registry_find(const struct muster_registry *registry,
                                                 const char *name)
{
    for (size_t i = 0; i < registry->n; i++)
        if (strcmp(registry->items[i]->name, name) == 0)
            return registry->items[i];
    return NULL;
}

static size_t index_of(const struct muster_block *block, const char *name)
{
    for (size_t i = 0; i < block->n; i++)
        if (strcmp(block->options[i]->name, name) == 0)
            return i;
    assert(!"a block was asked for an option it does not have");
    return 0;
}

const struct muster_value *muster_block_get(const struct muster_block *block, const char *name)
{
    return &block->values[index_of(block, name)];
}

double muster_block_number(const struct muster_block *block, const char *name)
{
    return muster_block_get(block, name)->number;
}

int64_t muster_block_int(const struct muster_block *block, const char *name)
{
    return (int64_t)muster_block_get(block, name)->number;
}

const char *muster_block_text(const struct muster_block *block, const char *name)
{
    return muster_block_get(block, name)->text;
}

/* The place of `word` in "a|b|c", or -1. */
static int word_index(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (int i = 0; words != NULL && *words != '\0'; i++) {
        size_t size = strcspn(words, "|");
        if (size == length && strncmp(words, word, size) == 0)
            return i;
        words += size + (words[size] == '|');
    }
    return -1;
}

static int registered_index(const struct muster_registry *registry, const char *word)
{
    for (size_t i = 0; i < registry->n; i++)
        if (strcmp(registry->items[i]->name, word) == 0)
            return (int)i;
    return -1;
}

bool muster_option_scalar(const struct muster_option *option, const char *text,
                          struct muster_value *value)
{
    *value = (struct muster_value){.set = true, .number = NAN};
    double *number = &value->number;
    const bool bounded = option->low != 0 || option->high != 0;
    switch (option->type) {
    case MUSTER_BOOL:
        *number = strcmp(text, "true") == 0;
        return *number == 1 || strcmp(text, "false") == 0;
    case MUSTER_TIME:
    case MUSTER_BYTES:
    case MUSTER_INT:
    case MUSTER_REAL:
        if (option->type == MUSTER_TIME    ? muster_duration_read(text, number)
            : option->type == MUSTER_BYTES ? muster_bytes_read(text, number)
                                           : muster_number_read(text, number))
            return (option->type != MUSTER_INT || *number == floor(*number)) &&
                   (!bounded || (*number >= option->low && *number <= option->high));
        value->text = text;
        *number = NAN;
        return word_index(option->words, text) >= 0;
    case MUSTER_WORD: {
        int index = option->registry != NULL ? registered_index(option->registry, text)
                                             : word_index(option->words, text);
        *number = index;
        value->text = text;
        return index >= 0;
    }
    case MUSTER_TEXT:
        value->text = text;
        return true;
    default:
        return false;
    }
}

enum muster_status muster_block_default(const struct muster_plugin *plugin,
                                        struct muster_block *block)
{
    enum muster_status status = MUSTER_OK;
    *block = (struct muster_block){.kind = plugin->name, .path = plugin->name};
    const struct muster_option *options = plugin->options;
    size_t n = 0;
    while (options != NULL && options[n].type != MUSTER_END)
        n++;
    MUSTER_NEW(block->options, n);
    MUSTER_NEW(block->values, n);
    block->n = n;
    for (size_t i = 0; i < n; i++) {
        block->options[i] = &options[i];
        if (options[i].standard != NULL) {
            bool good = muster_option_scalar(&options[i], options[i].standard, &block->values[i]);
            assert(good);
            (void)good;
        } else
            block->values[i].number = NAN;
    }
done:
    if (status != MUSTER_OK)
        muster_block_clear(block);
    return status;
}

void muster_block_set(struct muster_block *block, const char *name, double number, const char *text)
{
    struct muster_value *value = &block->values[index_of(block, name)];
    *value = (struct muster_value){.set = true, .number = number, .text = text};
}

void muster_block_clear(struct muster_block *block)
{
    for (size_t i = 0; i < block->n_children; i++)
        muster_block_clear(&block->children[i]);
    muster_free(block->children);
    muster_free(block->options);
    muster_free(block->values);
    *block = (struct muster_block){0};
}
