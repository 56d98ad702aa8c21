#include "drivers/pull/pull_jobs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "drivers/pull/pull_file.h"
#include "drivers/pull/pull_message.h"

#define RESEND	 (3 * BO_S)
#define STALE_AT "/stale.bin"

#define OF(part, member) ((struct pull_jobs *)((char *)(part)-offsetof(struct pull_jobs, member)))

static __attribute__((format(printf, 2, 3))) void say(struct pull_jobs *jobs, const char *fmt, ...)
{
	char line[256];
	va_list list;

	va_start(list, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, list);
	va_end(list);
	jobs->say(line);
}

static const struct bo_mischief *find(const struct pull_jobs *jobs, enum bo_mischief_kind kind)
{
	return bo_mischief_find(jobs->trick, jobs->tricks, kind);
}

/* ---- what the device is told ---- */

static void publish(struct pull_jobs *jobs, const char *text)
{
	char topic[96];

	(void)snprintf(topic, sizeof(topic), "brownout/%s/job", jobs->device);
	pull_broker_publish(jobs->broker, topic, text, find(jobs, BO_MISCHIEF_STALE) != NULL);
}

static void again_later(struct pull_jobs *jobs)
{
	bo_ns now = bo_clock_stamp(jobs->loop->clock);

	bo_loop_arm(jobs->loop, &jobs->resend, now + RESEND);
}

static void not_quiet(struct pull_jobs *jobs)
{
	bo_ns now = bo_clock_stamp(jobs->loop->clock);

	if (jobs->runs)
		bo_loop_arm(jobs->loop, &jobs->quiet, now + jobs->silence);
}

/* Takes the text over. */
static void deliver(struct pull_jobs *jobs, char *text)
{
	bo_buf_reset(&jobs->message);
	bo_buf_printf(&jobs->message, "%s", text);
	free(text);
	jobs->heard = false;
	say(jobs, "point job %u", jobs->serial);
	publish(jobs, jobs->message.data);
	if (find(jobs, BO_MISCHIEF_DUPLICATE))
		publish(jobs, jobs->message.data);
	again_later(jobs);
	not_quiet(jobs);
}

static void resend(struct bo_timer *timer)
{
	struct pull_jobs *jobs = OF(timer, resend);

	if (!jobs->runs || jobs->heard)
		return;
	say(jobs, "retry the device has not said a word about the job");
	publish(jobs, jobs->message.data);
	again_later(jobs);
}

void pull_jobs_back(struct pull_jobs *jobs)
{
	if (!jobs->runs)
		return;
	say(jobs, "point broker-back 1");
	jobs->heard = false;
	publish(jobs, jobs->message.data);
	again_later(jobs);
}

/* Nobody wants it, and it is older than whatever runs. */
static void publish_stale(struct pull_jobs *jobs)
{
	struct pull_upload stale = {.size = 4096, .version = "0.0.0"};
	char url[64];

	memset(stale.hash, '0', 64);
	memset(stale.sha256, '0', 64);
	(void)snprintf(stale.id, sizeof(stale.id), "%s-stale", jobs->run);
	(void)snprintf(url, sizeof(url), "%s://localhost:%u" STALE_AT,
		       jobs->serving.ca ? "https" : "http", jobs->server->port);
	char *text = pull_message_download(&stale, url, NULL);

	publish(jobs, text);
	free(text);
}

static void publish_cancel(struct pull_jobs *jobs)
{
	char *text = pull_message(jobs->upload.id, "cancel", NULL);

	publish(jobs, text);
	free(text);
}

/* ---- how a job ends ---- */

static void rest(struct pull_jobs *jobs)
{
	jobs->runs = false;
	bo_loop_disarm(jobs->loop, &jobs->resend);
	bo_loop_disarm(jobs->loop, &jobs->quiet);
}

static void end_with(struct pull_jobs *jobs, const char *how, const char *why)
{
	rest(jobs);
	say(jobs, "%s %s", how, why);
}

static void end_done(struct pull_jobs *jobs)
{
	bool judged = jobs->doing != PULL_STATE_READ && jobs->doing != PULL_RESTART;

	if (judged && jobs->caught[0]) {
		end_with(jobs, "refused", jobs->caught);
		jobs->caught[0] = '\0';
		return;
	}
	rest(jobs);
	say(jobs, "done");
}

