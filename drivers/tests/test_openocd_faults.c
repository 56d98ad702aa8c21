#include <signal.h>

#include "drivers/tests/openocd_rig.h"

/* What goes wrong, and that no process outlives it. */
static int try_attach(struct rig *rig)
{
	return attach(rig);
}

static int try_program(struct rig *rig)
{
	cr_assert_eq(attach(rig), 0, "%s", rig->err.text);
	return bo_flash_program(rig->flash, 0x08001000, "abcd", 4, &rig->err);
}

static int try_matches(struct rig *rig)
{
	bool equal;

	cr_assert_eq(attach(rig), 0, "%s", rig->err.text);
	return bo_flash_matches(rig->flash, 0x08001000, "abcd", 4, &equal, &rig->err);
}

static int try_read(struct rig *rig)
{
	char data[4] = "old";

	cr_assert_eq(attach(rig), 0, "%s", rig->err.text);
	int rc = bo_flash_read(rig->flash, 0x08001000, data, 4, &rig->err);

	cr_assert_str_eq(data, "old", "untouched on failure");
	return rc;
}

static int try_detach(struct rig *rig)
{
	cr_assert_eq(attach(rig), 0, "%s", rig->err.text);
	return bo_flash_detach(rig->flash, &rig->err);
}

struct failure {
	int (*act)(struct rig *rig);
	const char *script;
	int code;
	const char *texts[3]; /* all of them in the message */
};

static void check_failures(const struct failure *failures, size_t count)
{
	struct rig rig;

	for (size_t i = 0; i < count; i++) {
		const struct failure *f = &failures[i];

		rig_start(&rig, f->script);
		write_file(&rig, "bytes", "wx");
		int rc = f->act(&rig);

		cr_expect_eq(rc, f->code, "case %zu: %d, %s", i, rc, rig.err.text);
		cr_expect_eq(rig.err.code, f->code, "case %zu", i);
		for (int t = 0; t < 3 && f->texts[t]; t++)
			cr_expect(strstr(rig.err.text, f->texts[t]), "case %zu: \"%s\" not in: %s",
				  i, f->texts[t], rig.err.text);
		cr_expect_not(log_has(&rig, "unexpected"), "case %zu", i);
		rig_close(&rig);
	}
}

Test(openocd_faults, what_adapters_call_no_probe_is_one_message_that_says_what_to_do)
{
	/* Lines of OpenOCD 0.12.0's stlink, cmsis-dap, jlink, ftdi, buspirate and others. */
	static const struct {
		const char *line;
		int code;
		const char *text;
	} cases[] = {
		{"Error: open failed", -ENODEV, "no debug probe found"},
		{"Error: unable to find a matching CMSIS-DAP device", -ENODEV, "no debug probe"},
		{"Error: No J-Link device found", -ENODEV, "no debug probe found"},
		{"Error: unable to open ftdi device with vid 0403, pid 6014", -ENODEV, "no debug"},
		{"Error: Could not open serial port", -ENODEV, "no debug probe found"},
		{"Error: Error on socket 'connect': errno==2, message: No such file or directory.",
		 -ENODEV, "no debug probe found"},
		{"Error: Error on socket 'remote_bitbang_putc': errno==32", -ENODEV,
		 "the debug probe is gone"},
		{"Error: libusb_open() failed with LIBUSB_ERROR_ACCESS", -EACCES, "udev rule"},
		{"Error: libusb_claim_interface: LIBUSB_ERROR_BUSY", -EBUSY, "in use by another"},
		{"Error: JTAG scan chain interrogation failed: all ones", -EIO,
		 "no target answers"},
		{"Error: Error connecting DP: cannot read IDR", -EIO, "no target answers"},
		{"Error: something new", -EIO, "\"init; poll off\" failed: Error: something new"},
	};
	struct rig rig;
	char script[1024];

	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(script, sizeof(script),
			 CONFIGURE "expect init*\nlog Info : clock speed 100 kHz\nlog %s\n"
				   "log Error: what follows from it\nanswer -4 \n",
			 cases[i].line);
		rig_start(&rig, script);
		cr_expect_eq(attach(&rig), cases[i].code, "%s: %s", cases[i].line, rig.err.text);
		cr_expect(strstr(rig.err.text, cases[i].text), "%s", rig.err.text);
		cr_expect(strstr(rig.err.text, cases[i].line), "%s", rig.err.text);
		rig_close(&rig);
	}
}

