#include <stdio.h>
#include <string.h>

#include "harness/cmd/cmd.h"
#include "harness/engine/rack.h"
#include "harness/model/scenario.h"
#include "harness/model/suite.h"
#include "harness/model/target.h"

/* The tables by which files are read, for editors and for the manual. */

static void scenario_args(struct bo_conf_args *ret)
{
	bo_scenario_conf_args(ret);
}

static void suite_args(struct bo_conf_args *ret)
{
	*ret = (struct bo_conf_args){.fields = bo_suite_fields};
}

static void target_args(struct bo_conf_args *ret)
{
	*ret = (struct bo_conf_args){.fields = bo_target_fields};
}

static void rack_args(struct bo_conf_args *ret)
{
	bo_rack_conf_args(&cmd_registry, ret);
}

static const struct {
	const char *name, *title;
	void (*args)(struct bo_conf_args *ret);
} kinds[] = {
	{"scenario", "a scenario of brownout", scenario_args},
	{"suite", "a suite of brownout", suite_args},
	{"target", "a target class of brownout", target_args},
	{"rack", "a rack file of brownout", rack_args},
};

int cmd_schema(int argc, char **argv)
{
	bool reference = false;
	const struct cmd_option table[] = {
		{"reference", CMD_FLAG, &reference, NULL,
		 "a table for people (Markdown) instead of a JSON Schema"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "schema [OPTION...] scenario|suite|target|rack", table);
	struct bo_conf_args args;
	struct bo_buf text = {0};

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	for (size_t i = 0; count == 1 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[0], kinds[i].name) != 0)
			continue;
		kinds[i].args(&args);
		if (reference)
			bo_conf_reference(&args, &text);
		else
			bo_conf_json_schema(&args, kinds[i].title, &text);
		(void)fputs(text.data, stdout);
		bo_buf_done(&text);
		return BO_EXIT_OK;
	}
	return cmd_fail(BO_EXIT_USAGE, "schema: of what? One of scenario, suite, target, rack");
}
