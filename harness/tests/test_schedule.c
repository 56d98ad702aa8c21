#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/tests/same_fault.h"

#define KNOWN                                                                                  \
	"known: cut, dip, drop, duplicate, delay, corrupt, reorder, break, garbage, silence, " \
	"reset, net"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(schedule, a_fault_says_where_when_and_what)
{
	static const struct {
		const char *text;
		struct bo_fault fault;
	} cases[] = {
		{"smp.byte.16384=cut:off-1s", {.point = "smp.byte", .n = 16384, .off_ns = BO_S}},
		{"smp.at.40pct=cut:off-1s", {.point = "smp.at", .n = 40, .off_ns = BO_S}},
		{"exec.at.40pct=cut:off-1s", {.point = "exec.at", .n = 40, .off_ns = BO_S}},
		{"pull.at.40pct=cut:off-1s", {.point = "pull.at", .n = 40, .off_ns = BO_S}},
		{"pull.request.2=cut:off-1s", {.point = "pull.request", .n = 2, .off_ns = BO_S}},
		{"smp.at.100pct=cut:off-1s", {.point = "smp.at", .n = 100, .off_ns = BO_S}},
		{"power-on=cut:off-250ms", {.point = "power-on", .n = 1, .off_ns = 250 * BO_MS}},
		{"power-on.2=cut:off-1s", {.point = "power-on", .n = 2, .off_ns = BO_S}},
		{"boot.2+3ms=cut:off-1s",
		 {.point = "boot", .n = 2, .delay_ns = 3 * BO_MS, .off_ns = BO_S}},
		{"flash.op.512+20us=cut:off-1min",
		 {.point = "flash.op", .n = 512, .delay_ns = 20 * BO_US, .off_ns = 60 * BO_S}},
		{"b3.flash.op.7=cut:off-1s:low",
		 {.boot = 3, .point = "flash.op", .n = 7, .off_ns = BO_S, .tear = 2}},
		{"flash.op.7=cut:off-1s:mixed",
		 {.point = "flash.op", .n = 7, .off_ns = BO_S, .tear = 7}},
		{"flash.op.7=cut:off-1s:clean:ram-kept",
		 {.point = "flash.op", .n = 7, .off_ns = BO_S, .tear = 1, .ram = BO_RAM_KEPT}},
		{"flash.op.7=cut:off-1s:low:cause-low-power",
		 {.point = "flash.op",
		  .n = 7,
		  .off_ns = BO_S,
		  .tear = 2,
		  .cause = BO_FOUND_LOW_POWER}},
		{"flash.op.7=cut:off-1s:high:ram-zero:cause-pin",
		 {.point = "flash.op",
		  .n = 7,
		  .off_ns = BO_S,
		  .tear = 3,
		  .ram = BO_RAM_ZERO,
		  .cause = BO_FOUND_PIN}},
		{"b2.swap.1+3ns=cut:off-1s",
		 {.boot = 2, .point = "swap", .n = 1, .delay_ns = 3, .off_ns = BO_S}},
		{"boot.1=dip:350us",
		 {.point = "boot",
		  .n = 1,
		  .action = BO_ACTION_DIP,
		  .off_ns = 350 * BO_US,
		  .times = 1}},
		{"boot.1+1s=dip:350us:x3:every-2ms",
		 {.point = "boot",
		  .n = 1,
		  .delay_ns = BO_S,
		  .action = BO_ACTION_DIP,
		  .off_ns = 350 * BO_US,
		  .times = 3,
		  .every_ns = 2 * BO_MS}},
		{"b64.x.1=cut:off-1ns", {.boot = 64, .point = "x", .n = 1, .off_ns = 1}},
		{"phase.second=cut:off-1s", {.point = "phase.second", .n = 1, .off_ns = BO_S}},
		{"phase.second.2+1s=cut:off-1s",
		 {.point = "phase.second", .n = 2, .delay_ns = BO_S, .off_ns = BO_S}},
		{"phase.2=cut:off-1s", {.point = "phase", .n = 2, .off_ns = BO_S}},
		{"phase.second:smp.byte.8192+2ms=cut:off-1s",
		 {.after = {.point = "phase.second", .n = 1},
		  .point = "smp.byte",
		  .n = 8192,
		  .delay_ns = 2 * BO_MS,
		  .off_ns = BO_S}},
		{"b2.swap.3:within-2s:boot.1=cut:off-1s",
		 {.after = {.boot = 2, .point = "swap", .n = 3, .within_ns = 2 * BO_S},
		  .point = "boot",
		  .n = 1,
		  .off_ns = BO_S}},
		{"bank.1=cut:off-1s", {.point = "bank", .n = 1, .off_ns = BO_S}},
		{"b0.1=cut:off-1s", {.point = "b0", .n = 1, .off_ns = BO_S}},
		{"b65.1=cut:off-1s", {.point = "b65", .n = 1, .off_ns = BO_S}},
		{"a.b-c_d.999999999999999999=cut:off-1s",
		 {.point = "a.b-c_d", .n = 999999999999999999, .off_ns = BO_S}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_fault fault;
		struct bo_err err = {0};
		struct bo_buf text = {0};

		cr_assert_eq(bo_fault_parse(cases[i].text, &fault, &err), 0, "%s: %s",
			     cases[i].text, bo_err_text(&err));
		cr_expect(same_fault(&fault, &cases[i].fault), "%s", cases[i].text);
		bo_fault_format(&fault, &text);
		cr_expect_str_eq(text.data, cases[i].text);
		bo_buf_done(&text);
	}
}

Test(schedule, other_spellings_of_a_fault_become_the_one)
{
	static const struct {
		const char *text, *canonical;
	} cases[] = {
		{"power-on.1=cut:off-1s", "power-on=cut:off-1s"},
		{"boot.1=cut:off-drained", "boot.1=cut:off-drained"},
		{"boot.1+0ms=cut:off-1s", "boot.1=cut:off-1s"},
		{"phase.up.1=cut:off-1s", "phase.up=cut:off-1s"},
		{"phase.up.1:within-1000ms:power-on.1=cut:off-1s",
		 "phase.up:within-1s:power-on=cut:off-1s"},
		{"boot.1+0.5ms=cut:off-1000ms", "boot.1+500us=cut:off-1s"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_fault fault;
		struct bo_err err = {0};
		struct bo_buf text = {0};

		cr_assert_eq(bo_fault_parse(cases[i].text, &fault, &err), 0, "%s: %s",
			     cases[i].text, bo_err_text(&err));
		bo_fault_format(&fault, &text);
		cr_expect_str_eq(text.data, cases[i].canonical);
		bo_buf_done(&text);
	}
}

Test(schedule, a_refused_fault_says_what_is_wrong_with_it)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"", "fault '' names no action, for example ...=cut:off-1s"},
		{"boot.1", "fault 'boot.1' names no action, for example ...=cut:off-1s"},
		{"=cut:off-1s", "fault point '': expected a name and a number, for example "
				"smp.byte.16384"},
		{":boot.1=cut:off-1s", "fault point '': expected a name and a number, for example "
				       "smp.byte.16384"},
		{"swap.1:=cut:off-1s", "fault point '': expected a name and a number, for example "
				       "smp.byte.16384"},
		{"a.1:b.1:c.1=cut:off-1s", "fault point 'b.1:c.1': expected a name and a number, "
					   "for example smp.byte.16384"},
		{"a.1:b2.c.1=cut:off-1s",
		 "'b2.c.1': what comes after another point is counted from "
		 "there, not from a boot"},
		{"a.1:within-2s=cut:off-1s",
		 "'a.1:within-2s': within that time nothing is awaited"},
		{"a.1:within-0s:b.1=cut:off-1s", "window '0s': nothing happens within no time"},
		{"a.1:within-2:b.1=cut:off-1s",
		 "window '2': a bare number; say for example '250 ms'"},
		{"within-2s:b.1=cut:off-1s",
		 "fault point 'within-2s' has no ordinal; say for example 'within-2s.1'"},
		{"phase.=cut:off-1s", "fault point 'phase.': '' is not an ordinal counted from 1"},
		{"phase.up.0=cut:off-1s",
		 "fault point 'phase.up.0': '0' is not an ordinal counted from 1"},
		{"bo ot.1=cut:off-1s", "fault point 'bo ot.1': expected a name and a number, for "
				       "example smp.byte.16384"},
		{"b2.=cut:off-1s", "fault point '': expected a name and a number, for example "
				   "smp.byte.16384"},
		{"boot=cut:off-1s", "fault point 'boot' has no ordinal; say for example 'boot.1'"},
		{".1=cut:off-1s", "fault point '.1' has no ordinal; say for example '.1.1'"},
		{"boot.0=cut:off-1s", "fault point 'boot.0': '0' is not an ordinal counted from 1"},
		{"boot.01=cut:off-1s",
		 "fault point 'boot.01': '01' is not an ordinal counted from 1"},
		{"boot.-1=cut:off-1s",
		 "fault point 'boot.-1': '-1' is not an ordinal counted from 1"},
		{"boot.=cut:off-1s", "fault point 'boot.': '' is not an ordinal counted from 1"},
		{"boot.1000000000000000000=cut:off-1s",
		 "fault point 'boot.1000000000000000000': '1000000000000000000' is not an ordinal "
		 "counted from 1"},
		{"boot.40pct=cut:off-1s",
		 "fault point 'boot.40pct': '40pct' is not an ordinal counted from 1"},
		{"smp.at.40=cut:off-1s",
		 "fault point 'smp.at.40': '40' is not a share such as 40pct"},
		{"smp.at.pct=cut:off-1s",
		 "fault point 'smp.at.pct': 'pct' is not a share such as 40pct"},
		{"smp.at.101pct=cut:off-1s",
		 "fault point 'smp.at.101pct': '101pct' is not a share such as 40pct"},
		{"smp.at.0pct=cut:off-1s",
		 "fault point 'smp.at.0pct': '0pct' is not a share such as 40pct"},
		{"a23456789-123456789-123456789-123456789-1234567.1=cut:off-1s", NULL},
		{"a23456789-123456789-123456789-123456789-12345678.1=cut:off-1s",
		 "fault point 'a23456789-123456789-123456789-123456789-12345678.1': its name is "
		 "longer than 47 characters"},
		{"boot.1+=cut:off-1s", "delay '': empty; say for example '250 ms'"},
		{"boot.1+5=cut:off-1s", "delay '5': a bare number; say for example '250 ms'"},
		{"boot.1+-5ms=cut:off-1s",
		 "delay '-5ms': negative; expected a duration such as '250 ms'"},
		{"boot.1+0000000000000000000000000000001ms=cut:off-1s",
		 "delay '0000000000000000000000000000001ms' is too long"},
		{"boot.1=", "unknown action ''; " KNOWN},
		{"boot.1=cu:off-1s", "unknown action 'cu'; " KNOWN},
		{"boot.1=cuts:off-1s", "unknown action 'cuts'; " KNOWN},
		{"boot.1=CUT:off-1s", "unknown action 'CUT'; " KNOWN},
		{"boot.1=dip", "a dip says how short it is, for example dip:350us"},
		{"boot.1=dip:0us", "a dip of no length is none"},
		{"boot.1=dip:1s:off-1s",
		 "':off-1s' is no train of 2 to 16 dips, for example dip:350us:x3:every-2ms"},
		{"boot.1=dip:1ms:x1:every-2ms",
		 "':x1:every-2ms' is no train of 2 to 16 dips, for example dip:350us:x3:every-2ms"},
		{"boot.1=dip:1ms:x17:every-2ms", "':x17:every-2ms' is no train of 2 to 16 dips, "
						 "for example dip:350us:x3:every-2ms"},
		{"boot.1=dip:1ms:x3",
		 "':x3' is no train of 2 to 16 dips, for example dip:350us:x3:every-2ms"},
		{"boot.1=dip:1ms:x3:every-1ms", "each dip must be over before the next one begins"},
		{"boot.1=cut", "a cut says how long power stays away, for example cut:off-1s"},
		{"boot.1=cut:on-1s",
		 "a cut says how long power stays away, for example cut:off-1s"},
		{"boot.1=cut:off-", "off time '': empty; say for example '250 ms'"},
		{"boot.1=cut:off-drain",
		 "off time 'drain': not a duration; say for example '250 ms'"},
		{"boot.1=cut:off-0s", "off time '0s': power must stay away for some time"},
		{"boot.1=cut:off-1s:x",
		 "a cut does not leave 'x'; known: clean, low, high, bits, first, second, mixed"},
		{"flash.op.1=cut:off-1s:ram-zero", "a cut does not leave 'ram-zero'; known: clean, "
						   "low, high, bits, first, second, mixed"},
		{"flash.op.1=cut:off-1s:low:cause-pin:ram-zero",
		 "the boot after a cut does not find 'ram-zero'; known: ram-zero, ram-ones, "
		 "ram-kept, then cause-pin, cause-soft, cause-watchdog, cause-window-watchdog, "
		 "cause-low-power"},
		{"flash.op.1=cut:off-1s:low:ram-garbage",
		 "the boot after a cut does not find 'ram-garbage'; known: ram-zero, ram-ones, "
		 "ram-kept, then cause-pin, cause-soft, cause-watchdog, cause-window-watchdog, "
		 "cause-low-power"},
		{"boot.1=cut:off-1s:low",
		 "only a cut at flash.op.N, without a delay, can leave 'low'"},
		{"flash.op.1+1us=cut:off-1s:low",
		 "only a cut at flash.op.N, without a delay, can leave 'low'"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_fault fault = {.n = 77};
		struct bo_err err = {0};
		int rc = bo_fault_parse(cases[i].text, &fault, &err);

		cr_expect_eq(rc, cases[i].why ? -EINVAL : 0, "%s", cases[i].text);
		cr_expect_str_eq(err.text, cases[i].why ? cases[i].why : "", "%s", cases[i].text);
		if (cases[i].why)
			cr_expect_eq(fault.n, 77, "%s touched its output", cases[i].text);
	}
}

