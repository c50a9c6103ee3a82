/* What the tests of train share: MPI, a catalog, small data files made on the spot, studies. */
#ifndef MUSTER_TESTS_TRAIN_FIXTURE_H
#define MUSTER_TESTS_TRAIN_FIXTURE_H

#include "../unit.h"

#include "muster/par.h"
#include "muster/train.h"

extern struct muster_comm *world; /* while fixture_run is under way */
extern char fixture_folder[64];   /* the same on all ranks: for what is kept */

enum fixture_data {
    FIXTURE_BLOBS,  /* 240 rows, 5 columns, 3 well separated classes */
    FIXTURE_LINEAR, /* 200 rows, 4 columns, 1 target = 1000 + 300 * linear + a little noise */
    FIXTURE_NOISE,  /* 120 rows, 30 columns, 2 classes that have nothing to do with x */
    FIXTURE_LABELS, /* 200 rows, 4 columns, of which each positive one is a label of the row */
    FIXTURES
};

/* Runs the tests between MPI_Init and MPI_Finalize; rank 0 makes the data files before and removes
 * them after. Returns what main has to: also nonzero when communicators or memory are left. */
int fixture_run(const struct CMUnitTest *tests, size_t n);

/* A study on one of the data files: `seed: 3`, that file, and `rest` (sections as YAML). */
enum muster_status fixture_parse(enum fixture_data data, const char *rest,
                                 struct muster_study **study);

/* The same with more in the section of the data, ", block: 7". */
enum muster_status fixture_parse_with(enum fixture_data data, const char *more, const char *rest,
                                      struct muster_study **study);

struct fixture {
    struct muster_study *study;
    struct muster_trainer *trainer;
};
/* Both must succeed; collective on world. */
struct fixture fixture_make(enum fixture_data data, const char *rest);
struct fixture fixture_make_with(enum fixture_data data, const char *more, const char *rest);
void fixture_free(struct fixture *fixture);

/* A fresh result for the trainer, and the step of a whole trial at x (NULL: an empty space). */
struct muster_result fixture_result(const struct muster_trainer *trainer);
struct muster_step fixture_step(int64_t trial, const double *x);

/* The packed result of a step on rank 0 of `group`; empty elsewhere, and where `group` is NULL. */
struct muster_pack fixture_pack(const struct fixture *fixture, struct muster_comm *group,
                                struct muster_step step);

#endif
