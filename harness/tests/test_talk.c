#include "harness/base/talk.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int talk_to(const char *script, struct bo_talk_args args, struct bo_talk *ret)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	const struct bo_proc_args start = {
		.argv = argv, .pipe_in = args.input, .pipe_out = true, .pipe_err = true};
	struct bo_proc proc = BO_PROC_NONE;
	struct bo_err err = {0};

	*ret = (struct bo_talk){0};
	cr_assert_eq(bo_proc_spawn(&start, &proc, &err), 0, "%s", err.text);
	int rc = bo_talk(&proc, &args, ret);

	cr_expect_eq(proc.pid, 0);
	cr_expect_eq(proc.out, -1);
	return rc;
}

Test(talk, what_is_said_arrives_whole_and_within_bounds)
{
	static char input[300000];
	const struct {
		const char *script;
		size_t out_max, err_max;
		int rc, status;
		size_t out, err;
	} cases[] = {
		{"cat", sizeof(input), 100, 0, 0, sizeof(input), 0},
		{"cat >/dev/null; echo x >&2; exit 3", 10, 100, 0, 3, 0, 2},
		{"exit 0", 10, 10, 0, 0, 0, 0}, /* does not read what it is given */
		{"exec <&-; echo hello", 10, 10, 0, 0, 6, 0},
		{"cat", 1000, 100, -EMSGSIZE, 0, 1000, 0},
		{"yes", 1000, 100, -EMSGSIZE, 0, 1000, 0},
		{"head -c 200000 /dev/zero >&2; echo done", 10, 100, 0, 0, 5, 100},
	};

	memset(input, 'a', sizeof(input));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_talk talk;
		int rc = talk_to(cases[i].script,
				 (struct bo_talk_args){.input = input,
						       .input_len = sizeof(input),
						       .out_max = cases[i].out_max,
						       .err_max = cases[i].err_max,
						       .within = 60 * BO_S},
				 &talk);

		cr_expect_eq(rc, cases[i].rc, "%s: %d", cases[i].script, rc);
		if (rc == 0)
			cr_expect_eq(WEXITSTATUS(talk.status), cases[i].status, "%s",
				     cases[i].script);
		cr_expect_eq(talk.out.len, cases[i].out, "%s: %zu", cases[i].script, talk.out.len);
		cr_expect_eq(talk.err.len, cases[i].err, "%s: %zu", cases[i].script, talk.err.len);
		bo_talk_done(&talk);
	}
}

/* Zombies of ours aside. */
static bool group_is_gone(pid_t group)
{
	for (int i = 0; i < 5000; i++) {
		if (kill(-group, 0) < 0 && errno == ESRCH)
			return true;
		(void)waitpid(-group, NULL, WNOHANG);
		(void)poll(NULL, 0, 1);
	}
	return false;
}

/* The group of the program is asked first, so that it can put things right, and killed if need be.
 */
Test(talk, a_program_that_takes_too_long_is_told_then_killed_with_all_it_started)
{
	static const char *const scripts[] = {
		"trap 'echo told; exit 0' TERM; echo $$; while :; do sleep 0.01; done",
		"trap '' TERM; echo $$; (echo $$; exec sleep 1000) & wait; sleep 1000",
	};

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (size_t i = 0; i < COUNT(scripts); i++) {
		struct bo_talk talk;
		int rc = talk_to(scripts[i],
				 (struct bo_talk_args){.out_max = 100, .within = 300 * BO_MS},
				 &talk);

		cr_expect_eq(rc, -ETIMEDOUT, "%d", rc);
		cr_assert_gt(talk.out.len, 0);
		cr_expect_eq(strstr(talk.out.data, "told") != NULL, i == 0, "%s", talk.out.data);
		cr_expect(group_is_gone(atoi(talk.out.data)), "something is left");
		bo_talk_done(&talk);
	}
}

Test(talk, one_that_need_not_end_is_dismissed)
{
	static const char *const scripts[] = {"exec sleep 1000", "trap '' TERM; sleep 1000",
					      "exit 0"};

	for (size_t i = 0; i < COUNT(scripts); i++) {
		const char *const argv[] = {"sh", "-c", scripts[i], NULL};
		struct bo_proc proc = BO_PROC_NONE;

		cr_assert_eq(bo_proc_spawn(&(struct bo_proc_args){.argv = argv, .pipe_out = true},
					   &proc, NULL),
			     0);
		pid_t pid = proc.pid;

		bo_talk_dismiss(&proc);
		cr_expect_eq(kill(pid, 0), -1);
		bo_talk_dismiss(&proc);
	}
}

/* What was opened is what runs, whatever its name leads to by then; a script finds itself. */
Test(talk, a_program_that_was_opened_runs_though_its_name_leads_elsewhere)
{
	char path[] = "/tmp/bo-talk-XXXXXX";
	const char *const argv[] = {path, "argument", NULL};
	const char script[] = "#!/bin/sh\necho good $1; echo line >&3\n";
	int fd = mkstemp(path), pair[2];
	char byte[8] = "";

	cr_assert_eq(write(fd, script, sizeof(script) - 1), (ssize_t)sizeof(script) - 1);
	cr_assert_eq(fchmod(fd, 0700), 0);
	close(fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	struct bo_proc proc = BO_PROC_NONE;
	struct bo_err err = {0};
	struct bo_talk talk = {0};

	cr_assert_eq(bo_proc_spawn(&(struct bo_proc_args){.argv = argv,
							  .pipe_out = true,
							  .pipe_err = true,
							  .program = fd,
							  .line = pair[1]},
				   &proc, &err),
		     0, "%s", err.text);
	cr_assert_eq(
		bo_talk(&proc,
			&(struct bo_talk_args){.out_max = 100, .err_max = 100, .within = 60 * BO_S},
			&talk),
		0);
	cr_expect_str_eq(talk.out.data, "good argument\n");
	cr_expect_eq(recv(pair[0], byte, sizeof(byte), MSG_DONTWAIT), 5);
	bo_talk_done(&talk);
	close(fd);
	close(pair[0]);
	close(pair[1]);
}
