#include "drivers/ftdi/switch/switch_chip.h"

#include <assert.h>
#include <errno.h>
#include <libftdi1/ftdi.h>
#include <libusb-1.0/libusb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/ftdi/switch/switch_cbus.h"
#include "harness/base/str.h"

/*
 * libftdi's default is 5 s, longer than any client waits. A transfer that takes a tenth of this on
 * a working bus has already failed.
 */
#define TRANSFER_TIMEOUT_MS 500
/*
 * What libftdi is asked for while bit-bang is on, where it multiplies by four. Depending on the
 * chip a byte then takes between 0.2 and 4 microseconds.
 */
#define BITBANG_BAUD 250000
/* How long the chip waits for a packet of samples to fill. */
#define LATENCY_MS 2
#define UDEV_ADVICE                                                                              \
	"add the udev rule SUBSYSTEM==\"usb\", ATTR{idVendor}==\"0403\", GROUP=\"plugdev\" and " \
	"replug"
#define PORT_DEPTH_MAX 7 /* USB 2.0, 4.1.1: tiers below the root */

struct ftdi_chip {
	struct bo_chip chip;
	struct bo_switch_address address;
	struct ftdi_context *ftdi; /* NULL while closed */
	struct bo_cbus cbus;	   /* instead of an interface, if that is the address */
};

/*
 * A byte each 1/20 of the rate that libftdi is asked for while bit-bang is on: five bytes a baud on
 * H chips, times libftdi's four, as measured by users of libftdi and stated by pyftdi. Compared
 * with the host's clock before it is relied on (switch_wave.h).
 */
#define H_BYTES_PER_BAUD 20

#define ERRATUM	  "its bit-bang pulses come out between 60 us and 1 ms whatever they should be"
#define UNKNOWN	  "its bit-bang clock is not known well enough"
#define H_PACKET  512
#define FS_PACKET 64

static const struct bo_chip_model models[] = {
	{"FT232BM", 0x04, 1, 128, FS_PACKET, UNKNOWN},
	{"FT2232D", 0x05, 2, 128, FS_PACKET, UNKNOWN},
	{"FT232R", 0x06, 1, 128, FS_PACKET, ERRATUM},
	{"FT2232H", 0x07, 2, 4096, H_PACKET, NULL},
	{"FT4232H", 0x08, 4, 2048, H_PACKET, NULL},
	{"FT232H", 0x09, 1, 1024, H_PACKET, NULL},
	{"FT-X", 0x10, 1, 512, FS_PACKET, UNKNOWN},
};

/* Whichever the chip. */
static const struct bo_chip_model cbus_model = {
	.name = "CBUS",
	.no_waves = "its pins are set one request at a time",
};

/* What a search saw, so that "not found" can say what to do. */
struct search {
	int matches;
	int seen;
	int denied;
	char names[96];		      /* of those seen, escaped */
	struct libusb_device *device; /* referenced by the list */
};

static struct ftdi_chip *to_ftdi(struct bo_chip *chip)
{
	return (struct ftdi_chip *)((char *)chip - offsetof(struct ftdi_chip, chip));
}

static bool on_cbus(const struct ftdi_chip *self)
{
	return self->address.interface == BO_SWITCH_CBUS;
}

/* As the kernel names it in /sys/bus/usb/devices: bus, dash, ports joined by dots. */
static void port_text(struct libusb_device *device, char *out, size_t cap)
{
	uint8_t ports[PORT_DEPTH_MAX];
	int depth = libusb_get_port_numbers(device, ports, PORT_DEPTH_MAX);
	size_t len = (size_t)snprintf(out, cap, "%d", libusb_get_bus_number(device));

	for (int i = 0; i < depth && len < cap; i++)
		len += (size_t)snprintf(out + len, cap - len, "%c%d", i ? '.' : '-', ports[i]);
}

static void note_name(struct search *search, const char *name)
{
	size_t len = strlen(search->names);
	size_t left = sizeof(search->names) - len;

	if (len && left > 2) {
		strcpy(search->names + len, ", ");
		len += 2;
	}
	bo_str_escape(search->names + len, sizeof(search->names) - len, name, strlen(name));
}

