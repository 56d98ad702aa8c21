#include "harness/engine/pins.h"

#include <stdio.h>
#include <string.h>

#include "harness/engine/trial_state.h"

static bool is_idle(const struct bo_trial *trial)
{
	return !trial->powered || trial->deaf;
}

static void note_edge(struct bo_pin *pin, const struct bo_look *look)
{
	struct bo_trial *trial = pin->trial;

	pin->level = look->level;
	pin->edges++;
	if (bo_injector_point(&trial->injector, pin->point, pin->edges, look->at))
		trial_note(trial, "point", "s:s, s:I, s:b, s:I", "name", pin->point, "n",
			   (json_int_t)pin->edges, "level", look->level, "since",
			   trial_time(trial, look->since));
}

static void judge_level(struct bo_pin *pin, const struct bo_look *look)
{
	struct bo_trial *trial = pin->trial;

	if (trial->facts.frozen)
		return;
	pin->looks++;
	if (look->at - look->since > pin->apart)
		pin->apart = look->at - look->since;
	if (!look->level || pin->went_high)
		return;
	pin->went_high = true;
	pin->high_at = trial_time(trial, look->at);
}

static void looked(void *ctx, const struct bo_look *look)
{
	struct bo_pin *pin = ctx;

	if (is_idle(pin->trial)) {
		pin->level = false;
		return;
	}
	judge_level(pin, look);
	if (look->level != pin->level)
		note_edge(pin, look);
}

static void lost(void *ctx, const struct bo_err *why)
{
	struct bo_pin *pin = ctx;

	if (pin->trial->broken.code)
		return;
	pin->trial->broken = *why;
	(void)bo_err_wrap(&pin->trial->broken, "input '%s'", pin->name);
}

static bool is_named(const struct bo_trial *trial, const char *name)
{
	const struct bo_schedule *schedule = &trial->args->schedule;

	if (schedule->count == 0 || bo_conf_list_has(&trial->scenario->promises.never_high, name))
		return true;
	for (size_t i = 0; i < schedule->count; i++) {
		const char *input = bo_point_input(schedule->fault[i].point);
		const char *after = bo_point_input(schedule->fault[i].after.point);

		if ((input && strcmp(input, name) == 0) || (after && strcmp(after, name) == 0))
			return true;
	}
	return false;
}

static int watch(struct bo_trial *trial, const struct bo_bench_input *of, struct bo_err *err)
{
	struct bo_pin *pin = &trial->pins.pin[trial->pins.count];

	*pin = (struct bo_pin){.trial = trial, .name = of->name, .input = of->input};
	(void)snprintf(pin->point, sizeof(pin->point), "pin.%s", of->name);
	of->input->look = looked;
	of->input->lost = lost;
	of->input->ctx = pin;
	int rc = bo_input_watch(of->input, true, err);

	if (rc < 0)
		return bo_err_wrap(err, "input '%s'", of->name);
	trial->pins.count++;
	return 0;
}

int pins_open(struct bo_trial *trial, struct bo_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < trial->bench->input_count; i++)
		if (is_named(trial, trial->bench->inputs[i].name))
			rc = watch(trial, &trial->bench->inputs[i], err);
	return rc;
}

static void note_pin(const struct bo_pin *pin)
{
	struct bo_trial *trial = pin->trial;

	trial_note(trial, "pin", "s:s, s:I, s:b, s:I, s:I", "name", pin->name, "edges",
		   (json_int_t)pin->edges, "high", pin->went_high, "every",
		   (json_int_t)pin->input->every_ns, "apart", (json_int_t)pin->apart);
}

void pins_close(struct bo_trial *trial)
{
	struct bo_err ignored = {0};

	for (size_t i = 0; i < trial->pins.count; i++)
		(void)bo_input_watch(trial->pins.pin[i].input, false, &ignored);
}

void pins_sum_up(struct bo_trial *trial)
{
	for (size_t i = 0; i < trial->pins.count; i++)
		note_pin(&trial->pins.pin[i]);
}

const struct bo_pin *pins_find(const struct bo_trial *trial, const char *name)
{
	for (size_t i = 0; i < trial->pins.count; i++)
		if (strcmp(trial->pins.pin[i].name, name) == 0)
			return &trial->pins.pin[i];
	return NULL;
}
