/* board: the trials of a result file, ranked; what `show` and the end of `run` print. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli_impl.h"
#include "muster/results.h"

/* A column of numbers that must have one entry a trial (the first column read sets how many). */
static enum muster_status read_column(const struct muster_reader *reader, const char *path,
                                      size_t *n, double **values)
{
    enum muster_status status;
    size_t rank, dims[4];

    MUSTER_TRY(muster_reader_f64(reader, path, &rank, dims, values));
    if (*n == SIZE_MAX && rank == 1)
        *n = dims[0];
    if (rank != 1 || dims[0] != *n)
        status = muster_error(MUSTER_BAD_DATA, "%s has not one entry for each trial", path);
done:
    return status;
}

static enum muster_status read_texts(const struct muster_reader *reader, const char *path,
                                     size_t wanted, char ***values)
{
    size_t n = 0;
    enum muster_status status = muster_reader_strings(reader, path, &n, values);

    if (status == MUSTER_OK && n != wanted)
        status = muster_error(MUSTER_BAD_DATA, "%s has not one entry for each trial", path);
    return status;
}

/* A path below a folder; fixed size, as names of parameters and metrics are short. */
static const char *below(const char *folder, const char *name, char out[512])
{
    snprintf(out, 512, "%s/%s", folder, name);
    return out;
}

/* The study's name as stored, or the part of the file's name before its first dot. */
static enum muster_status read_name(const struct muster_reader *reader, const char *path,
                                    char **name)
{
    enum muster_status status;
    const char *slash = strrchr(path, '/');
    const char *stem = slash != NULL ? slash + 1 : path;

    MUSTER_TRY(muster_reader_attr_find(reader, "/", "name", name));
    if (*name == NULL)
        *name = muster_strndup(stem, strcspn(stem, "."));
    status = *name == NULL ? MUSTER_NO_MEMORY : MUSTER_OK;
done:
    return status;
}

static enum muster_status read_head(const struct muster_reader *reader, const char *path,
                                    struct cli_board *board)
{
    enum muster_status status;

    MUSTER_TRY(read_name(reader, path, &board->study));
    MUSTER_TRY(muster_reader_attr_find(reader, "/", "status", &board->status));
    MUSTER_TRY(muster_reader_attr_find(reader, "/", "metric", &board->metric));
    MUSTER_TRY(muster_reader_attr_find(reader, "/", "direction", &board->direction));
    MUSTER_TRY(muster_reader_attr_find(reader, "/", "stopped_because", &board->stopped));
    board->ranks = (int64_t)muster_reader_attr_f64(reader, "/", "ranks", 0.0);
    board->seconds = muster_reader_attr_f64(reader, "/", "seconds", NAN);
    if (board->status == NULL || board->metric == NULL || board->direction == NULL)
        status = muster_error(MUSTER_BAD_DATA,
                              "%s: the attributes status, metric, direction are "
                              "missing: this is no result file of muster",
                              path);
done:
    return status;
}

static enum muster_status read_params(const struct muster_reader *reader, struct cli_board *board)
{
    enum muster_status status = MUSTER_OK;
    char path[512];

    if (!muster_reader_has(reader, "/space/name"))
        goto done;
    MUSTER_TRY(muster_reader_strings(reader, "/space/name", &board->d, &board->names));
    MUSTER_TRY(read_texts(reader, "/space/choices", board->d, &board->choices));
    MUSTER_NEW(board->params, board->d);
    for (size_t p = 0; p < board->d; p++) {
        struct cli_param *param = &board->params[p];
        param->name = board->names[p];
        param->choices = board->choices[p];
        below("/trials/active", param->name, path);
        MUSTER_TRY(read_column(reader, path, &board->n, &param->active));
        below("/trials/params", param->name, path);
        param->is_text = muster_reader_is_text(reader, path);
        if (param->is_text)
            MUSTER_TRY(read_texts(reader, path, board->n, &param->texts));
        else
            MUSTER_TRY(read_column(reader, path, &board->n, &param->numbers));
    }
done:
    return status;
}

struct place {
    double key; /* the smaller the better */
    size_t trial;
};

