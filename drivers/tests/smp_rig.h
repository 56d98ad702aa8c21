#ifndef BO_DRIVERS_TESTS_SMP_RIG_H
#define BO_DRIVERS_TESTS_SMP_RIG_H

#include <criterion/criterion.h>

#include "drivers/tests/smp_server.h"
#include "drivers/update/smp.h"
#include "harness/base/prng.h"

/*
 * An SMP session and a server joined by a line in virtual time, on which messages get lost, come
 * twice, late or with log text in them.
 */
#define IMAGE_LEN 5000

/* What happens to the n-th message (from 0) on its way; -1: nothing. */
struct line {
	int lose_request, lose_answer, repeat_answer, stale_before, restart_before;
	int noise_in, noise_at; /* in which answer, before which byte */
	const char *noise;
	bool mute;     /* no answer ever */
	bool echo;     /* the line returns what is sent */
	bool destroy;  /* every answer arrives damaged */
	int per_mille; /* the chance of each of the above, at random, for every message */
	struct bo_prng prng;
};

#define CLEAN                                                            \
	{                                                                \
		-1, -1, -1, -1, -1, -1, 0, NULL, false, false, false, 0, \
		{                                                        \
			0                                                \
		}                                                        \
	}

struct run {
	struct bo_update_event end;
	bo_ns took;
	unsigned points, retries, resumes, sends;
	uint64_t last_point, resumed_at;
	char retry_text[96];
};

static struct server server;
static uint8_t image[IMAGE_LEN];
static const uint8_t hash[32] = "the hash of the bootloader", sha[32] = "the hash of the file";
static struct bo_update *update;
static struct line line;
static struct run run;

static void set_up_with(const struct bo_smp_config *config)
{
	struct bo_prng prng;

	bo_prng_init(&prng, 11);
	for (size_t i = 0; i < sizeof(image); i++)
		image[i] = (uint8_t)bo_prng_next(&prng);
	memset(&server, 0, sizeof(server));
	server.buf_size = 512;
	bo_smp_decoder_init(&server.decoder);
	line = (struct line)CLEAN;
	cr_assert_eq(bo_smp_new(config, &update, NULL), 0);
	update->image.data = image;
	update->image.len = sizeof(image);
	memcpy(update->image.file_sha256, sha, 32);
	memcpy(update->image.image_hash, hash, 32);
}

static void set_up(void)
{
	set_up_with(&bo_smp_defaults);
}

static void tear_down(void)
{
	update->ops->close(update);
}

static void note(const struct bo_update_event *event)
{
	switch (event->kind) {
	case BO_UPDATE_POINT:
		cr_assert_str_eq(event->name, "byte");
		cr_assert_gt(event->value, run.last_point, "a point that is no progress");
		cr_assert_gt(event->value, run.resumed_at);
		run.last_point = event->value;
		run.points++;
		break;
	case BO_UPDATE_RESUME:
		run.resumes++;
		run.resumed_at = event->value;
		break;
	case BO_UPDATE_RETRY:
		run.retries++;
		memcpy(run.retry_text, event->text, sizeof(run.retry_text));
		break;
	default:
		run.end = *event;
	}
}

static bool over(void)
{
	struct bo_update_event event;

	for (;;) {
		update->ops->event(update, &event);
		if (event.kind == BO_UPDATE_NONE)
			return run.end.kind != BO_UPDATE_NONE;
		note(&event);
	}
}

static bool hits(int chosen, unsigned n)
{
	return chosen == (int)n ||
	       (line.per_mille && bo_prng_below(&line.prng, 1000) < (uint64_t)line.per_mille);
}

static void feed(bo_ns now, const void *data, size_t len)
{
	const uint8_t *at = data;

	for (size_t piece; len; at += piece, len -= piece) {
		piece = len < 7 ? len : 7;
		update->ops->feed(update, now, at, piece);
	}
}

/* The answer with all that befalls it. */
static void answer(bo_ns now, unsigned n, const uint8_t *text, size_t len)
{
	static uint8_t other[BO_SMP_FRAME_MAX_ANY];
	size_t at = len;

	if (line.mute || hits(line.lose_answer, n))
		return;
	if (hits(line.stale_before, n)) {
		/* a whole and well-formed answer to an earlier request */
		uint8_t packet[] = {0x0b, 0, 0, 6, 0, 1, 0, 1, 0xa1, 0x63, 'o', 'f', 'f', 1};

		packet[6] = (uint8_t)(server.last_seq - 1);
		feed(now, other, bo_smp_encode(packet, sizeof(packet), 127, other, sizeof(other)));
	}
	if (line.noise && hits(line.noise_in, n))
		at = line.per_mille ? bo_prng_below(&line.prng, len + 1) : (size_t)line.noise_at;
	at = at < len ? at : len;
	feed(now, text, at);
	if (at < len)
		feed(now, line.noise, strlen(line.noise));
	feed(now, text + at, len - at);
	if (hits(line.repeat_answer, n))
		feed(now, text, len);
}

/* What the session wants to send reaches the server, or not. */
static bool exchange(bo_ns now)
{
	static uint8_t sent[BO_SMP_FRAME_MAX_ANY + 1], text[BO_SMP_FRAME_MAX_ANY];
	const uint8_t *packet;
	size_t len = 0, part, packet_len, used;
	unsigned n = run.sends;

	while ((part = update->ops->take(update, sent + len, 100)) > 0)
		len += part;
	if (len == 0)
		return false;
	run.sends++;
	if (line.echo)
		feed(now, sent, len);
	if (hits(line.restart_before, n))
		server.off = server.len = 0, server.has_sha = false;
	if (hits(line.lose_request, n))
		return true;
	for (const uint8_t *at = sent; len; at += used, len -= used) {
		used = bo_smp_decode(&server.decoder, at, len, &packet, &packet_len);
		if (!packet)
			continue;
		size_t text_len = server_answer(&server, packet, packet_len, text);

		if (line.destroy)
			text[10] ^= 1;
		answer(now, n, text, text_len);
	}
	return true;
}

/* Carries out a job in virtual time. */
static const struct run *carry_out(enum bo_update_job job)
{
	bo_ns start = 1000 * BO_S, now = start;

	memset(&run, 0, sizeof(run));
	cr_assert_eq(update->ops->start(update, job, now), 0);
	while (!over()) {
		if (exchange(now))
			continue;
		cr_assert_neq(update->ops->deadline(update), BO_NEVER);
		cr_assert_geq(update->ops->deadline(update), now);
		now = update->ops->deadline(update);
		update->ops->tick(update, now);
	}
	cr_assert_eq(update->ops->deadline(update), BO_NEVER);
	run.took = now - start;
	return &run;
}

#endif
