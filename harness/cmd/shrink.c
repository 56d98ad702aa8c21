#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cmd/planning.h"
#include "harness/cmd/trial_reading.h"
#include "harness/model/shrink.h"
#include "harness/model/strategy.h"

#define TRIALS 100

/*
 * A candidate is tried up to `of` times, and counts as failing when it fails in the way of the
 * first one `need` times. One that was not judged (a fault did not fire, say) says nothing.
 */
struct shrinking {
	struct bo_trial_id id; /* but for the schedule */
	struct bo_shrink shrink;
	struct bo_schedule candidate;
	const char *scenario; /* path */
	int64_t need, of, trials;
	int wanted;   /* the result that makes a candidate count */
	size_t first; /* of the candidate's trials */
	bool begun;   /* what was given has been tried */
};

static int64_t count_alike(const struct shrinking *s, const struct bo_plan *plan, size_t first,
			   int wanted)
{
	int64_t alike = 0;
	struct cmd_reading reading;

	for (size_t i = first; i < plan->count && (int64_t)(i - first) < s->of; i++) {
		if (strcmp(plan->trials[i].id, plan->trials[first].id) != 0)
			break;
		cmd_read_trial(plan, i, NULL, &reading);
		alike += cmd_result_of(&reading) == wanted;
	}
	return alike;
}

/* Does what was given fail at all, and how? */
static bool begin(struct shrinking *s, const struct bo_plan *plan)
{
	struct cmd_reading reading;

	s->begun = true;
	for (size_t i = 0; i < plan->count; i++) {
		cmd_read_trial(plan, i, NULL, &reading);
		if (reading.verdict != BO_FAIL)
			continue;
		s->wanted = cmd_result_of(&reading);
		return count_alike(s, plan, 0, s->wanted) >= s->need;
	}
	return false;
}

static void add(struct shrinking *s, const char *id, struct bo_plan *plan)
{
	size_t first = plan->count;

	bo_plan_add(plan, s->scenario, id, NULL);
	for (int64_t i = 1; i < s->of; i++)
		bo_plan_repeat(plan);
	s->first = first;
	bo_plan_forget(plan, first);
}

/* The next candidate that has not been tried; those that have been are looked up. */
static size_t next(struct shrinking *s, struct bo_plan *plan)
{
	char id[BO_ID_MAX];

	while (bo_shrink_next(&s->shrink, &s->candidate)) {
		s->id.schedule = s->candidate;
		if (!bo_trial_id_format(&s->id, id, sizeof(id)))
			continue;
		s->first = bo_plan_find(plan, id);
		if (s->first == plan->count) {
			if ((int64_t)plan->count + s->of > s->trials)
				return 0;
			add(s, id, plan);
			return (size_t)s->of;
		}
		if (count_alike(s, plan, s->first, s->wanted) >= s->need)
			bo_shrink_take(&s->shrink, &s->candidate);
	}
	return 0;
}

static size_t more(void *ctx, struct bo_plan *plan)
{
	struct shrinking *s = ctx;

	if (!s->begun) {
		if (!begin(s, plan))
			return 0;
	} else if (count_alike(s, plan, s->first, s->wanted) >= s->need) {
		bo_shrink_take(&s->shrink, &s->candidate);
	}
	return next(s, plan);
}

static int parse_share(const char *text, struct shrinking *s)
{
	char *end = NULL;

	if (!text)
		return 0;
	s->need = strtol(text, &end, 10);
	s->of = *end == '/' ? strtol(end + 1, &end, 10) : 0;
	if (s->need < 1 || s->of < s->need || s->of > 100 || *end)
		return cmd_fail(BO_EXIT_USAGE, "--confirm '%s': say K/M, for example 2/3", text);
	return 0;
}

static void show(const struct cmd_bench *bench, struct shrinking *s)
{
	struct bo_buf replay = {0};
	char id[BO_ID_MAX];

	s->id.schedule = s->shrink.current;
	(void)bo_trial_id_format(&s->id, id, sizeof(id));
	cmd_replay_command(bench, &replay);
	if (s->wanted == BO_RESULT_UNKNOWN)
		(void)printf("shrink: it did not fail here; there is nothing to make smaller\n");
	else
		(void)printf("shrunk to:\n  %s %s\n", replay.data, id);
	bo_buf_done(&replay);
}

static int carry_out(const struct cmd_bench *bench, struct shrinking *s, const char *text,
		     const char *scenario, bool anyway, const char *out)
{
	struct bo_plan plan = {.min_judged_ppm = 0};
	struct bo_err err = {0};
	int rc = cmd_plan_id(bench, text, scenario, anyway, &plan);

	if (rc == 0 && plan.trials[0].lacks)
		rc = cmd_fail(BO_EXIT_NO_VERDICT, "this bench lacks %s", plan.trials[0].lacks);
	if (rc == 0 && bo_trial_id_parse(text, &s->id, &err) < 0)
		rc = cmd_fail_err(&err);
	if (rc == 0) {
		char *path = strdup(plan.trials[0].scenario);

		s->scenario = path;
		s->shrink.current = s->id.schedule;
		for (int64_t i = 1; i < s->of; i++)
			bo_plan_repeat(&plan);
		rc = cmd_carry_out_more(bench, &plan, out, more, s);
		if (plan.out)
			show(bench, s);
		free(path);
	}
	bo_plan_free(&plan);
	return rc;
}

int cmd_shrink(int argc, char **argv)
{
	const char *rack = NULL, *out = NULL, *scenario = NULL, *confirm = NULL;
	bool anyway = false;
	struct cmd_benches_options benches = {0};
	struct shrinking s = {.need = 1, .of = 1, .trials = TRIALS, .wanted = BO_RESULT_UNKNOWN};
	const struct cmd_option table[] = {
		{"rack", CMD_TEXT, &rack, "FILE", "the rack file [$BROWNOUT_RACK, rack.yaml]"},
		CMD_BENCH_OPTIONS(&benches),
		{"out", CMD_TEXT, &out, "DIR", "the run directory [a new one below runs/]"},
		{"confirm", CMD_TEXT, &confirm, "K/M",
		 "a smaller one counts if it fails alike K times of M [1/1]"},
		{"trials", CMD_NUMBER, &s.trials, "N", "at most so many [100]"},
		{"scenario", CMD_TEXT, &scenario, "FILE", "the scenario file [found by its name]"},
		{"anyway", CMD_FLAG, &anyway, NULL,
		 "try it even though what it was made from has changed"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "shrink [OPTION...] ID", table);
	struct cmd_bench chosen = {0};
	int rc = count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;

	if (count >= 0 && count != 1)
		rc = cmd_fail(BO_EXIT_USAGE, "shrink: give one trial id that fails");
	else if (count == 1)
		rc = parse_share(confirm, &s);
	if (rc == 0 && count == 1)
		rc = cmd_benches_read(&chosen, rack, &benches);
	if (rc == 0 && count == 1)
		rc = carry_out(&chosen, &s, argv[0], scenario, anyway, out);
	cmd_bench_done(&chosen);
	bo_buf_done(&benches.names);
	return rc;
}
