/* out: a text file that a command writes. It is written beside its name and renamed when it is
 * whole, so that nobody reads half of it; `-` is standard output. What is no plain file, a pipe, a
 * device or a link such as /dev/stdout, is written into as it is: a rename would do away with it.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli_impl.h"
#include "muster/results.h"

static enum muster_status cannot(const char *path, const char *what)
{
    return muster_error(MUSTER_IO, "%s cannot be %s: %s", path, what, strerror(errno));
}

static bool exists_otherwise(const char *path)
{
    struct stat about;

    return lstat(path, &about) == 0 && !S_ISREG(about.st_mode);
}

enum muster_status cli_out_open(const char *path, struct cli_out *out)
{
    *out = (struct cli_out){.path = path, .file = stdout};
    if (strcmp(path, "-") == 0)
        return MUSTER_OK;
    if (exists_otherwise(path)) {
        out->file = fopen(path, "w");
        return out->file != NULL ? MUSTER_OK : cannot(path, "written");
    }
    out->file = NULL;
    out->aside = muster_format("%s.tmp", path);
    if (out->aside == NULL)
        return MUSTER_NO_MEMORY;
    out->file = muster_fault(MUSTER_FAULT_OPEN) ? NULL : fopen(out->aside, "w");
    return out->file != NULL ? MUSTER_OK : cannot(path, "written");
}

enum muster_status cli_out_close(struct cli_out *out, enum muster_status status)
{
    bool written;

    if (out->file == NULL || out->aside == NULL) {
        if (out->file != NULL && fflush(out->file) != 0 && status == MUSTER_OK)
            status = cannot(out->path, "written");
        if (out->file != NULL && out->file != stdout)
            fclose(out->file);
        muster_free(out->aside);
        return status;
    }
    written = !ferror(out->file) && !muster_fault(MUSTER_FAULT_WRITE);
    if ((fclose(out->file) != 0 || !written) && status == MUSTER_OK)
        status = cannot(out->path, "written");
    if (status == MUSTER_OK && rename(out->aside, out->path) != 0)
        status = cannot(out->path, "written");
    if (status != MUSTER_OK)
        unlink(out->aside);
    muster_free(out->aside);
    return status;
}

static bool same_file(const char *a, const char *b)
{
    struct stat one, other;

    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

enum muster_status cli_out_check(const char *out, const char *input, bool binary)
{
    struct stat about;
    struct muster_reader *reader = NULL;
    bool results;

    if (binary && stat(out, &about) == 0 && !S_ISREG(about.st_mode))
        return muster_error(MUSTER_USAGE, "%s is no regular file (--out names the file)", out);
    if (same_file(out, input))
        return muster_error(MUSTER_USAGE, "%s would overwrite what it is made from", out);
    if (access(out, F_OK) != 0)
        return MUSTER_OK;
    results = muster_reader_open(out, &reader) == MUSTER_OK;
    muster_reader_close(&reader);
    muster_error_clear();
    return results ? muster_error(MUSTER_USAGE,
                                  "%s holds the results of a run: it is not overwritten (another "
                                  "name, or remove it)",
                                  out)
                   : MUSTER_OK;
}
