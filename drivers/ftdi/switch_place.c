#include "drivers/ftdi/switch_place.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/base/runtime_dir.h"
#include "harness/base/str.h"

/* USB string descriptors hold at most 126 characters; FTDI's EEPROM far fewer. */
#define ADDRESS_TEXT_MAX 64

const char *const bo_switch_interfaces[] = {"A", "B", "C", "D", "CBUS", NULL};

int bo_switch_interface_of(const char *name)
{
	for (int i = 0; bo_switch_interfaces[i]; i++)
		if (strcmp(bo_switch_interfaces[i], name) == 0)
			return i;
	return -1;
}

static const char *address_key(const struct bo_switch_address *address)
{
	return address->serial ? address->serial : address->port;
}

int bo_switch_address_check(const struct bo_switch_address *address, struct bo_err *err)
{
	const char *key = address_key(address);

	if (!address->serial == !address->port)
		return bo_err_set(err, -EINVAL,
				  "give either usb (the chip's serial number) or path (its port)");
	if (!key[0] || strlen(key) > ADDRESS_TEXT_MAX)
		return bo_err_set(err, -EINVAL, "a serial number or port has 1 to %d characters",
				  ADDRESS_TEXT_MAX);
	for (const char *c = key; *c; c++)
		if (*c <= ' ' || *c > '~')
			return bo_err_set(err, -EINVAL,
					  "a serial number or port has printable characters only");
	if (address->interface < 0 || address->interface > BO_SWITCH_CBUS)
		return bo_err_set(err, -EINVAL, "the interface must be A, B, C, D or CBUS");
	return 0;
}

const char *bo_switch_address_text(const struct bo_switch_address *address, char *out, size_t cap)
{
	snprintf(out, cap, "FTDI %s%s %s%s", address->serial ? "" : "at USB port ",
		 address_key(address), address->interface == BO_SWITCH_CBUS ? "" : "interface ",
		 bo_switch_interfaces[address->interface]);
	return out;
}

/* Serial numbers come from users and devices: only these characters make a file name. */
static void file_name(const struct bo_switch_address *address, struct bo_buf *out)
{
	bo_buf_printf(out, "%s-", address->serial ? "usb" : "port");
	for (const char *c = address_key(address); *c; c++) {
		if (isalnum((unsigned char)*c) || strchr("._-", *c))
			bo_buf_add(out, c, 1);
		else
			bo_buf_printf(out, "%%%02X", (unsigned char)*c);
	}
	bo_buf_printf(out, "-%s", bo_switch_interfaces[address->interface]);
}

int bo_switch_place(const struct bo_switch_address *address, struct bo_switch_place *ret,
		    struct bo_err *err)
{
	struct bo_switch_place place = {0};
	struct bo_buf name = {0};
	size_t cap = sizeof(place.socket);
	int rc = bo_switch_address_check(address, err);

	if (rc < 0)
		return rc;
	rc = bo_runtime_dir(place.dir, sizeof(place.dir), err);
	if (rc < 0)
		return rc;
	file_name(address, &name);
	if (strlen(place.dir) + 1 + name.len + strlen(".sock") >= cap) {
		rc = bo_err_set(err, -ENAMETOOLONG,
				"%s is too long a path for a socket: set XDG_RUNTIME_DIR to a "
				"shorter one",
				place.dir);
	} else {
		snprintf(place.socket, cap, "%.*s/%s.sock", (int)strlen(place.dir), place.dir,
			 name.data);
		snprintf(place.lock, cap, "%.*s/%s.lock", (int)strlen(place.dir), place.dir,
			 name.data);
		*ret = place;
	}
	bo_buf_done(&name);
	return rc;
}
