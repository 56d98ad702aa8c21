#ifndef BO_HARNESS_TESTS_WRITTEN_FILE_H
#define BO_HARNESS_TESTS_WRITTEN_FILE_H

#include "harness/tests/scratch_dir.h"

/* A file of the test's own, in a folder of its own. */
struct written {
	struct scratch dir;
	char path[80];
};

static inline struct written written(const char *text)
{
	struct written file = {.dir = scratch_make()};

	scratch_write(&file.dir, "t.yaml", text);
	snprintf(file.path, sizeof(file.path), "%s/t.yaml", file.dir.path);
	return file;
}

static inline void written_done(struct written *file)
{
	scratch_done(&file->dir);
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
