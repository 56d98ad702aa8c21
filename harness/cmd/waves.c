#include "harness/cmd/waves.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cmd/trial_reading.h"
#include "harness/model/journal.h"
#include "harness/model/verdict.h"

#define PPB_OF_PPM (BO_STATS_ONE / 1000000)

static const char *const end_names[] = {
	[CMD_WAVE_OPEN] = "open",
	[CMD_WAVE_ADVANCED] = "advanced",
	[CMD_WAVE_HALTED] = "halted",
};

static int64_t limit_ppb(const struct cmd_wave *item)
{
	return item->wave->limit_ppm * PPB_OF_PPM;
}

/* ---- what was agreed ---- */

static void list_benches(const struct bo_rack_wave *wave, struct bo_buf *out)
{
	const char *const *names = wave->benches.items;

	for (size_t i = 0; i < wave->benches.count; i++)
		bo_buf_printf(out, "%s%s", i > 0 ? "," : "", names[i]);
}

static void list_outcomes(const struct bo_rack_wave *wave, struct bo_buf *out)
{
	unsigned set = wave->halt_on;

	for (int i = 0; i < BO_OUTCOME_COUNT; i++)
		if (set & (1u << i))
			bo_buf_printf(out, " or %s", bo_outcome_names[i]);
}

/* The rules as one text: what stands in the plan. */
static char *describe(const struct bo_rack *rack)
{
	const struct bo_rack_wave *waves = rack->waves.items;
	struct bo_buf text = {0};

	for (size_t i = 0; i < rack->waves.count; i++) {
		bo_buf_printf(&text, "%s%s[", i > 0 ? "; " : "", waves[i].name);
		list_benches(&waves[i], &text);
		bo_buf_printf(&text, "] %lld trials, %lld ppm", (long long)waves[i].trials,
			      (long long)waves[i].limit_ppm);
		list_outcomes(&waves[i], &text);
	}
	char *copied = strdup(text.data ? text.data : "");

	bo_buf_done(&text);
	return copied;
}

static int check_wave(const struct bo_rack_wave *wave, bool last)
{
	if (wave->limit_ppm <= 0 || wave->limit_ppm >= 1000000)
		return cmd_fail(BO_EXIT_USAGE, "wave '%s': a limit between 0 %% and 100 %%",
				wave->name);
	if (wave->trials == 0 && !last)
		return cmd_fail(BO_EXIT_USAGE,
				"wave '%s' takes all trials; only the last one can ('trials: N')",
				wave->name);
	if (wave->trials > 0 && bo_rack_wave_allowance(wave) < 0)
		return cmd_fail(
			BO_EXIT_USAGE,
			"wave '%s': %lld trials cannot show that the rate is below its "
			"limit; that takes %llu",
			wave->name, (long long)wave->trials,
			(unsigned long long)bo_stats_trials_for(wave->limit_ppm * PPB_OF_PPM));
	return 0;
}

static void announce(const struct bo_rack_wave *wave)
{
	struct bo_buf text = {0};
	char limit[BO_STATS_TEXT_MAX], bound[BO_STATS_TEXT_MAX];

	bo_stats_format(limit, wave->limit_ppm * PPB_OF_PPM, 1);
	bo_buf_printf(&text, "wave '%s', benches ", wave->name);
	list_benches(wave, &text);
	bo_buf_printf(&text, ": halts when the failure rate is shown to be above %s", limit);
	list_outcomes(wave, &text);
	if (wave->trials > 0) {
		int64_t allowance = bo_rack_wave_allowance(wave);

		bo_buf_printf(
			&text, "; advances when of %lld trials at most %lld failed: at most %s",
			(long long)wave->trials, (long long)allowance,
			bo_stats_format(bound,
					bo_stats_upper_ppb((uint64_t)allowance,
							   (uint64_t)wave->trials, BO_STATS_95),
					1));
	}
	(void)printf("%s\n", text.data);
	bo_buf_done(&text);
}

