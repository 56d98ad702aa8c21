#ifndef BO_DRIVERS_FTDI_SWITCH_WIRE_H
#define BO_DRIVERS_FTDI_SWITCH_WIRE_H

#include <stddef.h>
#include <stdint.h>

/*
 * What a client and the switch server say to each other: fixed-size messages on a SOCK_SEQPACKET
 * unix socket, so that a message is whole or absent. A client has one request under way; the
 * answer repeats its `seq`, by which an answer that came too late is told apart.
 *
 *   request, 52 bytes                         answer, 256 bytes
 *   0  "BO"                                   0  "BO"
 *   2  version                                2  version
 *   3  verb                                   3  status
 *   4  seq                                    4  seq
 *   8  outputs                                8  levels
 *   9  inputs                                 9  seen
 *   10 levels                                 10 zero (2)
 *   11 step count                             12 byte_ns
 *   12 open-drain                             16 at_ns (8)
 *   13 zero (3)                               24 text, padded with zeros (232)
 *   16 name, padded with zeros (36)
 *   52 with steps: step_ns (31 of 4)
 *
 * A request with steps has 176 bytes. Numbers are little endian.
 *
 * Pins are bits: 1 << n is pin n. Levels are electrical; what "on" means is the client's affair.
 * An open-drain output at its low level is driven low, at its high level it is an input: whether it
 * is high then is the circuit's affair, and not verified.
 *
 * The first request of a connection must be a lease. When a connection ends, however it ends, the
 * outputs of its lease go to their safe levels; to leave them as they are takes a request of its
 * own.
 */
#define BO_SWITCH_VERSION      4
#define BO_SWITCH_REQUEST_SIZE 52
#define BO_SWITCH_STEPS_MAX    31
#define BO_SWITCH_REQUEST_MAX  (BO_SWITCH_REQUEST_SIZE + 4 * BO_SWITCH_STEPS_MAX)
#define BO_SWITCH_ANSWER_SIZE  256
#define BO_SWITCH_NAME_MAX     35  /* characters */
#define BO_SWITCH_TEXT_MAX     231 /* characters */

enum bo_switch_verb {
	/* Claims `outputs` and `inputs` (disjoint, not both empty) for `name`; `levels` are the
	 * safe levels of the outputs, and what they are driven to from now on, except those that
	 * the last holder kept: they stay as they are. `open_drain` are those outputs that are
	 * never driven high; their safe level is high. */
	BO_SWITCH_LEASE = 1,
	/* Drives `outputs`, a subset of the leased ones, to `levels`. Answered after read-back. */
	BO_SWITCH_SET,
	/* Answers with the levels of all leased pins as the chip reads them now. */
	BO_SWITCH_READ,
	/* Safe levels, verified; then the pins are free. */
	BO_SWITCH_RELEASE,
	/* The pins are free, their levels stay. As long as one of them is not at its safe level the
	 * server stays too: a new one could not take it over without letting go of it. */
	BO_SWITCH_KEEP,
	/* Makes ready to play the steps: compares the chip's clock with the host's, moves no pin.
	 */
	BO_SWITCH_TUNE,
	/* `outputs` go to `levels` and back, to `levels` and back, for an odd number of steps of
	 * step_ns each, and end where they were. Clocked by the chip out of one USB packet, so that
	 * neither a busy nor a dying host changes it. Must have been tuned since the chip came.
	 * Answered when it is over: at_ns is when it began (CLOCK_MONOTONIC), a step takes a whole
	 * number of byte_ns, and `seen` of its pulses were read back at the pins. */
	BO_SWITCH_PLAY,
	BO_SWITCH_VERBS,
};

enum bo_switch_status {
	BO_SWITCH_OK,
	BO_SWITCH_BUSY,	    /* another client holds a pin; the text names it */
	BO_SWITCH_GONE,	    /* no such device, or unplugged, or was unplugged in between */
	BO_SWITCH_DENIED,   /* the device is there, but this user may not open it */
	BO_SWITCH_MISMATCH, /* a pin does not read what was written */
	BO_SWITCH_REFUSED,  /* a request that makes no sense; the connection ends */
	BO_SWITCH_OTHER_VERSION,
	BO_SWITCH_UNABLE,   /* this chip plays no waveforms */
	BO_SWITCH_UNFIT,    /* the chip plays waveforms, but not this one */
	BO_SWITCH_MISTIMED, /* the chip's clock is not what it should be, or was not compared */
	BO_SWITCH_STATUSES,
};

struct bo_switch_request {
	enum bo_switch_verb verb;
	uint32_t seq;
	uint8_t outputs, inputs, levels;
	uint8_t open_drain; /* of a lease */
	char name[BO_SWITCH_NAME_MAX + 1];
	uint8_t step_count; /* odd, where there are any */
	uint32_t step_ns[BO_SWITCH_STEPS_MAX];
};

struct bo_switch_answer {
	enum bo_switch_status status;
	uint32_t seq;
	uint8_t levels;
	uint8_t seen;
	uint32_t byte_ns;
	int64_t at_ns;
	char text[BO_SWITCH_TEXT_MAX + 1]; /* printable ASCII; empty when OK */
};

/* How many byte periods a step takes: the nearest whole number, at least one. */
static inline uint32_t bo_switch_step_bytes(uint32_t step_ns, uint32_t byte_ns)
{
	uint32_t bytes = (uint32_t)(((uint64_t)step_ns + byte_ns / 2) / byte_ns);

	return bytes ? bytes : 1;
}

/* Returns the message's length. */
size_t bo_switch_request_encode(const struct bo_switch_request *request,
				uint8_t out[BO_SWITCH_REQUEST_MAX]);
void bo_switch_answer_encode(const struct bo_switch_answer *answer,
			     uint8_t out[BO_SWITCH_ANSWER_SIZE]);

/*
 * Decoding accepts exactly what encoding can produce: -EBADMSG for anything else,
 * -EPROTONOSUPPORT for a message of another version.
 */
int bo_switch_request_decode(const uint8_t *data, size_t len, struct bo_switch_request *ret);
int bo_switch_answer_decode(const uint8_t *data, size_t len, struct bo_switch_answer *ret);

/* The two ways between a status and the errno that stands for it: 0 for OK. */
int bo_switch_status_errno(enum bo_switch_status status);
enum bo_switch_status bo_switch_status_of(int code);

#endif
