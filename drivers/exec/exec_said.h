#ifndef BO_DRIVERS_EXEC_EXEC_SAID_H
#define BO_DRIVERS_EXEC_EXEC_SAID_H

#include "drivers/api/update.h"

/*
 * What an update program says on its standard output, a line each; N is decimal:
 *
 *   progress N          the target has acknowledged so many bytes: the fault point exec.byte.N
 *   point NAME [N]      a moment of the program's own: the fault point exec.NAME.N; without N its
 *                       occurrences are counted. NAME: [a-z][a-z0-9-]{0,23}, not byte, not at
 *   resume N            the target goes on with an earlier transfer, from there
 *   retry [TEXT]        something was repeated
 *   handed N            so many bytes of the image went to it in this job, as often as they did
 *   refused [TEXT]      the target said no: the job ends so, whatever the exit status
 *   silent [TEXT]       the target did not answer: likewise
 *   gave-up [TEXT]      it tried, and could not: likewise
 *   slot N [version=V] [hash=HEX] [active] [confirmed] [pending] [permanent]
 *                       an answer to `query`: N is 0 or 1, HEX 64 digits
 *   note TEXT           for whoever reads; an empty line is one, too
 *
 * Anything else is a rig fault, because nobody knows what it meant.
 */
#define EXEC_SAID_LINE_MAX 512
#define EXEC_POINT_MAX	   24

enum exec_said_kind {
	EXEC_SAID_NOTE,
	EXEC_SAID_PROGRESS,
	EXEC_SAID_POINT,
	EXEC_SAID_RESUME,
	EXEC_SAID_RETRY,
	EXEC_SAID_REFUSED,
	EXEC_SAID_SILENT,
	EXEC_SAID_GAVE_UP,
	EXEC_SAID_SLOT,
	EXEC_SAID_HANDED,
};

struct exec_said {
	enum exec_said_kind kind;
	uint64_t value; /* N; 0 of a point: not said */
	char name[EXEC_POINT_MAX + 1];
	char text[96]; /* printable */
	struct bo_update_slot slot;
};

/* A line without its newline. -EPROTO with what is wrong. */
int exec_said_parse(const char *line, size_t len, struct exec_said *ret, struct bo_err *err);

#endif
