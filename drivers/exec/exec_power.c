#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/api/power.h"
#include "drivers/exec/exec.h"
#include "drivers/exec/exec_call.h"

/* A program that tells a state: what it says holds one of two texts. */
struct tell {
	const char *program;
	struct bo_conf_list args;
	const char *on, *off;
};

struct config {
	struct exec_call set;
	struct tell get, sense;
	int safe;
	bo_ns settle, drain, delay, within;
};

struct exec_power {
	struct bo_power power;
	const struct config *config;
	struct exec_host host;
	struct bo_loop *loop;
	bool known, on; /* what was last set, if it was */
};

static const char *const state_names[] = {"off", "on", NULL};

static const struct bo_conf_field tell_fields[] = {
	EXEC_CALL_ROWS(struct tell),
	{.key = "on",
	 .type = BO_CONF_STR,
	 .offset = offsetof(struct tell, on),
	 .fallback = "on",
	 .help = "what its output contains if and only if there is power"},
	{.key = "off",
	 .type = BO_CONF_STR,
	 .offset = offsetof(struct tell, off),
	 .fallback = "off",
	 .help = "likewise if there is none; neither or both is a rig fault"},
	{.key = NULL},
};

static const struct bo_conf_field fields[] = {
	{.key = "set",
	 .type = BO_CONF_MAP,
	 .offset = offsetof(struct config, set),
	 .flags = BO_CONF_REQUIRED,
	 .fields = exec_call_fields,
	 .help = "switches the output; {action} is on or off; has switched when it ends"},
	{.key = "get",
	 .type = BO_CONF_MAP,
	 .offset = offsetof(struct config, get),
	 .fields = tell_fields,
	 .help = "reads the output back, after each `set`, too; without it `set` is believed"},
	{.key = "sense",
	 .type = BO_CONF_MAP,
	 .offset = offsetof(struct config, sense),
	 .fields = tell_fields,
	 .help = "tells whether the target's own rail is live: a witness of cuts"},
	{.key = "safe",
	 .type = BO_CONF_ENUM,
	 .offset = offsetof(struct config, safe),
	 .fallback = "on",
	 .names = state_names,
	 .help = "the output's state once a run is over; nobody sets it if the run is killed"},
	{.key = "settle",
	 .type = BO_CONF_DURATION,
	 .offset = offsetof(struct config, settle),
	 .fallback = "20 ms",
	 .help = "from on to the rail up"},
	{.key = "drain",
	 .type = BO_CONF_DURATION,
	 .offset = offsetof(struct config, drain),
	 .fallback = "500 ms",
	 .help = "from off to the rail certainly dead"},
	{.key = "delay",
	 .type = BO_CONF_DURATION,
	 .offset = offsetof(struct config, delay),
	 .fallback = "0 ms",
	 .help = "between this output and the next one, off and on"},
	EXEC_WITHIN_ROW(struct config),
	{.key = NULL},
};

static struct exec_power *to_exec(struct bo_power *power)
{
	return (struct exec_power *)((char *)power - offsetof(struct exec_power, power));
}

static int ask(struct exec_power *self, const struct tell *tell, const char *what, bool *ret,
	       struct bo_err *err)
{
	static const struct exec_word words[] = {{NULL, NULL}};
	const struct exec_call call = {.program = tell->program, .args = tell->args};
	struct bo_talk talk = {0};
	int rc = exec_call_run(&self->host, &call, what, words, &talk, err);
	const char *said = talk.out.len > 0 ? talk.out.data : "";
	bool on = memmem(said, talk.out.len, tell->on, strlen(tell->on));
	bool off = memmem(said, talk.out.len, tell->off, strlen(tell->off));

	if (rc == 0 && on == off) {
		char text[160];

		rc = bo_err_set(err, -EIO, "%s: program '%s' said %s '%.32s' %s '%.32s'%s", what,
				tell->program, on ? "both" : "neither", tell->on,
				on ? "and" : "nor", tell->off,
				exec_last_words(&talk.out, text, sizeof(text)));
	}
	if (rc == 0)
		*ret = on;
	bo_talk_done(&talk);
	return rc;
}

