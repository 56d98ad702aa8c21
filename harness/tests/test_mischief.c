#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/model/mischief.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(mischief, what_a_server_does_is_read_as_the_table_has_it)
{
	static const struct {
		const char *text;
		enum bo_mischief_kind kind;
		uint64_t at; /* in a file of 1000 bytes */
		int64_t argument;
	} good[] = {
		{"close@16", BO_MISCHIEF_CLOSE, 16, 0},
		{"reset@40pct", BO_MISCHIEF_RESET, 400, 0},
		{"stall@0:2s", BO_MISCHIEF_STALL, 0, 2 * BO_S},
		{"busy:3", BO_MISCHIEF_BUSY, 0, 3},
		{"slow:8kbit", BO_MISCHIEF_SLOW, 0, 8000},
		{"short-body:1KiB", BO_MISCHIEF_SHORT_BODY, 0, 1024},
		{"chunked", BO_MISCHIEF_CHUNKED, 0, 0},
		{"close.16", BO_MISCHIEF_CLOSE, 16, 0},
		{"stall.40pct.1.5s", BO_MISCHIEF_STALL, 400, 1500 * BO_MS},
		{"restart.40pct", BO_MISCHIEF_RESTART, 400, BO_S},
		{"later.1.5s", BO_MISCHIEF_LATER, 0, 1500 * BO_MS},
		{"busy.3", BO_MISCHIEF_BUSY, 0, 3},
		{"down:3s", BO_MISCHIEF_DOWN, 0, 3 * BO_S},
		{"restart@40pct", BO_MISCHIEF_RESTART, 400, BO_S},
		{"restart@16:2s", BO_MISCHIEF_RESTART, 16, 2 * BO_S},
	};

	for (size_t i = 0; i < COUNT(good); i++) {
		struct bo_mischief mischief;
		struct bo_err err = {0};

		cr_expect_eq(bo_mischief_parse(BO_OF_SERVER, good[i].text, &mischief, &err), 0,
			     "%s: %s", good[i].text, bo_err_text(&err));
		cr_expect_eq(mischief.kind, good[i].kind, "%s", good[i].text);
		cr_expect_eq(bo_mischief_at(&mischief, 1000), good[i].at, "%s", good[i].text);
		cr_expect_eq(mischief.argument, good[i].argument, "%s", good[i].text);
	}
}

Test(mischief, what_makes_no_sense_is_named)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{"clse@16", "did you mean 'close'?"},
		{"", "is nothing this server can do"},
		{"close", "needs a place in the file"},
		{"close@", "needs a place"},
		{"close@101pct", "needs a place"},
		{"close@-1", "needs a place"},
		{"close@5x", "needs a place"},
		{"close@5:3", "takes no argument"},
		{"chunked@5", "has no place"},
		{"busy", "needs its argument"},
		{"busy:many", "a number up to 1000000"},
		{"stall@5:2", "a bare number"},
		{"slow:0bit", "needs its argument"},
		{"down", "needs its argument"},
		{"restart:2s", "needs a place"},
		{"restart@5:soon", "needs its argument"},
		{"cancel@5", "is nothing this server can do"},
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct bo_mischief mischief;
		struct bo_err err = {0};

		cr_expect_eq(bo_mischief_parse(BO_OF_SERVER, bad[i].text, &mischief, &err), -EINVAL,
			     "%s", bad[i].text);
		cr_expect_not_null(strstr(bo_err_text(&err), bad[i].says), "%s: %s", bad[i].text,
				   bo_err_text(&err));
	}
}

Test(mischief, what_happens_to_jobs_is_read_by_the_same_rules)
{
	static const struct {
		const char *text;
		enum bo_mischief_kind kind;
		int64_t argument;
	} good[] = {
		{"duplicate", BO_MISCHIEF_DUPLICATE, 0},
		{"stale", BO_MISCHIEF_STALE, 0},
		{"cancel@40pct", BO_MISCHIEF_CANCEL, 0},
		{"broker-drop@40pct", BO_MISCHIEF_BROKER_DROP, BO_S},
		{"broker-drop@40pct:10ms", BO_MISCHIEF_BROKER_DROP, 10 * BO_MS},
	};
	struct bo_mischief mischief;
	struct bo_err err = {0};

	for (size_t i = 0; i < COUNT(good); i++) {
		cr_expect_eq(bo_mischief_parse(BO_OF_JOBS, good[i].text, &mischief, &err), 0, "%s",
			     bo_err_text(&err));
		cr_expect_eq(mischief.kind, good[i].kind);
		cr_expect_eq(mischief.argument, good[i].argument);
	}
	cr_expect_eq(bo_mischief_parse(BO_OF_JOBS, "close@5", &mischief, &err), -EINVAL);
	cr_expect_str_eq(bo_err_text(&err), "'close' is nothing that can happen to a job");
	cr_expect_eq(bo_mischief_parse(BO_OF_JOBS, "stall", &mischief, &err), -EINVAL);
	cr_expect_str_eq(bo_err_text(&err), "'stall' is nothing that can happen to a job; did you "
					    "mean 'stale'?");
}