Test(schedule, a_point_alone_is_what_a_scenario_writes)
{
	struct bo_fault fault = {.boot = 9, .off_ns = 5};
	struct bo_err err = {0};
	struct bo_buf text = {0};

	cr_assert_eq(bo_point_parse("b3.smp.at.7pct", &fault, &err), 0, "%s", bo_err_text(&err));
	cr_expect_eq(fault.boot, 3);
	cr_expect_eq(fault.off_ns, 5, "only the point is set");
	bo_point_format(&fault, &text);
	cr_expect_str_eq(text.data, "b3.smp.at.7pct");
	bo_buf_done(&text);
	cr_expect_eq(bo_point_parse("boot.1+3ms", &fault, &err), -EINVAL);
	cr_expect_eq(fault.boot, 3, "untouched on failure");
}

Test(schedule, faults_are_separated_by_commas_and_none_is_none)
{
	static const struct {
		const char *text;
		size_t count;
		const char *why;
	} cases[] = {
		{"none", 0, NULL},
		{"boot.1=cut:off-1s", 1, NULL},
		{"boot.1=cut:off-1s,boot.2=cut:off-1s", 2, NULL},
		{"", 0, "fault '' names no action, for example ...=cut:off-1s"},
		{"boot.1=cut:off-1s,", 0, "fault '' names no action, for example ...=cut:off-1s"},
		{",boot.1=cut:off-1s", 0, "fault '' names no action, for example ...=cut:off-1s"},
		{"boot.1=cut:off-1s,none", 0,
		 "fault 'none' names no action, for example ...=cut:off-1s"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_schedule schedule = {.count = 5};
		struct bo_err err = {0};
		int rc = bo_schedule_parse(cases[i].text, &schedule, &err);

		cr_expect_eq(rc, cases[i].why ? -EINVAL : 0, "%s", cases[i].text);
		cr_expect_eq(schedule.count, cases[i].why ? 5 : cases[i].count, "%s",
			     cases[i].text);
		cr_expect_str_eq(err.text, cases[i].why ? cases[i].why : "", "%s", cases[i].text);
	}
}

Test(schedule, the_seventeenth_fault_is_refused)
{
	struct bo_schedule schedule;
	struct bo_err err = {0};
	struct bo_buf text = {0};

	for (int i = 0; i < BO_FAULTS_MAX; i++)
		bo_buf_printf(&text, "%sboot.%d=cut:off-1s", i > 0 ? "," : "", i + 1);
	cr_assert_eq(bo_schedule_parse(text.data, &schedule, &err), 0, "%s", bo_err_text(&err));
	cr_expect_eq(schedule.count, BO_FAULTS_MAX);
	bo_buf_printf(&text, ",boot.17=cut:off-1s");
	cr_expect_eq(bo_schedule_parse(text.data, &schedule, &err), -EINVAL);
	cr_expect_str_eq(err.text, "more than 16 faults");
	bo_buf_done(&text);
}

Test(schedule, an_id_holds_scenario_hash_variant_and_schedule)
{
	static const char text[] =
		"serial-swap@3f9a11c2/f103-swap/smp.byte.16384+250ms=cut:off-1s,b2.swap.1+3ms=cut:"
		"off-1s";
	struct bo_trial_id id;
	struct bo_err err = {0};
	char again[BO_ID_MAX], tight[sizeof(text)];

	cr_assert_eq(bo_trial_id_parse(text, &id, &err), 0, "%s", bo_err_text(&err));
	cr_expect_str_eq(id.scenario, "serial-swap");
	cr_expect_str_eq(id.hash8, "3f9a11c2");
	cr_expect_str_eq(id.variant, "f103-swap");
	cr_expect_eq(id.schedule.count, 2);
	cr_expect(bo_trial_id_format(&id, again, sizeof(again)));
	cr_expect_str_eq(again, text);
	cr_expect(bo_trial_id_format(&id, tight, sizeof(tight)));
	cr_expect_not(bo_trial_id_format(&id, tight, sizeof(tight) - 1));
}

#define NO_CELL(variant)                                                                      \
	"trial id: '" variant "': behind the target class stands each parameter once, as in " \
	"f103-swap,payload=crash"

Test(schedule, a_refused_id_says_which_part_is_wrong)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"", "trial id: no scenario before '@' at ''"},
		{"clean", "trial id: no scenario before '@' at 'clean'"},
		{"@00000000/t/none", "trial id: no scenario before '@' at '@00000000/t/none'"},
		{"a b@00000000/t/none",
		 "trial id: no scenario before '@' at 'a b@00000000/t/none'"},
		{"a@0000000/t/none", "trial id: '0000000' is not a hash of 8 hexadecimal digits"},
		{"a@0000000G/t/none", "trial id: '0000000G' is not a hash of 8 hexadecimal digits"},
		{"a@ABCDEF00/t/none", "trial id: 'ABCDEF00' is not a hash of 8 hexadecimal digits"},
		{"a@00000000", "trial id: '00000000' is not a hash of 8 hexadecimal digits"},
		{"a@00000000/t", "trial id: no variant before '/' at 't'"},
		{"a@00000000//none", "trial id: no variant before '/' at '/none'"},
		{"a@00000000/.t,a=1/none", "trial id: no variant before '/' at '.t,a=1/none'"},
		{"a@00000000/t,a=1", "trial id: no variant before '/' at 't,a=1'"},
		{"a@00000000/t,/none", NO_CELL("t,")},
		{"a@00000000/t,a/none", NO_CELL("t,a")},
		{"a@00000000/t,a=/none", NO_CELL("t,a=")},
		{"a@00000000/t,=1/none", NO_CELL("t,=1")},
		{"a@00000000/t,a=1,/none", NO_CELL("t,a=1,")},
		{"a@00000000/t,a=1,b/none", NO_CELL("t,a=1,b")},
		{"a@00000000/t,a=1,b=2,a=3/none", NO_CELL("t,a=1,b=2,a=3")},
		{"a@00000000/t,a=1=2/none", NO_CELL("t,a=1=2")},
		{"a@00000000/t,a=1 2/none", NO_CELL("t,a=1 2")},
		{"a@00000000/t/", "trial id: fault '' names no action, for example "
				  "...=cut:off-1s"},
		{"a@00000000/t/nonesuch", "trial id: fault 'nonesuch' names no action, for "
					  "example ...=cut:off-1s"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_trial_id id = {.hash8 = "before"};
		struct bo_err err = {0};

		cr_expect_eq(bo_trial_id_parse(cases[i].text, &id, &err), -EINVAL, "%s",
			     cases[i].text);
		cr_expect_str_eq(err.text, cases[i].why);
		cr_expect_str_eq(id.hash8, "before");
	}
}

Test(schedule, an_id_has_a_longest_length)
{
	char text[BO_ID_MAX + 1];
	struct bo_trial_id id;
	struct bo_err err = {0};

	memset(text, 'x', sizeof(text));
	text[BO_ID_MAX] = '\0';
	cr_expect_eq(bo_trial_id_parse(text, &id, &err), -EINVAL);
	cr_expect_str_eq(err.text, "trial id: longer than 511 characters");
	text[BO_ID_MAX - 1] = '\0';
	cr_expect_eq(bo_trial_id_parse(text, &id, &err), -EINVAL);
	cr_expect_null(strstr(err.text, "longer"), "%s", err.text);
}
