/* What writer and reader need of HDF5. */
#include <string.h>

#include "results/file_impl.h"

hid_t muster_hdf5_access(void)
{
    hid_t access;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0)
        return access;
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
    H5Pset_file_locking(access, false, true);
#endif
    return access;
}

/* The file driver writes "errno = 28, error message = 'No space left on device', ...". */
static herr_t find_reason(unsigned n, const H5E_error2_t *error, void *context)
{
    static const char mark[] = "error message = '";
    const char *start = error->desc == NULL ? NULL : strstr(error->desc, mark);
    char *out = context;
    (void)n;
    if (start == NULL || out[0] != '\0')
        return 0;
    start += sizeof mark - 1;
    size_t length = strcspn(start, "'");
    if (length > 99)
        length = 99;
    memcpy(out, start, length);
    out[length] = '\0';
    return 0;
}

void muster_hdf5_reason(char *out, size_t size)
{
    char text[100] = "";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, find_reason, text);
    strncpy(out, text, size - 1);
    out[size - 1] = '\0';
}

void muster_hdf5_close(hid_t id)
{
    static herr_t (*const close[H5I_NTYPES])(hid_t) = {
        [H5I_FILE] = H5Fclose,        [H5I_GROUP] = H5Gclose,   [H5I_DATATYPE] = H5Tclose,
        [H5I_DATASPACE] = H5Sclose,   [H5I_DATASET] = H5Dclose, [H5I_ATTR] = H5Aclose,
        [H5I_GENPROP_LST] = H5Pclose,
    };
    H5I_type_t type = id < 0 ? H5I_BADID : H5Iget_type(id);
    if (type > 0 && type < H5I_NTYPES && close[type] != NULL)
        close[type](id);
}

hid_t muster_hdf5_native(enum muster_field_type type)
{
    const hid_t types[] = {[MUSTER_F64] = H5T_NATIVE_DOUBLE,
                           [MUSTER_F32] = H5T_NATIVE_FLOAT,
                           [MUSTER_I64] = H5T_NATIVE_INT64,
                           [MUSTER_U8] = H5T_NATIVE_UINT8};
    return types[type];
}

hid_t muster_hdf5_stored(enum muster_field_type type)
{
    const hid_t types[] = {[MUSTER_F64] = H5T_IEEE_F64LE,
                           [MUSTER_F32] = H5T_IEEE_F32LE,
                           [MUSTER_I64] = H5T_STD_I64LE,
                           [MUSTER_U8] = H5T_STD_U8LE};
    return types[type];
}

size_t muster_hdf5_bytes(enum muster_field_type type)
{
    static const size_t bytes[] = {
        [MUSTER_F64] = 8, [MUSTER_F32] = 4, [MUSTER_I64] = 8, [MUSTER_U8] = 1};
    return bytes[type];
}

hid_t muster_hdf5_string(size_t size)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0)
        return type;
    if (H5Tset_size(type, size) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0 ||
        (size != H5T_VARIABLE && H5Tset_strpad(type, H5T_STR_NULLPAD) < 0)) {
        H5Tclose(type);
        return -1;
    }
    return type;
}
