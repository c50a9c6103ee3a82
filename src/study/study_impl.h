/* study_impl.h: what the files of the study room share: the tree, what is read from it, and the
 * ranges on their way to parameters. */
#ifndef STUDY_IMPL_H
#define STUDY_IMPL_H

#include "muster/study.h"

#define STUDY_NONE SIZE_MAX

/* ---- work: memory and problems (work.c, problems.c) ---------------------------------------- */

/* Where something stands. Sources are ordered: 0 is the file, 1.. the --set arguments. */
struct study_place {
    const char *file; /* borrowed: the file's name, or "--set PATH" */
    size_t source;
    size_t line, column; /* from 1 */
    bool path;           /* it is the PATH of a --set that stands there, not a value */
};

/* What reading takes: memory that is freed as a whole, and a list of what is wrong. */
struct study_work {
    struct study_cell *cells; /* owned: every block */
    bool failed;              /* memory ran out: what was read is to be thrown away */
    size_t n_problems;
    struct study_problem *problems;
};

/* Zeroed memory that lives as long as `work`; NULL when out of memory. */
void *study_new(struct study_work *work, size_t count, size_t size);
/* A printf that lives as long as `work`; "" when out of memory. */
const char *study_print(struct study_work *work, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The text built so far as a string of `work`; frees `text`. */
const char *study_keep(struct study_work *work, struct muster_text *text);
/* A zeroed element at the end of the array (a T **) of *n elements, which may move; NULL when out
 * of memory. The capacity is *n rounded up to a power of two. */
void *study_push(struct study_work *work, void *array, size_t *n, size_t size);
void study_work_free(struct study_work *work);

void study_problem(struct study_work *work, const struct study_place *place, const char *format,
                   ...) __attribute__((format(printf, 3, 4)));
/* "FILE:LINE:COLUMN", or "--set PATH". */
void study_place_print(const struct study_place *place, struct muster_text *text);
/* OK, or all problems as the error message, sorted; USAGE when one lies in the PATH of a --set. */
enum muster_status study_report(struct study_work *work);

/* Names to choose from, and what to say to one that is not among them: "did you mean `x`?" where
 * one is near, else "known: x, y, z". */
struct study_names {
    size_t n;
    const char **names;
};
void study_names_add(struct study_work *work, struct study_names *names, const char *name);
const char *study_suggest(struct study_work *work, const struct study_names *names,
                          const char *word);

/* ---- the tree (tree.c, sets.c) --------------------------------------------------------------- */

enum study_node_kind { STUDY_SCALAR, STUDY_LIST, STUDY_MAP };

struct study_node {
    enum study_node_kind kind;
    struct study_place place;
    const char *text; /* SCALAR */
    bool quoted;      /* SCALAR: a string whatever it looks like */
    size_t n;         /* LIST, MAP */
    struct study_item *items;
};

struct study_item {
    const char *key;          /* MAP */
    struct study_place place; /* of the key, or of the list's element */
    struct study_node *node;
};

/* The one document of `text`; NULL with a problem where there is none. */
struct study_node *study_tree_read(struct study_work *work, const char *text, const char *file,
                                   size_t source);
struct study_item *study_tree_get(const struct study_node *map, const char *key);
/* The item that `path` leads to, as far as it stands in the tree: *rest is what is left of the
 * path. NULL when not even its first step does. */
struct study_item *study_tree_walk(struct study_node *root, const char *path, const char **rest);
/* A plain scalar without text: `key:` with nothing behind it. */
bool study_tree_empty(const struct study_node *node);
/* A node as it is called in a message: "`text`", "a list". */
const char *study_tree_show(struct study_work *work, const struct study_node *node);
/* As one line of YAML. */
void study_tree_print(const struct study_node *node, struct muster_text *text);

/* A `name:` whose range a set has replaced. */
struct study_given {
    const char *name, *path;
};
/* Puts the sets into the study's tree; a PATH may be the `name:` of a range, and a range that is
 * replaced leaves its name to what takes its place. */
void study_sets_apply(struct muster_study *study, const char *const *sets, size_t n_sets);
/* The path that a replaced range's name, of so many characters, stands for; NULL: none. */
const char *study_given_path(const struct muster_study *study, const char *name, size_t length);

/* ---- values of options (value.c, print.c) ---------------------------------------------------- */

/* Reads by the option's type; returns the node that does not fit, or NULL. Texts are borrowed from
 * the node. */
const struct study_node *study_value_parse(struct study_work *work,
                                           const struct muster_option *option,
                                           const struct study_node *node,
                                           struct muster_value *value);
/* As above, with the problem reported; `path` names the option. */
bool study_value_read(struct study_work *work, const char *path, const struct muster_option *option,
                      const struct study_node *node, struct muster_value *value);
/* The option's default; not set where it has none. */
void study_value_standard(struct study_work *work, const struct muster_option *option,
                          struct muster_value *value);
bool study_value_equal(const struct muster_value *a, const struct muster_value *b);
/* What an option takes, in words: "a whole number, at least 1, or `all`". */
const char *study_value_expected(struct study_work *work, const struct muster_option *option);
/* A number in plain scalars only. */
bool study_number(const struct study_node *node, double *number);
/* `true` or `false` in plain scalars only. */
bool study_boolean(const struct study_node *node, bool *value);

/* As YAML, which reads back as the same value. */
void study_value_print(const struct muster_option *option, const struct muster_value *value,
                       struct muster_text *text);
void study_string_print(const char *string, struct muster_text *text); /* quoted where needed */
void study_json_string(const char *string, struct muster_text *text);

/* ---- choices of a range (choice.c) ----------------------------------------------------------- */

/* Reads by the option's type, or as it stands where `option` is NULL (then `value` is not used).
 * Returns the node that does not fit, or NULL. */
const struct study_node *study_choice_parse(struct study_work *work,
                                            const struct muster_option *option,
                                            const struct study_node *node,
                                            struct muster_choice *choice,
                                            struct muster_value *value);
bool study_choice_equal(const struct muster_choice *a, const struct muster_choice *b);

/* ---- ranges (range.c, range_kind.c, range_value.c) ------------------------------------------- */

/* A range as written. */
struct study_range {
    struct study_place place;
    const char *path;              /* as written: "network.1.dropout" */
    const char *alias;             /* another path for the same option; or NULL */
    const char *name;              /* `name:`, else the path */
    const char *home;              /* siblings' paths start so: "train"; "" in `space:` */
    const struct study_slot *slot; /* whose value it is; NULL in `space:` */
    struct study_layer *layer;     /* NULL outside `network:` */
    const struct study_node *when; /* NULL: none */
    bool per_layer;
    bool bad;                    /* a problem was reported: look no further into it */
    struct muster_param param;   /* without name and conditions */
    struct muster_value *values; /* CHOICE of an option: [n_choices] */
    size_t first, n;             /* its instances */
};

/* Where a value stands in the study. */
struct study_spot {
    const char *path, *alias, *home;
    struct study_layer *layer;
    struct study_place place; /* of the key */
};

struct study_range_reader {
    struct study_work *work;
    struct study_range *range;
    const struct muster_option *option; /* NULL in `space:` */
};

enum { STUDY_N_RANGE_KINDS = 3 };
extern const struct study_range_kind {
    const char *key;
    enum muster_param_kind kind;
    void (*read)(struct study_range_reader *r, const struct study_item *item);
} study_range_kinds[STUDY_N_RANGE_KINDS];

/* Reports a problem with the range, which is bad from then on. */
void study_range_wrong(struct study_range_reader *r, const struct study_place *place,
                       const char *format, ...) __attribute__((format(printf, 3, 4)));

/* `prior: {value: V, weight: W}`, read when all else of the range was; and as it is printed. */
void study_prior_read(struct study_range_reader *r, const struct study_item *item);
void study_prior_print(const struct study_range *range, struct muster_text *text);

bool study_range_is(const struct study_node *node); /* a mapping with float, int or choice */
bool study_range_key(const char *key);              /* stands in a range */
/* Whether all choices are numbers, each above the one before. */
bool study_range_increasing(const struct muster_param *param);
/* Reads a range of an option, or of `space:` (slot NULL). A bad one is marked; NULL: no memory. */
struct study_range *study_range_read(struct muster_study *study, struct study_slot *slot,
                                     const struct study_spot *spot, const struct study_node *node);
/* The value as an entry of a point; false where it does not lie in the range. */
bool study_range_place(struct study_work *work, const struct study_range *range,
                       const struct study_node *node, double *x);
/* The option's default where it lies in the range, else the middle. */
double study_range_fallback(const struct study_range *range);
/* As YAML: "{float: [0.1, 1], log: true}". */
void study_range_print(const struct study_range *range, struct muster_text *text);

/* ---- sections and layers (section.c, network.c) ---------------------------------------------- */

/* One option of a section or layer and what stands for it. */
struct study_slot {
    const struct muster_option *option;
    const struct study_node *node; /* as written; NULL: absent */
    struct muster_value standard;  /* the default */
    struct muster_value value; /* the constant as written, else the default; of a range: unset */
    struct study_range *range; /* NULL: a constant */
    const char *path;          /* "train.epochs" */
};

/* What may stand in one mapping, and what does. */
struct study_group {
    const char *path; /* "train", "network.0.dense" */
    bool tunable;
    const struct muster_registry *methods; /* or NULL */
    const char *const *structural;         /* keys that are read elsewhere, then NULL; or NULL */
    size_t n;
    struct study_slot *slots;
};

void study_group_add(struct study_work *work, struct study_group *group,
                     const struct muster_option *options);
void study_group_section(struct study_work *work, struct study_group *group,
                         const struct muster_section *section);
struct study_slot *study_group_find(const struct study_group *group, const char *name);
void study_group_read(struct muster_study *study, struct study_group *group,
                      struct study_layer *layer, const struct study_node *node);
/* One of the keys of the mapping. */
void study_group_item(struct muster_study *study, struct study_group *group,
                      struct study_layer *layer, const struct study_item *item);
/* At most 64 letters, digits, `_` and `-`: what may be a step of a path. */
bool study_name_good(const char *name);
void study_slot_read(struct muster_study *study, const struct study_group *group,
                     struct study_slot *slot, const struct study_spot *spot,
                     const struct study_node *node);
/* The slot's value at x; of a range, that of its parameter `index`, the default where inactive. */
struct muster_value study_value_at(const struct muster_study *study, const double *x,
                                   const struct study_slot *slot, size_t index);
/* A block of the slots' constants in memory of `work`. */
void study_group_block(struct study_work *work, const struct study_group *group,
                       struct muster_block *block);

/* A layer, a sequence of layers, or a branch; the network itself is one without repeat. */
struct study_layer {
    const struct muster_plugin *plugin; /* NULL: a sequence, or a branch */
    const char *branch;                 /* the name of a branch; else NULL */
    const char *path;                   /* "network.0" */
    struct study_layer *parent;
    struct study_group group; /* slot 0 is `repeat`, then the plug-in's options */
    size_t n;
    struct study_layer **layers; /* of a sequence, or of a kind that holds layers */
};

/* Puts the ranges of a kind where the study says `KIND: auto`. */
void study_network_ranges(struct study_work *work, struct study_node *root,
                          const struct muster_registry *layers);
void study_network_read(struct muster_study *study, const struct study_item *item);
/* The slot of `repeat`; NULL for the network itself. */
const struct study_slot *study_layer_repeat(const struct study_layer *layer);
/* The most repetitions that a layer may have. */
double study_layer_most(const struct study_layer *layer);
/* The layer whose repetitions tell a per_layer parameter's instances apart: the innermost one with
 * a written `repeat`; NULL: none. */
const struct study_layer *study_layer_binder(const struct study_layer *layer);

/* ---- from ranges to parameters (expand.c, when.c, order.c) ----------------------------------- */

/* One parameter to be. */
struct study_instance {
    const char *name, *path, *alias; /* with the repetition where per_layer; alias NULL: none */
    const struct study_range *range;
    size_t index; /* repetition */
    bool never;   /* its conditions cannot hold */
    bool open;    /* being placed: reached again, it is a cycle */
    bool placed;  /* done with, as parameter `param` or never */
    size_t param; /* index in the space; STUDY_NONE: never active */
    size_t n_conditions;
    struct muster_condition *conditions; /* `param` is the number of an instance */
};

typedef void study_slot_visit(const struct study_slot *slot, void *context);
/* Every option of every layer, in order. */
void study_visit_network(const struct muster_study *study, study_slot_visit *visit, void *context);

void study_expand(struct muster_study *study);
void study_conditions(struct muster_study *study);
void study_order(struct muster_study *study);
struct study_instance *study_instance_find(const struct muster_study *study, const char *name);
/* The names a user may use, for suggestions. */
void study_instance_names(const struct muster_study *study, struct study_work *work,
                          struct study_names *names);

/* ---- the study (study.c, access.c, point.c) -------------------------------------------------- */

struct muster_study {
    struct study_work work;
    const struct muster_catalog *catalog;
    const char *name, *file, *text;
    const char *sets; /* a line each */
    uint64_t seed;
    enum muster_study_kind kind;
    struct study_node *root;
    size_t n_given;
    struct study_given *given;
    struct study_group *groups;  /* [catalog->n_sections] */
    struct muster_block *blocks; /* [catalog->n_sections] */
    struct study_layer *network; /* NULL without */
    size_t n_ranges;
    struct study_range **ranges;
    size_t n_instances;
    struct study_instance *instances;
    const struct study_instance **params; /* [space.d] */
    struct muster_space space;
    size_t n_initial;
    double *initial;           /* [n_initial][d] */
    struct muster_text *place; /* answer of muster_study_place */
};

/* A key that may stand at the top of a study. */
bool study_key_known(const struct muster_study *study, const char *key);
/* Whether a section's values mean anything in this kind of study. */
bool study_section_applies(const struct muster_study *study, const char *section);
/* The slot of a full path, `train.optimizer`, also of an alias or a replaced range's name; NULL:
 * none. */
const struct study_slot *study_slot_find(const struct muster_study *study, const char *path);

/* Whether the parameter's conditions hold at x, whose earlier entries are settled. */
bool study_param_active(const struct muster_param *param, const double *x);

/* An inactive parent fulfils nothing. */
bool study_condition_holds(const struct muster_condition *condition, const double *x);

/* `search.forbid` into the space; before the points of `search.initial` are read. */
void study_forbid_read(struct muster_study *study);
void study_initial_read(struct muster_study *study);

#endif
