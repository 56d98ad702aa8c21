#ifndef BO_HARNESS_MODEL_CONF_PARTS_H
#define BO_HARNESS_MODEL_CONF_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

#include "harness/model/conf.h"

/*
 * What the files conf*.c share; nobody else includes this.
 *
 *   conf.c            reading the file, memory, questions asked after reading
 *   conf_guard.c      first pass: YAML we refuse, before anything is built from it
 *   conf_walk.c       second pass: the document against the schema table
 *   conf_choice.c     in it, mappings whose schema the file chooses
 *   conf_named.c      of it, mappings of names
 *   conf_version.c    the key that every file begins with
 *   conf_node.c       what a node of the document is
 *   conf_fill.c       what a key that is absent means
 *   conf_scan.c       one scalar's text to one value
 *   conf_diag.c       how a mistake is shown
 *   conf_reference.c  the table as a page of the manual
 *   conf_json.c       the table as a JSON Schema
 */
enum {
	BO_CONF_BYTES_MAX = 1 << 20,
	BO_CONF_DEPTH_MAX = 32,
	BO_CONF_CHILDREN_MAX = 8192, /* nodes of one collection; finding duplicates is square */
	BO_CONF_ERRORS_MAX = 20,
};

/* A stretch of one line, in characters from 0. Equal columns: a bare caret. */
struct bo_conf_span {
	size_t line, column, end_column;
};

struct bo_conf_source {
	const char *path;
	const char *text;
	size_t len;
};

struct bo_conf_place {
	struct bo_conf_place *next;
	const char *where; /* key path */
	struct bo_conf_span span;
};

struct bo_conf {
	struct bo_conf_chunk *chunks;
	struct bo_conf_source source;
	struct bo_conf_place *places, **last_place;
};

/* Zeroed memory that lives until bo_conf_free(). Running out of memory asserts. */
void *bo_conf_alloc(struct bo_conf *conf, size_t count, size_t size);
const char *bo_conf_copy(struct bo_conf *conf, const char *text, size_t len);

/* The mistakes of one file, in the order they are met. */
struct bo_conf_diag {
	const struct bo_conf_source *source;
	struct bo_buf *out;
	unsigned errors; /* one more than BO_CONF_ERRORS_MAX: some were not shown */
};

void bo_conf_error(struct bo_conf_diag *diag, struct bo_conf_span span, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* True once nothing more will be shown, so that looking for more is pointless. */
bool bo_conf_saturated(const struct bo_conf_diag *diag);
struct bo_conf_span bo_conf_span_of_marks(yaml_mark_t start, yaml_mark_t end);
struct bo_conf_span bo_conf_span_of_offset(const struct bo_conf_source *source, size_t offset);
/* What libyaml has just refused. */
void bo_conf_parser_error(struct bo_conf_diag *diag, const yaml_parser_t *parser);

/* Bytes of the file made fit for a message: escaped, cut when long. */
struct bo_conf_shown {
	char text[64];
};
struct bo_conf_shown bo_conf_show(const void *data, size_t len);

/* A parser that reads the source's text as UTF-8. To be deleted with yaml_parser_delete(). */
void bo_conf_parser_init(yaml_parser_t *parser, const struct bo_conf_source *source);

/* Nodes of the document. Text is a scalar that was written down: `key:` alone has none. */
struct bo_conf_span bo_conf_node_span(const yaml_node_t *node);
bool bo_conf_node_is_text(const yaml_node_t *node);
bool bo_conf_node_is(const yaml_node_t *node, const char *text);
bool bo_conf_node_same(const yaml_node_t *a, const yaml_node_t *b);
const char *bo_conf_node_text(struct bo_conf *conf, const yaml_node_t *node);
struct bo_conf_shown bo_conf_node_show(const yaml_node_t *node);
/* "a list", for "found a list". */
const char *bo_conf_node_found(const yaml_node_t *node);
/* Where to point for a pair: at the value if it stands beside the key, else at the key. */
struct bo_conf_span bo_conf_node_place(const yaml_node_t *key, const yaml_node_t *value);
/* The pair with this key, NULL when there is none. */
yaml_node_pair_t *bo_conf_node_find(yaml_document_t *document, const yaml_node_t *map,
				    const char *key);
/* The key a mapping begins with; the mapping itself when it is empty. */
const yaml_node_t *bo_conf_node_first_key(yaml_document_t *document, const yaml_node_t *map);

/* First pass. False when there was anything to refuse; the second pass must not run then. */
bool bo_conf_guard(struct bo_conf_diag *diag);

/* Second pass: fills `data`, laid out by args->fields. */
void bo_conf_walk(struct bo_conf *conf, const struct bo_conf_args *args, struct bo_conf_diag *diag,
		  void *data);

/*
 * The schema version, which tables that have one keep under this key. False to stop: a file of
 * another version gets that one message, since whatever else it says was written for another table.
 */
extern const char bo_conf_version_key[];
bool bo_conf_check_version(struct bo_conf *conf, struct bo_conf_diag *diag,
			   yaml_document_t *document, const struct bo_conf_field *field);

/* What a field that was not given holds: its fallback, or those of the keys below it. */
void bo_conf_fill(struct bo_conf *conf, const struct bo_conf_field *field, void *out);

/* One scalar, or one item of a list. */
struct bo_conf_scan {
	struct bo_conf *conf;
	const struct bo_conf_field *field;
	const char *text; /* owned by conf, no NUL inside */
	void *out;	  /* lists: the const char *; sets: the unsigned to which a bit is added */
	char why[512];	  /* the whole message, when it returns false */
};

bool bo_conf_scan(struct bo_conf_scan *scan);

/* "a whole number", "one of high, low": what a field wants, for messages and manuals. */
const char *bo_conf_wants(const struct bo_conf_field *field, char *out, size_t cap);
/* "a, b, c" cut with "..." when it does not fit. Returns out. */
const char *bo_conf_join(char *out, size_t cap, const char *const *names, size_t count);
/* "1 ms to 2 h", "at least 1", "" when unbounded. Returns out. */
const char *bo_conf_range(const struct bo_conf_field *field, char *out, size_t cap);
/* " (did you mean 'x'?)" or "". Returns out. */
const char *bo_conf_hint(char *out, size_t cap, const char *text, const char *const *names,
			 size_t count);

size_t bo_conf_count_names(const char *const *names);
size_t bo_conf_count_fields(const struct bo_conf_field *fields);
/* The keys a mapping may have, `reserved` (or NULL) first; ended by NULL, owned by conf. */
const char *const *bo_conf_keys(struct bo_conf *conf, const struct bo_conf_field *fields,
				const char *reserved);
/* What a CHOICE chooses from: the field's own options, else the caller's. */
const struct bo_conf_option *bo_conf_options(const struct bo_conf_args *args,
					     const struct bo_conf_field *field);

#endif
