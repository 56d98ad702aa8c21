#include "harness/engine/net_act.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "harness/engine/trial_state.h"
#include "harness/model/netem_stats.h"

/*
 * The network link of a trial: as the scenario has it, and what faults make of it. What it is to be
 * like follows from the faults that act at the moment; whoever drives the link is asked for that,
 * one change at a time, and a change counts once it has said that it is in force.
 */

/* A change takes milliseconds; a driver that is silent for so long is dead. */
#define PATIENCE (10 * BO_S)
/* An honest link is beyond this once in a thousand million periods. */
#define SURE_PPB 999999999
/* A packet that came while the setting changed may stand in the wrong period. */
#define SLACK 1
/* A measurement that leaves more open than this tells nothing. */
#define VAGUE_PPB 500000000
/* The tables of the distributions end there. */
#define JITTERS 4
/* A queue that a slow rate empties keeps arriving; something that never ends is nobody's queue. */
#define ARRIVALS 20

static struct bo_trial *of_timer(struct bo_timer *timer)
{
	return (struct bo_trial *)((char *)timer - offsetof(struct bo_trial, net.timer));
}

static void break_off(struct bo_trial *trial, struct bo_err *err)
{
	(void)bo_err_wrap(err, "network");
	if (!trial->broken.code)
		trial->broken = *err;
}

/* By what they say: settings have holes between their members. */
static bool is_same(const struct bo_netem *a, const struct bo_netem *b)
{
	struct bo_buf one = {0}, other = {0};

	bo_netem_text(a, &one);
	bo_netem_text(b, &other);
	bool same = strcmp(one.data, other.data) == 0;

	bo_buf_done(&one);
	bo_buf_done(&other);
	return same;
}

static bool is_well(const struct bo_netem *netem)
{
	static const struct bo_netem well;

	return is_same(netem, &well);
}

/* ---- what the link is to be like now ---- */

/* How far into its outages a flap is; false: all are over. */
static bool in_series(const struct bo_net_strike *strike, bo_ns now, bo_ns *ret_into)
{
	const struct bo_fault *fault = strike->fault;
	bo_ns since = now - strike->began;

	*ret_into = since % fault->every_ns;
	return since / fault->every_ns < fault->times;
}

static bool acts_now(const struct bo_net_strike *strike, bo_ns now)
{
	const struct bo_fault *fault = strike->fault;
	bo_ns into;

	if (!strike->known || fault->for_ns == 0)
		return true;
	if (fault->net == BO_NET_ACT_FLAP)
		return in_series(strike, now, &into) && into < fault->for_ns;
	return now < strike->began + fault->for_ns;
}

/* When it begins or ends next; BO_NEVER: it stays as it is. */
static bo_ns next_edge(const struct bo_net_strike *strike, bo_ns now)
{
	const struct bo_fault *fault = strike->fault;
	bo_ns into;

	if (!strike->known || fault->for_ns == 0)
		return BO_NEVER;
	if (fault->net != BO_NET_ACT_FLAP)
		return acts_now(strike, now) ? strike->began + fault->for_ns : BO_NEVER;
	if (!in_series(strike, now, &into))
		return BO_NEVER;
	return now - into + (into < fault->for_ns ? fault->for_ns : fault->every_ns);
}

static void make_wanted(const struct bo_trial *trial, struct bo_netem *down, struct bo_netem *up)
{
	const struct bo_net_link *net = &trial->net;
	bo_ns now = bo_loop_now(trial->loop);

	*down = *up = (struct bo_netem){0};
	if (net->healed)
		return;
	*down = trial->scenario->down;
	*up = trial->scenario->up;
	for (size_t i = 0; i < net->strikes; i++)
		if (acts_now(&net->strike[i], now))
			bo_network_strike(net->strike[i].fault, down, up);
}

