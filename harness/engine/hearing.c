#include <errno.h>
#include <string.h>

#include "harness/engine/steps.h"

/* What the console says: boots, ready applications, deaths, and the scenario's own points. */

static void heard_boot(void *ctx, const struct bo_listener_rule *rule, const struct bo_match *match,
		       bo_ns at)
{
	struct bo_trial *trial = ctx;
	const char *cause = bo_match_text(match, "cause");
	const char *boots = bo_match_text(match, "boots");
	bool new_boot = !trial->power_edge;
	bool dipped = new_boot && dip_hear_boot(trial, cause);
	bool kicked = new_boot && !dipped && reset_hear_boot(trial, cause);
	bool ordered = new_boot && !dipped && !kicked && trial->reset_asked;

	(void)rule;
	if (new_boot) {
		trial->boots++;
		if (!trial->reset_asked && !kicked)
			trial->seen.unordered_boots++;
	}
	facts_boot(trial, cause);
	trial->power_edge = trial->reset_asked = trial->dead = false;
	trial->seen.ready = trial->seen.waits_for_image = false;
	trial_note(trial, "boot", "s:i, s:s, s:s, s:b", "n", (int)trial->boots, "cause",
		   cause ? cause : "", "boots", boots ? boots : "", "unordered",
		   trial->seen.unordered_boots > 0);
	witness_hear_boot(trial, cause, bo_match_text(match, "ram"), ordered);
	if (new_boot)
		(void)bo_injector_point(&trial->injector, "boot", trial->boots, at);
}

static void note_version(struct bo_trial *trial, const char *version)
{
	if (trial->update_ordered && strcmp(version, trial->offer->identity.version) == 0)
		trial->seen.new_ran = true;
}

static void heard_start(void *ctx, const struct bo_listener_rule *rule,
			const struct bo_match *match, bo_ns at)
{
	struct bo_trial *trial = ctx;
	const char *version = bo_match_text(match, "version");

	(void)rule;
	(void)at;
	trial_note(trial, "start", "s:s", "version", version ? version : "");
	note_version(trial, version ? version : "");
}

static void heard_ready(void *ctx, const struct bo_listener_rule *rule,
			const struct bo_match *match, bo_ns at)
{
	struct bo_trial *trial = ctx;
	const char *version = bo_match_text(match, "version");

	(void)rule;
	(void)at;
	/* Its boot may have announced itself to nobody. */
	if (trial->unheard)
		witness_miss_boot(trial);
	else
		witness_hear_ready(trial);
	hearing_know_ready(trial, version ? version : "", false);
	blind_answered(trial);
}

void hearing_know_ready(struct bo_trial *trial, const char *version, bool asked)
{
	trial->seen.ready = true;
	reset_hear_ready(trial);
	facts_ready(trial);
	pulse_sign(trial);
	trial->dip.felt = trial->reset.felt = false;
	trial->unheard = trial->power_edge = false;
	(void)bo_str_copy(trial->seen.version, sizeof(trial->seen.version), version);
	trial->seen.waits_for_image = false;
	note_version(trial, trial->seen.version);
	if (asked)
		trial_note(trial, "ready", "s:s, s:b", "version", trial->seen.version, "asked", 1);
	else
		trial_note(trial, "ready", "s:s", "version", trial->seen.version);
}

static void heard_death(void *ctx, const struct bo_listener_rule *rule,
			const struct bo_match *match, bo_ns at)
{
	struct bo_trial *trial = ctx;

	(void)match;
	(void)at;
	trial->dead = true;
	trial_note(trial, "dead", "s:s", "pattern", rule->pattern);
}

/* Nothing more will come by itself: as good as dead, until somebody sends an image. */
static void heard_recovery(void *ctx, const struct bo_listener_rule *rule,
			   const struct bo_match *match, bo_ns at)
{
	struct bo_trial *trial = ctx;

	(void)rule;
	(void)match;
	(void)at;
	trial->seen.waits_for_image = trial->dead = true;
	trial_note(trial, "recovery", "s:s", "text", "waits for an image");
}

/* Before anything was asked of it, it may be speaking of an earlier upload. */
static void heard_refusal(void *ctx, const struct bo_listener_rule *rule,
			  const struct bo_match *match, bo_ns at)
{
	struct bo_trial *trial = ctx;
	const char *reason = bo_match_text(match, "reason");

	(void)rule;
	(void)at;
	if (trial->update_ordered)
		refusal_note(trial, "boot", reason ? reason : "");
}

