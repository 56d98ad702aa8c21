#include <criterion/criterion.h>

#include "drivers/api/console.h"
#include "harness/engine/acts.h"
#include "harness/tests/fake_power.h"

/* Power in a trial, on fake drivers and the virtual clock: what is asked of whom, in which order,
 * and what the sense input's word is worth. */
struct fake_console {
	struct bo_console console;
	struct bo_clock *clock;
	struct bo_buf *said;
};

static struct bo_clock_virtual virtual_clock;
static struct bo_loop loop;
static struct fake_power rail, isolator;
static struct fake_console line;
static struct bo_rack_bench conf;
static struct bo_bench bench;
static struct bo_target target;
static struct bo_scenario scenario;
static struct bo_record record;
static struct bo_trial trial;
static struct bo_buf said;
static struct bo_err err;

static int hold_break(struct bo_console *console, bool on, struct bo_err *reterr)
{
	const struct fake_console *fake = (struct fake_console *)console;

	(void)reterr;
	bo_buf_printf(fake->said, "break %s %lld, ", on ? "held" : "released",
		      (long long)(bo_clock_stamp(fake->clock) / BO_MS));
	return 0;
}

static void set_up(void)
{
	static const struct bo_console_ops ops = {.name = "fake", .hold_break = hold_break};

	bo_clock_virtual_init(&virtual_clock);
	bo_loop_init(&loop, &virtual_clock.clock);
	fake_power_init(&rail, "main", loop.clock, &said);
	fake_power_init(&isolator, "isolator", loop.clock, &said);
	rail.power.delay_ns = 5 * BO_MS;
	rail.power.drain_ns = 50 * BO_MS;
	rail.power.settle_ns = 2 * BO_MS;
	line = (struct fake_console){{.ops = &ops}, loop.clock, &said};
	bench = (struct bo_bench){.conf = &conf, .power = &rail.power, .console = &line.console};
	bo_outputs_init(&bench.outputs, &loop);
	bo_outputs_add(&bench.outputs, "main", &rail.power);
	bo_outputs_add(&bench.outputs, "isolator", &isolator.power);
	trial = (struct bo_trial){.bench = &bench,
				  .loop = &loop,
				  .target = &target,
				  .scenario = &scenario,
				  .record = &record};
	bo_buf_printf(&record.journal, "%s", "");
	err = (struct bo_err){0};
}

static void tear_down(void)
{
	bo_buf_done(&said);
	bo_buf_done(&record.journal);
}

TestSuite(supply, .init = set_up, .fini = tear_down);

Test(supply, lines_feed_the_target_neither_after_its_supply_nor_before_it)
{
	cr_assert_eq(supply_up(&trial, &err), 0, "%s", err.text);
	cr_expect_str_eq(said.data, "isolator on 0, main on 5, break released 5, ");
	bo_buf_reset(&said);
	cr_assert_eq(supply_down(&trial, &err), 0, "%s", err.text);
	cr_expect_str_eq(said.data, "main off 7, break held 7, isolator off 12, ");
	cr_expect_eq(bo_loop_now(&loop), 62 * BO_MS, "drained");
}

Test(supply, a_sense_input_that_disagrees_is_a_rig_fault_where_it_is_relied_on)
{
	static const struct {
		enum fake_sense says;
		const char *up, *down;
	} cases[] = {
		{SENSE_TRUE, NULL, NULL},
		{SENSE_LIVE, NULL, "the rail is still live 50 ms after power off: "},
		{SENSE_DEAD, "the rail is still dead 2 ms after power on: ", NULL},
		{SENSE_FAILS, "sense input: no reading", "sense input: no reading"},
	};
	static const unsigned off_proofs[] = {0, 1u << BO_WITNESS_SENSE};

	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		const char *up = cases[i / 2].up, *down = cases[i / 2].down;

		conf.off_proof = off_proofs[i % 2];
		rail.sense = cases[i / 2].says;
		err = (struct bo_err){0};
		cr_expect_eq(supply_up(&trial, &err), up ? -EIO : 0, "case %zu", i);
		cr_expect(!up || strncmp(err.text, up, strlen(up)) == 0, "%s", err.text);
		cr_expect_eq(supply_down(&trial, &err), down ? -EIO : 0, "case %zu", i);
		cr_expect(!down || strncmp(err.text, down, strlen(down)) == 0, "%s", err.text);
		cr_expect_null(strstr(record.journal.data, "\"sense\""));
	}
}

