#include <criterion/criterion.h>
#include <errno.h>

#include "fixtures/firmware/host/fwdevice.h"
#include "harness/engine/plan.h"
#include "harness/tests/sim_run.h"
#include "harness/tests/written_file.h"

/* An update that the probe has put into its slot. */

TestSuite(stage, .timeout = 300);

#define FLASH_AT 0x08000000

static struct bo_job load(const char *variant)
{
	static const char *const dirs[] = {"scenarios", NULL};
	const struct bo_library library = {dirs};
	struct bo_buf report = {0};
	struct bo_job job;

	cr_assert_eq(bo_job_load(&job, "scenarios/swap-staged.yaml", variant, &library, &report), 0,
		     "%s", report.data);
	bo_buf_done(&report);
	return job;
}

static void write_range(struct fwdevice *device, const struct bo_range_content *content)
{
	board_flash_write(device->board, (uint32_t)(content->range->at - FLASH_AT), content->data,
			  (size_t)content->range->size);
}

/* The range of the first byte that is not as `contents` say; NULL: all of flash is. */
static const char *differs_in(const struct fwdevice *device, const struct bo_job *job,
			      const struct bo_range_content *contents)
{
	for (size_t i = 0; i < job->images.count; i++) {
		const struct bo_range *range = contents[i].range;

		if (memcmp(board_flash(device->board) + range->at - FLASH_AT, contents[i].data,
			   (size_t)range->size) != 0)
			return range->name;
	}
	return NULL;
}

/* The same firmware, from the same baseline, takes the update by its protocol. */
Test(stage, what_is_staged_is_byte_for_byte_what_the_protocol_leaves_in_flash)
{
	struct bo_job job = load("f103-swap");
	struct fwdevice *device = fwdevice_new(1);
	struct fwdevice_file update = fwdevice_file_read("f103-swap", "app-2.0.0.bin");
	struct bo_smp_request test = {
		.command = BO_SMP_STATE_WRITE, .version = BO_SMP_V2, .hash = update.hash};
	struct bo_smp_response response;

	for (size_t i = 0; i < job.images.count; i++)
		write_range(device, &job.images.content[i]);
	board_power(device->board, true);
	cr_assert(fwdevice_wait(device, "BO-APP ver=1.0.0", 4000), "%s", device->console);
	cr_expect_null(differs_in(device, &job, job.images.content));
	cr_expect_str_eq(differs_in(device, &job, job.images.staged), "slot1");
	cr_assert(fwdevice_upload(device, &update, SIZE_MAX, NULL));
	cr_expect_str_eq(differs_in(device, &job, job.images.staged), "status",
			 "uploaded, and not asked for");
	cr_assert(fwdevice_ask(device, &test, &response, 2000) && !response.refused);
	cr_expect_null(differs_in(device, &job, job.images.staged));

	/* one byte more, and it is seen */
	job.images.staged[3].data[100] ^= 1;
	cr_expect_str_eq(differs_in(device, &job, job.images.staged), "status");
	fwdevice_file_done(&update);
	fwdevice_free(device);
	bo_job_free(&job);
}

Test(stage, both_kinds_of_trials_are_of_one_hash_and_have_ids_of_their_own)
{
	struct bo_job probe = load("f103-swap"), protocol = load("f103-swap,stage=protocol");
	struct bo_schedule none = {0};
	char one[BO_ID_MAX], other[BO_ID_MAX], made[BO_ID_MAX];

	cr_expect(bo_job_is_staged(&probe));
	cr_expect_not(bo_job_is_staged(&protocol));
	cr_expect_str_eq(probe.hash8, protocol.hash8);
	cr_expect(bo_job_id(&probe, &none, one, sizeof(one)));
	cr_expect(bo_job_id(&protocol, &none, other, sizeof(other)));
	cr_expect(bo_job_id_by_protocol(&probe, &none, made, sizeof(made)));
	cr_expect_str_neq(one, other);
	cr_expect_str_eq(other, made);
	bo_job_free(&probe);
	bo_job_free(&protocol);
}

Test(stage, however_many_there_are_one_trial_in_twenty_goes_by_protocol)
{
	size_t differences = 0;

	for (uint64_t seed = 1; seed < 20; seed++) {
		size_t by_protocol = 0;

		for (size_t n = 0; n < 2000; n++) {
			by_protocol += bo_stage_by_protocol(seed, n);
			differences += bo_stage_by_protocol(seed, n) != bo_stage_by_protocol(1, n);
			cr_expect_geq(20 * by_protocol, n + 1, "seed %llu: %zu of %zu",
				      (unsigned long long)seed, by_protocol, n + 1);
		}
		cr_expect_leq(by_protocol, 101);
	}
	cr_expect_gt(differences, 0, "which ones, the seed says");
}

#define HEAD                                                                    \
	"brownout: 1\nscenario: s\ntargets: [t]\nbaseline: {app: {image: a}}\n" \
	"update: {image: b}\npromises: {outcome: updated}\npoints: {p: {console: P}}\n"
#define STAGED "stage: probe\nstaged: {slot: {image: b}}\n"

