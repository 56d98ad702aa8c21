#include "harness/explore/explore_parts.h"

/*
 * Guesses which cut states of a walk will turn out to be new classes, so that a machine with
 * several processes has something to do. What a boot loader resumes from is written into few
 * places: after an operation that led to a new class, the next one in the same page probably does
 * so too, whole and torn. A wrong guess costs a boot that nobody asks for, and nothing else.
 */
#define GUESSES	   8u
#define LOOK_AHEAD 8192u /* operations */

/* The torn states of the operation that memory in `ahead` stands before. */
static unsigned guess_torn(struct bo_explore *x, const struct bo_write *write, enum bo_tear after,
			   unsigned guesses)
{
	const struct bo_machine *machine = &x->config.machine;

	for (enum bo_tear tear = after + 1; tear < BO_TEARS && guesses < GUESSES; tear++) {
		if (!kind_possible(x, tear, write))
			continue;
		memcpy(x->guess, x->ahead, machine->size);
		bo_write_tear(write, tear, x->guess);
		machine->ops->expect(machine->self, x->guess);
		guesses++;
	}
	return guesses;
}

void predict(struct bo_explore *x, const struct cls *cls, const struct bo_cut *cut)
{
	const struct bo_machine *machine = &x->config.machine;
	enum bo_tear tear = cut->tear;
	uint32_t op = cut->op, cause = tear == BO_TEAR_CLEAN ? op - 1 : op;
	uint32_t page, last = op + LOOK_AHEAD;
	unsigned guesses = 0;

	if (!machine->ops->expect || cause == 0)
		return;
	memcpy(x->ahead, x->memory, machine->size);
	if (tear != BO_TEAR_CLEAN) /* not torn */
		memcpy(x->ahead + log_op(cls, op)->at, x->aside, log_op(cls, op)->len);
	page = log_op(cls, cause)->at / x->pages.size;
	for (; op <= cls->ops && op < last && guesses < GUESSES; op++) {
		const struct bo_write *write = log_op(cls, op);
		bool likely = write->at / x->pages.size == page && !write->erase;

		if (likely)
			guesses = guess_torn(x, write, op == cause ? tear : BO_TEAR_CLEAN, guesses);
		bo_write_apply(write, x->ahead);
		if (likely && guesses < GUESSES) {
			machine->ops->expect(machine->self, x->ahead);
			guesses++;
		}
	}
}
