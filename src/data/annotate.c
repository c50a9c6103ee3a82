/* What a data file says beside inputs and targets: names of classes and columns, columns of codes,
 * groups, lengths. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "data/hdf5_file.h"

/* Tokens and codes pass as floats, which hold whole numbers up to here. */
#define VOCABULARY_MOST 0x1p24

/* Names of the columns of a table, and of the classes, which also say how many there are. */
static enum muster_status take_names(const struct data_notes *notes)
{
    enum muster_status status = MUSTER_OK;
    struct data_header *head = notes->head;
    struct muster_pack *names = notes->names;
    char *features = NULL, *classes = NULL;
    size_t n = 0, c = 0;
    double declared = 0;
    if (!head->bare)
        MUSTER_TRY(hdf5_read_strings(notes->file, notes->source->feature_names, &features, &n));
    MUSTER_TRY(hdf5_read_strings(notes->file, "/class_names", &classes, &c));
    if (features != NULL && head->rank == 1 && n == head->width)
        muster_pack_put(names, "features", MUSTER_STRINGS, features, n);
    else if (features != NULL && head->rank == 1)
        muster_log(MUSTER_WARNINGS, "%s: %s has %zu names for %zu columns, left out",
                   notes->source->file, notes->source->feature_names, n, head->width);
    if (head->multi_label && classes != NULL && c != head->targets)
        muster_log(MUSTER_WARNINGS, "%s: /class_names has %zu names for %zu labels, left out",
                   notes->source->file, c, head->targets);
    else if (head->multi_label && classes != NULL)
        muster_pack_put(names, "classes", MUSTER_STRINGS, classes, c);
    if (head->next_token)
        goto done;
    if (head->classification && classes != NULL) {
        muster_pack_put(names, "classes", MUSTER_STRINGS, classes, c);
        head->declared = c;
    } else if (head->classification && hdf5_attribute_number(notes->file, "classes", &declared) &&
               declared >= 1 && declared <= INT32_MAX)
        head->declared = (size_t)declared;
    status = names->failed ? MUSTER_NO_MEMORY : MUSTER_OK;
done:
    muster_free(features);
    muster_free(classes);
    return status;
}

/* ---- columns of codes ---------------------------------------------------------------------- */

/* Name n of the packed strings; `number` holds "x3" where there are none. */
static const char *column_name(const struct data_notes *notes, size_t n, char number[32])
{
    struct muster_field field;
    snprintf(number, 32, "x%zu", n);
    if (!muster_pack_find(notes->names->data, notes->names->length, "features", &field))
        return number;
    const char *name = field.data;
    for (; n > 0; n--)
        name += strlen(name) + 1;
    return name;
}

/* One number a column from `path`, into values [width]. */
static enum muster_status read_columns(const struct data_notes *notes, const char *path,
                                       const char *option, double *values)
{
    const size_t width = notes->head->width;
    if (!hdf5_has_set(notes->file, path))
        return muster_error(MUSTER_BAD_DATA,
                            "%s: no data set %s (%s.%s names another one; %s.categorical: none "
                            "reads codes as numbers)",
                            notes->source->file, path, notes->source->under, option,
                            notes->source->under);
    if (hdf5_read_small(notes->file, path, values, width) != width)
        return muster_error(MUSTER_BAD_DATA,
                            "%s: %s does not fit %s (%s.%s: one number for each of its %zu "
                            "columns)",
                            notes->source->file, path, notes->source->x[DATA_TRAIN],
                            notes->source->under, option, width);
    return MUSTER_OK;
}

static enum muster_status check_levels(const struct data_notes *notes, size_t column, double levels)
{
    char buffer[32];
    const char *name = column_name(notes, column, buffer), *file = notes->source->file;
    if (!(levels >= 1 && levels <= INT32_MAX && levels == floor(levels)))
        return muster_error(MUSTER_BAD_DATA,
                            "%s: %s: column %zu (%s) holds codes, and %s has no number of levels "
                            "for it (1 at least)",
                            file, notes->source->categorical, column, name, notes->source->levels);
    if (levels > VOCABULARY_MOST)
        return muster_error(MUSTER_BAD_DATA,
                            "%s: column %zu (%s) has %.0f levels (2^24 at most: merge rare levels, "
                            "or clear its flag in %s to read codes as numbers)",
                            file, column, name, levels, notes->source->categorical);
    return MUSTER_OK;
}

/* The levels' names in /level_names/COLUMN, where it has as many, as a field of notes->levels;
 * of columns that become one a level also theirs, or their codes, in `hot`. */
