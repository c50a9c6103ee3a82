/* study_file: from a study file's name to the same parsed study on every rank. Only rank 0 reads,
 * so that a thousand ranks do not open one small file at once. */
#include <errno.h>
#include <string.h>

#include "cli_impl.h"

static enum muster_status cannot_read(const char *path, const char *what, int code)
{
    if (code == ENOENT || code == ENOTDIR)
        return muster_error(MUSTER_NO_INPUT, "%s: there is no such %s", path, what);
    return muster_error(MUSTER_NO_INPUT, "%s: the %s cannot be read: %s", path, what,
                        strerror(code));
}

enum muster_status cli_text_read(const char *path, const char *what, char **text, size_t *bytes)
{
    enum muster_status status = MUSTER_OK;
    FILE *file = muster_fault(MUSTER_FAULT_OPEN) ? NULL : fopen(path, "rb");
    size_t most = *bytes, capacity = 0, length = 0, got;

    *text = NULL;
    if (file == NULL)
        return cannot_read(path, what, errno != 0 ? errno : EIO);
    do {
        MUSTER_TRY(muster_grow(text, &capacity, length + 8192, 1));
        got = fread(*text + length, 1, capacity - length - 1, file);
        length += got;
    } while (got > 0 && length < most);
    if (ferror(file))
        status = cannot_read(path, what, errno);
    else if (length >= most)
        status = muster_error(MUSTER_BAD_DATA, "%s:1:1: %zu MiB are too much for a %s", path,
                              most >> 20, what);
done:
    fclose(file);
    if (status == MUSTER_OK)
        (*text)[length] = '\0';
    *bytes = length + 1;
    return status;
}

/* Bytes; a thousand times what people write, and an end to reading a device. */
enum { MOST_TEXT = 64 << 20 };

static enum muster_status read_study(const char *path, char **text, size_t *bytes)
{
    enum muster_status status;

    *bytes = MOST_TEXT;
    status = cli_text_read(path, "study file", text, bytes);
    if (status == MUSTER_BAD_DATA)
        return MUSTER_BAD_STUDY;
    if (status == MUSTER_OK && strlen(*text) + 1 < *bytes)
        status =
            muster_error(MUSTER_BAD_STUDY, "%s:1:1: this is no text file (a study is YAML)", path);
    return status;
}

/* Rank 0's text of the file in a block of every rank. */
static enum muster_status share_text(struct muster_comm *world, const char *path, char **text)
{
    enum muster_status status = MUSTER_OK;
    void *block = NULL;
    size_t bytes = 0;

    if (muster_comm_rank(world) == 0)
        status = read_study(path, text, &bytes);
    block = *text;
    MUSTER_TRY(muster_agree(world, status));
    status = muster_broadcast_block(world, &block, &bytes, 0);
    *text = block;
done:
    return status;
}

/* One warning a line. */
static void warn_of_unused(const struct muster_study *study)
{
    struct muster_text text = {0};

    muster_study_unused(study, &text);
    for (char *line = text.data, *end; line != NULL; line = end) {
        end = strchr(line, '\n');
        if (end != NULL)
            *end++ = '\0';
        muster_log(MUSTER_WARNINGS, "%s", line);
    }
    muster_text_free(&text);
}

enum muster_status cli_study_load(struct muster_comm *world, const struct cli_arguments *arguments,
                                  const struct cli_catalog *catalog, struct muster_study **study)
{
    const struct muster_value *sets = cli_flag(arguments, "set");
    enum muster_status status = MUSTER_OK;
    char *text = NULL;
    size_t bytes;

    MUSTER_TRY(world != NULL ? share_text(world, arguments->operand, &text)
                             : read_study(arguments->operand, &text, &bytes));
    status = muster_study_parse(text, arguments->operand, sets->items, sets->n, &catalog->catalog,
                                study);
    if (world != NULL)
        status = muster_agree(world, status);
    if (status == MUSTER_OK)
        warn_of_unused(*study);
done:
    muster_free(text);
    return status;
}

char *cli_default_out(const char *study_file)
{
    const char *slash = strrchr(study_file, '/');
    const char *name = slash != NULL ? slash + 1 : study_file;
    const char *dot = strrchr(name, '.');
    bool yaml =
        dot != NULL && dot != name && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);

    return muster_format("%.*s.results.h5", yaml ? (int)(dot - name) : (int)strlen(name), name);
}