static int read_back(struct exec_power *self, bool wanted, struct bo_err *err)
{
	bool on;
	int rc = self->config->get.program ? ask(self, &self->config->get, "get", &on, err) : 0;

	if (rc == 0 && self->config->get.program && on != wanted)
		rc = bo_err_set(err, -EIO, "the output was switched %s, and reads %s",
				state_names[wanted], state_names[on]);
	return rc;
}

static int exec_set(struct bo_power *power, bool on, bo_ns *ret_at, struct bo_err *err)
{
	struct exec_power *self = to_exec(power);
	const struct exec_word words[] = {{"action", state_names[on]}, {NULL, NULL}};
	struct bo_talk talk = {0};
	int rc = exec_call_run(&self->host, &self->config->set, on ? "set on" : "set off", words,
			       &talk, err);
	bo_ns at = bo_clock_stamp(self->loop->clock);

	bo_talk_done(&talk);
	self->known = false;
	if (rc == 0)
		rc = read_back(self, on, err);
	if (rc < 0)
		return rc;
	self->known = true;
	self->on = on;
	*ret_at = at;
	return 0;
}

static int exec_get(struct bo_power *power, bool *ret_on, struct bo_err *err)
{
	struct exec_power *self = to_exec(power);

	if (self->config->get.program)
		return ask(self, &self->config->get, "get", ret_on, err);
	if (!self->known)
		return bo_err_set(err, -EOPNOTSUPP,
				  "no `get` program tells the output's state, and nothing was set");
	*ret_on = self->on;
	return 0;
}

static int exec_sense(struct bo_power *power, bool *ret_live, struct bo_err *err)
{
	struct exec_power *self = to_exec(power);

	return ask(self, &self->config->sense, "sense", ret_live, err);
}

/* What it is already known to be is not set again. */
static void exec_close(struct bo_power *power)
{
	struct exec_power *self = to_exec(power);
	bool safe = self->config->safe == 1;
	struct bo_err ignored;
	bo_ns at;

	if (!power->keep && !(self->known && self->on == safe))
		(void)exec_set(power, safe, &at, &ignored);
	free(self);
}

static const struct bo_power_ops ops_blind = {
	.name = "exec", .set = exec_set, .get = exec_get, .close = exec_close};

static const struct bo_power_ops ops_with_sense = {
	.name = "exec", .set = exec_set, .get = exec_get, .sense = exec_sense, .close = exec_close};

static int open_power(struct bo_driver_env *env, const void *data, void **ret, struct bo_err *err)
{
	const struct config *config = data;
	struct exec_power *self = calloc(1, sizeof(*self));

	(void)err;
	assert(self);
	*self = (struct exec_power){
		.power = {.ops = config->sense.program ? &ops_with_sense : &ops_blind,
			  .settle_ns = config->settle,
			  .drain_ns = config->drain,
			  .delay_ns = config->delay},
		.config = config,
		.host = {env->programs, config->within},
		.loop = env->loop,
	};
	*ret = &self->power;
	return 0;
}

static int check_tell(const struct tell *tell, const char *what, const struct bo_programs *programs,
		      struct bo_err *err)
{
	static const char *const none[] = {NULL};
	const struct exec_call call = {.program = tell->program, .args = tell->args};

	if (tell->program && (!*tell->on || !*tell->off || strcmp(tell->on, tell->off) == 0))
		return bo_err_set(err, -EINVAL, "'%s': 'on' and 'off' must be two different texts",
				  what);
	return exec_call_check(&call, what, none, programs, err);
}

static int check(const void *data, const struct bo_programs *programs, struct bo_err *err)
{
	static const char *const of_set[] = {"action", NULL};
	const struct config *config = data;
	int rc = exec_call_check(&config->set, "set", of_set, programs, err);

	if (rc == 0)
		rc = check_tell(&config->get, "get", programs, err);
	return rc == 0 ? check_tell(&config->sense, "sense", programs, err) : rc;
}

static unsigned able(const void *data)
{
	const struct config *config = data;

	return config->sense.program ? BO_CAP_SENSE : 0;
}

const struct bo_driver bo_driver_exec_power = {
	.name = "exec",
	.help = "power switched by a program of your own",
	.role = BO_ROLE_POWER,
	.fields = fields,
	.config_size = sizeof(struct config),
	.able = able,
	.check = check,
	.open = open_power,
};
