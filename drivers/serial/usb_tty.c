#include "drivers/serial/usb_tty.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/str.h"

/* A tty's device is its interface (cdc_acm) or lies below it (usb-serial). */
enum { CLIMB_MAX = 3 };

/* The first line of a sysfs attribute; false when there is none. */
static bool read_attr(const char *dir, const char *name, char *out, size_t cap)
{
	char path[PATH_MAX];
	FILE *file;
	bool got;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return false;
	file = fopen(path, "re");
	if (!file)
		return false;
	got = fgets(out, (int)cap, file);
	fclose(file);
	if (got)
		out[strcspn(out, "\n")] = '\0';
	return got;
}

static void climb(char *dir)
{
	char *slash = strrchr(dir, '/');

	if (slash)
		*slash = '\0';
}

/* What USB says about a tty of /sys/class/tty; false when it is not on USB. */
static bool usb_place(const char *sysfs, const char *tty, char *serial, size_t cap,
		      int *ret_interface)
{
	char link[PATH_MAX], dir[PATH_MAX], number[8];

	if (snprintf(link, sizeof(link), "%s/class/tty/%s/device", sysfs, tty) >= (int)sizeof(link))
		return false;
	if (!realpath(link, dir))
		return false;
	for (int i = 0; i < CLIMB_MAX; i++, climb(dir)) {
		if (!read_attr(dir, "bInterfaceNumber", number, sizeof(number)))
			continue;
		*ret_interface = (int)strtol(number, NULL, 16);
		climb(dir);
		return read_attr(dir, "serial", serial, cap);
	}
	return false;
}

struct search {
	const char *serial;
	int interface;
	struct bo_buf fitting; /* "ttyUSB0, ttyUSB4" */
	size_t fitting_count;
	struct bo_buf others; /* of the same device: "interface 1 is ttyUSB1" */
};

static void consider(struct search *search, const char *sysfs, const char *tty)
{
	char serial[128];
	int interface;

	if (!usb_place(sysfs, tty, serial, sizeof(serial), &interface) ||
	    strcmp(serial, search->serial) != 0)
		return;
	if (search->interface == BO_USB_INTERFACE_ANY || search->interface == interface) {
		bo_buf_printf(&search->fitting, "%s%s", search->fitting_count++ ? ", " : "", tty);
		return;
	}
	bo_buf_printf(&search->others, "%sinterface %d is %s", search->others.len ? ", " : "",
		      interface, tty);
}

static int conclude(const struct search *search, char *out, size_t cap, struct bo_err *err)
{
	if (search->fitting_count == 1)
		return snprintf(out, cap, "/dev/%s", search->fitting.data) < (int)cap
			       ? 0
			       : bo_err_set(err, -ENAMETOOLONG, "the tty's name is too long");
	if (search->fitting_count > 1)
		return bo_err_set(err, -EINVAL, "several ttys fit: %s; %s", search->fitting.data,
				  search->interface == BO_USB_INTERFACE_ANY
					  ? "say which `interface`"
					  : "two devices have this serial number");
	if (search->others.len)
		return bo_err_set(err, -ENODEV, "interface %d has no tty; %s", search->interface,
				  search->others.data);
	return bo_err_set(err, -ENODEV, "no tty belongs to such a device");
}

int bo_usb_tty_find(const char *sysfs, const char *serial, int interface, char *out, size_t cap,
		    struct bo_err *err)
{
	struct search search = {.serial = serial, .interface = interface};
	char class[PATH_MAX], shown[128];
	struct dirent **ttys;
	int rc, count;

	snprintf(class, sizeof(class), "%s/class/tty", sysfs);
	count = scandir(class, &ttys, NULL, versionsort);
	if (count < 0)
		return bo_err_set(err, -ENODEV, "%s: %s", class, strerror(errno));
	for (int i = 0; i < count; i++) {
		consider(&search, sysfs, ttys[i]->d_name);
		free(ttys[i]);
	}
	free(ttys);
	rc = conclude(&search, out, cap, err);
	bo_buf_done(&search.fitting);
	bo_buf_done(&search.others);
	if (rc < 0)
		(void)bo_err_wrap(err, "USB serial number \"%s\"",
				  bo_str_escape(shown, sizeof(shown), serial, strlen(serial)));
	return rc;
}
