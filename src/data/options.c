/* The options of `data` and `validate`, and what they come to for a given file. */
#include <string.h>

#include "data/data_impl.h"

#define SCALES "auto|none|standard|minmax|robust"
#define IMPUTINGS "auto|mean|median|most_frequent"

const struct muster_option muster_data_options[] = {
    {.name = "file",
     .type = MUSTER_TEXT,
     .help = "the HDF5 file, relative to the study file",
     .constant = true},
    {.name = "x",
     .type = MUSTER_TEXT,
     .standard = "/x",
     .help = "path of the inputs: [n, d], [n, h, w], [n, h, w, c], [n, t, c]",
     .constant = true},
    {.name = "inputs.*",
     .type = MUSTER_TEXT,
     .help = "path of one of several inputs, in place of x: {image: /x, table: /extra/table}; the "
             "network joins them by a layer concat. All have the same rows. What stands beside an "
             "input (categorical, levels, length, vocab, feature_names) is looked for in its "
             "group, /extra/categorical, or, where several inputs are in one group, under its "
             "path, /table_categorical",
     .constant = true},
    {.name = "inputs.*.x",
     .type = MUSTER_TEXT,
     .help = "the same path where more is said of that input: {table: {x: /extra/table, scale: "
             "robust}}",
     .constant = true},
    {.name = "inputs.*.scale",
     .type = MUSTER_WORD,
     .words = SCALES,
     .help = "scaling of this input; absent: as data.scale says",
     .constant = true},
    {.name = "inputs.*.scale.divide",
     .type = MUSTER_REAL,
     .low = 1e-30,
     .high = 1e30,
     .help = "divide this input by this number instead",
     .constant = true},
    {.name = "inputs.*.tokens",
     .type = MUSTER_BOOL,
     .help = "this input holds tokens, as data.tokens; absent: where its branch begins with "
             "embedding, a recurrent layer or transformer, or as the file says",
     .constant = true},
    {.name = "inputs.*.vocabulary",
     .type = MUSTER_TEXT,
     .help = "path of what its tokens stand for; none",
     .constant = true},
    {.name = "inputs.*.impute",
     .type = MUSTER_WORD,
     .words = IMPUTINGS,
     .help = "what fills its missing numbers; absent: as data.impute says",
     .constant = true},
    {.name = "inputs.*.categorical",
     .type = MUSTER_TEXT,
     .help = "path of flags of its columns that hold codes; none",
     .constant = true},
    {.name = "inputs.*.levels",
     .type = MUSTER_TEXT,
     .help = "path of the levels of its columns of codes",
     .constant = true},
    {.name = "inputs.*.one_hot",
     .type = MUSTER_INT,
     .low = 1,
     .high = 1024,
     .help = "levels that become a column each, at most; absent: as data.one_hot says",
     .constant = true},
    {.name = "inputs.*.length",
     .type = MUSTER_TEXT,
     .help = "path of the used steps of its rows; none",
     .constant = true},
    {.name = "y",
     .type = MUSTER_TEXT,
     .standard = "/y",
     .help = "path of the targets: [n] labels 0..C-1, [n] or [n, m] numbers",
     .constant = true},
    {.name = "task",
     .type = MUSTER_WORD,
     .words = "classification|regression|next_token",
     .help = "else the file's attribute `task`, else classification where y holds integers; "
             "next_token: of sequences of tokens, y [n, t] or absent: then the one behind each",
     .constant = true},
    {.name = "scale",
     .type = MUSTER_WORD,
     .standard = "auto",
     .words = SCALES,
     .help = "scaling of the inputs, fitted on training rows, per column of a table, channel of a "
             "sequence (its used steps) or of an image; auto: standard, 8-bit images by 255 or "
             "their levels, none for tokens",
     .constant = true},
    {.name = "scale.divide",
     .type = MUSTER_REAL,
     .low = 1e-30,
     .high = 1e30,
     .help = "divide the inputs by this number instead",
     .constant = true},
    {.name = "tokens",
     .type = MUSTER_BOOL,
     .help = "rows are sequences [n, t] of tokens 0 .. vocabulary - 1; absent: where the "
             "network begins with `embedding`, a recurrent layer or `transformer`, or the file's "
             "attribute `task` or `layout` says so",
     .constant = true},
    {.name = "vocabulary",
     .type = MUSTER_TEXT,
     .help = "path of what the tokens stand for, one entry each; default: /vocab where there is "
             "one; none; without it there are as many tokens as the file's attribute `vocab_size` "
             "says, else as the greatest one and 1",
     .constant = true},
    {.name = "impute",
     .type = MUSTER_WORD,
     .standard = "auto",
     .words = IMPUTINGS,
     .help = "what fills missing numbers, fitted on training rows; auto: mean; a missing code is "
             "a level of its own",
     .constant = true},
    {.name = "categorical",
     .type = MUSTER_TEXT,
     .help = "path of [d] flags, 1 where a column holds codes 0 .. levels - 1; default: "
             "/categorical where there is one; none",
     .constant = true},
    {.name = "levels",
     .type = MUSTER_TEXT,
     .standard = "/levels",
     .help = "path of [d] numbers of levels of the columns of codes",
     .constant = true},
    {.name = "one_hot",
     .type = MUSTER_INT,
     .standard = "32",
     .low = 1,
     .high = 1024,
     .help = "levels of a column of codes that become a column each, at most; columns of more are "
             "embedded by the network, in vectors of min(50, levels / 2) numbers",
     .constant = true},
    {.name = "groups",
     .type = MUSTER_TEXT,
     .help = "path of [n] integers: rows of one group never straddle a fold or the test share; "
             "default: /group where there is one; none",
     .constant = true},
    {.name = "length",
     .type = MUSTER_TEXT,
     .help = "path of [n] used time steps of sequences; default: /length where there is one; none",
     .constant = true},
    {.name = "time_order",
     .type = MUSTER_BOOL,
     .standard = "false",
     .help = "rows stand in the order of time: the test is the last share, folds train on what is "
             "before them",
     .constant = true},
    {.name = "test",
     .type = MUSTER_REAL,
     .low = 0,
     .high = 0.9,
     .words = "none",
     .help = "share of rows held out for the test; default: the file's /test/x, else 0.2",
     .constant = true},
    {.name = "test.x",
     .type = MUSTER_TEXT,
     .help = "path of the test part's inputs",
     .constant = true},
    {.name = "test.inputs.*",
     .type = MUSTER_TEXT,
     .help = "path of the test part of one of several inputs; default: /test/PATH",
     .constant = true},
    {.name = "test.y",
     .type = MUSTER_TEXT,
     .help = "path of the test part's targets",
     .constant = true},
    {.name = "limit",
     .type = MUSTER_INT,
     .low = 2,
     .high = 1e15,
     .help = "use at most so many rows, a stratified sample",
     .constant = true},
    {.name = "block",
     .type = MUSTER_INT,
     .low = 1,
     .high = 1e15,
     .help = "for inputs larger than memory: they stay in the file, and each rank reads them in "
             "blocks of so many rows, of which it holds two. An epoch takes the blocks in random "
             "order, and their rows in random order within each, so that a block should hold many "
             "batches and rows in the file should not be sorted by class; it is read twice, to "
             "train and to validate. Absent: inputs are in memory, once a node",
     .constant = true},
    {.type = MUSTER_END}};

