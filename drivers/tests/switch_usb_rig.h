#ifndef DRIVERS_TESTS_SWITCH_USB_RIG_H
#define DRIVERS_TESTS_SWITCH_USB_RIG_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>

#include "drivers/tests/switch_rig.h"
#include "fixtures/ftdi/usbip_server.h"
#include "fixtures/ftdi/vftdi.h"
#include "harness/base/proc.h"

/*
 * The real brownout-switch with stock libftdi1, in front of a virtual chip whose model time a
 * thread of the test paces. What the pins did is the chip's own edge log.
 */
#define CHANNEL_B 1u
#define EDGES_MAX 4096

static struct rig rig;

static struct {
	struct vftdi *chip;
	struct usbip_server server;
	pthread_mutex_t lock;
	pthread_t thread;
	_Atomic bool stop;
	char dir[32], path[64];
	unsigned channel; /* the one whose pins count */
	unsigned edge_count;
	struct vftdi_edge edges[EDGES_MAX];
} usb = {.lock = PTHREAD_MUTEX_INITIALIZER, .channel = CHANNEL_B};

static inline void on_edge(void *ctx, const struct vftdi_edge *edge)
{
	(void)ctx;
	if (edge->channel == usb.channel && usb.edge_count < EDGES_MAX)
		usb.edges[usb.edge_count++] = *edge;
}

static inline int control(void *self, const uint8_t setup[8], uint8_t *data, size_t cap)
{
	return vftdi_control(self, setup, data, cap);
}

static inline int packet_out(void *self, unsigned endpoint, const uint8_t *data, size_t len)
{
	return vftdi_packet_out(self, endpoint, data, len);
}

static inline int packet_in(void *self, unsigned endpoint, uint8_t *data, size_t cap)
{
	return vftdi_packet_in(self, endpoint, data, cap);
}

static inline void reset(void *self)
{
	vftdi_reset(self);
}

static struct usbip_gadget gadget = {NULL, control, packet_out, packet_in, reset};

static inline void *pace(void *unused)
{
	int64_t start = fake_now();

	(void)unused;
	while (!usb.stop) {
		struct pollfd fds[USBIP_SERVER_FDS];

		pthread_mutex_lock(&usb.lock);
		usbip_server_poll_fill(&usb.server, fds);
		pthread_mutex_unlock(&usb.lock);
		poll(fds, USBIP_SERVER_FDS, 1);
		pthread_mutex_lock(&usb.lock);
		vftdi_run(usb.chip, fake_now() - start);
		usbip_server_poll_done(&usb.server, fds);
		usbip_server_pump(&usb.server);
		pthread_mutex_unlock(&usb.lock);
	}
	return NULL;
}

/* The server's program and the shim of this build. */
static inline void use_build_tree(void)
{
	char dir[PATH_MAX], shim[PATH_MAX + 32];
	char *tail;

	cr_assert_eq(bo_proc_self_dir(dir, sizeof(dir)), 0);
	tail = strstr(dir, "/drivers/tests");
	cr_assert(tail);
	*tail = '\0';
	setenv("BROWNOUT_LIBEXEC", dir, 1);
	snprintf(shim, sizeof(shim), "%s/fixtures/shim", dir);
	setenv("LD_LIBRARY_PATH", shim, 1);
}

static inline void plug_in(const char *chip_name, uint8_t cbus_taken)
{
	struct vftdi_config config = {.chip = chip_name, .cbus_taken = cbus_taken, .edge = on_edge};

	usb.stop = false;
	usb.chip = gadget.self = vftdi_new(&config);
	cr_assert(usb.chip);
	cr_assert_eq(usbip_server_open(&usb.server, usb.path), 0);
	cr_assert_eq(usbip_port_plug(&usb.server.port, &gadget), 0);
	cr_assert_eq(pthread_create(&usb.thread, NULL, pace, NULL), 0);
}

static inline void set_up(void)
{
	rig_init(&rig);
	rig.address = (struct bo_switch_address){.serial = VFTDI_SERIAL, .interface = 1};
	use_build_tree();
	strcpy(usb.dir, "/tmp/bo-usb-XXXXXX");
	cr_assert(mkdtemp(usb.dir));
	snprintf(usb.path, sizeof(usb.path), "%s/usb", usb.dir);
	setenv("VFTDI_SOCK", usb.path, 1);
}

/* The pid stands in the lock file as soon as the server has detached; 0: there is none. */
static inline pid_t server_pid(void)
{
	struct bo_switch_place place;
	struct bo_err err = {0};
	int pid = 0;
	FILE *lock;

	cr_assert_eq(bo_switch_place(&rig.address, &place, &err), 0, "%s", err.text);
	lock = fopen(place.lock, "re");
	if (!lock)
		return 0;
	while (fscanf(lock, "%d", &pid) != 1 && access(place.lock, F_OK) == 0)
		rewind(lock);
	fclose(lock);
	return pid;
}

static inline void tear_down(void)
{
	pid_t pid = server_pid();

	if (pid)
		kill(pid, SIGTERM);
	RIG_UNTIL(&rig, !pid || kill(pid, 0) < 0);
	if (usb.chip) {
		usb.stop = true;
		pthread_join(usb.thread, NULL);
		usbip_server_close(&usb.server);
		vftdi_free(usb.chip);
		unlink(usb.path);
	}
	cr_assert_eq(rmdir(usb.dir), 0);
	rig_stop(&rig);
}

static inline void must_say(const struct bo_err *err, const char *words)
{
	cr_assert(strstr(err->text, words), "\"%s\" does not say \"%s\"", err->text, words);
}

static inline bool pin_level(unsigned pin)
{
	pthread_mutex_lock(&usb.lock);
	bool level = vftdi_pin(usb.chip, usb.channel, pin);

	pthread_mutex_unlock(&usb.lock);
	return level;
}

/* How often pin changed its level, counted from its weak pull-up. */
static inline int level_changes(unsigned pin)
{
	bool level = true;
	int changes = 0;

	pthread_mutex_lock(&usb.lock);
	for (unsigned i = 0; i < usb.edge_count; i++) {
		if (usb.edges[i].pin != pin)
			continue;
		changes += usb.edges[i].level != level;
		level = usb.edges[i].level;
	}
	pthread_mutex_unlock(&usb.lock);
	return changes;
}

#endif