static int by_place(const void *a, const void *b)
{
    const struct place *p = a, *q = b;

    if (p->key != q->key)
        return p->key < q->key ? -1 : 1;
    return p->trial < q->trial ? -1 : p->trial > q->trial;
}

/* Complete and feasible trials by score, best first, the earlier of equals first. */
static enum muster_status rank_trials(struct cli_board *board)
{
    double sign = strcmp(board->direction, "maximize") == 0 ? -1.0 : 1.0;
    enum muster_status status = MUSTER_OK;
    struct place *places;

    MUSTER_NEW(places, board->n);
    MUSTER_NEW(board->ranked, board->n);
    for (size_t i = 0; i < board->n; i++)
        if (strcmp(board->state[i], "complete") == 0 && !isnan(board->score[i]) &&
            !cli_front_infeasible(board, i))
            places[board->n_ranked++] = (struct place){sign * board->score[i], i};
    qsort(places, board->n_ranked, sizeof *places, by_place);
    for (size_t i = 0; i < board->n_ranked; i++)
        board->ranked[i] = places[i].trial;
done:
    muster_free(places);
    return status;
}

static enum muster_status read_test(const struct muster_reader *reader, const char *metric,
                                    struct cli_board *board)
{
    enum muster_status status = MUSTER_OK;
    size_t rank, dims[4];
    double *value = NULL;
    char path[512];

    for (size_t i = 0; i < board->n_tests; i++)
        if (strcmp(board->tests[i].name, metric) == 0)
            return MUSTER_OK;
    below("/best/test", metric, path);
    if (!muster_reader_has(reader, path))
        return MUSTER_OK;
    MUSTER_TRY(muster_reader_f64(reader, path, &rank, dims, &value));
    board->tests[board->n_tests].name = muster_strdup(metric);
    if (board->tests[board->n_tests].name == NULL)
        status = MUSTER_NO_MEMORY;
    else
        board->tests[board->n_tests++].value = value[0];
done:
    muster_free(value);
    return status;
}

/* The optimised metric first, then the reported ones. */
static enum muster_status read_tests(const struct muster_reader *reader, struct cli_board *board)
{
    enum muster_status status = MUSTER_OK;
    char **names = NULL;
    size_t n = 0;

    if (muster_reader_has(reader, "/trials/metrics"))
        MUSTER_TRY(muster_reader_members(reader, "/trials/metrics", &n, &names));
    MUSTER_NEW(board->tests, n + 1);
    MUSTER_TRY(read_test(reader, board->metric, board));
    for (size_t i = 0; i < n; i++)
        MUSTER_TRY(read_test(reader, names[i], board));
done:
    muster_free(names);
    return status;
}

static enum muster_status read_sizes(const struct muster_reader *reader, struct cli_board *board)
{
    enum muster_status status = MUSTER_OK;
    size_t rank, dims[4];
    double *values = NULL;

    MUSTER_TRY(muster_reader_f64(reader, "/trials/fold_scores", &rank, dims, &values));
    board->folds = rank == 2 ? dims[1] : 1;
    if (muster_reader_has(reader, "/best/test/rows")) {
        muster_free(values);
        values = NULL;
        MUSTER_TRY(muster_reader_f64(reader, "/best/test/rows", &rank, dims, &values));
        board->test_rows = (double)dims[0];
    }
done:
    muster_free(values);
    return status;
}

static double sum_of(const double *values, const double *of, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += of[i] > 0.0 ? values[i] : 0.0;
    return sum;
}

/* The share of their time that the ranks which train have trained. */
static enum muster_status read_utilisation(const struct muster_reader *reader,
                                           struct cli_board *board)
{
    static const char *const columns[] = {"/ranks/train_s", "/ranks/communicate_s", "/ranks/wait_s",
                                          "/ranks/optimize_s"};
    enum muster_status status = MUSTER_OK;
    double *trained = NULL, *values = NULL, all = 0.0;
    size_t n = SIZE_MAX;

    board->utilisation = NAN;
    if (!muster_reader_has(reader, columns[0]))
        return MUSTER_OK;
    MUSTER_TRY(read_column(reader, columns[0], &n, &trained));
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        MUSTER_TRY(read_column(reader, columns[c], &n, &values));
        all += sum_of(values, trained, n);
        muster_free(values);
        values = NULL;
    }
    if (all > 0.0)
        board->utilisation = sum_of(trained, trained, n) / all;