const struct muster_option muster_validate_options[] = {
    {.name = "folds",
     .type = MUSTER_INT,
     .standard = "5",
     .low = 2,
     .high = 1e6,
     .words = "loo",
     .help = "parts of the cross-validation; loo: leave one row out",
     .constant = true},
    {.name = "folds.holdout",
     .type = MUSTER_REAL,
     .low = 0.001,
     .high = 0.9,
     .help = "one split instead, with this share of rows for validation",
     .constant = true},
    {.name = "repeats",
     .type = MUSTER_INT,
     .standard = "1",
     .low = 1,
     .high = 1000,
     .help = "times the whole validation is repeated with other splits",
     .constant = true},
    {.name = "stratify",
     .type = MUSTER_BOOL,
     .standard = "true",
     .help = "spread every class evenly over the folds",
     .constant = true},
    {.type = MUSTER_END}};

/* The path of something that a file need not have; NULL where the study wants none of it. */
const char *data_path_of(const struct muster_block *block, const char *option, const char *standard)
{
    const char *path = muster_block_text(block, option);
    if (path == NULL)
        return standard;
    return strcmp(path, "none") == 0 ? NULL : path;
}

enum muster_status data_source_of(const struct muster_data_setup *setup, struct data_source *source)
{
    const char *test_x = muster_block_text(setup->data, "test.x");
    const char *test_y = muster_block_text(setup->data, "test.y");
    if (setup->file == NULL)
        return muster_error(MUSTER_BAD_STUDY,
                            "data.file: not given (the HDF5 file that holds /x and /y)");
    const char *task = muster_block_text(setup->data, "task");
    const bool alone = task != NULL && strcmp(task, "next_token") == 0 && test_y == NULL;
    if ((test_x == NULL) != (test_y == NULL) && !alone)
        return muster_error(MUSTER_BAD_STUDY, "data.test.%s: not given (data.test needs x and y)",
                            test_x == NULL ? "x" : "y");
    if (muster_block_get(setup->data, "block")->set &&
        data_imputing_of(setup->data) == IMPUTE_MOST_FREQUENT)
        return muster_error(MUSTER_BAD_STUDY,
                            "data.impute: most_frequent counts all values there are, which do not "
                            "fit into memory with data.block (mean or median)");
    *source = (struct data_source){
        .file = setup->file,
        .under = "data",
        .feature_names = "/feature_names",
        .level_names = "/level_names",
        .x = {muster_block_text(setup->data, "x"), test_x != NULL ? test_x : "/test/x"},
        .y = {muster_block_text(setup->data, "y"), test_y != NULL ? test_y : "/test/y"},
        .categorical = data_path_of(setup->data, "categorical", "/categorical"),
        .levels = muster_block_text(setup->data, "levels"),
        .vocabulary = data_path_of(setup->data, "vocabulary", "/vocab"),
        .groups = data_path_of(setup->data, "groups", "/group"),
        .length = {data_path_of(setup->data, "length", "/length"),
                   muster_block_get(setup->data, "length")->set ? NULL : "/test/length"},
    };
    return MUSTER_OK;
}

