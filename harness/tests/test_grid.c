#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/model/grid.h"
#include "harness/model/values.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* smp.byte 400 800 1200 1600 1684; boot 1 2; swap 1; flash.op 1..1000 */
static void make_census(struct bo_census *census)
{
	static const uint64_t bytes[] = {400, 800, 1200, 1600, 1684};

	*census = (struct bo_census){0};
	for (uint64_t i = 0; i < COUNT(bytes); i++)
		bo_census_pass(census, "smp.byte", bytes[i], 1);
	for (uint64_t i = 1; i <= 100; i++)
		bo_census_pass(census, "smp.at", i, 1);
	for (uint64_t i = 1; i <= 2; i++)
		bo_census_pass(census, "boot", i, 1);
	bo_census_pass(census, "swap", 1, 1);
	for (uint64_t i = 1; i <= 1000; i++)
		bo_census_pass(census, "flash.op", i, 1);
}

static void show(const struct bo_grid *grid, struct bo_buf *out)
{
	size_t segment = 0;

	bo_buf_printf(out, "%s", "");
	for (size_t i = 0; i < grid->count; i++) {
		const struct bo_place *place = &grid->place[i];
		char time[BO_VALUES_TEXT_MAX];

		if (place->after) {
			bo_after_format(place->after, out);
			bo_buf_printf(out, ":");
		}
		if (place->boot)
			bo_buf_printf(out, "b%u.", place->boot);
		bo_buf_printf(out, "%s.%llu", place->point, (unsigned long long)place->n);
		if (place->delay_ns)
			bo_buf_printf(out, "+%s",
				      bo_values_format_compact(BO_DURATION, time, place->delay_ns));
		bool ends = i + 1 == grid->segment_end[segment];

		bo_buf_printf(out, ends ? "; " : " ");
		segment += ends;
	}
	cr_expect_eq(segment, grid->segments);
}

Test(grid, an_axis_is_the_places_it_says)
{
	enum { SEEN, BEYOND, NO_CENSUS };
	static const struct {
		int how;
		const char *axis, *places;
	} cases[] = {
		{SEEN, "smp.byte",
		 "smp.byte.400 smp.byte.800 smp.byte.1200 smp.byte.1600 "
		 "smp.byte.1684; "},
		{SEEN, "smp.byte/500", "smp.byte.500 smp.byte.1000 smp.byte.1500; "},
		{SEEN, "smp.byte/300", "smp.byte.300 smp.byte.600 smp.byte.1200 smp.byte.1500; "},
		{SEEN, "smp.byte.500..1300", "smp.byte.800 smp.byte.1200 smp.byte.1300; "},
		{SEEN, "smp.byte.1000", "smp.byte.1000; "},
		{SEEN, "flash.op/400", "flash.op.400 flash.op.800; "},
		{SEEN, "flash.op.300..1200/300", "flash.op.300 flash.op.600 flash.op.900; "},
		{BEYOND, "flash.op.900..1500/300", "flash.op.900 flash.op.1200 flash.op.1500; "},
		{SEEN, "swap.1+0ms..20ms/10ms", "swap.1 swap.1+10ms swap.1+20ms; "},
		{SEEN, "boot+1ms", "boot.1+1ms; boot.2+1ms; "},
		{SEEN, "boot.2+5ms..6ms", "boot.2+5ms boot.2+6ms; "},
		{BEYOND, "b3.swap.1..2", "b3.swap.1 b3.swap.2; "},
		{BEYOND, "b3.new.2..4/2", "b3.new.2 b3.new.4; "},
		{SEEN, "swap.1+0..2ms", "swap.1 swap.1+1ms swap.1+2ms; "},
		{SEEN, "swap.1:smp.byte/800", "swap.1:smp.byte.800 swap.1:smp.byte.1600; "},
		{NO_CENSUS, "phase.two:within-2s:boot.1..2",
		 "phase.two:within-2s:boot.1 phase.two:within-2s:boot.2; "},
		{SEEN, "swap.1:b2.boot", NULL},
		{SEEN, "swap:boot", NULL},
		{SEEN, "sw*", "swap.1; "},
		{SEEN, "smp.at/50", "smp.at.50 smp.at.100; "},
		{SEEN, "[bs]*", NULL},
		{SEEN, "?oot", "boot.1 boot.2; "},
		{SEEN, "smp.*/800", "smp.byte.800 smp.byte.1600; "},
		{NO_CENSUS, "power-on.1+0s..2ms", "power-on.1 power-on.1+1ms power-on.1+2ms; "},
		{NO_CENSUS, "smp.byte.1..6/2", "smp.byte.2 smp.byte.4 smp.byte.6; "},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_grid_rules rules = {
			.every = 1, .step = BO_MS, .beyond = cases[i].how == BEYOND};
		struct bo_census census;
		struct bo_grid grid = {0};
		struct bo_axis axis;
		struct bo_err err = {0};
		struct bo_buf text = {0};

		make_census(&census);
		int rc = bo_axis_parse(cases[i].axis, &axis, &err);

		cr_expect_eq(rc, cases[i].places ? 0 : -EINVAL, "%s", bo_err_text(&err));
		if (rc == 0) {
			rc = bo_grid_add(&grid, &axis, &rules,
					 cases[i].how == NO_CENSUS ? NULL : &census, &err);
			cr_expect_eq(rc, 0, "%s", bo_err_text(&err));
			show(&grid, &text);
			cr_expect_str_eq(text.data, cases[i].places, "%s", cases[i].axis);
		}
		bo_grid_free(&grid);
		bo_census_free(&census);
		bo_buf_done(&text);
	}
}

