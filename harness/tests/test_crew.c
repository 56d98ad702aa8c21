#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "harness/engine/lease.h"
#include "harness/tests/sim_run.h"

/* Runs of several workers, and what becomes of them when some of their processes end. */

TestSuite(crew, .timeout = 300);

#define TWINS "--rack %s/twins.yaml "

static const char bench_text[] = "    target: f103-compact\n"
				 "    power: {main: {driver: sim}}\n"
				 "    consoles: {main: {driver: sim, baud: 500000 baud}}\n"
				 "    probe: {driver: sim}\n";

/* A scenario of six trials, and a rack with two equal benches. */
static struct scratch make_night(void)
{
	struct scratch dir = scratch_make();
	struct bo_buf text = {0};
	char here[PATH_MAX];

	cr_assert_not_null(getcwd(here, sizeof(here)));
	bo_buf_printf(&text,
		      "brownout: 1\nscenario: s\ntargets: [f103-compact]\n"
		      "images: %s/build/images\nbaseline:\n  boot: {image: \"{class}/boot.bin\"}\n"
		      "  slot0: {image: \"{class}/app-1.0.0.bin\"}\n"
		      "update: {image: \"{class}/app-2.0.0.bin\"}\n"
		      "strategy: {kind: linear, over: smp.byte, every: 3000}\n"
		      "promises: {outcome: [kept-old, updated]}\n",
		      here);
	scratch_write(&dir, "s.yaml", text.data);
	bo_buf_reset(&text);
	bo_buf_printf(&text, "brownout: 1\nbenches:\n  a:\n%s  b:\n%s", bench_text, bench_text);
	scratch_write(&dir, "twins.yaml", text.data);
	bo_buf_done(&text);
	return dir;
}

static void read_merged(const struct scratch *dir, const char *run, struct bo_buf *ret)
{
	char path[640];

	snprintf(path, sizeof(path), "%s/%s/journal.jsonl", dir->path, run);
	slurp(path, ret);
}

static void expect_equal(const struct scratch *dir, const char *run, const struct bo_buf *wanted)
{
	struct bo_buf journal = {0};

	read_merged(dir, run, &journal);
	cr_expect(journal.len == wanted->len &&
			  memcmp(journal.data, wanted->data, wanted->len) == 0,
		  "%s: another journal", run);
	bo_buf_done(&journal);
}

/* The run that nothing happens to. */
static struct scratch make_whole(struct bo_buf *journal)
{
	struct scratch dir = make_night();
	struct cli cli = brownout("run " TWINS "--bench a --out %s/one %s/s.yaml", dir.path,
				  dir.path, dir.path);

	cr_assert_eq(cli.code, 0, "exit %d\n%s", cli.code, cli.err.data);
	cr_assert_not_null(strstr(cli.out.data, "planned 6, fired 5, proven 5, judged 6,"));
	read_merged(&dir, "one", journal);
	cli_done(&cli);
	return dir;
}

/* ---- how many there are changes nothing ---- */

Test(crew, any_number_of_workers_on_any_bench_makes_the_same_journal)
{
	static const char *const crews[] = {"--bench b --jobs 3", "--bench a --bench b",
					    "--any class=f103-compact --jobs 2"};
	struct bo_buf journal = {0};
	struct scratch dir = make_whole(&journal);

	for (size_t i = 0; i < COUNT(crews); i++) {
		char run[16];

		snprintf(run, sizeof(run), "run%zu", i);
		struct cli cli = brownout("run " TWINS "%s --out %s/%s %s/s.yaml", dir.path,
					  crews[i], dir.path, run, dir.path);

		cr_expect_eq(cli.code, 0, "%s: exit %d\n%s", crews[i], cli.code, cli.err.data);
		expect_equal(&dir, run, &journal);
		cli_done(&cli);
	}
	bo_buf_done(&journal);
	scratch_done(&dir);
}

struct entries {
	size_t a, b;
};

