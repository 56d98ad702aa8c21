#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "harness/base/talk.h"
#include "harness/engine/steps.h"

/* A program of the user's own as a step. It blames the target in so many words, or nobody: a script
 * that stumbles over itself is no finding. */

#define OUT_MAX	   (64 << 10)
#define SHOWN_MAX  400
#define FINDING	   "finding "
#define REASON_MAX 200

static bool is_struck(void *ctx)
{
	const struct bo_trial *trial = ctx;

	return trial->cut.fault || trial->broken.code;
}

static bool at_once(struct bo_trial *trial)
{
	(void)trial;
	return true;
}

static int run(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_talk *talk,
	       struct bo_err *err)
{
	const char **args = calloc(keys->args.count + 1, sizeof(*args));
	bool timeless = trial->bench->caps & BO_CAP_VIRTUAL_TIME;
	struct bo_proc proc = BO_PROC_NONE;
	const struct bo_talk_args how = {
		.out_max = OUT_MAX,
		.err_max = OUT_MAX,
		.within = keys->duration,
		.loop = timeless ? NULL : trial->loop,
		.stop = is_struck,
		.ctx = trial,
	};

	assert(args);
	for (size_t i = 0; i < keys->args.count; i++)
		args[i] = ((const char *const *)keys->args.items)[i];
	const struct bo_program_call call = {.name = keys->program, .args = args};
	int rc = bo_programs_start(&trial->bench->granted.programs, &call, &proc, err);

	free(args);
	return rc < 0 ? rc : bo_talk(&proc, &how, talk);
}

/* The end of what was said, printable. */
static const char *show(const struct bo_buf *said, char out[2 * SHOWN_MAX])
{
	size_t from = said->len > SHOWN_MAX ? said->len - SHOWN_MAX : 0;

	return bo_str_escape(out, 2 * SHOWN_MAX, said->len > 0 ? said->data + from : "",
			     said->len - from);
}

static void note(struct bo_trial *trial, const struct bo_scenario_step *keys, const char *ended,
		 const struct bo_talk *talk)
{
	char out[2 * SHOWN_MAX], err[2 * SHOWN_MAX];

	trial_note(trial, "program", "s:s, s:s, s:s, s:s, s:s", "name", keys->program, "sha256",
		   bo_granted_hash(&trial->bench->granted, keys->program), "ended", ended, "said",
		   show(&talk->out, out), "stderr", show(&talk->err, err));
}

/* The first line that is a finding; NULL: none is. */
static const char *find_finding(const struct bo_buf *said, char out[REASON_MAX])
{
	const char *at = said->data, *end = at + said->len;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *line_end = newline ? newline : end;

		if ((size_t)(line_end - at) >= strlen(FINDING) &&
		    memcmp(at, FINDING, strlen(FINDING)) == 0) {
			at += strlen(FINDING);
			return bo_str_escape(out, REASON_MAX, at, (size_t)(line_end - at));
		}
		at = newline ? newline + 1 : end;
	}
	return NULL;
}

static int judge(struct bo_trial *trial, const struct bo_scenario_step *keys,
		 const struct bo_talk *talk, struct bo_err *err)
{
	char status[48], reason[REASON_MAX];

	(void)bo_proc_status_text(talk->status, status, sizeof(status));
	note(trial, keys, status, talk);
	if (!WIFEXITED(talk->status) || WEXITSTATUS(talk->status) != 0)
		return bo_err_set(err, -EIO, "program '%s' ended with %s", keys->program, status);
	if (!find_finding(&talk->out, reason))
		return BO_STEP_OK;
	steps_blame(trial, "program '%.64s': %s", keys->program, reason);
	return BO_STEP_REFUSED;
}

static int explain(const struct bo_scenario_step *keys, int rc, struct bo_err *err)
{
	if (rc == -ETIMEDOUT)
		return bo_err_set(err, rc, "program '%s' was not done within %lld ms",
				  keys->program, (long long)(keys->duration / BO_MS));
	if (rc == -EMSGSIZE)
		return bo_err_set(err, rc, "program '%s' said more than %d bytes", keys->program,
				  OUT_MAX);
	if (rc == -EINTR)
		return bo_err_set(err, rc, "interrupted");
	return err->code ? rc : bo_err_set(err, rc, "program '%s'", keys->program);
}

int step_exec(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_err *err)
{
	struct bo_talk talk = {0};
	struct bo_err why = {0};
	int rc = run(trial, keys, &talk, &why);

	if (rc == 0)
		rc = judge(trial, keys, &talk, &why);
	else if (rc == -ECANCELED) /* a fault has struck: says which way */
		rc = trial_wait(trial, at_once, bo_loop_now(trial->loop), &why);
	else
		rc = explain(keys, rc, &why);
	if (rc < 0)
		*err = why;
	bo_talk_done(&talk);
	return rc;
}
