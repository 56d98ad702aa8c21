#include "harness/model/schedule.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "harness/model/schedule_parts.h"
#include "harness/model/values.h"

int schedule_time(const char *text, size_t len, const char *what, bo_ns *ret, struct bo_err *err)
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

int bo_fault_parse(const char *text, struct bo_fault *ret, struct bo_err *err)
{
	struct bo_fault fault = {0};
	const char *equals = strchr(text, '=');
	const char *plus = strchr(text, '+');

	if (!equals)
		return bo_err_set(err, -EINVAL,
				  "fault '%s' names no action, for example ...=cut:off-1s", text);
	if (plus > equals)
		plus = NULL;
	int rc = schedule_point(text, (size_t)((plus ? plus : equals) - text), &fault, err);

	if (rc == 0 && plus)
		rc = schedule_time(plus + 1, (size_t)(equals - plus) - 1, "delay", &fault.delay_ns,
				   err);
	if (rc == 0)
		rc = bo_action_parse(equals + 1, &fault, err);
	if (rc == 0)
		rc = bo_fault_check(&fault, err);
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
	bo_buf_printf(out, "=");
	bo_action_format(fault, out);
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

	/* it names a folder: neither '..' nor a hidden one */
	if (!stop || **at == '.' || !schedule_is_name(*at, (size_t)(stop - *at)))
		return bo_err_set(err, -EINVAL, "trial id: no %s before '%c' at '%.80s'", what, end,
				  *at);
	memcpy(out, *at, (size_t)(stop - *at));
	out[stop - *at] = '\0';
	*at = stop + 1;
	return 0;
}

bool bo_variant_is_of(const char *variant, const char *target_class)
{
	size_t len = strcspn(variant, ",");

	return strlen(target_class) == len && strncmp(variant, target_class, len) == 0;
}

const char *bo_variant_cell(const char *variant)
{
	const char *comma = strchr(variant, ',');

	return comma ? comma + 1 : "";
}

bool bo_variant_format(char out[BO_VARIANT_MAX], const char *target_class, const char *cell)
{
	struct bo_buf buf = {0};

	bo_buf_printf(&buf, "%s%s%s", target_class, *cell ? "," : "", cell);
	bool fits = bo_str_copy(out, BO_VARIANT_MAX, buf.data);

	bo_buf_done(&buf);
	return fits;
}

/* A name up to `len` characters on. */
static bool copy_name(char out[BO_NAME_MAX + 1], const char *text, size_t len)
{
	if (!schedule_is_name(text, len))
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

int bo_cell_next(const char **cell, char name[BO_NAME_MAX + 1], char value[BO_NAME_MAX + 1])
{
	const char *at = *cell;
	size_t len = strcspn(at, ","), equals = strcspn(at, "=");

	if (*at == '\0')
		return 0;
	if (equals >= len || !copy_name(name, at, equals) ||
	    !copy_name(value, at + equals + 1, len - equals - 1) ||
	    (at[len] == ',' && at[len + 1] == '\0'))
		return -EINVAL;
	*cell = at + len + (at[len] == ',');
	return 1;
}

/* Whether each of its parameters has a value, and no two have one name. */
static bool is_cell(const char *cell)
{
	char name[BO_NAME_MAX + 1], other[BO_NAME_MAX + 1], value[BO_NAME_MAX + 1];
	int rc;

	while ((rc = bo_cell_next(&cell, name, value)) > 0)
		for (const char *rest = cell; bo_cell_next(&rest, other, value) > 0;)
			if (strcmp(name, other) == 0)
				return false;
	return rc == 0;
}

static int take_variant(const char **at, char out[BO_VARIANT_MAX], struct bo_err *err)
{
	size_t len = strcspn(*at, "/"), class_len = strcspn(*at, ",/");

	if (len >= BO_VARIANT_MAX)
		return bo_err_set(err, -EINVAL,
				  "trial id: its variant is longer than %d characters",
				  BO_VARIANT_MAX - 1);
	memcpy(out, *at, len);
	out[len] = '\0';
	/* it names a folder: neither '..' nor a hidden one */
	if ((*at)[len] != '/' || **at == '.' || !schedule_is_name(*at, class_len))
		return bo_err_set(err, -EINVAL, "trial id: no variant before '/' at '%.80s'", *at);
	if (class_len < len && (class_len + 1 == len || !is_cell(out + class_len + 1)))
		return bo_err_set(err, -EINVAL,
				  "trial id: '%s': behind the target class stands each parameter "
				  "once, as in f103-swap,payload=crash",
				  out);
	*at += len + 1;
	return 0;
}

size_t bo_id_subject_len(const char *id)
{
	static const char by_protocol[] = "," BO_CELL_BY_PROTOCOL;
	const char *slash = strrchr(id, '/');
	size_t len = slash ? (size_t)(slash - id) : 0, last = sizeof(by_protocol) - 1;

	return len > last && strncmp(id + len - last, by_protocol, last) == 0 ? len - last : len;
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
	rc = take_variant(&at, id.variant, err);
	if (rc < 0)
		return rc;
	if (strchr(at, '/'))
		return bo_err_set(err, -EINVAL, "trial id: there is no '/' in faults: '%.80s'", at);
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
