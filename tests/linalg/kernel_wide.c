/* Vectors of AVX-512, of whatever registers the target has, in small tiles. */
#define WIDTH 16
#define ROWS 4
#include "linalg/kernel_template.h"

extern const struct muster_kernel test_kernel_wide;
const struct muster_kernel test_kernel_wide = {
    .name = "wide", .rows = ROWS, .columns = COLUMNS, .panel = panel, .pack = pack};
