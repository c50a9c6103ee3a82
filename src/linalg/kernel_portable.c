/* Products on whatever the compiler was told to compile for: registers of 4 floats. */
#define WIDTH 4
#define ROWS 4
#include "linalg/kernel_template.h"

const struct muster_kernel muster_kernel_portable = {
    .name = "portable", .rows = ROWS, .columns = COLUMNS, .panel = panel, .pack = pack};
