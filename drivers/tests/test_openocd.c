#include "drivers/openocd/openocd.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/api/flash.h"
#include "harness/model/conf.h"

/* The driver against fixtures/bin/fake-openocd, which plays a script and dies of a surprise. */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define RACK                                              \
	"config: [interface/fake.cfg, target/fake.cfg]\n" \
	"program: fixtures/bin/fake-openocd\n"            \
	"timeout: 5 s\n"

#define CONFIGURE                                                  \
	"expect source \\[find interface/fake.cfg\\]\nanswer 0 \n" \
	"expect source \\[find target/fake.cfg\\]\nanswer 0 \n"
#define INIT                                 \
	"expect init; poll off\nanswer 0 \n" \
	"expect using_hla\nanswer 0 0\n"
#define HALT                             \
	"expect reset halt\nanswer 0 \n" \
	"expect \\[target current\\] curstate\nanswer 0 halted\n"
#define IDENTIFY                                                                    \
	"expect read_memory 0x1ffff7e8 32 3\nanswer 0 0xff564f42 0x30303030 0x12\n" \
	"expect read_memory 0xe0042000 32 1\nanswer 0 0x20036410\n"
#define ATTACH	  CONFIGURE INIT HALT IDENTIFY
#define RECONNECT "expect if {\\[using_jtag\\]} {jtag arp_init}; dap init\nanswer 0 \n"
#define PARK                                                                \
	"expect set bo_ram *mwh $bo_ram 0xe7fe; resume $bo_ram; poll off; " \
	"mww 0xe000edf0 0xa05f0000\nanswer 0 \n"                            \
	"expect read_memory 0xe000edf0 32 1\nanswer 0 0x01010000\n"
#define DROP                                                   \
	"expect *cget -dap\\]; $bo_dap dpreg 4 0\nanswer 0 \n" \
	"expect $bo_dap dpreg 4\nanswer 0 0x00000000\n"
#define DETACH PARK DROP
#define WRITE  "expect flash write_image erase */openocd-*.bin 0x08001000 bin\n"
#define VERIFY "expect verify_image */openocd-*.bin 0x08001000 bin\n"

static struct bo_clock clock_;
static struct bo_loop loop;

struct rig {
	char dir[64];
	struct bo_conf *conf;
	void *config;
	struct bo_driver_env env;
	struct bo_flash *flash;
	struct bo_flash_id id;
	struct bo_err err;
};

static void write_file(const struct rig *rig, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", rig->dir, name);
	FILE *file = fopen(path, "we");

	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

static void read_log(const struct rig *rig, char *out, size_t cap)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/openocd.log", rig->dir);
	FILE *file = fopen(path, "re");

	out[0] = '\0';
	if (!file)
		return;
	out[fread(out, 1, cap - 1, file)] = '\0';
	fclose(file);
}

static bool log_has(const struct rig *rig, const char *text)
{
	char log[16384];

	read_log(rig, log, sizeof(log));
	return strstr(log, text);
}

static void set_script(const struct rig *rig, const char *script)
{
	char path[128];

	write_file(rig, "script", script);
	snprintf(path, sizeof(path), "%s/script", rig->dir);
	setenv("FAKE_OPENOCD", path, 1);
}

static int rig_open(struct rig *rig, const char *rack)
{
	static const char template[] = "/tmp/bo-openocd-XXXXXX";
	struct bo_buf report = {0};
	struct bo_conf_args args = {.path = "rack.yaml",
				    .fields = bo_driver_openocd.fields,
				    .size = bo_driver_openocd.config_size};

	*rig = (struct rig){0};
	memcpy(rig->dir, template, sizeof(template));
	cr_assert_not_null(mkdtemp(rig->dir));
	bo_clock_real_init(&clock_);
	bo_loop_init(&loop, &clock_);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	int rc = bo_conf_read_text(&args, rack, strlen(rack), &rig->conf, &rig->config, &report);

	cr_assert_eq(rc, 0, "%s", report.data);
	bo_buf_done(&report);
	rig->env = (struct bo_driver_env){.loop = &loop, .bench = "b1", .run_dir = rig->dir};
	void *flash = NULL;

	rc = bo_driver_openocd.open(&rig->env, rig->config, &flash, &rig->err);
	rig->flash = flash;
	return rc;
}

