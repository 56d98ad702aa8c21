#include "harness/engine/link.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/prng.h"
#include "harness/engine/trial_state.h"

static const struct {
	const char *name, *point;
} ways[BO_WAY_COUNT] = {
	[BO_WAY_TO_TARGET] = {"to-target", "frame"},
	[BO_WAY_FROM_TARGET] = {"from-target", "reply"},
};

static struct bo_trial *of_timer(struct bo_timer *timer)
{
	return (struct bo_trial *)((char *)timer - offsetof(struct bo_trial, link.timer));
}

static struct bo_link_way *way_of(struct bo_trial *trial, enum bo_way way)
{
	return &trial->link.way[way];
}

/* ---- what was done, for the journal ---- */

static void note(struct bo_trial *trial, enum bo_way way, uint64_t n, const char *did, size_t len,
		 const char *how, int64_t much)
{
	trial_note(trial, "link", "s:s, s:I, s:s, s:I, s:I", "way", ways[way].name, "frame",
		   (json_int_t)n, "did", did, "bytes", (json_int_t)len, how, (json_int_t)much);
}

/* A fault of the link is proven by its first frame. */
static void count_strike(struct bo_trial *trial, struct bo_link_rule *rule)
{
	if (rule->struck++ == 0)
		trial_fault_proven(trial, "link");
}

/* ---- draws: of this trial, this frame and this purpose, whatever else is drawn ---- */

static uint64_t draw(const struct bo_trial *trial, enum bo_way way, uint64_t n, const char *what,
		     uint64_t bound)
{
	struct bo_prng root, of_trial, stream;
	struct bo_buf name = {0};

	bo_prng_init(&root, (uint64_t)trial->scenario->seed);
	bo_schedule_format(&trial->args->schedule, &name);
	bo_prng_split(&root, name.data, &of_trial);
	bo_buf_reset(&name);
	bo_buf_printf(&name, "link.%s.%llu.%s", ways[way].name, (unsigned long long)n, what);
	bo_prng_split(&of_trial, name.data, &stream);
	bo_buf_done(&name);
	return bo_prng_below(&stream, bound);
}

/* ---- frames on their way ---- */

static void deliver(struct bo_trial *trial, enum bo_way way, const void *data, size_t len)
{
	if (way == BO_WAY_TO_TARGET)
		(void)session_transmit(trial, data, len);
	else
		session_hear(trial, bo_loop_now(trial->loop), data, len);
}

/* The one that is due next; NULL: none will be by itself. */
static struct bo_link_held *next_due(struct bo_link_way *way)
{
	for (size_t i = 0; i < way->count; i++)
		if (way->held[i].due != BO_NEVER)
			return &way->held[i];
	return NULL;
}

static bo_ns last_due(const struct bo_link_way *way)
{
	bo_ns due = way->hushed_until;

	for (size_t i = 0; i < way->count; i++)
		if (way->held[i].due != BO_NEVER && way->held[i].due > due)
			due = way->held[i].due;
	return due;
}

static void set_timer(struct bo_trial *trial)
{
	bo_ns at = BO_NEVER;

	for (int way = 0; way < BO_WAY_COUNT; way++) {
		const struct bo_link_held *next = next_due(&trial->link.way[way]);

		if (next && next->due < at)
			at = next->due;
	}
	if (at == BO_NEVER)
		bo_loop_disarm(trial->loop, &trial->link.timer);
	else
		bo_loop_arm(trial->loop, &trial->link.timer, at);
}

static void hold(struct bo_trial *trial, enum bo_way to, const struct bo_link_held *what,
		 const void *data, size_t len)
{
	struct bo_link_way *way = way_of(trial, to);

	if (way->count == BO_LINK_HELD_MAX) {
		if (!trial->broken.code)
			bo_err_set(&trial->broken, -ENOBUFS, "link: more than %d frames held up",
				   BO_LINK_HELD_MAX);
		return;
	}
	struct bo_link_held *held = &way->held[way->count++];

	*held = *what;
	held->since = bo_loop_now(trial->loop);
	bo_buf_add(&held->frame, data, len);
	set_timer(trial);
}

