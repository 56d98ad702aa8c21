#include "harness/base/err.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

Test(err, set_records_code_and_text_and_returns_the_code)
{
	struct bo_err err = {0};

	cr_assert_eq(bo_err_set(&err, -EIO, "port %d", 3), -EIO);
	cr_assert_eq(err.code, -EIO);
	cr_assert_str_eq(bo_err_text(&err), "port 3");
	cr_assert_eq(bo_err_set(NULL, -EIO, "nobody asks"), -EIO);
}

Test(err, wrap_puts_the_intent_first)
{
	struct bo_err err = {0};

	bo_err_set(&err, -ENODEV, "no probe");
	cr_assert_eq(bo_err_wrap(&err, "flash %s", "slot0"), -ENODEV);
	bo_err_wrap(&err, "bench \"b1\"");
	cr_assert_str_eq(err.text, "bench \"b1\": flash slot0: no probe");
}

Test(err, a_full_text_drops_the_context_and_keeps_the_cause)
{
	struct bo_err err = {0};
	char cause[BO_ERR_TEXT_MAX - 8];

	memset(cause, 'c', sizeof(cause));
	cause[sizeof(cause) - 1] = '\0';
	bo_err_set(&err, -EIO, "%s", cause);
	bo_err_wrap(&err, "too long to fit");
	cr_assert_str_eq(err.text, cause);
	bo_err_wrap(&err, "fits");
	cr_assert_eq(strncmp(err.text, "fits: cc", 8), 0);
}

Test(err, a_cause_longer_than_the_text_is_cut_visibly)
{
	struct bo_err err = {0};
	char cause[2 * BO_ERR_TEXT_MAX];

	memset(cause, 'c', sizeof(cause));
	cause[sizeof(cause) - 1] = '\0';
	bo_err_set(&err, -EIO, "%s", cause);
	cr_assert_eq(strlen(err.text), BO_ERR_TEXT_MAX - 1);
	cr_assert_str_eq(err.text + BO_ERR_TEXT_MAX - 4, "...");
}

Test(err, the_old_text_may_be_an_argument_of_the_new_one)
{
	struct bo_err err = {0};

	bo_err_set(&err, -EIO, "no answer");
	bo_err_set(&err, -ETIMEDOUT, "late: %s", err.text);
	cr_assert_str_eq(err.text, "late: no answer");
}

Test(err, nothing_recorded_still_has_a_text)
{
	struct bo_err err = {0};

	cr_assert_str_eq(bo_err_text(&err), "unknown error");
	cr_assert_str_eq(bo_err_text(NULL), "unknown error");
	cr_assert_eq(bo_err_wrap(NULL, "context"), 0);
}

Test(err, a_code_that_is_no_error_is_a_bug, .signal = SIGABRT)
{
	bo_err_set(NULL, 0, "success");
}

Test(err, what_a_name_or_a_tool_says_cannot_reach_a_terminal_raw)
{
	struct bo_err err = {0};

	bo_err_set(&err, -EIO, "file '%s'", "a\x1b[2J\n\xc3\xbc");
	cr_assert_str_eq(err.text, "file 'a\\x1b[2J\\x0a\\xc3\\xbc'");
	bo_err_wrap(&err, "bench '%s'", "\x80");
	cr_assert_str_eq(err.text, "bench '\\x80': file 'a\\x1b[2J\\x0a\\xc3\\xbc'");
}

Test(err, a_text_of_bytes_that_grow_is_cut_at_a_whole_one)
{
	struct bo_err err = {0};
	char bytes[BO_ERR_TEXT_MAX];

	memset(bytes, 0x80, sizeof(bytes) - 1);
	bytes[sizeof(bytes) - 1] = '\0';
	bo_err_set(&err, -EIO, "%s", bytes);
	cr_assert_lt(strlen(err.text), sizeof(err.text));
	cr_assert_str_eq(err.text + strlen(err.text) - 3, "...");
	cr_assert_eq((strlen(err.text) - 3) % 4, 0);
}
