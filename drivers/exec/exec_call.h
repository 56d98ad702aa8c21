#ifndef BO_DRIVERS_EXEC_EXEC_CALL_H
#define BO_DRIVERS_EXEC_EXEC_CALL_H

#include "drivers/api/program.h"
#include "harness/base/talk.h"
#include "harness/model/conf.h"

/* How a program is called: its name in the rack file, and arguments with {words} to fill in. */
struct exec_call {
	const char *program; /* NULL: there is none */
	struct bo_conf_list args;
};

#define EXEC_CALL_ROWS(holder)                                                         \
	{.key = "program",                                                             \
	 .type = BO_CONF_NAME,                                                         \
	 .offset = offsetof(holder, program),                                          \
	 .flags = BO_CONF_REQUIRED,                                                    \
	 .help = "its name under `programs` of the rack file"},                        \
	{                                                                              \
		.key = "args", .type = BO_CONF_LIST, .offset = offsetof(holder, args), \
		.help = "its arguments; {words} are filled in"                         \
	}

extern const struct bo_conf_field exec_call_fields[];

/* One word and what is put there; a list of them ends with a NULL key. */
struct exec_word {
	const char *key, *value;
};

/* How long a program may take where the rack file does not say. */
#define EXEC_WITHIN_ROW(holder)                                                                \
	{                                                                                      \
		.key = "within", .type = BO_CONF_DURATION, .offset = offsetof(holder, within), \
		.fallback = "10 s", .min = 1,                                                  \
		.help = "how long a program may take before it is ended"                       \
	}

/* Whether the program is granted and every {word} is one of `keys` (ended by NULL). `what` is the
 * call's key, for the message. */
int exec_call_check(const struct exec_call *call, const char *what, const char *const *keys,
		    const struct bo_programs *programs, struct bo_err *err);

/* The arguments with words filled in; to be freed with exec_args_free(). */
char **exec_args_new(const struct exec_call *call, const struct exec_word *words);
void exec_args_free(char **args);

/*
 * Starts it with the words filled in and waits for its end. 0: it ended with status 0, and *ret
 * holds what it said; else the message has the call's key and how it ended. bo_talk_done() in any
 * case.
 */
struct exec_host {
	const struct bo_programs *programs;
	bo_ns within;
};

int exec_call_run(const struct exec_host *host, const struct exec_call *call, const char *what,
		  const struct exec_word *words, struct bo_talk *ret, struct bo_err *err);

/* The end of what a program said last, as one printable line, ": " in front; "" when it said
 * nothing. Returns out. */
const char *exec_last_words(const struct bo_buf *said, char *out, size_t cap);

#endif
