#include "harness/model/values.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t scale;
};

enum fault { EMPTY, NO_NUMBER, BARE, BAD_UNIT, NEGATIVE, TOO_FINE, TOO_SMALL, TOO_LARGE, FAULTS };

struct quantity {
	struct unit units[7]; /* ascending; ended by name NULL */
	const char *zero_unit;
	const char *unit_names;
	int64_t min, max;
	const char *why[FAULTS];
};

/* Whole texts at compile time: a fault is a pointer, and a parse cannot fail in reporting it. */
#define WHY(what, units, example, least, finest, most)                                             \
	{                                                                                          \
		[EMPTY] = "empty; say for example '" example "'",                                  \
		[NO_NUMBER] = "not " what "; say for example '" example "'",                       \
		[BARE] = "a bare number; say for example '" example "'",                           \
		[BAD_UNIT] = "unknown unit; expected one of " units ", for example '" example "'", \
		[NEGATIVE] = "negative; expected " what " such as '" example "'",                  \
		[TOO_FINE] = "too fine; the smallest step is " finest,                             \
		[TOO_SMALL] = "too small; expected at least " least,                               \
		[TOO_LARGE] = "too large; expected at most " most,                                 \
	}

#define DURATION_UNITS	"ns us ms s min h"
#define SIZE_UNITS	"B KiB MiB"
#define BAUD_UNITS	"baud kbaud Mbaud"
#define PERCENT_UNITS	"% ppm"
#define FREQUENCY_UNITS "Hz kHz MHz"
#define RATE_UNITS	"bit kbit Mbit Gbit"

static const struct quantity quantities[BO_QUANTITIES] = {
	[BO_DURATION] = {{{"ns", 1},
			  {"us", 1000},
			  {"ms", 1000000},
			  {"s", 1000000000},
			  {"min", 60000000000},
			  {"h", 3600000000000}},
			 "s",
			 DURATION_UNITS,
			 0,
			 INT64_C(8760) * 3600000000000,
			 WHY("a duration", DURATION_UNITS, "250 ms", "0 ns", "1 ns", "8760 h")},
	[BO_SIZE] = {{{"B", 1}, {"KiB", 1024}, {"MiB", 1048576}},
		     "B",
		     SIZE_UNITS,
		     0,
		     INT64_C(1) << 40,
		     WHY("a size", SIZE_UNITS, "46 KiB", "0 B", "1 B", "1048576 MiB")},
	[BO_BAUD] = {{{"baud", 1}, {"kbaud", 1000}, {"Mbaud", 1000000}},
		     "baud",
		     BAUD_UNITS,
		     1,
		     100000000,
		     WHY("a baud rate", BAUD_UNITS, "115200 baud", "1 baud", "1 baud",
			 "100 Mbaud")},
	[BO_PERCENT] = {{{"ppm", 1}, {"%", 10000}},
			"%",
			PERCENT_UNITS,
			0,
			INT64_C(10000) * 10000,
			WHY("a percentage", PERCENT_UNITS, "5 %", "0 %", "1 ppm", "10000 %")},
	[BO_FREQUENCY] = {{{"Hz", 1}, {"kHz", 1000}, {"MHz", 1000000}},
			  "Hz",
			  FREQUENCY_UNITS,
			  1,
			  1000000000,
			  WHY("a frequency", FREQUENCY_UNITS, "1 MHz", "1 Hz", "1 Hz", "1000 MHz")},
	[BO_RATE] = {{{"bit", 1}, {"kbit", 1000}, {"Mbit", 1000000}, {"Gbit", 1000000000}},
		     "bit",
		     RATE_UNITS,
		     1,
		     INT64_C(100000000000),
		     WHY("a rate", RATE_UNITS, "64 kbit", "1 bit", "1 bit", "100 Gbit")},
};

