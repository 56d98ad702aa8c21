#include "harness/tests/sim_run.h"

/*
 * What an impaired link finds in a target's update server: with each planted bug a promise breaks
 * that the clean one keeps on the same link.
 */
TestSuite(net_bugs, .timeout = 600);

#define NET RACK "--bench net "

static struct run run_with(const char *bug, const char *rest)
{
	struct scratch dir = scratch_make();
	struct bo_buf text = {0};
	char root[PATH_MAX], args[256];

	cr_assert(getcwd(root, sizeof(root)));
	bo_buf_printf(&text,
		      "brownout: 1\nscenario: t\ntargets: [f103-net]\nimages: %s/build/images\n"
		      "baseline:\n  boot: {image: \"{class}/boot.bin\"}\n"
		      "  slot0: {image: \"{class}/app-1.0.0%s.bin\"}\n"
		      "update: {image: \"{class}/app-2.0.0.bin\"}\n%s",
		      root, bug, rest);
	scratch_write(&dir, "t.yaml", text.data);
	snprintf(args, sizeof(args), NET "%s/t.yaml", dir.path);
	struct run run = run_it("run", args);

	bo_buf_done(&text);
	scratch_done(&dir);
	return run;
}

Test(net_bugs, each_breaks_a_promise_that_the_clean_server_keeps)
{
	static const struct {
		const char *bug, *rest, *why;
	} cases[] = {
		{"-trusts-offset",
		 "network: {both: {delay: 40 ms, jitter: 40 ms, duplicate: 30 %}}\n"
		 "promises: {outcome: updated}\n",
		 "promised updated, was refused"},
		{"-ignores-repeats", "network: {up: {loss: 15 %}}\npromises: {outcome: updated}\n",
		 "promised updated, was kept-old"},
		{"-restarts",
		 "faults: [\"smp.at.40pct=net:down:30s\"]\n"
		 "promises: {outcome: kept-old, then: updated, resumes: yes}\n",
		 "resume"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct run clean = run_with("", cases[i].rest);
		struct run bad = run_with(cases[i].bug, cases[i].rest);

		cr_expect_str_eq(clean.trials.trial[0].verdict, "pass", "%s: %s", cases[i].bug,
				 clean.trials.trial[0].why);
		cr_expect_str_eq(bad.trials.trial[0].verdict, "fail", "%s: %s", cases[i].bug,
				 bad.trials.trial[0].why);
		cr_expect(strstr(bad.trials.trial[0].why, cases[i].why), "%s: %s", cases[i].bug,
			  bad.trials.trial[0].why);
		run_done(&clean);
		run_done(&bad);
	}
}

/* Duplicates and disorder alone, and every draw of the link again. */
Test(net_bugs, a_trial_on_a_lossy_link_repeats_byte_for_byte)
{
	static const char *const rest =
		"network: {both: {loss: 5 %, duplicate: 20 %, delay: 30 ms, jitter: 30 ms}}\n"
		"promises: {outcome: updated}\n";
	struct run one = run_with("", rest), other = run_with("", rest);

	cr_expect_str_eq(one.trials.trial[0].verdict, "pass", "%s", one.trials.trial[0].why);
	cr_expect(strstr(one.journal.data, "\"duplicated\":"), "%s", one.journal.data);
	cr_expect_str_eq(one.journal.data, other.journal.data);
	run_done(&one);
	run_done(&other);
}
