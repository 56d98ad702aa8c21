#include "harness/base/signals.h"

#include <assert.h>
#include <stddef.h>

#include "harness/base/loop.h"

/* Signals belong to the process, so this state does as well. */
static volatile sig_atomic_t first_caught;
static volatile sig_atomic_t fresh;
static bool shielded;

/*
 * Runs wherever the program happens to be, so that a second Ctrl-C also ends a process that is
 * stuck in a library call.
 */
static void note(int number)
{
	if (first_caught) {
		sigset_t this_one;

		signal(number, SIG_DFL);
		sigemptyset(&this_one);
		sigaddset(&this_one, number);
		sigprocmask(SIG_UNBLOCK, &this_one, NULL);
		raise(number);
		return;
	}
	first_caught = number;
	fresh = 1;
}

static void both(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

void bo_loop_catch_signals(void)
{
	struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};

	both(&action.sa_mask);
	first_caught = 0;
	fresh = 0;
	int rc = sigaction(SIGINT, &action, NULL) | sigaction(SIGTERM, &action, NULL);

	assert(rc == 0);
}

int bo_loop_interrupted(void)
{
	return first_caught;
}

void bo_loop_shield(bool on)
{
	shielded = on;
}

bool bo_loop_shielded(void)
{
	return shielded;
}

bool bo_signals_fresh(void)
{
	if (!fresh)
		return false;
	fresh = 0;
	return true;
}

bool bo_signals_hold(sigset_t *ret_open)
{
	sigset_t set;

	both(&set);
	sigprocmask(SIG_BLOCK, &set, ret_open);
	return !bo_signals_fresh();
}

void bo_signals_release(const sigset_t *open)
{
	sigprocmask(SIG_SETMASK, open, NULL);
}
