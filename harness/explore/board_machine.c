#include "harness/explore/board_machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/model/pattern.h"

#define LINE_MAX_LEN 256u
#define TRACE_MAX    16384u
#define STEP_NS	     1000000
#define LAST_OPS_NS  1000000000 /* what is under way at the end is given so long */

struct bo_board_machine {
	struct bo_board_machine_config config;
	struct board *board;
	struct bo_host *host; /* NULL: nobody */
	uint8_t memory[BO_BOARD_MEMORY_SIZE];
	uint64_t read[BO_BOARD_MEMORY_SIZE / 64];

	struct bo_write *log;
	size_t log_len, log_room;
	bool log_lost; /* out of memory */

	char line[LINE_MAX_LEN];
	size_t line_len;
	char trace[TRACE_MAX];
	size_t trace_len;
	bool decided;
	uint32_t outcome;
};

/* ---- what the board does ---- */

static struct bo_write write_of(const struct board_event *event)
{
	struct bo_write write = {.at = event->addr - BOARD_FLASH_BASE,
				 .len = event->len,
				 .erase = event->len > 2,
				 .value = event->len > 2 ? 0 : event->data};

	if (event->op == BOARD_OP_OPTION) {
		write.at = BOARD_OPTIONS_AT + event->addr % BOARD_OPTIONS_SIZE;
		write.len = write.erase ? BOARD_PAGE_SIZE : write.len;
	}
	return write;
}

static void note_write(struct bo_board_machine *machine, const struct board_event *event)
{
	if (machine->log_len == machine->log_room) {
		size_t room = machine->log_room ? 2 * machine->log_room : 4096;
		struct bo_write *larger = realloc(machine->log, room * sizeof(*larger));

		if (!larger) {
			machine->log_lost = true;
			return;
		}
		machine->log = larger;
		machine->log_room = room;
	}
	machine->log[machine->log_len++] = write_of(event);
}

static void decide(struct bo_board_machine *machine, uint32_t outcome)
{
	machine->decided = true;
	machine->outcome = outcome;
}

static void note_line(struct bo_board_machine *machine)
{
	const struct bo_board_machine_config *config = &machine->config;

	for (size_t i = 0; i < config->outcome_count && !machine->decided; i++)
		if (bo_pattern_match(config->outcomes[i].pattern, machine->line, machine->line_len,
				     NULL))
			decide(machine, config->outcomes[i].outcome);
	if (machine->host && !machine->decided &&
	    bo_pattern_match(config->ready, machine->line, machine->line_len, NULL))
		bo_host_ready(machine->host, board_now(machine->board));
	machine->line_len = 0;
}

/* What the host has found out. */
static void note_host(struct bo_board_machine *machine)
{
	enum bo_host_end end = bo_host_end(machine->host);

	if (end != BO_HOST_WORKS && !machine->decided)
		decide(machine, machine->config.host_outcome[end]);
}

static void note_byte(struct bo_board_machine *machine, char byte)
{
	if (machine->trace_len < TRACE_MAX - 1)
		machine->trace[machine->trace_len++] = byte;
	if (byte == '\n')
		note_line(machine);
	else if (machine->line_len < LINE_MAX_LEN)
		machine->line[machine->line_len++] = byte;
	if (!machine->host || machine->decided)
		return;
	bo_host_hear(machine->host, board_now(machine->board), (uint8_t)byte);
	note_host(machine);
}

static void on_event(void *ctx, const struct board_event *event)
{
	struct bo_board_machine *machine = ctx;

	if (event->kind == BOARD_FLASH_OP)
		note_write(machine, event);
	else if (event->kind == BOARD_UART_TX && event->index == 0)
		note_byte(machine, (char)event->value);
}

/* ---- a boot ---- */

static int load(void *self, const uint8_t *memory, struct bo_err *err)
{
	struct bo_board_machine *machine = self;
	unsigned ram = memory[BO_BOARD_ENV], cause = memory[BO_BOARD_ENV + 1];

	if (ram >= BO_RAM_COUNT || cause >= BO_FOUND_COUNT ||
	    (ram == BO_RAM_KEPT && !machine->config.kept))
		return bo_err_set(err, -EINVAL, "environment %u, %u is none", ram, cause);
	board_renew(machine->board, memory);
	memcpy(machine->memory, memory, sizeof(machine->memory));
	return 0;
}

