#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#include "drivers/ftdi/switch/switch_wave.h"
#include "drivers/tests/fake_chip.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct bo_chip_model ft4232h = {"FT4232H", 0x08, 4, 2048, 512, NULL};
static const struct bo_chip_model ft232r = {"FT232R", 0x06, 1, 128, 64, "its clock is broken"};

static struct fake_state *state;
static struct fake_chip fake;
static struct bo_clock test_clock;
static struct bo_switch_pins pins;
static struct bo_err err;

static void set_up(void)
{
	state = fake_state_new();
	cr_assert(state);
	state->clocked = true;
	fake_chip_init(&fake, state);
	bo_clock_real_init(&test_clock);
	bo_switch_pins_init(&pins, &fake.chip, &test_clock);
	err = (struct bo_err){0};
}

static void tear_down(void)
{
	bo_switch_pins_leave(&pins);
	fake_state_free(state);
}

TestSuite(wave, .init = set_up, .fini = tear_down);

static struct bo_switch_lease *lease_of(pid_t pid, uint8_t outputs, uint8_t safe)
{
	struct bo_switch_lease wanted = {.outputs = outputs, .safe = safe, .pid = pid};
	struct bo_switch_lease *lease = NULL;

	snprintf(wanted.name, sizeof(wanted.name), "b%d", (int)pid);
	cr_assert_eq(bo_switch_pins_lease(&pins, &wanted, &lease, &err), 0, "%s", err.text);
	return lease;
}

static const uint32_t dip_ns[] = {350000};
static const struct bo_switch_wave dip = {1, 0, 1, dip_ns};

/* ---- what goes into the chip ---- */

Test(wave, steps_come_out_exactly_on_the_coarsest_grid_that_can)
{
	static const struct {
		uint32_t step_ns[3];
		size_t count;
		uint32_t byte_ns;
		size_t len;
	} cases[] = {
		{{350000}, 1, 50000, 8},
		{{350000, 1650000, 350000}, 3, 50000, 7 + 33 + 7 + 1},
		{{5110000}, 1, 10000, 512},
		{{5120000}, 1, 25000, 206}, /* 204.8: not exact, but 513 bytes are too many */
		{{5125000}, 1, 25000, 206},
		{{20000000, 5000000, 20000000}, 3, 100000, 200 + 50 + 200 + 1},
		{{333333}, 1, 10000, 34},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_switch_wave wave = {1, 0, cases[i].count, cases[i].step_ns};
		struct bo_wave_plan plan;

		cr_assert_eq(bo_switch_wave_plan(&ft4232h, &wave, 0xff, &plan, &err), 0, "%zu: %s",
			     i, err.text);
		cr_expect_eq(plan.byte_ns, cases[i].byte_ns, "%zu: %u", i, plan.byte_ns);
		cr_expect_eq(plan.len, cases[i].len, "%zu: %zu", i, plan.len);
	}
}

Test(wave, all_pins_are_in_every_byte_and_the_last_one_is_as_before)
{
	static const uint32_t steps[] = {20000, 10000, 10000};
	static const uint8_t bytes[] = {0xa6, 0xa6, 0xa5, 0xa6, 0xa5};
	struct bo_switch_wave wave = {3, 2, 3, steps};
	struct bo_wave_plan plan;

	cr_assert_eq(bo_switch_wave_plan(&ft4232h, &wave, 0xa5, &plan, &err), 0, "%s", err.text);
	cr_assert_eq(plan.len, sizeof(bytes));
	cr_expect_arr_eq(plan.bytes, bytes, sizeof(bytes));
}

