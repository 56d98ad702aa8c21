#include <criterion/criterion.h>
#include <errno.h>

#include "drivers/ftdi/switch/switch_pins.h"
#include "drivers/tests/fake_chip.h"

static struct fake_state *state;
static struct fake_chip fake;
static struct bo_clock test_clock;
static struct bo_switch_pins pins;

static void set_up(void)
{
	state = fake_state_new();
	cr_assert(state);
	fake_chip_init(&fake, state);
	bo_clock_real_init(&test_clock);
	bo_switch_pins_init(&pins, &fake.chip, &test_clock);
}

static void tear_down(void)
{
	bo_switch_pins_leave(&pins);
	cr_assert(!state->claimed, "the chip was opened and not closed");
	fake_state_free(state);
}

TestSuite(pins, .init = set_up, .fini = tear_down);

static struct bo_switch_lease want(uint8_t outputs, uint8_t inputs, uint8_t safe, const char *name)
{
	struct bo_switch_lease lease = {
		.outputs = outputs, .inputs = inputs, .safe = safe, .pid = 4711};

	strcpy(lease.name, name);
	return lease;
}

static struct bo_switch_lease *must_lease(uint8_t outputs, uint8_t inputs, uint8_t safe)
{
	struct bo_switch_lease wanted = want(outputs, inputs, safe, "b1");
	struct bo_switch_lease *lease = NULL;
	struct bo_err err = {0};

	cr_assert_eq(bo_switch_pins_lease(&pins, &wanted, &lease, &err), 0, "%s", err.text);
	return lease;
}

static void must_set(struct bo_switch_lease *lease, uint8_t mask, uint8_t levels)
{
	struct bo_err err = {0};

	cr_assert_eq(bo_switch_pins_set(&pins, lease, mask, levels, &err), 0, "%s", err.text);
}

static void must_say(const struct bo_err *err, const char *words)
{
	cr_assert(strstr(err->text, words), "\"%s\" does not say \"%s\"", err->text, words);
}

Test(pins, a_lease_brings_a_pin_from_its_pull_to_its_safe_level_and_nowhere_else)
{
	for (int pulled = 0; pulled < 2; pulled++)
		for (int safe = 0; safe < 2; safe++) {
			struct bo_switch_lease *lease;
			struct bo_err err = {0};

			state->pulls = pulled ? 0xff : 0;
			fake_forget(state);
			lease = must_lease(1 << 3, 0, safe ? 1 << 3 : 0);
			cr_assert_eq(fake_edges(state, 3), pulled != safe, "pull %d, safe %d",
				     pulled, safe);
			cr_assert_eq(bo_switch_pins_release(&pins, lease, &err), 0);
			bo_switch_pins_leave(&pins);
			fake_unplug(state);
			state->plugged = true;
		}
}

Test(pins, what_nobody_leased_as_an_output_is_not_driven)
{
	must_lease(1 << 0, 1 << 4, 1 << 0);
	cr_assert_eq(state->outputs, 1 << 0);
	must_lease(1 << 2, 0, 0);
	cr_assert_eq(state->outputs, 1 << 0 | 1 << 2);
}

Test(pins, a_released_output_stays_driven_at_its_safe_level)
{
	struct bo_switch_lease *lease = must_lease(1 << 1, 0, 1 << 1);
	struct bo_err err = {0};

	must_set(lease, 1 << 1, 0);
	cr_assert_eq(fake_levels(state) & 1 << 1, 0);
	cr_assert_eq(bo_switch_pins_release(&pins, lease, &err), 0);
	cr_assert(fake_levels(state) & state->outputs & 1 << 1);
	cr_assert(!lease->held);
}

Test(pins, a_kept_output_is_taken_over_as_it_is_once)
{
	struct bo_switch_lease *lease = must_lease(1 << 1 | 1 << 2, 0, 1 << 1 | 1 << 2);
	struct bo_err err = {0};

	must_set(lease, 1 << 1, 0);
	fake_forget(state);
	cr_assert_eq(bo_switch_pins_keep(&pins, lease, &err), 0, "%s", err.text);
	cr_assert_eq(pins.kept, 1 << 1, "what is at its safe level needs no keeping");
	cr_assert_eq(bo_switch_pins_tend(&pins), 0);
	lease = must_lease(1 << 1 | 1 << 2, 0, 1 << 1 | 1 << 2);
	cr_assert_eq(fake_edges(state, 1) + fake_edges(state, 2), 0);
	cr_assert_eq(pins.kept, 0);
	cr_assert_eq(bo_switch_pins_release(&pins, lease, &err), 0);
	cr_assert(fake_levels(state) & 1 << 1, "kept is not kept for ever");
}

