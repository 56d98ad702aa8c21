#ifndef BO_HARNESS_IMAGETOOL_CHECK_H
#define BO_HARNESS_IMAGETOOL_CHECK_H

#include "harness/imagetool/keys.h"

/*
 * What an image has to be, as a list of checks in the order in which a bootloader would find out.
 * A check that the policy does not ask for is not asked; one whose facts an earlier failure took
 * away is not judged. Neither is a pass.
 */
enum check_result { CHECK_OK, CHECK_FAILED, CHECK_NOT_ASKED, CHECK_NOT_JUDGED };

struct check_policy {
	const struct key *key; /* always asked */
	const char *product;   /* NULL: not asked */
	const struct bo_image_version *min_version;
	int64_t min_counter; /* -1: not asked */
	int64_t max_size;    /* bytes; -1: not asked */
	bool cortex_m;	     /* the body begins with a vector table */
};

#define CHECK_COUNT 11

struct check_line {
	const char *name;
	enum check_result result;
	char text[256]; /* what was found, printable */
};

struct check_report {
	struct check_line lines[CHECK_COUNT];
	const char *failed; /* the first check that says no, NULL when none does */
};

void check_image(const uint8_t *data, size_t len, const struct check_policy *policy,
		 struct check_report *ret);

const char *check_result_text(enum check_result result);

/* A Cortex-M vector table (ARMv7-M Architecture Reference Manual, B1.5.3) at the start of `body`
 * whose reset vector and stack pointer can be right: 0, or -EPROTO. */
int check_vectors(const uint8_t *body, size_t len, struct bo_err *err);

#endif
