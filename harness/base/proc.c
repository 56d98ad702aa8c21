#include "harness/base/proc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Both ends of what the child gets or reports through; -1 where there is none. */
struct pipe_ends {
	int read, write;
};

struct plumbing {
	struct pipe_ends in, out, err;
	struct pipe_ends report; /* errno of a failed exec; closed by a successful one */
};

static const struct plumbing no_plumbing = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_both(struct pipe_ends *ends)
{
	close_end(&ends->read);
	close_end(&ends->write);
}

static void plumbing_close(struct plumbing *plumbing)
{
	close_both(&plumbing->in);
	close_both(&plumbing->out);
	close_both(&plumbing->err);
	close_both(&plumbing->report);
}

/* Above what a child may be given: a parent without these must not have its pipes overwritten by
 * dup2(). */
static int above_given(int *fd)
{
	if (*fd > BO_PROC_LINE)
		return 0;
	int high = fcntl(*fd, F_DUPFD_CLOEXEC, BO_PROC_LINE + 1);

	if (high < 0)
		return -errno;
	close(*fd);
	*fd = high;
	return 0;
}

static int pipe_open(struct pipe_ends *ends)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*ends = (struct pipe_ends){.read = fds[0], .write = fds[1]};
	int rc = above_given(&ends->read);

	return rc < 0 ? rc : above_given(&ends->write);
}

static int plumbing_open(const struct bo_proc_args *args, struct plumbing *plumbing)
{
	int rc = pipe_open(&plumbing->report);

	if (args->pipe_in)
		signal(SIGPIPE, SIG_IGN);
	if (rc == 0 && args->pipe_in)
		rc = pipe_open(&plumbing->in);
	if (rc == 0 && args->pipe_out)
		rc = pipe_open(&plumbing->out);
	if (rc == 0 && args->pipe_err)
		rc = pipe_open(&plumbing->err);
	return rc;
}

static bool is_script(int fd)
{
	char mark[2];

	return pread(fd, mark, sizeof(mark), 0) == sizeof(mark) && memcmp(mark, "#!", 2) == 0;
}

/* Only the standard three are inherited, the line, and by a script itself: its interpreter opens
 * that by its number. */
static int execute(const struct bo_proc_args *args, int program)
{
	if (args->line && dup2(args->line, BO_PROC_LINE) < 0)
		return -errno;
	if (close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	if (args->line)
		(void)fcntl(BO_PROC_LINE, F_SETFD, 0);
	if (program && is_script(program))
		(void)fcntl(program, F_SETFD, 0);
	if (program)
		(void)fexecve(program, (char *const *)args->argv, environ);
	else
		(void)execvp(args->argv[0], (char *const *)args->argv);
	return -errno;
}

/* In the child: -errno of the first thing that went wrong. */
static int become_child(const struct bo_proc_args *args, const struct plumbing *plumbing,
			pid_t parent)
{
	sigset_t none;
	int in = plumbing->in.read;
	int program = args->program;

	if (setpgid(0, 0) < 0)
		return -errno;
	if (!args->outlives) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
			return -errno;
		if (getppid() != parent)
			_exit(127); /* it died before the line above: nobody listens */
	}
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (program && program <= BO_PROC_LINE)
		program = fcntl(program, F_DUPFD_CLOEXEC, BO_PROC_LINE + 1);
	if (program < 0)
		return -errno;
	if (in < 0)
		in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (in < 0 || dup2(in, STDIN_FILENO) < 0)
		return -errno;
	if (plumbing->out.write >= 0 && dup2(plumbing->out.write, STDOUT_FILENO) < 0)
		return -errno;
	if (plumbing->err.write >= 0 && dup2(plumbing->err.write, STDERR_FILENO) < 0)
		return -errno;
	return execute(args, program);
}

/* Waits until the child has become the program: 0, or -errno of why it could not. */
static int await_exec(int fd)
{
	int code = 0;
	ssize_t len;

	do
		len = read(fd, &code, sizeof(code));
	while (len < 0 && errno == EINTR);
	return len == sizeof(code) ? code : 0;
}

static int start(const struct bo_proc_args *args, struct plumbing *plumbing, pid_t *ret_pid)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		int code = become_child(args, plumbing, parent);
		ssize_t ignored = write(plumbing->report.write, &code, sizeof(code));

		(void)ignored;
		_exit(127);
	}
	close_end(&plumbing->report.write);
	int rc = await_exec(plumbing->report.read);

	if (rc < 0)
		waitpid(pid, NULL, 0);
	else
		*ret_pid = pid;
	return rc;
}

static int spawn_failed(const struct bo_proc_args *args, int rc, struct bo_err *err)
{
	if (rc == -ENOENT)
		return bo_err_set(err, rc,
				  strchr(args->argv[0], '/') ? "there is no program \"%s\""
							     : "program \"%s\" not found in PATH",
				  args->argv[0]);
	return bo_err_set(err, rc, "cannot start \"%s\": %s", args->argv[0], strerror(-rc));
}

