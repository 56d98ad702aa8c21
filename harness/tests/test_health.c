#include <criterion/criterion.h>
#include <errno.h>

#include "harness/engine/health.h"
#include "harness/model/journal.h"
#include "harness/tests/scratch_dir.h"

static struct scratch dir;

static void set_up(void)
{
	dir = scratch_make();
	setenv("XDG_STATE_HOME", dir.path, 1);
}

static void tear_down(void)
{
	scratch_done(&dir);
}

TestSuite(health, .init = set_up, .fini = tear_down);

#define RACK "/racks/r.yaml"

enum kind { RIG, JUDGED, SKIPPED };

static struct bo_bench_record after_trial(enum kind kind, const char *uid)
{
	struct bo_buf journal = {0};
	struct bo_bench_record record;
	struct bo_err err = {0};

	if (uid)
		bo_journal_line(&journal, 0, "identity", "s:s", "uid", uid);
	bo_journal_line(&journal, 0, "range", "s:s, s:i", "name", "slot0", "bytes", 2048);
	bo_journal_line(&journal, 0, "range", "s:s, s:i", "name", "slot1", "bytes", 1024);
	if (uid) {
		bo_journal_line(&journal, 0, "ready", "s:s", "version", "1.0.0");
		bo_journal_line(&journal, 0, "slot", "s:i, s:s", "n", 0, "version", "2.0.0");
		bo_journal_line(&journal, 0, "slot", "s:i, s:s", "n", 1, "version", "1.0.0");
		bo_journal_line(&journal, 0, "ready", "s:s", "version", "2.0.0");
	}
	if (kind == RIG)
		bo_journal_line(&journal, 0, "rig", "s:s", "text", "the probe is gone");
	bo_journal_line(&journal, 0, "verdict", "s:b", "judged", kind == JUDGED);
	cr_assert_eq(bo_health_trial(RACK, "b", "/runs/1", &journal, &record, &err), 0, "%s",
		     bo_err_text(&err));
	bo_buf_done(&journal);
	return record;
}

static struct bo_bench_record now(void)
{
	struct bo_bench_record record;

	bo_health_read(RACK, "b", &record);
	return record;
}

Test(health, rig_faults_in_a_row_make_a_bench_suspect_and_then_quarantined)
{
	cr_expect_eq(now().health, BO_HEALTHY);
	for (int i = 1; i < BO_SUSPECT_AFTER; i++)
		cr_expect_eq(after_trial(RIG, NULL).health, BO_HEALTHY, "%d", i);
	cr_expect_eq(after_trial(SKIPPED, NULL).health, BO_HEALTHY, "says nothing of the bench");
	cr_expect_eq(after_trial(RIG, NULL).health, BO_SUSPECT);
	cr_expect_str_eq(now().why, "the probe is gone");
	cr_expect_eq(after_trial(JUDGED, NULL).health, BO_HEALTHY, "a suspicion is cleared");
	for (int i = 1; i < BO_QUARANTINED_AFTER; i++)
		cr_expect_lt(after_trial(RIG, NULL).health, BO_QUARANTINED, "%d", i);
	cr_expect_eq(after_trial(RIG, NULL).health, BO_QUARANTINED);
	cr_expect_eq(after_trial(JUDGED, NULL).health, BO_QUARANTINED, "that takes a self-test");
	cr_expect_eq(bo_health_clear(RACK, "b", NULL), 0);
	cr_expect_eq(now().health, BO_HEALTHY);
	cr_expect_eq(now().faults, 0);
}

Test(health, a_worker_that_dies_makes_its_bench_suspect_at_once)
{
	struct bo_bench_record record;

	cr_expect_eq(bo_health_fault(RACK, "b", "the worker died", &record, NULL), 0);
	cr_expect_eq(record.health, BO_SUSPECT);
	for (int i = BO_SUSPECT_AFTER; i < BO_QUARANTINED_AFTER; i++)
		cr_expect_eq(bo_health_fault(RACK, "b", "again", &record, NULL), 0);
	cr_expect_eq(record.health, BO_QUARANTINED);
	bo_health_read("/racks/other.yaml", "b", &record);
	cr_expect_eq(record.health, BO_HEALTHY, "the bench of that name in another rack");
}

Test(health, wear_and_versions_are_those_of_the_board)
{
	struct bo_bench_record record;

	cr_expect_not(now().seen);
	(void)after_trial(JUDGED, "AA");
	(void)after_trial(JUDGED, "AA");
	record = after_trial(JUDGED, "BB");
	cr_expect_str_eq(record.uid, "BB");
	cr_expect_eq(record.written, 3072);
	record = after_trial(JUDGED, "AA");
	cr_expect_eq(record.written, 3 * 3072);
	cr_expect_eq(record.trials, 3);
	cr_expect_str_eq(record.application, "2.0.0");
	cr_expect_str_eq(record.slots, "0: 2.0.0, 1: 1.0.0");
	cr_expect_str_eq(now().run, "/runs/1");
	cr_expect_eq(now().written, 3 * 3072);
}

static int64_t after_cut(int64_t lag_ns, bool judged)
{
	struct bo_buf journal = {0};
	struct bo_bench_record record;

	bo_journal_line(&journal, 0, "fault", "s:I", "lag", (json_int_t)(lag_ns / 2));
	bo_journal_line(&journal, 0, "fault", "s:I", "lag", (json_int_t)lag_ns);
	bo_journal_line(&journal, 0, "verdict", "s:b", "judged", judged);
	cr_assert_eq(bo_health_trial(RACK, "b", "/runs/1", &journal, &record, NULL), 0);
	bo_buf_done(&journal);
	return record.jitter_ns;
}

Test(health, the_jitter_is_the_worst_lateness_and_fades)
{
	cr_expect_eq(now().jitter_ns, 0);
	cr_expect_eq(after_cut(160000, true), 160000);
	cr_expect_eq(after_cut(900000, false), 160000, "that trial said nothing");
	cr_expect_eq(after_trial(JUDGED, NULL).jitter_ns, 160000, "nor that one, without a fault");
	cr_expect_eq(after_cut(1000, true), 150000);
	cr_expect_eq(after_cut(200000, true), 200000);
	cr_expect_eq(now().jitter_ns, 200000);
}

Test(health, a_damaged_record_is_that_of_a_healthy_bench_and_one_that_cannot_be_kept_is_said)
{
	struct bo_err err = {0};
	struct bo_bench_record record;

	(void)after_trial(RIG, NULL);
	char command[200];

	snprintf(command, sizeof(command), "%s/brownout/benches", dir.path);
	DIR *open_dir = opendir(command);

	cr_assert_not_null(open_dir);
	for (struct dirent *entry; (entry = readdir(open_dir));)
		if (entry->d_name[0] != '.') {
			struct bo_buf name = {0};

			bo_buf_printf(&name, "brownout/benches/%s", entry->d_name);
			scratch_write(&dir, name.data, "[1, 2");
			bo_buf_done(&name);
		}
	closedir(open_dir);
	cr_expect_eq(now().faults, 0);
	setenv("XDG_STATE_HOME", "/proc/nowhere", 1);
	cr_expect_lt(bo_health_fault(RACK, "b", "x", &record, &err), 0);
	cr_expect_not_null(strstr(bo_err_text(&err), "/proc/nowhere"), "%s", bo_err_text(&err));
}
