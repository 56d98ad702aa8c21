#include "harness/explore/host.h"

#include <stdlib.h>
#include <string.h>

#define BITS_A_BYTE 10
#define SECOND_NS   1000000000
#define LINE_CAP    8192u /* bytes that wait for the line: some requests */
#define BAUD_UNTOLD 115200u

struct bo_host {
	struct bo_host_config config;
	struct bo_update *update;
	enum bo_update_job job;
	bool works;	/* at the job */
	bool delivered; /* in this boot */
	bool confirmed;
	enum bo_host_end end;
	uint8_t line[LINE_CAP];
	size_t filled, sent;
	int64_t byte_at; /* when line[sent] has arrived; 0: it has not been begun */
};

/* ---- what follows what ---- */

static void start(struct bo_host *host, enum bo_update_job job, int64_t now_ns)
{
	host->job = job;
	host->works = true;
	(void)host->update->ops->start(host->update, job, now_ns);
}

static void new_runs(struct bo_host *host, const struct bo_update_slot *slot, int64_t now_ns)
{
	if (host->config.work == BO_HOST_ASKS || slot->confirmed || slot->permanent)
		host->end = BO_HOST_NEW;
	else if (host->confirmed)
		host->end = BO_HOST_UNCONFIRMED;
	else
		start(host, BO_JOB_CONFIRM, now_ns);
}

static void old_runs(struct bo_host *host, int64_t now_ns)
{
	if (host->config.work != BO_HOST_UPDATES || host->delivered) {
		host->end = BO_HOST_OLD;
		return;
	}
	host->delivered = true;
	start(host, BO_JOB_UPLOAD, now_ns);
}

static void after_query(struct bo_host *host, int64_t now_ns)
{
	const struct bo_update_slot *slot = host->update->state.slot;

	if (!slot->active)
		slot++;
	if (!slot->active || !slot->has_hash)
		host->end = BO_HOST_UNHEARD;
	else if (memcmp(slot->hash, host->config.image.image_hash, sizeof(slot->hash)) == 0)
		new_runs(host, slot, now_ns);
	else if (memcmp(slot->hash, host->config.old_hash, sizeof(slot->hash)) == 0)
		old_runs(host, now_ns);
	else
		host->end = BO_HOST_OTHER;
}

static void after_upload(struct bo_host *host, int64_t now_ns)
{
	start(host, BO_JOB_TEST, now_ns);
}

static void after_test(struct bo_host *host, int64_t now_ns)
{
	start(host, BO_JOB_RESET, now_ns);
}

static void after_confirm(struct bo_host *host, int64_t now_ns)
{
	host->confirmed = true;
	start(host, BO_JOB_QUERY, now_ns);
}

/* The target's next "ready" is what goes on. */
static void after_reset(struct bo_host *host, int64_t now_ns)
{
	(void)host;
	(void)now_ns;
}

static void (*const after[])(struct bo_host *host, int64_t now_ns) = {
	[BO_JOB_QUERY] = after_query, [BO_JOB_UPLOAD] = after_upload,
	[BO_JOB_TEST] = after_test,   [BO_JOB_CONFIRM] = after_confirm,
	[BO_JOB_RESET] = after_reset,
};

static void failed(struct bo_host *host, enum bo_update_cause cause, int64_t now_ns)
{
	if (host->job == BO_JOB_RESET && cause != BO_CAUSE_REFUSED)
		after_reset(host, now_ns); /* its acknowledgement was lost with the line */
	else
		host->end = cause == BO_CAUSE_REFUSED ? BO_HOST_REFUSED : BO_HOST_UNHEARD;
}

static void hear_events(struct bo_host *host, int64_t now_ns)
{
	struct bo_update_event event;

	while (host->works && host->end == BO_HOST_WORKS) {
		host->update->ops->event(host->update, &event);
		if (event.kind == BO_UPDATE_NONE)
			break;
		if (event.kind != BO_UPDATE_DONE && event.kind != BO_UPDATE_FAILED)
			continue;
		host->works = false;
		if (event.kind == BO_UPDATE_DONE)
			after[host->job](host, now_ns);
		else
			failed(host, event.cause, now_ns);
	}
}

static void pump(struct bo_host *host, int64_t now_ns)
{
	hear_events(host, now_ns);
	if (host->sent == host->filled)
		host->sent = host->filled = 0;
	while (host->works && host->filled < LINE_CAP) {
		size_t len = host->update->ops->take(host->update, host->line + host->filled,
						     LINE_CAP - host->filled);

		if (!len)
			break;
		host->filled += len;
	}
}

/* ---- life ---- */

struct bo_host *bo_host_new(const struct bo_host_config *config)
{
	struct bo_host *host = calloc(1, sizeof(*host));

	if (host)
		host->config = *config;
	return host;
}

static void close_update(struct bo_host *host)
{
	if (host->update)
		host->update->ops->close(host->update);
	host->update = NULL;
}

void bo_host_free(struct bo_host *host)
{
	if (!host)
		return;
	close_update(host);
	free(host);
}

int bo_host_begin(struct bo_host *host, struct bo_err *err)
{
	struct bo_host_config config = host->config;
	int result;

	close_update(host);
	memset(host, 0, sizeof(*host));
	host->config = config;
	result = config.protocol->open(&config.update, &host->update, err);
	if (result == 0)
		host->update->image = config.image;
	return result;
}

void bo_host_ready(struct bo_host *host, int64_t now_ns)
{
	if (host->end != BO_HOST_WORKS)
		return;
	host->filled = host->sent = 0;
	host->byte_at = 0;
	start(host, BO_JOB_QUERY, now_ns);
	pump(host, now_ns);
}

void bo_host_hear(struct bo_host *host, int64_t now_ns, uint8_t byte)
{
	if (!host->works)
		return;
	host->update->ops->feed(host->update, now_ns, &byte, 1);
	pump(host, now_ns);
}

enum bo_host_end bo_host_end(const struct bo_host *host)
{
	return host->end;
}

/* ---- time ---- */

static int64_t deadline(const struct bo_host *host)
{
	bo_ns at = host->works ? host->update->ops->deadline(host->update) : BO_NEVER;

	return at == BO_NEVER ? INT64_MAX : at;
}

int64_t bo_host_next(const struct bo_host *host)
{
	int64_t at = deadline(host);

	if (host->end != BO_HOST_WORKS)
		return INT64_MAX;
	return host->sent < host->filled && host->byte_at < at ? host->byte_at : at;
}

static bool byte_arrives(struct bo_host *host, int64_t now_ns, uint32_t baud, uint8_t *ret_byte)
{
	bool begun = host->byte_at != 0;

	host->byte_at = now_ns + BITS_A_BYTE * (int64_t)SECOND_NS / (baud ? baud : BAUD_UNTOLD);
	if (!begun)
		return false;
	*ret_byte = host->line[host->sent++];
	if (host->sent == host->filled)
		host->byte_at = 0;
	return true;
}

bool bo_host_run(struct bo_host *host, int64_t now_ns, uint32_t baud, uint8_t *ret_byte)
{
	if (host->end != BO_HOST_WORKS)
		return false;
	if (deadline(host) <= now_ns) {
		host->update->ops->tick(host->update, now_ns);
		pump(host, now_ns);
	}
	if (host->sent < host->filled && host->byte_at <= now_ns)
		return byte_arrives(host, now_ns, baud, ret_byte);
	return false;
}
