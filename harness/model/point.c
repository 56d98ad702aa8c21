#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "harness/model/schedule_parts.h"
#include "harness/model/values.h"

/* Fault points as text. */

#define PERCENT_SUFFIX	 "pct"
#define POINT_OF_PERCENT ".at"
/* Its first occurrence is what everybody means, so the ordinal is left out. */
#define POINT_WITHOUT_ORDINAL "power-on"
#define PHASE_PREFIX	      "phase."
#define WITHIN_PREFIX	      "within-"

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '_' || c == '-';
}

bool schedule_is_name(const char *text, size_t len)
{
	if (len == 0 || len > BO_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_name_char(text[i]))
			return false;
	return true;
}

bool schedule_u64(const char *text, size_t len, uint64_t *ret)
{
	uint64_t value = 0;

	if (len == 0 || len > 18 || (len > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	*ret = value;
	return true;
}

/* Splits "b2." off; returns how many characters that took. */
static size_t parse_boot(const char *text, size_t len, unsigned *ret)
{
	const char *dot = memchr(text, '.', len);
	uint64_t n = 0;

	*ret = 0;
	if (len == 0 || text[0] != 'b' || !dot ||
	    !schedule_u64(text + 1, (size_t)(dot - text) - 1, &n) || n == 0 || n > 64)
		return 0;
	*ret = (unsigned)n;
	return (size_t)(dot - text) + 1;
}

/* smp.at, exec.at, pull.at: a share of the image. */
static bool is_of_percent(const char *point)
{
	static const char *const protocols[] = {"smp", "exec", "pull"};

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		size_t len = strlen(protocols[i]);

		if (strncmp(point, protocols[i], len) == 0 &&
		    strcmp(point + len, POINT_OF_PERCENT) == 0)
			return true;
	}
	return false;
}

static int parse_ordinal(const char *text, size_t len, const char *point, uint64_t *ret)
{
	size_t suffix = strlen(PERCENT_SUFFIX);
	bool percent = is_of_percent(point);

	if (percent) {
		if (len <= suffix || strncmp(text + len - suffix, PERCENT_SUFFIX, suffix) != 0)
			return -EINVAL;
		len -= suffix;
	}
	if (!schedule_u64(text, len, ret) || *ret == 0 || (percent && *ret > 100))
		return -EINVAL;
	return 0;
}

/* "power-on", "phase.NAME": one segment behind the prefix, and no number. */
static bool goes_without_ordinal(const char *text, size_t len)
{
	size_t prefix = strlen(PHASE_PREFIX);

	if (len > prefix && strncmp(text, PHASE_PREFIX, prefix) == 0)
		return isalpha((unsigned char)text[prefix]) &&
		       !memchr(text + prefix, '.', len - prefix);
	return len == strlen(POINT_WITHOUT_ORDINAL) &&
	       strncmp(text, POINT_WITHOUT_ORDINAL, len) == 0;
}

static int too_long(const char *text, size_t len, struct bo_err *err)
{
	return bo_err_set(err, -EINVAL, "fault point '%.*s': its name is longer than %d characters",
			  (int)len, text, BO_POINT_NAME_MAX - 1);
}

static int parse_point(const char *text, size_t len, struct bo_fault *fault, struct bo_err *err)
{
	size_t name_len = len;

	if (!schedule_is_name(text, len))
		return bo_err_set(err, -EINVAL,
				  "fault point '%.*s': expected a name and a number, for example "
				  "smp.byte.16384",
				  (int)len, text);
	while (name_len > 0 && text[name_len - 1] != '.')
		name_len--;
	if (goes_without_ordinal(text, len)) {
		if (len >= BO_POINT_NAME_MAX)
			return too_long(text, len, err);
		memcpy(fault->point, text, len);
		fault->point[len] = '\0';
		fault->n = 1;
		return 0;
	}
	if (name_len < 2)
		return bo_err_set(err, -EINVAL,
				  "fault point '%.*s' has no ordinal; say for example '%.*s.1'",
				  (int)len, text, (int)len, text);
	if (name_len - 1 >= BO_POINT_NAME_MAX)
		return too_long(text, len, err);
	memcpy(fault->point, text, name_len - 1);
	fault->point[name_len - 1] = '\0';
	if (parse_ordinal(text + name_len, len - name_len, fault->point, &fault->n) < 0)
		return bo_err_set(err, -EINVAL, "fault point '%.*s': '%.*s' is not %s", (int)len,
				  text, (int)(len - name_len), text + name_len,
				  is_of_percent(fault->point) ? "a share such as 40pct"
							      : "an ordinal counted from 1");
	return 0;
}

/* ---- after another point, within a time ---- */

/* "A:" or "A:within-2s:", in front of the point itself; how many characters that took. */
int schedule_after(const char *text, size_t len, struct bo_after *ret, struct bo_err *err)
{
	const char *colon = memchr(text, ':', len);
	size_t prefix = strlen(WITHIN_PREFIX), taken = colon ? (size_t)(colon - text) + 1 : 0;
	struct bo_fault first = {0};

	*ret = (struct bo_after){0};
	if (!colon)
		return 0;
	size_t skip = parse_boot(text, taken - 1, &first.boot);
	int rc = parse_point(text + skip, taken - 1 - skip, &first, err);

	if (rc < 0)
		return rc;
	memcpy(ret->point, first.point, sizeof(ret->point));
	ret->boot = first.boot;
	ret->n = first.n;
	if (len - taken < prefix || strncmp(text + taken, WITHIN_PREFIX, prefix) != 0)
		return (int)taken;
	const char *end = memchr(text + taken, ':', len - taken);
	const char *time = text + taken + prefix;

	if (!end)
		return bo_err_set(err, -EINVAL, "'%.*s': within that time nothing is awaited",
				  (int)len, text);
	rc = schedule_time(time, (size_t)(end - time), "window", &ret->within_ns, err);
	if (rc == 0 && ret->within_ns == 0)
		rc = bo_err_set(err, -EINVAL, "window '0s': nothing happens within no time");
	return rc < 0 ? rc : (int)(end - text) + 1;
}

int schedule_point(const char *text, size_t len, struct bo_fault *ret, struct bo_err *err)
{
	struct bo_fault fault = *ret;
	int taken = schedule_after(text, len, &fault.after, err);

	if (taken < 0)
		return taken;
	text += taken;
	len -= (size_t)taken;
	size_t skip = parse_boot(text, len, &fault.boot);
	int rc = parse_point(text + skip, len - skip, &fault, err);

	if (rc < 0)
		return rc;
	if (taken > 0 && fault.boot > 0)
		return bo_err_set(err, -EINVAL,
				  "'%.*s': what comes after another point is counted from there, "
				  "not from a boot",
				  (int)len, text);
	*ret = fault;
	return 0;
}

int bo_point_parse(const char *text, struct bo_fault *ret, struct bo_err *err)
{
	return schedule_point(text, strlen(text), ret, err);
}

static void format_point(unsigned boot, const char *point, uint64_t n, struct bo_buf *out)
{
	if (boot > 0)
		bo_buf_printf(out, "b%u.", boot);
	bo_buf_printf(out, "%s", point);
	if (n == 1 && goes_without_ordinal(point, strlen(point)))
		return;
	bo_buf_printf(out, ".%llu%s", (unsigned long long)n,
		      is_of_percent(point) ? PERCENT_SUFFIX : "");
}

void bo_after_format(const struct bo_after *after, struct bo_buf *out)
{
	char time[BO_VALUES_TEXT_MAX];

	format_point(after->boot, after->point, after->n, out);
	if (after->within_ns > 0)
		bo_buf_printf(out, ":" WITHIN_PREFIX "%s",
			      bo_values_format_compact(BO_DURATION, time, after->within_ns));
}

void bo_point_format(const struct bo_fault *fault, struct bo_buf *out)
{
	if (fault->after.n > 0) {
		bo_after_format(&fault->after, out);
		bo_buf_printf(out, ":");
	}
	format_point(fault->boot, fault->point, fault->n, out);
}

const char *bo_point_input(const char *point)
{
	static const char prefix[] = "pin.";
	size_t len = sizeof(prefix) - 1;

	return strncmp(point, prefix, len) == 0 && point[len] ? point + len : NULL;
}
