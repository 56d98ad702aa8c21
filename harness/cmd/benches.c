#include <stdlib.h>
#include <string.h>

#include "harness/cmd/bench_health.h"
#include "harness/cmd/waves.h"
#include "harness/engine/wish.h"

/* Which benches a run works on. */

static int add(struct cmd_bench *chosen, const struct bo_rack_bench *bench)
{
	for (size_t i = 0; i < chosen->count; i++)
		if (chosen->benches[i] == bench)
			return cmd_fail(BO_EXIT_USAGE, "bench '%s' is given twice", bench->name);
	if (chosen->count == CMD_BENCHES_MAX)
		return cmd_fail(BO_EXIT_USAGE, "a run has at most %d benches", CMD_BENCHES_MAX);
	chosen->benches[chosen->count++] = bench;
	return 0;
}

static int add_named(struct cmd_bench *chosen, const char *names)
{
	const struct bo_rack_bench *whole = bo_rack_bench(chosen->rack, names, NULL);
	char *list = strdup(names), *rest = list;
	int rc = list ? 0 : BO_EXIT_INTERNAL;

	if (whole) { /* a comma of its own */
		free(list);
		return add(chosen, whole);
	}

	for (char *name; rc == 0 && (name = strsep(&rest, ","));) {
		struct bo_err err = {0};
		const struct bo_rack_bench *bench = bo_rack_bench(chosen->rack, name, &err);

		rc = bench ? add(chosen, bench) : cmd_fail_err(&err);
	}
	free(list);
	return rc;
}

static int add_any(struct cmd_bench *chosen, const char *any)
{
	static const char key[] = "class=";
	const struct bo_rack_bench *benches = chosen->rack->benches.items;
	const char *name = any + sizeof(key) - 1;
	bool any_there = false;
	int rc = 0;

	if (strncmp(any, key, sizeof(key) - 1) != 0)
		return cmd_fail(BO_EXIT_USAGE, "--any '%s': say class=NAME, a target class", any);
	for (size_t i = 0; rc == 0 && i < chosen->rack->benches.count; i++) {
		if (strcmp(benches[i].target, name) != 0)
			continue;
		any_there = true;
		if (cmd_health_gives(chosen->rack_path, &benches[i]))
			rc = add(chosen, &benches[i]);
	}
	if (rc == 0 && chosen->count == 0 && any_there)
		rc = cmd_fail(BO_EXIT_NO_VERDICT, "no bench of target class '%s' is healthy", name);
	else if (rc == 0 && chosen->count == 0)
		rc = cmd_fail(BO_EXIT_USAGE, "%s has no bench of target class '%s'",
			      chosen->rack_path, name);
	return rc;
}

static int add_waves(struct cmd_bench *chosen)
{
	struct bo_buf names = {0};
	int rc = cmd_waves_names(chosen, &names);

	if (rc == 0)
		rc = add_named(chosen, names.data);
	bo_buf_done(&names);
	return rc;
}

static int add_only(struct cmd_bench *chosen)
{
	struct bo_err err = {0};
	const struct bo_rack_bench *bench = bo_rack_bench(chosen->rack, NULL, &err);

	return bench ? add(chosen, bench) : cmd_fail_err(&err);
}

/* What a trial's journal says depends on the target's class and on what the bench can do; not on
 * which of them it was given to. */
static int refuse_unequal(const struct cmd_bench *chosen)
{
	const struct bo_rack_bench *first = chosen->benches[0];

	for (size_t i = 1; i < chosen->count; i++) {
		const struct bo_rack_bench *other = chosen->benches[i];

		if (strcmp(first->target, other->target) != 0)
			return cmd_fail(BO_EXIT_USAGE,
					"bench '%s' has target class '%s', bench '%s' has '%s': "
					"the trials of a run go to benches of one class",
					first->name, first->target, other->name, other->target);
		if (bo_bench_caps(first) != bo_bench_caps(other))
			return cmd_fail(
				BO_EXIT_USAGE,
				"bench '%s' and bench '%s' have not the same capabilities, so that "
				"a trial could not go to either ('brownout rack show')",
				first->name, other->name);
	}
	return 0;
}

int cmd_priority_check(int64_t priority)
{
	return priority <= BO_PRIORITY_MAX
		       ? 0
		       : cmd_fail(BO_EXIT_USAGE, "--priority is between 0 and %d", BO_PRIORITY_MAX);
}

int cmd_benches_read(struct cmd_bench *chosen, const char *rack_path,
		     const struct cmd_benches_options *options)
{
	int rc = cmd_priority_check(options->priority);

	if (rc == 0)
		rc = cmd_rack_read(chosen, rack_path);
	if (rc == 0)
		rc = cmd_programs_verify(chosen);
	if (rc != 0)
		return rc;
	if (options->names.len > 0 && options->any)
		rc = cmd_fail(BO_EXIT_USAGE, "--bench and --any exclude each other");
	else if (options->waves && (options->names.len > 0 || options->any))
		rc = cmd_fail(BO_EXIT_USAGE, "--waves says which benches; leave out --bench and "
					     "--any");
	else if (options->waves)
		rc = add_waves(chosen);
	else if (options->any)
		rc = add_any(chosen, options->any);
	else if (options->names.len > 0)
		rc = add_named(chosen, options->names.data);
	else
		rc = add_only(chosen);
	if (rc == 0)
		rc = refuse_unequal(chosen);
	if (rc != 0) {
		cmd_bench_done(chosen);
		return rc;
	}
	chosen->bench = chosen->benches[0];
	chosen->bench_given = options->names.len > 0 ? chosen->bench->name
			      : options->any	     ? chosen->bench->name
						     : NULL;
	chosen->jobs = (size_t)options->jobs;
	chosen->patience = options->patience;
	chosen->waves = options->waves;
	chosen->wait = options->wait;
	chosen->priority = (unsigned)options->priority;
	chosen->i_know = options->i_know;
	return 0;
}
