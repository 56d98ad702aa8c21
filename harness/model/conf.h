#ifndef BO_HARNESS_MODEL_CONF_H
#define BO_HARNESS_MODEL_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/clock.h"
#include "harness/base/str.h"

/*
 * YAML files (rack, scenario, target class) read through one schema table.
 *
 * The table says for each key its type, bounds, default and one line of help; the reader fills a C
 * struct by offsets. All mistakes of a file are reported in one pass, each with file:line:col, the
 * source line, a caret and a suggestion. Anchors, aliases, tags, several documents, tabs, files
 * over 1 MiB and nesting over 32 are refused. Quantities carry units: `12 ms`, `46 KiB`,
 * `115200 baud`, `5 %`; a bare number where a unit belongs is an error with a hint.
 *
 * A table may hold an INT `brownout`, the schema version: it must then be the first key, and a file
 * of another version gets that single message.
 */
enum bo_conf_type {
	BO_CONF_STR,	   /* const char * */
	BO_CONF_NAME,	   /* const char *, [A-Za-z0-9._-]{1,64} */
	BO_CONF_PATH,	   /* const char *, relative paths resolved against the file's folder */
	BO_CONF_INT,	   /* int64_t; decimal or 0x hex; min..max */
	BO_CONF_BOOL,	   /* bool; yes/no/true/false */
	BO_CONF_DURATION,  /* bo_ns; ns us ms s min h */
	BO_CONF_SIZE,	   /* int64_t bytes; B KiB MiB */
	BO_CONF_BAUD,	   /* int64_t */
	BO_CONF_PERCENT,   /* int64_t parts per million */
	BO_CONF_FREQUENCY, /* int64_t Hz; Hz kHz MHz */
	BO_CONF_RATE,	   /* int64_t bits per second; bit kbit Mbit Gbit */
	BO_CONF_ENUM,	   /* int; index into `names` */
	BO_CONF_SET,	   /* unsigned; bit per name of `names`; a name or a list of names */
	BO_CONF_LIST,	/* struct bo_conf_list of const char *; a list of strings or one string */
	BO_CONF_PATHS,	/* like LIST; entries that begin with ./ or ../ are resolved as PATH is, the
			   others left to the search path of whoever opens them */
	BO_CONF_MAP,	/* struct laid out by `fields`, embedded at the offset */
	BO_CONF_NAMED,	/* struct bo_conf_list of structs of `item_size`, laid out by `fields`, one
			   for each key of a mapping; the first member of the struct must be
			   `const char *name`. Without `fields` each entry is a choice: items are
			   struct bo_conf_named_choice. With BO_CONF_OR_LIST a list of names (or
			   one) stands for entries of which nothing more is said */
	BO_CONF_CHOICE, /* struct bo_conf_choice: the mapping's key `driver` selects the schema of
			   its other keys */
	BO_CONF_CHOICES, /* struct bo_conf_list of struct bo_conf_choice: a list in which each item
			    is the name of an option of `options`, alone or as the only key of a
			    mapping to the option's own keys */
	BO_CONF_PARSED,	 /* whatever `parse` makes of the scalar's text, which lives as long as the
			    bo_conf */
};

struct bo_conf_list {
	void *items;
	size_t count;
};

/* One candidate of a BO_CONF_CHOICE. */
struct bo_conf_option {
	const char *name;
	const struct bo_conf_field *fields;
	size_t size;
	const void *tag; /* the caller's: a struct bo_driver, say */
};

struct bo_conf_choice {
	const struct bo_conf_option *option; /* NULL when the key was absent */
	void *config;			     /* the struct of option->size bytes */
};

struct bo_conf_named_choice {
	const char *name;
	struct bo_conf_choice choice;
};

enum {
	BO_CONF_REQUIRED = 1u << 0,
	/* Left out of bo_conf_canonical(): says where or for whom, not what. */
	BO_CONF_UNHASHED = 1u << 1,
	/* NAMED: may also be a list of names. */
	BO_CONF_OR_LIST = 1u << 2,
	/* Of the file's own keys: read before the others, and never expanded. */
	BO_CONF_FIRST = 1u << 3,
	/* Texts in which "{name}" may also mean something that expand() does not know. */
	BO_CONF_OTHER_NAMES = 1u << 4,
};

