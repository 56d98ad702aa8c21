#include "harness/tests/fake_bench.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * A trial whose update goes over the bench's network: what is sent where, what counts as heard, and
 * what of it is the rig's. The network is of functions: what is sent reaches the target of the fake
 * bench, whose console stays what it is.
 */
static struct {
	/* said by the test */
	int send, hold;	    /* -errno of send(); of hold_break(false) */
	unsigned send_from; /* the first datagram that it befalls, from 0 */
	bool unplugged;	    /* lost at the first datagram that a running target is sent */
	bool stranger;	    /* somebody else answers while the probe holds ours */
	bool says_early, deaf_to_reset; /* says something unasked; the first reset is lost */
	/* what it saw */
	unsigned sent, resets;
	bool breaks;
	struct bo_net net;
	struct bo_timer answer;
} wire;

static void say(const char *text)
{
	if (wire.net.rx)
		wire.net.rx(wire.net.ctx, bo_loop_now(&fake.loop), (const uint8_t *)text,
			    strlen(text));
}

/* As the console of the fake bench answers, but here; a boot's words go to the console. */
static void answer(struct bo_timer *timer)
{
	(void)timer;
	if (fake.held) {
		if (wire.stranger)
			say("OK\n");
		return;
	}
	if (!fake.on)
		return;
	fake.marked |= fake.asked == BO_JOB_TEST;
	if (fake.asked == BO_JOB_RESET) {
		if (wire.resets++ == 0 && wire.deaf_to_reset)
			return;
		fake_reset();
	}
	say("OK\n");
}

static int net_send(struct bo_net *net, const void *data, size_t len, struct bo_err *err)
{
	const char *text = data;

	cr_assert(len == 3 && text[0] == 'J' && text[2] == '\n', "not one datagram");
	cr_expect_not(wire.breaks && fake.on, "sent into a line at break level");
	fake.asked = text[1] - '0';
	if (wire.unplugged && net->lost && !fake.held) {
		struct bo_err why = {0};

		bo_err_set(&why, -ENODEV, "unplugged");
		net->lost(net->ctx, bo_loop_now(&fake.loop), &why);
	}
	if (wire.send && wire.sent >= wire.send_from) {
		wire.sent++;
		return fake_fail(wire.send, "send", err);
	}
	wire.sent++;
	bo_loop_arm(&fake.loop, &wire.answer, bo_loop_now(&fake.loop) + BO_MS);
	return 0;
}

static int net_hold(struct bo_net *net, bool on, struct bo_err *err)
{
	(void)net;
	cr_expect_neq(fake.on, on, "held while there is power, or let go without");
	wire.breaks = on;
	if (!on && wire.says_early)
		say("OK\n");
	return fake_fail(on ? 0 : wire.hold, "hold", err);
}

static void net_add(void)
{
	static const struct bo_net_ops ops = {
		.name = "fake", .send = net_send, .hold_break = net_hold};

	wire.sent = wire.resets = 0;
	wire.answer.fire = answer;
	wire.net = (struct bo_net){.ops = &ops, .datagram_max = 512};
	fake.bench.network = &wire.net;
	/* nothing may be written there */
	fake.faults.write = -EIO;
}

static const struct fake_faults over_net = {.more = net_add, .datagrams = true};

static void set_up(void)
{
	memset(&wire, 0, sizeof(wire));
}

TestSuite(datagrams, .init = set_up);

static void expect_journal(const char *text)
{
	cr_expect(strstr(fake.journal.data, text), "no %s in\n%s", text, fake.journal.data);
}

Test(datagrams, an_update_goes_over_the_network_alone)
{
	cr_expect_eq(fake_trial(&over_net, NULL), 0);
	expect_journal("\"verdict\":\"pass\"");
	cr_expect_gt(wire.sent, 4);
	cr_expect(wire.breaks || fake.on);
	cr_expect_null(wire.net.rx, "it is not ours any more");
	cr_expect_null(wire.net.lost);
	fake_done();
}

Test(datagrams, what_comes_while_no_job_runs_is_counted_and_dropped)
{
	wire.says_early = true;
	cr_expect_eq(fake_trial(&over_net, NULL), 0);
	expect_journal("\"unasked\":2}");
	expect_journal("\"verdict\":\"pass\"");
	fake_done();
}

/* The console's text would end the fake protocol's job as well. */
Test(datagrams, what_the_console_says_answers_nothing)
{
	wire.send = -ENOBUFS;
	wire.send_from = 1;
	struct fake_faults faults = over_net;

	faults.while_writing = "OK\n";
	cr_expect_eq(fake_trial(&faults, NULL), 0);
	expect_journal("\"job\":\"upload\",\"result\":\"silent\"");
	fake_done();
}

Test(datagrams, a_full_way_loses_and_is_no_fault_of_the_rig)
{
	wire.send = -ENOBUFS;
	wire.send_from = 1; /* behind the question whether somebody else answers */
	cr_expect_eq(fake_trial(&over_net, NULL), 0);
	expect_journal("\"job\":\"upload\",\"result\":\"silent\"");
	expect_journal("\"judged\":true");
	cr_expect_null(strstr(fake.journal.data, "\"no-room\":0"));
	fake_done();
}

Test(datagrams, a_request_to_reset_that_was_lost_is_made_again)
{
	wire.deaf_to_reset = true;
	struct fake_faults faults = over_net;

	cr_expect_eq(fake_trial(&faults, NULL), 0);
	cr_expect_eq(wire.resets, 1, "without retries it is not");
	fake_done();
	set_up();
	wire.deaf_to_reset = true;
	faults.retries = 3;
	cr_expect_eq(fake_trial(&faults, NULL), 0);
	cr_expect_eq(wire.resets, 2);
	expect_journal("\"job\":\"reset\",\"result\":\"silent\"");
	expect_journal("\"verdict\":\"pass\"");
	fake_done();
}

Test(datagrams, a_network_that_fails_is_the_rigs)
{
	static const struct {
		int send, hold;
		bool unplugged, stranger;
		const char *why;
	} cases[] = {
		{.send = -EIO, .why = "rig: update session: network: send: Input/output error"},
		{.hold = -ENODEV, .why = "rig: network: hold: No such device"},
		{.unplugged = true, .why = "rig: network: unplugged"},
		{.stranger = true,
		 .why = "somebody answers on the network while the probe holds the target"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		set_up();
		wire.send = cases[i].send;
		wire.hold = cases[i].hold;
		wire.unplugged = cases[i].unplugged;
		wire.stranger = cases[i].stranger;
		cr_expect_eq(fake_trial(&over_net, NULL), BO_TRIAL_RIG_BROKE, "case %zu", i);
		expect_journal(cases[i].why);
		expect_journal("\"verdict\":\"inconclusive\"");
		fake_done();
	}
}

Test(datagrams, a_bench_without_a_network_is_no_targets_fault)
{
	struct fake_faults faults = over_net;

	faults.more = NULL;
	cr_expect_eq(fake_trial(&faults, NULL), BO_TRIAL_RIG_BROKE);
	expect_journal("rig: this bench has no network, and this target is updated over it");
	fake_done();
}
