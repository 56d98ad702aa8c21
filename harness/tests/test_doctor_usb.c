#include "harness/tests/doctor_rig.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct host_rig rig;

#define FTDI   "sys/devices/usb1/1-1"
#define STLINK "sys/devices/usb1/1-2"

static void put(const char *dir, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	scratch_write(&rig.dir, path, text);
}

static void put_usb(const char *dir, const char *ids[2], const char *product, const char *serial,
		    const char *number)
{
	put(dir, "idVendor", ids[0]);
	put(dir, "idProduct", ids[1]);
	put(dir, "product", product);
	put(dir, "serial", serial);
	put(dir, "busnum", "1\n");
	put(dir, "devnum", number);
	put(dir, "power/control", "on\n");
}

/* Interface D of the chip: a console on ttyUSB3. */
static void put_tty(void)
{
	put(FTDI "/1-1:1.3", "bInterfaceNumber", "03\n");
	put(FTDI "/1-1:1.3/ttyUSB3", "latency_timer", "1\n");
	rig_link(&rig, "sys/class/tty/ttyUSB3/device", "../../../devices/usb1/1-1/1-1:1.3/ttyUSB3");
	rig_link(&rig, "sys/bus/usb-serial/devices/ttyUSB3",
		 "../../../devices/usb1/1-1/1-1:1.3/ttyUSB3");
	scratch_write(&rig.dir, "dev/ttyUSB3", "");
}

/* One chip for power and console, one probe, as in the rack file below. */
static void make(void)
{
	rig_make(&rig);
	put_usb(FTDI, (const char *[]){"0403\n", "6011\n"}, "Quad RS232-HS\n", "BO-RACK1\n", "7\n");
	put_usb(STLINK, (const char *[]){"0483\n", "374b\n"}, "STM32 STLink\n", "0668FF50\n",
		"12\n");
	put(FTDI "/1-1:1.1", "bInterfaceNumber", "01\n");
	put_tty();
	rig_link(&rig, "sys/bus/usb/devices/1-1", "../../../devices/usb1/1-1");
	rig_link(&rig, "sys/bus/usb/devices/1-2", "../../../devices/usb1/1-2");
	rig_link(&rig, "sys/bus/usb/devices/1-1:1.1", "../../../devices/usb1/1-1/1-1:1.1");
	scratch_write(&rig.dir, "dev/bus/usb/001/007", "");
	scratch_write(&rig.dir, "dev/bus/usb/001/012", "");
}

static void done(void)
{
	rig_done(&rig);
}

TestSuite(doctor_usb, .init = make, .fini = done);

#define POWER	     "power: {main: {driver: ftdi, usb: BO-RACK1, interface: B, pin: 0, on: low}}"
#define CONSOLE	     "consoles: {main: {driver: serial, usb: BO-RACK1, interface: D, baud: 115200 baud}}"
#define PROBE	     "probe: {driver: openocd, config: [interface/stlink.cfg], serial: \"0668FF50\"}"
#define BENCH(parts) "brownout: 1\nbenches:\n  pill:\n    target: f103-swap\n    " parts "\n"
#define RACK	     BENCH(POWER "\n    " CONSOLE "\n    " PROBE)

Test(doctor_usb, a_rack_whose_devices_are_all_there_is_fine)
{
	rig_rack(&rig, RACK);
	cr_expect_eq(rig_look(&rig), BO_DOCTOR_OK, "%s", rig.out.data);
	cr_expect(rig_says(&rig, "ok    rack ", "bench pill: power: 1-1 is there, its interface B"),
		  "%s", rig.out.data);
	cr_expect(rig_says(&rig, "ok    rack ", "dev/ttyUSB3 is there"), "%s", rig.out.data);
	cr_expect(rig_says(&rig, "ok    rack ", "probe: 1-2 is there"), "%s", rig.out.data);
	cr_expect(rig_says(&rig, "ok    latency ", "ttyUSB3: 1 ms"), "%s", rig.out.data);
}

