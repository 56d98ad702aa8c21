#include "drivers/update/smp_rto.h"
#include "drivers/update/smp_transport.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/str.h"
#include "harness/model/values.h"

enum {
	STEPS_MAX = 2,	  /* requests of different kinds in one job */
	EVENTS_MAX = 8,	  /* more than one feed() or tick() can cause */
	SETBACKS_MAX = 8, /* answers in a row that ask for old ground, without a new high */
	CHUNK_ALIGN = 16, /* spares the target unaligned tails */
};

struct smp {
	struct bo_update update;
	struct bo_smp_config config;
	const struct bo_smp_transport *transport;
	struct bo_smp_decoder decoder;

	/* the job */
	bool running;
	enum bo_update_job job;
	size_t step;

	/* the request under way */
	struct bo_smp_request request;
	uint8_t next_seq;
	unsigned sent, timeouts, hurries;
	bool garbled;		/* an answer came and could not be understood */
	uint64_t broken_before; /* the decoder's count when it was first sent */
	uint64_t broken_seen;
	bo_ns give_up_at, sent_at, patient_until; /* if nothing at all comes */
	bo_ns deadline;				  /* that, or earlier: see hurry() */
	struct bo_smp_rto rto;			  /* of datagrams */

	/* the transfer */
	uint64_t offset; /* where the next chunk starts */
	uint64_t high;	 /* the furthest the target ever acknowledged */
	unsigned setbacks;
	size_t packet_max;

	/* bytes on their way */
	uint8_t packet[BO_SMP_PACKET_MAX];
	uint8_t out[1 + BO_SMP_FRAME_MAX_ANY];
	size_t out_len, out_at;

	struct bo_update_event events[EVENTS_MAX];
	size_t event_first, event_count;
};

static struct smp *of(struct bo_update *update)
{
	return (struct smp *)((char *)update - offsetof(struct smp, update));
}

/* ---- events ---- */

static struct bo_update_event *report(struct smp *smp, enum bo_update_event_kind kind,
				      uint64_t value)
{
	struct bo_update_event *event;

	assert(smp->event_count < EVENTS_MAX); /* the caller must fetch events after each call */
	event = &smp->events[(smp->event_first + smp->event_count++) % EVENTS_MAX];
	*event = (struct bo_update_event){.kind = kind, .value = value};
	return event;
}

/* What the session is at: "upload at 16,384". */
static const char *doing(const struct smp *smp, char *out, size_t cap)
{
	char offset[32];

	if (smp->request.command != BO_SMP_UPLOAD)
		snprintf(out, cap, "%s", bo_smp_command_name(smp->request.command));
	else
		snprintf(out, cap, "upload at %s",
			 bo_str_group(offset, sizeof(offset), smp->request.off));
	return out;
}

