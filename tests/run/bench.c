/* See bench.h. */
#include "bench.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "muster/nn.h"
#include "muster/metrics.h"
#include "muster/par_mpi.h"
#include "muster/results.h"
#include "muster/search.h"

struct muster_comm *world, *self;

static char folder[64];

/* ---- the world ------------------------------------------------------------------------------- */

int bench_run_tests(const struct CMUnitTest *tests, size_t n)
{
    int provided, pid = getpid();
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    if (muster_comm_create(MPI_COMM_WORLD, &world) || muster_comm_create(MPI_COMM_SELF, &self))
        return 1;
    muster_log_setup(MUSTER_ERRORS, false);
    muster_run_catch_signals();
    muster_broadcast(world, &pid, sizeof pid, 0);
    snprintf(folder, sizeof folder, "/tmp/muster-run-%d", pid);
    bool first = muster_comm_rank(world) == 0;
    if (first && system(NULL) != 0) {
        char command[128];
        snprintf(command, sizeof command, "mkdir -p %s", folder);
        if (system(command) != 0)
            return 1;
    }
    muster_barrier(world);
    int failed = _cmocka_run_group_tests("run", tests, n, NULL, NULL);
    muster_barrier(world);
    if (first) {
        char command[128];
        snprintf(command, sizeof command, "rm -rf %s", folder);
        failed += system(command) != 0;
    }
    muster_comm_destroy(&self);
    muster_comm_destroy(&world);
    if (muster_memory_blocks() != 0 || muster_comm_live() != 0) {
        fprintf(stderr, "left over: %lld blocks, %lld communicators\n",
                (long long)muster_memory_blocks(), (long long)muster_comm_live());
        failed++;
    }
    MPI_Finalize();
    return failed;
}

const char *bench_path(const char *name)
{
    static char paths[4][128];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(paths[turn], sizeof paths[turn], "%s/%s", folder, name);
    return paths[turn];
}

void bench_remove(const char *out)
{
    char journal[160];
    snprintf(journal, sizeof journal, "%s.journal", out);
    muster_barrier(world);
    if (muster_comm_rank(world) == 0) {
        unlink(out);
        unlink(journal);
    }
    muster_barrier(world);
}

/* ---- studies --------------------------------------------------------------------------------- */

/* Every table of the rooms in use, as cli concatenates them. */
static const struct muster_catalog *catalog(void)
{
    static const struct muster_option *data[] = {muster_data_options};
    static const struct muster_option *validate[] = {muster_validate_options, muster_metric_options,
                                                     muster_metric_bounds};
    static const struct muster_option *search[] = {muster_search_options};
    static const struct muster_option *parallel[] = {muster_parallel_options};
    static const struct muster_option *objective[] = {muster_objective_options};
    static const struct muster_option *train[32] = {muster_train_options};
    static struct muster_section sections[] = {
        {.name = "train", .tables = train, .tunable = true},
        {.name = "data", .n_tables = 1, .tables = data},
        {.name = "validate", .n_tables = 3, .tables = validate},
        {.name = "search", .n_tables = 1, .tables = search, .methods = &muster_search_methods},
        {.name = "parallel", .n_tables = 1, .tables = parallel},
        {.name = "objective", .n_tables = 1, .tables = objective}};
    static const struct muster_catalog whole = {
        .layers = &muster_nn_layers, .n_sections = 6, .sections = sections};
    const struct muster_registry *plugins[] = {&muster_nn_losses, &muster_nn_optimizers,
                                               &muster_nn_schedules};
    size_t n = 1;
    for (size_t r = 0; r < 3; r++)
        for (size_t i = 0; i < plugins[r]->n; i++)
            if (plugins[r]->items[i]->options != NULL)
                train[n++] = plugins[r]->items[i]->options;
    sections[0].n_tables = n;
    return &whole;
}

static void watch(void *context, const struct muster_run_state *state)
{
    struct bench *bench = context;
    if (bench->signal_after > 0 && state->done >= bench->signal_after) {
        bench->signal_after = 0;
        raise(SIGUSR1);
    }
}

