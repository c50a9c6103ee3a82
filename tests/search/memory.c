/* Every allocation may fail: the search says so, frees all it holds, and nothing else happens. */
#include <stdio.h>

#include "drive.h"

enum { ASKS = 14, TOO_MANY = 20000 };

static enum muster_status run(struct drive *drive)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_TRY(muster_search_create(&drive->setup, &drive->search));
    for (int64_t i = 0; i < ASKS; i++) {
        struct muster_step step;
        enum muster_answer answer;
        MUSTER_TRY(muster_search_ask(drive->search, &step, &answer));
        struct muster_told told = {.score = value_at(&mixed_space, step.x), .deviation = NAN};
        MUSTER_TRY(muster_search_tell(drive->search, i, &told));
    }
done:
    muster_search_destroy(&drive->search);
    return status;
}

static void check_method(const char *method)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    drive_open(drive, method, &mixed_space, 1, true);
    muster_block_set(&drive->block, "bayes.design", MIXED + 1, NULL);
    int64_t blocks = muster_memory_blocks();
    enum muster_status status = MUSTER_NO_MEMORY;
    for (int n = 1; status != MUSTER_OK; n++) {
        char spec[32];
        assert_true(n < TOO_MANY);
        snprintf(spec, sizeof spec, "alloc:%d", n);
        assert_int_equal(muster_fault_set(spec, 0), MUSTER_OK);
        status = run(drive);
        assert_int_equal(muster_fault_set(NULL, 0), MUSTER_OK);
        assert_true(status == MUSTER_OK || status == MUSTER_NO_MEMORY);
        assert_int_equal(muster_memory_blocks(), blocks);
    }
    drive_close(drive);
    muster_free(drive);
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < muster_search_methods.n; i++)
        check_method(muster_search_methods.items[i]->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
