#include "harness/base/loop.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>

void bo_loop_init(struct bo_loop *loop, struct bo_clock *clock)
{
	*loop = (struct bo_loop){.clock = clock};
}

void bo_loop_arm(struct bo_loop *loop, struct bo_timer *timer, bo_ns at)
{
	struct bo_timer **link = &loop->timers;

	assert(timer->fire);
	bo_loop_disarm(loop, timer);
	while (*link && (*link)->at <= at)
		link = &(*link)->next;
	timer->at = at;
	timer->armed = true;
	timer->next = *link;
	*link = timer;
}

void bo_loop_disarm(struct bo_loop *loop, struct bo_timer *timer)
{
	struct bo_timer **link = &loop->timers;

	if (!timer->armed)
		return;
	while (*link && *link != timer)
		link = &(*link)->next;
	assert(*link && "a timer of another loop");
	*link = timer->next;
	timer->next = NULL;
	timer->armed = false;
}

void bo_loop_watch(struct bo_loop *loop, struct bo_watch *watch)
{
	struct bo_watch **link = &loop->watches;
	size_t count = 0;

	assert(watch->ready && watch->fd >= 0 && !watch->added);
	for (; *link; link = &(*link)->next)
		count++;
	assert(count < BO_LOOP_WATCHES_MAX);
	watch->next = NULL;
	watch->revents = 0;
	watch->added = true;
	*link = watch;
}

void bo_loop_unwatch(struct bo_loop *loop, struct bo_watch *watch)
{
	struct bo_watch **link = &loop->watches;

	if (!watch->added)
		return;
	while (*link && *link != watch)
		link = &(*link)->next;
	assert(*link && "a watch of another loop");
	*link = watch->next;
	watch->next = NULL;
	watch->added = false;
}

/*
 * The list may change in any callback, and a callback may turn the loop itself, so the scan starts
 * over after each one. Lists are short.
 */
static void serve_watches(struct bo_loop *loop)
{
	struct bo_watch *watch = loop->watches;

	while (watch) {
		short revents = watch->revents;

		if (!revents) {
			watch = watch->next;
			continue;
		}
		assert(!(revents & POLLNVAL) && "a watched descriptor was closed");
		watch->revents = 0;
		watch->ready(watch, revents);
		watch = loop->watches;
	}
}

/* A callback that re-arms for this very moment is served in the next turn: descriptors come first
 * again, and no timer can hold the loop for ever. */
static void serve_timers(struct bo_loop *loop)
{
	bo_ns now = loop->clock->now;
	size_t due = 0;

	for (struct bo_timer *timer = loop->timers; timer && timer->at <= now; timer = timer->next)
		due++;
	while (due-- && loop->timers && loop->timers->at <= now) {
		struct bo_timer *timer = loop->timers;

		if (now - timer->at > loop->lag_max)
			loop->lag_max = now - timer->at;
		bo_loop_disarm(loop, timer);
		timer->fire(timer);
	}
}

int bo_loop_turn(struct bo_loop *loop, bo_ns deadline)
{
	struct pollfd fds[BO_LOOP_WATCHES_MAX];
	nfds_t count = 0;

	for (struct bo_watch *watch = loop->watches; watch; watch = watch->next) {
		watch->revents = 0;
		fds[count++] = (struct pollfd){.fd = watch->fd, .events = watch->events};
	}
	if (loop->timers && loop->timers->at < deadline)
		deadline = loop->timers->at;
	int rc = loop->clock->ops->wait(loop->clock, fds, count, deadline);

	if (rc > 0) {
		nfds_t i = 0;

		for (struct bo_watch *watch = loop->watches; watch; watch = watch->next)
			watch->revents = fds[i++].revents;
		serve_watches(loop);
	}
	serve_timers(loop);
	return rc < 0 ? rc : 0;
}

int bo_loop_until(struct bo_loop *loop, bool (*done)(void *ctx), void *ctx, bo_ns deadline)
{
	bool late = false;

	for (;;) {
		if (done(ctx))
			return 0;
		if (bo_loop_interrupted() && !bo_loop_shielded())
			return -EINTR;
		if (late)
			return -ETIMEDOUT;
		int rc = bo_loop_turn(loop, deadline);

		if (rc < 0 && rc != -EINTR)
			return rc;
		late = loop->clock->now >= deadline;
	}
}

static bool never(void *ctx)
{
	(void)ctx;
	return false;
}

int bo_loop_sleep_until(struct bo_loop *loop, bo_ns at)
{
	int rc = bo_loop_until(loop, never, NULL, at);

	return rc == -ETIMEDOUT ? 0 : rc;
}
