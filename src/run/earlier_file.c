/* One result file of `search.warm_start`: its trials as points of this study's space. Parameters
 * are matched by name; what the file does not have takes the option's default, what lies outside
 * the ranges here is left out. */
#include <math.h>
#include <string.h>

#include "run/earlier_impl.h"

void earlier_source_clear(struct earlier_source *source)
{
    size_t d = muster_study_space(source->study)->d;
    for (size_t j = 0; source->columns != NULL && j < d; j++) {
        muster_free(source->columns[j].numbers);
        muster_free(source->columns[j].texts);
    }
    muster_free(source->columns);
    muster_free(source->states);
    muster_free(source->scores);
    muster_free(source->kept);
    muster_free(source->x);
    muster_reader_close(&source->reader);
}

/* ---- a file's columns ------------------------------------------------------------------------ */

static enum muster_status damaged(const struct earlier_source *source, const char *path)
{
    return muster_error(MUSTER_BAD_DATA,
                        "%s: %s has not one entry a trial (a result file of muster)", source->file,
                        path);
}

static enum muster_status read_numbers(const struct earlier_source *source, const char *path,
                                       double **out)
{
    size_t rank, dims[4];
    enum muster_status status = muster_reader_f64(source->reader, path, &rank, dims, out);
    if (status == MUSTER_OK && (rank != 1 || dims[0] != source->n))
        status = damaged(source, path);
    return status;
}

static enum muster_status read_texts(const struct earlier_source *source, const char *path,
                                     char ***out)
{
    size_t n;
    enum muster_status status = muster_reader_strings(source->reader, path, &n, out);
    if (status == MUSTER_OK && n != source->n)
        status = damaged(source, path);
    return status;
}

static enum muster_status read_column(struct earlier_source *source, size_t j)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_param *param = &muster_study_space(source->study)->params[j];
    struct earlier_column *column = &source->columns[j];
    char *path = muster_format("/trials/params/%s", param->name);

    MUSTER_TRY(path != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    if (!muster_reader_has(source->reader, path))
        muster_log(MUSTER_WARNINGS,
                   "%s has no parameter %s: its trials are taken to have had its default",
                   source->file, param->name);
    else if (muster_reader_is_text(source->reader, path))
        status = read_texts(source, path, &column->texts);
    else
        status = read_numbers(source, path, &column->numbers);
done:
    muster_free(path);
    return status;
}

static enum muster_status count_trials(struct earlier_source *source)
{
    enum muster_status status;
    size_t rank, dims[4];

    MUSTER_TRY(muster_reader_f64(source->reader, "/trials/score", &rank, dims, &source->scores));
    if (rank != 1)
        MUSTER_TRY(damaged(source, "/trials/score"));
    source->n = dims[0];
done:
    return status;
}

/* Scores of what was maximised are negated. */
static enum muster_status turn_scores(struct earlier_source *source)
{
    enum muster_status status;
    char *direction = NULL;

    MUSTER_TRY(muster_reader_attr_find(source->reader, "/", "direction", &direction));
    if (direction != NULL && strcmp(direction, "maximize") == 0)
        for (size_t i = 0; i < source->n; i++)
            source->scores[i] = -source->scores[i];
done:
    muster_free(direction);
    return status;
}

static bool has_column(const struct earlier_source *source, const char *name)
{
    char *path = muster_format("/trials/params/%s", name);
    bool has = path != NULL && muster_reader_has(source->reader, path);
    muster_free(path);
    return has;
}

/* Trials of which every parameter is a guess teach nothing, and are a slip of the user's. */
static enum muster_status check_kinship(const struct earlier_source *source)
{
    const struct muster_space *space = muster_study_space(source->study);
    bool any = space->d == 0;
    for (size_t j = 0; j < space->d && !any; j++)
        any = has_column(source, space->params[j].name);
    if (any)
        return MUSTER_OK;
    return muster_error(MUSTER_BAD_DATA,
                        "%s: it has none of this study's parameters, so nothing can be learnt from "
                        "it (results of a study that shares some, as %s)",
                        source->file, space->params[0].name);
}

static enum muster_status open_source(struct earlier_source *source, const char *path)
{
    enum muster_status status;
    size_t d = muster_study_space(source->study)->d;

    MUSTER_TRY(muster_reader_open(path, &source->reader));
    MUSTER_TRY(check_kinship(source));
    MUSTER_TRY(count_trials(source));
    MUSTER_TRY(turn_scores(source));
    MUSTER_TRY(read_texts(source, "/trials/state", &source->states));
    MUSTER_NEW(source->columns, d);
    for (size_t j = 0; j < d; j++)
        MUSTER_TRY(read_column(source, j));
    MUSTER_NEW(source->kept, source->n);
    MUSTER_NEW(source->x, source->n * d);
done:
    return status;
}

/* ---- a trial as a point ---------------------------------------------------------------------- */

/* The smallest whole number stands for an inactive one. */
static bool is_missing(const struct earlier_column *column, size_t row)
{
    if (column->texts != NULL)
        return column->texts[row][0] == '\0';
    return column->numbers == NULL || isnan(column->numbers[row]) || column->numbers[row] < -9.2e18;
}

/* The index of a choice; NaN: there is none like it. */
static double find_choice(const struct muster_param *param, const struct earlier_column *column,
                          size_t row)
{
    for (size_t c = 0; c < param->n_choices; c++) {
        const struct muster_choice *choice = &param->choices[c];
        if (column->texts != NULL ? strcmp(choice->text, column->texts[row]) == 0
                                  : choice->number == column->numbers[row])
            return (double)c;
    }
    return NAN;
}

/* The entry of a point; NaN: outside the range. */
static double read_value(const struct muster_param *param, const struct earlier_column *column,
                         size_t row)
{
    double number;

    if (param->kind == MUSTER_PARAM_CHOICE)
        return find_choice(param, column, row);
    if (column->texts == NULL)
        number = column->numbers[row];
    else if (!muster_number_read(column->texts[row], &number))
        return NAN;
    if (!(number >= param->low && number <= param->high))
        return NAN;
    return muster_param_is_continuous(param)
               ? number
               : muster_param_decode(param, muster_param_encode(param, number));
}

/* False where the trial's point does not lie in this space. */
static bool read_point(const struct earlier_source *source, size_t row, double *x)
{
    const struct muster_space *space = muster_study_space(source->study);

    for (size_t j = 0; j < space->d; j++) {
        bool missing = is_missing(&source->columns[j], row);
        x[j] = missing ? muster_study_fallback(source->study, j)
                       : read_value(&space->params[j], &source->columns[j], row);
        if (isnan(x[j]))
            return false;
    }
    muster_space_settle(space, x);
    return muster_space_allows(space, x);
}

static void read_points(struct earlier_source *source)
{
    size_t d = muster_study_space(source->study)->d;

    for (size_t i = 0; i < source->n; i++) {
        bool complete = strcmp(source->states[i], muster_state_text(MUSTER_COMPLETE)) == 0 &&
                        isfinite(source->scores[i]);
        bool failed = strcmp(source->states[i], muster_state_text(MUSTER_FAILED)) == 0;
        if (!complete && !failed) {
            source->pruned++;
        } else if (!read_point(source, i, source->x + source->n_kept * d)) {
            source->outside++;
        } else {
            source->scores[i] = complete ? source->scores[i] : NAN;
            source->kept[source->n_kept++] = i;
        }
    }
}

enum muster_status earlier_source_read(struct earlier_source *source, const char *path)
{
    enum muster_status status = open_source(source, path);
    if (status == MUSTER_OK)
        read_points(source);
    return status;
}
