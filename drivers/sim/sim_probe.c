#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/sim/sim.h"
#include "drivers/sim/sim_conf.h"
#include "drivers/sim/sim_parts.h"

/* The probe: a socket for the chip. */

#define CHIP "0x410"

static struct sim *of_flash(struct bo_flash *flash)
{
	return (struct sim *)((char *)flash - offsetof(struct sim, flash));
}

static int flash_attach(struct bo_flash *flash, struct bo_flash_id *ret, struct bo_err *err)
{
	struct sim *sim = of_flash(flash);

	if (!board_powered(sim->board))
		return bo_err_set(err, -ENODEV, "the target has no power");
	if (sim->locked == BO_SIM_LOCKED_PORT)
		return bo_err_set(err, -EPERM, "the debug port is locked");
	sim->attached = true;
	sim_wire(sim);
	for (size_t i = 0; i < sizeof(sim->uid); i++)
		(void)snprintf(ret->uid + 2 * i, 3, "%02X", sim->uid[i]);
	(void)bo_str_copy(ret->chip, sizeof(ret->chip), CHIP);
	return 0;
}

static int check_span(const struct sim *sim, uint32_t addr, size_t len, struct bo_err *err)
{
	if (!sim->attached)
		return bo_err_set(err, -EINVAL, "the probe is not attached");
	if (sim->locked == BO_SIM_LOCKED_MEMORY)
		return bo_err_set(err, -EPERM, "flash is protected");
	if (addr < BOARD_FLASH_BASE || len > BOARD_FLASH_SIZE ||
	    addr - BOARD_FLASH_BASE > BOARD_FLASH_SIZE - len)
		return bo_err_set(err, -ERANGE, "0x%08x..+%zu is not in this chip's flash", addr,
				  len);
	return 0;
}

static int flash_program(struct bo_flash *flash, uint32_t addr, const void *data, size_t len,
			 struct bo_err *err)
{
	static const uint8_t erased[BOARD_PAGE_SIZE] = {[0 ... BOARD_PAGE_SIZE - 1] = 0xFF};
	struct sim *sim = of_flash(flash);
	int rc = check_span(sim, addr, len, err);

	if (rc < 0)
		return rc;
	uint32_t first = (addr - BOARD_FLASH_BASE) / BOARD_PAGE_SIZE * BOARD_PAGE_SIZE;

	for (uint32_t page = first; page < addr - BOARD_FLASH_BASE + len; page += BOARD_PAGE_SIZE)
		board_flash_write(sim->board, page, erased, sizeof(erased));
	board_flash_write(sim->board, addr - BOARD_FLASH_BASE, data, len);
	return 0;
}

static int flash_matches(struct bo_flash *flash, uint32_t addr, const void *data, size_t len,
			 bool *ret_equal, struct bo_err *err)
{
	struct sim *sim = of_flash(flash);
	int rc = check_span(sim, addr, len, err);

	if (rc == 0)
		*ret_equal =
			memcmp(board_flash(sim->board) + (addr - BOARD_FLASH_BASE), data, len) == 0;
	return rc;
}

static int flash_read(struct bo_flash *flash, uint32_t addr, void *data, size_t len,
		      struct bo_err *err)
{
	struct sim *sim = of_flash(flash);
	int rc = check_span(sim, addr, len, err);

	if (rc == 0)
		memcpy(data, board_flash(sim->board) + (addr - BOARD_FLASH_BASE), len);
	return rc;
}

static int flash_detach(struct bo_flash *flash, struct bo_err *err)
{
	struct sim *sim = of_flash(flash);

	(void)err;
	sim->attached = false;
	sim_wire(sim);
	return 0;
}

static void flash_close(struct bo_flash *flash)
{
	struct sim *sim = of_flash(flash);

	flash->ops = NULL;
	sim->attached = false;
	sim_wire(sim);
}

/* Out of the socket it is a debug port after all, for one write to AIRCR. */
static int flash_reset(struct bo_flash *flash, bo_ns *ret_at, struct bo_err *err)
{
	struct sim *sim = of_flash(flash);

	if (!board_powered(sim->board))
		return bo_err_set(err, -ENODEV, "the target has no power");
	board_debug_reset(sim->board);
	*ret_at = bo_loop_now(sim->env->loop);
	return 0;
}

static const struct bo_flash_ops flash_ops = {
	.name = "sim",
	.attach = flash_attach,
	.program = flash_program,
	.matches = flash_matches,
	.read = flash_read,
	.detach = flash_detach,
	.close = flash_close,
	.reset = flash_reset,
};

static int probe_open(struct bo_driver_env *env, const void *config, void **ret, struct bo_err *err)
{
	const struct bo_sim_probe_config *conf = config;
	struct sim *sim = sim_find(env, err);

	if (!sim)
		return -EINVAL;
	sim->locked = conf->locked;
	sim->flash = (struct bo_flash){&flash_ops};
	sim_wire(sim);
	*ret = &sim->flash;
	return 0;
}

const struct bo_driver bo_driver_sim_probe = {
	.name = "sim",
	.help = "the virtual board's flash, as in a socket",
	.role = BO_ROLE_PROBE,
	.caps = BO_CAP_START_STATE | BO_CAP_PROBE_RESET,
	.fields = bo_sim_probe_fields,
	.config_size = sizeof(struct bo_sim_probe_config),
	.open = probe_open,
};
