#include "harness/engine/promises.h"

#include <stdarg.h>
#include <string.h>

#include "harness/engine/promises_parts.h"
#include "harness/model/values.h"

/*
 * One row and one function each. A promise is broken by what was seen, and kept only if nobody was
 * prevented from seeing.
 */
enum bo_verdict promise_say(struct bo_held *held, enum bo_verdict verdict, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(held->why, sizeof(held->why), fmt, args);
	va_end(args);
	return verdict;
}

bool promise_is_worse(enum bo_verdict a, enum bo_verdict b)
{
	static const int rank[BO_VERDICT_COUNT] = {[BO_INCONCLUSIVE] = 1, [BO_FAIL] = 2};

	return rank[a] > rank[b];
}

/* ---- the outcome, and a second update ---- */

static bool is_promised(unsigned set, enum bo_outcome outcome)
{
	return (set >> (unsigned)outcome) & 1u;
}

static void list_outcomes(unsigned set, struct bo_buf *out)
{
	const char *between = "";

	for (int i = 0; i < BO_OUTCOME_COUNT; i++)
		if (is_promised(set, (enum bo_outcome)i)) {
			bo_buf_printf(out, "%s%s", between, bo_outcome_names[i]);
			between = " or ";
		}
}

static enum bo_verdict hold_set(unsigned set, const char *what, const struct bo_judgement *found,
				struct bo_held *held)
{
	struct bo_buf wanted = {0};

	if (is_promised(set, found->outcome))
		return promise_say(held, BO_PASS, "%s", found->why);
	list_outcomes(set, &wanted);
	(void)promise_say(held, BO_FAIL, "%spromised %s, was %s: %s", what, wanted.data,
			  bo_outcome_names[found->outcome], found->why);
	bo_buf_done(&wanted);
	return BO_FAIL;
}

static bool asks_always(const struct bo_promises *promised)
{
	(void)promised;
	return true;
}

static enum bo_verdict hold_outcome(const struct bo_case *of, struct bo_held *held)
{
	return hold_set(of->promised->outcome, "", &of->found->first, held);
}

/* Nobody promises it in words: a step of the scenario is a promise that it can be done. */
static enum bo_verdict hold_steps(const struct bo_case *of, struct bo_held *held)
{
	if (of->trial->step.failure[0])
		return promise_say(held, BO_FAIL, "%s", of->trial->step.failure);
	return promise_say(held, BO_PASS, "all were done");
}

static bool asks_then(const struct bo_promises *promised)
{
	return promised->then;
}

static enum bo_verdict hold_then(const struct bo_case *of, struct bo_held *held)
{
	return hold_set(of->promised->then, "second update: ", &of->found->then, held);
}

static bool asks_resumes(const struct bo_promises *promised)
{
	return promised->resumes;
}

static enum bo_verdict hold_resumes(const struct bo_case *of, struct bo_held *held)
{
	const char *which = of->promised->then ? "second update" : "update";

	if (of->found->resumed)
		return promise_say(held, BO_PASS, "%s: resumed", which);
	return promise_say(held, BO_FAIL, "%s: promised to resume, but began anew", which);
}

/* ---- boots ---- */

static bool hears_boots(const struct bo_case *of)
{
	return of->trial->target->console.boot && !of->facts->unheard;
}

static enum bo_verdict unless_unheard(const struct bo_case *of, struct bo_held *held,
				      enum bo_verdict verdict)
{
	if (hears_boots(of))
		return verdict;
	return promise_say(held, BO_INCONCLUSIVE, "%s: not every boot could be heard", held->key);
}

static bool asks_boots(const struct bo_promises *promised)
{
	return promised->boots_at_most > 0;
}

static enum bo_verdict hold_boots(const struct bo_case *of, struct bo_held *held)
{
	bool more = of->facts->boots > of->promised->boots_at_most;
	enum bo_verdict verdict =
		promise_say(held, more ? BO_FAIL : BO_PASS, "promised at most %lld boots, saw %u",
			    (long long)of->promised->boots_at_most, of->facts->boots);

	return more ? verdict : unless_unheard(of, held, verdict);
}

static bool asks_ready(const struct bo_promises *promised)
{
	return promised->ready_within > 0;
}

static enum bo_verdict hold_ready(const struct bo_case *of, struct bo_held *held)
{
	char wanted[BO_VALUES_TEXT_MAX];
	bool late = of->facts->slowest > of->promised->ready_within;

