#ifndef OPENOCD_RIG_H
#define OPENOCD_RIG_H

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/api/flash.h"
#include "drivers/openocd/openocd.h"
#include "harness/model/conf.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The driver against fixtures/bin/fake-openocd, which plays a script and dies of a surprise. */
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
#define DUMP   "expect dump_image */openocd-*.bin 0x08001000 4\n"

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

static inline void write_file(const struct rig *rig, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", rig->dir, name);
	FILE *file = fopen(path, "we");

	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

static inline void read_log(const struct rig *rig, char *out, size_t cap)
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

static inline bool log_has(const struct rig *rig, const char *text)
{
	char log[16384];

	read_log(rig, log, sizeof(log));
	return strstr(log, text);
}

static inline void set_script(const struct rig *rig, const char *script)
{
	char path[128];

	write_file(rig, "script", script);
	snprintf(path, sizeof(path), "%s/script", rig->dir);
	setenv("FAKE_OPENOCD", path, 1);
}

static inline int rig_open(struct rig *rig, const char *rack)
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
static inline void no_process_is_left(void)
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

static inline void remove_dir(const struct rig *rig)
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

static inline void rig_close(struct rig *rig)
{
	bo_flash_close(rig->flash);
	no_process_is_left();
	remove_dir(rig);
	bo_conf_free(rig->conf);
}

static inline void rig_start(struct rig *rig, const char *script)
{
	cr_assert_eq(rig_open(rig, RACK), 0);
	set_script(rig, script);
}

static inline int attach(struct rig *rig)
{
	return bo_flash_attach(rig->flash, &rig->id, &rig->err);
}

#endif
