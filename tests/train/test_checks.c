/* What is wrong with a study and its data is found before anything trains, with its place. */
#include "fixture.h"

#include <string.h>

#define NET "network: [{dense: {units: 16, activation: relu}}]\n"

static void refuse(enum fixture_data data, const char *rest, const char *message)
{
    struct muster_study *study;
    struct muster_trainer *trainer;
    assert_int_equal(fixture_parse(data, rest, &study), MUSTER_OK);
    assert_int_equal(muster_trainer_create(study, world, &trainer), MUSTER_BAD_STUDY);
    assert_null(trainer);
    if (strstr(muster_error_text(), message) == NULL)
        fail_msg("'%s' is not in: %s", message, muster_error_text());
    muster_study_destroy(&study);
}

static void bad_studies_are_refused(void **state)
{
    (void)state;
    refuse(FIXTURES, "data: {test: 0.1}\n" NET, "/tmp/test.yaml:3:1: data.file is missing");
    refuse(FIXTURE_BLOBS, NET "validate: {metric: rmse}\n",
           "/tmp/test.yaml:4:12: metric rmse is not for classification (one of: accuracy");
    refuse(FIXTURE_NOISE, NET "validate: {folds: 90}\n", "/tmp/test.yaml:4:12: validate.folds: ");
    refuse(FIXTURE_LINEAR, NET "train: {loss: cross_entropy}\n",
           "/tmp/test.yaml:4:9: train.loss: cross_entropy is not for regression (mse is)");
    refuse(FIXTURE_BLOBS, NET "train: {loss: huber}\n", "train.loss: huber is not for classi");
    refuse(FIXTURE_LINEAR, NET "train: {class_weight: balanced}\n",
           "/tmp/test.yaml:4:9: train.class_weight is for classification only");
    refuse(FIXTURE_BLOBS, NET "train: {class_weight: [1, 2]}\n",
           "/tmp/test.yaml:4:9: train.class_weight has 2 numbers (one for each of the data's 3");
    refuse(FIXTURE_LINEAR, NET "validate: {report: [r2, accuracy]}\n",
           "metric accuracy is not for regression");
}

static void metrics_are_listed_once(void **state)
{
    (void)state;
    struct fixture fixture =
        fixture_make(FIXTURE_BLOBS, NET "validate: {report: [f1, accuracy, f1, log_loss]}\n");
    assert_int_equal(muster_trainer_metrics(fixture.trainer), 3);
    assert_string_equal(muster_trainer_metric(fixture.trainer, 0)->plugin.name, "accuracy");
    assert_string_equal(muster_trainer_metric(fixture.trainer, 1)->plugin.name, "f1");
    assert_string_equal(muster_trainer_metric(fixture.trainer, 2)->plugin.name, "log_loss");
    fixture_free(&fixture);
    fixture = fixture_make(FIXTURE_LINEAR, NET);
    assert_string_equal(muster_trainer_metric(fixture.trainer, 0)->plugin.name, "rmse");
    fixture_free(&fixture);
}

static void the_most_epochs_of_the_space_count(void **state)
{
    (void)state;
    struct fixture fixture =
        fixture_make(FIXTURE_BLOBS, NET "train:\n  optimizer: {choice: [sgd, adam]}\n"
                                        "  epochs: {int: [5, 70], when: {optimizer: sgd}}\n");
    assert_int_equal(muster_trainer_epochs(fixture.trainer), 70);
    fixture_free(&fixture);
    fixture =
        fixture_make(FIXTURE_BLOBS, NET "train:\n  optimizer: {choice: [adam, sgd]}\n"
                                        "  epochs: {int: [5, 20], when: {optimizer: adam}}\n");
    assert_int_equal(muster_trainer_epochs(fixture.trainer), 50); /* the default where inactive */
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bad_studies_are_refused),
                                       cmocka_unit_test(metrics_are_listed_once),
                                       cmocka_unit_test(the_most_epochs_of_the_space_count)};
    return fixture_run(tests, sizeof tests / sizeof *tests);
}
