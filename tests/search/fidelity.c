/* Trials of several steps: the numbers of hyperband's table, asha by hand, what a step does at its
 * rung. */
#include "walk.h"

/* ---- hyperband ---- */

/* Notes the trials that are given up: once each, and none on the top rung. */
static int64_t note_given_up(struct walk *walk, bool gone[128])
{
    int64_t n = 0, trial;
    while ((trial = muster_search_given_up(walk->drive.search)) >= 0) {
        assert_false(gone[trial]);
        gone[trial] = true;
        n++;
    }
    return n;
}

static void brackets_are_those_of_the_table(void **state)
{
    static const int64_t table[5][5] = {
        {81, 27, 9, 3, 1}, {0, 27, 9, 3, 1}, {0, 0, 9, 3, 1}, {0, 0, 0, 6, 2}, {0, 0, 0, 0, 5}};
    static const int64_t ends[5] = {1, 3, 9, 27, -1};
    int64_t count[5][5] = {{0}}, bracket_of[128] = {0}, fresh = 0, given_up = 0;
    bool gone[128] = {false};
    struct walk *walk = open_walk("random", "hyperband", "epochs", 3, 10);
    (void)state;
    walk->drive.setup.trials = 81 + 27 + 9 + 6 + 5;
    drive_start(&walk->drive);
    for (size_t i = 0; i < STEPS; i++) { /* no failures: every place is filled */
        enum muster_answer answer = ask(walk);
        if (answer == MUSTER_ASK_DONE)
            break;
        assert_int_equal(answer, MUSTER_ASK_STEP);
        const struct muster_step *step = &walk->steps[i];
        given_up += note_given_up(walk, gone);
        assert_false(gone[step->trial]);
        if (step->trial == fresh)
            bracket_of[fresh++] = step->rung;
        count[bracket_of[step->trial]][step->rung]++;
        assert_int_equal(step->to_epoch, ends[step->rung]);
        struct muster_told told = {.score = (double)(step->trial * 37 % 128), .deviation = NAN};
        assert_int_equal(muster_search_tell(walk->drive.search, step->id, &told), MUSTER_OK);
    }
    assert_memory_equal(count, table, sizeof table);
    given_up += note_given_up(walk, gone);
    assert_int_equal(given_up, 81 + 27 + 9 + 6 + 5 - (1 + 1 + 1 + 2 + 5)); /* all but the top */
    close_walk(walk);
}

/* ---- asha ---- */

/* Window 1: step i knows results 0 .. i - 2. Scores 5 3 4 1 2 by trial, on any rung. */
static void promotions_are_those_found_by_hand(void **state)
{
    static const double scores[] = {5, 3, 4, 1, 2};
    static const struct {
        int64_t trial, rung;
    } expected[] = {{0, 0}, {1, 0}, {2, 0}, {1, 1}, {3, 0}, {4, 0}, {3, 1}, {4, 1}, {3, 2}};
    enum { N = sizeof expected / sizeof *expected };
    struct walk *walk = open_walk("random", "asha", "epochs", 2, 1);
    size_t told = 0;
    (void)state;
    walk->drive.setup.epochs = 4;
    walk->drive.setup.trials = 5;
    drive_start(&walk->drive);
    for (enum muster_answer answer; (answer = ask(walk)) != MUSTER_ASK_DONE;) {
        if (answer == MUSTER_ASK_STEP)
            continue;
        struct muster_told result = {.score = scores[walk->steps[told].trial], .deviation = NAN};
        assert_int_equal(muster_search_tell(walk->drive.search, (int64_t)told++, &result),
                         MUSTER_OK);
    }
    assert_int_equal(walk->n, N);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(walk->steps[i].trial, expected[i].trial);
        assert_int_equal(walk->steps[i].rung, expected[i].rung);
    }
    close_walk(walk);
}

/* Too few for a promotion to the top: the best still gets there. */
static void check_the_best_reaches_the_top(const char *fidelity)
{
    for (int64_t trials = 1; trials < 12; trials++) {
        struct walk *walk = open_walk("random", fidelity, "epochs", 3, 2);
        bool top = false;
        walk->drive.setup.trials = trials;
        drive_start(&walk->drive);
        walk_on(walk);
        for (size_t i = 0; i < walk->n; i++)
            top = top || walk->steps[i].to_epoch < 0;
        assert_true(top);
        close_walk(walk);
    }
}

static void the_best_reaches_the_top(void **state)
{
    (void)state;
    check_the_best_reaches_the_top("asha");
    check_the_best_reaches_the_top("freeze_thaw");
}

/* ---- freeze_thaw ---- */

/* One of six results of the lowest rung goes on, one of two of the next. */
static void few_leave_the_lowest_rung(void **state)
{
    struct walk *walk = open_walk("random", "freeze_thaw", "epochs", 3, 1);
    size_t on_rung[3] = {0};
    (void)state;
    walk->drive.setup.epochs = 9;
    walk->drive.setup.trials = 60;
    drive_start(&walk->drive);
    for (const struct muster_step *step; (step = next_step(walk)) != NULL;) {
        tell_score(walk, step, (double)(step->trial * 37 % 60));
        on_rung[step->rung]++;
    }
    assert_int_equal(on_rung[0], 60);
    assert_int_equal(on_rung[1], 10);
    assert_int_equal(on_rung[2], 5);
    close_walk(walk);
}

