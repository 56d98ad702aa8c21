#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/engine/plan.h"
#include "harness/tests/scratch_dir.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define TARGET                                                                       \
	"brownout: 1\nclass: f103-swap\ntitle: t\nflash: {page: 1 KiB, unit: 2 B}\n" \
	"layout:\n"                                                                  \
	"  boot:  {at: 0x08000000, size: 32 KiB, reset: yes}\n"                      \
	"  slot0: {at: 0x08008000, size: 46 KiB, reset: yes, use: running}\n"        \
	"  slot1: {at: 0x08013800, size: 46 KiB, reset: yes, use: staged}\n"         \
	"  calibration: {at: 0x0801F000, size: 1 KiB}\n"                             \
	"console: {ready: \"up {version}\"}\nprotocol: {kind: smp}\n"
#define SCENARIO                                                                  \
	"brownout: 1\nscenario: s\ntitle: t\ntargets: [f103-swap]\nimages: img\n" \
	"baseline:\n"                                                             \
	"  boot: {image: boot.bin}\n"                                             \
	"  slot0: {image: \"{class}-1.bin\"}\n"                                   \
	"update: {image: 2.bin}\n"                                                \
	"promises: {outcome: updated}\n"

/* A folder with a scenario, its target class and its images, loaded. */
struct loaded {
	struct scratch dir;
	char path[80];
	const char *dirs[2];
	struct bo_library library;
	struct bo_job job;
	struct bo_buf report;
	int rc;
};

#define IMAGES "build/images/f103-swap/"

static void write_files(struct loaded *l, const char *scenario, const char *target)
{
	l->dir = scratch_make();
	scratch_write(&l->dir, "lib/s.yaml", scenario);
	scratch_write(&l->dir, "lib/targets/f103-swap.yaml", target);
	scratch_copy(&l->dir, "lib/img/boot.bin", IMAGES "boot.bin");
	scratch_copy(&l->dir, "lib/img/f103-swap-1.bin", IMAGES "app-1.0.0.bin");
	scratch_copy(&l->dir, "lib/img/2.bin", IMAGES "app-2.0.0.bin");
}

static void load(struct loaded *l)
{
	char path[96];

	snprintf(l->path, sizeof(l->path), "%s/lib", l->dir.path);
	snprintf(path, sizeof(path), "%s/s.yaml", l->path);
	l->dirs[0] = l->path;
	l->library.dirs = l->dirs;
	l->rc = bo_job_load(&l->job, path, "f103-swap", &l->library, &l->report);
}

static void unload(struct loaded *l)
{
	bo_job_free(&l->job);
	bo_buf_done(&l->report);
	scratch_done(&l->dir);
}

/* `text` with the first `from` replaced; the caller frees. */
static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	struct bo_buf out = {0};

	cr_assert_not_null(at, "'%s' is not there", from);
	bo_buf_add(&out, text, (size_t)(at - text));
	bo_buf_printf(&out, "%s%s", to, at + strlen(from));
	return out.data;
}

Test(plan, a_job_knows_old_and_new_image_and_the_content_of_every_range)
{
	struct loaded l = {0};

	write_files(&l, SCENARIO, TARGET);
	load(&l);
	cr_assert_eq(l.rc, 0, "%s", l.report.data);
	cr_expect_str_eq(l.job.images.golden.identity.version, "1.0.0");
	cr_expect_str_eq(l.job.images.update.identity.version, "2.0.0");
	cr_assert_eq(l.job.images.count, 3, "only ranges with reset");
	cr_expect_not(l.job.images.content[1].is_blank);
	cr_expect(l.job.images.content[2].is_blank);
	cr_expect_eq(l.job.images.content[2].data[0], 0xFF);
	cr_expect_eq(l.job.images.content[2].data[46 * 1024 - 1], 0xFF);
	cr_expect_eq(l.job.images.update.len, 16384);
	unload(&l);
}

/* Bytes that are no image at all, and more than the slot holds. */
Test(plan, a_negative_is_taken_as_it_is_and_goes_by_its_controls_version)
{
	struct loaded l = {0};
	char *text = replaced(SCENARIO, "2.bin", "../targets/f103-swap.yaml, control: 2.bin");

	write_files(&l, text, TARGET);
	load(&l);
	cr_assert_eq(l.rc, 0, "%s", l.report.data);
	cr_expect_eq(l.job.images.update.len, strlen(TARGET));
	cr_expect_eq(l.job.images.control.len, 16384);
	cr_expect_str_eq(l.job.images.update.identity.version, "2.0.0");
	cr_expect_arr_eq(l.job.images.update.identity.hash, l.job.images.control.identity.hash, 32);
	unload(&l);
	free(text);
}

