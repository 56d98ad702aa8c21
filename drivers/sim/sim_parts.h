#ifndef BO_DRIVERS_SIM_SIM_PARTS_H
#define BO_DRIVERS_SIM_SIM_PARTS_H

#include "drivers/api/console.h"
#include "drivers/api/flash.h"
#include "drivers/api/gpio.h"
#include "drivers/api/power.h"
#include "drivers/sim/sim_supply.h"
#include "harness/model/tear.h"

/* What power, console and probe of one simulated bench share; private to drivers/sim. */

#define SIM_QUEUE_MAX 8192

/* The board's serial lines, in the order of its USARTs. */
enum { SIM_LINE_CONSOLE, SIM_LINE_NET, SIM_LINES };

struct sim_line {
	/* towards the target: bytes that are still on the line */
	uint8_t queue[SIM_QUEUE_MAX];
	size_t queued, sent;
	int64_t next_byte_at; /* when queue[sent] has arrived */
	int64_t byte_ns;
	bool breaks;

	/* from the target: what board_run() put out, until deliver() */
	uint8_t out[64];
	size_t out_len;
	int64_t out_at;
};

#define SIM_INPUTS_MAX 8
#define SIM_EDGES_MAX  (4 * SIM_INPUTS_MAX) /* of one instruction, and of power going off */

struct sim_input {
	struct bo_input input;
	struct sim *sim;
	uint32_t pin; /* port * 16 + pin */
	bool level, watched;
};

struct sim_edge {
	struct sim_input *input;
	bool level;
	int64_t at;
};

struct sim {
	struct bo_actor actor;
	struct bo_power power;
	struct bo_console console;
	struct bo_flash flash;
	struct bo_line reset;
	struct bo_driver_env *env;
	struct board *board;
	struct sim_supply supply;
	uint8_t uid[12];

	struct sim_line line[SIM_LINES];
	struct sim_net *net; /* NULL: none */
	bool holds_break;    /* the console does */

	/* from the target: what board_run() met, until deliver() */
	bool op_began;
	int64_t op_at;
	struct bo_write op; /* which */
	uint64_t ops;	    /* since a fault began to wait for one */

	struct sim_input inputs[SIM_INPUTS_MAX];
	struct sim_edge edge[SIM_EDGES_MAX]; /* of watched ones, until deliver() */
	size_t edges;

	/* a waveform under way: due is BOARD_NEVER when there is none */
	struct bo_wave wave;
	size_t wave_next; /* the step that ends at due */
	int64_t wave_due;

	bool attached;
	int locked;	/* BO_SIM_LOCKED_* */
	bool parted[2]; /* by an isolator that is off: both serial lines, probe */

	/* a console that dies with the supply */
	struct bo_timer appearance;
	bo_ns appears;
	bool appeared;
};

struct board_event;

/* ---- sim_line.c: a serial line at its pace ---- */
void sim_line_open(struct sim_line *line, int64_t baud);
/* All or nothing: false when the queue is full. At break level it goes nowhere. */
bool sim_line_put(struct sim_line *line, bo_ns now, const void *data, size_t len);
/* What was queued is dropped, either way. */
void sim_line_hold_break(struct sim_line *line, bool on);
void sim_line_drop(struct sim_line *line);
/* When the next byte has arrived at the target; BOARD_NEVER: none is on its way. And that byte. */
int64_t sim_line_due(const struct sim_line *line);
uint8_t sim_line_arrive(struct sim_line *line);
/* A byte from the target. */
void sim_line_hear(struct sim_line *line, const struct board_event *event);

/* ---- sim_net.c ---- */
/* What came from the target on its line. */
void sim_net_deliver(struct sim *sim);

/* ---- sim_native.c ---- */
void sim_native_init(struct sim *sim, const struct bo_sim_console_config *conf);
/* The supply may have changed. */
void sim_native_follow(struct sim *sim);

/* ---- sim_input.c ---- */
/* A pin of the board changed; may be called while it runs. */
void sim_input_hear(struct sim *sim, const struct board_event *event);
/* Whether the board needs to stop at edges. */
bool sim_input_watches(const struct sim *sim);
void sim_input_deliver(struct sim *sim);

/* ---- sim_flash.c ---- */
/* What the rack file says that the chip holds. */
int sim_flash_fill(struct board *board, const char *path, struct bo_err *err);

/* ---- sim_tear.c ---- */
/* The operation that has begun, by the offset of its cells. */
struct bo_write sim_tear_write(const struct board_event *event);
int sim_tear_leave(struct sim *sim, int tear, struct bo_err *err);

/* Whatever leads to the board has it again as it should be: supply, faults, pins that feed. */
void sim_wire(struct sim *sim);
/* The bench's board, which its power has made; NULL when that is another driver. */
struct sim *sim_find(const struct bo_driver_env *env, struct bo_err *err);

#endif
