#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/engine/record.h"
#include "harness/tests/scratch_dir.h"

static void expect_file(const char *dir, const char *name, const char *content)
{
	char text[256];

	read_into(dir, name, text, sizeof(text));
	cr_expect_str_eq(text, content, "%s", name);
}

Test(record, what_is_synced_is_in_the_files)
{
	struct scratch dir = scratch_make();
	struct bo_record record;
	struct bo_err err = {0};
	struct bo_buf deep = {0};

	bo_buf_printf(&deep, "%s/a/b/c", dir.path);
	cr_assert_eq(bo_record_open(&record, deep.data, &err), 0, "%s", bo_err_text(&err));
	bo_buf_printf(&record.journal, "one\n");
	bo_record_console(&record, 0, "\0\xff", 2);
	expect_file(deep.data, "journal.jsonl", "");
	cr_assert_eq(bo_record_sync(&record, &err), 0, "%s", bo_err_text(&err));
	expect_file(deep.data, "journal.jsonl", "one\n");
	bo_buf_printf(&record.journal, "two\n");
	cr_assert_eq(bo_record_sync(&record, &err), 0);
	cr_assert_eq(bo_record_sync(&record, &err), 0);
	expect_file(deep.data, "journal.jsonl", "one\ntwo\n");
	bo_record_close(&record);
	/* again: an earlier trial's files are replaced */
	cr_assert_eq(bo_record_open(&record, deep.data, &err), 0);
	bo_buf_printf(&record.journal, "new\n");
	cr_assert_eq(bo_record_sync(&record, &err), 0);
	bo_record_close(&record);
	expect_file(deep.data, "journal.jsonl", "new\n");
	expect_file(deep.data, "console.raw", "");
	bo_buf_done(&deep);
	scratch_done(&dir);
}

Test(record, console_bytes_beyond_the_cap_are_counted)
{
	struct scratch dir = scratch_make();
	struct bo_record record;
	struct bo_err err = {0};

	cr_assert_eq(bo_record_open(&record, dir.path, &err), 0);
	record.console_cap_left = 5;
	bo_record_console(&record, 0, "abc", 3);
	bo_record_console(&record, 0, "defg", 4);
	bo_record_console(&record, 0, "h", 1);
	cr_expect_eq(record.console_dropped, 3);
	cr_assert_eq(bo_record_sync(&record, &err), 0);
	expect_file(dir.path, "console.raw", "abcde");
	bo_record_close(&record);
	scratch_done(&dir);
}

Test(record, a_folder_that_cannot_be_is_named)
{
	struct scratch dir = scratch_make();
	struct bo_record record;
	struct bo_err err = {0};
	struct bo_buf path = {0}, wanted = {0};

	scratch_write(&dir, "file", "x");
	bo_buf_printf(&path, "%s/file/below", dir.path);
	bo_buf_printf(&wanted, "cannot make folder %s/file: there is a file of this name",
		      dir.path);
	cr_expect_eq(bo_record_open(&record, path.data, &err), -ENOTDIR);
	cr_expect_str_eq(err.text, wanted.data);
	bo_record_close(&record); /* harmless after a failure */
	bo_buf_reset(&path);
	bo_buf_reset(&wanted);
	bo_buf_printf(&path, "%s/file", dir.path);
	bo_buf_printf(&wanted, "cannot make folder %s: there is a file of this name", path.data);
	cr_expect_eq(bo_make_dirs(path.data, &err), -ENOTDIR);
	cr_expect_str_eq(err.text, wanted.data);
	bo_buf_reset(&path);
	for (int i = 0; i < 5000; i++)
		bo_buf_add(&path, "x", 1);
	cr_expect_eq(bo_make_dirs(path.data, &err), -ENAMETOOLONG);
	bo_buf_done(&path);
	bo_buf_done(&wanted);
	scratch_done(&dir);
}

Test(record, a_trial_is_whole_when_its_journal_goes_to_its_verdict_and_not_a_byte_before)
{
	static const char lines[] = "{\"at\":0,\"ev\":\"trial\",\"id\":\"x\"}\n"
				    "{\"at\":1,\"ev\":\"armed\",\"faults\":\"none\"}\n"
				    "{\"at\":2,\"ev\":\"verdict\",\"verdict\":\"pass\"}\n";
	struct scratch dir = scratch_make();
	struct bo_buf text = {0};

	for (size_t len = 0; len < sizeof(lines); len++) {
		bo_buf_reset(&text);
		bo_buf_printf(&text, "%.*s", (int)len, lines);
		scratch_write(&dir, "journal.jsonl", text.data);
		cr_expect_eq(bo_record_is_whole(dir.path, "x"), len == sizeof(lines) - 1, "%zu",
			     len);
	}
	cr_expect_not(bo_record_is_whole(dir.path, "y"), "another trial's");
	bo_record_forget(dir.path);
	cr_expect_not(bo_record_is_whole(dir.path, "x"));
	scratch_write(&dir, "journal.jsonl",
		      "{\"at\":0,\"ev\":\"trial\",\"id\":\"x\"}\n"
		      "{\"at\":2,\"ev\":\"verdict\",\"interrupted\":true}\n");
	cr_expect_not(bo_record_is_whole(dir.path, "x"), "a signal ended it");
	bo_buf_done(&text);
	scratch_done(&dir);
}

Test(record, a_full_disk_is_an_error_with_its_cause)
{
	struct bo_record record = {.journal_fd = -1, .console_fd = -1};
	struct bo_err err = {0};

	record.journal_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	if (record.journal_fd < 0)
		cr_skip_test("no /dev/full here");
	bo_buf_printf(&record.journal, "line\n");
	cr_expect_eq(bo_record_sync(&record, &err), -ENOSPC);
	cr_expect_str_eq(err.text, "cannot write the journal: No space left on device");
	bo_record_close(&record);
}

Test(record, a_file_is_replaced_whole_or_not_at_all)
{
	struct scratch dir = scratch_make();
	struct bo_err err = {0};
	struct bo_buf path = {0}, wanted = {0};

	bo_buf_printf(&path, "%s/f", dir.path);
	cr_assert_eq(bo_write_file(path.data, "first", 5, &err), 0);
	cr_assert_eq(bo_write_file(path.data, "2nd", 3, &err), 0);
	expect_file(dir.path, "f", "2nd");
	bo_buf_reset(&path);
	bo_buf_printf(&path, "%s/gone/f", dir.path);
	bo_buf_printf(&wanted, "cannot write %s: No such file or directory", path.data);
	cr_expect_eq(bo_write_file(path.data, "x", 1, &err), -ENOENT);
	cr_expect_str_eq(err.text, wanted.data);
	/* onto a folder: refused, and nothing is left beside it */
	bo_buf_reset(&path);
	bo_buf_printf(&path, "%s/folder", dir.path);
	cr_assert_eq(mkdir(path.data, 0777), 0);
	cr_expect_lt(bo_write_file(path.data, "x", 1, &err), 0);
	cr_expect_eq(scratch_count(&dir), 2, "a temporary file was left");
	bo_buf_done(&path);
	bo_buf_done(&wanted);
	scratch_done(&dir);
}
