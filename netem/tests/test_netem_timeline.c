#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "netem/timeline.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What was applied, and when. */
struct record {
	struct bo_clock_virtual clock;
	struct bo_loop loop;
	char text[256];
	size_t fail_at; /* the how manieth fails, 0: none */
	size_t count;
};

static int note(void *ctx, const struct bo_netem *down, const struct bo_netem *up,
		struct bo_err *err)
{
	struct record *record = ctx;
	size_t len = strlen(record->text);

	if (++record->count == record->fail_at)
		return bo_err_set(err, -EIO, "no more");
	snprintf(record->text + len, sizeof(record->text) - len, "%lld:%lld/%lld ",
		 (long long)(bo_loop_now(&record->loop) / BO_MS), (long long)down->loss_ppm,
		 (long long)up->loss_ppm);
	return 0;
}

static void play(struct record *record, struct bo_netem_player *player, bo_ns until)
{
	bo_clock_virtual_init(&record->clock);
	bo_loop_init(&record->loop, &record->clock.clock);
	player->apply = note;
	player->ctx = record;
	bo_netem_play(player, &record->loop);
	cr_assert_eq(bo_loop_sleep_until(&record->loop, until), 0);
	bo_netem_stop(player);
}

static const struct bo_netem_step steps[] = {
	{0, {.loss_ppm = 1}, {.loss_ppm = 2}},
	{30 * BO_MS, {.loss_ppm = 3}, {.loss_ppm = 4}},
};

Test(netem_timeline, steps_come_when_they_are_due_and_the_last_one_stays)
{
	struct bo_netem_player player = {.steps = steps, .count = COUNT(steps)};
	struct record record = {0};

	play(&record, &player, 500 * BO_MS);
	cr_expect_str_eq(record.text, "0:1/2 30:3/4 ");
	cr_expect_eq(player.applied, 2);
	cr_expect_eq(player.err.code, 0);
}

Test(netem_timeline, a_period_begins_anew_without_drift)
{
	struct bo_netem_player player = {
		.steps = steps, .count = COUNT(steps), .period_ns = 40 * BO_MS};
	struct record record = {0};

	play(&record, &player, 90 * BO_MS);
	cr_expect_str_eq(record.text, "0:1/2 30:3/4 40:1/2 70:3/4 80:1/2 ");
	cr_expect_eq(player.late_ns, 0);
}

Test(netem_timeline, a_step_that_fails_ends_it_with_the_reason)
{
	struct bo_netem_player player = {
		.steps = steps, .count = COUNT(steps), .period_ns = 40 * BO_MS};
	struct record record = {.fail_at = 2};

	play(&record, &player, 500 * BO_MS);
	cr_expect_str_eq(record.text, "0:1/2 ");
	cr_expect_eq(record.count, 2);
	cr_expect_eq(player.applied, 1);
	cr_expect_str_eq(player.err.text, "no more");
}

Test(netem_timeline, an_outage_loses_everything_and_keeps_the_rest)
{
	const struct bo_netem good = {.delay_ns = 5, .chain = {1, 2, 3, 4}, .rate_Bps = 6};
	struct bo_netem_step flap[2];
	struct bo_err err = {0};

	bo_netem_flap(&good, &(struct bo_netem){.loss_ppm = 7}, 2 * BO_S, 10 * BO_S, flap);
	cr_expect_eq(bo_netem_timeline_check(flap, 2, 10 * BO_S, &err), 0, "%s", err.text);
	cr_expect_eq(flap[0].down.chain.p_ppm, 1);
	cr_expect_eq(flap[0].up.loss_ppm, 7);
	cr_expect_eq(flap[1].at_ns, 8 * BO_S);
	cr_expect_eq(flap[1].down.loss_ppm, 1000000);
	cr_expect_eq(flap[1].down.chain.p_ppm, 0);
	cr_expect_eq(flap[1].down.delay_ns, 5);
	cr_expect_eq(flap[1].down.rate_Bps, 6);
	cr_expect_eq(flap[1].up.loss_ppm, 1000000);
}

Test(netem_timeline, what_cannot_be_played_is_refused)
{
	static const struct {
		struct bo_netem_step steps[2];
		size_t count;
		bo_ns period_ns;
		const char *why;
	} cases[] = {
		{{{0}}, 0, 0, "a timeline without steps"},
		{{{.at_ns = 1}}, 1, 0, "step 1 is not at the beginning"},
		{{{0}, {0}}, 2, 0, "step 2 is not later than the one before it"},
		{{{0}, {.at_ns = 5}}, 2, 5, "step 2 comes after the period's end"},
		{{{0}, {.at_ns = 5, .up = {.jitter_ns = 1}}},
		 2,
		 9,
		 "step 2: jitter without a delay"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_err err = {0};

		cr_expect_eq(bo_netem_timeline_check(cases[i].steps, cases[i].count,
						     cases[i].period_ns, &err),
			     -EINVAL, "%zu", i);
		cr_expect_not_null(strstr(err.text, cases[i].why), "%s", err.text);
		cr_expect_eq(bo_netem_timeline_check(cases[i].steps, cases[i].count,
						     cases[i].period_ns, NULL),
			     -EINVAL);
	}
}
