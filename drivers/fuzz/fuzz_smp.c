#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "drivers/update/smp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A hostile server: the input says what it answers, when it is silent, and what noise it makes; on
 * a line, or on a network. */
#define ON_A_NETWORK 0x80

struct play {
	struct bo_update *update;
	bool datagrams;
	struct bo_smp_decoder decoder; /* of what the session sends */
	uint8_t request[BO_SMP_HEADER_SIZE];
	bo_ns now;
	uint64_t high;
	bool over;
};

static void fetch(struct play *play)
{
	struct bo_update_event event;

	while (play->update->ops->event(play->update, &event), event.kind != BO_UPDATE_NONE) {
		assert(!play->over && "an event after the end");
		assert(memchr(event.text, 0, sizeof(event.text)));
		for (const char *at = event.text; *at; at++)
			assert(*at >= ' ' && *at <= '~');
		if (event.kind == BO_UPDATE_POINT || event.kind == BO_UPDATE_RESUME) {
			assert(event.kind == BO_UPDATE_RESUME || event.value > play->high);
			play->high = event.value > play->high ? event.value : play->high;
			assert(play->high <= play->update->image.len);
		}
		play->over = event.kind == BO_UPDATE_DONE || event.kind == BO_UPDATE_FAILED;
		assert(event.kind != BO_UPDATE_FAILED || event.cause != BO_CAUSE_NONE);
	}
}

static void take(struct play *play)
{
	static uint8_t out[BO_DATAGRAM_MAX];
	size_t cap = play->datagrams ? sizeof(out) : 100;
	const uint8_t *packet;
	size_t len, packet_len;

	while ((len = play->update->ops->take(play->update, out, cap)) > 0) {
		if (play->datagrams) {
			assert(len >= sizeof(play->request));
			memcpy(play->request, out, sizeof(play->request));
			continue;
		}
		for (size_t at = 0; at < len;) {
			at += bo_smp_decode(&play->decoder, out + at, len - at, &packet,
					    &packet_len);
			if (packet)
				memcpy(play->request, packet, sizeof(play->request));
		}
	}
}

/* An answer that belongs to the last request, around any body. */
static void answer(struct play *play, const uint8_t *body, size_t len)
{
	uint8_t packet[BO_SMP_HEADER_SIZE + 64], out[BO_SMP_FRAME_MAX(127)];

	memcpy(packet, play->request, BO_SMP_HEADER_SIZE);
	packet[0]++;
	packet[2] = 0;
	packet[3] = (uint8_t)len;
	memcpy(packet + BO_SMP_HEADER_SIZE, body, len);
	len += BO_SMP_HEADER_SIZE;
	if (play->datagrams) {
		play->update->ops->feed(play->update, play->now, packet, len);
		return;
	}
	len = bo_smp_encode(packet, len, 127, out, sizeof(out));
	play->update->ops->feed(play->update, play->now, out, len);
}

static void answer_offset(struct play *play, uint16_t off)
{
	uint8_t body[] = {0xa1, 0x63, 'o', 'f', 'f', 0x19, (uint8_t)(off >> 8), (uint8_t)off};

	answer(play, body, sizeof(body));
}

static void step(struct play *play, uint8_t action, const uint8_t *data, size_t len)
{
	bo_ns deadline = play->update->ops->deadline(play->update);

	assert((deadline == BO_NEVER) == play->over);
	switch (action % 4) {
	case 0:
		answer(play, data, len);
		break;
	case 1:
		answer_offset(play, (uint16_t)(len ? data[0] * 16 + len : 0));
		break;
	case 2:
		play->update->ops->feed(play->update, play->now, data, len);
		break;
	default:
		if (deadline != BO_NEVER)
			play->now = deadline;
		play->update->ops->tick(play->update, play->now);
	}
	fetch(play);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t image[2000];
	struct bo_smp_config config = bo_smp_defaults;
	struct play play = {.now = BO_S, .datagrams = len > 0 && data[0] & ON_A_NETWORK};

	config.datagrams = play.datagrams;
	if (len < 1 || bo_smp_new(&config, &play.update, NULL) < 0)
		return 0;
	bo_smp_decoder_init(&play.decoder);
	play.update->image.data = image;
	play.update->image.len = sizeof(image);
	play.update->ops->start(
		play.update, (enum bo_update_job)((data[0] & ~ON_A_NETWORK) % (BO_JOB_RESET + 1)),
		play.now);
	for (size_t at = 1; at + 1 < len;) {
		size_t piece = data[at + 1] % 64u;

		piece = piece < len - at - 2 ? piece : len - at - 2;
		take(&play);
		step(&play, data[at], data + at + 2, piece);
		at += 2 + piece;
	}
	/* Whatever came before: silence ends it. */
	for (int i = 0; !play.over; i++) {
		assert(i < (play.datagrams ? 60 : 20));
		take(&play);
		step(&play, 3, NULL, 0);
	}
	play.update->ops->close(play.update);
	return 0;
}
