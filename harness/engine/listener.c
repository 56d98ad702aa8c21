#include "harness/engine/listener.h"

#include <string.h>

bool bo_listener_add(struct bo_listener *listener, const struct bo_listener_rule *rule)
{
	if (listener->rules == BO_LISTENER_PATTERNS_MAX)
		return false;
	listener->rule[listener->rules++] = *rule;
	return true;
}

static void end_line(struct bo_listener *listener, bo_ns at)
{
	size_t len = listener->len;
	struct bo_match match;

	/* Whoever hears it may cut power, which breaks the line: the others heard it all the same.
	 */
	listener->len = 0;
	for (size_t i = 0; i < listener->rules; i++) {
		struct bo_listener_rule *rule = &listener->rule[i];

		if (!bo_pattern_match(rule->pattern, listener->line, len, &match))
			continue;
		rule->count++;
		rule->matched(listener->ctx, rule, &match, at);
	}
}

void bo_listener_feed(struct bo_listener *listener, bo_ns at, const uint8_t *data, size_t len)
{
	while (len > 0) {
		const uint8_t *newline = memchr(data, '\n', len);
		size_t take = newline ? (size_t)(newline - data) : len;
		size_t room = sizeof(listener->line) - listener->len;
		size_t kept = take < room ? take : room;

		memcpy(listener->line + listener->len, data, kept);
		listener->len += kept;
		data += kept;
		len -= kept;
		if (kept < take) {
			end_line(listener, at);
			continue;
		}
		if (!newline)
			return;
		end_line(listener, at);
		data++;
		len--;
	}
}

void bo_listener_break_line(struct bo_listener *listener)
{
	listener->len = 0;
}
