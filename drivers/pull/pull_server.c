#include "drivers/pull/pull_server.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#define PATIENCE (20 * BO_S)
#define FILE_AT	 "/fw.bin"

#define OF(part, member) \
	((struct pull_server *)((char *)(part)-offsetof(struct pull_server, member)))

/* ---- what it says ---- */

static uint64_t number(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value > 0 ? (uint64_t)value : 0;
}

static void text(const json_t *object, const char *key, char *out, size_t cap)
{
	const char *value = json_string_value(json_object_get(object, key));

	(void)bo_str_copy(out, cap, value ? value : "");
}

static void hear_listening(struct pull_server *server, const json_t *line)
{
	text(line, "url", server->url, sizeof(server->url));
	const char *port = strrchr(server->url, ':');

	server->port = port ? (uint16_t)strtoul(port + 1, NULL, 10) : 0;
}

/* Where a part begins is what was asked for: "bytes=4096-". */
static uint64_t begin_of(const char *range)
{
	static const char unit[] = "bytes=";

	if (!range || strncmp(range, unit, strlen(unit)) != 0)
		return 0;
	range += strlen(unit);
	return *range >= '0' && *range <= '9' ? strtoull(range, NULL, 10) : 0;
}

static void hear_request(struct pull_server *server, const json_t *line)
{
	struct pull_heard heard = {.kind = PULL_REQUEST, .nth = number(line, "nth")};
	const char *range = json_string_value(json_object_get(line, "range"));

	heard.status = (int)number(line, "status");
	heard.part = heard.status == 206;
	heard.from = heard.part ? begin_of(range) : 0;
	text(line, "target", heard.target, sizeof(heard.target));
	heard.file = strcmp(heard.target, FILE_AT) == 0;
	server->request[heard.nth % PULL_REQUESTS_KEPT].file = heard.file;
	server->request[heard.nth % PULL_REQUESTS_KEPT].from = heard.from;
	server->open++;
	server->hear(server->ctx, &heard);
}

static void hear_end(struct pull_server *server, const json_t *line)
{
	uint64_t nth = number(line, "nth");
	struct pull_heard heard = {.kind = PULL_BODY_END,
				   .nth = nth,
				   .file = server->request[nth % PULL_REQUESTS_KEPT].file,
				   .from = server->request[nth % PULL_REQUESTS_KEPT].from,
				   .to = number(line, "offset")};

	text(line, "how", heard.how, sizeof(heard.how));
	server->open -= server->open > 0;
	server->hear(server->ctx, &heard);
}

static const struct {
	const char *event;
	void (*hear)(struct pull_server *server, const json_t *line);
} events[] = {{"listening", hear_listening}, {"request", hear_request}, {"end", hear_end}};

static void hear_line(struct pull_server *server, const char *data, size_t len)
{
	json_t *line = json_loadb(data, len, 0, NULL);
	const char *event = json_string_value(json_object_get(line, "event"));

	for (size_t i = 0; event && i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(event, events[i].event) == 0)
			events[i].hear(server, line);
	json_decref(line);
}

static void hear_lines(struct pull_server *server)
{
	char *end;

	while (server->text.len > 0 &&
	       (end = memchr(server->text.data, '\n', server->text.len)) != NULL) {
		size_t len = (size_t)(end - server->text.data);

		hear_line(server, server->text.data, len);
		server->text.len -= len + 1;
		memmove(server->text.data, end + 1, server->text.len);
	}
}

/* One read; false when there is nothing more for now, or for ever. */
static bool hear_more(struct pull_server *server)
{
	char chunk[2048];
	ssize_t n = read(server->proc.out, chunk, sizeof(chunk));

	if (n == 0)
		bo_loop_unwatch(server->loop, &server->out);
	if (n <= 0)
		return false;
	bo_buf_add(&server->text, chunk, (size_t)n);
	hear_lines(server);
	return true;
}

