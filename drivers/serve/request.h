#ifndef BO_DRIVERS_SERVE_REQUEST_H
#define BO_DRIVERS_SERVE_REQUEST_H

#include <http_parser.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An HTTP request as far as an update server cares (RFC 9110, RFC 9112). */

/* The one range of `Range: bytes=...` (RFC 9110, 14.1.2). Several ranges, another unit and what
 * cannot be understood count as none: a server may ignore the field. */
struct bo_http_range {
	bool asked;
	bool suffix;	/* "-N": `first` is N */
	uint64_t first; /* byte */
	uint64_t last;	/* inclusive; UINT64_MAX: to the end */
};

#define BO_HTTP_TEXT_MAX 512

struct bo_http_request {
	bool head;  /* HEAD instead of GET */
	bool known; /* one of the two */
	char method[16];
	char target[BO_HTTP_TEXT_MAX];
	char if_range[BO_HTTP_TEXT_MAX];      /* "" when absent */
	char authorization[BO_HTTP_TEXT_MAX]; /* likewise */
	struct bo_http_range range;
};

struct bo_http_reader {
	http_parser parser;
	struct bo_http_request request;
	char field[32];
	char range[BO_HTTP_TEXT_MAX];
	bool in_value;
	bool complete;
};

void bo_http_reader_init(struct bo_http_reader *reader);

/* 1: reader->request is complete, and what follows in `data` was not looked at; 0: more is to come;
 * -EBADMSG: this is no HTTP request, or a field of it is longer than BO_HTTP_TEXT_MAX. */
int bo_http_reader_feed(struct bo_http_reader *reader, const void *data, size_t len);

#endif
