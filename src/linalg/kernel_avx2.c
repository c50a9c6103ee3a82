/* Products on AVX2 with FMA: 16 registers of 8 floats, 12 of them the tile. */
#if defined(__x86_64__)
#pragma GCC target("avx2,fma")
#define WIDTH 8
#define ROWS 6
#include "linalg/kernel_template.h"

const struct muster_kernel muster_kernel_avx2 = {
    .name = "avx2", .rows = ROWS, .columns = COLUMNS, .panel = panel, .pack = pack};
#endif
