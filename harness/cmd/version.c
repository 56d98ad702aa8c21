#include <stdio.h>

#include "harness/cmd/cmd.h"

int cmd_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	(void)printf("brownout " BO_VERSION " (fault model %d)\n", BO_FAULT_MODEL);
	return BO_EXIT_OK;
}
