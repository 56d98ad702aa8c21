#include <criterion/criterion.h>
#include <fcntl.h>

#include "drivers/tests/switch_rig.h"

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig);
}

static void tear_down(void)
{
	rig_stop(&rig);
}

TestSuite(switch_server, .init = set_up, .fini = tear_down, .timeout = 30);

static void must_say(const struct bo_err *err, const char *words)
{
	cr_assert(strstr(err->text, words), "\"%s\" does not say \"%s\"", err->text, words);
}

static struct bo_switch_place place_of(const struct rig *where)
{
	struct bo_switch_place place;
	struct bo_err err = {0};

	cr_assert_eq(bo_switch_place(&where->address, &place, &err), 0, "%s", err.text);
	return place;
}

Test(switch_server, an_answered_set_is_on_the_pin)
{
	struct bo_switch_client client;
	struct bo_err err = {0};

	rig_start(&rig, BO_S);
	rig_must_open(&rig, &client, 1, 1, "b1");
	for (int i = 0; i < 100; i++) {
		uint8_t level = (uint8_t)(i & 1);

		cr_assert_eq(rig_set(&client, 1, level, &err), 0, "%s", err.text);
		cr_assert_eq(fake_levels(rig.state) & 1, level);
	}
	rig_release(&client);
	cr_assert(fake_levels(rig.state) & 1);
}

Test(switch_server, a_second_client_is_told_who_has_the_pin)
{
	struct bo_switch_client first, second;
	struct bo_err err = {0};
	char pid[32];

	rig_start(&rig, BO_S);
	rig_must_open(&rig, &first, 1, 1, "bluepill-03");
	cr_assert_eq(rig_open(&rig, &second, 1 | 2, 0, "other", &err), -EBUSY);
	snprintf(pid, sizeof(pid), "\"bluepill-03\" (pid %d)", (int)getpid());
	must_say(&err, pid);
	rig_release(&first);
	rig_must_open(&rig, &second, 1 | 2, 0, "other");
	rig_release(&second);
}

Test(switch_server, a_killed_client_is_made_safe_at_once_and_only_then_is_its_pin_free)
{
	struct bo_switch_client next;
	struct bo_err err = {0};
	bo_ns killed_at;
	pid_t holder;

	rig_start(&rig, BO_S);
	holder = rig_holder(&rig, 1, 1, 0);
	cr_assert_eq(fake_levels(rig.state) & 1, 0);
	killed_at = bo_clock_stamp(&rig.clock);
	kill(holder, SIGKILL);
	while (rig_open(&rig, &next, 1, 1, "next", &err) == -EBUSY)
		cr_assert(bo_clock_stamp(&rig.clock) < killed_at + RIG_PATIENCE_NS, "%s", err.text);
	cr_assert_eq(err.code == 0 || err.code == -EBUSY, 1, "%s", err.text);
	cr_assert(fake_levels(rig.state) & 1, "the lease was given away before the pin was safe");
	rig_release(&next);
	cr_assert_eq(rig_reap(holder), -1);
}

Test(switch_server, a_killed_client_whose_pin_is_stuck_blocks_the_pin_until_it_reads_safe)
{
	struct bo_switch_client next;
	struct bo_err err = {0};
	pid_t holder;

	rig_start(&rig, BO_S);
	holder = rig_holder(&rig, 1, 1, 0);
	rig.state->stuck = 1;
	kill(holder, SIGKILL);
	rig_reap(holder);
	RIG_UNTIL(&rig, rig_open(&rig, &next, 1, 1, "next", &err) == -EBUSY &&
				strstr(err.text, "which is gone"));
	rig.state->stuck = 0;
	RIG_UNTIL(&rig, rig_open(&rig, &next, 1, 1, "next", &err) == 0);
	cr_assert(fake_levels(rig.state) & 1);
	rig_release(&next);
}

