#include <errno.h>
#include <string.h>

#include "harness/engine/trial_state.h"

/* Carries the protocol's bytes and deadlines, and its points to the injector. */

#define TAKE_MAX 512 /* bytes for a line */

static const char *const job_names[] = {
	[BO_JOB_QUERY] = "query",     [BO_JOB_UPLOAD] = "upload", [BO_JOB_TEST] = "test",
	[BO_JOB_CONFIRM] = "confirm", [BO_JOB_RESET] = "reset",
};

static struct bo_trial *of_timer(struct bo_timer *timer)
{
	return (struct bo_trial *)((char *)timer - offsetof(struct bo_trial, update_timer));
}

static void pass_point(struct bo_trial *trial, const struct bo_update_event *event)
{
	char name[BO_POINT_NAME_MAX];
	const char *protocol = trial->update->ops->name;
	bo_ns now = bo_loop_now(trial->loop);
	uint64_t percent = event->value * 100 / trial->offer->len;

	(void)snprintf(name, sizeof(name), "%s.%s", protocol, event->name);
	if (bo_injector_point(&trial->injector, name, event->value, now))
		trial_note(trial, "point", "s:s, s:I", "name", name, "n", (json_int_t)event->value);
	if (strcmp(event->name, "byte") != 0)
		return;
	trial->acknowledged = trial->upload.to = event->value;
	(void)snprintf(name, sizeof(name), "%s.at", protocol);
	if (bo_injector_point(&trial->injector, name, percent, now))
		trial_note(trial, "point", "s:s, s:I, s:I", "name", name, "n", (json_int_t)percent,
			   "byte", (json_int_t)event->value);
}

static void break_off(struct bo_trial *trial, struct bo_err *err)
{
	(void)bo_err_wrap(err, "update session");
	trial->broken = *err;
	trial->job_runs = false;
}

static void hear(struct bo_trial *trial, const struct bo_update_event *event)
{
	switch (event->kind) {
	case BO_UPDATE_POINT:
		pulse_sign(trial);
		pass_point(trial, event);
		break;
	case BO_UPDATE_RESUME:
		pulse_sign(trial);
		trial->resumed = true;
		trial->acknowledged = trial->upload.from = trial->upload.to = event->value;
		trial_note(trial, "update", "s:s, s:s, s:I", "job", "upload", "result", "resumed",
			   "byte", (json_int_t)event->value);
		break;
	case BO_UPDATE_RETRY:
		trial_note(trial, "update", "s:s, s:I", "result", "retry", "attempt",
			   (json_int_t)event->value);
		break;
	case BO_UPDATE_NOTE:
		trial_note(trial, "update", "s:s, s:s", "result", "note", "text", event->text);
		break;
	case BO_UPDATE_DONE:
		pulse_sign(trial);
		/* fall through */
	case BO_UPDATE_FAILED:
		trial->job_end = *event;
		trial->job_runs = false;
		if (event->cause == BO_CAUSE_RIG)
			break_off(trial, &trial->update->broken);
		break;
	case BO_UPDATE_NONE:
		break;
	}
}

static void drain_events(struct bo_trial *trial)
{
	struct bo_update_event event;

	while (trial->job_runs) {
		trial->update->ops->event(trial->update, &event);
		if (event.kind == BO_UPDATE_NONE)
			return;
		hear(trial, &event);
	}
}

int session_transmit(struct bo_trial *trial, const void *data, size_t len)
{
	struct bo_err err = {0};
	int rc = trial->args->protocol->datagrams ? datagrams_send(trial, data, len, &err)
						  : line_send(trial, data, len, &err);

	if (rc < 0)
		break_off(trial, &err);
	return rc;
}

static size_t take(struct bo_trial *trial, uint8_t data[BO_DATAGRAM_MAX])
{
	size_t cap = trial->args->protocol->datagrams ? BO_DATAGRAM_MAX : TAKE_MAX;

	return trial->update->ops->take(trial->update, data, cap);
}

/* On a line a frame is all that is there to be taken. */
static void send(struct bo_trial *trial)
{
	bool link = link_takes_part(trial);
	uint8_t data[BO_DATAGRAM_MAX];

	while (trial->job_runs) {
		size_t len = take(trial, data);

		if (len == 0)
			break;
		if (link)
			link_gather(trial, data, len);
		else
			(void)session_transmit(trial, data, len);
		if (link && trial->args->protocol->datagrams)
			link_send(trial);
	}
	if (link)
		link_send(trial);
}

