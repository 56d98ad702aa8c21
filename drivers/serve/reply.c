#include "drivers/serve/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOP "/hop/"

static const struct bo_mischief *find(const struct bo_offer *offer, enum bo_mischief_kind kind)
{
	return bo_mischief_find(offer->mischief, offer->mischiefs, kind);
}

static const char *reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{200, "OK"},
		{206, "Partial Content"},
		{302, "Found"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{416, "Range Not Satisfiable"},
		{429, "Too Many Requests"},
		{503, "Service Unavailable"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

static void begin(struct bo_reply *reply, int status)
{
	reply->status = status;
	bo_buf_printf(&reply->head, "HTTP/1.1 %d %s\r\nConnection: close\r\n", status,
		      reason_of(status));
}

/* A reply without a body. `field` is NULL or one field without its line end. */
static void say(struct bo_reply *reply, int status, const char *field)
{
	begin(reply, status);
	bo_buf_printf(&reply->head, "Content-Length: 0\r\n%s%s\r\n", field ? field : "",
		      field ? "\r\n" : "");
}

/* The number of redirects behind which this target is; -1: the target is none of ours. */
static int64_t hops_of(const struct bo_offer *offer, const char *target)
{
	char *end;

	if (strcmp(target, offer->path) == 0)
		return 0;
	if (strncmp(target, HOP, strlen(HOP)) != 0 || !find(offer, BO_MISCHIEF_REDIRECT))
		return -1;
	long hops = strtol(target + strlen(HOP), &end, 10);

	return *end || hops < 1 || hops > 1000000 ? -1 : hops;
}

static bool redirect(const struct bo_offer *offer, int64_t hops, struct bo_reply *reply)
{
	const struct bo_mischief *wanted = find(offer, BO_MISCHIEF_REDIRECT);
	char field[64];

	if (!wanted || (wanted->argument > 0 && hops >= wanted->argument))
		return false;
	(void)snprintf(field, sizeof(field), "Location: " HOP "%" PRId64, hops + 1);
	say(reply, 302, field);
	return true;
}

/* RFC 9110, 11.6 and 15.5.4: 401 asks for a credential, 403 is the answer to one that will not do.
 */
static bool turn_away(const struct bo_offer *offer, const struct bo_http_request *request,
		      bool known_client, struct bo_reply *reply)
{
	static const char scheme[] = "Bearer ";
	const char *given = request->authorization;

	if (offer->client_cert && !known_client) {
		say(reply, 403, NULL);
		return true;
	}
	if (!offer->token)
		return false;
	if (!*given) {
		say(reply, 401, "WWW-Authenticate: Bearer");
		return true;
	}
	if (strncmp(given, scheme, strlen(scheme)) == 0 &&
	    strcmp(given + strlen(scheme), offer->token) == 0)
		return false;
	say(reply, 403, NULL);
	return true;
}

static bool put_off(const struct bo_offer *offer, uint64_t nth, struct bo_reply *reply)
{
	const struct bo_mischief *busy = find(offer, BO_MISCHIEF_BUSY);
	const struct bo_mischief *later = find(offer, BO_MISCHIEF_LATER);
	char field[64];

	if (busy && nth <= (uint64_t)busy->argument) {
		say(reply, 503, NULL);
		return true;
	}
	if (!later || nth > 1)
		return false;
	(void)snprintf(field, sizeof(field), "Retry-After: %lld",
		       (long long)((later->argument + BO_S - 1) / BO_S));
	say(reply, 429, field);
	return true;
}

/* A transfer that goes on at the place where the last one was stopped gets past it; one that begins
 * anew never does. */
static bool is_passed(const struct bo_reply *reply, uint64_t place)
{
	return place > reply->from && place < reply->until;
}

static void plan_body(const struct bo_offer *offer, struct bo_reply *reply)
{
	static const struct {
		enum bo_mischief_kind kind;
		enum bo_reply_end end;
	} ends[] = {{BO_MISCHIEF_CLOSE, BO_END_CLOSE},
		    {BO_MISCHIEF_RESET, BO_END_RESET},
		    {BO_MISCHIEF_TLS_CUT, BO_END_TLS_CUT},
		    {BO_MISCHIEF_RESTART, BO_END_RESTART}};
	const struct bo_mischief *one;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if ((one = find(offer, ends[i].kind)) &&
		    is_passed(reply, bo_mischief_at(one, offer->len)) &&
		    bo_mischief_at(one, offer->len) < reply->end_at) {
			reply->end = ends[i].end;
			reply->end_at = bo_mischief_at(one, offer->len);
			reply->away_ns = one->argument;
		}
	one = find(offer, BO_MISCHIEF_STALL);
	if (one && is_passed(reply, bo_mischief_at(one, offer->len))) {
		reply->stall_at = bo_mischief_at(one, offer->len);
		reply->stall_ns = one->argument;
	}
	if ((one = find(offer, BO_MISCHIEF_CORRUPT)))
		reply->corrupt_at = bo_mischief_at(one, offer->len);
	if ((one = find(offer, BO_MISCHIEF_SLOW)))
		reply->bits_per_s = one->argument;
	if ((one = find(offer, BO_MISCHIEF_LONG_BODY)))
		reply->extra = (uint64_t)one->argument;
}

static void serve(const struct bo_offer *offer, const struct bo_http_request *request, bool other,
		  bool part, struct bo_reply *reply)
{
	const struct bo_mischief *shorter = find(offer, BO_MISCHIEF_SHORT_BODY);
	bool old_tag = find(offer, BO_MISCHIEF_SAME_ETAG) != NULL;
	uint64_t len = reply->until - reply->from;

	reply->file = other ? offer->other : offer->file;
	reply->chunked = find(offer, BO_MISCHIEF_CHUNKED) != NULL;
	begin(reply, part ? 206 : 200);
	bo_buf_printf(&reply->head, "Content-Type: application/octet-stream\r\nETag: %s\r\n",
		      offer->etag[other && !old_tag]);
	if (!find(offer, BO_MISCHIEF_IGNORE_RANGE))
		bo_buf_printf(&reply->head, "Accept-Ranges: bytes\r\n");
	if (part)
		bo_buf_printf(&reply->head,
			      "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64 "\r\n",
			      reply->from, reply->until - 1, reply->size);
	if (reply->chunked)
		bo_buf_printf(&reply->head, "Transfer-Encoding: chunked\r\n\r\n");
	else
		bo_buf_printf(&reply->head, "Content-Length: %" PRIu64 "\r\n\r\n",
			      len + (shorter ? (uint64_t)shorter->argument : 0));
	plan_body(offer, reply);
	if (request->head)
		reply->file = NULL;
}

static bool same_file(const struct bo_offer *offer, const struct bo_http_request *request,
		      bool other)
{
	bool old_tag = find(offer, BO_MISCHIEF_SAME_ETAG) != NULL;

	return !*request->if_range ||
	       strcmp(request->if_range, offer->etag[other && !old_tag]) == 0;
}

/* What of the file the range means; false: nothing of it (RFC 9110, 14.1.2). */
static bool resolve(const struct bo_http_range *range, uint64_t len, struct bo_reply *reply)
{
	if (range->suffix) {
		reply->from = range->first < len ? len - range->first : 0;
		reply->until = len;
		return range->first > 0 && len > 0;
	}
	if (range->first >= len)
		return false;
	reply->from = range->first;
	reply->until = range->last >= len ? len : range->last + 1;
	return true;
}

static void answer(const struct bo_offer *offer, const struct bo_http_request *request,
		   uint64_t nth, struct bo_reply *reply)
{
	const struct bo_mischief *swap = find(offer, BO_MISCHIEF_OTHER_FILE);
	const struct bo_mischief *wrong = find(offer, BO_MISCHIEF_WRONG_RANGE);
	const struct bo_mischief *shrink = find(offer, BO_MISCHIEF_OTHER_SIZE);
	bool shorter = shrink && nth >= (uint64_t)shrink->argument;
	bool other = shorter || (swap && nth >= (uint64_t)swap->argument);
	char field[64];

	reply->from = 0;
	reply->size = reply->until = shorter ? offer->len - offer->len / 4 : offer->len;
	if (!request->range.asked || find(offer, BO_MISCHIEF_IGNORE_RANGE) ||
	    !same_file(offer, request, other)) {
		serve(offer, request, other, false, reply);
		return;
	}
	if (find(offer, BO_MISCHIEF_NO_RANGE) || !resolve(&request->range, reply->size, reply)) {
		(void)snprintf(field, sizeof(field), "Content-Range: bytes */%" PRIu64,
			       reply->size);
		say(reply, 416, field);
		return;
	}
	if (wrong)
		reply->from -= (uint64_t)wrong->argument < reply->from ? (uint64_t)wrong->argument
								       : reply->from;
	serve(offer, request, other, true, reply);
}

void bo_reply_make(const struct bo_offer *offer, const struct bo_http_request *request,
		   uint64_t nth, bool known_client, struct bo_reply *ret)
{
	struct bo_reply reply = {
		.end_at = BO_NOWHERE, .stall_at = BO_NOWHERE, .corrupt_at = BO_NOWHERE};
	int64_t hops = hops_of(offer, request->target);

	if (!request->known)
		say(&reply, 405, "Allow: GET, HEAD");
	else if (hops < 0)
		say(&reply, 404, NULL);
	else if (!turn_away(offer, request, known_client, &reply) && !put_off(offer, nth, &reply) &&
		 !redirect(offer, hops, &reply))
		answer(offer, request, nth, &reply);
	*ret = reply;
}
