#include <stdio.h>

#include "harness/cmd/cmd.h"
#include "harness/engine/record.h"
#include "reports/divergence.h"

int cmd_diff(int argc, char **argv)
{
	const struct cmd_option table[] = {
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "diff RUN-DIRECTORY RUN-DIRECTORY", table);
	struct bo_buf journals[2] = {0}, text = {0};
	int which = 0, code = BO_EXIT_OK;

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (count != 2)
		return cmd_fail(BO_EXIT_USAGE, "diff: name two run directories (or two of trials)");
	for (int i = 0; code == BO_EXIT_OK && i < 2; i++)
		if (!bo_record_read(argv[i], &journals[i]))
			code = cmd_fail(BO_EXIT_USAGE, "%s has no journal.jsonl", argv[i]);
	if (code == BO_EXIT_OK) {
		int differing = bo_divergence_render(journals, &text, &which);

		if (differing < 0)
			code = cmd_fail(BO_EXIT_USAGE, "%s/journal.jsonl is no journal",
					argv[which]);
		else
			(void)fputs(text.data, stdout);
		if (differing > 0)
			code = BO_EXIT_BROKEN_PROMISE;
	}
	bo_buf_done(&journals[0]);
	bo_buf_done(&journals[1]);
	bo_buf_done(&text);
	return code;
}
