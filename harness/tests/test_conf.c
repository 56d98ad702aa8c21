#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/tests/conf_schema.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct reading {
	struct bo_conf *conf;
	void *data;
	struct bo_buf report;
	int code;
};

static struct reading read_plan(const char *text)
{
	struct reading r = {0};

	r.code = bo_conf_read_text(&plan_args, text, strlen(text), &r.conf, &r.data, &r.report);
	return r;
}

static void done(struct reading *r)
{
	bo_conf_free(r->conf);
	bo_buf_done(&r->report);
}

static const char *item(const struct bo_conf_list *list, size_t index)
{
	return ((const char **)list->items)[index];
}

Test(conf, every_type_of_field_is_read)
{
	struct reading r = read_plan("brownout: 1\n"
				     "title: \"a: b\"\n"
				     "board: blue-pill.3\n"
				     "image: ../new.bin\n"
				     "trials: 0x20\n"
				     "strict: no\n"
				     "wait: 1.5 s\n"
				     "room: 46 KiB\n"
				     "baud: 500 kbaud\n"
				     "loss: 0.5 %\n"
				     "speed: 4 MHz\n"
				     "level: high\n"
				     "lines: [rts, break]\n"
				     "notes: [one, 'two', 3]\n"
				     "configs: [target/x.cfg, ./mine.cfg, ../up.cfg, /abs.cfg]\n"
				     "wire: {pin: 3, settle: 2 ms}\n"
				     "mark: z\n");
	const struct plan *plan = r.data;

	cr_assert_eq(r.code, 0, "%s", r.report.data);
	cr_expect_eq(plan->version, 1);
	cr_expect_str_eq(plan->title, "a: b");
	cr_expect_str_eq(plan->board, "blue-pill.3");
	cr_expect_str_eq(plan->image, "plans/../new.bin");
	cr_expect_eq(plan->trials, 32);
	cr_expect_eq(plan->strict, false);
	cr_expect_eq(plan->wait, 1500 * BO_MS);
	cr_expect_eq(plan->room, 46 * 1024);
	cr_expect_eq(plan->baud, 500000);
	cr_expect_eq(plan->loss, 5000);
	cr_expect_eq(plan->speed, 4000000);
	cr_expect_eq(plan->level, 1);
	cr_expect_eq(plan->lines, 6u);
	cr_assert_eq(plan->notes.count, 3);
	cr_expect_str_eq(item(&plan->notes, 1), "two");
	cr_expect_str_eq(item(&plan->notes, 2), "3");
	cr_assert_eq(plan->configs.count, 4);
	cr_expect_str_eq(item(&plan->configs, 0), "target/x.cfg");
	cr_expect_str_eq(item(&plan->configs, 1), "plans/./mine.cfg");
	cr_expect_str_eq(item(&plan->configs, 2), "plans/../up.cfg");
	cr_expect_str_eq(item(&plan->configs, 3), "/abs.cfg");
	cr_expect_eq(plan->wire.pin, 3);
	cr_expect_eq(plan->wire.settle, 2 * BO_MS);
	cr_expect_eq(plan->wire.level, 1, "a default within a mapping");
	cr_expect_eq(plan->mark, 'z');
	done(&r);
}

Test(conf, absent_keys_get_their_defaults)
{
	struct reading r = read_plan("brownout: 1\nboard: b\n");
	const struct plan *plan = r.data;

	cr_assert_eq(r.code, 0, "%s", r.report.data);
	cr_expect_null(plan->title);
	cr_expect_eq(plan->trials, 10);
	cr_expect_eq(plan->strict, true);
	cr_expect_eq(plan->wait, 250 * BO_MS);
	cr_expect_eq(plan->room, 0);
	cr_expect_eq(plan->lines, 5u);
	cr_expect_eq(plan->notes.count, 0);
	cr_expect_eq(plan->wire.settle, 1500 * BO_US, "defaults below a mapping that is absent");
	cr_expect_eq(plan->mark, 'a');
	cr_expect_null(plan->power.option);
	done(&r);
}

Test(conf, one_text_stands_for_a_list_of_one)
{
	struct reading r = read_plan("brownout: 1\nboard: b\nlines: rts\nnotes: only\n");
	const struct plan *plan = r.data;

	cr_assert_eq(r.code, 0, "%s", r.report.data);
	cr_expect_eq(plan->lines, 2u);
	cr_assert_eq(plan->notes.count, 1);
	cr_expect_str_eq(item(&plan->notes, 0), "only");
	done(&r);
}

