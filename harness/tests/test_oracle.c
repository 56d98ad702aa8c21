#include <criterion/criterion.h>
#include <string.h>

#include "harness/engine/oracle.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct bo_identity old_image = {"1.0.0", {1, 1, 1}};
static const struct bo_identity new_image = {"2.0.0", {2, 2, 2}};

/* What an observation is made of. */
#define READY(version_) .ready = true, .version = version_
#define SAYS(n)		.state_known = true, .active_has_hash = true, .active_hash = {n, n, n}
#define FLASH(n)	.read_back_known = true, .read_back_whole = true, .read_back_hash = {n, n, n}
#define FLASH_NOT_WHOLE .read_back_known = true, .read_back_whole = false

static enum bo_outcome outcome_of(const struct bo_observed *seen)
{
	struct bo_judgement judgement = {.outcome = BO_OUTCOME_COUNT};

	bo_oracle_judge(seen, &old_image, &new_image, &judgement);
	cr_expect_not_null(judgement.why);
	cr_expect_gt(strlen(judgement.why), 10);
	return judgement.outcome;
}

/* Each outcome with an observation that gives it and the nearest one that does not. */
static const struct {
	const char *what;
	struct bo_observed seen;
	enum bo_outcome outcome;
	struct bo_observed neighbour;
	enum bo_outcome instead;
} evidence[] = {
	{"version, target and flash agree",
	 {READY("2.0.0"), SAYS(2), FLASH(2), .active_confirmed = true},
	 BO_OUTCOME_UPDATED,
	 {READY("2.0.0"), SAYS(2), FLASH(1), .active_confirmed = true},
	 BO_OUTCOME_WRONG_IMAGE},
	{"the old one, and the new one never ran",
	 {READY("1.0.0"), SAYS(1), FLASH(1)},
	 BO_OUTCOME_KEPT_OLD,
	 {READY("1.0.0"), SAYS(1), FLASH(1), .new_ran = true},
	 BO_OUTCOME_ROLLED_BACK},
	{"the old one after the new one",
	 {READY("1.0.0"), SAYS(1), FLASH(1), .new_ran = true},
	 BO_OUTCOME_ROLLED_BACK,
	 {READY("2.0.0"), SAYS(2), FLASH(2), .new_ran = true},
	 BO_OUTCOME_UPDATED},
	{"told no",
	 {READY("1.0.0"), SAYS(1), FLASH(1), .refused = true},
	 BO_OUTCOME_REFUSED,
	 {READY("2.0.0"), SAYS(2), FLASH(2), .refused = true},
	 BO_OUTCOME_UPDATED},
	{"told no, although the new one ran",
	 {READY("1.0.0"), SAYS(1), FLASH(1), .refused = true, .new_ran = true},
	 BO_OUTCOME_REFUSED,
	 {READY("1.0.0"), SAYS(1), FLASH(1), .new_ran = true},
	 BO_OUTCOME_ROLLED_BACK},
	{"not made permanent",
	 {READY("2.0.0"), SAYS(2), FLASH(2), .confirm_wanted = true},
	 BO_OUTCOME_DEGRADED,
	 {READY("2.0.0"), SAYS(2), FLASH(2)},
	 BO_OUTCOME_UPDATED},
	{"not made permanent, but nobody could ask",
	 {READY("2.0.0"), FLASH(2), .confirm_wanted = true},
	 BO_OUTCOME_UPDATED,
	 {READY("2.0.0"), .state_known = true, FLASH(2), .confirm_wanted = true},
	 BO_OUTCOME_DEGRADED},
	{"boots again and again, and is mute whenever it seems to be up",
	 {READY("2.0.0"), FLASH(2), .mute = true, .unordered_boots = 4},
	 BO_OUTCOME_BOOT_LOOP,
	 {READY("2.0.0"), FLASH(2), .mute = true, .unordered_boots = 3},
	 BO_OUTCOME_DEGRADED},
	{"runs, and does not answer",
	 {READY("1.0.0"), FLASH(1), .mute = true},
	 BO_OUTCOME_DEGRADED,
	 {READY("1.0.0"), FLASH(1)},
	 BO_OUTCOME_KEPT_OLD},
	{"runs, and takes no further update",
	 {READY("2.0.0"), SAYS(2), FLASH(2), .takes_no_more = true},
	 BO_OUTCOME_DEGRADED,
	 {READY("2.0.0"), SAYS(2), FLASH(2)},
	 BO_OUTCOME_UPDATED},
	{"kept the old one, and takes no further update",
	 {READY("1.0.0"), SAYS(1), FLASH(1), .takes_no_more = true},
	 BO_OUTCOME_DEGRADED,
	 {READY("1.0.0"), SAYS(1), FLASH(1), .takes_no_more = true, .refused = true},
	 BO_OUTCOME_REFUSED},
	{"waits for an image, and takes it",
	 {.waits_for_image = true, .took_image = true},
	 BO_OUTCOME_RECOVERY_MODE,
	 {.waits_for_image = true, .clear_tried = true, .cleared = true},
	 BO_OUTCOME_BRICKED},
	{"took an image, and boots it: what it did before counts",
	 {.waits_for_image = true, .took_image = true, .new_ran = true},
	 BO_OUTCOME_RECOVERY_MODE,
	 {READY("1.0.0"), SAYS(1), FLASH(1), .new_ran = true},
	 BO_OUTCOME_ROLLED_BACK},
	{"waits for an image, takes none, and neither does the bench",
	 {.waits_for_image = true, .clear_tried = true},
	 BO_OUTCOME_UNRESOLVED,
	 {.waits_for_image = true},
	 BO_OUTCOME_NONE},
	{"boots again and again",
	 {.unordered_boots = 4},
	 BO_OUTCOME_BOOT_LOOP,
	 {.unordered_boots = 3},
	 BO_OUTCOME_NONE},
	{"boots again and again, though the bench is fine",
	 {.unordered_boots = 4, .clear_tried = true, .cleared = true},
	 BO_OUTCOME_BOOT_LOOP,
	 {.unordered_boots = 4, .clear_tried = true},
	 BO_OUTCOME_UNRESOLVED},
	{"boots now and then, but came up",
	 {READY("2.0.0"), SAYS(2), FLASH(2), .unordered_boots = 9},
	 BO_OUTCOME_UPDATED,
	 {.unordered_boots = 9},
	 BO_OUTCOME_BOOT_LOOP},
	{"dead, and the golden image boots",
	 {.clear_tried = true, .cleared = true},
	 BO_OUTCOME_BRICKED,
	 {.clear_tried = true},
	 BO_OUTCOME_UNRESOLVED},
	{"dead with garbage in flash, and the golden image boots",
	 {.clear_tried = true, .cleared = true, FLASH_NOT_WHOLE},
	 BO_OUTCOME_BRICKED,
	 {READY("2.0.0"), FLASH_NOT_WHOLE},
	 BO_OUTCOME_WRONG_IMAGE},
	{"dead, and so is the bench",
	 {.clear_tried = true},
	 BO_OUTCOME_UNRESOLVED,
	 {0},
	 BO_OUTCOME_NONE},
};

