#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/model/census.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void pass_all(struct bo_census *census, const char *name, const uint64_t *values,
		     size_t count)
{
	for (size_t i = 0; i < count; i++)
		bo_census_pass(census, name, values[i], 1000 + (bo_ns)i);
}

static void take_line(void *ctx, const json_t *line)
{
	cr_assert_eq(bo_census_take(ctx, line), 0);
}

Test(census, every_value_is_found_again_also_after_a_journey_through_the_journal)
{
	static const uint64_t boots[] = {1, 2, 3}, once[] = {7},
			      bytes[] = {400, 800, 1200, 1200, 1100, 1600, 1684, 1700, 1716};
	static const uint64_t kept[] = {400, 800, 1200, 1600, 1684, 1700, 1716};
	struct bo_census census = {0}, again = {0};
	struct bo_buf journal = {0};
	size_t bad;

	pass_all(&census, "boot", boots, COUNT(boots));
	pass_all(&census, "smp.byte", bytes, COUNT(bytes));
	pass_all(&census, "swap", once, COUNT(once));
	bo_census_write(&census, 5000, 900, &journal);
	cr_assert_eq(bo_journal_walk(journal.data, journal.len, take_line, &again, &bad), 0);

	struct bo_census *both[] = {&census, &again};

	for (size_t i = 0; i < COUNT(both); i++) {
		const struct bo_census_point *point = bo_census_find(both[i], "smp.byte");

		cr_assert_not_null(point);
		cr_expect_eq(point->count, COUNT(kept));
		cr_expect_eq(point->last, 1716);
		cr_assert_eq(point->places, COUNT(kept));
		for (uint64_t k = 0; k < COUNT(kept); k++)
			cr_expect_eq(bo_census_value(point, k), kept[k]);
		cr_expect_eq(bo_census_find(both[i], "boot")->runs, 1);
		cr_expect_eq(bo_census_value(bo_census_find(both[i], "swap"), 0), 7);
		cr_expect_null(bo_census_find(both[i], "smp"));
	}
	cr_expect_eq(bo_census_find(&again, "smp.byte")->first_at, 100);
	cr_expect_eq(bo_census_find(&again, "smp.byte")->last_at, 108);
	bo_census_free(&census);
	bo_census_free(&again);
	bo_buf_done(&journal);
}

Test(census, boots_and_named_points_mark_where_the_other_counters_stood)
{
	struct bo_census census = {0}, again = {0};
	struct bo_buf journal = {0};
	size_t bad;

	bo_census_pass(&census, "boot", 1, 1);
	bo_census_pass(&census, "flash.op", 1, 2);
	bo_census_pass(&census, "flash.op", 2, 3);
	bo_census_pass(&census, "smp.byte", 400, 4);
	bo_census_pass(&census, "boot", 2, 5);
	bo_census_pass(&census, "flash.op", 3, 6);
	bo_census_pass(&census, "swap", 1, 7);
	bo_census_pass(&census, "swap", 2, 8);
	bo_census_write(&census, 9, 0, &journal);
	cr_assert_eq(bo_journal_walk(journal.data, journal.len, take_line, &again, &bad), 0);
	const struct bo_census_point *ops = bo_census_find(&again, "flash.op");

	cr_assert_eq(ops->marks, 2);
	cr_expect_eq(ops->mark[0], 2, "at the second boot");
	cr_expect_eq(ops->mark[1], 3, "at both swaps");
	cr_expect_eq(bo_census_find(&again, "smp.byte")->marks, 1);
	bo_census_free(&census);
	bo_census_free(&again);
	bo_buf_done(&journal);
}

Test(census, a_line_that_makes_no_sense_is_refused)
{
	static const char *const lines[] = {
		"{\"at\":0,\"ev\":\"census\"}",
		"{\"at\":0,\"ev\":\"census\",\"name\":\"x\"}",
		"{\"at\":0,\"ev\":\"census\",\"name\":\"x\",\"runs\":[[0,1,1]]}",
		"{\"at\":0,\"ev\":\"census\",\"name\":\"x\",\"runs\":[[1,0,2]]}",
		"{\"at\":0,\"ev\":\"census\",\"name\":\"x\",\"runs\":[[1,-1,2]]}",
		"{\"at\":0,\"ev\":\"census\",\"name\":\"x\",\"runs\":[[1,1,0]]}",
		"{\"at\":0,\"ev\":\"census\",\"name\":\"x\",\"runs\":[[1,9223372036854775807,9]]}",
		"{\"at\":0,\"ev\":\"census\",\"name\":\"x\",\"runs\":[7]}",
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		struct bo_census census = {0};
		json_t *line = bo_journal_parse(lines[i], strlen(lines[i]));

		cr_assert_not_null(line, "%s", lines[i]);
		cr_expect_eq(bo_census_take(&census, line), -EBADMSG, "%s", lines[i]);
		json_decref(line);
		bo_census_free(&census);
	}
}

Test(census, more_runs_than_are_kept_are_still_counted)
{
	struct bo_census census = {0};
	uint64_t value = 0;

	for (uint64_t i = 0; i < 3 * BO_CENSUS_RUNS_MAX; i++)
		bo_census_pass(&census, "x", value += 1 + i * i, (bo_ns)i);
	const struct bo_census_point *point = bo_census_find(&census, "x");

	cr_expect_eq(point->count, 3 * BO_CENSUS_RUNS_MAX);
	cr_expect_eq(point->last, value);
	cr_expect_eq(point->runs, BO_CENSUS_RUNS_MAX);
	cr_expect_lt(bo_census_value(point, point->places - 1), value);
	bo_census_free(&census);
}