static int add_benches(struct cmd_bench *chosen, const struct bo_rack_wave *wave,
		       struct bo_buf *names)
{
	const char *const *list = wave->benches.items;
	struct bo_err err = {0};

	for (size_t i = 0; i < wave->benches.count; i++) {
		if (!bo_rack_bench(chosen->rack, list[i], &err))
			return cmd_fail(BO_EXIT_USAGE, "wave '%s': %s", wave->name,
					bo_err_text(&err));
		bo_buf_printf(names, "%s%s", names->len > 0 ? "," : "", list[i]);
	}
	return 0;
}

int cmd_waves_names(struct cmd_bench *chosen, struct bo_buf *names)
{
	const struct bo_rack_wave *waves = chosen->rack->waves.items;
	size_t count = chosen->rack->waves.count;
	int rc = 0;

	if (count == 0)
		return cmd_fail(BO_EXIT_USAGE, "%s has no waves", chosen->rack_path);
	if (count > CMD_WAVES_MAX)
		return cmd_fail(BO_EXIT_USAGE, "a campaign has at most %d waves", CMD_WAVES_MAX);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		rc = check_wave(&waves[i], i + 1 == count);
		if (rc == 0)
			rc = add_benches(chosen, &waves[i], names);
	}
	return rc;
}

int cmd_waves_open(struct cmd_waves *waves, const struct cmd_bench *chosen, struct bo_plan *plan)
{
	const struct bo_rack_wave *list = chosen->waves ? chosen->rack->waves.items : NULL;

	*waves = (struct cmd_waves){0};
	if (!list)
		return 0;
	char *rules = describe(chosen->rack);
	bool same = rules && (!plan->waves || strcmp(plan->waves, rules) == 0);

	if (!same) {
		free(rules);
		return cmd_fail(BO_EXIT_USAGE,
				"the rack's waves have changed since the run began (they were: %s)",
				plan->waves);
	}
	free(plan->waves);
	plan->waves = rules;
	for (; waves->count < chosen->rack->waves.count; waves->count++) {
		waves->item[waves->count].wave = &list[waves->count];
		announce(&list[waves->count]);
	}
	return 0;
}

/* ---- at work ---- */

bool cmd_waves_has(const struct cmd_waves *waves, const char *bench)
{
	for (size_t i = 0; i < waves->count && i <= waves->now; i++) {
		const struct bo_conf_list *list = &waves->item[i].wave->benches;

		for (size_t k = 0; k < list->count; k++)
			if (strcmp(((const char *const *)list->items)[k], bench) == 0)
				return true;
	}
	return waves->count == 0;
}

static void halt(struct cmd_waves *waves, const char *why, const char *what)
{
	struct cmd_wave *item = &waves->item[waves->now];

	if (waves->halted)
		return;
	(void)snprintf(item->why, sizeof(item->why), "%s%s", why, what);
	item->end = CMD_WAVE_HALTED;
	waves->halted = true;
	(void)cmd_fail(0, "wave '%s' is halted: %s", item->wave->name, item->why);
}

static void check_outcome(struct cmd_waves *waves, int outcome)
{
	if (outcome >= 0 && (waves->item[waves->now].wave->halt_on & (1u << outcome)))
		halt(waves, "an outcome that halts: ", bo_outcome_names[outcome]);
}

void cmd_waves_see(struct cmd_waves *waves, const struct bo_plan *plan, size_t index)
{
	struct cmd_reading reading;

	if (waves->count == 0)
		return;
	cmd_read_trial(plan, index, NULL, &reading);
	check_outcome(waves, reading.outcome);
	check_outcome(waves, reading.then);
}

static bool is_filled(const struct cmd_wave *item)
{
	return item->wave->trials > 0 &&
	       item->counts.judged + item->counts.unresolved >= (uint64_t)item->wave->trials;
}

/* One that the bench could not clear may have been a brick: here it is a failure. */
static bool is_met(const struct cmd_wave *item)
{
	const struct bo_stop_counts *counts = &item->counts;

	return bo_stats_upper_ppb(counts->failed + counts->unresolved,
				  counts->judged + counts->unresolved,
				  BO_STATS_95) <= limit_ppb(item);
}

