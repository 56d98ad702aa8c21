#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/serial/port.h"
#include "harness/base/str.h"

static int is_number(const struct dirent *entry)
{
	return entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
}

static bool has_open(const char *pid, const char *device)
{
	char path[64], target[PATH_MAX];
	bool found = false;
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return false; /* gone, or not ours to see */
	while (!found && (entry = readdir(dir))) {
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		if (len < 0)
			continue;
		target[len] = '\0';
		found = strcmp(target, device) == 0;
	}
	closedir(dir);
	return found;
}

/* The name is the program's own choice, hence escaped. */
static void add_name(struct bo_buf *names, const char *pid)
{
	char path[64], name[32];
	size_t len = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	file = fopen(path, "re");
	if (file) {
		len = fread(name, 1, sizeof(name), file);
		fclose(file);
	}
	if (len && name[len - 1] == '\n')
		len--;
	bo_buf_printf(names, "%s", names->len ? ", " : "");
	bo_buf_escape(names, name, len);
	bo_buf_printf(names, " (pid %.20s)", pid);
}

int bo_port_holders(const char *device, char *out, size_t cap)
{
	struct bo_buf names = {0};
	struct dirent **pids;
	int count = 0, n = scandir("/proc", &pids, is_number, versionsort);

	for (int i = 0; i < n; i++) {
		if (atol(pids[i]->d_name) != getpid() && has_open(pids[i]->d_name, device)) {
			add_name(&names, pids[i]->d_name);
			count++;
		}
		free(pids[i]);
	}
	if (n >= 0)
		free(pids);
	(void)bo_str_copy(out, cap, names.data ? names.data : "");
	bo_buf_done(&names);
	return count;
}
