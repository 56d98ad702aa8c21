#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/engine/plan_seal.h"
#include "harness/engine/record.h"
#include "harness/tests/written_file.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ID "s@00000000/t/boot.1=cut:off-1s"

Test(plan_file, what_is_written_is_read_back)
{
	struct scratch dir = scratch_make();
	struct bo_plan plan = {.rack = strdup("/r/rack.yaml"),
			       .bench = strdup("b1"),
			       .out = strdup("/r/\xc3\xa9"),
			       .filter = strdup("smp.*"),
			       .shard = 2,
			       .shards = 8,
			       .min_judged_ppm = 900000,
			       .anyway = true};
	struct bo_plan again = {0};
	struct bo_err err = {0};
	struct bo_buf folder = {0};
	char path[80];

	snprintf(path, sizeof(path), "%s/plan.json", dir.path);
	bo_plan_add(&plan, "/s/a.yaml", ID, NULL);
	bo_plan_add(&plan, "/s/b.yaml", "s@00000000/t/flash.op.1=cut:off-1s", "flash-ops");
	bo_plan_add(&plan, "/s/c.yaml", "s@00000000/t/none", NULL);
	plan.trials[2].census = true;
	plan.trials[1].made = plan.trials[1].uniform = true;
	bo_plan_repeat(&plan);
	bo_plan_repeat(&plan);
	cr_expect_eq(bo_plan_find(&plan, ID), 0);
	cr_expect_eq(bo_plan_find(&plan, "s@00000000/t/none"), 2);
	cr_expect_eq(bo_plan_find(&plan, "s@00000000/t/boot.2=cut:off-1s"), 5, "none");
	cr_assert_eq(bo_plan_write(&plan, path, &err), 0, "%s", bo_err_text(&err));
	cr_assert_eq(bo_plan_read(path, &again, &err), 0, "%s", bo_err_text(&err));
	cr_expect_str_eq(again.rack, "/r/rack.yaml");
	cr_expect_str_eq(again.bench, "b1");
	cr_expect_str_eq(again.out, "/r/\xc3\xa9");
	cr_expect(again.anyway);
	cr_expect_str_eq(again.filter, "smp.*");
	cr_expect_eq(again.shard, 2);
	cr_expect_eq(again.shards, 8);
	cr_expect_eq(again.min_judged_ppm, 900000);
	cr_assert_eq(again.count, 5);
	cr_expect_str_eq(again.trials[0].scenario, "/s/a.yaml");
	cr_expect_str_eq(again.trials[1].lacks, "flash-ops");
	cr_expect(again.trials[1].made && again.trials[1].uniform && !again.trials[1].census);
	cr_expect_str_eq(again.trials[2].id, "s@00000000/t/none");
	cr_expect_null(again.trials[2].lacks);
	cr_expect(again.trials[2].census && !again.trials[2].made);
	bo_plan_trial_dir(&again, &again.trials[0], &folder);
	cr_expect_str_eq(folder.data, "/r/\xc3\xa9/trials/" ID);
	bo_buf_reset(&folder);
	bo_plan_trial_dir(&again, &again.trials[4], &folder);
	cr_expect_str_eq(folder.data, "/r/\xc3\xa9/trials/s@00000000/t/none~2");
	bo_buf_done(&folder);
	bo_plan_free(&plan);
	bo_plan_free(&again);
	scratch_done(&dir);
}

/* Longer than a folder may be called, shorter than an id may be. */
static void long_id(char id[BO_ID_MAX], int last)
{
	size_t len = (size_t)snprintf(id, BO_ID_MAX, "s@00000000/t/");

	for (int i = 1; i < 12; i++)
		len += (size_t)snprintf(id + len, BO_ID_MAX - len,
					"boot.%d+1000%dms=cut:off-1000%dms,", i, i, i);
	snprintf(id + len, BO_ID_MAX - len, "flash.op.%d=cut:off-1s", last);
}

Test(plan_file, an_id_too_long_for_a_folder_still_has_its_own)
{
	struct scratch dir = scratch_make();
	struct bo_plan plan = {.out = strdup(dir.path)};
	struct bo_buf folder[2] = {0};
	struct bo_err err = {0};
	char id[BO_ID_MAX];

	for (int i = 0; i < 2; i++) {
		long_id(id, 100 + i);
		bo_plan_add(&plan, "/s/a.yaml", id, NULL);
		cr_assert_str_eq(plan.trials[i].id, id);
		bo_plan_trial_dir(&plan, &plan.trials[i], &folder[i]);
		cr_expect_eq(bo_make_dirs(folder[i].data, &err), 0, "%s", bo_err_text(&err));
	}
	const char *name = strrchr(folder[0].data, '/') + 1;

	cr_expect_eq(strlen(name), 255);
	cr_expect(strncmp(name, strrchr(id, '/') + 1, 238) == 0 && name[238] == '~', "%s", name);
	cr_expect_str_neq(folder[0].data, folder[1].data);
	bo_buf_done(&folder[0]);
	bo_buf_done(&folder[1]);
	bo_plan_free(&plan);
	scratch_done(&dir);
}

