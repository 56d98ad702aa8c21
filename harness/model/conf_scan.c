#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/model/conf_parts.h"
#include "harness/model/values.h"

/* One kind of scalar: what it wants to see, how it is read, how a bound is printed. */
struct kind {
	const char *wants; /* ENUM, SET: what comes before the names */
	bool (*scan)(struct bo_conf_scan *scan);
	enum bo_quantity quantity; /* for scan_quantity */
};

static const struct kind *kind_of(enum bo_conf_type type);

__attribute__((format(printf, 2, 3))) static bool refuse(struct bo_conf_scan *scan, const char *fmt,
							 ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(scan->why, sizeof(scan->why), fmt, args);
	va_end(args);
	return false;
}

static struct bo_conf_shown show_text(const struct bo_conf_scan *scan)
{
	return bo_conf_show(scan->text, strlen(scan->text));
}

static bool refuse_unwanted(struct bo_conf_scan *scan)
{
	char wants[256];

	return refuse(scan, "'%s' must be %s, found '%s'", scan->field->key,
		      bo_conf_wants(scan->field, wants, sizeof(wants)), show_text(scan).text);
}

static bool scan_text(struct bo_conf_scan *scan)
{
	*(const char **)scan->out = scan->text;
	return true;
}

static bool scan_name(struct bo_conf_scan *scan)
{
	size_t len = strlen(scan->text);
	size_t good = strspn(scan->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789._-");

	if (!len || len > 64 || good != len)
		return refuse_unwanted(scan);
	return scan_text(scan);
}

static bool scan_path(struct bo_conf_scan *scan)
{
	const char *file = scan->conf->source.path;
	const char *slash = strrchr(file, '/');
	struct bo_buf joined = {0};

	if (!*scan->text)
		return refuse_unwanted(scan);
	if (*scan->text != '/' && slash) {
		bo_buf_add(&joined, file, (size_t)(slash + 1 - file));
		bo_buf_add(&joined, scan->text, strlen(scan->text));
		scan->text = bo_conf_copy(scan->conf, joined.data, joined.len);
		bo_buf_done(&joined);
	}
	return scan_text(scan);
}

/* Names that a tool looks up in its own folders stay as they are. */
static bool scan_searched_path(struct bo_conf_scan *scan)
{
	if (!*scan->text)
		return refuse_unwanted(scan);
	if (!strncmp(scan->text, "./", 2) || !strncmp(scan->text, "../", 3))
		return scan_path(scan);
	return scan_text(scan);
}

static bool in_range(const struct bo_conf_field *field, int64_t value)
{
	if (!field->min && !field->max)
		return true;
	return value >= field->min && (field->max < field->min || value <= field->max);
}

static bool accept_number(struct bo_conf_scan *scan, int64_t value)
{
	char range[80];

	if (!in_range(scan->field, value))
		return refuse(scan, "'%s' must be %s, found '%s'", scan->field->key,
			      bo_conf_range(scan->field, range, sizeof(range)),
			      show_text(scan).text);
	*(int64_t *)scan->out = value;
	return true;
}

static bool scan_int(struct bo_conf_scan *scan)
{
	const char *digits = scan->text + (*scan->text == '-');
	bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
	const char *alphabet = hex ? "0123456789abcdefABCDEF" : "0123456789";
	int64_t value;

	digits += hex ? 2 : 0;
	if (!*digits || digits[strspn(digits, alphabet)])
		return refuse_unwanted(scan);
	errno = 0;
	value = strtoll(scan->text, NULL, hex ? 16 : 10);
	if (errno == ERANGE)
		return refuse(scan, "'%s' is out of range: '%s'", scan->field->key,
			      show_text(scan).text);
	return accept_number(scan, value);
}

static bool scan_bool(struct bo_conf_scan *scan)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"yes", true}, {"no", false}, {"true", true}, {"false", false}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(scan->text, words[i].word)) {
			*(bool *)scan->out = words[i].value;
			return true;
		}
	return refuse_unwanted(scan);
}

static bool scan_quantity(struct bo_conf_scan *scan)
{
	const char *why = NULL;
	int64_t value;

	if (bo_values_parse(kind_of(scan->field->type)->quantity, scan->text, &value, &why) < 0)
		return refuse(scan, "'%s': %s", scan->field->key, why);
	return accept_number(scan, value);
}

static bool find_name(struct bo_conf_scan *scan, unsigned *ret)
{
	const char *const *names = scan->field->names;
	size_t count = bo_conf_count_names(names);
	char wants[256], hint[96];

	for (unsigned i = 0; i < count; i++)
		if (!strcmp(scan->text, names[i])) {
			*ret = i;
			return true;
		}
	return refuse(scan, "'%s' must be %s, found '%s'%s", scan->field->key,
		      bo_conf_wants(scan->field, wants, sizeof(wants)), show_text(scan).text,
		      bo_conf_hint(hint, sizeof(hint), scan->text, names, count));
}

static bool scan_enum(struct bo_conf_scan *scan)
{
	unsigned index;

	if (!find_name(scan, &index))
		return false;
	*(int *)scan->out = (int)index;
	return true;
}

