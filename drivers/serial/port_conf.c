#include "drivers/serial/port_conf.h"

#include <errno.h>
#include <stdlib.h>

#include "drivers/serial/usb_tty.h"

const char *const bo_port_while_off_names[] = {
	[BO_PORT_BREAK] = "break", [BO_PORT_IDLE] = "idle", NULL};

/* "C" or "2": the interface number, kept one higher so that 0 means absent. */
int bo_port_interface_parse(const char *text, void *ret, const char **ret_why)
{
	char *end;
	long number;

	if (text[0] >= 'A' && text[0] <= 'H' && !text[1]) {
		*(int *)ret = text[0] - 'A' + 1;
		return 0;
	}
	number = strtol(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || number > 31) {
		*ret_why = "an interface is a letter from A to H or a number from 0 to 31";
		return -EINVAL;
	}
	*(int *)ret = (int)number + 1;
	return 0;
}

int bo_port_conf_find(const struct bo_port_conf *conf, char *out, size_t cap, struct bo_err *err)
{
	if (!conf->path == !conf->usb)
		return bo_err_set(err, -EINVAL, "serial port: exactly one of `path` and `usb`");
	if (conf->path && conf->interface)
		return bo_err_set(err, -EINVAL, "serial port: `interface` goes with `usb`");
	if (conf->usb)
		return bo_usb_tty_find("/sys", conf->usb,
				       conf->interface ? conf->interface - 1 : BO_USB_INTERFACE_ANY,
				       out, cap, err);
	if (!bo_str_copy(out, cap, conf->path))
		return bo_err_set(err, -ENAMETOOLONG, "serial port: the path is too long");
	return 0;
}

void bo_port_conf_device(const struct bo_port_conf *conf, struct bo_device *ret)
{
	*ret = (struct bo_device){
		.kind = BO_DEVICE_TTY,
		.usb = conf->usb,
		.path = conf->path,
		.interface = conf->interface ? conf->interface - 1 : BO_DEVICE_INTERFACE_ANY,
	};
}
