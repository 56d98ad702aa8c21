#include "drivers/net/link_wire.h"

#include <sys/socket.h>

#include "drivers/tests/net_rig.h"
#include "harness/base/proc.h"

static int ends[2];

static void set_up(void)
{
	net_rig_programs();
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
}

TestSuite(link_wire, .init = set_up, .timeout = 60);

Test(link_wire, messages_come_whole_with_their_descriptors)
{
	struct bo_link_request sent = {.mark = BO_LINK_MARK, .verb = BO_LINK_TTY}, got;
	int fds[BO_LINK_FDS_MAX], own[2];
	size_t count;

	cr_assert_eq(pipe(own), 0);
	sent.down.loss_ppm = 1;
	cr_assert_eq(bo_link_send(ends[0], &sent, sizeof(sent), own, 2), 0);
	cr_assert_eq(bo_link_receive(ends[1], &got, sizeof(got), fds, &count), 0);
	cr_assert_eq(count, 2);
	cr_assert_eq(got.down.loss_ppm, 1);
	cr_assert_eq(write(fds[1], "x", 1), 1);
	cr_assert_eq(read(own[0], &(char){0}, 1), 1, "it is the same pipe");
	cr_assert(fcntl(fds[0], F_GETFD) & FD_CLOEXEC);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

Test(link_wire, what_is_no_message_is_refused)
{
	struct bo_link_request sent = {.mark = BO_LINK_MARK}, got;
	int fds[BO_LINK_FDS_MAX];
	size_t count;

	cr_assert_eq(bo_link_send(ends[0], &sent, sizeof(sent) - 1, NULL, 0), 0);
	cr_expect_eq(bo_link_receive(ends[1], &got, sizeof(got), fds, &count), -EPROTO, "short");
	char longer[sizeof(sent) + 1] = {0};

	memcpy(longer, &sent, sizeof(sent));
	cr_assert_eq(bo_link_send(ends[0], longer, sizeof(longer), NULL, 0), 0);
	cr_expect_eq(bo_link_receive(ends[1], &got, sizeof(got), fds, &count), -EPROTO, "long");
	sent.mark++;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	cr_assert_eq(bo_link_send(ends[0], &sent, sizeof(sent), &null, 1), 0);
	cr_expect_eq(bo_link_receive(ends[1], &got, sizeof(got), fds, &count), -EPROTO, "mark");
	cr_expect_eq(count, 0, "what came along is closed");
	close(null);
	close(ends[0]);
	cr_expect_eq(bo_link_receive(ends[1], &got, sizeof(got), fds, &count), -EPIPE);
	cr_expect_eq(bo_link_send(ends[1], &sent, sizeof(sent), NULL, 0), -EPIPE);
	close(ends[1]);
}

/* brownout-link with that much of a command line; its exit status, or -1 while it runs. */
static struct bo_proc start(const char *const *options)
{
	const char *argv[12] = {NULL};
	char program[PATH_MAX];
	struct bo_proc proc = BO_PROC_NONE;
	struct bo_err err = {0};

	snprintf(program, sizeof(program), "%.4000s/" BO_LINK_PROGRAM, getenv("BROWNOUT_LIBEXEC"));
	argv[0] = program;
	for (size_t i = 0; options[i]; i++)
		argv[i + 1] = options[i];
	cr_assert_eq(
		bo_proc_spawn(
			&(struct bo_proc_args){.argv = argv, .line = ends[1], .pipe_err = true},
			&proc, &err),
		0, "%s", err.text);
	return proc;
}

static int status_of(struct bo_proc *proc)
{
	struct bo_clock clock;
	struct bo_loop loop;
	int status = -1;

	bo_clock_real_init(&clock);
	bo_loop_init(&loop, &clock);
	cr_assert_eq(bo_proc_wait(proc, &loop, bo_loop_now(&loop) + 30 * BO_S, &status), 0);
	bo_proc_kill(proc);
	return WEXITSTATUS(status);
}

Test(link_wire, commands_that_are_none_are_refused_and_nonsense_ends_it)
{
	static const char *const options[] = {"--tun",	  "--address", "10.0.0.2", "--host",
					      "10.0.0.1", "--port",    "9",	   "--mtu",
					      "576",	  NULL};
	struct bo_link_request request = {.mark = BO_LINK_MARK, .verb = 99};
	struct bo_link_answer answer;
	int fds[BO_LINK_FDS_MAX];
	size_t count;
	struct bo_proc proc = start(options);

	close(ends[1]);
	cr_assert_eq(bo_link_receive(ends[0], &answer, sizeof(answer), fds, &count), 0);
	cr_assert_eq(answer.err.code, 0, "%s", answer.err.text);
	cr_assert_eq(answer.datagram_max, 548);
	cr_assert_eq(count, 2);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	cr_assert_eq(bo_link_send(ends[0], &request, sizeof(request), NULL, 0), 0);
	cr_assert_eq(bo_link_receive(ends[0], &answer, sizeof(answer), fds, &count), 0);
	cr_assert_eq(answer.netem.code, -EINVAL);
	cr_assert_not_null(strstr(answer.netem.text, "no such command: 99"));
	cr_assert_eq(bo_link_send(ends[0], "hello", 5, NULL, 0), 0);
	cr_assert_eq(status_of(&proc), 2);
	close(ends[0]);
}

Test(link_wire, a_command_line_that_is_none_says_what_is_one)
{
	static const char *const cases[][8] = {
		{NULL},
		{"--tun", NULL},
		{"--route", "--address", "127.0.0.1", NULL},
		{"--route", "--address", "127.0.0.1", "--port", "0", NULL},
		{"--route", "--address", "127.0.0.1", "--port", "65536", NULL},
		{"--route", "--address", "127.0.0.1", "--port", "1x", NULL},
		{"--tun", "--address", "10.0.0.2", "--port", "9", NULL},
		{"--route", "--address", "127.0.0.1", "--port", "9", "more", NULL},
		{"--route", "--address", "127.0.0.1", "--netem", "maybe", NULL},
		{"--probe", "--colour", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_proc proc = start(cases[i]);

		cr_expect_eq(status_of(&proc), 2, "case %zu", i);
	}
	close(ends[0]);
	close(ends[1]);
}
