#include "drivers/exec/exec.h"
#include "drivers/ftdi/ftdi.h"
#include "drivers/net/net_drivers.h"
#include "drivers/openocd/openocd.h"
#include "drivers/serial/serial.h"
#include "drivers/sim/sim.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/protocols.h"

/* The drivers of `brownout-sim`, alphabetical: those of `brownout`, and the virtual board. */
static const struct bo_driver *const drivers[] = {
	&bo_driver_exec_console,
	&bo_driver_exec_power,
	&bo_driver_exec_probe,
	&bo_driver_ftdi,
	&bo_driver_ftdi_reset,
	&bo_driver_ftdi_input,
	&bo_driver_openocd,
	&bo_driver_serial,
	&bo_driver_slip,
	&bo_driver_udp,

	&bo_driver_sim_power,
	&bo_driver_sim_console,
	&bo_driver_sim_probe,
	&bo_driver_sim_reset,
	&bo_driver_sim_input,
	&bo_driver_sim_net,
	NULL,
};

const struct bo_registry cmd_registry = {drivers, cmd_protocols};
