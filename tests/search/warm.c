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

/* Least value of this run's first n results; what is told is the truth less 100, so that no scale
 * is that of a source. */
static double best_of(const char *method, const struct muster_warm *warm, int64_t n)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(D);
    double best = INFINITY;
    drive_open(drive, method, &space, 2, true);
    drive->setup.warm = warm;
    drive_start(drive);
    for (int64_t i = 0; i < n; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        double score = truth(drive->x[i]) - 100;
        best = fmin(best, score);
        struct muster_told told = {.score = score, .deviation = NAN};
        assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
    }
    drive_close(drive);
    muster_free(drive);
    return best;
}

static const char *const learners[] = {"bayes", "tpe", "auto"};
enum { LEARNERS = sizeof learners / sizeof *learners };

/* Three results of a run with a past are better than ten of one without. */
static void a_past_saves_trials(void **state)
{
    (void)state;
    struct past past;
    make_past(&past, 1);
    for (int k = 0; k < LEARNERS; k++) {
        if (muster_registry_find(&muster_search_methods, learners[k]) == NULL)
            continue;
        double with = best_of(learners[k], &past.warm, 3), without = best_of(learners[k], NULL, 10);
        if (!(with < without))
            fail_msg("%s: %g with, %g without", learners[k], with, without);
    }
}

/* The source upside down alone. */
static void a_misleading_past_does_no_lasting_harm(void **state)
{
    (void)state;
    struct past past;
    make_past(&past, 2);
    for (size_t i = 0; i < EARLIER; i++)
        past.source[EARLIER + i] = 0;
    struct muster_warm wrong = {.n = EARLIER,
                                .sources = 1,
                                .x = past.x + EARLIER * D,
                                .score = past.score + EARLIER,
                                .source = past.source + EARLIER,
                                .shift = past.shift + 1,
                                .scale = past.scale + 1};
    double with = best_of("bayes", &wrong, 45), without = best_of("bayes", NULL, 45);
    if (!(with <= fmax(without, 0.02)))
        fail_msg("%g with, %g without", with, without);
}

/* ---- a source that is right about the heights and wrong about the place -----------------------
 */

enum { VALLEY = 5, VALLEY_ASKS = 20, VALLEY_SEEDS = 9 };

static double valley(const double *x)
{
    double sum = 0;
    for (int j = 0; j + 1 < VALLEY; j++)
        sum += 100 * pow(x[j + 1] - x[j] * x[j], 2) + pow(1 - x[j], 2);
    return sum;
}

static struct muster_space valley_space(struct muster_param *params)
{
    for (int j = 0; j < VALLEY; j++)
        params[j] = (struct muster_param){
            .kind = MUSTER_PARAM_FLOAT, .low = -5, .high = 10, .name = (char *)"v"};
    return (struct muster_space){.d = VALLEY, .params = params};
}

/* Results of the valley mirrored: those of a run that has come close to its bottom. */
static void mirror_valley(const struct muster_space *space, struct past *past, double *x)
{
    double u[VALLEY], mirrored[VALLEY], sum = 0, squares = 0;
    for (size_t i = 0; i < EARLIER; i++) {
        random_point(space, (int64_t)i, u, x + i * VALLEY);
        for (size_t j = 0; j < VALLEY; j++) {
            double pull = i < EARLIER / 6 ? 1 : 0.15, at = 4 + pull * (x[i * VALLEY + j] - 4);
            x[i * VALLEY + j] = at;
            mirrored[j] = 5 - at;
        }
        past->score[i] = valley(mirrored);
        sum += past->score[i] / EARLIER;
        squares += past->score[i] * past->score[i] / EARLIER;
    }
    past->shift[0] = sum;
    past->scale[0] = sqrt(squares - sum * sum);
    for (size_t i = 0; i < EARLIER; i++)
        past->score[i] = (past->score[i] - sum) / past->scale[0];
    past->warm.x = x;
}

static double valley_best(const struct muster_space *space, const struct muster_warm *warm,
                          uint64_t seed)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    double best = INFINITY;
    drive_open(drive, "bayes", space, 4, true);
    drive->setup.seed = seed;
    drive->setup.warm = warm;
    drive->setup.noiseless = false;
    drive_start(drive);
    for (int64_t i = 0; i < VALLEY_ASKS; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        struct muster_told told = {.score = valley(drive->x[i]), .deviation = NAN};
        best = fmin(best, told.score);
        assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
    }
    drive_close(drive);
    muster_free(drive);
    return best;
}

static void a_wrong_place_is_given_up(void **state)
{
    (void)state;
    struct muster_param params[VALLEY];
    struct muster_space space = valley_space(params);
    struct past past;
    double x[EARLIER * VALLEY], with = 0, without = 0;
    make_past(&past, 1);
    mirror_valley(&space, &past, x);
    for (uint64_t seed = 0; seed < VALLEY_SEEDS; seed++) {
        with += log(valley_best(&space, &past.warm, seed)) / VALLEY_SEEDS;
        without += log(valley_best(&space, NULL, seed)) / VALLEY_SEEDS;
    }
    if (!(with <= without + log(6)))
        fail_msg("%g with, %g without", exp(with), exp(without));
}

/* Kept steps and fitted parameters bring back what a method had learnt, sources left out and all.
 */
static void a_replay_knows_the_past(void **state)
{
    (void)state;
    enum { STEPS = 24 };
    struct drive *one = muster_alloc(1, sizeof *one), *two = muster_alloc(1, sizeof *two);
    struct muster_space space = plain_space(D);
    struct past past;
    double fitted[STEPS][32];
    size_t n_fitted[STEPS];
    make_past(&past, 2);
    drive_open(one, "bayes", &space, 2, true);
    drive_open(two, "bayes", &space, 2, true);
    one->setup.warm = two->setup.warm = &past.warm;
    drive_start(one);
    for (int64_t i = 0; i < STEPS; i++) {
        assert_int_equal(drive_ask(one), MUSTER_ASK_STEP);
        const double *now = muster_search_fitted(one->search, &n_fitted[i]);
        assert_true(n_fitted[i] <= 32);
        if (n_fitted[i] > 0)
            memcpy(fitted[i], now, n_fitted[i] * sizeof *now);
        struct muster_told told = {.score = truth(one->x[i]), .deviation = NAN};
        assert_int_equal(muster_search_tell(one->search, i, &told), MUSTER_OK);
    }
    assert_true(n_fitted[2] > 0); /* the past was learnt from at once */
    for (int64_t cut = 3; cut < STEPS; cut += 4) {
        drive_start(two);
        for (int64_t i = 0; i < STEPS; i++) {
            if (i < cut)
                drive_replay(two, one, i, fitted[i], n_fitted[i]);
            else
                assert_int_equal(drive_ask(two), MUSTER_ASK_STEP);
            assert_true(same_point(one, two, i));
            struct muster_told told = {.score = truth(one->x[i]), .deviation = NAN};
            assert_int_equal(muster_search_tell(two->search, i, &told), MUSTER_OK);
        }
        muster_search_destroy(&two->search);
    }
    drive_close(one);
    drive_close(two);
    muster_free(one);
    muster_free(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(others_begin_with_the_best),
                                       cmocka_unit_test(a_source_that_misleads_is_left_out),
                                       cmocka_unit_test(a_past_saves_trials),
                                       cmocka_unit_test(a_misleading_past_does_no_lasting_harm),
                                       cmocka_unit_test(a_wrong_place_is_given_up),
                                       cmocka_unit_test(a_replay_knows_the_past)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
