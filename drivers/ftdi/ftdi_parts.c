#include "drivers/ftdi/ftdi_parts.h"

#include <errno.h>

#include "harness/base/str.h"

#define CBUS_PINS 0xFu

int ftdi_parse_pin(const char *text, void *ret, const char **reterr)
{
	if (text[0] < '0' || text[0] > '7' || text[1]) {
		*reterr = "expected a pin of the interface, 0 to 7";
		return -EINVAL;
	}
	*(uint8_t *)ret = (uint8_t)(1u << (text[0] - '0'));
	return 0;
}

int ftdi_address(const struct ftdi_place *place, uint8_t pins, struct bo_switch_address *ret,
		 struct bo_err *err)
{
	struct bo_switch_address address = {place->usb, place->path, place->interface};
	int rc = bo_switch_address_check(&address, err);

	if (rc < 0)
		return rc;
	if (place->interface == BO_SWITCH_CBUS && pins > CBUS_PINS)
		return bo_err_set(err, -EINVAL, "CBUS has pins 0 to 3");
	*ret = address;
	return 0;
}

int ftdi_explain(const struct bo_switch_address *address, struct bo_err *err, int rc)
{
	char text[96];

	if (rc == -ECONNRESET || rc == -EPROTONOSUPPORT || rc == -EBADMSG)
		rc = -ENODEV;
	if (err)
		err->code = rc;
	bo_err_wrap(err, "%s", bo_switch_address_text(address, text, sizeof(text)));
	return rc;
}

int ftdi_lease(struct bo_switch_client *client, const struct bo_switch_address *address,
	       const char *bench, struct bo_switch_request lease, struct bo_loop *loop,
	       struct bo_err *err)
{
	lease.verb = BO_SWITCH_LEASE;
	bo_str_copy(lease.name, sizeof(lease.name), bench);
	int rc = bo_switch_client_open(client, address, &lease, loop, err);

	return rc < 0 ? ftdi_explain(address, err, rc) : 0;
}

int ftdi_call(struct bo_switch_client *client, const struct bo_switch_address *address,
	      const struct bo_switch_request *request, struct bo_switch_answer *ret,
	      struct bo_err *err)
{
	int rc = bo_switch_client_call(client, *request, ret, err);

	return rc < 0 ? ftdi_explain(address, err, rc) : 0;
}

void ftdi_device(const struct ftdi_place *place, struct bo_device *ret)
{
	*ret = (struct bo_device){
		.kind = BO_DEVICE_PINS,
		.usb = place->usb,
		.port = place->path,
		.interface = place->interface == BO_SWITCH_CBUS ? 0 : place->interface,
		.shared = place->interface == BO_SWITCH_CBUS,
		.helper = BO_SWITCH_PROGRAM,
	};
}