static enum muster_status name_levels(const struct data_notes *notes, size_t column, size_t levels,
                                      struct muster_pack *hot)
{
    enum muster_status status = MUSTER_OK;
    char buffer[32], path[512], key[32], *strings = NULL;
    const char *name = column_name(notes, column, buffer);
    size_t n = 0;
    snprintf(path, sizeof path, "%s/%s", notes->source->level_names, name);
    MUSTER_TRY(hdf5_read_strings(notes->file, path, &strings, &n));
    const char *level = n == levels ? strings : NULL;
    if (level != NULL)
        muster_pack_put(notes->levels, data_level_key(column, key), MUSTER_STRINGS, strings, n);
    for (size_t i = 0; i < levels && levels <= notes->head->one_hot; i++) {
        char text[512];
        if (level != NULL) {
            snprintf(text, sizeof text, "%s=%s", name, level);
            level += strlen(level) + 1;
        } else
            snprintf(text, sizeof text, "%s=%zu", name, i);
        muster_pack_text(hot, "", text);
    }
done:
    muster_free(strings);
    return status;
}

/* The texts of a pack as one field "hot" of notes->names. */
static enum muster_status put_hot(const struct data_notes *notes, const struct muster_pack *hot)
{
    enum muster_status status = MUSTER_OK;
    struct muster_field field;
    char *strings = NULL, *to;
    size_t at = 0, n = 0;
    MUSTER_NEW(strings, hot->length);
    for (to = strings; muster_pack_next(hot->data, hot->length, &at, &field); n++) {
        size_t bytes = strlen(field.data) + 1;
        memcpy(to, field.data, bytes);
        to += bytes;
    }
    muster_pack_put(notes->names, "hot", MUSTER_STRINGS, strings, n);
done:
    muster_free(strings);
    return status;
}

static enum muster_status pack_levels(const struct data_notes *notes, const double *levels)
{
    enum muster_status status = MUSTER_OK;
    const size_t width = notes->head->width;
    struct muster_pack hot = {0};
    int64_t *counts = NULL;
    MUSTER_NEW(counts, width);
    for (size_t j = 0; j < width; j++) {
        counts[j] = (int64_t)levels[j];
        if (counts[j] > 0)
            MUSTER_TRY(name_levels(notes, j, (size_t)counts[j], &hot));
    }
    MUSTER_TRY(hot.failed || notes->levels->failed ? MUSTER_NO_MEMORY : put_hot(notes, &hot));
    muster_pack_put(notes->names, "levels", MUSTER_I64, counts, width);
    status = notes->names->failed ? MUSTER_NO_MEMORY : MUSTER_OK;
done:
    muster_pack_free(&hot);
    muster_free(counts);
    return status;
}

/* Tables only; a file that says nothing has none. */
static enum muster_status take_codes(const struct data_notes *notes)
{
    enum muster_status status = MUSTER_OK;
    struct data_header *head = notes->head;
    const struct data_source *source = notes->source;
    bool named = muster_block_get(notes->setup->data, "categorical")->set;
    double *flags = NULL, *levels = NULL;
    if (head->rank > 1 || head->tokens || head->bare || source->categorical == NULL ||
        (!named && !hdf5_has_set(notes->file, source->categorical)))
        return MUSTER_OK;
    head->one_hot = (size_t)muster_block_int(notes->setup->data, "one_hot");
    MUSTER_NEW(flags, head->width);
    MUSTER_NEW(levels, head->width);
    MUSTER_TRY(read_columns(notes, source->categorical, "categorical", flags));
    for (size_t j = 0; j < head->width; j++)
        head->coded = head->coded || flags[j] != 0;
    if (!head->coded)
        goto done;
    MUSTER_TRY(read_columns(notes, source->levels, "levels", levels));
    for (size_t j = 0; j < head->width; j++) {
        if (flags[j] == 0)
            levels[j] = 0;
        else
            MUSTER_TRY(check_levels(notes, j, levels[j]));
    }
    MUSTER_TRY(pack_levels(notes, levels));
done:
    muster_free(flags);
    muster_free(levels);
    return status;
}

/* ---- one number a row ---------------------------------------------------------------------- */

/* Sets *there when `path` holds an integer for each row of a part. */
static enum muster_status find_rows(const struct data_notes *notes, const char *path,
                                    const char *option, int part, bool *there)
{
    const char *file = notes->source->file;
    const size_t rows = notes->head->rows[part];
    if (path == NULL)
        return MUSTER_OK;
    *there = hdf5_has_set(notes->file, path);
    if (!*there && muster_block_get(notes->setup->data, option)->set)
        return muster_error(MUSTER_BAD_DATA, "%s: no data set %s (%s.%s names another one)", file,
                            path, notes->source->under, option);
    if (*there && hdf5_integers(notes->file, path) != rows)
        return muster_error(MUSTER_BAD_DATA,
                            "%s: %s does not fit %s (%s.%s: [%zu] integers, one a row)", file, path,
                            notes->source->x[part], notes->source->under, option, rows);
    return MUSTER_OK;
}

static enum muster_status take_groups(const struct data_notes *notes)
{
    enum muster_status status = MUSTER_OK;
    struct data_header *head = notes->head;
    const char *path = notes->source->groups;
    MUSTER_TRY(find_rows(notes, path, "groups", DATA_TRAIN, &head->grouped));
    if (head->grouped && muster_block_number(notes->setup->data, "time_order") != 0)
        status = muster_error(MUSTER_BAD_STUDY,
                              "data.time_order: rows cannot be parted both by time and by their "
                              "groups, %s (data.groups: none)",
                              path);
done:
    return status;
}