Test(stage, what_only_one_kind_of_trial_has_cannot_be_asked_for)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *complaint;
	} cases[] = {
		{STAGED "strategy: {kind: linear, over: [p.1+0ms..1s, b2.flash.op.1..9]}\n", 0,
		 NULL},
		{STAGED "strategy: {kind: list, schedules: ['boot.2+5ms=cut:off-1s', none]}\n", 0,
		 NULL},
		{"staged: {slot: {image: b}}\n", 8, "only 'stage: probe' puts it there"},
		{"stage: probe\nstrategy: {kind: linear, over: p}\n", 8,
		 "what would the update protocol leave in flash? Say it under 'staged:'"},
		{STAGED "fault: {at: p.1}\n", 8,
		 "one trial in twenty goes by protocol: only a strategy makes so many"},
		{STAGED "strategy: {kind: linear, over: [p, smp.byte]}\n", 10,
		 "there is no transfer with 'stage: probe'"},
		{STAGED "strategy: {kind: linear, over: phase.upload}\n", 10,
		 "there is no transfer with 'stage: probe'"},
		{STAGED "strategy: {kind: linear, over: phase.install}\n", 0, NULL},
		{STAGED "strategy: {kind: linear, over: p}\nsteps: [boot: {}, update: {}]\n", 11,
		 "with 'stage: probe' the steps are the usual ones: boot, update"},
		{STAGED "strategy: {kind: linear, over: '*'}\n", 10,
		 "say which points: with 'stage: probe' not all trials pass the same"},
		{STAGED "strategy: {kind: linear, over: flash.op}\n", 10,
		 "with 'stage: probe' not all trials count it alike; say in which boot: b2 is the "
		 "one after the update was staged"},
		{STAGED "strategy: {kind: list, schedules: 'b1.p.1=cut:off-1s'}\n", 10,
		 "with 'stage: probe' the first boot, which takes the update, is left out"},
		{"stage: prob\n", 8,
		 "'stage' must be one of protocol, probe, found 'prob' (did you mean 'probe'?)"},
		{"parameters: {stage: {values: [x]}}\ntitle: '{stage}'\n", 8,
		 "'stage' says in ids how a trial is staged; choose another name"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_buf text = {0}, report = {0};
		struct bo_conf *conf = NULL;
		struct bo_scenario *scenario;

		bo_buf_printf(&text, HEAD "%s", cases[i].text);
		struct written file = written(text.data);
		int rc = bo_scenario_read(file.path, &conf, &scenario, &report);

		cr_expect_eq(rc, cases[i].complaint ? -EINVAL : 0, "%s%s", cases[i].text,
			     report.data ? report.data : "");
		if (cases[i].complaint)
			expect_complaint(&report, cases[i].line, cases[i].complaint);
		if (rc == 0)
			bo_conf_free(conf);
		written_done(&file);
		bo_buf_done(&text);
		bo_buf_done(&report);
	}
}

/* Another update in the slot would be judged by the wrong one. */
Test(stage, what_is_staged_must_be_the_update)
{
	struct scratch dir = scratch_make();
	struct bo_buf text = {0};
	char here[PATH_MAX];

	cr_assert_not_null(getcwd(here, sizeof(here)));
	bo_buf_printf(&text,
		      "brownout: 1\nscenario: s\ntargets: [f103-swap]\nimages: %s/build/images\n"
		      "baseline: {boot: {image: '{class}/boot.bin'}, slot0: {image: "
		      "'{class}/app-1.0.0.bin'}}\nupdate: {image: '{class}/app-2.0.0.bin'}\n"
		      "stage: probe\nstaged: {slot1: {image: '{class}/app-2.0.0-slow.bin'}}\n"
		      "strategy: {kind: list, schedules: none}\npromises: {outcome: updated}\n",
		      here);
	scratch_write(&dir, "s.yaml", text.data);
	struct cli cli = brownout("plan " SIM "%s/s.yaml", dir.path);

	cr_expect_eq(cli.code, 2);
	cr_expect(strstr(cli.err.data, "error: not the image that 'update' names\n"), "%s",
		  cli.err.data);
	cli_done(&cli);
	bo_buf_done(&text);
	scratch_done(&dir);
}

/* A few cuts, staged both ways: they agree, the summary says how many of each, and either id
 * replays to the byte. */
Test(stage, trials_staged_either_way_end_alike_and_are_replayed_exactly)
{
	struct scratch dir = scratch_make();
	struct cli run =
		brownout("run " SIM "--filter *00ms=cut* --out %s/run swap-staged", dir.path);
	static const char *const variants[] = {"f103-swap", "f103-swap,stage=protocol"};

	cr_assert_eq(run.code, 0, "%s%s", run.out.data, run.err.data);
	cr_expect(strstr(run.out.data, "\nstaged: 18 by probe, 1 by protocol\n"), "%s",
		  run.out.data);
	for (size_t i = 0; i < COUNT(variants); i++) {
		char mark[80], path[PATH_MAX], again_path[PATH_MAX], name[16];
		struct bo_buf journal = {0}, again = {0};

		snprintf(mark, sizeof(mark), "/%s/swap.1", variants[i]);
		const char *at = strstr(run.out.data, mark), *begin = at;

		cr_assert_not_null(at, "no %s in %s", mark, run.out.data);
		while (begin[-1] != ' ' && begin[-1] != '\n')
			begin--;
		int len = (int)strcspn(begin, "\n");

		snprintf(name, sizeof(name), "again%zu", i);
		struct cli replay =
			brownout("replay " SIM "--out %s/%s %.*s", dir.path, name, len, begin);

		cr_expect_eq(replay.code, 0, "%s", replay.err.data);
		snprintf(path, sizeof(path), "%s/run/trials/%.*s/journal.jsonl", dir.path, len,
			 begin);
		snprintf(again_path, sizeof(again_path), "%s/%s/trials/%.*s/journal.jsonl",
			 dir.path, name, len, begin);
		slurp(path, &journal);
		slurp(again_path, &again);
		cr_expect_str_eq(journal.data, again.data);
		bo_buf_done(&journal);
		bo_buf_done(&again);
		cli_done(&replay);
	}
	cli_done(&run);
	scratch_done(&dir);
}
