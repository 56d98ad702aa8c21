#include "harness/cmd/bench_health.h"

#include <stdio.h>
#include <string.h>

#include "harness/engine/record.h"

static bool has_record(const struct bo_rack_bench *bench)
{
	return !(bo_bench_caps(bench) & BO_CAP_VIRTUAL_TIME);
}

static void say_change(const struct bo_rack_bench *bench, enum bo_health before,
		       const struct bo_bench_record *record)
{
	if (record->health <= before)
		return;
	(void)cmd_fail(0, "bench '%s' is %s after %lld rig faults in a row, the last: %s%s%s%s",
		       bench->name, bo_health_names[record->health], (long long)record->faults,
		       record->why,
		       record->health == BO_QUARANTINED ? "; 'brownout rack test --bench " : "",
		       record->health == BO_QUARANTINED ? bench->name : "",
		       record->health == BO_QUARANTINED ? "' brings it back" : "");
}

enum bo_health cmd_health_note_trial(const char *rack, const struct bo_rack_bench *bench,
				     const struct bo_plan *plan, size_t index)
{
	struct bo_bench_record before, after;
	struct bo_buf dir = {0}, journal = {0};
	struct bo_err err = {0};

	if (!has_record(bench))
		return BO_HEALTHY;
	bo_health_read(rack, bench->name, &before);
	bo_plan_trial_dir(plan, &plan->trials[index], &dir);
	(void)bo_record_read(dir.data, &journal);
	if (bo_health_trial(rack, bench->name, plan->out, &journal, &after, &err) < 0)
		(void)cmd_fail_err(&err);
	say_change(bench, before.health, &after);
	bo_buf_done(&dir);
	bo_buf_done(&journal);
	return after.health;
}

enum bo_health cmd_health_note_death(const char *rack, const struct bo_rack_bench *bench,
				     const char *why)
{
	struct bo_bench_record before, after;
	struct bo_err err = {0};

	if (!has_record(bench))
		return BO_HEALTHY;
	bo_health_read(rack, bench->name, &before);
	if (bo_health_fault(rack, bench->name, why, &after, &err) < 0)
		(void)cmd_fail_err(&err);
	say_change(bench, before.health, &after);
	return after.health;
}

int cmd_health_refuse(const struct cmd_bench *chosen)
{
	struct bo_bench_record record;

	for (size_t i = 0; i < chosen->count; i++) {
		const struct bo_rack_bench *bench = chosen->benches[i];

		if (!has_record(bench))
			continue;
		bo_health_read(chosen->rack_path, bench->name, &record);
		if (record.health == BO_QUARANTINED && !chosen->i_know)
			return cmd_fail(
				BO_EXIT_NO_VERDICT,
				"bench '%s' is quarantined since %s (%s): 'brownout rack "
				"test --bench %s' brings it back, --i-know uses it as it is",
				bench->name, record.since, record.why, bench->name);
	}
	return 0;
}

bool cmd_health_gives(const char *rack, const struct bo_rack_bench *bench)
{
	struct bo_bench_record record = {0};

	if (has_record(bench))
		bo_health_read(rack, bench->name, &record);
	if (record.health != BO_HEALTHY)
		(void)cmd_fail(0, "bench '%s' is %s since %s (%s): left out", bench->name,
			       bo_health_names[record.health], record.since, record.why);
	return record.health == BO_HEALTHY;
}

void cmd_health_show(const char *rack, const struct bo_rack_bench *bench)
{
	struct bo_bench_record record = {0};
	struct bo_buf why = {0};

	if (has_record(bench))
		bo_health_read(rack, bench->name, &record);
	bo_buf_escape(&why, record.why, strlen(record.why));
	if (record.health != BO_HEALTHY)
		(void)printf("  %-8s %s since %.32s: %s\n", "health",
			     bo_health_names[record.health], record.since, why.data);
	if (record.jitter_ns > 0)
		(void)printf("  %-8s faults struck up to %lld us late\n", "jitter",
			     (long long)((record.jitter_ns + BO_US - 1) / BO_US));
	if (record.seen)
		(void)printf("  %-8s %lld bytes of flash rewritten in %lld trials with this "
			     "board\n",
			     "wear", (long long)record.written, (long long)record.trials);
	bo_buf_done(&why);
}

int64_t cmd_health_jitter_ns(const struct cmd_bench *chosen)
{
	static const int64_t digits[] = {1, 2, 5};
	struct bo_bench_record record = {0};
	int64_t worst = 0, unit = 1;

	for (size_t i = 0; i < chosen->count; i++) {
		if (has_record(chosen->benches[i]))
			bo_health_read(chosen->rack_path, chosen->benches[i]->name, &record);
		worst = record.jitter_ns > worst ? record.jitter_ns : worst;
	}
	for (; worst > 5 * unit && unit < INT64_MAX / 100; unit *= 10)
		;
	for (size_t i = 0; worst > 0; i++)
		if (digits[i] * unit >= worst || i == 2)
			return digits[i] * unit;
	return 0;
}
