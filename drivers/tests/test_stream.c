#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <termios.h>

#include "drivers/serial/stream.h"
#include "drivers/tests/tty_rig.h"
#include "harness/base/prng.h"

static struct tty_rig rig;
static int near; /* the pty's near end, which the stream owns */

static void use(int fd)
{
	cr_assert_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	tty_rig_use(&rig, bo_stream_new(&(struct bo_stream_args){
				  .loop = &rig.loop, .name = "tty", .fd = fd, .breaks = true}));
}

static void set_up(void)
{
	struct termios mode;

	tty_rig_init(&rig);
	near = tty_rig_pty(&rig);
	cr_assert_eq(tcgetattr(near, &mode), 0);
	cfmakeraw(&mode);
	cr_assert_eq(tcsetattr(near, TCSANOW, &mode), 0);
	use(near);
}

static void use_sockets(void)
{
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	bo_console_close(rig.console);
	close(rig.far);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
	rig.far = fds[0];
	use(fds[1]);
}

static void tear_down(void)
{
	tty_rig_done(&rig);
}

TestSuite(stream, .init = set_up, .fini = tear_down, .timeout = 60);

static void say(const void *data, size_t len)
{
	cr_assert_eq(write(rig.far, data, len), (ssize_t)len);
}

static void hang_up(void)
{
	close(rig.far);
	rig.far = -1;
}

/* Reads at the far end until `len` bytes came, turning the loop. */
static void hear(uint8_t *out, size_t len)
{
	bo_ns deadline = bo_clock_stamp(&rig.clock) + 20 * BO_S;

	for (size_t at = 0; at < len;) {
		ssize_t got = read(rig.far, out + at, len - at);

		if (got > 0)
			at += (size_t)got;
		else
			cr_assert_eq(bo_loop_turn(&rig.loop, rig.clock.now + BO_MS), 0);
		cr_assert_lt(rig.clock.now, deadline);
	}
}

Test(stream, every_byte_value_passes_both_ways)
{
	uint8_t all[256], back[256];

	for (int i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	say(all, sizeof(all));
	tty_rig_wait(&rig, sizeof(all));
	cr_assert_eq(rig.got_len, sizeof(all));
	cr_assert_arr_eq(rig.got, all, sizeof(all));
	cr_assert_eq(bo_console_write(rig.console, all, sizeof(all), NULL), 0);
	hear(back, sizeof(back));
	cr_assert_arr_eq(back, all, sizeof(all));
}

Test(stream, the_stamp_is_that_of_the_read_not_of_the_turn)
{
	bo_ns before;

	tty_rig_turn(&rig);
	say("a", 1);
	before = bo_clock_stamp(&rig.clock);
	tty_rig_wait(&rig, 1);
	cr_assert_geq(rig.last_at, before);
	say("b", 1);
	tty_rig_wait(&rig, 2);
	cr_assert_eq(memcmp(rig.got, "ab", 2), 0);
}

Test(stream, a_mebibyte_arrives_whole_and_in_order)
{
	enum { LEN = 1 << 20 };
	uint8_t *data = malloc(LEN);
	struct bo_prng prng;
	size_t sent = 0;

	bo_prng_init(&prng, 1);
	for (size_t i = 0; i < LEN; i++)
		data[i] = (uint8_t)bo_prng_next(&prng);
	while (rig.got_len < LEN) {
		ssize_t len = sent < LEN ? write(rig.far, data + sent, LEN - sent) : 0;

		if (len > 0)
			sent += (size_t)len;
		cr_assert_eq(bo_loop_turn(&rig.loop, bo_clock_stamp(&rig.clock) + 5 * BO_S), 0);
	}
	cr_assert_eq(rig.got_len, LEN);
	cr_assert_eq(memcmp(rig.got, data, LEN), 0);
	free(data);
}

Test(stream, a_slow_line_gets_all_that_was_queued_in_order)
{
	static uint8_t data[60000], back[60000];
	struct bo_prng prng;

	bo_prng_init(&prng, 2);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)bo_prng_next(&prng);
	for (int round = 0; round < 3; round++) {
		cr_assert_eq(bo_console_write(rig.console, data, 20001, NULL), 0);
		cr_assert_eq(bo_console_write(rig.console, data + 20001, 39999, NULL), 0);
		hear(back, sizeof(back));
		cr_assert_arr_eq(back, data, sizeof(data));
	}
}

Test(stream, a_write_that_does_not_fit_is_refused_whole)
{
	static uint8_t data[BO_STREAM_QUEUE_SIZE], back[2 * BO_STREAM_QUEUE_SIZE];
	struct bo_err err = {0};
	size_t queued = 0;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	cr_assert_eq(bo_console_write(rig.console, data, sizeof(data), NULL), 0);
	queued = sizeof(data);
	while (bo_console_write(rig.console, data, 1000, &err) == 0)
		queued += 1000;
	cr_assert_eq(err.code, -ENOBUFS);
	cr_assert(strncmp(err.text, "serial line tty: ", 17) == 0 &&
		  strstr(err.text, "wait already"));
	cr_assert_leq(queued, sizeof(back));
	hear(back, queued);
	cr_assert_arr_eq(back, data, sizeof(data));
	cr_assert_eq(bo_console_write(rig.console, data, 1000, NULL), 0, "room again");
}

