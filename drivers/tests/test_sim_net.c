#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/api/net.h"
#include "drivers/api/power.h"
#include "drivers/sim/sim.h"
#include "drivers/sim/sim_conf.h"

/*
 * The virtual board's place on a network, with the reference firmware on it: its UDP port 1338
 * counts what arrives, and says so when it is asked "?".
 */
enum { BOOT_MS = 400, SLOT0 = 0x8000 };

static struct bo_clock_virtual vclock;
static struct bo_loop loop;
static struct bo_driver_env env;
static struct bo_power *power;
static struct bo_net *net;
static char flash[] = "/tmp/test_sim_net-XXXXXX";
static const struct bo_netem well;

static struct {
	unsigned datagrams, changes;
	uint32_t count; /* the target's */
	struct bo_net_period over;
} seen;

static void copy_to(FILE *out, const char *path, long at)
{
	FILE *in = fopen(path, "re");
	int byte;

	cr_assert(in, "%s: %s", path, strerror(errno));
	cr_assert_eq(fseek(out, at, SEEK_SET), 0);
	while ((byte = getc(in)) != EOF)
		putc(byte, out);
	fclose(in);
}

static void make_flash(void)
{
	int fd = mkstemp(flash);
	FILE *out = fdopen(fd, "w");

	cr_assert(out);
	for (int i = 0; i < SLOT0; i++)
		putc(0xFF, out);
	copy_to(out, "build/images/f103-net/boot.bin", 0);
	copy_to(out, "build/images/f103-net/app-1.0.0.bin", SLOT0);
	fclose(out);
}