static const struct quantity *quantity_of(enum bo_quantity kind)
{
	assert((unsigned)kind < BO_QUANTITIES);
	return &quantities[kind];
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number as written: whole + fraction / denominator, trailing zeros of the fraction dropped. */
struct number {
	int64_t whole, fraction, denominator;
	bool huge, fine; /* more digits before or after the point than any unit could need */
};

static bool push_digit(int64_t *value, char digit)
{
	return !__builtin_mul_overflow(*value, 10, value) &&
	       !__builtin_add_overflow(*value, digit - '0', value);
}

/* Returns what follows the number, NULL when there is none. */
static const char *scan_number(const char *text, struct number *ret)
{
	struct number number = {.denominator = 1};
	const char *p = text;
	const char *end;

	while (is_digit(*p))
		number.huge |= !push_digit(&number.whole, *p++);
	if (p == text || (*p == '.' && !is_digit(p[1])))
		return NULL;
	if (*p == '.') {
		for (end = ++p; is_digit(*end); end++)
			if (*end != '0')
				text = end;
		for (; p <= text; p++) {
			number.fine |= !push_digit(&number.denominator, '0');
			number.fine |= !push_digit(&number.fraction, *p);
		}
		p = end;
	}
	*ret = number;
	return p;
}

static int64_t greatest_common_divisor(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static const struct unit *find_unit(const struct quantity *quantity, const char *name)
{
	for (const struct unit *unit = quantity->units; unit->name; unit++)
		if (!strcmp(unit->name, name))
			return unit;
	return NULL;
}

/* The number in the smallest unit. FAULTS when it is fine. */
static enum fault scale_number(const struct quantity *quantity, const struct number *number,
			       int64_t scale, int64_t *ret)
{
	int64_t value;
	int64_t common = greatest_common_divisor(scale, number->denominator);
	int64_t divisor = number->denominator / common;

	if (number->huge || __builtin_mul_overflow(number->whole, scale, &value))
		return TOO_LARGE;
	/* divisor and scale / common have no factor in common: exact only if it divides. */
	if (number->fine || number->fraction % divisor)
		return TOO_FINE;
	if (__builtin_add_overflow(value, number->fraction / divisor * (scale / common), &value) ||
	    value > quantity->max)
		return TOO_LARGE;
	if (value < quantity->min)
		return TOO_SMALL;
	*ret = value;
	return FAULTS;
}

static enum fault scan_quantity(const struct quantity *quantity, const char *text, int64_t *ret)
{
	const struct unit *unit;
	struct number number;
	const char *rest;

	if (!*text)
		return EMPTY;
	rest = scan_number(text, &number);
	if (!rest)
		return text[0] == '-' && is_digit(text[1]) ? NEGATIVE : NO_NUMBER;
	if (!*rest)
		return BARE;
	unit = find_unit(quantity, rest + strspn(rest, " "));
	if (!unit)
		return BAD_UNIT;
	return scale_number(quantity, &number, unit->scale, ret);
}

int bo_values_parse(enum bo_quantity kind, const char *text, int64_t *ret, const char **ret_why)
{
	const struct quantity *quantity = quantity_of(kind);
	enum fault fault = scan_quantity(quantity, text, ret);

	if (fault == FAULTS)
		return 0;
	*ret_why = quantity->why[fault];
	return fault == TOO_SMALL || fault == TOO_LARGE ? -ERANGE : -EINVAL;
}

static const char *format(enum bo_quantity kind, char *out, int64_t value, const char *between)
{
	const struct quantity *quantity = quantity_of(kind);
	const struct unit *best = &quantity->units[0];

	assert(value >= 0);
	for (const struct unit *unit = best; unit->name; unit++)
		if (value % unit->scale == 0)
			best = unit;
	snprintf(out, BO_VALUES_TEXT_MAX, "%" PRId64 "%s%s", value / best->scale, between,
		 value ? best->name : quantity->zero_unit);
	return out;
}

const char *bo_values_format(enum bo_quantity kind, char out[BO_VALUES_TEXT_MAX], int64_t value)
{
	return format(kind, out, value, " ");
}

const char *bo_values_format_compact(enum bo_quantity kind, char out[BO_VALUES_TEXT_MAX],
				     int64_t value)
{
	return format(kind, out, value, "");
}

const char *bo_values_units(enum bo_quantity kind)
{
	return quantity_of(kind)->unit_names;
}
