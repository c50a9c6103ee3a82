/* Results of earlier runs: what is tried first, how their scores are read, and when a source is
 * left out. */
#include "drive.h"
#include "search/search_impl.h"

enum { D = 3, EARLIER = 60 };

/* Two sources of a smooth function: the first tells it on another scale, the second upside down. */
struct past {
    struct muster_warm warm;
    double x[2 * EARLIER * D], score[2 * EARLIER], shift[2], scale[2];
    int64_t source[2 * EARLIER];
};

static double truth(const double *x)
{
    return 100 + 7 * ((x[0] - 0.3) * (x[0] - 0.3) + x[1] * x[1] + 0.5 * x[2]);
}

static void make_past(struct past *past, size_t sources)
{
    struct muster_space space = plain_space(D);
    double u[D];
    memset(past, 0, sizeof *past);
    for (size_t s = 0; s < sources; s++) {
        double sum = 0, squares = 0, sign = s == 0 ? 3 : -1;
        for (size_t i = s * EARLIER; i < (s + 1) * EARLIER; i++) {
            random_point(&space, (int64_t)i, u, past->x + i * D);
            past->score[i] = sign * truth(past->x + i * D);
            past->source[i] = (int64_t)s;
            sum += past->score[i];
            squares += past->score[i] * past->score[i];
        }
        past->shift[s] = sum / EARLIER;
        past->scale[s] = sqrt(squares / EARLIER - past->shift[s] * past->shift[s]);
        for (size_t i = s * EARLIER; i < (s + 1) * EARLIER; i++)
            past->score[i] = (past->score[i] - past->shift[s]) / past->scale[s];
    }
    past->score[5] = NAN; /* it failed */
    past->warm = (struct muster_warm){.n = sources * EARLIER,
                                      .sources = sources,
                                      .x = past->x,
                                      .score = past->score,
                                      .source = past->source,
                                      .shift = past->shift,
                                      .scale = past->scale};
}

static void others_begin_with_the_best(void **state)
{
    (void)state;
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct past past;
    struct muster_space space = plain_space(D);
    const double initial[D] = {0.5, 0.5, 0.5};
    make_past(&past, 1);
    drive_open(drive, "random", &space, 2, true);
    drive->setup.warm = &past.warm;
    drive->setup.initial = initial;
    drive->setup.n_initial = 1;
    drive_start(drive);
    double last = -INFINITY;
    for (int k = 0; k < 8; k++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        size_t better = 0;
        bool old = false;
        for (size_t i = 0; i < EARLIER; i++) {
            better += truth(past.x + i * D) < truth(drive->x[k]);
            old = old || muster_space_equal(&space, past.x + i * D, drive->x[k]);
        }
        assert_int_equal(old, k >= 1 && k <= 5);
        if (old)
            assert_true(truth(drive->x[k]) > last && better <= (size_t)k);
        last = old ? truth(drive->x[k]) : last;
    }
    drive_close(drive);
    muster_free(drive);
}

/* The view that a method which learns would have after n results of `truth`. */
static struct muster_view view_after(struct drive *drive, int64_t n, int64_t *known,
                                     struct muster_warm_view *warm)
{
    for (int64_t i = muster_search_asked(drive->search); i < n; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        struct muster_told told = {.score = truth(drive->x[i]), .deviation = NAN};
        assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
        known[i] = i;
    }
    struct muster_view view = {.id = n, .known = known, .n_known = (size_t)n};
    assert_int_equal(muster_warm_view_update(warm, &view), MUSTER_OK);
    return view;
}

static void a_source_that_misleads_is_left_out(void **state)
{
    (void)state;
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_warm_view *warm;
    struct muster_space space = plain_space(D);
    struct past past;
    int64_t known[40];
    make_past(&past, 2);
    drive_open(drive, "random", &space, 1, false); /* what is told is known */
    drive->setup.warm = &past.warm;
    drive_start(drive);
    assert_int_equal(muster_warm_view_create(drive->search, true, &warm), MUSTER_OK);
    struct muster_view view = view_after(drive, 0, known, warm);
    assert_int_equal(view.n_warm, 2 * EARLIER);
    assert_true(muster_warm_view_told(warm, -6)->state == MUSTER_FAILED);
    view = view_after(drive, 4, known, warm);
    assert_int_equal(view.n_warm, 2 * EARLIER);
    view = view_after(drive, 20, known, warm);
    assert_int_equal(view.n_warm, EARLIER);
    /* what is left reads as what it would have been here, from a few percent off on */
    double off = 0, all = 0;
    for (size_t i = 0; i < EARLIER; i++) {
        const struct muster_told *told = muster_warm_view_told(warm, view.warm[i]);
        double real = truth(muster_search_x(drive->search, view.warm[i]));
        if (told->state == MUSTER_FAILED)
            continue;
        off += (told->score - real) * (told->score - real);
        all += (real - 104) * (real - 104);
    }
    assert_true(off < 0.05 * all);
    /* and so again, whatever was in between */
    struct muster_warm_view *other;
    assert_int_equal(muster_warm_view_create(drive->search, true, &other), MUSTER_OK);
    struct muster_view again = view_after(drive, 20, known, other);
    assert_int_equal(again.n_warm, view.n_warm);
    for (size_t i = 0; i < EARLIER; i++) {
        assert_int_equal(again.warm[i], view.warm[i]);
        if (i != 5)
            assert_true(muster_warm_view_told(warm, view.warm[i])->score ==
                        muster_warm_view_told(other, again.warm[i])->score);
    }
    muster_warm_view_destroy(&other);
    muster_warm_view_destroy(&warm);
    drive_close(drive);
    muster_free(drive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(others_begin_with_the_best),
                                       cmocka_unit_test(a_source_that_misleads_is_left_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