static struct entries read_ledger(const struct scratch *dir)
{
	struct bo_buf text = {0};
	struct entries entries = {0};
	char path[640];

	snprintf(path, sizeof(path), "%s/run/ledger.jsonl", dir->path);
	slurp(path, &text);
	for (const char *at = text.data; (at = strstr(at, "\"bench\":\"")); at++) {
		entries.a += at[9] == 'a';
		entries.b += at[9] == 'b';
	}
	bo_buf_done(&text);
	return entries;
}

Test(crew, benches_that_cannot_share_a_run_are_refused)
{
	static const struct {
		const char *args, *message;
	} cases[] = {
		{RACK "--bench sim --bench compact", "bench 'sim' has target class 'f103-swap', "
						     "bench 'compact' has 'f103-compact': the "
						     "trials of a run go to benches of one class"},
		{"--rack fixtures/racks/lies/cause-always-power-on.yaml --bench cause,sense",
		 "bench 'cause' and bench 'sense' have not the same capabilities, so that a trial "
		 "could not go to either ('brownout rack show')"},
		{RACK "--bench sim,sim", "bench 'sim' is given twice"},
		{RACK "--any f103-swap", "--any 'f103-swap': say class=NAME, a target class"},
		{RACK "--any class=f103-swap --bench sim", "--bench and --any exclude each other"},
		{RACK "--bench sim --jobs 25", "a run has at most 24 workers"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scratch dir = scratch_make();
		struct cli cli =
			brownout("run %s --out %s/run clean-update", cases[i].args, dir.path);

		cr_expect_eq(cli.code, 2, "%s: exit %d", cases[i].args, cli.code);
		cr_expect_not_null(strstr(cli.err.data, cases[i].message), "%s: %s", cases[i].args,
				   cli.err.data);
		cli_done(&cli);
		scratch_done(&dir);
	}
}

/* ---- processes that end ---- */

static pid_t start_night(const struct scratch *dir, const char *patience, rlim_t file_limit)
{
	char program[PATH_MAX], rack[PATH_MAX], out[PATH_MAX], err[PATH_MAX], scenario[PATH_MAX];
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid > 0)
		return pid;
	cli_program(program);
	snprintf(rack, sizeof(rack), "%s/twins.yaml", dir->path);
	snprintf(out, sizeof(out), "%s/run", dir->path);
	snprintf(err, sizeof(err), "%s/err", dir->path);
	snprintf(scenario, sizeof(scenario), "%s/s.yaml", dir->path);
	const char *const argv[] = {
		"brownout", "run",	    "--rack", rack,	    "--bench", "a,b",	 "--out",
		out,	    "--min-judged", "50 %",   "--patience", patience,  scenario, NULL};
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int file = open(err, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)dup2(null, 1);
	(void)dup2(file, 2);
	if (file_limit > 0) {
		struct rlimit limit = {file_limit, file_limit};

		(void)signal(SIGXFSZ, SIG_IGN);
		(void)setrlimit(RLIMIT_FSIZE, &limit);
	}
	cli_exec(program, argv);
	return 0;
}

/* The workers of a run: direct children, oldest first. */
static size_t find_workers(pid_t parent, pid_t ret[2])
{
	char path[64];
	size_t count = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	FILE *file = fopen(path, "re");
	int pid;

	while (file && count < 2 && fscanf(file, "%d", &pid) == 1)
		ret[count++] = pid;
	if (file)
		fclose(file);
	return count;
}

static size_t count_begun(const struct scratch *dir)
{
	char path[640], folder[PATH_MAX];
	size_t begun = 0;

	snprintf(path, sizeof(path), "%s/run/trials", dir->path);
	DIR *scenarios = opendir(path);

	for (struct dirent *s; scenarios && (s = readdir(scenarios));) {
		if (s->d_name[0] != 's')
			continue;
		snprintf(folder, sizeof(folder), "%s/%s/f103-compact", path, s->d_name);
		DIR *trials = opendir(folder);

		for (struct dirent *t; trials && (t = readdir(trials));)
			begun += t->d_name[0] != '.';
		if (trials)
			closedir(trials);
	}
	if (scenarios)
		closedir(scenarios);
	return begun;
}

