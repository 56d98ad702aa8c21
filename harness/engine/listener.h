#ifndef BO_HARNESS_ENGINE_LISTENER_H
#define BO_HARNESS_ENGINE_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/clock.h"
#include "harness/model/pattern.h"

/*
 * Cuts console bytes into lines and says which patterns each line matches. Lines end at a newline
 * or at BO_LINE_MAX bytes. Several patterns may match one line; each is reported, in table order.
 */
#define BO_LINE_MAX		 4096
#define BO_LISTENER_PATTERNS_MAX 48

struct bo_listener_rule {
	const char *pattern;
	void (*matched)(void *ctx, const struct bo_listener_rule *rule,
			const struct bo_match *match, bo_ns at);
	const char *name; /* the caller's */
	uint64_t count;	  /* lines that matched so far */
};

struct bo_listener {
	struct bo_listener_rule rule[BO_LISTENER_PATTERNS_MAX];
	size_t rules;
	void *ctx;
	char line[BO_LINE_MAX];
	size_t len;
};

/* False when the table is full. */
bool bo_listener_add(struct bo_listener *listener, const struct bo_listener_rule *rule);
void bo_listener_feed(struct bo_listener *listener, bo_ns at, const uint8_t *data, size_t len);
/* A half line before a power cut is not the beginning of the first line after it. */
void bo_listener_break_line(struct bo_listener *listener);

#endif