static void too_quiet(struct bo_timer *timer)
{
	struct pull_jobs *jobs = OF(timer, quiet);

	rest(jobs);
	say(jobs, "silent no word about the job for %" PRId64 " s", jobs->silence / BO_S);
}

static void catch_at(struct pull_jobs *jobs, const char *what)
{
	if (!jobs->caught[0])
		(void)bo_str_copy(jobs->caught, sizeof(jobs->caught), what);
	say(jobs, "note %s", what);
}

static void tell_bytes(struct pull_jobs *jobs)
{
	const struct pull_upload *upload = &jobs->upload;

	say(jobs,
	    "note served %" PRIu64 " bytes in %" PRIu64 " requests, %" PRIu64 " of them again",
	    upload->served, upload->requests, upload->twice);
	say(jobs, "handed %" PRIu64, upload->served - upload->before);
}

/* ---- what the device says ---- */

static bool uploads(const struct pull_jobs *jobs)
{
	return jobs->runs && jobs->doing == PULL_DOWNLOAD;
}

static void say_resume(struct pull_jobs *jobs, uint64_t from)
{
	jobs->upload.resumed = true;
	say(jobs, "resume %" PRIu64, from);
}

static bool is_due(struct pull_jobs *jobs, enum bo_mischief_kind kind)
{
	const struct bo_mischief *trick = find(jobs, kind);
	struct pull_upload *upload = &jobs->upload;

	if (!trick || jobs->uploads > 1 || (upload->tricked & 1u << kind % 32) ||
	    upload->reached < bo_mischief_at(trick, upload->size))
		return false;
	upload->tricked |= 1u << kind % 32;
	return true;
}

static void play_tricks(struct pull_jobs *jobs)
{
	if (is_due(jobs, BO_MISCHIEF_CANCEL)) {
		say(jobs, "point cancel 1");
		publish_cancel(jobs);
	}
	if (is_due(jobs, BO_MISCHIEF_BROKER_DROP)) {
		say(jobs, "point broker-drop 1");
		pull_broker_drop(jobs->broker, find(jobs, BO_MISCHIEF_BROKER_DROP)->argument);
	}
}

static void on_accepted(struct pull_jobs *jobs, const struct pull_status *status)
{
	(void)status;
	if (jobs->runs)
		say(jobs, "point accepted %u", jobs->serial);
}

static void on_progress(struct pull_jobs *jobs, const struct pull_status *status)
{
	struct pull_upload *upload = &jobs->upload;

	if (strcmp(status->job, upload->id) != 0)
		return;
	if (status->bytes > upload->size || status->passed > upload->size) {
		say(jobs, "note it says that it has %" PRIu64 " bytes of %" PRIu64,
		    status->bytes > status->passed ? status->bytes : status->passed, upload->size);
		return;
	}
	upload->reached = status->bytes;
	if (uploads(jobs))
		say(jobs, "progress %" PRIu64, status->bytes);
	if (uploads(jobs) && status->passed > upload->passed)
		say(jobs, "point passed %" PRIu64, status->passed);
	upload->passed = status->passed;
	play_tricks(jobs);
}

static void on_resumed(struct pull_jobs *jobs, const struct pull_status *status)
{
	struct pull_upload *upload = &jobs->upload;

	say(jobs, "note it says that it resumes at %" PRIu64, status->bytes);
	if (strcmp(status->job, upload->id) == 0 && uploads(jobs) && !upload->anew &&
	    !upload->resumed && status->bytes <= upload->size)
		say_resume(jobs, status->bytes);
}

/* It may have been told so while nobody waited. */
static void end_upload(struct pull_jobs *jobs, bool succeeded)
{
	struct pull_upload *upload = &jobs->upload;

	upload->ended = true;
	upload->succeeded = succeeded;
	upload->told = uploads(jobs);
	if (uploads(jobs)) {
		pull_server_settle(jobs->server);
		tell_bytes(jobs);
	}
	if (uploads(jobs) && succeeded && !upload->anew && !upload->resumed)
		say_resume(jobs, upload->size);
}

static void on_succeeded(struct pull_jobs *jobs, const struct pull_status *status)
{
	if (strcmp(status->job, jobs->upload.id) == 0 && !jobs->upload.ended)
		end_upload(jobs, true);
	if (!jobs->runs || strcmp(status->job, jobs->id) != 0)
		return;
	if (find(jobs, BO_MISCHIEF_DUPLICATE))
		publish(jobs, jobs->message.data);
	end_done(jobs);
}

