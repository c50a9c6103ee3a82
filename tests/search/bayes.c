/* Options of bayes: each proposes valid points, other ones than the default does, reproduces from a
 * journal to the bit, and predicts on the scale of scores. */
#include "journal.h"
#include "muster/surrogate.h"

static const struct {
    const char *option, *word;
} options[] = {
    {"bayes.input_warping", "kumaraswamy"},
    {"bayes.output_warping", "rank"},
    {"bayes.output_warping", "box_cox"},
    {"bayes.output_warping", "yeo_johnson"},
    {"bayes.output_warping", "none"},
    {"bayes.acquisition", "thompson"},
    {"bayes.region", "turbo"},
};
enum { OPTIONS = sizeof options / sizeof *options, N = 36 };

/* k == OPTIONS: as it is by default. */
static void open_with(struct drive *drive, size_t k, const struct muster_space *space,
                      int64_t window)
{
    drive_open(drive, "bayes", space, window, true);
    if (k < OPTIONS) {
        drive->option = options[k].option;
        drive->word = options[k].word;
    }
}

static void run(struct drive *drive, int64_t n)
{
    drive_start(drive);
    for (int64_t i = 0; i < n; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        drive_tell(drive, i);
    }
    drive_close(drive);
}

static void each_replays(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    (void)state;
    for (size_t k = 0; k < OPTIONS; k++) {
        open_with(drive, k, &mixed_space, JOURNAL_LAG + 2);
        check_replays(drive, 24, N);
    }
    muster_free(drive);
}

static void each_changes_proposals(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive), *plain = muster_alloc(1, sizeof *plain);
    (void)state;
    open_with(plain, OPTIONS, &mixed_space, 1);
    run(plain, N);
    for (size_t k = 0; k < OPTIONS; k++) {
        bool differs = false;
        open_with(drive, k, &mixed_space, 1);
        run(drive, N);
        for (int64_t i = 0; i < N; i++)
            differs = differs || !same_point(drive, plain, i);
        assert_true(differs);
    }
    muster_free(drive);
    muster_free(plain);
}

static void each_goes_through_a_finite_space(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    (void)state;
    for (size_t k = 0; k < OPTIONS; k++) {
        open_with(drive, k, &finite_space, 1);
        muster_block_set(&drive->block, "bayes.design", 2, NULL);
        drive_start(drive);
        for (int64_t i = 0; i < FINITE_POINTS; i++) {
            assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
            for (int64_t j = 0; j < i; j++)
                assert_false(muster_space_equal(&finite_space, drive->x[i], drive->x[j]));
            drive_tell(drive, i);
        }
        assert_int_equal(drive_ask(drive), MUSTER_ASK_DONE);
        drive_close(drive);
    }
    muster_free(drive);
}

static void each_takes_failures_ties_and_extremes(void **state)
{
    enum { KINDS = 4, ASKS = MIXED + 8 };
    const struct muster_told hard[KINDS] = {
        {.state = MUSTER_FAILED, .score = NAN}, {.score = 1}, {.score = -1e300}, {.score = 1e-300}};
    struct drive *drive = muster_alloc(1, sizeof *drive);
    (void)state;
    for (size_t k = 0; k < OPTIONS * KINDS; k++) {
        open_with(drive, k / KINDS, &mixed_space, 1);
        muster_block_set(&drive->block, "bayes.design", MIXED + 1, NULL);
        drive_start(drive);
        for (int64_t i = 0; i < ASKS; i++) {
            const struct muster_told *told = &hard[i % 3 != 0 ? 1 : k % KINDS];
            assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
            assert_int_equal(muster_search_tell(drive->search, i, told), MUSTER_OK);
        }
        drive_close(drive);
    }
    muster_free(drive);
}

/* Scores of a smooth function that span three decades: what is predicted is near to them. */
static double steep(const double *x)
{
    return pow(10, 3 * sqrt((x[0] - 0.3) * (x[0] - 0.3) + (x[1] - 0.6) * (x[1] - 0.6)));
}

static void check_predictions(size_t k)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(2);
    struct muster_reason why;
    int modelled = 0, near = 0;
    open_with(drive, k, &space, 1);
    drive_start(drive);
    for (int64_t i = 0; i < 60; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        muster_search_reason(drive->search, &why);
        double score = steep(drive->x[i]);
        if (i >= 20 && isfinite(why.mean)) {
            modelled++;
            assert_true(why.deviation >= 0);
            near += fabs(why.mean - score) < 0.2 * score + 3 * why.deviation;
        }
        struct muster_told told = {.score = score, .deviation = NAN};
        assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
    }
    assert_true(modelled >= 30 && near >= 0.8 * modelled);
    drive_close(drive);
    muster_free(drive);
}

static void predictions_are_scores(void **state)
{
    (void)state;
    for (size_t k = 0; k <= OPTIONS; k++)
        check_predictions(k);
}

/* Where nothing improves, the trust region shrinks about the first point, which is the best one,
 * until it is left for another design. */
