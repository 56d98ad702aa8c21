#include "harness/engine/capability.h"

#include <string.h>

#include "drivers/api/device.h"
#include "harness/engine/bench.h"

#define STAND_IN "BOV"

const struct bo_capability bo_capabilities[] = {
	{BO_CAP_FLASH_OPS, "flash-ops", "faults inside flash operations",
	 "faults at `flash.op.N` are not applicable"},
	{BO_CAP_TEARS, "tears", "a cut leaves of a flash operation what it says",
	 "cuts with `:low`, `:clean` and the like are not applicable"},
	{BO_CAP_FINDS, "finds", "what a boot finds in RAM and as its reset cause is chosen",
	 "cuts with `:ram-zero`, `:cause-pin` and the like are for `brownout explore` alone, and "
	 "the "
	 "replay of what it found"},
	{BO_CAP_DIPS, "dips", "dips: power that comes back before the target is dead",
	 "faults with `dip` are not applicable"},
	{BO_CAP_SENSE, "sense", "a witness at the target's rail",
	 "a cut is proven by what the target says of it, or not at all"},
	{BO_CAP_FIRST_WORDS, "first-words", "the console hears a boot from its first word",
	 "it is blind after each power-on: what was said then proves and decides nothing"},
	{BO_CAP_QUIET_LINE, "quiet-line", "the console feeds nothing into a target that is off",
	 "an isolator is needed, or power may not really be off"},
	{BO_CAP_START_STATE, "start-state", "flash is set before each trial and read back after it",
	 "start state not proven; a wrong image is not told from a right one"},
	{BO_CAP_PROBE_RESET, "probe-reset", "the debug probe resets a target that runs",
	 "faults with `reset:probe` are not applicable"},
	{BO_CAP_RESET_PIN, "reset-pin", "the target's reset pin can be pulled",
	 "faults with `reset:pin` are not applicable"},
	{BO_CAP_INPUTS, "inputs", "pins of the target are watched",
	 "faults at `pin.NAME.N` are not applicable; promises about pins cannot be judged"},
	{BO_CAP_LOCK, "lock", "a production board, whose lock the probe tries",
	 "`locked` can only be broken"},
	{BO_CAP_DATAGRAMS, "datagrams", "the target has a place on a network",
	 "protocols over UDP cannot be used"},
	{BO_CAP_NETEM, "netem", "the target's network link can be made worse on purpose",
	 "scenarios with `network` and faults with `net` are not applicable"},
	{BO_CAP_KERNEL_TTY, "kernel-tty", "the console is a USB port of the kernel's own drivers",
	 "nothing is shown about them"},
	{BO_CAP_VIRTUAL_TIME, "virtual-time", "time is the simulation's: replayed byte for byte",
	 "trials take as long as the target does"},
	{0, NULL, NULL, NULL},
};

static const struct bo_capability *of_bit(unsigned bit)
{
	const struct bo_capability *at = bo_capabilities;

	while (at->bit != bit)
		at++;
	return at;
}

const struct bo_capability *bo_capability_for(const struct bo_fault *fault)
{
	static const unsigned of_reset[BO_RESET_COUNT] = {
		[BO_RESET_PROBE] = BO_CAP_PROBE_RESET, [BO_RESET_PIN] = BO_CAP_RESET_PIN};
	static const unsigned of_action[BO_ACTION_COUNT] = {
		[BO_ACTION_DIP] = BO_CAP_DIPS, [BO_ACTION_NET] = BO_CAP_NETEM};

	if (fault->ram || fault->cause)
		return of_bit(BO_CAP_FINDS);
	if (fault->tear)
		return of_bit(BO_CAP_TEARS);
	if (bo_point_input(fault->point) || bo_point_input(fault->after.point))
		return of_bit(BO_CAP_INPUTS);
	if (strcmp(fault->point, "flash.op") == 0 || strcmp(fault->after.point, "flash.op") == 0)
		return of_bit(BO_CAP_FLASH_OPS);
	if (fault->action == BO_ACTION_RESET)
		return of_bit(of_reset[fault->reset]);
	return of_action[fault->action] ? of_bit(of_action[fault->action]) : NULL;
}

const struct bo_capability *bo_capability_for_step(const struct bo_conf_choice *step)
{
	static const unsigned of_way[] = {
		[BO_RESET_WAY_PROTOCOL] = 0,
		[BO_RESET_WAY_PROBE] = BO_CAP_PROBE_RESET,
		[BO_RESET_WAY_PIN] = BO_CAP_RESET_PIN,
	};
	static const unsigned of_kind[BO_DO_COUNT] = {[BO_DO_FLASH] = BO_CAP_START_STATE};
	enum bo_step_kind kind = bo_step_kind_of(step);
	unsigned bit = kind == BO_DO_RESET ? of_way[bo_step_keys(step)->way] : of_kind[kind];

	return bit ? of_bit(bit) : NULL;
}

void bo_capability_names(unsigned caps, struct bo_buf *out)
{
	for (const struct bo_capability *at = bo_capabilities; at->name; at++)
		if (caps & at->bit)
			bo_buf_printf(out, "%s ", at->name);
}

/* ---- side by side ---- */

/* Whether any of its devices bears the mark of a stand-in, or time itself does. */
static bool is_virtual(const struct bo_rack_bench *bench)
{
	bool found = bo_bench_caps(bench) & BO_CAP_VIRTUAL_TIME;

	for (int role = 0; role < BO_ROLE_COUNT; role++) {
		const struct bo_conf_choice *choice = bo_rack_part(bench, (enum bo_role)role);
		const struct bo_driver *driver = bo_rack_driver(choice);
		struct bo_device device = {0};

		if (!driver || !driver->device)
			continue;
		driver->device(choice->config, &device);
		found = found ||
			(device.usb && strncmp(device.usb, STAND_IN, strlen(STAND_IN)) == 0);
	}
	return found;
}

static void row(const struct bo_rack_bench *const *benches, size_t count,
		const struct bo_capability *capability, struct bo_buf *out)
{
	bo_buf_printf(out, "| `%s` | %s |", capability->name, capability->means);
	for (size_t i = 0; i < count; i++)
		bo_buf_printf(out, " %s |",
			      bo_bench_caps(benches[i]) & capability->bit ? "yes" : "no");
	bo_buf_printf(out, " %s |\n", capability->without);
}

void bo_capability_table(const struct bo_rack_bench *const *benches, size_t count,
			 struct bo_buf *out)
{
	bo_buf_printf(out, "| capability | what it is |");
	for (size_t i = 0; i < count; i++)
		bo_buf_printf(out, " %s |", benches[i]->name);
	bo_buf_printf(out, " without it |\n|---|---|");
	for (size_t i = 0; i < count; i++)
		bo_buf_printf(out, "---|");
	bo_buf_printf(out, "---|\n");
	for (const struct bo_capability *at = bo_capabilities; at->name; at++)
		row(benches, count, at, out);
	bo_buf_printf(out, "| reality | whether it is hardware |");
	for (size_t i = 0; i < count; i++)
		bo_buf_printf(out, " %s |", is_virtual(benches[i]) ? "virtual" : "real");
	bo_buf_printf(out, " reports say so first |\n");
}
