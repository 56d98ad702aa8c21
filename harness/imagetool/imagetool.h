#ifndef BO_HARNESS_IMAGETOOL_IMAGETOOL_H
#define BO_HARNESS_IMAGETOOL_IMAGETOOL_H

#include <stddef.h>
#include <stdint.h>

#include "harness/cmd/cli.h"
#include "harness/image/mcuboot.h"

/*
 * `brownout image`: a program of its own, because keys and signing need libcrypto. A verb is one
 * file with one tool_VERB() that returns an exit code:
 *
 *   0  done; the image is what was asked for
 *   1  the image is not (inspect: not whole; verify: a check says no)
 *   2  usage, an unreadable file or key
 *   4  a fault of brownout's own
 */
int tool_forge(int argc, char **argv);
int tool_inspect(int argc, char **argv);
int tool_verify(int argc, char **argv);
int tool_sign(int argc, char **argv);

/* Prints err's line; returns BO_EXIT_USAGE, whatever the errno. */
int tool_fail(const struct bo_err *err);

/* A file in memory. */
struct tool_file {
	uint8_t *data;
	size_t len;
};

#define TOOL_FILE_MAX (64u << 20)

/* Regular files up to TOOL_FILE_MAX bytes; -EFBIG beyond. */
int tool_read(const char *path, struct tool_file *ret, struct bo_err *err);
void tool_file_done(struct tool_file *file);
/* Replaces the file. */
int tool_write(const char *path, const void *data, size_t len, struct bo_err *err);

/* "ab12..." of `len` bytes into out, which holds 2 * len + 1. Returns out. */
const char *tool_hex(char *out, const void *data, size_t len);

#endif
