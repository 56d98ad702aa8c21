#ifndef BO_HARNESS_CMD_CREW_PARTS_H
#define BO_HARNESS_CMD_CREW_PARTS_H

#include "harness/cmd/crew.h"

/* Within the crew: which trial comes next. */
#define NONE SIZE_MAX

/* Trials that have no verdict; and, of them, whether one may be dealt out now. */
bool crew_is_anything_left(struct cmd_crew *crew);
bool crew_is_anything_to_do(struct cmd_crew *crew);
/* NONE: no trial is left, or may be dealt out now. */
size_t crew_take_next(struct cmd_crew *crew);
/* It was not carried out: somebody else will. */
void crew_give_back(struct cmd_crew_member *member);

#endif
