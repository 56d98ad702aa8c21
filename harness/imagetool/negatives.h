#ifndef BO_HARNESS_IMAGETOOL_NEGATIVES_H
#define BO_HARNESS_IMAGETOOL_NEGATIVES_H

#include "harness/base/prng.h"
#include "harness/imagetool/check.h"
#include "harness/imagetool/edit.h"
#include "harness/imagetool/imagetool.h"

/*
 * The catalogue of images that a target has to refuse, or to survive.
 *
 * Each is made from the control: the good image, signed by the same program with the same key. A
 * refusal counts only together with the control's acceptance on the same way.
 */
enum expected {
	EXPECT_REFUSED,	  /* it never runs; the old image does */
	EXPECT_BOOTS_OLD, /* it may be tried; in the end the old image runs */
	EXPECT_EITHER,	  /* the target's policy decides; it must stay updatable */
	EXPECT_LAST,	  /* taken, and no update after it: for targets to be thrown away */
};

struct forge {
	const struct key *key, *other; /* the trusted one; a stranger of the same kind */
	struct bo_buf control;
	struct bo_image image; /* of the control */
	struct bo_buf largest; /* the control, as long as the slot allows; empty: unknown */
	struct tool_file old;  /* what the target runs; data NULL: unknown */
	struct bo_image running;
	int64_t slot_size, trailer; /* bytes; 0: unknown */
	struct check_policy policy; /* which the control meets */
	struct bo_image_version min_version;
	struct bo_prng prng; /* of this negative alone */
};

/* 0, or -ENOTSUP with the reason why this cannot be made from what there is. */
typedef int (*forge_maker)(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);

struct negative {
	const char *id, *name;
	const char *what;
	enum expected expected;
	const char *check;     /* which check of `verify` says no first; NULL: it passes them all */
	forge_maker make;      /* NULL: bytes alone do not make it */
	const char *elsewhere; /* who does, then */
	int arg;
	bool is_size;	  /* its control is `largest` */
	bool sacrificial; /* only made when asked for by name */
};

extern const struct negative negatives[];
extern const size_t negatives_count;

const char *expected_text(enum expected expected);

/* ---- makers: bytes changed, hash and signature left as they were ---- */
int make_signature_flip(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
int make_key_hash_swap(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
enum { AT_FIRST, AT_ANY, AT_LAST };
int make_body_flip(struct forge *f, int at, struct bo_buf *out, struct bo_err *err);
int make_protected_flip(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
int make_hash_missing(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
int make_hash_short(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
int make_two_hashes(struct forge *f, int differ, struct bo_buf *out, struct bo_err *err);
int make_truncated(struct forge *f, int bytes, struct bo_buf *out, struct bo_err *err);
int make_short_header(struct forge *f, int bytes, struct bo_buf *out, struct bo_err *err);
int make_byte_flip(struct forge *f, int offset, struct bo_buf *out, struct bo_err *err);
int make_header_len(struct forge *f, int len, struct bo_buf *out, struct bo_err *err);
int make_size_wrap(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
int make_protected_len(struct forge *f, int add, struct bo_buf *out, struct bo_err *err);
int make_tlv_overrun(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
int make_tlvs_none(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
int make_tlv_unknown(struct forge *f, int type, struct bo_buf *out, struct bo_err *err);
int make_mix(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);

/* ---- makers: changed, then hashed and signed again ---- */
int make_wrong_key(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
int make_unsigned(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
int make_other_algorithm(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
int make_dependency_outside(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
int make_older(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
int make_same_version(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
enum { COUNTER_LOWER, COUNTER_NONE, COUNTER_MAX };
int make_counter(struct forge *f, int which, struct bo_buf *out, struct bo_err *err);
int make_other_product(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
int make_vector_elsewhere(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
enum { OVER_SLOT, OVER_TRAILER };
int make_oversize(struct forge *f, int over, struct bo_buf *out, struct bo_err *err);
int make_flags(struct forge *f, int flags, struct bo_buf *out, struct bo_err *err);
int make_encrypted(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err);
enum { PAYLOAD_CRASH, PAYLOAD_HANG, PAYLOAD_SILENT };
int make_payload(struct forge *f, int which, struct bo_buf *out, struct bo_err *err);

/* The control with its body lengthened until the image has exactly `size` bytes. */
int make_sized(struct forge *f, size_t size, struct bo_buf *out, struct bo_err *err);

#endif
