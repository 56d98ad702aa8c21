#ifndef BO_HARNESS_TESTS_SERVE_RIG_H
#define BO_HARNESS_TESTS_SERVE_RIG_H

#include <jansson.h>
#include <poll.h>

#include "harness/base/proc.h"
#include "harness/tests/cli.h"

/* A `brownout-serve` of this build with a file of its own, and what it said. */
#define SERVED 40000

struct serve_rig {
	struct scratch dir;
	struct bo_proc server;
	char url[128], file[96], ca[96], client[96];
	struct bo_buf said;
};

static inline void beside(const char *program, char out[PATH_MAX])
{
	cli_program(out);
	*strrchr(out, '/') = '\0';
	cr_assert(bo_str_copy(out + strlen(out), PATH_MAX - strlen(out), "/"));
	cr_assert(bo_str_copy(out + strlen(out), PATH_MAX - strlen(out), program));
}

static inline bool hear_more(struct bo_proc *proc, struct bo_buf *out)
{
	struct pollfd fd = {.fd = proc->out, .events = POLLIN};
	char chunk[1024];

	cr_assert_eq(poll(&fd, 1, 60000), 1, "nothing was said for a minute");
	ssize_t n = read(proc->out, chunk, sizeof(chunk));

	if (n > 0)
		bo_buf_add(out, chunk, (size_t)n);
	return n > 0;
}

static inline void hear_until(struct serve_rig *rig, const char *text)
{
	while (!rig->said.data || !strstr(rig->said.data, text))
		cr_assert(hear_more(&rig->server, &rig->said), "it ended without %s:\n%s", text,
			  rig->said.data ? rig->said.data : "");
}

static inline void serve_file(struct serve_rig *rig)
{
	uint8_t data[SERVED];

	for (size_t i = 0; i < SERVED; i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
	(void)snprintf(rig->file, sizeof(rig->file), "%s/fw", rig->dir.path);
	(void)snprintf(rig->ca, sizeof(rig->ca), "%s/ca.pem", rig->dir.path);
	(void)snprintf(rig->client, sizeof(rig->client), "%s/client.pem", rig->dir.path);
	FILE *file = fopen(rig->file, "we");

	cr_assert_not_null(file);
	cr_assert_eq(fwrite(data, 1, SERVED, file), SERVED);
	cr_assert_eq(fclose(file), 0);
}

/* Cuts `text` at blanks, behind argv[0]; "CA" and "CLIENT" stand for the rig's files, and `last`
 * follows. */
static inline void serve_words(const struct serve_rig *rig, char *text, const char *last,
			       const char *argv[32])
{
	size_t argc = 1;

	for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
		cr_assert_lt(argc, 30);
		argv[argc++] = strcmp(word, "CA") == 0	     ? rig->ca
			       : strcmp(word, "CLIENT") == 0 ? rig->client
							     : word;
	}
	argv[argc] = last;
}

/* `options`: of brownout-serve. */
static inline void serve_begin(struct serve_rig *rig, const char *options)
{
	char program[PATH_MAX], text[512];
	const char *argv[32] = {program};
	struct bo_proc_args args = {.argv = argv, .pipe_in = true, .pipe_out = true};
	struct bo_err err = {0};

	*rig = (struct serve_rig){.dir = scratch_make(), .server = BO_PROC_NONE};
	serve_file(rig);
	beside("brownout-serve", program);
	cr_assert(bo_str_copy(text, sizeof(text), options));
	serve_words(rig, text, rig->file, argv);
	cr_assert_eq(bo_proc_spawn(&args, &rig->server, &err), 0, "%s", bo_err_text(&err));
	hear_until(rig, "\"url\":\"");
	hear_until(rig, "\n");
	(void)sscanf(strstr(rig->said.data, "\"url\":\"") + 7, "%127[^\"]", rig->url);
}

static inline void serve_end(struct serve_rig *rig)
{
	bo_proc_kill(&rig->server);
	bo_buf_done(&rig->said);
	scratch_done(&rig->dir);
}

/* What brownout-fetch says of one transfer; to be released. */
static inline json_t *serve_fetch(const struct serve_rig *rig, const char *options)
{
	char program[PATH_MAX], text[512];
	const char *argv[32] = {program};
	struct bo_proc_args args = {.argv = argv, .pipe_out = true};
	struct bo_proc proc = BO_PROC_NONE;
	struct bo_buf said = {0};
	struct bo_err err = {0};

	beside("brownout-fetch", program);
	cr_assert(bo_str_copy(text, sizeof(text), options));
	serve_words(rig, text, rig->url, argv);
	cr_assert_eq(bo_proc_spawn(&args, &proc, &err), 0, "%s", bo_err_text(&err));
	while (hear_more(&proc, &said))
		;
	bo_proc_kill(&proc);
	json_t *answer = json_loads(said.data ? said.data : "", 0, NULL);

	cr_assert_not_null(answer, "%s", said.data ? said.data : "nothing");
	bo_buf_done(&said);
	return answer;
}

#endif
