#include <assert.h>
#include <stdint.h>

#include "harness/engine/listener.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a target says on its console: a banner, a death, a point of a scenario, and a line that
 * whoever hears it cuts short. */
enum { RULES = 4, BREAKS = 3 };

static void heard(void *ctx, const struct bo_listener_rule *rule, const struct bo_match *match,
		  bo_ns at)
{
	struct bo_listener *listener = ctx;

	assert(match->count <= BO_CAPTURES_MAX && at == 7);
	if (rule == &listener->rule[BREAKS])
		bo_listener_break_line(listener);
}

static void begin(struct bo_listener *listener)
{
	static const char *const patterns[RULES] = {"boot {version} cause={cause} boots={boots}",
						    "fault", "swap {page} of {pages}", "again"};

	*listener = (struct bo_listener){.ctx = listener};
	for (size_t i = 0; i < RULES; i++)
		assert(bo_listener_add(listener, &(struct bo_listener_rule){.pattern = patterns[i],
									    .matched = heard}));
}

/* However the bytes are cut into reads, the same lines are heard. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bo_listener whole, pieces;

	begin(&whole);
	begin(&pieces);
	bo_listener_feed(&whole, 7, data, size);
	for (size_t at = 0; at < size;) {
		size_t piece = 1 + data[at] % 61u;

		piece = piece < size - at ? piece : size - at;
		bo_listener_feed(&pieces, 7, data + at, piece);
		at += piece;
	}
	for (size_t i = 0; i < RULES; i++)
		assert(whole.rule[i].count == pieces.rule[i].count);
	assert(whole.len == pieces.len && whole.len <= BO_LINE_MAX);
	return 0;
}
