#include "drivers/exec/exec.h"
#include "drivers/ftdi/ftdi.h"
#include "drivers/net/net_drivers.h"
#include "drivers/openocd/openocd.h"
#include "drivers/serial/serial.h"
#include "drivers/sim/sim_conf.h"
#include "drivers/update/smp.h"
#include "harness/base/proc.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/protocols.h"

/*
 * The drivers of `brownout`, alphabetical. The simulated ones live in another executable, because
 * they bring the virtual board and its CPU with them; here they can only be read about.
 */
#define SIM_PROGRAM "brownout-sim"

static const struct bo_driver sim_power = {
	.name = "sim",
	.help = "the virtual board's supply",
	.role = BO_ROLE_POWER,
	.caps = BO_SIM_CAPS,
	.able = bo_sim_power_able,
	.program = SIM_PROGRAM,
	.fields = bo_sim_power_fields,
	.config_size = sizeof(struct bo_sim_power_config),
};

static const struct bo_driver sim_console = {
	.name = "sim",
	.help = "the virtual board's USART1",
	.role = BO_ROLE_CONSOLE,
	.able = bo_sim_console_able,
	.program = SIM_PROGRAM,
	.fields = bo_sim_console_fields,
	.config_size = sizeof(struct bo_sim_console_config),
};

static const struct bo_driver sim_probe = {
	.name = "sim",
	.help = "the virtual board's flash, as in a socket",
	.role = BO_ROLE_PROBE,
	.caps = BO_CAP_START_STATE | BO_CAP_PROBE_RESET,
	.program = SIM_PROGRAM,
	.fields = bo_sim_probe_fields,
	.config_size = sizeof(struct bo_sim_probe_config),
};

static const struct bo_driver sim_reset = {
	.name = "sim",
	.help = "the virtual board's NRST pin",
	.role = BO_ROLE_RESET,
	.caps = BO_CAP_RESET_PIN,
	.program = SIM_PROGRAM,
	.fields = bo_sim_reset_fields,
	.config_size = sizeof(struct bo_sim_reset_config),
};

static const struct bo_driver sim_input = {
	.name = "sim",
	.help = "a pin of the virtual board, every edge of it",
	.role = BO_ROLE_INPUT,
	.caps = BO_CAP_INPUTS,
	.program = SIM_PROGRAM,
	.fields = bo_sim_input_fields,
	.config_size = sizeof(struct bo_sim_input_config),
};

static const struct bo_driver sim_net = {
	.name = "sim",
	.help = "the virtual board's USART2, as a line of SLIP",
	.role = BO_ROLE_NETWORK,
	.caps = BO_CAP_DATAGRAMS | BO_CAP_NETEM,
	.program = SIM_PROGRAM,
	.fields = bo_sim_net_fields,
	.config_size = sizeof(struct bo_sim_net_config),
	.check = bo_sim_net_check,
};

static const struct bo_driver *const drivers[] = {
	&bo_driver_exec_console,
	&bo_driver_exec_power,
	&bo_driver_exec_probe,
	&bo_driver_ftdi,
	&bo_driver_ftdi_input,
	&bo_driver_ftdi_reset,
	&bo_driver_openocd,
	&bo_driver_serial,
	&bo_driver_slip,
	&bo_driver_udp,

	&sim_power,
	&sim_console,
	&sim_probe,
	&sim_reset,
	&sim_input,
	&sim_net,
	NULL,
};

const struct bo_registry cmd_registry = {drivers, cmd_protocols};

/* So does the explorer. */
static int become_sim(void)
{
	char program[4096];
	struct bo_err err = {0};

	if (bo_proc_helper(SIM_PROGRAM, program, sizeof(program), &err) < 0)
		return cmd_fail(BO_EXIT_NO_VERDICT, "%s", bo_err_text(&err));
	return cmd_become(program);
}

int cmd_explore(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return become_sim();
}

int cmd_explore_replay(int count, char **ids, const char *scenario, const char *out, bool anyway)
{
	(void)count;
	(void)ids;
	(void)scenario;
	(void)out;
	(void)anyway;
	return become_sim();
}
