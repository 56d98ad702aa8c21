#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cmd/planning.h"
#include "harness/cmd/trial_reading.h"
#include "harness/engine/record.h"

/*
 * Shards of a run, from wherever they were carried out, become one run directory: each trial once.
 * Repeats on the virtual clock must be equal to the byte; of others one that failed counts, so that
 * trying again turns nothing green.
 */
#define PARTS_MAX 64

struct merging {
	struct bo_plan part[PARTS_MAX];
	size_t count;
	struct bo_plan whole;
	size_t repeats; /* trials that more than one part has a verdict on */
	size_t missing;
};

/* ---- one plan of several ---- */

static int read_parts(struct merging *m, char *const *dirs, size_t count)
{
	if (count > PARTS_MAX)
		return cmd_fail(BO_EXIT_USAGE, "merge: at most %d run directories", PARTS_MAX);
	for (; m->count < count; m->count++) {
		struct bo_plan *part = &m->part[m->count];
		struct bo_buf path = {0};
		struct bo_err err = {0};

		bo_buf_printf(&path, "%s/plan.json", dirs[m->count]);
		int rc = bo_plan_read(path.data, part, &err);

		bo_buf_done(&path);
		if (rc < 0)
			return cmd_fail_err(&err);
		free(part->out);
		part->out = realpath(dirs[m->count], NULL);
		assert(part->out);
	}
	return 0;
}

static int by_shard(const void *a, const void *b)
{
	const struct bo_plan *left = a, *right = b;

	return (left->shard > right->shard) - (left->shard < right->shard);
}

static size_t find(const struct bo_plan *plan, const struct bo_planned *trial)
{
	for (size_t i = bo_plan_find(plan, trial->id); i < plan->count; i++)
		if (plan->trials[i].repeat == trial->repeat &&
		    strcmp(plan->trials[i].id, trial->id) == 0)
			return i;
	return plan->count;
}

static void add(struct bo_plan *whole, const struct bo_planned *trial)
{
	if (find(whole, trial) < whole->count)
		return;
	bo_plan_add(whole, trial->scenario, trial->id, trial->lacks);
	struct bo_planned *added = &whole->trials[whole->count - 1];

	added->census = trial->census;
	added->made = trial->made;
	added->uniform = trial->uniform;
	added->left_out = trial->left_out;
	added->over_budget = trial->over_budget;
	added->repeat = trial->repeat;
	added->limit = trial->limit;
}

/* "scenario@hash8/variant/faults" */
static size_t name_len(const char *id)
{
	return strcspn(id, "@");
}

static const char *hash_of(const char *id)
{
	return id + name_len(id) + 1;
}

static bool is_same_scenario(const char *id, const char *other)
{
	const char *variant = strchr(id, '/'), *other_variant = strchr(other, '/');
	size_t len = bo_id_subject_len(id) - (size_t)(variant - id);

	return name_len(id) == name_len(other) && strncmp(id, other, name_len(id)) == 0 &&
	       len == bo_id_subject_len(other) - (size_t)(other_variant - other) &&
	       strncmp(variant, other_variant, len) == 0;
}

static const struct bo_planned *nth_made(const struct bo_plan *part, const char *id, size_t n)
{
	for (size_t i = 0; i < part->count; i++)
		if (part->trials[i].made && is_same_scenario(part->trials[i].id, id) && n-- == 0)
			return &part->trials[i];
	return NULL;
}

/* Shards took a strategy's trials in turn; in turn they come back. */
static void add_made(struct merging *m, const char *id)
{
	bool any = true;

	for (size_t n = 0; any; n++) {
		any = false;
		for (size_t p = 0; p < m->count; p++) {
			const struct bo_planned *trial = nth_made(&m->part[p], id, n);

			if (trial)
				add(&m->whole, trial);
			any |= trial != NULL;
		}
	}
}

static void make_plan(struct merging *m)
{
	struct bo_plan *whole = &m->whole;

	for (size_t p = 0; p < m->count; p++)
		for (size_t i = 0; i < m->part[p].count; i++)
			if (!m->part[p].trials[i].made)
				add(whole, &m->part[p].trials[i]);
	size_t given = whole->count;

	for (size_t i = 0; i < given; i++)
		if (whole->trials[i].census)
			add_made(m, strdupa(whole->trials[i].id));
}

/* ---- what makes it incomplete, or no run at all ---- */

static const struct bo_planned *first_of_scenario(const struct bo_plan *whole, const char *id)
{
	size_t i = 0;

	while (!is_same_scenario(whole->trials[i].id, id))
		i++;
	return &whole->trials[i];
}

