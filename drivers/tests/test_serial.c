#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

#include "drivers/serial/port.h"
#include "drivers/serial/serial.h"
#include "drivers/tests/tty_rig.h"
#include "harness/model/conf.h"

static struct tty_rig rig;
static struct bo_buf report;
static struct bo_conf *conf;
static char dir[] = "/tmp/brownout-serial-XXXXXX";

static void set_up(void)
{
	tty_rig_init(&rig);
	close(tty_rig_pty(&rig));
	cr_assert_not_null(mkdtemp(dir));
}

static void tear_down(void)
{
	tty_rig_done(&rig);
	bo_conf_free(conf);
	bo_buf_done(&report);
	rmdir(dir);
}

TestSuite(serial, .init = set_up, .fini = tear_down, .timeout = 60);

/* Reads a console's mapping as a rack file has it: `path` (unless NULL) and the rest. NULL when it
 * is refused. */
static const void *read_config(const char *path, const char *rest)
{
	const struct bo_conf_args args = {
		.path = "rack.yaml",
		.fields = bo_driver_serial.fields,
		.size = bo_driver_serial.config_size,
	};
	char text[300];
	void *config = NULL;

	snprintf(text, sizeof(text), "%s%s\n%s", path ? "path: " : "", path ? path : "", rest);
	bo_conf_free(conf);
	conf = NULL;
	bo_buf_reset(&report);
	if (bo_conf_read_text(&args, text, strlen(text), &conf, &config, &report) < 0)
		return NULL;
	return config;
}

static int open_as(const char *path, const char *rest, struct bo_console **ret, struct bo_err *err)
{
	struct bo_driver_env env = {.loop = &rig.loop, .bench = "b1"};
	const void *config = read_config(path, rest);
	void *console = NULL;
	int rc;

	cr_assert_not_null(config, "%s", report.data);
	rc = bo_driver_serial.open(&env, config, &console, err);
	if (rc == 0)
		*ret = console;
	return rc;
}

static void open_rig(const char *rest)
{
	struct bo_console *console;
	struct bo_err err = {0};

	cr_assert_eq(open_as(rig.path, rest, &console, &err), 0, "%s", err.text);
	tty_rig_use(&rig, console);
}

static void expect_refusal(const char *path, int code, const char *why)
{
	struct bo_console *console;
	struct bo_err err = {0};
	char text[300];

	snprintf(text, sizeof(text), "serial port %s: %s", path, why);
	cr_assert_eq(open_as(path, "baud: 115200 baud\n", &console, &err), code, "%s", err.text);
	cr_assert_str_eq(err.text, text);
}

Test(serial, a_pty_is_a_port_and_carries_every_byte)
{
	uint8_t all[256], back[256];
	size_t len = 0;

	for (int i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	open_rig("baud: 115200 baud\n");
	cr_assert_eq(write(rig.far, all, sizeof(all)), 256);
	tty_rig_wait(&rig, 256);
	cr_assert_arr_eq(rig.got, all, 256);
	cr_assert_eq(bo_console_write(rig.console, all, sizeof(all), NULL), 0);
	while (len < sizeof(back)) {
		ssize_t got = read(rig.far, back + len, sizeof(back) - len);

		cr_assert(got > 0 || errno == EAGAIN);
		len += got > 0 ? (size_t)got : 0;
	}
	cr_assert_arr_eq(back, all, 256);
}

Test(serial, any_baud_rate_is_set_as_asked)
{
	static const char *const bauds[] = {"50 baud",	    "9600 baud", "115200 baud",
					    "250000 baud",  "500 kbaud", "921600 baud",
					    "1234567 baud", "12 Mbaud"};
	static const int64_t values[] = {50,	 9600,	 115200,  250000,
					 500000, 921600, 1234567, 12000000};

	for (size_t i = 0; i < sizeof(bauds) / sizeof(*bauds); i++) {
		struct bo_port port;
		struct bo_err err = {0};
		struct bo_port_args args = {.path = rig.path, .baud = values[i]};
		char rest[64];

		snprintf(rest, sizeof(rest), "baud: %s\n", bauds[i]);
		cr_assert_not_null(read_config(rig.path, rest), "%s", report.data);
		cr_assert_eq(bo_port_open(&args, &port, &err), 0, "%s", err.text);
		cr_assert_null(port.sp, "libserialport does not know ptys");
		bo_port_close(&port);
	}
}

Test(serial, the_far_end_that_goes_away_is_a_loss_told_once)
{
	open_rig("baud: 115200 baud\n");
	close(rig.far);
	rig.far = -1;
	tty_rig_wait_lost(&rig);
	tty_rig_turn(&rig);
	cr_assert_eq(rig.lost, 1);
	cr_assert_eq(rig.why.code, -ENODEV);
	cr_assert(strstr(rig.why.text, rig.path));
	cr_assert_eq(bo_console_write(rig.console, "a", 1, NULL), -ENODEV);
}

Test(serial, a_link_leads_to_the_port)
{
	struct bo_err err = {0};
	char link[64];

	snprintf(link, sizeof(link), "%s/port", dir);
	cr_assert_eq(symlink(rig.path, link), 0);
	cr_assert_eq(open_as(link, "baud: 115200 baud\n", &rig.console, &err), 0, "%s", err.text);
	tty_rig_use(&rig, rig.console);
	cr_assert_eq(write(rig.far, "x", 1), 1);
	tty_rig_wait(&rig, 1);
	unlink(link);
}

Test(serial, what_is_absent_or_no_tty_is_told_apart)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/none", dir);
	expect_refusal(path, -ENODEV, "No such file or directory");
	expect_refusal("/dev/null", -EINVAL, "not a serial port");
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	cr_assert_geq(fd, 0);
	close(fd);
	expect_refusal(path, -EINVAL, "not a serial port");
	unlink(path);
	expect_refusal(dir, -EISDIR, "Is a directory");
}

