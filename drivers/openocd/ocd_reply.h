#ifndef BO_DRIVERS_OPENOCD_OCD_REPLY_H
#define BO_DRIVERS_OPENOCD_OCD_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/str.h"

/*
 * What OpenOCD's Tcl server is asked and what it answers (OpenOCD User's Guide, "Tcl Scripting
 * API", "Tcl RPC server"): texts, each ended by 0x1a. The server's answer is a command's result
 * alone and does not say whether the command failed, so each request wraps its command such that
 * the answer reads
 *
 *   brownout SEQ CODE TEXT
 *
 * with the request's number, Tcl's return code (0: done) and the result or error text. An answer
 * that reads otherwise, or to another request, is none.
 */
#define BO_OCD_END	    '\x1a'
#define BO_OCD_REPLY_PREFIX "brownout "

struct bo_ocd_reply {
	int64_t code;	  /* 0: the command was carried out */
	const char *text; /* within the parsed bytes, not terminated */
	size_t len;
};

/* Appends the request, its end mark included. `command` must hold balanced braces. */
void bo_ocd_request(struct bo_buf *out, uint32_t seq, const char *command);

/* `data` is one answer without its end mark. 0, or -EPROTO. */
int bo_ocd_reply_parse(const char *data, size_t len, uint32_t seq, struct bo_ocd_reply *ret);

/* The number after `verb`, as in "verified 65536 bytes in 0.03s". 0, or -EPROTO. */
int bo_ocd_reply_count(const struct bo_ocd_reply *reply, const char *verb, uint64_t *ret);

/* Exactly `count` numbers below 2^32, decimal or 0x hex. 0, or -EPROTO. */
int bo_ocd_reply_words(const struct bo_ocd_reply *reply, uint32_t *ret, size_t count);

/* The whole text, blanks at either end aside. */
bool bo_ocd_reply_is(const struct bo_ocd_reply *reply, const char *text);

/* Appends one word of a command: whatever Tcl would interpret is quoted. Control characters cannot
 * be quoted: -EINVAL. */
int bo_ocd_quote(struct bo_buf *out, const char *word);

#endif
