/* The adapters: how fast their bytes come, whether they sleep, whether the rack's are there. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/serial/usb_tty.h"
#include "harness/doctor/check.h"

#define USB_DEVICES "/sys/bus/usb/devices"
#define TTY_DRIVERS "/sys/bus/usb-serial/devices"
#define RULES	    "brownout doctor --udev prints the udev rules"
#define NAME_CAP    256

/* ROOT/dev/ttyUSB0 of a console, without links; the reason in `err` when there is none. */
static int find_tty(const struct bo_doctor *doctor, const struct bo_device *device,
		    char out[PATH_MAX], struct bo_err *err)
{
	char path[BO_DOCTOR_PATH_MAX], tty[NAME_CAP];
	int rc = 0;

	if (device->usb)
		rc = bo_usb_tty_find(bo_look_path(doctor, path, "/sys"), device->usb,
				     device->interface, tty, sizeof(tty), err);
	if (rc < 0)
		return rc;
	if (!device->usb && !device->path)
		return bo_err_set(err, -EINVAL, "no port is named");
	bo_look_path(doctor, path, "%s", device->usb ? tty : device->path);
	if (!realpath(path, out))
		return bo_err_set(err, -errno, "%s: %s", path, strerror(errno));
	return 0;
}

/* ---- latency timer ---- */

struct latency {
	struct bo_doctor *doctor;
	unsigned seen;
};

static bool judge_latency(void *ctx, const char *dir, const char *tty)
{
	struct latency *latency = ctx;
	char path[2 * NAME_CAP], value[16], remedy[3 * NAME_CAP];

	(void)snprintf(path, sizeof(path), "%s/%.255s/latency_timer", dir, tty);
	if (!bo_look_line(latency->doctor, path, value, sizeof(value)))
		return true; /* not every driver has one */
	latency->seen++;
	(void)snprintf(remedy, sizeof(remedy), "echo 1 | sudo tee %s; " RULES, path);
	if (strcmp(value, "1") == 0)
		bo_doctor_say(latency->doctor, BO_DOCTOR_OK, NULL, "%s: 1 ms", tty);
	else
		bo_doctor_say(latency->doctor, BO_DOCTOR_WARN, remedy,
			      "bytes from %s come up to %s ms late", tty, value);
	return true;
}

static void judge_console(void *ctx, const struct bo_rack_bench *bench,
			  const struct bo_device *device)
{
	struct latency *latency = ctx;
	char path[PATH_MAX];
	struct bo_err err;

	(void)bench;
	if (device->kind == BO_DEVICE_TTY && find_tty(latency->doctor, device, path, &err) == 0)
		(void)judge_latency(latency, TTY_DRIVERS, strrchr(path, '/') + 1);
}

void bo_check_latency(struct bo_doctor *doctor)
{
	struct latency latency = {doctor, 0};

	if (doctor->rack)
		bo_doctor_devices(doctor->rack, judge_console, &latency);
	else
		bo_look_dir(doctor, TTY_DRIVERS, judge_latency, &latency);
	if (latency.seen == 0)
		bo_doctor_say(doctor, BO_DOCTOR_OK, NULL, "no %s with a latency timer",
			      doctor->rack ? "console" : "serial adapter");
}

/* ---- autosuspend ---- */

static bool attribute(const struct bo_doctor *doctor, const char *device, const char *name,
		      char *out, size_t cap)
{
	char path[2 * NAME_CAP];

	(void)snprintf(path, sizeof(path), USB_DEVICES "/%.255s/%.64s", device, name);
	return bo_look_line(doctor, path, out, cap);
}

/* FTDI, ST-Link (of ST's devices those with a product id 37xx), CMSIS-DAP by its name. */
static bool is_adapter(const struct bo_doctor *doctor, const char *name)
{
	char vendor[8] = "", id[8] = "", product[128] = "";

	(void)attribute(doctor, name, "idVendor", vendor, sizeof(vendor));
	(void)attribute(doctor, name, "idProduct", id, sizeof(id));
	(void)attribute(doctor, name, "product", product, sizeof(product));
	return strcmp(vendor, "0403") == 0 ||
	       (strcmp(vendor, "0483") == 0 && strncmp(id, "37", 2) == 0) ||
	       strstr(product, "CMSIS-DAP");
}

