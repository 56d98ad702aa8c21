#include "harness/base/proc.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct bo_clock clock_;
static struct bo_loop loop;

static void real_loop(void)
{
	bo_clock_real_init(&clock_);
	bo_loop_init(&loop, &clock_);
}

static int sh(const char *script, struct bo_proc_args args, struct bo_proc *ret)
{
	const char *const argv[] = {"sh", "-c", script, NULL};

	args.argv = argv;
	return bo_proc_spawn(&args, ret, NULL);
}

static int run(const char *script)
{
	struct bo_proc proc;
	int status = -1;

	cr_assert_eq(sh(script, (struct bo_proc_args){0}, &proc), 0);
	cr_assert_eq(bo_proc_wait(&proc, &loop, clock_.now + 10 * BO_S, &status), 0);
	cr_assert_eq(proc.pid, 0);
	bo_proc_kill(&proc);
	return status;
}

static bool is_readable(void *ctx)
{
	struct pollfd fd = {.fd = *(int *)ctx, .events = POLLIN};

	return poll(&fd, 1, 100) > 0;
}

/* All that comes up to the end of file. */
static void read_all(int fd, char *out, size_t cap)
{
	size_t used = 0;
	ssize_t len;

	do {
		while (!is_readable(&fd))
			;
		len = read(fd, out + used, cap - 1 - used);
		cr_assert_geq(len, 0);
		used += (size_t)len;
	} while (len > 0);
	out[used] = '\0';
}

Test(proc, a_status_is_told_in_words, .init = real_loop)
{
	static const struct {
		const char *script, *text;
	} cases[] = {{"exit 0", "exit 0"},
		     {"exit 3", "exit 3"},
		     {"kill -9 $$", "killed by signal 9 (KILL)"},
		     {"kill -TERM $$", "killed by signal 15 (TERM)"}};
	char text[64];

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_assert_str_eq(bo_proc_status_text(run(cases[i].script), text, sizeof(text)),
				 cases[i].text);
}

Test(proc, a_missing_program_is_told_apart_from_one_that_cannot_run)
{
	static const struct {
		const char *program;
		int code;
		const char *text;
	} cases[] = {
		{"no-such-program-anywhere", -ENOENT,
		 "program \"no-such-program-anywhere\" not found in PATH"},
		{"/no/such/program", -ENOENT, "there is no program \"/no/such/program\""},
		{"/etc/passwd", -EACCES, "cannot start \"/etc/passwd\": Permission denied"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *const argv[] = {cases[i].program, NULL};
		struct bo_proc_args args = {.argv = argv, .pipe_in = true, .pipe_out = true};
		struct bo_proc proc = {.pid = 42};
		struct bo_err err = {0};

		cr_assert_eq(bo_proc_spawn(&args, &proc, &err), cases[i].code);
		cr_assert_str_eq(err.text, cases[i].text);
		cr_assert_eq(proc.pid, 42, "untouched on failure");
		cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1, "nothing is left to reap");
	}
}

Test(proc, pipes_lead_to_the_standard_three_and_do_not_block)
{
	struct bo_proc_args args = {.pipe_in = true, .pipe_out = true, .pipe_err = true};
	struct bo_proc proc;
	char text[64];

	cr_assert_eq(sh("read line; echo out $line; echo err $line >&2", args, &proc), 0);
	cr_assert(read(proc.out, text, 1) < 0 && errno == EAGAIN);
	cr_assert_eq(write(proc.in, "hello\n", 6), 6);
	read_all(proc.out, text, sizeof(text));
	cr_assert_str_eq(text, "out hello\n");
	read_all(proc.err, text, sizeof(text));
	cr_assert_str_eq(text, "err hello\n");
	bo_proc_kill(&proc);
	cr_assert(proc.in == -1 && proc.out == -1 && proc.err == -1);
}

Test(proc, writing_to_a_dead_child_is_an_error_and_no_signal, .init = real_loop)
{
	struct bo_proc_args args = {.pipe_in = true};
	struct bo_proc proc;
	int status;

	cr_assert_eq(sh("exit 0", args, &proc), 0);
	cr_assert_eq(bo_proc_wait(&proc, &loop, clock_.now + 10 * BO_S, &status), 0);
	cr_assert(write(proc.in, "x", 1) < 0 && errno == EPIPE);
	bo_proc_kill(&proc);
}

Test(proc, a_child_inherits_no_descriptor_beyond_the_standard_three)
{
	struct bo_proc_args args = {.pipe_out = true};
	struct bo_proc proc;
	char text[256];
	int leaky = open("/dev/null", O_RDONLY);

	cr_assert_eq(fcntl(leaky, F_DUPFD, 200), 200);
	cr_assert_eq(sh("fd=0; while [ $fd -lt 256 ]; do [ -e /proc/$$/fd/$fd ] && echo $fd;"
			"fd=$((fd + 1)); done",
			args, &proc),
		     0);
	read_all(proc.out, text, sizeof(text));
	cr_assert_str_eq(text, "0\n1\n2\n");
	bo_proc_kill(&proc);
	close(leaky);
	close(200);
}

