#include "netem/wire.h"

#include <string.h>

#define PPM 1000000u

static uint64_t share_of(int64_t ppm)
{
	return ((uint64_t)ppm * UINT32_MAX + PPM / 2) / PPM;
}

static int64_t ppm_of(uint64_t share)
{
	return (int64_t)((share * PPM + UINT32_MAX / 2) / UINT32_MAX);
}

void netem_wire_make(const struct bo_netem *netem, struct netem_wire *ret)
{
	*ret = (struct netem_wire){
		.latency_ns = (uint64_t)netem->delay_ns,
		.jitter_ns = (uint64_t)netem->jitter_ns,
		.limit = (uint64_t)bo_netem_limit(netem),
		.loss = share_of(netem->loss_ppm),
		.duplicate = share_of(netem->duplicate_ppm),
		.reorder = share_of(netem->reorder_ppm),
		.corrupt = share_of(netem->corrupt_ppm),
		.rate_Bps = (uint64_t)netem->rate_Bps,
		.overhead = (uint32_t)netem->overhead_bytes,
		.seed = netem->seed,
	};
	/* With gap 0 the kernel never reorders, whatever the share. */
	if (netem->reorder_ppm)
		ret->gap = netem->gap_packets ? (uint64_t)netem->gap_packets : 1;
	if (netem->chain.p_ppm) {
		ret->chain = 1;
		ret->p = share_of(netem->chain.p_ppm);
		ret->r = share_of(netem->chain.r_ppm);
		ret->h = UINT32_MAX - share_of(netem->chain.bad_ppm);
		ret->k1 = share_of(netem->chain.good_ppm);
	}
}

void netem_wire_settings(const struct netem_wire *wire, struct bo_netem *ret)
{
	*ret = (struct bo_netem){
		.delay_ns = (int64_t)wire->latency_ns,
		.jitter_ns = (int64_t)wire->jitter_ns,
		.limit_packets = (int64_t)wire->limit,
		.loss_ppm = ppm_of(wire->loss),
		.duplicate_ppm = ppm_of(wire->duplicate),
		.reorder_ppm = ppm_of(wire->reorder),
		.gap_packets = (int64_t)wire->gap,
		.corrupt_ppm = ppm_of(wire->corrupt),
		.rate_Bps = (int64_t)wire->rate_Bps,
		.overhead_bytes = (int32_t)(uint32_t)wire->overhead,
		.seed = wire->seed,
	};
	if (wire->chain)
		ret->chain =
			(struct bo_netem_chain){ppm_of(wire->p), ppm_of(wire->r),
						ppm_of(UINT32_MAX - wire->h), ppm_of(wire->k1)};
}

static const struct {
	const char *name;
	size_t offset;
} fields[] = {
#define FIELD(name, field)                               \
	{                                                \
		name, offsetof(struct netem_wire, field) \
	}
	FIELD("delay", latency_ns),  FIELD("jitter", jitter_ns),   FIELD("limit", limit),
	FIELD("gap", gap),	     FIELD("loss", loss),	   FIELD("duplicate", duplicate),
	FIELD("reorder", reorder),   FIELD("corrupt", corrupt),	   FIELD("rate", rate_Bps),
	FIELD("overhead", overhead), FIELD("loss model", chain),   FIELD("loss model's p", p),
	FIELD("loss model's r", r),  FIELD("loss model's 1-h", h), FIELD("loss model's 1-k", k1),
};

static uint64_t field_of(const struct netem_wire *wire, size_t offset)
{
	uint64_t value;

	memcpy(&value, (const char *)wire + offset, sizeof(value));
	return value;
}

const char *netem_wire_differs(const struct netem_wire *asked, const struct netem_wire *seen)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (field_of(asked, fields[i].offset) != field_of(seen, fields[i].offset))
			return fields[i].name;
	return asked->seed && asked->seed != seen->seed ? "seed" : NULL;
}
