#include <errno.h>
#include <string.h>

#include "drivers/openocd/ocd_session.h"

static const char no_probe[] = "no debug probe found: check its cable, its `serial` or `path`, and "
			       "that udev lets this user open it";
static const char no_right[] =
	"the debug probe may not be opened: give this user access to its USB "
	"device (udev rule)";
static const char busy[] = "the debug probe is in use by another program";
static const char gone[] = "the debug probe is gone";
static const char silent[] = "the debug probe works, but no target answers: check the target's "
			     "power, its wiring and `transport`";
static const char locked[] = "the target's flash is protected: remove the protection first";

/*
 * OpenOCD's adapter drivers each have their own words for the same thing. First match wins, so the
 * causes stand before what follows from them. Texts of 0.12.0.
 */
static const struct {
	const char *text;
	int code;
	const char *advice;
} meanings[] = {
	{"LIBUSB_ERROR_ACCESS", -EACCES, no_right},
	{"ermission denied", -EACCES, no_right},
	{"LIBUSB_ERROR_BUSY", -EBUSY, busy},
	{"claim interface failed", -EBUSY, busy},
	{"unable to claim interface", -EBUSY, busy},
	{"unable to find a matching CMSIS-DAP device", -ENODEV, no_probe},
	{"No J-Link device found", -ENODEV, no_probe},
	{"No device matches the serial", -ENODEV, no_probe},
	{"ft232r not found", -ENODEV, no_probe},
	{"unable to open ftdi device", -ENODEV, no_probe},
	{"no device found", -ENODEV, no_probe},
	{"Error: open failed", -ENODEV, no_probe},
	{"Could not open serial port", -ENODEV, no_probe},
	{"Error on socket 'connect'", -ENODEV, no_probe},
	{"Couldn't export gpio", -ENODEV, no_probe},
	{"Error on socket 'remote_bitbang", -ENODEV, gone},
	{"LIBUSB_ERROR_NO_DEVICE", -ENODEV, gone},
	{"scan chain interrogation failed", -EIO, silent},
	{"cannot read IDR", -EIO, silent},
	{"unable to connect to the target", -EIO, silent},
	{"Invalid ACK", -EIO, silent},
	{"Could not initialize the debug port", -EIO, silent},
	{"does not have valid IDCODE", -EIO, silent},
	{"timed out while waiting for target halted", -EIO,
	 "the target does not halt: check its reset wiring and `reset`"},
	{"failed erasing sectors", -EIO, "the target's flash could not be erased"},
	{"rotected", -EIO, locked},
};

static size_t line_length(const char *line)
{
	return strcspn(line, "\n");
}

static const char *line_start(const char *log, const char *within)
{
	while (within > log && within[-1] != '\n')
		within--;
	return within;
}

int bo_ocd_explain(const char *log, const char **ret_line, size_t *ret_len, const char **ret_advice)
{
	const char *line = strstr(log, "Error: ");
	const char *advice = NULL;
	int code = -EIO;

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]) && !advice; i++) {
		const char *found = strstr(log, meanings[i].text);

		if (!found)
			continue;
		line = line_start(log, found);
		code = meanings[i].code;
		advice = meanings[i].advice;
	}
	*ret_line = line ? line : "";
	*ret_len = line ? line_length(line) : 0;
	*ret_advice = advice;
	return code;
}
