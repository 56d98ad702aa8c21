#include <stdio.h>
#include <string.h>

#include "harness/model/network.h"
#include "harness/model/scenario_parts.h"

#define WAY(member) offsetof(struct bo_network_way, member)
#define ALL_PPM	    1000000
#define CHAIN(member)                                          \
	(offsetof(struct bo_network_way, netem.chain.member) - \
	 offsetof(struct bo_network_way, netem.chain))

static const struct bo_conf_field chain_fields[] = {
	{.key = "p",
	 .type = BO_CONF_PERCENT,
	 .offset = CHAIN(p_ppm),
	 .flags = BO_CONF_REQUIRED,
	 .max = ALL_PPM,
	 .help = "from the good state to the bad one, at each packet"},
	{.key = "r",
	 .type = BO_CONF_PERCENT,
	 .offset = CHAIN(r_ppm),
	 .flags = BO_CONF_REQUIRED,
	 .max = ALL_PPM,
	 .help = "back again: a stay lasts 1/r packets in the mean"},
	{.key = "bad",
	 .type = BO_CONF_PERCENT,
	 .offset = CHAIN(bad_ppm),
	 .fallback = "100 %",
	 .max = ALL_PPM,
	 .help = "loss in the bad state"},
	{.key = "good",
	 .type = BO_CONF_PERCENT,
	 .offset = CHAIN(good_ppm),
	 .fallback = "0 %",
	 .max = ALL_PPM,
	 .help = "loss in the good state"},
	{.key = NULL},
};

static const struct bo_conf_field way_fields[] = {
	{.key = "loss",
	 .type = BO_CONF_PERCENT,
	 .offset = WAY(netem.loss_ppm),
	 .max = ALL_PPM,
	 .help = "packets lost, each for itself"},
	{.key = "chain",
	 .type = BO_CONF_MAP,
	 .offset = WAY(netem.chain),
	 .fields = chain_fields,
	 .help = "instead: losses in bursts (Gilbert-Elliott)"},
	{.key = "delay",
	 .type = BO_CONF_DURATION,
	 .offset = WAY(netem.delay_ns),
	 .help = "of every packet"},
	{.key = "jitter",
	 .type = BO_CONF_DURATION,
	 .offset = WAY(netem.jitter_ns),
	 .help = "around the delay"},
	{.key = "distribution",
	 .type = BO_CONF_ENUM,
	 .offset = WAY(netem.dist),
	 .names = bo_netem_dist_names,
	 .fallback = "uniform",
	 .help = "of the jitter"},
	{.key = "duplicate",
	 .type = BO_CONF_PERCENT,
	 .offset = WAY(netem.duplicate_ppm),
	 .max = ALL_PPM,
	 .help = "packets that come twice"},
	{.key = "corrupt",
	 .type = BO_CONF_PERCENT,
	 .offset = WAY(netem.corrupt_ppm),
	 .max = ALL_PPM,
	 .help = "packets with a bit inverted"},
	{.key = "reorder",
	 .type = BO_CONF_PERCENT,
	 .offset = WAY(netem.reorder_ppm),
	 .max = ALL_PPM,
	 .help = "packets that skip the delay"},
	{.key = "gap",
	 .type = BO_CONF_INT,
	 .offset = WAY(netem.gap_packets),
	 .max = UINT16_MAX,
	 .help = "reorder: only every so many-th of them"},
	{.key = "rate",
	 .type = BO_CONF_RATE,
	 .offset = WAY(rate_bit),
	 .help = "such as 64 kbit [no limit]"},
	{.key = "overhead",
	 .type = BO_CONF_INT,
	 .offset = WAY(netem.overhead_bytes),
	 .min = -1500,
	 .max = 1500,
	 .help = "bytes more that a packet takes of the rate"},
	{.key = "limit",
	 .type = BO_CONF_INT,
	 .offset = WAY(netem.limit_packets),
	 .min = 1,
	 .max = 1000000,
	 .help = "packets that may wait [chosen by delay and rate]"},
	{.key = "seed",
	 .type = BO_CONF_INT,
	 .offset = WAY(netem.seed),
	 .max = -1,
	 .help = "of the random numbers of whoever impairs the link [its own]"},
	{.key = "correlation",
	 .type = BO_CONF_STR,
	 .offset = WAY(correlation),
	 .help = "refused, with the reason"},
	{.key = NULL},
};

