#include "drivers/serial/tty.h"

/* Not <termios.h>: its struct termios and the kernel's cannot meet in one file. */
#include <asm/termbits.h>
#include <errno.h>
#include <linux/serial.h>
#include <string.h>
#include <sys/ioctl.h>

enum { TOLERANCE_PPM = 20000 };

int bo_tty_set_raw(int fd, int64_t baud, struct bo_err *err)
{
	struct termios2 mode;
	int64_t off;

	if (ioctl(fd, TCGETS2, &mode) < 0)
		return bo_err_set(err, -errno, "reading the line's settings: %s", strerror(errno));
	mode.c_iflag = 0;
	mode.c_oflag = 0;
	mode.c_lflag = 0;
	mode.c_cflag &= (tcflag_t) ~(CBAUD | CBAUD << IBSHIFT | CSIZE | PARENB | CSTOPB | CRTSCTS);
	mode.c_cflag |= BOTHER | BOTHER << IBSHIFT | CS8 | CREAD | CLOCAL;
	mode.c_ispeed = mode.c_ospeed = (speed_t)baud;
	mode.c_cc[VMIN] = 1;
	mode.c_cc[VTIME] = 0;
	if (ioctl(fd, TCSETS2, &mode) < 0 || ioctl(fd, TCGETS2, &mode) < 0)
		return bo_err_set(err, -errno, "setting %lld baud: %s", (long long)baud,
				  strerror(errno));
	off = (int64_t)mode.c_ospeed - baud;
	if ((off < 0 ? -off : off) * 1000000 > baud * TOLERANCE_PPM)
		return bo_err_set(err, -EINVAL, "the device runs at %u baud instead of %lld",
				  mode.c_ospeed, (long long)baud);
	return 0;
}

void bo_tty_set_prompt(int fd)
{
	struct serial_struct serial;

	if (ioctl(fd, TIOCGSERIAL, &serial) < 0)
		return;
	serial.flags |= (int)ASYNC_LOW_LATENCY;
	(void)ioctl(fd, TIOCSSERIAL, &serial);
}