Test(proc, standard_input_is_empty_when_not_piped, .init = real_loop)
{
	cr_assert_eq(run("read line && exit 1; exit 0"), 0);
}

Test(proc, a_child_has_default_signals, .init = real_loop)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int status = run("kill -PIPE $$; exit 1");

	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
	status = run("kill -TERM $$; exit 1");
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

Test(proc, a_parent_without_standard_descriptors_gets_working_pipes)
{
	struct bo_proc_args args = {.pipe_in = true, .pipe_out = true};
	struct bo_proc proc;
	char text[64] = "";
	int saved_in = fcntl(0, F_DUPFD_CLOEXEC, 100), saved_out = fcntl(1, F_DUPFD_CLOEXEC, 100);

	close(0);
	close(1);
	int rc = sh("read line; echo got $line", args, &proc);

	if (rc == 0) {
		cr_assert_eq(write(proc.in, "it\n", 3), 3);
		read_all(proc.out, text, sizeof(text));
	}
	bo_proc_kill(&proc);
	dup2(saved_in, 0);
	dup2(saved_out, 1);
	cr_assert_eq(rc, 0);
	cr_assert_str_eq(text, "got it\n");
}

Test(proc, waiting_for_one_that_runs_on_times_out_and_it_goes_on_running, .init = real_loop)
{
	struct bo_proc proc;
	int status;

	cr_assert_eq(sh("exec sleep 60", (struct bo_proc_args){0}, &proc), 0);
	cr_assert_eq(bo_proc_wait(&proc, &loop, clock_.now + 5 * BO_MS, &status), -ETIMEDOUT);
	cr_assert_not(bo_proc_ended(&proc, &status));
	bo_proc_kill(&proc);
	bo_proc_kill(&proc);
	cr_assert_eq(proc.pid, 0);
}

/* True when no process of the group is left, zombies of other parents aside. */
static bool group_is_gone(pid_t group)
{
	for (int i = 0; i < 1000; i++) {
		if (kill(-group, 0) < 0 && errno == ESRCH)
			return true;
		waitpid(-group, NULL, WNOHANG);
		is_readable(&(int){-1});
	}
	return false;
}

Test(proc, kill_ends_one_that_ignores_sigterm_and_its_children, .init = real_loop)
{
	struct bo_proc_args args = {.pipe_out = true};
	struct bo_proc proc;
	char text[8];

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	cr_assert_eq(sh("trap '' TERM; sleep 60 & echo up; wait; wait", args, &proc), 0);
	while (!is_readable(&proc.out))
		;
	cr_assert_eq(read(proc.out, text, 3), 3);
	pid_t group = proc.pid;

	cr_assert_eq(getpgid(group), group);
	bo_proc_kill(&proc);
	cr_assert(group_is_gone(group));
}

Test(proc, what_an_ended_child_left_behind_is_ended_as_well, .init = real_loop)
{
	struct bo_proc proc;
	int status;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	cr_assert_eq(sh("sleep 60 & exit 5", (struct bo_proc_args){0}, &proc), 0);
	pid_t group = proc.pid;

	cr_assert_eq(bo_proc_wait(&proc, &loop, clock_.now + 10 * BO_S, &status), 0);
	cr_assert_eq(WEXITSTATUS(status), 5);
	cr_assert(group_is_gone(group));
}

/* A child's child reports its pid through a pipe; its parent is then killed. */
static bool grandchild_survives(bool outlives)
{
	int ends[2];
	pid_t grandchild = 0;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();

	if (pid == 0) {
		struct bo_proc proc = BO_PROC_NONE;

		sh("exec sleep 60", (struct bo_proc_args){.outlives = outlives}, &proc);
		if (write(ends[1], &proc.pid, sizeof(proc.pid)) != sizeof(proc.pid))
			_exit(1);
		raise(SIGKILL);
	}
	cr_assert_eq(read(ends[0], &grandchild, sizeof(grandchild)), (ssize_t)sizeof(grandchild));
	cr_assert_gt(grandchild, 0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	close(ends[0]);
	close(ends[1]);
	if (!outlives)
		return !group_is_gone(grandchild);
	bool alive = kill(grandchild, 0) == 0 && waitpid(grandchild, NULL, WNOHANG) == 0;

	kill(grandchild, SIGKILL);
	waitpid(grandchild, NULL, 0);
	return alive;
}

Test(proc, a_child_dies_with_its_parent_unless_it_may_outlive_it)
{
	cr_assert_not(grandchild_survives(false));
	cr_assert(grandchild_survives(true));
}

Test(proc, the_folder_of_the_executable_is_found)
{
	char dir[4096], path[4200];

	cr_assert_eq(bo_proc_self_dir(dir, sizeof(dir)), 0);
	snprintf(path, sizeof(path), "%s/", dir);
	cr_assert_eq(access(path, F_OK), 0);
	cr_assert_neq(dir[strlen(dir) - 1], '/');
	cr_assert_eq(bo_proc_self_dir(dir, 2), -ENAMETOOLONG);
}
