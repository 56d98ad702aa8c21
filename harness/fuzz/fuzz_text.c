#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "harness/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_printable(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		assert(text[i] >= 0x20 && text[i] < 0x7f);
}

/* The bytes that were escaped: nothing else may look the same. */
static size_t unescape(const char *text, size_t len, uint8_t *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t count = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\\') {
			out[count++] = (uint8_t)text[i];
		} else if (text[i + 1] == '\\') {
			out[count++] = '\\';
			i++;
		} else {
			const char *high = strchr(digits, text[i + 2]);
			const char *low = strchr(digits, text[i + 3]);

			assert(text[i + 1] == 'x' && high && low);
			out[count++] = (uint8_t)((high - digits) << 4 | (low - digits));
			i += 3;
		}
	}
	return count;
}

/* What a target, a tool or a file name says may be anything; what is shown of it may not. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t back[1 << 20];
	static const char *const names[] = {"console", "power", "probe"};
	struct bo_buf text = {0};
	char shown[32];

	if (size > sizeof(back))
		return 0;
	bo_buf_escape(&text, data, size);
	check_printable(text.data ? text.data : "", text.len);
	assert(unescape(text.data ? text.data : "", text.len, back) == size);
	assert(size == 0 || memcmp(back, data, size) == 0);
	(void)bo_str_escape(shown, sizeof(shown), data, size);
	assert(strlen(shown) < sizeof(shown));
	check_printable(shown, strlen(shown));
	(void)bo_str_nearest(shown, names, 3);
	bo_buf_reset(&text);
	bo_buf_printable(&text, (const char *)data, size);
	check_printable(text.data ? text.data : "", text.len);
	bo_buf_done(&text);
	return 0;
}
