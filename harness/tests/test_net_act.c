#include <inttypes.h>

#include "harness/tests/fake_bench.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PERCENT	     10000

/*
 * Impairments in a trial: what is asked of the network link when, what counts as in force, and what
 * a link that does something else is called. The link is of functions; it carries nothing, and
 * counts what a test says it counted.
 */
static struct {
	/* said by the test */
	struct bo_netem down, up; /* the scenario's */
	bool has_network;
	int refuses;	      /* -errno of impair() */
	bool ignores, silent; /* it says that another setting is in force; it says nothing */
	uint64_t packets;     /* of each period and way */
	int64_t drops_ppm;    /* instead of what was asked, when lies */
	bool lies, no_duplicates;
	/* what it saw */
	struct wire_step {
		bo_ns at;
		struct bo_netem down, up;
	} asked[32];
	size_t count;
	unsigned too_soon; /* asked before it had confirmed */
	bool in_flight;
	struct bo_timer timer;
	struct bo_net net;
} wire;

static struct bo_net_count counted(const struct bo_netem *netem)
{
	int64_t share = wire.lies ? wire.drops_ppm : bo_netem_mean_loss_ppm(netem);

	return (struct bo_net_count){
		.packets = wire.packets,
		.dropped = (wire.packets * (uint64_t)share + 500000) / 1000000,
		.duplicated = wire.no_duplicates ? BO_NET_UNKNOWN : 0,
		.bytes = 40 * wire.packets,
	};
}

static void link_confirm(struct bo_timer *timer)
{
	static const struct bo_netem well;
	const struct wire_step *before = wire.count > 1 ? &wire.asked[wire.count - 2] : NULL;
	struct bo_net_period over = {counted(before ? &before->down : &well),
				     counted(before ? &before->up : &well)};
	struct bo_err err = {0};

	(void)timer;
	wire.in_flight = false;
	if (wire.ignores)
		bo_err_set(&err, -EPROTO, "rate 20 kbit was asked for, 0 bit is in force");
	if (!before)
		over.down.packets = over.up.packets = over.down.dropped = over.up.dropped = 0;
	if (wire.net.changed)
		wire.net.changed(wire.net.ctx, bo_loop_now(&fake.loop), &over,
				 wire.ignores ? &err : NULL);
}

static int link_impair(struct bo_net *net, const struct bo_netem *down, const struct bo_netem *up,
		       struct bo_err *err)
{
	(void)net;
	if (wire.refuses)
		return fake_fail(wire.refuses, "link", err);
	wire.too_soon += wire.in_flight;
	cr_assert_lt(wire.count, COUNT(wire.asked));
	wire.asked[wire.count++] = (struct wire_step){bo_loop_now(&fake.loop), *down, *up};
	wire.in_flight = true;
	if (!wire.silent)
		bo_loop_arm(&fake.loop, &wire.timer, bo_loop_now(&fake.loop) + 2 * BO_MS);
	return 0;
}

static void link_add(void)
{
	static const struct bo_net_ops ops = {.name = "fake", .impair = link_impair};

	wire.timer.fire = link_confirm;
	wire.net.ops = &ops;
	fake.bench.network = &wire.net;
	fake.scenario.has_network = wire.has_network;
	fake.scenario.down = wire.down;
	fake.scenario.up = wire.up;
}

static const struct fake_faults with_link = {.more = link_add};

static void expect_journal(const char *text)
{
	cr_expect(strstr(fake.journal.data, text), "no %s in\n%s", text, fake.journal.data);
}

/* When the line was written that holds `text`; the last one. */
static int64_t when(const char *text)
{
	const char *at = NULL;
	int64_t time = -1;

	for (const char *next = fake.journal.data; (next = strstr(next, text)); next++)
		at = next;
	cr_assert(at, "no %s in\n%s", text, fake.journal.data);
	while (at > fake.journal.data && at[-1] != '\n')
		at--;
	cr_assert_eq(sscanf(at, "{\"at\":%" SCNd64, &time), 1, "%.80s", at);
	return time;
}

static void expect_asked(size_t i, const char *down)
{
	struct bo_buf text = {0};

	cr_assert_lt(i, wire.count, "%s", fake.journal.data);
	bo_netem_text(&wire.asked[i].down, &text);
	cr_expect_str_eq(text.data, down, "change %zu", i);
	bo_buf_done(&text);
}

