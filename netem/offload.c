#include "netem/offload.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct offload {
	const char *name;
	uint32_t get, set;
	uint32_t flag; /* the bit among others, 0: the value is all */
} offloads[NETEM_OFFLOADS] = {
	{"tso", ETHTOOL_GTSO, ETHTOOL_STSO, 0},
	{"gso", ETHTOOL_GGSO, ETHTOOL_SGSO, 0},
	{"gro", ETHTOOL_GGRO, ETHTOOL_SGRO, 0},
	{"lro", ETHTOOL_GFLAGS, ETHTOOL_SFLAGS, ETH_FLAG_LRO},
};

static int ask(int fd, const char *device, uint32_t command, uint32_t *value)
{
	struct ethtool_value request = {.cmd = command, .data = *value};
	struct ifreq interface = {.ifr_data = (void *)&request};

	memcpy(interface.ifr_name, device, strnlen(device, IFNAMSIZ - 1));
	if (ioctl(fd, SIOCETHTOOL, &interface) < 0)
		return -errno;
	*value = request.data;
	return 0;
}

/* Whether it is on; one that the interface does not know is off. */
static int is_on(int fd, const char *device, const struct offload *offload, uint32_t *ret_value)
{
	uint32_t value = 0;
	int rc = ask(fd, device, offload->get, &value);

	if (rc == -EOPNOTSUPP)
		value = 0;
	else if (rc < 0)
		return rc;
	*ret_value = value;
	return offload->flag ? (value & offload->flag) != 0 : value != 0;
}

static int switch_one(int fd, const char *device, const struct offload *offload, bool on)
{
	uint32_t value;
	int rc = is_on(fd, device, offload, &value);

	if (rc < 0 || (rc == 1) == on)
		return rc < 0 ? rc : 0;
	if (offload->flag)
		value = on ? value | offload->flag : value & ~offload->flag;
	else
		value = on;
	rc = ask(fd, device, offload->set, &value);
	if (rc == 0)
		rc = is_on(fd, device, offload, &value);
	if (rc < 0)
		return rc;
	return (rc == 1) == on ? 0 : -EIO;
}

static int open_socket(struct bo_err *err)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? bo_err_set(err, -errno, "socket: %s", strerror(errno)) : fd;
}

int netem_offload_get(const char *device, unsigned *ret_mask, struct bo_err *err)
{
	int fd = open_socket(err);
	unsigned mask = 0;
	uint32_t value;

	for (unsigned i = 0; fd >= 0 && i < NETEM_OFFLOADS; i++) {
		int rc = is_on(fd, device, &offloads[i], &value);

		if (rc < 0) {
			close(fd);
			return bo_err_set(err, rc, "%s: whether %s is on: %s", device,
					  offloads[i].name, strerror(-rc));
		}
		mask |= rc ? 1u << i : 0;
	}
	if (fd < 0)
		return fd;
	close(fd);
	*ret_mask = mask;
	return 0;
}

int netem_offload_set(const char *device, unsigned mask, bool on, struct bo_err *err)
{
	int fd = open_socket(err), rc = 0;

	for (unsigned i = 0; fd >= 0 && rc == 0 && i < NETEM_OFFLOADS; i++) {
		if (!(mask & 1u << i))
			continue;
		rc = switch_one(fd, device, &offloads[i], on);
		if (rc < 0)
			rc = bo_err_set(err, rc,
					"%s: %s stays %s (%s); packets of up to 64 KiB would be "
					"lost and delayed as one",
					device, offloads[i].name, on ? "off" : "on", strerror(-rc));
	}
	if (fd < 0)
		return fd;
	close(fd);
	return rc;
}
