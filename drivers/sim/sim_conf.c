#include "drivers/sim/sim_conf.h"

#include <errno.h>
#include <stdlib.h>

#include "drivers/net/ip_udp.h"
#include "drivers/net/slip_codec.h"

#define PINS 16u /* of a port */

#define DEFAULT_UID "424F562D53494D2D30303031"

static const char *const relays[] = {"honest", "stuck-closed", "stuck-open", "slow", NULL};
static const char *const senses[] = {"honest", "stuck-high", "stuck-low", "absent", NULL};
static const char *const causes[] = {"honest",		"pin", "software", "watchdog",
				     "always-power-on", NULL};
static const char *const isolations[] = {"none", "console", "probe", NULL};
static const char *const locks[] = {"no", "memory", "port", NULL};
static const char *const feeds[] = {"none", "console", "probe", NULL};

#define AT(member) offsetof(struct bo_sim_power_config, member)

const struct bo_conf_field bo_sim_power_fields[] = {
	{.key = "uid",
	 .type = BO_CONF_STR,
	 .offset = AT(uid),
	 .fallback = DEFAULT_UID,
	 .help = "the chip's unique id, 24 hex digits; always begins with 424F56 (BOV)"},
	{.key = "settle",
	 .type = BO_CONF_DURATION,
	 .offset = AT(settle),
	 .fallback = "2 ms",
	 .help = "from power on to the rail up"},
	{.key = "drain",
	 .type = BO_CONF_DURATION,
	 .offset = AT(drain),
	 .fallback = "50 ms",
	 .help = "from power off to the rail certainly dead"},
	{.key = "isolates",
	 .type = BO_CONF_ENUM,
	 .offset = AT(isolates),
	 .names = isolations,
	 .help = "not the supply but an isolator, which parts this line from the board while off; "
		 "that of the console parts the network's as well"},
	{.key = "delay",
	 .type = BO_CONF_DURATION,
	 .offset = AT(delay),
	 .fallback = "0 ms",
	 .help = "between this output and the next one, off and on"},
	{.key = "relay",
	 .type = BO_CONF_ENUM,
	 .offset = AT(relay),
	 .names = relays,
	 .help = "what the relay does; the adapter reads back what it was told in any case"},
	{.key = "hold-up",
	 .type = BO_CONF_DURATION,
	 .offset = AT(hold_up),
	 .fallback = "0 ms",
	 .help = "how long the rail feeds the board without supply; a shorter dip is not felt"},
	{.key = "relay-delay",
	 .type = BO_CONF_DURATION,
	 .offset = AT(relay_delay),
	 .fallback = "80 ms",
	 .help = "how late a slow relay is; one that is told otherwise meanwhile has not moved"},
	{.key = "sense",
	 .type = BO_CONF_ENUM,
	 .offset = AT(sense),
	 .names = senses,
	 .help = "what the sense input at the board's rail reads"},
	{.key = "cause",
	 .type = BO_CONF_ENUM,
	 .offset = AT(cause),
	 .names = causes,
	 .help = "what the chip tells its firmware after power-on; always-power-on: after any "
		 "reset"},
	{.key = "remanence",
	 .type = BO_CONF_DURATION,
	 .offset = AT(remanence),
	 .help = "RAM outlives the supply for this long"},
	{.key = "fed-by",
	 .type = BO_CONF_ENUM,
	 .offset = AT(fed_by),
	 .names = feeds,
	 .help = "what keeps the core alive without supply: the console unless it holds break, the "
		 "probe as long as it is open"},
	{.key = "worn",
	 .type = BO_CONF_INT,
	 .offset = AT(worn),
	 .max = UINT32_MAX,
	 .help = "an address in flash: its page is worn out, and keeps no more than half of "
		 "what is programmed there; 0: none"},
	{.key = "lies-from",
	 .type = BO_CONF_INT,
	 .offset = AT(lies_from),
	 .max = INT64_MAX,
	 .help = "all of this begins with that power-off of a trial; 0: at once"},
	{.key = "lies-to",
	 .type = BO_CONF_INT,
	 .offset = AT(lies_to),
	 .max = INT64_MAX,
	 .help = "and is over at the one after this; 0: never"},
	{.key = "flash",
	 .type = BO_CONF_PATH,
	 .offset = AT(flash),
	 .help = "file with what the chip's flash holds in the beginning of each trial, from its "
		 "first byte [erased]"},
	{.key = NULL},
};

