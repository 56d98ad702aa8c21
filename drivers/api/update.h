#ifndef BO_DRIVERS_API_UPDATE_H
#define BO_DRIVERS_API_UPDATE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/clock.h"
#include "harness/base/err.h"

/*
 * An update protocol as a step machine without I/O: bytes in, bytes out, next deadline, events.
 * The same code runs on a tty, on a socket and on the virtual clock; the caller owns pace and time.
 *
 * A session carries out one job at a time: start(), then feed()/take()/tick() until an event ends
 * it. A retry of a lost request is the protocol's own business and is reported as an event.
 */
struct bo_update;

enum bo_update_job {
	BO_JOB_QUERY,	/* read which images are there and running; answers into bo_update_state */
	BO_JOB_UPLOAD,	/* transfer the image, resuming where the target says */
	BO_JOB_TEST,	/* mark the uploaded image to be tried at the next boot */
	BO_JOB_CONFIRM, /* make the running image permanent */
	BO_JOB_RESET,	/* ask the target to reboot; ends when acknowledged */
};

/* What the target says about an image slot. */
struct bo_update_slot {
	bool present;
	uint8_t hash[32];
	bool has_hash;
	char version[32];
	bool active, confirmed, pending, permanent;
};

struct bo_update_state {
	struct bo_update_slot slot[2];
};

enum bo_update_event_kind {
	BO_UPDATE_NONE,	  /* nothing (more) to report */
	BO_UPDATE_POINT,  /* a fault point was passed: name and value */
	BO_UPDATE_RESUME, /* the target continues an earlier transfer: value = its offset */
	BO_UPDATE_RETRY,  /* a request was repeated; value = attempt; text says why */
	BO_UPDATE_NOTE,	  /* text, for whoever reads the journal */
	BO_UPDATE_DONE,	  /* the job is finished */
	BO_UPDATE_FAILED, /* it ended otherwise; see cause */
};

enum bo_update_cause {
	BO_CAUSE_NONE,
	BO_CAUSE_REFUSED, /* the target said no: text holds what it said */
	BO_CAUSE_SILENT,  /* no answer within the deadline and retries */
	BO_CAUSE_GAVE_UP, /* the target tried, and says why it could not */
	BO_CAUSE_GARBLED, /* answers arrived, none could be understood */
	BO_CAUSE_RIG,	  /* our own end failed: that is no word about the target */
};

struct bo_update_event {
	enum bo_update_event_kind kind;
	/* BO_UPDATE_POINT: "byte", value = bytes acknowledged. Ordinals count acknowledgements that
	 * made progress. The engine puts the protocol's name in front: smp.byte.16384. Any other
	 * name is a moment of the protocol's own, value = its ordinal. Valid until the next event
	 * is fetched. */
	const char *name;
	uint64_t value;
	enum bo_update_cause cause;
	char text[96]; /* sanitised; for people */
};

struct bo_update_ops {
	const char *name;
	/* Begins a job. `image` is borrowed until the job ends; only BO_JOB_UPLOAD and BO_JOB_TEST
	 * need it. Any earlier job is dropped. */
	int (*start)(struct bo_update *update, enum bo_update_job job, bo_ns now);
	/* Bytes from the line. What is not protocol (log text between frames) is ignored here. Of a
	 * protocol of datagrams: exactly one. */
	void (*feed)(struct bo_update *update, bo_ns now, const uint8_t *data, size_t len);
	/* Bytes for the line: copies up to `cap`, returns how many (0: nothing to send). Of a
	 * protocol of datagrams: exactly one, and `cap` is at least BO_DATAGRAM_MAX. */
	size_t (*take)(struct bo_update *update, uint8_t *data, size_t cap);
	/* When tick() wants to be called next (BO_NEVER: no wait is running), and the call. */
	bo_ns (*deadline)(const struct bo_update *update);
	void (*tick)(struct bo_update *update, bo_ns now);
	/* The oldest event not yet fetched; kind BO_UPDATE_NONE when there is none. The caller
	 * fetches all after each start(), feed() and tick(), before it takes bytes. */
	void (*event)(struct bo_update *update, struct bo_update_event *ret);
	/* Optional: the job is over for the caller, and nothing of it may go on. */
	void (*drop)(struct bo_update *update);
	void (*close)(struct bo_update *update);
};