/* Every process that this test's children or their children were, must be gone. */
static void no_process_is_left(void)
{
	for (int i = 0; i < 5000; i++) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0)
			return;
		if (pid == 0)
			bo_loop_sleep_until(&loop, bo_loop_now(&loop) + BO_MS);
	}
	cr_assert_fail("a process is left");
}

static void remove_dir(const struct rig *rig)
{
	char path[400];
	DIR *dir = opendir(rig->dir);
	struct dirent *entry;

	while ((entry = readdir(dir))) {
		cr_expect(!strstr(entry->d_name, ".bin"), "%s is left", entry->d_name);
		snprintf(path, sizeof(path), "%s/%s", rig->dir, entry->d_name);
		unlink(path);
	}
	closedir(dir);
	rmdir(rig->dir);
}

static void rig_close(struct rig *rig)
{
	bo_flash_close(rig->flash);
	no_process_is_left();
	remove_dir(rig);
	bo_conf_free(rig->conf);
}

static void rig_start(struct rig *rig, const char *script)
{
	cr_assert_eq(rig_open(rig, RACK), 0);
	set_script(rig, script);
}

static int attach(struct rig *rig)
{
	return bo_flash_attach(rig->flash, &rig->id, &rig->err);
}

/* ---- what it does ---- */

Test(openocd, attach_reads_who_is_there)
{
	struct rig rig;

	rig_start(&rig, ATTACH);
	cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
	cr_assert_str_eq(rig.id.uid, "424F56FF3030303012000000", "in the order of addresses");
	cr_assert_str_eq(rig.id.chip, "0x410");
	bo_flash_close(rig.flash);
	rig.flash = NULL;
	cr_assert(log_has(&rig, "script complete"));
	cr_assert(log_has(&rig, "> shutdown"), "it was asked to leave, not killed");
	rig_close(&rig);
}

Test(openocd, every_key_reaches_openocd_in_a_workable_order_and_quoted)
{
	struct rig rig;

	cr_assert_eq(rig_open(&rig, "config: [./my board.cfg, target/fake.cfg]\n"
				    "program: fixtures/bin/fake-openocd\n"
				    "serial: \"A {b]$c\"\ntransport: swd\nspeed: 1.5 MHz\n"
				    "reset: srst_only srst_nogate\n"
				    "uid-address: 0x10000060\nuid-size: 8\n"
				    "chip-address: 0x10000100\nchip-mask: 0xFFFFF\n"),
		     0);
	set_script(&rig, "expect source \\[find *my\\\\ board.cfg\\]\nanswer 0 \n"
			 "expect transport select swd\nanswer 0 \n"
			 "expect source \\[find target/fake.cfg\\]\nanswer 0 \n"
			 "expect adapter serial A\\\\ \\\\{b\\\\]\\\\$c\nanswer 0 \n"
			 "expect adapter speed 1500\nanswer 0 \n"
			 "expect reset_config srst_only srst_nogate\nanswer 0 \n" INIT HALT
			 "expect read_memory 0x10000060 32 2\nanswer 0 1 2\n"
			 "expect read_memory 0x10000100 32 1\nanswer 0 0x52840\n");
	cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
	cr_assert_str_eq(rig.id.uid, "0100000002000000");
	cr_assert_str_eq(rig.id.chip, "0x52840");
	rig_close(&rig);
}

Test(openocd, program_writes_and_verifies)
{
	struct rig rig;

	rig_start(&rig, ATTACH WRITE "answer 0 wrote 1024 bytes from file x in 0.05s\n" VERIFY
				     "answer 0 verified 4 bytes in 0.01s (1 KiB/s)\n");
	cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
	cr_assert_eq(bo_flash_program(rig.flash, 0x08001000, "abcd", 4, &rig.err), 0, "%s",
		     rig.err.text);
	rig_close(&rig);
}

Test(openocd, matches_takes_the_targets_own_checksum_both_ways)
{
	static const struct {
		const char *answer;
		bool equal;
	} cases[] = {
		{"answer 0 verified 4 bytes in 0.01s\n", true},
		{"log Error: checksum mismatch\nanswer -4 \n", false},
	};
	struct rig rig;
	char script[4096];

	for (size_t i = 0; i < COUNT(cases); i++) {
		bool equal = !cases[i].equal;

		snprintf(script, sizeof(script),
			 ATTACH "expect verify_image_checksum */openocd-*.bin 0x08001000 bin\n%s",
			 cases[i].answer);
		rig_start(&rig, script);
		cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
		cr_assert_eq(bo_flash_matches(rig.flash, 0x08001000, "abcd", 4, &equal, &rig.err),
			     0, "%s", rig.err.text);
		cr_assert_eq(equal, cases[i].equal);
		rig_close(&rig);
	}
}

