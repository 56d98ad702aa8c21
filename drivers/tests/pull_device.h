#ifndef BO_DRIVERS_TESTS_PULL_DEVICE_H
#define BO_DRIVERS_TESTS_PULL_DEVICE_H

#include <criterion/criterion.h>
#include <curl/curl.h>
#include <jansson.h>
#include <mosquitto.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/loop.h"
#include "harness/base/str.h"

/*
 * A device that fetches its updates, as a scripted one: what it does wrong is set in its fields.
 * It finds the broker by the file that is announced, fetches with libcurl, and remembers its jobs.
 */
#define DEVICE_JOBS_MAX 16

struct device {
	struct bo_loop *loop;
	struct bo_timer beat;
	const char *announce;
	struct mosquitto *client;
	bool connected, subscribed;
	unsigned connections, jobs, downloads;
	/* what it does */
	bool deaf;	       /* says nothing */
	bool forgetful;	       /* does a job again */
	bool obedient;	       /* does a stale one */
	bool restarts;	       /* a transfer, instead of going on with it */
	bool unstoppable;      /* ignores cancel */
	const char *blurts;    /* says this first */
	unsigned waits_for;    /* connections, before it goes on behind the half */
	bool waits_for_cancel; /* there */
	/* the job in hand */
	char id[80];
	json_int_t size, reached;
	bool busy, cancelled;
	struct bo_buf file;
	struct {
		char id[80], answer[160];
	} done[DEVICE_JOBS_MAX];
	size_t done_count;
};

static inline void device_say(struct device *device, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static inline void device_say(struct device *device, const char *fmt, ...)
{
	char text[512];
	va_list list;

	va_start(list, fmt);
	vsnprintf(text, sizeof(text), fmt, list);
	va_end(list);
	if (!device->deaf)
		(void)mosquitto_publish(device->client, NULL, "brownout/gateway/status",
					(int)strlen(text), text, 1, false);
}

static inline void device_status(struct device *device, const char *status)
{
	device_say(device, "{\"job\":\"%s\",\"status\":\"%s\",\"bytes\":%lld}", device->id, status,
		   (long long)device->reached);
}

static inline void device_end(struct device *device, const char *status, const char *why)
{
	size_t at = device->done_count++ % DEVICE_JOBS_MAX;

	snprintf(device->done[at].id, sizeof(device->done[at].id), "%s", device->id);
	snprintf(device->done[at].answer, sizeof(device->done[at].answer),
		 "{\"job\":\"%s\",\"status\":\"%s\",\"why\":\"%s\"}", device->id, status, why);
	device_say(device, "%s", device->done[at].answer);
	device->busy = false;
}

static inline size_t device_take(char *data, size_t size, size_t count, void *ctx)
{
	bo_buf_add(&((struct device *)ctx)->file, data, size * count);
	return size * count;
}

/* One attempt; the HTTP status, 0 when there was none. */
static inline long device_attempt(struct device *device, const char *url, const char *token)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *fields = NULL;
	char header[160];
	long status = 0;

	if (device->restarts)
		bo_buf_reset(&device->file);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, device_take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, device);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)device->file.len);
	if (token) {
		snprintf(header, sizeof(header), "Authorization: Bearer %s", token);
		fields = curl_slist_append(fields, header);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
	}
	(void)curl_easy_perform(curl);
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(fields);
	curl_easy_cleanup(curl);
	return status;
}

static inline void device_fetch(struct device *device, const json_t *job)
{
	const char *url = json_string_value(json_object_get(job, "url"));
	const char *token = json_string_value(json_object_get(job, "token"));
	long status = 0;

	device->downloads++;
	device->size = json_integer_value(json_object_get(job, "size"));
	for (int i = 0; i < 4 && (json_int_t)device->file.len < device->size; i++) {
		if (i > 0)
			usleep(50000);
		status = device_attempt(device, url, token);
	}
	if ((json_int_t)device->file.len != device->size) {
		char why[32];

		snprintf(why, sizeof(why), "HTTP %ld", status);
		device_end(device, "failed", why);
		return;
	}
	device->reached = device->size / 2;
	device_status(device, "progress");
}

static inline void device_answer_state(struct device *device)
{
	device_say(device,
		   "{\"job\":\"%s\",\"status\":\"state\",\"slots\":[{\"slot\":0,\"version\":\"1.0 "
		   "0\",\"active\":true,\"confirmed\":true},{\"slot\":1,\"hash\":\"%064d\","
		   "\"pending\":true}]}",
		   device->id, 7);
	device->busy = false;
}

