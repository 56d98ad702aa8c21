#include "drivers/net/link/offered.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The word at that place, from 0; NULL when there are not so many. Cuts the line up. */
static const char *word(char *line, int at)
{
	char *rest = line, *found = NULL;

	for (int i = 0; i <= at; i++)
		found = strtok_r(i ? NULL : line, " \n", &rest);
	return found;
}

static int place_of(char *line, const char *name)
{
	char *rest = NULL;
	int at = 0;

	for (const char *found = strtok_r(line, " \n", &rest); found;
	     found = strtok_r(NULL, " \n", &rest), at++)
		if (strcmp(found, name) == 0)
			return at;
	return -1;
}

/* Two lines begin with "Ip:": names, and under them their values. */
static bool read_sent(uint64_t *ret)
{
	FILE *file = fopen("/proc/self/net/snmp", "re");
	char line[1024];
	const char *value = NULL;
	int at = -1;

	while (file && !value && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "Ip:", 3) != 0)
			continue;
		if (at < 0)
			at = place_of(line, "OutRequests");
		else
			value = word(line, at);
	}
	if (value)
		*ret = strtoull(value, NULL, 10);
	if (file)
		(void)fclose(file);
	return value;
}

/* "  sl0: BYTES PACKETS ...": what came in. */
static bool read_received(const char *device, uint64_t *ret)
{
	FILE *file = fopen("/proc/self/net/dev", "re");
	size_t len = strlen(device);
	char line[512];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		const char *at = line + strspn(line, " ");

		found = strncmp(at, device, len) == 0 && at[len] == ':' &&
			sscanf(at + len + 1, "%*u %" SCNu64, ret) == 1;
	}
	if (file)
		(void)fclose(file);
	return found;
}

int offered_read(const char *device, struct offered *ret)
{
	struct offered offered;

	if (!read_sent(&offered.down) || !read_received(device, &offered.up))
		return -ENOENT;
	*ret = offered;
	return 0;
}