Test(plan_file, a_path_that_json_cannot_hold_is_refused)
{
	struct bo_plan plan = {
		.rack = strdup("/r/\xff"), .bench = strdup("b1"), .out = strdup("/r")};
	struct bo_err err = {0};

	cr_expect_eq(bo_plan_write(&plan, "/nowhere/plan.json", &err), -EINVAL);
	cr_expect_str_eq(err.text, "a path in the plan is not valid UTF-8");
	bo_plan_add(&plan, "/s/\xff.yaml", ID, NULL);
	free(plan.rack);
	plan.rack = strdup("/r/r");
	cr_expect_eq(bo_plan_write(&plan, "/nowhere/plan.json", &err), -EINVAL);
	cr_expect_str_eq(err.text, "a path in the plan is not valid UTF-8");
	bo_plan_free(&plan);
}

#define HEAD "{\"brownout-plan\":1,\"rack\":\"r\",\"bench\":\"b\",\"out\":\"o\","

Test(plan_file, what_is_no_plan_is_refused)
{
	static const struct {
		const char *what, *text;
		bool syntax;
	} cases[] = {
		{"empty", "", true},
		{"torn", HEAD "\"trials\":[", true},
		{"a key twice", "{\"rack\":\"r\",\"rack\":\"r\"}", true},
		{"another kind of file", "{}", false},
		{"no object", "[]", false},
		{"another version",
		 "{\"brownout-plan\":2,\"rack\":\"r\",\"bench\":\"b\",\"out\":\"o\",\"trials\":[]}",
		 false},
		{"no trials", HEAD "\"anyway\":false}", false},
		{"trials that are no list", HEAD "\"trials\":{}}", false},
		{"a trial that is no object", HEAD "\"trials\":[1]}", false},
		{"a trial without id", HEAD "\"trials\":[{\"scenario\":\"s\"}]}", false},
		{"a trial whose id is none",
		 HEAD "\"trials\":[{\"scenario\":\"s\",\"id\":\"../../../x\"}]}", false},
		{"a good trial and a bad one",
		 HEAD "\"trials\":[{\"scenario\":\"s\",\"id\":\"" ID "\"},{\"scenario\":\"s\"}]}",
		 false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct written file = written(cases[i].text);
		struct bo_plan plan = {.count = 7};
		struct bo_err err = {0};
		char wanted[128];

		snprintf(wanted, sizeof(wanted), "plan %s%s", file.path,
			 cases[i].syntax ? ":" : ": not a plan of this version");
		cr_expect_eq(bo_plan_read(file.path, &plan, &err), -EINVAL, "%s", cases[i].what);
		cr_expect(strncmp(err.text, wanted, strlen(wanted)) == 0, "%s: %s", cases[i].what,
			  err.text);
		cr_expect_eq(plan.count, 7, "untouched on failure");
		written_done(&file);
	}
}

Test(plan_file, what_was_changed_after_it_was_written_is_refused)
{
	struct scratch dir = scratch_make();
	struct bo_plan plan = {.rack = strdup("/r"), .bench = strdup("b"), .out = strdup("/o")};
	struct bo_plan again = {0};
	struct bo_err err = {0};
	struct bo_buf text = {0};
	char path[80];

	bo_plan_add(&plan, "/s/a.yaml", ID, NULL);
	bo_plan_chain(&plan, ID);
	snprintf(path, sizeof(path), "%s/plan.json", dir.path);
	cr_assert_eq(bo_plan_write(&plan, path, &err), 0, "%s", bo_err_text(&err));
	cr_assert_eq(bo_plan_read(path, &again, &err), 0, "%s", bo_err_text(&err));
	cr_expect_eq(strlen(again.whole), 64);
	cr_expect_str_eq(again.whole, plan.whole);
	bo_plan_free(&again);
	slurp(path, &text);
	strstr(text.data, "boot.1")[5] = '2';
	scratch_write(&dir, "plan.json", text.data);
	cr_expect_eq(bo_plan_read(path, &again, &err), -EINVAL);
	cr_expect_not_null(strstr(err.text, "plan.json: it is not as it was written"), "%s",
			   err.text);
	bo_plan_chain(&plan, "s@00000000/t/none");
	cr_expect_not_null(strstr(text.data, "\"whole\": \""));
	cr_expect_null(strstr(text.data, plan.whole), "another trial makes another plan");
	bo_buf_done(&text);
	bo_plan_free(&plan);
	scratch_done(&dir);
}

Test(plan_file, a_plan_that_is_not_there_is_named)
{
	struct bo_plan plan;
	struct bo_err err = {0};

	cr_expect_eq(bo_plan_read("/nowhere/plan.json", &plan, &err), -ENOENT);
	cr_expect_str_eq(err.text, "plan /nowhere/plan.json: No such file or directory");
}
