/* Tiles of AVX-512's height, in vectors of AVX2. */
#define WIDTH 8
#define ROWS 12
#include "linalg/kernel_template.h"

extern const struct muster_kernel test_kernel_tall;
const struct muster_kernel test_kernel_tall = {
    .name = "tall", .rows = ROWS, .columns = COLUMNS, .panel = panel, .pack = pack};
