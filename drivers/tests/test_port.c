#include <criterion/criterion.h>
#include <errno.h>
#include <libserialport.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

#include "drivers/serial/port.h"
#include "drivers/tests/tty_rig.h"

/*
 * The half of port.c that needs a real serial port, on a pty: these stand in for libserialport,
 * which refuses ptys, by being linked first. (The lab runs the same code on a ttyUSB.)
 */
struct sp_port {
	char path[64];
	int fd;
};

struct sp_port_config {
	int baud, bits, parity, stopbits, flow, dtr, rts;
};

static struct fake {
	enum sp_return open_rc, config_rc;
	int code; /* for sp_last_error_code() */
	int opened, closed, freed;
	struct sp_port_config set;
} fake;

enum sp_return sp_get_port_by_name(const char *name, struct sp_port **ret)
{
	struct sp_port *port = calloc(1, sizeof(*port));

	snprintf(port->path, sizeof(port->path), "%s", name);
	*ret = port;
	return SP_OK;
}

enum sp_return sp_open(struct sp_port *port, enum sp_mode flags)
{
	cr_assert_eq(flags, SP_MODE_READ_WRITE);
	if (fake.open_rc != SP_OK)
		return fake.open_rc;
	port->fd = open(port->path, O_RDWR | O_NOCTTY | O_NONBLOCK); /* not close-on-exec */
	cr_assert_geq(port->fd, 0);
	fake.opened++;
	return SP_OK;
}

enum sp_return sp_close(struct sp_port *port)
{
	close(port->fd);
	fake.closed++;
	return SP_OK;
}

void sp_free_port(struct sp_port *port)
{
	free(port);
	fake.freed++;
}

enum sp_return sp_get_port_handle(const struct sp_port *port, void *ret)
{
	*(int *)ret = port->fd;
	return SP_OK;
}

enum sp_return sp_new_config(struct sp_port_config **ret)
{
	*ret = malloc(sizeof(**ret));
	**ret = (struct sp_port_config){-1, -1, -1, -1, -1, -1, -1};
	return SP_OK;
}

void sp_free_config(struct sp_port_config *config)
{
	free(config);
}

#define SETTER(name, type, member)                                                     \
	enum sp_return sp_set_config_##name(struct sp_port_config *config, type value) \
	{                                                                              \
		config->member = (int)value;                                           \
		return SP_OK;                                                          \
	}

SETTER(baudrate, int, baud)
SETTER(bits, int, bits)
SETTER(parity, enum sp_parity, parity)
SETTER(stopbits, int, stopbits)
SETTER(flowcontrol, enum sp_flowcontrol, flow)
SETTER(dtr, enum sp_dtr, dtr)
SETTER(rts, enum sp_rts, rts)

enum sp_return sp_set_config(struct sp_port *port, const struct sp_port_config *config)
{
	(void)port;
	fake.set = *config;
	return fake.config_rc;
}

int sp_last_error_code(void)
{
	return fake.code;
}

static struct tty_rig rig;
static struct bo_port_args args;

static void set_up(void)
{
	tty_rig_init(&rig);
	close(tty_rig_pty(&rig));
	memset(&fake, 0, sizeof(fake));
	args = (struct bo_port_args){.path = rig.path, .baud = 500000};
}

static void tear_down(void)
{
	tty_rig_done(&rig);
}

TestSuite(port, .init = set_up, .fini = tear_down, .timeout = 60);

static void expect_failure(int code, const char *why)
{
	struct bo_port port;
	struct bo_err err = {0};
	char text[300];

	snprintf(text, sizeof(text), "serial port %s: %s", rig.path, why);
	cr_assert_eq(bo_port_open(&args, &port, &err), code);
	cr_assert_str_eq(err.text, text);
}

Test(port, a_serial_port_is_set_up_as_asked_and_kept_from_others)
{
	struct bo_port port;
	struct bo_err err = {0};
	int exclusive = 0;

	args.rts = BO_PORT_ON;
	cr_assert_eq(bo_port_open(&args, &port, &err), 0, "%s", err.text);
	cr_assert_eq(fake.opened, 1);
	cr_assert(fake.set.baud == 500000 && fake.set.bits == 8 && fake.set.stopbits == 1);
	cr_assert(fake.set.parity == SP_PARITY_NONE && fake.set.flow == SP_FLOWCONTROL_NONE);
	cr_assert(fake.set.dtr == SP_DTR_OFF && fake.set.rts == SP_RTS_ON);
	cr_assert(fcntl(port.fd, F_GETFD) & FD_CLOEXEC);
	cr_assert(fcntl(port.fd, F_GETFL) & O_NONBLOCK);
	cr_assert_eq(ioctl(port.fd, TIOCGEXCL, &exclusive), 0);
	cr_assert(exclusive);
	bo_port_close(&port);
	cr_assert(fake.closed == 1 && fake.freed == 1);

	args.dtr = args.rts = BO_PORT_LEAVE;
	cr_assert_eq(bo_port_open(&args, &port, &err), 0, "free again: %s", err.text);
	cr_assert(fake.set.dtr == SP_DTR_INVALID && fake.set.rts == SP_RTS_INVALID);
	cr_assert_eq(ioctl(port.fd, TIOCNXCL), 0);
	bo_port_close(&port);
}

Test(port, nothing_to_read_is_no_end_of_file)
{
	struct bo_port port;
	char byte;

	cr_assert_eq(bo_port_open(&args, &port, NULL), 0);
	cr_assert_eq(read(port.fd, &byte, 1), -1);
	cr_assert_eq(errno, EAGAIN);
	bo_port_close(&port);
}

Test(port, who_has_the_port_open_already_is_named_and_not_disturbed)
{
	char ready, why[100];
	int pipes[2];
	pid_t child;

	cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		/* a terminal program that asks nobody */
		ready = open(rig.path, O_RDWR | O_NOCTTY | O_CLOEXEC) >= 0 ? 'y' : 'n';
		if (write(pipes[1], &ready, 1) == 1)
			pause();
		_exit(1);
	}
	cr_assert_eq(read(pipes[0], &ready, 1), 1);
	cr_assert_eq(ready, 'y');
	snprintf(why, sizeof(why), "in use by test_port (pid %d)", (int)child);
	expect_failure(-EBUSY, why);
	cr_assert_eq(fake.opened, 0, "opening would have changed its settings");
	kill(child, SIGKILL);
	cr_assert_eq(waitpid(child, NULL, 0), child);
}

Test(port, failures_of_the_library_are_passed_on)
{
	struct bo_port port;

	fake.open_rc = SP_ERR_FAIL;
	fake.code = EACCES;
	expect_failure(-EACCES, "opening: Permission denied");
	fake.open_rc = SP_ERR_MEM;
	expect_failure(-ENOMEM, "opening: Cannot allocate memory");
	fake.open_rc = SP_ERR_FAIL;
	fake.code = 0;
	expect_failure(-EIO, "opening: Input/output error");
	fake.open_rc = SP_OK;
	fake.config_rc = SP_ERR_ARG;
	expect_failure(-EINVAL, "configuring: Invalid argument");
	cr_assert(fake.opened == 1 && fake.closed == 1 && fake.freed == 4);
	fake.config_rc = SP_OK;
	cr_assert_eq(bo_port_open(&args, &port, NULL), 0, "nothing was left locked");
	bo_port_close(&port);
}
