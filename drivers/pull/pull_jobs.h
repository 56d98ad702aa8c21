#ifndef BO_DRIVERS_PULL_PULL_JOBS_H
#define BO_DRIVERS_PULL_PULL_JOBS_H

#include "drivers/pull/pull_broker.h"
#include "drivers/pull/pull_server.h"
#include "drivers/pull/pull_status.h"
#include "harness/model/mischief.h"

/*
 * The jobs that a device is given by MQTT, and what becomes of them. One after the other is begun;
 * what is to be known of it is said in lines (drivers/exec/exec_said.h), the last of them `done`,
 * `refused TEXT`, `silent TEXT` or `gave-up TEXT`, of a download that failed.
 *
 * harness -> device, topic brownout/DEVICE/job, QoS 1:
 *
 *   {"job":"ID","do":"download|install|restart|confirm|state|cancel","url":"..","size":N,
 *    "sha256":"HEX","version":"2.0.0","hash":"HEX of the MCUboot image hash","token":".."}
 *
 * device -> harness, topic brownout/DEVICE/status: pull_status.h.
 *
 * A job is delivered again every RESEND until the device has said a word about it, because one that
 * was not there yet has no queue at the broker. An upload that was not ended, as the device lost
 * its power, is the same job with the same id when it is asked for again.
 *
 *   progress N          bytes that the device says it has: what the server handed over is no
 *                       measure, because TCP takes a whole image in at once
 *   point passed N      bytes that it says it has given on
 *   resume N            the server was asked for the file from N on; or the device says so of a job
 *                       that it had before, and has not fetched the file from its beginning
 *   point request N     the N-th request of this trial; point job N, point accepted N: the N-th job
 *   note TEXT           everything else, with the bytes that were served, and those twice
 *
 * A device that does a stale job, or one that it has done already, is found out by its requests:
 * the job that is under way then, or the next one, is `refused`, with why.
 */
#define PULL_TRICKS_MAX 16

enum pull_do { PULL_DOWNLOAD, PULL_INSTALL, PULL_RESTART, PULL_CONFIRM, PULL_STATE_READ };

struct pull_upload {
	char id[PULL_ID_MAX + 1];
	char file[4096];
	char sha256[65];
	char hash[65]; /* of the image, as the boot loader calls it */
	char version[32];
	uint64_t size;
	bool given, ended, succeeded;
	bool told;	  /* to whoever waited for it, so that the next one is another job */
	bool anew;	  /* since it was asked for: the file was fetched from its beginning */
	bool resumed;	  /* likewise: `resume` was said */
	uint64_t reached; /* bytes that the device says it has */
	uint64_t passed;  /* and has given on */
	uint64_t served, twice, high; /* bytes handed over; of them before; up to where */
	uint64_t before;	      /* handed over before it was asked for once more */
	uint64_t requests;
	unsigned tricked; /* bit per trick: it has happened */
};

struct pull_jobs {
	struct bo_loop *loop;
	struct pull_broker *broker;
	struct pull_server *server;
	/* options; borrowed */
	const char *device;
	const char *url;   /* told instead of the server's; NULL */
	const char *token; /* told; NULL: none */
	bo_ns silence;	   /* without a word */
	struct pull_serving serving;
	struct bo_mischief trick[PULL_TRICKS_MAX];
	size_t tricks;
	/* what happens */
	char run[17];
	unsigned serial, uploads;
	bool runs, heard;
	enum pull_do doing;
	char id[PULL_ID_MAX + 1];
	struct bo_buf message;
	struct bo_timer resend, quiet;
	struct pull_upload upload;
	uint64_t requests;
	char caught[96]; /* what the device should not have done; "" */
	void (*say)(const char *line);
};

void pull_jobs_init(struct pull_jobs *jobs);
/* Once broker and server can be used: what is there before the device comes. */
void pull_jobs_open(struct pull_jobs *jobs);
void pull_jobs_done(struct pull_jobs *jobs);

/* Begin a job. An error is the rig's. */
int pull_jobs_upload(struct pull_jobs *jobs, const char *hash, const char *file,
		     struct bo_err *err);
void pull_jobs_begin(struct pull_jobs *jobs, enum pull_do doing, const char *hash);
/* Nobody waits for it any more. The device may go on. */
void pull_jobs_drop(struct pull_jobs *jobs);

/* The broker was away: what the device said meanwhile may be lost, and is asked for again. */
void pull_jobs_back(struct pull_jobs *jobs);
void pull_jobs_hear(struct pull_jobs *jobs, const void *data, size_t len);
void pull_jobs_served(struct pull_jobs *jobs, const struct pull_heard *heard);

#endif
