#include "harness/engine/rack_wave.h"

#include "harness/model/stats.h"
#include "harness/model/verdict.h"

#define AT(member) offsetof(struct bo_rack_wave, member)

const struct bo_conf_field bo_rack_wave_fields[] = {
	{.key = "benches",
	 .type = BO_CONF_LIST,
	 .offset = AT(benches),
	 .flags = BO_CONF_REQUIRED,
	 .help = "those that join in this wave, of the ones under benches"},
	{.key = "trials",
	 .type = BO_CONF_INT,
	 .offset = AT(trials),
	 .min = 1,
	 .max = 1000000,
	 .help = "judged trials, drawn uniformly, until the next wave [the last one: all]"},
	{.key = "limit",
	 .type = BO_CONF_PERCENT,
	 .offset = AT(limit_ppm),
	 .fallback = "5 %",
	 .help = "the failure rate that they must show themselves to be below"},
	{.key = "halt-on",
	 .type = BO_CONF_SET,
	 .offset = AT(halt_on),
	 .names = bo_outcome_names,
	 .fallback = "bricked",
	 .help = "outcomes that end the campaign at once"},
	{.key = NULL},
};

int64_t bo_rack_wave_allowance(const struct bo_rack_wave *wave)
{
	int64_t limit_ppb = wave->limit_ppm * (BO_STATS_ONE / 1000000), allowance = -1;
	uint64_t n = (uint64_t)wave->trials;

	while (allowance + 1 < wave->trials &&
	       bo_stats_upper_ppb((uint64_t)(allowance + 1), n, BO_STATS_95) <= limit_ppb)
		allowance++;
	return allowance;
}
