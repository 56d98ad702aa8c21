#include <stdio.h>
#include <string.h>

#include "harness/cmd/cmd.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{"console", cmd_console, "talk to a bench's console"},
	{"doctor", cmd_doctor, "look for what on this host would spoil a run"},
	{"flash", cmd_flash, "write a file into a range of the target's flash"},
	{"image", cmd_image, "look at, check, sign and forge firmware images"},
	{"plan", cmd_plan, "print the ids of the trials that a run would try"},
	{"power", cmd_power, "switch a bench's power: on, off, cycle, get"},
	{"rack", cmd_rack, "check a rack file, or show what its benches can do"},
	{"replay", cmd_replay, "repeat one trial by its id"},
	{"run", cmd_run, "try scenarios on a bench and judge what the target does"},
	{"update", cmd_update, "drive one update by hand, without faults"},
	{"version", cmd_version, "print the version"},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *out)
{
	(void)fprintf(out, "usage: brownout COMMAND [OPTION...] [ARGUMENT...]\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		(void)fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].help);
	(void)fprintf(out, "\n'brownout COMMAND --help' tells more.\n");
}

static int unknown(const char *name)
{
	const char *names[COMMANDS];

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	const char *near = bo_str_nearest(name, names, COMMANDS);

	return cmd_fail(BO_EXIT_USAGE, "unknown command '%s'%s%s%s; see 'brownout --help'", name,
			near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

int main(int argc, char **argv)
{
	cmd_remember_argv(argc, argv);
	if (argc < 2) {
		usage(stderr);
		return BO_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return BO_EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0)
		return cmd_version(argc - 1, argv + 1);
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return unknown(argv[1]);
}
