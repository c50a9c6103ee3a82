/* Teams: halves of the world that exchange side by side, blocks from nothing to beyond the eager
 * limit, several between one pair, and one status for all. */
#include "par_test.h"

enum { N = 100000 };

/* The lower or the upper half of the world. */
static struct muster_team *half(size_t most)
{
    const int rank = muster_comm_rank(world), size = muster_comm_size(world);
    const int first = rank < size / 2 ? 0 : size / 2;
    const int ranks = rank < size / 2 ? size / 2 : size - size / 2;
    struct muster_team *team;
    assert_int_equal(muster_team_create(world, first, ranks, most, &team), MUSTER_OK);
    assert_int_equal(muster_team_rank(team), rank - first);
    assert_int_equal(muster_team_size(team), ranks);
    return team;
}

/* Two parcels for each other rank: a number, and rank times many of them. */
static void parcels_keep_their_order(void **state)
{
    (void)state;
    const int most = 2 * muster_comm_size(world);
    struct muster_team *team = half((size_t)most);
    struct muster_parcel *out = muster_alloc((size_t)most, sizeof *out);
    struct muster_parcel *in = muster_alloc((size_t)most, sizeof *in);
    const int me = muster_team_rank(team), ranks = muster_team_size(team);
    int64_t *mine = muster_alloc(N, sizeof *mine);
    int64_t *theirs = muster_alloc((size_t)ranks * (N + 1), sizeof *theirs);
    size_t n = 0;
    for (int i = 0; i < N; i++)
        mine[i] = me;
    for (int r = 0; r < ranks; r++) {
        int64_t *at = theirs + r * (N + 1);
        if (r == me)
            continue;
        out[n] = (struct muster_parcel){r, mine, sizeof *mine};
        in[n++] = (struct muster_parcel){r, at + N, sizeof *at};
        out[n] = (struct muster_parcel){r, mine, (size_t)me * N / 4 * sizeof *mine};
        in[n++] = (struct muster_parcel){r, at, (size_t)r * N / 4 * sizeof *at};
    }
    assert_int_equal(muster_team_exchange(team, out, n, in, n), MUSTER_OK);
    for (int r = 0; r < ranks; r++)
        for (int i = 0; i <= N && r != me; i++)
            assert_int_equal(theirs[r * (N + 1) + i], i < r * N / 4 || i == N ? r : 0);
    muster_free(out);
    muster_free(in);
    muster_free(mine);
    muster_free(theirs);
    muster_team_destroy(&team);
}

static void blocks_are_shared(void **state)
{
    (void)state;
    struct muster_team *team = half(1);
    const int me = muster_team_rank(team), ranks = muster_team_size(team);
    int32_t numbers[8] = {0}, told = 100 + me;
    struct muster_parcel blocks[8];
    for (int r = 0; r < ranks; r++)
        blocks[r] = (struct muster_parcel){0, &numbers[r], sizeof *numbers};
    numbers[me] = me + 1;
    assert_int_equal(muster_team_share(team, blocks), MUSTER_OK);
    for (int r = 0; r < ranks; r++)
        assert_int_equal(numbers[r], r + 1);
    assert_int_equal(muster_team_broadcast(team, &told, sizeof told, ranks - 1), MUSTER_OK);
    assert_int_equal(told, 99 + ranks);
    muster_team_destroy(&team);
}

static void one_status_for_all(void **state)
{
    (void)state;
    struct muster_team *team = half(1);
    const int me = muster_team_rank(team), last = muster_team_size(team) - 1;
    assert_int_equal(muster_team_agree(team, MUSTER_OK), MUSTER_OK);
    muster_error_clear();
    const enum muster_status mine =
        me == last ? muster_error(MUSTER_IO, "rank %d cannot read", me) : MUSTER_OK;
    assert_int_equal(muster_team_agree(team, mine), MUSTER_IO);
    assert_string_equal(muster_error_text() + strlen("rank N"), " cannot read");
    muster_team_destroy(&team);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(parcels_keep_their_order),
    cmocka_unit_test(blocks_are_shared),
    cmocka_unit_test(one_status_for_all),
};

PAR_TEST_MAIN(tests)
