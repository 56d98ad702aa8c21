#ifndef BO_DRIVERS_UPDATE_SMP_MSG_H
#define BO_DRIVERS_UPDATE_SMP_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/api/update.h"

/*
 * SMP packets: an eight-byte header and a CBOR map (Zephyr documentation, "SMP protocol
 * specification", and the OS and image management groups). Pure: packets in memory, nothing else.
 *
 *   byte 0   reserved:3 version:2 operation:3, from the most significant bit
 *   byte 1   flags, 0
 *   byte 2   length of the CBOR, big endian
 *   byte 4   group, big endian
 *   byte 6   sequence number, repeated in the answer
 *   byte 7   command within the group
 */
#define BO_SMP_HEADER_SIZE 8

enum bo_smp_version {
	BO_SMP_V1, /* errors as {"rc"} */
	BO_SMP_V2, /* errors as {"err": {"group", "rc"}}, those of SMP itself still as {"rc"} */
};

enum bo_smp_op { BO_SMP_READ, BO_SMP_READ_RSP, BO_SMP_WRITE, BO_SMP_WRITE_RSP };

enum { BO_SMP_GROUP_OS = 0, BO_SMP_GROUP_IMAGE = 1 };

struct bo_smp_header {
	uint8_t version, op, flags;
	uint16_t len; /* of the CBOR */
	uint16_t group;
	uint8_t seq, id;
};

enum bo_smp_command {
	BO_SMP_ECHO,
	BO_SMP_RESET,
	BO_SMP_PARAMS,
	BO_SMP_STATE_READ,
	BO_SMP_STATE_WRITE,
	BO_SMP_UPLOAD,
	BO_SMP_ERASE,
	BO_SMP_COMMAND_COUNT,
};

/* A request; only the members of its command matter. */
struct bo_smp_request {
	enum bo_smp_command command;
	enum bo_smp_version version;
	uint8_t seq;
	const char *text;    /* ECHO */
	bool force;	     /* RESET: although the target is busy */
	const uint8_t *hash; /* STATE_WRITE: 32 bytes; NULL means the running image */
	bool confirm;	     /* STATE_WRITE: for good, not for one boot */
	unsigned image;	     /* UPLOAD: number, sent when not 0 */
	uint64_t off;	     /* UPLOAD: 0 makes it the first packet, with `total` and `sha` */
	const uint8_t *data; /* UPLOAD */
	size_t data_len;     /* UPLOAD */
	uint64_t total;	     /* UPLOAD */
	const uint8_t *sha;  /* UPLOAD: SHA-256 of the whole file, 32 bytes; NULL: not sent */
	int slot;	     /* ERASE: -1 leaves the choice to the target */
};

struct bo_smp_response {
	struct bo_smp_header header;
	/* The target said no. `err_group` is -1 for the codes of SMP itself. */
	bool refused;
	int err_group;
	int64_t err_code;
	char reason[48]; /* what it added in words ("rsn"); escaped; empty when nothing */

	bool has_off;
	uint64_t off;
	bool has_match, match;	      /* UPLOAD, last answer: the file's hash is right */
	uint64_t buf_size, buf_count; /* PARAMS; 0 when absent */
	char text[64];		      /* ECHO; escaped, cut */
	struct bo_update_state state; /* STATE: the slots of image 0 */
};

/* What people call the command: "upload". */
const char *bo_smp_command_name(enum bo_smp_command command);

/* The header of a packet; false when it is too short for one. */
bool bo_smp_header_get(const uint8_t *packet, size_t len, struct bo_smp_header *ret);

/* Whether an answer with this header belongs to the request. */
bool bo_smp_answers(const struct bo_smp_request *request, const struct bo_smp_header *header);

/* Writes the whole packet; returns its length, 0 when it does not fit in `cap`. */
size_t bo_smp_request_put(const struct bo_smp_request *request, uint8_t *out, size_t cap);

/*
 * Understands any answer of the commands above. Absent "rc" and "err", or 0 in them, is success;
 * unknown keys are skipped. -EBADMSG when it is no SMP answer: too short, lengths that disagree, no
 * CBOR map, a known key with a value of the wrong type; *ret is undefined then.
 */
int bo_smp_response_get(const uint8_t *packet, size_t len, struct bo_smp_response *ret);

/*
 * "no free slot (group 1, rc 9)", with the target's own words behind it where it gave any. Returns
 * out.
 */
const char *bo_smp_refusal_text(const struct bo_smp_response *response, char *out, size_t cap);

#endif
