#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "harness/cmd/cmd.h"

/* Keys and signing need libcrypto, which stays out of this executable. */
int cmd_image(int argc, char **argv)
{
	char program[4096];
	struct bo_err err = {0};

	(void)argc;
	if (cmd_helper_path("brownout-image", program, sizeof(program), &err) < 0)
		return cmd_fail_err(&err);
	argv[0] = program;
	(void)execv(program, argv);
	return cmd_fail(BO_EXIT_NO_VERDICT, "cannot run %s: %s", program, strerror(errno));
}
