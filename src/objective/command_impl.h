/* The objective `command`, inside: the words of its program, the child process that runs it, and
 * what its output says. */
#ifndef MUSTER_COMMAND_IMPL_H
#define MUSTER_COMMAND_IMPL_H

#include "objective_impl.h"

/* ---- words (command_words.c) ----------------------------------------------------------------
 *
 * {NAME} in a word stands for the parameter of that name ("" where it is inactive), {params} for
 * all active ones as a JSON object, {seed} for the study's seed and {trial} for the trial's number.
 * A parameter of one of these names goes first. {{NAME}} stands for {NAME} itself; every other
 * brace is what it is. */

/* Warns of parameters that no placeholder passes on. MUSTER_BAD_STUDY, with the places, where a
 * placeholder is no parameter. */
enum muster_status command_words_check(const struct muster_study *study,
                                       const struct muster_value *words);
/* argv of a step in fresh strings, closed by NULL; free with command_words_free. */
enum muster_status command_words_fill(const struct muster_study *study,
                                      const struct muster_value *words,
                                      const struct muster_step *step, char ***argv);
void command_words_free(char ***argv);

/* ---- the program's file and environment (command_program.c) ---------------------------------- */

/* The file that the first word names, as an absolute path in a fresh string: beside the study
 * where the word has a slash, else in PATH. MUSTER_NO_INPUT where there is none to be executed. */
enum muster_status command_program_find(const struct muster_study *study, const char *word,
                                        char **path);

enum { COMMAND_OWN_VARIABLES = 3 };
/* This process' environment without what an MPI launcher tells its ranks, so that the program may
 * use MPI itself; then room for own variables, then NULL. *names is owned, its strings are
 * borrowed; *n: where the own ones go. */
enum muster_status command_environment(char ***names, size_t *n);

/* ---- the child process (command_child.c) ----------------------------------------------------- */

/* The last bytes of a stream. */
struct command_tail {
    char *data; /* owned: [capacity + 1], NUL-terminated */
    size_t n, capacity;
    bool cut; /* there was more before them */
};

struct command_child {
    const char *program, *folder; /* borrowed: the file, and where it runs */
    char *const *argv, *const *environment;
    double timeout;               /* s; INFINITY: none */
    struct command_tail out, err; /* what it wrote */
    bool timed_out, stopped;      /* why it was ended */
    int code, signal;             /* how it ended: exit code, or the signal (0: none) */
};

enum muster_status command_child_create(struct command_child *child);
void command_child_clear(struct command_child *child);
/* Runs the program to its end, in a process group of its own that does not outlive it. An
 * interrupt or the timeout ends the group: SIGTERM, a second later SIGKILL. A program that cannot
 * be started is a failure of MUSTER_IO. */
enum muster_status command_child_run(struct command_child *child,
                                     const struct muster_interrupt *interrupt);

/* ---- its answer (command_answer.c) ----------------------------------------------------------- */

/* The result that the ended child means: scores [metrics], or why it failed. `first`: names in its
 * answer that are not recorded are warned of. */
void command_answer(const struct command_child *child, const char *const *names, bool first,
                    struct muster_result *result);

#endif
