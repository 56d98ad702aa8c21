#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/image/mcuboot.h"
#include "harness/model/values.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is printed means the same again, in either form. */
static void check_quantity(enum bo_quantity kind, const char *text)
{
	static const char *(*const formats[])(enum bo_quantity, char *, int64_t) = {
		bo_values_format, bo_values_format_compact};
	char out[BO_VALUES_TEXT_MAX];
	const char *why = NULL;
	int64_t value = -1, again;

	if (bo_values_parse(kind, text, &value, &why) < 0) {
		assert(value == -1 && why && why[0]);
		return;
	}
	assert(value >= 0);
	for (int i = 0; i < 2; i++)
		assert(bo_values_parse(kind, formats[i](kind, out, value), &again, &why) == 0 &&
		       again == value);
}

static void check_version(const char *text)
{
	struct bo_image_version version, again;
	char out[BO_IMAGE_VERSION_MAX];

	if (bo_image_version_parse(text, &version, NULL) < 0)
		return;
	assert(bo_image_version_parse(bo_image_version_text(&version, out), &again, NULL) == 0);
	assert(bo_image_version_compare(&version, &again) == 0);
}

/* Any text as a quantity of each kind, and as a version. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	for (int kind = 0; kind < BO_QUANTITIES; kind++)
		check_quantity((enum bo_quantity)kind, text);
	check_version(text);
	free(text);
	return 0;
}