static int refuse_other_files(const struct bo_plan *whole)
{
	for (size_t i = 0; i < whole->count; i++) {
		const char *id = whole->trials[i].id;
		const char *first = first_of_scenario(whole, id)->id;

		if (strncmp(hash_of(first), hash_of(id), 8) != 0)
			return cmd_fail(
				BO_EXIT_USAGE,
				"merge: %.*s was made from different files: @%.8s and @%.8s",
				(int)name_len(id), id, hash_of(first), hash_of(id));
	}
	return 0;
}

/* One that was not finished may be a beginning of the plan. */
static int refuse_other_plans(const struct merging *m)
{
	const struct bo_plan *first = NULL;

	for (size_t p = 0; p < m->count; p++) {
		const struct bo_plan *part = &m->part[p];

		if (!part->complete)
			continue;
		first = first ? first : part;
		if (strcmp(first->whole, part->whole) != 0)
			return cmd_fail(
				BO_EXIT_USAGE,
				"merge: these are shards of different plans: %.16s in %s, "
				"%.16s in %s; plan once ('brownout plan --save'), and carry "
				"out that",
				first->whole, first->out, part->whole, part->out);
	}
	return 0;
}

static size_t count_absent_shards(const struct merging *m)
{
	unsigned shards = m->part[0].shards;
	size_t absent = 0;

	for (unsigned k = 0; k < shards; k++) {
		bool there = false;

		for (size_t p = 0; p < m->count; p++)
			there |= m->part[p].shards == shards && m->part[p].shard == k;
		if (!there)
			(void)cmd_fail(0, "incomplete: shard %u/%u is missing", k + 1, shards);
		absent += !there;
	}
	return absent;
}

static size_t count_unfinished(const struct merging *m)
{
	size_t unfinished = 0;

	for (size_t p = 0; p < m->count; p++) {
		if (m->part[p].complete)
			continue;
		(void)cmd_fail(0, "incomplete: the run in %s was not finished", m->part[p].out);
		unfinished++;
	}
	return unfinished;
}

/* ---- the trials ---- */

static bool read_file(const char *dir, const char *name, struct bo_buf *ret)
{
	char chunk[65536];
	struct bo_buf path = {0};

	bo_buf_printf(&path, "%s/%s", dir, name);
	int fd = open(path.data, O_RDONLY | O_CLOEXEC);

	bo_buf_done(&path);
	if (fd < 0)
		return false;
	bo_buf_add(ret, "", 0);
	for (ssize_t n; (n = read(fd, chunk, sizeof(chunk))) > 0;)
		bo_buf_add(ret, chunk, (size_t)n);
	(void)close(fd);
	return true;
}

static int copy_file(const char *from, const char *to, const char *name)
{
	struct bo_buf text = {0}, path = {0};
	struct bo_err err = {0};
	int rc = 0;

	bo_buf_printf(&path, "%s/%s", to, name);
	if (read_file(from, name, &text))
		rc = bo_write_file(path.data, text.data ? text.data : "", text.len, &err);
	bo_buf_done(&text);
	bo_buf_done(&path);
	return rc < 0 ? cmd_fail_err(&err) : 0;
}

static bool is_equal(const char *one, const char *other)
{
	struct bo_buf a = {0}, b = {0};
	bool equal = read_file(one, "journal.jsonl", &a) && read_file(other, "journal.jsonl", &b) &&
		     a.len == b.len && memcmp(a.data, b.data, a.len) == 0;

	bo_buf_done(&a);
	bo_buf_done(&b);
	return equal;
}

static int verdict_of(const struct bo_plan *part, size_t index)
{
	struct cmd_reading reading;

	cmd_read_trial(part, index, NULL, &reading);
	return reading.verdict;
}

struct found {
	const struct bo_plan *part;
	size_t index;
	struct bo_buf dir;
};

/* A second verdict on the same trial. */
static int hold_against(struct merging *m, struct found *first, struct found *next)
{
	m->repeats++;
	if (first->part->exact && next->part->exact && !is_equal(first->dir.data, next->dir.data))
		return cmd_fail(BO_EXIT_NO_VERDICT,
				"merge: %s went differently in %s and in %s, which cannot be on "
				"the virtual clock",
				first->part->trials[first->index].id, first->part->out,
				next->part->out);
	if (verdict_of(next->part, next->index) == BO_FAIL &&
	    verdict_of(first->part, first->index) != BO_FAIL) {
		struct found swapped = *first;

		*first = *next;
		*next = swapped;
	}
	return 0;
}

