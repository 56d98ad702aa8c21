#include <errno.h>
#include <string.h>

#include "harness/model/network.h"
#include "harness/model/schedule_parts.h"
#include "harness/model/values.h"

/* What faults do to the network link: their arguments, and what follows for its settings. */

#define ALL_PPM	  1000000
#define DELAY_MAX (600 * BO_S)

/* ---- values ---- */

static int parse_loss(const char *text, int64_t *ret, struct bo_err *err)
{
	size_t len = strlen(text);
	uint64_t ppm = 0;

	if (len < 4 || strcmp(text + len - 3, "ppm") != 0 || !schedule_u64(text, len - 3, &ppm) ||
	    ppm == 0 || ppm > ALL_PPM)
		return bo_err_set(err, -EINVAL,
				  "'%s' is no share of the packets, 1 to 1000000 ppm, for example "
				  "net:loss-200000ppm",
				  text);
	*ret = (int64_t)ppm;
	return 0;
}

static int parse_delay(const char *text, int64_t *ret, struct bo_err *err)
{
	int rc = schedule_time(text, strlen(text), "delay", ret, err);

	if (rc == 0 && (*ret == 0 || *ret > DELAY_MAX))
		rc = bo_err_set(err, -EINVAL, "delay '%s': more than nothing, at most 10 min",
				text);
	return rc;
}

static int parse_rate(const char *text, int64_t *ret, struct bo_err *err)
{
	const char *why = NULL;

	if (bo_values_parse(BO_RATE, text, ret, &why) < 0)
		return bo_err_set(err, -EINVAL, "rate '%s': %s", text, why);
	if (*ret % 8)
		return bo_err_set(err, -EINVAL,
				  "rate '%s': whole bytes a second are counted; say a multiple of "
				  "8 bit",
				  text);
	return 0;
}

static int parse_profile(const char *text, int64_t *ret, struct bo_err *err)
{
	const struct bo_netem_profile *profile;
	int rc = bo_netem_profile_find(text, &profile, err);

	if (rc == 0)
		*ret = profile - bo_netem_profiles;
	return rc < 0 ? -EINVAL : 0;
}

static void format_loss(int64_t value, struct bo_buf *out)
{
	bo_buf_printf(out, "%lldppm", (long long)value);
}

static void format_delay(int64_t value, struct bo_buf *out)
{
	char text[BO_VALUES_TEXT_MAX];

	bo_buf_printf(out, "%s", bo_values_format_compact(BO_DURATION, text, value));
}

static void format_rate(int64_t value, struct bo_buf *out)
{
	char text[BO_VALUES_TEXT_MAX];

	bo_buf_printf(out, "%s", bo_values_format_compact(BO_RATE, text, value));
}

static void format_profile(int64_t value, struct bo_buf *out)
{
	bo_buf_printf(out, "%s", bo_netem_profiles[value].name);
}

/* ---- times ---- */

/* ":for-5s" or ":5s", whatever stands in front of the time. */
static int parse_time(const char *text, const char *before, const char *what, bo_ns *ret,
		      struct bo_err *err)
{
	size_t skip = strlen(before);

	if (strncmp(text, before, skip) != 0)
		return bo_err_set(err, -EINVAL, "'%s' is no %s", text, what);
	int rc = schedule_time(text + skip, strlen(text + skip), what, ret, err);

	if (rc == 0 && *ret == 0)
		rc = bo_err_set(err, -EINVAL, "%s '%s': some time must pass", what, text + skip);
	return rc;
}

static int parse_down(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	if (text[0] != ':')
		return bo_err_set(err, -EINVAL,
				  "an outage says how long it lasts, for example net:down:5s");
	return parse_time(text, ":", "duration", &fault->for_ns, err);
}

/* ":1s:every-3s:x4" */
static int parse_flap(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	const char *every = strstr(text, ":every-");
	const char *times = every ? strstr(every, ":x") : NULL;
	uint64_t count = 0;

	if (text[0] != ':' || !times || !schedule_u64(times + 2, strlen(times + 2), &count) ||
	    count < 2 || count > BO_FLAPS_MAX)
		return bo_err_set(err, -EINVAL,
				  "'%s' is no series of 2 to %d outages, for example "
				  "net:flap:1s:every-3s:x4",
				  text, BO_FLAPS_MAX);
	fault->times = (unsigned)count;
	int rc = schedule_time(text + 1, (size_t)(every - text) - 1, "outage", &fault->for_ns, err);

	if (rc == 0)
		rc = schedule_time(every + 7, (size_t)(times - every) - 7,
				   "time from outage to outage", &fault->every_ns, err);
	return rc;
}

static int parse_blackhole(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	(void)fault;
	if (!*text)
		return 0;
	return bo_err_set(err, -EINVAL,
			  "unexpected '%s': nobody ends a blackhole; net:down:5s is an outage of "
			  "that time",
			  text);
}

static void format_down(const struct bo_fault *fault, struct bo_buf *out)
{
	char text[BO_VALUES_TEXT_MAX];

	bo_buf_printf(out, ":%s", bo_values_format_compact(BO_DURATION, text, fault->for_ns));
}

static void format_flap(const struct bo_fault *fault, struct bo_buf *out)
{
	char text[BO_VALUES_TEXT_MAX];

	format_down(fault, out);
	bo_buf_printf(out, ":every-%s:x%u",
		      bo_values_format_compact(BO_DURATION, text, fault->every_ns), fault->times);
}

/* ---- what becomes of a direction ---- */

