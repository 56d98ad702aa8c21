#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "harness/base/talk.h"
#include "harness/engine/rack.h"
#include "harness/tests/cli.h"
#include "harness/tests/written_file.h"

/* Programs that a rack file grants. */

#define SCRIPT "#!/bin/sh\necho \"said $*\"\n"
/* sha256sum of SCRIPT */
#define HASH "fe8fa95bc5685d1eba1ab1040b56b849b79f50923273ce36bd9c85cce393e4c4"

static const struct bo_conf_field no_fields[] = {{.key = NULL}};
static const struct bo_driver none_at_all = {.name = "none",
					     .help = "nothing",
					     .role = BO_ROLE_POWER,
					     .fields = no_fields,
					     .config_size = 1};
static const struct bo_driver *const drivers[] = {&none_at_all, NULL};
static const struct bo_registry registry = {.drivers = drivers};

struct rig {
	struct written file;
	struct bo_conf *conf;
	struct bo_rack *rack;
	struct bo_buf report;
	struct bo_granted granted;
};

static void put_program(const struct rig *rig, const char *text, mode_t mode)
{
	char path[128];

	scratch_write(&rig->file.dir, "tool", text);
	snprintf(path, sizeof(path), "%s/tool", rig->file.dir.path);
	cr_assert_eq(chmod(path, mode), 0);
}

/* `programs` is the section's inside. */
static int rig_open(struct rig *rig, const char *programs)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "brownout: 1\nprograms:\n%sbenches:\n  b: {target: t, power: {main: {driver: "
		 "none}}}\n",
		 programs);
	*rig = (struct rig){.file = written(text)};
	put_program(rig, SCRIPT, 0755);
	int rc = bo_rack_read(rig->file.path, &registry, &rig->conf, &rig->rack, &rig->report);

	if (rc == 0)
		bo_granted_init(&rig->granted, &rig->rack->programs);
	return rc;
}

static void rig_done(struct rig *rig)
{
	bo_conf_free(rig->conf);
	bo_buf_done(&rig->report);
	written_done(&rig->file);
}

static int start(const struct rig *rig, const char *name, const char *const *args,
		 struct bo_proc *proc, struct bo_err *err)
{
	const struct bo_program_call call = {.name = name, .args = args};

	return bo_programs_start(&rig->granted.programs, &call, proc, err);
}

Test(programs, one_that_is_granted_runs_with_its_arguments_and_no_shell)
{
	const char *const args[] = {"a b", "$(id)", "*", NULL};
	struct bo_proc proc = BO_PROC_NONE;
	struct bo_talk talk = {0};
	struct bo_err err = {0};
	struct rig rig;

	cr_assert_eq(rig_open(&rig, "  tool: {path: ./tool, sha256: " HASH "}\n"), 0, "%s",
		     rig.report.data);
	cr_expect_eq(bo_programs_verify(rig.conf, &rig.rack->programs, &rig.report), 0);
	cr_assert_eq(start(&rig, "tool", args, &proc, &err), 0, "%s", err.text);
	cr_assert_eq(
		bo_talk(&proc, &(struct bo_talk_args){.out_max = 100, .within = 60 * BO_S}, &talk),
		0);
	cr_expect_str_eq(talk.out.data, "said a b $(id) *\n");
	cr_expect_str_eq(bo_granted_hash(&rig.granted, "tool"), HASH);
	bo_talk_done(&talk);
	rig_done(&rig);
}

Test(programs, what_is_not_the_granted_file_is_refused_with_the_line_to_paste)
{
	const struct {
		const char *entry, *text;
		mode_t mode;
		const char *part;
	} cases[] = {
		{"{path: ./tool, sha256: 1111111111111111111111111111111111111111111111111111111111"
		 "111111}",
		 SCRIPT, 0755, "if it is the one you mean:  sha256: " HASH},
		{"{path: ./tool}", SCRIPT, 0755, "granted by its name only; add  sha256: " HASH},
		{"{path: ./tool, sha256: " HASH "}", SCRIPT "#", 0755,
		 "not the file that is granted"},
		{"{path: ./tool, sha256: " HASH "}", SCRIPT, 0644, "no executable file"},
		{"{path: ./gone, sha256: " HASH "}", SCRIPT, 0755, "No such file"},
		{"{path: /dev/zero, sha256: " HASH "}", SCRIPT, 0755, "no executable file"},
		{"{path: ., sha256: " HASH "}", SCRIPT, 0755, "no executable file"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const none[] = {NULL};
		struct bo_proc proc = BO_PROC_NONE;
		struct bo_err err = {0};
		struct rig rig;
		char entry[256];

		snprintf(entry, sizeof(entry), "  tool: %s\n", cases[i].entry);
		cr_assert_eq(rig_open(&rig, entry), 0, "%s", rig.report.data);
		put_program(&rig, cases[i].text, cases[i].mode);
		cr_expect_eq(bo_programs_verify(rig.conf, &rig.rack->programs, &rig.report),
			     -EINVAL);
		cr_expect(strstr(rig.report.data, cases[i].part), "%s", rig.report.data);
		cr_expect(strstr(rig.report.data, ":3:"), "not at its place: %s", rig.report.data);
		cr_expect_lt(start(&rig, "tool", none, &proc, &err), 0);
		cr_expect(strstr(err.text, cases[i].part), "%s", err.text);
		cr_expect_eq(proc.pid, 0);
		rig_done(&rig);
	}
}

/* Whoever changes an example changes its hash in fixtures/racks/exec.yaml. */
Test(programs, those_of_the_example_are_what_it_grants)
{
	struct cli example = brownout("rack check --rack fixtures/racks/exec.yaml");

	cr_expect_eq(example.code, 0, "%s", example.err.data);
	cli_done(&example);
	struct written other = written("brownout: 1\nprograms: {sh: {path: /bin/sh}}\nbenches:\n"
				       "  b: {target: t, power: {main: {driver: sim}}}\n");
	struct cli refused = brownout("rack check --rack %s", other.path);

	cr_expect_eq(refused.code, 2);
	cr_expect(strstr(refused.err.data, "granted by its name only"), "%s", refused.err.data);
	cli_done(&refused);
	written_done(&other);
}

Test(programs, nothing_else_is_started)
{
	const char *const none[] = {NULL};
	struct bo_proc proc = BO_PROC_NONE;
	struct bo_err err = {0};
	struct rig rig;

	cr_assert_eq(rig_open(&rig, "  tool: {path: ./tool, sha256: " HASH "}\n"), 0);
	cr_expect_null(bo_programs_refusal(&rig.granted.programs, "tool"));
	cr_expect_eq(start(&rig, "sh", none, &proc, &err), -EACCES);
	cr_expect_str_eq(err.text, "the rack file grants no program 'sh' under 'programs:'; it "
				   "grants tool");
	rig_done(&rig);
}

Test(programs, a_hash_that_cannot_be_one_is_a_mistake)
{
	static const char *const hashes[] = {"12", "xyz", HASH "0"};

	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		struct rig rig;
		char entry[256];

		snprintf(entry, sizeof(entry), "  tool: {path: ./tool, sha256: \"%s\"}\n",
			 hashes[i]);
		cr_expect_eq(rig_open(&rig, entry), -EINVAL);
		expect_complaint(&rig.report, 3, "'sha256' must be 64 hexadecimal digits");
		rig_done(&rig);
	}
}