Test(switch_server, a_wedged_chip_does_not_make_the_server_forget_a_killed_client)
{
	pid_t holder;
	int writes;

	rig_start(&rig, 200 * BO_MS);
	holder = rig_holder(&rig, 1, 1, 0);
	rig.state->stuck = 1;
	kill(holder, SIGKILL);
	rig_reap(holder);
	/* Each round of looking after it writes once, and could end the server. */
	writes = rig.state->writes;
	RIG_UNTIL(&rig, rig.state->writes >= writes + 4);
	cr_assert_eq(kill(rig.server, 0), 0);
	cr_assert_eq(waitpid(rig.server, NULL, WNOHANG), 0, "it left with a pin that is not safe");
	rig.state->stuck = 0;
	cr_assert_eq(rig_reap(rig.server), 0);
	rig.server = 0;
	cr_assert(fake_levels(rig.state) & 1);
}

Test(switch_server, it_ends_after_its_last_client_and_leaves_nothing)
{
	struct bo_switch_client client;

	rig_start(&rig, 300 * BO_MS);
	rig_must_open(&rig, &client, 1, 1, "b1");
	rig_release(&client);
	cr_assert_eq(rig_reap(rig.server), 0);
	rig.server = 0;
	cr_assert(!rig.state->claimed);
	cr_assert_eq(access(place_of(&rig).socket, F_OK), -1);
	cr_assert_eq(access(place_of(&rig).lock, F_OK), -1);
}

Test(switch_server, it_ends_without_its_device_when_nobody_is_left_to_tell)
{
	pid_t holder;

	rig_start(&rig, 200 * BO_MS);
	holder = rig_holder(&rig, 1, 1, 0);
	fake_unplug(rig.state);
	kill(holder, SIGKILL);
	rig_reap(holder);
	cr_assert_eq(rig_reap(rig.server), 0);
	rig.server = 0;
}

Test(switch_server, when_told_to_end_it_makes_every_pin_safe_first)
{
	struct bo_switch_client one, two;
	struct bo_err err = {0};

	rig_start(&rig, BO_S);
	rig_must_open(&rig, &one, 1, 1, "one");
	rig_must_open(&rig, &two, 2, 0, "two");
	cr_assert_eq(rig_set(&one, 1, 0, &err), 0);
	cr_assert_eq(rig_set(&two, 2, 2, &err), 0);
	kill(rig.server, SIGTERM);
	cr_assert_eq(rig_reap(rig.server), 0);
	rig.server = 0;
	cr_assert_eq(fake_levels(rig.state) & 3, 1);
	cr_assert_eq(rig_set(&one, 1, 0, &err), -ECONNRESET);
	must_say(&err, "has ended");
	bo_switch_client_close(&one);
	bo_switch_client_close(&two);
}

Test(switch_server, an_unplugged_device_is_reported_and_found_again)
{
	struct bo_switch_client client;
	struct bo_err err = {0};

	rig_start(&rig, BO_S);
	rig_must_open(&rig, &client, 1, 1, "b1");
	cr_assert_eq(rig_set(&client, 1, 0, &err), 0);
	fake_unplug(rig.state);
	cr_assert_eq(rig_set(&client, 1, 0, &err), -ENODEV);
	must_say(&err, "unplugged");
	fake_forget(rig.state);
	rig.state->plugged = true;
	RIG_UNTIL(&rig, rig_set(&client, 1, 0, &err) == -ENODEV &&
				strstr(err.text, "was unplugged and is back"));
	cr_assert_eq(fake_edges(rig.state, 0), 0, "it came back with a glitch");
	cr_assert_eq(rig_set(&client, 1, 0, &err), 0);
	rig_release(&client);
}

Test(switch_server, a_slow_device_times_the_client_out_and_its_late_answer_is_not_mistaken)
{
	struct bo_switch_request read = {.verb = BO_SWITCH_READ};
	struct bo_switch_answer answer;
	struct bo_switch_client client;
	struct bo_err err = {0};

	rig_start(&rig, BO_S);
	rig_must_open(&rig, &client, 1, 1, "b1");
	rig.state->slow_ms = 1200;
	cr_assert_eq(rig_set(&client, 1, 0, &err), -ETIMEDOUT);
	must_say(&err, "did not answer within 2 s");
	rig.state->slow_ms = 0;
	cr_assert_eq(bo_switch_client_call(&client, read, &answer, &err), 0, "%s", err.text);
	cr_assert_eq(answer.seq, client.seq);
	rig_release(&client);
}

