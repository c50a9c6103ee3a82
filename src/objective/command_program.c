/* The file behind a command's first word, and the environment it runs in. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command_impl.h"

extern char **environ;

static bool can_run(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode) && access(path, X_OK) == 0;
}

static enum muster_status refuse(const struct muster_study *study, const char *word,
                                 const char *path)
{
    bool there = path != NULL && access(path, F_OK) == 0;
    return muster_error(
        MUSTER_NO_INPUT, "%s: the program `%s` %s (%s)",
        muster_study_place(study, "objective.command.0"), word,
        there ? "cannot be executed" : "is not found",
        there          ? "chmod +x makes a file a program"
        : path != NULL ? "a name with a slash is looked for beside the study file"
                       : "a name without a slash is looked for in PATH; ./NAME: beside the study "
                         "file");
}

/* The first of the folders of PATH that holds it. */
static enum muster_status find_in_path(const char *word, char **path)
{
    const char *folders = getenv("PATH");

    for (const char *at = folders != NULL ? folders : "/usr/bin:/bin"; *at != '\0';) {
        int length = (int)strcspn(at, ":");
        *path = muster_format("%.*s/%s", length > 0 ? length : 1, length > 0 ? at : ".", word);
        if (*path == NULL)
            return MUSTER_NO_MEMORY;
        if (can_run(*path))
            return MUSTER_OK;
        muster_free(*path);
        *path = NULL;
        at += length + (at[length] == ':');
    }
    return MUSTER_OK;
}

/* Absolute, since the program starts in the study's folder. */
static enum muster_status make_absolute(char **path)
{
    char *absolute = realpath(*path, NULL);
    char *copy = absolute != NULL ? muster_strdup(absolute) : NULL;

    if (copy == NULL)
        return absolute == NULL ? muster_error(MUSTER_IO, "%s: %s", *path, strerror(errno))
                                : MUSTER_NO_MEMORY;
    free(absolute);
    muster_free(*path);
    *path = copy;
    return MUSTER_OK;
}

enum muster_status command_program_find(const struct muster_study *study, const char *word,
                                        char **path)
{
    enum muster_status status = MUSTER_OK;
    bool named = strchr(word, '/') != NULL;

    *path = NULL;
    if (named) {
        *path = muster_study_resolve(study, word);
        MUSTER_TRY(*path != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    } else {
        MUSTER_TRY(find_in_path(word, path));
    }
    if (*path == NULL || !can_run(*path))
        MUSTER_TRY(refuse(study, word, *path));
    MUSTER_TRY(make_absolute(path));
done:
    if (status != MUSTER_OK) {
        muster_free(*path);
        *path = NULL;
    }
    return status;
}

/* ---- environment ----------------------------------------------------------------------------- */

/* What Open MPI, PMIx, MPICH and Intel MPI tell the ranks they start. A program that inherited it
 * would take itself for one of them. */
static const char *const launchers[] = {"PMIX_",
                                        "PMI_",
                                        "MPIR_",
                                        "MPI_LOCAL",
                                        "HYDI_",
                                        "HYDRA_",
                                        "OMPI_APP_CTX",
                                        "OMPI_ARGV",
                                        "OMPI_COMM",
                                        "OMPI_FILE_LOCATION",
                                        "OMPI_FIRST_RANKS",
                                        "OMPI_MCA_ess",
                                        "OMPI_MCA_initial_wdir",
                                        "OMPI_MCA_orte_",
                                        "OMPI_MCA_pmix",
                                        "OMPI_MCA_shmem",
                                        "OMPI_NUM_APP",
                                        "OMPI_REPORT",
                                        "OMPI_UNIVERSE"};

static bool from_launcher(const char *variable)
{
    for (size_t i = 0; i < sizeof launchers / sizeof *launchers; i++)
        if (strncmp(variable, launchers[i], strlen(launchers[i])) == 0)
            return true;
    return false;
}

enum muster_status command_environment(char ***names, size_t *n)
{
    enum muster_status status = MUSTER_OK;
    size_t all = 0;

    *n = 0;
    while (environ[all] != NULL)
        all++;
    MUSTER_NEW(*names, all + COMMAND_OWN_VARIABLES + 1);
    for (size_t i = 0; i < all; i++)
        if (!from_launcher(environ[i]))
            (*names)[(*n)++] = environ[i];
done:
    return status;
}
