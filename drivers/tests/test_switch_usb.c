#include <criterion/criterion.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>

#include "drivers/tests/switch_rig.h"
#include "fixtures/ftdi/usbip_server.h"
#include "fixtures/ftdi/vftdi.h"
#include "harness/base/proc.h"

/*
 * The real brownout-switch with stock libftdi1, in front of a virtual FT4232H whose model time a
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
	unsigned edge_count;
	struct vftdi_edge edges[EDGES_MAX];
} usb = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void on_edge(void *ctx, const struct vftdi_edge *edge)
{
	(void)ctx;
	if (edge->channel == CHANNEL_B && usb.edge_count < EDGES_MAX)
		usb.edges[usb.edge_count++] = *edge;
}

static int control(void *self, const uint8_t setup[8], uint8_t *data, size_t cap)
{
	return vftdi_control(self, setup, data, cap);
}

static int packet_out(void *self, unsigned endpoint, const uint8_t *data, size_t len)
{
	return vftdi_packet_out(self, endpoint, data, len);
}

static int packet_in(void *self, unsigned endpoint, uint8_t *data, size_t cap)
{
	return vftdi_packet_in(self, endpoint, data, cap);
}

static void reset(void *self)
{
	vftdi_reset(self);
}

static struct usbip_gadget gadget = {NULL, control, packet_out, packet_in, reset};

static void *pace(void *unused)
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
static void use_build_tree(void)
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

static void plug_in(const char *chip_name)
{
	struct vftdi_config config = {.chip = chip_name, .edge = on_edge};

	usb.chip = gadget.self = vftdi_new(&config);
	cr_assert(usb.chip);
	cr_assert_eq(usbip_server_open(&usb.server, usb.path), 0);
	cr_assert_eq(usbip_port_plug(&usb.server.port, &gadget), 0);
	cr_assert_eq(pthread_create(&usb.thread, NULL, pace, NULL), 0);
}

static void set_up(void)
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
static pid_t server_pid(void)
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

static void tear_down(void)
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

TestSuite(switch_usb, .init = set_up, .fini = tear_down, .timeout = 30);

static void must_say(const struct bo_err *err, const char *words)
{
	cr_assert(strstr(err->text, words), "\"%s\" does not say \"%s\"", err->text, words);
}

static bool pin_level(unsigned pin)
{
	pthread_mutex_lock(&usb.lock);
	bool level = vftdi_pin(usb.chip, CHANNEL_B, pin);

	pthread_mutex_unlock(&usb.lock);
	return level;
}

/* How often pin changed its level, counted from its weak pull-up. */
static int level_changes(unsigned pin)
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

Test(switch_usb, a_client_starts_the_server_and_drives_the_pin_without_a_glitch)
{
	struct bo_switch_client client;
	struct bo_err err = {0};

	plug_in(NULL);
	rig_must_open(&rig, &client, 1 << 2, 1 << 2, "b1");
	cr_assert_eq(level_changes(2), 0, "the pin left its safe level while it was taken over");
	for (int i = 1; i <= 10; i++) {
		uint8_t level = i % 2 ? 0 : 1 << 2;

		cr_assert_eq(rig_set(&client, 1 << 2, level, &err), 0, "%s", err.text);
		cr_assert_eq(pin_level(2), level != 0);
		cr_assert_eq(level_changes(2), i);
	}
	rig_release(&client);
}

Test(switch_usb, only_its_own_interface_is_claimed)
{
	struct bo_switch_client client;

	plug_in(NULL);
	rig_must_open(&rig, &client, 1, 1, "b1");
	pthread_mutex_lock(&usb.lock);
	for (unsigned i = 0; i < 4; i++)
		cr_expect_eq(usb.server.port.owner[i] != NULL, i == CHANNEL_B, "interface %u", i);
	pthread_mutex_unlock(&usb.lock);
	rig_release(&client);
}