Test(stream, a_flush_drops_what_waits_in_both_directions)
{
	static uint8_t data[30000];
	uint8_t back[3] = {0};

	use_sockets();
	say("old", 3);
	cr_assert_eq(bo_console_flush(rig.console, NULL), 0);
	say("new", 3);
	tty_rig_wait(&rig, 3);
	cr_assert_eq(memcmp(rig.got, "new", 3), 0);

	tear_down();
	set_up();
	cr_assert_eq(bo_console_write(rig.console, data, sizeof(data), NULL), 0);
	say("old", 3);
	cr_assert_eq(bo_console_flush(rig.console, NULL), 0);
	while (read(rig.far, data, sizeof(data)) > 0)
		; /* what the pty held already */
	cr_assert_eq(bo_console_write(rig.console, "xyz", 3, NULL), 0);
	hear(back, 3);
	cr_assert_eq(memcmp(back, "xyz", 3), 0);
	say("new", 3);
	tty_rig_wait(&rig, 3);
	cr_assert_eq(memcmp(rig.got, "new", 3), 0);
}

Test(stream, a_hang_up_is_reported_once_and_ends_all_calls)
{
	struct bo_err err = {0};

	hang_up();
	tty_rig_wait_lost(&rig);
	tty_rig_turn(&rig);
	cr_assert_eq(rig.lost, 1);
	cr_assert_eq(rig.why.code, -ENODEV);
	cr_assert(strncmp(rig.why.text, "serial line tty is gone: ", 25) == 0, "%s", rig.why.text);
	cr_assert_eq(bo_console_write(rig.console, "a", 1, &err), -ENODEV);
	cr_assert_str_eq(err.text, rig.why.text);
	cr_assert_eq(bo_console_flush(rig.console, NULL), -ENODEV);
	cr_assert_eq(bo_console_hold_break(rig.console, true, NULL), -ENODEV);
	tty_rig_turn(&rig);
	cr_assert_eq(rig.lost, 1);
}

Test(stream, bytes_before_a_hang_up_come_before_its_report)
{
	static uint8_t data[100000];

	use_sockets();
	say(data, sizeof(data));
	hang_up();
	tty_rig_wait_lost(&rig);
	cr_assert_eq(rig.got_len, sizeof(data));
	cr_assert_eq(rig.lost, 1);
}

Test(stream, a_loss_that_a_write_finds_is_told_from_the_loop)
{
	use_sockets();
	hang_up();
	cr_assert_eq(bo_console_write(rig.console, "a", 1, NULL), -ENODEV);
	cr_assert_eq(rig.lost, 0, "not from within the write");
	tty_rig_wait_lost(&rig);
	tty_rig_turn(&rig);
	cr_assert_eq(rig.lost, 1);
}

Test(stream, while_break_is_held_nothing_is_sent)
{
	static uint8_t data[30000];
	uint8_t back[3];
	struct bo_err err = {0};

	cr_assert_eq(bo_console_write(rig.console, data, sizeof(data), NULL), 0);
	cr_assert_eq(bo_console_hold_break(rig.console, true, NULL), 0);
	cr_assert_eq(bo_console_write(rig.console, "abc", 3, &err), -EBUSY);
	cr_assert_str_eq(err.text, "serial line tty holds break");
	cr_assert_eq(bo_console_hold_break(rig.console, true, NULL), 0);
	cr_assert_eq(bo_console_hold_break(rig.console, false, NULL), 0);
	while (read(rig.far, data, sizeof(data)) > 0)
		; /* what had left before */
	cr_assert_eq(bo_console_write(rig.console, "xyz", 3, NULL), 0);
	hear(back, 3);
	cr_assert_eq(memcmp(back, "xyz", 3), 0, "the queue was dropped");
}

Test(stream, what_cannot_break_says_so)
{
	struct bo_err err = {0};

	use_sockets();
	cr_assert_eq(bo_console_hold_break(rig.console, true, &err), -EOPNOTSUPP);
	cr_assert_str_eq(err.text, "serial line tty cannot hold break");
	say("a", 1);
	tty_rig_wait(&rig, 1);
}

Test(stream, without_listeners_nothing_breaks)
{
	rig.console->rx = NULL;
	rig.console->lost = NULL;
	say("a", 1);
	tty_rig_turn(&rig);
	hang_up();
	tty_rig_turn(&rig);
	cr_assert_eq(bo_console_write(rig.console, "a", 1, NULL), -ENODEV);
}
