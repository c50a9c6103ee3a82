/* option: tables of options. One per plug-in or section drives the study file, its checks and
 * messages, help texts, defaults and the echo of effective values. Part of base.h, which includes
 * it. */
#ifndef MUSTER_OPTION_H
#define MUSTER_OPTION_H

#include "muster/base.h"

enum muster_option_type {
    MUSTER_END = 0, /* closes a table */
    MUSTER_BOOL,
    MUSTER_INT,
    MUSTER_REAL,
    MUSTER_WORD,   /* one of `words` */
    MUSTER_TEXT,   /* any string */
    MUSTER_TIME,   /* seconds, as muster_duration_read */
    MUSTER_BYTES,  /* as muster_bytes_read */
    MUSTER_WORDS,  /* a list of words (any text where none are named); one may stand alone */
    MUSTER_NUMBERS /* a list of numbers, each within the bounds */
};

struct muster_registry;

struct muster_option {
    const char *name; /* dotted for nested keys: `early_stopping.patience` under early_stopping; a
                         step `*` stands for any name, `inputs.*.x`: such an option has no default,
                         and a block has one like it for each name that the study gives */
    enum muster_option_type type;
    const char *standard; /* the default as it would be written; NULL: the option has none */
    double low, high;     /* inclusive bounds of numbers; low == high == 0: none */
    const char *words;    /* WORD(S): allowed ones, "a|b|c". Numbers: words that may stand instead,
                             e.g. "all" for batch_size */
    const struct muster_registry *registry; /* WORD(S): allowed are this registry's names instead */
    const char *help;                       /* one line, with the unit */
    bool constant; /* may not be a range even in a section whose options may */
};

/* A value of an option, parallel to its table. */
struct muster_value {
    bool set;         /* false: absent and without default */
    double number;    /* BOOL 0/1, INT, REAL, TIME in s, BYTES, WORD index; NaN: a word stands */
    const char *text; /* borrowed: the word or text; NULL for plain numbers */
    size_t n;         /* WORDS, NUMBERS: how many */
    const char *const *items; /* WORDS: borrowed */
    const double *numbers;    /* NUMBERS: borrowed */
};

/* Anything that a registry lists: embedded first in each plug-in's own struct. */
struct muster_plugin {
    const char *name;
    const char *help;                    /* one line */
    const struct muster_option *options; /* closed by MUSTER_END; NULL: none */
    const char *main_option; /* option a bare value stands for, `dropout: 0.5`; or NULL */
    const char *ranges; /* what `cnn: auto` stands for, `{blocks: {int: [1, 3]}, ...}`; or NULL */
    bool nests;         /* of layers: it holds a list, `layers` */
    bool branches;      /* of layers: it holds lists of layers under names */
    bool fixed;         /* of search methods: a design over the budget, which must not change */
};

/* A list of plug-ins of one kind, as a room publishes it. */
struct muster_registry {
    const char *what; /* "layer", "optimizer": for messages */
    size_t n;
    const struct muster_plugin *const *items;
};

const struct muster_plugin *muster_registry_find(const struct muster_registry *registry,
                                                 const char *name);

/* A kind with one value per option of a concatenated table: a section of the study file, or one
 * layer. With children where layers hold layers. */
struct muster_block {
    const char *kind;                     /* "dense", "train"; borrowed */
    const char *path;                     /* "network.0", for messages; borrowed */
    size_t n;                             /* options */
    const struct muster_option **options; /* owned array of borrowed options */
    struct muster_value *values;          /* owned array, [n]; texts borrowed */
    size_t n_children;
    struct muster_block *children; /* owned */
    bool branch; /* a branch of its parent: `kind` is its name, and it has but children */
};

/* The value of an option by name; asking for a name the block does not have is a bug. */
const struct muster_value *muster_block_get(const struct muster_block *block, const char *name);
double muster_block_number(const struct muster_block *block, const char *name);
int64_t muster_block_int(const struct muster_block *block, const char *name);
const char *muster_block_text(const struct muster_block *block, const char *name);

/* Reads a scalar (BOOL, INT, REAL, TIME, BYTES, WORD, TEXT) as the option's type: false where it is
 * none or lies outside the bounds. value->text borrows `text`. */
bool muster_option_scalar(const struct muster_option *option, const char *text,
                          struct muster_value *value);

/* A block of the plug-in's options at their defaults (n_children = 0), for tests and for callers
 * that set options by hand with muster_block_set, whose `text` is borrowed. */
enum muster_status muster_block_default(const struct muster_plugin *plugin,
                                        struct muster_block *block);
void muster_block_set(struct muster_block *block, const char *name, double number,
                      const char *text);
/* Frees what the block owns, not the block itself. */
void muster_block_clear(struct muster_block *block);

#endif