/* Waits until so many trials have begun. The first is the census, which has one worker; the others
 * have two. */
static void await_trials(const struct scratch *dir, pid_t parent, size_t begun, pid_t workers[2])
{
	int status;

	while (count_begun(dir) < begun || find_workers(parent, workers) < (begun > 1 ? 2 : 1)) {
		cr_assert_eq(waitpid(parent, &status, WNOHANG), 0, "it ended too early");
		(void)poll(NULL, 0, 1);
	}
}

static int await_end(pid_t parent)
{
	int status;

	cr_assert_eq(waitpid(parent, &status, 0), parent);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void expect_said(const struct scratch *dir, const char *what)
{
	struct bo_buf said = {0};
	char path[640];

	snprintf(path, sizeof(path), "%s/err", dir->path);
	slurp(path, &said);
	cr_expect_not_null(strstr(said.data, what), "%s", said.data);
	bo_buf_done(&said);
}

static void resume_and_compare(const struct scratch *dir, const struct bo_buf *wanted)
{
	struct cli cli = brownout("run --resume %s/run", dir->path);

	cr_expect_eq(cli.code, 0, "exit %d\n%s", cli.code, cli.err.data);
	expect_equal(dir, "run", wanted);
	cli_done(&cli);
}

static size_t count_in_journal(const struct scratch *dir, const char *what)
{
	struct bo_buf journal = {0};
	size_t count = 0;

	read_merged(dir, "run", &journal);
	for (const char *at = journal.data; at && (at = strstr(at, what)); at++)
		count++;
	bo_buf_done(&journal);
	return count;
}

static void expect_passes(const struct scratch *dir, size_t wanted)
{
	struct bo_buf said = {0};
	char path[640];
	size_t passes = count_in_journal(dir, "\"ev\":\"verdict\",\"verdict\":\"pass\"");

	snprintf(path, sizeof(path), "%s/err", dir->path);
	slurp(path, &said);
	cr_expect_eq(passes, wanted, "%zu passed; said: %s", passes, said.data);
	bo_buf_done(&said);
}

Test(crew, a_worker_that_is_killed_costs_its_own_trial_only)
{
	struct bo_buf whole = {0};
	struct scratch dir = make_whole(&whole);
	pid_t workers[2], parent = start_night(&dir, "300 s", 0);

	await_trials(&dir, parent, 3, workers);
	cr_assert_eq(kill(workers[0], SIGKILL), 0);
	cr_expect_eq(await_end(parent), 0, "five of six are more than half");
	expect_said(&dir, "': the worker died (killed by signal 9 (KILL)) in s@");
	expect_passes(&dir, 5);
	cr_expect_eq(count_in_journal(&dir, "\"why\":\"rig: the worker died "), 1);
	struct entries entries = read_ledger(&dir);

	cr_expect_eq(entries.a + entries.b, 6);
	cr_expect(entries.a > 0 && entries.b > 0);
	resume_and_compare(&dir, &whole);
	bo_buf_done(&whole);
	scratch_done(&dir);
}

Test(crew, a_worker_that_hangs_costs_its_own_trial_only)
{
	struct bo_buf whole = {0};
	struct scratch dir = make_whole(&whole);
	/* more than a healthy one may need for a phase, on a crowded machine */
	pid_t workers[2], parent = start_night(&dir, "15 s", 0);

	await_trials(&dir, parent, 3, workers);
	cr_assert_eq(kill(workers[1], SIGSTOP), 0);
	cr_expect_eq(await_end(parent), 0);
	expect_said(&dir, "': the worker was silent for 15 s in s@");
	expect_passes(&dir, 5);
	cr_expect_eq(kill(workers[1], 0), -1, "it was ended");
	resume_and_compare(&dir, &whole);
	bo_buf_done(&whole);
	scratch_done(&dir);
}

Test(crew, a_run_whose_processes_are_all_killed_goes_on_where_it_was)
{
	struct bo_buf whole = {0};
	struct scratch dir = make_whole(&whole);

	for (size_t begun = 1; begun <= 3; begun += 2) {
		pid_t workers[2] = {-1, -1}, parent = start_night(&dir, "300 s", 0);

		await_trials(&dir, parent, begun, workers);
		cr_assert_eq(kill(parent, SIGKILL), 0);
		cr_expect_eq(await_end(parent), 128 + SIGKILL);
		for (size_t i = 0; i < COUNT(workers); i++)
			while (workers[i] > 0 && kill(workers[i], 0) == 0)
				(void)poll(NULL, 0, 1);
		resume_and_compare(&dir, &whole);
		char path[640];

		snprintf(path, sizeof(path), "%s/run", dir.path);
		(void)nftw(path, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
	}
	bo_buf_done(&whole);
	scratch_done(&dir);
}

Test(crew, a_run_that_is_told_to_end_closes_its_journal_and_can_be_resumed)
{
	struct bo_buf whole = {0};
	struct scratch dir = make_whole(&whole);
	pid_t workers[2], parent = start_night(&dir, "300 s", 0);

	await_trials(&dir, parent, 3, workers);
	cr_assert_eq(kill(parent, SIGTERM), 0);
	cr_expect_eq(await_end(parent), 128 + SIGTERM);
	cr_expect_eq(kill(workers[0], 0), -1);
	cr_expect_eq(kill(workers[1], 0), -1);
	cr_expect_geq(count_in_journal(&dir, "\"ev\":\"verdict\",\"verdict\":\"pass\""), 1,
		      "the census");
	cr_expect_lt(count_in_journal(&dir, "\"ev\":\"verdict\",\"verdict\":\"pass\""), 6);
	resume_and_compare(&dir, &whole);
	bo_buf_done(&whole);
	scratch_done(&dir);
}

Test(crew, simulated_work_steps_aside_while_a_bench_is_held)
{
	struct bo_lease_args args = {.rack = "/r.yaml"};
	struct bo_lease lease = BO_LEASE_NONE;
	struct bo_err err = {0};

	for (unsigned held = 0; held < 2; held++) {
		struct scratch dir = make_night();
		pid_t workers[2];

		setenv("XDG_RUNTIME_DIR", dir.path, 1);
		if (held)
			cr_assert_eq(bo_lease_take(&lease, &args, "b", &err), 0, "%s",
				     bo_err_text(&err));
		pid_t parent = start_night(&dir, "300 s", 0);

		await_trials(&dir, parent, 1, workers);
		cr_expect_eq(sched_getscheduler(workers[0]), held ? SCHED_IDLE : SCHED_OTHER);
		cr_expect_eq(sched_getscheduler(parent), SCHED_OTHER);
		cr_assert_eq(kill(parent, SIGKILL), 0);
		cr_expect_eq(await_end(parent), 128 + SIGKILL);
		while (kill(workers[0], 0) == 0)
			(void)poll(NULL, 0, 1);
		bo_lease_drop(&lease);
		scratch_done(&dir);
	}
}

Test(crew, a_run_that_finds_the_disk_full_says_so_and_can_be_resumed)
{
	struct bo_buf whole = {0};
	struct scratch dir = make_whole(&whole);
	pid_t parent = start_night(&dir, "300 s", 2500); /* less than a trial's journal */

	cr_expect_eq(await_end(parent), 3);
	expect_said(&dir, "cannot write the journal: File too large");
	resume_and_compare(&dir, &whole);
	bo_buf_done(&whole);
	scratch_done(&dir);
}
