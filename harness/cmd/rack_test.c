#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cmd/hands.h"
#include "harness/cmd/rack_state.h"
#include "harness/engine/calibrate.h"
#include "harness/engine/health.h"
#include "harness/engine/wiring.h"

#define OFF_MAX (10 * BO_S)

static void say_count(const char *what, bool is_there, unsigned count, unsigned cycles)
{
	if (is_there)
		(void)printf("  %-28s %u of %u\n", what, count, cycles);
}

static void say_longest(const char *what, bo_ns longest)
{
	if (longest > 0)
		(void)printf("  %-28s %lld.%03lld ms\n", what, (long long)(longest / BO_MS),
			     (long long)(longest / BO_US % 1000));
}

static void say(const struct bo_calibration *c)
{
	(void)printf("off for %lld ms, %u times\n", (long long)(c->off_ns / BO_MS), c->cycles);
	say_count("rail dead in time", c->has_sense, c->dead, c->cycles);
	say_count("a boot afterwards", c->tells_boot, c->booted, c->cycles);
	say_count("which says power-on", c->tells_cause, c->named, c->cycles);
	say_longest("off to rail dead, at most", c->dead_ns);
	say_longest("on to rail live, at most", c->live_ns);
	say_longest("on to the boot's first line", c->boot_ns);
	(void)fflush(stdout);
}

/* What to write in the rack file instead; false when nothing is wrong with it. */
static bool suggest(const struct bo_outputs *outputs, const struct bo_calibration *c)
{
	bool drain = c->off_ns > outputs->drain_ns, settle = c->live_ns > outputs->settle_ns;

	if (drain)
		(void)printf("`drain:` is too short; write drain: %lld ms\n",
			     (long long)(c->off_ns / BO_MS));
	if (settle)
		(void)printf("`settle:` is too short; write settle: %lld ms\n",
			     (long long)(2 * c->live_ns / BO_MS + 1));
	return drain || settle;
}

static int say_unnoticed(const struct bo_calibration *c)
{
	if (c->tells_boot && c->booted == 0)
		return cmd_fail(
			BO_EXIT_NO_VERDICT,
			"no boot was heard after any power-on: is there a firmware that boots, is "
			"it this board's console, at this speed, and does the switch reach this "
			"board's supply?");
	return cmd_fail(BO_EXIT_NO_VERDICT,
			"not every power-off was noticed, however long: does the switch reach the "
			"target's supply?");
}

static int conclude(const struct cmd_hands *hands, const struct bo_calibration *c)
{
	struct bo_err err = {0};

	if (!bo_calibration_holds(c))
		return say_unnoticed(c);
	if (suggest(&hands->bench.outputs, c))
		return BO_EXIT_NO_VERDICT;
	if (cmd_rack_state_write(&hands->chosen, c, &err) < 0)
		return cmd_fail_err(&err);
	if (bo_health_clear(hands->chosen.rack_path, hands->bench.conf->name, &err) < 0)
		return cmd_fail_err(&err);
	(void)printf("%s: calibrated\n", hands->bench.conf->name);
	return BO_EXIT_OK;
}

/* Longer and longer, until a power-off is noticed, and then until every one is. */
static int calibrate(struct cmd_hands *hands, const struct bo_target *target, unsigned cycles)
{
	struct bo_calibration c = {0};
	struct bo_err err = {0};
	bo_ns off = hands->bench.outputs.drain_ns;
	unsigned round = 1;
	int rc = bo_wiring_check(&hands->bench, &err);

	if (rc == 0)
		(void)printf("nobody answers while power is off\n");
	while (rc == 0 && off <= OFF_MAX) {
		rc = bo_calibrate(&hands->bench, &hands->loop, target, round, off, &c, &err);
		if (rc < 0)
			break;
		say(&c);
		bool noticed = bo_calibration_holds(&c);

		if (off == 0 || (noticed && round == cycles))
			break;
		round = noticed ? cycles : round;
		off *= noticed ? 1 : 2;
	}
	return rc < 0 ? cmd_fail_err(&err) : conclude(hands, &c);
}

static int with_target(struct cmd_hands *hands, unsigned cycles)
{
	struct bo_conf *conf;
	struct bo_target *target;
	int rc = cmd_hands_target(hands, &conf, &target);

	if (rc != 0)
		return rc;
	rc = calibrate(hands, target, cycles);
	bo_conf_free(conf);
	return rc;
}

int cmd_rack_test(const char *rack, const char *bench, int64_t cycles)
{
	struct cmd_hands_options options = {.rack = rack, .bench = bench};
	struct cmd_hands hands = {0};

	if (cycles < 1 || cycles > 1000)
		return cmd_fail(BO_EXIT_USAGE, "rack test: 1 to 1000 cycles");
	int rc = cmd_hands_open(&hands, &options);

	if (rc != 0)
		return rc;
	rc = with_target(&hands, (unsigned)cycles);
	cmd_hands_close(&hands);
	return rc;
}