static void pump(struct bo_trial *trial)
{
	drain_events(trial);
	send(trial);
	bo_ns at = trial->job_runs ? trial->update->ops->deadline(trial->update) : BO_NEVER;

	if (at == BO_NEVER)
		bo_loop_disarm(trial->loop, &trial->update_timer);
	else
		bo_loop_arm(trial->loop, &trial->update_timer, at);
}

static void wake(void *ctx)
{
	pump(ctx);
}

static void time_out(struct bo_timer *timer)
{
	struct bo_trial *trial = of_timer(timer);

	trial->update->ops->tick(trial->update, bo_loop_now(trial->loop));
	pump(trial);
}

void session_feed(struct bo_trial *trial, bo_ns at, const uint8_t *data, size_t len)
{
	if (link_takes_part(trial))
		link_receive(trial, at, data, len);
	else
		session_hear(trial, at, data, len);
}

void session_hear(struct bo_trial *trial, bo_ns at, const uint8_t *data, size_t len)
{
	if (!trial->job_runs)
		return;
	trial->update->ops->feed(trial->update, at, data, len);
	pump(trial);
}

void session_drop(struct bo_trial *trial)
{
	trial->job_runs = false;
	bo_loop_disarm(trial->loop, &trial->update_timer);
	if (trial->update && trial->update->ops->drop)
		trial->update->ops->drop(trial->update);
}

static void describe_pull(const struct bo_trial *trial, struct bo_pull_config *ret)
{
	const struct bo_scenario *scenario = trial->scenario;
	const struct bo_server_wish *server = &scenario->server;

	*ret = (struct bo_pull_config){
		.device = trial->target->protocol.device,
		.port = (uint16_t)trial->target->protocol.port,
		.tls = server->tls,
		.client = server->client != BO_CLIENT_NO,
		.withheld = server->client == BO_CLIENT_WITHHELD,
		.token = server->token,
		.tell = server->tell,
		.url = server->url,
		.mischief = server->mischief.items,
		.mischiefs = server->mischief.count,
		.trick = scenario->jobs.items,
		.tricks = scenario->jobs.count,
	};
}

int session_open(struct bo_trial *trial, struct bo_err *err)
{
	const struct bo_target *target = trial->target;
	const struct bo_net *network = trial->bench->network;
	struct bo_update_config config = {
		.line_max = (size_t)target->protocol.line_max,
		.first_timeout_ns = target->protocol.first_timeout,
		.timeout_ns = target->protocol.timeout,
		.retries = (unsigned)target->protocol.retries,
		.datagram_max = network ? network->datagram_max : 0,
		.env = &trial->bench->env,
		.program = target->protocol.program,
		.args = target->protocol.args.items,
		.arg_count = target->protocol.args.count,
	};

	describe_pull(trial, &config.pull);
	int rc = datagrams_open(trial, err);

	if (rc == 0)
		rc = trial->args->protocol->open(&config, &trial->update, err);
	if (rc < 0)
		return rc;
	trial->update->wake = wake;
	trial->update->ctx = trial;
	trial->update_timer = (struct bo_timer){.fire = time_out};
	session_offer(trial, trial->offer);
	return 0;
}

void session_offer(struct bo_trial *trial, const struct bo_update_file *file)
{
	struct bo_update_image *offered = &trial->update->image;

	*offered = (struct bo_update_image){.data = file->data, .len = file->len};
	memcpy(offered->file_sha256, file->sha256, sizeof(offered->file_sha256));
	memcpy(offered->image_hash, file->identity.hash, sizeof(offered->image_hash));
}

int session_name_staged(struct bo_trial *trial, bo_ns deadline, struct bo_err *err)
{
	int step = session_job(trial, BO_JOB_QUERY, deadline, err);

	for (int i = 0; step == BO_STEP_OK && i < 2; i++) {
		const struct bo_update_slot *slot = &trial->update->state.slot[i];

		if (slot->present && slot->has_hash && !slot->active)
			memcpy(trial->update->image.image_hash, slot->hash, sizeof(slot->hash));
	}
	return step;
}

