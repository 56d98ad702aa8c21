#include <errno.h>
#include <string.h>

#include "harness/model/schedule_parts.h"
#include "harness/model/values.h"

/* The actions of faults, with their arguments: one row each. */

#define ALL_PPM 1000000

const char *const bo_fault_tears[] = {"any",   "clean",	 "low",	  "high", "bits",
				      "first", "second", "mixed", NULL};

const char *const bo_ram_names[] = {"garbage", "zero", "ones", "kept", NULL};
const char *const bo_found_names[] = {"power",		 "pin",	      "soft", "watchdog",
				      "window-watchdog", "low-power", NULL};

/* The first `len` characters are `prefix` and one of the names, from the `first` on. */
static bool is_named(const char *text, size_t len, const char *prefix, const char *const *names,
		     int first, int *ret)
{
	size_t skip = strlen(prefix);

	if (len < skip || strncmp(text, prefix, skip) != 0)
		return false;
	for (int i = first; names[i]; i++)
		if (strlen(names[i]) == len - skip &&
		    strncmp(names[i], text + skip, len - skip) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

/* "low", "low:ram-zero", "low:cause-pin", "low:ram-zero:cause-pin" */
static int parse_tear(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	size_t len = strcspn(text, ":");
	int index;

	if (!is_named(text, len, "", bo_fault_tears, 1, &fault->tear))
		return bo_err_set(
			err, -EINVAL,
			"a cut does not leave '%.*s'; known: clean, low, high, bits, first, "
			"second, mixed",
			(int)len, text);
	text += len + (text[len] != 0);
	len = strcspn(text, ":");
	if (is_named(text, len, "ram-", bo_ram_names, 1, &index)) {
		fault->ram = (enum bo_ram)index;
		text += len + (text[len] != 0);
		len = strcspn(text, ":");
	}
	if (is_named(text, len, "cause-", bo_found_names, 1, &index)) {
		fault->cause = (enum bo_found)index;
		text += len + (text[len] != 0);
	}
	if (!*text)
		return 0;
	return bo_err_set(err, -EINVAL,
			  "the boot after a cut does not find '%s'; known: ram-zero, ram-ones, "
			  "ram-kept, then cause-pin, cause-soft, cause-watchdog, "
			  "cause-window-watchdog, cause-low-power",
			  text);
}

#define UNTIL_DRAINED "drained"

/* "1s" or "drained" */
static int parse_off(const char *text, size_t len, bo_ns *ret, struct bo_err *err)
{
	if (len == strlen(UNTIL_DRAINED) && strncmp(text, UNTIL_DRAINED, len) == 0) {
		*ret = 0;
		return 0;
	}
	int rc = schedule_time(text, len, "off time", ret, err);

	if (rc == 0 && *ret == 0)
		rc = bo_err_set(err, -EINVAL, "off time '%s': power must stay away for some time",
				text);
	return rc;
}

/* ":off-1s", ":off-drained", ":off-1s:low" and so on, behind the action's name. */
static int parse_cut(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	if (strncmp(text, ":off-", 5) != 0)
		return bo_err_set(err, -EINVAL,
				  "a cut says how long power stays away, for example cut:off-1s");
	text += 5;
	size_t len = strcspn(text, ":");
	int rc = parse_off(text, len, &fault->off_ns, err);

	if (rc == 0 && text[len])
		rc = parse_tear(text + len + 1, fault, err);
	return rc;
}

#define POINT_OF_OPERATIONS "flash.op"

static int check_cut(const struct bo_fault *fault, struct bo_err *err)
{
	if (!fault->tear || (strcmp(fault->point, POINT_OF_OPERATIONS) == 0 && !fault->delay_ns))
		return 0;
	return bo_err_set(err, -EINVAL,
			  "only a cut at " POINT_OF_OPERATIONS
			  ".N, without a delay, can leave '%s'",
			  bo_fault_tears[fault->tear]);
}

static void format_cut(const struct bo_fault *fault, struct bo_buf *out)
{
	char time[BO_VALUES_TEXT_MAX];

	bo_buf_printf(out, ":off-%s",
		      fault->off_ns ? bo_values_format_compact(BO_DURATION, time, fault->off_ns)
				    : UNTIL_DRAINED);
	if (fault->tear)
		bo_buf_printf(out, ":%s", bo_fault_tears[fault->tear]);
	if (fault->ram)
		bo_buf_printf(out, ":ram-%s", bo_ram_names[fault->ram]);
	if (fault->cause)
		bo_buf_printf(out, ":cause-%s", bo_found_names[fault->cause]);
}

/* ":x3:every-2ms" */
static int parse_train(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	size_t len = strncmp(text, ":x", 2) == 0 ? strcspn(text + 2, ":") : 0;
	uint64_t times = 0;

	if (!schedule_u64(text + 2, len, &times) || times < 2 || times > BO_DIPS_MAX ||
	    strncmp(text + 2 + len, ":every-", 7) != 0)
		return bo_err_set(err, -EINVAL,
				  "'%s' is no train of 2 to %d dips, for example "
				  "dip:350us:x3:every-2ms",
				  text, BO_DIPS_MAX);
	fault->times = (unsigned)times;
	text += 2 + len + 7;
	return schedule_time(text, strlen(text), "time from dip to dip", &fault->every_ns, err);
}

static int parse_dip(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	size_t len = text[0] == ':' ? strcspn(text + 1, ":") : 0;

	if (len == 0)
		return bo_err_set(err, -EINVAL,
				  "a dip says how short it is, for example dip:350us");
	int rc = schedule_time(text + 1, len, "dip", &fault->off_ns, err);

	fault->times = 1;
	if (rc == 0 && text[1 + len])
		rc = parse_train(text + 1 + len, fault, err);
	return rc;
}

static int check_dip(const struct bo_fault *fault, struct bo_err *err)
{
	if (fault->off_ns == 0)
		return bo_err_set(err, -EINVAL, "a dip of no length is none");
	if (fault->times > 1 && fault->every_ns <= fault->off_ns)
		return bo_err_set(err, -EINVAL, "each dip must be over before the next one begins");
	return 0;
}

static void format_dip(const struct bo_fault *fault, struct bo_buf *out)
{
	char time[BO_VALUES_TEXT_MAX];

	bo_buf_printf(out, ":%s", bo_values_format_compact(BO_DURATION, time, fault->off_ns));
	if (fault->times > 1)
		bo_buf_printf(out, ":x%u:every-%s", fault->times,
			      bo_values_format_compact(BO_DURATION, time, fault->every_ns));
}

/* ---- frames on the link ---- */

/* The number in ":x5" or ":200000ppm"; false when it is none between 1 and `max`. */
static bool take_number(const char *text, size_t len, const char *before, const char *after,
			uint64_t max, uint64_t *ret)
{
	size_t front = strlen(before), back = strlen(after);

	return len > front + back && strncmp(text, before, front) == 0 &&
	       strncmp(text + len - back, after, back) == 0 &&
	       schedule_u64(text + front, len - front - back, ret) && *ret > 0 && *ret <= max;
}

/* ":200000ppm:x50", either or both or none. */
static int parse_which(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	uint64_t number;
	size_t len;

	fault->share_ppm = 0;
	fault->times = 1;
	len = text[0] ? 1 + strcspn(text + 1, ":") : 0;
	if (take_number(text, len, ":", "ppm", ALL_PPM, &number)) {
		fault->share_ppm = (unsigned)number;
		fault->times = 0;
		text += len;
		len = text[0] ? 1 + strcspn(text + 1, ":") : 0;
	}
	if (take_number(text, len, ":x", "", BO_FRAMES_MAX, &number) &&
	    (number > 1 || fault->share_ppm > 0)) {
		fault->times = (unsigned)number;
		text += len;
	}
	if (text[0])
		return bo_err_set(err, -EINVAL,
				  "'%s' does not say which frames: nothing for this one, x5 for "
				  "five from this one on, 200000ppm for a share of all from this "
				  "one on, 200000ppm:x50 for a share of fifty",
				  text);
	return 0;
}

static void format_which(const struct bo_fault *fault, struct bo_buf *out)
{
	if (fault->share_ppm > 0)
		bo_buf_printf(out, ":%uppm", fault->share_ppm);
	if (fault->times > 1 || (fault->share_ppm > 0 && fault->times > 0))
		bo_buf_printf(out, ":x%u", fault->times);
}

static int parse_duration(const char *text, struct bo_fault *fault, size_t *ret_len,
			  struct bo_err *err)
{
	size_t len = text[0] == ':' ? strcspn(text + 1, ":") : 0;

	if (len == 0)
		return bo_err_set(err, -EINVAL,
				  "it does not say for how long, for example ':50ms'");
	int rc = schedule_time(text + 1, len, "duration", &fault->for_ns, err);

	if (rc == 0 && fault->for_ns == 0)
		rc = bo_err_set(err, -EINVAL, "a duration of nothing; say for example ':50ms'");
	*ret_len = 1 + len;
	return rc;
}

static void format_duration(const struct bo_fault *fault, struct bo_buf *out)
{
	char time[BO_VALUES_TEXT_MAX];

	bo_buf_printf(out, ":%s", bo_values_format_compact(BO_DURATION, time, fault->for_ns));
}

static int parse_delay(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	size_t len = 0;
	int rc = parse_duration(text, fault, &len, err);

	return rc < 0 ? rc : parse_which(text + len, fault, err);
}

static void format_delay(const struct bo_fault *fault, struct bo_buf *out)
{
	format_duration(fault, out);
	format_which(fault, out);
}

/* What happens to a frame happens when it passes. */
static int check_frames(const struct bo_fault *fault, struct bo_err *err)
{
	if (fault->point[0] && bo_point_way(fault->point) == BO_WAY_NONE)
		return bo_err_set(err, -EINVAL,
				  "what is done to a frame is done at smp.frame.N (to the target) "
				  "or smp.reply.N (from it), not at %s",
				  fault->point);
	if (fault->delay_ns > 0)
		return bo_err_set(err, -EINVAL,
				  "the frame would be gone: no delay before what is done to it");
	return 0;
}

/* ---- the console ---- */

static int parse_only_duration(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	size_t len = 0;
	int rc = parse_duration(text, fault, &len, err);

	if (rc == 0 && text[len])
		rc = bo_err_set(err, -EINVAL, "unexpected '%s' behind the duration", text + len);
	return rc;
}

static int parse_garbage(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	uint64_t number;

	if (!take_number(text, strlen(text), ":", "B", BO_GARBAGE_MAX, &number))
		return bo_err_set(err, -EINVAL,
				  "garbage says how many bytes, 1 to %d, for example garbage:64B",
				  BO_GARBAGE_MAX);
	fault->bytes = (unsigned)number;
	return 0;
}

static void format_garbage(const struct bo_fault *fault, struct bo_buf *out)
{
	bo_buf_printf(out, ":%uB", fault->bytes);
}

/* ---- resets ---- */

const char *const bo_reset_names[BO_RESET_COUNT + 1] = {"probe", "pin", NULL};

static int parse_reset(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	if (strcmp(text, ":probe") == 0) {
		fault->reset = BO_RESET_PROBE;
		return 0;
	}
	if (strncmp(text, ":pin", 4) != 0)
		return bo_err_set(err, -EINVAL,
				  "a reset says who does it: reset:probe, or reset:pin:10ms");
	fault->reset = BO_RESET_PIN;
	return parse_only_duration(text + 4, fault, err);
}

static void format_reset(const struct bo_fault *fault, struct bo_buf *out)
{
	bo_buf_printf(out, ":%s", bo_reset_names[fault->reset]);
	if (fault->reset == BO_RESET_PIN)
		format_duration(fault, out);
}

static const struct {
	const char *name;
	int (*parse)(const char *text, struct bo_fault *fault, struct bo_err *err);
	void (*format)(const struct bo_fault *fault, struct bo_buf *out);
	/* Optional: whether the fault's parts fit each other. */
	int (*check)(const struct bo_fault *fault, struct bo_err *err);
} actions[BO_ACTION_COUNT] = {
	[BO_ACTION_CUT] = {"cut", parse_cut, format_cut, check_cut},
	[BO_ACTION_DIP] = {"dip", parse_dip, format_dip, check_dip},
	[BO_ACTION_DROP] = {"drop", parse_which, format_which, check_frames},
	[BO_ACTION_DUPLICATE] = {"duplicate", parse_which, format_which, check_frames},
	[BO_ACTION_DELAY] = {"delay", parse_delay, format_delay, check_frames},
	[BO_ACTION_CORRUPT] = {"corrupt", parse_which, format_which, check_frames},
	[BO_ACTION_REORDER] = {"reorder", parse_which, format_which, check_frames},
	[BO_ACTION_BREAK] = {"break", parse_only_duration, format_duration, NULL},
	[BO_ACTION_GARBAGE] = {"garbage", parse_garbage, format_garbage, NULL},
	[BO_ACTION_SILENCE] = {"silence", parse_only_duration, format_duration, NULL},
	[BO_ACTION_RESET] = {"reset", parse_reset, format_reset, NULL},
	[BO_ACTION_NET] = {"net", schedule_parse_net, schedule_format_net, schedule_check_net},
};

static int say_unknown(const char *text, size_t len, struct bo_err *err)
{
	struct bo_buf known = {0};

	for (int i = 0; i < BO_ACTION_COUNT; i++)
		bo_buf_printf(&known, "%s%s", i > 0 ? ", " : "", actions[i].name);
	bo_err_set(err, -EINVAL, "unknown action '%.*s'; known: %s", (int)len, text, known.data);
	bo_buf_done(&known);
	return -EINVAL;
}

int bo_fault_check(const struct bo_fault *fault, struct bo_err *err)
{
	return actions[fault->action].check ? actions[fault->action].check(fault, err) : 0;
}

int bo_action_parse(const char *text, struct bo_fault *ret, struct bo_err *err)
{
	struct bo_fault fault = *ret;
	size_t len = strcspn(text, ":");

	for (int i = 0; i < BO_ACTION_COUNT; i++) {
		if (strlen(actions[i].name) != len || strncmp(text, actions[i].name, len) != 0)
			continue;
		fault.action = (enum bo_action)i;
		int rc = actions[i].parse(text + len, &fault, err);

		if (rc == 0)
			rc = bo_fault_check(&fault, err);
		if (rc == 0)
			*ret = fault;
		return rc;
	}
	return say_unknown(text, len, err);
}

void bo_action_format(const struct bo_fault *fault, struct bo_buf *out)
{
	bo_buf_printf(out, "%s", actions[fault->action].name);
	actions[fault->action].format(fault, out);
}

bool bo_action_is_of_frames(enum bo_action action)
{
	return actions[action].check == check_frames;
}

enum bo_way bo_point_way(const char *point)
{
	static const struct {
		const char *point;
		enum bo_way way;
	} ways[] = {
		{"smp.frame", BO_WAY_TO_TARGET},
		{"smp.reply", BO_WAY_FROM_TARGET},
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(ways[i].point, point) == 0)
			return ways[i].way;
	return BO_WAY_NONE;
}
