#include <criterion/criterion.h>
#include <errno.h>

#include "drivers/tests/smp_server.h"
#include "drivers/update/smp.h"
#include "harness/base/prng.h"

/*
 * An SMP session and a server joined by a network in virtual time, which loses datagrams, doubles
 * them and lets them overtake each other.
 */
enum { IMAGE_LEN = 5000, FLIGHTS_MAX = 64, ONE_WAY_MS = 10 };

struct net {
	unsigned lose, twice, late; /* per mille of all datagrams, both ways */
	bo_ns late_ns;		    /* how late, at most */
	int restart_before;	    /* the server, before the request that is its n-th; -1: never */
	int damage;		    /* byte of every answer that is damaged; -1: none */
	bool mute;
};

struct flight {
	bool up;
	bo_ns at;
	size_t len;
	uint8_t data[BO_DATAGRAM_MAX];
};

static bo_ns one_way = ONE_WAY_MS * BO_MS;
static int lose_sent = -1; /* the n-th request */

static struct flight flights[FLIGHTS_MAX];
static size_t in_flight;
static struct net net;
static struct bo_prng prng;
static struct server server;
static struct bo_update *update;
static uint8_t image[IMAGE_LEN];
static const uint8_t sha[32] = "the hash of the file", hash[32] = "that of the boot loader";

static struct {
	struct bo_update_event end;
	uint64_t last_point, resumed_at;
	unsigned sends, received, retries, resumes;
	bo_ns took;
} run;

static struct bo_smp_config config_of(size_t datagram_max, unsigned retries)
{
	struct bo_smp_config config = bo_smp_defaults;

	config.datagrams = true;
	config.packet_max = datagram_max;
	if (config.packet_untold > datagram_max)
		config.packet_untold = datagram_max;
	config.retries = retries;
	return config;
}

static void set_up_with(size_t datagram_max, unsigned retries)
{
	struct bo_smp_config config = config_of(datagram_max, retries);

	bo_prng_init(&prng, 11);
	for (size_t i = 0; i < sizeof(image); i++)
		image[i] = (uint8_t)bo_prng_next(&prng);
	memset(&server, 0, sizeof(server));
	server.buf_size = 512;
	net = (struct net){.restart_before = -1, .damage = -1};
	in_flight = 0;
	cr_assert_eq(bo_smp_new(&config, &update, NULL), 0);
	update->image.data = image;
	update->image.len = sizeof(image);
	memcpy(update->image.file_sha256, sha, 32);
	memcpy(update->image.image_hash, hash, 32);
}

static void set_up(void)
{
	set_up_with(1472, 3);
}

static void tear_down(void)
{
	update->ops->close(update);
}

TestSuite(smp_udp, .init = set_up, .fini = tear_down, .timeout = 120);

static bool falls(unsigned per_mille)
{
	return per_mille && bo_prng_below(&prng, 1000) < per_mille;
}

static void launch(bool up, bo_ns now, const uint8_t *data, size_t len)
{
	for (int copies = falls(net.twice) ? 2 : 1; copies > 0; copies--) {
		struct flight *flight = &flights[in_flight];
		bo_ns at = now + one_way;

		if (falls(net.lose))
			continue;
		cr_assert_lt(in_flight++, FLIGHTS_MAX);
		if (falls(net.late))
			at += (bo_ns)bo_prng_below(&prng, (uint64_t)net.late_ns);
		*flight = (struct flight){.up = up, .at = at, .len = len};
		memcpy(flight->data, data, len);
	}
}

static void arrive_at_server(const struct flight *flight)
{
	uint8_t answer[256];

	if (net.restart_before == (int)run.received++)
		server.off = server.len = 0, server.has_sha = false;
	size_t len = server_answer_packet(&server, flight->data, flight->len, answer);

	if (net.damage >= 0)
		answer[net.damage] ^= 0x40;
	if (!net.mute)
		launch(true, flight->at, answer, len);
}

static struct flight *first_flight(void)
{
	struct flight *first = NULL;

	for (size_t i = 0; i < in_flight; i++)
		if (!first || flights[i].at < first->at)
			first = &flights[i];
	return first;
}

static bool over(void)
{
	struct bo_update_event event;

	for (;;) {
		update->ops->event(update, &event);
		switch (event.kind) {
		case BO_UPDATE_NONE:
			return run.end.kind != BO_UPDATE_NONE;
		case BO_UPDATE_POINT:
			cr_assert_gt(event.value, run.last_point, "a point that is no progress");
			cr_assert_gt(event.value, run.resumed_at);
			run.last_point = event.value;
			break;
		case BO_UPDATE_RESUME:
			run.resumes++;
			run.resumed_at = event.value;
			break;
		case BO_UPDATE_RETRY:
			run.retries++;
			break;
		default:
			run.end = event;
		}
	}
}