static bool scan_set(struct bo_conf_scan *scan)
{
	unsigned *set = scan->out;
	unsigned index;

	if (!find_name(scan, &index))
		return false;
	assert(index < 8 * sizeof(*set));
	if (*set & 1u << index)
		return refuse(scan, "'%s' lists '%s' twice", scan->field->key, scan->text);
	*set |= 1u << index;
	return true;
}

static bool scan_parsed(struct bo_conf_scan *scan)
{
	const char *why = "not understood";

	if (scan->field->parse(scan->text, scan->out, &why) < 0)
		return refuse(scan, "'%s': %s, found '%s'", scan->field->key, why,
			      show_text(scan).text);
	return true;
}

static const struct kind kinds[] = {
	[BO_CONF_STR] = {"a text", scan_text, 0},
	[BO_CONF_NAME] = {"a name of 1 to 64 letters, digits, '.', '_' or '-'", scan_name, 0},
	[BO_CONF_PATH] = {"a path", scan_path, 0},
	[BO_CONF_INT] = {"a whole number", scan_int, 0},
	[BO_CONF_BOOL] = {"yes or no", scan_bool, 0},
	[BO_CONF_DURATION] = {"a duration such as '250 ms'", scan_quantity, BO_DURATION},
	[BO_CONF_SIZE] = {"a size such as '46 KiB'", scan_quantity, BO_SIZE},
	[BO_CONF_BAUD] = {"a baud rate such as '115200 baud'", scan_quantity, BO_BAUD},
	[BO_CONF_PERCENT] = {"a percentage such as '5 %'", scan_quantity, BO_PERCENT},
	[BO_CONF_FREQUENCY] = {"a frequency such as '1 MHz'", scan_quantity, BO_FREQUENCY},
	[BO_CONF_RATE] = {"a rate such as '64 kbit'", scan_quantity, BO_RATE},
	[BO_CONF_ENUM] = {"one of", scan_enum, 0},
	[BO_CONF_SET] = {"any of", scan_set, 0},
	[BO_CONF_LIST] = {"a text or a list of texts", scan_text, 0},
	[BO_CONF_PATHS] = {"a path or a list of paths", scan_searched_path, 0},
	[BO_CONF_MAP] = {"a mapping", NULL, 0},
	[BO_CONF_NAMED] = {"a mapping of names", NULL, 0},
	[BO_CONF_CHOICE] = {"a mapping with the key 'driver'", NULL, 0},
	[BO_CONF_CHOICES] = {"a list", NULL, 0},
	[BO_CONF_PARSED] = {"a text", scan_parsed, 0},
};

static const struct kind *kind_of(enum bo_conf_type type)
{
	assert((unsigned)type < sizeof(kinds) / sizeof(kinds[0]) && kinds[type].scan);
	return &kinds[type];
}

bool bo_conf_scan(struct bo_conf_scan *scan)
{
	return kind_of(scan->field->type)->scan(scan);
}

const char *bo_conf_wants(const struct bo_conf_field *field, char *out, size_t cap)
{
	char names[240];

	if (field->names)
		snprintf(out, cap, "%s %s", kinds[field->type].wants,
			 bo_conf_join(names, sizeof(names), field->names,
				      bo_conf_count_names(field->names)));
	else
		snprintf(out, cap, "%s", kinds[field->type].wants);
	return out;
}

const char *bo_conf_join(char *out, size_t cap, const char *const *names, size_t count)
{
	size_t used = 0;

	*out = 0;
	for (size_t i = 0; i < count; i++) {
		size_t need = strlen(names[i]) + 2;

		if (used + need + sizeof("...") > cap) {
			snprintf(out + used, cap - used, "...");
			break;
		}
		used += (size_t)snprintf(out + used, cap - used, "%s%s", names[i],
					 i + 1 < count ? ", " : "");
	}
	return out;
}

static const char *print_bound(const struct bo_conf_field *field, char out[BO_VALUES_TEXT_MAX],
			       int64_t bound)
{
	const struct kind *kind = kind_of(field->type);

	if (kind->scan == scan_quantity)
		return bo_values_format(kind->quantity, out, bound);
	snprintf(out, BO_VALUES_TEXT_MAX, "%" PRId64, bound);
	return out;
}

const char *bo_conf_range(const struct bo_conf_field *field, char *out, size_t cap)
{
	char min[BO_VALUES_TEXT_MAX], max[BO_VALUES_TEXT_MAX];

	*out = 0;
	if (!field->min && !field->max)
		return out;
	print_bound(field, min, field->min);
	if (field->max < field->min)
		snprintf(out, cap, "at least %s", min);
	else if (field->max == field->min)
		snprintf(out, cap, "%s", min);
	else
		snprintf(out, cap, "%s to %s", min, print_bound(field, max, field->max));
	return out;
}

const char *bo_conf_hint(char *out, size_t cap, const char *text, const char *const *names,
			 size_t count)
{
	const char *nearest = bo_str_nearest(text, names, count);

	*out = 0;
	if (nearest)
		snprintf(out, cap, " (did you mean '%s'?)", nearest);
	return out;
}

size_t bo_conf_count_names(const char *const *names)
{
	size_t count = 0;

	while (names[count])
		count++;
	return count;
}
