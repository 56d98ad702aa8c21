#include <stdio.h>

#include "harness/model/netem_stats.h"
#include "netem/tests/veth_rig.h"

/*
 * In the lab: what was asked of the kernel's netem beside what was measured, by the target and by
 * the queueing discipline's own counters. Each loss lies within its interval of 99.99 %, or this
 * fails; times are printed and never fail.
 */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PERCENT	     10000
#define PACKETS	     20000
#define CHANGES	     200

/* What failed so far. */
static int wrong;

static struct bo_netem_counters read_down(void)
{
	struct bo_netem_view view;

	cr_assert_eq(bo_netem_look("va", &view, NULL), 0);
	return (struct bo_netem_counters){view.down.packets, view.down.bytes, view.down.dropped,
					  view.down.waiting, BO_NETEM_UNKNOWN};
}

/* ---- asked and measured ---- */

static void judge(const char *witness, const struct bo_netem *netem,
		  const struct bo_netem_period *period)
{
	struct bo_netem_loss loss;
	struct bo_buf text = {0};

	bo_netem_measure(netem, period, BO_NETEM_9999_SIDED, &loss);
	bo_netem_loss_text(&loss, period->seen, &text);
	bool agrees = loss.known && bo_netem_agrees(&loss);

	printf("  %-10s %s%s\n", witness, text.data, agrees ? "" : "   OUTSIDE");
	wrong += !agrees;
	bo_buf_done(&text);
}

static void measure_loss(void)
{
	static const struct bo_netem settings[] = {
		{.loss_ppm = PERCENT / 10},
		{.loss_ppm = 1 * PERCENT},
		{.loss_ppm = 5 * PERCENT},
		{.loss_ppm = 20 * PERCENT},
		{.loss_ppm = 60 * PERCENT},
		{.chain = {1 * PERCENT, 10 * PERCENT, 70 * PERCENT, PERCENT / 10}},
		{.chain = {5 * PERCENT, 50 * PERCENT, 100 * PERCENT, 0}},
	};
	struct bo_netem_link *link;
	struct service service;
	struct veth veth;

	printf("== loss, asked and measured over %d packets, within 99.99 %%\n", PACKETS);
	veth_open(&veth);
	service = veth_service(&veth, 5001);
	link = open_link(NULL);
	for (size_t i = 0; i < COUNT(settings); i++) {
		const struct bo_netem *netem = &settings[i];
		struct bo_buf text = {0};

		apply(link, netem, NULL);
		struct bo_netem_counters before = read_down();
		struct measured got = measure(service.here, service.target, PACKETS);
		struct bo_netem_counters after = read_down();
		struct bo_netem_period kernel,
			target = {.seen = (uint64_t)got.sent, .dropped = (uint64_t)got.lost};

		bo_netem_period(netem, &before, &after, &kernel);
		bo_netem_text(netem, &text);
		printf("%s\n", text.data);
		judge("target", netem, &target);
		judge("kernel", netem, &kernel);
		bo_buf_done(&text);
	}
	close_link(link);
}

/* ---- one change ---- */

static int by_size(const void *a, const void *b)
{
	bo_ns left = *(const bo_ns *)a, right = *(const bo_ns *)b;

	return (left > right) - (left < right);
}

static void measure_change(void)
{
	static bo_ns took[CHANGES];
	struct bo_netem_link *link;
	struct bo_clock clock;
	struct veth veth;

	veth_open(&veth);
	bo_clock_real_init(&clock);
	link = open_link(NULL);
	apply(link, &(struct bo_netem){0}, NULL);
	for (int i = 0; i < CHANGES; i++) {
		const struct bo_netem netem = {.loss_ppm = i + 1, .delay_ns = i * BO_MS};
		bo_ns begin = bo_clock_stamp(&clock);

		apply(link, &netem, NULL);
		took[i] = bo_clock_stamp(&clock) - begin;
	}
	close_link(link);
	qsort(took, CHANGES, sizeof(took[0]), by_size);
	printf("== one change, read back and compared: median %lld us of %d, worst %lld us (bar: "
	       "1000 "
	       "us)\n",
	       (long long)(took[CHANGES / 2] / BO_US), CHANGES,
	       (long long)(took[CHANGES - 1] / BO_US));
}

/* ---- one peer ---- */

static void measure_scope(void)
{
	const struct bo_netem netem = {.loss_ppm = 30 * PERCENT};
	struct bo_netem_link *link;
	struct bo_netem_flow flow;
	struct service impaired, other;
	struct measured its, down, up;
	struct veth veth;

	veth_open(&veth);
	impaired = veth_service(&veth, 5001);
	other = veth_service(&veth, 5002);
	cr_assert_eq(bo_netem_flow_parse(VETH_TARGET ":5001/udp", &flow, NULL), 0);
	link = open_link(&flow);
	apply(link, &netem, &netem);
	its = measure(impaired.here, impaired.target, PACKETS / 10);
	down = measure(other.here, other.target, PACKETS);
	up = measure(other.target, other.here, PACKETS);
	close_link(link);
	printf("== one peer at 30 %%: of its packets %d of %d lost; of another flow's %d of %d "
	       "down, "
	       "%d of %d up\n",
	       its.lost, its.sent, down.lost, down.sent, up.lost, up.sent);
	wrong += down.lost + up.lost > 0 || its.lost == 0;
}

int main(void)
{
	measure_loss();
	measure_change();
	measure_scope();
	if (wrong)
		printf("%d of these are wrong\n", wrong);
	return wrong ? 1 : 0;
}
