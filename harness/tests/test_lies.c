#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "harness/model/journal.h"
#include "harness/tests/cli.h"

/*
 * Benches that lie, each with both standard cuts: never a pass and never a finding against the
 * firmware where a lie touches what the bench relies on. Each rack of fixtures/racks/lies says what
 * is wrong with its benches.
 */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The standard class with less patience: what does not come back is waited for in most of these. */
static struct scratch library;

static void replace(struct bo_buf *text, const char *from, const char *to)
{
	const char *at = strstr(text->data, from);
	struct bo_buf out = {0};

	cr_assert_not_null(at, "the class has no '%s'", from);
	bo_buf_printf(&out, "%.*s%s%s", (int)(at - text->data), text->data, to, at + strlen(from));
	bo_buf_done(text);
	*text = out;
}

static void set_up(void)
{
	struct bo_buf class = {0};

	library = scratch_make();
	slurp("scenarios/targets/f103-swap.yaml", &class);
	replace(&class, "recovery: 15 s", "recovery: 4 s");
	replace(&class, "power-cycles: 2", "power-cycles: 1");
	scratch_write(&library, "targets/f103-swap.yaml", class.data);
	cr_assert_eq(setenv("BROWNOUT_PATH", library.path, 1), 0);
	bo_buf_done(&class);
}

static void tear_down(void)
{
	scratch_done(&library);
}

TestSuite(lies, .init = set_up, .fini = tear_down, .timeout = 300);

#define SENSE	"cut not proven: sense says that power stayed"
#define CAUSE	"cut not proven: reset-cause says that power stayed"
#define CANARY	"cut not proven: ram-canary says that power stayed"
#define NOBODY	"cut not proven: nobody saw power go away"
#define NO_BOOT "cut not proven: the target went on without a boot"
#define LIVE	"rig: the rail is still live 50 ms after power off: a stuck switch, "
#define DEAD	"rig: the rail is still dead 2 ms after power on: a stuck switch, "
#define SWORN	"rig: the target calls a reset that it was asked for a power-on (POR): "
#define LOST	"did not come back, and the golden image did not boot on this bench either"
#define HOLDS	NULL /* a pass: the bench lies about nothing that it relies on */

struct verdict {
	char verdict[16], why[320], outcome[32];
};

struct verdicts {
	struct verdict of[2];
	size_t count;
};

static void take(void *ctx, const json_t *line)
{
	struct verdicts *verdicts = ctx;

	if (!bo_journal_is(line, "verdict"))
		return;
	cr_assert_lt(verdicts->count, COUNT(verdicts->of));
	struct verdict *v = &verdicts->of[verdicts->count++];

	(void)bo_str_copy(v->verdict, sizeof(v->verdict), bo_journal_str(line, "verdict", "?"));
	(void)bo_str_copy(v->why, sizeof(v->why), bo_journal_str(line, "why", "?"));
	(void)bo_str_copy(v->outcome, sizeof(v->outcome), bo_journal_str(line, "outcome", "?"));
}

static int run(const char *rack, const char *bench, struct verdicts *ret)
{
	struct scratch dir = scratch_make();
	struct bo_buf journal = {0};
	char path[128];
	size_t bad = 0;
	struct cli cli = brownout("run --rack fixtures/racks/lies/%s.yaml --bench %s --out %s/run "
				  "upload-cut swap-cut",
				  rack, bench, dir.path);
	int code = cli.code;

	snprintf(path, sizeof(path), "%s/run/journal.jsonl", dir.path);
	slurp(path, &journal);
	cr_assert_eq(bo_journal_walk(journal.data, journal.len, take, ret, &bad), 0);
	cr_assert_eq(ret->count, 2, "%s %s: %s", rack, bench, cli.err.data);
	bo_buf_done(&journal);
	cli_done(&cli);
	scratch_done(&dir);
	return code;
}

struct lie {
	const char *rack, *bench;
	const char *why[2]; /* of upload-cut, of swap-cut: how it begins */
};

static void expect(const struct lie *lie)
{
	struct verdicts verdicts = {0};
	int code = run(lie->rack, lie->bench, &verdicts);

	cr_expect_eq(code, lie->why[0] || lie->why[1] ? 3 : 0, "%s %s: exit %d", lie->rack,
		     lie->bench, code);
	for (int i = 0; i < 2; i++) {
		const struct verdict *v = &verdicts.of[i];
		const char *why = lie->why[i];

		cr_expect_str_eq(v->verdict, why ? "inconclusive" : "pass", "%s %s, cut %d: %s",
				 lie->rack, lie->bench, i, v->why);
		cr_expect(!why || strncmp(v->why, why, strlen(why)) == 0, "%s %s, cut %d: %s",
			  lie->rack, lie->bench, i, v->why);
	}
}

Test(lies, of_the_relay)
{
	static const struct lie lies[] = {
		{"relay-stuck-closed", "all", {LIVE, SENSE}},
		{"relay-stuck-closed", "cause", {NOBODY, NO_BOOT}},
		{"relay-sticks-once", "cause", {NOBODY, NO_BOOT}},
		{"relay-sticks-once", "boot", {NOBODY, NO_BOOT}},
		{"relay-stuck-open", "all", {LOST, LOST}},
		{"relay-stuck-open", "cause", {NOBODY, NOBODY}},
		{"relay-slow", "all", {LIVE, SENSE}},
	};

	for (size_t i = 0; i < COUNT(lies); i++)
		expect(&lies[i]);
}

Test(lies, of_the_witnesses)
{
	static const struct lie lies[] = {
		{"sense-stuck-high", "all", {LIVE, LIVE}},
		{"sense-stuck-low", "all", {DEAD, DEAD}},
		{"cause-wrong", "cause", {CAUSE, CAUSE}},
		{"cause-wrong", "sense", {HOLDS, HOLDS}},
		{"cause-always-power-on", "cause", {SWORN, SWORN}},
		{"cause-always-power-on", "sense", {HOLDS, HOLDS}},
		{"remanence", "ram", {CANARY, CANARY}},
		{"remanence", "all", {HOLDS, HOLDS}},
		{"remanence", "dry", {HOLDS, HOLDS}},
	};

	for (size_t i = 0; i < COUNT(lies); i++)
		expect(&lies[i]);
}

Test(lies, of_a_board_that_is_fed_by_its_pins)
{
	static const struct lie lies[] = {
		{"fed-by-console", "cause", {NOBODY, NO_BOOT}},
		{"fed-by-console", "cured", {HOLDS, HOLDS}},
		{"fed-by-probe", "all", {LIVE, SENSE}},
		{"fed-by-probe", "boot", {NOBODY, NO_BOOT}},
		{"fed-and-isolated", "console", {HOLDS, HOLDS}},
		{"fed-and-isolated", "probe", {HOLDS, HOLDS}},
		{"fed-and-isolated", "wrong", {LIVE, SENSE}},
	};

	for (size_t i = 0; i < COUNT(lies); i++)
		expect(&lies[i]);
}

Test(lies, that_cover_for_each_other)
{
	static const struct lie lies[] = {
		{"stuck-and-blind", "sense", {LOST, NO_BOOT}},
		{"stuck-and-sworn", "cause", {NOBODY, NO_BOOT}},
		{"fed-and-blind", "all", {LOST, NO_BOOT}},
	};

	for (size_t i = 0; i < COUNT(lies); i++)
		expect(&lies[i]);
}
