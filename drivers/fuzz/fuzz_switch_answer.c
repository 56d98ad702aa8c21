#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "drivers/ftdi/switch_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read as a request or an answer was written as just that, to the last byte. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t back[BO_SWITCH_ANSWER_SIZE + BO_SWITCH_REQUEST_SIZE];
	struct bo_switch_request request;
	struct bo_switch_answer answer;

	if (bo_switch_answer_decode(data, size, &answer) == 0) {
		assert(strlen(answer.text) <= BO_SWITCH_TEXT_MAX);
		bo_switch_answer_encode(&answer, back);
		assert(memcmp(back, data, size) == 0);
		assert(bo_switch_status_of(bo_switch_status_errno(answer.status)) == answer.status);
	}
	if (bo_switch_request_decode(data, size, &request) == 0) {
		assert(strlen(request.name) <= BO_SWITCH_NAME_MAX);
		bo_switch_request_encode(&request, back);
		assert(memcmp(back, data, size) == 0);
	}
	return 0;
}