static void send_all(bo_ns now)
{
	static uint8_t data[BO_DATAGRAM_MAX];

	for (size_t len; (len = update->ops->take(update, data, sizeof(data))) > 0;) {
		cr_assert_eq((size_t)(data[2] << 8 | data[3]), len - 8, "not exactly one packet");
		if (lose_sent != (int)run.sends++)
			launch(false, now, data, len);
	}
}

static void land(struct flight *flight)
{
	static struct flight landed;

	landed = *flight;
	*flight = flights[--in_flight];
	if (landed.up)
		update->ops->feed(update, landed.at, landed.data, landed.len);
	else
		arrive_at_server(&landed);
}

static void carry_out(enum bo_update_job job)
{
	bo_ns start = 1000 * BO_S, now = start;

	memset(&run, 0, sizeof(run));
	cr_assert_eq(update->ops->start(update, job, now), 0);
	while (!over()) {
		send_all(now);
		struct flight *flight = first_flight();
		bo_ns deadline = update->ops->deadline(update);

		cr_assert_neq(deadline, BO_NEVER);
		cr_assert_geq(deadline, now);
		if (flight && flight->at <= deadline) {
			now = flight->at;
			land(flight);
		} else {
			now = deadline;
			update->ops->tick(update, now);
		}
	}
	run.took = now - start;
}

static void expect_upload(const char *what, unsigned n)
{
	carry_out(BO_JOB_UPLOAD);
	cr_assert_eq(run.end.kind, BO_UPDATE_DONE, "%s %u: %s", what, n, run.end.text);
	cr_assert_eq(server.off, IMAGE_LEN, "%s %u", what, n);
	cr_assert_arr_eq(server.slot, image, IMAGE_LEN, "%s %u", what, n);
}

static void restart_with(size_t datagram_max, unsigned retries)
{
	tear_down();
	set_up_with(datagram_max, retries);
}

Test(smp_udp, each_datagram_is_one_packet_and_fills_what_link_and_target_allow)
{
	static const struct {
		size_t datagram_max;
		unsigned buf_size;
		size_t longest;
	} cases[] = {{1472, 512, 512},
		     {268, 512, 268},
		     {1472, 0, 256},
		     {4096, 4096, 4096},
		     {128, 0, 128}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tear_down();
		set_up_with(cases[i].datagram_max, 3);
		server.buf_size = cases[i].buf_size;
		server.no_params = cases[i].buf_size == 0;
		expect_upload("size", (unsigned)i);
		cr_assert_eq(run.retries + run.resumes, 0);
		cr_assert(server.longest <= cases[i].longest &&
				  server.longest > cases[i].longest - 20,
			  "%zu of %zu", server.longest, cases[i].longest);
	}
}

Test(smp_udp, every_job_is_done_over_a_network_that_loses_doubles_and_reorders)
{
	unsigned retries = 0;

	for (unsigned seed = 0; seed < 400; seed++) {
		restart_with(200 + seed % 7 * 100, 40);
		bo_prng_init(&prng, seed);
		net.lose = seed % 5 * 80;
		net.twice = seed % 3 * 200;
		net.late = seed % 4 * 200;
		/* far beyond the time-out: answers that nobody waits for any more */
		net.late_ns = seed % 2 ? 12 * BO_S : 100 * BO_MS;
		expect_upload("seed", seed);
		retries += run.retries;
		carry_out(BO_JOB_TEST);
		cr_assert_eq(run.end.kind, BO_UPDATE_DONE, "seed %u", seed);
		cr_assert_arr_eq(server.tested, hash, 32);
		carry_out(BO_JOB_QUERY);
		cr_assert_eq(run.end.kind, BO_UPDATE_DONE, "seed %u", seed);
		cr_assert_str_eq(update->state.slot[0].version, "1.0.0");
		carry_out(BO_JOB_CONFIRM);
		cr_assert(server.confirmed, "seed %u", seed);
	}
	cr_assert_gt(retries, 400, "nothing went wrong");
}

Test(smp_udp, a_server_that_restarts_anywhere_gets_everything_again)
{
	unsigned requests;

	expect_upload("clean", 0);
	requests = run.received;
	for (unsigned n = 1; n < requests; n++) {
		restart_with(1472, 3);
		net.restart_before = (int)n;
		expect_upload("restarted before", n);
		cr_assert_eq(server.firsts, n == 1 ? 1 : 2, "restarted before %u", n);
		cr_assert_eq(run.retries, n == 1 ? 0 : 1);
		cr_assert_lt(run.took, BO_S, "no time-out is needed for that");
	}
}

