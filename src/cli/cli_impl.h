/* cli: what main and the commands share. Not a library: main.c owns MPI, the commands return a
 * status, and only the process that `speaks` (rank 0) prints. */
#ifndef MUSTER_CLI_IMPL_H
#define MUSTER_CLI_IMPL_H

#include <stdio.h>

#include "muster/base.h"
#include "muster/par.h"
#include "muster/run.h"
#include "muster/study.h"

/* ---- commands and their arguments --------------------------------------------------------- */

/* An option of a command, `--out FILE`. BOOL: a switch; WORDS: may be repeated. */
struct cli_flag {
    struct muster_option option; /* closed by MUSTER_END */
    const char *value;           /* how help names the value; NULL for switches */
};

struct cli_arguments {
    const struct cli_command *command;
    const char *operand, *second; /* borrowed from argv; NULL: none */
    bool help, version;
    size_t n;                    /* flags of the command */
    struct muster_value *values; /* owned, [n]; texts borrowed from argv */
};

struct cli {
    struct muster_comm *world; /* NULL for commands that need no other rank; owned by main */
    bool speaks;               /* prints and logs */
    double started;            /* muster_clock() */
};

struct cli_command {
    const char *name;
    const char *operand; /* how help names it */
    const char *second;  /* a second one, never optional; NULL: none */
    bool operand_optional;
    const char *help;             /* one line */
    const char *more;             /* a paragraph for `COMMAND --help` */
    const struct cli_flag *flags; /* closed by MUSTER_END; NULL: none */
    bool parallel;                /* needs MPI: `run` is called on all ranks with a world */
    bool stoppable;               /* looks at the flag of muster_run_catch_signals */
    enum muster_status (*run)(struct cli *cli, const struct cli_arguments *arguments);
};

extern const struct cli_command cli_run, cli_check, cli_eval, cli_ask_tell, cli_show, cli_export,
    cli_predict, cli_import, cli_help;

/* All commands in the order of help; NULL-terminated. */
extern const struct cli_command *const cli_commands[];
const struct cli_command *cli_command_find(const char *name);

/* argv -> arguments; MUSTER_USAGE with the nearest word where one is unknown. `command` is
 * NULL only where help or version is asked for. Clear also after a failure. */
enum muster_status cli_arguments_read(int argc, char **argv, struct cli_arguments *arguments);
void cli_arguments_clear(struct cli_arguments *arguments);

/* The value of a flag; asking for one the command does not have is a bug. */
const struct muster_value *cli_flag(const struct cli_arguments *arguments, const char *name);

/* The name that `word` may have meant, NULL where none is near. */
const char *cli_nearest(const char *word, const char *const *names, size_t n);

/* ---- help ---------------------------------------------------------------------------------- */

enum muster_status cli_print_help(FILE *out);
enum muster_status cli_print_command(FILE *out, const struct cli_command *command);
enum muster_status cli_print_version(FILE *out);

/* The keys of a study file under a topic: a section, a plug-in by its name, or a word that has a
 * form of its own. MUSTER_USAGE where
 * there is no such topic, with the nearest. NULL: all of them. */
enum muster_status cli_print_keys(FILE *out, const char *topic);
/* What has a form of its own (key_forms.c): that of a word, false where the word asks for none;
 * those of a section, "" for what stands in all; and all words, of which `most` fit. */
bool cli_print_form(FILE *out, const char *word);
void cli_print_forms(FILE *out, const char *section);
size_t cli_form_words(const char **names, size_t most);

/* ---- catalog and study --------------------------------------------------------------------- */

/* The plug-in tables of all rooms, as the study file offers them. The tables' arrays are owned. */
struct cli_catalog {
    struct muster_catalog catalog;
    const struct muster_option *const **lists; /* owned: [n_sections] owned arrays of tables */
};
enum muster_status cli_catalog_create(struct cli_catalog *catalog);
void cli_catalog_clear(struct cli_catalog *catalog);
/* What a section is for, in a line. */
const char *cli_section_help(const char *name);

/* The whole file with a NUL behind it, in a fresh block; *bytes is the most it may have, and counts
 * the NUL then. `what` names it in messages: MUSTER_NO_INPUT where it is not there or cannot be
 * read, MUSTER_BAD_DATA where it is too large. */
enum muster_status cli_text_read(const char *path, const char *what, char **text, size_t *bytes);

/* Collective on `world`: rank 0 reads FILE, every rank parses; NULL: this process alone.
 * MUSTER_NO_INPUT: no such file; MUSTER_IO: not readable. `catalog` outlives the study. */
enum muster_status cli_study_load(struct muster_comm *world, const struct cli_arguments *arguments,
                                  const struct cli_catalog *catalog, struct muster_study **study);

/* "digits.yaml" -> "digits.results.h5", in the current folder; a fresh string, NULL: no memory. */
char *cli_default_out(const char *study_file);

/* ---- check --------------------------------------------------------------------------------- */

/* What a check found; every rank has one. */
struct cli_check {
    const struct muster_study *study;
    struct muster_objective *objective; /* owned; NULL after a failure, and for ask-tell */
    struct muster_plan plan;
    struct muster_rungs rungs; /* of a fidelity */
    bool waits;                /* proposals wait for results, */
    int64_t generation;        /* so many of them for all before them; or 0 */
    double points;             /* configurations in the space */
    int ranks;                 /* planned for */
    int ranks_a_node;          /* here */
    struct muster_text problems;
    enum muster_status status; /* of the first problem */
};

/* What keeps ask-tell from serving a study; MUSTER_OK: nothing. */
enum muster_status cli_ask_tell_check(const struct muster_study *study);

