#include "drivers/openocd/openocd.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/api/flash.h"
#include "drivers/tests/board_server.h"
#include "harness/base/prng.h"
#include "harness/model/conf.h"

/* Stock OpenOCD with its stock target file against the virtual board. */
#define BASE	   BOARD_FLASH_BASE
#define IMAGE_SIZE 8192u

static char dir[64];
static struct board_server server;
static struct bo_clock clock_;
static struct bo_loop loop;
static struct bo_conf *conf;
static struct bo_driver_env env;
static struct bo_flash *flash;
static struct bo_flash_id id;
static struct bo_err err;
static uint8_t image[IMAGE_SIZE];

static void write_config(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/board.cfg", dir);
	FILE *file = fopen(path, "we");

	cr_assert_not_null(file);
	fprintf(file,
		"adapter driver remote_bitbang\nremote_bitbang host %s\nremote_bitbang port 0\n",
		server.socket_path);
	fclose(file);
}

static void open_driver(void)
{
	static const char rack[] = "config: [./board.cfg, target/stm32f1x.cfg]\n";
	char path[96];
	struct bo_buf report = {0};
	void *config, *ret;

	snprintf(path, sizeof(path), "%s/rack.yaml", dir);
	struct bo_conf_args args = {.path = path,
				    .fields = bo_driver_openocd.fields,
				    .size = bo_driver_openocd.config_size};
	int rc = bo_conf_read_text(&args, rack, strlen(rack), &conf, &config, &report);

	cr_assert_eq(rc, 0, "%s", report.data);
	bo_buf_done(&report);
	bo_clock_real_init(&clock_);
	bo_loop_init(&loop, &clock_);
	env = (struct bo_driver_env){.loop = &loop, .bench = "b1", .run_dir = dir};
	cr_assert_eq(bo_driver_openocd.open(&env, config, &ret, &err), 0, "%s", err.text);
	flash = ret;
}

static void setup(void)
{
	struct bo_prng prng;

	strcpy(dir, "/tmp/bo-board-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	board_server_start(&server, dir);
	write_config();
	open_driver();
	bo_prng_init(&prng, 1);
	for (size_t i = 0; i < IMAGE_SIZE; i++)
		image[i] = (uint8_t)bo_prng_next(&prng);
}

static void teardown(void)
{
	char path[400];

	bo_flash_close(flash);
	bo_conf_free(conf);
	board_server_stop(&server);
	DIR *entries = opendir(dir);
	struct dirent *entry;

	while ((entry = readdir(entries))) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		unlink(path);
	}
	closedir(entries);
	rmdir(dir);
}

TestSuite(openocd_board, .init = setup, .fini = teardown, .timeout = 120);

static void attach(void)
{
	cr_assert_eq(bo_flash_attach(flash, &id, &err), 0, "%s", err.text);
}

static bool matches(void)
{
	bool equal = false;

	cr_assert_eq(bo_flash_matches(flash, BASE, image, IMAGE_SIZE, &equal, &err), 0, "%s",
		     err.text);
	return equal;
}

static struct board_answer ask(enum board_request request)
{
	struct board_answer answer;

	board_server_ask(&server, request, &answer);
	return answer;
}

Test(openocd_board, what_was_programmed_is_there_and_a_changed_bit_is_noticed)
{
	uint8_t data[IMAGE_SIZE];

	attach();
	cr_assert_str_eq(id.uid, "424F562D3030303030303100");
	cr_assert_str_eq(id.chip, "0x410");
	cr_assert_not(matches());
	cr_assert_eq(bo_flash_program(flash, BASE, image, IMAGE_SIZE, &err), 0, "%s", err.text);
	cr_assert(matches());
	cr_assert_eq(bo_flash_read(flash, BASE, data, IMAGE_SIZE, &err), 0, "%s", err.text);
	cr_assert_eq(memcmp(data, image, IMAGE_SIZE), 0);
	uint64_t instructions = ask(BOARD_FLIP).counters.instructions;

	attach();
	cr_assert_not(matches());
	cr_assert_gt(ask(BOARD_COUNT).counters.instructions, instructions,
		     "the checksum is computed by the target");
}

Test(openocd_board, erased_is_written_by_erasing)
{
	uint8_t blank[4 * 1024];
	bool equal = false;

	memset(blank, 0xFF, sizeof(blank));
	attach();
	cr_assert_eq(bo_flash_program(flash, BASE, image, sizeof(blank), &err), 0, "%s", err.text);
	uint64_t ops = ask(BOARD_COUNT).counters.flash_ops;

	cr_assert_eq(bo_flash_program(flash, BASE, blank, sizeof(blank), &err), 0, "%s", err.text);
	cr_assert_eq(ask(BOARD_COUNT).counters.flash_ops - ops, 4,
		     "four pages, no cell programmed");
	cr_assert_eq(bo_flash_matches(flash, BASE, blank, sizeof(blank), &equal, &err), 0);
	cr_assert(equal);
}