Test(grid, edges_are_the_ends_of_segments_and_phases)
{
	static const struct {
		const char *axis;
		uint64_t edges[8]; /* ordinals */
	} cases[] = {
		{"op", {1, 40, 41, 60, 61, 100}},
		{"op/25", {25, 50, 75, 100}},
		{"op.45..55", {45, 55}},
		{"boot.1+0ms..5ms", {1, 1}},
	};
	struct bo_grid_rules rules = {.every = 1, .step = BO_MS};
	struct bo_census census = {0};

	for (uint64_t i = 1; i <= 100; i++) {
		bo_census_pass(&census, "op", i, 1);
		if (i == 40 || i == 60)
			bo_census_pass(&census, "boot", i / 20 - 1, 1);
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_grid grid = {0};
		struct bo_axis axis;
		struct bo_err err = {0};
		size_t edges = 0;

		cr_assert_eq(bo_axis_parse(cases[i].axis, &axis, &err), 0);
		cr_assert_eq(bo_grid_add(&grid, &axis, &rules, &census, &err), 0);
		for (size_t k = 0; k < grid.count; k++)
			if (grid.place[k].edge)
				cr_expect_eq(grid.place[k].n, cases[i].edges[edges++], "%s: %llu",
					     cases[i].axis, (unsigned long long)grid.place[k].n);
		cr_expect_eq(cases[i].edges[edges], 0, "%s: %zu edges", cases[i].axis, edges);
		bo_grid_free(&grid);
	}
	bo_census_free(&census);
}

Test(grid, what_is_no_axis_is_refused_with_a_reason)
{
	static const struct {
		const char *axis, *why;
	} cases[] = {
		{"", "axis '': say a point or a pattern, as in smp.byte or smp.*"},
		{"a b", "axis 'a b': say a point or a pattern, as in smp.byte or smp.*"},
		{"x.5..3", "axis 'x.5..3': say a range of ordinals as in smp.byte.4096..12288"},
		{"x..3", "axis 'x..3': say a range of ordinals as in smp.byte.4096..12288"},
		{"x.1..", "axis 'x.1..': say a range of ordinals as in smp.byte.4096..12288"},
		{"x/0", "axis 'x/0': a stride is a number of ordinals, as in flash.op/100"},
		{"x/10ms", "axis 'x/10ms': a stride is a number of ordinals, as in flash.op/100"},
		{"x+3ms..1ms", "axis 'x+3ms..1ms': the window ends before it begins"},
		{"x+0ms..1ms/0ms", "axis 'x+0ms..1ms/0ms': a stride of nothing"},
		{"x+5", "axis 'x+5': a bare number; say for example '250 ms'"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_axis axis;
		struct bo_err err = {0};

		cr_expect_eq(bo_axis_parse(cases[i].axis, &axis, &err), -EINVAL, "%s",
			     cases[i].axis);
		cr_expect_str_eq(bo_err_text(&err), cases[i].why);
	}
}

Test(grid, what_the_census_did_not_see_and_what_is_too_much_is_said)
{
	static const struct {
		const char *axis;
		int rc;
		const char *why;
	} cases[] = {
		{"swop", -ENOENT, "no fault point 'swop' was passed by the trial without faults"},
		{"swop.1", -ENOENT, "no fault point 'swop' was passed by the trial without faults"},
		{"boot.7", -ENOENT,
		 "fault point 'boot' was passed by the trial without faults, but at no ordinal "
		 "that is asked for"},
		{"q*", -ENOENT, "no fault point 'q*' was passed by the trial without faults"},
		{"swap.1+0s..1h/1us", -ERANGE,
		 "axis 'swap': more than 1000000 places; choose a larger stride"},
	};
	struct bo_grid_rules rules = {.every = 1, .step = BO_MS};
	struct bo_census census;

	make_census(&census);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_grid grid = {0};
		struct bo_axis axis;
		struct bo_err err = {0};

		cr_assert_eq(bo_axis_parse(cases[i].axis, &axis, &err), 0);
		cr_expect_eq(bo_grid_add(&grid, &axis, &rules, &census, &err), cases[i].rc);
		cr_expect_str_eq(bo_err_text(&err), cases[i].why);
		bo_grid_free(&grid);
	}
	bo_census_free(&census);
}
