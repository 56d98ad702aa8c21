#ifndef BO_HARNESS_CMD_CLI_H
#define BO_HARNESS_CMD_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/err.h"
#include "harness/base/str.h"
#include "harness/model/verdict.h"

/* How every command of brownout reads its options and complains; `brownout-image` does so too. */

/* ---- options: one table a subcommand ---- */
enum cmd_arg {
	CMD_FLAG,     /* bool * */
	CMD_TEXT,     /* const char ** */
	CMD_LIST,     /* struct bo_buf *: the values, divided by commas; to be released */
	CMD_NUMBER,   /* int64_t *, 0 to 4294967295, decimal or 0x... */
	CMD_PERCENT,  /* int64_t *, ppm */
	CMD_DURATION, /* int64_t *, ns */
	CMD_SIZE,     /* int64_t *, bytes */
	CMD_RATE,     /* int64_t *, bits per second */
};

struct cmd_option {
	const char *name; /* without the dashes; NULL ends the table */
	enum cmd_arg arg;
	void *value;
	const char *what; /* the argument's name in the usage, NULL for a flag */
	const char *help;
};

/*
 * Reads --name VALUE and --name=VALUE; the other arguments end up in argv[0..], their count is
 * returned. A mistake is named in one line on stderr and gives -1. `--help` prints usage and the
 * table and gives -2.
 */
int cmd_options(int argc, char **argv, const char *usage, const struct cmd_option *table);

/* ---- commands: one table a program ---- */
struct cmd_command {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns an exit code */
	const char *help;
};

struct cmd_commands {
	const char *program;		 /* what is typed in front of a command: "brownout" */
	const char *kind;		 /* "command" */
	const struct cmd_command *table; /* alphabetical */
	size_t count;
};

/*
 * Runs the command that argv[1] names. None, or one that is unknown, is a usage error and says what
 * there is; `--help` and `help` print that list.
 */
int cmd_dispatch(const struct cmd_commands *commands, int argc, char **argv);

/* ---- messages ---- */
/* "brownout: TEXT" on stderr, escaped; returns `code`. */
int cmd_fail(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for an error from below, with the exit code its errno calls for. */
int cmd_fail_err(const struct bo_err *err);
/* A report of configuration mistakes, as it is; returns BO_EXIT_USAGE. */
int cmd_fail_report(struct bo_buf *report);

#endif