static int take_trial(struct merging *m, const struct bo_planned *trial)
{
	struct found best = {0};
	struct bo_buf to = {0};
	struct bo_err err = {0};
	int rc = 0;

	for (size_t p = 0; rc == 0 && p < m->count; p++) {
		struct found here = {.part = &m->part[p], .index = find(&m->part[p], trial)};

		if (here.index == here.part->count)
			continue;
		bo_plan_trial_dir(here.part, &here.part->trials[here.index], &here.dir);
		if (bo_record_is_whole(here.dir.data, trial->id)) {
			if (best.part)
				rc = hold_against(m, &best, &here);
			else
				best = here, here.dir = (struct bo_buf){0};
		}
		bo_buf_done(&here.dir);
	}
	if (rc == 0 && best.part) {
		bo_plan_trial_dir(&m->whole, trial, &to);
		rc = bo_make_dirs(to.data, &err) < 0 ? cmd_fail_err(&err) : 0;
		if (rc == 0)
			rc = copy_file(best.dir.data, to.data, "journal.jsonl");
		if (rc == 0)
			rc = copy_file(best.dir.data, to.data, "console.raw");
		if (rc == 0)
			rc = copy_file(best.dir.data, to.data, "cached");
	} else if (rc == 0 && !trial->lacks && !trial->left_out) {
		(void)cmd_fail(0, "incomplete: no verdict on %s", trial->id);
		m->missing++;
	}
	bo_buf_done(&best.dir);
	bo_buf_done(&to);
	return rc;
}

/* ---- the command ---- */

static int begin(struct merging *m, const char *out)
{
	struct bo_err err = {0};
	const struct bo_plan *first = &m->part[0];

	m->whole.rack = strdup(first->rack);
	m->whole.bench = strdup(first->bench);
	m->whole.exact = first->exact;
	m->whole.stop_ppb = first->stop_ppb;
	(void)bo_str_copy(m->whole.whole, sizeof(m->whole.whole), first->whole);
	make_plan(m);
	int rc = refuse_other_files(&m->whole);

	if (rc == 0)
		rc = refuse_other_plans(m);
	if (rc != 0)
		return rc;
	if (cmd_run_dir_make(&m->whole, out, &err) < 0)
		return cmd_fail_err(&err);
	bo_plan_forget(&m->whole, 0);
	return 0;
}

static int finish(struct merging *m, bool complete)
{
	static const struct cmd_bench nothing_special;
	struct bo_err err = {0};

	m->whole.complete = complete;
	if (cmd_plan_write(&m->whole, &err) < 0)
		return cmd_fail_err(&err);
	int rc = cmd_report(&nothing_special, &m->whole);

	(void)printf("merged %zu run%s, %zu trials, %zu of them repeated\n", m->count,
		     m->count == 1 ? "" : "s", m->whole.count, m->repeats);
	return rc == BO_EXIT_OK && !complete ? BO_EXIT_NO_VERDICT : rc;
}

static int merge(struct merging *m, char *const *dirs, size_t count, const char *out)
{
	int rc = read_parts(m, dirs, count);

	if (rc != 0)
		return rc;
	qsort(m->part, m->count, sizeof(m->part[0]), by_shard);
	rc = begin(m, out);
	if (rc != 0)
		return rc;
	size_t absent = count_absent_shards(m) + count_unfinished(m);

	for (size_t i = 0; rc == 0 && i < m->whole.count; i++)
		rc = take_trial(m, &m->whole.trials[i]);
	return rc != 0 ? rc : finish(m, absent + m->missing == 0);
}

int cmd_merge(int argc, char **argv)
{
	static struct merging m;
	const char *out = NULL;
	const struct cmd_option table[] = {
		{"out", CMD_TEXT, &out, "DIR", "the run directory [a new one below runs/]"},
		{"min-judged", CMD_PERCENT, &m.whole.min_judged_ppm, "SHARE",
		 "fewer judged trials than this share are no verdict (exit 3) [95 %]"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};

	m.whole.min_judged_ppm = BO_MIN_JUDGED_PPM;
	int count = cmd_options(argc, argv, "merge [OPTION...] RUN-DIRECTORY...", table);
	int rc;

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (count == 0)
		rc = cmd_fail(BO_EXIT_USAGE, "merge: name the run directories of its shards");
	else
		rc = merge(&m, argv, (size_t)count, out);
	for (size_t p = 0; p < m.count; p++)
		bo_plan_free(&m.part[p]);
	bo_plan_free(&m.whole);
	return rc;
}
