#include <sys/ptrace.h>

#include "harness/base/prng.h"
#include "harness/tests/cli.h"
#include "netem/tests/kill_rig.h"

#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define KILLS	       15 /* of each command */
#define SYSCALL_STOP   (SIGTRAP | 0x80)
#define NO_KILL	       INT_MAX
#define KILLED_AT_STEP 2026 /* the seed */

/* 'brownout net set' is killed at every stage of its life, which is told by its system calls. */
TestSuite(lab_kills, .timeout = 600);

static pid_t start_traced(const char *const argv[])
{
	char program[PATH_MAX];
	int status;

	cli_program(program);
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (dup2(null, STDOUT_FILENO) < 0 || ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(126);
		execv(program, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	/* what it forks is not traced: a guard lives its own life */
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP, "%x", status);
	cr_assert_eq(ptrace(PTRACE_SETOPTIONS, pid, NULL,
			    (uintptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)),
		     0);
	return pid;
}

static bool is_impaired(void)
{
	struct bo_netem_view view;

	cr_assert_eq(bo_netem_look("va", &view, NULL), 0);
	return view.down.set || view.up.set || view.mtu_found_bytes;
}

/* Beginnings and ends of system calls that it got to before it was killed at `kill_at` of them, or
 * ended on its own. */
static int run_until(const char *const argv[], int kill_at, int *impaired)
{
	pid_t pid = start_traced(argv);
	int status, stops = 0, pass_on = 0;

	for (;;) {
		cr_assert_eq(ptrace(PTRACE_SYSCALL, pid, NULL, (uintptr_t)pass_on), 0);
		cr_assert_eq(waitpid(pid, &status, 0), pid);
		if (!WIFSTOPPED(status))
			break;
		pass_on = WSTOPSIG(status) == SYSCALL_STOP ? 0 : WSTOPSIG(status);
		if (WSTOPSIG(status) != SYSCALL_STOP || ++stops < kill_at)
			continue;
		*impaired += is_impaired();
		cr_assert_eq(kill(pid, SIGKILL), 0);
		cr_assert_eq(waitpid(pid, &status, 0), pid);
		break;
	}
	if (kill_at == NO_KILL)
		cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%x", status);
	return stops;
}

static void expect_healed(const struct bo_buf *before, const char *what, int at, int of)
{
	struct bo_buf after = {0};

	close_link(open_patiently(BO_NETEM_STAY));
	take_picture(&after);
	cr_expect_str_eq(after.data, before->data, "%s, killed at %d of %d:\n%s", what, at, of,
			 after.data);
	bo_buf_done(&after);
}

/* Kills are spread over the whole life, and each is somewhere in its own part of it. */
static void kill_everywhere(const char *const argv[], const char *what)
{
	struct bo_buf before = {0};
	struct bo_prng prng;
	struct veth veth;
	int all, impaired = 0;

	veth_open(&veth);
	take_picture(&before);
	bo_prng_init(&prng, KILLED_AT_STEP);
	all = run_until(argv, NO_KILL, &impaired);
	expect_healed(&before, what, all, all);
	for (int i = 0; i < KILLS; i++) {
		int part = all / KILLS;
		int at = i * part + 1 + (int)bo_prng_below(&prng, (uint64_t)part);

		(void)run_until(argv, at, &impaired);
		expect_healed(&before, what, at, all);
	}
	printf("  %s: %d times killed at one of %d stages, %d times while impaired\n", what, KILLS,
	       all, impaired);
	cr_expect_geq(impaired, KILLS / 5, "%s", what);
	bo_buf_done(&before);
}

static const char *const everybody[] = {"brownout",   "net",	  "set",  "va",	     "--profile",
					"wifi-lossy", "--outage", "40ms", "--every", "100ms",
					"--for",      "300ms",	  NULL};
static const char *const one_peer[] = {"brownout", "net",     "set",   "va",	 "--loss",
				       "5%",	   "--delay", "20ms",  "--peer", VETH_TARGET,
				       "--mtu",	   "1000",    "--for", "100ms",	 NULL};

Test(lab_kills, an_impaired_interface_is_as_it_was_found)
{
	kill_everywhere(everybody, "outages in both directions");
}

Test(lab_kills, an_interface_impaired_for_one_peer_and_its_mtu_are_as_they_were_found)
{
	kill_everywhere(one_peer, "one peer, and the MTU");
}
