#include "harness/engine/user_oracle.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "harness/base/talk.h"
#include "harness/engine/conclude.h"
#include "harness/model/oracle_answer.h"

#define PATH_CAP 4400

static const struct bo_conf_list *wanted(const struct bo_trial *trial)
{
	return &trial->scenario->promises.oracles;
}

static bool is_wanted(const struct bo_trial *trial, const char *range)
{
	const struct bo_user_oracle *oracle = wanted(trial)->items;

	for (size_t i = 0; i < wanted(trial)->count; i++)
		if (bo_conf_list_has(&oracle[i].flash, range))
			return true;
	return false;
}

/* "FOLDER/NAME" of the trial's folder, absolute: an oracle may be anywhere. */
static void path_of(const struct bo_trial *trial, const char *name, char out[PATH_CAP])
{
	char folder[PATH_MAX];

	if (!realpath(trial->record->dir, folder))
		(void)bo_str_copy(folder, sizeof(folder), trial->record->dir);
	(void)snprintf(out, PATH_CAP, "%s/%s", folder, name);
}

static void path_of_range(const struct bo_trial *trial, const char *range, char out[PATH_CAP])
{
	char name[128];

	(void)snprintf(name, sizeof(name), "for-oracles/%s.bin", range);
	path_of(trial, name, out);
}

/* ---- flash ---- */

static int keep_range(struct bo_trial *trial, const struct bo_range *range, struct bo_err *err)
{
	size_t size = (size_t)range->size;
	uint8_t *data = malloc(size);
	char path[PATH_CAP];

	if (!data)
		return bo_err_set(err, -ENOMEM, "no room to keep range '%s'", range->name);
	path_of_range(trial, range->name, path);
	int rc = bo_flash_read(trial->bench->flash, (uint32_t)range->at, data, size, err);

	if (rc == 0)
		rc = bo_write_file(path, data, size, err);
	free(data);
	return rc;
}

int oracles_keep_flash(struct bo_trial *trial, struct bo_err *err)
{
	const struct bo_range *ranges = trial->target->layout.items;
	char folder[PATH_CAP];
	int rc = 0;

	if (trial->oracles.flash_kept || wanted(trial)->count == 0)
		return 0;
	path_of(trial, "for-oracles", folder);
	for (size_t i = 0; rc == 0 && i < trial->target->layout.count; i++) {
		if (!is_wanted(trial, ranges[i].name))
			continue;
		rc = bo_make_dirs(folder, err);
		if (rc == 0)
			rc = keep_range(trial, &ranges[i], err);
	}
	trial->oracles.flash_kept = rc == 0;
	return rc;
}

/* ---- what it is given ---- */

static json_t *hex(const uint8_t hash[32])
{
	char text[65];

	for (size_t i = 0; i < 32; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", hash[i]);
	return json_string(text);
}

/* What a target said may be no UTF-8. */
static json_t *said(const char *text)
{
	char shown[256];

	return json_string(bo_str_escape(shown, sizeof(shown), text, strlen(text)));
}

static json_t *list_flash(const struct bo_trial *trial, const struct bo_user_oracle *oracle)
{
	const char *const *name = oracle->flash.items;
	json_t *list = json_array();
	char path[PATH_CAP];

	for (size_t i = 0; i < oracle->flash.count; i++) {
		const struct bo_range *range = bo_target_range(trial->target, name[i]);

		path_of_range(trial, name[i], path);
		json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:s}", "range", name[i],
						      "address", (json_int_t)range->at, "size",
						      (json_int_t)range->size, "path", path));
	}
	return list;
}

static json_t *list_causes(const struct bo_facts *facts)
{
	json_t *list = json_array();

	for (size_t i = 0; i < facts->causes; i++)
		json_array_append_new(list, said(facts->cause[i]));
	return list;
}

static json_t *told(const struct bo_trial *trial, const struct bo_observed *seen)
{
	if (!trial->facts.told)
		return json_null();
	return json_pack("{s:o, s:o, s:b}", "version", said(trial->facts.told_version), "hash",
			 seen->active_has_hash ? hex(seen->active_hash) : json_null(), "confirmed",
			 seen->active_confirmed);
}

static json_t *read_back(const struct bo_observed *seen)
{
	if (!seen->read_back_known)
		return json_null();
	return json_pack("{s:b, s:o}", "whole", seen->read_back_whole, "hash",
			 seen->read_back_whole ? hex(seen->read_back_hash) : json_null());
}

static void add_boots(const struct bo_trial *trial, json_t *all)
{
	const struct bo_facts *facts = &trial->facts;
	bool heard = trial->target->console.boot && !facts->unheard && !facts->causes_lost;

	json_object_set_new(all, "boots", json_integer(facts->boots));
	json_object_set_new(all, "causes", list_causes(facts));
	json_object_set_new(all, "heard-all", json_boolean(heard));
	json_object_set_new(all, "slowest-ready-ms",
			    facts->power_ons > 0 ? json_integer(facts->slowest / BO_MS)
						 : json_null());
}

static json_t *observations(const struct bo_trial *trial, const struct bo_findings *findings,
			    const struct bo_user_oracle *oracle)
{
	const struct bo_observed *seen = &findings->seen;
	bool then = findings->then.outcome != BO_OUTCOME_NONE;
	char console[PATH_CAP];
	json_t *all;

	path_of(trial, "console.raw", console);
	all = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s?, s:b, s:o, s:o, s:o, s:s}", "oracle",
			BO_ORACLE_CONTRACT, "bench", trial->bench->conf->name, "target",
			trial->target->name, "reality",
			trial->bench->is_virtual ? "virtual" : "real", "outcome",
			bo_outcome_names[findings->first.outcome], "why", findings->first.why,
			"then", then ? bo_outcome_names[findings->then.outcome] : NULL, "ready",
			seen->ready, "version", said(seen->version), "told", told(trial, seen),
			"read-back", read_back(seen), "console", console);
	assert(all);
	add_boots(trial, all);
	json_object_set_new(all, "flash", list_flash(trial, oracle));
	return all;
}

