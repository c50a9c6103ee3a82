/* Options of the loss and of the weights do in training what they say: class weights move the
 * balance, the pinball loss finds its quantile, a fold is scored with averaged weights, clipping
 * slows down. */
#include "fixture.h"

#include <math.h>

#define NET "network: [{dense: {units: 16, activation: relu}}]\n"
#define LINEAR "network: [{dense: {units: 8, activation: identity}}]\n"

/* The refit on all but the held-out rows. */
static struct muster_refit refit(struct fixture *fixture, enum fixture_data data, const char *rest)
{
    struct muster_refit made;
    *fixture = fixture_make(data, rest);
    const int64_t epochs = (int64_t)muster_trainer_epochs(fixture->trainer);
    if (muster_trainer_refit(fixture->trainer, NULL,
                             &(struct muster_refit_of){.trial = 0, .epochs = epochs}, NULL,
                             &made) != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    return made;
}

/* Of output 0 over the held-out rows. */
static double mean_of_first(const struct muster_refit *refit, size_t outputs)
{
    double sum = 0;
    for (size_t i = 0; i < refit->test_rows; i++)
        sum += refit->test_prediction[i * outputs];
    return sum / (double)refit->test_rows;
}

static double probability_of_first(const char *weights)
{
    struct fixture fixture;
    char *rest = muster_format(NET "train: {epochs: 20, optimizer: adam%s}\n", weights);
    struct muster_refit made = refit(&fixture, FIXTURE_NOISE, rest);
    double mean = mean_of_first(&made, 2);
    muster_refit_clear(&made);
    fixture_free(&fixture);
    muster_free(rest);
    return mean;
}

static void class_weights_move_the_balance(void **state)
{
    (void)state;
    double plain = probability_of_first("");
    assert_true(probability_of_first(", class_weight: [5, 1]") > plain + 0.1);
    assert_true(probability_of_first(", class_weight: [1, 5]") < plain - 0.1);
    assert_true(fabs(probability_of_first(", class_weight: balanced") - 0.5) < 0.15);
    assert_float_equal(probability_of_first(", class_weight: [1, 1]"), plain, 1e-12);
}

static void the_pinball_loss_finds_a_quantile(void **state)
{
    (void)state;
    double means[2];
    for (int i = 0; i < 2; i++) {
        struct fixture fixture;
        char *rest = muster_format(LINEAR "train: {epochs: 40, learning_rate: 0.05, loss: pinball, "
                                          "quantile: %g}\n",
                                   i == 0 ? 0.1 : 0.9);
        struct muster_refit made = refit(&fixture, FIXTURE_LINEAR, rest);
        means[i] = mean_of_first(&made, 1);
        muster_refit_clear(&made);
        fixture_free(&fixture);
        muster_free(rest);
    }
    assert_true(means[0] < means[1]);
}

static double distance_of_weights(const struct muster_refit *a, const struct muster_refit *b)
{
    size_t n;
    const float *x = muster_net_weights(a->net, &n), *y = muster_net_weights(b->net, &n);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
    return sqrt(sum);
}

/* With hardly any memory the average is the weights; with much of it they lag behind. */
static void averaged_weights_are_handed_over(void **state)
{
    (void)state;
    static const char *const emas[] = {"", ", ema: 1e-7", ", ema: 0.99"};
    struct fixture fixtures[3];
    struct muster_refit made[3];
    for (int i = 0; i < 3; i++) {
        char *rest = muster_format(NET "train: {epochs: 5, optimizer: adam%s}\n", emas[i]);
        made[i] = refit(&fixtures[i], FIXTURE_BLOBS, rest);
        muster_free(rest);
    }
    assert_true(distance_of_weights(&made[0], &made[1]) < 1e-4);
    assert_true(distance_of_weights(&made[0], &made[2]) > 1e-2);
    for (int i = 0; i < 3; i++) {
        muster_refit_clear(&made[i]);
        fixture_free(&fixtures[i]);
    }
}

static double loss_after(const char *rules)
{
    char *rest = muster_format(NET "train: {epochs: 5%s}\n", rules);
    struct fixture fixture = fixture_make(FIXTURE_BLOBS, rest);
    struct muster_step step = fixture_step(0, NULL);
    struct muster_result result = fixture_result(fixture.trainer);
    assert_int_equal(muster_trainer_run(fixture.trainer, world, &step, NULL, &result), MUSTER_OK);
    double loss = result.curves[4];
    muster_result_clear(&result);
    fixture_free(&fixture);
    muster_free(rest);
    return loss;
}

static void clipping_and_penalties_hold_back(void **state)
{
    (void)state;
    const double free_running = loss_after(""), loose = loss_after(", clip_norm: 1e6");
    const double by_norm = loss_after(", clip_norm: 0.01");
    const double by_value = loss_after(", clip_value: 0.001");
    const double penalised = loss_after(", l1: 5");
    if (muster_comm_rank(world) != 0) /* the curves are rank 0's */
        return;
    assert_float_equal(loose, free_running, 1e-6);
    assert_true(by_norm > free_running + 0.05);
    assert_true(by_value > free_running + 0.05);
    assert_float_equal(penalised, log(3), 0.02); /* no weights left: a guess at three classes */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(class_weights_move_the_balance),
                                       cmocka_unit_test(the_pinball_loss_finds_a_quantile),
                                       cmocka_unit_test(averaged_weights_are_handed_over),
                                       cmocka_unit_test(clipping_and_penalties_hold_back)};
    return fixture_run(tests, sizeof tests / sizeof *tests);
}
