#include <criterion/criterion.h>
#include <errno.h>

#include "drivers/api/gpio.h"
#include "drivers/ftdi/ftdi.h"
#include "drivers/ftdi/switch/switch_wave.h"
#include "drivers/tests/switch_rig.h"
#include "harness/model/conf.h"

/*
 * Open-drain outputs: pulled low or let go, never driven high. That is a claim about every moment,
 * so the fake chip is asked after each transfer whether it drives the pin and its latch is high.
 */
TestSuite(open_drain, .timeout = 60);

#define LINE  (1u << 3)
#define POWER (1u << 0)

static struct fake_state *state;
static struct fake_chip fake;
static struct bo_chip watched;
static struct bo_switch_pins pins;
static struct bo_clock test_clock;
static unsigned driven_high;

static void look(void)
{
	driven_high += state->outputs & state->latch & LINE ? 1 : 0;
}

static int watched_direct(struct bo_chip *chip, uint8_t outputs, struct bo_err *err)
{
	(void)chip;
	int rc = fake.chip.ops->direct(&fake.chip, outputs, err);

	look();
	return rc;
}

static int watched_write(struct bo_chip *chip, const uint8_t *latches, size_t len,
			 struct bo_err *err)
{
	(void)chip;
	int rc = fake.chip.ops->write(&fake.chip, latches, len, err);

	look();
	return rc;
}

static int watched_read(struct bo_chip *chip, uint8_t *ret, size_t count, struct bo_err *err)
{
	(void)chip;
	int rc = fake.chip.ops->read(&fake.chip, ret, count, err);

	look();
	return rc;
}

static int watched_open(struct bo_chip *chip, struct bo_err *err)
{
	(void)chip;
	return fake.chip.ops->open(&fake.chip, err);
}

static void watched_close(struct bo_chip *chip)
{
	(void)chip;
	fake.chip.ops->close(&fake.chip);
}

static void set_up(void)
{
	static const struct bo_chip_ops ops = {.open = watched_open,
					       .direct = watched_direct,
					       .write = watched_write,
					       .read = watched_read,
					       .close = watched_close};

	state = fake_state_new();
	cr_assert(state);
	fake_chip_init(&fake, state);
	state->arrival_ns = 0;
	watched = (struct bo_chip){.ops = &ops, .model = fake.chip.model};
	driven_high = 0;
	bo_clock_real_init(&test_clock);
	bo_switch_pins_init(&pins, &watched, &test_clock);
}

static void tear_down(void)
{
	cr_expect_eq(driven_high, 0, "driven high %u times", driven_high);
	bo_switch_pins_leave(&pins);
	fake_state_free(state);
}

static struct bo_switch_lease *must_lease(uint8_t outputs, uint8_t open_drain, uint8_t safe)
{
	struct bo_switch_lease want = {
		.outputs = outputs, .open_drain = open_drain, .safe = safe, .pid = 1, .name = "b1"};
	struct bo_switch_lease *lease = NULL;
	struct bo_err err = {0};

	cr_assert_eq(bo_switch_pins_lease(&pins, &want, &lease, &err), 0, "%s", err.text);
	return lease;
}

static int set(struct bo_switch_lease *lease, uint8_t levels)
{
	struct bo_err err = {0};

	return bo_switch_pins_set(&pins, lease, LINE, levels, &err);
}

static bool pulled(void)
{
	return state->outputs & LINE && !(state->latch & LINE);
}

Test(open_drain, is_an_input_until_it_is_pulled_and_again_when_let_go, .init = set_up,
     .fini = tear_down)
{
	struct bo_switch_lease *lease = must_lease(LINE | POWER, LINE, LINE | POWER);
	struct bo_err err = {0};

	cr_expect_not(state->outputs & LINE);
	cr_expect(state->outputs & state->latch & POWER, "the other one is an ordinary output");
	cr_assert_eq(set(lease, 0), 0);
	cr_expect(pulled());
	cr_assert_eq(set(lease, LINE), 0);
	cr_expect_not(state->outputs & LINE);
	cr_assert_eq(set(lease, 0), 0);
	cr_assert_eq(bo_switch_pins_release(&pins, lease, &err), 0, "%s", err.text);
	cr_expect_not(state->outputs & LINE, "a release lets go");
	cr_expect(state->outputs & state->latch & POWER);
}