static void heard_heartbeat(void *ctx, const struct bo_listener_rule *rule,
			    const struct bo_match *match, bo_ns at)
{
	(void)rule;
	(void)match;
	(void)at;
	pulse_heartbeat(ctx);
}

static void heard_point(void *ctx, const struct bo_listener_rule *rule,
			const struct bo_match *match, bo_ns at)
{
	struct bo_trial *trial = ctx;

	(void)match;
	trial_note(trial, "point", "s:s, s:I", "name", rule->name, "n", (json_int_t)rule->count);
	(void)bo_injector_point(&trial->injector, rule->name, rule->count, at);
}

static void received(void *ctx, bo_ns at, const uint8_t *data, size_t len)
{
	struct bo_trial *trial = ctx;

	bo_record_console(trial->record, trial_time(trial, at), data, len);
	if (trial->deaf)
		return;
	witness_hear_bytes(trial, at);
	bo_listener_feed(&trial->listener, at, data, len);
	if (!trial->args->protocol->datagrams)
		session_feed(trial, at, data, len);
}

static void line_lost(void *ctx, bo_ns at, const struct bo_err *why)
{
	struct bo_trial *trial = ctx;

	if (trial->bench->console->vanishes) {
		blind_lost(trial, at, why);
		return;
	}
	if (trial->broken.code)
		return;
	trial->broken = *why;
	(void)bo_err_wrap(&trial->broken, "console");
}

static void line_back(void *ctx, bo_ns at, const char *port)
{
	blind_back(ctx, at, port);
}

static bool add_rules(struct bo_trial *trial)
{
	struct bo_listener *listener = &trial->listener;
	const char *const *dead = trial->target->console.dead.items;
	const char *const *refused = trial->target->console.refused.items;
	const struct bo_named_point *points = trial->scenario->points.items;
	const struct bo_listener_rule single[] = {
		{.pattern = trial->target->console.boot, .matched = heard_boot},
		{.pattern = trial->target->console.start, .matched = heard_start},
		{.pattern = trial->target->console.ready, .matched = heard_ready},
		{.pattern = trial->target->console.recovery, .matched = heard_recovery},
		{.pattern = trial->scenario->promises.heartbeat, .matched = heard_heartbeat},
	};
	bool fits = true;

	for (size_t i = 0; fits && i < sizeof(single) / sizeof(single[0]); i++)
		fits = !single[i].pattern || bo_listener_add(listener, &single[i]);
	for (size_t i = 0; fits && i < trial->target->console.dead.count; i++)
		fits = bo_listener_add(
			listener,
			&(struct bo_listener_rule){.pattern = dead[i], .matched = heard_death});
	for (size_t i = 0; fits && i < trial->target->console.refused.count; i++)
		fits = bo_listener_add(listener,
				       &(struct bo_listener_rule){.pattern = refused[i],
								  .matched = heard_refusal});
	for (size_t i = 0; fits && i < trial->scenario->points.count; i++)
		fits = bo_listener_add(listener,
				       &(struct bo_listener_rule){.pattern = points[i].console,
								  .name = points[i].name,
								  .matched = heard_point});
	return fits && steps_listen(trial);
}

int hearing_open(struct bo_trial *trial, struct bo_err *err)
{
	struct bo_console *console = trial->bench->console;

	if (!console)
		return bo_err_set(err, -EOPNOTSUPP,
				  "this bench has no console, and this target is driven by it");
	trial->listener = (struct bo_listener){.ctx = trial};
	if (!add_rules(trial))
		return bo_err_set(err, -EINVAL, "more than %d console patterns",
				  BO_LISTENER_PATTERNS_MAX);
	console->rx = received;
	console->lost = line_lost;
	console->back = line_back;
	console->ctx = trial;
	blind_open(trial);
	return bo_console_flush(console, err);
}

void hearing_close(struct bo_trial *trial)
{
	if (!trial->bench->console)
		return;
	trial->bench->console->rx = NULL;
	trial->bench->console->lost = NULL;
	trial->bench->console->back = NULL;
}

void hearing_expect_boot(struct bo_trial *trial)
{
	trial->seen.ready = false;
	trial->dead = trial->deaf = trial->seen.waits_for_image = false;
	bo_listener_break_line(&trial->listener);
}

static bool is_ready(struct bo_trial *trial)
{
	return trial->seen.ready;
}

int hearing_wait_ready(struct bo_trial *trial, bo_ns patience, struct bo_err *err)
{
	if (trial->bench->console->vanishes)
		return blind_wait_ready(trial, patience, err);
	return trial_wait(trial, is_ready, bo_loop_now(trial->loop) + patience, err);
}