Test(doctor_usb, late_bytes_are_noted_for_every_port_or_for_the_racks_consoles)
{
	scratch_write(&rig.dir, FTDI "/1-1:1.3/ttyUSB3/latency_timer", "16\n");
	scratch_write(&rig.dir, "sys/bus/usb-serial/devices/ttyUSB9/latency_timer", "16\n");
	scratch_write(&rig.dir, "sys/bus/usb-serial/devices/ttyUSB8/uevent", "no such timer\n");
	expect_finding(&rig, "warn  latency ", "bytes from ttyUSB3 come up to 16 ms late");
	cr_expect(rig_says(&rig, "warn  latency ", "ttyUSB9"));
	rig_rack(&rig, RACK);
	expect_finding(&rig, "warn  latency ", "ttyUSB3");
	cr_expect(!rig_says(&rig, "warn  latency ", "ttyUSB9"), "%s", rig.out.data);
	scratch_write(&rig.dir, FTDI "/1-1:1.3/ttyUSB3/latency_timer", "1\n");
	expect_finding(&rig, "ok    latency ", "ttyUSB3: 1 ms");
}

Test(doctor_usb, an_adapter_that_may_be_put_to_sleep_is_named)
{
	static const struct {
		const char *control, *name;
	} cases[] = {
		{FTDI "/power/control", "Quad RS232-HS (1-1)"},
		{STLINK "/power/control", "STM32 STLink (1-2)"},
	};

	put_usb("sys/bus/usb/devices/2-1", (const char *[]){"1d6b\n", "0002\n"}, "a hub\n", "x\n",
		"1\n");
	put("sys/bus/usb/devices/2-1", "power/control", "auto\n");
	for (size_t i = 0; i < COUNT(cases); i++) {
		expect_finding(&rig, "ok    suspend ", cases[i].name);
		scratch_write(&rig.dir, cases[i].control, "auto\n");
		expect_finding(&rig, "warn  suspend ", cases[i].name);
	}
	cr_expect(!rig_says(&rig, "warn  suspend ", "a hub"), "nobody's adapter");
	put("sys/bus/usb/devices/2-1", "idVendor", "0483\n"); /* ST's, but 5740: a target */
	put("sys/bus/usb/devices/2-1", "idProduct", "5740\n");
	(void)rig_look(&rig);
	cr_expect(!rig_says(&rig, "warn  suspend ", "a hub"), "a target, no probe");
	put("sys/bus/usb/devices/2-1", "product", "DAPLink CMSIS-DAP\n");
	expect_finding(&rig, "warn  suspend ", "CMSIS-DAP (2-1)");
}