Test(open_drain, held_low_by_others_is_no_fault_but_not_going_low_is, .init = set_up,
     .fini = tear_down)
{
	struct bo_switch_lease *lease = must_lease(LINE, LINE, LINE);

	state->stuck = LINE;
	state->stuck_levels = 0;
	cr_expect_eq(set(lease, LINE), 0, "a target without power holds its reset pin low");
	state->stuck_levels = LINE;
	cr_expect_eq(set(lease, 0), -EIO);
}

Test(open_drain, stays_let_go_when_the_chip_comes_back, .init = set_up, .fini = tear_down)
{
	struct bo_switch_lease *lease = must_lease(LINE, LINE, LINE);

	cr_assert_eq(set(lease, 0), 0);
	fake_unplug(state);
	(void)bo_switch_pins_tend(&pins);
	state->plugged = true;
	(void)bo_switch_pins_tend(&pins);
	cr_expect_not(state->outputs & LINE);
	cr_expect_eq(set(lease, 0), -ENODEV, "told once");
	cr_assert_eq(set(lease, 0), 0);
	cr_expect(pulled());
}

/* The pin that was a switch is high in the latch: it must be let go before that changes. */
Test(open_drain, takes_over_what_was_driven_high_without_an_edge)
{
	struct bo_err err = {0};

	set_up();
	struct bo_switch_lease *lease = must_lease(LINE, 0, LINE);

	cr_assert_eq(bo_switch_pins_release(&pins, lease, &err), 0);
	cr_assert(state->outputs & state->latch & LINE);
	fake_forget(state);
	(void)must_lease(LINE, LINE, LINE);
	cr_expect_eq(fake_edges(state, 3), 0);
	driven_high = 0; /* as a switch it was */
	tear_down();
}

Test(open_drain, plays_no_waveforms, .init = set_up, .fini = tear_down)
{
	struct bo_switch_lease *lease = must_lease(LINE | POWER, LINE, LINE | POWER);
	const uint32_t steps[] = {1000000};
	struct bo_switch_wave wave = {LINE, 0, 1, steps};
	struct bo_err err = {0};
	uint32_t byte_ns;

	cr_expect_eq(bo_switch_wave_tune(&pins, lease, &wave, &byte_ns, &err), -EDOM);
	cr_expect(strstr(err.text, "open-drain"), "%s", err.text);
}

/* ---- the driver, with a server ---- */

static int open_line(struct rig *rig, const char *yaml, struct bo_conf **conf, struct bo_line **ret,
		     struct bo_err *err)
{
	struct bo_driver_env env = {.loop = &rig->loop, .bench = "bench-1", .run_dir = rig->dir};
	struct bo_conf_args args = {.path = "rack.yaml",
				    .fields = bo_driver_ftdi_reset.fields,
				    .size = bo_driver_ftdi_reset.config_size};
	struct bo_buf report = {0};
	void *config, *line;

	cr_assert_eq(bo_conf_read_text(&args, yaml, strlen(yaml), conf, &config, &report), 0, "%s",
		     report.data);
	bo_buf_done(&report);
	int rc = bo_driver_ftdi_reset.open(&env, config, &line, err);

	if (rc == 0)
		*ret = line;
	return rc;
}