#define DUMP "expect dump_image */openocd-*.bin 0x08001000 4\n"

Test(openocd, read_returns_the_dumped_bytes)
{
	struct rig rig;
	char data[5] = "";

	rig_start(&rig, ATTACH DUMP "file\nanswer 0 dumped 4 bytes in 0.01s\n");
	write_file(&rig, "bytes", "wxyz");
	cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
	cr_assert_eq(bo_flash_read(rig.flash, 0x08001000, data, 4, &rig.err), 0, "%s",
		     rig.err.text);
	cr_assert_str_eq(data, "wxyz");
	rig_close(&rig);
}

Test(openocd, one_child_serves_many_attachments)
{
	struct rig rig;

	rig_start(&rig, ATTACH DETACH RECONNECT HALT IDENTIFY DETACH);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
		cr_assert_eq(bo_flash_detach(rig.flash, &rig.err), 0, "%s", rig.err.text);
		cr_assert_eq(bo_flash_detach(rig.flash, &rig.err), 0, "already let go");
	}
	rig_close(&rig);
}

Test(openocd, a_transport_without_a_debug_port_is_let_go_by_ending_the_child)
{
	struct rig rig;

	rig_start(&rig, CONFIGURE "expect init; poll off\nanswer 0 \n"
				  "expect using_hla\nanswer 0 1\n" HALT IDENTIFY PARK);
	cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
	cr_assert_eq(bo_flash_detach(rig.flash, &rig.err), 0, "%s", rig.err.text);
	no_process_is_left();
	rig_close(&rig);
}

/* ---- what goes wrong ---- */

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

Test(openocd, what_adapters_call_no_probe_is_one_message_that_says_what_to_do)
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

Test(openocd, an_error_without_success_is_never_taken_for_success)
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

Test(openocd, a_child_that_dies_is_told_with_its_status_and_last_message)
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

Test(openocd, an_answer_that_is_none_ends_the_session)
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

Test(openocd, a_child_that_hangs_and_ignores_sigterm_is_killed_with_its_children)
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

Test(openocd, a_missing_program_is_named)
{
	struct rig rig;

	cr_assert_eq(rig_open(&rig, "config: target/x.cfg\nprogram: no-such-openocd\n"), 0);
	cr_assert_eq(attach(&rig), -ENOENT);
	cr_assert_str_eq(rig.err.text, "attach: program \"no-such-openocd\" not found in PATH");
	rig_close(&rig);
}

Test(openocd, a_failed_session_is_replaced_by_the_next_attach)
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

Test(openocd, a_child_that_cannot_find_its_target_again_is_replaced_at_once)
{
	struct rig rig;

	rig_start(&rig, ATTACH DETACH "expect *dap init\nanswer -4 \n");
	cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
	cr_assert_eq(bo_flash_detach(rig.flash, &rig.err), 0, "%s", rig.err.text);
	set_script(&rig, ATTACH);
	cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
	rig_close(&rig);
}

Test(openocd, a_child_that_died_unused_is_replaced_as_well)
{
	struct rig rig;

	rig_start(&rig, ATTACH DETACH "exit 7\n");
	cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
	cr_assert_eq(bo_flash_detach(rig.flash, &rig.err), 0, "%s", rig.err.text);
	set_script(&rig, ATTACH);
	cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
	rig_close(&rig);
}

Test(openocd, a_signal_ends_the_wait_and_the_child)
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

Test(openocd, nothing_works_without_attach)
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

Test(openocd, configuration_that_cannot_work_is_refused_before_anything_starts)
{
	static const struct {
		const char *rack, *text;
	} cases[] = {
		{"config: []\n", "names no file"},
		{"config: a.cfg\nuid-size: 6\n", "multiple of 4"},
		{"config: a.cfg\nreset: \"none; shutdown\"\n", "words of OpenOCD's reset_config"},
	};
	struct rig rig;

	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_expect_eq(rig_open(&rig, cases[i].rack), -EINVAL);
		cr_expect(strstr(rig.err.text, cases[i].text), "%s", rig.err.text);
		rig_close(&rig);
	}
}