Test(plan, the_hash_does_not_depend_on_where_things_lie_or_how_they_are_written)
{
	static const struct {
		const char *what;
		bool in_target;
		const char *from, *to;
	} cases[] = {
		{"another folder", false, "s", "s"},
		{"the title", false, "title: t", "title: another"},
		{"the class's title", true, "title: t", "title: another"},
		{"a remark", false, "title: t", "# remark\ntitle: t"},
		{"a default written out", false, "update: {image: 2.bin}",
		 "seed: 1\nupdate: {image: 2.bin, confirm: yes}"},
		{"another way to name a file's folder", false, "images: img",
		 "images: ./img/../img"},
		{"the fault, which the id spells out", false,
		 "promises:", "fault: {at: boot.1}\npromises:"},
		{"a size in another unit", true, "32 KiB", "32768 B"},
	};
	struct loaded first = {0};

	write_files(&first, SCENARIO, TARGET);
	load(&first);
	cr_assert_eq(first.rc, 0, "%s", first.report.data);
	cr_expect_eq(strspn(first.job.hash8, "0123456789abcdef"), 8);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct loaded l = {0};
		char *text = replaced(cases[i].in_target ? TARGET : SCENARIO, cases[i].from,
				      cases[i].to);

		write_files(&l, cases[i].in_target ? SCENARIO : text,
			    cases[i].in_target ? text : TARGET);
		load(&l);
		cr_expect_eq(l.rc, 0, "%s", l.report.data);
		cr_expect_str_eq(l.job.hash8, first.job.hash8, "%s", cases[i].what);
		unload(&l);
		free(text);
	}
	unload(&first);
}

Test(plan, the_hash_changes_with_each_ingredient)
{
	static const struct {
		const char *what;
		bool in_target;
		const char *from, *to;
		const char *image, *image_from;
	} cases[] = {
		{"the promise", false, "outcome: updated", "outcome: kept-old", NULL, NULL},
		{"the seed", false, "promises:", "seed: 2\npromises:", NULL, NULL},
		{"confirm", false, "2.bin", "2.bin, confirm: no", NULL, NULL},
		{"a control", false, "2.bin", "boot.bin, control: 2.bin", NULL, NULL},
		{"the control's bytes", false, "2.bin", "boot.bin, control: 2.bin", "lib/img/2.bin",
		 IMAGES "app-2.0.0-44k.bin"},
		{"a point", false, "promises:", "points: {p: {console: P}}\npromises:", NULL, NULL},
		{"an exploration", false, "promises:", "explore: {}\npromises:", NULL, NULL},
		{"its boot time", false, "promises:", "explore: {boot-time: 9 s}\npromises:", NULL,
		 NULL},
		{"a server", false, "promises:", "server: {do: busy:3}\npromises:", NULL, NULL},
		{"what it does", false, "promises:", "server: {do: busy:4}\npromises:", NULL, NULL},
		{"jobs", false, "promises:", "jobs: stale\npromises:", NULL, NULL},
		{"the scenario's name", false, "scenario: s", "scenario: other", NULL, NULL},
		{"the flash map", true, "size: 1 KiB", "size: 2 KiB", NULL, NULL},
		{"a pattern", true, "up {version}", "app {version}", NULL, NULL},
		{"a deadline", true, "protocol:", "deadlines: {boot: 1 s}\nprotocol:", NULL, NULL},
		{"the boot loader", false, "s", "s", "lib/img/boot.bin",
		 IMAGES "boot-forgetful.bin"},
		{"the old image", false, "s", "s", "lib/img/f103-swap-1.bin",
		 IMAGES "app-2.0.0.bin"},
		{"the new image", false, "s", "s", "lib/img/2.bin", IMAGES "app-2.0.0-44k.bin"},
	};
	char seen[COUNT(cases) + 1][9];
	struct loaded first = {0};

	write_files(&first, SCENARIO, TARGET);
	load(&first);
	memcpy(seen[COUNT(cases)], first.job.hash8, 9);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct loaded l = {0};
		char *text = replaced(cases[i].in_target ? TARGET : SCENARIO, cases[i].from,
				      cases[i].to);

		write_files(&l, cases[i].in_target ? SCENARIO : text,
			    cases[i].in_target ? text : TARGET);
		if (cases[i].image)
			scratch_copy(&l.dir, cases[i].image, cases[i].image_from);
		load(&l);
		cr_expect_eq(l.rc, 0, "%s", l.report.data);
		memcpy(seen[i], l.job.hash8, 9);
		for (size_t k = 0; k < i; k++)
			cr_expect_str_neq(seen[k], seen[i], "%s", cases[i].what);
		cr_expect_str_neq(seen[COUNT(cases)], seen[i], "%s", cases[i].what);
		unload(&l);
		free(text);
	}
	unload(&first);
}

