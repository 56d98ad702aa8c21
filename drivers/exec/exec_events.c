#include "drivers/exec/exec_events.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "harness/base/str.h"

static void push(struct exec_events *events, const struct bo_update_event *event, const char *name)
{
	assert(events->count < EXEC_EVENTS_MAX);
	struct exec_queued *at =
		&events->queue[(events->first + events->count++) % EXEC_EVENTS_MAX];

	*at = (struct exec_queued){.event = *event};
	(void)bo_str_copy(at->name, sizeof(at->name), name);
}

void exec_events_begin(struct exec_events *events, struct bo_update *update, bool uploads)
{
	events->update = update;
	update->handed = 0;
	events->uploads = uploads;
	events->reached = events->retries = 0;
	events->notes = 0;
	events->points = events->first = events->count = 0;
	events->end = EXEC_SAID_NOTE;
}

void exec_events_fetch(struct exec_events *events, struct bo_update_event *ret)
{
	*ret = (struct bo_update_event){.kind = BO_UPDATE_NONE};
	if (events->count == 0)
		return;
	events->fetched = events->queue[events->first];
	events->first = (events->first + 1) % EXEC_EVENTS_MAX;
	events->count--;
	*ret = events->fetched.event;
	ret->name = events->fetched.name;
}

static void progress(struct exec_events *events, uint64_t bytes)
{
	const struct bo_update_event event = {.kind = BO_UPDATE_POINT, .value = bytes};

	if (bytes <= events->reached)
		return;
	events->reached = bytes;
	push(events, &event, "byte");
}

/* 0: too many names. */
static uint64_t count_point(struct exec_events *events, const char *name)
{
	size_t i = 0;

	while (i < events->points && strcmp(events->point[i].name, name) != 0)
		i++;
	if (i == EXEC_POINTS_MAX)
		return 0;
	if (i == events->points) {
		events->point[events->points++] = (struct exec_counted){.count = 0};
		(void)bo_str_copy(events->point[i].name, sizeof(events->point[i].name), name);
	}
	return ++events->point[i].count;
}

static int act_progress(struct exec_events *events, const struct exec_said *said,
			struct bo_err *err)
{
	size_t most = events->uploads ? events->update->image.len : 0;
	const struct bo_update_event resume = {.kind = BO_UPDATE_RESUME, .value = said->value};

	if (said->value > most)
		return bo_err_set(err, -EPROTO, "counted %llu bytes of %zu",
				  (unsigned long long)said->value, most);
	if (said->kind == EXEC_SAID_PROGRESS) {
		progress(events, said->value);
		return 0;
	}
	events->reached = said->value;
	push(events, &resume, "");
	return 0;
}

static int act_point(struct exec_events *events, const struct exec_said *said, struct bo_err *err)
{
	struct bo_update_event event = {.kind = BO_UPDATE_POINT, .value = said->value};

	if (!event.value)
		event.value = count_point(events, said->name);
	if (!event.value)
		return bo_err_set(err, -EPROTO, "named more than %d points", EXEC_POINTS_MAX);
	push(events, &event, said->name);
	return 0;
}

static int act_retry(struct exec_events *events, const struct exec_said *said, struct bo_err *err)
{
	struct bo_update_event event = {.kind = BO_UPDATE_RETRY, .value = ++events->retries};

	(void)err;
	(void)bo_str_copy(event.text, sizeof(event.text), said->text);
	push(events, &event, "");
	return 0;
}

static int act_end(struct exec_events *events, const struct exec_said *said, struct bo_err *err)
{
	(void)err;
	events->end = said->kind;
	(void)bo_str_copy(events->end_text, sizeof(events->end_text), said->text);
	return 0;
}

static int act_note(struct exec_events *events, const struct exec_said *said, struct bo_err *err)
{
	struct bo_update_event event = {.kind = BO_UPDATE_NOTE};

	(void)err;
	if (events->notes == 0 || !said->text[0])
		return 0;
	events->notes--;
	(void)bo_str_copy(event.text, sizeof(event.text), said->text);
	push(events, &event, "");
	return 0;
}

static int act_handed(struct exec_events *events, const struct exec_said *said, struct bo_err *err)
{
	(void)err;
	events->update->handed = said->value;
	return 0;
}

static int act_slot(struct exec_events *events, const struct exec_said *said, struct bo_err *err)
{
	(void)err;
	events->update->state.slot[said->value] = said->slot;
	return 0;
}

int exec_events_act(struct exec_events *events, const struct exec_said *said, struct bo_err *err)
{
	static int (*const acts[])(struct exec_events * events, const struct exec_said *said,
				   struct bo_err *err) = {
		[EXEC_SAID_PROGRESS] = act_progress, [EXEC_SAID_RESUME] = act_progress,
		[EXEC_SAID_POINT] = act_point,	     [EXEC_SAID_RETRY] = act_retry,
		[EXEC_SAID_REFUSED] = act_end,	     [EXEC_SAID_SILENT] = act_end,
		[EXEC_SAID_GAVE_UP] = act_end,	     [EXEC_SAID_SLOT] = act_slot,
		[EXEC_SAID_NOTE] = act_note,	     [EXEC_SAID_HANDED] = act_handed,
	};

	return acts[said->kind](events, said, err);
}

void exec_events_end(struct exec_events *events)
{
	static const enum bo_update_cause causes[] = {[EXEC_SAID_REFUSED] = BO_CAUSE_REFUSED,
						      [EXEC_SAID_SILENT] = BO_CAUSE_SILENT,
						      [EXEC_SAID_GAVE_UP] = BO_CAUSE_GAVE_UP};
	struct bo_update_event event = {.kind = BO_UPDATE_DONE};

	if (events->end == EXEC_SAID_NOTE && events->uploads)
		progress(events, events->update->image.len);
	if (events->end != EXEC_SAID_NOTE) {
		event.kind = BO_UPDATE_FAILED;
		event.cause = causes[events->end];
		(void)bo_str_copy(event.text, sizeof(event.text), events->end_text);
	}
	push(events, &event, "");
}

void exec_events_fail(struct exec_events *events)
{
	struct bo_update_event event = {.kind = BO_UPDATE_FAILED, .cause = BO_CAUSE_RIG};

	(void)bo_str_copy(event.text, sizeof(event.text), "rig fault");
	events->count = 0;
	push(events, &event, "");
}
