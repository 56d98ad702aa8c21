#include "drivers/ftdi/switch/switch_cbus.h"

#include <errno.h>
#include <libusb-1.0/libusb.h>

#define PINS 4
#define MASK ((1u << PINS) - 1)

static const struct kind {
	uint8_t release;
	enum ftdi_chip_type type;
	int io_mode; /* the value of a pin's function */
	enum ftdi_eeprom_value function[PINS];
} kinds[] = {
	{0x06,
	 TYPE_R,
	 CBUS_IOMODE,
	 {CBUS_FUNCTION_0, CBUS_FUNCTION_1, CBUS_FUNCTION_2, CBUS_FUNCTION_3}},
	{0x09,
	 TYPE_232H,
	 CBUSH_IOMODE,
	 {CBUS_FUNCTION_5, CBUS_FUNCTION_6, CBUS_FUNCTION_8, CBUS_FUNCTION_9}},
	{0x10,
	 TYPE_230X,
	 CBUSX_IOMODE,
	 {CBUS_FUNCTION_0, CBUS_FUNCTION_1, CBUS_FUNCTION_2, CBUS_FUNCTION_3}},
};

static const struct kind *kind_of(uint8_t release)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].release == release)
			return &kinds[i];
	return NULL;
}

bool bo_cbus_known(uint8_t release)
{
	return kind_of(release) != NULL;
}

/* How many pins the EEPROM puts into I/O mode; -1 when it cannot be read or makes no sense. */
static int count_usable(const struct kind *kind, struct ftdi_context *ftdi)
{
	int count = 0;

	if (ftdi_read_eeprom(ftdi) < 0 || ftdi_eeprom_decode(ftdi, 0) < 0)
		return -1;
	for (int pin = 0; pin < PINS; pin++) {
		int function = -1;

		(void)ftdi_get_eeprom_value(ftdi, kind->function[pin], &function);
		count += function == kind->io_mode;
	}
	return count;
}

static int check_functions(const struct kind *kind, struct ftdi_context *ftdi, struct bo_err *err)
{
	int count = count_usable(kind, ftdi);

	if (count > 0)
		return 0;
	return bo_err_set(err, -EINVAL,
			  count < 0 ? "its EEPROM does not say which CBUS pins are in I/O mode: "
				      "program it with ftdi_eeprom"
				    : "no CBUS pin is in I/O mode: set that in the chip's EEPROM "
				      "with ftdi_eeprom, and replug");
}

static int send_state(const struct bo_cbus *cbus)
{
	unsigned state = (cbus->outputs & MASK) << PINS | (cbus->latch & MASK);

	return ftdi_set_bitmode(cbus->ftdi, (unsigned char)state, BITMODE_CBUS);
}

int bo_cbus_open(struct bo_cbus *cbus, struct ftdi_context *ftdi, struct libusb_device *device,
		 uint8_t release, struct bo_err *err)
{
	const struct kind *kind = kind_of(release);
	struct libusb_device_handle *handle;
	int rc = libusb_open(device, &handle);

	if (rc == LIBUSB_ERROR_ACCESS)
		return bo_err_set(err, -EACCES, "no permission to open it");
	if (rc < 0)
		return bo_err_set(err, -ENODEV, "cannot open it: %s", libusb_error_name(rc));
	ftdi_set_usbdev(ftdi, handle);
	ftdi->type = kind->type;
	rc = check_functions(kind, ftdi, err);
	if (rc < 0)
		return rc;
	*cbus = (struct bo_cbus){.ftdi = ftdi};
	return send_state(cbus) < 0
		       ? bo_err_set(err, -ENODEV, "CBUS bit-bang: %s", ftdi_get_error_string(ftdi))
		       : 0;
}

int bo_cbus_direct(struct bo_cbus *cbus, uint8_t outputs)
{
	cbus->outputs = outputs;
	return send_state(cbus) < 0 ? -1 : 0;
}

int bo_cbus_write(struct bo_cbus *cbus, uint8_t latch)
{
	cbus->latch = latch;
	return cbus->outputs && send_state(cbus) < 0 ? -1 : 0;
}

int bo_cbus_read(struct bo_cbus *cbus, uint8_t *ret_levels)
{
	unsigned char levels;

	if (ftdi_read_pins(cbus->ftdi, &levels) < 0)
		return -1;
	*ret_levels = levels & MASK;
	return 0;
}
