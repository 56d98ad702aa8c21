#include "harness/cmd/net_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cmd/cmd.h"
#include "harness/model/values.h"
#include "netem/link.h"

#define NOT_GIVEN (-1)

/* The options as they stood there. */
struct given {
	struct bo_netem netem; /* what was not given is NOT_GIVEN */
	int64_t rate_bit, seed, mtu_bytes, for_ns, outage_ns, every_ns;
	const char *profile, *dist, *chain, *overhead, *correlation, *direction, *peer, *blackhole;
	bool i_know, dry_run;
};

static int refuse(const char *why)
{
	return cmd_fail(BO_EXIT_USAGE, "net set: %s", why);
}

/* ---- one text, several values ---- */

static int read_dist(const char *text, enum bo_netem_dist *ret)
{
	for (int i = 0; i < BO_NETEM_DISTS; i++) {
		if (strcmp(text, bo_netem_dist_names[i]) == 0) {
			*ret = (enum bo_netem_dist)i;
			return 0;
		}
	}
	return cmd_fail(BO_EXIT_USAGE, "--dist '%s': say uniform, normal or pareto", text);
}

/* "1%,10%,70%,0.1%": p, r and the losses of both states; these are 100 % and 0 unless given. */
static int read_chain(const char *text, struct bo_netem_chain *ret)
{
	struct bo_netem_chain chain = {.bad_ppm = 1000000};
	int64_t *const parts[] = {&chain.p_ppm, &chain.r_ppm, &chain.bad_ppm, &chain.good_ppm};
	char copy[128], *rest = copy;
	size_t count = 0;

	if (!bo_str_copy(copy, sizeof(copy), text))
		copy[0] = '\0';
	for (char *part; (part = strsep(&rest, ",")); count++) {
		const char *why;

		if (count == sizeof(parts) / sizeof(parts[0])) {
			count = 0; /* one too many is none at all */
			break;
		}
		if (bo_values_parse(BO_PERCENT, part + strspn(part, " "), parts[count], &why) < 0)
			return cmd_fail(BO_EXIT_USAGE, "--gemodel '%s': '%s' is %s", text, part,
					why);
	}
	if (count < 2)
		return cmd_fail(BO_EXIT_USAGE,
				"--gemodel '%s': say P,R or P,R,BAD,GOOD, for example "
				"'1%%,10%%,70%%,0.1%%'",
				text);
	*ret = chain;
	return 0;
}

static int read_overhead(const char *text, int64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtol(text, &end, 10);
	if (errno || end == text || *end)
		return cmd_fail(BO_EXIT_USAGE, "--overhead '%s': say bytes, for example '24'",
				text);
	return 0;
}

static int read_rate(int64_t bits, int64_t *ret)
{
	if (bits % 8)
		return refuse("--rate: the kernel counts whole bytes a second; say a multiple of "
			      "8 bit");
	*ret = bits / 8;
	return 0;
}

/* ---- explicit settings ---- */

/* The int64_t fields that options write to directly. */
static int64_t *const *fields_of(struct bo_netem *netem, size_t *ret_count)
{
	static int64_t *fields[7];

	fields[0] = &netem->delay_ns;
	fields[1] = &netem->jitter_ns;
	fields[2] = &netem->loss_ppm;
	fields[3] = &netem->duplicate_ppm;
	fields[4] = &netem->corrupt_ppm;
	fields[5] = &netem->reorder_ppm;
	fields[6] = &netem->gap_packets;
	*ret_count = sizeof(fields) / sizeof(fields[0]);
	return fields;
}

/* True when anything was given; what was not is 0 from here on. */
static bool settle(struct given *given)
{
	bool any = given->dist || given->chain || given->overhead || given->seed >= 0 ||
		   given->rate_bit >= 0 || given->netem.limit_packets >= 0;
	size_t count;
	int64_t *const *fields = fields_of(&given->netem, &count);

	for (size_t i = 0; i < count; i++) {
		any |= *fields[i] >= 0;
		*fields[i] = *fields[i] < 0 ? 0 : *fields[i];
	}
	return any;
}

