#include "drivers/tests/switch_usb_rig.h"

TestSuite(switch_usb, .init = set_up, .fini = tear_down, .timeout = 30);

Test(switch_usb, a_client_starts_the_server_and_drives_the_pin_without_a_glitch)
{
	struct bo_switch_client client;
	struct bo_err err = {0};

	plug_in(NULL, 0);
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

	plug_in(NULL, 0);
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

	plug_in(NULL, 0);
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

	plug_in(NULL, 0);
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

	plug_in(NULL, 0);
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

	plug_in(NULL, 0);
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

	plug_in(NULL, 0);
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

	plug_in(NULL, 0);
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

	plug_in(NULL, 0);
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