Test(conf, named_entries_keep_the_order_of_the_file)
{
	struct reading r = read_plan("brownout: 1\n"
				     "board: b\n"
				     "steps:\n"
				     "  zulu: {after: 3 s}\n"
				     "  alpha:\n"
				     "    wire: {pin: 1}\n"
				     "  mike: {}\n");
	const struct plan *plan = r.data;
	const struct step *steps;

	cr_assert_eq(r.code, 0, "%s", r.report.data);
	steps = plan->steps.items;
	cr_assert_eq(plan->steps.count, 3);
	cr_expect_str_eq(steps[0].name, "zulu");
	cr_expect_eq(steps[0].after, 3 * BO_S);
	cr_expect_str_eq(steps[1].name, "alpha");
	cr_expect_eq(steps[1].wire.pin, 1);
	cr_expect_str_eq(steps[2].name, "mike");
	cr_expect_eq(steps[2].wire.level, 1);
	done(&r);
}

Test(conf, the_driver_key_selects_the_schema)
{
	struct reading r =
		read_plan("brownout: 1\nboard: b\npower: {argv: [a, -b], driver: tool}\n");
	const struct plan *plan = r.data;
	const struct tool *tool;

	cr_assert_eq(r.code, 0, "%s", r.report.data);
	cr_assert_eq(plan->power.option, &power_options[1]);
	tool = plan->power.config;
	cr_expect_eq(tool->argv.count, 2);
	cr_assert_eq(tool->search.count, 2);
	cr_expect_str_eq(item(&tool->search, 0), "plans/./here");
	cr_expect_str_eq(item(&tool->search, 1), "there");
	done(&r);

	r = read_plan("brownout: 1\nboard: b\npower: {driver: none}\n");
	cr_expect_eq(r.code, 0, "%s", r.report.data);
	done(&r);
}

Test(conf, later_checks_complain_at_the_place_of_the_key)
{
	struct reading r = read_plan("brownout: 1\n"
				     "board: b\n"
				     "notes: [one, two]\n"
				     "steps:\n"
				     "  first:\n"
				     "    wire: {pin: 1}\n"
				     "power: {driver: none}\n");
	static const struct {
		const char *where, *shown;
	} cases[] = {
		{"board", "plans/demo.yaml:2:8: error: no\n"
			  "    2 | board: b\n"
			  "      |        ^\n"},
		{"notes.1", "plans/demo.yaml:3:14: error: no\n"
			    "    3 | notes: [one, two]\n"
			    "      |              ^~~\n"},
		{"steps.first", "plans/demo.yaml:5:3: error: no\n"
				"    5 |   first:\n"
				"      |   ^~~~~\n"},
		{"steps.first.wire.pin", "plans/demo.yaml:6:17: error: no\n"
					 "    6 |     wire: {pin: 1}\n"
					 "      |                 ^\n"},
		{"steps.first.wire.level", "plans/demo.yaml:6:11: error: no\n"
					   "    6 |     wire: {pin: 1}\n"
					   "      |           ^~~~~~~~\n"},
		{"power.driver", "plans/demo.yaml:7:17: error: no\n"
				 "    7 | power: {driver: none}\n"
				 "      |                 ^~~~\n"},
		{"nowhere.at.all", "plans/demo.yaml:1:1: error: no\n"
				   "    1 | brownout: 1\n"
				   "      | ^\n"},
		{"", "plans/demo.yaml:1:1: error: no\n"
		     "    1 | brownout: 1\n"
		     "      | ^\n"},
	};

	cr_assert_eq(r.code, 0, "%s", r.report.data);
	for (size_t i = 0; i < COUNT(cases); i++) {
		bo_buf_reset(&r.report);
		bo_conf_complain(r.conf, &r.report, cases[i].where, "%s", "no");
		cr_expect_str_eq(r.report.data, cases[i].shown, "%s:\n%s", cases[i].where,
				 r.report.data);
	}
	cr_expect(bo_conf_given(r.conf, "steps.first.wire.pin"));
	cr_expect(bo_conf_given(r.conf, "power.driver"));
	cr_expect_not(bo_conf_given(r.conf, "steps.first.wire.level"), "only a default");
	cr_expect_not(bo_conf_given(r.conf, "steps.firs"));
	done(&r);
}

