#ifndef BO_HARNESS_BASE_SIGNALS_H
#define BO_HARNESS_BASE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * The seam between the loop, which catches SIGINT and SIGTERM, and the real clock, which waits.
 * Everybody else uses bo_loop_catch_signals() and bo_loop_interrupted().
 */

/*
 * Holds both signals back for the time between looking and sleeping. True: nothing was caught since
 * the last call, wait with `ret_open` as the mask; false: one was, do not wait. Either way
 * bo_signals_release(ret_open) follows.
 */
bool bo_signals_hold(sigset_t *ret_open);
void bo_signals_release(const sigset_t *open);

/* Whether a signal was caught since the last bo_signals_hold() or bo_signals_fresh(). */
bool bo_signals_fresh(void);

#endif