static struct bo_link_held take_out(struct bo_link_way *way, struct bo_link_held *held)
{
	struct bo_link_held taken = *held;
	size_t index = (size_t)(held - way->held);

	way->count--;
	memmove(held, held + 1, (way->count - index) * sizeof(*held));
	return taken;
}

/* Frame `n` has passed: who was to be overtaken was. */
static void let_follow(struct bo_trial *trial, enum bo_way to, uint64_t n)
{
	struct bo_link_way *way = way_of(trial, to);
	size_t i = 0;

	while (i < way->count) {
		if (way->held[i].due != BO_NEVER) {
			i++;
			continue;
		}
		struct bo_link_held held = take_out(way, &way->held[i]);

		count_strike(trial, held.rule);
		note(trial, to, held.n, "reordered", held.frame.len, "behind", (int64_t)n);
		deliver(trial, to, held.frame.data, held.frame.len);
		bo_buf_done(&held.frame);
	}
}

static void pass(struct bo_trial *trial, enum bo_way to, uint64_t n, const void *data, size_t len)
{
	bo_ns due = last_due(way_of(trial, to));

	if (due > bo_loop_now(trial->loop)) {
		hold(trial, to, &(struct bo_link_held){.n = n, .due = due}, data, len);
		return;
	}
	deliver(trial, to, data, len);
	let_follow(trial, to, n);
}

static void release(struct bo_trial *trial, enum bo_way to, bo_ns up_to)
{
	struct bo_link_way *way = way_of(trial, to);
	struct bo_link_held *next;

	while ((next = next_due(way)) && next->due <= up_to) {
		struct bo_link_held held = take_out(way, next);

		if (held.rule) {
			count_strike(trial, held.rule);
			note(trial, to, held.n, "delayed", held.frame.len, "by",
			     bo_loop_now(trial->loop) - held.since);
		}
		deliver(trial, to, held.frame.data, held.frame.len);
		let_follow(trial, to, held.n);
		bo_buf_done(&held.frame);
	}
}

static void is_due(struct bo_timer *timer)
{
	struct bo_trial *trial = of_timer(timer);

	for (int way = 0; way < BO_WAY_COUNT; way++)
		release(trial, (enum bo_way)way, bo_loop_now(trial->loop));
	set_timer(trial);
}

/* ---- what is done to a frame ---- */

struct passing {
	enum bo_way way;
	uint64_t n;
	uint8_t *data;
	size_t len;
	struct bo_link_rule *rule;
};

static void drop(struct bo_trial *trial, const struct passing *frame)
{
	count_strike(trial, frame->rule);
	note(trial, frame->way, frame->n, "dropped", frame->len, "passed", 0);
}

static void duplicate(struct bo_trial *trial, const struct passing *frame)
{
	count_strike(trial, frame->rule);
	note(trial, frame->way, frame->n, "duplicated", frame->len, "passed", 2);
	pass(trial, frame->way, frame->n, frame->data, frame->len);
	pass(trial, frame->way, frame->n, frame->data, frame->len);
}

static void delay(struct bo_trial *trial, const struct passing *frame)
{
	bo_ns due = bo_loop_now(trial->loop) + frame->rule->fault->for_ns;
	bo_ns last = last_due(way_of(trial, frame->way));

	hold(trial, frame->way,
	     &(struct bo_link_held){
		     .n = frame->n, .due = due > last ? due : last, .rule = frame->rule},
	     frame->data, frame->len);
}

/* One bit; not of what ends half a line before the frame. */
static void corrupt(struct bo_trial *trial, const struct passing *frame)
{
	size_t skip = frame->len > 1 && frame->data[0] == '\n';
	size_t at = skip + (size_t)draw(trial, frame->way, frame->n, "byte", frame->len - skip);

	frame->data[at] ^= (uint8_t)(1u << draw(trial, frame->way, frame->n, "bit", 8));
	count_strike(trial, frame->rule);
	note(trial, frame->way, frame->n, "corrupted", frame->len, "byte", (int64_t)at);
	pass(trial, frame->way, frame->n, frame->data, frame->len);
}

