#include <sodium/crypto_hash_sha256.h>
#include <stdio.h>

#include "drivers/update/smp.h"
#include "fixtures/firmware/core/fw_class.h"
#include "fixtures/firmware/host/fwclient.h"
#include "fixtures/firmware/host/fwhost.h"
#include "netem/tests/veth_rig.h"

/*
 * In the lab: what an upload by SMP over UDP gets through a lossy link, beside a plain client that
 * sends blocks of 512 bytes and waits for each (as TFTP, RFC 1350, does), over the same link in the
 * same run, with the same time-out. The server is the reference firmware's own, on the host.
 */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PERCENT	     10000
#define IMAGE_LEN    20480
#define BLOCK	     512
#define TIMEOUT_NS   (250 * BO_MS)
#define RETRIES	     50
#define ONE_WAY_NS   (10 * BO_MS)
#define ROUNDS	     3
#define MOST_NS	     (120 * BO_S)

static uint8_t image[IMAGE_LEN], taken[IMAGE_LEN];
static struct bo_clock bench_clock;

struct transfer {
	bo_ns took;
	int sent, answered; /* requests */
	bool whole;
};

/* ---- a plain client and its server ---- */

struct block {
	uint32_t index;
	uint8_t data[BLOCK];
};

static void serve_blocks(int fd)
{
	struct block block;

	while (recv(fd, &block, sizeof(block), MSG_DONTWAIT) == sizeof(block)) {
		if (block.index < IMAGE_LEN / BLOCK)
			memcpy(taken + block.index * BLOCK, block.data, BLOCK);
		(void)send(fd, &block.index, sizeof(block.index), 0);
	}
}

/* Waits for whoever has something, at most until `until`. */
static void wait_for(const struct service *service, bo_ns until)
{
	struct pollfd both[] = {{.fd = service->here, .events = POLLIN},
				{.fd = service->target, .events = POLLIN}};
	bo_ns left = until - bo_clock_stamp(&bench_clock);

	(void)poll(both, COUNT(both), left > 0 ? (int)((left + BO_MS - 1) / BO_MS) : 0);
}

static bool block_answered(int fd, uint32_t index)
{
	bool answered = false;
	uint32_t said;

	while (recv(fd, &said, sizeof(said), MSG_DONTWAIT) == sizeof(said))
		answered |= said == index;
	return answered;
}

static struct transfer by_blocks(struct service *service)
{
	bo_ns begin = bo_clock_stamp(&bench_clock), now = begin, due = begin;
	struct transfer transfer = {0};
	struct block block = {0};

	while (block.index < IMAGE_LEN / BLOCK && now - begin < MOST_NS) {
		if (now >= due) {
			memcpy(block.data, image + block.index * BLOCK, BLOCK);
			(void)send(service->here, &block, sizeof(block), 0);
			transfer.sent++;
			due = now + TIMEOUT_NS;
		}
		wait_for(service, due);
		serve_blocks(service->target);
		now = bo_clock_stamp(&bench_clock);
		if (block_answered(service->here, block.index)) {
			block.index++;
			transfer.answered++;
			due = now;
		}
	}
	transfer.took = now - begin;
	transfer.whole = memcmp(taken, image, IMAGE_LEN) == 0;
	return transfer;
}

/* ---- SMP ---- */

static void serve_smp(int fd)
{
	uint8_t packet[2048];
	ssize_t len;

	while ((len = recv(fd, packet, sizeof(packet), MSG_DONTWAIT)) > 0) {
		size_t answer_len = fw_smp_answer(&fwclient_server, packet, (size_t)len);

		if (answer_len)
			(void)send(fd, fwclient_server.answer, answer_len, 0);
	}
}

static struct bo_update *open_smp(void)
{
	struct bo_smp_config config = bo_smp_defaults;
	struct bo_update *update = NULL;

	config.datagrams = true;
	config.retries = RETRIES;
	config.answer_ns = config.erase_ns = TIMEOUT_NS;
	cr_assert_eq(bo_smp_new(&config, &update, NULL), 0);
	update->image.data = image;
	update->image.len = IMAGE_LEN;
	crypto_hash_sha256(update->image.file_sha256, image, IMAGE_LEN);
	return update;
}

static void feed_smp(struct bo_update *update, int fd, struct transfer *transfer)
{
	uint8_t packet[2048];
	ssize_t len;

	while ((len = recv(fd, packet, sizeof(packet), MSG_DONTWAIT)) > 0) {
		transfer->answered++;
		update->ops->feed(update, bo_clock_stamp(&bench_clock), packet, (size_t)len);
	}
}

