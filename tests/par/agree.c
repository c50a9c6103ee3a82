/* muster_agree: the lowest failing rank's status and message reach all, whoever fails. */
#include <stdio.h>

#include "par_test.h"

static void all_well_is_ok(void **state)
{
    (void)state;
    muster_error(MUSTER_IO, "an old message");
    assert_int_equal(muster_agree(world, MUSTER_OK), MUSTER_OK);
}

static void each_rank_in_turn(void **state)
{
    (void)state;
    for (int r = 0; r < muster_comm_size(world); r++) {
        enum muster_status mine = MUSTER_OK;
        char expected[64];
        muster_error_clear();
        snprintf(expected, sizeof expected, "rank %d: 100%% wrong", r);
        if (muster_comm_rank(world) == r)
            mine = muster_error(MUSTER_BAD_DATA, "%s", expected);
        assert_int_equal(muster_agree(world, mine), MUSTER_BAD_DATA);
        assert_string_equal(muster_error_text(), expected);
    }
}

static void the_lowest_rank_speaks(void **state)
{
    (void)state;
    int rank = muster_comm_rank(world), size = muster_comm_size(world);
    enum muster_status mine = MUSTER_OK;
    if (rank >= size / 2)
        mine = muster_error(rank == size / 2 ? MUSTER_NO_INPUT : MUSTER_IO, "from %d", rank);
    char expected[64];
    snprintf(expected, sizeof expected, "from %d", size / 2);
    assert_int_equal(muster_agree(world, mine), MUSTER_NO_INPUT);
    assert_string_equal(muster_error_text(), expected);
}

static void a_long_message_arrives_whole(void **state)
{
    (void)state;
    static char text[MUSTER_ERROR_SIZE];
    memset(text, 'x', sizeof text - 1);
    enum muster_status mine = MUSTER_OK;
    if (muster_comm_rank(world) == muster_comm_size(world) - 1)
        mine = muster_error(MUSTER_BAD_STUDY, "%s", text);
    assert_int_equal(muster_agree(world, mine), MUSTER_BAD_STUDY);
    assert_string_equal(muster_error_text(), text);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(all_well_is_ok),
    cmocka_unit_test(each_rank_in_turn),
    cmocka_unit_test(the_lowest_rank_speaks),
    cmocka_unit_test(a_long_message_arrives_whole),
};

PAR_TEST_MAIN(tests)
