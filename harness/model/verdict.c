#include "harness/model/verdict.h"

#include <string.h>

const char *const bo_outcome_names[BO_OUTCOME_COUNT + 1] = {
	[BO_OUTCOME_NONE] = "none",
	[BO_OUTCOME_WRONG_IMAGE] = "wrong-image",
	[BO_OUTCOME_BRICKED] = "bricked",
	[BO_OUTCOME_UNRESOLVED] = "unresolved",
	[BO_OUTCOME_BOOT_LOOP] = "boot-loop",
	[BO_OUTCOME_RECOVERY_MODE] = "recovery-mode",
	[BO_OUTCOME_DEGRADED] = "degraded",
	[BO_OUTCOME_REFUSED] = "refused",
	[BO_OUTCOME_ROLLED_BACK] = "rolled-back",
	[BO_OUTCOME_KEPT_OLD] = "kept-old",
	[BO_OUTCOME_UPDATED] = "updated",
};

const char *const bo_verdict_names[BO_VERDICT_COUNT + 1] = {
	[BO_PASS] = "pass",
	[BO_FAIL] = "fail",
	[BO_SKIPPED] = "skipped",
	[BO_INCONCLUSIVE] = "inconclusive",
};

bool bo_outcome_is_old(enum bo_outcome outcome)
{
	return outcome == BO_OUTCOME_REFUSED || outcome == BO_OUTCOME_ROLLED_BACK ||
	       outcome == BO_OUTCOME_KEPT_OLD;
}

static int index_of(const char *const *names, const char *name)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

int bo_outcome_parse(const char *name)
{
	return index_of(bo_outcome_names, name);
}

int bo_verdict_parse(const char *name)
{
	return index_of(bo_verdict_names, name);
}

int bo_tally_exit(const struct bo_tally *tally, int64_t min_judged_ppm)
{
	if (tally->failed > 0)
		return BO_EXIT_BROKEN_PROMISE;
	if (tally->proven < tally->fired || tally->stopped > 0)
		return BO_EXIT_NO_VERDICT;
	if (tally->planned == 0 ||
	    tally->judged * 1000000 < tally->planned * (uint64_t)min_judged_ppm)
		return BO_EXIT_NO_VERDICT;
	return BO_EXIT_OK;
}
