/* The journal keeps what was synced: through a tear at every byte, a flip of every bit, a failed
 * write, and a second writer. */
#include <sys/wait.h>

#include "results_test.h"

enum { N = 5, ROOM = 4096 };

static void records_come_back_in_order(void **state)
{
    (void)state;
    uint64_t sound;
    struct stat info;
    write_records(true, 0, N);
    assert_int_equal(records(&sound), N);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(sound, info.st_size);
    write_records(false, N, 2);
    assert_int_equal(records(NULL), N + 2);
    write_records(true, 0, 1);
    assert_int_equal(records(NULL), 1);
}

/* Cut at every byte, down to an empty file: the records before stay, and appending goes on. */
static void a_torn_tail_is_cut_at_any_byte(void **state)
{
    (void)state;
    unsigned char whole[ROOM];
    uint64_t ends[N + 1];
    for (int i = 0; i <= N; i++) {
        write_records(i == 0, i - 1, i > 0);
        assert_int_equal(records(&ends[i]), i);
    }
    size_t size = read_file(whole, ROOM);
    for (size_t cut = 0; cut < size; cut++) {
        int64_t left = 0;
        uint64_t sound;
        while (left < N && ends[left + 1] <= cut)
            left++;
        write_file(whole, cut);
        assert_int_equal(records(&sound), left);
        assert_int_equal(sound, cut < 8 ? 0 : ends[left]);
        write_records(false, left, 1);
        assert_int_equal(records(NULL), left + 1);
    }
}

/* 16 MiB of whole numbers, as a torn record of many folds may hold: nearly every place looks like
 * the head of a long record. Seconds if the search is linear, beyond the test's limit if it is not.
 */
static void a_long_tail_is_searched_in_time(void **state)
{
    (void)state;
    enum { WORDS = 1 << 21 };
    uint64_t ends;
    write_records(true, 0, N);
    assert_int_equal(records(&ends), N);
    unsigned char *whole = calloc(1, ROOM + 1 + 8 * WORDS);
    size_t size = read_file(whole, ROOM) + 1;
    for (int64_t i = 0; i < WORDS; i++) {
        int64_t number = 1000 + i;
        memcpy(whole + size + 8 * (size_t)i, &number, sizeof number);
    }
    write_file(whole, size + 8 * WORDS);
    free(whole);
    uint64_t sound;
    assert_int_equal(records(&sound), N);
    assert_int_equal(sound, ends);
}

/* In the last record a flip makes a torn tail; anywhere before it is damage, and nothing is cut. */
static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    unsigned char whole[ROOM];
    uint64_t last;
    write_records(true, 0, N - 1);
    records(&last);
    write_records(false, N - 1, 1);
    size_t size = read_file(whole, ROOM);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        int64_t seen = 0;
        uint64_t sound;
        struct muster_journal *journal;
        whole[bit / 8] ^= (unsigned char)(1 << bit % 8);
        write_file(whole, size);
        enum muster_status status = muster_journal_read(path, count_record, &seen, &sound);
        if (bit / 8 < last) {
            assert_int_equal(status, MUSTER_BAD_DATA);
            assert_int_equal(muster_journal_open(path, false, &journal), MUSTER_BAD_DATA);
        } else {
            assert_int_equal(status, MUSTER_OK);
            assert_int_equal(sound, last);
            assert_int_equal(seen, N - 1);
        }
        whole[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}

static void damage_is_told_with_its_place(void **state)
{
    (void)state;
    unsigned char whole[ROOM];
    char place[32];
    uint64_t first;
    write_records(true, 0, 1);
    records(&first);
    write_records(false, 1, 2);
    size_t size = read_file(whole, ROOM);
    whole[first + 20] ^= 1;
    write_file(whole, size);
    int64_t seen = 0;
    assert_int_equal(muster_journal_read(path, count_record, &seen, NULL), MUSTER_BAD_DATA);
    assert_int_equal(seen, 1);
    snprintf(place, sizeof place, "from byte %d", (int)first);
    assert_non_null(strstr(muster_error_text(), place));
    /* Bytes lost in the middle move what lies behind; it is still found. */
    memmove(whole + first + 20, whole + first + 23, size - first - 23);
    write_file(whole, size - 3);
    seen = 0;
    assert_int_equal(muster_journal_read(path, count_record, &seen, NULL), MUSTER_BAD_DATA);
}