static void reorder(struct bo_trial *trial, const struct passing *frame)
{
	hold(trial, frame->way,
	     &(struct bo_link_held){.n = frame->n, .due = BO_NEVER, .rule = frame->rule},
	     frame->data, frame->len);
}

static void (*const acts[BO_ACTION_COUNT])(struct bo_trial *trial, const struct passing *frame) = {
	[BO_ACTION_DROP] = drop,       [BO_ACTION_DUPLICATE] = duplicate, [BO_ACTION_DELAY] = delay,
	[BO_ACTION_CORRUPT] = corrupt, [BO_ACTION_REORDER] = reorder,
};

static bool strikes(const struct bo_trial *trial, struct bo_link_rule *rule, uint64_t n)
{
	const struct bo_fault *fault = rule->fault;

	if (fault->times > 0 && rule->seen >= fault->times)
		return false;
	rule->seen++;
	return fault->share_ppm == 0 ||
	       draw(trial, rule->way, n, "share", 1000000) < fault->share_ppm;
}

static struct bo_link_rule *find_rule(struct bo_trial *trial, enum bo_way way, uint64_t n)
{
	struct bo_link *link = &trial->link;

	for (size_t i = 0; i < link->rules; i++)
		if (link->rule[i].way == way && strikes(trial, &link->rule[i], n))
			return &link->rule[i];
	return NULL;
}

/* A frame arrives at the link. What fires at it may act on it, or end everything. */
static void meet(struct bo_trial *trial, enum bo_way way, uint8_t *data, size_t len)
{
	struct passing frame = {
		.way = way, .n = ++trial->link.way[way].frames, .data = data, .len = len};
	char name[BO_POINT_NAME_MAX];

	if (!trial->link.healed) {
		(void)snprintf(name, sizeof(name), "%s.%s", trial->update->ops->name,
			       ways[way].point);
		if (bo_injector_point(&trial->injector, name, frame.n, bo_loop_now(trial->loop)))
			trial_note(trial, "point", "s:s, s:I", "name", name, "n",
				   (json_int_t)frame.n);
		frame.rule = find_rule(trial, way, frame.n);
	}
	if (!trial->job_runs)
		return;
	if (frame.rule)
		acts[frame.rule->fault->action](trial, &frame);
	else
		pass(trial, way, frame.n, data, len);
}

/* ---- from the session and the console ---- */

bool link_takes_part(const struct bo_trial *trial)
{
	return trial->link.takes_part;
}

void link_gather(struct bo_trial *trial, const uint8_t *data, size_t len)
{
	bo_buf_add(&way_of(trial, BO_WAY_TO_TARGET)->gathered, data, len);
}

/* Meeting one frame may bring about the next: what was gathered is let go first. */
static struct bo_buf take_gathered(struct bo_trial *trial, enum bo_way way)
{
	struct bo_buf taken = way_of(trial, way)->gathered;

	way_of(trial, way)->gathered = (struct bo_buf){0};
	return taken;
}

void link_send(struct bo_trial *trial)
{
	struct bo_buf frame = take_gathered(trial, BO_WAY_TO_TARGET);

	if (frame.len > 0)
		meet(trial, BO_WAY_TO_TARGET, (uint8_t *)frame.data, frame.len);
	bo_buf_done(&frame);
}

static void receive_datagram(struct bo_trial *trial, const uint8_t *data, size_t len)
{
	struct bo_buf copy = {0};

	bo_buf_add(&copy, data, len);
	meet(trial, BO_WAY_FROM_TARGET, (uint8_t *)copy.data, copy.len);
	bo_buf_done(&copy);
}

void link_receive(struct bo_trial *trial, bo_ns at, const uint8_t *data, size_t len)
{
	struct bo_buf *gathered = &way_of(trial, BO_WAY_FROM_TARGET)->gathered;
	const struct bo_framing *framing = trial->args->protocol->framing;

	if (trial->args->protocol->datagrams) {
		receive_datagram(trial, data, len);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		enum bo_framed framed = framing->next(trial->link.framing, data[i]);

		bo_buf_add(gathered, &data[i], 1);
		if (framed == BO_FRAME_INSIDE)
			continue;
		struct bo_buf taken = take_gathered(trial, BO_WAY_FROM_TARGET);

		if (framed == BO_FRAME_END)
			meet(trial, BO_WAY_FROM_TARGET, (uint8_t *)taken.data, taken.len);
		else
			session_hear(trial, at, (const uint8_t *)taken.data, taken.len);
		bo_buf_done(&taken);
	}
}