Test(openocd_board, between_detach_and_attach_there_is_not_one_access)
{
	attach();
	cr_assert_eq(bo_flash_detach(flash, &err), 0, "%s", err.text);
	uint64_t accesses = ask(BOARD_COUNT).counters.debug_accesses;

	ask(BOARD_OFF);
	bo_loop_sleep_until(&loop, bo_loop_now(&loop) + 300 * BO_MS);
	ask(BOARD_ON);
	bo_loop_sleep_until(&loop, bo_loop_now(&loop) + 300 * BO_MS);
	struct board_answer answer = ask(BOARD_COUNT);

	cr_assert_eq(answer.counters.debug_accesses, accesses);
	cr_assert_eq(answer.counters.debug_since_on, 0u);
	attach();
	cr_assert_not(matches());
	cr_assert_gt(ask(BOARD_COUNT).counters.debug_since_on, 0u, "the counter counts");
}

/* Firmware that erases page 64 as soon as it runs: unlock, PER, address, STRT, loop. */
static const uint16_t eraser[] = {
	0x5000, 0x2000, 0x0009, 0x0800,				/* vectors: stack, reset */
	0x4805, 0x4906, 0x6041, 0x4906, 0x6041,			/* KEYR = both keys */
	0x2102, 0x6101, 0x4905, 0x6141, 0x2142, 0x6101, 0xE7FE, /* CR, AR, CR, b . */
	0x2000, 0x4002, 0x0123, 0x4567, 0x89AB, 0xCDEF, 0x0000, 0x0801,
};

Test(openocd_board, a_released_core_does_not_run_what_is_in_flash)
{
	attach();
	cr_assert_eq(bo_flash_program(flash, BASE, eraser, sizeof(eraser), &err), 0, "%s",
		     err.text);
	attach(); /* halts it at its first instruction */
	uint64_t flash_ops = ask(BOARD_COUNT).counters.flash_ops;

	cr_assert_eq(bo_flash_detach(flash, &err), 0, "%s", err.text);
	bo_loop_sleep_until(&loop, bo_loop_now(&loop) + 100 * BO_MS);
	cr_assert_eq(ask(BOARD_COUNT).counters.flash_ops, flash_ops);
	ask(BOARD_OFF);
	ask(BOARD_ON);
	bo_loop_sleep_until(&loop, bo_loop_now(&loop) + 100 * BO_MS);
	cr_assert_eq(ask(BOARD_COUNT).counters.flash_ops, flash_ops + 1,
		     "after a power cycle it runs");
}

Test(openocd_board, a_running_core_is_reset_and_let_go_again)
{
	bo_ns at = 0;

	cr_expect_eq(bo_flash_reset(flash, &at, &err), -EOPNOTSUPP, "nobody was there before");
	attach();
	cr_assert_eq(bo_flash_program(flash, BASE, eraser, sizeof(eraser), &err), 0, "%s",
		     err.text);
	cr_expect_eq(bo_flash_reset(flash, &at, &err), -EOPNOTSUPP, "it is attached");
	cr_assert_eq(bo_flash_detach(flash, &err), 0, "%s", err.text);
	ask(BOARD_OFF);
	ask(BOARD_ON);
	bo_loop_sleep_until(&loop, bo_loop_now(&loop) + 100 * BO_MS);
	uint64_t flash_ops = ask(BOARD_COUNT).counters.flash_ops;
	bo_ns before = bo_loop_now(&loop);

	cr_assert_eq(bo_flash_reset(flash, &at, &err), 0, "%s", err.text);
	cr_expect_geq(at, before);
	bo_loop_sleep_until(&loop, bo_loop_now(&loop) + 100 * BO_MS);
	struct board_answer answer = ask(BOARD_COUNT);

	cr_assert_eq(answer.counters.flash_ops, flash_ops + 1, "it ran once more");
	bo_loop_sleep_until(&loop, bo_loop_now(&loop) + 300 * BO_MS);
	cr_assert_eq(ask(BOARD_COUNT).counters.debug_accesses, answer.counters.debug_accesses);
	/* the next trial's start state */
	attach();
	cr_assert_not(matches());
}

Test(openocd_board, a_target_without_power_is_told_and_found_again)
{
	ask(BOARD_OFF);
	int rc = bo_flash_attach(flash, &id, &err);

	cr_assert_eq(rc, -EIO, "%d %s", rc, err.text);
	cr_assert(strstr(err.text, "no target answers"), "%s", err.text);
	ask(BOARD_ON);
	attach();
	cr_assert_eq(bo_flash_detach(flash, &err), 0, "%s", err.text);
}

Test(openocd_board, power_lost_in_mid_write_is_an_error_and_the_next_attempt_succeeds)
{
	attach();
	ask(BOARD_CUT_SOON);
	int rc = bo_flash_program(flash, BASE, image, IMAGE_SIZE, &err);

	cr_assert_lt(rc, 0);
	cr_assert_not(ask(BOARD_COUNT).powered);
	cr_assert_eq(strncmp(err.text, "program 8192 bytes at 0x08000000: openocd: ", 43), 0, "%s",
		     err.text);
	ask(BOARD_ON);
	attach();
	cr_assert_eq(bo_flash_program(flash, BASE, image, IMAGE_SIZE, &err), 0, "%s", err.text);
	cr_assert(matches());
}

Test(openocd_board, an_adapter_that_is_not_there_is_no_probe)
{
	board_server_stop(&server);
	int rc = bo_flash_attach(flash, &id, &err);

	cr_assert_eq(rc, -ENODEV, "%d %s", rc, err.text);
	cr_assert(strstr(err.text, "no debug probe found"), "%s", err.text);
	board_server_start(&server, dir);
}
