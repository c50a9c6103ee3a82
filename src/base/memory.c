/* Counted memory: each block carries its size in a 64-byte head, so that payloads stay aligned to a
 * cache line and the balance can be checked at exit. */
#include "muster/base.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HEAD = 64 };

/* Blocks from this size on are only promised while measuring. */
enum { LARGE = 1 << 20 };

static atomic_int_fast64_t live_blocks, live_bytes, peak_bytes;
static atomic_bool measuring;

struct head {
    size_t bytes;
    size_t mapped; /* bytes of a mapping of its own; 0: from the heap */
};

void muster_memory_measure(bool on)
{
    atomic_store(&measuring, on);
}

/* A zeroed mapping that nothing stands behind yet; NULL where addresses are out. */
static struct head *map(size_t bytes)
{
    struct head *head = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (head == MAP_FAILED)
        return NULL;
    head->mapped = bytes;
    return head;
}

/* Its payload zeroed. */
static struct head *take(size_t bytes)
{
    if (atomic_load(&measuring) && bytes >= LARGE)
        return map(bytes);
    bytes = bytes < 2 * HEAD ? 2 * HEAD : bytes;
    struct head *head = aligned_alloc(64, bytes);
    return head == NULL ? NULL : memset(head, 0, bytes);
}

static struct head *head_of(void *block)
{
    return (struct head *)((char *)block - HEAD);
}

static void count(int64_t blocks, int64_t bytes)
{
    atomic_fetch_add(&live_blocks, blocks);
    int64_t now = atomic_fetch_add(&live_bytes, bytes) + bytes;
    if (now > atomic_load(&peak_bytes))
        atomic_store(&peak_bytes, now);
}

void *muster_alloc(size_t elements, size_t size)
{
    size_t bytes = 0, whole = 0;
    if (__builtin_mul_overflow(elements, size, &bytes) ||
        __builtin_add_overflow(bytes, (size_t)HEAD + 63, &whole)) {
        muster_error(MUSTER_NO_MEMORY, "out of memory: %zu x %zu bytes overflow", elements, size);
        return NULL;
    }
    whole &= ~(size_t)63; /* aligned_alloc wants a multiple of the alignment */
    struct head *head = NULL;
    if (!muster_fault(MUSTER_FAULT_ALLOC))
        head = take(whole);
    if (head == NULL) {
        muster_error(MUSTER_NO_MEMORY, "out of memory: %zu bytes wanted, %lld in use", bytes,
                     (long long)muster_memory_bytes());
        return NULL;
    }
    head->bytes = bytes;
    count(1, (int64_t)bytes);
    return (char *)head + HEAD;
}

void *muster_realloc(void *block, size_t elements, size_t size)
{
    void *fresh = muster_alloc(elements, size);
    if (fresh != NULL && block != NULL) {
        size_t old = head_of(block)->bytes, new = elements *size;
        memcpy(fresh, block, old < new ? old : new);
        muster_free(block);
    }
    return fresh;
}

void muster_free(void *block)
{
    if (block != NULL) {
        struct head *head = head_of(block);
        count(-1, -(int64_t)head->bytes);
        if (head->mapped > 0)
            munmap(head, head->mapped);
        else
            free(head);
    }
}

char *muster_strndup(const char *text, size_t length)
{
    char *copy = muster_alloc(length + 1, 1);
    if (copy != NULL)
        memcpy(copy, text, length);
    return copy;
}

char *muster_strdup(const char *text)
{
    return muster_strndup(text, strlen(text));
}

char *muster_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : muster_alloc((size_t)length + 1, 1);
    if (text != NULL) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    return text;
}

enum muster_status muster_grow(void *array, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity)
        return MUSTER_OK;
    size_t room = *capacity < 8 ? 8 : 2 * *capacity;
    if (room < need)
        room = need;
    void *old;
    memcpy(&old, array, sizeof old); /* `array` is the address of a pointer of any type */
    void *fresh = muster_realloc(old, room, size);
    if (fresh == NULL)
        return MUSTER_NO_MEMORY;
    memcpy(array, &fresh, sizeof fresh);
    *capacity = room;
    return MUSTER_OK;
}

int64_t muster_memory_blocks(void)
{
    return atomic_load(&live_blocks);
}

int64_t muster_memory_bytes(void)
{
    return atomic_load(&live_bytes);
}

int64_t muster_memory_peak(void)
{
    return atomic_load(&peak_bytes);
}
