#include "drivers/net/impair.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "harness/model/netem_dist.h"

#define PPM 1000000

struct bo_impair_packet {
	struct bo_impair_packet *before, *after;
	bo_ns due;
	size_t len;
	uint8_t data[];
};

static struct bo_impair *of_timer(struct bo_timer *timer)
{
	return (struct bo_impair *)((char *)timer - offsetof(struct bo_impair, timer));
}

/* ---- draws ---- */

static void seed_draws(struct bo_impair *impair, uint64_t seed)
{
	static const char *const names[BO_IMPAIR_DRAWS] = {
		[BO_IMPAIR_DUPLICATE] = "duplicate", [BO_IMPAIR_LOSS] = "loss",
		[BO_IMPAIR_MOVE] = "move",	     [BO_IMPAIR_CORRUPT] = "corrupt",
		[BO_IMPAIR_WHERE] = "where",	     [BO_IMPAIR_REORDER] = "reorder",
		[BO_IMPAIR_JITTER] = "jitter",
	};
	struct bo_prng root;

	bo_prng_init(&root, seed);
	for (int i = 0; i < BO_IMPAIR_DRAWS; i++)
		bo_prng_split(&root, names[i], &impair->draws[i]);
}

/* A share of nothing draws nothing. */
static bool happens(struct bo_impair *impair, enum bo_impair_draw draw, int64_t ppm)
{
	return ppm > 0 && bo_prng_below(&impair->draws[draw], PPM) < (uint64_t)ppm;
}

/* The state decides, and then moves. */
static bool is_lost(struct bo_impair *impair)
{
	const struct bo_netem_chain *chain = &impair->netem.chain;

	if (!chain->p_ppm)
		return happens(impair, BO_IMPAIR_LOSS, impair->netem.loss_ppm);
	bool lost = happens(impair, BO_IMPAIR_LOSS, impair->bad ? chain->bad_ppm : chain->good_ppm);

	impair->bad ^= happens(impair, BO_IMPAIR_MOVE, impair->bad ? chain->r_ppm : chain->p_ppm);
	return lost;
}

static bo_ns draw_delay(struct bo_impair *impair)
{
	const struct bo_netem *netem = &impair->netem;

	if (!impair->table)
		return netem->delay_ns;
	int64_t entry = impair->table[bo_prng_below(&impair->draws[BO_IMPAIR_JITTER],
						    BO_NETEM_DIST_POINTS)];
	bo_ns delay = netem->delay_ns + netem->jitter_ns / BO_NETEM_DIST_UNIT * entry +
		      netem->jitter_ns % BO_NETEM_DIST_UNIT * entry / BO_NETEM_DIST_UNIT;

	return delay > 0 ? delay : 0;
}

/* ---- those that wait ---- */

static void take_out(struct bo_impair *impair, struct bo_impair_packet *packet)
{
	*(packet->before ? &packet->before->after : &impair->first) = packet->after;
	*(packet->after ? &packet->after->before : &impair->last) = packet->before;
	impair->waiting--;
}

/* Behind all that are due no later. */
static void put_in(struct bo_impair *impair, struct bo_impair_packet *packet)
{
	struct bo_impair_packet *before = impair->last;

	while (before && before->due > packet->due)
		before = before->before;
	packet->before = before;
	packet->after = before ? before->after : impair->first;
	*(packet->before ? &packet->before->after : &impair->first) = packet;
	*(packet->after ? &packet->after->before : &impair->last) = packet;
	impair->waiting++;
}

static void pass(struct bo_impair *impair, const uint8_t *data, size_t len)
{
	impair->count.bytes += len;
	impair->out(impair->ctx, data, len);
}

/* Whoever is handed one may push others: the list is looked at anew each time. */
static void release(struct bo_impair *impair)
{
	bo_ns now = bo_loop_now(impair->loop);

	while (impair->first && impair->first->due <= now) {
		struct bo_impair_packet *packet = impair->first;

		take_out(impair, packet);
		pass(impair, packet->data, packet->len);
		free(packet);
	}
	if (impair->first)
		bo_loop_arm(impair->loop, &impair->timer, impair->first->due);
	else
		bo_loop_disarm(impair->loop, &impair->timer);
}