static void a_second_writer_is_refused(void **state)
{
    (void)state;
    struct muster_journal *journal;
    char process[32];
    int64_t seen = 0;
    assert_int_equal(muster_journal_open(path, true, &journal), MUSTER_OK);
    assert_int_equal(append(journal, 0), MUSTER_OK);
    assert_int_equal(muster_journal_sync(journal), MUSTER_OK);
    /* Reading through the open journal must not drop the lock. */
    assert_int_equal(muster_journal_visit(journal, count_record, &seen), MUSTER_OK);
    assert_int_equal(seen, 1);
    snprintf(process, sizeof process, "process %ld", (long)getpid());
    pid_t child = fork();
    if (child == 0) {
        struct muster_journal *second;
        enum muster_status status = muster_journal_open(path, true, &second);
        _exit(status == MUSTER_IO && strstr(muster_error_text(), process) != NULL ? 0 : 1);
    }
    int code;
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
    muster_journal_close(&journal);
    assert_int_equal(records(NULL), 1);
}

static void a_failed_sync_leaves_earlier_records(void **state)
{
    (void)state;
    struct muster_journal *journal;
    write_records(true, 0, 2);
    assert_int_equal(muster_journal_open(path, false, &journal), MUSTER_OK);
    assert_int_equal(append(journal, 2), MUSTER_OK);
    assert_int_equal(muster_fault_set("write:1", 0), MUSTER_OK);
    assert_int_equal(muster_journal_sync(journal), MUSTER_IO);
    assert_int_equal(muster_fault_set(NULL, 0), MUSTER_OK);
    int64_t seen = 0;
    assert_int_equal(muster_journal_visit(journal, count_record, &seen), MUSTER_OK);
    assert_int_equal(seen, 2);
    assert_int_equal(append(journal, 3), MUSTER_OK);
    assert_int_equal(muster_journal_sync(journal), MUSTER_OK); /* both */
    muster_journal_close(&journal);
    assert_int_equal(records(NULL), 4);
}

static void what_is_no_journal_is_refused(void **state)
{
    (void)state;
    struct muster_journal *journal;
    unlink(path);
    assert_int_equal(muster_journal_read(path, NULL, NULL, NULL), MUSTER_NO_INPUT);
    write_file((const unsigned char *)"something else", 14);
    assert_int_equal(muster_journal_read(path, NULL, NULL, NULL), MUSTER_BAD_DATA);
    assert_int_equal(muster_journal_open(path, false, &journal), MUSTER_BAD_DATA);
    assert_null(journal);
    assert_int_equal(muster_journal_open("/no/such/folder/j", true, &journal), MUSTER_IO);
    assert_int_equal(muster_journal_open(folder, true, &journal), MUSTER_IO);
    assert_int_equal(muster_fault_set("open:1", 0), MUSTER_OK);
    assert_int_equal(muster_journal_open(path, true, &journal), MUSTER_IO);
    assert_int_equal(muster_fault_set(NULL, 0), MUSTER_OK);
}

static enum muster_status stop_reading(void *context, enum muster_record kind, const void *payload,
                                       size_t n)
{
    (void)kind, (void)payload, (void)n;
    ++*(int *)context;
    return muster_error(MUSTER_STOPPED, "enough");
}

static void a_visitor_may_end_the_reading(void **state)
{
    (void)state;
    int calls = 0;
    write_records(true, 0, 3);
    assert_int_equal(muster_journal_read(path, stop_reading, &calls, NULL), MUSTER_STOPPED);
    assert_int_equal(calls, 1);
}

static void many_records_are_timed(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    struct muster_journal *journal;
    double start = muster_clock(), written;
    assert_int_equal(muster_journal_open(path, true, &journal), MUSTER_OK);
    for (int64_t i = 0; i < MANY; i++) {
        assert_int_equal(append(journal, i), MUSTER_OK);
        if (i % 100 == 99)
            assert_int_equal(muster_journal_sync(journal), MUSTER_OK);
    }
    muster_journal_close(&journal);
    written = muster_clock();
    assert_int_equal(records(NULL), MANY);
    printf("%d records, synced by 100: written in %.2f s, read in %.2f s\n", (int)MANY,
           written - start, muster_clock() - written);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_back_in_order),
        cmocka_unit_test(a_torn_tail_is_cut_at_any_byte),
        cmocka_unit_test(a_long_tail_is_searched_in_time),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(damage_is_told_with_its_place),
        cmocka_unit_test(a_second_writer_is_refused),
        cmocka_unit_test(a_failed_sync_leaves_earlier_records),
        cmocka_unit_test(what_is_no_journal_is_refused),
        cmocka_unit_test(a_visitor_may_end_the_reading),
        cmocka_unit_test(many_records_are_timed),
    };
    return cmocka_run_group_tests(tests, results_test_setup, results_test_teardown);
}
