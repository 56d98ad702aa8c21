#ifndef BO_HARNESS_TESTS_FAKE_UPDATE_H
#define BO_HARNESS_TESTS_FAKE_UPDATE_H

#include <stdio.h>
#include <string.h>

#include "drivers/api/update.h"
#include "harness/image/mcuboot.h"

/*
 * The update protocol of the bench of functions (fake_bench.h): a line a job, "J" and the job's
 * digit; the target answers "OK" or "NO".
 */
enum { FAKE_FLASH = 4096 };

/* The image that the target holds; the bench's. */
static inline struct bo_image fake_running(void);

struct fake_update {
	struct bo_update update;
	struct bo_update_event event[2];
	size_t events;
	enum bo_update_job job;
	bool to_send;
	bo_ns deadline;
	char line[64];
	size_t len;
};

static struct fake_update fake_update;

static inline int fake_start(struct bo_update *update, enum bo_update_job job, bo_ns now)
{
	(void)update;
	fake_update.job = job;
	fake_update.to_send = true;
	fake_update.events = fake_update.len = 0;
	fake_update.deadline = now + BO_S;
	return 0;
}

static inline void fake_end(enum bo_update_event_kind kind, enum bo_update_cause cause)
{
	struct bo_update_slot *slot = &fake_update.update.state.slot[0];
	struct bo_image image = fake_running();

	if (kind == BO_UPDATE_DONE && fake_update.job == BO_JOB_UPLOAD)
		fake_update.event[fake_update.events++] = (struct bo_update_event){
			.kind = BO_UPDATE_POINT, .name = "byte", .value = FAKE_FLASH};
	*slot = (struct bo_update_slot){
		.present = true, .has_hash = true, .active = true, .confirmed = true};
	memcpy(slot->hash, image.hash, 32);
	snprintf(slot->version, sizeof(slot->version), "%s", image.version_text);
	fake_update.event[fake_update.events++] =
		(struct bo_update_event){.kind = kind, .cause = cause};
	fake_update.deadline = BO_NEVER;
}

static inline void fake_feed(struct bo_update *update, bo_ns now, const uint8_t *data, size_t len)
{
	(void)update, (void)now;
	for (size_t i = 0; i < len; i++) {
		if (data[i] != '\n') {
			fake_update.line[fake_update.len++ % 63] = (char)data[i];
			continue;
		}
		if (fake_update.len == 2 && fake_update.deadline != BO_NEVER) {
			if (memcmp(fake_update.line, "OK", 2) == 0)
				fake_end(BO_UPDATE_DONE, BO_CAUSE_NONE);
			else if (memcmp(fake_update.line, "NO", 2) == 0)
				fake_end(BO_UPDATE_FAILED, BO_CAUSE_REFUSED);
		}
		fake_update.len = 0;
	}
}

static inline size_t fake_take(struct bo_update *update, uint8_t *data, size_t cap)
{
	(void)update;
	if (!fake_update.to_send || cap < 3)
		return 0;
	fake_update.to_send = false;
	data[0] = 'J';
	data[1] = (uint8_t)('0' + fake_update.job);
	data[2] = '\n';
	return 3;
}

static inline bo_ns fake_deadline(const struct bo_update *update)
{
	(void)update;
	return fake_update.deadline;
}

static inline void fake_tick(struct bo_update *update, bo_ns now)
{
	(void)update;
	if (now >= fake_update.deadline)
		fake_end(BO_UPDATE_FAILED, BO_CAUSE_SILENT);
}

static inline void fake_event(struct bo_update *update, struct bo_update_event *ret)
{
	(void)update;
	*ret = (struct bo_update_event){0};
	if (fake_update.events == 0)
		return;
	*ret = fake_update.event[0];
	fake_update.event[0] = fake_update.event[1];
	fake_update.events--;
}

static inline void fake_close_update(struct bo_update *update)
{
	(void)update;
}

static inline int fake_open_update(const struct bo_update_config *config, struct bo_update **ret,
				   struct bo_err *err)
{
	static const struct bo_update_ops ops = {.name = "fake",
						 .start = fake_start,
						 .feed = fake_feed,
						 .take = fake_take,
						 .deadline = fake_deadline,
						 .tick = fake_tick,
						 .event = fake_event,
						 .close = fake_close_update};

	(void)config, (void)err;
	fake_update = (struct fake_update){.update = {.ops = &ops}, .deadline = BO_NEVER};
	*ret = &fake_update.update;
	return 0;
}

#endif