Test(switch_usb, a_chip_is_found_by_its_port)
{
	struct bo_switch_client client;
	struct bo_err err = {0};

	plug_in(NULL);
	rig.address.serial = NULL;
	rig.address.port = "1-2";
	cr_assert_eq(rig_open(&rig, &client, 1, 1, "b1", &err), -ENODEV);
	must_say(&err, "not on USB, where there is 1-1: is it plugged in?");
	kill(server_pid(), SIGTERM);
	rig.address.port = USBIP_BUSID;
	rig_must_open(&rig, &client, 1, 1, "b1");
	rig_release(&client);
}

Test(switch_usb, what_cannot_be_opened_says_why_and_what_to_do)
{
	static const struct {
		const char *chip, *serial;
		bool claimed;
		int code;
		const char *says;
	} cases[] = {
		{NULL, "BOV-OTHER", false, -ENODEV,
		 "not on USB, where there is " VFTDI_SERIAL ": is it plugged in?"},
		{NULL, VFTDI_SERIAL, true, -EBUSY, "claimed by another program"},
	};
	static const char stranger;

	plug_in(NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_switch_client client;
		struct bo_err err = {0};

		if (cases[i].claimed) {
			pthread_mutex_lock(&usb.lock);
			usbip_port_claim(&usb.server.port, CHANNEL_B, &stranger);
			pthread_mutex_unlock(&usb.lock);
		}
		rig.address.serial = cases[i].serial;
		cr_assert_eq(rig_open(&rig, &client, 1, 1, "b1", &err), cases[i].code, "%s",
			     err.text);
		must_say(&err, cases[i].says);
		kill(server_pid(), SIGTERM);
		RIG_UNTIL(&rig, server_pid() == 0);
	}
}

Test(switch_usb, an_unplugged_chip_is_gone_and_is_found_again)
{
	struct bo_switch_client client;
	struct bo_err err = {0};

	plug_in(NULL);
	rig_must_open(&rig, &client, 1, 1, "b1");
	cr_assert_eq(rig_set(&client, 1, 0, &err), 0, "%s", err.text);
	pthread_mutex_lock(&usb.lock);
	usbip_port_unplug(&usb.server.port);
	vftdi_power(usb.chip, false);
	pthread_mutex_unlock(&usb.lock);
	RIG_UNTIL(&rig, rig_set(&client, 1, 0, &err) == -ENODEV);
	must_say(&err, "unplugged");
	pthread_mutex_lock(&usb.lock);
	vftdi_power(usb.chip, true);
	usb.edge_count = 0;
	cr_assert_eq(usbip_port_plug(&usb.server.port, &gadget), 0);
	pthread_mutex_unlock(&usb.lock);
	RIG_UNTIL(&rig, rig_set(&client, 1, 0, &err) == -ENODEV &&
				strstr(err.text, "was unplugged and is back"));
	cr_assert(pin_level(0));
	cr_assert_eq(rig_set(&client, 1, 0, &err), 0, "%s", err.text);
	cr_assert(!pin_level(0));
	rig_release(&client);
	cr_assert(pin_level(0));
}

Test(switch_usb, the_pin_of_a_killed_client_goes_to_its_safe_level)
{
	pid_t holder;

	plug_in(NULL);
	holder = rig_holder(&rig, 1 << 3, 1 << 3, 0);
	cr_assert(!pin_level(3));
	kill(holder, SIGKILL);
	RIG_UNTIL(&rig, pin_level(3));
	rig_reap(holder);
}

Test(switch_usb, two_processes_cut_two_boards_on_one_chip_without_seeing_each_other)
{
	enum { CUTS = 20, FIRST = 2, BOARDS = 2 };
	pid_t pids[BOARDS];

	plug_in(NULL);
	for (unsigned i = 0; i < BOARDS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			uint8_t pin = (uint8_t)(1u << (FIRST + i));
			struct bo_switch_client client;
			struct bo_err err = {0};
			int rc = rig_open(&rig, &client, pin, pin, "board", &err);

			for (int n = 1; rc == 0 && n <= CUTS; n++)
				rc = rig_set(&client, pin, n % 2 ? 0 : pin, &err);
			_exit(rc < 0);
		}
	}
	for (unsigned i = 0; i < BOARDS; i++)
		cr_assert_eq(rig_reap(pids[i]), 0);
	for (unsigned i = 0; i < BOARDS; i++) {
		cr_expect_eq(level_changes(FIRST + i), CUTS, "pin %u", FIRST + i);
		cr_expect(pin_level(FIRST + i));
	}
}

