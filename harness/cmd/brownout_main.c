#include <string.h>

#include "harness/cmd/cmd.h"

static const struct cmd_command table[] = {
	{"console", cmd_console, "talk to a bench's console"},
	{"diff", cmd_diff, "show where two runs first went apart"},
	{"doctor", cmd_doctor, "look for what on this host would spoil a run"},
	{"explain", cmd_explain, "say in ten lines what a trial saw and why that decides"},
	{"explore", cmd_explore, "decide every schedule of power cuts, on the virtual board"},
	{"flash", cmd_flash, "write a file into a range of the target's flash"},
	{"image", cmd_image, "look at, check, sign and forge firmware images"},
	{"merge", cmd_merge, "put the shards of a run together"},
	{"net", cmd_net, "impair an interface: set, show, clear, profiles"},
	{"plan", cmd_plan, "print the ids of the trials that a run would try"},
	{"power", cmd_power, "switch a bench's power: on, off, cycle, get"},
	{"rack", cmd_rack, "check a rack file, show what its benches can do, compare racks"},
	{"rate", cmd_rate, "repeat one trial many times: how often does it fail?"},
	{"replay", cmd_replay, "repeat one trial by its id"},
	{"run", cmd_run, "try scenarios on a bench and judge what the target does"},
	{"schema", cmd_schema, "print a JSON Schema for editors, or a table of a file's keys"},
	{"server", cmd_server, "check the server that devices get their updates from"},
	{"shrink", cmd_shrink, "make a failing trial's faults fewer and simpler"},
	{"update", cmd_update, "drive one update by hand, without faults"},
	{"version", cmd_version, "print the version"},
};

static const struct cmd_commands commands = {"brownout", "command", table,
					     sizeof(table) / sizeof(table[0])};

int main(int argc, char **argv)
{
	cmd_remember_argv(argc, argv);
	if (argc > 1 && strcmp(argv[1], "--version") == 0)
		return cmd_version(argc - 1, argv + 1);
	return cmd_dispatch(&commands, argc, argv);
}
