/* tree.c: YAML into a tree that knows the place of every node. libyaml delivers the events; what a
 * study file has no use for is refused here: tags, merge keys, duplicate keys, several documents,
 * deep nesting, and aliases that unfold into more than a bound. */
#include "study/study_impl.h"

#include <string.h>
#include <yaml.h>

enum { MOST_DEPTH = 64, MOST_COPIES = 10000 };

struct anchor {
    const char *name;
    const struct study_node *node;
};

struct reader {
    struct study_work *work;
    yaml_parser_t parser;
    yaml_event_t event; /* the one that is looked at */
    bool broken;        /* nothing more can be read */
    const char *text, *file;
    size_t source;
    size_t copied; /* nodes that aliases unfolded into */
    size_t n_anchors;
    struct anchor *anchors;
};

static struct study_node *read_node(struct reader *r, size_t depth);

static struct study_place place_of(const struct reader *r, const yaml_mark_t *mark)
{
    return (struct study_place){r->file, r->source, mark->line + 1, mark->column + 1, false};
}

static void fail(struct reader *r, const char *what)
{
    struct study_place place = place_of(r, &r->event.start_mark);
    study_problem(r->work, &place, "%s", what);
    r->broken = true;
}

/* libyaml tells the place of a bad byte by its offset alone. */
static yaml_mark_t mark_of_offset(const char *text, size_t offset)
{
    yaml_mark_t mark = {offset, 0, 0};

    for (size_t i = 0; i < offset && text[i] != '\0'; i++) {
        mark.column = text[i] == '\n' ? 0 : mark.column + 1;
        mark.line += text[i] == '\n';
    }
    return mark;
}

static void report_syntax(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    bool bytes = p->error == YAML_READER_ERROR;
    yaml_mark_t mark = bytes ? mark_of_offset(r->text, p->problem_offset) : p->problem_mark;
    struct study_place place = place_of(r, &mark);
    const char *problem = p->problem != NULL ? p->problem : "unreadable";

    r->broken = true;
    if (p->error == YAML_MEMORY_ERROR) {
        muster_error(MUSTER_NO_MEMORY, "out of memory while reading %s", r->file);
        r->work->failed = true;
    } else if (bytes) {
        study_problem(r->work, &place, "no text file: %s (UTF-8 text is expected)", problem);
    } else if (p->context != NULL) {
        study_problem(r->work, &place, "not valid YAML: %s (%s that starts in line %zu)", problem,
                      p->context, p->context_mark.line + 1);
    } else {
        study_problem(r->work, &place, "not valid YAML: %s", problem);
    }
}

static bool next(struct reader *r)
{
    yaml_event_delete(&r->event);
    if (r->broken || r->work->failed)
        return false;
    if (!yaml_parser_parse(&r->parser, &r->event)) {
        report_syntax(r);
        return false;
    }
    return true;
}

static struct study_node *copy_node(struct reader *r, const struct study_node *node)
{
    struct study_node *copy = study_new(r->work, 1, sizeof *copy);

    if (copy == NULL)
        return NULL;
    if (++r->copied > MOST_COPIES) {
        if (!r->broken)
            fail(r, "aliases unfold into more than 10000 values (write them out, or use fewer)");
        return NULL;
    }
    *copy = *node;
    copy->n = 0;
    copy->items = NULL;
    for (size_t i = 0; i < node->n; i++) {
        struct study_item *item = study_push(r->work, &copy->items, &copy->n, sizeof *item);
        if (item == NULL)
            return NULL;
        *item = node->items[i];
        item->node = copy_node(r, node->items[i].node);
        if (item->node == NULL)
            return NULL;
    }
    return copy;
}

static struct study_node *read_alias(struct reader *r)
{
    const char *name = (const char *)r->event.data.alias.anchor;

    for (size_t i = r->n_anchors; i-- > 0;) /* the last one of a name counts */
        if (strcmp(r->anchors[i].name, name) == 0)
            return copy_node(r, r->anchors[i].node);
    fail(r, study_print(r->work, "alias `*%s` has no anchor `&%s` before it", name, name));
    return NULL;
}

static void remember(struct reader *r, const char *name, const struct study_node *node)
{
    struct anchor *anchor = study_push(r->work, &r->anchors, &r->n_anchors, sizeof *anchor);

    if (anchor != NULL)
        *anchor = (struct anchor){name, node};
}

static bool read_list(struct reader *r, struct study_node *node, size_t depth)
{
    while (next(r) && r->event.type != YAML_SEQUENCE_END_EVENT) {
        struct study_node *element = read_node(r, depth + 1);
        if (element == NULL)
            return false;
        struct study_item *item = study_push(r->work, &node->items, &node->n, sizeof *item);
        if (item == NULL)
            return false;
        *item = (struct study_item){NULL, element->place, element};
    }
    return !r->broken && !r->work->failed;
}