static const char *const scalings[] = {
    [SCALE_NONE] = "none",     [SCALE_STANDARD] = "standard", [SCALE_MINMAX] = "minmax",
    [SCALE_ROBUST] = "robust", [SCALE_DIVIDE] = "divide",
};

/* `auto`: tokens are names, not amounts; 8-bit images have their range given. */
static enum data_scaling automatic(const struct data_header *head)
{
    if (head->tokens)
        return SCALE_NONE;
    return head->image && head->kind == DATA_U8 ? SCALE_DIVIDE : SCALE_STANDARD;
}

void data_scaling_of(const struct muster_block *block, struct muster_data *data)
{
    const struct muster_value *divide = muster_block_get(block, "scale.divide");
    const char *word = muster_block_text(block, "scale");
    data->divisor = divide->set ? divide->number : 255;
    data->scaling = divide->set ? SCALE_DIVIDE : automatic(&data->head);
    for (enum data_scaling s = SCALE_NONE; s < SCALE_DIVIDE && !divide->set && !data->head.tokens;
         s++) {
        if (strcmp(word, scalings[s]) == 0)
            data->scaling = s;
    }
    data->info.scale = scalings[data->scaling];
}

enum data_imputing data_imputing_of(const struct muster_block *block)
{
    static const char *const ways[] = {[IMPUTE_MEAN] = "mean",
                                       [IMPUTE_MEDIAN] = "median",
                                       [IMPUTE_MOST_FREQUENT] = "most_frequent"};
    const char *word = muster_block_text(block, "impute");
    for (enum data_imputing i = IMPUTE_MEAN; i <= IMPUTE_MOST_FREQUENT; i++) {
        if (strcmp(word, ways[i]) == 0)
            return i;
    }
    return IMPUTE_MEAN; /* auto */
}
