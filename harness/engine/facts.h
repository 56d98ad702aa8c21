#ifndef BO_HARNESS_ENGINE_FACTS_H
#define BO_HARNESS_ENGINE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/base/clock.h"
#include "harness/engine/images.h"

/*
 * What promises beyond the outcome are held against: gathered from the first power-on of a trial
 * until its outcome stands, and not during a second update or when the bench is cleared.
 */
#define BO_FACT_CAUSES_MAX 16

/* A flash range that must not change. */
struct bo_watched_range {
	const struct bo_range *range;
	uint8_t *before; /* range->size bytes */
	bool compared, changed;
	uint32_t first; /* address of the first byte that differs */
	uint8_t was, is;
};

struct bo_facts {
	bool frozen;
	unsigned boots;
	char cause[BO_FACT_CAUSES_MAX][32]; /* that boots announced, each once */
	size_t causes;
	bool causes_lost; /* there were more */
	bool unheard;	  /* the console was away when one may have been announced */
	/* Of the power-ons that no cut of the schedule ended before: how long the slowest took to
	 * the ready line, or for how long there was none. */
	bo_ns on_since; /* BO_NEVER: nothing is awaited */
	bo_ns slowest;
	unsigned power_ons; /* that count */
	/* The target's own word about what runs, by the update protocol. */
	bool told;
	char told_version[32];
	struct bo_watched_range watched[BO_RANGES_MAX];
	size_t watching;
};

struct bo_trial;
struct bo_err;

/* The schedule is armed: what came before does not count. */
void facts_begin(struct bo_trial *trial);
void facts_freeze(struct bo_trial *trial);
void facts_free(struct bo_trial *trial);
void facts_power_on(struct bo_trial *trial, bo_ns at);
/* `cut`: by the schedule. */
void facts_power_off(struct bo_trial *trial, bo_ns at, bool cut);
void facts_boot(struct bo_trial *trial, const char *cause);
void facts_ready(struct bo_trial *trial);
/* The probe is attached: flash is as the trial begins with it; and as it was left. */
int facts_keep_flash(struct bo_trial *trial, struct bo_err *err);
/* A step has written a range on purpose. */
void facts_flashed(struct bo_trial *trial, const struct bo_range_content *content);
int facts_compare_flash(struct bo_trial *trial, struct bo_err *err);

#endif
