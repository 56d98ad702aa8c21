#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "harness/engine/trial_state.h"

/*
 * A production board is to be locked: whoever connects a probe is refused. That is tried, not
 * believed, and a probe that is broken is refused as well. So a lock holds when the target itself
 * says no (-EPERM), or when it says who it is, then keeps its flash from being read and from being
 * written, and says who it is again. What is written are the bytes that should be there.
 */
static void conclude(struct bo_trial *trial, enum bo_lock_state state, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void conclude(struct bo_trial *trial, enum bo_lock_state state, const char *fmt, ...)
{
	static const char *const names[] = {
		[BO_LOCK_UNKNOWN] = "unknown", [BO_LOCK_HOLDS] = "holds", [BO_LOCK_OPEN] = "open"};
	va_list args;

	trial->lock.state = state;
	va_start(args, fmt);
	(void)vsnprintf(trial->lock.why, sizeof(trial->lock.why), fmt, args);
	va_end(args);
	trial_note(trial, "lock", "s:s, s:s", "state", names[state], "why", trial->lock.why);
}

/* The boot loader, as the baseline has it; NULL: the baseline says nothing of it. */
static const struct bo_range_content *boot_loader(const struct bo_trial *trial)
{
	for (size_t i = 0; i < trial->images->count; i++)
		if (trial->images->content[i].range->use == BO_RANGE_OTHER)
			return &trial->images->content[i];
	return NULL;
}

static bool can_read(struct bo_trial *trial, struct bo_flash *probe)
{
	const struct bo_range *range = bo_target_range_used_for(trial->target, BO_RANGE_RUNNING);
	struct bo_err ignored = {0};
	uint8_t data[64];

	return bo_flash_read(probe, (uint32_t)range->at, data, sizeof(data), &ignored) == 0;
}

static bool can_write(struct bo_trial *trial, struct bo_flash *probe)
{
	const struct bo_range_content *content = boot_loader(trial);
	struct bo_err ignored = {0};

	return content && bo_flash_program(probe, (uint32_t)content->range->at, content->data,
					   (size_t)trial->target->flash.page, &ignored) == 0;
}

static bool is_ours(const struct bo_trial *trial, const struct bo_flash_id *id)
{
	const char *expected = trial->bench->conf->identity.uid;

	return !expected || strcasecmp(expected, id->uid) == 0;
}

static void try_flash(struct bo_trial *trial, struct bo_flash *probe)
{
	struct bo_err ignored = {0};
	struct bo_flash_id id = {0};

	if (can_read(trial, probe)) {
		conclude(trial, BO_LOCK_OPEN, "the probe read its flash");
		return;
	}
	if (can_write(trial, probe)) {
		conclude(trial, BO_LOCK_OPEN, "the probe wrote its boot loader");
		return;
	}
	(void)bo_flash_detach(probe, &ignored);
	if (bo_flash_attach(probe, &id, &ignored) == 0)
		conclude(trial, BO_LOCK_HOLDS,
			 "the target tells the probe who it is, and nothing else");
	else
		conclude(trial, BO_LOCK_UNKNOWN,
			 "the target answers the probe no more: that may be the probe");
}

void lock_try(struct bo_trial *trial)
{
	struct bo_flash *probe = trial->bench->locked_out;
	struct bo_err err = {0}, ignored = {0};
	struct bo_flash_id id = {0};

	if (!trial->scenario->promises.locked || trial->lock.state != BO_LOCK_UNTRIED || !probe)
		return;
	trial->deaf = true;
	int rc = bo_flash_attach(probe, &id, &err);

	if (rc == -EPERM)
		conclude(trial, BO_LOCK_HOLDS, "the target refuses the probe");
	else if (rc < 0)
		conclude(trial, BO_LOCK_UNKNOWN, "the probe did not reach the target: %.100s",
			 bo_err_text(&err));
	else if (!is_ours(trial, &id))
		conclude(trial, BO_LOCK_UNKNOWN, "another board answers the probe: %.40s", id.uid);
	else
		try_flash(trial, probe);
	(void)bo_flash_detach(probe, &ignored);
}

void lock_is_open(struct bo_trial *trial)
{
	if (trial->scenario->promises.locked && trial->lock.state == BO_LOCK_UNTRIED)
		conclude(trial, BO_LOCK_OPEN, "the probe read its flash");
}
