/* predict: the refitted network of a run, applied to the rows of any data file, block by block in
 * their order. */
#include <math.h>
#include <string.h>

#include "predict.h"
#include "muster/linalg.h"
#include "muster/results.h"
#include "muster/train.h"

/* Rows that go through the network at once, as in the refit's test; numbers of a block at most. */
enum { PASS = MUSTER_REFIT_PASS, BLOCK = 1 << 22 };

static const struct cli_flag flags[] = {
    {{.name = "out", .type = MUSTER_TEXT, .help = "HDF5 file of the predictions"}, "FILE"},
    {{.name = "x",
      .type = MUSTER_WORDS,
      .help = "data set of the inputs in DATA, e.g. /test/x; default: /x. Of several inputs "
              "NAME=PATH, once for each that is not where it was in the training data"},
     "PATH"},
    {{.name = "length",
      .type = MUSTER_WORDS,
      .help =
          "data set of how many steps of each row are used; default: `length` beside --x, where "
          "there is one; none; of several inputs NAME=PATH"},
     "PATH"},
    {{.type = MUSTER_END}, NULL}};

/* The class of the largest probability, the first of equals. */
static int64_t winner(const float *probability, size_t classes)
{
    size_t best = 0;

    for (size_t c = 1; c < classes; c++)
        if (probability[c] > probability[best])
            best = c;
    return (int64_t)best;
}

static enum muster_status make_buffers(struct prediction *p)
{
    enum muster_status status = MUSTER_OK;

    const size_t inputs = p->model.n_inputs;

    MUSTER_NEW(p->x, p->most * p->model.width);
    MUSTER_NEW(p->used, p->most);
    MUSTER_NEW(p->y, p->most * p->targets * p->model.outputs);
    if (p->model.next_token)
        MUSTER_NEW(p->last, p->most * p->model.outputs);
    if (p->model.lengths)
        MUSTER_NEW(p->lengths, p->most * inputs);
    for (size_t i = 0; p->lengths != NULL && i < p->most * inputs; i++)
        p->lengths[i] = 1; /* of rows that only fill up a pass */
    MUSTER_NEW(p->labels, p->most * (p->model.multi_label ? p->model.outputs : p->targets));
    MUSTER_NEW(p->counts, p->model.outputs);
    p->low = INFINITY;
    p->high = -INFINITY;
done:
    return status;
}

static bool labelled(const struct prediction *p)
{
    return p->model.classification || p->model.multi_label || p->model.next_token;
}

static void begin_file(struct prediction *p, const char *results, const char *data)
{
    size_t dims[2] = {muster_rows_count(p->rows[0]), p->model.outputs};
    const size_t steps[2] = {dims[0], p->targets};

    muster_file_attr_text(p->file, "/", "model", results);
    muster_file_attr_i64(p->file, "/", "trial", p->model.trial);
    muster_file_attr_text(p->file, "/", "data", data);
    if (!labelled(p)) {
        muster_file_stream_begin_as(p->file, "/prediction", MUSTER_F32, dims[1] > 1 ? 2 : 1, dims);
        return;
    }
    if (p->model.next_token)
        muster_file_stream_begin_as(p->file, "/prediction", MUSTER_I64, 2, steps);
    else
        muster_file_stream_begin_as(p->file, "/prediction", MUSTER_I64,
                                    p->model.multi_label ? 2 : 1, dims);
    muster_file_stream_begin_as(p->file, "/probability", MUSTER_F32, 2, dims);
    if (p->model.class_names != NULL)
        muster_file_strings(p->file, "/class_names", (const char *const *)p->model.class_names,
                            p->model.n_names);
}

static void take_labels(struct prediction *p, size_t first, size_t n)
{
    size_t classes = p->model.outputs;

    for (size_t i = 0; i < n * classes && p->model.multi_label; i++) {
        p->labels[i] = p->y[i] > 0.5f;
        p->counts[i % classes] += p->labels[i];
    }
    for (size_t i = 0; i < n && !p->model.multi_label; i++) {
        p->labels[i] = winner(p->y + i * classes, classes);
        p->counts[p->labels[i]]++;
    }
    muster_file_stream_rows(p->file, "/prediction", first, n, p->labels);
    muster_file_stream_rows(p->file, "/probability", first, n, p->y);
}

/* After each used step the likeliest token, -1 behind them; the probability of the token that
 * follows the row. */
static void take_tokens(struct prediction *p, size_t first, size_t n)
{
    const size_t vocabulary = p->model.outputs, steps = p->targets;

    for (size_t i = 0; i < n; i++) {
        const size_t used = p->lengths != NULL ? (size_t)p->lengths[i] : steps;
        const float *y = p->y + i * steps * vocabulary;
        for (size_t s = 0; s < steps; s++)
            p->labels[i * steps + s] = s < used ? winner(y + s * vocabulary, vocabulary) : -1;
        memcpy(p->last + i * vocabulary, y + (used - 1) * vocabulary, vocabulary * sizeof *p->last);
    }
    muster_file_stream_rows(p->file, "/prediction", first, n, p->labels);
    muster_file_stream_rows(p->file, "/probability", first, n, p->last);
}

static void take_values(struct prediction *p, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double value = p->y[i * p->model.outputs];
        p->low = value < p->low ? value : p->low;
        p->high = value > p->high ? value : p->high;
        p->sum += value;
    }
    muster_file_stream_rows(p->file, "/prediction", first, n, p->y);
}

/* The next rows of all inputs, side by side. */
static enum muster_status next_rows(struct prediction *p, size_t *n)
{
    enum muster_status status = MUSTER_OK;
    const size_t inputs = p->model.n_inputs;

