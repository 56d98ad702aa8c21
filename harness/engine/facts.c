#include "harness/engine/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/engine/trial_state.h"

void facts_begin(struct bo_trial *trial)
{
	struct bo_facts *facts = &trial->facts;

	pulse_begin(trial);
	facts->frozen = facts->unheard = facts->causes_lost = facts->told = false;
	facts->boots = facts->power_ons = 0;
	facts->causes = 0;
	facts->slowest = 0;
	facts->on_since = BO_NEVER;
}

void facts_freeze(struct bo_trial *trial)
{
	if (!trial->facts.frozen)
		trial->facts.unheard = trial->facts.unheard || trial->unheard;
	pulse_close(trial);
	trial->facts.frozen = true;
}

void facts_free(struct bo_trial *trial)
{
	for (size_t i = 0; i < trial->facts.watching; i++)
		free(trial->facts.watched[i].before);
	trial->facts.watching = 0;
}

static void end_wait(struct bo_facts *facts, bo_ns at)
{
	bo_ns took = at - facts->on_since;

	if (facts->on_since == BO_NEVER)
		return;
	facts->on_since = BO_NEVER;
	facts->power_ons++;
	if (took > facts->slowest)
		facts->slowest = took;
}

void facts_power_on(struct bo_trial *trial, bo_ns at)
{
	if (trial->facts.frozen)
		return;
	trial->facts.boots = trial->boots;
	trial->facts.on_since = at;
}

void facts_power_off(struct bo_trial *trial, bo_ns at, bool cut)
{
	if (trial->facts.frozen)
		return;
	if (!cut)
		end_wait(&trial->facts, at);
	trial->facts.on_since = BO_NEVER;
}

void facts_boot(struct bo_trial *trial, const char *cause)
{
	struct bo_facts *facts = &trial->facts;

	if (facts->frozen)
		return;
	facts->boots = trial->boots;
	if (!cause)
		return;
	for (size_t i = 0; i < facts->causes; i++)
		if (strcmp(facts->cause[i], cause) == 0)
			return;
	if (facts->causes == BO_FACT_CAUSES_MAX ||
	    !bo_str_copy(facts->cause[facts->causes++], sizeof(facts->cause[0]), cause))
		facts->causes_lost = true;
}

void facts_ready(struct bo_trial *trial)
{
	if (trial->facts.frozen)
		return;
	trial->facts.unheard = trial->facts.unheard || trial->unheard;
	end_wait(&trial->facts, bo_loop_now(trial->loop));
}

/* ---- flash ---- */

static bool is_watched(const struct bo_promises *promises, const char *name)
{
	if (bo_conf_list_has(&promises->kept, name))
		return true;
	return promises->untouched_outside.count > 0 &&
	       !bo_conf_list_has(&promises->untouched_outside, name);
}

static int keep_range(struct bo_trial *trial, const struct bo_range *range, struct bo_err *err)
{
	struct bo_facts *facts = &trial->facts;
	uint8_t *before = malloc((size_t)range->size);

	if (!before || facts->watching == BO_RANGES_MAX) {
		free(before);
		return bo_err_set(err, -ENOMEM, "no room to keep range '%s'", range->name);
	}
	facts->watched[facts->watching++] =
		(struct bo_watched_range){.range = range, .before = before};
	return bo_flash_read(trial->bench->flash, (uint32_t)range->at, before, (size_t)range->size,
			     err);
}

int facts_keep_flash(struct bo_trial *trial, struct bo_err *err)
{
	const struct bo_range *ranges = trial->target->layout.items;
	int rc = 0;

	if (trial->facts.frozen)
		return 0;
	facts_free(trial);
	for (size_t i = 0; rc == 0 && i < trial->target->layout.count; i++)
		if (is_watched(&trial->scenario->promises, ranges[i].name))
			rc = keep_range(trial, &ranges[i], err);
	return rc;
}

void facts_flashed(struct bo_trial *trial, const struct bo_range_content *content)
{
	for (size_t i = 0; i < trial->facts.watching; i++)
		if (trial->facts.watched[i].range == content->range)
			memcpy(trial->facts.watched[i].before, content->data,
			       (size_t)content->range->size);
}

static int find_difference(struct bo_trial *trial, struct bo_watched_range *watched,
			   struct bo_err *err)
{
	size_t size = (size_t)watched->range->size, at = 0;
	uint8_t *now = malloc(size);

	if (!now)
		return bo_err_set(err, -ENOMEM, "out of memory");
	int rc = bo_flash_read(trial->bench->flash, (uint32_t)watched->range->at, now, size, err);

	while (rc == 0 && at < size && now[at] == watched->before[at])
		at++;
	watched->changed = rc == 0 && at < size;
	if (watched->changed) {
		watched->first = (uint32_t)(watched->range->at + (int64_t)at);
		watched->was = watched->before[at];
		watched->is = now[at];
	}
	free(now);
	return rc;
}

static int compare_range(struct bo_trial *trial, struct bo_watched_range *watched,
			 struct bo_err *err)
{
	const struct bo_range *range = watched->range;
	bool equal = false;
	int rc = bo_flash_matches(trial->bench->flash, (uint32_t)range->at, watched->before,
				  (size_t)range->size, &equal, err);

	if (rc == 0 && !equal)
		rc = find_difference(trial, watched, err);
	if (rc < 0)
		return bo_err_wrap(err, "range '%s'", range->name);
	watched->compared = true;
	trial_note(trial, "kept", "s:s, s:b, s:I", "range", range->name, "unchanged",
		   !watched->changed, "first", (json_int_t)watched->first);
	return 0;
}

int facts_compare_flash(struct bo_trial *trial, struct bo_err *err)
{
	struct bo_facts *facts = &trial->facts;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < facts->watching; i++)
		if (!facts->watched[i].compared)
			rc = compare_range(trial, &facts->watched[i], err);
	return rc;
}
