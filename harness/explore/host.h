#ifndef BO_HARNESS_EXPLORE_HOST_H
#define BO_HARNESS_EXPLORE_HOST_H

#include "drivers/api/update.h"

/*
 * Who sits at the other end of the console while a boot is explored: asks the target by its update
 * protocol what it runs, confirms it, or carries the whole update out. On model time and without
 * I/O.
 *
 * It remembers nothing from one power-on to the next and goes by what the target says alone. So a
 * boot with a host is a function of memory as one without: the same memory gets the same requests
 * at the same times.
 */
enum bo_host_work {
	BO_HOST_ASKS,	  /* which image runs, once the application is ready */
	BO_HOST_CONFIRMS, /* the same, and makes the new one permanent if that is what runs */
	BO_HOST_UPDATES,  /* the same, and if the old one runs: uploads or goes on with an upload,
			     has it tried, resets the target, and so on; once a boot */
};

/* How it ended. */
enum bo_host_end {
	BO_HOST_WORKS,	     /* it has not */
	BO_HOST_NEW,	     /* the new image runs; permanent, if that was to be */
	BO_HOST_OLD,	     /* the old one */
	BO_HOST_OTHER,	     /* neither */
	BO_HOST_UNCONFIRMED, /* the new one, which is not permanent although it was asked to be */
	BO_HOST_REFUSED,     /* the target said no */
	BO_HOST_UNHEARD,     /* it does not answer, or not so that it could be understood */
	BO_HOST_ENDS
};

struct bo_host_config {
	const struct bo_protocol *protocol;
	struct bo_update_config update;
	struct bo_update_image image; /* its bytes are borrowed */
	uint8_t old_hash[32];	      /* as the target tells it */
	enum bo_host_work work;
};

struct bo_host;

/* NULL when out of memory. */
struct bo_host *bo_host_new(const struct bo_host_config *config);
void bo_host_free(struct bo_host *host);

/* Power comes on: all is forgotten. */
int bo_host_begin(struct bo_host *host, struct bo_err *err);
/* An application says that it is ready; each time, also when it came up again by itself. */
void bo_host_ready(struct bo_host *host, int64_t now_ns);
void bo_host_hear(struct bo_host *host, int64_t now_ns, uint8_t byte);
enum bo_host_end bo_host_end(const struct bo_host *host);

/* When the next byte for the target has arrived, or a deadline is over; INT64_MAX: never. */
int64_t bo_host_next(const struct bo_host *host);
/* What is due at `now_ns`. True with a byte for the target, which a line of `baud` carries. */
bool bo_host_run(struct bo_host *host, int64_t now_ns, uint32_t baud, uint8_t *ret_byte);

#endif
