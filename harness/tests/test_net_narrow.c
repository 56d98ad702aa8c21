#include "harness/tests/sim_run.h"

/*
 * A path whose packets are so short that an upload takes more requests than there are sequence
 * numbers: a server that goes by the number alone gives answers from long ago.
 */
TestSuite(net_narrow, .timeout = 300);

static struct run run_with(const char *bug)
{
	struct scratch dir = scratch_make();
	struct bo_buf text = {0};
	char root[PATH_MAX], args[256];

	cr_assert(getcwd(root, sizeof(root)));
	bo_buf_printf(&text,
		      "brownout: 1\nscenario: t\ntargets: [f103-net]\nimages: %s/build/images\n"
		      "baseline:\n  boot: {image: \"{class}/boot.bin\"}\n"
		      "  slot0: {image: \"{class}/app-1.0.0%s.bin\"}\n"
		      "update: {image: \"{class}/app-2.0.0.bin\"}\npromises: {outcome: updated}\n",
		      root, bug);
	scratch_write(&dir, "t.yaml", text.data);
	scratch_write(&dir, "rack.yaml",
		      "brownout: 1\nbenches:\n  net:\n    target: f103-net\n"
		      "    power:\n      main: {driver: sim}\n"
		      "    consoles:\n      main: {driver: sim, baud: 500000 baud}\n"
		      "    probe: {driver: sim}\n"
		      "    network: {driver: sim, mtu: 128 B, address: 10.78.0.2, host: "
		      "10.78.0.1}\n");
	snprintf(args, sizeof(args), "--rack %s/rack.yaml %s/t.yaml", dir.path, dir.path);
	struct run run = run_it("run", args);

	bo_buf_done(&text);
	scratch_done(&dir);
	return run;
}

Test(net_narrow, numbers_that_come_round_are_new_requests)
{
	struct run clean = run_with(""), bad = run_with("-first-answer");

	cr_expect_str_eq(clean.trials.trial[0].verdict, "pass", "%s", clean.trials.trial[0].why);
	cr_expect_str_eq(bad.trials.trial[0].verdict, "fail", "%s", bad.trials.trial[0].why);
	cr_expect(strstr(bad.trials.trial[0].why, "promised updated, was refused"), "%s",
		  bad.trials.trial[0].why);
	run_done(&clean);
	run_done(&bad);
}
