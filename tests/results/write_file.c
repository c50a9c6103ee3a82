/* Writes the file of file_fill.h to its argument: the program behind check_h5py.py. */
#include "file_fill.h"

int main(int argc, char **argv)
{
    struct muster_file *file;
    enum muster_status status;
    if (argc != 2)
        return muster_status_exit(MUSTER_USAGE);
    status = muster_file_create(argv[1], &file);
    if (status == MUSTER_OK) {
        fill(file);
        status = muster_file_finish(&file);
    }
    return muster_status_exit(status);
}
