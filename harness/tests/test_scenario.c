#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/model/scenario.h"
#include "harness/model/verdict.h"
#include "harness/tests/written_file.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BIT(outcome) (1u << (outcome))

Test(scenario, those_that_come_with_us_are_good)
{
	static const struct {
		const char *name, *schedule; /* its beginning: the times are its author's */
		unsigned outcome, then;
		bool confirm;
	} cases[] = {
		{"clean-update", "none", BIT(BO_OUTCOME_UPDATED), 0, true},
		{"never-confirmed", "none", BIT(BO_OUTCOME_ROLLED_BACK), 0, false},
		{"nested-cuts", "swap.1+700ms=cut:off-300ms,boot.3+400ms=cut:off-300ms,boot.4+",
		 BIT(BO_OUTCOME_UPDATED), 0, true},
		{"upload-cut", "smp.byte.8192", BIT(BO_OUTCOME_KEPT_OLD), BIT(BO_OUTCOME_UPDATED),
		 true},
		{"upload-sweep", "none", BIT(BO_OUTCOME_KEPT_OLD) | BIT(BO_OUTCOME_UPDATED), 0,
		 true},
		{"swap-sweep", "none", BIT(BO_OUTCOME_KEPT_OLD) | BIT(BO_OUTCOME_UPDATED), 0, true},
		{"swap-hunt", "none", BIT(BO_OUTCOME_KEPT_OLD) | BIT(BO_OUTCOME_UPDATED), 0, true},
		{"swap-cut", "swap.1+", BIT(BO_OUTCOME_UPDATED), 0, true},
		{"swap-cut-forgetful", "swap.1+", BIT(BO_OUTCOME_UPDATED), 0, true},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char path[80];
		struct bo_conf *conf = NULL;
		struct bo_scenario *scenario;
		struct bo_schedule schedule;
		struct bo_buf report = {0}, text = {0};

		snprintf(path, sizeof(path), "scenarios/%s.yaml", cases[i].name);
		cr_assert_eq(bo_scenario_read(path, &conf, &scenario, &report), 0, "%s",
			     report.data);
		cr_expect_str_eq(scenario->name, cases[i].name);
		cr_expect_eq(scenario->promises.outcome, cases[i].outcome, "%s", path);
		cr_expect_eq(scenario->promises.then, cases[i].then, "%s", path);
		cr_expect_eq(scenario->update.confirm, cases[i].confirm, "%s", path);
		cr_expect_eq(scenario->seed, 1);
		bo_scenario_schedule(scenario, &schedule);
		bo_schedule_format(&schedule, &text);
		cr_expect(strncmp(text.data, cases[i].schedule, strlen(cases[i].schedule)) == 0,
			  "%s", text.data);
		bo_conf_free(conf);
		bo_buf_done(&report);
		bo_buf_done(&text);
	}
}

Test(scenario, points_are_built_in_or_named)
{
	struct bo_conf *conf = NULL;
	struct bo_scenario *scenario;
	struct bo_buf report = {0};

	cr_assert_eq(bo_scenario_read("scenarios/swap-cut.yaml", &conf, &scenario, &report), 0,
		     "%s", report.data);
	cr_expect_str_eq(bo_scenario_point(scenario, "swap")->console, "BO-BOOT swap type=test");
	cr_expect_null(bo_scenario_point(scenario, "boot"));
	cr_expect(bo_point_is_builtin("boot"));
	cr_expect_not(bo_point_is_builtin("swap"));
	bo_conf_free(conf);
	bo_buf_done(&report);
}

#define HEAD                                                                    \
	"brownout: 1\nscenario: s\ntargets: [t]\nbaseline: {app: {image: a}}\n" \
	"update: {image: b}\n"
#define PROMISES "promises: {outcome: updated}\n"