static void on_failed(struct pull_jobs *jobs, const struct pull_status *status)
{
	char why[96];

	if (strcmp(status->job, jobs->upload.id) == 0 && !jobs->upload.ended)
		end_upload(jobs, false);
	if (!jobs->runs || strcmp(status->job, jobs->id) != 0)
		return;
	(void)snprintf(why, sizeof(why), "%s%s%s", pull_said_name(status->said),
		       status->why[0] ? ": " : "", status->why);
	end_with(jobs, status->said == PULL_FAILED && uploads(jobs) ? "gave-up" : "refused", why);
}

static void say_slot(struct pull_jobs *jobs, int number, const struct bo_update_slot *slot)
{
	struct bo_buf line = {0};

	pull_status_slot(number, slot, &line);
	jobs->say(line.data);
	bo_buf_done(&line);
}

static void on_state(struct pull_jobs *jobs, const struct pull_status *status)
{
	if (!jobs->runs || jobs->doing != PULL_STATE_READ || strcmp(status->job, jobs->id) != 0)
		return;
	for (int i = 0; i < 2; i++)
		if (status->slot[i].present)
			say_slot(jobs, i, &status->slot[i]);
	end_done(jobs);
}

static bool is_stale(const struct pull_jobs *jobs, const struct pull_status *status)
{
	char id[PULL_ID_MAX];

	(void)snprintf(id, sizeof(id), "%s-stale", jobs->run);
	return strcmp(status->job, id) == 0;
}

static void hear_stale(struct pull_jobs *jobs, const struct pull_status *status)
{
	say(jobs, "note the stale job is %s", pull_said_name(status->said));
	/* one that failed was tried */
	if (status->said != PULL_REJECTED && status->said != PULL_ACCEPTED)
		catch_at(jobs, "it does a stale job");
}

void pull_jobs_hear(struct pull_jobs *jobs, const void *data, size_t len)
{
	static void (*const acts[PULL_SAID_COUNT])(struct pull_jobs * jobs,
						   const struct pull_status *status) = {
		[PULL_ACCEPTED] = on_accepted, [PULL_PROGRESS] = on_progress,
		[PULL_RESUMED] = on_resumed,   [PULL_SUCCEEDED] = on_succeeded,
		[PULL_FAILED] = on_failed,     [PULL_REJECTED] = on_failed,
		[PULL_STATE] = on_state,
	};
	struct pull_status status;
	struct bo_err err = {0};

	/* what it was told by the server came before what it makes of it */
	pull_server_drain(jobs->server);
	if (pull_status_parse(data, len, &status, &err) < 0) {
		say(jobs, "note %s", bo_err_text(&err));
		return;
	}
	if (is_stale(jobs, &status)) {
		hear_stale(jobs, &status);
		return;
	}
	if (strcmp(status.job, jobs->id) != 0 && strcmp(status.job, jobs->upload.id) != 0) {
		say(jobs, "note it speaks of a job that nobody gave it: %s", status.job);
		return;
	}
	if (strcmp(status.job, jobs->id) == 0)
		jobs->heard = true;
	not_quiet(jobs);
	acts[status.said](jobs, &status);
}

/* ---- what the server was asked ---- */

static void hear_request(struct pull_jobs *jobs, const struct pull_heard *heard)
{
	struct pull_upload *upload = &jobs->upload;
	bool has_body = heard->file && (heard->status == 200 || heard->status == 206);

	say(jobs, "point request %" PRIu64, ++jobs->requests);
	say(jobs, "note request %" PRIu64 ": %s from %" PRIu64 ": %d", jobs->requests,
	    heard->target, heard->from, heard->status);
	if (strcmp(heard->target, STALE_AT) == 0)
		catch_at(jobs, "it does a stale job: it asked for " STALE_AT);
	if (!has_body)
		return;
	upload->requests++;
	if (upload->ended && upload->succeeded)
		catch_at(jobs, "it does a job again that is done: it asked for the file");
	if (heard->from == 0)
		upload->anew = true;
	else if (uploads(jobs))
		say_resume(jobs, heard->from < upload->size ? heard->from : upload->size);
}

