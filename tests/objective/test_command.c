/* The objective `command` with small shell scripts: what reaches the program, what its answers
 * mean, how it is ended, and which studies are refused. */
#include "objective_test.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SPACE                                                                       \
    "seed: 42\nspace: {lr: {float: [0, 1]}, act: {choice: [relu, \"two words\"]}, " \
    "m: {int: [1, 9], when: {act: relu}}}\n"

/* Status and result of trial 7 of `objective: {command: [sh, -c, SCRIPT], MORE}` at x. */
static enum muster_status evaluate(const char *script, const char *more, const double *x,
                                   const struct muster_interrupt *interrupt,
                                   struct muster_result *result)
{
    char text[2048];
    struct muster_objective *objective;
    struct muster_step step = {.trial = 7, .to_epoch = -1, .n_folds = -1, .x = x};
    snprintf(text, sizeof text, SPACE "objective:\n  command: [sh, -c, '%s']\n%s", script, more);
    struct muster_study *study = parse(text);
    if (muster_objective_create(study, world, &objective) != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    const struct muster_objective_info *info = muster_objective_info(objective);
    assert_true(!info->noiseless && info->folds == 1 && info->epochs == 0);
    assert_null(muster_objective_trainer(objective));
    assert_int_equal(muster_result_create(result, info->folds, info->metrics, info->epochs),
                     MUSTER_OK);
    enum muster_status status =
        muster_objective_evaluate(objective, world, &step, interrupt, result);
    muster_objective_destroy(&objective);
    muster_study_destroy(&study);
    return status;
}

static bool is_root(void)
{
    return muster_comm_rank(world) == 0;
}

static void scores(const char *script, double expected)
{
    double x[3] = {0.25, 0, 3};
    struct muster_result result;
    assert_int_equal(evaluate(script, "", x, NULL, &result), MUSTER_OK);
    if (is_root() && (result.state != MUSTER_COMPLETE || result.score != expected))
        fail_msg("%s: state %d, score %g, %s", script, result.state, result.score, result.reason);
    muster_result_clear(&result);
}

static void placeholders_are_filled_in(void **state)
{
    (void)state;
    scores("test \"{act}-{m}\" = relu-3 && echo {lr}", 0.25);
    scores("echo {seed}{trial}", 427);
    scores("test \"{{lr}}{{\" = \"{\"lr\"}{{\" && echo 1", 1);
    scores("test \"$MUSTER_TRIAL$MUSTER_SEED\" = 742 && echo 5", 5);
    scores("echo \"$MUSTER_PARAMS\" | sed \"s/.*\\\"m\\\": //; s/}//\"", 3);
}

/* A value that is a word, or that is not there, is one argument whatever it looks like. */
static void a_word_stays_a_word(void **state)
{
    (void)state;
    double x[3] = {0.5, 1, NAN};
    struct muster_result result;
    struct muster_objective *objective;
    struct muster_study *study = parse(
        SPACE "objective: {command: [sh, -c, 'test \"$1\" = \"two words\" && test -z \"$2\" && "
              "test \"$3\" = \"a{lr}b\" && test \"$4\" = \"$MUSTER_PARAMS\" && echo $#', "
              "x, \"{act}\", \"{m}\", \"a{lr}b\", \"{params}\"]}\n");
    struct muster_step step = {.trial = 0, .to_epoch = -1, .n_folds = -1, .x = x};
    assert_int_equal(muster_objective_create(study, world, &objective), MUSTER_OK);
    assert_int_equal(muster_result_create(&result, 1, 1, 0), MUSTER_OK);
    assert_int_equal(muster_objective_evaluate(objective, world, &step, NULL, &result), MUSTER_OK);
    if (is_root())
        assert_true(result.state == MUSTER_COMPLETE && result.score == 4);
    muster_result_clear(&result);
    muster_objective_destroy(&objective);
    muster_study_destroy(&study);
}

static void last_line_is_the_score(void **state)
{
    (void)state;
    scores("echo 1; echo note >&2; echo 2.5e-1; echo; echo \"  \"", 0.25);
    scores("printf 3", 3);
    scores("seq 100000; echo -4", -4); /* more than is kept */
    scores("sleep 5 & echo 6", 6);     /* a child of its own that holds the pipe */
    scores("head -c 200000 /dev/zero; echo; echo 8", 8);
}

static void json_holds_further_metrics(void **state)
{
    (void)state;
    double x[3] = {0.25, 0, 3};
    struct muster_result result;
    assert_int_equal(evaluate("echo \"{\\\"loss\\\": 7, \\\"value\\\": {lr}}\"",
                              "  report: [loss, absent]\n  direction: maximize\n", x, NULL,
                              &result),
                     MUSTER_OK);
    if (is_root()) {
        assert_int_equal(result.metrics, 3);
        assert_true(result.state == MUSTER_COMPLETE && result.score == 0.25);
        assert_true(result.scores[1] == 7 && isnan(result.scores[2]));
    }
    muster_result_clear(&result);
}

static void fails(const char *script, const char *more, const char *reason)
{
    double x[3] = {0.25, 0, 3};
    struct muster_result result;
    assert_int_equal(evaluate(script, more, x, NULL, &result), MUSTER_OK);
    if (is_root()) {
        assert_int_equal(result.state, MUSTER_FAILED);
        assert_true(isnan(result.score));
        if (strstr(result.reason, reason) == NULL)
            fail_msg("'%s' is not in: %s", reason, result.reason);
    }
    muster_result_clear(&result);
}

static void bad_ends_are_failures(void **state)
{
    (void)state;
    fails("echo 1; echo first >&2; echo it broke >&2; exit 3", "", "exit code 3: it broke");
    fails("echo 1; exit 4", "", "exit code 4: nothing on standard error");
    fails("echo 1; kill -9 $$", "", "ended by signal 9");
    fails("true", "", "wrote nothing");
    fails("echo 1; echo the score is 2", "", "`the score is 2`");
    fails("echo nan", "", "`nan`");
    fails("echo 1e999", "", "`1e999`");
    fails("printf \"\\377\\001\\n\"", "", "`??`");
    fails("echo \"{\\\"value\\\": \\\"x\\\"}\"", "", "no finite number as `value`");
    fails("echo \"{\\\"value\\\": 1} x\"", "", "neither a finite number");
    fails("echo \"{\\\"value\\\": null, \\\"reason\\\": \\\"diverged\\\"}\"", "", "diverged");
    fails("head -c 100000 /dev/zero | tr \"\\0\" 7", "", "longer than 65536 bytes");
}

/* The program's own children end with it, those that ignore SIGTERM too. */
static void timeout_ends_the_whole_group(void **state)
{
    (void)state;
    char script[256], path[64];
    snprintf(path, sizeof path, "/tmp/muster-command-%d", (int)getpid());
    snprintf(script, sizeof script,
             "echo 1; (trap \"\" TERM; echo $$ > %s; while :; do sleep 0.05; done) & wait", path);
    fails(script, "  timeout: 0.3\n", "not ended after 0.3 s");
    if (is_root()) {
        FILE *file = fopen(path, "r");
        long pid = 0;
        assert_non_null(file);
        assert_int_equal(fscanf(file, "%ld", &pid), 1);
        fclose(file);
        remove(path);
        for (int i = 0; i < 200 && kill((pid_t)-pid, 0) == 0; i++)
            usleep(10000); /* killed ones are still to be reaped by init */
        assert_int_equal(kill((pid_t)-pid, 0), -1);
    }
}

static bool asked(void *context)
{
    return ++*(int *)context > 2;
}

static void a_stop_drops_the_trial(void **state)
{
    (void)state;
    double x[3] = {0.25, 0, 3}, began = muster_clock();
    int polls = 0;
    struct muster_interrupt interrupt = {asked, &polls};
    struct muster_result result;
    assert_int_equal(evaluate("sleep 30; echo 1", "", x, &interrupt, &result), MUSTER_STOPPED);
    assert_true(muster_clock() - began < 10);
    muster_result_clear(&result);
}

static void studies_that_do_not_suit_are_refused(void **state)
{
    (void)state;
    refuse(SPACE "objective:\n  command: [sh, \"{lr}\", \"{rate}\"]\n", MUSTER_BAD_STUDY,
           "test.yaml:4:25: `{rate}` is no parameter of the space ({lr}, {act}, {m}, ");
    refuse(SPACE "objective:\n  command: [no-such-program]\n", MUSTER_NO_INPUT,
           "test.yaml:4:13: the program `no-such-program` is not found");
    refuse(SPACE "objective:\n  command: [./no-such-program]\n", MUSTER_NO_INPUT,
           "beside the study file");
    refuse(SPACE "objective:\n  command: [/etc/passwd]\n", MUSTER_NO_INPUT, "cannot be executed");
    refuse(SPACE "objective: {command: sh, fail_every: 3}\n", MUSTER_BAD_STUDY,
           "`fail_every` goes with");
    refuse(SPACE "objective: {command: sh, folds: 3}\n", MUSTER_BAD_STUDY,
           "test.yaml:3:26: `folds` goes with");
    refuse(SPACE "objective: {command: sh, report: [a, value]}\n", MUSTER_BAD_STUDY,
           "`value` is recorded anyway");
    refuse(SPACE "objective: {command: sh, report: [a, a]}\n", MUSTER_BAD_STUDY, "stands twice");
    refuse(SPACE "objective: {command: sh, function: dummy}\n", MUSTER_BAD_STUDY,
           "`command` beside `function`");
}

int main(void)
{
    if (!open_world())
        return 1;
    muster_log_setup(MUSTER_ERRORS, true);
    const struct CMUnitTest tests[] = {cmocka_unit_test(placeholders_are_filled_in),
                                       cmocka_unit_test(a_word_stays_a_word),
                                       cmocka_unit_test(last_line_is_the_score),
                                       cmocka_unit_test(json_holds_further_metrics),
                                       cmocka_unit_test(bad_ends_are_failures),
                                       cmocka_unit_test(timeout_ends_the_whole_group),
                                       cmocka_unit_test(a_stop_drops_the_trial),
                                       cmocka_unit_test(studies_that_do_not_suit_are_refused)};
    return close_world(cmocka_run_group_tests(tests, NULL, NULL));
}