/* RM0008 7.3.10; the pin flag comes with each of them. */
static uint32_t flags_of(enum bo_found cause)
{
	static const uint32_t flags[BO_FOUND_COUNT] = {
		[BO_FOUND_PIN] = 1u << 26,
		[BO_FOUND_SOFT] = 1u << 28 | 1u << 26,
		[BO_FOUND_WATCHDOG] = 1u << 29 | 1u << 26,
		[BO_FOUND_WINDOW_WATCHDOG] = 1u << 30 | 1u << 26,
		[BO_FOUND_LOW_POWER] = 1u << 31 | 1u << 26,
	};

	return flags[cause]; /* 0: as it is at power-on */
}

static void power_on(struct bo_board_machine *machine)
{
	enum bo_ram ram = machine->memory[BO_BOARD_ENV];
	struct board_faults faults = {.power_on_cause =
					      flags_of(machine->memory[BO_BOARD_ENV + 1])};
	uint8_t content[BOARD_RAM_SIZE];

	board_set_faults(machine->board, &faults);
	board_power(machine->board, true);
	if (ram == BO_RAM_GARBAGE)
		return;
	memset(content, ram == BO_RAM_ONES ? 0xFF : 0, sizeof(content));
	board_ram_write(machine->board, ram == BO_RAM_KEPT ? machine->config.kept : content);
}

static bool cut_is_due(const struct bo_board_machine *machine, const struct bo_cut *cut)
{
	return cut && machine->log_len == cut->op && board_flash_busy(machine->board);
}

/* Power fails in the operation that has just begun. */
static void cut_now(struct bo_board_machine *machine, const struct bo_cut *cut)
{
	const struct bo_write *write = &machine->log[machine->log_len - 1];
	uint8_t unmoved[BOARD_FLASH_SIZE];

	for (uint32_t i = 0; i < write->len; i++)
		unmoved[i] = bo_tear_unmoved(cut->tear, write, i);
	board_cut(machine->board, unmoved);
	if (cut->tear == BO_TEAR_CLEAN)
		machine->log_len--;
}

/* What the host has to do by now. */
static void run_host(struct bo_board_machine *machine)
{
	int64_t now_ns = board_now(machine->board);
	uint8_t byte;

	while (machine->host && !machine->decided && bo_host_next(machine->host) <= now_ns) {
		if (bo_host_run(machine->host, now_ns, board_uart_baud(machine->board, 0), &byte))
			board_uart_rx(machine->board, 0, byte);
		note_host(machine);
	}
}

static int64_t limit_of(const struct bo_board_machine *machine, int64_t until_ns)
{
	int64_t next = machine->host ? bo_host_next(machine->host) : INT64_MAX;

	return next < until_ns ? next : until_ns;
}

/* Runs up to `until_ns`, the outcome, or the cut; false when nothing further will happen. */
static bool run_on(struct bo_board_machine *machine, int64_t until_ns, const struct bo_cut *cut)
{
	unsigned mask = 1u << BOARD_UART_TX | (cut ? 1u << BOARD_FLASH_OP : 0);
	bool decided = machine->decided;

	while (board_now(machine->board) < until_ns && machine->decided == decided &&
	       !cut_is_due(machine, cut)) {
		run_host(machine);
		if (machine->decided == decided &&
		    board_run(machine->board, limit_of(machine, until_ns), mask) == BOARD_NEVER)
			return false;
	}
	return true;
}

/* Operations under way at the end are carried out; a cut behind them is the end itself. */
static void run_out(struct bo_board_machine *machine, const struct bo_cut *cut)
{
	int64_t end_ns = board_now(machine->board) + LAST_OPS_NS;

	while (board_flash_busy(machine->board) && !cut_is_due(machine, cut) &&
	       board_now(machine->board) < end_ns)
		if (!run_on(machine, board_now(machine->board) + STEP_NS, cut))
			break;
}

static void run_boot(struct bo_board_machine *machine, const struct bo_cut *cut)
{
	struct board *board = machine->board;

	power_on(machine);
	if (run_on(machine, board_now(board) + machine->config.boot_ns, cut) &&
	    !cut_is_due(machine, cut) && machine->decided)
		run_on(machine, board_now(board) + machine->config.settle_ns, cut);
	run_out(machine, cut);
	if (cut_is_due(machine, cut))
		cut_now(machine, cut);
	else
		board_power(board, false);
}