static inline bool device_knows(struct device *device, const char *id)
{
	for (size_t i = 0; i < device->done_count && !device->forgetful; i++)
		if (strcmp(device->done[i].id, id) == 0) {
			device_say(device, "%s", device->done[i].answer);
			return true;
		}
	return device->busy && strcmp(device->id, id) == 0;
}

static inline void device_begin(struct device *device, const json_t *job)
{
	const char *what = json_string_value(json_object_get(job, "do"));
	const char *version = json_string_value(json_object_get(job, "version"));

	device->busy = true;
	device->cancelled = false;
	device->reached = 0;
	if (version && strcmp(version, "0.0.0") == 0 && !device->obedient) {
		device_end(device, "rejected", "older");
		return;
	}
	device_status(device, "accepted");
	if (strcmp(what, "state") == 0)
		device_answer_state(device);
	else if (strcmp(what, "download") == 0)
		device_fetch(device, job);
	else
		device_end(device, "succeeded", "");
}

static inline void device_heard(struct mosquitto *client, void *ctx,
				const struct mosquitto_message *message)
{
	struct device *device = ctx;
	json_t *job = json_loadb(message->payload, (size_t)message->payloadlen, 0, NULL);
	const char *id = json_string_value(json_object_get(job, "job"));
	const char *what = json_string_value(json_object_get(job, "do"));

	(void)client;
	cr_assert(id && what, "%.*s", message->payloadlen, (char *)message->payload);
	device->jobs++;
	if (device->blurts)
		device_say(device, "%s", device->blurts);
	if (strcmp(what, "cancel") == 0) {
		device->cancelled = device->busy && !device->unstoppable;
	} else if (!device_knows(device, id)) {
		bo_buf_reset(&device->file);
		snprintf(device->id, sizeof(device->id), "%s", id);
		device_begin(device, job);
	}
	json_decref(job);
}

static inline void device_connected(struct mosquitto *client, void *ctx, int rc)
{
	struct device *device = ctx;

	if (rc != 0)
		return;
	device->connections++;
	(void)mosquitto_subscribe(client, NULL, "brownout/gateway/job", 1);
}

static inline void device_join(struct device *device)
{
	FILE *file = fopen(device->announce, "re");
	char host[64];
	int port;

	if (!file)
		return;
	if (fscanf(file, "%63s %d", host, &port) == 2)
		device->connected =
			mosquitto_connect(device->client, host, port, 60) == MOSQ_ERR_SUCCESS;
	fclose(file);
}

/* What is left of a download once the file is there. */
static inline void device_go_on(struct device *device)
{
	if (device->cancelled) {
		device_end(device, "failed", "cancelled");
		return;
	}
	if (device->waits_for_cancel || device->connections < device->waits_for)
		return;
	device->reached = device->size;
	device_status(device, "progress");
	device_end(device, "succeeded", "");
}

static inline void device_subscribed(struct mosquitto *client, void *ctx, int mid, int count,
				     const int *qos)
{
	(void)client;
	(void)mid;
	(void)count;
	(void)qos;
	((struct device *)ctx)->subscribed = true;
}

static inline void device_beat(struct bo_timer *timer)
{
	struct device *device = (struct device *)((char *)timer - offsetof(struct device, beat));

	if (!device->connected)
		device_join(device);
	else if (mosquitto_loop(device->client, 0, 1) != MOSQ_ERR_SUCCESS)
		device->connected = false;
	else if (device->busy)
		device_go_on(device);
	bo_loop_arm(device->loop, timer, bo_clock_stamp(device->loop->clock) + 5 * BO_MS);
}

static inline void device_start(struct device *device, struct bo_loop *loop, const char *announce)
{
	device->loop = loop;
	device->announce = announce;
	(void)mosquitto_lib_init();
	device->client = mosquitto_new("gateway", false, device);
	mosquitto_message_callback_set(device->client, device_heard);
	mosquitto_subscribe_callback_set(device->client, device_subscribed);
	mosquitto_connect_callback_set(device->client, device_connected);
	device->beat = (struct bo_timer){.fire = device_beat};
	bo_loop_arm(loop, &device->beat, bo_clock_stamp(loop->clock));
}

static inline void device_stop(struct device *device)
{
	bo_loop_disarm(device->loop, &device->beat);
	mosquitto_destroy(device->client);
	(void)mosquitto_lib_cleanup();
	bo_buf_done(&device->file);
}

#endif