#define AT(member) offsetof(struct bo_scenario_network, member)

const struct bo_conf_field bo_network_fields[] = {
	{.key = "profile",
	 .type = BO_CONF_STR,
	 .offset = AT(profile),
	 .help = "both ways as 'brownout net profiles' lists them"},
	{.key = "both",
	 .type = BO_CONF_MAP,
	 .offset = AT(both),
	 .fields = way_fields,
	 .help = "both ways alike"},
	{.key = "down",
	 .type = BO_CONF_MAP,
	 .offset = AT(down),
	 .fields = way_fields,
	 .help = "the way to the target"},
	{.key = "up",
	 .type = BO_CONF_MAP,
	 .offset = AT(up),
	 .fields = way_fields,
	 .help = "the way from the target"},
	{.key = NULL},
};

static bool is_given(const struct bo_conf *conf, const char *way, const char *key)
{
	char where[64];

	(void)snprintf(where, sizeof(where), "network.%s%s%s", way, *key ? "." : "", key);
	return bo_conf_given(conf, where);
}

static void read_way(const struct bo_conf *conf, const char *way,
		     const struct bo_network_way *asked, struct bo_netem *ret,
		     struct bo_buf *report)
{
	struct bo_err err = {0};
	char where[64];

	*ret = asked->netem;
	ret->rate_Bps = asked->rate_bit / 8;
	if (!is_given(conf, way, "chain"))
		ret->chain = (struct bo_netem_chain){0}; /* but for what its keys default to */
	(void)snprintf(where, sizeof(where), "network.%s", way);
	if (bo_netem_check(ret, &err) < 0)
		bo_conf_complain(conf, report, where, "%s", bo_err_text(&err));
	(void)snprintf(where, sizeof(where), "network.%s.rate", way);
	if (asked->rate_bit % 8)
		bo_conf_complain(conf, report, where,
				 "whole bytes a second are counted; say a multiple of 8 bit");
	(void)snprintf(where, sizeof(where), "network.%s.correlation", way);
	if (asked->correlation)
		bo_conf_complain(conf, report, where,
				 "netem's correlation changes the mean loss and delay, so what is "
				 "asked is not what happens; 'chain' says how losses cluster");
}

static void read_profile(const struct bo_conf *conf, const char *name, struct bo_netem *ret_down,
			 struct bo_netem *ret_up, struct bo_buf *report)
{
	const struct bo_netem_profile *profile;
	struct bo_err err = {0};

	if (bo_netem_profile_find(name, &profile, &err) < 0) {
		bo_conf_complain(conf, report, "network.profile",
				 "%s; 'brownout net profiles' lists them", bo_err_text(&err));
		return;
	}
	*ret_down = profile->down;
	*ret_up = profile->up;
}

void bo_network_read(const struct bo_conf *conf, const struct bo_scenario_network *asked,
		     struct bo_netem *ret_down, struct bo_netem *ret_up, struct bo_buf *report)
{
	bool both = is_given(conf, "both", "");
	bool each = is_given(conf, "down", "") || is_given(conf, "up", "");

	*ret_down = *ret_up = (struct bo_netem){0};
	if (!asked->profile && !both && !each)
		bo_conf_complain(conf, report, "network",
				 "say what the link is like: 'profile', 'both', 'down' or 'up'");
	if (asked->profile && (both || each))
		bo_conf_complain(conf, report, "network.profile",
				 "a profile and explicit values together: choose one; 'brownout "
				 "net profiles' prints a profile's values");
	if (both && each)
		bo_conf_complain(conf, report, "network.both", "either 'both' or 'down' and 'up'");
	if (asked->profile)
		read_profile(conf, asked->profile, ret_down, ret_up, report);
	if (both) {
		read_way(conf, "both", &asked->both, ret_down, report);
		*ret_up = *ret_down;
	}
	if (is_given(conf, "down", ""))
		read_way(conf, "down", &asked->down, ret_down, report);
	if (is_given(conf, "up", ""))
		read_way(conf, "up", &asked->up, ret_up, report);
}

void bo_network_canonical(const struct bo_netem *down, const struct bo_netem *up,
			  struct bo_buf *out)
{
	bo_buf_printf(out, "network {\ndown=");
	bo_netem_text(down, out);
	bo_buf_printf(out, "\nup=");
	bo_netem_text(up, out);
	bo_buf_printf(out, "\n}\n");
}
