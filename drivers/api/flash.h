#ifndef BO_DRIVERS_API_FLASH_H
#define BO_DRIVERS_API_FLASH_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/clock.h"
#include "harness/base/err.h"

/*
 * A debug probe: the target's flash, seen from outside. Every call has its own deadline inside the
 * driver; -ETIMEDOUT and -ENODEV say that the rig failed, never the target's firmware.
 *
 * Between detach() and the next attach() the probe does not touch the target at all: a polling
 * probe re-examines a rebooting core and changes the very recovery that is being judged.
 */
struct bo_flash;

#define BO_UID_MAX 32

/* Who answered: `uid` is the chip's unique id, its bytes in upper-case hex in the order of their
 * addresses (vendors' tools print the same bytes in several orders; ids of stand-ins begin with
 * 424F56, "BOV"); `chip` the vendor's device id, e.g. "0x410". */
struct bo_flash_id {
	char uid[2 * BO_UID_MAX + 1];
	char chip[16];
};

struct bo_flash_ops {
	const char *name;
	/* Takes hold of the powered target, halts it, reads its identity. -EPERM: the target itself
	 * refuses, because its debug port is locked. */
	int (*attach)(struct bo_flash *flash, struct bo_flash_id *ret, struct bo_err *err);
	/* Erases the pages that hold [addr, addr + len) and programs `data`; len a multiple of the
	 * program unit. Success means written and verified by reading back on the target. */
	int (*program)(struct bo_flash *flash, uint32_t addr, const void *data, size_t len,
		       struct bo_err *err);
	/* Whether flash equals `data`, decided by a checksum that the target computes itself. */
	int (*matches)(struct bo_flash *flash, uint32_t addr, const void *data, size_t len,
		       bool *ret_equal, struct bo_err *err);
	int (*read)(struct bo_flash *flash, uint32_t addr, void *data, size_t len,
		    struct bo_err *err);
	/* Lets go: polling off, halting debug disabled, debug power dropped. The core executes
	 * nothing from flash (in reset, or in an endless loop in RAM: halting debug that is
	 * switched off cannot hold it) until power is cycled or reset; allowed when not attached.
	 */
	int (*detach)(struct bo_flash *flash, struct bo_err *err);
	/* Called exactly once, iff open succeeded; ends what was started. */
	void (*close)(struct bo_flash *flash);
	/*
	 * Optional: resets a target that nobody is attached to, while its firmware runs, and lets
	 * go at once: the core is not halted, before or after, and runs on from its reset vector.
	 * For as long as the call takes the rule above is broken, on purpose. *ret_at is when the
	 * reset was asked of the chip. Allowed only after an attach() and its detach().
	 */
	int (*reset)(struct bo_flash *flash, bo_ns *ret_at, struct bo_err *err);
};

struct bo_flash {
	const struct bo_flash_ops *ops;
};

static inline int bo_flash_attach(struct bo_flash *flash, struct bo_flash_id *ret,
				  struct bo_err *err)
{
	int rc = flash->ops->attach(flash, ret, err);

	assert(rc <= 0);
	return rc;
}

static inline int bo_flash_program(struct bo_flash *flash, uint32_t addr, const void *data,
				   size_t len, struct bo_err *err)
{
	int rc = flash->ops->program(flash, addr, data, len, err);

	assert(rc <= 0);
	return rc;
}

static inline int bo_flash_matches(struct bo_flash *flash, uint32_t addr, const void *data,
				   size_t len, bool *ret_equal, struct bo_err *err)
{
	int rc = flash->ops->matches(flash, addr, data, len, ret_equal, err);

	assert(rc <= 0);
	return rc;
}

static inline int bo_flash_read(struct bo_flash *flash, uint32_t addr, void *data, size_t len,
				struct bo_err *err)
{
	int rc = flash->ops->read(flash, addr, data, len, err);

	assert(rc <= 0);
	return rc;
}

static inline int bo_flash_detach(struct bo_flash *flash, struct bo_err *err)
{
	int rc = flash->ops->detach(flash, err);

	assert(rc <= 0);
	return rc;
}

/* -EOPNOTSUPP when the probe cannot. */
static inline int bo_flash_reset(struct bo_flash *flash, bo_ns *ret_at, struct bo_err *err)
{
	if (!flash->ops->reset)
		return bo_err_set(err, -EOPNOTSUPP, "this probe cannot reset a running target");
	int rc = flash->ops->reset(flash, ret_at, err);

	assert(rc <= 0);
	return rc;
}

static inline void bo_flash_close(struct bo_flash *flash)
{
	if (flash)
		flash->ops->close(flash);
}

#endif
