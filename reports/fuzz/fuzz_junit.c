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

/* Any journal, as far as it is one, becomes an inert document. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bo_junit *junit = bo_junit_new("bench");
	struct bo_reader reader = bo_junit_reader(junit);
	struct bo_buf out = {0};
	size_t line = 0;
	int rc = bo_read_journal((const char *)data, size, &reader, 1, &line);

	assert(rc == 0 || (rc == -EBADMSG && line > 0));
	bo_junit_render(junit, &out);
	check(&out);
	bo_buf_done(&out);
	bo_junit_free(junit);
	return 0;
}
