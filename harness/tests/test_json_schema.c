#include <glob.h>

#include "harness/tests/json_check.h"
#include "harness/tests/sim_run.h"

/* The tables as JSON Schemas: what comes with us agrees with them, and mistakes that an editor can
 * see do not. */

static json_t *schema_of(const char *kind)
{
	struct cli cli = brownout("schema %s", kind);
	json_error_t why;

	cr_assert_eq(cli.code, 0, "%s", cli.err.data);
	json_t *schema = json_loads(cli.out.data, JSON_REJECT_DUPLICATES, &why);

	cr_assert_not_null(schema, "%s: %s", kind, why.text);
	cli_done(&cli);
	return schema;
}

static bool is_suite(const char *text)
{
	return strstr(text, "\nsuite:") != NULL;
}

static size_t check_all(const char *kind, const char *files)
{
	json_t *schema = schema_of(kind);
	size_t checked = 0;
	glob_t found;

	cr_assert_eq(glob(files, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct bo_buf text = {0};

		slurp(found.gl_pathv[i], &text);
		if (is_suite(text.data) == (strcmp(kind, "suite") == 0)) {
			json_t *file = jc_yaml(text.data, text.len);

			cr_expect(jc_agrees(schema, file), "%s is no %s", found.gl_pathv[i], kind);
			json_decref(file);
			checked++;
		}
		bo_buf_done(&text);
	}
	globfree(&found);
	json_decref(schema);
	return checked;
}

Test(json_schema, all_files_that_come_with_us_agree_with_it)
{
	cr_expect_gt(check_all("scenario", "scenarios/*.yaml"), 20);
	cr_expect_gt(check_all("suite", "scenarios/*.yaml"), 0);
	cr_expect_gt(check_all("target", "scenarios/targets/*.yaml"), 1);
	cr_expect_gt(check_all("rack", "fixtures/racks/*.yaml"), 5);
}

#define HEAD                                                                                    \
	"brownout: 1\nscenario: s\ntargets: [t]\nbaseline: {app: {image: a}}\nupdate: {image: " \
	"b}\n"
#define PROMISES "promises: {outcome: updated}\n"

Test(json_schema, mistakes_that_an_editor_can_see_do_not_agree)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{HEAD PROMISES, true},
		{HEAD PROMISES "seed: 12\nmax-lag: 2.5ms\ntags: quick\n", true},
		{HEAD PROMISES "seed: 0x12\n", true},
		{HEAD "promises: {outcome: [updated, kept-old], watchdog: no, resumes: yes}\n",
		 true},
		{HEAD "promises: {outcome: updated, watchdog: false}\n", true},
		{HEAD PROMISES
		 "fault: {at: boot.1, off: '{off}'}\nparameters: {off: {values: [1s]}}\n",
		 true},
		{HEAD PROMISES "parameters: {x: {values: {a: {}, b: {promises: {outcome: "
			       "updated}}}}}\ntitle: '{x}'\n",
		 true},
		{HEAD PROMISES "steps: [boot, {wait: {for: 1 s}}, update]\n", true},
		{HEAD, false},
		{HEAD "promises: {}\n", false},
		{HEAD "promises: {outcome: update}\n", false},
		{HEAD PROMISES "promise: {}\n", false},
		{HEAD PROMISES "seed: twelve\n", false},
		{HEAD PROMISES "seed: -1\n", false},
		{HEAD PROMISES "max-lag: 20\n", false},
		{HEAD PROMISES "max-lag: 20 sec\n", false},
		{HEAD PROMISES "fault: {at: boot.1, action: cot}\n", false},
		{HEAD PROMISES "points: {a b: {console: x}}\n", false},
		{HEAD PROMISES "parameters: {x: {values: []}}\n", false},
		{HEAD PROMISES "parameters: {x: {values: {a: {promises: {}}}}}\n", false},
		{HEAD PROMISES "steps: [bout]\n", false},
		{HEAD PROMISES "steps: [{wait: {}}]\n", false},
		{HEAD PROMISES "strategy: {kind: linaer}\n", false},
		{"brownout: 2\n", false},
	};
	json_t *schema = schema_of("scenario");

	for (size_t i = 0; i < COUNT(cases); i++) {
		json_t *file = jc_yaml(cases[i].text, strlen(cases[i].text));

		cr_expect_eq(jc_agrees(schema, file), cases[i].good, "%s", cases[i].text);
		json_decref(file);
	}
	json_decref(schema);
}

Test(json_schema, a_driver_chooses_the_keys_of_a_rack)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{"brownout: 1\nbenches: {b: {target: t, power: {driver: nonesuch}}}\n", false},
		{"brownout: 1\nbenches: {b: {target: t, power: {}}}\n", false},
		{"brownout: 1\nbenches: {}\n", false},
	};
	json_t *schema = schema_of("rack");

	for (size_t i = 0; i < COUNT(cases); i++) {
		json_t *file = jc_yaml(cases[i].text, strlen(cases[i].text));

		cr_expect_eq(jc_agrees(schema, file), cases[i].good, "%s", cases[i].text);
		json_decref(file);
	}
	json_decref(schema);
}

Test(json_schema, only_four_kinds_of_files_have_one)
{
	static const char *const args[] = {"", "nonesuch", "scenario rack"};

	for (size_t i = 0; i < COUNT(args); i++) {
		struct cli cli = brownout("schema %s", args[i]);

		cr_expect_eq(cli.code, 2);
		cr_expect_str_eq(cli.err.data, "brownout: schema: of what? One of scenario, suite, "
					       "target, rack\n");
		cli_done(&cli);
	}
}
