#include <criterion/criterion.h>
#include <string.h>

#include "harness/model/shrink.h"

/* Devices that fail by a rule. */

static bool any_swap(const struct bo_schedule *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->fault[i].point, "swap") == 0)
			return true;
	return false;
}

static bool both_swap_and_boot(const struct bo_schedule *s)
{
	bool boot = false;

	for (size_t i = 0; i < s->count; i++)
		boot |= strcmp(s->fault[i].point, "boot") == 0;
	return boot && any_swap(s);
}

static bool late_operation(const struct bo_schedule *s)
{
	return s->count == 1 && s->fault[0].n >= 10200 && s->fault[0].delay_ns >= 500 * BO_US;
}

static bool second_boot_only(const struct bo_schedule *s)
{
	return s->count == 1 && s->fault[0].boot == 2;
}

static bool any_outage(const struct bo_schedule *s)
{
	return s->count == 1 && s->fault[0].action == BO_ACTION_NET && s->fault[0].n == 40;
}

static bool never(const struct bo_schedule *s)
{
	(void)s;
	return false;
}

static size_t shrink(const char *from, bool (*fails)(const struct bo_schedule *s),
		     struct bo_buf *out)
{
	struct bo_shrink shrink = {0};
	struct bo_schedule candidate;
	struct bo_err err = {0};
	size_t trials = 0;

	cr_assert_eq(bo_schedule_parse(from, &shrink.current, &err), 0, "%s", bo_err_text(&err));
	while (bo_shrink_next(&shrink, &candidate)) {
		cr_assert_lt(++trials, 500);
		cr_assert_gt(candidate.count, 0, "without faults nothing fails");
		if (fails(&candidate))
			bo_shrink_take(&shrink, &candidate);
	}
	bo_schedule_format(&shrink.current, out);
	return trials;
}

Test(shrink, what_is_not_needed_is_left_out_and_what_is_left_is_simple)
{
	static const struct {
		const char *from;
		bool (*fails)(const struct bo_schedule *s);
		const char *to;
		size_t trials;
	} cases[] = {
		{"boot.1=cut:off-1s,x.1=cut:off-1s,swap.1=cut:off-1s,y.1=cut:off-1s", any_swap,
		 "swap.1=cut:off-1s", 10},
		/* the later of two that would do stays */
		{"swap.1=cut:off-1s,swap.2=cut:off-1s", any_swap, "swap.2=cut:off-1s", 5},
		{"x.1=cut:off-1s,boot.1+3ms=cut:off-1s,y.1=cut:off-1s,swap.1=cut:off-1s",
		 both_swap_and_boot, "boot.1=cut:off-1s,swap.1=cut:off-1s", 20},
		{"op.12345+1234567ns=cut:off-1s", late_operation, "op.12000+1ms=cut:off-1s", 20},
		{"smp.at.40pct=net:flap:2s:every-5s:x4", any_outage, "smp.at.40pct=net:down:2s", 5},
		{"b2.x.1+5ms=cut:off-1s", second_boot_only, "b2.x.1=cut:off-1s", 5},
		{"b2.op.777+123us=cut:off-1s,swap.1=cut:off-1s", never,
		 "b2.op.777+123us=cut:off-1s,swap.1=cut:off-1s", 10},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_buf text = {0};
		size_t trials = shrink(cases[i].from, cases[i].fails, &text);

		cr_expect_str_eq(text.data, cases[i].to, "%s", cases[i].from);
		cr_expect_leq(trials, cases[i].trials, "%s: %zu trials", cases[i].from, trials);
		bo_buf_done(&text);
	}
}
