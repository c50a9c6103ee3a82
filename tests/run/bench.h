/* What the tests of `run` share: a world, studies run on it with and without interruption, and
 * their trial tables as text. */
#ifndef MUSTER_TESTS_RUN_BENCH_H
#define MUSTER_TESTS_RUN_BENCH_H

#include "../unit.h"

#include "muster/run.h"

extern struct muster_comm *world; /* all ranks */
extern struct muster_comm *self;  /* this rank alone */

/* MPI, a folder of our own, the tests, and the balance of memory and communicators. */
#define bench_run(tests) bench_run_tests(tests, sizeof(tests) / sizeof *(tests))
int bench_run_tests(const struct CMUnitTest *tests, size_t n);

/* A path in the tests' folder, the same on all ranks; valid until the fourth next call. */
const char *bench_path(const char *name);

/* The study of a YAML text; fails the test where it has a problem. */
struct muster_study *bench_parse(const char *text);

/* How a study is run. */
struct bench {
    const char *study; /* YAML text */
    const char *out;
    const char *version; /* of the program; NULL: "test" */
    bool resume, fresh;
    double time_limit;    /* 0: none */
    int64_t signal_after; /* raise SIGUSR1 on rank 0 once so many trials are done; 0: never */
    const char *fault;    /* MUSTER_FAULT's text, for the run alone; NULL: none */
    struct muster_run_summary summary;
};

/* Collective on `comm`; checks that all ranks return the same. */
enum muster_status bench_do(struct muster_comm *comm, struct bench *bench);

/* Rank 0: the trial table of a result file, one line a trial: id, state, reason, score, folds and
 * parameters to the last bit; fresh. Fails the test where there is none. NULL on other ranks. */
char *bench_table(const char *out);
/* Rank 0 alone runs the study without interruption; its table. NULL on other ranks. */
char *bench_reference(const char *study);
/* Both NULL, or equal; frees both. */
void bench_same(char *got, char *wanted);
/* Rank 0: a text attribute of the root is so. */
void bench_attribute(const char *out, const char *name, const char *wanted);
/* Rank 0: lines of a table. */
size_t bench_rows(const char *table);
void bench_remove(const char *out);

#endif
