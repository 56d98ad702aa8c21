#include "drivers/openocd/ocd_config.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "drivers/api/flash.h"
#include "harness/model/values.h"

static int parse_speed(const char *text, void *ret, const char **ret_why)
{
	return bo_values_parse(BO_FREQUENCY, text, ret, ret_why);
}

#define AT(member) offsetof(struct bo_ocd_config, member)

const struct bo_conf_field bo_ocd_config_fields[] = {
	{.key = "config",
	 .type = BO_CONF_PATHS,
	 .offset = AT(files),
	 .flags = BO_CONF_REQUIRED,
	 .help = "OpenOCD files in order: ./ and ../ beside this file, others from its own "
		 "folders"},
	{.key = "serial",
	 .type = BO_CONF_STR,
	 .offset = AT(serial),
	 .help = "the probe's serial number; needed when there are several"},
	{.key = "path",
	 .type = BO_CONF_STR,
	 .offset = AT(path),
	 .help = "instead of serial: its USB port, e.g. 1-1.4, where OpenOCD's driver knows ports"},
	{.key = "transport",
	 .type = BO_CONF_NAME,
	 .offset = AT(transport),
	 .help = "swd, jtag, dapdirect_swd, hla_swd; default: the adapter's first"},
	{.key = "speed",
	 .type = BO_CONF_PARSED,
	 .offset = AT(speed_hz),
	 .parse = parse_speed,
	 .help = "clock of the debug port, such as 1 MHz; default: as the target's file says"},
	{.key = "reset",
	 .type = BO_CONF_STR,
	 .offset = AT(reset),
	 .help = "words of reset_config, such as \"srst_only srst_nogate\""},
	{.key = "program",
	 .type = BO_CONF_STR,
	 .offset = AT(program),
	 .fallback = "openocd",
	 .help = "the executable, looked up in PATH"},
	{.key = "timeout",
	 .type = BO_CONF_DURATION,
	 .offset = AT(timeout_ns),
	 .fallback = "10 s",
	 .min = 10 * BO_MS,
	 .max = 600 * BO_S,
	 .help = "when a command without data counts as hung; data add to it"},
	{.key = "uid-address",
	 .type = BO_CONF_INT,
	 .offset = AT(uid_address),
	 .fallback = "0x1FFFF7E8",
	 .max = UINT32_MAX,
	 .help = "where the chip's unique id is; default: STM32F1"},
	{.key = "uid-size",
	 .type = BO_CONF_INT,
	 .offset = AT(uid_size),
	 .fallback = "12",
	 .min = 4,
	 .max = BO_UID_MAX,
	 .help = "its length in bytes, a multiple of 4"},
	{.key = "chip-address",
	 .type = BO_CONF_INT,
	 .offset = AT(chip_address),
	 .fallback = "0xE0042000",
	 .max = UINT32_MAX,
	 .help = "where the vendor's device id is; default: STM32F1's DBGMCU_IDCODE"},
	{.key = "chip-mask",
	 .type = BO_CONF_INT,
	 .offset = AT(chip_mask),
	 .fallback = "0xFFF",
	 .max = UINT32_MAX,
	 .help = "which of its bits are the device id"},
	{0},
};

/* As the kernel names ports in /sys/bus/usb/devices: bus, dash, ports joined by dots. */
static bool is_usb_port(const char *text)
{
	static const char digits[] = "0123456789";

	for (const char *ends = "-."; strspn(text, digits); ends = ".") {
		text += strspn(text, digits);
		if (!*text)
			return *ends == '.';
		if (!strchr(ends, *text) || (*ends == '-' && *text != '-'))
			return false;
		text++;
	}
	return false;
}

int bo_ocd_config_check(const struct bo_ocd_config *config, struct bo_err *err)
{
	if (config->files.count == 0)
		return bo_err_set(err, -EINVAL, "openocd: `config` names no file");
	if (config->uid_size % 4)
		return bo_err_set(err, -EINVAL, "openocd: `uid-size` is not a multiple of 4");
	if (config->path && config->serial)
		return bo_err_set(err, -EINVAL, "openocd: give either `serial` or `path`");
	if (config->path && !is_usb_port(config->path))
		return bo_err_set(err, -EINVAL, "openocd: `path` is a USB port such as 1-1.4");
	if (config->reset &&
	    config->reset[strspn(config->reset, "abcdefghijklmnopqrstuvwxyz_ ")] != '\0')
		return bo_err_set(err, -EINVAL,
				  "openocd: `reset` takes words of OpenOCD's reset_config");
	return 0;
}
