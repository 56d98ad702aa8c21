#include <assert.h>
#include <string.h>

#include "harness/model/oracle_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input: what an oracle says. It is void with a reason, or one of three verdicts and printable.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bo_oracle_answer answer = {.verdict = BO_SKIPPED};
	struct bo_err err = {0};
	const char *name;
	json_t *number;

	if (bo_oracle_answer_parse((const char *)data, size, &answer, &err) < 0) {
		assert(err.code < 0 && err.text[0] && answer.verdict == BO_SKIPPED);
		assert(!answer.measurements);
		return 0;
	}
	assert(answer.verdict == BO_PASS || answer.verdict == BO_FAIL ||
	       answer.verdict == BO_INCONCLUSIVE);
	for (const char *at = answer.text; *at; at++)
		assert(*at >= 0x20 && *at < 0x7f);
	json_object_foreach(answer.measurements, name, number)
		assert(strlen(name) <= 64 && json_is_number(number));
	json_decref(answer.measurements);
	return 0;
}
