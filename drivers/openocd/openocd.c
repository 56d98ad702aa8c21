#include "drivers/openocd/openocd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/api/device.h"
#include "drivers/api/flash.h"
#include "drivers/openocd/ocd_config.h"
#include "drivers/openocd/ocd_scratch.h"
#include "drivers/openocd/ocd_session.h"

struct openocd {
	struct bo_flash flash;
	const struct bo_ocd_config *config;
	const char *run_dir;
	struct bo_ocd ocd;
	bool attached;
	bool has_dap; /* the transport lets debug power be dropped and taken up again */
};

/* What a command may take on top of `timeout`, by the data it moves. Generous: deadlines end hangs,
 * they do not measure. */
#define PROGRAM_PER_KIB (1 * BO_S) /* half-words one by one over a slow adapter */
#define CHECK_PER_KIB	(200 * BO_MS)

static bo_ns timeout_for(const struct openocd *self, size_t len, bo_ns per_kib)
{
	return self->config->timeout_ns + (bo_ns)len * per_kib / 1024;
}

/* Debug Halting Control and Status Register: ARMv7-M Architecture Reference Manual, C1.6.2. */
#define DHCSR		0xE000EDF0u
#define DHCSR_KEY	0xA05F0000u
#define DHCSR_C_DEBUGEN 0x1u
#define DHCSR_S_HALT	0x20000u

/* CTRL/STAT of the debug port: ARM Debug Interface Architecture Specification v5, B2.2.2. */
#define DP_CTRL_STAT	4
#define DP_POWER_MASK	0x50000000u /* CSYSPWRUPREQ, CDBGPWRUPREQ */
#define TARGET_COMMANDS "[target current]"

static struct openocd *to_openocd(struct bo_flash *flash)
{
	return (struct openocd *)flash;
}

/* Sends "verb WORD" with the word quoted. */
static int configure_word(struct openocd *self, const char *verb, const char *word,
			  const char *close, struct bo_err *err)
{
	struct bo_buf quoted = {0};
	int rc = bo_ocd_quote(&quoted, word);

	if (rc < 0)
		bo_err_set(err, rc, "openocd: control character in a name");
	else
		rc = bo_ocd_call(&self->ocd, self->config->timeout_ns, NULL, err, "%s %s%s", verb,
				 quoted.data, close);
	bo_buf_done(&quoted);
	return rc;
}

/* Nothing may touch the target on OpenOCD's own initiative, from the first moment on. */
static int init(struct openocd *self, struct bo_err *err)
{
	const struct bo_ocd_config *config = self->config;
	const char *which = config->serial ? config->serial : config->path;
	char shown[80];
	int rc = bo_ocd_call(&self->ocd, config->timeout_ns, NULL, err, "init; poll off");

	if (rc < 0 && which)
		bo_err_wrap(err, "probe %s%s", config->serial ? "" : "at USB port ",
			    bo_str_escape(shown, sizeof(shown), which, strlen(which)));
	return rc;
}

static int configure(struct openocd *self, struct bo_err *err)
{
	const struct bo_ocd_config *config = self->config;
	const char *const *files = config->files.items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < config->files.count; i++) {
		rc = configure_word(self, "source [find", files[i], "]", err);
		/* The first file names the adapter; the target's files ask for the transport. */
		if (rc == 0 && i == 0 && config->transport)
			rc = configure_word(self, "transport select", config->transport, "", err);
	}
	if (rc == 0 && config->serial)
		rc = configure_word(self, "adapter serial", config->serial, "", err);
	if (rc == 0 && config->path)
		rc = configure_word(self, "adapter usb location", config->path, "", err);
	if (rc == 0 && config->speed_hz)
		rc = bo_ocd_call(&self->ocd, self->config->timeout_ns, NULL, err,
				 "adapter speed %lld", (long long)(config->speed_hz + 999) / 1000);
	if (rc == 0 && config->reset)
		rc = bo_ocd_call(&self->ocd, self->config->timeout_ns, NULL, err, "reset_config %s",
				 config->reset);
	return rc < 0 ? rc : init(self, err);
}

