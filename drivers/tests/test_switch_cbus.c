#include "drivers/tests/switch_usb_rig.h"

/* The CBUS pins of a chip whose UART is somebody else's. */
static const char kernel; /* whoever has the interface, as ftdi_sio has */

static void on_cbus(void)
{
	set_up();
	rig.address.interface = BO_SWITCH_CBUS;
	usb.channel = VFTDI_CBUS;
}

TestSuite(switch_cbus, .init = on_cbus, .fini = tear_down, .timeout = 30);

static void take_interface(void)
{
	pthread_mutex_lock(&usb.lock);
	cr_assert_eq(usbip_port_claim(&usb.server.port, 0, &kernel), 0);
	pthread_mutex_unlock(&usb.lock);
}

static uint32_t uart_baud(void)
{
	pthread_mutex_lock(&usb.lock);
	uint32_t baud = vftdi_uart_baud(usb.chip, 0);

	pthread_mutex_unlock(&usb.lock);
	return baud;
}

Test(switch_cbus, a_pin_is_switched_without_a_glitch_while_another_has_the_interface)
{
	struct bo_switch_client client;
	struct bo_err err = {0};

	plug_in("FT232R", 0);
	take_interface();
	rig_must_open(&rig, &client, 1 << 0, 1 << 0, "b1");
	cr_assert_eq(level_changes(0), 0, "the pin left its safe level while it was taken over");
	for (int i = 1; i <= 10; i++) {
		cr_assert_eq(rig_set(&client, 1 << 0, i % 2 ? 0 : 1 << 0, &err), 0, "%s", err.text);
		cr_assert_eq(pin_level(0), i % 2 == 0);
		cr_assert_eq(level_changes(0), i);
	}
	cr_expect_eq(usb.server.port.owner[0], &kernel, "the interface is still its owner's");
	cr_expect_neq(uart_baud(), 0, "and a UART");
	rig_release(&client);
}

Test(switch_cbus, the_pin_of_a_killed_client_goes_to_its_safe_level)
{
	pid_t pid;

	plug_in("FT232R", 0);
	pid = fork();
	if (pid == 0) {
		struct bo_switch_client client;
		struct bo_err err = {0};

		rig_must_open(&rig, &client, 1 << 2, 1 << 2, "b1");
		cr_assert_eq(rig_set(&client, 1 << 2, 0, &err), 0, "%s", err.text);
		pause();
	}
	RIG_UNTIL(&rig, !pin_level(2));
	kill(pid, SIGKILL);
	RIG_UNTIL(&rig, pin_level(2));
	cr_expect_eq(rig_reap(pid), -1);
}

Test(switch_cbus, what_cannot_be_switched_says_why_and_what_to_do)
{
	static const struct {
		const char *chip;
		uint8_t taken;
		int code;
		const char *says;
	} cases[] = {
		{"FT4232H", 0, -EINVAL, "the chip is an FT4232H, which has no CBUS bit-bang"},
		{"FT232R", 0xF, -EINVAL,
		 "no CBUS pin is in I/O mode: set that in the chip's EEPROM with ftdi_eeprom"},
		/* To low: an input is pulled up, and reads high. */
		{"FT232R", 0x1, -EIO, "pin 0: wanted low, reads high"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_switch_client client;
		struct bo_err err = {0};

		if (i)
			on_cbus();
		plug_in(cases[i].chip, cases[i].taken);
		cr_assert_eq(rig_open(&rig, &client, 1, 0, "b1", &err), cases[i].code, "%s",
			     err.text);
		must_say(&err, cases[i].says);
		if (i + 1 < sizeof(cases) / sizeof(cases[0]))
			tear_down();
	}
}