static int read_texts(struct given *given)
{
	struct bo_netem *netem = &given->netem;
	int rc = given->dist ? read_dist(given->dist, &netem->dist) : 0;

	if (rc == 0 && given->chain)
		rc = read_chain(given->chain, &netem->chain);
	if (rc == 0 && given->overhead)
		rc = read_overhead(given->overhead, &netem->overhead_bytes);
	if (rc == 0 && given->rate_bit >= 0)
		rc = read_rate(given->rate_bit, &netem->rate_Bps);
	if (rc == 0 && netem->limit_packets == 0)
		return refuse("--limit 0: a queue without room loses everything; for an outage say "
			      "--loss 100%");
	if (netem->limit_packets < 0)
		netem->limit_packets = 0;
	netem->seed = given->seed < 0 ? 0 : (uint64_t)given->seed;
	return rc;
}

static int read_explicit(struct given *given, struct cmd_net_wish *wish)
{
	struct bo_err err = {0};
	int rc = read_texts(given);

	if (rc != 0)
		return rc;
	if (bo_netem_check(&given->netem, &err) < 0)
		return refuse(bo_err_text(&err));
	wish->down_netem = wish->up_netem = given->netem;
	return 0;
}

static int read_settings(struct given *given, struct cmd_net_wish *wish)
{
	const struct bo_netem_profile *profile;
	struct bo_err err = {0};
	bool any = settle(given);

	if (given->mtu_bytes != NOT_GIVEN &&
	    (given->mtu_bytes < BO_NETEM_MTU_LEAST || given->mtu_bytes > BO_NETEM_MTU_MOST))
		return refuse("--mtu: an MTU is 68 to 65535 bytes");
	if (given->correlation)
		return refuse("--correlation: netem's correlation changes the mean loss and delay, "
			      "so what is asked is not what happens; --gemodel says how losses "
			      "cluster");
	if (given->profile && any)
		return refuse("--profile and explicit values together: choose one; 'brownout net "
			      "profiles' prints a profile's values");
	bool packets = given->profile || any || given->outage_ns || given->blackhole;

	if (!packets && given->mtu_bytes == NOT_GIVEN)
		return refuse("say what to set: --profile NAME, or one of --delay, --loss, "
			      "--rate, ...; see --help");
	wish->mtu_only = !packets;
	if (!given->profile)
		return read_explicit(given, wish);
	if (bo_netem_profile_find(given->profile, &profile, &err) < 0)
		return cmd_fail(BO_EXIT_USAGE, "net set: %s; 'brownout net profiles' lists them",
				bo_err_text(&err));
	wish->down_netem = profile->down;
	wish->up_netem = profile->up;
	return 0;
}

/* ---- whose packets ---- */

static int read_direction(const char *text, struct cmd_net_wish *wish)
{
	static const struct {
		const char *name;
		bool down, up;
	} directions[] = {{"both", true, true}, {"down", true, false}, {"up", false, true}};

	for (size_t i = 0; i < sizeof(directions) / sizeof(directions[0]); i++) {
		if (strcmp(text, directions[i].name) != 0)
			continue;
		wish->down = directions[i].down && !wish->mtu_only ? &wish->down_netem : NULL;
		wish->up = directions[i].up && !wish->mtu_only ? &wish->up_netem : NULL;
		return 0;
	}
	return cmd_fail(BO_EXIT_USAGE,
			"--direction '%s': say down (towards the target), up or both", text);
}

/* Somebody has to end an outage: only a process that stays can. */
static int read_outages(const struct given *given, struct cmd_net_wish *wish)
{
	if (!given->outage_ns != !given->every_ns)
		return refuse("--outage and --every go together: so long, at the end of each so "
			      "long");
	if (given->outage_ns && given->outage_ns >= given->every_ns)
		return refuse("--outage is not shorter than --every: for one outage say --loss "
			      "100% --for TIME");
	if (given->outage_ns && !given->for_ns)
		return refuse("--outage needs --for: somebody has to end it");
	wish->outage_ns = given->outage_ns;
	wish->every_ns = given->every_ns;
	return 0;
}

static int read_blackhole(const char *text, int64_t *ret)
{
	const char *why;

	if (bo_values_parse(BO_SIZE, text, ret, &why) < 0)
		return cmd_fail(BO_EXIT_USAGE, "--blackhole-after '%s': %s", text, why);
	if (*ret < 1 || *ret > UINT32_MAX)
		return refuse("--blackhole-after: 1 B to 4 GiB; for an outage from now on say "
			      "--loss 100%");
	return 0;
}

