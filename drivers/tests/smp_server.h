#ifndef BO_DRIVERS_TESTS_SMP_SERVER_H
#define BO_DRIVERS_TESTS_SMP_SERVER_H

#include <assert.h>
#include <cbor.h>
#include <stdio.h>
#include <string.h>

#include "drivers/update/smp_frame.h"

/*
 * A management server as Zephyr's behaves, for tests: one slot in memory, answers as text for the
 * line. Requests are understood by libcbor's tree decoder, not by the code under test.
 */
#define SERVER_SLOT 65536

struct server {
	/* how it behaves */
	bool no_params;
	unsigned buf_size;
	size_t keep_align; /* keeps only whole units of a chunk; 0: all of it */
	bool forgets;	   /* answers off:0 to everything */
	uint64_t lie_off;  /* answers this offset instead; 0: the truth */
	int rc;		   /* refuses everything but parameters with it */
	int err_rc;	   /* likewise, {"err"} of group 1 */
	bool match_false;

	/* what it knows */
	uint8_t slot[SERVER_SLOT];
	uint64_t off, len;
	bool has_sha;
	uint8_t sha[32];
	uint8_t tested[32];
	bool confirmed, was_reset;

	/* what it saw */
	unsigned requests, firsts, erases;
	uint8_t last_seq, last_op;
	size_t longest;
	struct bo_smp_decoder decoder;
};

struct server_body {
	uint8_t data[256];
	size_t len;
};

static inline void body_text(struct server_body *body, const char *text)
{
	body->len += cbor_encode_string_start(strlen(text), body->data + body->len, 32);
	memcpy(body->data + body->len, text, strlen(text));
	body->len += strlen(text);
}

static inline void body_uint(struct server_body *body, const char *key, uint64_t value)
{
	body_text(body, key);
	body->len += cbor_encode_uint(value, body->data + body->len, 16);
}

static inline void body_byte(struct server_body *body, uint8_t byte)
{
	body->data[body->len++] = byte;
}

static inline void body_bool(struct server_body *body, const char *key, bool value)
{
	body_text(body, key);
	body_byte(body, value ? 0xf5 : 0xf4);
}

/* The value of a key in a request's map, NULL when absent. */
static inline cbor_item_t *server_get(const cbor_item_t *map, const char *key)
{
	for (size_t i = 0; i < cbor_map_size(map); i++) {
		struct cbor_pair *pair = &cbor_map_handle(map)[i];

		if (cbor_string_length(pair->key) == strlen(key) &&
		    memcmp(cbor_string_handle(pair->key), key, strlen(key)) == 0)
			return pair->value;
	}
	return NULL;
}

/* Starts over unless it is the same file that was begun before. */
static inline void server_first(struct server *server, const cbor_item_t *map)
{
	const cbor_item_t *len = server_get(map, "len"), *sha = server_get(map, "sha");

	assert(len);
	server->firsts++;
	if (server->has_sha && sha && memcmp(server->sha, cbor_bytestring_handle(sha), 32) == 0 &&
	    server->len == cbor_get_int(len))
		return;
	server->erases++;
	server->off = 0;
	server->len = cbor_get_int(len);
	server->has_sha = sha;
	if (sha)
		memcpy(server->sha, cbor_bytestring_handle(sha), 32);
}

static inline void server_upload(struct server *server, const cbor_item_t *map,
				 struct server_body *body)
{
	uint64_t off = cbor_get_int(server_get(map, "off"));
	const cbor_item_t *data = server_get(map, "data");
	size_t len = cbor_bytestring_length(data);

	if (off == 0)
		server_first(server, map);
	else
		assert(!server_get(map, "len") && !server_get(map, "sha"));
	if (off == server->off && server->len && off + len <= server->len) {
		if (server->keep_align && off + len < server->len)
			len -= len % server->keep_align;
		memcpy(server->slot + off, cbor_bytestring_handle(data), len);
		server->off += len;
	}
	if (server->forgets)
		server->off = server->len = 0;
	body_uint(body, "off", server->lie_off ? server->lie_off : server->off);
	if (server->len && server->off == server->len)
		body_bool(body, "match", !server->match_false);
}

static inline void server_state(struct server *server, bool write, const cbor_item_t *map,
				struct server_body *body)
{
	const cbor_item_t *hash = server_get(map, "hash");

	if (write && hash)
		memcpy(server->tested, cbor_bytestring_handle(hash), 32);
	if (write && !hash)
		server->confirmed = cbor_get_bool(server_get(map, "confirm"));
	body_text(body, "images");
	body_byte(body, 0x9f);
	for (unsigned slot = 0; slot < 2; slot++) {
		body_byte(body, 0xbf);
		body_uint(body, "slot", slot);
		body_text(body, "version");
		body_text(body, slot ? "2.0.0" : "1.0.0");
		body_bool(body, slot ? "pending" : "active", true);
		body_byte(body, 0xff);
	}
	body_byte(body, 0xff);
}

static inline void server_carry_out(struct server *server, const uint8_t *packet,
				    const cbor_item_t *map, struct server_body *body)
{
	unsigned kind = (unsigned)packet[5] << 8 | packet[7];

	if (kind == 0x0006) {
		if (server->no_params)
			body_uint(body, "rc", 8);
		else
			body_uint(body, "buf_size", server->buf_size);
	} else if (server->rc) {
		body_uint(body, "rc", (uint64_t)server->rc);
	} else if (server->err_rc) {
		body_text(body, "err");
		body_byte(body, 0xa2);
		body_uint(body, "group", 1);
		body_uint(body, "rc", (uint64_t)server->err_rc);
	} else if (kind == 0x0101) {
		server_upload(server, map, body);
	} else if (kind == 0x0100) {
		server_state(server, (packet[0] & 7) == 2, map, body);
	} else if (kind == 0x0005) {
		server->was_reset = true;
	} else {
		body_uint(body, "rc", 8);
	}
}

/* One request; returns the length of the answer, which is at most 256 bytes long. */
static inline size_t server_answer_packet(struct server *server, const uint8_t *packet, size_t len,
					  uint8_t *out)
{
	struct server_body body = {.data = {[8] = 0xbf}, .len = 9};
	struct cbor_load_result result;
	cbor_item_t *map = cbor_load(packet + 8, len - 8, &result);

	assert(map && result.error.code == CBOR_ERR_NONE && result.read == len - 8);
	assert((size_t)(packet[2] << 8 | packet[3]) == len - 8);
	server->requests++;
	server->last_seq = packet[6];
	if (len > server->longest)
		server->longest = len;
	server_carry_out(server, packet, map, &body);
	cbor_decref(&map);
	body_byte(&body, 0xff);
	memcpy(body.data, packet, 8);
	body.data[0]++;
	body.data[2] = 0;
	body.data[3] = (uint8_t)(body.len - 8);
	memcpy(out, body.data, body.len);
	return body.len;
}

/* The same; returns the length of the answer's lines. */
static inline size_t server_answer(struct server *server, const uint8_t *packet, size_t len,
				   uint8_t *out)
{
	uint8_t answer[256];
	size_t answer_len = server_answer_packet(server, packet, len, answer);

	return bo_smp_encode(answer, answer_len, 127, out, BO_SMP_FRAME_MAX_ANY);
}

#endif
