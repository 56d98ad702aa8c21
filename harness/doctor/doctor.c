#include "harness/doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness/doctor/check.h"

#define STAND_IN "BOV"

static const struct {
	const char *name;
	void (*run)(struct bo_doctor *doctor);
} checks[] = {
	{"openocd", bo_check_openocd},	 {"helpers", bo_check_helpers},
	{"groups", bo_check_groups},	 {"udev", bo_check_udev},
	{"latency", bo_check_latency},	 {"suspend", bo_check_suspend},
	{"grabbers", bo_check_grabbers}, {"netem", bo_check_netem},
	{"disk", bo_check_disk},	 {"clock", bo_check_clock},
	{"rack", bo_check_rack},
};

void bo_doctor_say(struct bo_doctor *doctor, enum bo_doctor_level level, const char *remedy,
		   const char *fmt, ...)
{
	static const char *const levels[] = {"ok", "warn", "bad"};
	struct bo_buf line = {0};
	char text[1024];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	bo_buf_printf(&line, "%-4s  %-8s  %s%s%s", levels[level], doctor->check, text,
		      remedy ? "; to do: " : "", remedy ? remedy : "");
	bo_buf_printable(doctor->out, line.data, line.len);
	bo_buf_add(doctor->out, "\n", 1);
	bo_buf_done(&line);
	if (level > doctor->worst)
		doctor->worst = level;
}

enum bo_doctor_level bo_doctor_run(const struct bo_doctor_host *host, const struct bo_rack *rack,
				   struct bo_buf *out)
{
	struct bo_doctor doctor = {.host = host, .rack = rack, .out = out};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		doctor.check = checks[i].name;
		checks[i].run(&doctor);
	}
	return doctor.worst;
}

/* ---- the rack's devices ---- */

struct visit {
	void (*device)(void *ctx, const struct bo_rack_bench *bench,
		       const struct bo_device *device);
	void *ctx;
	const struct bo_rack_bench *bench;
};

static void visit_choice(const struct visit *visit, const char *role,
			 const struct bo_conf_choice *choice)
{
	const struct bo_driver *driver = choice->option ? choice->option->tag : NULL;
	struct bo_device device;

	if (!driver || !driver->device)
		return;
	driver->device(choice->config, &device);
	device.role = role;
	visit->device(visit->ctx, visit->bench, &device);
}

static void visit_list(const struct visit *visit, const char *role, const struct bo_conf_list *list)
{
	const struct bo_conf_named_choice *parts = list->items;

	for (size_t i = 0; i < list->count; i++)
		visit_choice(visit, role, &parts[i].choice);
}

void bo_doctor_devices(const struct bo_rack *rack,
		       void (*visit)(void *ctx, const struct bo_rack_bench *bench,
				     const struct bo_device *device),
		       void *ctx)
{
	const struct bo_rack_bench *benches = rack ? rack->benches.items : NULL;

	for (size_t i = 0; rack && i < rack->benches.count; i++) {
		struct visit one = {visit, ctx, &benches[i]};

		visit_list(&one, "power", &benches[i].power);
		visit_list(&one, "console", &benches[i].consoles);
		visit_choice(&one, "probe", &benches[i].probe);
		visit_choice(&one, "network", &benches[i].network);
	}
}

bool bo_doctor_stand_in(const struct bo_device *device)
{
	return device->usb && strncmp(device->usb, STAND_IN, strlen(STAND_IN)) == 0;
}
