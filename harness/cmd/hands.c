#include "harness/cmd/hands.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int make_scratch(struct cmd_hands *hands)
{
	const char *tmp = getenv("TMPDIR");
	int len = snprintf(hands->scratch, sizeof(hands->scratch), "%s/brownout-XXXXXX",
			   tmp && tmp[0] == '/' ? tmp : "/tmp");

	if (len >= (int)sizeof(hands->scratch))
		return cmd_fail(BO_EXIT_NO_VERDICT, "TMPDIR is too long: %s", tmp);
	if (mkdtemp(hands->scratch))
		return 0;
	return cmd_fail(BO_EXIT_NO_VERDICT, "%s: %s", hands->scratch, strerror(errno));
}

static void remove_scratch(const char *path)
{
	DIR *dir = opendir(path);

	if (!dir)
		return;
	for (struct dirent *entry; (entry = readdir(dir));)
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	(void)closedir(dir);
	(void)rmdir(path);
}

static void start_clock(struct cmd_hands *hands)
{
	if (bo_bench_caps(hands->chosen.bench) & BO_CAP_VIRTUAL_TIME) {
		bo_clock_virtual_init(&hands->virtual_clock);
		bo_loop_init(&hands->loop, &hands->virtual_clock.clock);
	} else {
		bo_clock_real_init(&hands->real_clock);
		bo_loop_init(&hands->loop, &hands->real_clock);
	}
}

static void say_waiting(void *ctx, const char *why)
{
	(void)ctx;
	(void)cmd_fail(0, "waiting: %s", why);
}

int cmd_hands_open(struct cmd_hands *hands, const struct cmd_hands_options *options)
{
	struct bo_err err = {0};
	int rc = cmd_priority_check(options->priority);

	if (rc == 0)
		rc = cmd_bench_read(&hands->chosen, options->rack, options->bench);

	if (rc == 0)
		rc = cmd_bench_become(&hands->chosen);
	if (rc == 0)
		rc = make_scratch(hands);
	if (rc != 0)
		return rc;
	bo_loop_catch_signals();
	start_clock(hands);
	struct bo_lease_args lease = {
		.rack = hands->chosen.rack_path,
		.wait = options->wait,
		.priority = (unsigned)options->priority,
		.waiting = say_waiting,
	};

	hands->lease = BO_LEASE_NONE;
	if (bo_lease_open(&hands->lease, &lease, &hands->bench, hands->chosen.bench, &hands->loop,
			  hands->scratch, 1, &err) < 0) {
		bo_lease_drop(&hands->lease);
		remove_scratch(hands->scratch);
		cmd_bench_done(&hands->chosen);
		return cmd_fail_err(&err);
	}
	return 0;
}

void cmd_hands_close(struct cmd_hands *hands)
{
	bo_loop_shield(true);
	bo_bench_close(&hands->bench);
	bo_loop_shield(false);
	bo_lease_drop(&hands->lease);
	remove_scratch(hands->scratch);
	cmd_bench_done(&hands->chosen);
}

int cmd_hands_need(const struct cmd_hands *hands, enum bo_role role)
{
	static const char *const names[BO_ROLE_COUNT] = {
		[BO_ROLE_POWER] = "power switch", [BO_ROLE_PROBE] = "probe",
		[BO_ROLE_CONSOLE] = "console",	  [BO_ROLE_RESET] = "reset pin",
		[BO_ROLE_NETWORK] = "network",
	};

	if (bo_rack_part(hands->chosen.bench, role))
		return 0;
	return cmd_fail(BO_EXIT_USAGE, "bench '%s' has no %s", hands->chosen.bench->name,
			names[role]);
}

int cmd_hands_target(const struct cmd_hands *hands, struct bo_conf **ret_conf,
		     struct bo_target **ret)
{
	char file[4096];
	struct bo_err err = {0};
	struct bo_buf report = {0};

	if (bo_library_find(cmd_library(), "targets", hands->chosen.bench->target, file,
			    sizeof(file), &err) < 0)
		return cmd_fail_err(&err);
	if (bo_target_read(file, ret_conf, ret, &report) < 0)
		return cmd_fail_report(&report);
	return 0;
}