/* A late copy of an earlier chunk meets a server that knows nothing any more. */
Test(smp_udp, a_server_that_restarts_on_a_bad_network_gets_everything_again)
{
	for (unsigned n = 1; n < 11; n++) { /* before the last of them */
		for (unsigned seed = 0; seed < 20; seed++) {
			restart_with(1472, 40);
			bo_prng_init(&prng, seed);
			net = (struct net){.lose = 100,
					   .twice = 300,
					   .late = 300,
					   .late_ns = 7 * BO_S,
					   .restart_before = (int)n,
					   .damage = -1};
			expect_upload("restarted before", n);
		}
	}
}

Test(smp_udp, an_earlier_transfer_of_the_same_file_is_continued_from_any_byte)
{
	for (unsigned off = 1; off <= IMAGE_LEN; off += 211) {
		restart_with(1472, 3);
		server.len = IMAGE_LEN;
		server.off = off;
		server.has_sha = true;
		memcpy(server.sha, sha, 32);
		memcpy(server.slot, image, off);
		expect_upload("from", off);
		cr_assert_eq(server.erases, 0);
		if (off > 480)
			cr_assert_eq(run.resumed_at, off);
	}
}

Test(smp_udp, what_is_sent_again_is_the_same_datagram)
{
	static uint8_t first[BO_DATAGRAM_MAX], again[BO_DATAGRAM_MAX];
	struct bo_update_event event;

	cr_assert_eq(update->ops->start(update, BO_JOB_QUERY, BO_S), 0);
	size_t len = update->ops->take(update, first, sizeof(first));

	cr_assert_eq(update->ops->take(update, again, sizeof(again)), 0);
	update->ops->tick(update, update->ops->deadline(update));
	update->ops->event(update, &event);
	cr_assert_eq(event.kind, BO_UPDATE_RETRY);
	cr_assert_eq(update->ops->take(update, again, sizeof(again)), len);
	cr_assert_arr_eq(again, first, len);
}

/* A datagram that is lost costs a little more than an answer takes; a network that is away is asked
 * less and less often, until it was away for too long. */
Test(smp_udp, it_asks_again_as_answers_have_taken)
{
	expect_upload("clean", 0);
	unsigned sends = run.sends;
	bo_ns clean = run.took;

	for (unsigned n = 0; n < sends; n++) {
		restart_with(1472, 3);
		lose_sent = (int)n;
		expect_upload("lost", n);
		cr_expect_eq(run.retries, 1);
		bool slow = n == 1 || n == sends - 1;

		/* nothing was timed yet; the first chunk may erase, the last be followed by a
		 * look at all of it */
		cr_expect_eq(run.took - clean,
			     n == 0 ? BO_S
			     : slow ? 5 * BO_S
				    : 200 * BO_MS,
			     "%u: %lld", n, (long long)(run.took - clean));
	}
	lose_sent = -1;
}

/* A way that became slower than the last wait: each is asked for twice until one is timed. */
Test(smp_udp, it_learns_how_long_answers_take)
{
	expect_upload("quick", 0);
	one_way = 400 * BO_MS;
	memset(&server, 0, sizeof(server));
	server.buf_size = 512;
	expect_upload("slow", 0);
	cr_expect_gt(run.retries, 0);
	cr_expect_leq(run.retries, 3);
	one_way = ONE_WAY_MS * BO_MS;
}

Test(smp_udp, silence_and_damage_are_told_apart)
{
	static const struct {
		bool mute;
		int damage;
		enum bo_update_cause cause;
		const char *text;
	} cases[] = {
		{true, -1, BO_CAUSE_SILENT, "image state: no answer within 20 s, asked 6 times"},
		{false, 3, BO_CAUSE_GARBLED,
		 "image state: no intact answer within 20 s, asked 9 times"},
		{false, 8, BO_CAUSE_GARBLED,
		 "image state: no intact answer within 20 s, asked 9 times"},
		/* an answer to something else */
		{false, 6, BO_CAUSE_SILENT, "image state: no answer within 20 s, asked 6 times"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		restart_with(1472, 3);
		net.mute = cases[i].mute;
		net.damage = cases[i].damage;
		carry_out(BO_JOB_QUERY);
		cr_assert_eq(run.end.kind, BO_UPDATE_FAILED);
		cr_expect_eq(run.end.cause, cases[i].cause, "case %zu", i);
		cr_expect_str_eq(run.end.text, cases[i].text);
	}
}

Test(smp_udp, a_link_too_narrow_for_any_packet_is_refused)
{
	struct bo_smp_config config = config_of(95, 3);
	struct bo_update *narrow;
	struct bo_err err = {0};

	cr_assert_eq(bo_smp_new(&config, &narrow, &err), -EINVAL);
	cr_assert_str_eq(bo_err_text(&err), "smp: a packet holds 96 to 4096 bytes");
}