Test(openocd_faults, an_error_without_success_is_never_taken_for_success)
{
	static const struct failure failures[] = {
		{try_attach,
		 CONFIGURE INIT "expect reset halt\nanswer 0 \n"
				"expect *curstate\nanswer 0 running\n",
		 -EIO,
		 {"the target does not halt (it is running)"}},
		{try_attach,
		 CONFIGURE INIT HALT "expect read_memory*\nanswer 0 0x1 0x2\n",
		 -EIO,
		 {"did not return 3 words"}},
		{try_program,
		 ATTACH WRITE "log Error: flash write algorithm aborted by target\n"
			      "answer 0 \n",
		 -EIO,
		 {"program 4 bytes at 0x08001000: openocd: no proof that 4 bytes were wrote"}},
		{try_program,
		 ATTACH WRITE "answer 0 wrote 2 bytes from file x\n",
		 -EIO,
		 {"no proof", "wrote 2 bytes"}},
		{try_program,
		 ATTACH WRITE "answer 0 wrote 4 bytes from file\n" VERIFY "answer 0 \n",
		 -EIO,
		 {"no proof that 4 bytes were verified"}},
		{try_program,
		 ATTACH WRITE "log Error: failed erasing sectors 4 to 4\nanswer -902 \n",
		 -EIO,
		 {"could not be erased", "failed erasing sectors 4 to 4"}},
		{try_program,
		 ATTACH WRITE "answer 0 wrote 4 bytes from file\n" VERIFY
			      "log Error: checksum mismatch\nanswer -4 diff 0\n",
		 -EIO,
		 {"\"verify_image ", "checksum mismatch"}},
		{try_matches,
		 ATTACH "expect verify_image_checksum*\nanswer 0 \n",
		 -EIO,
		 {"no proof that 4 bytes were verified"}},
		{try_matches,
		 ATTACH "expect verify_image_checksum*\n"
			"log Error: Invalid ACK (7) in DAP response\nanswer -4 \n",
		 -EIO,
		 {"compare 4 bytes at 0x08001000", "no target answers"}},
		{try_read, ATTACH DUMP "answer 0 \n", -EIO, {"no proof that 4 bytes were dumped"}},
		{try_read,
		 ATTACH DUMP "file\nanswer 0 dumped 4 bytes in 1s\n",
		 -EIO,
		 {"read 4 bytes at 0x08001000", "not 4 bytes long"}},
		{try_detach,
		 ATTACH "expect set bo_ram*\nanswer 0 \n"
			"expect read_memory 0xe000edf0*\nanswer 0 0x00030003\n",
		 -EIO,
		 {"halting debug stays on (DHCSR 0x00030003)"}},
		{try_detach,
		 ATTACH PARK "expect *dpreg 4 0\nanswer 0 \n"
			     "expect *dpreg 4\nanswer 0 0xf0000000\n",
		 -EIO,
		 {"detach: openocd: debug power stays on"}},
	};

	check_failures(failures, COUNT(failures));
}

Test(openocd_faults, a_child_that_dies_is_told_with_its_status_and_last_message)
{
	static const struct failure failures[] = {
		{try_attach,
		 "log Error: no such option\nexit 1\n",
		 -EPIPE,
		 {"openocd ended (exit 1)", "source [find interface/fake.cfg]",
		  "Error: no such option"}},
		{try_program,
		 ATTACH WRITE "log Info : half way\nexit 3\n",
		 -EPIPE,
		 {"program 4 bytes at", "openocd ended (exit 3) when asked to \"flash write_image",
		  "half way"}},
		{try_program,
		 ATTACH WRITE "raw brownout 10 0 wro\nexit 0\n",
		 -EPIPE,
		 {"openocd ended (exit 0)"}},
	};

	check_failures(failures, COUNT(failures));
}

Test(openocd_faults, an_answer_that_is_none_ends_the_session)
{
	static const struct failure failures[] = {
		{try_attach,
		 "expect *\nraw Open On-Chip Debugger\\x1a\nhang\n",
		 -EPROTO,
		 {"not an answer to", "Open On-Chip Debugger\\x1a"}},
		{try_program,
		 ATTACH WRITE "raw brownout 1 0 late\\x1a\nhang\n",
		 -EPROTO,
		 {"not an answer to \"flash write_image"}},
		{try_program,
		 ATTACH WRITE "raw \\x1b[2J\\x00\\x1a\nhang\n",
		 -EPROTO,
		 {"\\x1b[2J\\x00\\x1a"}},
	};

	check_failures(failures, COUNT(failures));
}