static void lose_all(struct bo_netem *netem, int64_t value)
{
	(void)value;
	netem->chain = (struct bo_netem_chain){0};
	netem->loss_ppm = ALL_PPM;
	netem->duplicate_ppm = 0; /* of two copies only one is lost */
}

static void lose(struct bo_netem *netem, int64_t value)
{
	netem->chain = (struct bo_netem_chain){0};
	netem->loss_ppm = value;
}

/* A uniform jitter beyond the new delay would have packets arrive before they were sent. */
static void delay(struct bo_netem *netem, int64_t value)
{
	netem->delay_ns = value;
	if (netem->dist == BO_NETEM_UNIFORM && netem->jitter_ns > value)
		netem->jitter_ns = value;
}

static void slow(struct bo_netem *netem, int64_t value)
{
	netem->rate_Bps = value / 8;
}

/* ---- one row each ---- */

static const struct row {
	const char *name; /* that ends in '-' is followed by the value, and by ":for-" TIME */
	int (*parse)(const char *text, struct bo_fault *fault, struct bo_err *err);
	void (*format)(const struct bo_fault *fault, struct bo_buf *out);
	int (*parse_value)(const char *text, int64_t *ret, struct bo_err *err);
	void (*format_value)(int64_t value, struct bo_buf *out);
	void (*strike)(struct bo_netem *netem, int64_t value); /* NULL: the profile's */
} rows[BO_NET_ACTS] = {
	[BO_NET_ACT_DOWN] = {"down", parse_down, format_down, NULL, NULL, lose_all},
	[BO_NET_ACT_FLAP] = {"flap", parse_flap, format_flap, NULL, NULL, lose_all},
	[BO_NET_ACT_BLACKHOLE] = {"blackhole", parse_blackhole, NULL, NULL, NULL, lose_all},
	[BO_NET_ACT_LOSS] = {"loss-", NULL, NULL, parse_loss, format_loss, lose},
	[BO_NET_ACT_DELAY] = {"delay-", NULL, NULL, parse_delay, format_delay, delay},
	[BO_NET_ACT_RATE] = {"rate-", NULL, NULL, parse_rate, format_rate, slow},
	[BO_NET_ACT_PROFILE] = {"profile-", NULL, NULL, parse_profile, format_profile, NULL},
};

/* "200000ppm", "200000ppm:for-5s" */
static int parse_change(const struct row *row, const char *text, struct bo_fault *fault,
			struct bo_err *err)
{
	size_t len = strcspn(text, ":");
	char value[BO_NAME_MAX];

	if (len >= sizeof(value))
		return bo_err_set(err, -EINVAL, "'%s' is too long", text);
	memcpy(value, text, len);
	value[len] = '\0';
	int rc = row->parse_value(value, &fault->net_value, err);

	if (rc == 0 && text[len])
		rc = parse_time(text + len, ":for-", "time such as ':for-5s'", &fault->for_ns, err);
	return rc;
}

/* The row whose name the text begins with, and not merely begins like. */
static const struct row *find_row(const char *text, size_t *ret_len)
{
	for (size_t i = 0; i < BO_NET_ACTS; i++) {
		size_t len = strlen(rows[i].name);

		if (strncmp(text, rows[i].name, len) != 0 ||
		    (!rows[i].parse_value && text[len] && text[len] != ':'))
			continue;
		*ret_len = len;
		return &rows[i];
	}
	return NULL;
}

int schedule_parse_net(const char *text, struct bo_fault *fault, struct bo_err *err)
{
	size_t len = 0;
	const struct row *row = text[0] == ':' ? find_row(text + 1, &len) : NULL;

	if (!row)
		return bo_err_set(err, -EINVAL,
				  "'%s' is nothing that becomes of a link; known: net:down:5s, "
				  "net:flap:1s:every-3s:x4, net:blackhole, net:loss-200000ppm, "
				  "net:delay-300ms, net:rate-20kbit, net:profile-2g-rural",
				  text);
	fault->net = (enum bo_net_act)(row - rows);
	fault->net_value = 0;
	fault->for_ns = 0;
	text += 1 + len;
	return row->parse ? row->parse(text, fault, err) : parse_change(row, text, fault, err);
}

void schedule_format_net(const struct bo_fault *fault, struct bo_buf *out)
{
	const struct row *row = &rows[fault->net];
	char text[BO_VALUES_TEXT_MAX];

	bo_buf_printf(out, ":%s", row->name);
	if (row->format)
		row->format(fault, out);
	if (!row->format_value)
		return;
	row->format_value(fault->net_value, out);
	if (fault->for_ns)
		bo_buf_printf(out, ":for-%s",
			      bo_values_format_compact(BO_DURATION, text, fault->for_ns));
}

int schedule_check_net(const struct bo_fault *fault, struct bo_err *err)
{
	if (fault->net == BO_NET_ACT_FLAP && fault->for_ns == 0)
		return bo_err_set(err, -EINVAL, "an outage of no length is none");
	if (fault->net == BO_NET_ACT_FLAP && fault->every_ns <= fault->for_ns)
		return bo_err_set(err, -EINVAL,
				  "each outage must be over before the next one begins");
	return 0;
}

void bo_network_strike(const struct bo_fault *fault, struct bo_netem *down, struct bo_netem *up)
{
	const struct row *row = &rows[fault->net];

	if (!row->strike) {
		*down = bo_netem_profiles[fault->net_value].down;
		*up = bo_netem_profiles[fault->net_value].up;
		return;
	}
	row->strike(down, fault->net_value);
	row->strike(up, fault->net_value);
}
