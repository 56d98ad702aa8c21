#include "harness/engine/bench.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The first bytes of the unique id of every stand-in spell "BOV". */
#define STAND_IN_UID "424F56"

static const struct {
	enum bo_role role;
	const char *name;
	size_t slot;
} openings[] = {
	{BO_ROLE_CONSOLE, "console", offsetof(struct bo_bench, console)},
	{BO_ROLE_PROBE, "probe", offsetof(struct bo_bench, flash)},
	{BO_ROLE_RESET, "reset", offsetof(struct bo_bench, reset)},
	{BO_ROLE_NETWORK, "network", offsetof(struct bo_bench, network)},
};

#define OPENINGS (sizeof(openings) / sizeof(openings[0]))

static int open_role(struct bo_bench *bench, size_t i, struct bo_err *err)
{
	const struct bo_conf_choice *choice = bo_rack_part(bench->conf, openings[i].role);
	void *opened;

	if (!choice)
		return 0;
	const struct bo_driver *driver = bo_rack_driver(choice);
	int rc = driver->open(&bench->env, choice->config, &opened, err);

	if (rc < 0)
		return bo_err_wrap(err, "bench '%s': %s (%s)", bench->conf->name, openings[i].name,
				   driver->name);
	memcpy((char *)bench + openings[i].slot, &opened, sizeof(opened));
	return 0;
}

static int open_output(struct bo_bench *bench, const struct bo_conf_named_choice *part,
		       struct bo_err *err)
{
	const struct bo_driver *driver = bo_rack_driver(&part->choice);
	char named[80] = "power";
	void *opened;
	int rc = driver->open(&bench->env, part->choice.config, &opened, err);

	if (bench->outputs.count > 0)
		(void)snprintf(named, sizeof(named), "power '%.60s'", part->name);
	if (rc < 0)
		return bo_err_wrap(err, "bench '%s': %s (%s)", bench->conf->name, named,
				   driver->name);
	bo_outputs_add(&bench->outputs, part->name, opened);
	bench->power = bench->outputs.list[0].power;
	return 0;
}

static int open_outputs(struct bo_bench *bench, struct bo_err *err)
{
	const struct bo_conf_named_choice *parts = bench->conf->power.items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < bench->conf->power.count; i++)
		rc = open_output(bench, &parts[i], err);
	return rc;
}

static int open_inputs(struct bo_bench *bench, struct bo_err *err)
{
	const struct bo_conf_named_choice *parts = bench->conf->inputs.items;

	for (size_t i = 0; i < bench->conf->inputs.count; i++) {
		const struct bo_driver *driver = bo_rack_driver(&parts[i].choice);
		void *opened;
		int rc = driver->open(&bench->env, parts[i].choice.config, &opened, err);

		if (rc < 0)
			return bo_err_wrap(err, "bench '%s': input '%.60s' (%s)", bench->conf->name,
					   parts[i].name, driver->name);
		bench->inputs[bench->input_count++] =
			(struct bo_bench_input){parts[i].name, opened};
	}
	return 0;
}

/* What only a probe that is let in can do. */
#define OF_A_PROBE ((unsigned)(BO_CAP_START_STATE | BO_CAP_PROBE_RESET))

static unsigned caps_of(const struct bo_conf_choice *choice)
{
	const struct bo_driver *driver = bo_rack_driver(choice);

	if (!driver)
		return 0;
	return driver->caps | (driver->able ? driver->able(choice->config) : 0);
}

unsigned bo_bench_caps(const struct bo_rack_bench *conf)
{
	const struct bo_conf_named_choice *inputs = conf->inputs.items;
	unsigned caps = caps_of(bo_rack_part(conf, BO_ROLE_POWER));

	for (size_t i = 0; i < OPENINGS; i++)
		caps |= caps_of(bo_rack_part(conf, openings[i].role));
	for (size_t i = 0; i < conf->inputs.count; i++)
		caps |= caps_of(&inputs[i].choice);
	if (conf->production)
		caps = (caps & ~OF_A_PROBE) |
		       (caps & BO_CAP_START_STATE ? (unsigned)BO_CAP_LOCK : 0);
	return caps;
}

int bo_bench_open(struct bo_bench *bench, const struct bo_rack_bench *conf, struct bo_loop *loop,
		  const char *run_dir, uint64_t seed, struct bo_err *err)
{
	*bench = (struct bo_bench){
		.conf = conf,
		.env = {.loop = loop, .bench = conf->name, .run_dir = run_dir, .seed = seed},
		.caps = bo_bench_caps(conf),
	};
	bo_granted_init(&bench->granted, conf->programs);
	bench->env.programs = &bench->granted.programs;
	bo_outputs_init(&bench->outputs, loop);
	int rc = open_outputs(bench, err);

	for (size_t i = 0; rc == 0 && i < OPENINGS; i++)
		rc = open_role(bench, i, err);
	if (rc == 0)
		rc = open_inputs(bench, err);
	if (conf->production) {
		bench->locked_out = bench->flash;
		bench->flash = NULL;
	}
	if (rc < 0)
		bo_bench_close(bench);
	return rc;
}

void bo_bench_close(struct bo_bench *bench)
{
	while (bench->input_count > 0)
		bo_input_close(bench->inputs[--bench->input_count].input);
	bo_net_close(bench->network);
	bo_line_close(bench->reset);
	bo_flash_close(bench->flash);
	bo_flash_close(bench->locked_out);
	bo_console_close(bench->console);
	bo_outputs_close(&bench->outputs);
	*bench = (struct bo_bench){0};
}

int bo_bench_hold_break(const struct bo_bench *bench, bool on, struct bo_err *err)
{
	struct bo_err why = {0};
	int rc = bench->console ? bo_console_hold_break(bench->console, on, err) : 0;
	int too = bench->network ? bo_net_hold_break(bench->network, on, &why) : 0;

	if (rc < 0 || too == 0)
		return rc;
	return bo_err_set(err, too, "network: %s", bo_err_text(&why));
}

int bo_bench_attach(struct bo_bench *bench, struct bo_flash_id *ret, struct bo_err *err)
{
	const char *expected = bench->conf->identity.uid;
	int rc = bo_flash_attach(bench->flash, ret, err);

	if (rc < 0)
		return rc;
	bench->is_virtual = strncmp(ret->uid, STAND_IN_UID, strlen(STAND_IN_UID)) == 0;
	if (expected && strcasecmp(expected, ret->uid) != 0)
		return bo_err_set(
			err, -EXDEV,
			"the wrong board answers: its unique id is %s, the rack file says %s",
			ret->uid, expected);
	return 0;
}
