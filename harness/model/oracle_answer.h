#ifndef BO_HARNESS_MODEL_ORACLE_ANSWER_H
#define BO_HARNESS_MODEL_ORACLE_ANSWER_H

#include <jansson.h>

#include "harness/base/err.h"
#include "harness/model/verdict.h"

/*
 * What an oracle of the user's own says on its standard output: one JSON object,
 *
 *   {"oracle": 1, "verdict": "pass", "text": "calibration is intact",
 *    "measurements": {"offset-mV": 3.5}}
 *
 * verdict is pass, fail or inconclusive; text, at most 1000 bytes, is for people; measurements are
 * up to 64 numbers by name. Whatever else it says makes all of it void: an oracle that cannot be
 * understood has not judged.
 */
#define BO_ORACLE_CONTRACT	   1
#define BO_ORACLE_ANSWER_MAX	   (64 << 10) /* bytes */
#define BO_ORACLE_TEXT_MAX	   1000
#define BO_ORACLE_MEASUREMENTS_MAX 64

struct bo_oracle_answer {
	enum bo_verdict verdict; /* pass, fail or inconclusive */
	char text[256];		 /* printable, cut where it is too long; "" when nothing was said */
	json_t *measurements;	 /* an object of numbers, to be released; NULL: none */
};

/* -EPROTO with what is wrong. */
int bo_oracle_answer_parse(const char *said, size_t len, struct bo_oracle_answer *ret,
			   struct bo_err *err);

#endif
