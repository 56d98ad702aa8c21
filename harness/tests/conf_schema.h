#ifndef BO_HARNESS_TESTS_CONF_SCHEMA_H
#define BO_HARNESS_TESTS_CONF_SCHEMA_H

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "harness/model/conf.h"

/* A table with every type of field, for the tests and the fuzz target of conf. */

struct wire {
	int64_t pin;
	int level;
	bo_ns settle;
};

struct tool {
	struct bo_conf_list argv;
	struct bo_conf_list search;
};

struct step {
	const char *name;
	bo_ns after;
	struct wire wire;
};

struct plan {
	int64_t version;
	const char *title;
	const char *board;
	const char *image;
	int64_t trials;
	bool strict;
	bo_ns wait;
	int64_t room;
	int64_t baud;
	int64_t loss;
	int64_t speed;
	int level;
	unsigned lines;
	struct bo_conf_list notes;
	struct bo_conf_list configs;
	struct wire wire;
	struct bo_conf_list steps;
	struct bo_conf_choice power;
	char mark;
};

static const char *const level_names[] = {"low", "high", NULL};
static const char *const line_names[] = {"dtr", "rts", "break", NULL};

static const struct bo_conf_field wire_fields[] = {{.key = "pin",
						    .type = BO_CONF_INT,
						    .offset = offsetof(struct wire, pin),
						    .flags = BO_CONF_REQUIRED,
						    .max = 7,
						    .help = "which pin of the port"},
						   {.key = "level",
						    .type = BO_CONF_ENUM,
						    .offset = offsetof(struct wire, level),
						    .names = level_names,
						    .fallback = "high",
						    .help = "the level that means on"},
						   {.key = "settle",
						    .type = BO_CONF_DURATION,
						    .offset = offsetof(struct wire, settle),
						    .fallback = "1.5 ms",
						    .min = BO_US,
						    .max = BO_S,
						    .help = "how long the rail needs"},
						   {0}};

static const struct bo_conf_field tool_fields[] = {{.key = "argv",
						    .type = BO_CONF_LIST,
						    .offset = offsetof(struct tool, argv),
						    .flags = BO_CONF_REQUIRED,
						    .help = "the program and its arguments"},
						   {.key = "search",
						    .type = BO_CONF_PATHS,
						    .offset = offsetof(struct tool, search),
						    .fallback = "./here, there",
						    .help = "where it looks"},
						   {0}};

static const struct bo_conf_option power_options[] = {
	{.name = "wire", .fields = wire_fields, .size = sizeof(struct wire)},
	{.name = "tool", .fields = tool_fields, .size = sizeof(struct tool)},
	{.name = "none", .fields = NULL, .size = 0},
	{0}};

static const struct bo_conf_field step_fields[] = {{.key = "after",
						    .type = BO_CONF_DURATION,
						    .offset = offsetof(struct step, after),
						    .fallback = "0 s",
						    .help = "delay"},
						   {.key = "wire",
						    .type = BO_CONF_MAP,
						    .offset = offsetof(struct step, wire),
						    .fields = wire_fields,
						    .help = "what is switched"},
						   {0}};

static inline int parse_mark(const char *text, void *ret, const char **ret_why)
{
	if (strlen(text) != 1 || *text < 'a' || *text > 'z') {
		*ret_why = "expected one letter";
		return -EINVAL;
	}
	*(char *)ret = *text;
	return 0;
}

#define PLAN_FIELD(name_, type_, member) \
	.key = name_, .type = type_, .offset = offsetof(struct plan, member)

static const struct bo_conf_field plan_fields[] = {
	{PLAN_FIELD("brownout", BO_CONF_INT, version), .flags = BO_CONF_REQUIRED, .min = 1,
	 .max = 1, .help = "schema version"},
	{PLAN_FIELD("title", BO_CONF_STR, title), .help = "one line for people"},
	{PLAN_FIELD("board", BO_CONF_NAME, board), .flags = BO_CONF_REQUIRED,
	 .help = "which board"},
	{PLAN_FIELD("image", BO_CONF_PATH, image), .help = "the new image | or none"},
	{PLAN_FIELD("trials", BO_CONF_INT, trials), .fallback = "10", .min = 1, .max = -1,
	 .help = "how many"},
	{PLAN_FIELD("strict", BO_CONF_BOOL, strict), .fallback = "yes", .help = "stop early"},
	{PLAN_FIELD("wait", BO_CONF_DURATION, wait), .fallback = "250 ms", .help = "first delay"},
	{PLAN_FIELD("room", BO_CONF_SIZE, room), .min = 1024, .max = 65536, .help = "flash"},
	{PLAN_FIELD("baud", BO_CONF_BAUD, baud), .fallback = "115200 baud", .help = "speed"},
	{PLAN_FIELD("loss", BO_CONF_PERCENT, loss), .max = 1000000, .help = "frames lost"},
	{PLAN_FIELD("speed", BO_CONF_FREQUENCY, speed), .fallback = "1 MHz", .help = "clock"},
	{PLAN_FIELD("level", BO_CONF_ENUM, level), .names = level_names, .help = "idle level"},
	{PLAN_FIELD("lines", BO_CONF_SET, lines), .names = line_names, .fallback = "dtr, break",
	 .help = "lines held"},
	{PLAN_FIELD("notes", BO_CONF_LIST, notes), .help = "remarks"},
	{PLAN_FIELD("configs", BO_CONF_PATHS, configs), .help = "files of the tool"},
	{PLAN_FIELD("wire", BO_CONF_MAP, wire), .fields = wire_fields, .help = "the switch"},
	{PLAN_FIELD("steps", BO_CONF_NAMED, steps), .fields = step_fields,
	 .item_size = sizeof(struct step), .help = "in this order"},
	{PLAN_FIELD("power", BO_CONF_CHOICE, power), .help = "how it is switched"},
	{PLAN_FIELD("mark", BO_CONF_PARSED, mark), .fallback = "a", .parse = parse_mark,
	 .help = "a letter"},
	{0}};

static inline const struct bo_conf_option *plan_options(void *ctx, const char *key)
{
	(void)ctx;
	return strcmp(key, "power") ? NULL : power_options;
}

static const struct bo_conf_args plan_args = {.path = "plans/demo.yaml",
					      .fields = plan_fields,
					      .size = sizeof(struct plan),
					      .options = plan_options};

#endif