Test(switch_usb, clients_that_start_at_once_end_up_with_one_server)
{
	enum { RACERS = 6 };
	pid_t racers[RACERS], server;
	int go[2];

	plug_in(NULL);
	cr_assert_eq(pipe2(go, O_CLOEXEC), 0);
	for (int i = 0; i < RACERS; i++) {
		racers[i] = fork();
		if (racers[i] == 0) {
			struct bo_switch_client client;
			struct bo_err err = {0};
			char byte;

			close(go[1]);
			(void)!read(go[0], &byte, 1); /* end of file: all at once */
			if (rig_open(&rig, &client, (uint8_t)(1 << i), 0, "racer", &err) < 0)
				_exit(1);
			rig_release(&client);
			_exit(0);
		}
	}
	close(go[0]);
	close(go[1]);
	for (int i = 0; i < RACERS; i++)
		cr_assert_eq(rig_reap(racers[i]), 0);
	server = server_pid();
	cr_assert(server);
	cr_assert_eq(kill(server, 0), 0);
}

/* A server that kept them would make `brownout ... | tee log` wait for it. */
Test(switch_usb, the_server_outlives_its_client_without_its_pipes_session_or_folder)
{
	char buf[64], link[64];
	pid_t client_pid, server;
	int out[2];

	plug_in(NULL);
	cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
	client_pid = fork();
	cr_assert(client_pid >= 0);
	if (client_pid == 0) {
		struct bo_switch_client client;
		struct bo_err err = {0};

		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		_exit(rig_open(&rig, &client, 1, 1, "b1", &err) == 0 ? 0 : 1);
	}
	close(out[1]);
	cr_assert_eq(read(out[0], buf, sizeof(buf)), 0, "somebody wrote");
	close(out[0]);
	cr_assert_eq(rig_reap(client_pid), 0);
	server = server_pid();
	cr_assert(server);
	cr_assert_eq(getsid(server), server);
	snprintf(link, sizeof(link), "/proc/%d/cwd", (int)server);
	cr_assert_eq(readlink(link, buf, sizeof(buf)), 1);
}

Test(switch_usb, a_command_line_that_makes_no_sense_is_refused_with_exit_2)
{
	static const char *const cases[][6] = {
		{NULL},
		{"--interface", "B", NULL},
		{"--usb", "X", NULL},
		{"--usb", "X", "--interface", "E", NULL},
		{"--usb", "X", "--interface", "BB", NULL},
		{"--usb", "a b", "--interface", "B", NULL},
		{"--nonsense", NULL},
		{"--usb", "X", "--interface", "B", "extra", NULL},
		{"--linger", "soon", NULL},
	};
	char program[PATH_MAX + 32];

	snprintf(program, sizeof(program), "%s/brownout-switch", getenv("BROWNOUT_LIBEXEC"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *argv[8] = {program};
		struct bo_proc proc = {0};
		struct bo_err err = {0};
		int status = 0;

		memcpy(argv + 1, cases[i], sizeof(cases[i]));
		cr_assert_eq(bo_proc_spawn(&(struct bo_proc_args){.argv = argv, .pipe_err = true},
					   &proc, &err),
			     0, "%s", err.text);
		cr_assert_eq(
			bo_proc_wait(&proc, &rig.loop, rig.clock.now + RIG_PATIENCE_NS, &status),
			0);
		cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 2, "case %zu", i);
		bo_proc_kill(&proc);
	}
}
