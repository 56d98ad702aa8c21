#include "harness/engine/promises_parts.h"
#include "harness/model/values.h"

/* ---- pins ---- */

bool promise_asks_never_high(const struct bo_promises *promised)
{
	return promised->never_high.count > 0;
}

static enum bo_verdict hold_pin(const struct bo_case *of, const char *name, struct bo_held *held)
{
	const struct bo_pin *pin = pins_find(of->trial, name);

	if (!pin || (pin->looks == 0 && pin->input->every_ns > 0))
		return promise_say(held, BO_INCONCLUSIVE, "never-high: %s '%.40s'",
				   pin ? "nobody looked at input" : "this bench has no input",
				   name);
	if (pin->went_high)
		return promise_say(
			held, BO_FAIL,
			"promised that '%.40s' is never high, and it was, %lld ms into the trial",
			name, (long long)(pin->high_at / BO_MS));
	if (pin->input->every_ns == 0)
		return promise_say(held, BO_PASS, "'%.40s' was never high", name);
	return promise_say(held, BO_PASS,
			   "'%.40s' was never high when looked at, at most %lld us apart", name,
			   (long long)(pin->apart / BO_US));
}

enum bo_verdict promise_hold_never_high(const struct bo_case *of, struct bo_held *held)
{
	const char *const *names = of->promised->never_high.items;
	struct bo_held worst = {.verdict = BO_PASS};

	for (size_t i = 0; i < of->promised->never_high.count; i++) {
		struct bo_held one = {.key = held->key};

		one.verdict = hold_pin(of, names[i], &one);
		if (i == 0 || promise_is_worse(one.verdict, worst.verdict))
			worst = one;
	}
	return promise_say(held, worst.verdict, "%s", worst.why);
}

/* ---- how long the target was away ---- */

bool promise_asks_unavailable(const struct bo_promises *promised)
{
	return promised->unavailable > 0;
}

enum bo_verdict promise_hold_unavailable(const struct bo_case *of, struct bo_held *held)
{
	const struct bo_pulse *pulse = &of->trial->pulse;
	char wanted[BO_VALUES_TEXT_MAX];

	if (pulse->beats == 0)
		return promise_say(held, BO_INCONCLUSIVE, "unavailable: nobody heard %s",
				   of->promised->heartbeat ? "the heartbeat"
							   : "a ready line or an answer");
	bo_ns limit = of->promised->unavailable;
	bo_ns gap = pulse->heard_gap > limit ? pulse->heard_gap : pulse->gap;

	(void)promise_say(held, BO_PASS,
			  "promised to be unavailable for at most %s, was for %lld ms",
			  bo_values_format(BO_DURATION, wanted, limit), (long long)(gap / BO_MS));
	if (pulse->heard_gap > limit)
		return BO_FAIL;
	if (pulse->gap > limit)
		return promise_say(held, BO_INCONCLUSIVE,
				   "unavailable: %lld ms passed without a heartbeat, but the "
				   "console was away for part of it",
				   (long long)(gap / BO_MS));
	return BO_PASS;
}

bool promise_asks_window(const struct bo_promises *promised)
{
	return promised->window > 0;
}

enum bo_verdict promise_hold_window(const struct bo_case *of, struct bo_held *held)
{
	const struct bo_pulse *pulse = &of->trial->pulse;
	char text[BO_VALUES_TEXT_MAX];

	if (pulse->offered_at == BO_NEVER)
		return promise_say(held, BO_INCONCLUSIVE, "window: the update was never begun");
	bo_ns took = pulse->over_at - pulse->offered_at;
	const char *wanted = bo_values_format(BO_DURATION, text, of->promised->window);

	if (pulse->over && took <= of->promised->window)
		return promise_say(held, BO_PASS, "promised to be over within %s, took %lld ms",
				   wanted, (long long)(took / BO_MS));
	if (pulse->was_blind)
		return promise_say(held, BO_INCONCLUSIVE,
				   "window: the console was away, and may have missed its end");
	return promise_say(held, BO_FAIL, "promised to be over within %s, %s %lld ms", wanted,
			   pulse->over ? "took" : "and was not after", (long long)(took / BO_MS));
}

/* ---- the lock ---- */

bool promise_asks_locked(const struct bo_promises *promised)
{
	return promised->locked;
}

enum bo_verdict promise_hold_locked(const struct bo_case *of, struct bo_held *held)
{
	static const enum bo_verdict verdicts[] = {
		[BO_LOCK_UNTRIED] = BO_INCONCLUSIVE,
		[BO_LOCK_UNKNOWN] = BO_INCONCLUSIVE,
		[BO_LOCK_HOLDS] = BO_PASS,
		[BO_LOCK_OPEN] = BO_FAIL,
	};
	const struct bo_lock *lock = &of->trial->lock;

	return promise_say(held, verdicts[lock->state], "%s%s",
			   lock->state == BO_LOCK_OPEN ? "promised to be locked, but " : "locked: ",
			   lock->state == BO_LOCK_UNTRIED ? "no probe tried" : lock->why);
}
