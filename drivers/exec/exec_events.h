#ifndef BO_DRIVERS_EXEC_EXEC_EVENTS_H
#define BO_DRIVERS_EXEC_EXEC_EVENTS_H

#include "drivers/exec/exec_said.h"

/* What becomes of the lines of an update program: events in order, counted points, how it ends. */
#define EXEC_EVENTS_MAX 512 /* more than the lines that are read in a turn can make */
#define EXEC_POINTS_MAX 32  /* names in a job */

struct exec_counted {
	char name[EXEC_POINT_MAX + 1];
	uint64_t count;
};

struct exec_queued {
	struct bo_update_event event;
	char name[EXEC_POINT_MAX + 1];
};

struct exec_events {
	struct bo_update *update; /* whose state it fills */
	bool uploads;		  /* the job is an upload: bytes may be counted */
	unsigned notes;		  /* how many more are passed on; 0: none is */
	uint64_t reached;	  /* most bytes acknowledged in this transfer */
	struct exec_counted point[EXEC_POINTS_MAX];
	size_t points;
	uint64_t retries;
	enum exec_said_kind end; /* REFUSED, SILENT or GAVE_UP, else NOTE: not said */
	char end_text[96];
	struct exec_queued queue[EXEC_EVENTS_MAX], fetched;
	size_t first, count;
};

/* A job begins. */
void exec_events_begin(struct exec_events *events, struct bo_update *update, bool uploads);
/* Takes a line over. -EPROTO: it cannot be. */
int exec_events_act(struct exec_events *events, const struct exec_said *said, struct bo_err *err);
/* The program has ended well, or said what the target did: the last event. */
void exec_events_end(struct exec_events *events);
/* Our own end failed: the only event from now on. */
void exec_events_fail(struct exec_events *events);
/* As bo_update_ops.event. */
void exec_events_fetch(struct exec_events *events, struct bo_update_event *ret);

#endif