static void a_region_shrinks_and_starts_anew(void **state)
{
    enum { DESIGN = 6, RUN = 80 };
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(2);
    struct muster_reason why;
    int64_t left = 0, informed = 0;
    double product[RUN];
    (void)state;
    drive_open(drive, "bayes", &space, 1, true);
    muster_block_set(&drive->block, "bayes.design", DESIGN, NULL);
    muster_block_set(&drive->block, "bayes.region", NAN, "turbo");
    drive_start(drive);
    for (int64_t i = 0; i < RUN && informed == 0; i++) {
        struct muster_told told = {.score = (double)i, .deviation = NAN};
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        muster_search_reason(drive->search, &why);
        bool designed = strcmp(why.source, "design") == 0;
        left = left == 0 && designed && i >= DESIGN ? i : left;
        informed = left > 0 && !designed ? i : 0;
        product[i] = fabs((drive->x[i][0] - drive->x[0][0]) * (drive->x[i][1] - drive->x[0][1]));
        assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
    }
    assert_true(left > DESIGN + 7 * 4 && informed >= left + DESIGN);
    assert_true(product[left - 1] <= pow(1.0 / 128, 2)); /* half of twice the least side */
    assert_true(product[left] > 0.01 || product[left + 1] > 0.01 || product[left + 2] > 0.01);
    drive_close(drive);
    muster_free(drive);
}

/* Where nothing improves, local steps shrink the box about the first point. While none has, each
 * looks in a smaller box than the one before it, of 0.2, 0.14 and 0.098, the fourth in the first
 * one's. */
static void pending_steps_look_in_several_boxes(void **state)
{
    enum { WINDOW = 8, RUN = 70 };
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(2);
    struct muster_reason why;
    double reach[RUN];
    int local = 0;
    (void)state;
    drive_open(drive, "bayes", &space, WINDOW, true);
    drive_start(drive);
    for (int64_t i = 0; i < RUN; i++) {
        const double *x = drive->x[i], *centre = drive->x[0];
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        muster_search_reason(drive->search, &why);
        struct muster_told told = {.score = 1 + fabs(x[0] - centre[0]) + fabs(x[1] - centre[1]),
                                   .deviation = NAN};
        told.score = i == 0 ? 0 : told.score;
        assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
        if (strcmp(why.source, "local") != 0)
            continue;
        reach[local++] = fmax(fabs(x[0] - centre[0]), fabs(x[1] - centre[1]));
    }
    assert_true(local > 20 && reach[local - 1] < 2e-3);
    assert_true(reach[0] > 0.1 && reach[1] < 0.141 && reach[2] < 0.099 && reach[4] > 0.1);
    drive_close(drive);
    muster_free(drive);
}

/* Local steps leave discrete parameters as they are, so that other proposals may lie close to the
 * best point where an integer is the next one. */
static void neighbours_of_the_best_are_tried(void **state)
{
    enum { RUN = 60 };
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_param params[] = {{.kind = MUSTER_PARAM_FLOAT, .high = 1},
                                    {.kind = MUSTER_PARAM_FLOAT, .high = 1},
                                    {.kind = MUSTER_PARAM_INT, .low = 1, .high = 8}};
    struct muster_space space = {.d = 3, .params = params};
    struct muster_reason why;
    double least = INFINITY;
    int64_t best = 0, tried = 0;
    bool local = false;
    (void)state;
    drive_open(drive, "bayes", &space, 1, true);
    drive_start(drive);
    for (int64_t i = 0; i < RUN; i++) {
        const double *x = drive->x[i], *top = drive->x[best];
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        muster_search_reason(drive->search, &why);
        local = local || strcmp(why.source, "local") == 0;
        tried += local && strcmp(why.source, "log_ei") == 0 && fabs(x[2] - top[2]) == 1 &&
                 fmax(fabs(x[0] - top[0]), fabs(x[1] - top[1])) < 0.1;
        struct muster_told told = {.score = 4 * pow(x[0] - 0.3, 2) + 4 * pow(x[1] - 0.4, 2) +
                                            0.1 * pow(x[2] - 4, 2),
                                   .deviation = NAN};
        assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
        if (told.score < least) {
            least = told.score;
            best = i;
        }
    }
    assert_true(local && tried > 0);
    drive_close(drive);
    muster_free(drive);
}

/* The acquisition is the gain over the best known score, or over what is believed of a pending
 * point where that is less. */
static void proposals_gain_on_pending_ones_too(void **state)
{
    enum { WINDOW = 8, RUN = 30 };
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(2);
    struct muster_reason why;
    double score[RUN];
    int less = 0;
    (void)state;
    drive_open(drive, "bayes", &space, WINDOW, true);
    muster_block_set(&drive->block, "bayes.local", NAN, "never");
    muster_block_set(&drive->block, "bayes.output_warping", NAN, "none");
    drive_start(drive);
    for (int64_t i = 0; i < RUN; i++) {
        double best = INFINITY;
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        score[i] = steep(drive->x[i]);
        struct muster_told told = {.score = score[i], .deviation = NAN};
        assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
        muster_search_reason(drive->search, &why);
        if (strcmp(why.source, "log_ei") != 0)
            continue;
        for (int64_t k = 0; k < i - WINDOW; k++)
            best = fmin(best, score[k]);
        double plain = muster_log_ei(best, why.mean, why.deviation);
        assert_true(why.acquisition <= plain + 1e-9 * fabs(plain));
        less += why.acquisition < plain - 0.01;
    }
    assert_true(less > 0);
    drive_close(drive);
    muster_free(drive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_replays),
        cmocka_unit_test(each_changes_proposals),
        cmocka_unit_test(each_goes_through_a_finite_space),
        cmocka_unit_test(each_takes_failures_ties_and_extremes),
        cmocka_unit_test(predictions_are_scores),
        cmocka_unit_test(a_region_shrinks_and_starts_anew),
        cmocka_unit_test(pending_steps_look_in_several_boxes),
        cmocka_unit_test(neighbours_of_the_best_are_tried),
        cmocka_unit_test(proposals_gain_on_pending_ones_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
