#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness/base/loop.h"
#include "harness/cmd/cli.h"

static const struct {
	int error;
	int exit_code;
} exit_codes[] = {
	{-EBUSY, BO_EXIT_BUSY},
	{-EINVAL, BO_EXIT_USAGE},
	{-ENOENT, BO_EXIT_USAGE},
};

int cmd_fail(int code, const char *fmt, ...)
{
	char text[2048];
	struct bo_buf shown = {0};
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	bo_buf_printable(&shown, text, strlen(text));
	(void)fprintf(stderr, "brownout: %s\n", shown.data);
	bo_buf_done(&shown);
	return code;
}

int cmd_fail_err(const struct bo_err *err)
{
	int code = BO_EXIT_NO_VERDICT;

	for (size_t i = 0; i < sizeof(exit_codes) / sizeof(exit_codes[0]); i++)
		if (err->code == exit_codes[i].error)
			code = exit_codes[i].exit_code;
	if (err->code == -EINTR)
		code = BO_EXIT_SIGNAL + bo_loop_interrupted();
	return cmd_fail(code, "%s", bo_err_text(err));
}

int cmd_fail_report(struct bo_buf *report)
{
	(void)fputs(report->data ? report->data : "", stderr);
	bo_buf_done(report);
	return BO_EXIT_USAGE;
}