Test(open_drain, the_reset_line_pulls_and_lets_go_beside_the_power_switch)
{
	struct rig rig;
	struct bo_conf *conf;
	struct bo_line *line;
	struct bo_switch_client power;
	struct bo_err err = {0};
	bo_ns at = 0;

	rig_init(&rig);
	rig_start(&rig, BO_S);
	rig_must_open(&rig, &power, POWER, POWER, "power");
	cr_assert_eq(open_line(&rig, "usb: BOV-FAKE\npin: 3\n", &conf, &line, &err), 0, "%s",
		     err.text);
	cr_assert_eq(bo_line_set(line, true, &at, &err), 0, "%s", err.text);
	cr_expect_eq(fake_levels(rig.state) & (LINE | POWER), POWER);
	cr_expect_gt(at, 0);
	cr_assert_eq(rig_set(&power, POWER, 0, &err), 0, "%s", err.text);
	cr_expect_eq(rig.state->outputs & (LINE | POWER), LINE | POWER);
	bo_line_close(line);
	cr_expect_eq(rig.state->outputs & (LINE | POWER), POWER, "closing lets go");
	rig_release(&power);
	bo_conf_free(conf);
	rig_stop(&rig);
}

Test(open_drain, a_client_that_is_killed_lets_go)
{
	struct rig rig;
	struct bo_conf *conf;
	struct bo_line *line;
	struct bo_err err = {0};
	int ready[2];
	bo_ns at;
	char byte;

	rig_init(&rig);
	rig_start(&rig, 10 * BO_S);
	cr_assert_eq(pipe(ready), 0);
	pid_t holder = fork();

	if (holder == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (open_line(&rig, "usb: BOV-FAKE\npin: 3\n", &conf, &line, &err) < 0 ||
		    bo_line_set(line, true, &at, &err) < 0)
			_exit(1);
		(void)!write(ready[1], "r", 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	cr_assert_eq(read(ready[0], &byte, 1), 1, "the holder did not pull");
	close(ready[0]);
	cr_assert(rig.state->outputs & LINE);
	kill(holder, SIGKILL);
	(void)rig_reap(holder);
	RIG_UNTIL(&rig, !(rig.state->outputs & LINE));
	rig_stop(&rig);
}

Test(open_drain, a_line_that_cannot_be_is_refused)
{
	static const struct {
		const char *yaml, *says;
	} cases[] = {
		{"pin: 3\n", "give either usb"},
		{"usb: BOV-FAKE\ninterface: CBUS\npin: 4\n", "CBUS has pins 0 to 3"},
	};
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_err err = {0};
		struct bo_line *line;
		struct bo_conf *conf;

		cr_expect_eq(open_line(&rig, cases[i].yaml, &conf, &line, &err), -EINVAL);
		cr_expect(strstr(err.text, cases[i].says), "%s", err.text);
		bo_conf_free(conf);
	}
	rig_stop(&rig);
}

/* The server of another release answers in its own version; so does ours to an old client. */
Test(open_drain, an_old_client_is_told_what_to_do)
{
	struct bo_switch_request lease = {.verb = BO_SWITCH_LEASE, .outputs = 1, .name = "old"};
	uint8_t bytes[BO_SWITCH_REQUEST_MAX], answer[BO_SWITCH_ANSWER_SIZE];
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct bo_switch_place place;
	struct bo_err err = {0};
	struct rig rig;

	rig_init(&rig);
	rig_start(&rig, BO_S);
	cr_assert_eq(bo_switch_place(&rig.address, &place, &err), 0, "%s", err.text);
	memcpy(at.sun_path, place.socket, sizeof(at.sun_path));
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	cr_assert_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	(void)bo_switch_request_encode(&lease, bytes);
	bytes[2] = 3;
	cr_assert_eq(send(fd, bytes, 48, 0), 48);
	cr_assert_eq(recv(fd, answer, sizeof(answer), 0), BO_SWITCH_ANSWER_SIZE);
	cr_expect(strstr((char *)answer + 24, "another version"), "%.100s", answer + 24);
	cr_expect_eq(rig.state->outputs, 0);
	close(fd);
	rig_stop(&rig);
}
