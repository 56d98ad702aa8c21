#include "harness/base/clock.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <sys/timex.h>
#include <time.h>

#include "harness/base/signals.h"

static void advance(struct bo_clock *clock, bo_ns now)
{
	assert(now >= clock->now);
	clock->now = now;
}

static bo_ns monotonic(void)
{
	struct timespec ts;
	int rc = clock_gettime(CLOCK_MONOTONIC, &ts);

	assert(rc == 0);
	return ts.tv_sec * BO_S + ts.tv_nsec;
}

static int real_wait(struct bo_clock *clock, struct pollfd *fds, nfds_t fd_count, bo_ns deadline)
{
	struct timespec timeout;
	sigset_t open;
	int rc = -EINTR;

	/* Signals wait from here until ppoll(2) opens them: none is lost in between. */
	if (bo_signals_hold(&open)) {
		bo_ns left = deadline - monotonic();

		if (left < 0)
			left = 0;
		timeout.tv_sec = left / BO_S;
		timeout.tv_nsec = left % BO_S;
		rc = ppoll(fds, fd_count, deadline == BO_NEVER ? NULL : &timeout, &open);
		if (rc < 0)
			rc = -errno;
		if (rc == -EINTR)
			bo_signals_fresh(); /* seen by this wait; the next one sleeps */
	}
	bo_signals_release(&open);
	advance(clock, monotonic());
	return rc;
}

static bo_ns real_stamp(struct bo_clock *clock)
{
	bo_ns now = monotonic();

	assert(now >= clock->now);
	return now;
}

void bo_clock_real_init(struct bo_clock *clock)
{
	static const struct bo_clock_ops ops = {
		.name = "real", .wait = real_wait, .stamp = real_stamp};

	*clock = (struct bo_clock){.ops = &ops, .now = monotonic()};
}

static struct bo_clock_virtual *to_virtual(struct bo_clock *clock)
{
	return (struct bo_clock_virtual *)((char *)clock -
					   offsetof(struct bo_clock_virtual, clock));
}

static int virtual_wait(struct bo_clock *clock, struct pollfd *fds, nfds_t fd_count, bo_ns deadline)
{
	struct bo_actor *actor = to_virtual(clock)->actor;

	if (bo_signals_fresh())
		return -EINTR;
	if (deadline < clock->now)
		deadline = clock->now;
	/* What happens outside takes no virtual time, so descriptors come before the jump. */
	int rc = fd_count ? poll(fds, fd_count, 0) : 0;

	if (rc != 0)
		return rc < 0 ? -errno : rc;
	bo_ns reached = actor ? actor->run_until(actor, deadline) : deadline;

	assert(reached <= deadline);
	assert(reached != BO_NEVER && "deadlock: no timer, and no actor that will ever act again");
	advance(clock, reached);
	if (actor)
		actor->deliver(actor);
	return 0;
}

static bo_ns virtual_stamp(struct bo_clock *clock)
{
	struct bo_actor *actor = to_virtual(clock)->actor;
	bo_ns now = actor ? actor->stamp(actor) : clock->now;

	assert(now >= clock->now);
	return now;
}

void bo_clock_virtual_init(struct bo_clock_virtual *clock)
{
	static const struct bo_clock_ops ops = {
		.name = "virtual", .wait = virtual_wait, .stamp = virtual_stamp};

	*clock = (struct bo_clock_virtual){.clock = {.ops = &ops}};
}

int bo_clock_wall_synced(void)
{
	struct timex state = {.modes = 0};

	if (adjtimex(&state) < 0)
		return -1;
	return (state.status & STA_UNSYNC) == 0;
}

int64_t bo_clock_wall_s(void)
{
	return (int64_t)time(NULL);
}

void bo_clock_wall_text(char out[BO_WALL_TEXT_MAX])
{
	time_t now = time(NULL);
	struct tm utc;

	(void)gmtime_r(&now, &utc);
	(void)strftime(out, BO_WALL_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &utc);
}