static void set_timer(struct bo_trial *trial)
{
	struct bo_net_link *net = &trial->net;
	bo_ns now = bo_loop_now(trial->loop), at = BO_NEVER;

	for (size_t i = 0; i < net->strikes && !net->healed; i++) {
		bo_ns edge = next_edge(&net->strike[i], now);

		at = edge < at ? edge : at;
	}
	if (at == BO_NEVER)
		bo_loop_disarm(trial->loop, &net->timer);
	else
		bo_loop_arm(trial->loop, &net->timer, at);
}

/* ---- what was done, for the journal ---- */

/* Who has made it so: "scenario, smp.at.40pct=net:down:5s". */
static void add_reason(const struct bo_trial *trial, struct bo_buf *out)
{
	const struct bo_net_link *net = &trial->net;
	bo_ns now = bo_loop_now(trial->loop);

	if (net->healed) {
		bo_buf_printf(out, "healed");
		return;
	}
	bo_buf_printf(out, "%s", trial->scenario->has_network ? "scenario" : "as it is");
	for (size_t i = 0; i < net->strikes; i++) {
		if (!acts_now(&net->strike[i], now))
			continue;
		bo_buf_printf(out, ", ");
		bo_fault_format(net->strike[i].fault, out);
	}
}

static void note_asked(struct bo_trial *trial)
{
	struct bo_buf down = {0}, up = {0}, why = {0};

	bo_netem_text(&trial->net.down_asked, &down);
	bo_netem_text(&trial->net.up_asked, &up);
	add_reason(trial, &why);
	trial_note(trial, "network", "s:s, s:s, s:s, s:s", "did", "asked", "down", down.data, "up",
		   up.data, "why", why.data);
	bo_buf_done(&down);
	bo_buf_done(&up);
	bo_buf_done(&why);
}

static void note_in_force(struct bo_trial *trial, bo_ns at)
{
	struct bo_buf down = {0}, up = {0};

	bo_netem_text(&trial->net.down, &down);
	bo_netem_text(&trial->net.up, &up);
	trial_note(trial, "network", "s:s, s:s, s:s, s:I", "did", "in force", "down", down.data,
		   "up", up.data, "took", (json_int_t)(at - trial->net.asked_at));
	bo_buf_done(&down);
	bo_buf_done(&up);
}

/* ---- whether a way did what it was asked for ---- */

static struct bo_netem_period period_of(const struct bo_net_count *count, uint64_t dropped)
{
	return (struct bo_netem_period){.seen = count->packets,
					.dropped = dropped,
					.duplicated = count->duplicated == BO_NET_UNKNOWN
							      ? BO_NETEM_UNKNOWN
							      : count->duplicated,
					.bytes = count->bytes};
}

static bool measure(const struct bo_netem *netem, const struct bo_net_count *count,
		    uint64_t dropped, struct bo_netem_loss *ret)
{
	struct bo_netem_period period = period_of(count, dropped);

	bo_netem_measure(netem, &period, SURE_PPB, ret);
	return ret->known;
}

/* What was dropped for want of room cannot be told from what was lost: with a limit of the
 * scenario's own nobody can say how much it is to be. */
static bool is_explained(const struct bo_netem *netem, const struct bo_net_count *count)
{
	uint64_t fewer = count->dropped > SLACK ? count->dropped - SLACK : 0;
	uint64_t more =
		count->packets - count->dropped > SLACK ? count->dropped + SLACK : count->packets;
	struct bo_netem_loss loss;

	if (count->dropped > count->packets)
		return netem->limit_packets > 0 || netem->duplicate_ppm > 0;
	if (measure(netem, count, more, &loss) && loss.upper_ppb < loss.asked_ppb)
		return false;
	return netem->limit_packets > 0 || !measure(netem, count, fewer, &loss) ||
	       loss.lower_ppb <= loss.asked_ppb;
}

static void expect_explained(struct bo_trial *trial, const char *way, const struct bo_netem *netem,
			     const struct bo_net_count *count)
{
	struct bo_buf text = {0};
	struct bo_err err = {0};

	if (is_explained(netem, count))
		return;
	bo_netem_text(netem, &text);
	bo_err_set(&err, -EIO, "%s: %llu of %llu packets were dropped, which '%s' does not explain",
		   way, (unsigned long long)count->dropped, (unsigned long long)count->packets,
		   text.data);
	break_off(trial, &err);
	bo_buf_done(&text);
}