static void out_ready(struct bo_watch *watch, short revents)
{
	(void)revents;
	(void)hear_more(OF(watch, out));
}

void pull_server_drain(struct pull_server *server)
{
	while (server->out.added && hear_more(server))
		;
}

void pull_server_settle(struct pull_server *server)
{
	struct pollfd fd = {.fd = server->proc.out, .events = POLLIN};

	pull_server_drain(server);
	while (server->open > 0 && server->out.added && poll(&fd, 1, PULL_SETTLE_MS) > 0)
		pull_server_drain(server);
}

static void ended(struct bo_watch *watch, short revents)
{
	struct pull_server *server = OF(watch, end);
	char text_of[48];
	int status;

	(void)revents;
	if (!bo_proc_ended(&server->proc, &status))
		return;
	bo_loop_unwatch(server->loop, watch);
	(void)close(watch->fd);
	(void)bo_err_set(&server->broken, -EIO, "brownout-serve: %s",
			 bo_proc_status_text(status, text_of, sizeof(text_of)));
	server->fail(server->ctx);
}

/* ---- its life ---- */

#define ARGS_MAX 64

struct argv {
	const char *item[ARGS_MAX];
	size_t count;
};

static void add(struct argv *argv, const char *option, const char *value)
{
	if (!value || argv->count + 3 >= ARGS_MAX)
		return;
	if (option)
		argv->item[argv->count++] = option;
	argv->item[argv->count++] = value;
}

static int spawn(struct pull_server *server, const struct pull_serving *serving, struct bo_err *err)
{
	char program[4096], port[8];
	struct argv argv = {{program}, 1};
	int rc = bo_proc_helper("brownout-serve", program, sizeof(program), err);

	if (rc < 0)
		return rc;
	(void)snprintf(port, sizeof(port), "%u", server->port);
	add(&argv, "--port", port);
	add(&argv, "--ca", serving->ca);
	add(&argv, "--client", serving->client);
	add(&argv, "--token", serving->token);
	for (size_t i = 0; i < serving->mischiefs; i++)
		add(&argv, "--do", serving->mischief[i]);
	add(&argv, NULL, serving->file);
	return bo_proc_spawn(
		&(struct bo_proc_args){.argv = argv.item, .pipe_in = true, .pipe_out = true},
		&server->proc, err);
}

static void stop(struct pull_server *server)
{
	if (server->proc.pid > 0) {
		bo_loop_unwatch(server->loop, &server->end);
		(void)close(server->end.fd);
	}
	bo_loop_unwatch(server->loop, &server->out);
	bo_proc_kill(&server->proc);
	bo_buf_reset(&server->text);
}

static bool listens(void *ctx)
{
	const struct pull_server *server = ctx;

	return server->url[0] || server->proc.pid <= 0;
}

int pull_server_start(struct pull_server *server, const struct pull_serving *serving,
		      struct bo_err *err)
{
	stop(server);
	server->url[0] = '\0';
	server->open = 0;
	int rc = spawn(server, serving, err);

	if (rc < 0)
		return rc;
	server->out =
		(struct bo_watch){.fd = server->proc.out, .events = POLLIN, .ready = out_ready};
	server->end = (struct bo_watch){
		.fd = pidfd_open(server->proc.pid, 0), .events = POLLIN, .ready = ended};
	bo_loop_watch(server->loop, &server->out);
	bo_loop_watch(server->loop, &server->end);
	rc = bo_loop_until(server->loop, listens, server,
			   bo_clock_stamp(server->loop->clock) + PATIENCE);
	if (rc == 0 && !server->url[0])
		rc = bo_err_set(err, -EIO, "%s", bo_err_text(&server->broken));
	return rc < 0 && !server->url[0] ? bo_err_wrap(err, "the update server does not begin")
					 : rc;
}

void pull_server_close(struct pull_server *server)
{
	stop(server);
	bo_buf_done(&server->text);
}
