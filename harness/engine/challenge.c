#include <errno.h>

#include "harness/engine/trial_state.h"

/*
 * Does our console belong to our board? While the probe holds its core it cannot speak, and it
 * cannot answer either. Whoever runs at the other end of a crossed cable does: so it is asked, by
 * the update protocol's query, which changes nothing.
 */
#define ANSWER_NS (30 * BO_MS)

/* Patience for another one, when the first may have been something that was under way for longer
 * than it should. */
#define DOUBT_NS BO_S

static int ask(struct bo_trial *trial, struct bo_ear *ear, bo_ns patience, struct bo_err *err)
{
	int rc = bo_ear_forget(ear, err);

	if (rc == 0 && ear->console)
		rc = session_call(trial, BO_JOB_QUERY, err);
	if (rc == -EBUSY) /* a break of the trial's own: then there is only listening */
		rc = 0;
	return rc < 0 ? rc : bo_ear_watch(ear, patience, err);
}

int challenge(struct bo_trial *trial, struct bo_ear *ear, struct bo_err *err)
{
	uint64_t received = trial->datagrams.received;
	int rc = ask(trial, ear, ANSWER_NS, err);

	if (rc == 0 && trial->datagrams.received != received)
		return bo_err_set(err, -EXDEV,
				  "somebody answers on the network while the probe holds the "
				  "target: it is another board's place there");

	if (rc == 0 && bo_ear_judge(ear, BO_SILENCE_HELD, NULL) < 0)
		rc = ask(trial, ear, DOUBT_NS, err);
	return rc < 0 ? rc : bo_ear_judge(ear, BO_SILENCE_HELD, err);
}