Test(net_act, a_trial_that_impairs_nothing_asks_the_link_nothing)
{
	cr_expect_eq(fake_trial(&with_link, NULL), 0);
	cr_expect_eq(wire.count, 0);
	cr_expect_null(strstr(fake.journal.data, "\"ev\":\"network\""));
	fake_done();
}

Test(net_act, the_scenarios_link_is_in_force_before_the_schedule_is_armed_and_well_before_asking)
{
	wire.has_network = true;
	wire.down = (struct bo_netem){.loss_ppm = 5 * PERCENT};
	wire.up = (struct bo_netem){.delay_ns = 20 * BO_MS};
	wire.packets = 2000;
	cr_expect_eq(fake_trial(&with_link, NULL), 0);
	cr_assert_eq(wire.count, 2);
	expect_asked(0, "loss 5 %");
	expect_asked(1, "nothing");
	const char *force = strstr(fake.journal.data, "\"did\":\"in force\""),
		   *armed = strstr(fake.journal.data, "\"ev\":\"armed\""),
		   *healed = strstr(fake.journal.data, "\"why\":\"healed\""),
		   *observed = strstr(fake.journal.data, "\"name\":\"observe\"");

	cr_assert(force && armed && healed && observed, "%s", fake.journal.data);
	cr_expect(force < armed && healed < observed);
	expect_journal("\"way\":\"down\",\"is\":\"loss 5 %\",\"packets\":2000,\"dropped\":100,"
		       "\"duplicated\":0,\"bytes\":80000,\"asked\":50000,\"clustering\":1000,"
		       "\"loss\":\"asked 5.00 %, measured 5.00 % "
		       "of 2000 packets");
	expect_journal("\"way\":\"up\",\"is\":\"delay 20 ms\"");
	expect_journal("\"verdict\":\"pass\"");
	fake_done();
}

/* It is on its way still when the link is well, and must not speak while the probe holds the
 * target. The tables of the kernel's other distributions end at four times the jitter. */
Test(net_act, what_was_delayed_has_arrived_before_the_target_is_asked)
{
	static const struct {
		enum bo_netem_dist dist;
		int jitters;
	} cases[] = {{BO_NETEM_UNIFORM, 1}, {BO_NETEM_NORMAL, 4}, {BO_NETEM_PARETO, 4}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&wire, 0, sizeof(wire));
		wire.has_network = true;
		wire.down = (struct bo_netem){.delay_ns = 200 * BO_MS};
		wire.up = (struct bo_netem){.delay_ns = 20 * BO_MS,
					    .jitter_ns = 5 * BO_MS,
					    .dist = cases[i].dist,
					    .rate_Bps = 4096000};
		cr_expect_eq(fake_trial(&with_link, NULL), 0);
		cr_expect_eq(when("\"name\":\"observe\"") - when("\"did\":\"in force\""),
			     (200 + 20 + cases[i].jitters * 5) * BO_MS);
		fake_done();
	}
}

Test(net_act, a_fault_is_done_when_its_setting_is_in_force_and_over_by_the_clock)
{
	wire.has_network = true;
	wire.down = wire.up = (struct bo_netem){.delay_ns = BO_MS};
	cr_expect_eq(fake_trial(&with_link, "boot.1=net:down:3ms"), 0);
	cr_assert_geq(wire.count, 3);
	expect_asked(1, "delay 1 ms, loss 100 %");
	expect_asked(2, "delay 1 ms");
	cr_expect_eq(wire.asked[2].at - wire.asked[1].at, 5 * BO_MS,
		     "2 ms until it is in force, then 3 ms");
	expect_journal("\"fault\":\"boot.1=net:down:3ms\"");
	expect_journal("\"lag\":2000000");
	expect_journal("\"witness\":\"network\",\"says\":true");
	expect_journal("\"why\":\"scenario, boot.1=net:down:3ms\"");
	expect_journal("\"fired\":1,\"proven\":1");
	expect_journal("measured: not known: no packet came by");
	cr_expect_eq(wire.too_soon, 0);
	fake_done();
}

