#ifndef BO_HARNESS_ENGINE_LINK_H
#define BO_HARNESS_ENGINE_LINK_H

#include "harness/base/loop.h"
#include "harness/base/str.h"
#include "harness/model/schedule.h"

/*
 * The link between the update protocol and the target (its console, or its place on the network,
 * where a datagram is a frame), at which single frames can be lost,
 * doubled, held up, damaged or overtaken. Only the update's own copy of a line is touched: boots
 * and everything else that the target says are heard as ever, so that a fault of the link takes no
 * witness away.
 *
 * Frames are counted from the trial's first power-on, each way for itself, repeats included. A
 * fault of the link fires at one frame and stays a rule for those after it, as far as it says; the
 * next fault of the schedule does not wait for its end. Of several rules for a frame the first that
 * strikes counts. Order is kept: what comes behind a frame that is held up waits as well, unless
 * the frame is to be overtaken.
 */
struct bo_link_rule {
	const struct bo_fault *fault; /* NULL: no rule */
	enum bo_way way;
	uint64_t seen, struck; /* frames */
};

#define BO_LINK_HELD_MAX 16

struct bo_link_held {
	struct bo_buf frame;
	uint64_t n;
	bo_ns since, due;	   /* BO_NEVER: until it was overtaken */
	struct bo_link_rule *rule; /* NULL: it waits behind another one */
};

struct bo_link_way {
	uint64_t frames;
	struct bo_buf gathered; /* the frame that is being put together */
	struct bo_link_held held[BO_LINK_HELD_MAX];
	size_t count;
	bo_ns hushed_until;
};

struct bo_link {
	bool takes_part, healed;
	void *framing; /* its state */
	struct bo_link_way way[BO_WAY_COUNT];
	struct bo_link_rule rule[BO_FAULTS_MAX];
	size_t rules;
	struct bo_timer timer;
};

#endif
