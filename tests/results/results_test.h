/* What the tests of results share: a folder of their own, whole files in memory. */
#ifndef RESULTS_TEST_H
#define RESULTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "muster/results.h"

static char folder[64], path[96];

static inline int results_test_setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/muster-results-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

/* Fails where a test left more than `path` behind, or memory. */
static inline int results_test_teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder) == 0 && muster_memory_blocks() == 0 ? 0 : -1;
}

static inline size_t read_file(unsigned char *bytes, size_t capacity)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(bytes, 1, capacity, file);
    assert_true(n < capacity);
    fclose(file);
    return n;
}

static inline void write_file(const unsigned char *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* ---- journals: record i holds `id` = i and a text whose length depends on i ------------------ */

static inline enum muster_status append(struct muster_journal *journal, int64_t id)
{
    struct muster_pack pack = {0};
    muster_pack_i64(&pack, "id", id);
    muster_pack_text(&pack, "text", &"abcdefghijklm"[id % 13]);
    enum muster_status status = muster_journal_append(journal, MUSTER_RECORD_RESULT, &pack);
    muster_pack_free(&pack);
    return status;
}

static inline void write_records(bool fresh, int64_t first, int64_t n)
{
    struct muster_journal *journal;
    assert_int_equal(muster_journal_open(path, fresh, &journal), MUSTER_OK);
    for (int64_t i = first; i < first + n; i++) {
        assert_int_equal(append(journal, i), MUSTER_OK);
        assert_int_equal(muster_journal_sync(journal), MUSTER_OK);
    }
    muster_journal_close(&journal);
}

/* `context`: int64_t, the records seen so far, each the next in number. */
static inline enum muster_status count_record(void *context, enum muster_record kind,
                                              const void *payload, size_t n)
{
    int64_t *seen = context;
    assert_int_equal(kind, MUSTER_RECORD_RESULT);
    assert_int_equal(muster_pack_get_i64(payload, n, "id", -1), *seen);
    assert_string_equal(muster_pack_get_text(payload, n, "text"), &"abcdefghijklm"[*seen % 13]);
    ++*seen;
    return MUSTER_OK;
}

static inline int64_t records(uint64_t *sound)
{
    int64_t seen = 0;
    assert_int_equal(muster_journal_read(path, count_record, &seen, sound), MUSTER_OK);
    return seen;
}

#endif
