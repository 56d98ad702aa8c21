#ifndef BO_HARNESS_ENGINE_PINS_H
#define BO_HARNESS_ENGINE_PINS_H

#include "drivers/api/gpio.h"
#include "harness/engine/rack.h"
#include "harness/model/schedule.h"

/*
 * Input pins in a trial: their edges are fault points ("pin.marker.3" is the third one, up or
 * down), and some must never be high. Only what the schedule or a promise names is watched, and in
 * a census all there are. What a pin does while the target has no power, or is held by the probe,
 * is nobody's doing: it counts as low then.
 */
struct bo_trial;

struct bo_pin {
	struct bo_trial *trial;
	const char *name;
	struct bo_input *input;
	char point[BO_POINT_NAME_MAX];
	bool level;
	uint64_t edges;
	uint64_t looks; /* at a target that had power, until the outcome stood */
	bo_ns apart;	/* two of them, at most */
	bool went_high; /* likewise */
	bo_ns high_at;
};

struct bo_pins {
	struct bo_pin pin[BO_INPUTS_MAX];
	size_t count;
};

#endif
