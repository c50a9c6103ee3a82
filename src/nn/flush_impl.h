/* Numbers too small to be normal count as 0 while a network computes. The moments of weights whose
 * gradient has become 0 decay into that range and stay there, and on some processors each such
 * operand costs over a hundred cycles. Where the processor has no such mode nothing is done. */
#ifndef MUSTER_NN_FLUSH_IMPL_H
#define MUSTER_NN_FLUSH_IMPL_H

#include <stdint.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

/* Returns the thread's mode, for flush_end. */
static inline uint64_t flush_begin(void)
{
#if defined(__SSE2__)
    const unsigned to_zero = 1u << 15, as_zero = 1u << 6, mode = _mm_getcsr();
    _mm_setcsr(mode | to_zero | as_zero);
    return mode;
#elif defined(__aarch64__)
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode | UINT64_C(1) << 24));
    return mode;
#else
    return 0;
#endif
}

static inline void flush_end(uint64_t mode)
{
#if defined(__SSE2__)
    _mm_setcsr((unsigned)mode);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
#else
    (void)mode;
#endif
}

#endif
