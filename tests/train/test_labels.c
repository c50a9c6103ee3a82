/* Rows with any of several labels: a net learns them by binary cross-entropy, whose loss has its
 * own scale; balanced weights move the predictions; other losses and metrics are refused. */
#include "fixture.h"

#include <math.h>
#include <string.h>

#define NET "network: [{dense: {units: 16, activation: relu}}]\n"

static void labels_are_learned(void **state)
{
    (void)state;
    struct fixture fixture =
        fixture_make(FIXTURE_LABELS, NET "train: {epochs: 60, optimizer: adam}\n"
                                         "validate: {metric: micro_f1, report: [log_loss, "
                                         "accuracy, parameters, flops]}\n");
    struct muster_step step = fixture_step(0, NULL);
    struct muster_result result = fixture_result(fixture.trainer);
    assert_int_equal(muster_trainer_run(fixture.trainer, world, &step, NULL, &result), MUSTER_OK);
    for (size_t k = 0; k < result.folds && muster_comm_rank(world) == 0; k++) {
        const float *valid = result.curves + (result.folds + k) * result.epochs;
        assert_float_equal(valid[result.epochs - 1], result.scores[result.folds + k], 1e-4);
        assert_true(result.scores[k] > 0.9 && valid[0] < 2 * log(2));
        assert_true(result.scores[3 * result.folds + k] == 4 * 16 + 16 + 16 * 4 + 4);
    }
    double flops = 0;
    for (size_t k = 0; k < result.folds; k++)
        flops += result.scores[4 * result.folds + k];
    if (muster_comm_rank(world) == 0)
        assert_float_equal(flops, result.flops, 1e-9 * flops);
    muster_result_clear(&result);
    fixture_free(&fixture);
}

static double mean_probability(const char *weights)
{
    char *rest = muster_format(NET "train: {epochs: 20, optimizer: adam%s}\n", weights);
    struct fixture fixture = fixture_make(FIXTURE_LABELS, rest);
    struct muster_refit refit;
    assert_int_equal(muster_trainer_refit(fixture.trainer, NULL,
                                          &(struct muster_refit_of){.trial = 0, .epochs = 20}, NULL,
                                          &refit),
                     MUSTER_OK);
    double sum = 0;
    for (size_t i = 0; i < refit.test_rows * 4; i++) {
        const float p = refit.test_prediction[i];
        assert_true(p >= 0 && p <= 1);
        sum += p;
    }
    assert_null(refit.target_mean);
    sum /= (double)refit.test_rows * 4;
    muster_refit_clear(&refit);
    fixture_free(&fixture);
    muster_free(rest);
    return sum;
}

static void weights_move_the_balance(void **state)
{
    (void)state;
    const double plain = mean_probability("");
    assert_true(mean_probability(", class_weight: [9, 9, 9, 9]") > plain + 0.03);
    assert_float_equal(mean_probability(", class_weight: [1, 1, 1, 1]"), plain, 1e-12);
    assert_float_equal(mean_probability(", class_weight: balanced"), plain, 0.05);
}

static void refused(const char *rest, const char *what)
{
    struct muster_study *study;
    struct muster_trainer *trainer;
    assert_int_equal(fixture_parse(FIXTURE_LABELS, rest, &study), MUSTER_OK);
    assert_int_equal(muster_trainer_create(study, world, &trainer), MUSTER_BAD_STUDY);
    if (strstr(muster_error_text(), what) == NULL)
        fail_msg("'%s' does not hold '%s'", muster_error_text(), what);
    muster_study_destroy(&study);
}

static void what_is_not_for_labels_is_refused(void **state)
{
    (void)state;
    refused(NET "train: {loss: cross_entropy}\n",
            "cross_entropy is not for several labels a row (binary_cross_entropy is)");
    refused(NET "validate: {metric: mcc}\n",
            "metric mcc is not for several labels a row (one of: accuracy, hamming_loss, ");
    refused(NET "train: {class_weight: [1, 2]}\n", "one for each of the data's 4 labels");
}

/* The result on data of two classes, packed on rank 0; its last loss is the metric of the name. */
static struct muster_pack of_two_classes(const char *loss, const char *more)
{
    char *rest = muster_format(NET "train: {epochs: 5, optimizer: adam%s%s}\n"
                                   "validate: {metric: log_loss}\n",
                               loss, more);
    struct fixture fixture = fixture_make(FIXTURE_NOISE, rest);
    struct muster_step step = fixture_step(0, NULL);
    struct muster_result result = fixture_result(fixture.trainer);
    struct muster_pack pack = {0};
    assert_int_equal(muster_trainer_run(fixture.trainer, world, &step, NULL, &result), MUSTER_OK);
    if (muster_comm_rank(world) == 0) {
        const float *valid = result.curves + result.folds * result.epochs;
        if (more[0] == '\0')
            assert_float_equal(valid[result.epochs - 1], result.scores[0], 1e-5);
        muster_result_pack(&result, &pack);
    }
    muster_result_clear(&result);
    fixture_free(&fixture);
    muster_free(rest);
    return pack;
}

static void of_two_classes_it_is_cross_entropy(void **state)
{
    (void)state;
    static const char *const more[] = {"", ", label_smoothing: 0.2, class_weight: [1, 3]"};
    for (size_t i = 0; i < 2; i++) {
        struct muster_pack plain = of_two_classes("", more[i]);
        struct muster_pack binary = of_two_classes(", loss: binary_cross_entropy", more[i]);
        assert_int_equal(plain.length, binary.length);
        if (muster_comm_rank(world) == 0)
            assert_memory_equal(plain.data, binary.data, plain.length);
        muster_pack_free(&plain);
        muster_pack_free(&binary);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(labels_are_learned),
                                       cmocka_unit_test(weights_move_the_balance),
                                       cmocka_unit_test(of_two_classes_it_is_cross_entropy),
                                       cmocka_unit_test(what_is_not_for_labels_is_refused)};
    return fixture_run(tests, sizeof tests / sizeof *tests);
}
