#ifndef BO_DRIVERS_SERVE_REPLY_H
#define BO_DRIVERS_SERVE_REPLY_H

#include "drivers/serve/request.h"
#include "harness/base/clock.h"
#include "harness/base/str.h"
#include "harness/model/mischief.h"

/* What the server answers, as a pure function of the request and of how it is to misbehave. */

#define BO_ETAG_MAX 80

/* What is served. Everything is borrowed. */
struct bo_offer {
	const char *path;     /* "/fw.bin" */
	const uint8_t *file;  /* `len` bytes */
	const uint8_t *other; /* as many, for `other-file`; the first part of them for `other-size`
			       */
	uint64_t len;
	char etag[2][BO_ETAG_MAX]; /* quoted; of file and other */
	const char *token;	   /* bearer token (RFC 6750, 2.1) that is asked for; NULL: none */
	bool client_cert;	   /* a client certificate of our CA is asked for */
	struct bo_mischief mischief[BO_MISCHIEFS_MAX];
	size_t mischiefs;
};

enum bo_reply_end {
	BO_END_WHOLE,
	BO_END_CLOSE,
	BO_END_RESET,
	BO_END_TLS_CUT,
	BO_END_RESTART, /* as a reset, and all other connections with it */
};

#define BO_NOWHERE UINT64_MAX

/* Offsets are those of the file. */
struct bo_reply {
	int status;
	struct bo_buf head;   /* status line and fields, with the empty line; to be released */
	const uint8_t *file;  /* NULL: no body */
	uint64_t size;	      /* of the whole file */
	uint64_t from, until; /* what of it is sent: from <= offset < until */
	uint64_t extra;	      /* bytes behind it that nobody announced */
	bool chunked;
	enum bo_reply_end end;
	uint64_t end_at;
	uint64_t stall_at;
	bo_ns stall_ns;
	uint64_t corrupt_at;
	int64_t bits_per_s; /* 0: as fast as it goes */
	bo_ns away_ns;	    /* BO_END_RESTART: nobody listens for so long */
};

/* `nth` counts requests from 1; `known_client`: its certificate is one of ours. */
void bo_reply_make(const struct bo_offer *offer, const struct bo_http_request *request,
		   uint64_t nth, bool known_client, struct bo_reply *ret);

#endif
