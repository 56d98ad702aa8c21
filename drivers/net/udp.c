#include <stdio.h>
#include <stdlib.h>

#include "drivers/net/link_net.h"
#include "drivers/net/net_drivers.h"
#include "harness/model/conf.h"

struct config {
	const char *address, *interface;
	int64_t port;
	int netem; /* enum link_netem */
	bool i_know;
};

static const struct bo_conf_field fields[] = {
	{.key = "address",
	 .type = BO_CONF_STR,
	 .offset = offsetof(struct config, address),
	 .flags = BO_CONF_REQUIRED,
	 .help = "the target's IP address"},
	{.key = "port",
	 .type = BO_CONF_INT,
	 .offset = offsetof(struct config, port),
	 .fallback = "1337",
	 .min = 1,
	 .max = UINT16_MAX,
	 .help = "its UDP port"},
	{.key = "interface",
	 .type = BO_CONF_STR,
	 .offset = offsetof(struct config, interface),
	 .help = "this host's interface that leads there; without it the link cannot be impaired"},
	{.key = "i-know",
	 .type = BO_CONF_BOOL,
	 .offset = offsetof(struct config, i_know),
	 .fallback = "no",
	 .help = "`yes`: that interface may carry a default route (only the target's packets are "
		 "impaired)"},
	{.key = "netem",
	 .type = BO_CONF_ENUM,
	 .offset = offsetof(struct config, netem),
	 .fallback = "auto",
	 .names = link_netem_names,
	 .help = "whether the link can be impaired by the kernel: `auto` looks, `yes` insists"},
	{.key = NULL},
};

static struct link_net *of(struct bo_net *net)
{
	return (struct link_net *)((char *)net - offsetof(struct link_net, net));
}

static void close_udp(struct bo_net *net)
{
	struct link_net *link = of(net);

	link_net_close(link);
	free(link);
}

static const struct bo_net_ops ops = {
	.name = "udp",
	.send = link_net_send,
	.impair = link_net_impair,
	.close = close_udp,
};

static int open_udp(struct bo_driver_env *env, const void *data, void **ret, struct bo_err *err)
{
	const struct config *config = data;
	struct link_net *link = calloc(1, sizeof(*link));
	struct link_args args = {0};
	char port[24];

	assert(link);
	(void)snprintf(port, sizeof(port), "%lld", (long long)config->port);
	link_args_add(&args, config->interface ? "--interface" : "--route", config->interface);
	link_args_add(&args, "--address", config->address);
	link_args_add(&args, "--port", port);
	link_args_add(&args, "--netem", link_netem_names[config->netem]);
	if (config->i_know)
		link_args_add(&args, "--i-know", NULL);
	int rc = link_net_open(link, env->loop, config->address, &args, -1, err);

	if (rc < 0) {
		free(link);
		return rc;
	}
	link->net.ops = &ops;
	*ret = &link->net;
	return 0;
}

static int check(const void *data, const struct bo_programs *programs, struct bo_err *err)
{
	const struct config *config = data;

	(void)programs;
	if (config->netem == LINK_NETEM_YES && !config->interface)
		return bo_err_set(err, -EINVAL,
				  "`netem: yes` needs `interface`: what is impaired is an "
				  "interface's traffic");
	return 0;
}

static unsigned able(const void *data)
{
	const struct config *config = data;
	bool netem = config->netem == LINK_NETEM_YES ||
		     (config->netem == LINK_NETEM_AUTO && config->interface &&
		      link_net_probe("--interface"));

	return netem ? BO_CAP_NETEM : 0;
}

const struct bo_driver bo_driver_udp = {
	.name = "udp",
	.help = "a target on a network of this host's",
	.role = BO_ROLE_NETWORK,
	.caps = BO_CAP_DATAGRAMS,
	.fields = fields,
	.config_size = sizeof(struct config),
	.able = able,
	.check = check,
	.open = open_udp,
};