/* Curves of two kinds, told apart by the parameter `rate`: those of its upper half stay where they
 * begin, those of the lower begin a little worse and fall. Each has a part of its own. */
static double crossing(const struct muster_step *step)
{
    const bool falls = muster_param_encode(&mixed_space.params[1], step->x[1]) <= 0.5;
    const double own = 0.1 * (double)(step->trial * 37 % 16) / 16;
    return own + (!falls ? 1.0 : step->to_epoch < 0 ? 0.5 : 1.05);
}

/* What went to the top once some had, and how many of these were of the falling kind. */
static void count_tops(const char *fidelity, size_t *tops, size_t *falling)
{
    struct walk *walk = open_walk("random", fidelity, "epochs", 3, 1);
    *tops = *falling = 0;
    walk->drive.setup.epochs = 3;
    walk->drive.setup.trials = 60;
    drive_start(&walk->drive);
    for (const struct muster_step *step; (step = next_step(walk)) != NULL;) {
        tell_score(walk, step, crossing(step));
        if (step->rung == 1 && walk->n > 40) {
            *tops += 1;
            *falling += muster_param_encode(&mixed_space.params[1], step->x[1]) <= 0.5;
        }
    }
    close_walk(walk);
}

/* What the top rung said of one kind of curve is believed of others of the kind, which asha, by the
 * scores of a rung alone, leaves behind. */
static void curves_that_cross_are_foreseen(void **state)
{
    size_t tops, falling, by_rank;
    (void)state;
    count_tops("asha", &tops, &by_rank);
    assert_true(tops >= 4);
    count_tops("freeze_thaw", &tops, &falling);
    assert_true(tops >= 4 && 2 * falling > tops && falling > 2 * by_rank);
}

/* Curves that fall to the square of a distance in decades: nearly all that matters lies in a
 * corner, in a hundredth of each parameter's range. */
static double corner(const double *x, double epochs)
{
    const double a = log10(x[0] + 1e-3) + 2, b = log10(x[1] + 1e-3) + 2;
    return 0.3 * (a * a + b * b) + 0.2 * exp(-epochs / 9);
}

/* What a run of some starts finds on the top rung. */
static double deepest(const char *method, int64_t seed)
{
    static struct muster_param params[] = {
        {.name = (char *)"a", .kind = MUSTER_PARAM_FLOAT, .high = 1},
        {.name = (char *)"b", .kind = MUSTER_PARAM_FLOAT, .high = 1}};
    static const struct muster_space square = {2, params};
    struct walk *walk = open_walk(method, "freeze_thaw", "epochs", 3, 1);
    double least = INFINITY;
    walk->drive.setup.space = &square;
    walk->drive.setup.epochs = 54;
    walk->drive.setup.trials = 40;
    walk->drive.setup.seed = (uint64_t)seed;
    unset(&walk->drive.block, "fidelity.min_epochs");
    drive_start(&walk->drive);
    for (const struct muster_step *step; (step = next_step(walk)) != NULL;) {
        const bool top = step->to_epoch < 0;
        const double score = corner(step->x, top ? 54 : (double)step->to_epoch);
        tell_score(walk, step, score);
        least = top ? fmin(least, score) : least;
    }
    close_walk(walk);
    return least - corner((const double[]){0.009, 0.009}, 54);
}

/* Where inputs are warped, the corner is found: without, 0.38 is left of random's 0.54. */
static void a_corner_of_the_space_is_found(void **state)
{
    enum { SEEDS = 12 };
    double drawn = 0.0, found = 0.0;
    (void)state;
    for (int64_t seed = 0; seed < SEEDS; seed++) {
        drawn += deepest("random", seed) / SEEDS;
        found += deepest("auto", seed) / SEEDS;
    }
    assert_true(2 * found < drawn);
}

/* A space of few points: each is tried once, with what the model proposes itself. */
static void a_finite_space_is_tried_out(void **state)
{
    struct walk *walk = open_walk("auto", "freeze_thaw", "epochs", 3, 2);
    int64_t fresh = 0;
    (void)state;
    walk->drive.setup.space = &finite_space;
    walk->drive.setup.epochs = 9;
    drive_start(&walk->drive);
    for (enum muster_answer answer; (answer = ask(walk)) != MUSTER_ASK_DONE;) {
        const struct muster_step *step = &walk->steps[walk->n - 1];
        struct muster_told told = {.score = (double)(step->trial % 3), .deviation = NAN};
        assert_int_equal(answer, MUSTER_ASK_STEP);
        fresh += step->trial == fresh;
        assert_int_equal(muster_search_tell(walk->drive.search, step->id, &told), MUSTER_OK);
    }
    assert_int_equal(fresh, FINITE_POINTS);
    close_walk(walk);
}

