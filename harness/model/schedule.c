#include "harness/model/schedule.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "harness/model/values.h"

#define PERCENT_SUFFIX	 "pct"
#define POINT_OF_PERCENT "smp.at"
/* Its first occurrence is what everybody means, so the ordinal is left out. */
#define POINT_WITHOUT_ORDINAL "power-on"

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '_' || c == '-';
}

static bool is_name(const char *text, size_t len)
{
	if (len == 0 || len > BO_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_name_char(text[i]))
			return false;
	return true;
}

static bool parse_u64(const char *text, size_t len, uint64_t *ret)
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
static size_t parse_boot(const char *text, unsigned *ret)
{
	uint64_t n = 0;
	const char *dot = strchr(text, '.');

	*ret = 0;
	if (text[0] != 'b' || !dot || !parse_u64(text + 1, (size_t)(dot - text) - 1, &n) ||
	    n == 0 || n > 64)
		return 0;
	*ret = (unsigned)n;
	return (size_t)(dot - text) + 1;
}

static int parse_ordinal(const char *text, size_t len, const char *point, uint64_t *ret)
{
	size_t suffix = strlen(PERCENT_SUFFIX);
	bool percent = strcmp(point, POINT_OF_PERCENT) == 0;

	if (percent) {
		if (len <= suffix || strncmp(text + len - suffix, PERCENT_SUFFIX, suffix) != 0)
			return -EINVAL;
		len -= suffix;
	}
	if (!parse_u64(text, len, ret) || *ret == 0 || (percent && *ret > 100))
		return -EINVAL;
	return 0;
}