done:
    muster_free(trained);
    muster_free(values);
    return status;
}

static enum muster_status read_best(const struct muster_reader *reader, struct cli_board *board)
{
    enum muster_status status = MUSTER_OK;
    size_t rank, dims[4];
    double *trial = NULL;

    board->best = board->n_ranked > 0 ? (int64_t)board->ranked[0] : -1;
    if (!muster_reader_has(reader, "/best/trial"))
        return MUSTER_OK;
    MUSTER_TRY(muster_reader_f64(reader, "/best/trial", &rank, dims, &trial));
    for (size_t i = 0; i < board->n; i++)
        if (board->id[i] == trial[0])
            board->best = (int64_t)i;
done:
    muster_free(trial);
    return status;
}

/* Of a complete run with enough trials. */
static enum muster_status read_importance(const struct muster_reader *reader,
                                          struct cli_board *board)
{
    enum muster_status status = MUSTER_OK;

    if (!muster_reader_has(reader, "/importance/value"))
        goto done;
    MUSTER_TRY(read_column(reader, "/importance/value", &board->d, &board->importance));
    if (board->d > 0 && isnan(board->importance[0])) { /* of too few trials */
        muster_free(board->importance);
        board->importance = NULL;
    }
done:
    return status;
}

static enum muster_status read_overtuning(const struct muster_reader *reader,
                                          struct cli_board *board)
{
    char path[512];
    size_t n = 3;

    below("/best/overtuning/test", board->metric, path);
    return muster_reader_has(reader, path) ? read_column(reader, path, &n, &board->contenders)
                                           : MUSTER_OK;
}

enum muster_status cli_board_read(const char *path, struct cli_board *board)
{
    struct muster_reader *reader = NULL;
    enum muster_status status;

    *board = (struct cli_board){.n = SIZE_MAX};
    MUSTER_TRY(muster_reader_open(path, &reader));
    MUSTER_TRY(read_head(reader, path, board));
    MUSTER_TRY(read_column(reader, "/trials/id", &board->n, &board->id));
    MUSTER_TRY(read_column(reader, "/trials/score", &board->n, &board->score));
    MUSTER_TRY(read_column(reader, "/trials/score_std", &board->n, &board->score_std));
    MUSTER_TRY(read_texts(reader, "/trials/state", board->n, &board->state));
    MUSTER_TRY(cli_front_read(reader, board));
    MUSTER_TRY(rank_trials(board));
    MUSTER_TRY(read_params(reader, board));
    MUSTER_TRY(read_importance(reader, board));
    MUSTER_TRY(read_overtuning(reader, board));
    MUSTER_TRY(read_best(reader, board));
    MUSTER_TRY(read_tests(reader, board));
    MUSTER_TRY(read_sizes(reader, board));
    MUSTER_TRY(read_utilisation(reader, board));
done:
    muster_reader_close(&reader);
    return status;
}

void cli_board_clear(struct cli_board *board)
{
    for (size_t p = 0; board->params != NULL && p < board->d; p++) {
        muster_free(board->params[p].numbers);
        muster_free(board->params[p].texts);
        muster_free(board->params[p].active);
    }
    for (size_t i = 0; i < board->n_tests; i++)
        muster_free(board->tests[i].name);
    cli_front_clear(&board->front);
    muster_free(board->params);
    muster_free(board->importance);
    muster_free(board->contenders);
    muster_free(board->names);
    muster_free(board->choices);
    muster_free(board->tests);
    muster_free(board->ranked);
    muster_free(board->state);
    muster_free(board->id);
    muster_free(board->score);
    muster_free(board->score_std);
    muster_free(board->study);
    muster_free(board->status);
    muster_free(board->metric);
    muster_free(board->direction);
    muster_free(board->stopped);
    *board = (struct cli_board){0};
}

size_t cli_board_count(const struct cli_board *board, const char *state)
{
    size_t n = 0;

    for (size_t i = 0; i < board->n; i++)
        n += strcmp(board->state[i], state) == 0;
    return n;
}
