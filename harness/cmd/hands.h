#ifndef BO_HARNESS_CMD_HANDS_H
#define BO_HARNESS_CMD_HANDS_H

#include "harness/cmd/cmd.h"
#include "harness/engine/lease.h"

/* A bench opened for work by hand: power, console, flash, update. */
struct cmd_hands {
	struct cmd_bench chosen;
	struct bo_clock real_clock;
	struct bo_clock_virtual virtual_clock;
	struct bo_loop loop;
	struct bo_lease lease;
	struct bo_bench bench;
	char scratch[4096]; /* the drivers' folder for logs; removed again */
};

/* The options every such command has. */
struct cmd_hands_options {
	const char *rack, *bench;
	int64_t wait;	  /* ns, for a bench that is busy */
	int64_t priority; /* wish.h */
};

#define CMD_HANDS_OPTIONS(o)                                                                     \
	{"rack", CMD_TEXT, &(o)->rack, "FILE", "the rack file [$BROWNOUT_RACK, rack.yaml]"},     \
		{"bench", CMD_TEXT, &(o)->bench, "NAME", "which of its benches [the only one]"}, \
		CMD_PRIORITY_OPTION(o),                                                          \
	{                                                                                        \
		"wait", CMD_DURATION, &(o)->wait, "TIME",                                        \
			"how long to wait for a bench that is busy, before exit 75 [0 s]"        \
	}

/* 0, or an exit code with the message printed. The bench may need another executable, which then
 * takes over this process. */
int cmd_hands_open(struct cmd_hands *hands, const struct cmd_hands_options *options);
/* Power goes into its safe state. */
void cmd_hands_close(struct cmd_hands *hands);

/* -EOPNOTSUPP-like message and exit code when a role is absent; 0 when it is there. */
int cmd_hands_need(const struct cmd_hands *hands, enum bo_role role);

/* The class of the bench's target; *ret_conf owns it. 0, or an exit code with the message printed.
 */
int cmd_hands_target(const struct cmd_hands *hands, struct bo_conf **ret_conf,
		     struct bo_target **ret);

#endif
