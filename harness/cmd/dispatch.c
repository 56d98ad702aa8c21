#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "harness/cmd/cli.h"

#define COMMANDS_MAX 24

static void print_usage(const struct cmd_commands *commands, FILE *out)
{
	char kind[16] = "";

	for (size_t i = 0; commands->kind[i] && i < sizeof(kind) - 1; i++)
		kind[i] = (char)toupper((unsigned char)commands->kind[i]);
	(void)fprintf(out, "usage: %s %s [OPTION...] [ARGUMENT...]\n\n", commands->program, kind);
	for (size_t i = 0; i < commands->count; i++)
		(void)fprintf(out, "  %-9s %s\n", commands->table[i].name, commands->table[i].help);
	(void)fprintf(out, "\n'%s %s --help' tells more.\n", commands->program, kind);
}

static int unknown(const struct cmd_commands *commands, const char *name)
{
	const char *names[COMMANDS_MAX];
	size_t count = 0;

	for (; count < commands->count && count < COMMANDS_MAX; count++)
		names[count] = commands->table[count].name;
	const char *near = bo_str_nearest(name, names, count);

	return cmd_fail(BO_EXIT_USAGE, "unknown %s '%s'%s%s%s; see '%s --help'", commands->kind,
			name, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "",
			commands->program);
}

int cmd_dispatch(const struct cmd_commands *commands, int argc, char **argv)
{
	if (argc < 2) {
		print_usage(commands, stderr);
		return BO_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		print_usage(commands, stdout);
		return BO_EXIT_OK;
	}
	for (size_t i = 0; i < commands->count; i++)
		if (strcmp(argv[1], commands->table[i].name) == 0)
			return commands->table[i].run(argc - 1, argv + 1);
	return unknown(commands, argv[1]);
}
