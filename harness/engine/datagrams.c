#include <errno.h>

#include "harness/engine/trial_state.h"

/* The bench's network: datagrams of the update protocol, while one of its jobs runs. What comes at
 * other times is nobody's answer: it is counted and dropped. */

static void received(void *ctx, bo_ns at, const uint8_t *data, size_t len)
{
	struct bo_trial *trial = ctx;
	struct bo_datagrams *seen = &trial->datagrams;

	seen->received++;
	seen->received_bytes += len;
	if (trial->job_runs && trial->args->protocol->datagrams)
		session_feed(trial, at, data, len);
	else
		seen->unasked++;
}

static void lost(void *ctx, bo_ns at, const struct bo_err *why)
{
	struct bo_trial *trial = ctx;

	(void)at;
	if (trial->broken.code)
		return;
	trial->broken = *why;
	(void)bo_err_wrap(&trial->broken, "network");
}

int datagrams_open(struct bo_trial *trial, struct bo_err *err)
{
	struct bo_net *network = trial->bench->network;

	if (!network)
		return trial->args->protocol->datagrams
			       ? bo_err_set(err, -EOPNOTSUPP,
					    "this bench has no network, and this target is updated "
					    "over it")
			       : 0;
	network->rx = received;
	network->lost = lost;
	network->ctx = trial;
	return 0;
}

void datagrams_close(struct bo_trial *trial)
{
	struct bo_net *network = trial->bench->network;

	if (!network)
		return;
	network->rx = NULL;
	network->lost = NULL;
}

void datagrams_sum_up(struct bo_trial *trial)
{
	const struct bo_datagrams *seen = &trial->datagrams;

	if (!trial->bench->network)
		return;
	trial_note(trial, "datagrams", "s:I, s:I, s:I, s:I, s:I, s:I", "sent",
		   (json_int_t)seen->sent, "sent-bytes", (json_int_t)seen->sent_bytes, "no-room",
		   (json_int_t)seen->no_room, "received", (json_int_t)seen->received,
		   "received-bytes", (json_int_t)seen->received_bytes, "unasked",
		   (json_int_t)seen->unasked);
}

int datagrams_send(struct bo_trial *trial, const void *data, size_t len, struct bo_err *err)
{
	struct bo_err why = {0};
	int rc = bo_net_send(trial->bench->network, data, len, &why);

	/* a full queue drops, as every router does */
	trial->datagrams.sent++;
	trial->datagrams.sent_bytes += len;
	trial->datagrams.no_room += rc == -ENOBUFS;
	if (rc == 0 || rc == -ENOBUFS)
		return 0;
	return bo_err_set(err, rc, "network: %s", bo_err_text(&why));
}
