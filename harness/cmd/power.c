#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/cmd/hands.h"

static int set(struct cmd_hands *hands, bool on)
{
	struct bo_err err = {0};
	bo_ns asked = bo_clock_stamp(hands->loop.clock), done;

	if (bo_power_set(hands->bench.power, on, &done, &err) < 0)
		return cmd_fail_err(&err);
	hands->bench.power->keep = true;
	(void)printf("%s: power %s (acknowledged after %lld us)\n", hands->bench.conf->name,
		     on ? "on" : "off", (long long)((done - asked) / BO_US));
	return BO_EXIT_OK;
}

static int turn_on(struct cmd_hands *hands)
{
	return set(hands, true);
}

static int turn_off(struct cmd_hands *hands)
{
	return set(hands, false);
}

static int cycle(struct cmd_hands *hands)
{
	struct bo_err err = {0};
	int rc = set(hands, false);

	if (rc != BO_EXIT_OK)
		return rc;
	hands->bench.power->keep = false; /* off is a passage, not what was asked for */
	if (bo_loop_sleep_until(&hands->loop,
				bo_loop_now(&hands->loop) + hands->bench.power->drain_ns) < 0) {
		bo_err_set(&err, -EINTR, "interrupted while power was off");
		return cmd_fail_err(&err);
	}
	return set(hands, true);
}

static int get(struct cmd_hands *hands)
{
	struct bo_err err = {0};
	bool on, live;

	hands->bench.power->keep = true;
	if (bo_power_get(hands->bench.power, &on, &err) < 0)
		return cmd_fail_err(&err);
	int sensed = bo_power_sense(hands->bench.power, &live, &err);

	if (sensed < 0 && sensed != -EOPNOTSUPP)
		return cmd_fail_err(&err);
	(void)printf("%s: switch %s, rail %s\n", hands->bench.conf->name, on ? "on" : "off",
		     sensed < 0 ? "not sensed"
		     : live	? "live"
				: "dead");
	return BO_EXIT_OK;
}

static const struct {
	const char *name;
	int (*run)(struct cmd_hands *hands);
} verbs[] = {{"cycle", cycle}, {"get", get}, {"off", turn_off}, {"on", turn_on}};

int cmd_power(int argc, char **argv)
{
	struct cmd_hands_options options = {0};
	const struct cmd_option table[] = {
		CMD_HANDS_OPTIONS(&options),
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "power on|off|cycle|get [OPTION...]", table);
	struct cmd_hands hands = {0};

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	for (size_t i = 0; count == 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[0], verbs[i].name) != 0)
			continue;
		int rc = cmd_hands_open(&hands, &options);

		if (rc != 0)
			return rc;
		rc = verbs[i].run(&hands);
		cmd_hands_close(&hands);
		return rc;
	}
	return cmd_fail(BO_EXIT_USAGE, "power: say on, off, cycle or get");
}
