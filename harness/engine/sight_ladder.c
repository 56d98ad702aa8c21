#include <string.h>

#include "harness/engine/sight.h"
#include "harness/engine/sight_parts.h"

/* ---- the ladder ---- */

static const struct {
	const char *name;
	unsigned adds, takes;
} rungs[] = {
	{"protocol only", EYE_ADAPTER | EYE_LINE, 0},
	{"+ boot lines", EYE_BOOTS | EYE_CAUSES | EYE_WATCHDOG | EYE_FIRST_WORDS, 0},
	{"+ marker pin", EYE_INPUT, 0},
	{"+ sense input", EYE_OFF, 0},
	{"+ probe", EYE_PROBE | EYE_ANY_PROBE, 0},
	{"locked again", EYE_LOCK, EYE_PROBE},
};

#define RUNGS (sizeof(rungs) / sizeof(rungs[0]))

static const char *on_a_rung(const struct sight_need *need, unsigned has)
{
	if (need->must & ~has)
		return "no";
	if (need->whole & ~has)
		return "broken only";
	return need->better & ~has ? "in part" : "yes";
}

static void ladder_row(const struct sight_need *need, struct bo_buf *out)
{
	unsigned has = 0;

	for (size_t i = 0; i < RUNGS; i++) {
		has = (has | rungs[i].adds) & ~rungs[i].takes;
		/* a boot that tells its cause is a witness of its own */
		bo_buf_printf(out, " %s |",
			      on_a_rung(need, has & EYE_CAUSES ? has | EYE_OFF : has));
	}
	bo_buf_printf(out, "\n");
}

static bool needs_the_same(const struct sight_need *a, const struct sight_need *b)
{
	return a->must == b->must && a->whole == b->whole && a->better == b->better;
}

/* What needs the same and stands together shares a row. */
static void ladder_rows(const char *kind, const struct sight_need *needs, size_t count,
			struct bo_buf *out)
{
	for (size_t i = 0; i < count; i++) {
		const struct sight_need *need = &needs[i];
		size_t len = strlen(need->what);

		if (!(need->must | need->whole | need->better))
			continue;
		bo_buf_printf(out, "| %s`%s%s`", kind, need->what,
			      need->what[len - 1] == '.' ? "*" : "");
		for (; i + 1 < count && needs_the_same(need, &needs[i + 1]); i++)
			bo_buf_printf(out, ", `%s`", needs[i + 1].what);
		bo_buf_printf(out, " |");
		ladder_row(need, out);
	}
}

static size_t count_of(const struct sight_need *needs)
{
	size_t count = 0;

	while (needs[count].what)
		count++;
	return count;
}

void bo_sight_ladder(struct bo_buf *out)
{
	bo_buf_printf(out, "| |");
	for (size_t i = 0; i < RUNGS; i++)
		bo_buf_printf(out, " %s |", rungs[i].name);
	bo_buf_printf(out, "\n|---|");
	for (size_t i = 0; i < RUNGS; i++)
		bo_buf_printf(out, "---|");
	bo_buf_printf(out, "\n");
	ladder_rows("at ", sight_points, count_of(sight_points), out);
	ladder_rows("", sight_actions, BO_ACTION_COUNT, out);
	ladder_rows("promise ", sight_promises, count_of(sight_promises), out);
}
