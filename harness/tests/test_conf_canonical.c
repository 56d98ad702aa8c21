#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/model/conf.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct rail {
	int64_t pin;
	bo_ns settle;
};

struct part {
	const char *name;
	int64_t size;
};

struct box {
	const char *title, *label;
	const char *folder;
	int64_t trials;
	bo_ns wait;
	bool strict;
	int level;
	unsigned lines;
	struct bo_conf_list notes;
	struct rail rail;
	struct bo_conf_list parts;
	struct bo_conf_list switches;
	struct bo_conf_choice probe;
};

#define BOX(name_, type_)  .key = #name_, .type = type_, .offset = offsetof(struct box, name_)
#define RAIL(name_, type_) .key = #name_, .type = type_, .offset = offsetof(struct rail, name_)

static const char *const level_names[] = {"low", "high", NULL};
static const char *const line_names[] = {"dtr", "rts", "break", NULL};

static const struct bo_conf_field rail_fields[] = {
	{RAIL(pin, BO_CONF_INT), .fallback = "1", .max = 7, .help = "which pin"},
	{RAIL(settle, BO_CONF_DURATION), .fallback = "1.5 ms", .help = "until it is up"},
	{0}};

static const struct bo_conf_field part_fields[] = {{.key = "size",
						    .type = BO_CONF_SIZE,
						    .offset = offsetof(struct part, size),
						    .help = "how large"},
						   {0}};

static const struct bo_conf_option switch_options[] = {
	{.name = "rail", .fields = rail_fields, .size = sizeof(struct rail)},
	{.name = "none"},
	{0}};

static const struct bo_conf_field box_fields[] = {
	{BOX(title, BO_CONF_STR), .flags = BO_CONF_UNHASHED, .help = "for people"},
	{BOX(label, BO_CONF_STR), .help = "a text"},
	{BOX(folder, BO_CONF_PATH), .help = "a path"},
	{BOX(trials, BO_CONF_INT), .fallback = "10", .help = "a number"},
	{BOX(wait, BO_CONF_DURATION), .fallback = "250 ms", .help = "a duration"},
	{BOX(strict, BO_CONF_BOOL), .fallback = "yes", .help = "a truth"},
	{BOX(level, BO_CONF_ENUM), .names = level_names, .help = "a choice"},
	{BOX(lines, BO_CONF_SET), .names = line_names, .fallback = "dtr, break", .help = "a set"},
	{BOX(notes, BO_CONF_LIST), .help = "a list"},
	{BOX(rail, BO_CONF_MAP), .fields = rail_fields, .help = "a mapping"},
	{BOX(parts, BO_CONF_NAMED), .fields = part_fields, .item_size = sizeof(struct part),
	 .help = "named mappings"},
	{BOX(switches, BO_CONF_NAMED), .item_size = sizeof(struct bo_conf_named_choice),
	 .options = switch_options, .help = "named choices"},
	{BOX(probe, BO_CONF_CHOICE), .options = switch_options, .help = "one choice"},
	{0}};

static const struct bo_conf_args args = {
	.path = "box.yaml", .fields = box_fields, .size = sizeof(struct box)};

static struct bo_buf canonical(const char *text)
{
	struct bo_conf *conf = NULL;
	void *box = NULL;
	struct bo_buf report = {0}, out = {0};

	cr_assert_eq(bo_conf_read_text(&args, text, strlen(text), &conf, &box, &report), 0, "%s",
		     report.data);
	bo_conf_canonical(box_fields, box, &out);
	bo_conf_free(conf);
	bo_buf_done(&report);
	return out;
}

Test(conf_canonical, every_key_stands_there_in_base_units)
{
	struct bo_buf text = canonical("parts: {b: {size: 1 KiB}, a: {}}\n"
				       "label: \"a \\\"b\\\"\\n\"\nnotes: [x, \"\"]\n");

	cr_expect_str_eq(text.data, "label=\"a \\\"b\\\"\\x0a\"\n"
				    "trials=10\n"
				    "wait=250000000\n"
				    "strict=yes\n"
				    "level=0\n"
				    "lines=5\n"
				    "notes=\"x\"\"\"\n"
				    "rail {\npin=1\nsettle=1500000\n}\n"
				    "parts.\"b\" {\nsize=1024\n}\n"
				    "parts.\"a\" {\nsize=0\n}\n");
	bo_buf_done(&text);
}

Test(conf_canonical, how_the_file_was_written_does_not_matter)
{
	static const char *const files[] = {
		"label: x\n",
		"# a remark\nlabel:   'x'\n",
		"title: for people\nlabel: \"x\"\n",
		"folder: /elsewhere\nlabel: x\n",
		"wait: 0.25 s\nlabel: x\ntrials: 0xA\n",
		"label: x\nstrict: true\nlevel: low\nlines: [break, dtr]\n",
		"rail: {settle: 1500 us}\nlabel: x\n",
		"rail:\n  settle: 1.5 ms\n  pin: 0x1\nlabel: x\nnotes: []\n",
		"label: x\nswitches: {main: {driver: rail, pin: 3}}\nprobe: {driver: none}\n",
	};
	struct bo_buf first = canonical(files[0]);

	for (size_t i = 1; i < COUNT(files); i++) {
		struct bo_buf text = canonical(files[i]);

		cr_expect_str_eq(text.data, first.data, "%s", files[i]);
		bo_buf_done(&text);
	}
	bo_buf_done(&first);
}

