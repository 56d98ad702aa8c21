#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "drivers/ftdi/switch/switch_server.h"
#include "harness/base/str.h"

#define BACKLOG 16

/* Whether `fd` is still the file of that name: its last owner unlinks it before letting go. */
static bool is_current(int fd, const char *path)
{
	struct stat held, named;

	return fstat(fd, &held) == 0 && stat(path, &named) == 0 && held.st_dev == named.st_dev &&
	       held.st_ino == named.st_ino;
}

static int take_lock(const char *path, struct bo_err *err)
{
	for (;;) {
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);

		if (fd < 0)
			return bo_err_set(err, -errno, "%s: %s", path, strerror(errno));
		(void)fchmod(fd, 0660); /* whatever the umask: as the socket */
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			close(fd);
			return bo_err_set(err, -EEXIST, "another server has %s", path);
		}
		if (is_current(fd, path))
			return fd;
		close(fd);
	}
}

static int listen_at(const char *path, struct bo_err *err)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int code;

	if (fd < 0)
		return bo_err_set(err, -errno, "socket: %s", strerror(errno));
	bo_str_copy(at.sun_path, sizeof(at.sun_path), path);
	(void)unlink(path); /* of a server that was killed: the lock is ours */
	/* Who may talk to us is decided by the folder; the mode lets a group share a rack's. */
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && chmod(path, 0660) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	code = -errno;
	close(fd);
	return bo_err_set(err, code, "%s: %s", path, strerror(-code));
}

int bo_switch_seat_take(struct bo_switch_seat *seat, const struct bo_switch_place *place,
			struct bo_err *err)
{
	int lock_fd = take_lock(place->lock, err);
	int listen_fd;

	if (lock_fd < 0)
		return lock_fd;
	listen_fd = listen_at(place->socket, err);
	if (listen_fd < 0) {
		(void)unlink(place->lock);
		close(lock_fd);
		return listen_fd;
	}
	*seat = (struct bo_switch_seat){*place, lock_fd, listen_fd};
	return 0;
}

void bo_switch_seat_sign(const struct bo_switch_seat *seat)
{
	(void)!ftruncate(seat->lock_fd, 0);
	(void)dprintf(seat->lock_fd, "%d\n", (int)getpid());
}

void bo_switch_seat_leave(struct bo_switch_seat *seat)
{
	(void)unlink(seat->place.socket);
	close(seat->listen_fd);
	(void)unlink(seat->place.lock);
	close(seat->lock_fd);
}
