#include "netem/flow.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/str.h"

#define FORMS "say for example '192.0.2.7', '192.0.2.7:1337/udp' or '[2001:db8::7]:80/tcp'"

static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}};

static int refuse(struct bo_err *err, const char *text, const char *why)
{
	char shown[96];

	return bo_err_set(err, -EINVAL, "peer '%s': %s; " FORMS,
			  bo_str_escape(shown, sizeof(shown), text, strlen(text)), why);
}

static int port_of(const char *text, uint16_t *ret)
{
	char *end;
	long value = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : 0;

	if (value < 1 || value > UINT16_MAX || *end)
		return -EINVAL;
	*ret = (uint16_t)value;
	return 0;
}

/* Cuts "/udp" off. */
static int take_protocol(char *text, struct bo_netem_flow *flow)
{
	char *slash = strchr(text, '/');

	if (!slash)
		return 0;
	*slash = '\0';
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (strcmp(slash + 1, protocols[i].name) == 0)
			flow->protocol = protocols[i].number;
	return flow->protocol ? 0 : -EINVAL;
}

/* Cuts ":1337" off, and the brackets of an IPv6 address; returns the address. */
static char *take_port(char *text, struct bo_netem_flow *flow, bool *ret_wrong)
{
	char *close = *text == '[' ? strchr(text, ']') : NULL;
	char *colon = close ? close + 1 : strchr(text, ':');

	/* two colons and no brackets: the address alone */
	if (!close && colon && strchr(colon + 1, ':'))
		return text;
	*ret_wrong = colon && *colon && (*colon != ':' || port_of(colon + 1, &flow->port) < 0);
	if (close)
		*close = '\0';
	else if (colon)
		*colon = '\0';
	return close ? text + 1 : text;
}

int bo_netem_flow_parse(const char *text, struct bo_netem_flow *ret, struct bo_err *err)
{
	struct bo_netem_flow flow = {0};
	char copy[96], *address;
	bool wrong = false;

	if (!bo_str_copy(copy, sizeof(copy), text))
		return refuse(err, text, "too long");
	if (take_protocol(copy, &flow) < 0)
		return refuse(err, text, "the protocol is not tcp or udp");
	address = take_port(copy, &flow, &wrong);
	if (wrong)
		return refuse(err, text, "the port is not 1 to 65535");
	flow.family = strchr(address, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(flow.family, address, flow.peer) != 1)
		return refuse(err, text, "not an IP address");
	if (flow.port && !flow.protocol)
		return refuse(err, text, "a port needs a protocol");
	*ret = flow;
	return 0;
}
