#include "harness/model/mischief.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/base/str.h"
#include "harness/model/values.h"

enum argument { NONE, COUNT, BYTES, TIME, PAUSE, SPEED };

#define PAUSE_USUAL BO_S

static const struct {
	const char *name;
	bool placed;
	enum argument argument;
	const char *help;
} kinds[BO_MISCHIEF_KINDS] = {
	[BO_MISCHIEF_CLOSE] = {"close", true, NONE, "end the connection there"},
	[BO_MISCHIEF_RESET] = {"reset", true, NONE, "end it there with a TCP reset"},
	[BO_MISCHIEF_STALL] = {"stall", true, TIME, "send nothing for TIME, then go on"},
	[BO_MISCHIEF_CORRUPT] = {"corrupt", true, NONE, "invert the byte there"},
	[BO_MISCHIEF_TLS_CUT] = {"tls-cut", true, NONE, "end TCP there without TLS's good-bye"},
	[BO_MISCHIEF_SHORT_BODY] = {"short-body", false, BYTES, "send so much less than announced"},
	[BO_MISCHIEF_LONG_BODY] = {"long-body", false, BYTES, "send so much more than announced"},
	[BO_MISCHIEF_WRONG_RANGE] = {"wrong-range", false, BYTES,
				     "206, beginning so many bytes too early"},
	[BO_MISCHIEF_IGNORE_RANGE] = {"ignore-range", false, NONE, "200 and all of it, always"},
	[BO_MISCHIEF_NO_RANGE] = {"no-range", false, NONE, "416 to any range"},
	[BO_MISCHIEF_OTHER_FILE] = {"other-file", false, COUNT,
				    "another file of equal size from the COUNT-th request on"},
	[BO_MISCHIEF_SAME_ETAG] = {"same-etag", false, NONE,
				   "with other-file: its ETag is the old"},
	[BO_MISCHIEF_BUSY] = {"busy", false, COUNT, "503 to the first COUNT requests"},
	[BO_MISCHIEF_LATER] = {"later", false, TIME, "429 with Retry-After to the first request"},
	[BO_MISCHIEF_REDIRECT] = {"redirect", false, COUNT, "COUNT redirects first; 0: for ever"},
	[BO_MISCHIEF_CHUNKED] = {"chunked", false, NONE, "no length, in chunks"},
	[BO_MISCHIEF_SLOW] = {"slow", false, SPEED, "at RATE"},
	[BO_MISCHIEF_EXPIRED] = {"expired", false, NONE, "a certificate that ended yesterday"},
	[BO_MISCHIEF_WRONG_HOST] = {"wrong-host", false, NONE, "another host's certificate"},
	[BO_MISCHIEF_UNKNOWN_CA] = {"unknown-ca", false, NONE, "a certificate of another issuer"},
	[BO_MISCHIEF_DOWN] = {"down", false, TIME, "not there for TIME"},
	[BO_MISCHIEF_RESTART] = {"restart", true, PAUSE, "reset there, and be away for TIME [1 s]"},
	[BO_MISCHIEF_OTHER_SIZE] = {"other-size", false, COUNT,
				    "a shorter file from the COUNT-th request on"},
	[BO_MISCHIEF_DUPLICATE] = {"duplicate", false, NONE, "each job is delivered again"},
	[BO_MISCHIEF_STALE] = {"stale", false, NONE, "jobs are retained, the first is a stale one"},
	[BO_MISCHIEF_CANCEL] = {"cancel", true, NONE, "the job is cancelled there"},
	[BO_MISCHIEF_BROKER_DROP] = {"broker-drop", true, PAUSE,
				     "the broker is killed there, and back after TIME [1 s]"},
};

static const struct {
	const char *what;
	int quantity; /* enum bo_quantity; -1: a plain number */
} arguments[] = {
	[NONE] = {"", -1},
	[COUNT] = {":COUNT", -1},
	[BYTES] = {":SIZE", BO_SIZE},
	[TIME] = {":TIME", BO_DURATION},
	[PAUSE] = {"[:TIME]", BO_DURATION},
	[SPEED] = {":RATE", BO_RATE},
};

const char *bo_mischief_name(enum bo_mischief_kind kind)
{
	return kinds[kind].name;
}

const char *bo_mischief_help(enum bo_mischief_kind kind)
{
	static char line[120];
	char form[40];

	(void)snprintf(form, sizeof(form), "%s%s%s", kinds[kind].name,
		       kinds[kind].placed ? "@PLACE" : "", arguments[kinds[kind].argument].what);
	(void)snprintf(line, sizeof(line), "  %-18s %s\n", form, kinds[kind].help);
	return line;
}

bool bo_mischief_is_of(enum bo_mischief_of of, enum bo_mischief_kind kind)
{
	return (kind >= BO_MISCHIEF_DUPLICATE) == (of == BO_OF_JOBS);
}

