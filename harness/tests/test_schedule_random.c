#include <criterion/criterion.h>
#include <string.h>

#include "harness/base/prng.h"
#include "harness/tests/same_fault.h"

/* Random schedules, and what a few wrong characters make of them. */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bo_ns random_time(struct bo_prng *prng)
{
	static const bo_ns units[] = {1, BO_US, BO_MS, BO_S, 60 * BO_S, 3600 * BO_S};

	return (bo_ns)(1 + bo_prng_below(prng, 8000)) * units[bo_prng_below(prng, COUNT(units))];
}

static void random_after(struct bo_prng *prng, struct bo_fault *ret)
{
	static const char *const points[] = {"boot", "phase.up", "power-on", "swap"};

	ret->after = (struct bo_after){
		.boot = (unsigned)bo_prng_below(prng, 3),
		.n = 1 + bo_prng_below(prng, 3),
		.within_ns = bo_prng_below(prng, 2) ? random_time(prng) : 0,
	};
	ret->boot = 0;
	(void)bo_str_copy(ret->after.point, sizeof(ret->after.point),
			  points[bo_prng_below(prng, COUNT(points))]);
}

static void random_net(struct bo_prng *prng, struct bo_fault *ret)
{
	ret->action = BO_ACTION_NET;
	ret->net = (enum bo_net_act)bo_prng_below(prng, BO_NET_ACTS);
	ret->off_ns = 0;
	if (ret->net == BO_NET_ACT_BLACKHOLE)
		return;
	if (ret->net <= BO_NET_ACT_FLAP || bo_prng_below(prng, 2))
		ret->for_ns = random_time(prng);
	if (ret->net == BO_NET_ACT_FLAP) {
		ret->for_ns = 1 + (bo_ns)bo_prng_below(prng, BO_S);
		ret->every_ns = ret->for_ns + 1 + (bo_ns)bo_prng_below(prng, BO_S);
		ret->times = 2 + (unsigned)bo_prng_below(prng, BO_FLAPS_MAX - 1);
	} else if (ret->net == BO_NET_ACT_PROFILE) {
		ret->net_value = (int64_t)bo_prng_below(prng, 13);
	} else if (ret->net != BO_NET_ACT_DOWN) {
		ret->net_value = 8 * (1 + (int64_t)bo_prng_below(prng, 100000));
	}
}

static void random_fault(struct bo_prng *prng, struct bo_fault *ret)
{
	static const char *const points[] = {"smp.byte", "smp.at", "boot", "power-on", "flash.op",
					     "swap",	 "b.b_2",  "x-1",  "phase.up"};
	const char *point = points[bo_prng_below(prng, COUNT(points))];

	*ret = (struct bo_fault){
		.boot = (unsigned)bo_prng_below(prng, 4),
		.n = 1 + bo_prng_below(prng, strcmp(point, "smp.at") == 0 ? 100 : 70000),
		.delay_ns = bo_prng_below(prng, 2) ? random_time(prng) : 0,
		.off_ns = random_time(prng),
	};
	(void)bo_str_copy(ret->point, sizeof(ret->point), point);
	if (bo_prng_below(prng, 4) == 0)
		random_after(prng, ret);
	if (bo_prng_below(prng, 3) == 0) {
		random_net(prng, ret);
		return;
	}
	if (bo_prng_below(prng, 2) > 0)
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

Test(schedule_random, what_is_formatted_is_parsed_back_and_formatted_alike)
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

/* Points whose first occurrence needs no ordinal. */
static bool is_bare(const char *text)
{
	return strncmp(text, "power-on", 8) == 0 || strncmp(text, "phase.up", 8) == 0;
}

/* The text without its times and without the ordinal that may be left out: what must agree between
 * the spellings of one schedule. */
static void bones(const char *text, struct bo_buf *out)
{
	static const char *const before_time[] = {
		"=dip:", "=net:down:", "=net:flap:", "=net:delay-", "=net:rate-"};

	while (*text) {
		if (*text == '+')
			text += strcspn(text, "=");
		if (strncmp(text, "off-", 4) == 0 || strncmp(text, "every-", 6) == 0 ||
		    strncmp(text, "for-", 4) == 0)
			text += strcspn(text, ":,");
		for (size_t i = 0; i < COUNT(before_time); i++) {
			size_t len = strlen(before_time[i]);

			if (strncmp(text, before_time[i], len) == 0)
				text += len + strcspn(text + len, ":,");
		}
		if (strncmp(text, "within-", 7) == 0)
			text += strcspn(text, ":,");
		if (is_bare(text) && text[8] == '.' && text[9] == '1' && strchr("+=:", text[10])) {
			bo_buf_add(out, text, 8);
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

Test(schedule_random, nothing_is_accepted_that_is_not_a_spelling_of_what_is_formatted)
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
