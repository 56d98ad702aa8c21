#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/cmd/hands.h"

static int set(struct cmd_hands *hands, bool on)
{
	struct bo_err err = {0};
	struct bo_outputs *outputs = &hands->bench.outputs;
	bo_ns asked = bo_clock_stamp(hands->loop.clock), done;
	int rc = on ? bo_outputs_on(outputs, &done, &err) : bo_outputs_off(outputs, &done, &err);

	if (rc == 0 && !on)
		rc = bo_outputs_finish(outputs, &err);
	if (rc < 0)
		return cmd_fail_err(&err);
	bo_outputs_keep(outputs, true);
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
	bo_outputs_keep(&hands->bench.outputs,
			false); /* off is a passage, not what was asked for */
	if (bo_loop_sleep_until(&hands->loop,
				bo_loop_now(&hands->loop) + hands->bench.outputs.drain_ns) < 0) {
		bo_err_set(&err, -EINTR, "interrupted while power was off");
		return cmd_fail_err(&err);
	}
	return set(hands, true);
}

static int get_others(struct cmd_hands *hands)
{
	const struct bo_outputs *outputs = &hands->bench.outputs;
	struct bo_err err = {0};
	bool on;

	for (size_t i = 1; i < outputs->count; i++) {
		if (bo_power_get(outputs->list[i].power, &on, &err) < 0) {
			bo_err_wrap(&err, "output '%s'", outputs->list[i].name);
			return cmd_fail_err(&err);
		}
		(void)printf("  %s: %s\n", outputs->list[i].name, on ? "on" : "off");
	}
	return BO_EXIT_OK;
}

static int get(struct cmd_hands *hands)
{
	struct bo_err err = {0};
	bool on, live;

	bo_outputs_keep(&hands->bench.outputs, true);
	if (bo_power_get(hands->bench.power, &on, &err) < 0)
		return cmd_fail_err(&err);
	int sensed = bo_power_sense(hands->bench.power, &live, &err);

	if (sensed < 0 && sensed != -EOPNOTSUPP)
		return cmd_fail_err(&err);
	(void)printf("%s: switch %s, rail %s\n", hands->bench.conf->name, on ? "on" : "off",
		     sensed < 0 ? "not sensed"
		     : live	? "live"
				: "dead");
	return get_others(hands);
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
