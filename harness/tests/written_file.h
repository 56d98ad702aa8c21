#ifndef BO_HARNESS_TESTS_WRITTEN_FILE_H
#define BO_HARNESS_TESTS_WRITTEN_FILE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/str.h"

/* A file that lives as long as a test case, in a folder of its own. */
struct written {
	char dir[64];
	char path[80];
};

static inline struct written written(const char *text)
{
	struct written file = {.dir = "/tmp/brownout-test-XXXXXX"};

	cr_assert_not_null(mkdtemp(file.dir));
	snprintf(file.path, sizeof(file.path), "%s/t.yaml", file.dir);
	FILE *out = fopen(file.path, "we");

	cr_assert_not_null(out);
	fputs(text, out);
	fclose(out);
	return file;
}

static inline void written_done(struct written *file)
{
	unlink(file->path);
	rmdir(file->dir);
}

/* The report is one mistake: "FILE:LINE:COL: error: TEXT", the source line and a caret. */
static inline void expect_complaint(const struct bo_buf *report, unsigned line, const char *text)
{
	const char *report_text = report->data ? report->data : "";
	const char *place = strchr(report_text, ':');
	size_t lines = 0;

	for (const char *at = report_text; *at; at++)
		lines += *at == '\n';
	cr_expect_eq(lines, 3, "not one mistake:\n%s", report_text);
	cr_assert_not_null(place, "%s", report_text);
	cr_expect_eq(strtoul(place + 1, NULL, 10), line, "%s", report_text);
	const char *message = strstr(report_text, "error: ");

	cr_assert_not_null(message, "%s", report_text);
	message += strlen("error: ");
	cr_expect(strncmp(message, text, strlen(text)) == 0 && message[strlen(text)] == '\n',
		  "wanted: %s\n%s", text, report_text);
}

#endif
