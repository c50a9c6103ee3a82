/* Products on AVX-512: 32 registers of 16 floats, 24 of them the tile. */
#if defined(__x86_64__)
#pragma GCC target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")
#define WIDTH 16
#define ROWS 12
#include "linalg/kernel_template.h"

const struct muster_kernel muster_kernel_avx512 = {
    .name = "avx512", .rows = ROWS, .columns = COLUMNS, .panel = panel, .pack = pack};
#endif
