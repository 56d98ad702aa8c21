#include <errno.h>

#include "drivers/sim/sim_parts.h"

/* Power that fails within a flash operation, and leaves of it what was asked for. */

struct bo_write sim_tear_write(const struct board_event *event)
{
	bool erase = event->len > sizeof(uint16_t);

	return (struct bo_write){.at = event->addr - BOARD_FLASH_BASE,
				 .len = event->len,
				 .erase = erase,
				 .value = erase ? 0 : event->data};
}

int sim_tear_leave(struct sim *sim, int tear, struct bo_err *err)
{
	uint8_t unmoved[BOARD_FLASH_SIZE];

	if (!bo_sim_power_is_instant(sim->supply.conf) || sim->attached ||
	    sim->wave_due != BOARD_NEVER)
		return bo_err_set(err, -EOPNOTSUPP, "the board outlives its supply");
	if (!board_flash_busy(sim->board))
		return bo_err_set(err, -EBUSY, "no flash operation is under way");
	if (!bo_tear_applies((enum bo_tear)tear, &sim->op))
		return bo_err_set(err, -EINVAL, "this operation %s: it cannot be left '%s'",
				  sim->op.erase ? "erases" : "programs",
				  bo_tear_name((enum bo_tear)tear));
	for (uint32_t i = 0; i < sim->op.len; i++)
		unmoved[i] = bo_tear_unmoved((enum bo_tear)tear, &sim->op, i);
	board_cut(sim->board, unmoved);
	return 0;
}
