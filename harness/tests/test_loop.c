#include "harness/base/loop.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct bench {
	struct bo_clock_virtual clock;
	struct bo_loop loop;
};

static void bench_init(struct bench *bench)
{
	bo_clock_virtual_init(&bench->clock);
	bo_loop_init(&bench->loop, &bench->clock.clock);
}

/* Timers that write their name into a log. */
static char fired[32];
static struct bo_loop *the_loop;

struct named_timer {
	struct bo_timer timer;
	char name;
};

static void log_name(struct bo_timer *timer)
{
	size_t len = strlen(fired);

	fired[len] = ((struct named_timer *)timer)->name;
	fired[len + 1] = '\0';
}

Test(loop, timers_fire_by_time_and_equal_ones_in_the_order_of_arming)
{
	struct bench bench;
	struct named_timer timers[5];
	static const bo_ns at[5] = {30, 10, 30, 20, 10};

	bench_init(&bench);
	for (int i = 0; i < 5; i++) {
		timers[i] =
			(struct named_timer){.timer = {.fire = log_name}, .name = (char)('a' + i)};
		bo_loop_arm(&bench.loop, &timers[i].timer, at[i]);
	}
	bo_loop_arm(&bench.loop, &timers[3].timer, 40);
	bo_loop_disarm(&bench.loop, &timers[2].timer);
	bo_loop_disarm(&bench.loop, &timers[2].timer);
	cr_assert_eq(bo_loop_sleep_until(&bench.loop, 100), 0);
	cr_assert_str_eq(fired, "bead");
	cr_assert_eq(bo_loop_now(&bench.loop), 100);
	cr_assert_eq(bench.loop.lag_max, 0);
}

static struct named_timer *victim;

static void disarm_victim(struct bo_timer *timer)
{
	log_name(timer);
	bo_loop_disarm(the_loop, &victim->timer);
}

Test(loop, a_timer_may_disarm_another_that_is_due_as_well)
{
	struct bench bench;
	struct named_timer a = {.timer = {.fire = disarm_victim}, .name = 'a'};
	struct named_timer b = {.timer = {.fire = log_name}, .name = 'b'};

	bench_init(&bench);
	the_loop = &bench.loop;
	victim = &b;
	bo_loop_arm(&bench.loop, &a.timer, 10);
	bo_loop_arm(&bench.loop, &b.timer, 10);
	bo_loop_sleep_until(&bench.loop, 20);
	cr_assert_str_eq(fired, "a");
}

static unsigned rearmed;

static void rearm_for_now(struct bo_timer *timer)
{
	if (++rearmed < 1000)
		bo_loop_arm(the_loop, timer, bo_loop_now(the_loop));
}

Test(loop, a_timer_that_rearms_for_now_fires_once_a_turn)
{
	struct bench bench;
	struct bo_timer timer = {.fire = rearm_for_now};

	bench_init(&bench);
	the_loop = &bench.loop;
	bo_loop_arm(&bench.loop, &timer, 0);
	bo_loop_turn(&bench.loop, 0);
	cr_assert_eq(rearmed, 1u);
	bo_loop_turn(&bench.loop, 0);
	cr_assert_eq(rearmed, 2u);
	bo_loop_disarm(&bench.loop, &timer);
}

/* Descriptors. */
struct reader {
	struct bo_watch watch;
	struct bo_watch *unwatches;
	unsigned calls;
	short revents;
};

static void read_one(struct bo_watch *watch, short revents)
{
	struct reader *reader = (struct reader *)watch;
	char byte;

	reader->calls++;
	reader->revents = revents;
	if (revents & POLLIN)
		cr_assert_eq(read(watch->fd, &byte, 1), 1);
	else
		bo_loop_unwatch(the_loop, watch);
	if (reader->unwatches)
		bo_loop_unwatch(the_loop, reader->unwatches);
}

struct pipes {
	struct bench bench;
	struct reader reader[2];
	int ends[2][2];
};

static void pipes_init(struct pipes *pipes)
{
	bench_init(&pipes->bench);
	the_loop = &pipes->bench.loop;
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(pipe(pipes->ends[i]), 0);
		pipes->reader[i] = (struct reader){
			.watch = {.fd = pipes->ends[i][0], .events = POLLIN, .ready = read_one}};
		bo_loop_watch(the_loop, &pipes->reader[i].watch);
	}
}

static void pipes_done(struct pipes *pipes)
{
	for (int i = 0; i < 2; i++) {
		bo_loop_unwatch(the_loop, &pipes->reader[i].watch);
		close(pipes->ends[i][0]);
		if (pipes->ends[i][1] >= 0)
			close(pipes->ends[i][1]);
	}
}

Test(loop, a_watch_removed_by_another_callback_is_not_called)
{
	struct pipes pipes;

	pipes_init(&pipes);
	pipes.reader[0].unwatches = &pipes.reader[1].watch;
	cr_assert_eq(write(pipes.ends[0][1], "x", 1) + write(pipes.ends[1][1], "y", 1), 2);
	cr_assert_eq(bo_loop_turn(the_loop, BO_S), 0);
	cr_assert_eq(pipes.reader[0].calls, 1u);
	cr_assert_eq(pipes.reader[1].calls, 0u);
	pipes_done(&pipes);
}

static bool second_was_called(void *ctx)
{
	return ((struct pipes *)ctx)->reader[1].calls > 0;
}

static struct pipes *nested;

