#include <criterion/criterion.h>

#include "drivers/sim/sim_supply.h"

/* The lies of a simulated bench, each by itself; that the engine believes none is tested with whole
 * trials. */

#define DELAY (80 * BO_MS)

static struct bo_sim_power_config conf;
static struct sim_supply supply;

static void set_up(void)
{
	conf = (struct bo_sim_power_config){.relay_delay = DELAY};
	sim_supply_init(&supply, &conf);
}

TestSuite(sim_supply, .init = set_up);

static bool contact_after(bool on, bo_ns at)
{
	sim_supply_set(&supply, on, at);
	return supply.contact;
}

Test(sim_supply, a_relay_does_as_it_is_told_unless_the_rack_says_otherwise)
{
	static const struct {
		int relay;
		bool on, off, on_again;
	} cases[] = {
		{BO_SIM_RELAY_HONEST, true, false, true},
		{BO_SIM_RELAY_STUCK_CLOSED, true, true, true},
		{BO_SIM_RELAY_STUCK_OPEN, false, false, false},
		{BO_SIM_RELAY_SLOW, false, false, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_up();
		conf.relay = cases[i].relay;
		cr_expect_eq(contact_after(true, 0), cases[i].on, "case %zu", i);
		cr_expect_eq(contact_after(false, 1), cases[i].off, "case %zu", i);
		cr_expect_eq(contact_after(true, 2), cases[i].on_again, "case %zu", i);
		cr_expect(supply.asked, "the adapter reads back what it was told");
	}
}

Test(sim_supply, a_slow_relay_follows_late_and_forgets_what_was_taken_back)
{
	conf.relay = BO_SIM_RELAY_SLOW;
	cr_expect_not(contact_after(true, 0));
	sim_supply_run(&supply, DELAY - 1);
	cr_expect_not(supply.contact);
	cr_expect_eq(supply.due, DELAY);
	sim_supply_run(&supply, DELAY);
	cr_expect(supply.contact);
	cr_expect_eq(supply.due, BOARD_NEVER);
	cr_expect(contact_after(false, BO_S));
	cr_expect(contact_after(true, BO_S + DELAY / 2));
	cr_expect_eq(supply.due, BOARD_NEVER, "it never opened");
	cr_expect(contact_after(false, 2 * BO_S));
	sim_supply_run(&supply, 2 * BO_S + DELAY);
	cr_expect_not(supply.contact);
}

Test(sim_supply, a_sense_input_reads_the_rail_or_what_it_is_stuck_at)
{
	static const struct {
		int sense;
		bool of_dead, of_live;
	} cases[] = {
		{BO_SIM_SENSE_HONEST, false, true},
		{BO_SIM_SENSE_STUCK_HIGH, true, true},
		{BO_SIM_SENSE_STUCK_LOW, false, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		conf.sense = cases[i].sense;
		cr_expect_eq(sim_supply_sense(&supply, false), cases[i].of_dead, "case %zu", i);
		cr_expect_eq(sim_supply_sense(&supply, true), cases[i].of_live, "case %zu", i);
	}
}

Test(sim_supply, lies_begin_and_end_with_a_power_off)
{
	static const struct {
		int64_t from, to;
		bool contact[4]; /* after the n-th power-off of a relay that sticks */
	} cases[] = {
		{0, 0, {true, true, true, true}},     {2, 0, {false, true, true, true}},
		{2, 2, {false, true, false, false}},  {0, 3, {true, true, true, false}},
		{5, 0, {false, false, false, false}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_up();
		conf.relay = BO_SIM_RELAY_STUCK_CLOSED;
		conf.lies_from = cases[i].from;
		conf.lies_to = cases[i].to;
		for (unsigned n = 0; n < 4; n++) {
			sim_supply_set(&supply, true, 0);
			cr_expect_eq(contact_after(false, 0), cases[i].contact[n],
				     "case %zu, power-off %u", i, n + 1);
			cr_expect_eq(contact_after(false, 0), cases[i].contact[n],
				     "asked again it is the same power-off");
		}
	}
}

Test(sim_supply, the_board_is_told_its_faults_only_while_the_bench_lies)
{
	struct board_faults faults;

	conf.cause = BO_SIM_CAUSE_SOFTWARE;
	conf.remanence = 7;
	conf.fed_by = BO_SIM_FED_BY_PROBE;
	conf.lies_from = 1;
	faults = sim_supply_board_faults(&supply);
	cr_expect_eq(faults.remanence_ns, 0);
	cr_expect_eq(faults.power_on_cause, 0);
	cr_expect_eq(faults.fed_by, 0);
	sim_supply_set(&supply, true, 0);
	sim_supply_set(&supply, false, 0);
	faults = sim_supply_board_faults(&supply);
	cr_expect_eq(faults.remanence_ns, 7);
	cr_expect_eq(faults.power_on_cause, 0x14000000);
	cr_expect_eq(faults.reset_cause, 0);
	cr_expect_eq(faults.fed_by, BOARD_FEED_DEBUG);
	conf.cause = BO_SIM_CAUSE_ALWAYS_POWER_ON;
	faults = sim_supply_board_faults(&supply);
	cr_expect_eq(faults.power_on_cause, 0);
	cr_expect_eq(faults.reset_cause, 0x0C000000);
}
