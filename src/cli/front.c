/* front: what several objectives and constraints add to a board: the trials that no other one beats
 * in all objectives, and which break a bound. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli_impl.h"
#include "json.h"
#include "muster/results.h"

/* Trials of a front that are printed; the others are counted. */
enum { SHOWN = 20, OBJECTIVES_MOST = 32 };

static enum muster_status refuse(const char *path)
{
    return muster_error(MUSTER_BAD_DATA, "%s does not go with the other trials' values", path);
}

/* `/trials/violation`, where there are constraints. */
static enum muster_status read_violation(const struct muster_reader *reader,
                                         struct cli_board *board)
{
    enum muster_status status = MUSTER_OK;
    size_t rank, dims[4];

    if (!muster_reader_has(reader, "/trials/violation"))
        return MUSTER_OK;
    MUSTER_TRY(
        muster_reader_f64(reader, "/trials/violation", &rank, dims, &board->front.violation));
    if (rank != 1 || dims[0] != board->n)
        status = refuse("/trials/violation");
done:
    return status;
}

static size_t index_of(const struct cli_board *board, double id)
{
    size_t i = 0;
    while (i < board->n && (board->id[i] < id || board->id[i] > id))
        i++;
    return i;
}

struct along {
    double key;
    size_t trial;
};

static int by_key(const void *a, const void *b)
{
    const struct along *p = a, *q = b;
    if (p->key < q->key || p->key > q->key)
        return p->key < q->key ? -1 : 1;
    return (p->trial > q->trial) - (p->trial < q->trial);
}

/* front->trials along the first objective, from its best value on. */
static enum muster_status order_front(struct cli_board *board, const double *ids, size_t n)
{
    enum muster_status status = MUSTER_OK;
    struct cli_front *front = &board->front;
    double sign = strcmp(front->directions[0], "maximize") == 0 ? -1 : 1;
    struct along *order;

    MUSTER_NEW(order, n);
    MUSTER_NEW(front->trials, n);
    for (size_t i = 0; i < n; i++) {
        size_t trial = index_of(board, ids[i]);
        if (trial == board->n)
            MUSTER_TRY(refuse("/pareto/trial"));
        order[i] = (struct along){sign * front->values[trial * front->m], trial};
    }
    qsort(order, n, sizeof *order, by_key);
    for (front->n = 0; front->n < n; front->n++)
        front->trials[front->n] = order[front->n].trial;
done:
    muster_free(order);
    return status;
}

enum muster_status cli_front_read(const struct muster_reader *reader, struct cli_board *board)
{
    enum muster_status status = MUSTER_OK;
    struct cli_front *front = &board->front;
    size_t rank, dims[4], directions;
    double *ids = NULL;

    MUSTER_TRY(read_violation(reader, board));
    if (!muster_reader_has(reader, "/pareto/trial"))
        goto done;
    MUSTER_TRY(muster_reader_strings(reader, "/pareto/metric", &front->m, &front->metrics));
    MUSTER_TRY(muster_reader_strings(reader, "/pareto/direction", &directions, &front->directions));
    MUSTER_TRY(muster_reader_f64(reader, "/trials/objectives", &rank, dims, &front->values));
    if (rank != 2 || dims[0] != board->n || dims[1] != front->m || directions != front->m ||
        front->m < 1 || front->m > OBJECTIVES_MOST)
        MUSTER_TRY(refuse("/trials/objectives"));
    MUSTER_TRY(muster_reader_f64(reader, "/pareto/trial", &rank, dims, &ids));
    MUSTER_TRY(order_front(board, ids, rank == 1 ? dims[0] : 0));
done:
    muster_free(ids);
    return status;
}

void cli_front_clear(struct cli_front *front)
{
    muster_free(front->metrics);
    muster_free(front->directions);
    muster_free(front->values);
    muster_free(front->trials);
    muster_free(front->violation);
    *front = (struct cli_front){0};
}

bool cli_front_infeasible(const struct cli_board *board, size_t trial)
{
    return board->front.violation != NULL && board->front.violation[trial] > 0;
}

bool cli_front_has(const struct cli_board *board, size_t trial)
{
    for (size_t i = 0; i < board->front.n; i++)
        if (board->front.trials[i] == trial)
            return true;
    return false;
}

size_t cli_front_count_infeasible(const struct cli_board *board)
{
    size_t n = 0;
    for (size_t i = 0; i < board->n; i++)
        n += cli_front_infeasible(board, i);
    return n;
}

/* ---- printing ------------------------------------------------------------------------------- */

enum muster_status cli_front_print(const struct cli_board *board, FILE *out)
{
    const struct cli_front *front = &board->front;
    size_t shown = front->n < SHOWN ? front->n : SHOWN;
    char align[OBJECTIVES_MOST + 2];
    enum muster_status status;

    if (front->m == 0 || front->n == 0)
        return MUSTER_OK;
    memset(align, 'r', front->m + 1);
    align[front->m + 1] = '\0';
    struct cli_table table = cli_table(align);
    fprintf(out, "\n%zu trial%s that no other one beats in all of", front->n,
            front->n == 1 ? "" : "s");
    for (size_t k = 0; k < front->m; k++)
        fprintf(out, "%s %s (%sd)", k > 0 ? "," : "", front->metrics[k], front->directions[k]);
    fputs(":\n", out);
    cli_cell(&table, "trial");
    for (size_t k = 0; k < front->m; k++)
        cli_cell(&table, "%s", front->metrics[k]);
    for (size_t i = 0; i < shown; i++) {
        cli_cell(&table, "%.0f", board->id[front->trials[i]]);
        for (size_t k = 0; k < front->m; k++)
            cli_cell(&table, "%.6g", front->values[front->trials[i] * front->m + k]);
    }
    status = cli_table_print(&table, out, 2);
    if (front->n > shown)
        fprintf(out, "  and %zu more (show --json has them all)\n", front->n - shown);
    return status;
}

cJSON *cli_front_json(struct cli_json *json, const struct cli_board *board)
{
    const struct cli_front *front = &board->front;
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < front->n; i++) {
        cJSON *object = cJSON_CreateObject(), *values = cJSON_CreateObject();
        cli_json_number(json, object, "trial", board->id[front->trials[i]]);
        for (size_t k = 0; k < front->m; k++)
            cli_json_number(json, values, front->metrics[k],
                            front->values[front->trials[i] * front->m + k]);
        cli_json_put(json, object, "objectives", values);
        cli_json_put(json, object, "params", cli_board_params(json, board, front->trials[i]));
        cli_json_put(json, list, NULL, object);
    }
    return list;
}
