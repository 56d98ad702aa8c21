#include "drivers/serial/port.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/serial/tty.h"

static const struct pin {
	enum sp_dtr dtr;
	enum sp_rts rts;
} pins[] = {
	[BO_PORT_OFF] = {SP_DTR_OFF, SP_RTS_OFF},
	[BO_PORT_ON] = {SP_DTR_ON, SP_RTS_ON},
	[BO_PORT_LEAVE] = {SP_DTR_INVALID, SP_RTS_INVALID},
};

static int in_use(const char *device, struct bo_err *err)
{
	char who[256];

	if (bo_port_holders(device, who, sizeof(who)))
		return bo_err_set(err, -EBUSY, "in use by %s", who);
	return bo_err_set(err, -EBUSY, "in use");
}

static int open_file(const char *device, struct bo_err *err)
{
	struct stat stat;
	int fd = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), code = errno;

	if (fd < 0 && code == EBUSY)
		return in_use(device, err);
	if (fd < 0)
		return bo_err_set(err, code == ENXIO || code == ENOENT ? -ENODEV : -code, "%s",
				  strerror(code));
	if (fstat(fd, &stat) == 0 && S_ISCHR(stat.st_mode) && isatty(fd))
		return fd;
	close(fd);
	return bo_err_set(err, -EINVAL, "not a serial port");
}

/* Before anything is changed about a line that another process may be using. */
static int claim(int fd, const char *device, bool known, struct bo_err *err)
{
	char who[256];

	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			       ? in_use(device, err)
			       : bo_err_set(err, -errno, "locking: %s", strerror(errno));
	if (known && bo_port_holders(device, who, sizeof(who)))
		return bo_err_set(err, -EBUSY, "in use by %s", who);
	return 0;
}

static int sp_failed(const char *what, enum sp_return rc, struct bo_err *err)
{
	int code = rc == SP_ERR_FAIL ? sp_last_error_code() : rc == SP_ERR_MEM ? ENOMEM : EINVAL;

	return bo_err_set(err, code ? -code : -EIO, "%s: %s", what, strerror(code ? code : EIO));
}

static int configure(struct sp_port *sp, const struct bo_port_args *args, struct bo_err *err)
{
	struct sp_port_config *config;
	enum sp_return rc = sp_new_config(&config);

	if (rc != SP_OK)
		return sp_failed("configuring", rc, err);
	(void)sp_set_config_baudrate(config, (int)args->baud);
	(void)sp_set_config_bits(config, 8);
	(void)sp_set_config_parity(config, SP_PARITY_NONE);
	(void)sp_set_config_stopbits(config, 1);
	(void)sp_set_config_flowcontrol(config, SP_FLOWCONTROL_NONE);
	(void)sp_set_config_dtr(config, pins[args->dtr].dtr);
	(void)sp_set_config_rts(config, pins[args->rts].rts);
	rc = sp_set_config(sp, config);
	sp_free_config(config);
	return rc == SP_OK ? 0 : sp_failed("configuring", rc, err);
}

/* Opens through libserialport, then makes sure of what it does not: the real speed, that a read of
 * nothing is no end of file, exclusive use, short latency. */
static int open_known(struct bo_port *port, const struct bo_port_args *args, struct bo_err *err)
{
	enum sp_return rc = sp_open(port->sp, SP_MODE_READ_WRITE);
	int result;

	if (rc != SP_OK)
		return sp_failed("opening", rc, err);
	result = configure(port->sp, args, err);
	if (result == 0 && (rc = sp_get_port_handle(port->sp, &port->fd)) != SP_OK)
		result = sp_failed("opening", rc, err);
	if (result == 0 && fcntl(port->fd, F_SETFD, FD_CLOEXEC) < 0)
		result = bo_err_set(err, -errno, "opening: %s", strerror(errno));
	if (result == 0)
		result = bo_tty_set_raw(port->fd, args->baud, err);
	if (result == 0 && ioctl(port->fd, TIOCEXCL) < 0)
		result = bo_err_set(err, -errno, "keeping others out: %s", strerror(errno));
	if (result < 0) {
		sp_close(port->sp);
		return result;
	}
	bo_tty_set_prompt(port->fd);
	return 0;
}

static int open_device(const char *device, const struct bo_port_args *args, struct bo_port *port,
		       struct bo_err *err)
{
	int rc = port->lock_fd = open_file(device, err);

	if (rc < 0)
		return rc;
	if (sp_get_port_by_name(device, &port->sp) != SP_OK)
		port->sp = NULL;
	rc = claim(port->lock_fd, device, port->sp, err);
	if (rc == 0 && port->sp) {
		rc = open_known(port, args, err);
	} else if (rc == 0) {
		port->fd = port->lock_fd;
		rc = bo_tty_set_raw(port->fd, args->baud, err);
	}
	if (rc == 0)
		return 0;
	if (port->sp)
		sp_free_port(port->sp);
	close(port->lock_fd);
	return rc;
}

int bo_port_open(const struct bo_port_args *args, struct bo_port *ret, struct bo_err *err)
{
	struct bo_port port = {.fd = -1};
	char *device = realpath(args->path, NULL);
	int rc = device ? 0 : -errno;

	assert(args->baud >= 50 && args->baud <= 12000000);
	if (!device)
		(void)bo_err_set(err, rc == -ENOENT || rc == -ENOTDIR ? -ENODEV : rc, "%s",
				 strerror(-rc));
	else
		rc = open_device(device, args, &port, err);
	free(device);
	if (rc < 0)
		return bo_err_wrap(err, "serial port %s", args->path);
	*ret = port;
	return 0;
}

void bo_port_close(struct bo_port *port)
{
	if (port->sp) {
		(void)ioctl(port->fd, TIOCNXCL); /* a process we started may still hold it */
		sp_close(port->sp);
		sp_free_port(port->sp);
	}
	close(port->lock_fd);
}