/* High-level adapters keep the debug port to themselves. */
static int ask_transport(struct openocd *self, struct bo_err *err)
{
	struct bo_ocd_reply reply;
	uint32_t hla;
	int rc = bo_ocd_call(&self->ocd, self->config->timeout_ns, &reply, err, "using_hla");

	if (rc == 0 && bo_ocd_reply_words(&reply, &hla, 1) < 0)
		rc = bo_err_set(err, -EIO, "openocd: using_hla did not say yes or no");
	if (rc == 0)
		self->has_dap = hla == 0;
	return rc;
}

static int start(struct openocd *self, struct bo_err *err)
{
	struct bo_buf log_path = {0};

	bo_buf_printf(&log_path, "%s/openocd.log", self->run_dir);
	int rc = bo_ocd_start(&self->ocd, self->config->program, log_path.data, err);

	bo_buf_done(&log_path);
	if (rc == 0)
		rc = configure(self, err);
	return rc < 0 ? rc : ask_transport(self, err);
}

/* The target may have been without power since: its debug port is in its reset state, and what
 * OpenOCD remembers of it is wrong. */
static int reconnect(struct openocd *self, struct bo_err *err)
{
	return bo_ocd_call(&self->ocd, self->config->timeout_ns, NULL, err,
			   "if {[using_jtag]} {jtag arp_init}; dap init");
}

static int halt(struct openocd *self, struct bo_err *err)
{
	struct bo_ocd_reply state;
	int rc = bo_ocd_call(&self->ocd, self->config->timeout_ns, NULL, err, "reset halt");

	if (rc == 0)
		rc = bo_ocd_call(&self->ocd, self->config->timeout_ns, &state, err,
				 TARGET_COMMANDS " curstate");
	if (rc == 0 && !bo_ocd_reply_is(&state, "halted"))
		rc = bo_err_set(err, -EIO, "openocd: the target does not halt (it is %.*s)",
				(int)(state.len < 20 ? state.len : 20), state.text);
	return rc;
}

static int read_words(struct openocd *self, int64_t address, uint32_t *ret, size_t count,
		      struct bo_err *err)
{
	struct bo_ocd_reply reply;
	int rc = bo_ocd_call(&self->ocd, self->config->timeout_ns, &reply, err,
			     "read_memory 0x%08llx 32 %zu", (long long)address, count);

	if (rc == 0 && bo_ocd_reply_words(&reply, ret, count) < 0)
		rc = bo_err_set(err, -EIO, "openocd: read_memory did not return %zu words", count);
	return rc;
}

static int identify(struct openocd *self, struct bo_flash_id *ret, struct bo_err *err)
{
	const struct bo_ocd_config *config = self->config;
	uint32_t words[BO_UID_MAX / 4], chip;
	size_t count = (size_t)config->uid_size / 4;
	int rc = read_words(self, config->uid_address, words, count, err);

	if (rc == 0)
		rc = read_words(self, config->chip_address, &chip, 1, err);
	if (rc < 0)
		return rc;
	/* A word's first byte is its lowest: Cortex-M data are little-endian. */
	for (size_t i = 0; i < 4 * count; i++)
		snprintf(ret->uid + 2 * i, 3, "%02X",
			 (unsigned)(words[i / 4] >> 8 * (i % 4)) & 0xFF);
	snprintf(ret->chip, sizeof(ret->chip), "0x%x",
		 (unsigned)(chip & (uint32_t)config->chip_mask));
	return 0;
}

static int take_hold(struct openocd *self, bool fresh, struct bo_flash_id *ret, struct bo_err *err)
{
	int rc = fresh ? start(self, err) : reconnect(self, err);

	if (rc == 0)
		rc = halt(self, err);
	if (rc == 0)
		rc = identify(self, ret, err);
	return rc;
}