Test(serial, a_port_has_one_user_at_a_time)
{
	open_rig("baud: 115200 baud\n");
	expect_refusal(rig.path, -EBUSY, "in use");
	cr_assert_eq(write(rig.far, "x", 1), 1);
	tty_rig_wait(&rig, 1); /* the one who has it is not disturbed */
	bo_console_close(rig.console);
	open_rig("baud: 115200 baud\n");
}

Test(serial, the_holder_of_a_busy_port_is_named)
{
	struct bo_console *console;
	struct bo_err err = {0};
	char ready, text[200];
	int pipes[2];
	pid_t child;

	cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		struct bo_port port;
		struct bo_port_args args = {.path = rig.path, .baud = 9600};

		ready = bo_port_open(&args, &port, NULL) == 0 ? 'y' : 'n';
		if (write(pipes[1], &ready, 1) == 1)
			pause();
		_exit(1);
	}
	cr_assert_eq(read(pipes[0], &ready, 1), 1);
	cr_assert_eq(ready, 'y');
	cr_assert_eq(open_as(rig.path, "baud: 9600 baud\n", &console, &err), -EBUSY);
	snprintf(text, sizeof(text), "serial port %s: in use by test_serial (pid %d)", rig.path,
		 (int)child);
	cr_assert_str_eq(err.text, text);
	kill(child, SIGKILL);
	cr_assert_eq(waitpid(child, NULL, 0), child);
	open_rig("baud: 9600 baud\n"); /* the lock died with its holder */
}

Test(serial, while_off_decides_whether_break_is_held)
{
	open_rig("baud: 9600 baud\n");
	cr_assert_not_null(rig.console->ops->hold_break, "break is the default");
	cr_assert_eq(bo_console_hold_break(rig.console, true, NULL), 0);
	cr_assert_eq(bo_console_write(rig.console, "a", 1, NULL), -EBUSY);
	bo_console_close(rig.console);
	open_rig("baud: 9600 baud\nwhile-off: idle\n");
	cr_assert_eq(bo_console_hold_break(rig.console, true, NULL), 0);
	cr_assert_eq(bo_console_write(rig.console, "a", 1, NULL), 0);
}

Test(serial, wrong_configuration_is_told_before_any_device_is_opened)
{
	static const struct {
		const char *yaml, *message;
	} refused[] = {
		{"path: /dev/null\n", "baud"},
		{"path: /dev/null\nbaud: 0 baud\n", "too small"},
		{"path: /dev/null\nbaud: 49 baud\n", "50 baud"},
		{"path: /dev/null\nbaud: 13 Mbaud\n", "12 Mbaud"},
		{"path: /dev/null\nbaud: 9600\n", "baud"},
		{"usb: A\ninterface: I\nbaud: 9600 baud\n", "a letter from A to H"},
		{"usb: A\ninterface: 1x\nbaud: 9600 baud\n", "a letter from A to H"},
		{"usb: A\ninterface: -1\nbaud: 9600 baud\n", "a letter from A to H"},
		{"path: /dev/null\nbaud: 9600 baud\ndtr: low\n", "off"},
		{"path: /dev/null\nbaud: 9600 baud\nwhile-off: low\n", "break"},
	};
	static const struct {
		const char *yaml, *message;
	} useless[] = {
		{"baud: 9600 baud\n", "serial port: exactly one of `path` and `usb`"},
		{"path: /x\nusb: A\nbaud: 9600 baud\n",
		 "serial port: exactly one of `path` and `usb`"},
		{"path: /x\ninterface: C\nbaud: 9600 baud\n",
		 "serial port: `interface` goes with `usb`"},
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		cr_assert_null(read_config(NULL, refused[i].yaml), "%s", refused[i].yaml);
		cr_assert_not_null(strstr(report.data, refused[i].message), "%s", report.data);
	}
	for (size_t i = 0; i < sizeof(useless) / sizeof(*useless); i++) {
		struct bo_console *console;
		struct bo_err err = {0};

		cr_assert_eq(open_as(NULL, useless[i].yaml, &console, &err), -EINVAL);
		cr_assert_str_eq(err.text, useless[i].message);
	}
}

Test(serial, a_usb_adapter_that_is_not_there_is_named)
{
	struct bo_console *console;
	struct bo_err err = {0};

	cr_assert_eq(
		open_as(NULL, "usb: BO-NOT-THERE\ninterface: C\nbaud: 9600 baud\n", &console, &err),
		-ENODEV);
	cr_assert_str_eq(err.text,
			 "USB serial number \"BO-NOT-THERE\": no tty belongs to such a device");
}
