#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>

#include "harness/model/values.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(values, what_is_written_exactly_is_read_exactly)
{
	static const struct {
		enum bo_quantity kind;
		const char *text;
		int64_t value;
	} cases[] = {
		{BO_DURATION, "250 ms", 250000000},
		{BO_DURATION, "250ms", 250000000},
		{BO_DURATION, "0 s", 0},
		{BO_DURATION, "52500ns", 52500},
		{BO_DURATION, "1.5 s", 1500000000},
		{BO_DURATION, "1.50000000000000000000000000000 s", 1500000000},
		{BO_DURATION, "0.000000001 s", 1},
		{BO_DURATION, "0.25 h", 900000000000},
		{BO_DURATION, "2 min", 120000000000},
		{BO_DURATION, "30 us", 30000},
		{BO_DURATION, "8760 h", INT64_C(31536000000000000)},
		{BO_DURATION, "8759.9999999999 h", INT64_C(31535999999999640)},
		{BO_SIZE, "46 KiB", 47104},
		{BO_SIZE, "0.25 KiB", 256},
		{BO_SIZE, "1.5 MiB", 1572864},
		{BO_SIZE, "7 B", 7},
		{BO_BAUD, "115200 baud", 115200},
		{BO_BAUD, "500 kbaud", 500000},
		{BO_BAUD, "1.5 Mbaud", 1500000},
		{BO_PERCENT, "5 %", 50000},
		{BO_PERCENT, "5%", 50000},
		{BO_PERCENT, "0.0001 %", 1},
		{BO_PERCENT, "200 ppm", 200},
		{BO_FREQUENCY, "1 MHz", 1000000},
		{BO_FREQUENCY, "32.768 kHz", 32768},
		{BO_RATE, "64 kbit", 64000},
		{BO_RATE, "2.5Gbit", 2500000000},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *why = "";
		int64_t value = -1;

		cr_expect_eq(bo_values_parse(cases[i].kind, cases[i].text, &value, &why), 0,
			     "%s: %s", cases[i].text, why);
		cr_expect_eq(value, cases[i].value, "%s gave %" PRId64, cases[i].text, value);
	}
}

