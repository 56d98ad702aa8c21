#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/proc.h"
#include "harness/cmd/cmd.h"

#define PATH_CAP 4096
#define DIRS_MAX 16

int cmd_rack_read(struct cmd_bench *bench, const char *rack_path)
{
	struct bo_buf report = {0};
	const char *path = rack_path ? rack_path : getenv("BROWNOUT_RACK");

	*bench = (struct cmd_bench){.rack_given = rack_path};
	if (!path)
		path = "rack.yaml";
	if (!realpath(path, bench->rack_path))
		return cmd_fail(BO_EXIT_USAGE,
				"rack file '%s': %s; name one with --rack or BROWNOUT_RACK", path,
				strerror(errno));
	if (bo_rack_read(path, &cmd_registry, &bench->rack_conf, &bench->rack, &report) < 0)
		return cmd_fail_report(&report);
	return 0;
}

int cmd_programs_verify(struct cmd_bench *bench)
{
	struct bo_buf report = {0};

	if (bo_programs_verify(bench->rack_conf, &bench->rack->programs, &report) == 0)
		return 0;
	cmd_bench_done(bench);
	return cmd_fail_report(&report);
}

int cmd_bench_read(struct cmd_bench *bench, const char *rack_path, const char *bench_name)
{
	struct bo_err err = {0};
	int rc = cmd_rack_read(bench, rack_path);

	if (rc == 0)
		rc = cmd_programs_verify(bench);
	if (rc != 0)
		return rc;
	bench->bench_given = bench_name;
	bench->bench = bo_rack_bench(bench->rack, bench_name, &err);
	if (bench->bench) {
		bench->benches[0] = bench->bench;
		bench->count = 1;
		return 0;
	}
	cmd_bench_done(bench);
	return cmd_fail_err(&err);
}

void cmd_bench_done(struct cmd_bench *bench)
{
	bo_conf_free(bench->rack_conf);
	*bench = (struct cmd_bench){0};
}

static const char *needed_program(const struct bo_rack_bench *bench)
{
	for (int role = 0; role < BO_ROLE_COUNT; role++) {
		const struct bo_driver *driver =
			bo_rack_driver(bo_rack_part(bench, (enum bo_role)role));

		if (driver && driver->program)
			return driver->program;
	}
	return NULL;
}

int cmd_bench_program(const struct cmd_bench *bench, char *out, size_t cap, struct bo_err *err)
{
	const char *program = needed_program(bench->bench);

	if (program)
		return bo_proc_helper(program, out, cap, err);
	ssize_t len = readlink("/proc/self/exe", out, cap - 1);

	if (len < 0)
		return bo_err_set(err, -errno, "/proc/self/exe: %s", strerror(errno));
	out[len] = '\0';
	return 0;
}

static char **given_argv;

void cmd_remember_argv(int argc, char **argv)
{
	given_argv = calloc((size_t)argc + 1, sizeof(*given_argv));
	if (!given_argv)
		abort();
	memcpy(given_argv, argv, (size_t)argc * sizeof(*given_argv));
}

void cmd_replay_command(const struct cmd_bench *bench, struct bo_buf *out)
{
	bo_buf_printf(out, "%s replay", given_argv[0]);
	if (bench->rack_given)
		bo_buf_printf(out, " --rack %s", bench->rack_given);
	if (bench->bench_given)
		bo_buf_printf(out, " --bench %s", bench->bench_given);
}

int cmd_become(const char *path)
{
	(void)execv(path, given_argv);
	return cmd_fail(BO_EXIT_NO_VERDICT, "cannot run %s: %s", path, strerror(errno));
}

int cmd_bench_become(const struct cmd_bench *bench)
{
	char program[PATH_CAP];
	struct bo_err err = {0};

	if (!needed_program(bench->bench))
		return 0;
	if (cmd_bench_program(bench, program, sizeof(program), &err) < 0)
		return cmd_fail(BO_EXIT_NO_VERDICT, "%s", bo_err_text(&err));
	return cmd_become(program);
}

const struct bo_library *cmd_library(void)
{
	static char text[3 * PATH_CAP];
	static const char *dirs[DIRS_MAX + 1];
	static struct bo_library library = {dirs};
	const char *path = getenv("BROWNOUT_PATH");
	char self[PATH_CAP] = ".";
	size_t count = 0;

	if (dirs[0])
		return &library;
	(void)bo_proc_self_dir(self, sizeof(self));
	(void)snprintf(text, sizeof(text), "%.4000s%sscenarios:%.4000s/../../scenarios:%s",
		       path ? path : "", path ? ":" : "", self, BO_SCENARIODIR);
	for (char *dir = strtok(text, ":"); dir && count < DIRS_MAX; dir = strtok(NULL, ":"))
		dirs[count++] = dir;
	return &library;
}