Test(wave, what_a_chip_cannot_play_is_refused)
{
	static const struct {
		const struct bo_chip_model *model;
		uint32_t step_ns[3];
		size_t count;
		int code;
		const char *words;
	} cases[] = {
		{&ft4232h, {60000000}, 1, -EDOM, "plays 512 bytes"},
		{&ft4232h, {4000}, 1, -EDOM, "no step may be more than 5 % off"},
		{&ft4232h, {30000, 40000000, 30000}, 3, -EDOM, "plays 512 bytes"},
		{&ft232r, {350000}, 1, -EOPNOTSUPP, "FT232R plays no waveforms: its clock"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_switch_wave wave = {1, 0, cases[i].count, cases[i].step_ns};
		struct bo_wave_plan plan;

		cr_expect_eq(bo_switch_wave_plan(cases[i].model, &wave, 1, &plan, &err),
			     cases[i].code, "case %zu", i);
		cr_expect(strstr(err.text, cases[i].words), "%s", err.text);
	}
}

Test(wave, only_pulses_of_the_right_length_are_found_in_a_record)
{
	static const uint32_t steps[] = {30000, 50000, 30000};
	static const struct bo_switch_wave wave = {1, 0, 3, steps};
	static const struct {
		const char *record; /* _: low, the pulse */
		unsigned seen;
	} cases[] = {
		{"--___-----___-", 2},	{"___-----___-", 2},
		{"--__------____-", 2}, {"--___-----___", 1},
		{"--___-----", 1},	{"--___-----_-", 1},
		{"--___-", 1},		{"--_____-----___-", 0},
		{"--___--___-", 1},	{"-----", 0},
		{"_____", 0},		{"", 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t samples[32];
		size_t len = strlen(cases[i].record);

		for (size_t s = 0; s < len; s++)
			samples[s] = cases[i].record[s] == '-' ? 0xf1 : 0xf0;
		cr_expect_eq(bo_switch_wave_find(&wave, 10000, 0xf1, samples, len), cases[i].seen,
			     "%s", cases[i].record);
	}
}

/* ---- the clock ---- */

Test(wave, a_chip_whose_clock_is_right_is_tuned_once)
{
	struct bo_switch_lease *lease = lease_of(1, 1, 1);
	uint32_t byte_ns = 0;
	int writes;

	fake_forget(state);
	cr_assert_eq(bo_switch_wave_tune(&pins, lease, &dip, &byte_ns, &err), 0, "%s", err.text);
	cr_expect_eq(byte_ns, 50000);
	cr_expect_eq(state->byte_ns, 0, "back at the usual pace");
	cr_expect_eq(fake_edges(state, 0), 0, "no pin moved");
	writes = state->writes;
	cr_assert_eq(bo_switch_wave_tune(&pins, lease, &dip, &byte_ns, &err), 0);
	cr_expect_eq(state->writes, writes);
}

Test(wave, a_clock_that_is_off_plays_nothing)
{
	static const int pcts[] = {400, 70, 25};
	struct bo_switch_lease *lease = lease_of(1, 1, 1);

	for (size_t i = 0; i < COUNT(pcts); i++) {
		struct bo_switch_played played = {.seen = 77};
		uint32_t byte_ns = 0;

		state->clock_pct = pcts[i];
		cr_expect_eq(bo_switch_wave_tune(&pins, lease, &dip, &byte_ns, &err), -ERANGE);
		cr_expect(strstr(err.text, "the FT4232H's clock is not what it should be"), "%s",
			  err.text);
		cr_expect_eq(state->byte_ns, 0, "back at the usual pace");
		cr_expect_eq(bo_switch_wave_play(&pins, lease, &dip, &played, &err), -ERANGE);
		cr_expect_eq(played.seen, 77);
	}
}

Test(wave, a_chip_that_was_away_is_tuned_anew)
{
	struct bo_switch_lease *lease = lease_of(1, 1, 1);
	struct bo_switch_played played;
	uint32_t byte_ns;

	cr_assert_eq(bo_switch_wave_tune(&pins, lease, &dip, &byte_ns, &err), 0, "%s", err.text);
	fake_unplug(state);
	cr_expect_eq(bo_switch_wave_play(&pins, lease, &dip, &played, &err), -ENODEV);
	state->plugged = true;
	(void)bo_switch_pins_tend(&pins);
	cr_expect_eq(bo_switch_wave_play(&pins, lease, &dip, &played, &err), -ENODEV, "told once");
	cr_expect_eq(bo_switch_wave_play(&pins, lease, &dip, &played, &err), -ERANGE);
}

/* ---- playing ---- */

/* Pulses long enough to be seen by a test on a busy host. */
static const uint32_t train_ns[] = {20000000, 5000000, 20000000};
static const struct bo_switch_wave train = {1, 0, 3, train_ns};

Test(wave, pulses_are_seen_at_the_pin_which_ends_as_it_was)
{
	struct bo_switch_lease *lease = lease_of(1, 1, 1);
	struct bo_switch_lease *own = lease_of(1, 4, 4);
	struct bo_switch_played played = {0};
	uint32_t byte_ns;
	int64_t began;

	cr_assert_eq(bo_switch_wave_tune(&pins, lease, &train, &byte_ns, &err), 0, "%s", err.text);
	fake_forget(state);
	began = fake_now();
	cr_assert_eq(bo_switch_wave_play(&pins, lease, &train, &played, &err), 0, "%s", err.text);
	cr_expect_eq(played.seen, 2);
	cr_expect_eq(played.byte_ns, 100000);
	cr_expect_geq(played.at, began);
	cr_expect_geq(fake_now() - played.at, 45000000, "over before it is answered");
	cr_expect_eq(state->latch & 5, 5);
	cr_expect_eq(fake_edges(state, 2), 0, "another output of the bench");
	cr_assert_eq(bo_switch_pins_set(&pins, own, 4, 0, &err), 0, "%s", err.text);
}

Test(wave, nobody_elses_output_waits_behind_one)
{
	struct bo_switch_lease *lease = lease_of(1, 1, 1);
	struct bo_switch_lease *other;
	struct bo_switch_played played;
	uint32_t byte_ns;

	cr_assert_eq(bo_switch_wave_tune(&pins, lease, &dip, &byte_ns, &err), 0, "%s", err.text);
	other = lease_of(2, 2, 2);
	cr_expect_eq(bo_switch_wave_play(&pins, lease, &dip, &played, &err), -EBUSY);
	cr_expect(strstr(err.text, "\"b2\" (pid 2) has outputs on this interface"), "%s", err.text);
	cr_expect_eq(bo_switch_wave_tune(&pins, lease, &dip, &byte_ns, &err), -EBUSY);
	cr_assert_eq(bo_switch_pins_release(&pins, other, &err), 0);
	cr_expect_eq(bo_switch_wave_play(&pins, lease, &dip, &played, &err), 0, "%s", err.text);
}

Test(wave, an_output_that_is_off_already_or_anothers_is_not_played)
{
	static const struct bo_switch_wave of_another = {2, 0, 1, dip_ns};
	struct bo_switch_lease *lease = lease_of(1, 1, 1);
	struct bo_switch_played played;
	uint32_t byte_ns;

	cr_assert_eq(bo_switch_wave_tune(&pins, lease, &dip, &byte_ns, &err), 0, "%s", err.text);
	cr_expect_eq(bo_switch_wave_play(&pins, lease, &of_another, &played, &err), -EINVAL);
	cr_assert_eq(bo_switch_pins_set(&pins, lease, 1, 0, &err), 0);
	cr_expect_eq(bo_switch_wave_play(&pins, lease, &dip, &played, &err), -EDOM);
}

Test(wave, a_pin_that_does_not_come_back_is_told_of)
{
	struct bo_switch_lease *lease = lease_of(1, 1, 1);
	struct bo_switch_played played;
	uint32_t byte_ns;

	cr_assert_eq(bo_switch_wave_tune(&pins, lease, &dip, &byte_ns, &err), 0, "%s", err.text);
	state->stuck = 1;
	cr_expect_eq(bo_switch_wave_play(&pins, lease, &dip, &played, &err), -EIO);
}
