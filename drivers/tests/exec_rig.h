#ifndef BO_DRIVERS_TESTS_EXEC_RIG_H
#define BO_DRIVERS_TESTS_EXEC_RIG_H

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "drivers/api/program.h"
#include "drivers/exec/exec.h"
#include "harness/engine/rack.h"
#include "harness/tests/scratch_dir.h"

/*
 * One program is granted, "tool": a shell script that the test writes. It runs in a folder of its
 * own, $D, where it may leave things.
 */
struct exec_rig {
	struct bo_programs programs;
	struct scratch dir;
	struct bo_clock clock;
	struct bo_loop loop;
	struct bo_driver_env env;
	struct bo_conf *conf;
	struct bo_buf report;
	struct bo_rack *rack;
};

static inline const char *exec_rig_refusal(const struct bo_programs *programs, const char *name)
{
	(void)programs;
	return strcmp(name, "tool") == 0 ? NULL : "not granted";
}

static inline int exec_rig_start(const struct bo_programs *programs,
				 const struct bo_program_call *call, struct bo_proc *ret,
				 struct bo_err *err)
{
	const struct exec_rig *rig = (const struct exec_rig *)programs;
	const char *argv[20] = {"sh", NULL};
	char script[128];

	snprintf(script, sizeof(script), "%s/tool", rig->dir.path);
	argv[1] = script;
	for (size_t i = 0; call->args[i]; i++) {
		cr_assert_lt(i, 16);
		argv[i + 2] = call->args[i];
	}
	return bo_proc_spawn(&(struct bo_proc_args){.argv = argv,
						    .pipe_in = call->pipe_in,
						    .pipe_out = true,
						    .pipe_err = true,
						    .line = call->line},
			     ret, err);
}

static inline void exec_rig_open(struct exec_rig *rig, const char *script)
{
	static const struct bo_programs_ops ops = {.refusal = exec_rig_refusal,
						   .start = exec_rig_start};

	*rig = (struct exec_rig){.programs = {.ops = &ops}, .dir = scratch_make()};
	scratch_write(&rig->dir, "tool", script);
	setenv("D", rig->dir.path, 1);
	bo_clock_real_init(&rig->clock);
	bo_loop_init(&rig->loop, &rig->clock);
	rig->env = (struct bo_driver_env){.loop = &rig->loop,
					  .bench = "b",
					  .run_dir = rig->dir.path,
					  .programs = &rig->programs};
}

static inline void exec_rig_close(struct exec_rig *rig)
{
	bo_conf_free(rig->conf);
	bo_buf_done(&rig->report);
	scratch_done(&rig->dir);
}

/* Reads a rack whose bench "b" has these roles, with "tool" granted; -EINVAL: see rig->report. */
static inline int exec_rig_read(struct exec_rig *rig, const char *roles)
{
	static const struct bo_driver *const drivers[] = {
		&bo_driver_exec_console, &bo_driver_exec_power, &bo_driver_exec_probe, NULL};
	static const struct bo_registry registry = {.drivers = drivers};
	char text[2048], path[128];

	snprintf(text, sizeof(text),
		 "brownout: 1\nprograms: {tool: {path: ./tool}}\nbenches:\n  b:\n    target: t\n%s",
		 roles);
	scratch_write(&rig->dir, "rack.yaml", text);
	snprintf(path, sizeof(path), "%s/rack.yaml", rig->dir.path);
	return bo_rack_read(path, &registry, &rig->conf, &rig->rack, &rig->report);
}

/* Opens the part that plays this role. */
static inline void *exec_rig_part(struct exec_rig *rig, enum bo_role role)
{
	const struct bo_rack_bench *bench = rig->rack->benches.items;
	const struct bo_conf_choice *choice = bo_rack_part(bench, role);
	struct bo_err err = {0};
	void *opened = NULL;

	cr_assert_eq(bo_rack_driver(choice)->open(&rig->env, choice->config, &opened, &err), 0,
		     "%s", err.text);
	return opened;
}

static inline void exec_rig_ready(struct exec_rig *rig, const char *script, const char *roles)
{
	exec_rig_open(rig, script);
	cr_assert_eq(exec_rig_read(rig, roles), 0, "%s", rig->report.data);
}

#endif
