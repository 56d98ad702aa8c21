#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cmd/cli.h"
#include "harness/model/values.h"

#define OPTIONS_MAX 32

static void print_help(const char *usage, const struct cmd_option *table)
{
	(void)printf("usage: brownout %s\n", usage);
	if (table->name)
		(void)printf("\n");
	for (; table->name; table++) {
		char left[48];

		(void)snprintf(left, sizeof(left), "--%s%s%s", table->name, table->what ? " " : "",
			       table->what ? table->what : "");
		(void)printf("  %-22s %s\n", left, table->help);
	}
}

static const struct cmd_option *find(const struct cmd_option *table, const char *name, size_t len)
{
	for (; table->name; table++)
		if (strlen(table->name) == len && strncmp(table->name, name, len) == 0)
			return table;
	return NULL;
}

static int unknown_option(const struct cmd_option *table, const char *text)
{
	const char *names[OPTIONS_MAX];
	size_t count = 0;

	for (; table[count].name && count < OPTIONS_MAX; count++)
		names[count] = table[count].name;
	const char *near = bo_str_nearest(text + 2, names, count);

	(void)cmd_fail(-1, "unknown option '%s'%s%s%s", text, near ? " (did you mean '--" : "",
		       near ? near : "", near ? "'?)" : "; see --help");
	return -1;
}

static int set_quantity(const struct cmd_option *option, const char *text)
{
	static const enum bo_quantity kinds[] = {
		[CMD_PERCENT] = BO_PERCENT,
		[CMD_DURATION] = BO_DURATION,
		[CMD_SIZE] = BO_SIZE,
		[CMD_RATE] = BO_RATE,
	};
	const char *why;

	if (bo_values_parse(kinds[option->arg], text, option->value, &why) == 0)
		return 0;
	return cmd_fail(-1, "--%s '%s': %s", option->name, text, why);
}

static int set_number(const struct cmd_option *option, const char *text)
{
	char *end;

	errno = 0;
	unsigned long long value = strtoull(text, &end, 0);

	if (errno || *text < '0' || *text > '9' || *end || value > UINT32_MAX)
		return cmd_fail(-1, "--%s '%s': expected a number up to %u", option->name, text,
				UINT32_MAX);
	*(int64_t *)option->value = (int64_t)value;
	return 0;
}

static int set_text(const struct cmd_option *option, const char *text)
{
	*(const char **)option->value = text;
	return 0;
}

static int set_list(const struct cmd_option *option, const char *text)
{
	struct bo_buf *list = option->value;

	bo_buf_printf(list, "%s%s", list->len > 0 ? "," : "", text);
	return 0;
}

static int set_flag(const struct cmd_option *option, const char *text)
{
	(void)text;
	*(bool *)option->value = true;
	return 0;
}

static int set(const struct cmd_option *option, const char *text)
{
	static int (*const kinds[])(const struct cmd_option *, const char *) = {
		[CMD_FLAG] = set_flag,	       [CMD_TEXT] = set_text,
		[CMD_NUMBER] = set_number,     [CMD_PERCENT] = set_quantity,
		[CMD_DURATION] = set_quantity, [CMD_SIZE] = set_quantity,
		[CMD_RATE] = set_quantity,     [CMD_LIST] = set_list,
	};

	return kinds[option->arg](option, text);
}

/* One option, whose value may be the next argument; returns how many arguments it took. */
static int take(char **argv, const struct cmd_option *table)
{
	const char *text = argv[0] + 2;
	const char *equals = strchr(text, '=');
	size_t len = equals ? (size_t)(equals - text) : strlen(text);
	const struct cmd_option *option = find(table, text, len);

	if (!option)
		return unknown_option(table, argv[0]);
	if (option->arg == CMD_FLAG) {
		if (equals)
			return cmd_fail(-1, "--%s takes no value", option->name);
		return set(option, NULL) < 0 ? -1 : 1;
	}
	if (!equals && !argv[1])
		return cmd_fail(-1, "--%s needs a value: %s", option->name, option->what);
	if (set(option, equals ? equals + 1 : argv[1]) < 0)
		return -1;
	return equals ? 1 : 2;
}

int cmd_options(int argc, char **argv, const char *usage, const struct cmd_option *table)
{
	int rest = 0;

	for (int i = 1; i < argc;) {
		if (strcmp(argv[i], "--help") == 0) {
			print_help(usage, table);
			return -2;
		}
		if (strcmp(argv[i], "--") == 0) {
			while (++i < argc)
				argv[rest++] = argv[i];
			break;
		}
		if (strncmp(argv[i], "--", 2) != 0) {
			argv[rest++] = argv[i++];
			continue;
		}
		int taken = take(argv + i, table);

		if (taken < 0)
			return -1;
		i += taken;
	}
	argv[rest] = NULL;
	return rest;
}