Test(net_act, a_flap_is_as_many_outages_as_it_says)
{
	static const struct bo_promises anything = {.outcome = ~0u, .ready_within = BO_S};
	struct fake_faults faults = with_link;
	size_t outages = 0;

	faults.promised = &anything;
	faults.silent = true; /* the target takes its time: a second for each job */
	cr_expect_eq(fake_trial(&faults, "boot.1=net:flap:4ms:every-10ms:x3"), 0);
	for (size_t i = 0; i < wire.count; i++)
		outages += wire.asked[i].down.loss_ppm == 100 * PERCENT;
	cr_expect_eq(outages, 3);
	for (size_t i = 2; i < 6; i += 2)
		cr_expect_eq(wire.asked[i].at - wire.asked[i - 2].at,
			     i == 2 ? 12 * BO_MS : 10 * BO_MS, "it began when it was in force");
	cr_expect_eq(wire.asked[1].at - wire.asked[0].at, 6 * BO_MS);
	cr_expect_eq(wire.too_soon, 0);
	fake_done();
}

Test(net_act, faults_add_up_and_one_that_nobody_ends_lasts_until_the_link_is_healed)
{
	cr_expect_eq(fake_trial(&with_link,
				"boot.1=net:loss-200000ppm,fake.byte.4096=net:delay-7ms,"
				"boot.2=net:blackhole"),
		     0);
	cr_assert_eq(wire.count, 4, "%s", fake.journal.data);
	expect_asked(0, "loss 20 %");
	expect_asked(1, "delay 7 ms, loss 20 %");
	expect_asked(2, "delay 7 ms, loss 100 %");
	expect_asked(3, "nothing");
	expect_journal("\"fired\":3,\"proven\":3");
	cr_expect_eq(wire.too_soon, 0, "each waits until the one before is confirmed");
	fake_done();
}

Test(net_act, a_profile_is_both_ways)
{
	cr_expect_eq(fake_trial(&with_link, "boot.1=net:profile-geo:for-2ms"), 0);
	cr_assert_eq(wire.count, 2);
	cr_expect_eq(wire.asked[0].down.rate_Bps, 1250000);
	cr_expect_eq(wire.asked[0].up.rate_Bps, 250000);
	expect_asked(1, "nothing");
	fake_done();
}

Test(net_act, a_link_that_does_something_else_is_the_rigs_fault)
{
	static const struct {
		int refuses;
		bool ignores, silent, lies;
		int64_t drops_ppm;
		uint64_t packets;
		const char *why; /* NULL: nothing is wrong */
	} cases[] = {
		{.refuses = -ENODEV, .why = "rig: network: link: No such device"},
		{.ignores = true,
		 .why = "rig: network: rate 20 kbit was asked for, 0 bit is in force"},
		{.silent = true,
		 .why = "rig: network: a change of the link was not confirmed in 10 s"},
		{.lies = true,
		 .drops_ppm = 40 * PERCENT,
		 .packets = 1000,
		 .why = "rig: network: down: 400 of 1000 packets were dropped, which 'loss 20 %' "
			"does not explain"},
		{.lies = true,
		 .drops_ppm = 0,
		 .packets = 1000,
		 .why = "rig: network: down: 0 of 1000 packets were dropped, which 'loss 20 %' "
			"does not explain"},
		{.lies = true, .drops_ppm = 21 * PERCENT, .packets = 1000},
		{.lies = true, .drops_ppm = 0, .packets = 20},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		memset(&wire, 0, sizeof(wire));
		wire.has_network = true;
		wire.down = wire.up = (struct bo_netem){.loss_ppm = 20 * PERCENT};
		wire.refuses = cases[i].refuses;
		wire.ignores = cases[i].ignores;
		wire.silent = cases[i].silent;
		wire.lies = cases[i].lies;
		wire.drops_ppm = cases[i].drops_ppm;
		wire.packets = cases[i].packets;
		int rc = fake_trial(&with_link, NULL);

		cr_expect_eq(rc, cases[i].why ? BO_TRIAL_RIG_BROKE : 0, "case %zu:\n%s", i,
			     fake.journal.data);
		expect_journal(cases[i].why ? cases[i].why : "\"verdict\":\"pass\"");
		fake_done();
	}
}

Test(net_act, a_bench_that_cannot_impair_is_told_from_a_target_that_failed)
{
	cr_expect_eq(fake_trial(&(struct fake_faults){0}, "boot.1=net:down:3ms"),
		     BO_TRIAL_RIG_BROKE);
	expect_journal("rig: network: nobody on this bench can impair the target's link");
	fake_done();
}