/* What one way did while `netem` stood. */
static void count_way(struct bo_trial *trial, const char *way, const struct bo_netem *netem,
		      const struct bo_net_count *count)
{
	struct bo_netem_period period = period_of(count, count->dropped);
	struct bo_buf is = {0}, told = {0};
	struct bo_netem_loss loss;

	if (count->packets == 0 && is_well(netem))
		return;
	bo_netem_measure(netem, &period, BO_NETEM_99_SIDED, &loss);
	bo_netem_loss_text(&loss, period.seen, &told);
	if (period.seen == 0)
		bo_buf_printf(&told, ": no packet came by");
	else if (loss.known && loss.upper_ppb - loss.lower_ppb > VAGUE_PPB)
		bo_buf_printf(&told, ": too few packets to tell");
	bo_netem_text(netem, &is);
	trial_note(trial, "network", "s:s, s:s, s:s, s:I, s:I, s:o*, s:I, s:I, s:I, s:s", "did",
		   "counted", "way", way, "is", is.data, "packets", (json_int_t)count->packets,
		   "dropped", (json_int_t)count->dropped, "duplicated",
		   count->duplicated == BO_NET_UNKNOWN
			   ? NULL
			   : json_integer((json_int_t)count->duplicated),
		   "bytes", (json_int_t)count->bytes, "asked",
		   (json_int_t)bo_netem_mean_loss_ppm(netem), "clustering",
		   (json_int_t)(1000 * bo_netem_clustering(netem)), "loss", told.data);
	bo_buf_done(&is);
	bo_buf_done(&told);
	expect_explained(trial, way, netem, count);
}

/* ---- changes ---- */

static void pursue(struct bo_trial *trial);

static void take_force(struct bo_trial *trial, bo_ns at)
{
	struct bo_net_link *net = &trial->net;

	for (size_t i = 0; i < net->strikes; i++) {
		struct bo_net_strike *strike = &net->strike[i];

		if (!strike->asked)
			continue;
		strike->asked = false;
		strike->known = true;
		strike->began = at;
		trial_fault_done(trial, strike->fault, strike->due, at);
		trial_fault_proven(trial, "network");
	}
}

static void is_changed(void *ctx, bo_ns at, const struct bo_net_period *over,
		       const struct bo_err *err)
{
	struct bo_trial *trial = ctx;
	struct bo_net_link *net = &trial->net;
	struct bo_err why;

	if (!net->in_flight)
		return;
	net->in_flight = false;
	if (err) {
		why = *err;
		break_off(trial, &why);
		return;
	}
	count_way(trial, "down", &net->down, &over->down);
	count_way(trial, "up", &net->up, &over->up);
	net->down = net->down_asked;
	net->up = net->up_asked;
	note_in_force(trial, at);
	take_force(trial, at);
	pursue(trial);
}

static void note_latest(const struct bo_netem *netem, bo_ns *latest)
{
	int jitters = netem->dist == BO_NETEM_UNIFORM ? 1 : JITTERS;
	bo_ns held = netem->delay_ns + jitters * netem->jitter_ns;

	*latest = held > *latest ? held : *latest;
}

static void ask(struct bo_trial *trial, const struct bo_netem *down, const struct bo_netem *up)
{
	struct bo_net_link *net = &trial->net;
	struct bo_err err = {0};

	net->down_asked = *down;
	net->up_asked = *up;
	net->asked_at = bo_loop_now(trial->loop);
	note_latest(down, &net->latest_down);
	note_latest(up, &net->latest_up);
	net->in_flight = true; /* it may be confirmed before impair() returns */
	note_asked(trial);
	if (bo_net_impair(trial->bench->network, down, up, &err) < 0) {
		net->in_flight = false;
		break_off(trial, &err);
	}
}