void session_close(struct bo_trial *trial)
{
	datagrams_close(trial);
	if (!trial->update)
		return;
	session_drop(trial);
	trial->update->ops->close(trial->update);
	trial->update = NULL;
}

static bool job_is_over(struct bo_trial *trial)
{
	return !trial->job_runs;
}

static int result_of(const struct bo_update_event *end)
{
	if (end->kind == BO_UPDATE_DONE)
		return BO_STEP_OK;
	return end->cause == BO_CAUSE_REFUSED ? BO_STEP_REFUSED : BO_STEP_SILENT;
}

/* What of it went over the link more than once is what it cost. */
static void note_upload(struct bo_trial *trial)
{
	const struct bo_upload *upload = &trial->upload;

	if (trial->update->handed > 0)
		trial_note(trial, "upload", "s:I, s:I, s:I, s:I", "from", (json_int_t)upload->from,
			   "to", (json_int_t)upload->to, "handed",
			   (json_int_t)trial->update->handed, "took",
			   (json_int_t)(bo_loop_now(trial->loop) - upload->began));
}

int session_job(struct bo_trial *trial, enum bo_update_job job, bo_ns deadline, struct bo_err *err)
{
	int rc = trial->update->ops->start(trial->update, job, bo_loop_now(trial->loop));

	if (rc < 0)
		return bo_err_set(err, rc, "update session: cannot start job '%s'", job_names[job]);
	trial->job_runs = true;
	trial->job_end = (struct bo_update_event){0};
	trial->upload = (struct bo_upload){.began = bo_loop_now(trial->loop)};
	pump(trial);
	int step = trial_wait(trial, job_is_over, deadline, err);

	session_drop(trial);
	if (step < 0)
		return step;
	if (step == BO_STEP_OK)
		step = result_of(&trial->job_end);
	trial_note(trial, "update", "s:s, s:s, s:s", "job", job_names[job], "result",
		   trial->job_end.cause == BO_CAUSE_GAVE_UP ? "gave up" : trial_step_names[step],
		   "text", trial->job_end.text);
	if (job == BO_JOB_UPLOAD)
		note_upload(trial);
	return step;
}

/*
 * Nobody answered: was the request lost, or the answer? A console tells by the frames that it
 * damaged; a network loses without a word. Who answers a question now, without having announced a
 * boot, was not asked to reset; and one that boots is not disturbed by it.
 */
static bool missed_it(struct bo_trial *trial, bo_ns deadline, struct bo_err *err, int *step)
{
	bool tells =
		trial->args->protocol->datagrams && trial->target->console.boot && !trial->unheard;

	if (*step != BO_STEP_SILENT || !tells || !trial->reset_asked)
		return false;
	int answered = session_job(trial, BO_JOB_QUERY, deadline, err);

	if (answered < 0 || answered == BO_STEP_FAULT)
		*step = answered;
	return answered == BO_STEP_OK && trial->reset_asked;
}

int session_reset(struct bo_trial *trial, bo_ns deadline, struct bo_err *err)
{
	bool was_ready = trial->seen.ready;
	int64_t retries = trial->target->protocol.retries;

	trial->reset_asked = true;
	trial->seen.ready = false;
	int step = session_job(trial, BO_JOB_RESET, deadline, err);

	while (missed_it(trial, deadline, err, &step) && retries-- > 0)
		step = session_job(trial, BO_JOB_RESET, deadline, err);
	/* The answer to a reset may be lost with the reset itself. */
	if (step == BO_STEP_SILENT)
		step = BO_STEP_OK;
	if (step == BO_STEP_REFUSED || step == BO_STEP_TIMEOUT)
		trial->seen.ready = was_ready || trial->seen.ready;
	return step;
}

int session_call(struct bo_trial *trial, enum bo_update_job job, struct bo_err *err)
{
	struct bo_update *update = trial->update;
	bool datagrams = trial->args->protocol->datagrams;
	uint8_t data[BO_DATAGRAM_MAX];

	if (update->has_process)
		return 0; /* its bytes come later, and who would hear them? */
	int rc = update->ops->start(update, job, bo_loop_now(trial->loop));

	for (size_t len; rc == 0 && (len = take(trial, data)) > 0;)
		rc = datagrams ? datagrams_send(trial, data, len, err)
			       : bo_console_write(trial->bench->console, data, len, err);
	return rc < 0 ? bo_err_wrap(err, "update session") : 0;
}
