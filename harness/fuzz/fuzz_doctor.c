
#include "harness/doctor/doctor.h"
#include "harness/fuzz/fuzz_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The files of a host that are read, in the order of an input's parts. */
static const char *const files[] = {
	"etc/group",
	"run/systemd/sessions/4",
	"etc/udev/rules.d/60-brownout.rules",
	"lib/udev/rules.d/77-mm.rules",
	"proc/412/comm",
	"sys/bus/usb-serial/devices/ttyUSB0/latency_timer",
	"sys/bus/usb/devices/1-1/idVendor",
	"sys/bus/usb/devices/1-1/idProduct",
	"sys/bus/usb/devices/1-1/product",
	"sys/bus/usb/devices/1-1/power/control",
};

static bool may_not(const char *path, int mode)
{
	(void)path, (void)mode;
	return false;
}

static int netem_works(void)
{
	return 0;
}

static void lay_out(const char *dir, const uint8_t *data, size_t size)
{
	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		size_t len = 0;
		const char *text = fuzz_part(data, size, i, &len);

		fuzz_write(dir, files[i], text ? text : "", len);
	}
}

/* Whatever the files of a host hold: each finding is one printable line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const gid_t groups[] = {20};
	const char *dir = fuzz_dir();
	struct bo_doctor_host host = {
		.root = dir,
		.path = "",
		.self_dir = dir,
		.libexec_dir = dir,
		.run_dir = dir,
		.user = "ann",
		.uid = 1000,
		.groups = groups,
		.group_count = 1,
		.now = "2026-11-22T12:00:00Z",
		.built = "2026-11-01T12:00:00Z",
		.synced = 1,
		.may = may_not,
		.netem = netem_works,
	};
	struct bo_buf out = {0};

	lay_out(dir, data, size);
	(void)bo_doctor_run(&host, NULL, &out);
	assert(out.len > 0 && out.data[out.len - 1] == '\n');
	for (size_t i = 0; i < out.len; i++)
		assert(out.data[i] == '\n' || (out.data[i] >= 0x20 && out.data[i] < 0x7f));
	bo_buf_done(&out);
	return 0;
}