/* Has the link become what it is to be like now. */
static void pursue(struct bo_trial *trial)
{
	struct bo_net_link *net = &trial->net;
	struct bo_netem down, up;

	if (net->in_flight)
		return;
	for (size_t i = 0; i < net->strikes; i++)
		net->strike[i].asked = !net->strike[i].known;
	make_wanted(trial, &down, &up);
	if (is_same(&down, &net->down) && is_same(&up, &net->up))
		take_force(trial, bo_loop_now(trial->loop));
	else
		ask(trial, &down, &up);
	set_timer(trial);
}

static void is_due(struct bo_timer *timer)
{
	pursue(of_timer(timer));
}

static bool is_settled(void *ctx)
{
	const struct bo_trial *trial = ctx;

	return !trial->net.in_flight;
}

static void wait_settled(struct bo_trial *trial)
{
	int rc = bo_loop_until(trial->loop, is_settled, trial, bo_loop_now(trial->loop) + PATIENCE);
	struct bo_err err = {0};

	if (rc != -ETIMEDOUT)
		return; /* whoever was interrupted will notice, and closing the bench heals */
	trial->net.in_flight = false;
	bo_err_set(&err, rc, "a change of the link was not confirmed in %d s",
		   (int)(PATIENCE / BO_S));
	break_off(trial, &err);
}

/* ---- from the injector and the trial ---- */

void net_strike(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due)
{
	struct bo_net_link *net = &trial->net;

	assert(net->strikes < BO_FAULTS_MAX);
	if (net->healed) {
		trial_fault_done(trial, fault, due, due);
		trial->fault_gap = "the update was over, and the network link had been healed";
		return;
	}
	net->strike[net->strikes++] = (struct bo_net_strike){.fault = fault, .due = due};
	pursue(trial);
}

bool net_disturbs(const struct bo_trial *trial)
{
	const struct bo_net_link *net = &trial->net;

	return net->takes_part && (net->in_flight || !is_well(&net->down) || !is_well(&net->up));
}

static bool is_needed(const struct bo_trial *trial)
{
	const struct bo_schedule *schedule = &trial->args->schedule;
	bool needed = trial->scenario->has_network;

	for (size_t i = 0; i < schedule->count; i++)
		needed = needed || schedule->fault[i].action == BO_ACTION_NET;
	return needed;
}

int net_open(struct bo_trial *trial, bool census, struct bo_err *err)
{
	struct bo_net *network = trial->bench->network;

	(void)census;
	trial->net = (struct bo_net_link){.timer = {.fire = is_due}};
	if (!is_needed(trial))
		return 0;
	if (!network || !network->ops->impair)
		return bo_err_set(err, -EOPNOTSUPP,
				  "network: nobody on this bench can impair the target's link");
	network->changed = is_changed;
	network->ctx = trial;
	trial->net.takes_part = true;
	pursue(trial);
	wait_settled(trial);
	if (!trial->broken.code)
		return 0;
	*err = trial->broken;
	return err->code;
}

static bool is_never(void *ctx)
{
	(void)ctx;
	return false;
}

/* What is on its way keeps the time that it was given, and would be taken for an answer to what is
 * asked afterwards. */
static void wait_arrived(struct bo_trial *trial)
{
	bo_ns latest = trial->net.latest_down + trial->net.latest_up;
	uint64_t received = trial->datagrams.received + 1;

	for (int i = 0; latest && i < ARRIVALS && received != trial->datagrams.received; i++) {
		received = trial->datagrams.received;
		if (bo_loop_until(trial->loop, is_never, NULL, bo_loop_now(trial->loop) + latest) !=
		    -ETIMEDOUT)
			return;
	}
}

void net_heal(struct bo_trial *trial)
{
	struct bo_net_link *net = &trial->net;

	if (!net->takes_part || net->healed)
		return;
	wait_settled(trial); /* what was asked for before is still carried out, and counts */
	net->healed = true;
	pursue(trial);
	wait_settled(trial);
	if (!trial->broken.code)
		wait_arrived(trial);
}

void net_close(struct bo_trial *trial)
{
	net_heal(trial);
	bo_loop_disarm(trial->loop, &trial->net.timer);
	if (trial->net.takes_part)
		trial->bench->network->changed = NULL;
}