static int openocd_attach(struct bo_flash *flash, struct bo_flash_id *ret, struct bo_err *err)
{
	struct openocd *self = to_openocd(flash);
	struct bo_flash_id id;
	int rc = -ENODEV;

	self->attached = false;
	if (bo_ocd_running(&self->ocd)) {
		rc = take_hold(self, false, &id, err);
		if (rc < 0)
			bo_ocd_stop(&self->ocd);
	}
	/* A child that cannot find its target again is no use; a fresh one decides. */
	if (rc < 0 && rc != -EINTR) {
		rc = take_hold(self, true, &id, err);
		if (rc < 0)
			bo_ocd_stop(&self->ocd);
	}
	if (rc < 0) {
		bo_err_wrap(err, "attach");
		return rc;
	}
	self->attached = true;
	*ret = id;
	return 0;
}

/* A command succeeded only if it says how much it did, and that was all of it. */
static int demand_count(const struct bo_ocd_reply *reply, const char *verb, size_t least,
			struct bo_err *err)
{
	char text[80];
	uint64_t count;

	if (bo_ocd_reply_count(reply, verb, &count) == 0 && count >= least)
		return 0;
	bo_str_escape(text, sizeof(text), reply->text, reply->len);
	return bo_err_set(err, -EIO, "openocd: no proof that %zu bytes were %s: \"%s\"", least,
			  verb, text);
}

static int demand_attached(const struct openocd *self, struct bo_err *err)
{
	if (!self->attached || !bo_ocd_running(&self->ocd))
		return bo_err_set(err, -ENODEV, "openocd: not attached to the target");
	return 0;
}

static bool is_blank(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] != 0xFF)
			return false;
	return true;
}

/* Programming erased cells with what they hold would cost as much as programming an image. */
static int erase_span(struct openocd *self, uint32_t addr, size_t len, struct bo_err *err)
{
	struct bo_ocd_reply reply;

	return bo_ocd_call(&self->ocd, timeout_for(self, len, PROGRAM_PER_KIB), &reply, err,
			   "flash erase_address pad 0x%08x %zu", (unsigned)addr, len);
}

static int write_span(struct openocd *self, uint32_t addr, const char *file, size_t len,
		      struct bo_err *err)
{
	struct bo_ocd_reply reply;
	int rc = bo_ocd_call(&self->ocd, timeout_for(self, len, PROGRAM_PER_KIB), &reply, err,
			     "flash write_image erase %s 0x%08x bin", file, (unsigned)addr);

	return rc < 0 ? rc : demand_count(&reply, "wrote", len, err);
}

static int openocd_program(struct bo_flash *flash, uint32_t addr, const void *data, size_t len,
			   struct bo_err *err)
{
	struct openocd *self = to_openocd(flash);
	struct bo_ocd_reply reply;
	struct bo_ocd_scratch scratch;
	int rc = demand_attached(self, err);

	if (rc == 0)
		rc = bo_ocd_scratch_make(self->run_dir, data, len, &scratch, err);
	if (rc < 0)
		return rc;
	rc = is_blank(data, len) ? erase_span(self, addr, len, err)
				 : write_span(self, addr, scratch.quoted.data, len, err);
	if (rc == 0)
		rc = bo_ocd_call(&self->ocd, timeout_for(self, len, CHECK_PER_KIB), &reply, err,
				 "verify_image %s 0x%08x bin", scratch.quoted.data, (unsigned)addr);
	if (rc == 0)
		rc = demand_count(&reply, "verified", len, err);
	bo_ocd_scratch_done(&scratch);
	if (rc < 0)
		bo_err_wrap(err, "program %zu bytes at 0x%08x", len, (unsigned)addr);
	return rc;
}