struct bo_update_image {
	const uint8_t *data; /* the file as it is uploaded */
	size_t len;
	uint8_t file_sha256[32];
	uint8_t image_hash[32]; /* what the bootloader and the image state call the image's hash */
};

struct bo_update {
	const struct bo_update_ops *ops;
	struct bo_update_image image;
	struct bo_update_state state; /* filled by BO_JOB_QUERY */
	/* Bytes of the image that an upload has sent since it was started, each as often as it was;
	 * 0 where the protocol cannot tell. */
	uint64_t handed;
	/* One that has a process of its own, whose events and bytes come when they come, and not by
	 * start(), feed() and tick() alone: set by the caller, called from the loop whenever there
	 * are some. */
	bool has_process;
	void (*wake)(void *ctx);
	void *ctx;
	struct bo_err broken; /* why, where an event's cause is BO_CAUSE_RIG */
};

struct bo_driver_env; /* drivers/api/driver.h */

/* For a device that is told by MQTT to fetch its update from a server, which may misbehave. */
struct bo_pull_config {
	const char *device; /* its name in topics; NULL: gateway */
	uint16_t port;	    /* of the broker on this host; 0: one that is free */
	bool tls;	    /* the server speaks HTTPS */
	bool client;	    /* and asks for a client certificate */
	bool withheld;	    /* of which the device is not told */
	const char *token;  /* bearer token that the server asks for; NULL: none */
	const char *tell;   /* told to the device instead; "": none is told; NULL: the right one */
	const char *url;    /* likewise; NULL: the right one */
	/* What the server does wrong with the first update of a trial, and what happens to its
	 * jobs: texts as in harness/model/mischief.h. */
	const char *const *mischief;
	size_t mischiefs;
	const char *const *trick;
	size_t tricks;
};

/* What a target class and a scenario say about the protocol. */
struct bo_update_config {
	size_t line_max;	/* bytes of the longest line, markers and newline included */
	bo_ns first_timeout_ns; /* for the first chunk, during which the target may erase */
	bo_ns timeout_ns;	/* for every other answer */
	unsigned retries;	/* repeats of an unanswered request */
	size_t datagram_max;	/* bytes of the longest datagram, for a protocol of such */
	/* For one with a process: where it lives, its name in the rack file and its arguments. */
	const struct bo_driver_env *env;
	const char *program;
	const char *const *args;
	size_t arg_count;
	struct bo_pull_config pull; /* for devices that fetch their updates */
};

enum bo_framed {
	BO_FRAME_OUTSIDE, /* the byte, and what was INSIDE before it, belongs to no frame */
	BO_FRAME_INSIDE,  /* it may belong to one */
	BO_FRAME_END,	  /* it is the last one of a whole frame */
};

/* Tells frames apart on a line that they share with other text, byte by byte, so that single frames
 * can be lost or damaged on purpose. */
struct bo_framing {
	size_t size; /* of the state */
	void (*init)(void *state);
	enum bo_framed (*next)(void *state, uint8_t byte);
};

/* No protocol sends longer ones, whatever the network would carry. */
#define BO_DATAGRAM_MAX 4096

/* A protocol, as the registry lists it. */
struct bo_protocol {
	const char *name; /* as in the target class: `kind: smp` */
	/* How its answers are told apart; its requests are what one take() after the other yields.
	 * NULL: nobody can. */
	const struct bo_framing *framing;
	/* It needs the bench's network instead of its console; each datagram is a frame. */
	bool datagrams;
	int (*open)(const struct bo_update_config *config, struct bo_update **ret,
		    struct bo_err *err);
};

#endif