static int parse_point(const char *text, size_t len, struct bo_fault *fault, struct bo_err *err)
{
	size_t name_len = len;

	if (!is_name(text, len))
		return bo_err_set(err, -EINVAL,
				  "fault point '%.*s': expected a name and a number, for example "
				  "smp.byte.16384",
				  (int)len, text);
	while (name_len > 0 && text[name_len - 1] != '.')
		name_len--;
	bool bare = strlen(POINT_WITHOUT_ORDINAL) == len &&
		    strncmp(text, POINT_WITHOUT_ORDINAL, len) == 0;

	if (bare) {
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
		return bo_err_set(err, -EINVAL,
				  "fault point '%.*s': its name is longer than %d characters",
				  (int)len, text, BO_POINT_NAME_MAX - 1);
	memcpy(fault->point, text, name_len - 1);
	fault->point[name_len - 1] = '\0';
	if (parse_ordinal(text + name_len, len - name_len, fault->point, &fault->n) < 0)
		return bo_err_set(err, -EINVAL, "fault point '%.*s': '%.*s' is not %s", (int)len,
				  text, (int)(len - name_len), text + name_len,
				  strcmp(fault->point, POINT_OF_PERCENT) == 0
					  ? "a share such as 40pct"
					  : "an ordinal counted from 1");
	return 0;
}

int bo_point_parse(const char *text, struct bo_fault *ret, struct bo_err *err)
{
	struct bo_fault fault = *ret;
	size_t skip = parse_boot(text, &fault.boot);
	int rc = parse_point(text + skip, strlen(text + skip), &fault, err);

	if (rc < 0)
		return rc;
	*ret = fault;
	return 0;
}

void bo_point_format(const struct bo_fault *fault, struct bo_buf *out)
{
	if (fault->boot > 0)
		bo_buf_printf(out, "b%u.", fault->boot);
	bo_buf_printf(out, "%s", fault->point);
	if (strcmp(fault->point, POINT_WITHOUT_ORDINAL) == 0 && fault->n == 1)
		return;
	bo_buf_printf(out, ".%llu", (unsigned long long)fault->n);
	if (strcmp(fault->point, POINT_OF_PERCENT) == 0)
		bo_buf_printf(out, PERCENT_SUFFIX);
}

static int parse_compact_time(const char *text, size_t len, const char *what, bo_ns *ret,
			      struct bo_err *err)
{
	char copy[32];
	const char *why = NULL;

	if (len >= sizeof(copy))
		return bo_err_set(err, -EINVAL, "%s '%.*s' is too long", what, (int)len, text);
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (bo_values_parse(BO_DURATION, copy, ret, &why) < 0)
		return bo_err_set(err, -EINVAL, "%s '%s': %s", what, copy, why);
	return 0;
}

const char *const bo_fault_tears[] = {"any",   "clean",	 "low",	  "high", "bits",
				      "first", "second", "mixed", NULL};

static int parse_tear(const char *text, int *ret, struct bo_err *err)
{
	for (int i = 1; bo_fault_tears[i]; i++)
		if (strcmp(bo_fault_tears[i], text) == 0) {
			*ret = i;
			return 0;
		}
	return bo_err_set(
		err, -EINVAL,
		"a cut does not leave '%s'; known: clean, low, high, bits, first, second, "
		"mixed",
		text);
}

/* ":off-1s", ":off-1s:low", behind the action's name. */
static int parse_cut_args(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	if (strncmp(text, ":off-", 5) != 0)
		return bo_err_set(err, -EINVAL,
				  "a cut says how long power stays away, for example cut:off-1s");
	text += 5;
	size_t len = strcspn(text, ":");
	int rc = parse_compact_time(text, len, "off time", &fault->off_ns, err);

	if (rc == 0 && fault->off_ns == 0)
		rc = bo_err_set(err, -EINVAL, "off time '%s': power must stay away for some time",
				text);
	if (rc == 0 && text[len])
		rc = parse_tear(text + len + 1, &fault->tear, err);
	return rc < 0 ? rc : bo_fault_check(fault, err);
}

static void format_cut_args(const struct bo_fault *fault, struct bo_buf *out)
{
	char time[BO_VALUES_TEXT_MAX];

	bo_buf_printf(out, ":off-%s", bo_values_format_compact(BO_DURATION, time, fault->off_ns));
	if (fault->tear)
		bo_buf_printf(out, ":%s", bo_fault_tears[fault->tear]);
}

/* ":x3:every-2ms" */
static int parse_train(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	size_t len = strncmp(text, ":x", 2) == 0 ? strcspn(text + 2, ":") : 0;
	uint64_t times = 0;

	if (!parse_u64(text + 2, len, &times) || times < 2 || times > BO_DIPS_MAX ||
	    strncmp(text + 2 + len, ":every-", 7) != 0)
		return bo_err_set(err, -EINVAL,
				  "'%s' is no train of 2 to %d dips, for example "
				  "dip:350us:x3:every-2ms",
				  text, BO_DIPS_MAX);
	fault->times = (unsigned)times;
	text += 2 + len + 7;
	return parse_compact_time(text, strlen(text), "time from dip to dip", &fault->every_ns,
				  err);
}

static int parse_dip_args(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	size_t len = text[0] == ':' ? strcspn(text + 1, ":") : 0;

	if (len == 0)
		return bo_err_set(err, -EINVAL,
				  "a dip says how short it is, for example dip:350us");
	int rc = parse_compact_time(text + 1, len, "dip", &fault->off_ns, err);

	fault->times = 1;
	if (rc == 0 && text[1 + len])
		rc = parse_train(text + 1 + len, fault, err);
	return rc < 0 ? rc : bo_fault_check(fault, err);
}

static void format_dip_args(const struct bo_fault *fault, struct bo_buf *out)
{
	char time[BO_VALUES_TEXT_MAX];

	bo_buf_printf(out, ":%s", bo_values_format_compact(BO_DURATION, time, fault->off_ns));
	if (fault->times > 1)
		bo_buf_printf(out, ":x%u:every-%s", fault->times,
			      bo_values_format_compact(BO_DURATION, time, fault->every_ns));
}

static const struct {
	const char *name;
	int (*parse)(const char *text, struct bo_fault *fault, struct bo_err *err);
	void (*format)(const struct bo_fault *fault, struct bo_buf *out);
} actions[BO_ACTION_COUNT] = {
	[BO_ACTION_CUT] = {"cut", parse_cut_args, format_cut_args},
	[BO_ACTION_DIP] = {"dip", parse_dip_args, format_dip_args},
};

static int parse_action(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	size_t len = strcspn(text, ":");

	for (int i = 0; i < BO_ACTION_COUNT; i++) {
		if (strlen(actions[i].name) != len || strncmp(text, actions[i].name, len) != 0)
			continue;
		fault->action = (enum bo_action)i;
		return actions[i].parse(text + len, fault, err);
	}
	return bo_err_set(err, -EINVAL, "unknown action '%.*s'; known: cut, dip", (int)len, text);
}

#define POINT_OF_OPERATIONS "flash.op"

int bo_fault_check(const struct bo_fault *fault, struct bo_err *err)
{
	if (fault->tear && (strcmp(fault->point, POINT_OF_OPERATIONS) != 0 || fault->delay_ns))
		return bo_err_set(err, -EINVAL,
				  "only a cut at " POINT_OF_OPERATIONS
				  ".N, without a delay, can leave '%s'",
				  bo_fault_tears[fault->tear]);
	if (fault->action != BO_ACTION_DIP)
		return 0;
	if (fault->off_ns == 0)
		return bo_err_set(err, -EINVAL, "a dip of no length is none");
	if (fault->times > 1 && fault->every_ns <= fault->off_ns)
		return bo_err_set(err, -EINVAL, "each dip must be over before the next one begins");
	return 0;
}

int bo_action_parse(const char *text, struct bo_fault *ret, struct bo_err *err)
{
	struct bo_fault fault = *ret;
	int rc = parse_action(text, &fault, err);

	if (rc == 0)
		*ret = fault;
	return rc;
}

int bo_fault_parse(const char *text, struct bo_fault *ret, struct bo_err *err)
{
	struct bo_fault fault = {0};
	const char *equals = strchr(text, '=');
	const char *plus = strchr(text, '+');
	size_t skip = parse_boot(text, &fault.boot);

	if (!equals)
		return bo_err_set(err, -EINVAL,
				  "fault '%s' names no action, for example ...=cut:off-1s", text);
	if (plus > equals)
		plus = NULL;
	const char *end = plus ? plus : equals;

	if ((size_t)(end - text) < skip)
		skip = 0;
	int rc = parse_point(text + skip, (size_t)(end - text) - skip, &fault, err);

	if (rc < 0)
		return rc;
	if (plus) {
		rc = parse_compact_time(plus + 1, (size_t)(equals - plus) - 1, "delay",
					&fault.delay_ns, err);
		if (rc < 0)
			return rc;
	}
	rc = parse_action(equals + 1, &fault, err);
	if (rc < 0)
		return rc;
	*ret = fault;
	return 0;
}

void bo_fault_format(const struct bo_fault *fault, struct bo_buf *out)
{
	char time[BO_VALUES_TEXT_MAX];

	bo_point_format(fault, out);
	if (fault->delay_ns > 0) {
		bo_buf_printf(out, "+%s",
			      bo_values_format_compact(BO_DURATION, time, fault->delay_ns));
	}
	bo_buf_printf(out, "=%s", actions[fault->action].name);
	actions[fault->action].format(fault, out);
}

int bo_schedule_parse(const char *text, struct bo_schedule *ret, struct bo_err *err)
{
	struct bo_schedule schedule = {0};
	char one[BO_ID_MAX];

	if (strcmp(text, "none") == 0) {
		*ret = schedule;
		return 0;
	}
	for (const char *at = text; at; at = *at ? at + 1 : NULL) {
		size_t len = strcspn(at, ",");

		if (schedule.count == BO_FAULTS_MAX)
			return bo_err_set(err, -EINVAL, "more than %d faults", BO_FAULTS_MAX);
		if (len >= sizeof(one))
			return bo_err_set(err, -EINVAL, "fault too long");
		memcpy(one, at, len);
		one[len] = '\0';
		int rc = bo_fault_parse(one, &schedule.fault[schedule.count], err);

		if (rc < 0)
			return rc;
		schedule.count++;
		at += len;
		if (*at == '\0')
			break;
	}
	*ret = schedule;
	return 0;
}

void bo_schedule_format(const struct bo_schedule *schedule, struct bo_buf *out)
{
	if (schedule->count == 0)
		bo_buf_printf(out, "none");
	for (size_t i = 0; i < schedule->count; i++) {
		if (i > 0)
			bo_buf_printf(out, ",");
		bo_fault_format(&schedule->fault[i], out);
	}
}

static bool is_hash8(const char *text, size_t len)
{
	if (len != 8)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isdigit((unsigned char)text[i]) && (text[i] < 'a' || text[i] > 'f'))
			return false;
	return true;
}

