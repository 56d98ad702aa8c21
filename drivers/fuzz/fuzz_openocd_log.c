#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/openocd/ocd_reply.h"
#include "drivers/openocd/ocd_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One line of the log at most, and a reason. */
static void check_explanation(const char *log)
{
	const char *line, *advice;
	size_t len;

	assert(bo_ocd_explain(log, &line, &len, &advice) < 0);
	assert(len == 0 || (line >= log && line + len <= log + strlen(log)));
	assert(!memchr(line, '\n', len) && (!advice || advice[0]));
}

/* A word stays one word: what Tcl would take apart, or carry out, is quoted. */
static void check_quoted(const char *word)
{
	struct bo_buf out = {0};
	int rc = bo_ocd_quote(&out, word);

	assert(rc < 0 || out.len > 0);
	for (size_t i = 0; rc == 0 && *word && i < out.len; i++) {
		assert((unsigned char)out.data[i] >= 0x20 && out.data[i] != 0x7f);
		if (out.data[i] == '\\')
			i++;
		else
			assert(!strchr("[]{}$;\" ", out.data[i]));
	}
	bo_buf_done(&out);
}

/* What OpenOCD wrote before it gave up, and as a file name in a command to it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	check_explanation(text);
	check_quoted(text);
	free(text);
	return 0;
}
