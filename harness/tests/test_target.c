#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/model/target.h"
#include "harness/tests/written_file.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(target, the_classes_that_come_with_us_are_good)
{
	static const struct {
		const char *path, *name;
		int64_t running_at;
		const char *cause, *lost;
	} cases[] = {
		{"scenarios/targets/f103-swap.yaml", "f103-swap", 0x08008000, "POR", "lost"},
		{"scenarios/targets/f103-compact.yaml", "f103-compact", 0x0800A000, "power",
		 "blank"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_conf *conf = NULL;
		struct bo_target *target;
		struct bo_buf report = {0};

		cr_assert_eq(bo_target_read(cases[i].path, &conf, &target, &report), 0, "%s",
			     report.data);
		const struct bo_range *running = bo_target_range_used_for(target, BO_RANGE_RUNNING);
		const char *const *causes = target->power_causes.items;
		const char *const *lost = target->ram_lost.items;

		cr_expect_str_eq(target->name, cases[i].name);
		cr_expect_eq(running->at, cases[i].running_at);
		cr_expect_eq(running, bo_target_range(target, "slot0"));
		cr_expect_str_eq(bo_target_range_used_for(target, BO_RANGE_STAGED)->name, "slot1");
		cr_expect_null(bo_target_range(target, "slot2"));
		cr_expect_str_eq(causes[0], cases[i].cause);
		cr_expect_str_eq(lost[0], cases[i].lost);
		cr_expect_eq(target->deadline.recovery, 15 * BO_S);
		bo_conf_free(conf);
		bo_buf_done(&report);
	}
}

#define HEAD                                                       \
	"brownout: 1\nclass: t\nflash: {page: 1 KiB, unit: 2 B}\n" \
	"console: {ready: \"up {version}\"}\nprotocol: {kind: smp}\n"

Test(target, what_is_left_out_has_a_default)
{
	struct bo_conf *conf = NULL;
	struct bo_target *target;
	struct bo_buf report = {0};
	struct written file = written(HEAD "layout: {app: {at: 0, size: 1 KiB, use: running}}\n");

	cr_assert_eq(bo_target_read(file.path, &conf, &target, &report), 0, "%s", report.data);
	cr_expect_null(target->console.boot);
	cr_expect_eq(target->protocol.line_max, 127);
	cr_expect_eq(target->protocol.first_timeout, 40 * BO_S);
	cr_expect_eq(target->protocol.retries, 3);
	cr_expect_eq(target->deadline.update, 120 * BO_S);
	cr_expect_eq(target->power_cycles, 2);
	cr_expect_not(bo_target_range(target, "app")->reset);
	bo_conf_free(conf);
	bo_buf_done(&report);
	written_done(&file);
}

Test(target, ranges_that_cannot_be_are_complained_about)
{
	static const struct {
		const char *layout;
		const char *complaint; /* without file and place */
	} cases[] = {
		{"{a: {at: 0, size: 1 KiB}}",
		 "no range says 'use: running', so nobody can tell what runs"},
		{"{a: {at: 0, size: 1 KiB, use: staged}}",
		 "no range says 'use: running', so nobody can tell what runs"},
		{"{a: {at: 512, size: 1 KiB, use: running}}",
		 "range 'a' does not begin and end at a page boundary (1024 bytes)"},
		{"{a: {at: 0, size: 1000 B, use: running}}",
		 "range 'a' does not begin and end at a page boundary (1024 bytes)"},
		{"{a: {at: 0, size: 2 KiB, use: running}, b: {at: 1024, size: 1 KiB}}",
		 "range 'b' overlaps 'a'"},
		{"{b: {at: 1024, size: 1 KiB}, a: {at: 0, size: 4 KiB, use: running}}",
		 "range 'a' overlaps 'b'"},
		{"{a: {at: 0, size: 1 KiB, use: running}, b: {at: 1024, size: 1 KiB, use: "
		 "running}}",
		 "both 'a' and 'b' say 'use: running'"},
		{"{a: {at: 0, size: 1 KiB, use: running}, b: {at: 0xFFFFFC00, size: 2 KiB}}",
		 "range 'b' ends beyond the 32-bit addresses"},
		{"{}", "'layout' must have at least one entry"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_conf *conf = NULL;
		struct bo_target *target = NULL;
		struct bo_buf report = {0}, text = {0};

		bo_buf_printf(&text, HEAD "layout: %s\n", cases[i].layout);
		struct written file = written(text.data);

		cr_expect_eq(bo_target_read(file.path, &conf, &target, &report), -EINVAL, "%s",
			     cases[i].layout);
		cr_expect_null(target);
		expect_complaint(&report, 6, cases[i].complaint);
		bo_buf_done(&report);
		bo_buf_done(&text);
		written_done(&file);
	}
}

Test(target, patterns_that_could_not_work_are_complained_about)
{
	static const struct {
		const char *console, *causes;
		const char *complaint;
	} cases[] = {
		{"{ready: up}", "[]", "captures no {version}, so nobody can tell which image runs"},
		{"{ready: \"{version}\", boot: \"\"}", "[]", "empty: every line would match"},
		{"{ready: \"{version}\", dead: [oh, \"\"]}", "[]", "empty: every line would match"},
		{"{ready: \"{version}\", recovery: \"\"}", "[]", "empty: every line would match"},
		{"{ready: \"{version}\", start: run}", "[]",
		 "captures no {version}, so nobody can tell which image runs"},
		{"{ready: \"{version}\", refused: [\"\"]}", "[]", "empty: every line would match"},
		{"{ready: \"{version}\"}", "[POR]",
		 "needs a {cause} in 'console.boot' to compare with"},
		{"{ready: \"{version}\", boot: up}", "[POR]",
		 "needs a {cause} in 'console.boot' to compare with"},
		{"{ready: \"{version}\", boot: \"{cause}\"}", "[POR]", NULL},
		{"{ready: \"{version}\", boot: \"{cause}\"}", "[POR]\nram-lost: [lost]",
		 "needs a {ram} in 'console.boot' to compare with"},
		{"{ready: \"{version}\", boot: \"{cause} {ram}\"}", "[POR]\nram-lost: [lost]",
		 NULL},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_conf *conf = NULL;
		struct bo_target *target = NULL;
		struct bo_buf report = {0}, text = {0};
		bool by_console = strstr(cases[i].causes, "POR") == NULL;
		bool about_ram = strstr(cases[i].causes, "ram-lost") != NULL;

		bo_buf_printf(&text,
			      "brownout: 1\nclass: t\nflash: {page: 1 KiB, unit: 2 B}\n"
			      "layout: {a: {at: 0, size: 1 KiB, use: running}}\n"
			      "protocol: {kind: smp}\nconsole: %s\npower-causes: %s\n",
			      cases[i].console, cases[i].causes);
		struct written file = written(text.data);
		int rc = bo_target_read(file.path, &conf, &target, &report);

		cr_expect_eq(rc, cases[i].complaint ? -EINVAL : 0, "%s", report.data);
		if (cases[i].complaint)
			expect_complaint(&report, (by_console ? 6u : 7u) + (about_ram ? 1u : 0u),
					 cases[i].complaint);
		bo_conf_free(conf);
		bo_buf_done(&report);
		bo_buf_done(&text);
		written_done(&file);
	}
}