Test(doctor_usb, a_device_that_is_not_there_makes_runs_impossible)
{
	static const struct {
		const char *rack, *text;
	} cases[] = {
		{BENCH("power: {main: {driver: ftdi, usb: BO-RACK2, pin: 0, on: low}}"),
		 "no USB device with the serial number BO-RACK2"},
		{BENCH("power: {main: {driver: ftdi, path: 1-7, pin: 0, on: low}}"),
		 "no USB device at port 1-7"},
		{BENCH("power: {main: {driver: ftdi, path: 1-1, interface: C, pin: 0, on: low}}"),
		 "1-1 has no interface C"},
		{BENCH(POWER "\n    consoles: {main: {driver: serial, usb: BO-RACK1, interface: A, "
			     "baud: 9600 baud}}"),
		 "interface 0 has no tty; interface 3 is ttyUSB3"},
		{BENCH(POWER "\n    consoles: {main: {driver: serial, path: /dev/ttyS9, baud: 9600 "
			     "baud}}"),
		 "dev/ttyS9: No such file"},
		{BENCH(POWER "\n    probe: {driver: openocd, config: [a.cfg], serial: \"00\"}"),
		 "no USB device with the serial number 00"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		rig_rack(&rig, cases[i].rack);
		expect_finding(&rig, "bad   rack ", cases[i].text);
		cr_expect_eq(rig.level, BO_DOCTOR_BAD);
		bo_conf_free(rig.conf);
	}
	rig.conf = NULL;
}

Test(doctor_usb, two_devices_of_one_serial_number_are_bad)
{
	put_usb("sys/bus/usb/devices/3-1", (const char *[]){"0403\n", "6011\n"}, "a clone\n",
		"BO-RACK1\n", "2\n");
	rig_rack(&rig, RACK);
	expect_finding(&rig, "bad   rack ", "more than one USB device with the serial number");
}

Test(doctor_usb, a_device_that_may_not_be_opened_makes_runs_impossible)
{
	static const char *const nodes[] = {"dev/bus/usb/001/007", "dev/bus/usb/001/012",
					    "dev/ttyUSB3"};

	rig_rack(&rig, RACK);
	for (size_t i = 0; i < COUNT(nodes); i++) {
		rig_mode(&rig, nodes[i], 0);
		expect_finding(&rig, "bad   rack ", nodes[i]);
		rig_mode(&rig, nodes[i], 0600);
	}
	cr_expect_eq(rig_look(&rig), BO_DOCTOR_OK, "%s", rig.out.data);
}

Test(doctor_usb, power_pins_with_a_serial_port_on_them_are_noted)
{
	rig_rack(&rig, RACK);
	expect_finding(&rig, "ok    rack ", "its interface B free");
	rig_link(&rig, FTDI "/1-1:1.1/driver", "../../../../bus/usb/drivers/ftdi_sio");
	expect_finding(&rig, "warn  rack ", "interface B of 1-1 is bound to ftdi_sio");
}

Test(doctor_usb, power_on_cbus_leaves_the_serial_port_to_its_driver)
{
	struct bo_buf rules = {0};

	rig_rack(&rig, BENCH("power: {main: {driver: ftdi, usb: BO-RACK1, interface: CBUS, pin: 0, "
			     "on: low}}"));
	put(FTDI "/1-1:1.0", "bInterfaceNumber", "00\n");
	rig_link(&rig, "sys/bus/usb/devices/1-1:1.0", "../../../devices/usb1/1-1/1-1:1.0");
	rig_link(&rig, FTDI "/1-1:1.0/driver", "../../../../bus/usb/drivers/ftdi_sio");
	expect_finding(&rig, "ok    rack ", "its CBUS pins need no free interface");
	bo_doctor_udev(rig.rack, &rules);
	cr_expect_null(strstr(rules.data, "unbind"), "%s", rules.data);
	bo_buf_done(&rules);
}

Test(doctor_usb, a_stand_in_is_looked_for_nowhere)
{
	rig_rack(&rig, BENCH("power: {main: {driver: ftdi, usb: BOV-RACK1, pin: 0, on: low}}"));
	expect_finding(&rig, "ok    rack ", "BOV-RACK1 is a stand-in");
}

Test(doctor_usb, what_the_rack_does_not_use_is_not_missed_much)
{
	rig_take_away(&rig, "bin/openocd");
	rig_take_away(&rig, "bin/brownout-sim");
	rig_take_away(&rig, "bin/brownout-switch");
	rig_rack(&rig, BENCH(POWER));
	expect_finding(&rig, "warn  openocd ", "no openocd in PATH");
	expect_finding(&rig, "warn  helpers ", "no brownout-sim");
	expect_finding(&rig, "bad   helpers ", "no brownout-switch");
	bo_conf_free(rig.conf);
	rig_rack(&rig,
		 BENCH(POWER "\n    probe: {driver: openocd, config: [a.cfg], program: my-ocd}"));
	expect_finding(&rig, "bad   openocd ", "no my-ocd in PATH");
	rig_program(&rig, "bin/my-ocd", OPENOCD_SAYS("0.12.0"));
	expect_finding(&rig, "ok    openocd ", "my-ocd is OpenOCD 0.12");
	expect_finding(&rig, "ok    rack ", "no serial number given");
}

Test(doctor_usb, the_rules_free_a_racks_power_pins_and_cannot_be_escaped_from)
{
	static const struct {
		const char *usb, *text;
	} cases[] = {
		{"BO-RACK1", "ATTRS{serial}==\"BO-RACK1\", ATTR{bInterfaceNumber}==\"01\", RUN+="},
		{"'x\", RUN+=\"/bin/evil'", "holds characters that no rule can"},
		{"BOV-RACK1", NULL},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_buf yaml = {0}, rules = {0};

		bo_buf_printf(&yaml,
			      BENCH("power: {main: {driver: ftdi, usb: %s, interface: B, pin: 0, "
				    "on: low}}"),
			      cases[i].usb);
		rig_rack(&rig, yaml.data);
		bo_doctor_udev(rig.rack, &rules);
		if (cases[i].text)
			cr_expect_not_null(strstr(rules.data, cases[i].text), "%s", rules.data);
		else
			cr_expect_null(strstr(rules.data, "unbind"), "%s", rules.data);
		cr_expect_null(strstr(rules.data, "evil"));
		bo_conf_free(rig.conf);
		bo_buf_done(&yaml);
		bo_buf_done(&rules);
	}
	rig.conf = NULL;
}
