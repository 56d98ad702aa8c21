#ifndef BO_HARNESS_ENGINE_WISH_H
#define BO_HARNESS_ENGINE_WISH_H

#include "harness/base/err.h"

/*
 * Who waits for a bench, and how urgently: a shared lock on a file for each priority, beside the
 * lease's. The kernel releases it when who waits dies, so that no wish outlives its owner. A run
 * that holds a bench hands it over at its next trial boundary to a wish above its own priority, and
 * nobody takes a bench past a more urgent wish.
 */
#define BO_PRIORITY_MAX 9

struct bo_wish {
	int fd; /* -1: none */
	char path[4096];
};

#define BO_WISH_NONE ((struct bo_wish){.fd = -1})

/*
 * At 0, the usual priority, there is nobody to ask: makes none. Who waits calls this again and
 * again: another one with the same wish, who is done waiting, takes the file away.
 */
int bo_wish_make(struct bo_wish *wish, const char *rack, const char *bench, unsigned priority,
		 struct bo_err *err);
void bo_wish_drop(struct bo_wish *wish);

/* The highest priority above this one with which somebody waits; 0: nobody does. */
unsigned bo_wish_above(const char *rack, const char *bench, unsigned priority);

#endif
