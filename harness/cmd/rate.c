#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/cmd/planning.h"
#include "harness/engine/record.h"
#include "harness/model/journal.h"
#include "harness/model/stats.h"

#define TIMES	  50
#define TIMES_MAX 1000000

struct counts {
	uint64_t judged, failed;
};

static void count_line(void *ctx, const json_t *line)
{
	struct counts *counts = ctx;

	if (!bo_journal_is(line, "verdict"))
		return;
	counts->judged += bo_journal_bool(line, "judged", false);
	counts->failed +=
		strcmp(bo_journal_str(line, "verdict", ""), bo_verdict_names[BO_FAIL]) == 0;
}

static void show_rate(const struct bo_plan *plan)
{
	struct bo_buf journal = {0};
	struct counts counts = {0};
	char at_least[BO_STATS_TEXT_MAX], at_most[BO_STATS_TEXT_MAX];
	size_t bad;

	if (bo_record_read(plan->out, &journal))
		(void)bo_journal_walk(journal.data, journal.len, count_line, &counts, &bad);
	bo_buf_done(&journal);
	(void)printf(
		"rate: failed %llu of %llu judged: between %s and %s with 95 %% confidence\n",
		(unsigned long long)counts.failed, (unsigned long long)counts.judged,
		bo_stats_format(at_least,
				bo_stats_lower_ppb(counts.failed, counts.judged, BO_STATS_95_SIDED),
				0),
		bo_stats_format(at_most,
				bo_stats_upper_ppb(counts.failed, counts.judged, BO_STATS_95_SIDED),
				1));
}

static int repeat(const struct cmd_bench *chosen, const char *id, const char *scenario, bool anyway,
		  int64_t times, const char *out)
{
	struct bo_plan plan = {.min_judged_ppm = BO_MIN_JUDGED_PPM};
	int rc = cmd_plan_id(chosen, id, scenario, anyway, &plan);

	for (int64_t i = 1; rc == 0 && i < times; i++)
		bo_plan_repeat(&plan);
	if (rc == 0) {
		rc = cmd_carry_out(chosen, &plan, out);
		if (plan.out)
			show_rate(&plan);
	}
	bo_plan_free(&plan);
	return rc;
}

/* "-n 50", as people write it. */
static void accept_short(int argc, char **argv)
{
	static char name[] = "--times";

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "-n") == 0)
			argv[i] = name;
}

int cmd_rate(int argc, char **argv)
{
	const char *rack = NULL, *out = NULL, *scenario = NULL;
	struct cmd_benches_options benches = {0};
	int64_t times = TIMES;
	bool anyway = false;
	const struct cmd_option table[] = {
		{"rack", CMD_TEXT, &rack, "FILE", "the rack file [$BROWNOUT_RACK, rack.yaml]"},
		CMD_BENCHES_OPTIONS(&benches),
		{"out", CMD_TEXT, &out, "DIR", "the run directory [a new one below runs/]"},
		{"times", CMD_NUMBER, &times, "N", "how often it is tried; also -n N [50]"},
		{"scenario", CMD_TEXT, &scenario, "FILE", "the scenario file [found by its name]"},
		{"anyway", CMD_FLAG, &anyway, NULL,
		 "try it even though what it was made from has changed"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};

	accept_short(argc, argv);
	int count = cmd_options(argc, argv, "rate [OPTION...] ID", table);
	struct cmd_bench chosen = {0};
	int rc = count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;

	if (count >= 0 && count != 1)
		rc = cmd_fail(BO_EXIT_USAGE, "rate: give one trial id");
	else if (count >= 0 && (times < 1 || times > TIMES_MAX))
		rc = cmd_fail(BO_EXIT_USAGE, "rate: --times is between 1 and %d", TIMES_MAX);
	else if (count >= 0)
		rc = cmd_benches_read(&chosen, rack, &benches);
	if (rc == 0 && count == 1)
		rc = repeat(&chosen, argv[0], scenario, anyway, times, out);
	cmd_bench_done(&chosen);
	bo_buf_done(&benches.names);
	return rc;
}
