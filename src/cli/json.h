/* json: building JSON with cJSON, with numbers that read back as the same bits. cJSON returns NULL
 * where memory is out and accepts NULL, so one check of `failed` at the end is enough. */
#ifndef MUSTER_CLI_JSON_H
#define MUSTER_CLI_JSON_H

#include <cjson/cJSON.h>
#include <stdio.h>

#include "muster/study.h"

struct cli_board;

struct cli_json {
    bool failed;
};

/* Adds `item` to an object under `name`, or to an array (name NULL); takes the item over. */
void cli_json_put(struct cli_json *json, cJSON *object, const char *name, cJSON *item);
/* As the shortest decimal that reads back as the same number; null where it is not finite. */
void cli_json_number(struct cli_json *json, cJSON *object, const char *name, double value);
void cli_json_numbers(struct cli_json *json, cJSON *object, const char *name, const double *values,
                      size_t n);
/* A parameter's value under its name: a number, a string, or a list as JSON. */
void cli_json_param(struct cli_json *json, cJSON *object, const struct muster_param *param,
                    double value);
/* The active parameters of a trial of the board. */
cJSON *cli_board_params(struct cli_json *json, const struct cli_board *board, size_t trial);

/* Prints and deletes `root`, without a final newline; `lines`: indented over several lines, else on
 * one. */
enum muster_status cli_json_print(struct cli_json *json, cJSON *root, bool lines, FILE *out);

/* Appends a parsed value as text on one line, numbers exactly. */
void cli_json_write(const cJSON *item, struct muster_text *text);

#endif