Test(openocd_faults, a_child_that_hangs_and_ignores_sigterm_is_killed_with_its_children)
{
	static const struct {
		int (*act)(struct rig *rig);
		const char *script, *asked;
	} cases[] = {
		{try_attach, CONFIGURE "expect init*\nlog Info : waiting\nhang\n",
		 "init; poll off"},
		{try_program, ATTACH WRITE "log Info : waiting\nhang\n", "flash write_image"},
	};
	struct rig rig;

	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_assert_eq(rig_open(&rig, "config: [interface/fake.cfg, target/fake.cfg]\n"
					    "program: fixtures/bin/fake-openocd\n"
					    "timeout: 1500 ms\n"),
			     0);
		set_script(&rig, cases[i].script);
		cr_expect_eq(cases[i].act(&rig), -ETIMEDOUT, "%s", rig.err.text);
		cr_expect(strstr(rig.err.text, cases[i].asked), "%s", rig.err.text);
		cr_expect(strstr(rig.err.text, "Info : waiting"), "%s", rig.err.text);
		no_process_is_left();
		rig_close(&rig);
	}
}

Test(openocd_faults, a_missing_program_is_named)
{
	struct rig rig;

	cr_assert_eq(rig_open(&rig, "config: target/x.cfg\nprogram: no-such-openocd\n"), 0);
	cr_assert_eq(attach(&rig), -ENODEV);
	cr_assert_str_eq(rig.err.text,
			 "attach: openocd: program \"no-such-openocd\" not found in PATH: "
			 "install it (Debian: apt install openocd) or set `program`");
	rig_close(&rig);
}

Test(openocd_faults, a_failed_session_is_replaced_by_the_next_attach)
{
	struct rig rig;

	rig_start(&rig, ATTACH WRITE "exit 1\n");
	cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
	cr_assert_eq(bo_flash_program(rig.flash, 0x08001000, "abcd", 4, &rig.err), -EPIPE);
	cr_assert_eq(bo_flash_program(rig.flash, 0x08001000, "abcd", 4, &rig.err), -ENODEV,
		     "not attached any more");
	set_script(&rig, ATTACH);
	cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
	rig_close(&rig);
}

Test(openocd_faults, a_child_that_cannot_find_its_target_again_is_replaced_at_once)
{
	struct rig rig;

	rig_start(&rig, ATTACH DETACH "expect *dap init\nanswer -4 \n");
	cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
	cr_assert_eq(bo_flash_detach(rig.flash, &rig.err), 0, "%s", rig.err.text);
	set_script(&rig, ATTACH);
	cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
	rig_close(&rig);
}

Test(openocd_faults, a_child_that_died_unused_is_replaced_as_well)
{
	struct rig rig;

	rig_start(&rig, ATTACH DETACH "exit 7\n");
	cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
	cr_assert_eq(bo_flash_detach(rig.flash, &rig.err), 0, "%s", rig.err.text);
	set_script(&rig, ATTACH);
	cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
	rig_close(&rig);
}

Test(openocd_faults, a_signal_ends_the_wait_and_the_child)
{
	struct rig rig;

	rig_start(&rig, CONFIGURE "expect init*\nhang\n");
	bo_loop_catch_signals();
	raise(SIGINT);
	cr_assert_eq(attach(&rig), -EINTR);
	cr_assert(strstr(rig.err.text, "interrupted"), "%s", rig.err.text);
	bo_loop_shield(true);
	rig_close(&rig);
}

Test(openocd_faults, nothing_works_without_attach)
{
	struct rig rig;
	bool equal;
	char data[4];

	rig_start(&rig, "");
	cr_assert_eq(bo_flash_program(rig.flash, 0, "abcd", 4, &rig.err), -ENODEV);
	cr_assert_eq(bo_flash_matches(rig.flash, 0, "abcd", 4, &equal, &rig.err), -ENODEV);
	cr_assert_eq(bo_flash_read(rig.flash, 0, data, 4, &rig.err), -ENODEV);
	cr_assert_eq(bo_flash_detach(rig.flash, &rig.err), 0);
	rig_close(&rig);
}

Test(openocd_faults, configuration_that_cannot_work_is_refused_before_anything_starts)
{
	static const struct {
		const char *rack, *text;
	} cases[] = {
		{"config: []\n", "names no file"},
		{"config: a.cfg\nuid-size: 6\n", "multiple of 4"},
		{"config: a.cfg\nserial: A\npath: 1-1\n", "either `serial` or `path`"},
		{"config: a.cfg\npath: 1-1.\n", "`path` is a USB port such as 1-1.4"},
		{"config: a.cfg\npath: 1\n", "`path` is a USB port"},
		{"config: a.cfg\npath: 1.4-1\n", "`path` is a USB port"},
		{"config: a.cfg\nreset: \"none; shutdown\"\n", "words of OpenOCD's reset_config"},
	};
	struct rig rig;

	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_expect_eq(rig_open(&rig, cases[i].rack), -EINVAL);
		cr_expect(strstr(rig.err.text, cases[i].text), "%s", rig.err.text);
		rig_close(&rig);
	}
}