struct bo_conf_field {
	const char *key; /* NULL ends the table */
	enum bo_conf_type type;
	size_t offset;
	unsigned flags;
	const char *help;
	const char *fallback;		      /* the default, written as in the file (lists and
						 sets: with commas between); NULL: zero */
	int64_t min, max;		      /* for numbers; both 0: unbounded; max below min: no
						 upper bound */
	const char *const *names;	      /* ENUM, SET: NULL-terminated */
	const struct bo_conf_field *fields;   /* MAP, NAMED */
	size_t item_size;		      /* NAMED */
	const struct bo_conf_option *options; /* CHOICE: ended by name NULL; may be set at run time
						 through bo_conf_args.options */
	/* PARSED: 0, or a negative errno with *reterr saying what is wrong and what is expected. */
	int (*parse)(const char *text, void *ret, const char **reterr);
};

/* Rows that every kind of file has: the format's version, and what it is about. */
#define BO_CONF_VERSION_ROW(at)                                                                    \
	{                                                                                          \
		.key = "brownout", .type = BO_CONF_INT, .offset = (at), .flags = BO_CONF_REQUIRED, \
		.min = 1, .max = 1, .help = "version of this file's format",                       \
	}
#define BO_CONF_TITLE_ROW(at)                                                                   \
	{                                                                                       \
		.key = "title", .type = BO_CONF_STR, .offset = (at), .flags = BO_CONF_UNHASHED, \
		.help = "one line for people",                                                  \
	}

/* Where a value stood, for errors that only a later check can find. */
struct bo_conf;

struct bo_conf_args {
	const char *path;
	const struct bo_conf_field *fields;
	size_t size;
	/* For CHOICE fields whose table entry has no options of its own: by key. */
	const struct bo_conf_option *(*options)(void *ctx, const char *key);
	void *ctx;
	/* Optional: looks across keys once each of them is right for itself, and complains of what
	 * it finds (bo_conf_complain). */
	void (*check)(const struct bo_conf *conf, void *data, struct bo_buf *report);
	/*
	 * Optional, both or none: texts that stand for others. begin() is called once the fields
	 * with BO_CONF_FIRST are read, and may complain; expand() for each value of the others (but
	 * for a NAME), to append what it stands for; false: what is wrong with it is in `why`, or
	 * was complained of before.
	 */
	void (*begin)(const struct bo_conf *conf, void *ctx, void *data, struct bo_buf *report);
	bool (*expand)(void *data, const struct bo_conf_field *field, const char *text,
		       struct bo_buf *ret, struct bo_buf *why);
};

/*
 * Reads, checks and fills. *ret owns every string and list reached through *ret_data until
 * bo_conf_free(). On mistakes returns -EINVAL with all of them appended to `report` (one line, the
 * source line and a caret each; at most 20); a file that cannot be read is -errno with one line.
 * bo_conf_read_text() does the same from memory; `path` then only labels messages and anchors
 * relative paths.
 */
int bo_conf_read(const struct bo_conf_args *args, struct bo_conf **ret, void **ret_data,
		 struct bo_buf *report);
int bo_conf_read_text(const struct bo_conf_args *args, const char *text, size_t len,
		      struct bo_conf **ret, void **ret_data, struct bo_buf *report);
void bo_conf_free(struct bo_conf *conf);

/*
 * Reports a mistake found after reading, at the place of `where`: a key path such as
 * "benches.b1.console.baud", "probe.driver", "probe.config.0" (first item of a list). Falls back to
 * the nearest enclosing key that exists.
 */
void bo_conf_complain(const struct bo_conf *conf, struct bo_buf *report, const char *where,
		      const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Whether the key at `where` stood in the file. */
bool bo_conf_given(const struct bo_conf *conf, const char *where);

/* The same key path as a text of the conf's own; NULL when it did not stand in the file. */
const char *bo_conf_key(const struct bo_conf *conf, const char *where);

/* Of a list of strings. */
bool bo_conf_list_has(const struct bo_conf_list *list, const char *text);

/*
 * Appends the table as a page of the manual (Markdown): key, type and range, default, meaning.
 * Only `fields`, `options` and `ctx` are looked at.
 */
void bo_conf_reference(const struct bo_conf_args *args, struct bo_buf *out);
/* Appends it as a JSON Schema (draft-07), for editors; `expand` is looked at as well. */
void bo_conf_json_schema(const struct bo_conf_args *args, const char *title, struct bo_buf *out);

/*
 * Appends what was read in a form that does not depend on how the file was written: every key of
 * the table in table order, defaults filled in, values in base units; the entries of a NAMED in the
 * file's order, because order means something to whoever works through them. For hashing: two
 * different contents never give one text. A PARSED field must be UNHASHED; PATH, PATHS and CHOICE
 * (NAMED without fields included, CHOICES not) are left out.
 */
void bo_conf_canonical(const struct bo_conf_field *fields, const void *data, struct bo_buf *out);

#endif
