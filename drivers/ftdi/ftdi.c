#include "drivers/ftdi/ftdi.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/api/power.h"
#include "drivers/ftdi/ftdi_parts.h"

struct sense_config {
	uint8_t pin; /* as a mask; 0: no sense input */
	int on;
};

struct ftdi_config {
	struct ftdi_place place;
	uint8_t pin; /* as a mask */
	int on, safe;
	bo_ns settle_ns, drain_ns, delay_ns, min_pulse_ns;
	struct sense_config sense;
};

struct ftdi_power {
	struct bo_power power;
	const struct ftdi_config *config;
	struct bo_switch_address address;
	struct bo_switch_client client;
	struct bo_loop *loop;
	bool known, on; /* what was last set, if it was */
	bo_ns changed_at;
};

static const char *const level_names[] = {"low", "high", NULL};
static const char *const state_names[] = {"off", "on", NULL};

static const struct bo_conf_field sense_fields[] = {
	{.key = "pin",
	 .type = BO_CONF_PARSED,
	 .offset = offsetof(struct sense_config, pin),
	 .flags = BO_CONF_REQUIRED,
	 .help = "input pin on the target's rail, of the same interface",
	 .parse = ftdi_parse_pin},
	{.key = "on",
	 .type = BO_CONF_ENUM,
	 .offset = offsetof(struct sense_config, on),
	 .fallback = "high",
	 .help = "its level while the rail is live",
	 .names = level_names},
	{0},
};

static const struct bo_conf_field fields[] = {
	FTDI_PLACE_ROWS(offsetof(struct ftdi_config, place)),
	{.key = "pin",
	 .type = BO_CONF_PARSED,
	 .offset = offsetof(struct ftdi_config, pin),
	 .flags = BO_CONF_REQUIRED,
	 .help = "output pin that switches the supply, 0 to 7",
	 .parse = ftdi_parse_pin},
	{.key = "on",
	 .type = BO_CONF_ENUM,
	 .offset = offsetof(struct ftdi_config, on),
	 .flags = BO_CONF_REQUIRED,
	 .help = "the pin's level that switches the supply on",
	 .names = level_names},
	{.key = "safe",
	 .type = BO_CONF_ENUM,
	 .offset = offsetof(struct ftdi_config, safe),
	 .fallback = "on",
	 .help = "the supply's state while nobody uses it",
	 .names = state_names},
	{.key = "settle",
	 .type = BO_CONF_DURATION,
	 .offset = offsetof(struct ftdi_config, settle_ns),
	 .fallback = "2 ms",
	 .help = "from on to the rail up"},
	{.key = "drain",
	 .type = BO_CONF_DURATION,
	 .offset = offsetof(struct ftdi_config, drain_ns),
	 .fallback = "100 ms",
	 .help = "from off to the rail certainly dead"},
	{.key = "delay",
	 .type = BO_CONF_DURATION,
	 .offset = offsetof(struct ftdi_config, delay_ns),
	 .fallback = "0 ms",
	 .help = "between this output and the next one, off and on"},
	{.key = "min-pulse",
	 .type = BO_CONF_DURATION,
	 .offset = offsetof(struct ftdi_config, min_pulse_ns),
	 .fallback = "0 ms",
	 .help = "shortest pulse the switch can follow; relays need 20 ms"},
	{.key = "sense",
	 .type = BO_CONF_MAP,
	 .offset = offsetof(struct ftdi_config, sense),
	 .help = "witness of the target's rail",
	 .fields = sense_fields},
	{0},
};

static struct ftdi_power *to_ftdi(struct bo_power *power)
{
	return (struct ftdi_power *)((char *)power - offsetof(struct ftdi_power, power));
}

/* The level of the output pin that stands for on or off, as a mask. */
static uint8_t level_for(const struct ftdi_config *config, bool on)
{
	return on == (config->on == 1) ? config->pin : 0;
}

static int check_pulse(const struct ftdi_power *self, bool on, struct bo_err *err)
{
	bo_ns passed = bo_clock_stamp(self->loop->clock) - self->changed_at;

	if (!self->known || self->on == on || passed >= self->config->min_pulse_ns)
		return 0;
	return bo_err_set(err, -EINVAL,
			  "a pulse of %lld us is shorter than this switch's min-pulse of %lld us",
			  (long long)(passed / BO_US),
			  (long long)(self->config->min_pulse_ns / BO_US));
}

static int ftdi_set(struct bo_power *power, bool on, bo_ns *ret_at, struct bo_err *err)
{
	struct ftdi_power *self = to_ftdi(power);
	struct bo_switch_request request = {.verb = BO_SWITCH_SET,
					    .outputs = self->config->pin,
					    .levels = level_for(self->config, on)};
	struct bo_switch_answer answer;
	int rc = check_pulse(self, on, err);
	bool changed = !self->known || self->on != on;

	if (rc < 0)
		return rc;
	rc = ftdi_call(&self->client, &self->address, &request, &answer, err);
	self->known = rc == 0;
	if (rc < 0)
		return rc;
	*ret_at = bo_clock_stamp(self->loop->clock);
	if (changed)
		self->changed_at = *ret_at;
	self->on = on;
	return 0;
}

static int read_pins(struct ftdi_power *self, uint8_t *ret, struct bo_err *err)
{
	struct bo_switch_request request = {.verb = BO_SWITCH_READ};
	struct bo_switch_answer answer;
	int rc = ftdi_call(&self->client, &self->address, &request, &answer, err);

	if (rc == 0)
		*ret = answer.levels;
	return rc;
}

static int ftdi_get(struct bo_power *power, bool *ret_on, struct bo_err *err)
{
	struct ftdi_power *self = to_ftdi(power);
	uint8_t levels;
	int rc = read_pins(self, &levels, err);

	if (rc == 0)
		*ret_on = (levels & self->config->pin) == level_for(self->config, true);
	return rc;
}