	if (of->facts->power_ons == 0)
		return promise_say(held, BO_INCONCLUSIVE,
				   "ready-within: no power-on was followed by a ready line");
	return promise_say(held, late ? BO_FAIL : BO_PASS,
			   "promised to be ready within %s of power-on, took %lld ms",
			   bo_values_format(BO_DURATION, wanted, of->promised->ready_within),
			   (long long)(of->facts->slowest / BO_MS));
}

static bool asks_causes(const struct bo_promises *promised)
{
	return promised->causes.count > 0;
}

static bool was_announced(const struct bo_facts *facts, const char *cause)
{
	for (size_t i = 0; i < facts->causes; i++)
		if (strcmp(facts->cause[i], cause) == 0)
			return true;
	return false;
}

static void list_causes(const struct bo_facts *facts, char *out, size_t cap)
{
	struct bo_buf text = {0};

	for (size_t i = 0; i < facts->causes; i++)
		bo_buf_printf(&text, "%s%s", i > 0 ? ", " : "", facts->cause[i]);
	(void)bo_str_copy(out, cap, text.len > 0 ? text.data : "none");
	bo_buf_done(&text);
}

static enum bo_verdict hold_causes(const struct bo_case *of, struct bo_held *held)
{
	const char *const *wanted = of->promised->causes.items;
	char seen[160];

	list_causes(of->facts, seen, sizeof(seen));
	for (size_t i = 0; i < of->promised->causes.count; i++) {
		if (was_announced(of->facts, wanted[i]))
			continue;
		(void)promise_say(held, BO_FAIL, "promised a boot because of '%.40s', saw: %s",
				  wanted[i], seen);
		return unless_unheard(of, held, BO_FAIL);
	}
	return promise_say(held, BO_PASS, "saw the causes %s", seen);
}

static bool asks_watchdog(const struct bo_promises *promised)
{
	return promised->watchdog != BO_WATCHDOG_MAY;
}

static enum bo_verdict hold_watchdog(const struct bo_case *of, struct bo_held *held)
{
	const struct bo_conf_list *told = &of->trial->target->reset_causes.watchdog;
	bool wanted = of->promised->watchdog == BO_WATCHDOG_YES, fired = false;

	if (told->count == 0)
		return promise_say(held, BO_INCONCLUSIVE,
				   "watchdog: class '%s' names no reset cause that tells",
				   of->trial->target->name);
	for (size_t i = 0; i < of->facts->causes; i++)
		fired = fired || bo_conf_list_has(told, of->facts->cause[i]);
	enum bo_verdict verdict =
		promise_say(held, fired == wanted ? BO_PASS : BO_FAIL,
			    "promised that the watchdog %s, and it %s",
			    wanted ? "fires" : "does not fire", fired ? "did" : "did not");

	return fired ? verdict : unless_unheard(of, held, verdict);
}

/* ---- what the target says, and what it is ---- */

static bool asks_truth(const struct bo_promises *promised)
{
	return promised->reports_truth;
}

/* "2.0.0", "2.0.0.0" and "2.0.0+7" are one version. */
static bool same_version(const char *a, const char *b)
{
	unsigned x[3] = {0}, y[3] = {0};

	if (sscanf(a, "%u.%u.%u", &x[0], &x[1], &x[2]) < 1 ||
	    sscanf(b, "%u.%u.%u", &y[0], &y[1], &y[2]) < 1)
		return strcmp(a, b) == 0;
	return memcmp(x, y, sizeof(x)) == 0;
}

static enum bo_verdict hold_truth(const struct bo_case *of, struct bo_held *held)
{
	const struct bo_observed *seen = &of->found->seen;

	if (!of->facts->told)
		return promise_say(held, BO_INCONCLUSIVE,
				   "reports-truth: the target did not say what it runs");
	if (!same_version(of->facts->told_version, seen->version))
		return promise_say(
			held, BO_FAIL,
			"promised to report the truth, said %.31s by protocol, but %.63s runs",
			of->facts->told_version, seen->version);
	if (!seen->read_back_known || !seen->active_has_hash)
		return promise_say(
			held, BO_INCONCLUSIVE,
			"reports-truth: what runs was not read back, or it told no hash");
	if (!seen->read_back_whole || memcmp(seen->active_hash, seen->read_back_hash, 32) != 0)
		return promise_say(
			held, BO_FAIL,
			"promised to report the truth, but flash holds another image than it "
			"says");
	return promise_say(held, BO_PASS, "it reports what was observed");
}

/* ---- flash ---- */

static enum bo_verdict hold_ranges(const struct bo_case *of, bool outside, struct bo_held *held)
{
	const struct bo_promises *promised = of->promised;
	bool compared = false;

