#ifndef BO_DRIVERS_UPDATE_SMP_H
#define BO_DRIVERS_UPDATE_SMP_H

#include "drivers/api/update.h"
#include "drivers/update/smp_frame.h"
#include "drivers/update/smp_msg.h"

/*
 * SMP as an update protocol, on a console line or over UDP: Zephyr's and Mynewt's management
 * server, and on a line MCUboot's serial recovery. One request is under way at a time; an answer
 * counts when operation, group, command and sequence number are those of that request, whatever
 * else comes by.
 *
 * Upload: the chunk size follows the target's "buf_size". The target leads: each answer's "off" is
 * where the next chunk starts, forwards or backwards; 0 starts over with all fields of a first
 * packet. Because the first packet carries length and SHA-256 of the file, a server that remembers
 * an earlier transfer of the same file answers it with the place to go on.
 *
 * Repeats: an unanswered request is sent again, same bytes, same sequence number. When a frame came
 * but was destroyed (by log text, say), the repeat does not wait for the whole time-out and is not
 * counted as one of `retries`, but as many of these are allowed again. A repeat begins with a
 * newline, which ends whatever half line the target still holds.
 *
 * Over UDP (Zephyr documentation, "SMP over UDP"; port 1337) each datagram is one packet, requests
 * as well as answers, and what is sent again is the same datagram. One that is lost, doubled, late
 * or overtaken is told by its sequence number, and by the offset that the target answers: no order
 * is relied on. There an unanswered request is sent again after as long as answers have taken
 * lately, doubled each time (RFC 6298), at most `answer_ns`; it is given up when nobody answered
 * for as long as `retries` repeats take on a line.
 *
 * RESET is asked once: a repeat would reset the target a second time, in the middle of what the
 * first reset began. If it ends as SILENT or GARBLED the target may have been reset all the same;
 * the next boot tells.
 *
 * Points: "byte". Answers that only win back ground lost before are no progress.
 */

/* Copy bo_smp_defaults and change what differs; its values stand in brackets. */
struct bo_smp_config {
	enum bo_smp_version version; /* [2] */
	size_t line_max;      /* [127] longest line, markers and newline included; 7 or more */
	size_t packet_max;    /* [4096] upper bound for packets, whatever the target allows */
	size_t packet_untold; /* [256] packet size for targets that do not tell; 96 to packet_max */
	unsigned retries;     /* [3] repeats of an unanswered request */
	bo_ns answer_ns;      /* [5 s] for an answer */
	bo_ns erase_ns;	  /* [40 s] for an answer to the first chunk: flash may be erased first */
	bo_ns byte_ns;	  /* [0] a byte's time on the line, added to time-outs: long requests */
	bo_ns damaged_ns; /* [200 ms] before a repeat when a destroyed frame came instead */
	unsigned image;	  /* [0] number of the image to upload */
	bool datagrams;	  /* [no] one packet is one datagram: take() and feed() get whole ones */
};

extern const struct bo_smp_config bo_smp_defaults;

#define BO_SMP_PACKET_MIN 96 /* holds a first upload packet with some data */

/* -EINVAL: a value outside its range. */
int bo_smp_config_check(const struct bo_smp_config *config, struct bo_err *err);

/* The same. *ret is ended by its ops->close. */
int bo_smp_new(const struct bo_smp_config *config, struct bo_update **ret, struct bo_err *err);

#endif
