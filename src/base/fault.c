/* Faults on demand: the N-th call of a kind fails, so that tests reach every failure path. */
#include "muster/base.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
    [MUSTER_FAULT_ALLOC] = "alloc",
    [MUSTER_FAULT_OPEN] = "open",
    [MUSTER_FAULT_WRITE] = "write",
    [MUSTER_FAULT_MPI] = "mpi",
};
enum { KINDS = sizeof names / sizeof *names };

static struct {
    int64_t left; /* calls until the one that fails; 0: none will */
} armed[KINDS];

static enum muster_status malformed(const char *spec)
{
    return muster_error(MUSTER_USAGE,
                        "fault '%s' is not understood (KIND:N or KIND:N@RANK with alloc, open, "
                        "write or mpi, N from 1)",
                        spec);
}

enum muster_status muster_fault_set(const char *spec, int rank)
{
    memset(armed, 0, sizeof armed);
    if (spec == NULL || *spec == '\0')
        return MUSTER_OK;
    size_t length = strcspn(spec, ":");
    for (size_t kind = 0; kind < KINDS; kind++) {
        if (strlen(names[kind]) != length || strncmp(spec, names[kind], length) != 0)
            continue;
        char *end = NULL;
        long long n = spec[length] == ':' ? strtoll(spec + length + 1, &end, 10) : 0;
        bool here = true;
        if (end != NULL && *end == '@' && isdigit((unsigned char)end[1]))
            here = strtol(end + 1, &end, 10) == rank;
        if (n < 1 || *end != '\0')
            return malformed(spec);
        armed[kind].left = here ? n : 0;
        return MUSTER_OK;
    }
    return malformed(spec);
}

bool muster_fault(enum muster_fault kind)
{
    if (__builtin_expect(armed[kind].left == 0, 1))
        return false;
    return --armed[kind].left == 0;
}
