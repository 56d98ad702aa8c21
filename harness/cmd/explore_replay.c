#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cmd/explore.h"
#include "harness/engine/record.h"

#define OPERATIONS_SHOWN 12u /* stretches of a boot */

/* Carries out a schedule that the explorer found, boot by boot. */

struct replay {
	struct explore_subject subject;
	struct bo_step steps[EXPLORE_STEPS_MAX];
	size_t count;
	const char *out; /* folder for flash dumps, NULL: none */
	bool good;	 /* a promised outcome since the last cut */
	bool broken;	 /* a boot ended as none may */
	int rc;
};

/* What a cut leaves for the next boot to find. All that an id names are there. */
static uint32_t env_of(struct explore_subject *subject, const struct bo_fault *fault)
{
	struct bo_env env = bo_board_env(fault->ram, fault->cause);
	uint32_t i = 0;

	while (memcmp(&subject->envs[i], &env, sizeof(env)) != 0)
		i++;
	return i;
}

/* Cuts in flash operations of numbered boots, in order: nothing else comes from the explorer. */
static int steps_from(struct replay *replay, const struct bo_schedule *schedule)
{
	replay->count = 0;
	for (size_t i = 0; i < schedule->count; i++) {
		const struct bo_fault *fault = &schedule->fault[i];
		enum bo_tear tear = BO_TEAR_CLEAN;

		if (strcmp(fault->point, "flash.op") != 0 || fault->action != BO_ACTION_CUT ||
		    !fault->tear || fault->boot <= replay->count || fault->n > UINT32_MAX)
			return cmd_fail(BO_EXIT_USAGE,
					"fault %zu of the id is none of the explorer's: they are "
					"bN.flash.op.M=cut:off-T:TEAR, one a boot",
					i + 1);
		while (strcmp(bo_tear_name(tear), bo_fault_tears[fault->tear]) != 0)
			tear++;
		while (replay->count + 1 < fault->boot)
			replay->steps[replay->count++] = (struct bo_step){0};
		replay->steps[replay->count++] = (struct bo_step){
			true, {(uint32_t)fault->n, tear, env_of(&replay->subject, fault)}};
	}
	return 0;
}

static void show_console(const char *text)
{
	struct bo_buf line = {0};

	while (*text) {
		size_t len = strcspn(text, "\r\n");

		if (len) {
			bo_buf_reset(&line);
			bo_buf_escape(&line, text, len);
			(void)printf("     | %s\n", line.data);
		}
		text += len + (text[len] != 0);
	}
	bo_buf_done(&line);
}

/* Which operations there were, those next to each other that are alike in one line. */
static void show_operations(const struct bo_boot *did)
{
	uint32_t lines = 0;

	for (size_t i = 0, last; i < did->log_len; i = last + 1) {
		const struct bo_write *first = &did->log[i];

		for (last = i; last + 1 < did->log_len; last++)
			if (did->log[last + 1].erase != first->erase ||
			    did->log[last + 1].at != did->log[last].at + did->log[last].len)
				break;
		if (++lines > OPERATIONS_SHOWN)
			continue;
		(void)printf("     %zu..%zu %s 0x%08x..0x%08x\n", i + 1, last + 1,
			     first->erase ? "erase" : "program", BOARD_FLASH_BASE + first->at,
			     BOARD_FLASH_BASE + did->log[last].at + did->log[last].len - 1);
	}
	if (lines > OPERATIONS_SHOWN)
		(void)printf("     and %u stretches more\n", lines - OPERATIONS_SHOWN);
}

/* The cells as this boot leaves them: equal from one replay to another. */
static void show_cells(const struct bo_boot *did)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	char text[2 * crypto_hash_sha256_BYTES + 1];

	crypto_hash_sha256(digest, did->memory, BOARD_CELLS_SIZE);
	sodium_bin2hex(text, sizeof(text), digest, sizeof(digest));
	(void)printf("     flash and option bytes: sha256 %s\n", text);
}

static void show_end(const struct explore_told *told)
{
	const struct bo_boot *did = told->did;
	const struct bo_write *last = did->log_len ? &did->log[did->log_len - 1] : NULL;
	const struct bo_cut *cut = &told->step->at;

	if (cut->tear == BO_TEAR_CLEAN)
		(void)printf("     power fails before operation %u\n", cut->op);
	else if (last)
		(void)printf("     power fails in operation %u, %s at 0x%08x, which leaves: %s\n",
			     cut->op, last->erase ? "erase" : "program",
			     BOARD_FLASH_BASE + last->at, bo_tear_name(cut->tear));
}

