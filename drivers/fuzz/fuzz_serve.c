#include <assert.h>
#include <string.h>

#include "drivers/serve/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LEN 4096

static size_t read_mischief(const uint8_t *data, size_t size, struct bo_offer *offer)
{
	size_t at = 0;

	while (at < size && data[at] != '\n') {
		char word[64] = "";
		size_t len = 0;

		while (at < size && data[at] != ' ' && data[at] != '\n' && len < sizeof(word) - 1)
			word[len++] = (char)data[at++];
		struct bo_mischief *next = &offer->mischief[offer->mischiefs];

		if (offer->mischiefs < BO_MISCHIEFS_MAX &&
		    bo_mischief_parse(BO_OF_SERVER, word, next, NULL) == 0)
			offer->mischiefs++;
		while (at < size && data[at] == ' ')
			at++;
	}
	return at < size ? at + 1 : size;
}

/* Whatever was asked: nothing outside the file is sent, and no line is broken up. */
static void check_reply(const struct bo_reply *reply)
{
	assert(reply->head.len > 4);
	assert(memcmp(reply->head.data + reply->head.len - 4, "\r\n\r\n", 4) == 0);
	assert(strlen(reply->head.data) == reply->head.len);
	assert(!strstr(reply->head.data, "\r\n\r\n") ||
	       strstr(reply->head.data, "\r\n\r\n") == reply->head.data + reply->head.len - 4);
	assert(!reply->file || (reply->from < reply->until && reply->until <= LEN));
	assert(reply->end == BO_END_WHOLE ||
	       (reply->end_at > reply->from && reply->end_at < reply->until));
}

/* A line of mischief, then a request, fed in two pieces. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t file[LEN];
	struct bo_offer offer = {.path = "/fw.bin",
				 .file = file,
				 .other = file,
				 .len = LEN,
				 .etag = {"\"a\"", "\"b\""}};
	size_t at = read_mischief(data, size, &offer);
	size_t half = (size - at) / 2;
	struct bo_http_reader reader;

	bo_http_reader_init(&reader);
	int rc = bo_http_reader_feed(&reader, data + at, half);

	if (rc == 0)
		rc = bo_http_reader_feed(&reader, data + at + half, size - at - half);
	if (rc <= 0)
		return 0;
	offer.token = reader.request.authorization[0] ? "t" : NULL;
	for (uint64_t nth = 1; nth <= 3; nth++) {
		struct bo_reply reply;

		offer.client_cert = nth == 3;
		bo_reply_make(&offer, &reader.request, nth, false, &reply);
		check_reply(&reply);
		bo_buf_done(&reply.head);
	}
	return 0;
}
