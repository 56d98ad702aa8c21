#include "harness/engine/wish.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/runtime_dir.h"
#include "harness/engine/rack_key.h"

#define PATH_CAP 4096

static int path_of(const char *rack, const char *bench, unsigned priority, struct bo_buf *out,
		   struct bo_err *err)
{
	char dir[PATH_CAP];
	int rc = bo_runtime_dir(dir, sizeof(dir), err);

	if (rc < 0)
		return rc;
	bo_buf_printf(out, "%s/bench-", dir);
	bo_rack_key(rack, bench, out);
	bo_buf_printf(out, ".wish-%u", priority);
	return 0;
}

static bool is_still_there(const struct bo_wish *wish)
{
	struct stat ours, there;

	return wish->fd >= 0 && fstat(wish->fd, &ours) == 0 && stat(wish->path, &there) == 0 &&
	       ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

static int lock_file(struct bo_wish *wish, struct bo_err *err)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

	if (wish->fd >= 0)
		(void)close(wish->fd);
	wish->fd = open(wish->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (wish->fd >= 0 && fcntl(wish->fd, F_OFD_SETLK, &lock) == 0)
		return 0;
	int rc = bo_err_set(err, -errno, "cannot lock %s: %s", wish->path, strerror(errno));

	if (wish->fd >= 0)
		(void)close(wish->fd);
	wish->fd = -1;
	return rc;
}

int bo_wish_make(struct bo_wish *wish, const char *rack, const char *bench, unsigned priority,
		 struct bo_err *err)
{
	struct bo_buf path = {0};

	if (priority == 0 || is_still_there(wish))
		return 0;
	int rc = path_of(rack, bench, priority, &path, err);

	if (rc == 0 && !bo_str_copy(wish->path, sizeof(wish->path), path.data))
		rc = bo_err_set(err, -ENAMETOOLONG, "%s: too long", path.data);
	bo_buf_done(&path);
	while (rc == 0 && !is_still_there(wish))
		rc = lock_file(wish, err);
	return rc;
}

void bo_wish_drop(struct bo_wish *wish)
{
	if (wish->fd < 0)
		return;
	(void)unlink(wish->path);
	(void)close(wish->fd);
	wish->fd = -1;
}

static bool is_wished(const char *path)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(path, O_RDWR | O_CLOEXEC);
	bool is = fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;

	if (fd >= 0)
		(void)close(fd);
	return is;
}

unsigned bo_wish_above(const char *rack, const char *bench, unsigned priority)
{
	for (unsigned p = BO_PRIORITY_MAX; p > priority; p--) {
		struct bo_buf path = {0};
		bool is = path_of(rack, bench, p, &path, NULL) == 0 && is_wished(path.data);

		bo_buf_done(&path);
		if (is)
			return p;
	}
	return 0;
}
