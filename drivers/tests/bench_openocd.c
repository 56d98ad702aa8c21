#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/api/flash.h"
#include "drivers/openocd/openocd.h"
#include "drivers/tests/board_server.h"
#include "harness/base/prng.h"
#include "harness/base/proc.h"
#include "harness/model/conf.h"

/*
 * How long flashing 64 KiB takes through the driver, against plain `openocd -c program` on the same
 * virtual board in the same run. Each round flashes another image, so that nothing can be skipped;
 * rounds alternate, and the best of each counts: the host's other load only ever adds.
 */
#define SIZE   (64u * 1024)
#define ROUNDS 3

static char dir[] = "/tmp/bo-bench-XXXXXX";
static struct bo_clock clock_;
static struct bo_loop loop;
static uint8_t image[SIZE];

static bo_ns best(bo_ns a, bo_ns b)
{
	return a < b ? a : b;
}

static bo_ns stamp(void)
{
	return bo_clock_stamp(&clock_);
}

static void write_file(const char *name, const void *data, size_t len)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *file = fopen(path, "we");

	assert(file && fwrite(data, 1, len, file) == len);
	fclose(file);
}

static void new_image(struct bo_prng *prng)
{
	for (size_t i = 0; i < SIZE; i++)
		image[i] = (uint8_t)bo_prng_next(prng);
	write_file("image.bin", image, SIZE);
}

/* Runs the plain program with the board's files and `command`. */
static bo_ns plain(const char *command)
{
	char config[96];
	int status = 0;
	struct bo_proc proc;

	snprintf(config, sizeof(config), "%s/board.cfg", dir);
	const char *const argv[] = {"openocd",
				    "-l",
				    "/dev/null",
				    "-c",
				    "gdb_port disabled",
				    "-c",
				    "tcl_port disabled",
				    "-c",
				    "telnet_port disabled",
				    "-f",
				    config,
				    "-f",
				    "target/stm32f1x.cfg",
				    "-c",
				    command,
				    NULL};
	/* Its banner is no news; the log goes to /dev/null. */
	struct bo_proc_args args = {.argv = argv, .pipe_err = true};
	bo_ns begin = stamp();

	assert(bo_proc_spawn(&args, &proc, NULL) == 0);
	assert(bo_proc_wait(&proc, &loop, begin + 120 * BO_S, &status) == 0 && status == 0);
	bo_proc_kill(&proc);
	return stamp() - begin;
}

static struct bo_flash *open_driver(struct bo_driver_env *env, struct bo_conf **ret_conf)
{
	static const char rack[] = "config: [./board.cfg, target/stm32f1x.cfg]\n";
	char path[96];
	struct bo_buf report = {0};
	struct bo_conf_args args = {.path = path,
				    .fields = bo_driver_openocd.fields,
				    .size = bo_driver_openocd.config_size};
	void *config, *flash;

	snprintf(path, sizeof(path), "%s/rack.yaml", dir);
	assert(bo_conf_read_text(&args, rack, strlen(rack), ret_conf, &config, &report) == 0);
	bo_buf_done(&report);
	assert(bo_driver_openocd.open(env, config, &flash, NULL) == 0);
	return flash;
}

struct times {
	bo_ns plain, connect, attach, reattach, program, matches;
};

static void check(int rc, const struct bo_err *err)
{
	if (rc == 0)
		return;
	fprintf(stderr, "bench_openocd: %s\n", err->text);
	exit(1);
}

static void round_of_driver(struct bo_driver_env *env, struct times *t)
{
	struct bo_conf *conf;
	struct bo_flash *flash = open_driver(env, &conf);
	struct bo_flash_id id;
	struct bo_err err = {0};
	bool equal = false;
	bo_ns at[6];

	at[0] = stamp();
	check(bo_flash_attach(flash, &id, &err), &err);
	at[1] = stamp();
	check(bo_flash_detach(flash, &err), &err);
	at[2] = stamp();
	check(bo_flash_attach(flash, &id, &err), &err);
	at[3] = stamp();
	check(bo_flash_program(flash, BOARD_FLASH_BASE, image, SIZE, &err), &err);
	at[4] = stamp();
	check(bo_flash_matches(flash, BOARD_FLASH_BASE, image, SIZE, &equal, &err), &err);
	at[5] = stamp();
	assert(equal);
	t->attach = best(t->attach, at[1] - at[0]);
	t->reattach = best(t->reattach, at[3] - at[2]);
	t->program = best(t->program, at[4] - at[3]);
	t->matches = best(t->matches, at[5] - at[4]);
	bo_flash_close(flash);
	bo_conf_free(conf);
}

static void print(const char *what, bo_ns ns)
{
	printf("  %-44s %7.1f ms\n", what, (double)ns / 1e6);
}

int main(void)
{
	struct board_server server;
	struct bo_driver_env env = {.loop = &loop, .bench = "bench", .run_dir = dir};
	struct times t = {BO_NEVER, BO_NEVER, BO_NEVER, BO_NEVER, BO_NEVER, BO_NEVER};
	struct bo_prng prng;
	char text[200];

	assert(mkdtemp(dir));
	bo_clock_real_init(&clock_);
	bo_loop_init(&loop, &clock_);
	bo_prng_init(&prng, 1);
	board_server_start(&server, dir);
	int len = snprintf(text, sizeof(text),
			   "adapter driver remote_bitbang\nremote_bitbang host %s\n"
			   "remote_bitbang port 0\n",
			   server.socket_path);
	write_file("board.cfg", text, (size_t)len);
	snprintf(text, sizeof(text), "program %s/image.bin 0x08000000 verify; shutdown", dir);
	for (int i = 0; i < ROUNDS; i++) {
		new_image(&prng);
		t.connect = best(t.connect, plain("init; reset init; shutdown"));
		t.plain = best(t.plain, plain(text));
		new_image(&prng);
		round_of_driver(&env, &t);
	}
	board_server_stop(&server);
	printf("flashing 64 KiB, best of %d\n", ROUNDS);
	print("plain: openocd -c program ... verify", t.plain);
	print("plain: connecting alone", t.connect);
	print("driver: attach with a fresh child", t.attach);
	print("driver: attach again", t.reattach);
	print("driver: program and verify", t.program);
	print("driver: unchanged image recognised", t.matches);
	printf("  once connected, driver / plain: %.2f (bar 1.10)\n",
	       (double)t.program / (double)(t.plain - t.connect));
	write_file("openocd.log", "", 0);
	for (const char *const *name =
		     (const char *const[]){"openocd.log", "board.cfg", "image.bin", NULL};
	     *name; name++) {
		snprintf(text, sizeof(text), "%s/%s", dir, *name);
		unlink(text);
	}
	return rmdir(dir) == 0 ? 0 : 1;
}
