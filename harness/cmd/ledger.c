#include "harness/cmd/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cmd/cli.h"

/* One write(2), so that a crash leaves whole lines. */
static int append(const char *path, const char *line, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	int rc = fd < 0 ? -errno : 0;

	if (rc == 0 && write(fd, line, len) != (ssize_t)len)
		rc = -ENOSPC;
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

static void note(const struct bo_plan *plan, json_t *entry)
{
	struct bo_buf path = {0}, line = {0};
	char *text = entry ? json_dumps(entry, JSON_COMPACT) : NULL;

	bo_buf_printf(&path, "%s/ledger.jsonl", plan->out);
	bo_buf_printf(&line, "%s\n", text ? text : "{}");
	int rc = append(path.data, line.data, line.len);

	if (rc < 0)
		(void)cmd_fail(0, "cannot write %s: %s", path.data, strerror(-rc));
	free(text);
	json_decref(entry);
	bo_buf_done(&path);
	bo_buf_done(&line);
}

void cmd_ledger_note(const struct bo_plan *plan, size_t index, const char *bench)
{
	const struct bo_planned *trial = &plan->trials[index];
	char when[BO_WALL_TEXT_MAX];

	bo_clock_wall_text(when);
	note(plan, json_pack("{s:s, s:i, s:s, s:s}", "id", trial->id, "repeat", (int)trial->repeat,
			     "bench", bench, "when", when));
}

void cmd_ledger_note_end(const struct bo_plan *plan, const char *bench, int signal, bo_ns after_ns)
{
	note(plan, json_pack("{s:i, s:s?, s:I}", "signal", signal, "bench", bench, "after_ns",
			     (json_int_t)after_ns));
}
