/* Opening HDF5 files, alone through the serial driver and together through MPI-IO. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/hdf5_file.h"
#include "muster/par_mpi.h"

static herr_t first_cause(unsigned n, const H5E_error2_t *error, void *context)
{
    (void)n;
    snprintf(context, HDF5_REASON, "%s", error->desc != NULL ? error->desc : "");
    return 1; /* the innermost comes first and is enough */
}

const char *hdf5_reason(char *out)
{
    out[0] = '\0';
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, first_cause, out);
    if (out[0] == '\0')
        snprintf(out, HDF5_REASON, "no reason given by HDF5");
    return out;
}

/* Nothing of ours has the file open for writing, and many file systems of clusters have no locks.
 */
static void no_locks_needed(hid_t access)
{
#if H5_VERSION_GE(1, 10, 7)
    H5Pset_file_locking(access, true, true);
#else
    (void)access;
#endif
}

/* What can be said without HDF5. */
static enum muster_status check_readable(const char *name, const char *host)
{
    struct stat about;
    const char *on = *host ? " on " : "";
    if (muster_fault(MUSTER_FAULT_OPEN))
        return muster_error(MUSTER_NO_INPUT, "%s: cannot be opened%s%s: asked to fail", name, on,
                            host);
    if (stat(name, &about) != 0 || access(name, R_OK) != 0)
        return muster_error(MUSTER_NO_INPUT,
                            "%s: cannot be read%s%s: %s (data.file is relative to the study file)",
                            name, on, host, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return muster_error(MUSTER_NO_INPUT, "%s: not a file%s%s (data.file names an HDF5 file)",
                            name, on, host);
    return MUSTER_OK;
}

enum muster_status hdf5_open(const char *name, hid_t *file)
{
    enum muster_status status = MUSTER_OK;
    char reason[HDF5_REASON];
    hid_t access = H5I_INVALID_HID;
    *file = H5I_INVALID_HID;
    H5open();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    MUSTER_TRY(check_readable(name, ""));
    if (H5Fis_hdf5(name) <= 0) {
        status =
            muster_error(MUSTER_BAD_DATA,
                         "%s: not an HDF5 file (`muster import` makes one from a CSV table)", name);
        goto done;
    }
    access = H5Pcreate(H5P_FILE_ACCESS);
    no_locks_needed(access);
    *file = H5Fopen(name, H5F_ACC_RDONLY, access);
    if (*file < 0)
        status = muster_error(MUSTER_BAD_DATA, "%s: damaged or being written: %s", name,
                              hdf5_reason(reason));
done:
    if (access >= 0)
        H5Pclose(access);
    return status;
}

enum muster_status hdf5_open_together(const char *name, struct muster_comm *comm, hid_t *file)
{
    enum muster_status status = MUSTER_OK;
    char reason[HDF5_REASON];
    hid_t access = H5I_INVALID_HID;
    *file = H5I_INVALID_HID;
    H5open();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    /* Other nodes may not see what rank 0 saw. */
    MUSTER_TRY(muster_agree(comm, check_readable(name, muster_comm_host(comm))));
    access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_mpio(access, muster_comm_mpi(comm), MPI_INFO_NULL);
    H5Pset_all_coll_metadata_ops(access, true);
    *file = H5Fopen(name, H5F_ACC_RDONLY, access);
    if (*file < 0)
        status = muster_error(MUSTER_IO, "%s: cannot be opened by all ranks: %s (on %s)", name,
                              hdf5_reason(reason), muster_comm_host(comm));
    status = muster_agree(comm, status);
done:
    if (access >= 0)
        H5Pclose(access);
    return status;
}
