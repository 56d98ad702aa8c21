#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/model/scenario.h"
#include "harness/tests/written_file.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HEAD                                                                    \
	"brownout: 1\nscenario: s\ntargets: [t]\nbaseline: {app: {image: a}}\n" \
	"update: {image: b}\npromises: {outcome: updated}\n"

static struct bo_conf *read_text(const char *text, struct bo_scenario **ret)
{
	struct written file = written(text);
	struct bo_buf report = {0};
	struct bo_conf *conf = NULL;

	cr_assert_eq(bo_scenario_read(file.path, &conf, ret, &report), 0, "%s", report.data);
	bo_buf_done(&report);
	written_done(&file);
	return conf;
}

/* The id says what was drawn; a replay draws nothing. */
static void schedule_of(const char *text, struct bo_buf *out)
{
	struct bo_scenario *scenario;
	struct bo_conf *conf = read_text(text, &scenario);
	struct bo_schedule schedule;

	bo_scenario_schedule(scenario, &schedule);
	bo_buf_reset(out);
	bo_schedule_format(&schedule, out);
	struct bo_schedule again;

	cr_assert_eq(bo_schedule_parse(out->data, &again, NULL), 0);
	cr_expect_eq(again.fault[0].delay_ns, schedule.fault[0].delay_ns);
	cr_expect_geq(schedule.fault[0].delay_ns, BO_MS);
	cr_expect_leq(schedule.fault[0].delay_ns, 6 * BO_MS);
	cr_expect_eq(schedule.fault[0].delay_ns % BO_US, 0);
	bo_conf_free(conf);
}

Test(jitter, a_fault_comes_up_to_so_much_later_as_the_seed_draws)
{
	struct bo_buf one = {0}, same = {0}, other = {0};

	schedule_of(HEAD "fault: {at: boot.1, after: 1 ms, jitter: 5 ms}\n", &one);
	schedule_of(HEAD "fault: {at: boot.1, after: 1 ms, jitter: 5 ms}\n", &same);
	schedule_of(HEAD "seed: 2\nfault: {at: boot.1, after: 1 ms, jitter: 5 ms}\n", &other);
	cr_expect_str_eq(one.data, same.data);
	cr_expect_str_neq(one.data, other.data);
	schedule_of(HEAD "fault: {at: boot.1, after: 1 ms}\n", &one);
	cr_expect_str_eq(one.data, "boot.1+1ms=cut:off-1s");
	bo_buf_done(&one);
	bo_buf_done(&same);
	bo_buf_done(&other);
}

Test(jitter, each_trial_of_a_strategy_draws_its_own_whatever_the_order)
{
	static const char *const kinds[] = {"linear", "log"};
	bo_ns delay[2][21] = {{0}};
	size_t differing = 0;

	for (size_t k = 0; k < COUNT(kinds); k++) {
		struct bo_buf text = {0};
		struct bo_scenario *scenario;
		struct bo_campaign campaign;
		struct bo_err err = {0};

		bo_buf_printf(&text,
			      HEAD "strategy: {kind: %s, over: boot.1..20, after: 1 ms, jitter: "
				   "5 ms}\n",
			      kinds[k]);
		struct bo_conf *conf = read_text(text.data, &scenario);

		cr_assert_eq(bo_campaign_open(&campaign, &scenario->strategy, 1, NULL, &err), 0);
		(void)bo_campaign_next(&campaign);
		for (size_t i = 0; i < campaign.count; i++) {
			struct bo_schedule schedule;

			bo_campaign_schedule(&campaign, i, &schedule);
			cr_assert_leq(schedule.fault[0].n, 20);
			delay[k][schedule.fault[0].n] = schedule.fault[0].delay_ns;
			cr_expect_geq(schedule.fault[0].delay_ns, BO_MS);
			cr_expect_leq(schedule.fault[0].delay_ns, 6 * BO_MS);
		}
		bo_campaign_close(&campaign);
		bo_conf_free(conf);
		bo_buf_done(&text);
	}
	for (size_t n = 1; n <= 20; n++) {
		differing += n > 1 && delay[0][n] != delay[0][n - 1];
		if (delay[1][n])
			cr_expect_eq(delay[0][n], delay[1][n], "boot.%zu", n);
	}
	cr_expect_gt(differing, 15);
}

Test(jitter, where_a_delay_must_be_exact_there_is_none)
{
	static const struct {
		const char *text, *complaint;
	} cases[] = {
		{HEAD "strategy: {kind: bisect, over: boot, trials: 9, jitter: 1 ms}\n",
		 "'bisect' compares neighbours: their delays must be what they say"},
		{HEAD "strategy: {kind: linear, over: smp.frame, act: drop, jitter: 1 ms}\n",
		 "the frame would be gone: no delay before what is done to it"},
		{HEAD "fault: {at: smp.frame.1, act: drop, jitter: 1 ms}\n",
		 "the frame would be gone: no delay before what is done to it"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct written file = written(cases[i].text);
		struct bo_buf report = {0};
		struct bo_conf *conf;
		struct bo_scenario *scenario;

		cr_expect_eq(bo_scenario_read(file.path, &conf, &scenario, &report), -EINVAL);
		expect_complaint(&report, 7, cases[i].complaint);
		bo_buf_done(&report);
		written_done(&file);
	}
}
