#ifndef BO_HARNESS_MODEL_VALUES_H
#define BO_HARNESS_MODEL_VALUES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Quantities as people write them: a number, a unit, a space between them if they like. Decimals
 * are allowed where they are exact (`1.5 s`, `0.25 KiB`), so that nothing is ever rounded. A value
 * is an int64 in the smallest unit of its kind and never negative.
 *
 * Configuration files, command lines and trial ids all go through here.
 */
enum bo_quantity {
	BO_DURATION,  /* ns: ns us ms s min h; at most 8760 h, so that adding to a clock is safe */
	BO_SIZE,      /* bytes: B KiB MiB; at most 1 TiB */
	BO_BAUD,      /* baud: baud kbaud Mbaud; 1 baud to 100 Mbaud */
	BO_PERCENT,   /* parts per million: % ppm; at most 10 000 % */
	BO_FREQUENCY, /* Hz: Hz kHz MHz; 1 Hz to 1000 MHz */
	BO_RATE,      /* bits per second: bit kbit Mbit Gbit; 1 bit to 100 Gbit */
	BO_QUANTITIES
};

/*
 * Returns 0, or -EINVAL (-ERANGE for a value outside the kind's range) with *ret_why a constant
 * text that says what is wrong and what is expected: "a bare number; say for example '250 ms'".
 */
int bo_values_parse(enum bo_quantity kind, const char *text, int64_t *ret, const char **ret_why);

/* Longest text of bo_values_format*(), with its terminator. */
#define BO_VALUES_TEXT_MAX 32

/*
 * "250 ms", in the largest unit that divides the value; what is printed parses to the same value.
 * The compact form, for ids, has no space: "250ms". `value` must not be negative. Returns out.
 */
const char *bo_values_format(enum bo_quantity kind, char out[BO_VALUES_TEXT_MAX], int64_t value);
const char *bo_values_format_compact(enum bo_quantity kind, char out[BO_VALUES_TEXT_MAX],
				     int64_t value);

/* The units of a kind, for messages and manuals: "ns us ms s min h". */
const char *bo_values_units(enum bo_quantity kind);

#endif
