#include "harness/engine/oracle.h"

#include <string.h>

/* More boots of its own accord than this, and never ready: it loops. */
#define UNORDERED_BOOTS_OF_A_LOOP 3

struct view {
	const struct bo_observed *seen;
	bool runs_old, runs_new; /* by all the evidence there is */
};

bool bo_observed_runs(const struct bo_observed *seen, const struct bo_identity *image)
{
	if (!seen->ready || strcmp(seen->version, image->version) != 0)
		return false;
	if (seen->active_has_hash && memcmp(seen->active_hash, image->hash, 32) != 0)
		return false;
	if (seen->read_back_known &&
	    (!seen->read_back_whole || memcmp(seen->read_back_hash, image->hash, 32) != 0))
		return false;
	return true;
}

/* A version line alone proves nothing about the image that printed it. */
static bool is_unseen(const struct view *view)
{
	return view->seen->ready && !view->seen->read_back_known && !view->seen->active_has_hash;
}

static bool is_wrong_image(const struct view *view)
{
	return view->seen->ready && !view->runs_old && !view->runs_new;
}

/* An application that announces itself and answers nothing before the next boot is none. */
static bool is_boot_loop(const struct view *view)
{
	return (!view->seen->ready || view->seen->mute) &&
	       view->seen->unordered_boots > UNORDERED_BOOTS_OF_A_LOOP;
}

static bool is_bricked(const struct view *view)
{
	return !view->seen->ready && view->seen->cleared && !is_boot_loop(view);
}

/* It says that it can be helped, and cannot. */
static bool is_bricked_in_recovery(const struct view *view)
{
	return is_bricked(view) && view->seen->waits_for_image && !view->seen->took_image;
}

/* What took an image by itself needs no proof that the bench works. */
static bool is_recovery_mode(const struct view *view)
{
	return !view->seen->ready && view->seen->waits_for_image && view->seen->took_image;
}

static bool is_unresolved(const struct view *view)
{
	return !view->seen->ready && view->seen->clear_tried && !view->seen->cleared;
}

static bool is_not_permanent(const struct view *view)
{
	return view->runs_new && view->seen->confirm_wanted && view->seen->state_known &&
	       !view->seen->active_confirmed;
}

static bool is_mute(const struct view *view)
{
	return (view->runs_old || view->runs_new) && view->seen->mute;
}

/* Whoever said no to the update itself may say so again. */
static bool is_the_last_update(const struct view *view)
{
	return (view->runs_old || view->runs_new) && view->seen->takes_no_more &&
	       !view->seen->refused;
}

/* An update to what runs already is none that was kept away. */
static bool stayed_old(const struct view *view)
{
	return view->runs_old && !view->runs_new;
}

static bool is_refused(const struct view *view)
{
	return view->runs_old && view->seen->refused;
}

static bool is_rolled_back(const struct view *view)
{
	return stayed_old(view) && view->seen->new_ran;
}

static bool is_updated(const struct view *view)
{
	return view->runs_new;
}

/* The first that holds decides. */
static const struct {
	bool (*holds)(const struct view *view);
	enum bo_outcome outcome;
	const char *why;
} decisions[] = {
	{is_unseen, BO_OUTCOME_NONE, "it runs, but neither a hash nor the probe says what"},
	{is_wrong_image, BO_OUTCOME_WRONG_IMAGE, "what runs is neither the old nor the new image"},
	{is_unresolved, BO_OUTCOME_UNRESOLVED,
	 "did not come back, and the golden image did not boot on this bench either"},
	{is_bricked_in_recovery, BO_OUTCOME_BRICKED,
	 "waits for an image and takes none; the golden image boots on the same bench"},
	{is_bricked, BO_OUTCOME_BRICKED,
	 "no application after power cycles; the golden image boots on the same bench"},
	{is_boot_loop, BO_OUTCOME_BOOT_LOOP, "boots again and again without an application"},
	{is_recovery_mode, BO_OUTCOME_RECOVERY_MODE,
	 "no application, but the boot loader waits for an image, and takes one"},
	{is_not_permanent, BO_OUTCOME_DEGRADED, "the new image runs, but was not made permanent"},
	{is_mute, BO_OUTCOME_DEGRADED, "a right image runs, but does not answer"},
	{is_the_last_update, BO_OUTCOME_DEGRADED,
	 "a right image runs, but takes no further update"},
	{is_refused, BO_OUTCOME_REFUSED, "the old image runs; the update was refused"},
	{is_rolled_back, BO_OUTCOME_ROLLED_BACK, "the old image runs again after the new one ran"},
	{stayed_old, BO_OUTCOME_KEPT_OLD, "the old image runs; the new one never did"},
	{is_updated, BO_OUTCOME_UPDATED, "the new image runs"},
};

void bo_oracle_judge(const struct bo_observed *seen, const struct bo_identity *old_image,
		     const struct bo_identity *new_image, struct bo_judgement *ret)
{
	struct view view = {
		.seen = seen,
		.runs_old = bo_observed_runs(seen, old_image),
		.runs_new = bo_observed_runs(seen, new_image),
	};

	for (size_t i = 0; i < sizeof(decisions) / sizeof(decisions[0]); i++) {
		if (!decisions[i].holds(&view))
			continue;
		*ret = (struct bo_judgement){decisions[i].outcome, decisions[i].why,
					     BO_OUTCOME_NONE};
		/* Whether the new image ran in between, its announcement would have told. */
		if (seen->unheard && ret->outcome == BO_OUTCOME_KEPT_OLD)
			ret->or_unheard = BO_OUTCOME_ROLLED_BACK;
		return;
	}
	*ret = (struct bo_judgement){BO_OUTCOME_NONE, "nothing decisive was seen", BO_OUTCOME_NONE};
}
