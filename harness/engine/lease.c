#include "harness/engine/lease.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/runtime_dir.h"
#include "harness/engine/rack_key.h"
#include "harness/engine/wish.h"

#define PATH_CAP   4096
#define RECORD_CAP 2048
#define SUFFIX	   ".lease"
#define RETRY	   (50 * BO_MS)

static int path_of(const char *rack, const char *bench, struct bo_buf *out, struct bo_err *err)
{
	char dir[PATH_CAP];
	int rc = bo_runtime_dir(dir, sizeof(dir), err);

	if (rc < 0)
		return rc;
	bo_buf_printf(out, "%s/bench-", dir);
	bo_rack_key(rack, bench, out);
	bo_buf_printf(out, SUFFIX);
	return 0;
}

static int open_file(const char *path, int flags, int *ret, struct bo_err *err)
{
	*ret = open(path, flags | O_CLOEXEC, 0666);
	return *ret < 0 ? bo_err_set(err, -errno, "cannot open %s: %s", path, strerror(errno)) : 0;
}

/* The last holder may have removed the file between its opening and its locking here: then this is
 * no longer the one that others open. */
static bool is_still_there(int fd, const char *path)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && stat(path, &there) == 0 && ours.st_ino == there.st_ino &&
	       ours.st_dev == there.st_dev;
}

static void read_text(char *out, size_t cap, const json_t *root, const char *key)
{
	const char *text = json_string_value(json_object_get(root, key));

	(void)snprintf(out, cap, "%s", text ? text : "");
}

static void read_record(int fd, struct bo_lease_holder *holder)
{
	char text[RECORD_CAP];
	ssize_t n = pread(fd, text, sizeof(text), 0);
	json_t *root = n > 0 ? json_loadb(text, (size_t)n, 0, NULL) : NULL;

	holder->pid = json_integer_value(json_object_get(root, "pid"));
	read_text(holder->user, sizeof(holder->user), root, "user");
	read_text(holder->run, sizeof(holder->run), root, "run");
	read_text(holder->since, sizeof(holder->since), root, "since");
	json_decref(root);
}

/* Its absence costs a name in a message, and nothing else. */
static void write_record(int fd, const struct bo_lease_args *args)
{
	const struct passwd *user = getpwuid(geteuid());
	char since[BO_WALL_TEXT_MAX];

	bo_clock_wall_text(since);
	json_t *root = json_pack("{s:i, s:s, s:s, s:s}", "pid", (int)getpid(), "user",
				 user ? user->pw_name : "", "run",
				 args->run_dir ? args->run_dir : "", "since", since);
	char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;

	if (ftruncate(fd, 0) == 0 && text)
		(void)!pwrite(fd, text, strlen(text), 0);
	free(text);
	json_decref(root);
}

static struct flock whole_file(void)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

void bo_lease_describe(const struct bo_lease_holder *holder, struct bo_buf *out)
{
	bo_buf_printf(out, "pid %lld (", (long long)holder->pid);
	bo_buf_escape(out, holder->user, strlen(holder->user));
	bo_buf_printf(out, ") since ");
	bo_buf_escape(out, holder->since, strlen(holder->since));
	bo_buf_printf(out, holder->run[0] ? ", run " : ", by hand");
	bo_buf_escape(out, holder->run, strlen(holder->run));
}

static int set_busy(int fd, const char *bench, struct bo_err *err)
{
	struct bo_lease_holder holder = {.held = true};
	struct bo_buf text = {0};

	read_record(fd, &holder);
	bo_lease_describe(&holder, &text);
	bo_err_set(err, -EBUSY, "bench '%s' is held by %s", bench, text.data);
	bo_buf_done(&text);
	return -EBUSY;
}

/* 1: what was locked is gone. */
static int try_take(const char *path, const char *bench, int *ret_fd, struct bo_err *err)
{
	struct flock lock = whole_file();
	int fd;
	int rc = open_file(path, O_RDWR | O_CREAT, &fd, err);

	if (rc < 0)
		return rc;
	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		rc = is_still_there(fd, path) ? 0 : 1;
	else if (errno == EAGAIN || errno == EACCES)
		rc = set_busy(fd, bench, err);
	else
		rc = bo_err_set(err, -errno, "bench '%s': its lease: %s", bench, strerror(errno));
	if (rc != 0)
		(void)close(fd);
	else
		*ret_fd = fd;
	return rc;
}

int bo_lease_take(struct bo_lease *lease, const struct bo_lease_args *args, const char *bench,
		  struct bo_err *err)
{
	struct bo_buf path = {0};
	int rc = path_of(args->rack, bench, &path, err);

