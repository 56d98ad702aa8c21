#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "harness/engine/listener.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What matched ends up in `log` as "name(capture)@time ". */
struct rig {
	struct bo_listener listener;
	char log[512];
};

static void heard(void *ctx, const struct bo_listener_rule *rule, const struct bo_match *match,
		  bo_ns at)
{
	struct rig *rig = ctx;
	size_t len = strlen(rig->log);

	snprintf(rig->log + len, sizeof(rig->log) - len, "%s(%s)@%lld#%llu ", rule->name,
		 match->count > 0 ? match->capture[0].text : "", (long long)at,
		 (unsigned long long)rule->count);
}

static void heard_and_broke_the_line(void *ctx, const struct bo_listener_rule *rule,
				     const struct bo_match *match, bo_ns at)
{
	struct rig *rig = ctx;

	heard(ctx, rule, match, at);
	bo_listener_break_line(&rig->listener);
}

static struct rig *set_up(void)
{
	static struct rig rig;

	rig = (struct rig){.listener = {.ctx = &rig}};
	cr_assert(bo_listener_add(&rig.listener, &(struct bo_listener_rule){.pattern = "boot={n}",
									    .matched = heard,
									    .name = "boot"}));
	cr_assert(bo_listener_add(
		&rig.listener,
		&(struct bo_listener_rule){.pattern = "up", .matched = heard, .name = "up"}));
	return &rig;
}

static void feed(struct rig *rig, bo_ns at, const char *text)
{
	bo_listener_feed(&rig->listener, at, (const uint8_t *)text, strlen(text));
}

Test(listener, lines_are_heard_however_the_bytes_arrive)
{
	static const struct {
		const char *chunks[4];
		const char *log;
	} cases[] = {
		{{"boot=7\n"}, "boot(7)@0#1 "},
		{{"boot=7\r\nup\n"}, "boot(7)@0#1 up()@0#1 "},
		{{"bo", "ot", "=7", "\n"}, "boot(7)@3#1 "},
		{{"boot=7"}, ""},
		{{"boot=7", "\n"}, "boot(7)@1#1 "},
		{{"boot=1\nboot=2\nboot=3", "\n"}, "boot(1)@0#1 boot(2)@0#2 boot(3)@1#3 "},
		{{"xx boot=7 up\n"}, "boot(7)@0#1 up()@0#1 "},
		{{"\n\n\nup\n"}, "up()@0#1 "},
		{{"bo\not=7\n"}, ""},
		{{"boot=\xff\x01\n"}, "boot(\\xff\\x01)@0#1 "},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rig *rig = set_up();

		for (size_t k = 0; k < 4 && cases[i].chunks[k]; k++)
			feed(rig, (bo_ns)k, cases[i].chunks[k]);
		cr_expect_str_eq(rig->log, cases[i].log, "case %zu", i);
	}
}

Test(listener, a_half_line_before_a_cut_does_not_begin_the_next)
{
	struct rig *rig = set_up();

	feed(rig, 0, "boot=");
	bo_listener_break_line(&rig->listener);
	feed(rig, 1, "7\nboot=8\n");
	cr_expect_str_eq(rig->log, "boot(8)@1#1 ");
}

Test(listener, an_endless_line_ends_at_its_limit)
{
	struct rig *rig = set_up();
	static char line[2 * BO_LINE_MAX + 3];

	memset(line, 'x', sizeof(line));
	memcpy(line, "up", 2);
	memcpy(line + BO_LINE_MAX, "up", 2);
	memcpy(line + 2 * BO_LINE_MAX, "up\n", 3);
	bo_listener_feed(&rig->listener, 5, (const uint8_t *)line, sizeof(line));
	cr_expect_str_eq(rig->log, "up()@5#1 up()@5#2 up()@5#3 ");
	/* exactly full, then the newline: one line, not a second empty one */
	rig = set_up();
	bo_listener_feed(&rig->listener, 6, (const uint8_t *)line, BO_LINE_MAX);
	feed(rig, 7, "\nup\n");
	cr_expect_str_eq(rig->log, "up()@7#1 up()@7#2 ");
}

Test(listener, every_pattern_hears_a_line_even_when_the_first_breaks_it)
{
	struct rig *rig = set_up();

	rig->listener.rule[0].matched = heard_and_broke_the_line;
	feed(rig, 3, "boot=7 up\nup\n");
	cr_expect_str_eq(rig->log, "boot(7)@3#1 up()@3#1 up()@3#2 ");
}

Test(listener, a_full_table_takes_no_more)
{
	static struct bo_listener listener;
	const struct bo_listener_rule rule = {.pattern = "x", .matched = heard};

	for (int i = 0; i < BO_LISTENER_PATTERNS_MAX; i++)
		cr_assert(bo_listener_add(&listener, &rule));
	cr_expect_not(bo_listener_add(&listener, &rule));
}
