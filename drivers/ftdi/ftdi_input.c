#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "drivers/api/gpio.h"
#include "drivers/ftdi/ftdi.h"
#include "drivers/ftdi/ftdi_parts.h"

/*
 * An input on a pin of an FTDI chip: the chip tells nobody when a pin changes, so it is asked, over
 * and over, without holding up the loop. A question is a USB round trip, during which another
 * request to the same chip waits.
 */
#define PATIENCE_NS (2 * BO_S) /* an answer that takes longer will not come */

struct input_config {
	struct ftdi_place place;
	uint8_t pin; /* as a mask */
	bo_ns every_ns;
};

struct ftdi_input {
	struct bo_input input;
	const struct input_config *config;
	struct bo_switch_address address;
	struct bo_switch_client client;
	struct bo_loop *loop;
	struct bo_watch answers;
	struct bo_timer timer; /* to ask again; while an answer is awaited, to give up */
	bool awaits;
	bo_ns asked;	  /* when the latest question was */
	bo_ns last_asked; /* and when the one before it, BO_NEVER: there was none */
};

static const struct bo_conf_field fields[] = {
	FTDI_PLACE_ROWS(offsetof(struct input_config, place)),
	{.key = "pin",
	 .type = BO_CONF_PARSED,
	 .offset = offsetof(struct input_config, pin),
	 .flags = BO_CONF_REQUIRED,
	 .help = "input pin, 0 to 7, with a pull-down; 1, 3 and 5 to 7 are inputs whenever the "
		 "chip "
		 "starts",
	 .parse = ftdi_parse_pin},
	{.key = "every",
	 .type = BO_CONF_DURATION,
	 .offset = offsetof(struct input_config, every_ns),
	 .fallback = "1 ms",
	 .min = BO_US,
	 .help = "how often it is looked at; what is shorter may go unseen"},
	{0},
};

static struct ftdi_input *to_ftdi(struct bo_input *input)
{
	return (struct ftdi_input *)((char *)input - offsetof(struct ftdi_input, input));
}

static void stop(struct ftdi_input *self)
{
	bo_loop_unwatch(self->loop, &self->answers);
	bo_loop_disarm(self->loop, &self->timer);
	self->awaits = false;
}

static void lose(struct ftdi_input *self, int rc, struct bo_err *err)
{
	stop(self);
	(void)ftdi_explain(&self->address, err, rc);
	self->input.lost(self->input.ctx, err);
}

static void ask(struct ftdi_input *self)
{
	struct bo_switch_request request = {.verb = BO_SWITCH_READ};
	struct bo_err err = {0};
	bo_ns now = bo_clock_stamp(self->loop->clock);
	int rc = bo_switch_client_ask(&self->client, request, &err);

	if (rc < 0) {
		lose(self, rc, &err);
		return;
	}
	self->last_asked = self->asked;
	self->asked = now;
	self->awaits = true;
	bo_loop_arm(self->loop, &self->timer, now + PATIENCE_NS);
}

/* False when there is no answer yet. */
static bool take_answer(struct ftdi_input *self)
{
	struct bo_switch_answer answer;
	struct bo_err err = {0};
	int rc = bo_switch_client_take(&self->client, &answer, &err);

	if (rc == -EAGAIN)
		return false;
	if (rc < 0) {
		lose(self, rc, &err);
		return true;
	}
	bo_ns now = bo_clock_stamp(self->loop->clock);
	bo_ns next = self->asked + self->config->every_ns;
	struct bo_look look = {
		.level = answer.levels & self->config->pin,
		.at = now,
		.since = self->last_asked == BO_NEVER ? now : self->last_asked,
	};

	self->awaits = false;
	bo_loop_arm(self->loop, &self->timer, next > now ? next : now);
	self->input.look(self->input.ctx, &look);
	return true;
}

static void timer_fired(struct bo_timer *timer)
{
	struct ftdi_input *self =
		(struct ftdi_input *)((char *)timer - offsetof(struct ftdi_input, timer));
	struct bo_err err = {0};

	if (!self->awaits) {
		ask(self);
		return;
	}
	/* It was this process that was late, when the answer is there. */
	if (take_answer(self))
		return;
	(void)bo_err_set(&err, -ETIMEDOUT, "the switch server does not answer");
	lose(self, -ETIMEDOUT, &err);
}

static void answered(struct bo_watch *watch, short revents)
{
	(void)revents;
	(void)take_answer(
		(struct ftdi_input *)((char *)watch - offsetof(struct ftdi_input, answers)));
}

static int input_watch(struct bo_input *input, bool on, struct bo_err *err)
{
	struct ftdi_input *self = to_ftdi(input);

	(void)err;
	stop(self);
	if (!on)
		return 0;
	self->asked = BO_NEVER;
	bo_loop_watch(self->loop, &self->answers);
	bo_loop_arm(self->loop, &self->timer, bo_loop_now(self->loop));
	return 0;
}

static void input_close(struct bo_input *input)
{
	struct ftdi_input *self = to_ftdi(input);

	stop(self);
	bo_switch_client_close(&self->client); /* of a lease without outputs that is all */
	free(self);
}

static const struct bo_input_ops ops = {.name = "ftdi", .watch = input_watch, .close = input_close};

static int input_open(struct bo_driver_env *env, const void *data, void **ret, struct bo_err *err)
{
	const struct input_config *config = data;
	struct bo_switch_address address;
	int rc = ftdi_address(&config->place, config->pin, &address, err);

	if (rc < 0)
		return rc;
	struct ftdi_input *self = calloc(1, sizeof(*self));

	assert(self);
	*self = (struct ftdi_input){
		.input = {.ops = &ops, .every_ns = config->every_ns},
		.config = config,
		.address = address,
		.loop = env->loop,
		.timer = {.fire = timer_fired},
	};
	rc = ftdi_lease(&self->client, &address, env->bench,
			(struct bo_switch_request){.inputs = config->pin}, env->loop, err);
	if (rc < 0) {
		free(self);
		return rc;
	}
	self->answers =
		(struct bo_watch){.fd = self->client.fd, .events = POLLIN, .ready = answered};
	*ret = &self->input;
	return 0;
}

static void input_device(const void *data, struct bo_device *ret)
{
	ftdi_device(&((const struct input_config *)data)->place, ret);
}

const struct bo_driver bo_driver_ftdi_input = {
	.name = "ftdi",
	.help = "a pin of an FTDI USB chip, looked at every so often",
	.role = BO_ROLE_INPUT,
	.caps = BO_CAP_INPUTS,
	.fields = fields,
	.config_size = sizeof(struct input_config),
	.open = input_open,
	.device = input_device,
};