Test(pins, a_kept_output_that_becomes_an_input_or_is_unplugged_is_kept_no_more)
{
	struct bo_switch_lease *lease = must_lease(1 << 1, 0, 1 << 1);
	struct bo_switch_lease wanted = want(0, 1 << 1, 0, "b2");
	struct bo_err err = {0};

	must_set(lease, 1 << 1, 0);
	cr_assert_eq(bo_switch_pins_keep(&pins, lease, &err), 0);
	cr_assert_eq(bo_switch_pins_lease(&pins, &wanted, &lease, &err), 0);
	cr_assert_eq(pins.kept, 0);
	cr_assert_eq(state->outputs & 1 << 1, 0);
	cr_assert_eq(bo_switch_pins_release(&pins, lease, &err), 0);

	lease = must_lease(1 << 1, 0, 1 << 1);
	must_set(lease, 1 << 1, 0);
	cr_assert_eq(bo_switch_pins_keep(&pins, lease, &err), 0);
	fake_unplug(state);
	bo_switch_pins_tend(&pins);
	cr_assert_eq(pins.kept, 0);
	state->plugged = true;
	lease = must_lease(1 << 1, 0, 1 << 1);
	cr_assert(fake_levels(state) & 1 << 1);
}

Test(pins, what_was_unplugged_cannot_be_kept_and_goes_to_its_safe_level)
{
	struct bo_switch_lease *lease = must_lease(1 << 1, 0, 1 << 1);
	struct bo_err err = {0};

	must_set(lease, 1 << 1, 0);
	fake_unplug(state);
	bo_switch_pins_tend(&pins);
	cr_assert_eq(bo_switch_pins_keep(&pins, lease, &err), -ENODEV);
	state->plugged = true;
	cr_assert_eq(bo_switch_pins_tend(&pins), 0);
	cr_assert(fake_levels(state) & state->outputs & 1 << 1);
}

Test(pins, set_touches_only_the_pins_it_names_and_only_those_leased)
{
	struct bo_switch_lease *lease = must_lease(1 << 0 | 1 << 1, 0, 0);
	struct bo_err err = {0};

	must_set(lease, 1 << 0, 1 << 0);
	must_set(lease, 1 << 1, 1 << 1);
	cr_assert_eq(state->latch, 3);
	cr_assert_eq(bo_switch_pins_set(&pins, lease, 1 << 2, 0, &err), -EINVAL);
	cr_assert_eq(state->latch, 3);
}

Test(pins, read_shows_the_leased_pins_and_no_others)
{
	struct bo_switch_lease *lease = must_lease(1 << 0, 1 << 4, 1 << 0);
	struct bo_err err = {0};
	uint8_t levels = 0;

	state->rail = 1 << 4;
	state->follows = 0;
	cr_assert_eq(bo_switch_pins_read(&pins, lease, &levels, &err), 0);
	cr_assert_eq(levels, 1 << 0 | 1 << 4);
	must_set(lease, 1 << 0, 0);
	cr_assert_eq(bo_switch_pins_read(&pins, lease, &levels, &err), 0);
	cr_assert_eq(levels, 0);
}

Test(pins, a_pin_that_does_not_follow_is_named_with_what_was_wanted_and_read)
{
	struct bo_switch_lease *lease = must_lease(1 << 5, 0, 1 << 5);
	struct bo_err err = {0};

	state->stuck = 1 << 5;
	state->stuck_levels = 1 << 5;
	cr_assert_eq(bo_switch_pins_set(&pins, lease, 1 << 5, 0, &err), -EIO);
	must_say(&err, "pin 5: wanted low, reads high");
}

Test(pins, a_leased_pin_is_refused_with_its_holder_whether_output_or_input)
{
	static const struct {
		uint8_t outputs, inputs;
		const char *pin;
	} cases[] = {{1 << 0, 0, "pin 0"}, {0, 1 << 0, "pin 0"}, {1 << 4 | 1 << 6, 0, "pin 4"}};

	must_lease(1 << 0, 1 << 4, 1 << 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_switch_lease wanted = want(cases[i].outputs, cases[i].inputs, 0, "b2");
		struct bo_switch_lease *lease = NULL;
		struct bo_err err = {0};

		cr_assert_eq(bo_switch_pins_lease(&pins, &wanted, &lease, &err), -EBUSY);
		must_say(&err, cases[i].pin);
		must_say(&err, "in use by \"b1\" (pid 4711)");
		cr_assert_null(lease);
	}
	cr_assert_eq(state->outputs, 1 << 0);
}

Test(pins, two_boards_on_one_chip_do_not_see_each_other)
{
	struct bo_switch_lease *one = must_lease(1 << 0, 0, 1 << 0), *two;
	struct bo_err err = {0};

	must_set(one, 1 << 0, 0);
	fake_forget(state);
	two = must_lease(1 << 1, 0, 1 << 1);
	state->stuck = 1 << 0; /* a short on the first board */
	state->stuck_levels = 0;
	must_set(two, 1 << 1, 0);
	must_set(two, 1 << 1, 1 << 1);
	cr_assert_eq(bo_switch_pins_release(&pins, two, &err), 0, "%s", err.text);
	cr_assert_eq(fake_edges(state, 0), 0);
	cr_assert_eq(bo_switch_pins_set(&pins, one, 1 << 0, 1 << 0, &err), -EIO);
}

