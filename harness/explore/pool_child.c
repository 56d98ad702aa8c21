#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/explore/pool_parts.h"

/* What a child of the pool does: takes a memory, boots it, answers, until its parent is gone. */

int pool_send(int fd, const void *data, size_t len)
{
	const uint8_t *at = data;

	while (len) {
		ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return -EPIPE;
		at += sent;
		len -= (size_t)sent;
	}
	return 0;
}

int pool_receive(int fd, void *data, size_t len)
{
	uint8_t *at = data;

	while (len) {
		ssize_t got = recv(fd, at, len, MSG_WAITALL);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -EPIPE;
		at += got;
		len -= (size_t)got;
	}
	return 0;
}

static int answer(int fd, const struct bo_machine *machine, const struct bo_boot *boot,
		  const struct pool_reply *reply)
{
	int result = pool_send(fd, reply, sizeof(*reply));

	if (result == 0 && reply->result == 0) {
		result = pool_send(fd, boot->read, machine->size / 8);
		if (result == 0)
			result = pool_send(fd, boot->memory, machine->size);
		if (result == 0)
			result = pool_send(fd, boot->log, boot->log_len * sizeof(*boot->log));
		if (result == 0)
			result = pool_send(fd, boot->trace, reply->trace_len);
	}
	return result;
}

static int serve_one(int fd, const struct bo_machine *machine, uint8_t *memory)
{
	struct pool_request request;
	struct pool_reply reply = {0};
	struct bo_boot boot = {0};
	int result = pool_receive(fd, &request, sizeof(request));

	if (result == 0)
		result = pool_receive(fd, memory, machine->size);
	if (result < 0)
		return result;
	reply.result = machine->ops->load(machine->self, memory, &reply.err);
	if (reply.result == 0)
		reply.result = machine->ops->boot(
			machine->self, request.has_cut ? &request.cut : NULL, &boot, &reply.err);
	if (reply.result == 0) {
		reply.outcome = boot.outcome;
		reply.log_len = boot.log_len;
		reply.trace_len = strlen(boot.trace);
	}
	return answer(fd, machine, &boot, &reply);
}

void pool_child(const struct bo_pool_config *config, int fd, int parent)
{
	struct bo_machine machine;
	uint8_t *memory;

	/* interrupts are the parent's to handle, and its end is ours */
	(void)signal(SIGINT, SIG_IGN);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || config->open(config->ctx, &machine) < 0)
		_exit(1);
	memory = malloc(machine.size);
	while (memory && serve_one(fd, &machine, memory) == 0)
		;
	_exit(0);
}
