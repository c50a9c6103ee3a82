/* What tests of objectives share: a world, studies of that section alone, and their refusal. */
#ifndef MUSTER_TEST_OBJECTIVE_H
#define MUSTER_TEST_OBJECTIVE_H

#include "../unit.h"

#include <stdlib.h>
#include <string.h>

#include "muster/objective.h"
#include "muster/par_mpi.h"

static struct muster_comm *world;

static inline bool open_world(void)
{
    int provided;
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    setenv("CMOCKA_TEST_ABORT", "1", 1); /* a rank that fails must not leave the others waiting */
    return muster_comm_create(MPI_COMM_WORLD, &world) == MUSTER_OK;
}

/* The exit code after so many failures; what was not freed is one too. */
static inline int close_world(int failed)
{
    muster_comm_destroy(&world);
    failed += muster_memory_blocks() != 0 || muster_comm_live() != 0;
    MPI_Finalize();
    return failed;
}

static inline struct muster_study *parse(const char *text)
{
    static const struct muster_option *tables[] = {muster_objective_options};
    static const struct muster_section section = {
        .name = "objective", .n_tables = 1, .tables = tables};
    static const struct muster_catalog catalog = {
        .layers = &muster_nn_layers, .n_sections = 1, .sections = &section};
    struct muster_study *study;
    if (muster_study_parse(text, "test.yaml", NULL, 0, &catalog, &study) != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    return study;
}

static inline void refuse(const char *text, enum muster_status status, const char *message)
{
    struct muster_study *study = parse(text);
    struct muster_objective *objective;
    assert_int_equal(muster_objective_create(study, world, &objective), status);
    assert_null(objective);
    if (strstr(muster_error_text(), message) == NULL)
        fail_msg("'%s' is not in: %s", message, muster_error_text());
    muster_study_destroy(&study);
}

#endif