static void explain(const struct smp *smp, struct bo_update_event *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void explain(const struct smp *smp, struct bo_update_event *event, const char *fmt, ...)
{
	char what[48], why[sizeof(event->text)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	snprintf(event->text, sizeof(event->text), "%s: %.*s", doing(smp, what, sizeof(what)),
		 (int)(sizeof(event->text) - strlen(what) - 3), why);
}

static struct bo_update_event *fail(struct smp *smp, enum bo_update_cause cause)
{
	struct bo_update_event *event = report(smp, BO_UPDATE_FAILED, 0);

	smp->running = false;
	event->cause = cause;
	return event;
}

/* ---- sending ---- */

/* The first chunk may make the target erase before it answers, the last one read it all. */
static bool is_slow(const struct smp *smp)
{
	uint64_t end = smp->request.off + smp->request.data_len;

	return smp->request.command == BO_SMP_UPLOAD &&
	       (smp->request.off == 0 || end == smp->update.image.len);
}

static bo_ns patience(const struct smp *smp)
{
	return is_slow(smp) && smp->request.off == 0 ? smp->config.erase_ns : smp->config.answer_ns;
}

/* A network is asked again as it answers, all in all for as long as a line is. */
static bool follows_answers(const struct smp *smp)
{
	return smp->transport->datagrams && smp->request.command != BO_SMP_RESET;
}

static bo_ns next_patience(const struct smp *smp, bo_ns now)
{
	bo_ns most = smp->config.answer_ns;
	bo_ns wait = is_slow(smp) ? most : bo_smp_rto_wait(&smp->rto, most);

	if (!follows_answers(smp))
		return patience(smp) + (bo_ns)smp->out_len * smp->config.byte_ns;
	return wait < smp->give_up_at - now ? wait : smp->give_up_at - now;
}

/* Sends the request, for the first time or again. */
static void send(struct smp *smp, bo_ns now)
{
	bool torn = smp->out_at > 0 && smp->out_at < smp->out_len;
	size_t len = bo_smp_request_put(&smp->request, smp->packet, sizeof(smp->packet));

	assert(len > 0);
	smp->update.handed += smp->request.data_len;
	smp->out_at = 0;
	smp->out_len = smp->transport->put(&smp->config, torn || smp->sent, smp->packet, len,
					   smp->out, sizeof(smp->out));
	smp->sent++;
	smp->sent_at = now;
	smp->deadline = smp->patient_until = now + next_patience(smp, now);
}

/* As much as fits in the target's buffer; the rest of the image at most. */
static void choose_chunk(struct smp *smp)
{
	enum { BYTES_HEAD_GROWTH = 2 }; /* of CBOR, from an empty byte string to a 64 KiB one */
	struct bo_smp_request *request = &smp->request;
	uint64_t left = smp->update.image.len - smp->offset;
	size_t empty = bo_smp_request_put(request, smp->packet, sizeof(smp->packet));
	size_t room = smp->packet_max - empty - BYTES_HEAD_GROWTH;

	assert(empty > 0 && empty + BYTES_HEAD_GROWTH < smp->packet_max);
	if (room < left && room > CHUNK_ALIGN)
		room -= room % CHUNK_ALIGN;
	request->data_len = room < left ? room : (size_t)left;
}

static void ask_plain(struct smp *smp)
{
	(void)smp;
}

static void ask_test(struct smp *smp)
{
	smp->request.hash = smp->update.image.image_hash;
}

static void ask_confirm(struct smp *smp)
{
	smp->request.confirm = true;
}

static void ask_chunk(struct smp *smp)
{
	const struct bo_update_image *image = &smp->update.image;

	smp->request.image = smp->config.image;
	smp->request.off = smp->offset;
	smp->request.total = image->len;
	smp->request.sha = image->file_sha256;
	smp->request.data = image->data + smp->offset;
	choose_chunk(smp);
}

/* ---- answers: each returns whether the step is finished ---- */

static bool done_at_once(struct smp *smp, const struct bo_smp_response *response)
{
	(void)smp;
	(void)response;
	return true;
}

static bool take_state(struct smp *smp, const struct bo_smp_response *response)
{
	smp->update.state = response->state;
	return true;
}

static bool take_params(struct smp *smp, const struct bo_smp_response *response)
{
	uint64_t told = response->buf_size;

	smp->packet_max = smp->config.packet_untold;
	if (response->refused || told == 0)
		return true;
	if (told < BO_SMP_PACKET_MIN + smp->transport->framing_bytes) {
		explain(smp, fail(smp, BO_CAUSE_REFUSED), "a buffer of %d bytes is too small",
			(int)told);
		return false;
	}
	told -= smp->transport->framing_bytes;
	smp->packet_max = told < smp->config.packet_max ? (size_t)told : smp->config.packet_max;
	return true;
}

/* Where the target wants to go on, and what that means. False when it leads nowhere. */
static bool adopt(struct smp *smp, uint64_t to)
{
	uint64_t from = smp->request.off, expected = from + smp->request.data_len;
	bool back = to <= from;

	smp->offset = to;
	if (to > expected) {
		report(smp, BO_UPDATE_RESUME, to);
	} else if (to > smp->high) {
		report(smp, BO_UPDATE_POINT, to)->name = "byte";
	} else if (back && ++smp->setbacks > SETBACKS_MAX) {
		explain(smp, fail(smp, BO_CAUSE_REFUSED), "asked for offset %llu again and again",
			(unsigned long long)to);
		return false;
	}
	if (back)
		explain(smp, report(smp, BO_UPDATE_RETRY, smp->setbacks),
			"sent back to offset %llu", (unsigned long long)to);
	if (to > smp->high) {
		smp->high = to;
		smp->setbacks = 0;
	}
	return true;
}

static bool take_chunk(struct smp *smp, const struct bo_smp_response *response)
{
	if (!response->has_off || response->off > smp->update.image.len) {
		explain(smp, fail(smp, BO_CAUSE_GARBLED), "%s",
			response->has_off ? "answered an offset beyond the image"
					  : "answered without an offset");
		return false;
	}
	if (!adopt(smp, response->off) || response->off < smp->update.image.len)
		return false;
	if (response->has_match && !response->match) {
		explain(smp, fail(smp, BO_CAUSE_REFUSED), "what arrived has another SHA-256");
		return false;
	}
	return true;
}

/* ---- jobs ---- */

struct step {
	enum bo_smp_command command;
	void (*ask)(struct smp *smp); /* fills in what the command needs */
	bool (*take)(struct smp *smp, const struct bo_smp_response *response);
	bool may_refuse; /* `take` copes with a refusal */
	bool once;	 /* never repeated */
};

static const struct job {
	size_t count;
	struct step steps[STEPS_MAX];
} jobs[] = {
	[BO_JOB_QUERY] = {1, {{BO_SMP_STATE_READ, ask_plain, take_state, false, false}}},
	[BO_JOB_UPLOAD] = {2,
			   {{BO_SMP_PARAMS, ask_plain, take_params, true, false},
			    {BO_SMP_UPLOAD, ask_chunk, take_chunk, false, false}}},
	[BO_JOB_TEST] = {1, {{BO_SMP_STATE_WRITE, ask_test, done_at_once, false, false}}},
	[BO_JOB_CONFIRM] = {1, {{BO_SMP_STATE_WRITE, ask_confirm, done_at_once, false, false}}},
	[BO_JOB_RESET] = {1, {{BO_SMP_RESET, ask_plain, done_at_once, false, true}}},
};

static const struct step *step_of(const struct smp *smp)
{
	return &jobs[smp->job].steps[smp->step];
}

static void ask(struct smp *smp, bo_ns now)
{
	smp->request = (struct bo_smp_request){.command = step_of(smp)->command,
					       .version = smp->config.version,
					       .seq = smp->next_seq++,
					       .slot = -1};
	step_of(smp)->ask(smp);
	bo_smp_decoder_drop(&smp->decoder);
	smp->sent = smp->timeouts = smp->hurries = 0;
	smp->garbled = false;
	smp->give_up_at = now + patience(smp) * (smp->config.retries + 1);
	smp->broken_before = smp->broken_seen = smp->decoder.broken;
	send(smp, now);
}

static int smp_start(struct bo_update *update, enum bo_update_job job, bo_ns now)
{
	struct smp *smp = of(update);

	assert((size_t)job < sizeof(jobs) / sizeof(*jobs));
	if (job == BO_JOB_UPLOAD && (!update->image.data || update->image.len == 0))
		return -EINVAL;
	update->handed = 0;
	smp->event_count = 0;
	smp->running = true;
	smp->job = job;
	smp->step = 0;
	smp->offset = smp->high = smp->setbacks = 0;
	ask(smp, now);
	return 0;
}

/* Brings the repeat forward: what was waited for has come, in pieces. */
static void hurry(struct smp *smp, bo_ns now)
{
	bo_ns soon = now + smp->config.damaged_ns;

	if (!step_of(smp)->once && smp->hurries < smp->config.retries)
		smp->deadline = soon < smp->patient_until ? soon : smp->patient_until;
}

static void take_packet(struct smp *smp, bo_ns now, const uint8_t *packet, size_t len)
{
	struct bo_smp_response response;
	struct bo_smp_header header;
	bool asked = smp->sent > 1 || smp->out_at == smp->out_len;
	char text[sizeof(smp->events->text)];

	if (!bo_smp_header_get(packet, len, &header) || !bo_smp_answers(&smp->request, &header) ||
	    !asked)
		return;
	if (bo_smp_response_get(packet, len, &response) < 0) {
		smp->garbled = true;
		hurry(smp, now);
		return;
	}
	if (!is_slow(smp))
		bo_smp_rto_answered(&smp->rto, now - smp->sent_at, smp->sent > 1);
	if (response.refused && !step_of(smp)->may_refuse) {
		bo_smp_refusal_text(&response, text, sizeof(text));
		explain(smp, fail(smp, BO_CAUSE_REFUSED), "%s", text);
		return;
	}
	if (step_of(smp)->take(smp, &response) && ++smp->step == jobs[smp->job].count) {
		smp->running = false;
		report(smp, BO_UPDATE_DONE, 0);
	}
	if (smp->running)
		ask(smp, now);
}

static void smp_feed(struct bo_update *update, bo_ns now, const uint8_t *data, size_t len)
{
	struct smp *smp = of(update);
	const uint8_t *packet;
	size_t packet_len;

	while (len && smp->running) {
		size_t used = smp->transport->get(&smp->decoder, data, len, &packet, &packet_len);

		data += used;
		len -= used;
		if (smp->decoder.broken != smp->broken_seen) {
			smp->broken_seen = smp->decoder.broken;
			hurry(smp, now);
		}
		if (packet)
			take_packet(smp, now, packet, packet_len);
	}
	if (smp->running && smp->decoder.open)
		hurry(smp, now); /* unless the rest of the frame comes */
}

static size_t smp_take(struct bo_update *update, uint8_t *data, size_t cap)
{
	struct smp *smp = of(update);
	size_t left = smp->running ? smp->out_len - smp->out_at : 0;
	size_t len = left < cap ? left : cap;

	assert(len == left || !smp->transport->datagrams);
	memcpy(data, smp->out + smp->out_at, len);
	smp->out_at += len;
	return len;
}

static bo_ns smp_deadline(const struct bo_update *update)
{
	const struct smp *smp = of((struct bo_update *)update);

	return smp->running ? smp->deadline : BO_NEVER;
}

static void give_up(struct smp *smp)
{
	bo_ns waited = patience(smp) * (follows_answers(smp) ? smp->config.retries + 1 : 1);
	bool garbled =
		smp->garbled || smp->decoder.open || smp->decoder.broken != smp->broken_before;
	char span[BO_VALUES_TEXT_MAX];

	explain(smp, fail(smp, garbled ? BO_CAUSE_GARBLED : BO_CAUSE_SILENT),
		"%s within %s, asked %u %s", garbled ? "no intact answer" : "no answer",
		bo_values_format(BO_DURATION, span, waited), smp->sent,
		smp->sent == 1 ? "time" : "times");
}

/* Nobody answered in time: was that the last time? */
static bool is_enough(struct smp *smp, bo_ns now)
{
	if (!follows_answers(smp))
		return step_of(smp)->once || smp->timeouts++ == smp->config.retries;
	bo_smp_rto_double(&smp->rto);
	return now >= smp->give_up_at;
}

static void smp_tick(struct bo_update *update, bo_ns now)
{
	struct smp *smp = of(update);
	bool hurried = smp->deadline < smp->patient_until;

	if (!smp->running || now < smp->deadline)
		return;
	if (hurried)
		smp->hurries++;
	else if (is_enough(smp, now))
		return give_up(smp);
	send(smp, now);
	explain(smp, report(smp, BO_UPDATE_RETRY, smp->sent - 1), "%s, asked again",
		hurried ? "a damaged answer" : "no answer");
}

static void smp_event(struct bo_update *update, struct bo_update_event *ret)
{
	struct smp *smp = of(update);

	if (smp->event_count == 0) {
		*ret = (struct bo_update_event){.kind = BO_UPDATE_NONE};
		return;
	}
	*ret = smp->events[smp->event_first];
	smp->event_first = (smp->event_first + 1) % EVENTS_MAX;
	smp->event_count--;
}

static void smp_close(struct bo_update *update)
{
	free(of(update));
}

static const struct bo_update_ops ops = {
	.name = "smp",
	.start = smp_start,
	.feed = smp_feed,
	.take = smp_take,
	.deadline = smp_deadline,
	.tick = smp_tick,
	.event = smp_event,
	.close = smp_close,
};

int bo_smp_new(const struct bo_smp_config *config, struct bo_update **ret, struct bo_err *err)
{
	int rc = bo_smp_config_check(config, err);

	if (rc < 0)
		return rc;
	struct smp *smp = calloc(1, sizeof(*smp));
	assert(smp);
	smp->update.ops = &ops;
	smp->config = *config;
	smp->transport = config->datagrams ? &bo_smp_in_datagrams : &bo_smp_on_line;
	smp->packet_max = config->packet_untold;
	bo_smp_decoder_init(&smp->decoder);
	*ret = &smp->update;
	return 0;
}