static void turn_inside(struct bo_watch *watch, short revents)
{
	read_one(watch, revents);
	cr_assert_eq(bo_loop_until(the_loop, second_was_called, nested, BO_S), 0);
}

Test(loop, a_callback_may_turn_the_loop_and_nothing_is_served_twice)
{
	struct pipes pipes;

	pipes_init(&pipes);
	nested = &pipes;
	pipes.reader[0].watch.ready = turn_inside;
	cr_assert_eq(write(pipes.ends[0][1], "x", 1) + write(pipes.ends[1][1], "y", 1), 2);
	cr_assert_eq(bo_loop_turn(the_loop, BO_S), 0);
	cr_assert_eq(pipes.reader[0].calls, 1u);
	cr_assert_eq(pipes.reader[1].calls, 1u);
	pipes_done(&pipes);
}

Test(loop, a_hang_up_is_reported_unasked)
{
	struct pipes pipes;

	pipes_init(&pipes);
	close(pipes.ends[0][1]);
	pipes.ends[0][1] = -1;
	bo_loop_turn(the_loop, BO_S);
	cr_assert_eq(pipes.reader[0].revents, POLLHUP);
	pipes_done(&pipes);
}

static bool first_was_called(void *ctx)
{
	return ((struct pipes *)ctx)->reader[0].calls > 0;
}

Test(loop, until_prefers_the_event_to_a_deadline_that_has_passed)
{
	struct pipes pipes;

	pipes_init(&pipes);
	bo_loop_sleep_until(the_loop, 100);
	cr_assert_eq(bo_loop_until(the_loop, first_was_called, &pipes, 200), -ETIMEDOUT);
	cr_assert_eq(bo_loop_now(the_loop), 200);
	cr_assert_eq(write(pipes.ends[0][1], "x", 1), 1);
	cr_assert_eq(bo_loop_until(the_loop, first_was_called, &pipes, 50), 0);
	pipes_done(&pipes);
}

Test(loop, a_descriptor_closed_while_watched_is_a_bug, .signal = SIGABRT)
{
	struct pipes pipes;

	pipes_init(&pipes);
	close(pipes.ends[0][0]);
	bo_loop_turn(the_loop, BO_S);
}

Test(loop, lateness_of_a_real_timer_is_measured)
{
	struct bo_clock clock;
	struct bo_loop loop;
	struct named_timer timer = {.timer = {.fire = log_name}, .name = 'a'};

	bo_clock_real_init(&clock);
	bo_loop_init(&loop, &clock);
	bo_loop_arm(&loop, &timer.timer, clock.now - BO_MS);
	bo_loop_turn(&loop, clock.now);
	cr_assert_str_eq(fired, "a");
	cr_assert_geq(loop.lag_max, BO_MS);
}

/* Signals: each body runs in a child, because they change the process. */
static int in_child(int (*body)(void))
{
	int status;
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0)
		_exit(body());
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static struct bo_clock real;
static struct bo_loop real_loop;

static void real_init(void)
{
	bo_clock_real_init(&real);
	bo_loop_init(&real_loop, &real);
	bo_loop_catch_signals();
}

static void kill_self(struct bo_timer *timer)
{
	(void)timer;
	kill(getpid(), SIGTERM);
}

static int body_signal_in_a_callback(void)
{
	struct bo_timer timer = {.fire = kill_self};

	real_init();
	bo_loop_arm(&real_loop, &timer, real.now);
	/* Were the wake-up lost, this would sleep for a minute. */
	return bo_loop_sleep_until(&real_loop, real.now + 60 * BO_S) == -EINTR &&
			       bo_loop_interrupted() == SIGTERM
		       ? 0
		       : 1;
}

Test(loop, a_signal_between_two_waits_is_not_lost, .timeout = 20)
{
	cr_assert_eq(in_child(body_signal_in_a_callback), 0);
}

static int body_signal_in_the_wait(void)
{
	pid_t self = getpid();

	real_init();
	if (fork() == 0) {
		struct timespec ms = {.tv_nsec = 20000000};

		nanosleep(&ms, NULL);
		kill(self, SIGINT);
		_exit(0);
	}
	return bo_loop_sleep_until(&real_loop, real.now + 60 * BO_S) == -EINTR ? 0 : 1;
}

Test(loop, a_signal_ends_a_wait, .timeout = 20)
{
	cr_assert_eq(in_child(body_signal_in_the_wait), 0);
}

static int body_virtual(void)
{
	struct bench bench;

	bench_init(&bench);
	bo_loop_catch_signals();
	raise(SIGINT);
	return bo_loop_sleep_until(&bench.loop, BO_S) == -EINTR ? 0 : 1;
}

Test(loop, a_signal_ends_a_virtual_wait)
{
	cr_assert_eq(in_child(body_virtual), 0);
}

static int body_shielded(void)
{
	real_init();
	raise(SIGINT);
	bo_loop_shield(true);
	if (bo_loop_sleep_until(&real_loop, real.now + 2 * BO_MS) != 0)
		return 1;
	bo_loop_shield(false);
	return bo_loop_sleep_until(&real_loop, real.now + 2 * BO_MS) == -EINTR ? 0 : 2;
}

Test(loop, a_shielded_wait_goes_on_after_a_signal)
{
	cr_assert_eq(in_child(body_shielded), 0);
}

static int body_twice(void)
{
	real_init();
	bo_loop_shield(true);
	raise(SIGINT);
	raise(SIGTERM);
	return 1;
}

Test(loop, the_second_signal_ends_the_process_wherever_it_is)
{
	int status = in_child(body_twice);

	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}