static int no_such(enum bo_mischief_of of, const char *name, struct bo_err *err)
{
	static const char *const whose[] = {[BO_OF_SERVER] = "is nothing this server can do",
					    [BO_OF_JOBS] = "is nothing that can happen to a job"};
	const char *names[BO_MISCHIEF_KINDS];
	size_t count = 0;

	for (unsigned i = 0; i < BO_MISCHIEF_KINDS; i++)
		if (bo_mischief_is_of(of, (enum bo_mischief_kind)i))
			names[count++] = kinds[i].name;
	const char *near = bo_str_nearest(name, names, count);

	return bo_err_set(err, -EINVAL, "'%s' %s%s%s%s", name, whose[of],
			  near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static bool plain_number(const char *text, uint64_t max, uint64_t *ret, const char **ret_end)
{
	char *end;

	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || errno || value > max)
		return false;
	*ret = value;
	*ret_end = end;
	return true;
}

static int parse_place(const char *text, struct bo_mischief *mischief, struct bo_err *err)
{
	const char *end = "?";
	uint64_t value = 0;
	bool good = text && plain_number(text, INT64_MAX, &value, &end);

	mischief->relative = good && strcmp(end, "pct") == 0;
	if (!good || (!mischief->relative && *end) || (mischief->relative && value > 100))
		return bo_err_set(err, -EINVAL,
				  "'%s' needs a place in the file, as in '%s@16384' or '%s@40pct'",
				  kinds[mischief->kind].name, kinds[mischief->kind].name,
				  kinds[mischief->kind].name);
	mischief->place = mischief->relative ? value * 10000 : value;
	return 0;
}

static int parse_argument(const char *text, struct bo_mischief *mischief, struct bo_err *err)
{
	enum argument wanted = kinds[mischief->kind].argument;
	const char *name = kinds[mischief->kind].name, *end, *why = "it is missing";
	uint64_t count;

	if (wanted == NONE && text)
		return bo_err_set(err, -EINVAL, "'%s' takes no argument, ':%s' is one", name, text);
	if (wanted == PAUSE && !text)
		mischief->argument = PAUSE_USUAL;
	if (wanted == NONE || (wanted == PAUSE && !text))
		return 0;
	if (wanted == COUNT && text && plain_number(text, 1000000, &count, &end) && !*end) {
		mischief->argument = (int64_t)count;
		return 0;
	}
	if (wanted != COUNT && text &&
	    bo_values_parse((enum bo_quantity)arguments[wanted].quantity, text, &mischief->argument,
			    &why) == 0)
		return 0;
	return bo_err_set(err, -EINVAL, "'%s' needs its argument (%s%s): %s", name, name,
			  arguments[wanted].what, wanted == COUNT ? "a number up to 1000000" : why);
}

static enum bo_mischief_kind kind_of(enum bo_mischief_of of, const char *name, size_t len)
{
	for (unsigned i = 0; i < BO_MISCHIEF_KINDS; i++)
		if (bo_mischief_is_of(of, (enum bo_mischief_kind)i) &&
		    strlen(kinds[i].name) == len && memcmp(kinds[i].name, name, len) == 0)
			return (enum bo_mischief_kind)i;
	return BO_MISCHIEF_KINDS;
}

/* Puts the marks where names have dots; a number behind them keeps its own. */
static void undot(char *text, bool placed)
{
	char *dot = strpbrk(text, ".@:");

	if (!dot || *dot != '.')
		return;
	*dot = placed ? '@' : ':';
	dot = placed ? strpbrk(dot + 1, ".:") : NULL;
	if (dot)
		*dot = ':';
}

int bo_mischief_parse(enum bo_mischief_of of, const char *text, struct bo_mischief *ret,
		      struct bo_err *err)
{
	struct bo_mischief mischief = {0};
	char name[96];

	if (!bo_str_copy(name, sizeof(name), text))
		return bo_err_set(err, -EINVAL, "'%s...' is too long", name);
	mischief.kind = kind_of(of, name, strcspn(name, ".@:"));
	if (mischief.kind < BO_MISCHIEF_KINDS)
		undot(name, kinds[mischief.kind].placed);
	char *argument = strchr(name, ':');

	if (argument)
		*argument++ = '\0';
	char *place = strchr(name, '@');

	if (place)
		*place++ = '\0';
	if (mischief.kind == BO_MISCHIEF_KINDS)
		return no_such(of, name, err);
	if (place && !kinds[mischief.kind].placed)
		return bo_err_set(err, -EINVAL, "'%s' has no place, '@%s' is one", name, place);
	int rc = kinds[mischief.kind].placed ? parse_place(place, &mischief, err) : 0;

	if (rc == 0)
		rc = parse_argument(argument, &mischief, err);
	if (rc == 0)
		*ret = mischief;
	return rc;
}

uint64_t bo_mischief_at(const struct bo_mischief *mischief, uint64_t len)
{
	if (!mischief->relative)
		return mischief->place;
	/* in two steps: a file of many GiB times a million would not fit */
	return len / 1000000 * mischief->place + len % 1000000 * mischief->place / 1000000;
}

const struct bo_mischief *bo_mischief_find(const struct bo_mischief *list, size_t count,
					   enum bo_mischief_kind kind)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].kind == kind)
			return &list[i];
	return NULL;
}
