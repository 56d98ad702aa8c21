#include "drivers/ftdi/switch/switch_session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "drivers/ftdi/switch/switch_wave.h"
#include "harness/base/str.h"

typedef int verb_fn(struct bo_switch_session *session, const struct bo_switch_request *request,
		    struct bo_switch_answer *answer, struct bo_err *err);

static int do_lease(struct bo_switch_session *session, const struct bo_switch_request *request,
		    struct bo_switch_answer *answer, struct bo_err *err)
{
	struct bo_switch_lease want = {
		.outputs = request->outputs,
		.inputs = request->inputs,
		.safe = request->levels,
		.open_drain = request->open_drain,
		.pid = session->pid,
	};

	(void)answer;
	if (session->lease)
		return bo_err_set(err, -EINVAL, "this connection has a lease already");
	bo_str_copy(want.name, sizeof(want.name), request->name);
	return bo_switch_pins_lease(session->pins, &want, &session->lease, err);
}

static int do_set(struct bo_switch_session *session, const struct bo_switch_request *request,
		  struct bo_switch_answer *answer, struct bo_err *err)
{
	(void)answer;
	return bo_switch_pins_set(session->pins, session->lease, request->outputs, request->levels,
				  err);
}

static int do_read(struct bo_switch_session *session, const struct bo_switch_request *request,
		   struct bo_switch_answer *answer, struct bo_err *err)
{
	(void)request;
	return bo_switch_pins_read(session->pins, session->lease, &answer->levels, err);
}

static int do_release(struct bo_switch_session *session, const struct bo_switch_request *request,
		      struct bo_switch_answer *answer, struct bo_err *err)
{
	(void)request;
	(void)answer;
	return bo_switch_session_end(session, err);
}

static int do_keep(struct bo_switch_session *session, const struct bo_switch_request *request,
		   struct bo_switch_answer *answer, struct bo_err *err)
{
	struct bo_switch_lease *lease = session->lease;

	(void)request;
	(void)answer;
	session->lease = NULL;
	return bo_switch_pins_keep(session->pins, lease, err);
}

static struct bo_switch_wave wave_of(const struct bo_switch_request *request)
{
	return (struct bo_switch_wave){request->outputs, request->levels, request->step_count,
				       request->step_ns};
}

static int do_tune(struct bo_switch_session *session, const struct bo_switch_request *request,
		   struct bo_switch_answer *answer, struct bo_err *err)
{
	struct bo_switch_wave wave = wave_of(request);

	return bo_switch_wave_tune(session->pins, session->lease, &wave, &answer->byte_ns, err);
}

static int do_play(struct bo_switch_session *session, const struct bo_switch_request *request,
		   struct bo_switch_answer *answer, struct bo_err *err)
{
	struct bo_switch_wave wave = wave_of(request);
	struct bo_switch_played played = {0};
	int rc = bo_switch_wave_play(session->pins, session->lease, &wave, &played, err);

	answer->at_ns = played.at;
	answer->byte_ns = played.byte_ns;
	answer->seen = (uint8_t)played.seen;
	return rc;
}

static verb_fn *const verbs[BO_SWITCH_VERBS] = {
	[BO_SWITCH_LEASE] = do_lease,	  [BO_SWITCH_SET] = do_set,   [BO_SWITCH_READ] = do_read,
	[BO_SWITCH_RELEASE] = do_release, [BO_SWITCH_KEEP] = do_keep, [BO_SWITCH_TUNE] = do_tune,
	[BO_SWITCH_PLAY] = do_play,
};

static int refuse_message(int code, struct bo_err *err)
{
	if (code == -EPROTONOSUPPORT)
		return bo_err_set(err, code,
				  "the running switch server (pid %d) is of another version: it "
				  "ends by itself seconds after its last client",
				  (int)getpid());
	return bo_err_set(err, -EINVAL, "not a request");
}

bool bo_switch_session_answer(struct bo_switch_session *session, const uint8_t *data, size_t len,
			      struct bo_switch_answer *ret)
{
	struct bo_switch_request request = {0};
	struct bo_switch_answer answer = {0};
	struct bo_err err = {0};
	int rc = bo_switch_request_decode(data, len, &request);

	if (rc < 0)
		rc = refuse_message(rc, &err);
	else if (!session->lease && request.verb != BO_SWITCH_LEASE)
		rc = bo_err_set(&err, -EINVAL, "no lease");
	else
		rc = verbs[request.verb](session, &request, &answer, &err);
	answer.seq = request.seq;
	answer.status = bo_switch_status_of(rc);
	if (rc < 0)
		bo_str_escape(answer.text, sizeof(answer.text), err.text, strlen(err.text));
	*ret = answer;
	return rc != -EINVAL && rc != -EPROTONOSUPPORT && session->lease;
}

int bo_switch_session_end(struct bo_switch_session *session, struct bo_err *err)
{
	struct bo_switch_lease *lease = session->lease;

	session->lease = NULL;
	return lease ? bo_switch_pins_release(session->pins, lease, err) : 0;
}
