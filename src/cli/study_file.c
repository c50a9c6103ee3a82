/* study_file: from a study file's name to the same parsed study on every rank. Only rank 0 reads,
 * so that a thousand ranks do not open one small file at once. */
#include <errno.h>
#include <string.h>

#include "cli_impl.h"

static enum muster_status cannot_read(const char *path, int code)
{
    if (code == ENOENT || code == ENOTDIR)
        return muster_error(MUSTER_NO_INPUT, "%s: there is no such study file", path);
    return muster_error(MUSTER_NO_INPUT, "%s: the study file cannot be read: %s", path,
                        strerror(code));
}

/* Bytes; a thousand times what people write, and an end to reading a device. */
enum { MOST_TEXT = 64 << 20 };

/* The whole file with a NUL behind it; *bytes counts the NUL. */
static enum muster_status read_text(const char *path, char **text, size_t *bytes)
{
    enum muster_status status = MUSTER_OK;
    FILE *file = muster_fault(MUSTER_FAULT_OPEN) ? NULL : fopen(path, "rb");
    size_t capacity = 0, length = 0, got;

    *text = NULL;
    if (file == NULL)
        return cannot_read(path, errno != 0 ? errno : EIO);
    do {
        MUSTER_TRY(muster_grow(text, &capacity, length + 8192, 1));
        got = fread(*text + length, 1, capacity - length - 1, file);
        length += got;
    } while (got > 0 && length < MOST_TEXT);
    if (ferror(file))
        status = cannot_read(path, errno);
    else if (length >= MOST_TEXT)
        status = muster_error(MUSTER_BAD_STUDY, "%s:1:1: %d MiB are too much for a study", path,
                              MOST_TEXT >> 20);
    else if (memchr(*text, '\0', length) != NULL)
        status =
            muster_error(MUSTER_BAD_STUDY, "%s:1:1: this is no text file (a study is YAML)", path);
done:
    fclose(file);
    if (status == MUSTER_OK)
        (*text)[length] = '\0';
    *bytes = length + 1;
    return status;
}

enum muster_status cli_study_load(struct muster_comm *world, const struct cli_arguments *arguments,
                                  const struct cli_catalog *catalog, struct muster_study **study)
{
    const struct muster_value *sets = cli_flag(arguments, "set");
    enum muster_status status = MUSTER_OK;
    char *text = NULL;
    void *block = NULL;
    size_t bytes = 0;

    if (muster_comm_rank(world) == 0) {
        status = read_text(arguments->operand, &text, &bytes);
        block = text;
    }
    MUSTER_TRY(muster_agree(world, status));
    MUSTER_TRY(muster_broadcast_block(world, &block, &bytes, 0));
    status = muster_study_parse(block, arguments->operand, sets->items, sets->n, &catalog->catalog,
                                study);
    MUSTER_TRY(muster_agree(world, status));
done:
    muster_free(block);
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
