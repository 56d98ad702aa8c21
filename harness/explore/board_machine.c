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
	uint8_t memory[BOARD_CELLS_SIZE];

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

static void note_line(struct bo_board_machine *machine)
{
	const struct bo_board_machine_config *config = &machine->config;

	for (size_t i = 0; i < config->outcome_count && !machine->decided; i++)
		if (bo_pattern_match(config->outcomes[i].pattern, machine->line, machine->line_len,
				     NULL)) {
			machine->decided = true;
			machine->outcome = config->outcomes[i].outcome;
		}
	machine->line_len = 0;
}

static void note_byte(struct bo_board_machine *machine, char byte)
{
	if (machine->trace_len < TRACE_MAX - 1)
		machine->trace[machine->trace_len++] = byte;
	if (byte == '\n')
		note_line(machine);
	else if (machine->line_len < LINE_MAX_LEN)
		machine->line[machine->line_len++] = byte;
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

	(void)err;
	board_renew(machine->board, memory);
	return 0;
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

/* Runs up to `until_ns`, the outcome, or the cut; false when nothing further will happen. */
static bool run_on(struct bo_board_machine *machine, int64_t until_ns, const struct bo_cut *cut)
{
	unsigned mask = 1u << BOARD_UART_TX | (cut ? 1u << BOARD_FLASH_OP : 0);
	bool decided = machine->decided;

	while (board_now(machine->board) < until_ns && machine->decided == decided &&
	       !cut_is_due(machine, cut))
		if (board_run(machine->board, until_ns, mask) == BOARD_NEVER)
			return false;
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

	board_power(board, true);
	if (run_on(machine, board_now(board) + machine->config.boot_ns, cut) &&
	    !cut_is_due(machine, cut) && machine->decided)
		run_on(machine, board_now(board) + machine->config.settle_ns, cut);
	run_out(machine, cut);
	if (cut_is_due(machine, cut))
		cut_now(machine, cut);
	else
		board_power(board, false);
}

static int boot(void *self, const struct bo_cut *cut, struct bo_boot *ret, struct bo_err *err)
{
	struct bo_board_machine *machine = self;

	machine->log_len = machine->line_len = machine->trace_len = 0;
	machine->decided = machine->log_lost = false;
	machine->outcome = machine->config.silent;
	run_boot(machine, cut);
	if (machine->log_lost)
		return bo_err_set(err, -ENOMEM, "out of memory for a boot's operations");
	board_cells(machine->board, machine->memory);
	machine->trace[machine->trace_len] = 0;
	*ret = (struct bo_boot){
		.outcome = machine->outcome,
		.read = board_looked_at(machine->board),
		.log = machine->log,
		.log_len = machine->log_len,
		.memory = machine->memory,
		.trace = machine->trace,
	};
	return 0;
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
	if (!machine->board || board_watch(machine->board)) {
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
	free(machine->log);
	free(machine);
}

struct bo_machine bo_board_machine_ops(struct bo_board_machine *machine)
{
	static const struct bo_machine_ops ops = {.load = load, .boot = boot};

	return (struct bo_machine){
		.self = machine,
		.ops = &ops,
		.size = BOARD_CELLS_SIZE,
		.page = BOARD_PAGE_SIZE,
	};
}