const struct bo_conf_field bo_sim_console_fields[] = {
	{.key = "baud",
	 .type = BO_CONF_BAUD,
	 .offset = offsetof(struct bo_sim_console_config, baud),
	 .flags = BO_CONF_REQUIRED,
	 .min = 50,
	 .max = 12000000,
	 .help = "line rate"},
	{.key = "holds-break",
	 .type = BO_CONF_BOOL,
	 .offset = offsetof(struct bo_sim_console_config, holds_break),
	 .fallback = "yes",
	 .help = "no: an adapter that says it does, while its TX idles high"},
	{.key = "survives-cut",
	 .type = BO_CONF_BOOL,
	 .offset = offsetof(struct bo_sim_console_config, survives_cut),
	 .fallback = "yes",
	 .help = "no: it dies with the board's supply, as a port of the board's own USB does"},
	{.key = "returns",
	 .type = BO_CONF_DURATION,
	 .offset = offsetof(struct bo_sim_console_config, returns),
	 .fallback = "5 s",
	 .help = "with `survives-cut: no`: how long after power-on it may take to be there"},
	{.key = "appears",
	 .type = BO_CONF_DURATION,
	 .offset = offsetof(struct bo_sim_console_config, appears),
	 .fallback = "300 ms",
	 .help = "with `survives-cut: no`: how long it takes; longer than `returns`: for ever"},
	{.key = NULL},
};

const struct bo_conf_field bo_sim_probe_fields[] = {
	{.key = "locked",
	 .type = BO_CONF_ENUM,
	 .offset = offsetof(struct bo_sim_probe_config, locked),
	 .names = locks,
	 .help = "memory: the chip tells who it is, and keeps its flash to itself, as with read "
		 "protection; port: it refuses the probe"},
	{.key = NULL},
};

const struct bo_conf_field bo_sim_reset_fields[] = {
	{.key = NULL},
};

/* "PB0" */
static int parse_pin(const char *text, void *ret, const char **reterr)
{
	char *end;
	bool port = text[0] == 'P' && text[1] >= 'A' && text[1] <= 'G';
	unsigned long pin =
		port && text[2] >= '0' && text[2] <= '9' ? strtoul(text + 2, &end, 10) : PINS;

	if (pin >= PINS || *end) {
		*reterr = "expected a pin of the chip, PA0 to PG15";
		return -EINVAL;
	}
	*(uint32_t *)ret = (uint32_t)(text[1] - 'A') * PINS + (uint32_t)pin;
	return 0;
}

const struct bo_conf_field bo_sim_input_fields[] = {
	{.key = "pin",
	 .type = BO_CONF_PARSED,
	 .offset = offsetof(struct bo_sim_input_config, pin),
	 .flags = BO_CONF_REQUIRED,
	 .help = "pin of the virtual chip, PA0 to PG15",
	 .parse = parse_pin},
	{.key = NULL},
};

static int parse_address(const char *text, void *ret, const char **reterr)
{
	if (bo_ip_address_parse(text, ret, NULL) == 0)
		return 0;
	*reterr = "expected an IPv4 address, such as 10.78.0.2";
	return -EINVAL;
}

#define NET(member) offsetof(struct bo_sim_net_config, member)

const struct bo_conf_field bo_sim_net_fields[] = {
	{.key = "address",
	 .type = BO_CONF_PARSED,
	 .offset = NET(address),
	 .flags = BO_CONF_REQUIRED,
	 .help = "the target's",
	 .parse = parse_address},
	{.key = "host",
	 .type = BO_CONF_PARSED,
	 .offset = NET(host),
	 .flags = BO_CONF_REQUIRED,
	 .help = "ours, at the other end of its line",
	 .parse = parse_address},
	{.key = "port",
	 .type = BO_CONF_INT,
	 .offset = NET(port),
	 .fallback = "1337",
	 .min = 1,
	 .max = UINT16_MAX,
	 .help = "UDP port of the target"},
	{.key = "baud",
	 .type = BO_CONF_BAUD,
	 .offset = NET(baud),
	 .fallback = "500000 baud",
	 .min = 50,
	 .max = 12000000,
	 .help = "line rate"},
	{.key = "mtu",
	 .type = BO_CONF_SIZE,
	 .offset = NET(mtu),
	 .fallback = "576 B",
	 .min = 128,
	 .max = BO_SLIP_PACKET_MAX,
	 .help = "the longest packet, headers included; nothing is sent in fragments"},
	{.key = NULL},
};

int bo_sim_net_check(const void *config, const struct bo_programs *programs, struct bo_err *err)
{
	const struct bo_sim_net_config *net = config;

	(void)programs;
	return net->address == net->host
		       ? bo_err_set(err, -EINVAL, "'address' and 'host' are the same")
		       : 0;
}

bool bo_sim_power_is_instant(const struct bo_sim_power_config *config)
{
	return config->hold_up == 0 && config->relay == BO_SIM_RELAY_HONEST;
}

unsigned bo_sim_power_able(const void *config)
{
	const struct bo_sim_power_config *power = config;

	return BO_CAP_DIPS | (power->sense == BO_SIM_SENSE_ABSENT ? 0 : BO_CAP_SENSE);
}

unsigned bo_sim_console_able(const void *config)
{
	const struct bo_sim_console_config *console = config;
	bool quiet = !console->survives_cut || console->holds_break;

	return (quiet ? BO_CAP_QUIET_LINE : 0) | (console->survives_cut ? BO_CAP_FIRST_WORDS : 0);
}
