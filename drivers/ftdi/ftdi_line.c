#include <assert.h>
#include <stdlib.h>

#include "drivers/api/gpio.h"
#include "drivers/ftdi/ftdi.h"
#include "drivers/ftdi/ftdi_parts.h"

/* An open-drain line on a pin of an FTDI chip. */

struct line_config {
	struct ftdi_place place;
	uint8_t pin; /* as a mask */
};

struct ftdi_line {
	struct bo_line line;
	const struct line_config *config;
	struct bo_switch_address address;
	struct bo_switch_client client;
	struct bo_loop *loop;
};

static const struct bo_conf_field fields[] = {
	FTDI_PLACE_ROWS(offsetof(struct line_config, place)),
	{.key = "pin",
	 .type = BO_CONF_PARSED,
	 .offset = offsetof(struct line_config, pin),
	 .flags = BO_CONF_REQUIRED,
	 .help = "pin that pulls the line low, 0 to 7; 1, 3 and 5 to 7 are inputs whenever the "
		 "chip "
		 "starts",
	 .parse = ftdi_parse_pin},
	{0},
};

static struct ftdi_line *to_ftdi(struct bo_line *line)
{
	return (struct ftdi_line *)((char *)line - offsetof(struct ftdi_line, line));
}

static int line_set(struct bo_line *line, bool asserted, bo_ns *ret_at, struct bo_err *err)
{
	struct ftdi_line *self = to_ftdi(line);
	struct bo_switch_request request = {.verb = BO_SWITCH_SET,
					    .outputs = self->config->pin,
					    .levels = asserted ? 0 : self->config->pin};
	struct bo_switch_answer answer;
	int rc = ftdi_call(&self->client, &self->address, &request, &answer, err);

	if (rc == 0)
		*ret_at = bo_clock_stamp(self->loop->clock);
	return rc;
}

static void line_close(struct bo_line *line)
{
	struct ftdi_line *self = to_ftdi(line);
	struct bo_switch_request request = {.verb = BO_SWITCH_RELEASE};
	struct bo_switch_answer answer;
	struct bo_err ignored;

	/* Where this fails the server goes on trying: the end of the connection does the same. */
	(void)ftdi_call(&self->client, &self->address, &request, &answer, &ignored);
	bo_switch_client_close(&self->client);
	free(self);
}

static const struct bo_line_ops ops = {.name = "ftdi", .set = line_set, .close = line_close};

static int line_open(struct bo_driver_env *env, const void *data, void **ret, struct bo_err *err)
{
	const struct line_config *config = data;
	struct bo_switch_request lease = {
		.outputs = config->pin, .levels = config->pin, .open_drain = config->pin};
	struct bo_switch_address address;
	int rc = ftdi_address(&config->place, config->pin, &address, err);

	if (rc < 0)
		return rc;
	struct ftdi_line *self = calloc(1, sizeof(*self));

	assert(self);
	*self = (struct ftdi_line){
		.line = {&ops}, .config = config, .address = address, .loop = env->loop};
	rc = ftdi_lease(&self->client, &self->address, env->bench, lease, env->loop, err);
	if (rc < 0) {
		free(self);
		return rc;
	}
	*ret = &self->line;
	return 0;
}

static void line_device(const void *data, struct bo_device *ret)
{
	ftdi_device(&((const struct line_config *)data)->place, ret);
}

const struct bo_driver bo_driver_ftdi_reset = {
	.name = "ftdi",
	.help = "the target's reset pin on a pin of an FTDI USB chip",
	.role = BO_ROLE_RESET,
	.caps = BO_CAP_RESET_PIN,
	.fields = fields,
	.config_size = sizeof(struct line_config),
	.open = line_open,
	.device = line_device,
};