static int ftdi_sense(struct bo_power *power, bool *ret_live, struct bo_err *err)
{
	struct ftdi_power *self = to_ftdi(power);
	uint8_t levels;
	int rc = read_pins(self, &levels, err);

	if (rc == 0)
		*ret_live = !(levels & self->config->sense.pin) == (self->config->sense.on == 0);
	return rc;
}

/* A relay that cannot follow would make of a dip what it likes. */
static int check_steps(const struct ftdi_power *self, const struct bo_wave *wave,
		       struct bo_err *err)
{
	for (size_t i = 0; i < wave->count; i++) {
		if (wave->step_ns[i] < self->config->min_pulse_ns)
			return bo_err_set(err, -EINVAL,
					  "a step of %lld us is shorter than this switch's "
					  "min-pulse of %lld us",
					  (long long)(wave->step_ns[i] / BO_US),
					  (long long)(self->config->min_pulse_ns / BO_US));
		if (wave->step_ns[i] > BO_S)
			return bo_err_set(err, -EINVAL, "a step longer than 1 s is a cut");
	}
	return 0;
}

static void tell_played(const struct bo_wave *wave, const struct bo_switch_answer *answer,
			struct bo_wave_played *ret)
{
	*ret = (struct bo_wave_played){.at = answer->at_ns, .seen = answer->seen};
	for (size_t i = 0; i < wave->count; i++)
		ret->step_ns[i] = (bo_ns)answer->byte_ns *
				  bo_switch_step_bytes((uint32_t)wave->step_ns[i], answer->byte_ns);
}

static int ftdi_play(struct bo_power *power, const struct bo_wave *wave, struct bo_wave_played *ret,
		     struct bo_err *err)
{
	struct ftdi_power *self = to_ftdi(power);
	struct bo_switch_request request = {.verb = ret ? BO_SWITCH_PLAY : BO_SWITCH_TUNE,
					    .outputs = self->config->pin,
					    .levels = level_for(self->config, false),
					    .step_count = (uint8_t)wave->count};
	struct bo_switch_answer answer;
	int rc = check_steps(self, wave, err);

	if (rc == 0 && ret && !(self->known && self->on))
		rc = bo_err_set(err, -EINVAL, "a waveform begins with power on");
	for (size_t i = 0; rc == 0 && i < wave->count; i++)
		request.step_ns[i] = (uint32_t)wave->step_ns[i];
	if (rc == 0)
		rc = ftdi_call(&self->client, &self->address, &request, &answer, err);
	if (rc < 0)
		return rc;
	if (ret)
		tell_played(wave, &answer, ret);
	return 0;
}

static void ftdi_close(struct bo_power *power)
{
	struct ftdi_power *self = to_ftdi(power);
	struct bo_switch_request request = {.verb = power->keep ? BO_SWITCH_KEEP
								: BO_SWITCH_RELEASE};
	struct bo_switch_answer answer;
	struct bo_err ignored;

	/* Where this fails the server goes on trying; the pin stays leased until it is safe. */
	(void)ftdi_call(&self->client, &self->address, &request, &answer, &ignored);
	bo_switch_client_close(&self->client);
	free(self);
}

static const struct bo_power_ops ops_blind = {
	.name = "ftdi", .set = ftdi_set, .get = ftdi_get, .play = ftdi_play, .close = ftdi_close};

static const struct bo_power_ops ops_with_sense = {.name = "ftdi",
						   .set = ftdi_set,
						   .get = ftdi_get,
						   .sense = ftdi_sense,
						   .play = ftdi_play,
						   .close = ftdi_close};

static int ftdi_open(struct bo_driver_env *env, const void *data, void **ret, struct bo_err *err)
{
	const struct ftdi_config *config = data;
	struct ftdi_power *self;
	struct bo_switch_request lease = {.outputs = config->pin,
					  .inputs = config->sense.pin,
					  .levels = level_for(config, config->safe == 1)};
	struct bo_switch_address address;
	int rc = ftdi_address(&config->place, config->pin | config->sense.pin, &address, err);

	if (rc < 0)
		return rc;
	if (config->sense.pin == config->pin)
		return bo_err_set(err, -EINVAL, "the sense pin is the output pin");
	self = calloc(1, sizeof(*self));
	assert(self);
	*self = (struct ftdi_power){
		.power = {.ops = config->sense.pin ? &ops_with_sense : &ops_blind,
			  .settle_ns = config->settle_ns,
			  .drain_ns = config->drain_ns,
			  .delay_ns = config->delay_ns},
		.config = config,
		.address = address,
		.loop = env->loop,
	};
	rc = ftdi_lease(&self->client, &self->address, env->bench, lease, env->loop, err);
	if (rc < 0) {
		free(self);
		return rc;
	}
	*ret = &self->power;
	return 0;
}

static void tell_device(const void *data, struct bo_device *ret)
{
	ftdi_device(&((const struct ftdi_config *)data)->place, ret);
}

/* CBUS pins are set one request at a time. */
static unsigned able(const void *data)
{
	const struct ftdi_config *config = data;

	return (config->place.interface == BO_SWITCH_CBUS ? 0 : BO_CAP_DIPS) |
	       (config->sense.pin ? BO_CAP_SENSE : 0);
}

const struct bo_driver bo_driver_ftdi = {
	.name = "ftdi",
	.help = "power switched by a pin of an FTDI USB chip",
	.role = BO_ROLE_POWER,
	.fields = fields,
	.config_size = sizeof(struct ftdi_config),
	.able = able,
	.open = ftdi_open,
	.device = tell_device,
};