Test(oracle, each_outcome_has_its_evidence_and_a_neighbour_without_it)
{
	for (size_t i = 0; i < COUNT(evidence); i++) {
		cr_expect_eq(outcome_of(&evidence[i].seen), evidence[i].outcome, "%s: %s",
			     evidence[i].what, bo_outcome_names[outcome_of(&evidence[i].seen)]);
		cr_expect_eq(outcome_of(&evidence[i].neighbour), evidence[i].instead,
			     "neighbour of '%s': %s", evidence[i].what,
			     bo_outcome_names[outcome_of(&evidence[i].neighbour)]);
	}
}

/* A liar or a confused target: every contradiction between the witnesses is a wrong image. */
Test(oracle, witnesses_that_contradict_each_other_are_a_wrong_image)
{
	static const struct {
		const char *what;
		struct bo_observed seen;
	} cases[] = {
		{"a liar: banner and target say new, flash holds the old one",
		 {READY("2.0.0"), SAYS(2), FLASH(1), .new_ran = true}},
		{"a liar: banner and target say old, flash holds the new one",
		 {READY("1.0.0"), SAYS(1), FLASH(2)}},
		{"the banner says new, the target old", {READY("2.0.0"), SAYS(1), FLASH(1)}},
		{"the banner says old, the target new", {READY("1.0.0"), SAYS(2), FLASH(2)}},
		{"a version that is neither", {READY("3.0.0"), SAYS(2), FLASH(2)}},
		{"a version that only begins alike", {READY("2.0.0-dev"), SAYS(2), FLASH(2)}},
		{"no version at all", {READY(""), SAYS(2), FLASH(2)}},
		{"a hash that is neither", {READY("2.0.0"), SAYS(3), FLASH(2)}},
		{"flash that is neither", {READY("2.0.0"), SAYS(2), FLASH(3)}},
		{"flash that is not whole", {READY("1.0.0"), SAYS(1), FLASH_NOT_WHOLE}},
		{"flash that is not whole, its header says new",
		 {READY("2.0.0"), .read_back_known = true, .read_back_whole = false,
		  .read_back_hash = {2, 2, 2}}},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(outcome_of(&cases[i].seen), BO_OUTCOME_WRONG_IMAGE, "%s: %s",
			     cases[i].what, bo_outcome_names[outcome_of(&cases[i].seen)]);
}

Test(oracle, what_was_not_seen_is_not_judged)
{
	static const struct {
		const char *what;
		struct bo_observed seen;
		enum bo_outcome outcome;
	} cases[] = {
		{"nothing", {0}, BO_OUTCOME_NONE},
		{"a version line alone: new", {READY("2.0.0")}, BO_OUTCOME_NONE},
		{"a version line alone: old", {READY("1.0.0"), .new_ran = true}, BO_OUTCOME_NONE},
		{"a version line alone: neither", {READY("9.9.9")}, BO_OUTCOME_NONE},
		{"a target that answers without a hash",
		 {READY("2.0.0"), .state_known = true, .active_confirmed = true},
		 BO_OUTCOME_NONE},
		{"a hash in fields that are not valid",
		 {READY("2.0.0"), .active_hash = {2, 2, 2}, .read_back_hash = {2, 2, 2}},
		 BO_OUTCOME_NONE},
		{"the target's word is enough",
		 {READY("2.0.0"), SAYS(2), .active_confirmed = true},
		 BO_OUTCOME_UPDATED},
		{"flash read back is enough", {READY("2.0.0"), FLASH(2)}, BO_OUTCOME_UPDATED},
		{"silent, but nobody tried the bench", {FLASH(2)}, BO_OUTCOME_NONE},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(outcome_of(&cases[i].seen), cases[i].outcome, "%s: %s", cases[i].what,
			     bo_outcome_names[outcome_of(&cases[i].seen)]);
}

/* What satisfies two neighbours in the list of decisions is the first of them. */
Test(oracle, the_first_decision_that_holds_is_the_outcome)
{
	static const struct {
		const char *both;
		struct bo_observed seen;
		enum bo_outcome first;
	} cases[] = {
		{"unseen and wrong-image", {READY("9.9.9")}, BO_OUTCOME_NONE},
		{"wrong-image, and a boot loop",
		 {READY("9.9.9"), SAYS(3), .mute = true, .unordered_boots = 9},
		 BO_OUTCOME_WRONG_IMAGE},
		{"unresolved, and a boot loop",
		 {.clear_tried = true, .unordered_boots = 9},
		 BO_OUTCOME_UNRESOLVED},
		{"bricked, and in a recovery that took an image",
		 {.clear_tried = true,
		  .cleared = true,
		  .waits_for_image = true,
		  .took_image = true},
		 BO_OUTCOME_BRICKED},
		{"a boot loop, and in recovery",
		 {.unordered_boots = 9, .waits_for_image = true, .took_image = true},
		 BO_OUTCOME_BOOT_LOOP},
		{"recovery, and a right image in flash",
		 {.waits_for_image = true,
		  .took_image = true,
		  .version = "2.0.0",
		  SAYS(2),
		  FLASH(2),
		  .takes_no_more = true},
		 BO_OUTCOME_RECOVERY_MODE},
		{"degraded and refused",
		 {READY("1.0.0"), SAYS(1), FLASH(1), .mute = true, .refused = true},
		 BO_OUTCOME_DEGRADED},
		{"refused and rolled-back",
		 {READY("1.0.0"), SAYS(1), FLASH(1), .refused = true, .new_ran = true},
		 BO_OUTCOME_REFUSED},
		{"rolled-back and kept-old",
		 {READY("1.0.0"), SAYS(1), FLASH(1), .new_ran = true},
		 BO_OUTCOME_ROLLED_BACK},
		{"degraded and updated",
		 {READY("2.0.0"), SAYS(2), FLASH(2), .takes_no_more = true},
		 BO_OUTCOME_DEGRADED},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(outcome_of(&cases[i].seen), cases[i].first, "%s: %s", cases[i].both,
			     bo_outcome_names[outcome_of(&cases[i].seen)]);
}

/* A second update to what runs already: it was delivered or refused, nothing was kept away. */
Test(oracle, an_update_to_what_runs_already_is_refused_or_updated)
{
	static const struct bo_observed fine = {READY("2.0.0"), SAYS(2), FLASH(2), .new_ran = true};
	static const struct bo_observed told_no = {READY("2.0.0"), SAYS(2), FLASH(2),
						   .refused = true};
	struct bo_judgement judgement;

	bo_oracle_judge(&fine, &new_image, &new_image, &judgement);
	cr_expect_eq(judgement.outcome, BO_OUTCOME_UPDATED);
	bo_oracle_judge(&told_no, &new_image, &new_image, &judgement);
	cr_expect_eq(judgement.outcome, BO_OUTCOME_REFUSED);
}

Test(oracle, an_update_to_the_same_version_is_told_apart_by_its_hash)
{
	static const struct bo_identity twin = {"1.0.0", {2, 2, 2}};
	static const struct bo_observed runs_twin = {READY("1.0.0"), FLASH(2)};
	static const struct bo_observed runs_old = {READY("1.0.0"), FLASH(1)};
	struct bo_judgement judgement;

	bo_oracle_judge(&runs_twin, &old_image, &twin, &judgement);
	cr_expect_eq(judgement.outcome, BO_OUTCOME_UPDATED);
	bo_oracle_judge(&runs_old, &old_image, &twin, &judgement);
	cr_expect_eq(judgement.outcome, BO_OUTCOME_KEPT_OLD);
}

Test(oracle, what_only_a_listener_could_tell_apart_is_said_to_be_so)
{
	static const struct {
		const char *what;
		struct bo_observed seen;
		enum bo_outcome outcome, or_unheard;
	} cases[] = {
		{"old runs, all was heard",
		 {READY("1.0.0"), SAYS(1), FLASH(1)},
		 BO_OUTCOME_KEPT_OLD,
		 BO_OUTCOME_NONE},
		{"old runs, not all was heard",
		 {READY("1.0.0"), SAYS(1), FLASH(1), .unheard = true},
		 BO_OUTCOME_KEPT_OLD,
		 BO_OUTCOME_ROLLED_BACK},
		{"the new one was heard all the same",
		 {READY("1.0.0"), SAYS(1), FLASH(1), .unheard = true, .new_ran = true},
		 BO_OUTCOME_ROLLED_BACK,
		 BO_OUTCOME_NONE},
		{"new runs",
		 {READY("2.0.0"), SAYS(2), FLASH(2), .unheard = true},
		 BO_OUTCOME_UPDATED,
		 BO_OUTCOME_NONE},
	};
	struct bo_judgement judgement;

	for (size_t i = 0; i < COUNT(cases); i++) {
		bo_oracle_judge(&cases[i].seen, &old_image, &new_image, &judgement);
		cr_expect_eq(judgement.outcome, cases[i].outcome, "%s", cases[i].what);
		cr_expect_eq(judgement.or_unheard, cases[i].or_unheard, "%s", cases[i].what);
	}
}