Test(conf, paths_are_relative_to_the_folder_of_the_file)
{
	static const struct {
		const char *file, *image, *expected;
	} cases[] = {
		{"rack.yaml", "a.bin", "a.bin"},     {"/etc/rack.yaml", "a.bin", "/etc/a.bin"},
		{"/rack.yaml", "a.bin", "/a.bin"},   {"x/y/rack.yaml", "../a.bin", "x/y/../a.bin"},
		{"x/rack.yaml", "/a.bin", "/a.bin"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_conf_args args = plan_args;
		struct reading r = {0};
		char text[128];

		args.path = cases[i].file;
		snprintf(text, sizeof(text), "brownout: 1\nboard: b\nimage: %s\n", cases[i].image);
		r.code = bo_conf_read_text(&args, text, strlen(text), &r.conf, &r.data, &r.report);
		cr_assert_eq(r.code, 0, "%s", r.report.data);
		cr_expect_str_eq(((struct plan *)r.data)->image, cases[i].expected);
		done(&r);
	}
}

/* ---- files ---- */

static char folder[] = "/tmp/bo-conf-XXXXXX";

static struct reading read_file(const char *path)
{
	struct bo_conf_args args = plan_args;
	struct reading r = {0};

	args.path = path;
	r.code = bo_conf_read(&args, &r.conf, &r.data, &r.report);
	return r;
}

static void write_file(const char *path, const char *text, size_t padding)
{
	FILE *file = fopen(path, "we");

	cr_assert_not_null(file);
	fputs(text, file);
	for (size_t i = 0; i < padding; i++)
		fputc('#', file);
	fclose(file);
}

static void expect_refusal(const char *path, int code, const char *why)
{
	struct reading r = read_file(path);
	struct bo_buf expected = {0};

	bo_buf_printf(&expected, "%s: error: %s\n", path, why);
	cr_expect_eq(r.code, code);
	cr_expect_null(r.conf);
	cr_expect_str_eq(r.report.data, expected.data);
	bo_buf_done(&expected);
	done(&r);
}

Test(conf, a_file_that_cannot_be_read_is_one_line)
{
	static const char small[] = "brownout: 1\nboard: b\n";
	char path[64];
	struct reading r;

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/plan.yaml", folder);
	expect_refusal(path, -ENOENT, "No such file or directory");
	expect_refusal(folder, -EISDIR, "Is a directory");
	expect_refusal("/dev/zero", -EFBIG, "larger than 1 MiB");

	write_file(path, small, (1 << 20) - strlen(small));
	r = read_file(path);
	cr_expect_eq(r.code, 0, "exactly 1 MiB is allowed");
	done(&r);
	write_file(path, small, (1 << 20) - strlen(small) + 1);
	expect_refusal(path, -EFBIG, "larger than 1 MiB");
	unlink(path);

	cr_assert_eq(mkfifo(path, 0600), 0);
	r = read_file(path);
	cr_expect_neq(r.code, 0, "a pipe nobody writes to must not block");
	done(&r);
	unlink(path);
	rmdir(folder);
}

Test(conf, the_reference_page_comes_from_the_same_table)
{
	static const char *const rows[] = {
		"| key | value | default | meaning |\n|---|---|---|---|\n",
		"| `brownout` | a whole number, 1 | required | schema version |\n",
		"| `image` | a path |  | the new image \\| or none |\n",
		"| `trials` | a whole number, at least 1 | `10` | how many |\n",
		"| `room` | a size such as '46 KiB', 1 KiB to 64 KiB |  | flash |\n",
		"| `lines` | any of dtr, rts, break | `dtr, break` | lines held |\n",
		"| `wire.settle` | a duration such as '250 ms', 1 us to 1 s | `1.5 ms` | how long "
		"the "
		"rail needs |\n",
		"| `wire.pin` | a whole number, 0 to 7 | required | which pin of the port |\n",
		"| `steps.NAME.wire.*` | | | as `wire.*` |\n",
		"| `power.driver: tool` | | | selects the keys below |\n"
		"| `power.argv` | a text or a list of texts | required | the program and its "
		"arguments |\n",
		"| `power.driver: none` | | | selects; no more keys |\n",
	};
	struct bo_buf page = {0};

	bo_conf_reference(&plan_args, &page);
	for (size_t i = 0; i < COUNT(rows); i++)
		cr_expect_not_null(strstr(page.data, rows[i]), "%s in\n%s", rows[i], page.data);
	bo_buf_done(&page);
}
