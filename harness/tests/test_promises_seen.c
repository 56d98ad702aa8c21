#include "harness/tests/f103_scenario.h"
#include "harness/tests/sim_run.h"

/* Promises that need more eyes than console and flash: each kept, each broken, and each where
 * nobody could see. */
static struct scratch dir;

#define FLASH_AT_SLOT0 0x8000u

/* What a production line would have left in the chip. */
static void solder(const char *path)
{
	static uint8_t cells[128 * 1024];
	FILE *file;

	memset(cells, 0xFF, sizeof(cells));
	file = fopen("build/images/f103-swap/boot.bin", "re");
	cr_assert(file && fread(cells, 1, FLASH_AT_SLOT0, file) > 0);
	fclose(file);
	file = fopen("build/images/f103-swap/app-1.0.0.bin", "re");
	cr_assert(file && fread(cells + FLASH_AT_SLOT0, 1, 46 * 1024, file) > 0);
	fclose(file);
	file = fopen(path, "we");
	cr_assert(file && fwrite(cells, 1, sizeof(cells), file) == sizeof(cells));
	fclose(file);
}

static void add_bench(struct bo_buf *rack, const char *name, const char *production,
		      const char *probe)
{
	bo_buf_printf(rack,
		      "  %s:\n    target: f103-swap\n    production: %s\n"
		      "    power: {main: {driver: sim, flash: flash.bin}}\n"
		      "    consoles: {main: {driver: sim, baud: 500000 baud}}\n%s",
		      name, production, probe);
}

static void set_up(void)
{
	struct bo_buf rack = {0};
	char path[128];

	dir = scratch_make();
	cr_assert_eq(setenv("BROWNOUT_PATH", dir.path, 1), 0);
	snprintf(path, sizeof(path), "%s/flash.bin", dir.path);
	solder(path);
	bo_buf_printf(&rack, "brownout: 1\nbenches:\n");
	add_bench(&rack, "open", "no", "    probe: {driver: sim}\n");
	add_bench(&rack, "forgotten", "yes", "    probe: {driver: sim}\n");
	add_bench(&rack, "memory", "yes", "    probe: {driver: sim, locked: memory}\n");
	add_bench(&rack, "port", "yes", "    probe: {driver: sim, locked: port}\n");
	add_bench(&rack, "none", "no", "");
	add_bench(&rack, "doors", "no",
		  "    probe: {driver: sim}\n"
		  "    inputs: {door: {driver: sim, pin: PC13}}\n");
	scratch_write(&dir, "rack.yaml", rack.data);
	bo_buf_done(&rack);
	scratch_write(&dir, "native.yaml",
		      "brownout: 1\nbenches:\n  away:\n    target: f103-swap\n"
		      "    power: {main: {driver: sim}}\n"
		      "    consoles: {main: {driver: sim, baud: 500000 baud, survives-cut: no}}\n"
		      "    probe: {driver: sim}\n");
}

static void tear_down(void)
{
	scratch_done(&dir);
}

TestSuite(promises_seen, .init = set_up, .fini = tear_down, .timeout = 300);

struct expected {
	const char *rack, *bench;
	const char *fault, *promises;
	const char *verdict, *why; /* how it begins */
};

static void expect(const struct expected *want)
{
	char prefix[256];

	f103_promising(&dir, "p", "app-2.0.0", want->fault, want->promises);
	snprintf(prefix, sizeof(prefix), "run --rack %s/%s.yaml --bench %s ", dir.path, want->rack,
		 want->bench);
	struct run run = run_it(prefix, "p");
	const struct trial *trial = &run.trials.trial[0];

	cr_assert_eq(run.trials.count, 1, "%s", run.cli.err.data);
	cr_expect_str_eq(trial->verdict, want->verdict, "%s on %s: %s", want->promises, want->bench,
			 trial->why);
	cr_expect_eq(strncmp(trial->why, want->why, strlen(want->why)), 0, "%s on %s: %s",
		     want->promises, want->bench, trial->why);
	run_done(&run);
}

static void expect_all(const struct expected *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		expect(&cases[i]);
}