Test(supply, a_rail_that_comes_up_late_is_written_down_and_no_fault)
{
	rail.sense = SENSE_LATE;
	rail.late_ns = 300 * BO_MS;
	cr_expect_eq(supply_up(&trial, &err), 0, "%s", err.text);
	cr_expect_not_null(strstr(record.journal.data, "\"ev\":\"late rail\",\"after\":30"), "%s",
			   record.journal.data);
	cr_assert_eq(supply_down(&trial, &err), 0, "%s", err.text);
	rail.late_ns = 600 * BO_MS;
	cr_expect_eq(supply_up(&trial, &err), -EIO);
}

Test(supply, a_sense_input_that_nobody_relies_on_is_written_down)
{
	conf.off_proof = 1u << BO_WITNESS_RESET_CAUSE;
	rail.sense = SENSE_LIVE;
	cr_expect_eq(supply_up(&trial, &err), 0);
	cr_expect_null(strstr(record.journal.data, "\"sense\""));
	cr_expect_eq(supply_down(&trial, &err), 0, "%s", err.text);
	cr_expect_not_null(
		strstr(record.journal.data, "\"ev\":\"sense\",\"live\":true,\"wanted\":false"),
		"%s", record.journal.data);
}

Test(supply, an_output_that_does_not_follow_ends_the_trial)
{
	cr_assert_eq(supply_up(&trial, &err), 0);
	isolator.fails = true;
	cr_expect_eq(supply_down(&trial, &err), -EIO);
	cr_expect_str_eq(err.text, "power off: output 'isolator': it does not follow");
	cr_expect_eq(supply_up(&trial, &err), -EIO);
	cr_expect_str_eq(err.text, "power on: output 'isolator': it does not follow");
}

static const struct bo_fault cut = {.point = "boot", .n = 1, .off_ns = 200 * BO_MS};

Test(supply, a_cut_is_the_rails_and_the_rest_follows_before_power_comes_back)
{
	cr_assert_eq(supply_up(&trial, &err), 0);
	bo_buf_reset(&said);
	acts_strike(&trial, &cut, bo_loop_now(&loop));
	cr_expect_str_eq(said.data, "main off 7, break held 7, ");
	cr_expect_eq(trial.cut.at, 7 * BO_MS);
	cr_assert_eq(supply_end_cut(&trial, &err), 0, "%s", err.text);
	cr_expect_str_eq(said.data, "main off 7, break held 7, isolator off 12, isolator on 207, "
				    "main on 212, break released 212, ");
	cr_expect(trial.unproven.witnessed, "the sense input says so");
}

Test(supply, a_cut_that_the_switch_does_not_do_breaks_the_trial)
{
	cr_assert_eq(supply_up(&trial, &err), 0);
	rail.fails = true;
	acts_strike(&trial, &cut, bo_loop_now(&loop));
	cr_expect_null(trial.cut.fault);
	cr_expect_eq(trial.fired, 0u);
	cr_expect_str_eq(trial.broken.text, "cut: it does not follow");
}

Test(supply, a_dip_that_the_adapter_cannot_play_breaks_the_trial)
{
	static const struct bo_fault dip = {
		.point = "boot", .n = 1, .action = BO_ACTION_DIP, .off_ns = BO_MS, .times = 1};

	cr_assert_eq(supply_up(&trial, &err), 0);
	acts_strike(&trial, &dip, bo_loop_now(&loop));
	cr_expect_eq(trial.fired, 0u);
	cr_expect_str_eq(trial.broken.text, "dip: this adapter plays no waveforms");
}
