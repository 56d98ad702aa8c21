#ifndef BO_DRIVERS_FTDI_SWITCH_SESSION_H
#define BO_DRIVERS_FTDI_SWITCH_SESSION_H

#include "drivers/ftdi/switch/switch_pins.h"

/* One client's side of the conversation, without the socket: bytes in, an answer out. */
struct bo_switch_session {
	struct bo_switch_pins *pins;
	pid_t pid; /* from the kernel, not from the client */
	struct bo_switch_lease *lease;
};

/*
 * Carries out the request in `data` and fills *ret. Returns whether the connection goes on; it ends
 * with a request that makes no sense, with a refused lease and with a release.
 */
bool bo_switch_session_answer(struct bo_switch_session *session, const uint8_t *data, size_t len,
			      struct bo_switch_answer *ret);

/* The connection ended. 0, or why the lease lives on as an orphan. */
int bo_switch_session_end(struct bo_switch_session *session, struct bo_err *err);

#endif
