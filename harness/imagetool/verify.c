#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/imagetool/check.h"
#include "harness/imagetool/imagetool.h"

static int verify(const char *path, const struct check_policy *policy)
{
	struct check_report report;
	struct tool_file file = {0};
	struct bo_err err = {0};

	if (tool_read(path, &file, &err) < 0)
		return tool_fail(&err);
	check_image(file.data, file.len, policy, &report);
	for (size_t i = 0; i < CHECK_COUNT; i++) {
		const struct check_line *line = &report.lines[i];

		(void)printf("  %-10s %-10s %s\n", line->name, check_result_text(line->result),
			     line->text);
	}
	tool_file_done(&file);
	return report.failed ? BO_EXIT_BROKEN_PROMISE : BO_EXIT_OK;
}

int tool_verify(int argc, char **argv)
{
	struct check_policy policy = {.min_counter = -1, .max_size = -1};
	const char *key_path = NULL, *min_version = NULL;
	struct bo_image_version version;
	struct bo_err err = {0};
	struct key *key = NULL;
	const struct cmd_option options[] = {
		{"key", CMD_TEXT, &key_path, "PEM", "public key that must have signed it"},
		{"product", CMD_TEXT, &policy.product, "NAME", "what it must be for"},
		{"min-version", CMD_TEXT, &min_version, "VERSION", "it must be no older"},
		{"min-counter", CMD_NUMBER, &policy.min_counter, "N",
		 "its security counter must be no lower"},
		{"max-size", CMD_SIZE, &policy.max_size, "SIZE", "it must be no larger"},
		{"cortex-m", CMD_FLAG, &policy.cortex_m, NULL,
		 "its body must begin with a vector table"},
		{0},
	};
	int count = cmd_options(argc, argv, "image verify --key PEM [OPTION...] FILE", options);

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (count != 1 || !key_path)
		return cmd_fail(BO_EXIT_USAGE, "image verify: expected --key PEM and one file");
	if (min_version && bo_image_version_parse(min_version, &version, &err) < 0)
		return cmd_fail(BO_EXIT_USAGE, "--min-version '%s': %s", min_version, err.text);
	policy.min_version = min_version ? &version : NULL;
	if (key_read_public(key_path, &key, &err) < 0)
		return tool_fail(&err);
	policy.key = key;
	int rc = verify(argv[0], &policy);

	key_free(key);
	return rc;
}
