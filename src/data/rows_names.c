/* Whether the columns of a table, and the levels of those that hold codes, are called as in the
 * table that a preparation was fitted on. Codes say nothing by themselves: another file may number
 * the same levels otherwise. A file without names is taken at its word. */
#include <string.h>

#include "data/hdf5_file.h"

/* Where the names stand, and what they are compared with. */
struct names {
    hid_t file;
    const struct muster_rows_source *source;
    const struct muster_input *input;
    char *columns, *levels; /* owned: paths */
};

/* A table is the only input. */
static const char *advice(const struct names *names)
{
    return names->source->several
               ? "all must stand as in the training data"
               : "`muster import --model` puts columns and levels as the model has them";
}

/* Beside each of several inputs, at the root for the only one. */
static enum muster_status find(struct names *names)
{
    const struct muster_rows_source *source = names->source;
    const char *x = source->several ? source->x : "/x";
    names->columns = data_beside(x, source->shared, "feature_names");
    names->levels = data_beside(x, source->shared, "level_names");
    return names->columns != NULL && names->levels != NULL ? MUSTER_OK : MUSTER_NO_MEMORY;
}

/* The first of `n` texts that is another one, or n. */
static size_t compare(const char *said, const char *const *wanted, size_t n, const char **other)
{
    for (size_t i = 0; i < n; i++, said += strlen(said) + 1) {
        *other = said;
        if (strcmp(said, wanted[i]) != 0)
            return i;
    }
    return n;
}

static enum muster_status compare_columns(const struct names *names)
{
    enum muster_status status = MUSTER_OK;
    const size_t d = names->input->dims[0];
    char *said = NULL;
    const char *other;
    size_t n = 0;
    if (names->input->names == NULL)
        return MUSTER_OK;
    MUSTER_TRY(hdf5_read_strings(names->file, names->columns, &said, &n));
    const size_t j = said != NULL && n == d ? compare(said, names->input->names, d, &other) : d;
    if (j < d)
        status = muster_error(MUSTER_BAD_DATA,
                              "%s: %s: column %zu (from 0) is `%s`, which for the model is `%s` "
                              "(%s)",
                              names->source->file, names->columns, j, other, names->input->names[j],
                              advice(names));
done:
    muster_free(said);
    return status;
}

/* Levels that only one of the two has stand behind those of both. */
static enum muster_status compare_levels(const struct names *names, size_t j)
{
    enum muster_status status = MUSTER_OK;
    const char *const *wanted = names->input->level_names[j];
    const char *name = names->input->names[j], *other;
    char *said = NULL, *path = muster_format("%s/%s", names->levels, name);
    size_t n = 0, levels = (size_t)names->input->levels[j];
    MUSTER_TRY(path != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    MUSTER_TRY(hdf5_read_strings(names->file, path, &said, &n));
    n = said == NULL ? 0 : n < levels ? n : levels;
    const size_t i = compare(said, wanted, n, &other);
    if (i < n)
        status = muster_error(MUSTER_BAD_DATA,
                              "%s: column `%s`: code %zu stands for `%s`, which for the model "
                              "stands for `%s` (%s)",
                              names->source->file, name, i, other, wanted[i], advice(names));
done:
    muster_free(said);
    muster_free(path);
    return status;
}

enum muster_status data_compare_names(hid_t file, const struct muster_rows_source *source,
                                      const struct muster_input *input)
{
    enum muster_status status;
    struct names names = {.file = file, .source = source, .input = input};
    MUSTER_TRY(find(&names));
    MUSTER_TRY(compare_columns(&names));
    for (size_t j = 0; input->level_names != NULL && input->names != NULL && j < input->dims[0];
         j++)
        if (input->level_names[j] != NULL)
            MUSTER_TRY(compare_levels(&names, j));
done:
    muster_free(names.columns);
    muster_free(names.levels);
    return status;
}
