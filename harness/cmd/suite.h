#ifndef BO_HARNESS_CMD_SUITE_H
#define BO_HARNESS_CMD_SUITE_H

#include "harness/cmd/planning.h"

/* How much of the suites on a command line is wanted. */
struct cmd_suite_options {
	const char *only; /* NULL: all */
	const char *tag;  /* likewise */
	bool reduced;
};

#define CMD_SUITE_OPTIONS(o)                                                                      \
	{"tag", CMD_TEXT, &(o)->tag, "NAME", "only scenarios that have this tag"},                \
		{"only", CMD_TEXT, &(o)->only, "PATTERN",                                         \
		 "of a suite only the scenarios with such a name or tag, 'swap-*'"},              \
	{                                                                                         \
		"reduced", CMD_FLAG, &(o)->reduced, NULL, "of a suite only what it says for this" \
	}

/*
 * From scenarios and suites to a plan, as cmd_plan_scenarios(): a suite's scenarios stand in its
 * place. Those that are not meant for the bench's target class are left out, with a line that says
 * so. 0 or an exit code.
 */
int cmd_plan_suites(const struct cmd_bench *bench, char *const *names, size_t count,
		    const struct cmd_suite_options *options, struct bo_plan *ret);

/* Prints what a suite will try, as far as that is known without a census. */
void cmd_suite_list(const struct bo_plan *plan);

#endif