static int openocd_matches(struct bo_flash *flash, uint32_t addr, const void *data, size_t len,
			   bool *ret_equal, struct bo_err *err)
{
	struct openocd *self = to_openocd(flash);
	struct bo_ocd_reply reply;
	struct bo_ocd_scratch scratch;
	int rc = demand_attached(self, err);

	if (rc == 0)
		rc = bo_ocd_scratch_make(self->run_dir, data, len, &scratch, err);
	if (rc < 0)
		return rc;
	/* OpenOCD loads a CRC routine into the target's RAM and runs it there. */
	rc = bo_ocd_call(&self->ocd, timeout_for(self, len, CHECK_PER_KIB), &reply, err,
			 "verify_image_checksum %s 0x%08x bin", scratch.quoted.data,
			 (unsigned)addr);
	bool differs = rc < 0 && bo_ocd_running(&self->ocd) &&
		       bo_ocd_logged(&self->ocd, "checksum mismatch");

	if (rc == 0)
		rc = demand_count(&reply, "verified", len, err);
	bo_ocd_scratch_done(&scratch);
	if (rc == 0 || differs) {
		*ret_equal = !differs;
		return 0;
	}
	bo_err_wrap(err, "compare %zu bytes at 0x%08x", len, (unsigned)addr);
	return rc;
}

static int openocd_read(struct bo_flash *flash, uint32_t addr, void *data, size_t len,
			struct bo_err *err)
{
	struct openocd *self = to_openocd(flash);
	struct bo_ocd_reply reply;
	struct bo_ocd_scratch scratch;
	int rc = demand_attached(self, err);

	if (rc == 0)
		rc = bo_ocd_scratch_make(self->run_dir, NULL, 0, &scratch, err);
	if (rc < 0)
		return rc;
	rc = bo_ocd_call(&self->ocd, timeout_for(self, len, CHECK_PER_KIB), &reply, err,
			 "dump_image %s 0x%08x %zu", scratch.quoted.data, (unsigned)addr, len);
	if (rc == 0)
		rc = demand_count(&reply, "dumped", len, err);
	if (rc == 0)
		rc = bo_ocd_scratch_read(&scratch, data, len, err);
	bo_ocd_scratch_done(&scratch);
	if (rc < 0)
		bo_err_wrap(err, "read %zu bytes at 0x%08x", len, (unsigned)addr);
	return rc;
}

/*
 * A core whose halting debug is switched off runs, and flash holds firmware that must not run yet.
 * So it is first sent into an endless loop (`b .`) at the start of OpenOCD's work area in RAM.
 * Since `reset halt` nothing but OpenOCD's own routines ran: no interrupt is enabled that could
 * take it out of there.
 */
static int park(struct openocd *self, struct bo_err *err)
{
	uint32_t dhcsr;
	int rc = bo_ocd_call(&self->ocd, self->config->timeout_ns, NULL, err,
			     "set bo_ram [" TARGET_COMMANDS " cget -work-area-phys]; "
			     "mwh $bo_ram 0xe7fe; resume $bo_ram; poll off; "
			     "mww 0x%08x 0x%08x",
			     DHCSR, DHCSR_KEY);

	if (rc == 0)
		rc = read_words(self, DHCSR, &dhcsr, 1, err);
	if (rc == 0 && (dhcsr & (DHCSR_C_DEBUGEN | DHCSR_S_HALT)))
		rc = bo_err_set(err, -EIO, "openocd: halting debug stays on (DHCSR 0x%08x)",
				(unsigned)dhcsr);
	return rc;
}

static int drop_power(struct openocd *self, struct bo_err *err)
{
	struct bo_ocd_reply reply;
	uint32_t stat;
	int rc = bo_ocd_call(&self->ocd, self->config->timeout_ns, NULL, err,
			     "set bo_dap [" TARGET_COMMANDS " cget -dap]; $bo_dap dpreg %d 0",
			     DP_CTRL_STAT);

	if (rc == 0)
		rc = bo_ocd_call(&self->ocd, self->config->timeout_ns, &reply, err,
				 "$bo_dap dpreg %d", DP_CTRL_STAT);
	if (rc == 0 && (bo_ocd_reply_words(&reply, &stat, 1) < 0 || (stat & DP_POWER_MASK)))
		rc = bo_err_set(err, -EIO, "openocd: debug power stays on");
	return rc;
}