static void hear_body_end(struct pull_jobs *jobs, const struct pull_heard *heard)
{
	struct pull_upload *upload = &jobs->upload;
	uint64_t known = heard->to < upload->high ? heard->to : upload->high;

	if (!heard->file || heard->to <= heard->from)
		return;
	upload->served += heard->to - heard->from;
	if (known > heard->from)
		upload->twice += known - heard->from;
	if (heard->to > upload->high)
		upload->high = heard->to;
}

void pull_jobs_served(struct pull_jobs *jobs, const struct pull_heard *heard)
{
	not_quiet(jobs);
	if (heard->kind == PULL_REQUEST)
		hear_request(jobs, heard);
	else
		hear_body_end(jobs, heard);
}

/* ---- jobs ---- */

void pull_jobs_init(struct pull_jobs *jobs)
{
	uint64_t number = 0;

	/* A device remembers its jobs: an id must never come back, in another trial neither. */
	(void)!getrandom(&number, sizeof(number), 0);
	(void)snprintf(jobs->run, sizeof(jobs->run), "%016" PRIx64, number);
	jobs->resend = (struct bo_timer){.fire = resend};
	jobs->quiet = (struct bo_timer){.fire = too_quiet};
}

void pull_jobs_open(struct pull_jobs *jobs)
{
	if (find(jobs, BO_MISCHIEF_STALE))
		publish_stale(jobs);
}

void pull_jobs_done(struct pull_jobs *jobs)
{
	rest(jobs);
	bo_buf_done(&jobs->message);
}

static void name_job(struct pull_jobs *jobs, enum pull_do doing)
{
	(void)snprintf(jobs->id, sizeof(jobs->id), "%s-%u", jobs->run, ++jobs->serial);
	jobs->doing = doing;
	jobs->runs = true;
}

/* The same job as before, in the middle of which something went wrong. */
static bool goes_on(const struct pull_jobs *jobs, const struct pull_upload *wanted)
{
	const struct pull_upload *upload = &jobs->upload;

	return upload->given && !upload->told && strcmp(upload->sha256, wanted->sha256) == 0;
}

static int offer(struct pull_jobs *jobs, const struct pull_upload *wanted, struct bo_err *err)
{
	struct pull_serving serving = jobs->serving;

	serving.file = wanted->file;
	/* whoever asks whether a device can be updated afterwards asks with a good server */
	if (jobs->uploads > 0)
		serving.mischiefs = 0;
	int rc = pull_server_start(jobs->server, &serving, err);

	if (rc < 0)
		return rc;
	jobs->uploads++;
	jobs->upload = *wanted;
	return 0;
}

int pull_jobs_upload(struct pull_jobs *jobs, const char *hash, const char *file, struct bo_err *err)
{
	struct pull_upload wanted = {.given = true, .anew = true};
	int rc = pull_file_read(file, &wanted, err);

	(void)bo_str_copy(wanted.hash, sizeof(wanted.hash), hash);
	if (rc < 0)
		return rc;
	if (goes_on(jobs, &wanted)) {
		name_job(jobs, PULL_DOWNLOAD);
		(void)bo_str_copy(jobs->id, sizeof(jobs->id), jobs->upload.id);
		jobs->upload.anew = jobs->upload.resumed = false;
		jobs->upload.ended = false;
		jobs->upload.before = jobs->upload.served;
	} else {
		rc = offer(jobs, &wanted, err);
		name_job(jobs, PULL_DOWNLOAD);
		(void)bo_str_copy(jobs->upload.id, sizeof(jobs->upload.id), jobs->id);
	}
	if (rc == 0)
		deliver(jobs, pull_message_download(&jobs->upload,
						    jobs->url ? jobs->url : jobs->server->url,
						    jobs->token));
	return rc;
}

void pull_jobs_begin(struct pull_jobs *jobs, enum pull_do doing, const char *hash)
{
	static const char *const names[] = {[PULL_DOWNLOAD] = "download",
					    [PULL_INSTALL] = "install",
					    [PULL_RESTART] = "restart",
					    [PULL_CONFIRM] = "confirm",
					    [PULL_STATE_READ] = "state"};

	name_job(jobs, doing);
	deliver(jobs, pull_message(jobs->id, names[doing], hash));
}

void pull_jobs_drop(struct pull_jobs *jobs)
{
	rest(jobs);
}