/* A boot that looks at what is not in its memory belongs to no class. */
static int refuse_looks(const struct bo_board_machine *machine, struct bo_err *err)
{
	static const struct {
		enum board_look look;
		const char *what, *name;
	} looks[] = {
		{BOARD_LOOK_TIME, "the time", "time"},
		{BOARD_LOOK_PIN, "the level of a pin", "pins"},
		{BOARD_LOOK_UNMODELLED, "a register that the model of the chip lacks", "registers"},
	};
	uint32_t addr;

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (!(machine->config.as_modelled & 1u << looks[i].look) &&
		    board_looked_outside(machine->board, looks[i].look, &addr))
			return bo_err_set(err, -ENOTSUP,
					  "a boot looks at %s (0x%08x) before its outcome, and no "
					  "state has that: nothing can be claimed, unless the "
					  "scenario takes it 'as-modelled: [%s]'",
					  looks[i].what, addr, looks[i].name);
	return 0;
}

static void need(struct bo_board_machine *machine, uint32_t at)
{
	machine->read[at / 64] |= UINT64_C(1) << at % 64;
}

static void note_read(struct bo_board_machine *machine)
{
	uint32_t addr;

	memset(machine->read, 0, sizeof(machine->read));
	memcpy(machine->read, board_looked_at(machine->board), BOARD_CELLS_SIZE / 8);
	if (machine->config.forks_ram)
		need(machine, BO_BOARD_ENV); /* who can tell what is read before it is written */
	if (board_looked_outside(machine->board, BOARD_LOOK_CAUSE, &addr))
		need(machine, BO_BOARD_ENV + 1);
}

static int begin(struct bo_board_machine *machine, struct bo_err *err)
{
	machine->log_len = machine->line_len = machine->trace_len = 0;
	machine->decided = machine->log_lost = false;
	machine->outcome = machine->config.silent;
	return machine->host ? bo_host_begin(machine->host, err) : 0;
}

static int boot(void *self, const struct bo_cut *cut, struct bo_boot *ret, struct bo_err *err)
{
	struct bo_board_machine *machine = self;
	int result = begin(machine, err);

	if (result < 0)
		return result;
	run_boot(machine, cut);
	if (machine->log_lost)
		return bo_err_set(err, -ENOMEM, "out of memory for a boot's operations");
	result = refuse_looks(machine, err);
	if (result < 0)
		return result;
	board_cells(machine->board, machine->memory);
	note_read(machine);
	machine->trace[machine->trace_len] = 0;
	*ret = (struct bo_boot){
		.outcome = machine->outcome,
		.read = machine->read,
		.log = machine->log,
		.log_len = machine->log_len,
		.memory = machine->memory,
		.trace = machine->trace,
	};
	return 0;
}

struct bo_env bo_board_env(enum bo_ram ram, enum bo_found cause)
{
	return (struct bo_env){{(uint8_t)ram, (uint8_t)cause}};
}

void bo_board_machine_ram(const struct bo_board_machine *machine, uint8_t ret[BOARD_RAM_SIZE])
{
	board_ram(machine->board, ret);
}

/* ---- life ---- */

struct bo_board_machine *bo_board_machine_new(const struct bo_board_machine_config *config)
{
	struct bo_board_machine *machine = calloc(1, sizeof(*machine));
	struct board_config board = {.seed = 1, .uid = "BOV-EXPLORE", .event = on_event};

	if (!machine)
		return NULL;
	machine->config = *config;
	board.ctx = machine;
	machine->board = board_new(&board);
	if (config->host)
		machine->host = bo_host_new(config->host);
	if (!machine->board || board_watch(machine->board) || (config->host && !machine->host)) {
		bo_board_machine_free(machine);
		return NULL;
	}
	return machine;
}

void bo_board_machine_free(struct bo_board_machine *machine)
{
	if (!machine)
		return;
	board_free(machine->board);
	bo_host_free(machine->host);
	free(machine->log);
	free(machine);
}

struct bo_machine bo_board_machine_ops(struct bo_board_machine *machine)
{
	static const struct bo_machine_ops ops = {.load = load, .boot = boot};

	return (struct bo_machine){
		.self = machine,
		.ops = &ops,
		.size = BO_BOARD_MEMORY_SIZE,
		.page = BOARD_PAGE_SIZE,
		.env = BO_BOARD_ENV,
	};
}
