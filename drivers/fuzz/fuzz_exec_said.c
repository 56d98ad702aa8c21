#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/exec/exec_events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
	for (; *text; text++)
		assert(*text >= 0x20 && *text < 0x7f);
}

static void drain(struct exec_events *events, uint64_t *reached)
{
	struct bo_update_event event;

	for (;;) {
		exec_events_fetch(events, &event);
		if (event.kind == BO_UPDATE_NONE)
			return;
		check_text(event.text);
		check_text(event.name);
		assert(strlen(event.name) <= EXEC_POINT_MAX);
		if (event.kind == BO_UPDATE_RESUME)
			*reached = event.value;
		if (event.kind != BO_UPDATE_POINT || strcmp(event.name, "byte") != 0)
			continue;
		assert(event.value > *reached && event.value <= events->update->image.len);
		*reached = event.value;
	}
}

/* The input: what an upload says on its standard output. Bytes only count upwards and never beyond
 * the image, and nothing unprintable gets out. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct exec_events events;
	struct bo_update update = {.image.len = 5000};
	uint64_t reached = 0;
	bool good = true;

	exec_events_begin(&events, &update, true);
	for (const uint8_t *end; good && (end = memchr(data, '\n', size));) {
		size_t len = (size_t)(end - data);
		struct exec_said said;
		struct bo_err err = {0};
		char *line = malloc(len + 1);

		assert(line);
		memcpy(line, data, len);
		good = exec_said_parse(line, len, &said, &err) == 0 &&
		       exec_events_act(&events, &said, &err) == 0;
		assert(good || err.code < 0);
		check_text(err.text);
		free(line);
		drain(&events, &reached);
		data += len + 1;
		size -= len + 1;
	}
	if (good)
		exec_events_end(&events);
	else
		exec_events_fail(&events);
	drain(&events, &reached);
	for (int i = 0; i < 2; i++)
		check_text(update.state.slot[i].version);
	return 0;
}