Test(scenario, keys_that_do_not_go_together_are_complained_about)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *complaint;
	} cases[] = {
		{"points: {p: {console: P}}\nfault: {at: p.1}\n" PROMISES, 0, NULL},
		{"points: {b2x: {console: P}}\nfault: {at: b2x.1}\n" PROMISES, 0, NULL},
		{"points: {boot: {console: P}}\n" PROMISES, 6,
		 "'boot' is a built-in fault point; choose another name"},
		{"points: {b2.x: {console: P}}\n" PROMISES, 6,
		 "'b2.x' reads like a boot in a trial id; choose another name"},
		{"points: {b2: {console: P}}\n" PROMISES, 6,
		 "'b2' reads like a boot in a trial id; choose another name"},
		{"points: {p: {console: \"\"}}\n" PROMISES, 6,
		 "empty pattern: every line would match"},
		{"points: {swap: {console: P}}\nfault: {at: swop.1}\n" PROMISES, 7,
		 "unknown fault point 'swop' (did you mean 'swap'?); name it under 'points:'"},
		{"fault: {at: smp.bite.1}\n" PROMISES, 6,
		 "unknown fault point 'smp.bite' (did you mean 'smp.byte'?); name it under "
		 "'points:'"},
		{"fault: {at: quite-another.1}\n" PROMISES, 6,
		 "unknown fault point 'quite-another'; name it under 'points:'"},
		{"promises: {outcome: updated, resumes: yes}\n", 6,
		 "'resumes' needs 'then': only a second update can resume"},
		{"faults: [boot.1=cut:off-1s, b2.boot.1+3ms=cut:off-1s]\n" PROMISES, 0, NULL},
		{"faults: boot.1=cut:off-1s\n" PROMISES, 0, NULL},
		{"faults: [boot.1=cut:off-1s, boot.2=burn]\n" PROMISES, 6,
		 "unknown action 'burn'; known: cut, dip, drop, "
		 "duplicate, delay, corrupt, reorder, break, garbage, silence, reset, net"},
		{"faults:\n  - boot.1=cut:off-1s\n  - bot.2=cut:off-1s\n" PROMISES, 8,
		 "unknown fault point 'bot' (did you mean 'boot'?); name it under 'points:'"},
		{"fault: {at: boot.1}\nfaults: [boot.1=cut:off-1s]\n" PROMISES, 7,
		 "a scenario has either 'fault' or 'faults'"},
		{"fault: {at: boot}\n" PROMISES, 6,
		 "'at': fault point 'boot' has no ordinal; say for example 'boot.1', found 'boot'"},
		{"fault: {at: boot.1, off: 0 s}\n" PROMISES, 6,
		 "'off' must be at least 1 ns, found '0 s'"},
		{"fault: {at: boot.1, dip: 350 us, times: 3, every: 2 ms}\n" PROMISES, 0, NULL},
		{"fault: {at: boot.1, action: dip, dip: 350 us}\n" PROMISES, 0, NULL},
		{"fault: {at: smp.frame.12, act: drop:x5}\n" PROMISES, 0, NULL},
		{"fault: {at: smp.byte.12, after: 1 ms, act: 'silence:1s'}\n" PROMISES, 0, NULL},
		{"fault: {at: smp.byte.12, act: drop}\n" PROMISES, 6,
		 "what is done to a frame is done at smp.frame.N (to the target) or smp.reply.N "
		 "(from it), not at smp.byte"},
		{"fault: {at: smp.frame.12, after: 1 ms, act: drop}\n" PROMISES, 6,
		 "the frame would be gone: no delay before what is done to it"},
		{"fault: {at: smp.frame.12, act: drop, off: 1 s}\n" PROMISES, 6,
		 "either 'off' or 'act'"},
		{"strategy: {kind: linear, over: [smp.byte], act: drop}\n" PROMISES, 6,
		 "what is done to a frame is done at smp.frame.N (to the target) or smp.reply.N "
		 "(from it), not at smp.byte"},
		{"strategy: {kind: linear, over: [smp.frame.1+0ms..2s], step: 1 ms, act: "
		 "drop}\n" PROMISES,
		 6, "the frame would be gone: no delay before what is done to it"},
		{"strategy: {kind: linear, over: [smp.frame, smp.reply], act: drop}\n" PROMISES, 0,
		 NULL},
		{"fault: {at: boot.1, action: dip}\n" PROMISES, 6,
		 "a dip says how short it is, for example 'dip: 350 us'"},
		{"fault: {at: boot.1, dip: 1 ms, off: 1 s}\n" PROMISES, 6, "either 'off' or 'dip'"},
		{"fault: {at: boot.1, dip: 1 ms, action: cut}\n" PROMISES, 6,
		 "'dip' is what a dip has"},
		{"fault: {at: boot.1, times: 3}\n" PROMISES, 6,
		 "'times' is what a train of dips has"},
		{"fault: {at: boot.1, every: 3 ms}\n" PROMISES, 6,
		 "'every' is what a train of dips has"},
		{"fault: {at: boot.1, dip: 1 ms, times: 2}\n" PROMISES, 6,
		 "a train of dips says how far they are apart, for example 'every: 2 ms'"},
		{"fault: {at: boot.1, dip: 1 ms, every: 2 ms}\n" PROMISES, 6,
		 "one dip has no next one: say 'times' as well"},
		{"fault: {at: boot.1, dip: 2 ms, times: 2, every: 2 ms}\n" PROMISES, 6,
		 "each dip must be over before the next one begins"},
		{"fault: {at: boot.1, dip: 1 ms, times: 17, every: 2 ms}\n" PROMISES, 6,
		 "'times' must be 1 to 16, found '17'"},
		{"promises: {outcome: refused}\n", 6,
		 "a refusal counts only with its control: name the untampered twin of the image as "
		 "'update.control'"},
		{"promises: {outcome: [kept-old, refused]}\n", 6,
		 "a refusal counts only with its control: name the untampered twin of the image as "
		 "'update.control'"},
		{"promises: {outcome: none}\n", 6, "'none' is no outcome that can be promised"},
		{"promises: {outcome: updated, then: [updated, unresolved]}\n", 6,
		 "'unresolved' is no outcome that can be promised"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_conf *conf = NULL;
		struct bo_scenario *scenario = NULL;
		struct bo_buf report = {0}, text = {0};

		bo_buf_printf(&text, HEAD "%s", cases[i].text);
		struct written file = written(text.data);
		int rc = bo_scenario_read(file.path, &conf, &scenario, &report);

		cr_expect_eq(rc, cases[i].complaint ? -EINVAL : 0, "%s%s", cases[i].text,
			     report.data);
		if (cases[i].complaint)
			expect_complaint(&report, cases[i].line, cases[i].complaint);
		bo_conf_free(conf);
		bo_buf_done(&report);
		bo_buf_done(&text);
		written_done(&file);
	}
}

Test(scenario, a_control_takes_the_same_way_so_that_no_fault_goes_with_it)
{
	static const char *const faults[] = {"fault: {at: boot.1}", "faults: [boot.1=cut:off-1s]",
					     "strategy: {kind: none}", ""};

	for (size_t i = 0; i < COUNT(faults); i++) {
		struct bo_conf *conf = NULL;
		struct bo_scenario *scenario = NULL;
		struct bo_buf report = {0}, text = {0};

		bo_buf_printf(
			&text,
			"brownout: 1\nscenario: s\ntargets: [t]\nbaseline: {app: {image: a}}\n"
			"update: {image: b, control: c}\npromises: {outcome: refused}\n%s\n",
			faults[i]);
		struct written file = written(text.data);
		int rc = bo_scenario_read(file.path, &conf, &scenario, &report);

		cr_expect_eq(rc, faults[i][0] ? -EINVAL : 0, "%s", report.data);
		if (rc < 0)
			expect_complaint(&report, 5,
					 "a fault and a control in one scenario: the control would "
					 "not take the same way");
		bo_conf_free(conf);
		bo_buf_done(&report);
		bo_buf_done(&text);
		written_done(&file);
	}
}
