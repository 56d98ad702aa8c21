#ifndef BO_HARNESS_CMD_RACK_VERBS_H
#define BO_HARNESS_CMD_RACK_VERBS_H

#include "harness/cmd/cmd.h"

/* Verbs of `brownout rack` that look at a rack without touching it; they return exit codes. */
int cmd_rack_who(const struct cmd_bench *rack);
/* What runs on the boards, as the last trial on each bench saw it. */
int cmd_rack_versions(const struct cmd_bench *rack);

#endif
