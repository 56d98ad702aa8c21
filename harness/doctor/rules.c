/* The udev rules that `doctor --udev` prints. */
#include <stdio.h>
#include <string.h>

#include "harness/doctor/check.h"

#define USB_DEVICE     "SUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_device\", "
#define OPEN_FOR_USERS "MODE=\"0660\", GROUP=\"plugdev\", TAG+=\"uaccess\""
#define LEFT_ALONE     "ENV{ID_MM_DEVICE_IGNORE}=\"1\""
/* Apart from the rest: where a match in a rule fails, nothing of that rule is done. */
#define AWAKE "TEST==\"power/control\", ATTR{power/control}=\"on\""

#define FTDI	  "ATTR{idVendor}==\"0403\""
#define ST_LINK	  "ATTR{idVendor}==\"0483\", ATTR{idProduct}==\"374?|3752|3753|3754|3755|3757\""
#define CMSIS_DAP "ATTR{product}==\"*CMSIS-DAP*\""

#define RULES_FOR(device) \
	USB_DEVICE device ", " OPEN_FOR_USERS ", " LEFT_ALONE "\n" USB_DEVICE device ", " AWAKE "\n"

static const char general[] =
	"# Adapters and debug probes of a brownout rack: " BO_DOCTOR_RULES "\n"
	"ACTION==\"remove\", GOTO=\"brownout_end\"\n"
	"\n"
	"# Open for the group plugdev and for who sits at this host, never put to sleep, and no\n"
	"# modem that ModemManager should try.\n" RULES_FOR(FTDI) RULES_FOR(ST_LINK) RULES_FOR(
		CMSIS_DAP) "SUBSYSTEM==\"hidraw\", ATTRS{product}==\"*CMSIS-DAP*\", " OPEN_FOR_USERS
			   "\n"
			   "\n"
			   "# Serial ports.\n"
			   "SUBSYSTEM==\"tty\", ATTRS{idVendor}==\"0403\", MODE=\"0660\", "
			   "GROUP=\"dialout\", "
			   "TAG+=\"uaccess\", " LEFT_ALONE "\n"
			   "\n"
			   "# A console's bytes wait in the adapter for up to this many "
			   "milliseconds; 16 by default.\n"
			   "SUBSYSTEM==\"usb-serial\", DRIVER==\"ftdi_sio\", "
			   "TEST==\"latency_timer\", "
			   "ATTR{latency_timer}=\"1\"\n"
			   "\n"
			   "# brltty takes some FTDI adapters for Braille displays and cannot be "
			   "told otherwise by a\n"
			   "# rule. Where nobody needs it: sudo apt-get remove brltty\n";

/* What stands in a rule between quotes must not end it, and not be a pattern. */
static bool is_plain(const char *text)
{
	return text[0] && text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					    "0123456789._:-")] == '\0';
}

static void free_pins(void *ctx, const struct bo_rack_bench *bench, const struct bo_device *device)
{
	struct bo_buf *out = ctx;
	const char *place = device->usb ? device->usb : device->port;

	if (device->kind != BO_DEVICE_PINS || device->shared || !place ||
	    bo_doctor_stand_in(device))
		return;
	bo_buf_printf(out, "\n# Power of bench ");
	bo_buf_escape(out, bench->name, strlen(bench->name));
	bo_buf_printf(out, ": no serial port, whose opening would move the pins.\n");
	if (!is_plain(place)) {
		bo_buf_printf(out, "# Its serial number holds characters that no rule can.\n");
		return;
	}
	bo_buf_printf(
		out,
		"SUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_interface\", DRIVER==\"ftdi_sio\", "
		"%s==\"%s\", ATTR{bInterfaceNumber}==\"%02x\", RUN+=\"/bin/sh -c 'echo -n %%k "
		"> /sys/bus/usb/drivers/ftdi_sio/unbind'\"\n",
		device->usb ? "ATTRS{serial}" : "KERNELS", place, (unsigned)device->interface);
}

void bo_doctor_udev(const struct bo_rack *rack, struct bo_buf *out)
{
	bo_buf_add(out, general, strlen(general));
	bo_doctor_devices(rack, free_pins, out);
	bo_buf_printf(out, "\nLABEL=\"brownout_end\"\n");
}
