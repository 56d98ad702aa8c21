#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cmd/cmd.h"
#include "harness/engine/plan_file.h"
#include "harness/engine/record.h"
#include "reports/explain.h"

/* *ret_dir: the trial's folder, when it is there. */
static bool read_from(const char *run_dir, const char *id, struct bo_buf *journal,
		      struct bo_buf *ret_dir)
{
	char *out = strdup(run_dir);
	struct bo_plan plan = {.out = out};
	struct bo_planned trial = {0};
	struct bo_buf dir = {0};

	(void)bo_str_copy(trial.id, sizeof(trial.id), id);
	bo_plan_trial_dir(&plan, &trial, &dir);
	bool found = bo_record_read(dir.data, journal);

	if (found)
		bo_buf_printf(ret_dir, "%s", dir.data);
	bo_buf_done(&dir);
	free(out);
	return found;
}

/* Below ./runs, the latest first: run directories are named by when they began. */
static bool search(const char *id, struct bo_buf *journal, struct bo_buf *ret_dir)
{
	struct dirent **entries;
	int count = scandir("runs", &entries, NULL, alphasort);
	bool found = false;

	for (int i = count - 1; i >= 0; i--) {
		struct bo_buf dir = {0};

		bo_buf_printf(&dir, "runs/%s", entries[i]->d_name);
		found = found || read_from(dir.data, id, journal, ret_dir);
		bo_buf_done(&dir);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return found;
}

static void point_to_bundle(const char *dir)
{
	struct bo_buf path = {0};

	bo_buf_printf(&path, "%s/bundle.json", dir);
	if (access(path.data, R_OK) == 0)
		(void)printf("  bundle    %s\n", dir);
	bo_buf_done(&path);
}

int cmd_explain(int argc, char **argv)
{
	const char *run = NULL;
	const struct cmd_option table[] = {
		{"run", CMD_TEXT, &run, "DIR",
		 "the run directory [the latest below runs/ that has it]"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "explain [OPTION...] ID", table);
	struct bo_buf journal = {0}, text = {0}, dir = {0};
	struct bo_trial_id id;
	struct bo_err err = {0};
	size_t line = 0;
	int rc = BO_EXIT_OK;

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (count != 1)
		return cmd_fail(BO_EXIT_USAGE, "explain: give one trial id");
	if (bo_trial_id_parse(argv[0], &id, &err) < 0)
		return cmd_fail_err(&err);
	struct bo_explain *explain = bo_explain_new();
	struct bo_reader reader = bo_explain_reader(explain);

	if (!(run ? read_from(run, argv[0], &journal, &dir) : search(argv[0], &journal, &dir)))
		rc = cmd_fail(BO_EXIT_USAGE,
			      "no journal of this trial in %s; name the run's "
			      "directory with --run",
			      run ? run : "any run below runs/");
	else if (bo_read_journal(journal.data, journal.len, &reader, 1, &line) < 0)
		rc = cmd_fail(BO_EXIT_USAGE, "the trial's journal is damaged at line %zu", line);
	if (rc == BO_EXIT_OK) {
		bo_explain_render(explain, "brownout", &text);
		(void)fputs(text.data, stdout);
		point_to_bundle(dir.data);
	}
	bo_explain_free(explain);
	bo_buf_done(&journal);
	bo_buf_done(&text);
	bo_buf_done(&dir);
	return rc;
}