static int take_name(const char **at, char end, const char *what, char *out, struct bo_err *err)
{
	const char *stop = strchr(*at, end);

	if (!stop || !is_name(*at, (size_t)(stop - *at)))
		return bo_err_set(err, -EINVAL, "trial id: no %s before '%c' at '%.80s'", what, end,
				  *at);
	memcpy(out, *at, (size_t)(stop - *at));
	out[stop - *at] = '\0';
	*at = stop + 1;
	return 0;
}

int bo_trial_id_parse(const char *text, struct bo_trial_id *ret, struct bo_err *err)
{
	struct bo_trial_id id = {0};
	const char *at = text;
	int rc;

	if (strlen(text) >= BO_ID_MAX)
		return bo_err_set(err, -EINVAL, "trial id: longer than %d characters",
				  BO_ID_MAX - 1);
	rc = take_name(&at, '@', "scenario", id.scenario, err);
	if (rc < 0)
		return rc;
	size_t hash_len = strcspn(at, "/");

	if (!is_hash8(at, hash_len) || at[hash_len] != '/')
		return bo_err_set(err, -EINVAL,
				  "trial id: '%.*s' is not a hash of 8 hexadecimal digits",
				  (int)hash_len, at);
	memcpy(id.hash8, at, 8);
	at += 9;
	rc = take_name(&at, '/', "variant", id.variant, err);
	if (rc < 0)
		return rc;
	rc = bo_schedule_parse(at, &id.schedule, err);
	if (rc < 0)
		return bo_err_wrap(err, "trial id");
	*ret = id;
	return 0;
}

bool bo_trial_id_format(const struct bo_trial_id *id, char *out, size_t cap)
{
	struct bo_buf buf = {0};

	bo_buf_printf(&buf, "%s@%s/%s/", id->scenario, id->hash8, id->variant);
	bo_schedule_format(&id->schedule, &buf);
	bool fits = bo_str_copy(out, cap, buf.data);

	bo_buf_done(&buf);
	return fits;
}
