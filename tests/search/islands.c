/* Populations: who stays, who migrates, how steps of mutation adapt, and the order of NSGA-II. */
#include "drive.h"

#include "search/islands.h"

enum { MOST = 60 };

struct sea {
    struct drive drive;
    struct muster_space space;
    struct muster_islands *islands;
    int64_t known[MOST];
};

static struct sea *open_sea(size_t m, const struct muster_islands_setup *setup)
{
    struct sea *sea = muster_alloc(1, sizeof *sea);
    struct muster_islands_setup own = *setup;
    sea->space = plain_space(1);
    drive_open(&sea->drive, "random", &sea->space, 1, false);
    sea->drive.setup.n_objectives = m;
    drive_start(&sea->drive);
    own.search = sea->drive.search;
    assert_int_equal(muster_islands_create(&own, &sea->islands), MUSTER_OK);
    return sea;
}

static void close_sea(struct sea *sea)
{
    muster_islands_destroy(&sea->islands);
    drive_close(&sea->drive);
    muster_free(sea);
}

/* The next id, bred from `parent`, has this result. */
static void add(struct sea *sea, int64_t parent, const struct muster_told *told)
{
    int64_t id = muster_search_asked(sea->drive.search);
    assert_int_equal(drive_ask(&sea->drive), MUSTER_ASK_STEP);
    assert_int_equal(muster_islands_bred(sea->islands, id, parent), MUSTER_OK);
    assert_int_equal(muster_search_tell(sea->drive.search, id, told), MUSTER_OK);
    sea->known[id] = id;
    struct muster_view view = {.id = id + 1, .known = sea->known, .n_known = (size_t)id + 1};
    assert_int_equal(muster_islands_learn(sea->islands, &view), MUSTER_OK);
}

static void add_score(struct sea *sea, double score)
{
    add(sea, -1, &(struct muster_told){.score = score});
}

static void assert_members(struct sea *sea, int64_t island, const int64_t *ids, size_t n)
{
    const int64_t *members;
    size_t count;
    assert_int_equal(muster_islands_members(sea->islands, island, &members, &count), MUSTER_OK);
    assert_int_equal(count, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(members[i], ids[i]);
}

static const double scores[] = {5, 1, 4, 2, 8, 7, 9, 3};

static void the_elite_stays_and_the_old_leave(void **state)
{
    const int64_t best[] = {1, 3, 7}, youngest[] = {7, 5, 6}, mixed[] = {1, 7, 6};
    const int64_t *kept[] = {youngest, mixed, NULL, best};
    (void)state;
    for (size_t elite = 0; elite <= 3; elite++) {
        struct sea *sea =
            open_sea(1, &(struct muster_islands_setup){
                            .islands = 1, .population = 3, .elite = elite, .interval = 1});
        for (size_t i = 0; i < 8; i++)
            add_score(sea, scores[i]);
        if (kept[elite] != NULL)
            assert_members(sea, 0, kept[elite], 3);
        add(sea, -1, &(struct muster_told){.state = MUSTER_FAILED, .score = NAN});
        if (kept[elite] != NULL)
            assert_members(sea, 0, kept[elite], 3);
        close_sea(sea);
    }
}

static void less_violation_is_better(void **state)
{
    const int64_t order[] = {1, 3, 2, 0};
    const double violation[] = {2, 0, 1, 0};
    struct sea *sea = open_sea(1, &(struct muster_islands_setup){
                                      .islands = 1, .population = 9, .elite = 9, .interval = 1});
    (void)state;
    for (size_t i = 0; i < 4; i++)
        add(sea, -1, &(struct muster_told){.score = (double)i, .violation = violation[i]});
    assert_members(sea, 0, order, 4);
    close_sea(sea);
}

/* Ids 0, 2, 4, .. live on island 0, the others on island 1; after two results each sends its best.
 */
static void the_best_migrate_in_a_ring(void **state)
{
    const int64_t none[] = {0}, both0[] = {2, 0}, one1[] = {2, 1}, all1[] = {2, 3, 1};
    struct sea *sea =
        open_sea(1, &(struct muster_islands_setup){
                        .islands = 2, .population = 5, .elite = 5, .migrants = 1, .interval = 2});
    (void)state;
    add_score(sea, 5);
    assert_members(sea, 0, none, 1);
    add_score(sea, 9);
    add_score(sea, 1); /* second of island 0: its best, 2, goes to island 1 */
    assert_members(sea, 0, both0, 2);
    assert_members(sea, 1, one1, 2);
    add_score(sea, 6); /* second of island 1: its best is 2, which island 0 has */
    assert_members(sea, 0, both0, 2);
    assert_members(sea, 1, all1, 3);
    close_sea(sea);
}

static void steps_follow_successes(void **state)
{
    struct sea *sea =
        open_sea(1, &(struct muster_islands_setup){
                        .islands = 1, .population = 5, .elite = 5, .interval = 1, .step = 0.1});
    double before = 0.1, after;
    (void)state;
    add_score(sea, 5);
    assert_true(muster_islands_step(sea->islands, 0) == 0.1); /* nothing was bred */
    add(sea, 0, &(struct muster_told){.score = 4});
    after = muster_islands_step(sea->islands, 0);
    assert_true(after > before);
    for (int i = 0; i < 4; i++) /* one success in five is in balance */
        add(sea, 0,
            i % 2 ? &(struct muster_told){.score = 6}
                  : &(struct muster_told){.state = MUSTER_FAILED, .score = NAN});
    assert_true(fabs(muster_islands_step(sea->islands, 0) - before) < 1e-12);
    add(sea, 0, &(struct muster_told){.score = 6});
    assert_true(muster_islands_step(sea->islands, 0) < before);
    close_sea(sea);
}

/* Fronts first; within one the ends, then who has the most room. */
static void fronts_are_ordered_by_room(void **state)
{
    const double f[][2] = {{0, 10}, {1, 8}, {2, 7}, {7, 1}, {10, 0}, {8, 9}, {9, 8}};
    /* Rooms, of the front's sides 10 and 10: 1: .2 + .3, 2: .6 + .7, 3: .8 + .7. */
    const int64_t order[] = {0, 4, 3, 2, 1, 5, 6};
    struct sea *sea = open_sea(2, &(struct muster_islands_setup){
                                      .islands = 1, .population = 9, .elite = 9, .interval = 1});
    (void)state;
    for (size_t i = 0; i < 7; i++)
        add(sea, -1, &(struct muster_told){.score = f[i][0], .objectives = f[i]});
    assert_members(sea, 0, order, 7);
    close_sea(sea);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_elite_stays_and_the_old_leave),
        cmocka_unit_test(less_violation_is_better),
        cmocka_unit_test(the_best_migrate_in_a_ring),
        cmocka_unit_test(steps_follow_successes),
        cmocka_unit_test(fronts_are_ordered_by_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