static int raw_connect(void)
{
	struct bo_switch_place place = place_of(&rig);
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path, place.socket, sizeof(at.sun_path));
	cr_assert_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

Test(switch_server, nonsense_ends_the_connection_that_brought_it_and_no_other)
{
	static const struct {
		const char *bytes;
		size_t len;
		int answer;
	} cases[] = {
		{"x", 1, -EINVAL},
		{"BO\004\002", 4, -EINVAL},
		{"BO\001\001", 4, -EPROTONOSUPPORT},
		{"BO\003\002", 4, -EPROTONOSUPPORT},
	};
	struct bo_switch_client client;
	struct bo_err err = {0};

	rig_start(&rig, BO_S);
	rig_must_open(&rig, &client, 1, 1, "b1");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t in[BO_SWITCH_ANSWER_SIZE + 1];
		struct bo_switch_answer answer;
		int fd = raw_connect();

		cr_assert_eq(send(fd, cases[i].bytes, cases[i].len, 0), (ssize_t)cases[i].len);
		ssize_t len = recv(fd, in, sizeof(in), 0);

		cr_assert_eq(bo_switch_answer_decode(in, (size_t)len, &answer), 0);
		cr_assert_eq(bo_switch_status_errno(answer.status), cases[i].answer);
		cr_assert_eq(recv(fd, in, sizeof(in), 0), 0, "the connection goes on");
		close(fd);
	}
	cr_assert_eq(rig_set(&client, 1, 0, &err), 0, "%s", err.text);
	rig_release(&client);
}

Test(switch_server, a_client_that_takes_no_answers_loses_its_lease)
{
	struct bo_switch_request lease = {
		.verb = BO_SWITCH_LEASE, .outputs = 1, .levels = 1, .name = "deaf"};
	struct bo_switch_request read = {.verb = BO_SWITCH_READ};
	uint8_t out[BO_SWITCH_REQUEST_MAX];
	size_t len;
	struct bo_switch_client next;
	int fd;

	rig_start(&rig, BO_S);
	fd = raw_connect();
	len = bo_switch_request_encode(&lease, out);
	cr_assert_eq(send(fd, out, len, 0), (ssize_t)len);
	len = bo_switch_request_encode(&read, out);
	while (send(fd, out, len, MSG_NOSIGNAL) > 0)
		;
	rig_must_open(&rig, &next, 1, 1, "next");
	rig_release(&next);
	close(fd);
}

/* ---- who gets to serve ---- */

Test(switch_server, of_many_starting_at_once_exactly_one_serves)
{
	enum { RACERS = 8, ROUNDS = 5 };
	struct bo_switch_place place = place_of(&rig);

	for (int round = 0; round < ROUNDS; round++) {
		pid_t racers[RACERS];
		int go[2], won = 0, lost = 0;

		cr_assert_eq(pipe2(go, O_CLOEXEC), 0);
		for (int i = 0; i < RACERS; i++) {
			racers[i] = fork();
			if (racers[i] == 0) {
				struct bo_switch_seat seat;
				struct bo_err err = {0};
				char byte;

				close(go[1]);
				(void)!read(go[0], &byte, 1); /* end of file: all at once */
				int rc = bo_switch_seat_take(&seat, &place, &err);

				if (rc == -EEXIST)
					_exit(1);
				_exit(rc == 0 ? rig_serve(&rig, &seat, 300 * BO_MS) : 2);
			}
		}
		close(go[0]);
		close(go[1]);
		for (int i = 0; i < RACERS; i++) {
			int status = rig_reap(racers[i]);

			won += status == 0;
			lost += status == 1;
		}
		cr_assert_eq(won, 1, "%d served, %d stood back", won, lost);
		cr_assert_eq(lost, RACERS - 1);
	}
}

Test(switch_server, a_killed_server_does_not_keep_the_place)
{
	struct bo_switch_client client;
	struct bo_err err = {0};

	rig_start(&rig, BO_S);
	kill(rig.server, SIGKILL);
	rig_reap(rig.server);
	cr_assert_eq(access(place_of(&rig).socket, F_OK), 0);
	rig_start(&rig, BO_S);
	rig_must_open(&rig, &client, 1, 1, "b1");
	cr_assert_eq(rig_set(&client, 1, 0, &err), 0);
	rig_release(&client);
}