/* ---- what it says ---- */

static int run(struct bo_trial *trial, const struct bo_user_oracle *oracle, const char *input,
	       struct bo_talk *talk, struct bo_err *err)
{
	const char **args = calloc(oracle->args.count + 1, sizeof(*args));
	struct bo_proc proc = BO_PROC_NONE;
	const struct bo_talk_args how = {
		.input = input,
		.input_len = strlen(input),
		.out_max = BO_ORACLE_ANSWER_MAX,
		.err_max = BO_ORACLE_ANSWER_MAX,
		.within = oracle->within,
	};

	assert(args);
	for (size_t i = 0; i < oracle->args.count; i++)
		args[i] = ((const char *const *)oracle->args.items)[i];
	const struct bo_program_call call = {
		.name = oracle->program, .args = args, .pipe_in = true};
	int rc = bo_programs_start(&trial->bench->granted.programs, &call, &proc, err);

	free(args);
	return rc < 0 ? rc : bo_talk(&proc, &how, talk);
}

static int understand(const struct bo_user_oracle *oracle, const struct bo_talk *talk, int rc,
		      struct bo_oracle_answer *answer, struct bo_err *err)
{
	char status[48];

	if (rc == -ETIMEDOUT)
		return bo_err_set(err, rc, "said nothing whole within %lld ms",
				  (long long)(oracle->within / BO_MS));
	if (rc == -EMSGSIZE)
		return bo_err_set(err, rc, "said more than %d bytes", BO_ORACLE_ANSWER_MAX);
	if (rc < 0)
		return err->code ? rc : bo_err_set(err, rc, "%s", strerror(-rc));
	if (!WIFEXITED(talk->status) || WEXITSTATUS(talk->status) != 0)
		return bo_err_set(err, -EIO, "ended with %s",
				  bo_proc_status_text(talk->status, status, sizeof(status)));
	rc = bo_oracle_answer_parse(talk->out.data ? talk->out.data : "", talk->out.len, answer,
				    err);
	return rc < 0 ? bo_err_wrap(err, "its answer is void") : 0;
}

static void note(struct bo_trial *trial, const struct bo_user_oracle *oracle,
		 const struct bo_oracle_said *result, json_t *measurements,
		 const struct bo_talk *talk)
{
	const size_t tail = talk->err.len < 400 ? talk->err.len : 400;
	char words[512];

	(void)bo_str_escape(words, sizeof(words),
			    tail > 0 ? talk->err.data + talk->err.len - tail : "", tail);
	trial_note(trial, "oracle", "s:s, s:s, s:s, s:s, s:s, s:O*, s:s*", "name", oracle->name,
		   "program", oracle->program, "sha256",
		   bo_granted_hash(&trial->bench->granted, oracle->program), "verdict",
		   bo_verdict_names[result->verdict], "text", result->text, "measurements",
		   measurements, "stderr", tail > 0 ? words : NULL);
}

/* -EINTR only: whatever else went wrong, it has not judged. */
static int ask(struct bo_trial *trial, const struct bo_findings *findings,
	       const struct bo_user_oracle *oracle, struct bo_err *err)
{
	struct bo_oracle_said *result = &trial->oracles.said[trial->oracles.count];
	struct bo_oracle_answer answer = {.verdict = BO_INCONCLUSIVE};
	json_t *all = observations(trial, findings, oracle);
	char *input = json_dumps(all, JSON_COMPACT | JSON_ENSURE_ASCII);
	struct bo_talk talk = {0};
	struct bo_err why = {0};

	assert(input);
	int rc = run(trial, oracle, input, &talk, &why);

	free(input);
	json_decref(all);
	if (rc == -EINTR) {
		bo_talk_done(&talk);
		return bo_err_set(err, rc, "interrupted");
	}
	*result = (struct bo_oracle_said){.name = oracle->name};
	rc = understand(oracle, &talk, rc, &answer, &why);
	result->verdict = rc < 0 ? BO_INCONCLUSIVE : answer.verdict;
	(void)bo_str_copy(result->text, sizeof(result->text),
			  rc < 0	   ? bo_err_text(&why)
			  : answer.text[0] ? answer.text
					   : "it gave no reason");
	trial->oracles.count++;
	note(trial, oracle, result, answer.measurements, &talk);
	json_decref(answer.measurements);
	bo_talk_done(&talk);
	return 0;
}

/* One that was to read flash which nobody could read is not asked. */
static void excuse(struct bo_trial *trial, const struct bo_user_oracle *oracle)
{
	trial->oracles.said[trial->oracles.count++] = (struct bo_oracle_said){
		.name = oracle->name,
		.verdict = BO_INCONCLUSIVE,
		.text = "the flash it is to judge was not read back",
	};
}

int oracles_ask(struct bo_trial *trial, const struct bo_findings *findings, struct bo_err *err)
{
	const struct bo_user_oracle *oracle = wanted(trial)->items;
	int rc = 0;

	trial->oracles.count = 0;
	if (wanted(trial)->count == 0 || findings->first.outcome == BO_OUTCOME_NONE)
		return 0;
	rc = bo_record_sync(trial->record, err); /* they read the console's file */
	for (size_t i = 0; rc == 0 && i < wanted(trial)->count; i++) {
		if (oracle[i].flash.count > 0 && !trial->oracles.flash_kept)
			excuse(trial, &oracle[i]);
		else
			rc = ask(trial, findings, &oracle[i], err);
	}
	return rc;
}