Test(conf_canonical, what_is_different_never_looks_alike)
{
	static const char *const files[] = {
		"trials: 10\n",
		"trials: 11\n",
		"label: \"\"\n",
		"label: x\n",
		"wait: 251 ms\n",
		"strict: no\n",
		"level: high\n",
		"lines: dtr\n",
		"lines: []\n",
		"notes: [a, b]\n",
		"notes: [b, a]\n",
		"notes: ['a\"\"b']\n",
		"notes: ['a\\x22\\x22b']\n",
		"notes: ab\n",
		"rail: {pin: 2}\n",
		"parts: {a: {}, b: {}}\n",
		"parts: {b: {}, a: {}}\n",
		"parts: {a: {}}\n",
		"parts: {a: {size: 1 B}}\n",
	};
	struct bo_buf text[COUNT(files)];

	for (size_t i = 0; i < COUNT(files); i++) {
		text[i] = canonical(files[i]);
		for (size_t k = 0; k < i; k++)
			cr_expect_str_neq(text[i].data, text[k].data, "%s%s", files[i], files[k]);
	}
	for (size_t i = 0; i < COUNT(files); i++)
		bo_buf_done(&text[i]);
}

Test(conf_canonical, named_choices_are_read_each_with_its_own_schema)
{
	static const char text[] =
		"switches:\n  main: {driver: rail, pin: 3}\n  spare: {driver: none}\n";
	struct bo_conf *conf = NULL;
	void *data = NULL;
	struct bo_buf report = {0};

	cr_assert_eq(bo_conf_read_text(&args, text, strlen(text), &conf, &data, &report), 0, "%s",
		     report.data);
	const struct box *box = data;
	const struct bo_conf_named_choice *switches = box->switches.items;

	cr_assert_eq(box->switches.count, 2);
	cr_expect_str_eq(switches[0].name, "main");
	cr_expect_eq(switches[0].choice.option, &switch_options[0]);
	const struct rail *rail = switches[0].choice.config;

	cr_expect_eq(rail->pin, 3);
	cr_expect_eq(rail->settle, 1500 * BO_US);
	cr_expect_str_eq(switches[1].name, "spare");
	cr_expect_eq(switches[1].choice.option, &switch_options[1]);
	bo_conf_free(conf);
	bo_buf_done(&report);
}

Test(conf_canonical, a_wrong_named_choice_is_complained_about_at_its_place)
{
	static const struct {
		const char *text, *complaint;
	} cases[] = {
		{"switches: {main: {driver: rial}}\n", "box.yaml:1:27: error: "},
		{"switches: {main: {pin: 3}}\n", "box.yaml:1:12: error: "},
		{"switches: {main: {driver: rail, pni: 3}}\n", "box.yaml:1:33: error: "},
		{"switches: {main: {driver: none, pin: 3}}\n", "box.yaml:1:33: error: "},
		{"switches: {main: rail}\n", "box.yaml:1:18: error: "},
		{"switches: rail\n", "box.yaml:1:11: error: "},
		{"switches: {a b: {driver: none}}\n", "box.yaml:1:12: error: "},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_conf *conf = NULL;
		void *data = NULL;
		struct bo_buf report = {0};

		cr_expect_eq(bo_conf_read_text(&args, cases[i].text, strlen(cases[i].text), &conf,
					       &data, &report),
			     -EINVAL);
		cr_expect(strncmp(report.data, cases[i].complaint, strlen(cases[i].complaint)) == 0,
			  "wanted %s\n%s", cases[i].complaint, report.data);
		cr_expect_null(strstr(report.data + 1, "box.yaml"), "more than one: %s",
			       report.data);
		bo_buf_done(&report);
	}
}

Test(conf_canonical, the_manual_shows_the_choices_of_a_named_entry)
{
	struct bo_buf page = {0};

	bo_conf_reference(&args, &page);
	cr_expect_not_null(strstr(page.data,
				  "| `switches.NAME.driver: rail` | | | selects the keys below |\n"
				  "| `switches.NAME.pin` | "));
	cr_expect_not_null(strstr(page.data,
				  "| `switches.NAME.driver: none` | | | selects; no more "
				  "keys |\n"));
	cr_expect_not_null(strstr(page.data, "| `probe.driver: rail` |"));
	cr_expect_not_null(strstr(page.data, "| `parts.NAME.size` |"));
	bo_buf_done(&page);
}