/* What the tokens stand for: strings, or numbers such as character codes. */
static enum muster_status read_words(const struct data_notes *notes, const char *path, size_t *n)
{
    enum muster_status status = MUSTER_OK;
    double *codes = NULL;
    int64_t *whole = NULL;
    char *words = NULL;
    size_t count = hdf5_integers(notes->file, path), strings = 0;
    MUSTER_NEW(codes, count);
    MUSTER_NEW(whole, count);
    hdf5_read_small(notes->file, path, codes, count);
    for (size_t i = 0; i < count; i++)
        whole[i] = (int64_t)codes[i];
    if (count > 0)
        muster_pack_put(notes->names, "word_codes", MUSTER_I64, whole, count);
    else
        MUSTER_TRY(hdf5_read_strings(notes->file, path, &words, &strings));
    if (words != NULL)
        muster_pack_put(notes->names, "words", MUSTER_STRINGS, words, strings);
    *n = words != NULL ? strings : count;
    status = notes->names->failed ? MUSTER_NO_MEMORY : MUSTER_OK;
done:
    muster_free(codes);
    muster_free(whole);
    muster_free(words);
    return status;
}

/* How many tokens there are, where the file says it. */
static enum muster_status take_vocabulary(const struct data_notes *notes)
{
    enum muster_status status = MUSTER_OK;
    struct data_header *head = notes->head;
    const char *path = notes->source->vocabulary;
    double declared = 0;
    if (!head->tokens)
        return MUSTER_OK;
    if (hdf5_attribute_number(notes->file, "vocab_size", &declared) && declared >= 1 &&
        declared <= VOCABULARY_MOST)
        head->vocabulary = (size_t)declared;
    if (path == NULL)
        return MUSTER_OK;
    size_t n = 0;
    MUSTER_TRY(read_words(notes, path, &n));
    if (n == 0 && muster_block_get(notes->setup->data, "vocabulary")->set)
        MUSTER_TRY(muster_error(MUSTER_BAD_DATA,
                                "%s: no data set %s of strings or integers, one a token "
                                "(%s.vocabulary names another one)",
                                notes->source->file, path, notes->source->under));
    head->vocabulary = n > 0 ? n : head->vocabulary;
done:
    return status;
}

/* Sequences and tokens only. A test part without lengths is of full length. */
static enum muster_status take_lengths(const struct data_notes *notes)
{
    enum muster_status status = MUSTER_OK;
    struct data_header *head = notes->head;
    if (!head->tokens && (head->rank != 2 || head->image)) {
        if (!head->bare && muster_block_get(notes->setup->data, "length")->set &&
            notes->source->length[DATA_TRAIN] != NULL)
            status = muster_error(MUSTER_BAD_STUDY,
                                  "%s.length: rows of %s are no sequences (tokens [n, t], or [n, "
                                  "t, c] whose attribute `layout` is TC)",
                                  notes->source->under, notes->source->x[DATA_TRAIN]);
        return status;
    }
    MUSTER_TRY(find_rows(notes, notes->source->length[DATA_TRAIN], "length", DATA_TRAIN,
                         &head->lengths[DATA_TRAIN]));
    if (head->official && head->lengths[DATA_TRAIN] && notes->source->length[DATA_TEST] != NULL &&
        hdf5_has_set(notes->file, notes->source->length[DATA_TEST]))
        status = find_rows(notes, notes->source->length[DATA_TEST], "length", DATA_TEST,
                           &head->lengths[DATA_TEST]);
done:
    return status;
}

/* Of an input that is not alone in its group: what stands there without a word of whose it is. */
static void warn_of_shared(const struct data_notes *notes)
{
    const struct data_source *source = notes->source;
    const struct data_header *head = notes->head;
    const bool table = head->rank == 1 && !head->tokens;
    const bool steps = head->tokens || (head->rank == 2 && !head->image);
    const char *path = table && !head->coded                 ? source->shared_categorical
                       : steps && !head->lengths[DATA_TRAIN] ? source->shared_length
                                                             : NULL;
    const char *option = table ? "categorical" : "length";
    if (path != NULL && !muster_block_get(notes->setup->data, option)->set &&
        hdf5_has_set(notes->file, path))
        muster_log(MUSTER_WARNINGS,
                   "%s: %s is not looked at for %s, which shares its group with other inputs "
                   "(%s.%s: %s, or none)",
                   source->file, path, source->x[DATA_TRAIN], source->under, option, path);
}

enum muster_status data_annotate(const struct data_notes *notes)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_TRY(take_names(notes));
    MUSTER_TRY(take_codes(notes));
    MUSTER_TRY(take_vocabulary(notes));
    if (notes->source->common == NULL)
        MUSTER_TRY(take_groups(notes));
    MUSTER_TRY(take_lengths(notes));
    warn_of_shared(notes);
done:
    return status;
}
