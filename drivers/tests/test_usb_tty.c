#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/serial/usb_tty.h"

/* A sysfs tree as Linux lays it out: two quad adapters, an ACM device, a built-in port. */
static char root[] = "/tmp/brownout-sysfs-XXXXXX";

static void make_dirs(const char *path)
{
	char part[300];

	for (const char *at = strchr(path + 1, '/');; at = strchr(at + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", at ? (int)(at - path) : (int)strlen(path),
			 path);
		cr_assert(mkdir(part, 0700) == 0 || errno == EEXIST);
		if (!at)
			return;
	}
}

static void write_attr(const char *dir, const char *name, const char *text)
{
	char path[300];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "we");
	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

/* A tty whose device is `below` (or is) the interface. */
static void add_tty(const char *tty, const char *usb_device, const char *serial, int interface,
		    const char *below)
{
	char dir[200], target[260], class[260], link[300], number[8];

	snprintf(dir, sizeof(dir), "%s/devices/%s", root, usb_device);
	make_dirs(dir);
	if (serial)
		write_attr(dir, "serial", serial);
	snprintf(target, sizeof(target), "%s/%s:1.%d", dir, strrchr(dir, '/') + 1, interface);
	make_dirs(target);
	snprintf(number, sizeof(number), "%02x\n", (unsigned)interface);
	write_attr(target, "bInterfaceNumber", number);
	if (*below) {
		strcat(target, "/");
		strcat(target, below);
		make_dirs(target);
	}
	snprintf(class, sizeof(class), "%s/class/tty/%s", root, tty);
	make_dirs(class);
	snprintf(link, sizeof(link), "%s/device", class);
	cr_assert_eq(symlink(target, link), 0);
}

static void set_up(void)
{
	static const char *const order[] = {"ttyUSB2", "ttyUSB0", "ttyUSB3", "ttyUSB1"};
	char dir[200];

	cr_assert_not_null(mkdtemp(root));
	for (int i = 0; i < 4; i++) {
		char name[32];

		add_tty(order[i], "pci/usb1/1-1", "BO-RACK1\n", i, order[i]);
		snprintf(name, sizeof(name), "ttyUSB%d", 10 + i);
		add_tty(name, "pci/usb1/1-2/1-2.4", "BO-RACK2\n", i, name);
	}
	add_tty("ttyACM0", "pci/usb1/1-3", "0668FF50\n", 2, "");
	add_tty("ttyUSB20", "pci/usb2/2-1", "CLONE\n", 0, "ttyUSB20");
	add_tty("ttyUSB21", "pci/usb2/2-2", "CLONE\n", 0, "ttyUSB21");
	add_tty("ttyUSB30", "pci/usb2/2-3", NULL, 0, "ttyUSB30");
	add_tty("ttyUSB40", "pci/usb2/2-4", "LATE\n", 10, "ttyUSB40");
	snprintf(dir, sizeof(dir), "%s/devices/platform/serial8250", root);
	make_dirs(dir);
	snprintf(dir, sizeof(dir), "%s/class/tty/ttyS0", root);
	make_dirs(dir);
	snprintf(dir, sizeof(dir), "%s/class/tty/console", root);
	make_dirs(dir);
}

static void tear_down(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -r %s", root);
	cr_assert_eq(system(command), 0);
}

TestSuite(usb_tty, .init = set_up, .fini = tear_down, .timeout = 60);

Test(usb_tty, the_channels_of_one_adapter_are_told_apart_by_interface)
{
	static const struct {
		const char *serial;
		int interface;
		const char *path;
	} cases[] = {
		{"BO-RACK1", 0, "/dev/ttyUSB2"},
		{"BO-RACK1", 1, "/dev/ttyUSB0"},
		{"BO-RACK1", 2, "/dev/ttyUSB3"},
		{"BO-RACK1", 3, "/dev/ttyUSB1"},
		{"BO-RACK2", 3, "/dev/ttyUSB13"},
		{"0668FF50", 2, "/dev/ttyACM0"},
		{"0668FF50", BO_USB_INTERFACE_ANY, "/dev/ttyACM0"},
		{"LATE", 10, "/dev/ttyUSB40"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char path[64];
		struct bo_err err = {0};

		cr_assert_eq(bo_usb_tty_find(root, cases[i].serial, cases[i].interface, path,
					     sizeof(path), &err),
			     0, "%s", err.text);
		cr_assert_str_eq(path, cases[i].path);
	}
}

Test(usb_tty, what_cannot_be_decided_says_why)
{
	static const struct {
		const char *serial;
		int interface, code;
		const char *text;
	} cases[] = {
		{"BO-RACK3", 0, -ENODEV,
		 "USB serial number \"BO-RACK3\": no tty belongs to such a device"},
		{"BO\x1b", 0, -ENODEV,
		 "USB serial number \"BO\\x1b\": no tty belongs to such a device"},
		{"0668FF50", 1, -ENODEV,
		 "USB serial number \"0668FF50\": interface 1 has no tty; interface 2 is ttyACM0"},
		{"BO-RACK1", BO_USB_INTERFACE_ANY, -EINVAL,
		 "USB serial number \"BO-RACK1\": several ttys fit: ttyUSB0, ttyUSB1, ttyUSB2, "
		 "ttyUSB3; say which `interface`"},
		{"CLONE", 0, -EINVAL,
		 "USB serial number \"CLONE\": several ttys fit: ttyUSB20, ttyUSB21; two devices "
		 "have this serial number"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char path[64] = "untouched";
		struct bo_err err = {0};

		cr_assert_eq(bo_usb_tty_find(root, cases[i].serial, cases[i].interface, path,
					     sizeof(path), &err),
			     cases[i].code);
		cr_assert_str_eq(err.text, cases[i].text);
		cr_assert_str_eq(path, "untouched");
	}
}

Test(usb_tty, a_host_without_sysfs_has_no_ttys)
{
	char path[64], none[64];
	struct bo_err err = {0};

	snprintf(none, sizeof(none), "%s/none", root);
	cr_assert_eq(bo_usb_tty_find(none, "A", 0, path, sizeof(path), &err), -ENODEV);
}
