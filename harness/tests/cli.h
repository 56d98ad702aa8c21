#ifndef BO_HARNESS_TESTS_CLI_H
#define BO_HARNESS_TESTS_CLI_H

#include <criterion/criterion.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/tests/scratch_dir.h"

/* Runs the `brownout` that was built together with this test. */
struct cli {
	int code; /* exit code, or 128 and the signal */
	struct bo_buf out, err;
};

#define CLI_ARGS_MAX 64

/* build/V/harness/tests/test_x -> build/V/brownout */
static inline void cli_program(char out[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", out, PATH_MAX - 1);

	cr_assert_gt(len, 0);
	out[len] = '\0';
	for (int i = 0; i < 3; i++)
		*strrchr(out, '/') = '\0';
	cr_assert(bo_str_copy(out + strlen(out), PATH_MAX - strlen(out), "/brownout"));
}

static inline void cli_take(FILE *file, struct bo_buf *ret)
{
	char chunk[4096];
	size_t n;

	rewind(file);
	bo_buf_add(ret, "", 0);
	bo_buf_printf(ret, "%s", "");
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		bo_buf_add(ret, chunk, n);
	fclose(file);
}

/* In the child. That one check makes a whole trial four times slower, as the virtual board calls
 * back for every instruction that counts. */
static inline void cli_exec(const char *program, const char *const argv[])
{
	const char *asan = getenv("ASAN_OPTIONS");
	char options[1024];

	if (asan) {
		(void)snprintf(options, sizeof(options), "%s:detect_stack_use_after_return=0",
			       asan);
		(void)setenv("ASAN_OPTIONS", options, 1);
	}
	execv(program, (char *const *)argv);
	_exit(127);
}

static inline struct cli cli_run(const char *folder, const char *const argv[])
{
	char program[PATH_MAX];
	struct cli cli = {0};
	FILE *out = tmpfile(), *err = tmpfile();
	int status;

	cli_program(program);
	cr_assert(out && err);
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		if (chdir(folder) < 0 || dup2(fileno(out), 1) < 0 || dup2(fileno(err), 2) < 0)
			_exit(126);
		cli_exec(program, argv);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cli.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	cli_take(out, &cli.out);
	cli_take(err, &cli.err);
	return cli;
}

/* brownout("run --bench sim x"): arguments are cut at blanks. */
static inline struct cli brownout_in(const char *folder, const char *command_line)
{
	const char *argv[CLI_ARGS_MAX + 1] = {"brownout"};
	char *text = strdup(command_line);
	size_t count = 1;

	cr_assert_not_null(text);
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
		cr_assert_lt(count, CLI_ARGS_MAX);
		argv[count++] = word;
	}
	struct cli cli = cli_run(folder, argv);

	free(text);
	return cli;
}

static inline struct cli brownout(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static inline struct cli brownout(const char *fmt, ...)
{
	char text[4096];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return brownout_in(".", text);
}

static inline void cli_done(struct cli *cli)
{
	bo_buf_done(&cli->out);
	bo_buf_done(&cli->err);
}

#endif