struct suspend {
	struct bo_doctor *doctor;
	unsigned seen;
};

static bool judge_suspend(void *ctx, const char *dir, const char *name)
{
	struct suspend *suspend = ctx;
	char control[16], product[128] = "adapter", remedy[2 * NAME_CAP];

	(void)dir;
	if (!is_adapter(suspend->doctor, name) ||
	    !attribute(suspend->doctor, name, "power/control", control, sizeof(control)))
		return true;
	suspend->seen++;
	(void)attribute(suspend->doctor, name, "product", product, sizeof(product));
	(void)snprintf(remedy, sizeof(remedy),
		       "echo on | sudo tee " USB_DEVICES "/%.64s/power/control; " RULES, name);
	if (strcmp(control, "on") == 0)
		bo_doctor_say(suspend->doctor, BO_DOCTOR_OK, NULL, "%s (%s) stays awake", product,
			      name);
	else
		bo_doctor_say(suspend->doctor, BO_DOCTOR_WARN, remedy,
			      "%s (%s) may be put to sleep while nobody talks to it", product,
			      name);
	return true;
}

void bo_check_suspend(struct bo_doctor *doctor)
{
	struct suspend suspend = {doctor, 0};

	bo_look_dir(doctor, USB_DEVICES, judge_suspend, &suspend);
	if (suspend.seen == 0)
		bo_doctor_say(doctor, BO_DOCTOR_OK, NULL, "no FTDI, ST-Link or CMSIS-DAP attached");
}

/* ---- the rack's devices ---- */

struct usb_search {
	const struct bo_doctor *doctor;
	const struct bo_device *device;
	char name[NAME_CAP];
	unsigned count;
};

static bool consider(void *ctx, const char *dir, const char *name)
{
	struct usb_search *search = ctx;
	const struct bo_device *device = search->device;
	char serial[128];
	bool fits;

	(void)dir;
	if (strchr(name, ':'))
		return true; /* an interface */
	fits = device->usb ? attribute(search->doctor, name, "serial", serial, sizeof(serial)) &&
				     strcmp(serial, device->usb) == 0
			   : strcmp(name, device->port) == 0;
	if (fits && search->count++ == 0)
		(void)bo_str_copy(search->name, sizeof(search->name), name);
	return true;
}

static bool may_open(struct bo_doctor *doctor, const char *bench, const char *path)
{
	if (doctor->host->may(path, R_OK | W_OK))
		return true;
	bo_doctor_say(doctor, BO_DOCTOR_BAD, "see the findings on groups and udev",
		      "bench %s: this user may not open %s", bench, path);
	return false;
}

static bool may_open_usb(struct bo_doctor *doctor, const char *bench, const char *name)
{
	char path[BO_DOCTOR_PATH_MAX], bus[8] = "0", number[8] = "0";

	(void)attribute(doctor, name, "busnum", bus, sizeof(bus));
	(void)attribute(doctor, name, "devnum", number, sizeof(number));
	bo_look_path(doctor, path, "/dev/bus/usb/%03d/%03d", atoi(bus), atoi(number));
	return may_open(doctor, bench, path);
}

/* The kernel's driver of one interface: "ftdi_sio"; "" when it is free. */
static void driver_of(const struct bo_doctor *doctor, const char *name, int interface,
		      char out[NAME_CAP])
{
	char path[BO_DOCTOR_PATH_MAX], target[PATH_MAX];
	ssize_t len;

	bo_look_path(doctor, path, USB_DEVICES "/%s:1.%d/driver", name, interface);
	len = readlink(path, target, sizeof(target) - 1);
	target[len < 0 ? 0 : len] = '\0';
	const char *slash = strrchr(target, '/');

	(void)bo_str_copy(out, NAME_CAP, slash ? slash + 1 : target);
}