static bool judge(struct cmd_waves *waves)
{
	struct cmd_wave *item = &waves->item[waves->now];

	if (bo_stop_judge(&item->counts, limit_ppb(item)) == BO_STOP_EXCEEDED) {
		halt(waves, "the failure rate is shown to be above the limit", "");
	} else if (is_filled(item) && !is_met(item)) {
		halt(waves, "its trials do not show that the rate is below the limit", "");
	} else if (is_filled(item)) {
		item->end = CMD_WAVE_ADVANCED;
		(void)printf("wave '%s' advances: %llu of %llu failed\n", item->wave->name,
			     (unsigned long long)item->counts.failed,
			     (unsigned long long)item->counts.judged);
		if (waves->now + 1 == waves->count)
			return false;
		waves->now++;
		return true;
	}
	return false;
}

static bool is_open(const struct cmd_waves *waves)
{
	return waves->count > 0 && !waves->halted && waves->item[waves->now].end == CMD_WAVE_OPEN;
}

static bool count_trial(struct cmd_waves *waves, const struct bo_plan *plan, bool *ret_begun)
{
	const struct bo_planned *trial = &plan->trials[waves->next];
	struct bo_stop_counts *counts = &waves->item[waves->now].counts;
	struct cmd_reading reading;

	if (trial->lacks || trial->left_out)
		return true;
	cmd_read_trial(plan, waves->next, NULL, &reading);
	if (reading.verdict < 0)
		return false;
	check_outcome(waves, reading.outcome);
	check_outcome(waves, reading.then);
	if (!trial->uniform || waves->halted)
		return true;
	counts->judged += reading.verdict == BO_PASS || reading.verdict == BO_FAIL;
	counts->failed += reading.verdict == BO_FAIL;
	counts->unresolved += reading.outcome == BO_OUTCOME_UNRESOLVED;
	*ret_begun |= judge(waves);
	return true;
}

bool cmd_waves_look(struct cmd_waves *waves, const struct bo_plan *plan)
{
	bool begun = false;

	while (is_open(waves) && waves->next < plan->count && count_trial(waves, plan, &begun))
		waves->next++;
	return begun;
}

bool cmd_waves_admit(const struct cmd_waves *waves, const struct bo_plan *plan, size_t index,
		     size_t under_way)
{
	const struct cmd_wave *item = &waves->item[waves->now];

	if (waves->count == 0)
		return true;
	if (waves->halted)
		return false;
	return item->end != CMD_WAVE_OPEN || item->wave->trials == 0 ||
	       !plan->trials[index].uniform ||
	       item->counts.judged + item->counts.unresolved + under_way <
		       (uint64_t)item->wave->trials;
}

void cmd_waves_note(const struct cmd_waves *waves, struct bo_buf *out)
{
	for (size_t i = 0; i < waves->count && i <= waves->now; i++) {
		const struct cmd_wave *item = &waves->item[i];

		bo_journal_line(out, 0, "wave", "s:s, s:I, s:I, s:I, s:I, s:s, s:s", "name",
				item->wave->name, "trials", (json_int_t)item->wave->trials, "limit",
				(json_int_t)limit_ppb(item), "judged",
				(json_int_t)item->counts.judged, "failed",
				(json_int_t)item->counts.failed, "end", end_names[item->end], "why",
				item->why);
	}
}

void cmd_waves_show(const struct cmd_waves *waves)
{
	for (size_t i = 0; i < waves->count; i++) {
		const struct cmd_wave *item = &waves->item[i];
		bool begun = i <= waves->now;

		(void)printf("wave '%s': %s", item->wave->name,
			     begun ? end_names[item->end] : "not begun");
		if (begun)
			(void)printf(", %llu of %llu failed%s%s",
				     (unsigned long long)item->counts.failed,
				     (unsigned long long)item->counts.judged,
				     item->why[0] ? ": " : "", item->why);
		(void)printf("\n");
	}
}
