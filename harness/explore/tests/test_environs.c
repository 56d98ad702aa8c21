#include <criterion/criterion.h>
#include <errno.h>
#include <sodium.h>

#include "drivers/update/smp.h"
#include "harness/explore/tests/staged.h"
#include "harness/image/mcuboot.h"

/* What surrounds a boot on the virtual board: RAM, reset cause, what no state has, and a host. */

static uint8_t memory[BO_BOARD_MEMORY_SIZE];

/* Loads one word and stands still: vectors, ldr r0, =addr; ldr r1, [r0]; b . */
static void looking_program(uint32_t addr)
{
	const uint16_t code[] = {0x4801, 0x6801, 0xE7FE, 0xBF00};
	const uint32_t vectors[] = {0x20005000, BOARD_FLASH_BASE + 9};

	board_blank_cells(memory);
	memcpy(memory, vectors, sizeof(vectors));
	memcpy(memory + 8, code, sizeof(code));
	memcpy(memory + 16, &addr, sizeof(addr));
}

static int boot_with(const struct bo_board_machine_config *config, struct bo_err *err)
{
	struct bo_board_machine *board = bo_board_machine_new(config);
	struct bo_machine machine = bo_board_machine_ops(board);
	struct bo_boot boot;
	int result = machine.ops->load(machine.self, memory, err);

	if (result == 0)
		result = machine.ops->boot(machine.self, NULL, &boot, err);
	bo_board_machine_free(board);
	return result;
}

Test(environs, a_boot_that_looks_at_what_no_state_has_ends_the_claim_unless_it_is_taken_as_modelled)
{
	static const struct {
		uint32_t addr;
		enum board_look look;
		const char *says;
	} cases[] = {
		{0xE000E018, BOARD_LOOK_TIME, "the time (0xe000e018) before its outcome"},
		{0x40010808, BOARD_LOOK_PIN, "the level of a pin (0x40010808)"},
		{0x4001244C, BOARD_LOOK_UNMODELLED, "the model of the chip lacks (0x4001244c)"},
	};
	struct bo_board_machine_config config = {.boot_ns = 1000000000, .silent = STAGED_SILENT};
	struct bo_err err = {0};

	looking_program(0x20000000);
	cr_assert_eq(boot_with(&config, &err), 0, "%s", err.text);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		looking_program(cases[i].addr);
		config.as_modelled = 7u & ~(1u << cases[i].look);
		cr_expect_eq(boot_with(&config, &err), -ENOTSUP);
		cr_expect_not_null(strstr(err.text, cases[i].says), "%s", err.text);
		config.as_modelled = 1u << cases[i].look;
		cr_expect_eq(boot_with(&config, &err), 0, "%s", err.text);
	}
}

static bool depends_on(const struct bo_boot *boot, uint32_t at)
{
	return boot->read[at / 64] >> at % 64 & 1;
}

Test(environs, a_boot_finds_the_ram_and_the_reset_cause_that_it_was_loaded_with)
{
	static uint8_t kept[BOARD_RAM_SIZE];
	static const struct {
		enum bo_ram ram;
		enum bo_found cause;
		const char *says;
	} cases[] = {
		{BO_RAM_GARBAGE, BO_FOUND_POWER, "cause=POR boots=1 ram=lost"},
		{BO_RAM_ZERO, BO_FOUND_PIN, "cause=PIN boots=1 ram=lost"},
		{BO_RAM_ONES, BO_FOUND_SOFT, "cause=SFT boots=1 ram=lost"},
		{BO_RAM_KEPT, BO_FOUND_WATCHDOG, "cause=IWDG boots=1 ram=kept"},
	};
	struct bo_board_machine_config config = staged_config;
	struct bo_board_machine *board;
	struct bo_machine machine;
	struct bo_err err = {0};
	struct bo_boot boot;

	config.forks_ram = true;
	config.kept = kept;
	board = bo_board_machine_new(&config);
	machine = bo_board_machine_ops(board);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_env env = bo_board_env(cases[i].ram, cases[i].cause);

		staged_memory("boot.bin", "app-2.0.0.bin", memory);
		memset(memory + STAGED_STATUS, 0xFF, 12); /* nothing to do */
		memcpy(memory + BO_BOARD_ENV, env.byte, BO_ENV_BYTES);
		cr_assert_eq(machine.ops->load(machine.self, memory, &err), 0, "%s", err.text);
		cr_assert_eq(machine.ops->boot(machine.self, NULL, &boot, &err), 0, "%s", err.text);
		cr_expect_not_null(strstr(boot.trace, cases[i].says), "%s", boot.trace);
		cr_expect(depends_on(&boot, BO_BOARD_ENV) && depends_on(&boot, BO_BOARD_ENV + 1));
		bo_board_machine_ram(board, kept);
	}
	memory[BO_BOARD_ENV] = BO_RAM_COUNT;
	cr_expect_eq(machine.ops->load(machine.self, memory, &err), -EINVAL);
	bo_board_machine_free(board);
}