/* True while it goes on. */
static bool hear_events(struct bo_update *update)
{
	struct bo_update_event event;

	do {
		update->ops->event(update, &event);
		if (event.kind == BO_UPDATE_DONE || event.kind == BO_UPDATE_FAILED)
			return false;
	} while (event.kind != BO_UPDATE_NONE);
	return true;
}

static void send_smp(struct bo_update *update, int fd, struct transfer *transfer)
{
	uint8_t packet[2048];
	size_t len;

	while ((len = update->ops->take(update, packet, sizeof(packet))) > 0) {
		(void)send(fd, packet, len, 0);
		transfer->sent++;
	}
}

static struct transfer by_smp(struct service *service)
{
	struct bo_update *update = open_smp();
	struct transfer transfer = {0};
	bo_ns begin = bo_clock_stamp(&bench_clock);

	fwclient_init();
	cr_assert_eq(update->ops->start(update, BO_JOB_UPLOAD, begin), 0);
	while (hear_events(update)) {
		send_smp(update, service->here, &transfer);
		wait_for(service, update->ops->deadline(update));
		serve_smp(service->target);
		feed_smp(update, service->here, &transfer);
		if (!hear_events(update))
			break;
		update->ops->tick(update, bo_clock_stamp(&bench_clock));
	}
	transfer.took = bo_clock_stamp(&bench_clock) - begin;
	transfer.whole = memcmp(fwhost_cells(fw_class.slot_addr[1]), image, IMAGE_LEN) == 0;
	update->ops->close(update);
	return transfer;
}

/* ---- side by side ---- */

/* What is still on its way is nobody's answer. */
static void forget(const struct service *service)
{
	uint8_t packet[2048];

	usleep(100000);
	while (recv(service->here, packet, sizeof(packet), MSG_DONTWAIT) > 0 ||
	       recv(service->target, packet, sizeof(packet), MSG_DONTWAIT) > 0)
		;
}

static void repeat(struct transfer (*way)(struct service *), struct service *service,
		   struct transfer *ret)
{
	*ret = (struct transfer){.whole = true};
	for (int i = 0; i < ROUNDS; i++) {
		memset(taken, 0, sizeof(taken));
		forget(service);
		struct transfer one = way(service);

		ret->took += one.took;
		ret->sent += one.sent;
		ret->whole &= one.whole;
	}
}

static double goodput_Bps(const struct transfer *transfer)
{
	return (double)IMAGE_LEN * ROUNDS * BO_S / (double)transfer->took;
}

static int compare(struct bo_netem_link *link, struct service *service, int64_t loss_ppm)
{
	const struct bo_netem netem = {.delay_ns = ONE_WAY_NS, .loss_ppm = loss_ppm};
	struct transfer plain, smp;

	apply(link, &netem, &netem);
	repeat(by_blocks, service, &plain);
	repeat(by_smp, service, &smp);
	printf("  loss %4.1f %% each way   SMP %7.0f B/s, %3d requests%s   plain %7.0f B/s, %3d%s  "
	       " "
	       "ratio %.2f\n",
	       (double)loss_ppm / PERCENT, goodput_Bps(&smp), smp.sent, smp.whole ? "" : " BROKEN",
	       goodput_Bps(&plain), plain.sent, plain.whole ? "" : " BROKEN",
	       goodput_Bps(&smp) / goodput_Bps(&plain));
	return !smp.whole + !plain.whole;
}

int main(void)
{
	static const int64_t losses[] = {0, 1 * PERCENT, 5 * PERCENT, 20 * PERCENT};
	struct service service;
	struct veth veth;
	int wrong = 0;

	veth_open(&veth);
	bo_clock_real_init(&bench_clock);
	fwhost_init(5);
	fwhost_image(image, IMAGE_LEN, 2, 2);
	service = veth_service(&veth, 1337);
	struct bo_netem_link *link = open_link(NULL);

	printf("== goodput of %d times %d bytes, %d ms each way, time-out %d ms: SMP over UDP, and "
	       "a client "
	       "that "
	       "sends blocks of %d bytes and waits\n",
	       ROUNDS, IMAGE_LEN, (int)(ONE_WAY_NS / BO_MS), (int)(TIMEOUT_NS / BO_MS), BLOCK);
	for (size_t i = 0; i < COUNT(losses); i++)
		wrong += compare(link, &service, losses[i]);
	close_link(link);
	return wrong ? 1 : 0;
}