	for (size_t i = 0; i < of->facts->watching; i++) {
		const struct bo_watched_range *w = &of->facts->watched[i];

		if (outside ? bo_conf_list_has(&promised->untouched_outside, w->range->name)
			    : !bo_conf_list_has(&promised->kept, w->range->name))
			continue;
		compared = w->compared;
		if (!compared)
			break;
		if (w->changed)
			return promise_say(
				held, BO_FAIL,
				"promised that '%s' is %s, but 0x%08x was %02x and is %02x",
				w->range->name, outside ? "not written to" : "kept",
				(unsigned)w->first, w->was, w->is);
	}
	if (!compared)
		return promise_say(held, BO_INCONCLUSIVE, "%s: flash was not read back", held->key);
	return promise_say(held, BO_PASS, "unchanged");
}

static bool asks_kept(const struct bo_promises *promised)
{
	return promised->kept.count > 0;
}

static enum bo_verdict hold_kept(const struct bo_case *of, struct bo_held *held)
{
	return hold_ranges(of, false, held);
}

static bool asks_untouched(const struct bo_promises *promised)
{
	return promised->untouched_outside.count > 0;
}

static enum bo_verdict hold_untouched(const struct bo_case *of, struct bo_held *held)
{
	return hold_ranges(of, true, held);
}

/* ---- oracles of the user's own ---- */

static bool asks_oracles(const struct bo_promises *promised)
{
	return promised->oracles.count > 0;
}

static enum bo_verdict hold_oracles(const struct bo_case *of, struct bo_held *held)
{
	static const enum bo_verdict order[] = {BO_FAIL, BO_INCONCLUSIVE};
	const struct bo_oracles *asked = &of->trial->oracles;

	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (size_t i = 0; i < asked->count; i++)
			if (asked->said[i].verdict == order[k])
				return promise_say(held, order[k], "oracle '%.64s': %s",
						   asked->said[i].name, asked->said[i].text);
	if (asked->count < of->promised->oracles.count)
		return promise_say(held, BO_INCONCLUSIVE, "oracles: not all of them were asked");
	return promise_say(held, BO_PASS, "every oracle passed it");
}

static const struct {
	const char *key;
	bool (*asks)(const struct bo_promises *promised);
	enum bo_verdict (*hold)(const struct bo_case *of, struct bo_held *held);
} rows[] = {
	{"outcome", asks_always, hold_outcome},
	{"steps", asks_always, hold_steps},
	{"then", asks_then, hold_then},
	{"resumes", asks_resumes, hold_resumes},
	{"boots-at-most", asks_boots, hold_boots},
	{"ready-within", asks_ready, hold_ready},
	{"reports-truth", asks_truth, hold_truth},
	{"causes", asks_causes, hold_causes},
	{"watchdog", asks_watchdog, hold_watchdog},
	{"kept", asks_kept, hold_kept},
	{"untouched-outside", asks_untouched, hold_untouched},
	{"never-high", promise_asks_never_high, promise_hold_never_high},
	{"unavailable", promise_asks_unavailable, promise_hold_unavailable},
	{"window", promise_asks_window, promise_hold_window},
	{"locked", promise_asks_locked, promise_hold_locked},
	{"oracles", asks_oracles, hold_oracles},
};

/* The rows before this one are described by their own words. */
#define FIRST_BY_KEY 4

void bo_promises_describe(const struct bo_promises *promises, struct bo_buf *out)
{
	list_outcomes(promises->outcome, out);
	if (promises->then) {
		bo_buf_printf(out, "; then ");
		list_outcomes(promises->then, out);
		bo_buf_printf(out, "%s", promises->resumes ? ", resumed" : "");
	} else if (promises->resumes) {
		bo_buf_printf(out, ", resumed");
	}
	for (size_t i = FIRST_BY_KEY; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].asks(promises))
			bo_buf_printf(out, "; %s", rows[i].key);
}

bool bo_promises_ask(const struct bo_promises *promises, const char *key)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].key, key) == 0)
			return rows[i].asks(promises);
	return false;
}

const char *bo_promises_key(size_t i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? rows[i].key : NULL;
}

void bo_promises_hold(struct bo_trial *trial, const struct bo_findings *findings,
		      struct bo_held *ret)
{
	struct bo_case of = {trial, &trial->scenario->promises, findings, &trial->facts};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bo_held held = {.key = rows[i].key};

		if (!rows[i].asks(of.promised))
			continue;
		held.verdict = rows[i].hold(&of, &held);
		if (i == 0)
			*ret = held;
		if (promise_is_worse(held.verdict, ret->verdict))
			*ret = held;
		trial_note(trial, "promise", "s:s, s:s, s:s", "key", held.key, "verdict",
			   bo_verdict_names[held.verdict], "why", held.why);
	}
}