Test(values, a_refusal_says_what_is_wrong_and_what_is_expected)
{
	static const struct {
		enum bo_quantity kind;
		const char *text;
		int code;
		const char *why;
	} cases[] = {
		{BO_DURATION, "", -EINVAL, "empty; say for example '250 ms'"},
		{BO_DURATION, "250", -EINVAL, "a bare number; say for example '250 ms'"},
		{BO_DURATION, "soon", -EINVAL, "not a duration; say for example '250 ms'"},
		{BO_DURATION, " 1 s", -EINVAL, "not a duration; say for example '250 ms'"},
		{BO_DURATION, ".5 s", -EINVAL, "not a duration; say for example '250 ms'"},
		{BO_DURATION, "5. s", -EINVAL, "not a duration; say for example '250 ms'"},
		{BO_DURATION, "+1 s", -EINVAL, "not a duration; say for example '250 ms'"},
		{BO_DURATION, "- s", -EINVAL, "not a duration; say for example '250 ms'"},
		{BO_DURATION, "-5 ms", -EINVAL, "negative; expected a duration such as '250 ms'"},
		{BO_DURATION, "5 sec", -EINVAL,
		 "unknown unit; expected one of ns us ms s min h, for example '250 ms'"},
		{BO_DURATION, "5 ms ", -EINVAL,
		 "unknown unit; expected one of ns us ms s min h, for example '250 ms'"},
		{BO_DURATION, "5 ", -EINVAL,
		 "unknown unit; expected one of ns us ms s min h, for example '250 ms'"},
		{BO_DURATION, "0x10 ms", -EINVAL,
		 "unknown unit; expected one of ns us ms s min h, for example '250 ms'"},
		{BO_DURATION, "1.2.3 s", -EINVAL,
		 "unknown unit; expected one of ns us ms s min h, for example '250 ms'"},
		{BO_DURATION, "0.5 ns", -EINVAL, "too fine; the smallest step is 1 ns"},
		{BO_DURATION, "0.33333333333333333333333 s", -EINVAL,
		 "too fine; the smallest step is 1 ns"},
		{BO_DURATION, "8760.1 h", -ERANGE, "too large; expected at most 8760 h"},
		{BO_DURATION, "9223372036854775808 ns", -ERANGE,
		 "too large; expected at most 8760 h"},
		{BO_DURATION, "9223372036854775807 h", -ERANGE,
		 "too large; expected at most 8760 h"},
		{BO_DURATION, "18446744073709551617 ns", -ERANGE,
		 "too large; expected at most 8760 h"},
		{BO_SIZE, "46", -EINVAL, "a bare number; say for example '46 KiB'"},
		{BO_SIZE, "46 KB", -EINVAL,
		 "unknown unit; expected one of B KiB MiB, for example '46 KiB'"},
		{BO_SIZE, "0.1 KiB", -EINVAL, "too fine; the smallest step is 1 B"},
		{BO_BAUD, "115200", -EINVAL, "a bare number; say for example '115200 baud'"},
		{BO_BAUD, "0 baud", -ERANGE, "too small; expected at least 1 baud"},
		{BO_PERCENT, "5 pct", -EINVAL,
		 "unknown unit; expected one of % ppm, for example '5 %'"},
		{BO_FREQUENCY, "1 mhz", -EINVAL,
		 "unknown unit; expected one of Hz kHz MHz, for example '1 MHz'"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *why = "";
		int64_t value = -7;

		cr_expect_eq(bo_values_parse(cases[i].kind, cases[i].text, &value, &why),
			     cases[i].code, "'%s'", cases[i].text);
		cr_expect_str_eq(why, cases[i].why, "'%s': %s", cases[i].text, why);
		cr_expect_eq(value, -7, "'%s' touched the output", cases[i].text);
	}
}

Test(values, the_largest_exact_unit_is_printed)
{
	static const struct {
		enum bo_quantity kind;
		int64_t value;
		const char *text, *compact;
	} cases[] = {
		{BO_DURATION, 250000000, "250 ms", "250ms"},
		{BO_DURATION, 1000000000, "1 s", "1s"},
		{BO_DURATION, 52500, "52500 ns", "52500ns"},
		{BO_DURATION, 1500000000, "1500 ms", "1500ms"},
		{BO_DURATION, 60000000000, "1 min", "1min"},
		{BO_DURATION, 0, "0 s", "0s"},
		{BO_DURATION, INT64_MAX, "9223372036854775807 ns", "9223372036854775807ns"},
		{BO_SIZE, 47104, "46 KiB", "46KiB"},
		{BO_SIZE, 1025, "1025 B", "1025B"},
		{BO_BAUD, 115200, "115200 baud", "115200baud"},
		{BO_PERCENT, 50000, "5 %", "5%"},
		{BO_PERCENT, 5001, "5001 ppm", "5001ppm"},
		{BO_FREQUENCY, 1000000, "1 MHz", "1MHz"},
	};
	char out[BO_VALUES_TEXT_MAX];

	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_expect_str_eq(bo_values_format(cases[i].kind, out, cases[i].value),
				 cases[i].text);
		cr_expect_str_eq(bo_values_format_compact(cases[i].kind, out, cases[i].value),
				 cases[i].compact);
	}
}

Test(values, what_is_printed_reads_back_equal)
{
	static const int64_t seeds[] = {1, 7, 1000, 1024, 3600, 999999, 1000001, 50000000};

	for (int kind = 0; kind < BO_QUANTITIES; kind++)
		for (size_t i = 0; i < COUNT(seeds); i++) {
			char spaced[BO_VALUES_TEXT_MAX], compact[BO_VALUES_TEXT_MAX];
			const char *why = "";
			int64_t a = -1, b = -1;

			bo_values_format((enum bo_quantity)kind, spaced, seeds[i]);
			bo_values_format_compact((enum bo_quantity)kind, compact, seeds[i]);
			bo_values_parse((enum bo_quantity)kind, spaced, &a, &why);
			bo_values_parse((enum bo_quantity)kind, compact, &b, &why);
			cr_expect(a == seeds[i] && b == seeds[i], "%s %s: %s", spaced, compact,
				  why);
		}
}