static void is_due(struct bo_timer *timer)
{
	release(of_timer(timer));
}

/* ---- a packet on its way in ---- */

/* Whether this one is let ahead: of every gap-th packet that share. */
static bool jumps(struct bo_impair *impair)
{
	const struct bo_netem *netem = &impair->netem;

	if (!netem->reorder_ppm)
		return false;
	if (impair->since_jump + 1 >= netem->gap_packets &&
	    happens(impair, BO_IMPAIR_REORDER, netem->reorder_ppm)) {
		impair->since_jump = 0;
		return true;
	}
	impair->since_jump++;
	return false;
}

static bo_ns time_on_the_wire(const struct bo_netem *netem, size_t len)
{
	int64_t bytes = (int64_t)len + netem->overhead_bytes;

	return bytes > 0 ? bytes * BO_S / netem->rate_Bps : 0;
}

/* With a rate, a packet begins once the last one is through: nobody overtakes. */
static bo_ns time_due(struct bo_impair *impair, size_t len)
{
	bo_ns due = bo_loop_now(impair->loop);

	if (jumps(impair))
		return due;
	due += draw_delay(impair);
	if (!impair->netem.rate_Bps)
		return due;
	if (impair->last && impair->last->due > due)
		due = impair->last->due;
	return due + time_on_the_wire(&impair->netem, len);
}

static struct bo_impair_packet *copy_of(const void *data, size_t len)
{
	struct bo_impair_packet *packet = malloc(sizeof(*packet) + len);

	assert(packet);
	packet->len = len;
	memcpy(packet->data, data, len);
	return packet;
}

static void admit(struct bo_impair *impair, const void *data, size_t len)
{
	if (impair->waiting >= (uint64_t)bo_netem_limit(&impair->netem)) {
		impair->count.dropped++;
		return;
	}
	struct bo_impair_packet *packet = copy_of(data, len);

	if (happens(impair, BO_IMPAIR_CORRUPT, impair->netem.corrupt_ppm)) {
		uint64_t bit = bo_prng_below(&impair->draws[BO_IMPAIR_WHERE], 8 * (uint64_t)len);

		packet->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	packet->due = time_due(impair, len);
	put_in(impair, packet);
}

void bo_impair_push(struct bo_impair *impair, const void *data, size_t len)
{
	unsigned copies = 1;

	assert(len > 0);
	impair->count.packets++;
	if (happens(impair, BO_IMPAIR_DUPLICATE, impair->netem.duplicate_ppm)) {
		impair->count.duplicated++;
		copies++;
	}
	if (is_lost(impair)) {
		impair->count.dropped++;
		copies--;
	}
	while (copies-- > 0)
		admit(impair, data, len);
	release(impair);
}

/* ---- from outside ---- */

void bo_impair_init(struct bo_impair *impair, struct bo_loop *loop, uint64_t seed,
		    bo_impair_out *out, void *ctx)
{
	*impair =
		(struct bo_impair){.loop = loop, .out = out, .ctx = ctx, .timer = {.fire = is_due}};
	seed_draws(impair, seed);
}

void bo_impair_set(struct bo_impair *impair, const struct bo_netem *netem,
		   struct bo_net_count *ret_over)
{
	impair->netem = *netem;
	impair->bad = false;
	impair->since_jump = 0;
	free(impair->table);
	impair->table = NULL;
	if (netem->jitter_ns) {
		impair->table = malloc(BO_NETEM_DIST_POINTS * sizeof(*impair->table));
		assert(impair->table);
		bo_netem_dist_fill(netem->dist, impair->table);
	}
	if (netem->seed)
		seed_draws(impair, netem->seed);
	if (ret_over)
		*ret_over = impair->count;
	impair->count = (struct bo_net_count){0};
}

void bo_impair_flush(struct bo_impair *impair)
{
	while (impair->first) {
		struct bo_impair_packet *packet = impair->first;

		take_out(impair, packet);
		free(packet);
	}
	bo_loop_disarm(impair->loop, &impair->timer);
}

void bo_impair_done(struct bo_impair *impair)
{
	bo_impair_flush(impair);
	free(impair->table);
	impair->table = NULL;
}