Test(pins, a_lease_whose_pin_does_not_reach_its_safe_level_is_refused_and_lets_go)
{
	struct bo_switch_lease wanted = want(1 << 2, 0, 1 << 2, "b1");
	struct bo_switch_lease *lease = NULL;
	struct bo_err err = {0};

	state->stuck = 1 << 2;
	cr_assert_eq(bo_switch_pins_lease(&pins, &wanted, &lease, &err), -EIO);
	must_say(&err, "pin 2: wanted high, reads low");
	cr_assert_eq(state->outputs, 0);
	cr_assert_eq(bo_switch_pins_tend(&pins), 0);
}

Test(pins, after_an_unplug_calls_fail_until_it_is_back_and_the_lease_is_told_once)
{
	struct bo_switch_lease *lease = must_lease(1 << 0, 1 << 4, 1 << 0);
	struct bo_err err = {0};
	uint8_t levels;

	must_set(lease, 1 << 0, 0);
	fake_unplug(state);
	cr_assert_eq(bo_switch_pins_set(&pins, lease, 1 << 0, 0, &err), -ENODEV);
	must_say(&err, "unplugged");
	cr_assert_eq(bo_switch_pins_tend(&pins), 1);
	cr_assert_eq(bo_switch_pins_read(&pins, lease, &levels, &err), -ENODEV);
	must_say(&err, "unknown");
	state->plugged = true;
	fake_forget(state);
	cr_assert_eq(bo_switch_pins_tend(&pins), 1);
	cr_assert_eq(fake_edges(state, 0), 0, "from its pull to the same level, without a glitch");
	cr_assert_eq(state->outputs, 1 << 0);
	cr_assert_eq(bo_switch_pins_read(&pins, lease, &levels, &err), -ENODEV);
	must_say(&err, "was unplugged and is back");
	must_set(lease, 1 << 0, 0);
}

Test(pins, an_unplug_that_only_tending_saw_is_told_all_the_same)
{
	struct bo_switch_lease *lease = must_lease(1 << 0, 0, 1 << 0);
	struct bo_err err = {0};

	must_set(lease, 1 << 0, 0);
	fake_unplug(state);
	bo_switch_pins_tend(&pins);
	state->plugged = true;
	bo_switch_pins_tend(&pins);
	cr_assert_eq(bo_switch_pins_set(&pins, lease, 1 << 0, 0, &err), -ENODEV);
	cr_assert(fake_levels(state) & 1 << 0, "the set that reported the loss must not act");
}

Test(pins, an_orphan_keeps_its_pins_until_they_read_safe)
{
	struct bo_switch_lease *lease = must_lease(1 << 0, 0, 1 << 0), *other = NULL;
	struct bo_switch_lease wanted = want(1 << 0, 0, 1 << 0, "b2");
	struct bo_err err = {0};

	must_set(lease, 1 << 0, 0);
	state->stuck = 1 << 0;
	state->stuck_levels = 0;
	cr_assert_eq(bo_switch_pins_release(&pins, lease, &err), -EIO);
	cr_assert_eq(bo_switch_pins_tend(&pins), 1);
	cr_assert_eq(bo_switch_pins_lease(&pins, &wanted, &other, &err), -EBUSY);
	must_say(&err, "\"b1\" (pid 4711), which is gone");
	state->stuck = 0;
	cr_assert_eq(bo_switch_pins_tend(&pins), 0);
	cr_assert(fake_levels(state) & 1 << 0);
	cr_assert_eq(bo_switch_pins_lease(&pins, &wanted, &other, &err), 0);
}

Test(pins, an_orphan_of_an_unplugged_chip_is_safe_when_the_chip_is_back)
{
	struct bo_switch_lease *lease = must_lease(1 << 0, 0, 1 << 0);
	struct bo_err err = {0};

	fake_unplug(state);
	state->pulls = 0;
	cr_assert_eq(bo_switch_pins_release(&pins, lease, &err), -ENODEV);
	cr_assert_eq(bo_switch_pins_tend(&pins), 1);
	state->plugged = true;
	cr_assert_eq(bo_switch_pins_tend(&pins), 0);
	cr_assert(fake_levels(state) & state->outputs & 1 << 0);
}

Test(pins, what_stands_in_the_way_of_opening_is_passed_on)
{
	static const int codes[] = {-ENODEV, -EACCES, -EBUSY, -EINVAL};
	struct bo_switch_lease wanted = want(1 << 0, 0, 0, "b1");

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct bo_switch_lease *lease = NULL;
		struct bo_err err = {0};

		state->open_error = codes[i];
		cr_assert_eq(bo_switch_pins_lease(&pins, &wanted, &lease, &err), codes[i]);
		must_say(&err, "made to fail");
	}
	cr_assert_eq(bo_switch_pins_tend(&pins), 0);
	state->open_error = 0;
	must_lease(1 << 0, 0, 0);
}
