#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/proc.h"
#include "harness/cmd/cmd.h"

/* Keys and signing need libcrypto, which stays out of this executable. */
int cmd_image(int argc, char **argv)
{
	char program[4096];
	struct bo_err err = {0};

	(void)argc;
	if (bo_proc_helper("brownout-image", program, sizeof(program), &err) < 0)
		return cmd_fail(BO_EXIT_NO_VERDICT, "%s", bo_err_text(&err));
	argv[0] = program;
	(void)execv(program, argv);
	return cmd_fail(BO_EXIT_NO_VERDICT, "cannot run %s: %s", program, strerror(errno));
}