static void judge_pins(struct bo_doctor *doctor, const char *bench, const struct bo_device *device,
		       const char *name)
{
	char path[BO_DOCTOR_PATH_MAX], driver[NAME_CAP];

	bo_look_path(doctor, path, USB_DEVICES "/%s:1.%d", name, device->interface);
	if (access(path, F_OK) < 0) {
		bo_doctor_say(doctor, BO_DOCTOR_BAD, "correct `interface` in the rack file",
			      "bench %s: power: %s has no interface %c", bench, name,
			      'A' + device->interface);
		return;
	}
	driver_of(doctor, name, device->interface, driver);
	if (device->shared)
		bo_doctor_say(doctor, BO_DOCTOR_OK, NULL,
			      "bench %s: power: %s is there; its CBUS pins need no free interface",
			      bench, name);
	else if (driver[0])
		bo_doctor_say(doctor, BO_DOCTOR_WARN,
			      "brownout doctor --udev --rack FILE prints a rule that frees it",
			      "bench %s: power: interface %c of %s is bound to %s: who opens that "
			      "serial port moves the pins",
			      bench, 'A' + device->interface, name, driver);
	else
		bo_doctor_say(doctor, BO_DOCTOR_OK, NULL,
			      "bench %s: power: %s is there, its interface %c free", bench, name,
			      'A' + device->interface);
}

static void judge_usb(struct bo_doctor *doctor, const char *bench, const struct bo_device *device)
{
	struct usb_search search = {.doctor = doctor, .device = device};
	const char *place = device->usb ? device->usb : device->port;

	if (!place) {
		bo_doctor_say(
			doctor, BO_DOCTOR_OK, NULL,
			"bench %s: probe: no serial number given, the first that fits is used",
			bench);
		return;
	}
	bo_look_dir(doctor, USB_DEVICES, consider, &search);
	if (search.count != 1)
		bo_doctor_say(doctor, BO_DOCTOR_BAD,
			      search.count ? "name the port (`path`) instead, or unplug one"
					   : "plug it in, or correct the rack file",
			      "bench %s: %s USB device %s %s", bench,
			      search.count ? "more than one" : "no",
			      device->usb ? "with the serial number" : "at port", place);
	else if (!may_open_usb(doctor, bench, search.name))
		return;
	else if (device->kind == BO_DEVICE_PINS)
		judge_pins(doctor, bench, device, search.name);
	else
		bo_doctor_say(doctor, BO_DOCTOR_OK, NULL, "bench %s: probe: %s is there", bench,
			      search.name);
}

static void judge_tty(struct bo_doctor *doctor, const char *bench, const struct bo_device *device)
{
	char path[PATH_MAX];
	struct bo_err err = {0};

	if (find_tty(doctor, device, path, &err) < 0)
		bo_doctor_say(doctor, BO_DOCTOR_BAD, "plug it in, or correct the rack file",
			      "bench %s: %s: %s", bench, device->role, bo_err_text(&err));
	else if (may_open(doctor, bench, path))
		bo_doctor_say(doctor, BO_DOCTOR_OK, NULL, "bench %s: %s: %s is there", bench,
			      device->role, path);
}

static void judge_device(void *ctx, const struct bo_rack_bench *bench,
			 const struct bo_device *device)
{
	struct bo_doctor *doctor = ctx;

	if (bo_doctor_stand_in(device))
		bo_doctor_say(doctor, BO_DOCTOR_OK, NULL,
			      "bench %s: %s is a stand-in: no hardware to look for", bench->name,
			      device->usb);
	else if (device->kind == BO_DEVICE_TTY)
		judge_tty(doctor, bench->name, device);
	else
		judge_usb(doctor, bench->name, device);
}

void bo_check_rack(struct bo_doctor *doctor)
{
	bo_doctor_devices(doctor->rack, judge_device, doctor);
}
