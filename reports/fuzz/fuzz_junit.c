#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "reports/junit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Outside the elements of the dialect no "<" and no ">", and nowhere a control character. */
static void check(const struct bo_buf *out)
{
	static const char end[] = "</testsuite>\n";

	assert(strlen(out->data) == out->len);
	assert(strcmp(out->data + out->len - strlen(end), end) == 0);
	for (size_t i = 0; i < out->len; i++) {
		unsigned char byte = (unsigned char)out->data[i];

		assert(byte == '\n' || byte == '\t' || (byte >= 0x20 && byte != 0x7f));
	}
	for (const char *at = out->data; (at = strchr(at, '<')); at++)
		assert(strspn(at + 1, "?/abcdefghijklmnopqrstuvwxyz") > 0);
	assert(!strstr(out->data, "<script") && !strstr(out->data, "]]>"));
}

/* Any journal is refused, naming a line, or becomes an inert document. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bo_buf out = {0};
	size_t line = 0;
	int rc = bo_junit_render((const char *)data, size, "bench", &out, &line);

	if (rc == 0)
		check(&out);
	else
		assert(rc == -EBADMSG && line > 0 && out.len == 0);
	bo_buf_done(&out);
	return 0;
}
