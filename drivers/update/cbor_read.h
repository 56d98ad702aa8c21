#ifndef BO_DRIVERS_UPDATE_CBOR_READ_H
#define BO_DRIVERS_UPDATE_CBOR_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Pulls CBOR items (RFC 8949) out of memory one at a time, by libcbor's streaming decoder: no
 * allocation, whatever counts and lengths a target announces. Tags are passed over.
 */
enum bo_cbor_kind {
	BO_CBOR_OTHER,	/* null, undefined, floats: whole, without a value of interest */
	BO_CBOR_UINT,	/* value */
	BO_CBOR_NEGINT, /* -1 - value */
	BO_CBOR_BOOL,	/* value */
	BO_CBOR_BYTES,	/* data, value bytes */
	BO_CBOR_TEXT,	/* data, value bytes; not terminated, not checked for UTF-8 */
	BO_CBOR_CHUNKS, /* a string of indefinite length: its chunks follow, then a break */
	BO_CBOR_ARRAY,	/* value items follow, or items up to a break */
	BO_CBOR_MAP,	/* value pairs follow, or pairs up to a break */
	BO_CBOR_BREAK,
};

struct bo_cbor_item {
	enum bo_cbor_kind kind;
	bool indefinite; /* ARRAY, MAP, CHUNKS: ended by a break */
	uint64_t value;
	const uint8_t *data; /* borrowed from the reader's input */
};

struct bo_cbor_reader {
	const uint8_t *at;
	size_t left;
};

/* The next item's head; false when there is none or it is malformed. */
bool bo_cbor_next(struct bo_cbor_reader *reader, struct bo_cbor_item *ret);

/* Passes over all that belongs to `item`; false when it is malformed or nested over 16 deep. */
bool bo_cbor_skip(struct bo_cbor_reader *reader, const struct bo_cbor_item *item);

/*
 * Steps through the members of an ARRAY, MAP or CHUNKS, whose head `container` is: 1 with the next
 * member (of a map: the key; the value is for bo_cbor_next()), 0 at the end, -EBADMSG. Counts
 * `container->value` down.
 */
int bo_cbor_member(struct bo_cbor_reader *reader, struct bo_cbor_item *container,
		   struct bo_cbor_item *ret);

#endif