static int set_nonblocking(int fd)
{
	if (fd < 0)
		return -1;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return fd;
}

int bo_proc_spawn(const struct bo_proc_args *args, struct bo_proc *ret, struct bo_err *err)
{
	struct plumbing plumbing = no_plumbing;
	pid_t pid = 0;

	assert(args->argv && args->argv[0]);
	int rc = plumbing_open(args, &plumbing);

	if (rc == 0)
		rc = start(args, &plumbing, &pid);
	if (rc < 0) {
		plumbing_close(&plumbing);
		return spawn_failed(args, rc, err);
	}
	*ret = (struct bo_proc){.pid = pid,
				.in = set_nonblocking(plumbing.in.write),
				.out = set_nonblocking(plumbing.out.read),
				.err = set_nonblocking(plumbing.err.read)};
	plumbing.in.write = plumbing.out.read = plumbing.err.read = -1;
	plumbing_close(&plumbing);
	return 0;
}

/* While the leader is not reaped its number cannot be given to another group: whatever is left of
 * the group is ended first. */
static bool reap(struct bo_proc *proc, int *ret_status)
{
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)proc->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	    info.si_pid == 0)
		return false;
	kill(-proc->pid, SIGKILL);
	pid_t pid = waitpid(proc->pid, ret_status, 0);

	assert(pid == proc->pid);
	proc->pid = 0;
	return true;
}

bool bo_proc_ended(struct bo_proc *proc, int *ret_status)
{
	assert(proc->pid > 0);
	return reap(proc, ret_status);
}

struct exit_watch {
	struct bo_watch watch;
	bool seen;
};

static void exit_seen(struct bo_watch *watch, short revents)
{
	(void)revents;
	((struct exit_watch *)watch)->seen = true;
}

static bool is_seen(void *ctx)
{
	return ((struct exit_watch *)ctx)->seen;
}

int bo_proc_wait(struct bo_proc *proc, struct bo_loop *loop, bo_ns deadline, int *ret_status)
{
	assert(proc->pid > 0);
	struct exit_watch exit_watch = {
		.watch = {.fd = pidfd_open(proc->pid, 0), .events = POLLIN, .ready = exit_seen}};

	if (exit_watch.watch.fd < 0)
		return -errno;
	bo_loop_watch(loop, &exit_watch.watch);
	int rc = bo_loop_until(loop, is_seen, &exit_watch, deadline);

	bo_loop_unwatch(loop, &exit_watch.watch);
	close(exit_watch.watch.fd);
	if (rc < 0)
		return rc;
	bool ended = reap(proc, ret_status);

	assert(ended);
	return 0;
}

/* A killed process that hangs in a driver (USB) does not end before the driver lets go of it. */
#define REAP_PATIENCE_MS 2000

void bo_proc_kill(struct bo_proc *proc)
{
	int status;

	if (proc->pid > 0) {
		struct pollfd fd = {.fd = pidfd_open(proc->pid, 0), .events = POLLIN};

		kill(-proc->pid, SIGKILL);
		if (fd.fd >= 0) {
			poll(&fd, 1, REAP_PATIENCE_MS);
			close(fd.fd);
		}
		reap(proc, &status);
		proc->pid = 0;
	}
	close_end(&proc->in);
	close_end(&proc->out);
	close_end(&proc->err);
}

const char *bo_proc_status_text(int status, char *out, size_t cap)
{
	if (WIFEXITED(status)) {
		snprintf(out, cap, "exit %d", WEXITSTATUS(status));
		return out;
	}
	const char *name = sigabbrev_np(WTERMSIG(status));

	snprintf(out, cap, "killed by signal %d (%s)", WTERMSIG(status), name ? name : "?");
	return out;
}

void bo_proc_step_aside(void)
{
	static const struct sched_param none;

	/* where the kernel has no such class, it is as before */
	if (sched_getscheduler(0) == SCHED_OTHER)
		(void)sched_setscheduler(0, SCHED_IDLE, &none);
}

int bo_proc_self_dir(char *out, size_t cap)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len < 0)
		return -errno;
	path[len] = '\0';
	*strrchr(path, '/') = '\0';
	if (strlen(path) >= cap)
		return -ENAMETOOLONG;
	memcpy(out, path, strlen(path) + 1);
	return 0;
}

int bo_proc_helper(const char *program, char *out, size_t cap, struct bo_err *err)
{
	const char *dirs[] = {getenv("BROWNOUT_LIBEXEC"), NULL, BO_LIBEXECDIR};
	char self[4096];

	if (bo_proc_self_dir(self, sizeof(self)) == 0)
		dirs[1] = self;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (!dirs[i])
			continue;
		int len = snprintf(out, cap, "%s/%s", dirs[i], program);

		if (len > 0 && (size_t)len < cap && access(out, X_OK) == 0)
			return 0;
	}
	return bo_err_set(err, -ENOENT,
			  "the program %s is neither beside brownout nor in " BO_LIBEXECDIR
			  ": is brownout installed completely?",
			  program);
}