static void heard(void *ctx, bo_ns at, const uint8_t *data, size_t len)
{
	(void)ctx;
	cr_expect_eq(at, bo_loop_now(&loop));
	seen.datagrams++;
	if (len == 12)
		seen.count = (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 |
			     (uint32_t)data[2] << 8 | data[3];
}

static void changed(void *ctx, bo_ns at, const struct bo_net_period *over, const struct bo_err *err)
{
	(void)ctx, (void)at;
	cr_expect_null(err);
	seen.changes++;
	seen.over = *over;
}

static void pass(bo_ns time)
{
	cr_assert_eq(bo_loop_sleep_until(&loop, bo_loop_now(&loop) + time), 0);
}

static void switch_power(bool on)
{
	bo_ns at;

	cr_assert_eq(bo_power_set(power, on, &at, NULL), 0);
	cr_assert_eq(bo_net_hold_break(net, !on, NULL), 0);
	pass(BOOT_MS * BO_MS);
}

static void set_up(void)
{
	static struct bo_sim_power_config supply;
	static const struct bo_sim_net_config place = {.address = 0x0A4E0002,
						       .host = 0x0A4E0001,
						       .port = 1338,
						       .baud = 500000,
						       .mtu = 576};
	void *opened;

	make_flash();
	memset(&seen, 0, sizeof(seen));
	supply = (struct bo_sim_power_config){.uid = "424F562D53494D2D30303031", .flash = flash};
	bo_clock_virtual_init(&vclock);
	bo_loop_init(&loop, &vclock.clock);
	env = (struct bo_driver_env){.loop = &loop, .bench = "test", .seed = 1};
	cr_assert_eq(bo_driver_sim_power.open(&env, &supply, &opened, NULL), 0);
	power = opened;
	cr_assert_eq(bo_driver_sim_net.open(&env, &place, &opened, NULL), 0);
	net = opened;
	net->rx = heard;
	net->changed = changed;
	switch_power(true);
}

static void tear_down(void)
{
	bo_net_close(net);
	bo_power_close(power);
	unlink(flash);
	strcpy(flash + sizeof(flash) - 7, "XXXXXX");
}

TestSuite(sim_net, .init = set_up, .fini = tear_down, .timeout = 120);

static void send(const void *data, size_t len)
{
	struct bo_err err = {0};

	cr_assert_eq(bo_net_send(net, data, len, &err), 0, "%s", bo_err_text(&err));
}

/* So many datagrams that the target counts. */
static void send_counted(unsigned count)
{
	static const uint8_t numbered[4] = {0, 0, 0, 1};

	for (unsigned i = 0; i < count; i++) {
		send(numbered, sizeof(numbered));
		pass(3 * BO_MS);
	}
}

static uint32_t ask_count(void)
{
	unsigned before = seen.datagrams;

	send("?", 1);
	pass(20 * BO_MS);
	cr_assert_eq(seen.datagrams, before + 1, "no answer");
	return seen.count;
}

static void impair(const struct bo_netem *down, const struct bo_netem *up)
{
	unsigned before = seen.changes;

	cr_assert_eq(bo_net_impair(net, down, up, NULL), 0);
	cr_expect_eq(seen.changes, before, "it is said from the loop");
	pass(BO_MS);
	cr_assert_eq(seen.changes, before + 1, "once");
}

Test(sim_net, what_is_sent_arrives_and_what_is_answered_comes_back)
{
	cr_expect_eq(ask_count(), 0);
	send_counted(7);
	cr_expect_eq(ask_count(), 7);
}

Test(sim_net, a_datagram_takes_its_time_on_the_line)
{
	uint8_t long_one[400] = {0};
	bo_ns begun = bo_loop_now(&loop);

	send(long_one, sizeof(long_one));
	send("?", 1);
	while (seen.datagrams == 0)
		pass(100 * BO_US);
	/* 10 bits a byte at 500 kbaud, both headers and the frame's two ends */
	cr_expect_geq(bo_loop_now(&loop) - begun, 20 * BO_US * (400 + 28 + 2 + 1 + 28 + 2));
	cr_expect_eq(seen.count, 1);
}

Test(sim_net, what_does_not_fit_is_refused)
{
	uint8_t data[600] = {0};
	struct bo_err err = {0};
	int rc = 0, sent = 0;

	cr_assert_eq(net->datagram_max, 576 - 28);
	cr_expect_eq(bo_net_send(net, data, net->datagram_max + 1, &err), -EMSGSIZE);
	cr_expect_str_eq(bo_err_text(&err), "549 bytes, but the link's MTU leaves 548");
	while (rc == 0 && sent++ < 100)
		rc = bo_net_send(net, data, net->datagram_max, &err);
	cr_expect_eq(rc, -ENOBUFS, "and a network would have lost it");
	cr_expect_gt(sent, 5);
	pass(BO_S);
	cr_expect_eq(bo_net_send(net, data, net->datagram_max, &err), 0, "there is room again");
}

Test(sim_net, a_line_at_break_level_carries_nothing_and_loses_what_was_on_it)
{
	send_counted(2);
	send("0000", 4);
	cr_assert_eq(bo_net_hold_break(net, true, NULL), 0);
	send("0000", 4);
	pass(50 * BO_MS);
	cr_assert_eq(bo_net_hold_break(net, false, NULL), 0);
	pass(50 * BO_MS);
	cr_expect_eq(ask_count(), 2);
	switch_power(false);
	send("?", 1);
	pass(50 * BO_MS);
	cr_expect_eq(seen.datagrams, 1, "nobody answers without power");
	switch_power(true);
	cr_expect_eq(ask_count(), 0);
}

Test(sim_net, the_loss_that_was_counted_is_the_loss_that_the_target_saw)
{
	const struct bo_netem lossy = {.loss_ppm = 300000};

	impair(&lossy, &well);
	send_counted(400);
	impair(&well, &well);
	cr_expect_eq(seen.over.down.packets, 400);
	cr_expect(seen.over.down.dropped > 80 && seen.over.down.dropped < 160, "%d of 400",
		  (int)seen.over.down.dropped);
	cr_expect_eq(seen.over.up.packets, 0);
	cr_expect_eq(ask_count(), 400 - seen.over.down.dropped);
}

/* A bit is turned over behind the checksums: the target's own stack tells. */
Test(sim_net, a_corrupted_packet_is_one_that_is_lost)
{
	const struct bo_netem noisy = {.corrupt_ppm = 1000000};

	impair(&noisy, &well);
	send_counted(20);
	impair(&well, &well);
	cr_expect_eq(seen.over.down.packets, 20);
	cr_expect_eq(ask_count(), 0);
	impair(&well, &noisy);
	send("?", 1);
	pass(50 * BO_MS);
	cr_expect_eq(seen.datagrams, 1, "nor is a damaged answer heard");
}

Test(sim_net, packets_that_wait_are_gone_with_the_line)
{
	const struct bo_netem slow = {.delay_ns = BO_S};

	impair(&slow, &well);
	send("0000", 4);
	pass(500 * BO_MS);
	cr_assert_eq(bo_net_hold_break(net, true, NULL), 0);
	cr_assert_eq(bo_net_hold_break(net, false, NULL), 0);
	impair(&well, &well);
	pass(BO_S);
	cr_expect_eq(ask_count(), 0);
}

Test(sim_net, a_network_of_its_own_has_no_board)
{
	static const struct bo_sim_net_config place = {.baud = 500000, .mtu = 576};
	struct bo_clock_virtual other;
	struct bo_loop other_loop;
	struct bo_err err = {0};
	void *opened;

	bo_clock_virtual_init(&other);
	bo_loop_init(&other_loop, &other.clock);
	struct bo_driver_env alone = {.loop = &other_loop, .bench = "test"};

	cr_expect_eq(bo_driver_sim_net.open(&alone, &place, &opened, &err), -EINVAL);
	cr_expect(strstr(bo_err_text(&err), "'driver: sim' for power"), "%s", bo_err_text(&err));
}
