#ifndef BO_HARNESS_ENGINE_PROMISES_H
#define BO_HARNESS_ENGINE_PROMISES_H

#include "harness/engine/conclude.h"

/* What came of a trial's promises. */
struct bo_held {
	enum bo_verdict verdict; /* pass, fail, or inconclusive: nobody could see */
	const char *key;	 /* of the promise that decided; NULL: all held */
	char why[320];		 /* promised and seen */
};

/* What is promised, in one line: "kept-old; then updated, resumed; watchdog". */
void bo_promises_describe(const struct bo_promises *promises, struct bo_buf *out);

/* Whether the promise of this key is among them. */
bool bo_promises_ask(const struct bo_promises *promises, const char *key);
/* The keys of all there are, in the order in which they are held; NULL behind the last. */
const char *bo_promises_key(size_t i);

/* Holds each promise of the scenario against what was found and writes a line of the journal about
 * it. The first that is broken decides, else the first that nobody could judge. */
void bo_promises_hold(struct bo_trial *trial, const struct bo_findings *findings,
		      struct bo_held *ret);

#endif
