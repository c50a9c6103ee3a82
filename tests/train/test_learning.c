/* Training learns what is there, nothing of the validation rows, and the refit predicts. */
#include "fixture.h"

#include <math.h>

#define LINEAR "network: [{dense: {units: 8, activation: identity}}]\n"
#define NET "network: [{dense: {units: 32, activation: relu}}]\n"

static struct muster_result run(const struct fixture *fixture)
{
    struct muster_step step = fixture_step(0, NULL);
    struct muster_result result = fixture_result(fixture->trainer);
    enum muster_status status = muster_trainer_run(fixture->trainer, world, &step, NULL, &result);
    if (status != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    return result;
}

static void blobs_are_told_apart(void **state)
{
    (void)state;
    struct fixture fixture =
        fixture_make(FIXTURE_BLOBS,
                     NET "train: {epochs: 30, optimizer: adam}\nvalidate: {report: [log_loss]}\n");
    struct muster_result result = run(&fixture);
    if (muster_comm_rank(world) == 0) {
        assert_int_equal(result.state, MUSTER_COMPLETE);
        assert_true(result.score > 0.95 && result.score <= 1.0);
        assert_true(result.score_std < 0.1);
        assert_true(result.scores[result.folds] < 0.2); /* log loss of fold 0 */
        assert_true(result.curves[29] < result.curves[0]);
    }
    muster_result_clear(&result);
    fixture_free(&fixture);
}

static void normalised_networks_learn_too(void **state)
{
    (void)state;
    static const char *const norms[] = {"batch", "layer"};
    for (int i = 0; i < 2; i++) {
        char *rest = muster_format("network: [{mlp: {units: 24, norm: %s}}]\n"
                                   "train: {epochs: 30, optimizer: adam, batch_size: 31}\n",
                                   norms[i]);
        struct fixture fixture = fixture_make(FIXTURE_BLOBS, rest);
        struct muster_result result = run(&fixture);
        if (muster_comm_rank(world) == 0)
            assert_true(result.state == MUSTER_COMPLETE && result.score > 0.95);
        muster_result_clear(&result);
        fixture_free(&fixture);
        muster_free(rest);
    }
}

static void a_linear_target_of_any_scale_is_found(void **state)
{
    (void)state;
    struct fixture fixture = fixture_make(
        FIXTURE_LINEAR, LINEAR "train: {epochs: 60, learning_rate: 0.05}\nvalidate: {metric: r2, "
                               "report: [rmse]}\n");
    struct muster_result result = run(&fixture);
    if (muster_comm_rank(world) == 0) {
        assert_true(result.score > 0.99);
        /* On the file's scale, whose noise is 2. */
        assert_true(result.scores[result.folds] > 1.0 && result.scores[result.folds] < 4.0);
        assert_true(result.curves[59] < 0.05f); /* on the scale of training */
    }
    muster_result_clear(&result);
    fixture_free(&fixture);
}

/* Labels without meaning can be learned by heart but not foretold: a validation row that was
 * trained on would be known. */
static void validation_rows_are_never_trained_on(void **state)
{
    (void)state;
    struct fixture fixture =
        fixture_make(FIXTURE_NOISE, NET "train: {epochs: 150, optimizer: adam}\n");
    struct muster_result result = run(&fixture);
    if (muster_comm_rank(world) == 0) {
        assert_true(result.curves[149] < 0.1f);
        assert_true(result.score > 0.25 && result.score < 0.75);
    }
    muster_result_clear(&result);
    fixture_free(&fixture);
}

/* Learned by heart, such labels let the validation loss rise soon, and with the rate all but zero
 * then, the training loss stays where it is. */
static void a_plateau_of_the_validation_loss_lowers_the_rate(void **state)
{
    (void)state;
    struct fixture fixture = fixture_make(
        FIXTURE_NOISE, NET "train: {epochs: 150, optimizer: adam, schedule: reduce_on_plateau, "
                           "gamma: 1e-6, plateau_patience: 5}\n");
    struct muster_result result = run(&fixture);
    if (muster_comm_rank(world) == 0) {
        assert_true(result.curves[149] > 0.2f);
        assert_float_equal(result.curves[149], result.curves[148], 1e-4);
    }
    muster_result_clear(&result);
    fixture_free(&fixture);
}

static void the_refit_predicts_held_out_rows(void **state)
{
    (void)state;
    struct fixture fixture =
        fixture_make(FIXTURE_LINEAR,
                     LINEAR "train: {epochs: 60, learning_rate: 0.05}\nvalidate: {metric: r2}\n");
    struct muster_refit refit;
    assert_int_equal(muster_trainer_refit(fixture.trainer, NULL,
                                          &(struct muster_refit_of){.trial = 0, .epochs = 50}, NULL,
                                          &refit),
                     MUSTER_OK);
    assert_int_equal(refit.epochs, 50);
    assert_int_equal(refit.test_rows, 40);
    assert_true(refit.test_metrics[0] > 0.99);
    assert_true(fabs(refit.target_mean[0] - 1000.0) < 300.0 && refit.target_scale[0] > 100.0);
    assert_non_null(refit.net);
    assert_non_null(refit.prep);
    muster_refit_clear(&refit);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blobs_are_told_apart),
        cmocka_unit_test(normalised_networks_learn_too),
        cmocka_unit_test(a_linear_target_of_any_scale_is_found),
        cmocka_unit_test(validation_rows_are_never_trained_on),
        cmocka_unit_test(a_plateau_of_the_validation_loss_lowers_the_rate),
        cmocka_unit_test(the_refit_predicts_held_out_rows)};
    return fixture_run(tests, sizeof tests / sizeof *tests);
}
