#include "harness/base/runtime_dir.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHARED_DIR "/run/lock/brownout"

/* Makes the folder, and refuses one in which somebody else could put a socket of his own. */
static int make_private(const char *dir, struct bo_err *err)
{
	struct stat st;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return bo_err_set(err, -errno, "cannot make %s: %s", dir, strerror(errno));
	if (lstat(dir, &st) < 0)
		return bo_err_set(err, -errno, "cannot look at %s: %s", dir, strerror(errno));
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022))
		return bo_err_set(err, -EPERM,
				  "%s is not a folder that only you can write to: remove it, or "
				  "set XDG_RUNTIME_DIR",
				  dir);
	return 0;
}

/* sudo and su keep the variable of another user's session. */
static bool is_ours(const char *dir)
{
	struct stat st;

	return dir && dir[0] == '/' && stat(dir, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid();
}

int bo_runtime_dir(char *out, size_t cap, struct bo_err *err)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	const char *tmp = getenv("TMPDIR");
	int len;

	if (is_ours(runtime)) {
		len = snprintf(out, cap, "%s/brownout", runtime);
	} else if (access(SHARED_DIR, W_OK | X_OK) == 0) {
		snprintf(out, cap, "%s", SHARED_DIR);
		return 0;
	} else {
		len = snprintf(out, cap, "%s/brownout-%u", tmp && tmp[0] == '/' ? tmp : "/tmp",
			       (unsigned)geteuid());
	}
	if (len < 0 || (size_t)len >= cap)
		return bo_err_set(err, -ENAMETOOLONG,
				  "the runtime folder's path is too long for a socket: set "
				  "XDG_RUNTIME_DIR to a shorter one");
	return make_private(out, err);
}