Test(promises_seen, unavailable_is_the_longest_gap_in_the_heartbeat)
{
	static const struct expected cases[] = {
		{"rack", "open", "", "outcome: updated, unavailable: 5 s", "pass", ""},
		{"rack", "open", "", "outcome: updated, unavailable: 2 s", "fail",
		 "promised to be unavailable for at most 2 s, was for 3"},
		/* ours, too: whoever waits for the device does not ask why */
		{"rack", "open", "fault: {at: smp.byte.8192, off: 6 s}\n",
		 "outcome: kept-old, unavailable: 5 s", "fail",
		 "promised to be unavailable for at most 5 s, was for 6"},
		/* its own words only: ready lines are a whole update apart */
		{"rack", "open", "", "outcome: updated, unavailable: 5 s, heartbeat: BO-APP",
		 "pass", ""},
		{"rack", "open", "", "outcome: updated, unavailable: 60 s, heartbeat: alive",
		 "inconclusive", "unavailable: nobody heard the heartbeat"},
		{"native", "away", "", "outcome: updated, unavailable: 1 s", "fail",
		 "promised to be unavailable"},
		{"native", "away", "fault: {at: smp.byte.8192, off: 6 s}\n",
		 "outcome: kept-old, unavailable: 5 s", "inconclusive", "unavailable: 6"},
	};

	expect_all(cases, COUNT(cases));
}

Test(promises_seen, the_window_is_the_whole_update_with_its_recovery)
{
	static const struct expected cases[] = {
		{"rack", "open", "", "outcome: updated, window: 6 s", "pass", ""},
		{"rack", "open", "", "outcome: updated, window: 4 s", "fail",
		 "promised to be over within 4 s, took 4"},
		{"rack", "open", "fault: {at: boot.1, after: 20 ms, off: 300 ms}\n",
		 "outcome: kept-old, window: 6 s", "inconclusive",
		 "window: the update was never begun"},
	};

	expect_all(cases, COUNT(cases));
}

Test(promises_seen, a_lock_is_tried_and_not_believed)
{
	static const struct expected cases[] = {
		{"rack", "memory", "", "outcome: updated, locked: yes", "pass", ""},
		{"rack", "port", "", "outcome: updated, locked: yes", "pass", ""},
		{"rack", "forgotten", "", "outcome: updated, locked: yes", "fail",
		 "promised to be locked, but the probe read its flash"},
		{"rack", "open", "", "outcome: updated, locked: yes", "fail",
		 "promised to be locked, but the probe read its flash"},
	};

	expect_all(cases, COUNT(cases));
}

/* Refused before it begins; an id that says so all the same is tried. */
Test(promises_seen, what_nobody_could_see_is_refused_and_inconclusive_where_it_is_tried)
{
	static const struct expected cases[] = {
		{"rack", "none", "", "outcome: updated, locked: yes", NULL,
		 "locked: no probe tried"},
		{"rack", "none", "", "outcome: updated, never-high: door", NULL,
		 "never-high: this bench has no input 'door'"},
	};
	char prefix[256], id[256];

	for (size_t i = 0; i < COUNT(cases); i++) {
		f103_promising(&dir, "p", "app-2.0.0", cases[i].fault, cases[i].promises);
		struct cli cli = brownout("run --rack %s/rack.yaml --bench none p", dir.path);

		cr_expect_eq(cli.code, 2, "%s", cli.out.data);
		cr_expect(strstr(cli.err.data, "it could only end inconclusive"), "%s",
			  cli.err.data);
		cli_done(&cli);
		snprintf(prefix, sizeof(prefix), "--rack %s/rack.yaml --bench doors", dir.path);
		id_prefix(id, sizeof(id) - 8, prefix, "p");
		strcat(id, "none");
		snprintf(prefix, sizeof(prefix), "replay --rack %s/rack.yaml --bench none ",
			 dir.path);
		struct run run = run_it(prefix, id);

		cr_expect_str_eq(run.trials.trial[0].verdict, "inconclusive");
		cr_expect_str_eq(run.trials.trial[0].why, cases[i].why);
		run_done(&run);
	}
}

Test(promises_seen, a_heartbeat_of_nothing_is_a_mistake)
{
	const struct expected want = {"rack", "open", "", "outcome: updated, heartbeat: alive",
				      NULL,   NULL};

	f103_promising(&dir, "p", "app-2.0.0", want.fault, want.promises);
	struct cli cli = brownout("plan --rack %s/rack.yaml --bench open p", dir.path);

	cr_expect_eq(cli.code, 2);
	cr_expect(strstr(cli.err.data, "'unavailable', which is missing"), "%s", cli.err.data);
	cli_done(&cli);
}
