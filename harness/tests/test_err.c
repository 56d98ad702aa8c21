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