    for (size_t i = 0; i < inputs; i++) {
        MUSTER_TRY(muster_rows_next(p->rows[i], p->x + p->model.inputs[i].at, p->used, n));
        for (size_t r = 0; p->lengths != NULL && r < *n; r++)
            p->lengths[r * inputs + i] = p->used[r];
    }
done:
    return status;
}

static enum muster_status predict_rows(struct prediction *p)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_inputs x = {.x = p->x, .lengths = p->lengths};
    size_t n = 0;

    for (size_t first = 0;; first += n) {
        MUSTER_TRY(next_rows(p, &n));
        if (n == 0)
            break;
        cli_model_predict(&p->model, x, (n + PASS - 1) / PASS * PASS, p->y);
        (p->model.next_token ? take_tokens : labelled(p) ? take_labels : take_values)(p, first, n);
    }
done:
    return status;
}

/* ---- text ---------------------------------------------------------------------------------- */

static enum muster_status print_classes(const struct prediction *p)
{
    struct cli_table table = cli_table("lrr");
    double n = (double)muster_rows_count(p->rows[0]);

    cli_cell(&table, p->model.multi_label ? "label" : "class");
    cli_cell(&table, "rows");
    cli_cell(&table, "share");
    for (size_t c = 0; c < p->model.outputs; c++) {
        if (p->counts[c] == 0)
            continue;
        if (p->model.class_names != NULL)
            cli_cell(&table, "%s", p->model.class_names[c]);
        else
            cli_cell(&table, "%zu", c);
        cli_cell(&table, "%lld", (long long)p->counts[c]);
        cli_cell(&table, "%.1f %%", 100.0 * (double)p->counts[c] / n);
    }
    return cli_table_print(&table, stdout, 2);
}

static enum muster_status print(const struct prediction *p, const char *out)
{
    enum muster_status status = MUSTER_OK;
    const size_t n = muster_rows_count(p->rows[0]);

    printf("%s, trial %lld: %zu row%s predicted\n\n", p->model.study != NULL ? p->model.study : "?",
           (long long)p->model.trial, n, n == 1 ? "" : "s");
    if (p->model.next_token)
        printf("  the likeliest of %zu tokens after each of %zu steps\n", p->model.outputs,
               p->targets);
    else if (labelled(p))
        status = print_classes(p);
    else
        printf("  from %.5g to %.5g, mean %.5g%s\n", p->low, p->high, p->sum / (double)n,
               p->model.outputs > 1 ? " (the first target)" : "");
    printf("\npredictions are in %s\n", out);
    return status;
}

/* ---- the command --------------------------------------------------------------------------- */

static enum muster_status check_words(const struct cli_arguments *arguments)
{
    const struct muster_value *out = cli_flag(arguments, "out");
    enum muster_status status = MUSTER_OK;

    if (!out->set)
        return muster_error(MUSTER_USAGE, "--out is missing: the file of the predictions");
    MUSTER_TRY(cli_out_check(out->text, arguments->operand, true));
    MUSTER_TRY(cli_out_check(out->text, arguments->second, true));
done:
    return status;
}

static enum muster_status predict(struct prediction *p, const struct cli_arguments *arguments)
{
    const char *out = cli_flag(arguments, "out")->text;
    enum muster_status status;
    size_t width;

    MUSTER_TRY(cli_model_read(arguments->operand, PASS, &p->model));
    p->targets = muster_net_targets(p->model.net);
    width = p->model.width + p->targets * p->model.outputs;
    p->most = width < BLOCK / PASS ? BLOCK / width / PASS * PASS : PASS;
    MUSTER_TRY(predict_open(p, arguments));
    MUSTER_TRY(make_buffers(p));
    MUSTER_TRY(muster_file_create(out, &p->file));
    begin_file(p, arguments->operand, arguments->second);
    MUSTER_TRY(predict_rows(p));
    MUSTER_TRY(muster_file_finish(&p->file));
    status = print(p, out);
done:
    return status;
}

static enum muster_status run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct prediction p = {0};
    enum muster_status status;

    (void)cli;
    muster_blas_threads(1);
    MUSTER_TRY(check_words(arguments));
    MUSTER_TRY(predict(&p, arguments));
done:
    if (p.file != NULL)
        muster_file_abandon(&p.file);
    for (size_t i = 0; p.rows != NULL && i < p.model.n_inputs; i++)
        muster_rows_close(&p.rows[i]);
    muster_free(p.rows);
    muster_free(p.used);
    cli_model_clear(&p.model);
    muster_free(p.x);
    muster_free(p.y);
    muster_free(p.last);
    muster_free(p.lengths);
    muster_free(p.labels);
    muster_free(p.counts);
    return status;
}

const struct cli_command cli_predict = {
    .name = "predict",
    .operand = "RESULTS",
    .second = "DATA",
    .help = "apply the best model of a run to the rows of a data file",
    .more =
        "Writes /prediction, for each row in order a class, labels as 0 and 1, or values, and\n"
        "/probability where there are classes or labels. Of next tokens /prediction [n, steps] "
        "has\n"
        "the likeliest one after each used step, -1 behind them, and /probability [n, vocabulary]\n"
        "is that of the token which follows the row. DATA needs no targets; its rows must have "
        "the\n"
        "shape that the model was trained on. The stored preparation is applied: scale, fill of\n"
        "gaps, levels. Where DATA names its columns and levels, they must be those of the model:\n"
        "`muster import --model` makes such a file of a table.",
    .flags = flags,
    .run = run};
