#ifndef BO_HARNESS_TESTS_IMAGETOOL_RIG_H
#define BO_HARNESS_TESTS_IMAGETOOL_RIG_H

#include <spawn.h>
#include <stdarg.h>
#include <sys/wait.h>

#include "harness/base/proc.h"
#include "harness/tests/scratch_dir.h"

/* `brownout image` as a user runs it, in a folder of its own. */
#define KEYS	"fixtures/images/keys/"
#define VECTORS "fixtures/images/vectors/"

struct rig {
	struct scratch dir;
	struct bo_buf out, err; /* what the last run said */
};

static inline struct rig rig_make(void)
{
	return (struct rig){.dir = scratch_make()};
}

static inline void rig_done(struct rig *rig)
{
	bo_buf_done(&rig->out);
	bo_buf_done(&rig->err);
	scratch_done(&rig->dir);
}

/* "@x" is x in the rig's folder. */
static inline void rig_expand(const struct rig *rig, const char *text, struct bo_buf *ret)
{
	for (; *text; text++) {
		if (*text == '@')
			bo_buf_printf(ret, "%s/", rig->dir.path);
		else
			bo_buf_add(ret, text, 1);
	}
}

/* Runs `brownout image ARGUMENTS`, separated by single spaces; "%20" (in the format "%%20") is a
 * space within one. Returns its exit code. */
static inline int image(struct rig *rig, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static inline int image(struct rig *rig, const char *fmt, ...)
{
	char program[4096], raw[2048], *argv[48] = {program, (char *)"image"}, *save = NULL;
	struct bo_buf text = {0}, out = {0}, err = {0};
	posix_spawn_file_actions_t actions;
	size_t count = 2;
	int status = 0;
	va_list args;
	pid_t pid;

	va_start(args, fmt);
	vsnprintf(raw, sizeof(raw), fmt, args);
	va_end(args);
	rig_expand(rig, raw, &text);
	for (char *w = strtok_r(text.data, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		for (char *c = w; (c = strstr(c, "%20")); c++) {
			*c = ' ';
			memmove(c + 1, c + 3, strlen(c + 3) + 1);
		}
		argv[count++] = w;
	}
	cr_assert_eq(bo_proc_self_dir(program, sizeof(program) - 32), 0);
	strcat(program, "/../../brownout");
	rig_expand(rig, "@stdout", &out);
	rig_expand(rig, "@stderr", &err);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, out.data, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	posix_spawn_file_actions_addopen(&actions, 2, err.data, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	cr_assert_eq(posix_spawn(&pid, program, &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	bo_buf_reset(&rig->out);
	bo_buf_reset(&rig->err);
	slurp(out.data, &rig->out);
	slurp(err.data, &rig->err);
	bo_buf_done(&text);
	bo_buf_done(&out);
	bo_buf_done(&err);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* The contents of "@x" or of a path. */
static inline struct bo_buf rig_read(const struct rig *rig, const char *name)
{
	struct bo_buf path = {0}, ret = {0};

	rig_expand(rig, name, &path);
	slurp(path.data, &ret);
	bo_buf_done(&path);
	return ret;
}

static inline void rig_write(const struct rig *rig, const char *name, const void *data, size_t len)
{
	struct bo_buf path = {0};

	rig_expand(rig, name, &path);
	FILE *file = fopen(path.data, "wbe");

	cr_assert_not_null(file, "%s", path.data);
	cr_assert_eq(fwrite(data, 1, len, file), len);
	fclose(file);
	bo_buf_done(&path);
}

/* Two files hold the same bytes. */
static inline bool rig_same(const struct rig *rig, const char *a, const char *b)
{
	struct bo_buf left = rig_read(rig, a), right = rig_read(rig, b);
	bool same = left.len == right.len && left.len && !memcmp(left.data, right.data, left.len);

	bo_buf_done(&left);
	bo_buf_done(&right);
	return same;
}

#endif
