#include "harness/tests/sim_run.h"

/* Updates over the virtual board's network: whole trials, and what the journal says of datagrams.
 */
TestSuite(over_udp, .timeout = 300);

#define NET RACK "--bench net "

struct found {
	struct bo_buf jobs; /* but queries: "upload done;reset silent;" */
	int64_t sent, received, no_room, unasked, retries;
};

static void take_line(void *ctx, const json_t *line)
{
	struct found *found = ctx;
	const char *job = bo_journal_str(line, "job", NULL);
	const char *result = bo_journal_str(line, "result", "?");

	if (bo_journal_is(line, "datagrams")) {
		found->sent += bo_journal_int(line, "sent", -1);
		found->received += bo_journal_int(line, "received", -1);
		found->no_room += bo_journal_int(line, "no-room", -1);
		found->unasked += bo_journal_int(line, "unasked", -1);
	}
	if (!bo_journal_is(line, "update"))
		return;
	found->retries += strcmp(result, "retry") == 0;
	if (job && strcmp(job, "query") != 0)
		bo_buf_printf(&found->jobs, "%s %s;", job, result);
}

static struct found find(const struct run *run)
{
	struct found found = {0};
	size_t bad;

	bo_buf_printf(&found.jobs, "%s", "");
	cr_assert_eq(bo_journal_walk(run->journal.data, run->journal.len, take_line, &found, &bad),
		     0);
	return found;
}

Test(over_udp, an_update_cut_anywhere_resumes_and_is_installed)
{
	static const struct {
		const char *scenario, *outcome, *then;
		bool resumed;
	} cases[] = {
		{"clean-update", "updated", "", false},
		{"swap-cut", "updated", "", false},
		{"upload-cut", "kept-old", "updated", true},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct run run = run_it("run " NET, cases[i].scenario);
		struct found found = find(&run);
		const struct trial *trial = &run.trials.trial[0];

		cr_expect_str_eq(trial->verdict, "pass", "%s", trial->why);
		cr_expect_str_eq(trial->outcome, cases[i].outcome);
		cr_expect_str_eq(trial->then, cases[i].then);
		cr_expect_eq(trial->resumed, cases[i].resumed);
		cr_expect_gt(found.received, 40);
		/* each time the probe holds the board, one is for whoever would answer then */
		cr_expect_leq(found.sent - found.received, 3 + found.retries + trial->fired,
			      "%s: more was lost than the cut explains", cases[i].scenario);
		cr_expect_eq(found.no_room + found.unasked, 0);
		bo_buf_done(&found.jobs);
		run_done(&run);
	}
}

static void expect_jobs(const char *prefix, const char *faults, const char *outcome,
			const char *jobs, int retries)
{
	char id[512];

	snprintf(id, sizeof(id), "%s%s", prefix, faults);
	struct run run = run_it("replay " NET, id);
	struct found found = find(&run);
	const struct trial *trial = &run.trials.trial[0];

	cr_expect_str_eq(trial->outcome, outcome, "%s: %s", faults, trial->why);
	cr_expect_eq(trial->proven, 1, "%s", faults);
	cr_expect_str_eq(found.jobs.data, jobs, "%s: %s", faults, found.jobs.data);
	cr_expect_eq(found.retries, retries, "%s: %d", faults, (int)found.retries);
	bo_buf_done(&found.jobs);
	run_done(&run);
}

/* What a checksum would tell is not told here: the damage is behind it, and the file's hash tells.
 */
Test(over_udp, what_befalls_a_datagram_is_dealt_with)
{
	static const char whole[] = "upload done;test done;reset done;confirm done;";
	static const struct {
		const char *faults, *outcome, *jobs;
		int retries;
	} cases[] = {
		{"smp.frame.12=drop", "updated", whole, 1},
		{"smp.reply.12=duplicate:x3", "updated", whole, 0},
		{"smp.frame.12=delay:5s", "updated", whole, 5},
		{"smp.frame.12=corrupt", "refused", "upload refused;", 0},
		/* the request to reset: it is asked for again, as the target still answers */
		{"phase.reset:smp.frame.1=drop", "updated",
		 "upload done;test done;reset silent;reset done;confirm done;", 0},
		/* its answer: a boot was heard instead */
		{"phase.reset:smp.reply.1=drop", "updated",
		 "upload done;test done;reset silent;confirm done;", 0},
	};
	char prefix[256];

	id_prefix(prefix, sizeof(prefix), NET, "clean-update");
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_jobs(prefix, cases[i].faults, cases[i].outcome, cases[i].jobs,
			    cases[i].retries);
}

Test(over_udp, an_impaired_link_loses_the_same_again)
{
	char prefix[256], id[512];

	id_prefix(prefix, sizeof(prefix), NET, "upload-cut");
	snprintf(id, sizeof(id),
		 "%ssmp.byte.1024=net:loss-200000ppm,smp.byte.8192+2ms=cut:off-300ms", prefix);
	struct run first = run_it("replay " NET, id);
	struct run again = run_it("replay " NET, id);
	struct found found = find(&first);
	const struct trial *trial = &first.trials.trial[0];

	cr_expect_str_eq(trial->verdict, "pass", "%s", trial->why);
	cr_expect_eq(trial->fired, 2);
	cr_expect_eq(trial->proven, 2);
	cr_expect_gt(found.retries, 0);
	cr_expect_str_eq(first.journal.data, again.journal.data);
	bo_buf_done(&found.jobs);
	run_done(&first);
	run_done(&again);
}

static void write_rack(const struct scratch *dir, const char *network)
{
	struct bo_buf text = {0};

	bo_buf_printf(&text,
		      "brownout: 1\nbenches:\n  net:\n    target: f103-net\n    power:\n"
		      "      main: {driver: sim}\n    consoles:\n"
		      "      main: {driver: sim, baud: 500000 baud}\n    probe: {driver: sim}\n%s",
		      network);
	scratch_write(dir, "rack.yaml", text.data);
	bo_buf_done(&text);
}

Test(over_udp, a_bench_that_cannot_do_it_is_refused_before_anything_is_opened)
{
	static const struct {
		const char *network, *command, *why;
	} cases[] = {
		{"", "run clean-update",
		 "error: bench 'net' has no 'network', over which this class is updated"},
		{"    network: {driver: sim, address: 10.78.0.1, host: 10.78.0.1}\n", "rack check",
		 "error: 'address' and 'host' are the same"},
		{"    network: {driver: sim, address: ten, host: 10.78.0.1}\n", "rack check",
		 "expected an IPv4 address, such as 10.78.0.2"},
		{"    network: {driver: sim, address: 10.78.0.2, host: 10.78.0.1, mtu: 100 B}\n",
		 "rack check", "128 B to 2 KiB"},
		{"    network: {driver: sim, address: 10.78.0.2, host: 10.78.0.1, port: 0}\n",
		 "rack check", "1 to 65535"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scratch dir = scratch_make();

		write_rack(&dir, cases[i].network);
		struct cli cli = brownout("%s --rack %s/rack.yaml", cases[i].command, dir.path);

		cr_expect_eq(cli.code, 2, "case %zu: exit %d", i, cli.code);
		cr_expect(strstr(cli.err.data, cases[i].why), "case %zu: %s", i, cli.err.data);
		cli_done(&cli);
		scratch_done(&dir);
	}
}
