#ifndef BO_HARNESS_ENGINE_PROMISES_PARTS_H
#define BO_HARNESS_ENGINE_PROMISES_PARTS_H

#include "harness/engine/promises.h"
#include "harness/engine/trial_state.h"

/* What the files about promises share; private to the engine. */
struct bo_case {
	const struct bo_trial *trial;
	const struct bo_promises *promised;
	const struct bo_findings *found;
	const struct bo_facts *facts;
};

/* Fills `why` and returns the verdict. */
enum bo_verdict promise_say(struct bo_held *held, enum bo_verdict verdict, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool promise_is_worse(enum bo_verdict a, enum bo_verdict b);

/* ---- promises_seen.c: what is watched besides console and flash ---- */
bool promise_asks_never_high(const struct bo_promises *promised);
bool promise_asks_unavailable(const struct bo_promises *promised);
bool promise_asks_window(const struct bo_promises *promised);
bool promise_asks_locked(const struct bo_promises *promised);
enum bo_verdict promise_hold_never_high(const struct bo_case *of, struct bo_held *held);
enum bo_verdict promise_hold_unavailable(const struct bo_case *of, struct bo_held *held);
enum bo_verdict promise_hold_window(const struct bo_case *of, struct bo_held *held);
enum bo_verdict promise_hold_locked(const struct bo_case *of, struct bo_held *held);

#endif
