#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "drivers/serial/usb_tty.h"
#include "harness/fuzz/fuzz_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A sysfs of two ttys of one adapter: what an input's parts say. */
static const char *const files[] = {
	"devices/1-1/serial",
	"devices/1-1/1-1:1.0/bInterfaceNumber",
	"devices/1-1/1-1:1.1/bInterfaceNumber",
};

static void link_tty(const char *dir, const char *tty, const char *device)
{
	char path[256];

	fuzz_write(dir, "class/tty/here", "", 0);
	snprintf(path, sizeof(path), "%s/class/tty/%s", dir, tty);
	(void)mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/class/tty/%s/device", dir, tty);
	assert(symlink(device, path) == 0 || errno == EEXIST);
}

/* Whatever the device says of itself, a tty is found that exists, or the reason is printable. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *dir = fuzz_dir();
	struct bo_err err = {0};
	char tty[64];

	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		size_t len = 0;
		const char *text = fuzz_part(data, size, i, &len);

		fuzz_write(dir, files[i], text ? text : "", len);
	}
	link_tty(dir, "ttyUSB0", "../../../devices/1-1/1-1:1.0");
	link_tty(dir, "ttyUSB1", "../../../devices/1-1/1-1:1.1");
	for (int interface = BO_USB_INTERFACE_ANY; interface < 3; interface++) {
		if (bo_usb_tty_find(dir, "BO-RACK1", interface, tty, sizeof(tty), &err) == 0) {
			assert(strncmp(tty, "/dev/ttyUSB", 11) == 0);
			continue;
		}
		assert(err.code == -ENODEV || err.code == -EINVAL);
		for (const char *at = err.text; *at; at++)
			assert(*at >= 0x20 && *at < 0x7f);
	}
	return 0;
}
