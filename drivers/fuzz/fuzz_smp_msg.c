#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "drivers/update/smp_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What is understood must be presentable: terminated, printable, within bounds. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bo_smp_response response;
	char text[96];

	if (bo_smp_response_get(data, len, &response) < 0)
		return 0;
	bo_smp_refusal_text(&response, text, sizeof(text));
	for (const char *at = text; *at; at++)
		assert(*at >= ' ' && *at <= '~');
	for (int i = 0; i < 2; i++)
		assert(strlen(response.state.slot[i].version) <
		       sizeof(response.state.slot[i].version));
	assert(strlen(response.text) < sizeof(response.text));
	return 0;
}