/* ---- rungs ---- */

static void folds_are_added_and_rows_begin_anew(void **state)
{
    struct walk *walk = open_walk("random", "asha", "folds", 3, 1);
    (void)state;
    walk->drive.setup.trials = 30;
    drive_start(&walk->drive);
    walk_on(walk);
    for (size_t i = 0; i < walk->n; i++) {
        static const int64_t first[] = {0, 1, 3}, n[] = {1, 2, -1};
        assert_int_equal(walk->steps[i].first_fold, first[walk->steps[i].rung]);
        assert_int_equal(walk->steps[i].n_folds, n[walk->steps[i].rung]);
        assert_int_equal(walk->steps[i].to_epoch, -1);
    }
    close_walk(walk);
    walk = open_walk("random", "asha", "rows", 4, 1);
    walk->drive.setup.trials = 30;
    drive_start(&walk->drive);
    walk_on(walk);
    for (size_t i = 0; i < walk->n; i++) {
        static const double share[] = {0.0625, 0.25, 0};
        assert_true(walk->steps[i].rows == share[walk->steps[i].rung]);
        assert_int_equal(walk->steps[i].from_epoch, 0);
    }
    close_walk(walk);
}

static void what_cannot_be_cut_is_refused(void **state)
{
    static const struct {
        const char *of, *option;
        double value;
    } cases[] = {{"epochs", "fidelity.min_epochs", 28},
                 {"folds", "fidelity.min_folds", 4},
                 {"rows", "fidelity.min_rows", 0.34}};
    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (int wrong = 0; wrong < 2; wrong++) {
            struct walk *walk = open_walk("random", "hyperband", cases[i].of, 3, 1);
            muster_block_set(&walk->drive.block, cases[i].option,
                             cases[i].value - (wrong    ? 0
                                               : i == 2 ? 0.01
                                                        : 1),
                             NULL);
            assert_int_equal(muster_search_create(&walk->drive.setup, &walk->drive.search),
                             wrong ? MUSTER_BAD_STUDY : MUSTER_OK);
            close_walk(walk);
        }
    struct walk *walk = open_walk("random", "asha", "epochs", 3, 1);
    walk->drive.setup.epochs = 0;
    assert_int_equal(muster_search_fits(&walk->drive.setup), MUSTER_BAD_STUDY);
    walk->drive.setup.epochs = 2; /* no least budget would do */
    muster_block_set(&walk->drive.block, "fidelity.min_epochs", 5, NULL);
    assert_int_equal(muster_search_fits(&walk->drive.setup), MUSTER_BAD_STUDY);
    assert_non_null(
        strstr(muster_error_text(), "search.fidelity.eta: 3 is more than the 2 epochs"));
    close_walk(walk);
}

/* An option that would be passed over in silence is a slip of the user's. */
static void what_does_nothing_is_refused(void **state)
{
    static const struct {
        const char *fidelity, *of, *option;
        double value;
        const char *says; /* NULL: nothing is wrong */
    } cases[] = {{"asha", "epochs", "fidelity.min_rows", 0.1, "search.fidelity.min_rows: "},
                 {"asha", "rows", "fidelity.min_folds", 1, "search.fidelity.min_folds: "},
                 {"asha", "rows", "fidelity.min_rows", 0.1, NULL},
                 {"none", "rows", "fidelity.eta", 3, "search.fidelity.of: "},
                 {"none", "epochs", "fidelity.eta", 4, "search.fidelity.eta: "},
                 {"none", "epochs", "fidelity.eta", 3, NULL},
                 {"asha", "folds", "fidelity.eta", 10, "search.fidelity.eta: "},
                 {"freeze_thaw", "rows", "fidelity.min_epochs", 1, "search.fidelity.min_epochs: "}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct walk *walk = open_walk("random", cases[i].fidelity, cases[i].of, 3, 1);
        struct muster_block *block = &walk->drive.block;
        unset(block, "fidelity.min_epochs");
        muster_block_set(block, cases[i].option, cases[i].value, NULL);
        assert_int_equal(muster_search_fits(&walk->drive.setup),
                         cases[i].says != NULL ? MUSTER_BAD_STUDY : MUSTER_OK);
        if (cases[i].says != NULL)
            assert_ptr_equal(strstr(muster_error_text(), cases[i].says), muster_error_text());
        close_walk(walk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brackets_are_those_of_the_table),
        cmocka_unit_test(promotions_are_those_found_by_hand),
        cmocka_unit_test(the_best_reaches_the_top),
        cmocka_unit_test(few_leave_the_lowest_rung),
        cmocka_unit_test(curves_that_cross_are_foreseen),
        cmocka_unit_test(a_corner_of_the_space_is_found),
        cmocka_unit_test(a_finite_space_is_tried_out),
        cmocka_unit_test(folds_are_added_and_rows_begin_anew),
        cmocka_unit_test(what_cannot_be_cut_is_refused),
        cmocka_unit_test(what_does_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
