/* Trials of several steps follow from the prefix of results, with every method, also in a replay.
 */
#include "walk.h"

static void same_step(const struct walk *a, const struct walk *b, size_t i)
{
    assert_int_equal(a->steps[i].trial, b->steps[i].trial);
    assert_int_equal(a->steps[i].rung, b->steps[i].rung);
    assert_true(muster_space_equal(&mixed_space, a->steps[i].x, b->steps[i].x));
    assert_int_equal(a->known[i], b->known[i]);
    assert_int_equal(a->n_fitted[i], b->n_fitted[i]);
    assert_memory_equal(a->fitted[i], b->fitted[i], a->n_fitted[i] * sizeof **a->fitted);
}

static struct walk *open_mixed(const char *method, const char *fidelity)
{
    struct walk *walk = open_walk(method, fidelity, "epochs", 3, 5);
    walk->drive.setup.trials = 36;
    walk->drive.setup.epochs = 9;
    drive_start(&walk->drive);
    return walk;
}

/* Told at once, in the other order, in place of as late as may be. */
static void check_order(const struct walk *late, const char *method, const char *fidelity)
{
    struct walk *early = open_mixed(method, fidelity);
    size_t told = 0;
    for (enum muster_answer answer; (answer = ask(early)) != MUSTER_ASK_DONE;)
        if (answer == MUSTER_ASK_WAIT || early->n - told == 3) {
            for (size_t i = early->n; i-- > told;)
                tell(early, i);
            told = early->n;
        }
    assert_int_equal(early->n, late->n);
    for (size_t i = 0; i < late->n; i++)
        same_step(early, late, i);
    close_walk(early);
}

/* The first n steps replayed, the rest asked. */
static void check_replay(const struct walk *whole, const char *method, const char *fidelity,
                         size_t n)
{
    struct walk *part = open_mixed(method, fidelity);
    size_t told = 0;
    for (size_t i = 0; i < n; i++) {
        while ((int64_t)told < whole->known[i])
            tell(part, told++);
        part->steps[i] = whole->steps[i];
        assert_int_equal(muster_search_replay_known(part->drive.search, &whole->steps[i],
                                                    whole->known[i], whole->fitted[i],
                                                    whole->n_fitted[i]),
                         MUSTER_OK);
        part->n++;
    }
    for (enum muster_answer answer; (answer = ask(part)) != MUSTER_ASK_DONE;)
        if (answer == MUSTER_ASK_WAIT)
            tell(part, told++);
    assert_int_equal(part->n, whole->n);
    for (size_t i = n; i < whole->n; i++)
        same_step(part, whole, i);
    close_walk(part);
}

static void steps_follow_from_the_prefix(void **state)
{
    static const char *const fidelities[] = {"hyperband", "asha", "bohb", "freeze_thaw"};
    (void)state;
    for (size_t m = 0; m < muster_search_methods.n; m++)
        for (size_t f = 0; f < 4; f++) {
            const char *method = muster_search_methods.items[m]->name;
            struct walk *walk = open_mixed(method, fidelities[f]);
            walk_on(walk);
            check_order(walk, method, fidelities[f]);
            for (size_t n = 3 * f; n < walk->n; n += 19) /* not all at the same steps */
                check_replay(walk, method, fidelities[f], n);
            close_walk(walk);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_follow_from_the_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