struct muster_study *bench_parse(const char *text)
{
    struct muster_study *study;
    if (muster_study_parse(text, "test.yaml", NULL, 0, catalog(), &study) != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    return study;
}

enum muster_status bench_do(struct muster_comm *comm, struct bench *bench)
{
    struct muster_study *study = bench_parse(bench->study);
    struct muster_run_setup setup = {.study = study,
                                     .out = bench->out,
                                     .version = bench->version != NULL ? bench->version : "test",
                                     .resume = bench->resume,
                                     .fresh = bench->fresh,
                                     .time_limit =
                                         bench->time_limit > 0 ? bench->time_limit : INFINITY,
                                     .started = muster_clock(),
                                     .progress = watch,
                                     .context = bench};
    muster_fault_set(bench->fault, muster_comm_rank(comm));
    enum muster_status status = muster_run(&setup, comm, &bench->summary);
    muster_fault_set(NULL, 0);
    double ends[2] = {status, -(double)status};
    muster_study_destroy(&study);
    assert_int_equal(muster_reduce_max(comm, ends, 2), MUSTER_OK);
    assert_true(ends[0] == -ends[1]);
    return status;
}

/* ---- tables ---------------------------------------------------------------------------------- */

static void add_params(const struct muster_reader *reader, size_t row, struct muster_text *text)
{
    size_t n, rank, dims[4], many;
    char **names, **texts, path[256];
    double *values;
    assert_int_equal(muster_reader_members(reader, "/trials/params", &n, &names), MUSTER_OK);
    for (size_t p = 0; p < n; p++) {
        snprintf(path, sizeof path, "/trials/params/%s", names[p]);
        if (muster_reader_is_text(reader, path)) {
            assert_int_equal(muster_reader_strings(reader, path, &many, &texts), MUSTER_OK);
            muster_text_add(text, " %s", texts[row]);
            muster_free(texts);
        } else {
            assert_int_equal(muster_reader_f64(reader, path, &rank, dims, &values), MUSTER_OK);
            muster_text_add(text, " %a", values[row]);
            muster_free(values);
        }
    }
    muster_free(names);
}

char *bench_table(const char *out)
{
    struct muster_reader *reader;
    struct muster_text text = {0};
    size_t rank, dims[4], n;
    double *id, *score, *folds, *epochs;
    char **states, **reasons;
    if (muster_comm_rank(world) != 0)
        return NULL;
    if (muster_reader_open(out, &reader) != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    assert_int_equal(muster_reader_f64(reader, "/trials/id", &rank, dims, &id), MUSTER_OK);
    assert_int_equal(muster_reader_f64(reader, "/trials/score", &rank, dims, &score), MUSTER_OK);
    assert_int_equal(muster_reader_strings(reader, "/trials/state", &n, &states), MUSTER_OK);
    assert_int_equal(muster_reader_strings(reader, "/trials/reason", &n, &reasons), MUSTER_OK);
    assert_int_equal(muster_reader_f64(reader, "/trials/epochs", &rank, dims, &epochs), MUSTER_OK);
    assert_int_equal(muster_reader_f64(reader, "/trials/fold_scores", &rank, dims, &folds),
                     MUSTER_OK);
    muster_text_add(&text, "%s", "");
    for (size_t i = 0; i < n; i++) {
        muster_text_add(&text, "%g %s %a (%s)", id[i], states[i], score[i], reasons[i]);
        for (size_t k = 0; k < dims[1]; k++)
            muster_text_add(&text, " %a %g", folds[i * dims[1] + k], epochs[i * dims[1] + k]);
        add_params(reader, i, &text);
        muster_text_add(&text, "\n");
    }
    muster_free(id);
    muster_free(score);
    muster_free(folds);
    muster_free(epochs);
    muster_free(states);
    muster_free(reasons);
    muster_reader_close(&reader);
    return text.data;
}

char *bench_reference(const char *study)
{
    char *table = NULL;
    struct bench alone = {.study = study, .out = bench_path("reference.h5"), .fresh = true};
    if (muster_comm_rank(world) == 0) {
        assert_int_equal(bench_do(self, &alone), MUSTER_OK);
        table = bench_table(alone.out);
    }
    muster_barrier(world);
    return table;
}

void bench_same(char *got, char *wanted)
{
    if (got != NULL)
        assert_string_equal(got, wanted);
    else
        assert_null(wanted);
    muster_free(got);
    muster_free(wanted);
}

void bench_attribute(const char *out, const char *name, const char *wanted)
{
    struct muster_reader *reader;
    if (muster_comm_rank(world) != 0)
        return;
    assert_int_equal(muster_reader_open(out, &reader), MUSTER_OK);
    char *text = muster_reader_attr_text(reader, "/", name);
    assert_non_null(text);
    assert_string_equal(text, wanted);
    muster_free(text);
    muster_reader_close(&reader);
}

size_t bench_rows(const char *table)
{
    size_t n = 0;
    for (; table != NULL && *table != '\0'; table++)
        n += *table == '\n';
    return n;
}