static int read_wish(struct given *given, struct cmd_net_wish *wish)
{
	struct bo_err err = {0};
	int rc = read_outages(given, wish);

	if (rc == 0)
		rc = read_settings(given, wish);

	if (rc == 0)
		rc = read_direction(given->direction, wish);
	if (rc == 0 && given->peer) {
		if (bo_netem_flow_parse(given->peer, &wish->flow, &err) < 0)
			return refuse(bo_err_text(&err));
		wish->peer = &wish->flow;
	}
	if (rc == 0 && given->blackhole)
		rc = read_blackhole(given->blackhole, &wish->blackhole_bytes);
	wish->mtu_bytes = given->mtu_bytes == NOT_GIVEN ? 0 : given->mtu_bytes;
	wish->for_ns = given->for_ns;
	wish->i_know = given->i_know;
	wish->dry_run = given->dry_run;
	return rc;
}

int cmd_net_wish(int argc, char **argv, struct cmd_net_wish *ret)
{
	struct given given = {.netem = {.limit_packets = NOT_GIVEN},
			      .rate_bit = NOT_GIVEN,
			      .seed = NOT_GIVEN,
			      .mtu_bytes = NOT_GIVEN,
			      .direction = "both"};
	struct bo_netem *netem = &given.netem;
	const struct cmd_option table[] = {
		{"profile", CMD_TEXT, &given.profile, "NAME",
		 "as 'brownout net profiles' lists them"},
		{"delay", CMD_DURATION, &netem->delay_ns, "TIME", "of every packet"},
		{"jitter", CMD_DURATION, &netem->jitter_ns, "TIME", "around the delay"},
		{"dist", CMD_TEXT, &given.dist, "NAME", "of the jitter: uniform, normal, pareto"},
		{"loss", CMD_PERCENT, &netem->loss_ppm, "SHARE",
		 "independent losses; 100% is an outage"},
		{"gemodel", CMD_TEXT, &given.chain, "P,R,BAD,GOOD",
		 "losses in bursts (Gilbert-Elliott)"},
		{"duplicate", CMD_PERCENT, &netem->duplicate_ppm, "SHARE",
		 "packets that come twice"},
		{"corrupt", CMD_PERCENT, &netem->corrupt_ppm, "SHARE",
		 "packets with a bit inverted"},
		{"reorder", CMD_PERCENT, &netem->reorder_ppm, "SHARE",
		 "packets that skip the delay"},
		{"gap", CMD_NUMBER, &netem->gap_packets, "N", "only every Nth of them"},
		{"rate", CMD_RATE, &given.rate_bit, "RATE", "such as 64kbit"},
		{"overhead", CMD_TEXT, &given.overhead, "BYTES",
		 "more that a packet takes of the rate"},
		{"limit", CMD_NUMBER, &netem->limit_packets, "N", "packets that may wait [chosen]"},
		{"seed", CMD_NUMBER, &given.seed, "N",
		 "of the kernel's random numbers (Linux 6.6)"},
		{"correlation", CMD_TEXT, &given.correlation, "SHARE", "refused, with the reason"},
		{"mtu", CMD_NUMBER, &given.mtu_bytes, "BYTES",
		 "of the interface, in both directions"},
		{"direction", CMD_TEXT, &given.direction, "WAY",
		 "down (towards the target), up or both [both]"},
		{"peer", CMD_TEXT, &given.peer, "PEER",
		 "these packets only: ADDRESS or ADDRESS:PORT/udp"},
		{"for", CMD_DURATION, &given.for_ns, "TIME",
		 "then heal, whatever happens [until net clear]"},
		{"outage", CMD_DURATION, &given.outage_ns, "TIME", "and everything lost that long"},
		{"every", CMD_DURATION, &given.every_ns, "TIME", "at the end of each such time"},
		{"blackhole-after", CMD_TEXT, &given.blackhole, "SIZE",
		 "nothing passes after so many bytes each way"},
		{"i-know", CMD_FLAG, &given.i_know, NULL, "even on a default route's interface"},
		{"dry-run", CMD_FLAG, &given.dry_run, NULL, "check and say what would be set"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	size_t count;
	int64_t *const *fields = fields_of(netem, &count);

	for (size_t i = 0; i < count; i++)
		*fields[i] = NOT_GIVEN;
	int rest = cmd_options(argc, argv, "net set INTERFACE [OPTION...]", table);

	if (rest < 0)
		return rest == -2 ? -1 : BO_EXIT_USAGE;
	if (rest != 1)
		return refuse("say one interface");
	ret->device = argv[0];
	return read_wish(&given, ret);
}