Test(plan, what_cannot_be_loaded_is_complained_about)
{
	static const struct {
		bool in_target;
		const char *from, *to;
		const char *complaint; /* "@" stands for the library's folder */
	} cases[] = {
		{false, "[f103-swap]", "[other]",
		 "error: not meant for target class 'f103-swap', which this bench has\n"},
		{true, "class: f103-swap", "class: other",
		 "error: the file of class 'f103-swap' says 'class: other'\n"},
		{false, "2.bin", "3.bin",
		 "error: cannot read image '@/img/3.bin': No such file or directory; build or copy "
		 "it there\n"},
		{false, "\"{class}-1.bin\"", "\"{class}/{class}.bin\"",
		 "error: cannot read image '@/img/f103-swap/f103-swap.bin': No such file or "
		 "directory; build or copy it there\n"},
		{false, "2.bin", "..",
		 "error: image '@/img/..' is empty, over 16 MiB or not a file\n"},
		{false, "2.bin", "boot.bin", "error: not a usable image: "},
		{false, "\"{class}-1.bin\"", "boot.bin", "error: not a usable image: "},
		{false, "  slot0: {", "  slot2: {",
		 "error: target class 'f103-swap' has no range 'slot2'\n"},
		{false, "  slot0: {", "  slot2: {",
		 "error: no image for 'slot0', the range that runs: nothing would boot\n"},
		{false, "  boot: {", "  calibration: {",
		 "error: range 'calibration' of 'f103-swap' may not be written (reset: no)\n"},
		{true, "32 KiB", "4 KiB", "bytes does not fit range 'boot' of 4096 bytes\n"},
		{true, "46 KiB, reset: yes, use: staged", "8 KiB, reset: yes, use: staged",
		 "error: update of 16384 bytes does not fit range 'slot1' of 8192 bytes\n"},
		{false, "2.bin", "2.bin, control: 2.bin", "error: the same file as its control\n"},
		{false, "2.bin", "2.bin, control: boot.bin", "error: not a usable image: "},
		{false, "2.bin", "2.bin, control: 3.bin",
		 "error: cannot read image '@/img/3.bin': No such file or directory; build or copy "
		 "it there\n"},
		{false, "boot.bin", "../../..", "is empty, over 16 MiB or not a file\n"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct loaded l = {0};
		struct bo_buf wanted = {0};
		char *text = replaced(cases[i].in_target ? TARGET : SCENARIO, cases[i].from,
				      cases[i].to);

		write_files(&l, cases[i].in_target ? SCENARIO : text,
			    cases[i].in_target ? text : TARGET);
		load(&l);
		cr_expect_lt(l.rc, 0, "%s", cases[i].complaint);
		for (const char *at = cases[i].complaint; *at; at++)
			bo_buf_printf(&wanted, "%.*s", *at == '@' ? (int)strlen(l.path) : 1,
				      *at == '@' ? l.path : at);
		cr_expect_not_null(strstr(l.report.data ? l.report.data : "", wanted.data),
				   "wanted %s%s", wanted.data, l.report.data);
		bo_buf_done(&wanted);
		unload(&l);
		free(text);
	}
}

Test(plan, all_mistakes_of_scenario_and_class_are_reported_at_once)
{
	struct loaded l = {0};
	char *scenario = replaced(SCENARIO, "outcome: updated", "outcome: updatde");
	char *target = replaced(TARGET, "use: running", "use: staged");

	write_files(&l, scenario, target);
	load(&l);
	cr_expect_eq(l.rc, -EINVAL);
	cr_expect_not_null(strstr(l.report.data, "updatde"), "%s", l.report.data);
	cr_expect_not_null(strstr(l.report.data, "use: running"), "%s", l.report.data);
	unload(&l);
	free(scenario);
	free(target);
}

Test(plan, files_are_looked_for_in_order_and_the_places_are_named)
{
	struct scratch dir = scratch_make();
	char a[80], b[80], found[96], wanted[300];
	const char *const dirs[] = {a, b, NULL};
	const struct bo_library library = {dirs};
	struct bo_err err = {0};

	snprintf(a, sizeof(a), "%s/a", dir.path);
	snprintf(b, sizeof(b), "%s/b", dir.path);
	scratch_write(&dir, "b/x.yaml", "");
	scratch_write(&dir, "b/targets/t.yaml", "");
	cr_assert_eq(bo_library_find(&library, "", "x", found, sizeof(found), &err), 0);
	snprintf(wanted, sizeof(wanted), "%s/x.yaml", b);
	cr_expect_str_eq(found, wanted);
	scratch_write(&dir, "a/x.yaml", "");
	cr_assert_eq(bo_library_find(&library, "", "x", found, sizeof(found), &err), 0);
	snprintf(wanted, sizeof(wanted), "%s/x.yaml", a);
	cr_expect_str_eq(found, wanted, "the first folder wins");
	cr_assert_eq(bo_library_find(&library, "targets", "t", found, sizeof(found), &err), 0);
	cr_expect_eq(bo_library_find(&library, "", "y", found, sizeof(found), &err), -ENOENT);
	snprintf(wanted, sizeof(wanted), "no file for 'y'; looked for %s/y.yaml, %s/y.yaml", a, b);
	cr_expect_str_eq(err.text, wanted);
	cr_expect_eq(bo_library_find(&library, "", "x", found, 5, &err), -ENAMETOOLONG);
	scratch_done(&dir);
}