static int openocd_detach(struct bo_flash *flash, struct bo_err *err)
{
	struct openocd *self = to_openocd(flash);

	if (!self->attached)
		return 0;
	self->attached = false;
	if (!bo_ocd_running(&self->ocd))
		return 0;
	int rc = park(self, err);

	if (rc == 0 && self->has_dap)
		rc = drop_power(self, err);
	/* Without a debug port of its own (or with one that cannot be left) only the end of the
	 * child makes sure that the target is let alone. */
	if (rc < 0 || !self->has_dap)
		bo_ocd_stop(&self->ocd);
	if (rc < 0)
		bo_err_wrap(err, "detach");
	return rc;
}

/* Application Interrupt and Reset Control Register: ARMv7-M, B3.2.6. */
#define AIRCR		  0xE000ED0Cu
#define AIRCR_SYSRESETREQ 0x05FA0004u

/* The core is neither examined nor halted: one write through the memory access port does it. */
static int openocd_reset(struct bo_flash *flash, bo_ns *ret_at, struct bo_err *err)
{
	struct openocd *self = to_openocd(flash);

	if (self->attached || !self->has_dap || !bo_ocd_running(&self->ocd))
		return bo_err_set(
			err, -EOPNOTSUPP,
			"openocd: a running target is reset through a debug port that was "
			"attached to and left before; this transport has none, or it was not");
	int rc = reconnect(self, err);

	if (rc == 0)
		rc = bo_ocd_call(&self->ocd, self->config->timeout_ns, NULL, err,
				 "set bo_target [target current]; $bo_target mww 0x%08x 0x%08x",
				 AIRCR, AIRCR_SYSRESETREQ);
	if (rc == 0) {
		*ret_at = bo_clock_stamp(self->ocd.loop->clock);
		rc = drop_power(self, err);
	}
	if (rc < 0)
		bo_ocd_stop(&self->ocd);
	return rc < 0 ? bo_err_wrap(err, "reset") : 0;
}

static void openocd_close(struct bo_flash *flash)
{
	struct openocd *self = to_openocd(flash);

	bo_ocd_done(&self->ocd);
	free(self);
}

static int openocd_open(struct bo_driver_env *env, const void *config, void **ret,
			struct bo_err *err)
{
	static const struct bo_flash_ops ops = {
		.name = "openocd",
		.attach = openocd_attach,
		.program = openocd_program,
		.matches = openocd_matches,
		.read = openocd_read,
		.detach = openocd_detach,
		.close = openocd_close,
		.reset = openocd_reset,
	};
	int rc = bo_ocd_config_check(config, err);

	if (rc < 0)
		return rc;
	struct openocd *self = calloc(1, sizeof(*self));

	if (!self)
		return bo_err_set(err, -ENOMEM, "out of memory");
	self->flash.ops = &ops;
	self->config = config;
	self->run_dir = env->run_dir;
	bo_ocd_init(&self->ocd, env->loop);
	*ret = &self->flash;
	return 0;
}

static void tell_device(const void *data, struct bo_device *ret)
{
	const struct bo_ocd_config *config = data;

	*ret = (struct bo_device){
		.kind = BO_DEVICE_PROBE,
		.usb = config->serial,
		.port = config->path,
		.interface = BO_DEVICE_INTERFACE_ANY,
		.program = config->program,
	};
}

const struct bo_driver bo_driver_openocd = {
	.name = "openocd",
	.help = "debug probe driven by OpenOCD",
	.role = BO_ROLE_PROBE,
	.caps = BO_CAP_START_STATE | BO_CAP_PROBE_RESET,
	.fields = bo_ocd_config_fields,
	.config_size = sizeof(struct bo_ocd_config),
	.open = openocd_open,
	.device = tell_device,
};