	if (rc == 0)
		while ((rc = try_take(path.data, bench, &lease->fd, err)) > 0)
			;
	if (rc == 0) {
		write_record(lease->fd, args);
		(void)bo_str_copy(lease->path, sizeof(lease->path), path.data);
	}
	bo_buf_done(&path);
	return rc;
}

void bo_lease_drop(struct bo_lease *lease)
{
	if (lease->fd < 0)
		return;
	(void)unlink(lease->path);
	(void)close(lease->fd);
	lease->fd = -1;
}

int bo_lease_look(const char *rack, const char *bench, struct bo_lease_holder *ret,
		  struct bo_err *err)
{
	struct flock lock = whole_file();
	struct bo_buf path = {0};
	int fd = -1;
	int rc = path_of(rack, bench, &path, err);

	if (rc == 0)
		rc = open_file(path.data, O_RDWR, &fd, err);
	bo_buf_done(&path);
	*ret = (struct bo_lease_holder){0};
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	if (fcntl(fd, F_OFD_GETLK, &lock) < 0)
		rc = bo_err_set(err, -errno, "bench '%s': its lease: %s", bench, strerror(errno));
	ret->held = rc == 0 && lock.l_type != F_UNLCK;
	read_record(fd, ret);
	(void)close(fd);
	return rc;
}

static bool is_held(int dir, const char *name)
{
	struct flock lock = whole_file();
	const char *end = strrchr(name, '.');
	int fd = end && strcmp(end, SUFFIX) == 0 ? openat(dir, name, O_RDWR | O_CLOEXEC) : -1;
	bool held = fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;

	if (fd >= 0)
		(void)close(fd);
	return held;
}

bool bo_lease_any_held(void)
{
	char path[PATH_CAP];
	DIR *dir = bo_runtime_dir(path, sizeof(path), NULL) == 0 ? opendir(path) : NULL;
	bool any = false;

	for (const struct dirent *entry; !any && dir && (entry = readdir(dir));)
		any = is_held(dirfd(dir), entry->d_name);
	if (dir)
		(void)closedir(dir);
	return any;
}

static int give_way(const struct bo_lease_args *args, const char *bench, struct bo_err *err)
{
	unsigned above = bo_wish_above(args->rack, bench, args->priority);

	return above == 0 ? 0
			  : bo_err_set(err, -EBUSY,
				       "bench '%s' is waited for with priority %u, which is above "
				       "%u",
				       bench, above, args->priority);
}

static int try_open(struct bo_lease *lease, const struct bo_lease_args *args,
		    struct bo_bench *bench, const struct bo_rack_bench *conf, struct bo_loop *loop,
		    const char *scratch, uint64_t seed, struct bo_err *err)
{
	bool is_virtual = bo_bench_caps(conf) & BO_CAP_VIRTUAL_TIME;
	bool ours = is_virtual || lease->fd >= 0;
	int rc = ours ? 0 : give_way(args, conf->name, err);

	if (rc == 0 && !ours)
		rc = bo_lease_take(lease, args, conf->name, err);
	return rc < 0 ? rc : bo_bench_open(bench, conf, loop, scratch, seed, err);
}

static int wait_and_open(struct bo_lease *lease, const struct bo_lease_args *args,
			 struct bo_bench *bench, const struct bo_rack_bench *conf,
			 struct bo_loop *loop, const char *scratch, uint64_t seed,
			 struct bo_wish *wish, struct bo_err *err)
{
	bo_ns until = bo_loop_now(loop) + args->wait;
	bool told = false;

	for (;;) {
		int rc = try_open(lease, args, bench, conf, loop, scratch, seed, err);

		if (rc != -EBUSY || bo_loop_now(loop) >= until)
			return rc;
		if (!told && args->waiting)
			args->waiting(args->ctx, bo_err_text(err));
		told = true;
		rc = bo_wish_make(wish, args->rack, conf->name, args->priority, err);
		if (rc < 0)
			return rc;
		if (bo_loop_sleep_until(loop, bo_loop_now(loop) + RETRY) < 0)
			return bo_err_set(err, -EINTR, "interrupted while waiting for bench '%s'",
					  conf->name);
	}
}

int bo_lease_open(struct bo_lease *lease, const struct bo_lease_args *args, struct bo_bench *bench,
		  const struct bo_rack_bench *conf, struct bo_loop *loop, const char *scratch,
		  uint64_t seed, struct bo_err *err)
{
	struct bo_wish wish = BO_WISH_NONE;
	int rc = wait_and_open(lease, args, bench, conf, loop, scratch, seed, &wish, err);

	bo_wish_drop(&wish);
	return rc;
}
