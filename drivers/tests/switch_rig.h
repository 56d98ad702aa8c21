#ifndef DRIVERS_TESTS_SWITCH_RIG_H
#define DRIVERS_TESTS_SWITCH_RIG_H

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/ftdi/ftdi_client.h"
#include "drivers/ftdi/switch/switch_server.h"
#include "drivers/tests/fake_chip.h"

/*
 * A switch server over a fake chip, in a process and a runtime folder of its own. rig_stop() fails
 * the test if the server leaves anything behind.
 */
struct rig {
	char dir[64];
	struct fake_state *state;
	struct bo_switch_address address;
	pid_t server; /* 0: none */
	struct bo_clock clock;
	struct bo_loop loop;
};

/* Nothing here takes long; a test that waits this long has failed. */
#define RIG_PATIENCE_NS (5 * BO_S)

static inline void rig_init(struct rig *rig)
{
	*rig = (struct rig){.dir = "/tmp/bo-switch-XXXXXX", .address = {.serial = "BOV-FAKE"}};
	cr_assert(mkdtemp(rig->dir));
	setenv("XDG_RUNTIME_DIR", rig->dir, 1);
	rig->state = fake_state_new();
	cr_assert(rig->state);
	bo_clock_real_init(&rig->clock);
	bo_loop_init(&rig->loop, &rig->clock);
}

static inline int rig_serve(const struct rig *rig, struct bo_switch_seat *seat, bo_ns linger)
{
	struct fake_chip fake;
	struct bo_err err = {0};
	int rc;

	fake_chip_init(&fake, rig->state);
	rc = bo_switch_serve(&(struct bo_switch_server_args){.seat = seat,
							     .chip = &fake.chip,
							     .linger_ns = linger},
			     &err);
	bo_switch_seat_leave(seat);
	return rc == 0 ? 0 : 3;
}

/* The seat is taken before the server's process exists: clients can connect from here on. */
static inline void rig_start(struct rig *rig, bo_ns linger)
{
	struct bo_switch_place place;
	struct bo_switch_seat seat;
	struct bo_err err = {0};
	pid_t parent = getpid();

	cr_assert_eq(bo_switch_place(&rig->address, &place, &err), 0, "%s", err.text);
	cr_assert_eq(bo_switch_seat_take(&seat, &place, &err), 0, "%s", err.text);
	rig->server = fork();
	cr_assert(rig->server >= 0);
	if (rig->server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(getppid() == parent ? rig_serve(rig, &seat, linger) : 1);
	}
	close(seat.listen_fd);
	close(seat.lock_fd);
}

/* Waits for a process to end and returns its exit status; -1 when it did not end by exiting. */
static inline int rig_reap(pid_t pid)
{
	int status = 0;

	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline void rig_stop(struct rig *rig)
{
	char sub[80];

	if (rig->server) {
		kill(rig->server, SIGTERM);
		cr_assert_eq(rig_reap(rig->server), 0);
	}
	snprintf(sub, sizeof(sub), "%s/brownout", rig->dir);
	cr_assert(rmdir(sub) == 0 || errno == ENOENT, "the server left something in %s", sub);
	cr_assert_eq(rmdir(rig->dir), 0);
	fake_state_free(rig->state);
}

static inline int rig_open(struct rig *rig, struct bo_switch_client *client, uint8_t outputs,
			   uint8_t safe, const char *name, struct bo_err *err)
{
	struct bo_switch_request lease = {
		.verb = BO_SWITCH_LEASE, .outputs = outputs, .levels = safe};

	snprintf(lease.name, sizeof(lease.name), "%s", name);
	return bo_switch_client_open(client, &rig->address, &lease, &rig->loop, err);
}

static inline void rig_must_open(struct rig *rig, struct bo_switch_client *client, uint8_t outputs,
				 uint8_t safe, const char *name)
{
	struct bo_err err = {0};

	cr_assert_eq(rig_open(rig, client, outputs, safe, name, &err), 0, "%s", err.text);
}

static inline int rig_set(struct bo_switch_client *client, uint8_t mask, uint8_t levels,
			  struct bo_err *err)
{
	struct bo_switch_request request = {
		.verb = BO_SWITCH_SET, .outputs = mask, .levels = levels};
	struct bo_switch_answer answer;

	return bo_switch_client_call(client, request, &answer, err);
}

static inline void rig_release(struct bo_switch_client *client)
{
	struct bo_switch_request request = {.verb = BO_SWITCH_RELEASE};
	struct bo_switch_answer answer;
	struct bo_err err = {0};

	cr_assert_eq(bo_switch_client_call(client, request, &answer, &err), 0, "%s", err.text);
	bo_switch_client_close(client);
}

/* A client in a process of its own that leases, sets and then only waits to be killed. */
static inline pid_t rig_holder(struct rig *rig, uint8_t outputs, uint8_t safe, uint8_t levels)
{
	int ready[2];
	char byte;
	pid_t pid;

	cr_assert_eq(pipe(ready), 0);
	pid = fork();
	cr_assert(pid >= 0);
	if (pid == 0) {
		struct bo_switch_client client;
		struct bo_err err = {0};

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (rig_open(rig, &client, outputs, safe, "holder", &err) < 0 ||
		    rig_set(&client, outputs, levels, &err) < 0)
			_exit(1);
		(void)!write(ready[1], "r", 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	cr_assert_eq(read(ready[0], &byte, 1), 1, "the holder did not get its lease");
	close(ready[0]);
	return pid;
}

#define RIG_UNTIL(rig, condition)                                                      \
	do {                                                                           \
		bo_ns rig_deadline_ = bo_clock_stamp(&(rig)->clock) + RIG_PATIENCE_NS; \
		while (!(condition)) {                                                 \
			cr_assert(bo_clock_stamp(&(rig)->clock) < rig_deadline_,       \
				  "never came true: %s", #condition);                  \
			usleep(200);                                                   \
		}                                                                      \
	} while (0)

#endif