/* ---- benches beside each other ---- */

enum { CUTS = 200 };

/* A process of its own that cuts its board again and again; each pin must be as it was set. */
static pid_t cutter(uint8_t pin, uint8_t safe, const char *name)
{
	pid_t pid = fork();

	cr_assert(pid >= 0);
	if (pid)
		return pid;
	struct bo_switch_client client;
	struct bo_err err = {0};
	int wrong = rig_open(&rig, &client, pin, safe, name, &err) < 0;

	for (int i = 0; !wrong && i < CUTS; i++) {
		uint8_t level = i & 1 ? safe : (uint8_t)(pin & ~safe);

		wrong = rig_set(&client, pin, level, &err) < 0 ||
			(fake_levels(rig.state) & pin) != level;
	}
	_exit(wrong);
}

Test(switch_server, two_processes_cut_two_boards_on_one_chip_without_seeing_each_other)
{
	pid_t one, other;

	rig_start(&rig, BO_S);
	one = cutter(1, 1, "one");
	other = cutter(2, 0, "other");
	cr_assert_eq(rig_reap(one), 0);
	cr_assert_eq(rig_reap(other), 0);
	RIG_UNTIL(&rig, (fake_levels(rig.state) & 3) == 1);
	cr_assert_geq(fake_edges(rig.state, 0), CUTS - 1);
	cr_assert_leq(fake_edges(rig.state, 0), CUTS + 1, "somebody else moved the first pin");
	cr_assert_geq(fake_edges(rig.state, 1), CUTS - 1);
	cr_assert_leq(fake_edges(rig.state, 1), CUTS + 1, "somebody else moved the second pin");
}

Test(switch_server, a_killed_neighbour_does_not_move_a_pin_that_is_cut)
{
	struct bo_switch_client client;
	struct bo_err err = {0};
	pid_t neighbour;

	rig_start(&rig, BO_S);
	rig_must_open(&rig, &client, 1, 1, "cut");
	neighbour = rig_holder(&rig, 2, 2, 0);
	cr_assert_eq(rig_set(&client, 1, 0, &err), 0, "%s", err.text);
	fake_forget(rig.state);
	kill(neighbour, SIGKILL);
	rig_reap(neighbour);
	RIG_UNTIL(&rig, fake_levels(rig.state) & 2);
	cr_expect_eq(fake_edges(rig.state, 0), 0);
	cr_expect_eq(fake_levels(rig.state) & 1, 0, "the cut of the other board ended early");
	rig_release(&client);
}

/* Each chip has a server of its own. */
Test(switch_server, a_stalled_chip_does_not_move_another_chips_cut)
{
	struct bo_switch_client client;
	struct bo_err err = {0};
	bo_ns stalled_until, done;
	struct rig stalled;
	pid_t waiting;

	rig_start(&rig, BO_S);
	rig_must_open(&rig, &client, 1, 1, "b1");
	stalled = rig;
	stalled.address.serial = "BOV-STALLED";
	stalled.state = fake_state_new();
	cr_assert(stalled.state);
	stalled.state->slow_ms = 1500;
	rig_start(&stalled, BO_S);
	waiting = fork();
	if (waiting == 0) {
		struct bo_switch_client other;

		_exit(rig_open(&stalled, &other, 1, 1, "b2", &err) < 0);
	}
	/* the chip is being opened: its server is in a transfer from here on */
	RIG_UNTIL(&rig, stalled.state->claimed);
	stalled_until = bo_clock_stamp(&rig.clock) + BO_S;
	for (int i = 0; i < CUTS; i++)
		cr_assert_eq(rig_set(&client, 1, (uint8_t)(i & 1), &err), 0, "%s", err.text);
	done = bo_clock_stamp(&rig.clock);
	cr_expect_lt(done, stalled_until, "%d cuts took as long as the other chip's transfer",
		     CUTS);
	kill(waiting, SIGKILL);
	rig_reap(waiting);
	stalled.state->slow_ms = 0;
	kill(stalled.server, SIGTERM);
	cr_assert_eq(rig_reap(stalled.server), 0);
	fake_state_free(stalled.state);
	rig_release(&client);
}
