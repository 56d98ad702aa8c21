#include "harness/model/netem_stats.h"
#include "netem/tests/kill_rig.h"
#include "netem/timeline.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Of each of the network's claims one case, in seconds: the rest is for test_lab_netem*. */
TestSuite(lab_smoke, .timeout = 120);

/* ---- settings ---- */

/* What the target missed, and what the kernel says it dropped. */
static void expect_loss(const char *what, const struct bo_netem *netem, int sent, int lost,
			uint64_t dropped)
{
	const struct bo_netem_period witnesses[] = {
		{.seen = (uint64_t)sent, .dropped = (uint64_t)lost},
		{.seen = (uint64_t)sent, .dropped = dropped},
	};

	for (size_t i = 0; i < COUNT(witnesses); i++) {
		struct bo_netem_loss loss;
		struct bo_buf text = {0};

		bo_netem_measure(netem, &witnesses[i], BO_NETEM_9999_SIDED, &loss);
		bo_netem_loss_text(&loss, witnesses[i].seen, &text);
		printf("  %s, %s: %s\n", what, i ? "by the kernel" : "by the target", text.data);
		cr_expect(bo_netem_agrees(&loss), "%s: %s", what, text.data);
		bo_buf_done(&text);
	}
}

Test(lab_smoke, five_settings_do_to_packets_what_was_asked_for)
{
	static const struct {
		const char *what;
		struct bo_netem netem;
		int count;
	} cases[] = {
		{"nothing", {0}, 1000},
		{"loss", {.loss_ppm = 20 * PERCENT}, 2000},
		{"chain", {.chain = {2 * PERCENT, 20 * PERCENT, 70 * PERCENT, PERCENT / 10}}, 4000},
		{"copies", {.duplicate_ppm = 10 * PERCENT}, 1000},
		{"delay", {.delay_ns = 50 * BO_MS}, 200},
	};
	struct bo_netem_view before, after;
	struct bo_netem_link *link;
	struct service service;
	struct bo_clock clock;
	struct veth veth;

	veth_open(&veth);
	bo_clock_real_init(&clock);
	service = veth_service(&veth, 5001);
	link = open_link(NULL);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct bo_netem *netem = &cases[i].netem;

		apply(link, netem, netem);
		cr_assert_eq(bo_netem_look("va", &before, NULL), 0);
		bo_ns begin = bo_clock_stamp(&clock);
		struct measured got = measure(service.target, service.here, cases[i].count);

		cr_expect_geq(bo_clock_stamp(&clock) - begin, netem->delay_ns);
		cr_assert_eq(bo_netem_look("va", &after, NULL), 0);
		const struct bo_netem_counters from = bo_netem_counters_of(&before.up),
					       to = bo_netem_counters_of(&after.up);
		struct bo_netem_period period;

		bo_netem_period(netem, &from, &to, &period);
		expect_loss(cases[i].what, netem, got.sent, got.lost, period.dropped);
		if (netem->duplicate_ppm)
			expect_share("copies", got.again, got.sent, netem->duplicate_ppm, 1);
		else
			cr_expect_eq(got.again, 0);
	}
	close_link(link);
}

/* ---- a transfer that resumes ---- */

#define BLOCK	  256
#define BLOCKS	  64
#define ANSWER_MS 100
#define TRIES_OUT 5 /* unanswered ones, after which the outage ends */

struct block {
	uint32_t index;
	uint8_t data[BLOCK];
};

/* The target's end: takes the next block only, and always says which one it wants. */
static void serve(int fd, uint8_t *image, uint32_t *have)
{
	struct block block;

	while (recv(fd, &block, sizeof(block), MSG_DONTWAIT) == sizeof(block)) {
		if (block.index == *have && *have < BLOCKS)
			memcpy(image + BLOCK * (*have)++, block.data, BLOCK);
		(void)send(fd, have, sizeof(*have), 0);
	}
}

/* One block towards the target; true when an answer came, which may be an old one. */
static bool try_block(struct service *service, uint32_t *wanted, uint8_t *image, uint32_t *have)
{
	struct pollfd answer = {.fd = service->here, .events = POLLIN};
	struct pollfd request = {.fd = service->target, .events = POLLIN};
	struct block block = {.index = *wanted};
	bool answered = false;

	memset(block.data, (int)(*wanted * 7 + 1), BLOCK);
	(void)send(service->here, &block, sizeof(block), 0);
	if (poll(&request, 1, ANSWER_MS) == 1)
		serve(service->target, image, have);
	while (poll(&answer, 1, answered ? 0 : ANSWER_MS) == 1)
		answered |= recv(service->here, wanted, sizeof(*wanted), MSG_DONTWAIT) ==
			    sizeof(*wanted);
	return answered;
}

Test(lab_smoke, a_transfer_goes_on_after_an_outage_where_it_was)
{
	const struct bo_netem lossy = {.loss_ppm = 5 * PERCENT};
	const struct bo_netem outage = bo_netem_outage(&lossy);
	static uint8_t image[BLOCK * BLOCKS];
	uint32_t wanted = 0, have = 0, at_outage = 0;
	int sent = 0, unanswered = 0;
	struct bo_netem_link *link;
	struct service service;
	struct veth veth;

	veth_open(&veth);
	service = veth_service(&veth, 5001);
	link = open_link(NULL);
	apply(link, &lossy, &lossy);
	while (wanted < BLOCKS) {
		cr_assert_lt(sent, 20 * BLOCKS, "at block %u", wanted);
		if (!at_outage && wanted == BLOCKS * 2 / 5) {
			at_outage = have;
			apply(link, &outage, &outage);
		}
		sent++;
		if (try_block(&service, &wanted, image, &have))
			continue;
		if (at_outage && ++unanswered == TRIES_OUT) {
			cr_expect_eq(have, at_outage, "nothing passes an outage");
			apply(link, &lossy, &lossy);
		}
	}
	close_link(link);
	printf("  %d of %d blocks were sent again, %d of them into the outage\n", sent - BLOCKS,
	       BLOCKS, TRIES_OUT);
	cr_expect_geq(sent - BLOCKS, TRIES_OUT);
	cr_expect_lt(sent, 2 * BLOCKS, "it resumed and did not begin again");
	for (uint32_t i = 0; i < sizeof(image); i++)
		cr_assert_eq(image[i], (uint8_t)(i / BLOCK * 7 + 1), "%u", i);
}

/* ---- healing ---- */

Test(lab_smoke, a_killed_process_leaves_the_interface_as_it_was_found)
{
	struct bo_buf before = {0};
	struct veth veth;

	veth_open(&veth);
	take_picture(&before);
	be_killed(0, NULL);
	/* with STAY this looks and touches nothing: the guard alone has healed */
	close_link(open_patiently(BO_NETEM_STAY));
	expect_as_found(&before);
	bo_buf_done(&before);
}
