#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/base/prng.h"
#include "harness/model/schedule.h"

#define KNOWN                                                                                  \
	"known: cut, dip, drop, duplicate, delay, corrupt, reorder, break, garbage, silence, " \
	"reset"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool same_fault(const struct bo_fault *a, const struct bo_fault *b)
{
	return a->boot == b->boot && strcmp(a->point, b->point) == 0 && a->n == b->n &&
	       a->delay_ns == b->delay_ns && a->action == b->action && a->off_ns == b->off_ns &&
	       a->times == b->times && a->every_ns == b->every_ns && a->tear == b->tear &&
	       a->ram == b->ram && a->cause == b->cause;
}

static bool same_schedule(const struct bo_schedule *a, const struct bo_schedule *b)
{
	for (size_t i = 0; i < a->count && a->count == b->count; i++)
		if (!same_fault(&a->fault[i], &b->fault[i]))
			return false;
	return a->count == b->count;
}

Test(schedule, a_fault_says_where_when_and_what)
{
	static const struct {
		const char *text;
		struct bo_fault fault;
	} cases[] = {
		{"smp.byte.16384=cut:off-1s", {.point = "smp.byte", .n = 16384, .off_ns = BO_S}},
		{"smp.at.40pct=cut:off-1s", {.point = "smp.at", .n = 40, .off_ns = BO_S}},
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
		{"boot.1+0ms=cut:off-1s", "boot.1=cut:off-1s"},
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

/* ---- random schedules ---- */

static bo_ns random_time(struct bo_prng *prng)
{
	static const bo_ns units[] = {1, BO_US, BO_MS, BO_S, 60 * BO_S, 3600 * BO_S};

	return (bo_ns)(1 + bo_prng_below(prng, 8000)) * units[bo_prng_below(prng, COUNT(units))];
}

static void random_fault(struct bo_prng *prng, struct bo_fault *ret)
{
	static const char *const points[] = {"smp.byte", "smp.at", "boot",  "power-on",
					     "flash.op", "swap",   "b.b_2", "x-1"};
	const char *point = points[bo_prng_below(prng, COUNT(points))];

	*ret = (struct bo_fault){
		.boot = (unsigned)bo_prng_below(prng, 4),
		.n = 1 + bo_prng_below(prng, strcmp(point, "smp.at") == 0 ? 100 : 70000),
		.delay_ns = bo_prng_below(prng, 2) ? random_time(prng) : 0,
		.off_ns = random_time(prng),
	};
	(void)bo_str_copy(ret->point, sizeof(ret->point), point);
	if (bo_prng_below(prng, 3) > 0)
		return;
	ret->action = BO_ACTION_DIP;
	ret->times = 1 + (unsigned)bo_prng_below(prng, BO_DIPS_MAX);
	ret->off_ns = 1 + (bo_ns)bo_prng_below(prng, BO_S);
	ret->every_ns = ret->times > 1 ? ret->off_ns + 1 + (bo_ns)bo_prng_below(prng, BO_S) : 0;
}

static void random_schedule(struct bo_prng *prng, struct bo_schedule *ret)
{
	*ret = (struct bo_schedule){.count = bo_prng_below(prng, BO_FAULTS_MAX + 1)};
	for (size_t i = 0; i < ret->count; i++)
		random_fault(prng, &ret->fault[i]);
}

Test(schedule, what_is_formatted_is_parsed_back_and_formatted_alike)
{
	struct bo_prng prng;

	bo_prng_init(&prng, 2026);
	for (int i = 0; i < 2000; i++) {
		struct bo_schedule schedule, again;
		struct bo_buf text = {0}, twice = {0};
		struct bo_err err = {0};

		random_schedule(&prng, &schedule);
		bo_schedule_format(&schedule, &text);
		cr_assert_eq(bo_schedule_parse(text.data, &again, &err), 0, "%s: %s", text.data,
			     bo_err_text(&err));
		cr_assert(same_schedule(&schedule, &again), "%s", text.data);
		bo_schedule_format(&again, &twice);
		cr_assert_str_eq(text.data, twice.data);
		cr_assert_eq(strspn(text.data, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxy"
					       "z0123456789._+=:,@-"),
			     text.len, "not safe in a shell: %s", text.data);
		bo_buf_done(&text);
		bo_buf_done(&twice);
	}
}

/* The text without its times and without the ordinal that may be left out: what must agree between
 * the spellings of one schedule. */
static void bones(const char *text, struct bo_buf *out)
{
	while (*text) {
		if (*text == '+')
			text += strcspn(text, "=");
		if (strncmp(text, "off-", 4) == 0 || strncmp(text, "every-", 6) == 0)
			text += strcspn(text, ",");
		if (strncmp(text, "=dip:", 5) == 0)
			text += 5 + strcspn(text + 5, ":,");
		if (strncmp(text, "power-on.1", 10) == 0 && strchr("+=", text[10])) {
			bo_buf_add(out, "power-on", 8);
			text += 10;
			continue;
		}
		if (*text)
			bo_buf_add(out, text++, 1);
	}
}

static void mutate(struct bo_prng *prng, struct bo_buf *text)
{
	static const char alphabet[] = "0123456789.+=:,-@/abnpcutof smh%";
	char *at = text->data + bo_prng_below(prng, text->len);
	char tail[BO_ID_MAX];

	switch (bo_prng_below(prng, 3)) {
	case 0:
		*at = alphabet[bo_prng_below(prng, sizeof(alphabet) - 1)];
		break;
	case 1:
		memmove(at, at + 1, strlen(at));
		break;
	default:
		(void)bo_str_copy(tail, sizeof(tail), at);
		bo_buf_printf(text, "%s", tail);
		break;
	}
	text->len = strlen(text->data);
}

Test(schedule, nothing_is_accepted_that_is_not_a_spelling_of_what_is_formatted)
{
	struct bo_prng prng;
	unsigned accepted = 0;

	bo_prng_init(&prng, 7);
	for (int i = 0; i < 20000; i++) {
		struct bo_schedule schedule, again;
		struct bo_buf text = {0}, canonical = {0}, a = {0}, b = {0};
		struct bo_err err = {0};

		schedule.count = 1;
		random_fault(&prng, &schedule.fault[0]);
		bo_schedule_format(&schedule, &text);
		mutate(&prng, &text);
		if (bo_schedule_parse(text.data, &schedule, &err) == 0) {
			accepted++;
			bo_schedule_format(&schedule, &canonical);
			cr_assert_eq(bo_schedule_parse(canonical.data, &again, &err), 0, "%s",
				     canonical.data);
			cr_assert(same_schedule(&schedule, &again), "%s", text.data);
			bones(text.data, &a);
			bones(canonical.data, &b);
			cr_assert_str_eq(a.data, b.data, "%s is not %s", text.data, canonical.data);
		} else {
			cr_assert_neq(err.text[0], '\0', "%s", text.data);
		}
		bo_buf_done(&text);
		bo_buf_done(&canonical);
		bo_buf_done(&a);
		bo_buf_done(&b);
	}
	cr_expect_gt(accepted, 2000u, "the mutations hit nothing: %u", accepted);
}