/* ---- a host ---- */

static int smp_open(const struct bo_update_config *config, struct bo_update **ret,
		    struct bo_err *err)
{
	struct bo_smp_config smp = bo_smp_defaults;

	smp.line_max = config->line_max;
	return bo_smp_new(&smp, ret, err);
}

static const struct bo_protocol smp = {.name = "smp", .open = smp_open};

static uint8_t new_image[STAGED_SLOT];

/* The host of an update to app-2.0.0. */
static struct bo_host_config host_of(enum bo_host_work work)
{
	struct bo_host_config host = {.protocol = &smp, .update = {.line_max = 127}, .work = work};
	struct bo_image image;
	struct bo_err err = {0};

	staged_file("app-2.0.0.bin", new_image, sizeof(new_image));
	cr_assert_eq(bo_image_parse(new_image, 16384, &image, &err), 0, "%s", err.text);
	host.image = (struct bo_update_image){.data = new_image, .len = 16384};
	crypto_hash_sha256(host.image.file_sha256, new_image, 16384);
	memcpy(host.image.image_hash, image.hash, sizeof(image.hash));
	staged_memory("boot.bin", "app-2.0.0.bin", memory);
	cr_assert_eq(bo_image_parse(memory + STAGED_SLOT0, 16384, &image, &err), 0, "%s", err.text);
	memcpy(host.old_hash, image.hash, sizeof(image.hash));
	return host;
}

Test(environs, a_host_asks_confirms_or_updates_and_goes_by_what_the_target_says)
{
	enum { FROM_OLD, FROM_REQUEST };
	static const struct {
		enum bo_host_work work;
		int from;
		enum bo_host_end end;
		size_t ops_min;
	} cases[] = {
		{BO_HOST_ASKS, FROM_OLD, BO_HOST_OLD, 0},
		{BO_HOST_CONFIRMS, FROM_OLD, BO_HOST_OLD, 0},
		{BO_HOST_ASKS, FROM_REQUEST, BO_HOST_NEW, 3 * 8192},
		{BO_HOST_CONFIRMS, FROM_REQUEST, BO_HOST_NEW, 3 * 8192 + 1},
		{BO_HOST_UPDATES, FROM_OLD, BO_HOST_NEW, 4 * 8192},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_board_machine_config config = staged_config;
		struct bo_host_config host = host_of(cases[i].work);
		struct bo_board_machine *board;
		struct bo_machine machine;
		struct bo_err err = {0};
		struct bo_boot boot;

		config.outcome_count = 0;
		config.host = &host;
		config.ready = "BO-APP ver={version}";
		config.boot_ns = 60000000000;
		for (uint32_t end = 0; end < BO_HOST_ENDS; end++)
			config.host_outcome[end] = end;
		config.silent = BO_HOST_WORKS;
		if (cases[i].from == FROM_OLD)
			memset(memory + STAGED_SLOT1, 0xFF, BOARD_CELLS_SIZE - STAGED_SLOT1 - 1024);
		board = bo_board_machine_new(&config);
		machine = bo_board_machine_ops(board);
		cr_assert_eq(machine.ops->load(machine.self, memory, &err), 0, "%s", err.text);
		cr_assert_eq(machine.ops->boot(machine.self, NULL, &boot, &err), 0, "%s", err.text);
		cr_expect_eq(boot.outcome, cases[i].end, "case %zu: %u %s", i, boot.outcome,
			     boot.trace);
		cr_expect_geq(boot.log_len, cases[i].ops_min, "case %zu: %zu", i, boot.log_len);
		bo_board_machine_free(board);
	}
}

Test(environs, a_target_that_does_not_answer_is_unheard)
{
	struct bo_board_machine_config config = staged_config;
	struct bo_host_config host = host_of(BO_HOST_UPDATES);
	struct bo_board_machine *board;
	struct bo_machine machine;
	struct bo_err err = {0};
	struct bo_boot boot;

	config.host = &host;
	config.outcome_count = 0;
	config.boot_ns = 60000000000;
	config.ready = "BO-BOOT no image"; /* says so, and stands still */
	config.host_outcome[BO_HOST_UNHEARD] = 7;
	staged_memory("boot-forgetful.bin", "app-2.0.0.bin", memory);
	memset(memory + STAGED_SLOT0, 0xFF, BOARD_CELLS_SIZE - STAGED_SLOT0 - BOARD_PAGE_SIZE);
	board = bo_board_machine_new(&config);
	machine = bo_board_machine_ops(board);
	cr_assert_eq(machine.ops->load(machine.self, memory, &err), 0, "%s", err.text);
	cr_assert_eq(machine.ops->boot(machine.self, NULL, &boot, &err), 0, "%s", err.text);
	cr_expect_eq(boot.outcome, 7, "%u %s", boot.outcome, boot.trace);
	bo_board_machine_free(board);
}