static bool matches_port(const struct ftdi_chip *self, struct libusb_device *device,
			 struct search *search)
{
	char port[64];

	port_text(device, port, sizeof(port));
	note_name(search, port);
	return strcmp(port, self->address.port) == 0;
}

static bool matches_serial(const struct ftdi_chip *self, struct libusb_device *device,
			   struct search *search)
{
	struct libusb_device_descriptor descriptor;
	struct libusb_device_handle *handle;
	char serial[128] = "";
	int rc = libusb_get_device_descriptor(device, &descriptor);

	if (rc == 0)
		rc = libusb_open(device, &handle);
	if (rc == LIBUSB_ERROR_ACCESS)
		search->denied++;
	if (rc < 0)
		return false;
	if (descriptor.iSerialNumber)
		(void)libusb_get_string_descriptor_ascii(handle, descriptor.iSerialNumber,
							 (unsigned char *)serial, sizeof(serial));
	libusb_close(handle);
	note_name(search, serial[0] ? serial : "one without a serial number");
	return strcmp(serial, self->address.serial) == 0;
}

static void look_at(struct ftdi_chip *self, struct libusb_device *device, struct search *search)
{
	search->seen++;
	if (self->address.serial ? matches_serial(self, device, search)
				 : matches_port(self, device, search)) {
		search->matches++;
		search->device = device;
	}
}

static int judge_search(const struct search *search, struct bo_err *err)
{
	if (search->matches == 1)
		return 0;
	if (search->matches > 1)
		return bo_err_set(err, -EINVAL,
				  "%d devices have this serial number: select by path instead",
				  search->matches);
	if (search->denied)
		return bo_err_set(err, -EACCES,
				  "no permission to open %d of %d FTDI devices: " UDEV_ADVICE,
				  search->denied, search->seen);
	if (!search->seen)
		return bo_err_set(err, -ENODEV, "no FTDI device on USB: is it plugged in?");
	return bo_err_set(err, -ENODEV, "not on USB, where there is %s: is it plugged in?",
			  search->names);
}

static int check_cbus(const struct bo_chip_model *model, struct bo_err *err)
{
	if (bo_cbus_known(model->release))
		return 0;
	return bo_err_set(err, -EINVAL, "the chip is an %s, which has no CBUS bit-bang",
			  model->name);
}

static int check_interface(struct ftdi_chip *self, struct libusb_device *device, struct bo_err *err)
{
	struct libusb_device_descriptor descriptor;

	if (libusb_get_device_descriptor(device, &descriptor) < 0)
		return bo_err_set(err, -ENODEV, "no device descriptor");
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		if (models[i].release != descriptor.bcdDevice >> 8)
			continue;
		self->chip.model = on_cbus(self) ? &cbus_model : &models[i];
		if (self->address.interface == BO_SWITCH_CBUS)
			return check_cbus(&models[i], err);
		if (self->address.interface < models[i].interfaces)
			return 0;
		return bo_err_set(err, -EINVAL, "the chip is an %s, whose last interface is %c",
				  models[i].name, 'A' + models[i].interfaces - 1);
	}
	return bo_err_set(err, -EINVAL, "a chip without bit-bang, or not from FTDI (release %04x)",
			  descriptor.bcdDevice);
}

static int ftdi_failed(struct ftdi_context *ftdi, const char *what, struct bo_err *err)
{
	char text[96];
	const char *why = ftdi_get_error_string(ftdi);

	bo_str_escape(text, sizeof(text), why, strlen(why));
	return bo_err_set(err, -ENODEV, "%s: %s", what, text);
}

/* libftdi does not say why it could not open. */
static bool is_denied(struct libusb_device *device)
{
	struct libusb_device_handle *handle;
	int rc = libusb_open(device, &handle);

	if (rc == 0)
		libusb_close(handle);
	return rc == LIBUSB_ERROR_ACCESS;
}