/* Whether the key may stand in the map; says why where not. */
static bool key_fits(struct reader *r, const struct study_node *map, const struct study_node *key)
{
    const struct study_item *twin;

    if (key->kind != STUDY_SCALAR) {
        study_problem(r->work, &key->place, "a key must be a word");
    } else if (!key->quoted && strcmp(key->text, "<<") == 0) {
        study_problem(r->work, &key->place, "merge keys are not supported (write the keys out)");
    } else if ((twin = study_tree_get(map, key->text)) != NULL) {
        study_problem(r->work, &key->place, "`%s` stands twice (first in line %zu)", key->text,
                      twin->place.line);
    } else {
        return true;
    }
    return false;
}

static bool read_map(struct reader *r, struct study_node *node, size_t depth)
{
    while (next(r) && r->event.type != YAML_MAPPING_END_EVENT) {
        struct study_node *key = read_node(r, depth + 1);
        if (key == NULL || !next(r))
            return false;
        struct study_node *value = read_node(r, depth + 1);
        if (value == NULL)
            return false;
        if (!key_fits(r, node, key))
            continue;
        struct study_item *item = study_push(r->work, &node->items, &node->n, sizeof *item);
        if (item == NULL)
            return false;
        *item = (struct study_item){key->text, key->place, value};
    }
    return !r->broken && !r->work->failed;
}

static void refuse_tag(struct reader *r, const struct study_node *node, const yaml_char_t *tag)
{
    if (tag != NULL)
        study_problem(r->work, &node->place, "tag `%s` is not supported (leave it out)",
                      (const char *)tag);
}

/* Reads the event's node into `node`, up to the event that ends it. */
static bool fill_node(struct reader *r, struct study_node *node, size_t depth)
{
    const yaml_event_t *event = &r->event;

    switch (event->type) {
    case YAML_SEQUENCE_START_EVENT:
        node->kind = STUDY_LIST;
        refuse_tag(r, node, event->data.sequence_start.tag);
        return read_list(r, node, depth);
    case YAML_MAPPING_START_EVENT:
        node->kind = STUDY_MAP;
        refuse_tag(r, node, event->data.mapping_start.tag);
        return read_map(r, node, depth);
    default:
        node->kind = STUDY_SCALAR;
        refuse_tag(r, node, event->data.scalar.tag);
        node->text = study_print(r->work, "%s", (const char *)event->data.scalar.value);
        node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        if (strlen(node->text) < event->data.scalar.length)
            study_problem(r->work, &node->place,
                          "a text with the character 0 in it (leave it out)");
        return !r->work->failed;
    }
}

static const yaml_char_t *anchor_of(const yaml_event_t *event)
{
    return event->type == YAML_SEQUENCE_START_EVENT  ? event->data.sequence_start.anchor
           : event->type == YAML_MAPPING_START_EVENT ? event->data.mapping_start.anchor
                                                     : event->data.scalar.anchor;
}

static struct study_node *read_node(struct reader *r, size_t depth)
{
    if (r->event.type == YAML_ALIAS_EVENT)
        return read_alias(r);
    if (depth > MOST_DEPTH) {
        fail(r, "nested more than 64 levels deep");
        return NULL;
    }
    struct study_node *node = study_new(r->work, 1, sizeof *node);
    if (node == NULL)
        return NULL;
    node->place = place_of(r, &r->event.start_mark);

    const yaml_char_t *anchor = anchor_of(&r->event);
    const char *name = anchor != NULL ? study_print(r->work, "%s", (const char *)anchor) : NULL;
    if (!fill_node(r, node, depth))
        return NULL;
    if (name != NULL)
        remember(r, name, node);
    return node;
}

/* The events around the document: a stream with exactly one. */
static struct study_node *read_document(struct reader *r)
{
    struct study_node *root;

    if (!next(r) || !next(r))
        return NULL;
    if (r->event.type == YAML_STREAM_END_EVENT) {
        fail(r, "there is nothing in it");
        return NULL;
    }
    if (!next(r) || (root = read_node(r, 0)) == NULL)
        return NULL;
    if (next(r) && next(r) && r->event.type != YAML_STREAM_END_EVENT)
        fail(r, "a second document starts here (one is allowed)");
    return r->broken ? NULL : root;
}

struct study_node *study_tree_read(struct study_work *work, const char *text, const char *file,
                                   size_t source)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* UTF-8's, which some editors put first */
    bool marked = strncmp(text, mark, strlen(mark)) == 0;
    struct study_node *root = NULL;

    text += marked ? strlen(mark) : 0;
    struct reader r = {.work = work, .text = text, .file = file, .source = source};

    if (!yaml_parser_initialize(&r.parser)) {
        muster_error(MUSTER_NO_MEMORY, "out of memory while reading %s", file);
        work->failed = true;
        return NULL;
    }
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, strlen(text));
    root = read_document(&r);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    return work->failed ? NULL : root;
}