static void dump(struct replay *replay, const struct explore_told *told)
{
	char path[CMD_PATH_CAP];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%.4000s/boot-%u.bin", replay->out, told->boot);
	file = fopen(path, "wbe");
	if (!file || fwrite(told->did->memory, BOARD_FLASH_SIZE, 1, file) != 1)
		replay->rc = cmd_fail(BO_EXIT_USAGE, "%s cannot be written", path);
	if (file)
		(void)fclose(file);
}

static void judge(struct replay *replay, uint32_t outcome)
{
	enum bo_promise promise = replay->subject.promise[outcome];

	replay->good |= promise == BO_PROMISE_GOOD;
	replay->broken |= promise == BO_PROMISE_BROKEN;
}

static void tell(void *ctx, const struct explore_told *told)
{
	struct replay *replay = ctx;
	bool cut = told->step && told->step->cut;

	(void)printf("  boot %u: %zu flash operations%s%s\n", told->boot, told->did->log_len,
		     cut ? "" : ", ", cut ? "" : bo_outcome_names[told->did->outcome]);
	show_console(told->did->trace);
	if (told->did->log_len)
		show_operations(told->did);
	if (cut)
		show_end(told);
	show_cells(told->did);
	if (cut)
		replay->good = false;
	else
		judge(replay, told->did->outcome);
	if (replay->out)
		dump(replay, told);
}

/* Behind the schedule the device is given the boots in which it promises to come back. */
static int carry_out(struct replay *replay)
{
	struct explore_subject *subject = &replay->subject;
	size_t boots = (size_t)subject->job.scenario->explore.converge - 1;
	struct bo_err err = {0};
	uint32_t outcome = 0;

	for (size_t i = 0; i < boots && replay->count < EXPLORE_STEPS_MAX; i++)
		replay->steps[replay->count++] = (struct bo_step){0};
	if (explore_carry_out(subject, replay->steps, replay->count, tell, replay, &outcome, &err) <
	    0)
		return cmd_fail_err(&err);
	if (replay->rc)
		return replay->rc;
	bool held = replay->good && !replay->broken;

	(void)printf("%s\n", held ? "pass" : "fail");
	return held ? BO_EXIT_OK : BO_EXIT_BROKEN_PROMISE;
}

static int replay_id(struct replay *replay, const char *text, const char *scenario, bool anyway)
{
	char path[CMD_PATH_CAP];
	struct bo_trial_id id;
	struct explore_asked asked = {.target = id.variant, .jobs = 1};
	struct bo_err err = {0};
	int rc;

	if (bo_trial_id_parse(text, &id, &err) < 0 ||
	    cmd_scenario_find(scenario ? scenario : id.scenario, path, &err) < 0)
		return cmd_fail_err(&err);
	for (size_t i = 0; i < id.schedule.count; i++) {
		asked.ram |= 1u << id.schedule.fault[i].ram;
		asked.reset |= 1u << id.schedule.fault[i].cause;
	}
	rc = explore_open(&replay->subject, path, &asked);
	if (rc == 0 && strcmp(replay->subject.job.hash8, id.hash8) != 0 && !anyway)
		rc = cmd_refuse_drift(&id, &replay->subject.job);
	if (rc == 0)
		rc = steps_from(replay, &id.schedule);
	if (rc == 0) {
		(void)printf("%s   reality: virtual\n", text);
		rc = carry_out(replay);
	}
	explore_close(&replay->subject);
	return rc;
}

int cmd_explore_replay(int count, char **ids, const char *scenario, const char *out, bool anyway)
{
	struct bo_err err = {0};
	int first = 0;

	if (out && bo_make_dirs(out, &err) < 0)
		return cmd_fail(BO_EXIT_USAGE, "--out: %s", bo_err_text(&err));
	for (int i = 0; i < count; i++) {
		struct replay *replay = calloc(1, sizeof(*replay));
		int rc = BO_EXIT_NO_VERDICT;

		if (replay) {
			replay->out = out;
			rc = replay_id(replay, ids[i], scenario, anyway);
		}
		free(replay);
		first = first ? first : rc;
	}
	return first;
}