/*
 * Claims one interface; the kernel's serial driver is detached from that one only, so a console on
 * another channel of the chip goes on. Codes: ftdi_usb_open_dev() in libftdi 1.5.
 */
static int claim(struct ftdi_context *ftdi, struct libusb_device *device, struct bo_err *err)
{
	int rc = ftdi_usb_open_dev(ftdi, device);

	if (rc == -5)
		return bo_err_set(err, -EBUSY,
				  "claimed by another program (another user's brownout-switch?)");
	if (rc == -8 || (rc == -4 && is_denied(device)))
		return bo_err_set(err, -EACCES, "no permission to open it: " UDEV_ADVICE);
	return rc < 0 ? ftdi_failed(ftdi, "cannot open it", err) : 0;
}

/* Bit-bang with no pin driven. The rate comes second, when libftdi knows that bit-bang is on. */
static int start_bitbang(struct ftdi_context *ftdi, struct bo_err *err)
{
	if (ftdi_set_bitmode(ftdi, 0, BITMODE_BITBANG) < 0)
		return ftdi_failed(ftdi, "bit-bang", err);
	if (ftdi_set_baudrate(ftdi, BITBANG_BAUD) < 0)
		return ftdi_failed(ftdi, "bit rate", err);
	if (ftdi_tcioflush(ftdi) < 0)
		return ftdi_failed(ftdi, "flush", err);
	if (ftdi_set_latency_timer(ftdi, LATENCY_MS) < 0)
		return ftdi_failed(ftdi, "latency timer", err);
	return 0;
}

static int find(struct ftdi_chip *self, struct ftdi_device_list *list, struct search *search,
		struct bo_err *err)
{
	for (; list; list = list->next)
		look_at(self, list->dev, search);
	return judge_search(search, err);
}

static int share(struct ftdi_chip *self, struct ftdi_context *ftdi, struct libusb_device *device,
		 struct bo_err *err)
{
	struct libusb_device_descriptor descriptor;
	int rc = libusb_get_device_descriptor(device, &descriptor);

	if (rc < 0)
		return bo_err_set(err, -ENODEV, "no device descriptor");
	rc = bo_cbus_open(&self->cbus, ftdi, device, (uint8_t)(descriptor.bcdDevice >> 8), err);
	if (rc == -EACCES)
		return bo_err_set(err, rc, "no permission to open it: " UDEV_ADVICE);
	return rc;
}

static int open_context(struct ftdi_chip *self, struct ftdi_context *ftdi, struct bo_err *err)
{
	struct ftdi_device_list *list = NULL;
	struct search search = {0};
	int rc;

	if (!on_cbus(self))
		ftdi_set_interface(ftdi,
				   (enum ftdi_interface)(INTERFACE_A + self->address.interface));
	ftdi->usb_read_timeout = TRANSFER_TIMEOUT_MS;
	ftdi->usb_write_timeout = TRANSFER_TIMEOUT_MS;
	if (ftdi_usb_find_all(ftdi, &list, 0, 0) < 0)
		return ftdi_failed(ftdi, "cannot list USB devices", err);
	rc = find(self, list, &search, err);
	if (rc == 0)
		rc = check_interface(self, search.device, err);
	if (rc == 0)
		rc = on_cbus(self) ? share(self, ftdi, search.device, err)
				   : claim(ftdi, search.device, err);
	ftdi_list_free(&list);
	return rc < 0 || on_cbus(self) ? rc : start_bitbang(ftdi, err);
}

static int chip_open(struct bo_chip *chip, struct bo_err *err)
{
	struct ftdi_chip *self = to_ftdi(chip);
	struct ftdi_context *ftdi = ftdi_new();
	int rc;

	assert(!self->ftdi);
	if (!ftdi)
		return bo_err_set(err, -ENODEV, "USB cannot be used on this host (no usbfs?)");
	rc = open_context(self, ftdi, err);
	if (rc < 0)
		ftdi_free(ftdi);
	else
		self->ftdi = ftdi;
	return rc;
}

