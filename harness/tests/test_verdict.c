#include <criterion/criterion.h>

#include "harness/model/verdict.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(verdict, every_name_is_parsed_back)
{
	for (int i = 0; i < BO_OUTCOME_COUNT; i++)
		cr_expect_eq(bo_outcome_parse(bo_outcome_names[i]), i, "%s", bo_outcome_names[i]);
	for (int i = 0; i < BO_VERDICT_COUNT; i++)
		cr_expect_eq(bo_verdict_parse(bo_verdict_names[i]), i, "%s", bo_verdict_names[i]);
	cr_expect_null(bo_outcome_names[BO_OUTCOME_COUNT]);
	cr_expect_null(bo_verdict_names[BO_VERDICT_COUNT]);
	cr_expect_eq(bo_outcome_parse("update"), -1);
	cr_expect_eq(bo_outcome_parse(""), -1);
	cr_expect_eq(bo_verdict_parse("PASS"), -1);
}

Test(verdict, a_run_ends_with_the_worst_that_applies)
{
	static const struct {
		const char *what;
		struct bo_tally tally;
		int64_t min_judged_ppm;
		int code;
	} cases[] = {
		{"all held",
		 {.planned = 4, .fired = 3, .proven = 3, .judged = 4, .passed = 4},
		 950000,
		 BO_EXIT_OK},
		{"nothing was planned", {0}, 950000, BO_EXIT_NO_VERDICT},
		{"nothing was planned, and nothing asked", {0}, 0, BO_EXIT_NO_VERDICT},
		{"nothing applied", {.not_applicable = 3}, 950000, BO_EXIT_NO_VERDICT},
		{"a promise was broken",
		 {.planned = 4, .judged = 4, .passed = 3, .failed = 1},
		 950000,
		 BO_EXIT_BROKEN_PROMISE},
		{"a broken promise outweighs trials without verdict",
		 {.planned = 4, .fired = 2, .proven = 1, .judged = 1, .failed = 1, .skipped = 2},
		 950000,
		 BO_EXIT_BROKEN_PROMISE},
		{"one fired cut was not proven",
		 {.planned = 100, .fired = 100, .proven = 99, .judged = 99, .passed = 99},
		 950000,
		 BO_EXIT_NO_VERDICT},
		{"exactly enough was judged",
		 {.planned = 100, .judged = 95, .passed = 95, .skipped = 5},
		 950000,
		 BO_EXIT_OK},
		{"one too few was judged",
		 {.planned = 100, .judged = 94, .passed = 94, .skipped = 6},
		 950000,
		 BO_EXIT_NO_VERDICT},
		{"every single one is asked for",
		 {.planned = 100, .judged = 99, .passed = 99, .skipped = 1},
		 1000000,
		 BO_EXIT_NO_VERDICT},
		{"a run of many",
		 {.planned = UINT64_C(1000000000), .judged = UINT64_C(1000000000)},
		 1000000,
		 BO_EXIT_OK},
		{"more than all cannot be had",
		 {.planned = 10, .judged = 10, .passed = 10},
		 1000001,
		 BO_EXIT_NO_VERDICT},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(bo_tally_exit(&cases[i].tally, cases[i].min_judged_ppm), cases[i].code,
			     "%s", cases[i].what);
}
