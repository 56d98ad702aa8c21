#include <criterion/criterion.h>
#include <string.h>

#include "harness/tests/negatives.h"
#include "harness/tests/sim_run.h"

/*
 * Every image that a target must refuse, or survive, on the virtual board: each beside its control,
 * from the same start state and on the same way. And what is no refusal, although the old image
 * runs.
 */
TestSuite(refusals, .timeout = 600);

/* Where it is refused, and what the target says then. */
static const struct {
	const char *name, *stage, *text;
} refusals[] = {
#define HASH_NOT_FOUND "set image state: hash not found (group 1, rc 8)"
#define NO_IMAGE       "upload at 0: invalid image header (group 1, rc 22)"
#define TOO_LARGE      "upload at 0: image too large (group 1, rc 30)"
	{"N01-signature-bit", "boot", "signature"},
	{"N02-wrong-key", "boot", "key"},
	{"N03-key-hash-swap", "boot", "key"},
	{"N04-unsigned", "boot", "no-signature"},
	{"N05-other-algorithm", "boot", "no-signature"},
	{"N06-body-bit", "boot", "hash"},
	{"N06-body-first-bit", "boot", "hash"},
	{"N06-body-last-bit", "boot", "hash"},
	{"N07-version-bit", "boot", "hash"},
	{"N08-protected-tlv-bit", "boot", "hash"},
	{"N09-no-hash", "test", HASH_NOT_FOUND},
	{"N10-short-hash", "test", HASH_NOT_FOUND},
	{"N11-two-hashes", "test", HASH_NOT_FOUND},
	{"N12-cut-1", "boot", "signature"},
	{"N12-cut-16", "boot", "signature"},
	{"N12-cut-4096", "test", HASH_NOT_FOUND},
	{"N14-bad-magic", "upload", NO_IMAGE},
	{"N15-short-header", "upload", NO_IMAGE},
	{"N16-header-empty", "test", HASH_NOT_FOUND},
	{"N16-header-huge", "test", HASH_NOT_FOUND},
	{"N17-size-wrap", "test", HASH_NOT_FOUND},
	{"N18-protected-length", "test", HASH_NOT_FOUND},
	{"N19-tlv-overrun", "test", HASH_NOT_FOUND},
	{"N20-tlvs-none", "test", HASH_NOT_FOUND},
	{"N23-older", "boot", "downgrade"},
	{"N28-other-product", "boot", "product"},
	{"N29-over-slot", "upload", TOO_LARGE},
	{"N31-encrypted-elsewhere", "test", HASH_NOT_FOUND},
	{"N32-encrypted-keyless", "test", HASH_NOT_FOUND},
	{"N33-not-bootable", "test", HASH_NOT_FOUND},
	{"N40-mixed", "boot", "hash"},
};

/* What a journal says of each trial of a negative. */
struct refused {
	char id[512], outcome[32], control[32], verdict[16], why[320];
	char stage[16], text[96];
	int64_t acknowledged, of;
	int64_t equal, erased, other; /* KiB, read back; -1: nobody did */
};

struct all {
	struct refused of[NEGATIVES_MAX];
	size_t count;
};

static void copy(char *out, size_t cap, const json_t *line, const char *key)
{
	cr_assert(bo_str_copy(out, cap, bo_journal_str(line, key, "?")));
}

/* The first of each: what comes later is the control's. */
static void take_staged(struct refused *r, const json_t *line)
{
	bool by_probe = strcmp(bo_journal_str(line, "by", ""), "read-back") == 0;

	if (by_probe) {
		r->equal = bo_journal_int(line, "equal", -1);
		r->erased = bo_journal_int(line, "erased", -1);
		r->other = bo_journal_int(line, "other", -1);
	} else {
		r->acknowledged = bo_journal_int(line, "bytes", -1);
		r->of = bo_journal_int(line, "of", -1);
	}
}

static void take_line(void *ctx, const json_t *line)
{
	struct all *all = ctx;

	if (bo_journal_is(line, "trial")) {
		cr_assert_lt(all->count, NEGATIVES_MAX);
		all->of[all->count++] = (struct refused){.equal = -1, .erased = -1, .other = -1};
		copy(all->of[all->count - 1].id, sizeof(all->of[0].id), line, "id");
	}
	struct refused *r = &all->of[all->count - 1];

	if (bo_journal_is(line, "staged"))
		take_staged(r, line);
	if (bo_journal_is(line, "refusal") && !r->stage[0]) {
		copy(r->stage, sizeof(r->stage), line, "stage");
		copy(r->text, sizeof(r->text), line, "text");
	}
	if (bo_journal_is(line, "outcome"))
		copy(r->outcome, sizeof(r->outcome), line, "outcome");
	if (bo_journal_is(line, "control"))
		copy(r->control, sizeof(r->control), line, "outcome");
	if (bo_journal_is(line, "verdict")) {
		copy(r->verdict, sizeof(r->verdict), line, "verdict");
		copy(r->why, sizeof(r->why), line, "why");
	}
}

/* In one run; returns its exit code. */
static int run_all(struct scratch *dir, const char *bench, const char *names, struct all *ret)
{
	struct bo_buf journal = {0};
	char path[128];
	size_t bad = 0;
	struct cli cli = brownout("run %s --out %s/run %s", bench, dir->path, names);
	int code = cli.code;

	snprintf(path, sizeof(path), "%s/run/journal.jsonl", dir->path);
	slurp(path, &journal);
	cr_assert_eq(bo_journal_walk(journal.data, journal.len, take_line, ret, &bad), 0, "%s",
		     cli.err.data);
	bo_buf_done(&journal);
	cli_done(&cli);
	return code;
}

