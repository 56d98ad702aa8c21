#ifndef BO_HARNESS_MODEL_MISCHIEF_H
#define BO_HARNESS_MODEL_MISCHIEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/err.h"

/*
 * How the update server misbehaves, and what happens to the jobs that a device is given, as it is
 * written in a scenario and on command lines:
 *
 *   NAME [ "@" PLACE ] [ ":" ARGUMENT ]      close@16384  stall@40pct:2s  busy:3
 *
 * In the value of a parameter, which becomes part of a trial's id, dots do for both: close.16384,
 * stall.40pct.2s, busy.3. A place is an offset in the file, in bytes or as a percentage of it. The
 * table in mischief.c says which takes what.
 */
#define BO_MISCHIEFS_MAX 16 /* at once */

enum bo_mischief_of { BO_OF_SERVER, BO_OF_JOBS };

enum bo_mischief_kind {
	BO_MISCHIEF_CLOSE,	  /* the connection ends in order at the place */
	BO_MISCHIEF_RESET,	  /* with a TCP reset */
	BO_MISCHIEF_STALL,	  /* nothing more for so long, then it goes on */
	BO_MISCHIEF_CORRUPT,	  /* the byte at the place is inverted */
	BO_MISCHIEF_TLS_CUT,	  /* at the place TCP ends without TLS's close_notify */
	BO_MISCHIEF_SHORT_BODY,	  /* Content-Length announces so many bytes more than come */
	BO_MISCHIEF_LONG_BODY,	  /* so many bytes follow behind what was announced */
	BO_MISCHIEF_WRONG_RANGE,  /* 206 whose content begins so many bytes too early */
	BO_MISCHIEF_IGNORE_RANGE, /* 200 and the whole file, whatever was asked */
	BO_MISCHIEF_NO_RANGE,	  /* 416 to any range */
	BO_MISCHIEF_OTHER_FILE,	  /* from the K-th request on another file of equal size, other ETag
				   */
	BO_MISCHIEF_SAME_ETAG,	  /* with other-file: under the old ETag */
	BO_MISCHIEF_BUSY,	  /* 503 to the first K requests */
	BO_MISCHIEF_LATER,    /* 429 with Retry-After to the first request; argument: the seconds */
	BO_MISCHIEF_REDIRECT, /* K times 302 before the file comes; 0 is for ever */
	BO_MISCHIEF_CHUNKED,  /* no Content-Length, chunked transfer coding */
	BO_MISCHIEF_SLOW,     /* so many bits a second */
	BO_MISCHIEF_EXPIRED,  /* the certificate ended yesterday */
	BO_MISCHIEF_WRONG_HOST, /* the certificate is another host's */
	BO_MISCHIEF_UNKNOWN_CA, /* its issuer is not the one that was announced */
	BO_MISCHIEF_DOWN,	/* nobody listens for so long at first */
	BO_MISCHIEF_RESTART,	/* at the place all is reset, and nobody listens for so long */
	BO_MISCHIEF_OTHER_SIZE, /* from the K-th request on a shorter file, other ETag */
	/* of jobs */
	BO_MISCHIEF_DUPLICATE,	 /* each is delivered again, at once and when it is done */
	BO_MISCHIEF_STALE,	 /* they are retained, the first of them one that nobody wants */
	BO_MISCHIEF_CANCEL,	 /* at the place it is cancelled */
	BO_MISCHIEF_BROKER_DROP, /* at the place the broker is killed, and back after so long */
	BO_MISCHIEF_KINDS
};

struct bo_mischief {
	enum bo_mischief_kind kind;
	uint64_t place; /* bytes; ppm of the file when `relative` */
	bool relative;
	int64_t argument; /* in the unit of its kind */
};

/* -EINVAL with what is wrong and what there is. */
int bo_mischief_parse(enum bo_mischief_of of, const char *text, struct bo_mischief *ret,
		      struct bo_err *err);

bool bo_mischief_is_of(enum bo_mischief_of of, enum bo_mischief_kind kind);

const char *bo_mischief_name(enum bo_mischief_kind kind);

/* The place in a file of `len` bytes. */
uint64_t bo_mischief_at(const struct bo_mischief *mischief, uint64_t len);

/* The first of that kind; NULL when there is none. */
const struct bo_mischief *bo_mischief_find(const struct bo_mischief *list, size_t count,
					   enum bo_mischief_kind kind);

/* A line of the usage. Static, until the next call. */
const char *bo_mischief_help(enum bo_mischief_kind kind);

#endif
