#include <unistd.h>

#include "drivers/api/console.h"
#include "drivers/api/flash.h"
#include "drivers/api/power.h"
#include "drivers/tests/exec_rig.h"

/* Programs of the user's own as a bench's power, console and probe. */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define NO_POWER "    power: {main: {driver: exec, set: {program: tool}}}\n"

/* ---- power ---- */

/* A switch: `set` keeps the level in a file, `get` and `sense` read it. */
#define SWITCH                                         \
	"case $1 in\n"                                 \
	"set) echo $2 >$D/level; echo $2 >>$D/log;;\n" \
	"get) echo \"output is $(cat $D/level)\";;\n"  \
	"sense) echo \"rail: $(cat $D/rail)\";;\nesac\n"

#define POWER                                                                                     \
	"    power:\n      main:\n        driver: exec\n"                                         \
	"        set: {program: tool, args: [set, \"{action}\"]}\n"                               \
	"        get: {program: tool, args: [get], on: is on, off: is off}\n"                     \
	"        sense: {program: tool, args: [sense], on: live, off: dead}\n        safe: off\n" \
	"        drain: 7 ms\n"

static void expect_log(const struct exec_rig *rig, const char *wanted)
{
	char path[128], text[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/log", rig->dir.path);
	f = fopen(path, "re");
	cr_assert(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	cr_expect_str_eq(text, wanted);
}

Test(exec, power_is_set_read_back_and_sensed_and_ends_in_its_safe_state)
{
	struct bo_err err = {0};
	struct exec_rig rig;
	bool on = false;
	bo_ns at = 0;

	exec_rig_ready(&rig, SWITCH, POWER);
	struct bo_power *power = exec_rig_part(&rig, BO_ROLE_POWER);
	bo_ns before = bo_clock_stamp(&rig.clock);

	cr_expect_eq(power->drain_ns, 7 * BO_MS);
	cr_expect_eq(bo_power_set(power, true, &at, &err), 0, "%s", err.text);
	cr_expect_geq(at, before);
	cr_expect(bo_power_get(power, &on, &err) == 0 && on);
	scratch_write(&rig.dir, "rail", "dead\n");
	cr_expect(bo_power_sense(power, &on, &err) == 0 && !on);
	scratch_write(&rig.dir, "rail", "live\n");
	cr_expect(bo_power_sense(power, &on, &err) == 0 && on);
	bo_power_close(power);
	expect_log(&rig, "on\noff\n");
	power = exec_rig_part(&rig, BO_ROLE_POWER);
	cr_expect_eq(bo_power_set(power, true, &at, &err), 0);
	power->keep = true;
	bo_power_close(power);
	expect_log(&rig, "on\noff\non\n");
	exec_rig_close(&rig);
}

Test(exec, what_a_power_program_does_wrong_is_the_rigs_fault)
{
	static const struct {
		const char *script, *wanted;
		int rc;
	} cases[] = {
		{"echo 'no such\tport' >&2; exit 3",
		 "set off: program 'tool': exit 3: no such\\x09port", -EIO},
		{"kill -SEGV $$", "set off: program 'tool': killed by signal 11 (SEGV)", -EIO},
		{"echo hm >&2; sleep 60", "set off: program 'tool' was not done within 300 ms: hm",
		 -ETIMEDOUT},
		{"[ $1 = set ] || echo is on", "the output was switched off, and reads on", -EIO},
		{"[ $1 = set ] || echo is onis off",
		 "get: program 'tool' said both 'is on' and 'is off': is onis off", -EIO},
		{"exit 0", "get: program 'tool' said neither 'is on' nor 'is off'", -EIO},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_err err = {0};
		struct exec_rig rig;
		bo_ns at;

		exec_rig_ready(&rig, cases[i].script, POWER "        within: 300 ms\n");
		struct bo_power *power = exec_rig_part(&rig, BO_ROLE_POWER);

		cr_expect_eq(bo_power_set(power, false, &at, &err), cases[i].rc);
		cr_expect_str_eq(err.text, cases[i].wanted);
		power->keep = true;
		bo_power_close(power);
		exec_rig_close(&rig);
	}
}

Test(exec, what_cannot_be_filled_in_or_is_not_granted_is_a_mistake_in_the_rack_file)
{
	static const struct {
		const char *roles, *wanted;
	} cases[] = {
		{"    power: {main: {driver: exec, set: {program: other}}}\n",
		 "'set': the rack file grants no program 'other' under 'programs:'; it grants "
		 "tool"},
		{"    power: {main: {driver: exec, set: {program: tool, args: [\"{acton}\"]}}}\n",
		 "'set' has no word {acton} to fill in; it has {action}"},
		{"    power: {main: {driver: exec, set: {program: tool}, get: {program: tool, "
		 "on: a, off: a}}}\n",
		 "'get': 'on' and 'off' must be two different texts"},
		{NO_POWER "    consoles: {main: {driver: exec, run: {program: tool, args: "
			  "[\"{x}\"]}}}\n",
		 "'run' has no word {x} to fill in; it has none"},
		{NO_POWER "    probe: {driver: exec, identity: {program: tool}, read: {program: "
			  "tool}, write: {program: nope}}\n",
		 "'write': the rack file grants no program 'nope' under 'programs:'; it grants "
		 "tool"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct exec_rig rig;

		exec_rig_open(&rig, "");
		cr_expect_eq(exec_rig_read(&rig, cases[i].roles), -EINVAL);
		cr_expect(rig.report.data && strstr(rig.report.data, cases[i].wanted), "%s\n%s",
			  cases[i].wanted, rig.report.data);
		exec_rig_close(&rig);
	}
}

Test(exec, drivers_declare_what_their_programs_can_do)
{
	static const struct {
		const char *roles;
		enum bo_role role;
		unsigned caps;
	} cases[] = {
		{NO_POWER, BO_ROLE_POWER, 0},
		{POWER, BO_ROLE_POWER, BO_CAP_SENSE},
		{NO_POWER "    consoles: {main: {driver: exec, run: {program: tool}}}\n",
		 BO_ROLE_CONSOLE, BO_CAP_FIRST_WORDS},
		{NO_POWER
		 "    consoles: {main: {driver: exec, run: {program: tool}, quiet: yes}}\n",
		 BO_ROLE_CONSOLE, BO_CAP_FIRST_WORDS | BO_CAP_QUIET_LINE},
		{NO_POWER "    probe: {driver: exec, identity: {program: tool}, read: {program: "
			  "tool}, write: {program: tool}}\n",
		 BO_ROLE_PROBE, BO_CAP_START_STATE},
		{NO_POWER "    probe: {driver: exec, identity: {program: tool}, read: {program: "
			  "tool}, write: {program: tool}, reset: {program: tool}}\n",
		 BO_ROLE_PROBE, BO_CAP_START_STATE | BO_CAP_PROBE_RESET},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct exec_rig rig;

		exec_rig_ready(&rig, "", cases[i].roles);
		const struct bo_conf_choice *choice =
			bo_rack_part(rig.rack->benches.items, cases[i].role);
		const struct bo_driver *driver = bo_rack_driver(choice);

		cr_expect_eq(driver->caps | driver->able(choice->config), cases[i].caps, "%zu", i);
		exec_rig_close(&rig);
	}
}

/* ---- console ---- */

#define CONSOLE NO_POWER "    consoles: {main: {driver: exec, run: {program: tool}}}\n"

struct heard {
	char text[256];
	size_t len;
	char lost[256];
	unsigned losses;
};

static void hear(void *ctx, bo_ns at, const uint8_t *data, size_t len)
{
	struct heard *heard = ctx;

	(void)at;
	cr_assert_lt(heard->len + len, sizeof(heard->text));
	memcpy(heard->text + heard->len, data, len);
	heard->len += len;
}

static void lose(void *ctx, bo_ns at, const struct bo_err *why)
{
	struct heard *heard = ctx;

	(void)at;
	heard->losses++;
	(void)bo_str_copy(heard->lost, sizeof(heard->lost), why->text);
}

static bool has_lost(void *ctx)
{
	return ((struct heard *)ctx)->losses > 0;
}

static bool has_three(void *ctx)
{
	return ((struct heard *)ctx)->len >= 6;
}

static struct bo_console *open_console(struct exec_rig *rig, struct heard *heard)
{
	struct bo_console *console = exec_rig_part(rig, BO_ROLE_CONSOLE);

	console->rx = hear;
	console->lost = lose;
	console->ctx = heard;
	return console;
}

Test(exec, a_console_programs_output_and_input_are_the_line)
{
	struct bo_err err = {0};
	struct heard heard = {0};
	struct exec_rig rig;

	exec_rig_ready(&rig, "exec cat", CONSOLE);
	struct bo_console *console = open_console(&rig, &heard);

	cr_expect_eq(bo_console_write(console, "a\0b\xff\r\n", 6, &err), 0);
	cr_expect_eq(bo_loop_until(&rig.loop, has_three, &heard, rig.clock.now + 60 * BO_S), 0);
	cr_expect_arr_eq(heard.text, "a\0b\xff\r\n", 6);
	cr_expect_eq(heard.losses, 0);
	bo_console_close(console);
	exec_rig_close(&rig);
}

Test(exec, a_console_program_that_ends_is_a_lost_line_with_its_last_words)
{
	char much[9000] = "";
	struct bo_err err = {0};
	struct heard heard = {0};
	struct exec_rig rig;

	exec_rig_ready(&rig, "echo first; echo 'login failed' >&2; exit 2", CONSOLE);
	struct bo_console *console = open_console(&rig, &heard);

	cr_expect_eq(bo_loop_until(&rig.loop, has_lost, &heard, rig.clock.now + 60 * BO_S), 0);
	cr_expect_str_eq(heard.text, "first\n");
	cr_expect(strstr(heard.lost, "program 'tool': "), "%s", heard.lost);
	cr_expect(strstr(heard.lost, ": login failed"), "%s", heard.lost);
	cr_expect_eq(bo_console_write(console, "x", 1, &err), -ENODEV);
	bo_console_close(console);
	exec_rig_close(&rig);
	exec_rig_ready(&rig, "exec sleep 1000", CONSOLE);
	console = open_console(&rig, &heard);
	/* the pipe takes 64 KiB, then the queue its 8 */
	int rc = 0;

	for (int i = 0; i < 20 && rc == 0; i++)
		rc = bo_console_write(console, much, 8000, &err);
	cr_expect_eq(rc, -ENOBUFS);
	cr_expect_eq(bo_console_flush(console, &err), 0);
	cr_expect_eq(bo_console_write(console, much, 8000, &err), 0);
	bo_console_close(console);
	exec_rig_close(&rig);
}

/* ---- probe ---- */

/* A chip of 64 bytes in a file. */
#define CHIP                                                                                 \
	"case $1 in\n"                                                                       \
	"id) echo noise; echo 'uid 424f5601'; echo 'chip 0x410';;\n"                         \
	"read) dd if=$D/chip of=$4 bs=1 skip=$(($2)) count=$3 2>/dev/null;;\n"               \
	"write) dd if=$4 of=$D/chip bs=1 seek=$(($2)) count=$3 conv=notrunc 2>/dev/null;;\n" \
	"erase) echo erase $2 $3 >>$D/log;;\nrelease) echo release >>$D/log;;\nesac\n"

#define PROBE                                                                                 \
	NO_POWER "    probe:\n      driver: exec\n"                                           \
		 "      identity: {program: tool, args: [id]}\n"                              \
		 "      read: {program: tool, args: [read, \"{address}\", \"{length}\", "     \
		 "\"{file}\"]}\n"                                                             \
		 "      write: {program: tool, args: [write, \"{address}\", \"{length}\", "   \
		 "\"{file}\"]}\n"                                                             \
		 "      erase: {program: tool, args: [erase, \"{address}\", \"{length}\"]}\n" \
		 "      release: {program: tool, args: [release]}\n"

Test(exec, flash_is_identified_written_verified_and_read_through_files)
{
	struct bo_flash_id id = {0};
	struct bo_err err = {0};
	struct exec_rig rig;
	char found[8] = "";
	bool equal = true;
	bo_ns at;

	exec_rig_ready(&rig, CHIP, PROBE);
	scratch_write(&rig.dir, "chip",
		      "................................................................");
	struct bo_flash *flash = exec_rig_part(&rig, BO_ROLE_PROBE);

	cr_expect_eq(bo_flash_attach(flash, &id, &err), 0, "%s", err.text);
	cr_expect_str_eq(id.uid, "424F5601");
	cr_expect_str_eq(id.chip, "0x410");
	cr_expect_eq(bo_flash_program(flash, 0x10, "brownout", 8, &err), 0, "%s", err.text);
	cr_expect_eq(bo_flash_read(flash, 0x12, found, 4, &err), 0, "%s", err.text);
	cr_expect_str_eq(found, "owno");
	cr_expect(bo_flash_matches(flash, 0x10, "brownoux", 8, &equal, &err) == 0 && !equal);
	cr_expect(bo_flash_matches(flash, 0x10, "brownout", 8, &equal, &err) == 0 && equal);
	cr_expect_eq(bo_flash_detach(flash, &err), 0);
	cr_expect_eq(bo_flash_reset(flash, &at, &err), -EOPNOTSUPP);
	expect_log(&rig, "erase 0x00000010 8\nrelease\n");
	bo_flash_close(flash);
	exec_rig_close(&rig);
}

Test(exec, a_flash_program_is_not_believed)
{
	static const struct {
		const char *script, *wanted;
	} cases[] = {
		{"[ $1 = read ] && head -c $3 /dev/zero >$4; exit 0",
		 "write: 4 bytes at 0x00000008 read back wrong"},
		{"exit 0", "read: program 'tool' wrote no file: No such file or directory"},
		{"[ $1 = read ] && echo ab >$4; exit 0",
		 "read: program 'tool' wrote 3 bytes, not 4"},
		{"[ $1 = read ] && echo abcdef >$4; exit 0",
		 "read: program 'tool' wrote more than 4 bytes, not 4"},
		{"[ $1 = read ] && ln -s /dev/zero $4; exit 0",
		 "read: program 'tool' wrote no file: Too many levels of symbolic links"},
		{"[ $1 != write ] || exit 9", "write: program 'tool': exit 9"},
	};
	static const char *const names[] = {"", "uid", "uid xyz", "uid 123", "uid "};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_err err = {0};
		struct exec_rig rig;

		exec_rig_ready(&rig, cases[i].script, PROBE);
		struct bo_flash *flash = exec_rig_part(&rig, BO_ROLE_PROBE);

		cr_expect_eq(bo_flash_program(flash, 8, "abcd", 4, &err), -EIO);
		cr_expect_str_eq(err.text, cases[i].wanted);
		bo_flash_close(flash);
		exec_rig_close(&rig);
	}
	for (size_t i = 0; i < COUNT(names); i++) {
		struct bo_flash_id id = {.uid = "untouched"};
		struct bo_err err = {0};
		struct exec_rig rig;
		char script[64];

		snprintf(script, sizeof(script), "echo '%s'", names[i]);
		exec_rig_ready(&rig, script, PROBE);
		struct bo_flash *flash = exec_rig_part(&rig, BO_ROLE_PROBE);

		cr_expect_eq(bo_flash_attach(flash, &id, &err), -EIO);
		cr_expect_str_eq(err.text, "identity: program 'tool' said no line 'uid HEX'");
		cr_expect_str_eq(id.uid, "untouched");
		bo_flash_close(flash);
		exec_rig_close(&rig);
	}
}