static void expect_staged(const struct refused *r, bool in_upload)
{
	if (in_upload) {
		cr_expect_eq(r->equal, -1, "%s: what was not taken is not looked for", r->id);
		cr_expect_lt(r->acknowledged, r->of, "%s", r->id);
		return;
	}
	cr_expect_eq(r->acknowledged, r->of, "%s", r->id);
	cr_expect_eq(r->equal, (r->of + 1023) / 1024, "%s", r->id);
	cr_expect(r->erased == 0 && r->other == 0, "%s", r->id);
}

static void expect_one(const struct negative *n, const struct refused *r)
{
	size_t at = 0;

	cr_expect_str_eq(r->verdict, "pass", "%s: %s", r->id, r->why);
	cr_expect(strncmp(r->id, n->name, strlen(n->name)) == 0, "%s", r->id);
	while (at < COUNT(refusals) && strcmp(refusals[at].name, n->name) != 0)
		at++;
	cr_expect_eq(at < COUNT(refusals), strcmp(n->expected, "refused") == 0, "%s", n->name);
	if (strcmp(r->outcome, "updated") == 0) {
		cr_expect_str_eq(n->expected, "either", "%s", n->name);
		return;
	}
	cr_expect_str_eq(r->control, "updated", "control of %s", r->id);
	expect_staged(r, strcmp(r->stage, "upload") == 0);
	if (at == COUNT(refusals))
		return;
	cr_expect_str_eq(r->outcome, "refused", "%s", n->name);
	cr_expect_str_eq(r->stage, refusals[at].stage, "%s: %s", n->name, r->text);
	cr_expect_str_eq(r->text, refusals[at].text, "%s", n->name);
}

static void expect_all(const char *class, const char *bench, size_t every)
{
	static struct negative negatives[NEGATIVES_MAX];
	static struct all all;
	struct scratch dir = scratch_make();
	struct bo_buf names = {0}, text = {0};
	size_t count = negatives_read(class, negatives), tried = 0;

	all = (struct all){.count = 0};
	for (size_t i = 0; i < count; i += every) {
		char name[64];

		snprintf(name, sizeof(name), "%.39s.yaml", negatives[i].name);
		bo_buf_reset(&text);
		negative_scenario_of(&negatives[i], &text);
		scratch_write(&dir, name, text.data);
		bo_buf_printf(&names, " %s/%s", dir.path, name);
	}
	cr_expect_eq(run_all(&dir, bench, names.data, &all), 0);
	for (size_t i = 0; i < count && tried < all.count; i += every)
		expect_one(&negatives[i], &all.of[tried++]);
	cr_expect_eq(tried, (count + every - 1) / every);
	bo_buf_done(&names);
	bo_buf_done(&text);
	scratch_done(&dir);
}

Test(refusals, every_negative_is_refused_and_its_control_is_accepted)
{
	expect_all("f103-swap", SIM, 1);
}

Test(refusals, another_target_class_refuses_in_its_own_words)
{
	expect_all("f103-compact", COMPACT, 6);
}

/* ---- where the checker says no ---- */

Test(refusals, without_control_staging_or_the_old_image_count_for_nothing)
{
	static const struct {
		const char *name, *boot, *app, *image, *control;
		const char *verdict, *outcome, *control_is, *why;
	} cases[] = {
		{"trusting", "boot-trusting.bin", "app-1.0.0.bin", "negatives/N02-wrong-key.bin",
		 "negatives/control.bin", "fail", "updated", "",
		 "promised refused, was updated: the new image runs"},
		{"any-version", "boot-any-version.bin", "app-1.0.0.bin", "negatives/N23-older.bin",
		 "negatives/control.bin", "fail", "updated", "",
		 "promised refused, was updated: the new image runs"},
		{"bad-control", "boot.bin", "app-1.0.0.bin", "negatives/N06-body-bit.bin",
		 "app-2.0.0-crash.bin", "inconclusive", "refused", "rolled-back",
		 "refusal not proven: its control was not accepted on the same way: rolled-back: "
		 "the old image runs again after the new one ran"},
		{"hollow", "boot.bin", "app-1.0.0-hollow.bin", "negatives/N06-body-bit.bin",
		 "negatives/control.bin", "inconclusive", "refused", "refused",
		 "refusal not proven: the bad image was not staged: its slot does not hold what "
		 "was "
		 "sent"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		static struct all all;
		struct scratch dir = scratch_make();
		struct bo_buf text = {0};
		char path[128];

		all = (struct all){.count = 0};
		negative_scenario(cases[i].name, cases[i].boot, cases[i].app, cases[i].image,
				  cases[i].control, "refused", &text);
		scratch_write(&dir, "s.yaml", text.data);
		snprintf(path, sizeof(path), "%s/s.yaml", dir.path);
		int code = run_all(&dir, SIM, path, &all);
		const struct refused *r = &all.of[0];

		cr_expect_eq(code, strcmp(cases[i].verdict, "fail") == 0 ? 1 : 3, "%s: exit %d",
			     cases[i].name, code);
		cr_expect_str_eq(r->verdict, cases[i].verdict, "%s: %s", cases[i].name, r->why);
		cr_expect_str_eq(r->outcome, cases[i].outcome, "%s", cases[i].name);
		cr_expect_str_eq(r->control, cases[i].control_is, "%s", cases[i].name);
		cr_expect_str_eq(r->why, cases[i].why, "%s", cases[i].name);
		bo_buf_done(&text);
		scratch_done(&dir);
	}
}
