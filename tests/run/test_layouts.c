/* The same study gives the same trials, bit for bit, on any number of ranks and any group size. */
#include "bench.h"

#include <stdio.h>

static const char *const methods[] = {"random", "bayes", "grid"};

static void the_table_does_not_depend_on_the_layout(void **state)
{
    (void)state;
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++)
        for (int size = 0; size <= 3; size++) {
            char study[1024], group[16] = "auto";
            if (size > 0)
                snprintf(group, sizeof group, "%d", size);
            snprintf(study, sizeof study,
                     "seed: 5\n"
                     "space: {a: {float: [0.01, 10], log: true, step: 0.5}, b: {int: [1, 9]},\n"
                     "        c: {choice: [x, y]}, d: {float: [0, 1], step: 0.1, when: {c: x}}}\n"
                     "objective: {function: dummy, fail_every: 7,\n"
                     "            sleep: {lognormal: [-6.5, 1]}}\n"
                     "search: {method: %s, trials: 30, window: 5}\n"
                     "parallel: {group_size: %s}\n",
                     methods[m], group);
            struct bench bench = {.study = study, .out = bench_path("out.h5"), .fresh = true};
            assert_int_equal(bench_do(world, &bench), MUSTER_OK);
            assert_int_equal(bench.summary.stopped_by[0], '\0');
            bench_attribute(bench.out, "status", "complete");
            bench_attribute(bench.out, "reproducible", "any layout");
            bench_same(bench_table(bench.out), bench_reference(study));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_does_not_depend_on_the_layout),
    };
    return bench_run(tests);
}
