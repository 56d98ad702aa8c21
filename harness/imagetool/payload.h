#ifndef BO_HARNESS_IMAGETOOL_PAYLOAD_H
#define BO_HARNESS_IMAGETOOL_PAYLOAD_H

#include "harness/imagetool/edit.h"

/*
 * Rightly signed images that boot and then misbehave, for any Cortex-M target of MCUboot.
 *
 * Where the body will run is not in an image, so the payload does not ask: the vector table keeps
 * the stack pointer and the reset vector of the image it is made from, and everything behind the
 * table becomes NOPs that lead to a few instructions at the end. Wherever in the body the reset
 * vector points, execution slides there. All other exceptions get the reset vector as well.
 *
 *   hang    interrupts off, a branch to itself
 *   crash   UDF: a HardFault whose handler ends at the same UDF, which locks the core up
 *   silent  nothing said, nothing done: WFI for ever; with `feed`, writes a word again and again,
 *           so that a watchdog stays content (0x40003000=0xaaaa on an STM32F1)
 *
 * ARMv6-M instructions only.
 */
struct payload {
	const char *name;
	bool feeds;
	uint32_t feed_addr, feed_value;
};

/* Puts the payload in place of the body. -EINVAL: no payload of that name, or only `silent` feeds;
 * -ENOTSUP: the body is encrypted, compressed, too short or begins with no vector table. */
int payload_apply(const struct payload *payload, struct edit *edit, struct bo_err *err);

#endif