static int chip_direct(struct bo_chip *chip, uint8_t outputs, struct bo_err *err)
{
	struct ftdi_context *ftdi = to_ftdi(chip)->ftdi;

	if (ftdi_set_bitmode(ftdi, outputs, BITMODE_BITBANG) < 0)
		return ftdi_failed(ftdi, "set direction", err);
	return 0;
}

static int chip_write(struct bo_chip *chip, const uint8_t *latches, size_t len, struct bo_err *err)
{
	struct ftdi_context *ftdi = to_ftdi(chip)->ftdi;

	if (ftdi_write_data(ftdi, latches, (int)len) != (int)len)
		return ftdi_failed(ftdi, "write", err);
	return 0;
}

static int chip_pace(struct bo_chip *chip, uint32_t byte_ns, struct bo_err *err)
{
	struct ftdi_context *ftdi = to_ftdi(chip)->ftdi;
	int baud = byte_ns ? (int)(1000000000u / H_BYTES_PER_BAUD / byte_ns) : BITBANG_BAUD;

	assert(!byte_ns || !chip->model->no_waves);
	if (ftdi_set_baudrate(ftdi, baud) < 0)
		return ftdi_failed(ftdi, "bit rate", err);
	if (ftdi_tciflush(ftdi) < 0)
		return ftdi_failed(ftdi, "flush", err);
	return 0;
}

static int chip_read(struct bo_chip *chip, uint8_t *ret_levels, size_t count, struct bo_err *err)
{
	struct ftdi_context *ftdi = to_ftdi(chip)->ftdi;
	int rc = count == 1 ? ftdi_read_pins(ftdi, ret_levels)
			    : ftdi_read_data(ftdi, ret_levels, (int)count);

	if (rc < 0)
		return ftdi_failed(ftdi, "read pins", err);
	return count == 1 ? 1 : rc;
}

static void chip_close(struct bo_chip *chip)
{
	struct ftdi_chip *self = to_ftdi(chip);

	ftdi_free(self->ftdi);
	self->ftdi = NULL;
}

static int cbus_direct(struct bo_chip *chip, uint8_t outputs, struct bo_err *err)
{
	struct ftdi_chip *self = to_ftdi(chip);

	return bo_cbus_direct(&self->cbus, outputs) < 0
		       ? ftdi_failed(self->ftdi, "set direction", err)
		       : 0;
}

static int cbus_write(struct bo_chip *chip, const uint8_t *latches, size_t len, struct bo_err *err)
{
	struct ftdi_chip *self = to_ftdi(chip);

	assert(len == 1);
	return bo_cbus_write(&self->cbus, latches[0]) < 0 ? ftdi_failed(self->ftdi, "write", err)
							  : 0;
}

static int cbus_read(struct bo_chip *chip, uint8_t *ret_levels, size_t count, struct bo_err *err)
{
	struct ftdi_chip *self = to_ftdi(chip);

	assert(count == 1);
	return bo_cbus_read(&self->cbus, ret_levels) < 0 ? ftdi_failed(self->ftdi, "read pins", err)
							 : 1;
}

struct bo_chip *bo_chip_ftdi_new(const struct bo_switch_address *address)
{
	static const struct bo_chip_ops ops = {
		.open = chip_open,
		.direct = chip_direct,
		.write = chip_write,
		.pace = chip_pace,
		.read = chip_read,
		.close = chip_close,
	};
	static const struct bo_chip_ops ops_of_cbus = {
		.open = chip_open,
		.direct = cbus_direct,
		.write = cbus_write,
		.read = cbus_read,
		.close = chip_close,
	};
	struct ftdi_chip *self = calloc(1, sizeof(*self));

	assert(self);
	self->chip.ops = address->interface == BO_SWITCH_CBUS ? &ops_of_cbus : &ops;
	self->address = *address;
	return &self->chip;
}

void bo_chip_ftdi_free(struct bo_chip *chip)
{
	free(to_ftdi(chip));
}
