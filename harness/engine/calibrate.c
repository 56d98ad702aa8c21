#include "harness/engine/calibrate.h"

#include <errno.h>
#include <string.h>

#include "harness/engine/listener.h"

#define LOOK_NS BO_MS /* how often the sense input is asked */

struct session {
	struct bo_bench *bench;
	struct bo_loop *loop;
	const struct bo_target *target;
	struct bo_listener listener;
	struct bo_calibration result;
	bo_ns on_at;
	bool booted, named;
};

static bool is_among(const struct bo_conf_list *list, const char *text)
{
	const char *const *values = list->items;

	for (size_t i = 0; text && i < list->count; i++)
		if (strcmp(values[i], text) == 0)
			return true;
	return false;
}

static void heard_boot(void *ctx, const struct bo_listener_rule *rule, const struct bo_match *match,
		       bo_ns at)
{
	struct session *s = ctx;

	(void)rule;
	if (s->booted)
		return;
	s->booted = true;
	s->named = is_among(&s->target->power_causes, bo_match_text(match, "cause"));
	if (at - s->on_at > s->result.boot_ns)
		s->result.boot_ns = at - s->on_at;
}

static void received(void *ctx, bo_ns at, const uint8_t *data, size_t len)
{
	struct session *s = ctx;

	bo_listener_feed(&s->listener, at, data, len);
}

static bool has_booted(void *ctx)
{
	return ((struct session *)ctx)->booted;
}

/* Looks at the rail until it is as `wanted`, at most until `until`; *ret_at is when it was seen. */
static int await_rail(struct session *s, bool wanted, bo_ns until, bo_ns *ret_at,
		      struct bo_err *err)
{
	for (;;) {
		bool live;
		int rc = bo_power_sense(s->bench->power, &live, err);

		if (rc < 0)
			return bo_err_wrap(err, "sense input");
		if (live == wanted || bo_loop_now(s->loop) >= until) {
			*ret_at = bo_clock_stamp(s->loop->clock);
			return live == wanted;
		}
		rc = bo_loop_sleep_until(s->loop, bo_loop_now(s->loop) + LOOK_NS);
		if (rc < 0)
			return bo_err_set(err, rc, "interrupted");
	}
}

static void note_longest(bo_ns *longest, bo_ns duration)
{
	if (duration > *longest)
		*longest = duration;
}

static int go_on(struct session *s, struct bo_err *err)
{
	bo_ns patience = s->target->deadline.boot, at = 0;

	s->booted = s->named = false;
	bo_listener_break_line(&s->listener);
	int rc = bo_outputs_on(&s->bench->outputs, &s->on_at, err);

	if (rc == 0)
		rc = bo_bench_hold_break(s->bench, false, err);
	if (rc == 0 && s->result.has_sense) {
		rc = await_rail(s, true, s->on_at + patience, &at, err);
		if (rc > 0)
			note_longest(&s->result.live_ns, at - s->on_at);
	}
	if (rc < 0)
		return rc;
	rc = s->result.tells_boot
		     ? bo_loop_until(s->loop, has_booted, s, s->on_at + patience)
		     : bo_loop_sleep_until(s->loop, s->on_at + s->bench->outputs.settle_ns);
	return rc == -EINTR ? bo_err_set(err, rc, "interrupted") : 0;
}

static int go_off(struct session *s, struct bo_err *err)
{
	bo_ns off_at, at = 0;
	int dead = 0;
	int rc = bo_outputs_off(&s->bench->outputs, &off_at, err);

	if (rc == 0)
		rc = bo_bench_hold_break(s->bench, true, err);
	if (rc == 0)
		rc = bo_outputs_finish(&s->bench->outputs, err);
	if (rc == 0 && s->result.has_sense)
		rc = dead = await_rail(s, false, off_at + s->result.off_ns, &at, err);
	if (rc < 0)
		return rc;
	if (dead)
		note_longest(&s->result.dead_ns, at - off_at);
	s->result.dead += (unsigned)dead;
	rc = bo_loop_sleep_until(s->loop, off_at + s->result.off_ns);
	return rc < 0 ? bo_err_set(err, rc, "interrupted") : 0;
}

static int cycle(struct session *s, struct bo_err *err)
{
	int rc = go_off(s, err);

	if (rc == 0)
		rc = go_on(s, err);
	s->result.booted += s->booted;
	s->result.named += s->booted && s->named;
	return rc;
}

static void look_at_witnesses(struct session *s)
{
	const char *pattern = s->target->console.boot;

	s->result.has_sense = s->bench->power->ops->sense != NULL;
	s->result.tells_boot = s->bench->console && pattern;
	s->result.tells_cause = s->result.tells_boot && s->target->power_causes.count > 0;
	if (s->result.tells_boot)
		(void)bo_listener_add(
			&s->listener,
			&(struct bo_listener_rule){.pattern = pattern, .matched = heard_boot});
}

int bo_calibrate(struct bo_bench *bench, struct bo_loop *loop, const struct bo_target *target,
		 unsigned cycles, bo_ns off_ns, struct bo_calibration *ret, struct bo_err *err)
{
	static struct session session; /* a line of the console is large */
	struct session *s = &session;
	int rc;

	*s = (struct session){.bench = bench, .loop = loop, .target = target};
	s->listener.ctx = s;
	s->result.off_ns = off_ns;
	look_at_witnesses(s);
	if (!s->result.has_sense && !s->result.tells_boot)
		return bo_err_set(
			err, -EOPNOTSUPP,
			"neither a sense input nor boots on a console: nobody could tell");
	if (bench->console) {
		bench->console->rx = received;
		bench->console->ctx = s;
	}
	rc = go_on(s, err);
	s->result.live_ns = s->result.boot_ns = 0;
	for (; rc == 0 && s->result.cycles < cycles; s->result.cycles++)
		rc = cycle(s, err);
	if (bench->console)
		bench->console->rx = NULL;
	if (rc == 0)
		*ret = s->result;
	return rc;
}

bool bo_calibration_holds(const struct bo_calibration *c)
{
	return (!c->has_sense || c->dead == c->cycles) &&
	       (!c->tells_boot || c->booted == c->cycles) &&
	       (!c->tells_cause || c->named == c->cycles);
}