enum muster_status cli_check_print(const struct cli_check *check, FILE *out);
/* Its section on the plan. */
enum muster_status cli_check_print_plan(const struct cli_check *check, FILE *out);

/* ---- text tables --------------------------------------------------------------------------- */

/* Cells are added row by row. align: one letter a column, l or r. Start with cli_table(...); the
 * first failure is remembered and reported by print, which also frees the cells. */
struct cli_table {
    const char *align;
    size_t n, capacity;
    char **cells; /* owned array of owned strings */
    bool failed;
};
struct cli_table cli_table(const char *align);
void cli_cell(struct cli_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Five digits of `like`, and as many decimals for all of a row, so that points align. */
void cli_score(struct cli_table *table, double like, double value);
enum muster_status cli_table_print(struct cli_table *table, FILE *out, int indent);

/* Columns that a string takes on a terminal (code points of its UTF-8). */
size_t cli_width(const char *text);

/* Seconds as "8.3 s", "2:07 min", "3:05:10 h"; bytes as "1.5 MiB". `out` holds 32 bytes. */
const char *cli_seconds(double seconds, char *out);
const char *cli_bytes(double bytes, char *out);

/* ---- files that commands write --------------------------------------------------------------- */

struct cli_out {
    const char *path; /* borrowed */
    char *aside;      /* owned: what it is called until it is whole; NULL: written as it is */
    FILE *file;
};
/* `-`: standard output. MUSTER_IO where it cannot be written. */
enum muster_status cli_out_open(const char *path, struct cli_out *out);
/* Publishes the file where `status`, that of the writing, is MUSTER_OK; removes it otherwise.
 * Returns the first failure. Call it also after a failed open. */
enum muster_status cli_out_close(struct cli_out *out, enum muster_status status);

/* MUSTER_USAGE where `out` is the input itself, or the result file of a run; or, of one that is to
 * be `binary`, no plain file. */
enum muster_status cli_out_check(const char *out, const char *input, bool binary);

/* ---- progress ------------------------------------------------------------------------------ */

struct cli_progress {
    bool terminal;
    const char *metric;   /* borrowed */
    double next;          /* seconds of the run at which the next line is due */
    int64_t done, epochs; /* at the last line */
    const char *phase;
};
void cli_progress_begin(struct cli_progress *progress);
/* The callback of muster_run_setup; context: a struct cli_progress. */
void cli_progress_show(void *context, const struct muster_run_state *state);
void cli_progress_end(struct cli_progress *progress);

/* ---- the leaderboard of a result file ------------------------------------------------------ */

struct cli_param {
    const char *name;    /* borrowed from the board's names */
    const char *choices; /* borrowed from the board's: a JSON list; "" for a range */
    bool is_text;
    double *numbers; /* owned, [n]; NULL for texts */
    char **texts;    /* owned block, [n]; NULL for numbers */
    double *active;  /* owned, [n] */
};

struct cli_test {
    char *name; /* owned */
    double value;
};

/* What several objectives and constraints add; all owned. */
struct cli_front {
    size_t m;                     /* objectives; 0: there is one, and no front */
    char **metrics, **directions; /* blocks, [m] */
    double *values;               /* [trials][m] */
    size_t n;
    size_t *trials;    /* [n], indices along the first objective, from its best on */
    double *violation; /* [trials]; NULL: no constraints */
};

struct cli_board {
    char *study, *status, *metric, *direction; /* owned */
    char *stopped; /* owned: the rule that ended the search, and by what; NULL, "": none */
    size_t n;      /* trials */
    double *id, *score, *score_std; /* owned, [n] */
    char **state;                   /* owned block, [n] */
    size_t folds;
    size_t n_ranked;
    size_t *ranked; /* owned: indices of complete trials, best first */
    size_t d;
    char **names, **choices;  /* owned blocks, [d] */
    struct cli_param *params; /* owned, [d] */
    double *importance;       /* owned, [d]: shares; NULL: not recorded */
    int64_t best;             /* index of the best trial; -1: none */
    double *contenders; /* owned, [3]: test scores of the selected, first and default configuration;
                           NULL: not recorded */
    size_t n_tests;
    struct cli_test *tests; /* owned: scores of the refitted best on held-out rows */
    double test_rows;
    double seconds, utilisation; /* NaN: not recorded */
    int64_t ranks;
    struct cli_front front;
};

struct muster_reader;
struct cli_json;
struct cJSON;
/* The front of a file, behind the board's trials. */
enum muster_status cli_front_read(const struct muster_reader *reader, struct cli_board *board);
void cli_front_clear(struct cli_front *front);
bool cli_front_has(const struct cli_board *board, size_t trial);
bool cli_front_infeasible(const struct cli_board *board, size_t trial);
size_t cli_front_count_infeasible(const struct cli_board *board);
enum muster_status cli_front_print(const struct cli_board *board, FILE *out);
/* A list of {"trial", "objectives", "params"}. */
struct cJSON *cli_front_json(struct cli_json *json, const struct cli_board *board);

/* MUSTER_NO_INPUT, MUSTER_BAD_DATA as muster_reader_open. Clear also after a failure. */
enum muster_status cli_board_read(const char *path, struct cli_board *board);
void cli_board_clear(struct cli_board *board);
size_t cli_board_count(const struct cli_board *board, const char *state);

enum muster_status cli_board_print(const struct cli_board *board, size_t top, FILE *out);
/* The best trial of the board, of this result file, as a study. */
enum muster_status cli_export_study(const char *results, const struct cli_board *board, FILE *out);
enum muster_status cli_board_json(const struct cli_board *board, size_t top, FILE *out);

#endif
