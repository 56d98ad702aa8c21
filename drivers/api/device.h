#ifndef BO_DRIVERS_API_DEVICE_H
#define BO_DRIVERS_API_DEVICE_H

#include <stdbool.h>

/*
 * Which device of this host a driver's settings mean, so that `doctor` can look whether it is there
 * and may be opened, without opening it. Strings are the settings' own; NULL where not said.
 */
enum bo_device_kind { BO_DEVICE_TTY, BO_DEVICE_PINS, BO_DEVICE_PROBE };

#define BO_DEVICE_INTERFACE_ANY (-1)

struct bo_device {
	enum bo_device_kind kind;
	const char *role;    /* "console", "network", ...: set by who asks the driver */
	const char *usb;     /* USB serial number */
	const char *port;    /* instead of it: USB port path, "1-1.4" */
	int interface;	     /* bInterfaceNumber, or BO_DEVICE_INTERFACE_ANY */
	bool shared;	     /* the interface stays with the kernel's driver */
	const char *path;    /* instead of both: a device node */
	const char *program; /* what is run to use it, looked up in PATH */
	const char *helper;  /* the helper executable of ours that serves it */
};

#endif
