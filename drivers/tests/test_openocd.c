#include "drivers/tests/openocd_rig.h"

/* What the driver asks OpenOCD for. */
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

Test(openocd, a_usb_port_selects_the_probe_instead_of_a_serial)
{
	struct rig rig;

	cr_assert_eq(rig_open(&rig, RACK "path: 1-1.4\n"), 0);
	set_script(&rig,
		   CONFIGURE "expect adapter usb location 1-1.4\nanswer 0 \n" INIT HALT IDENTIFY);
	cr_assert_eq(attach(&rig), 0, "%s", rig.err.text);
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