/* ---- from the injector and the trial ---- */

void link_strike(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due)
{
	struct bo_link *link = &trial->link;

	assert(link->rules < BO_FAULTS_MAX);
	link->rule[link->rules++] =
		(struct bo_link_rule){.fault = fault, .way = bo_point_way(fault->point)};
	trial_fault_done(trial, fault, due, bo_loop_now(trial->loop));
}

void link_hush(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due)
{
	for (int way = 0; way < BO_WAY_COUNT; way++)
		trial->link.way[way].hushed_until = bo_loop_now(trial->loop) + fault->for_ns;
	trial_fault_done(trial, fault, due, bo_loop_now(trial->loop));
	trial_fault_proven(trial, "harness");
}

static bool needs_link(const struct bo_fault *fault)
{
	return fault->action == BO_ACTION_SILENCE || bo_point_way(fault->point) != BO_WAY_NONE;
}

int link_open(struct bo_trial *trial, bool census, struct bo_err *err)
{
	const struct bo_schedule *schedule = &trial->args->schedule;
	const struct bo_framing *framing = trial->args->protocol->framing;
	bool tells = framing || trial->args->protocol->datagrams, needed = false;

	for (size_t i = 0; i < schedule->count; i++)
		needed = needed || needs_link(&schedule->fault[i]);
	if (needed && !tells)
		return bo_err_set(err, -EOPNOTSUPP, "nobody can tell the frames of '%s' apart",
				  trial->args->protocol->name);
	trial->link = (struct bo_link){.timer = {.fire = is_due}};
	trial->link.takes_part = tells && (needed || census);
	if (!trial->link.takes_part || !framing)
		return 0;
	trial->link.framing = malloc(framing->size);
	assert(trial->link.framing);
	framing->init(trial->link.framing);
	return 0;
}

void link_lose(struct bo_trial *trial)
{
	for (int i = 0; i < BO_WAY_COUNT; i++) {
		struct bo_link_way *way = &trial->link.way[i];

		for (size_t k = 0; k < way->count; k++) {
			note(trial, (enum bo_way)i, way->held[k].n, "lost", way->held[k].frame.len,
			     "after", bo_loop_now(trial->loop) - way->held[k].since);
			bo_buf_done(&way->held[k].frame);
		}
		way->count = 0;
		way->hushed_until = 0;
		bo_buf_done(&way->gathered);
	}
	bo_loop_disarm(trial->loop, &trial->link.timer);
	if (trial->link.framing)
		trial->args->protocol->framing->init(trial->link.framing);
}

static void note_rule(struct bo_trial *trial, const struct bo_link_rule *rule)
{
	struct bo_buf text = {0};

	bo_fault_format(rule->fault, &text);
	trial_note(trial, "link", "s:s, s:s, s:I, s:I", "rule", text.data, "way",
		   ways[rule->way].name, "seen", (json_int_t)rule->seen, "struck",
		   (json_int_t)rule->struck);
	bo_buf_done(&text);
	if (rule->struck == 0)
		trial->fault_gap = "no frame was struck";
}

void link_heal(struct bo_trial *trial)
{
	struct bo_link *link = &trial->link;

	if (!link->takes_part || link->healed)
		return;
	link->healed = true;
	for (int way = 0; way < BO_WAY_COUNT; way++) {
		link->way[way].hushed_until = 0;
		release(trial, (enum bo_way)way, BO_NEVER - 1);
	}
	link_lose(trial);
	for (size_t i = 0; i < link->rules; i++)
		note_rule(trial, &link->rule[i]);
}

void link_close(struct bo_trial *trial)
{
	link_lose(trial);
	link_heal(trial);
	free(trial->link.framing);
	trial->link.framing = NULL;
}
