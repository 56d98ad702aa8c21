#include <criterion/criterion.h>
#include <ftw.h>
#include <sodium.h>

#include "harness/engine/health.h"
#include "harness/tests/sim_run.h"

/* Rules of a run that are fixed before it begins. */

TestSuite(campaign_rules, .timeout = 300);

static void write_scenario(const struct scratch *dir, const char *strategy, const char *promise)
{
	struct bo_buf text = {0};
	char here[PATH_MAX];

	cr_assert_not_null(getcwd(here, sizeof(here)));
	bo_buf_printf(&text,
		      "brownout: 1\nscenario: s\nseed: 5\ntargets: [f103-compact]\n"
		      "images: %s/build/images\nbaseline:\n  boot: {image: \"{class}/boot.bin\"}\n"
		      "  slot0: {image: \"{class}/app-1.0.0.bin\"}\n"
		      "update: {image: \"{class}/app-2.0.0.bin\"}\n"
		      "strategy: %s\npromises: {outcome: %s}\n",
		      here, strategy, promise);
	scratch_write(dir, "s.yaml", text.data);
	bo_buf_done(&text);
}

static void expect(const struct cli *cli, int code, const char *const said[])
{
	cr_expect_eq(cli->code, code, "exit %d\n%s%s", cli->code, cli->out.data, cli->err.data);
	for (size_t i = 0; said[i]; i++)
		cr_expect(strstr(cli->out.data, said[i]) || strstr(cli->err.data, said[i]),
			  "no '%s' in %s%s", said[i], cli->out.data, cli->err.data);
}

Test(campaign_rules, a_stop_rule_ends_what_has_been_shown_and_prints_its_own_bound)
{
	static const char *const met[] = {
		"stop rule, fixed now: ",
		"it ended: the rate is at most that; trials left out: 25\n",
		": n 5, failed 0: at most 55.9 %;",
		"planned 6, fired 5, proven 5, judged 6,",
		NULL,
	};
	static const char *const exceeded[] = {"it ended: the rate is ABOVE that; ", NULL};
	struct scratch dir = scratch_make();

	write_scenario(&dir, "{kind: random, over: flash.op, trials: 30}", "[kept-old, updated]");
	struct cli cli = brownout("run " COMPACT "--stop-at 60%% --out %s/run %s/s.yaml", dir.path,
				  dir.path);

	expect(&cli, 0, met);
	cli_done(&cli);
	/* it is the plan's: a run that goes on ends where it did */
	cli = brownout("run --resume %s/run", dir.path);
	expect(&cli, 0, met);
	cli_done(&cli);
	write_scenario(&dir, "{kind: random, over: smp.byte, trials: 12}", "updated");
	cli = brownout("run " COMPACT "--stop-at 30%% --out %s/bad %s/s.yaml", dir.path, dir.path);
	expect(&cli, 1, exceeded);
	cli_done(&cli);
	scratch_done(&dir);
}

Test(campaign_rules, a_stop_rule_that_could_not_hold_is_refused)
{
	static const struct {
		const char *options, *why;
	} cases[] = {
		{"--stop-at 0%", "--stop-at: a rate between 0 % and 100 %"},
		{"--stop-at 100%", "--stop-at: a rate between 0 % and 100 %"},
		{"--stop-at 1% --shard 1/2", "cannot be divided into shards"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *const said[] = {cases[i].why, NULL};
		struct cli cli = brownout("run " COMPACT "%s swap-cut", cases[i].options);

		expect(&cli, 2, said);
		cli_done(&cli);
	}
}

/* ---- a cache of trials ---- */

static void expect_run(const struct scratch *dir, const char *name, const char *more, int code,
		       const char *said)
{
	const char *const lines[] = {said, NULL};
	struct cli cli = brownout("run " COMPACT "--cache %s/cache --out %s/%s %s %s/s.yaml",
				  dir->path, dir->path, name, more, dir->path);

	expect(&cli, code, lines);
	cli_done(&cli);
}

static void read_without_marks(const struct scratch *dir, const char *run, struct bo_buf *out)
{
	struct bo_buf text = {0};
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s/journal.jsonl", dir->path, run);
	slurp(path, &text);
	for (char *at = text.data, *end; (end = strchr(at, '\n')); at = end + 1)
		if (!memmem(at, (size_t)(end - at), "\"cached\"", 8))
			bo_buf_add(out, at, (size_t)(end + 1 - at));
	bo_buf_done(&text);
}

static bool with_new_sums;

/* An entry that says something else; with a sum that fits, so that only a comparison can tell. */
static int spoil(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(hash) + 1], sum[PATH_MAX];
	struct bo_buf journal = {0};

	(void)info;
	if (type != FTW_F || strcmp(path + ftw->base, "journal.jsonl") != 0)
		return 0;
	slurp(path, &journal);
	char *at = strstr(journal.data, "\"verdict\":\"pass\",\"why\":\"");

	cr_assert_not_null(at);
	at[sizeof("\"verdict\":\"pass\",\"why\":\"") - 1] ^= 1;
	FILE *file = fopen(path, "we");

	cr_assert(file && fwrite(journal.data, 1, journal.len, file) == journal.len &&
		  fclose(file) == 0);
	crypto_hash_sha256(hash, (const unsigned char *)journal.data, journal.len);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	bo_buf_done(&journal);
	if (!with_new_sums)
		return 0;
	snprintf(sum, sizeof(sum), "%.*ssum", ftw->base, path);
	file = fopen(sum, "we");
	cr_assert(file && fprintf(file, "%s\n", hex) == 65 && fclose(file) == 0);
	return 0;
}

Test(campaign_rules, what_is_in_the_cache_is_not_carried_out_but_for_a_share_that_must_agree)
{
	struct scratch dir = scratch_make();
	struct bo_buf first = {0}, second = {0};
	char path[PATH_MAX];

	write_scenario(&dir, "{kind: linear, over: smp.byte, every: 6000}", "[kept-old, updated]");
	expect_run(&dir, "one", "", 0, "cache: 0 trials were taken from ");
	/* one of the census, one of what follows it are carried out again */
	expect_run(&dir, "two", "", 0, "cached: 1 of 3 trials were not carried out");
	read_without_marks(&dir, "one", &first);
	read_without_marks(&dir, "two", &second);
	cr_expect_gt(first.len, 1000);
	cr_expect_str_eq(first.data, second.data);
	/* what was said of it once is not said of it when it is carried out */
	struct cli cli = brownout("run " COMPACT "--out %s/two %s/s.yaml", dir.path, dir.path);

	cr_expect_null(strstr(cli.out.data, "cached"), "%s", cli.out.data);
	cli_done(&cli);
	snprintf(path, sizeof(path), "%s/cache", dir.path);
	cr_assert_eq(nftw(path, spoil, 8, FTW_PHYS), 0);
	expect_run(&dir, "three", "", 0, " is damaged, and passed over");
	with_new_sums = true;
	cr_assert_eq(nftw(path, spoil, 8, FTW_PHYS), 0);
	expect_run(&dir, "four", "", 4, "which cannot be on the virtual clock");
	bo_buf_done(&first);
	bo_buf_done(&second);
	scratch_done(&dir);
}

Test(campaign_rules, real_time_has_no_cache)
{
	static const char *const said[] = {"--cache: bench 'bench' is not on the virtual clock",
					   NULL};
	struct scratch dir = scratch_make();
	struct cli cli = brownout("run --rack fixtures/racks/bench.yaml --cache %s/c --out %s/r "
				  "clean-update",
				  dir.path, dir.path);

	expect(&cli, 2, said);
	cli_done(&cli);
	scratch_done(&dir);
}

/* ---- waves ---- */

static void write_waves(const struct scratch *dir, const char *waves)
{
	static const char bench[] = "{target: f103-compact, power: {main: {driver: sim}}, "
				    "consoles: {main: {driver: sim, baud: 500000 baud}}, "
				    "probe: {driver: sim}}";
	struct bo_buf text = {0};

	bo_buf_printf(&text, "brownout: 1\nbenches:\n  a: %s\n  b: %s\n%s", bench, bench, waves);
	scratch_write(dir, "rack.yaml", text.data);
	bo_buf_done(&text);
}

static void expect_waves(const struct scratch *dir, const char *args, int code,
			 const char *const said[])
{
	struct cli cli = brownout("run --rack %s/rack.yaml --waves %s %s/s.yaml", dir->path, args,
				  dir->path);

	expect(&cli, code, said);
	cli_done(&cli);
}

/* Of the trials in the ledger, in its order: 'a' or 'b' each. */
static void read_order(const struct scratch *dir, const char *run, char *out, size_t cap)
{
	struct bo_buf text = {0};
	char path[PATH_MAX];
	size_t count = 0;

	snprintf(path, sizeof(path), "%s/%s/ledger.jsonl", dir->path, run);
	slurp(path, &text);
	for (const char *at = text.data; (at = strstr(at, "\"bench\":")) && count < cap - 1; at++)
		out[count++] = strchr(at + 8, '"')[1];
	out[count] = '\0';
	bo_buf_done(&text);
}

Test(campaign_rules, a_wave_that_shows_what_it_has_to_lets_others_join)
{
	static const char *const advances[] = {
		"wave 'staging', benches a: halts when the failure rate is shown to be above 60.0 "
		"% or bricked; advances when of 4 trials at most 0 failed: at most 52.8 %\n",
		"wave 'staging' advances: 0 of 4 failed\n",
		"wave 'all': open, 0 of 6 failed\n",
		NULL,
	};
	struct scratch dir = scratch_make();
	char out[128], order[32];

	write_waves(&dir, "waves:\n  staging: {benches: a, trials: 4, limit: 60 %}\n"
			  "  all: {benches: b}\n");
	write_scenario(&dir, "{kind: random, over: smp.byte, trials: 10}", "[kept-old, updated]");
	snprintf(out, sizeof(out), "--out %s/run", dir.path);
	expect_waves(&dir, out, 0, advances);
	read_order(&dir, "run", order, sizeof(order));
	cr_expect_eq(strncmp(order, "aaaaa", 5), 0, "the census and four trials: %s", order);
	cr_expect_not_null(strchr(order, 'b'), "%s", order);
	cr_expect_eq(strlen(order), 11);
	scratch_done(&dir);
}

Test(campaign_rules, a_wave_that_fails_halts_the_campaign_and_stays_halted)
{
	static const char *const too_bad[] = {
		"wave 'staging' is halted: the failure rate is shown to be above the limit",
		"wave 'all': not begun\n",
		NULL,
	};
	static const char *const outcome[] = {"is halted: an outcome that halts: kept-old", NULL};
	static const char *const changed[] = {"the rack's waves have changed since", NULL};
	struct scratch dir = scratch_make();
	char out[128], order[32];

	write_waves(&dir, "waves:\n  staging: {benches: a, trials: 40, limit: 20 %}\n"
			  "  all: {benches: b}\n");
	write_scenario(&dir, "{kind: random, over: smp.byte, trials: 12}", "updated");
	snprintf(out, sizeof(out), "--out %s/run", dir.path);
	expect_waves(&dir, out, 1, too_bad);
	read_order(&dir, "run", order, sizeof(order));
	cr_expect_null(strchr(order, 'b'), "%s", order);
	cr_expect_lt(strlen(order), 9, "%s", order);
	struct cli again = brownout("run --resume %s/run", dir.path);

	expect(&again, 1, too_bad);
	cli_done(&again);
	write_waves(&dir, "waves:\n  staging: {benches: a, limit: 50 %, halt-on: kept-old}\n");
	again = brownout("run --resume %s/run", dir.path);
	expect(&again, 2, changed);
	cli_done(&again);
	snprintf(out, sizeof(out), "--out %s/one", dir.path);
	expect_waves(&dir, out, 1, outcome);
	read_order(&dir, "one", order, sizeof(order));
	cr_expect_str_eq(order, "aa", "the census, and the first cut");
	scratch_done(&dir);
}

Test(campaign_rules, waves_that_could_not_be_kept_are_refused)
{
	static const struct {
		const char *waves, *options, *why;
	} cases[] = {
		{"", "", " has no waves"},
		{"waves: {w: {benches: a, trials: 58}}\n", "",
		 "wave 'w': 58 trials cannot show that the rate is below its limit; that takes 59"},
		{"waves: {w: {benches: a}, x: {benches: b}}\n", "",
		 "wave 'w' takes all trials; only the last one can"},
		{"waves: {w: {benches: c}}\n", "", "wave 'w': "},
		{"waves: {w: {benches: [a, b]}}\n", "--bench a", "leave out --bench and --any"},
		{"waves: {w: {benches: [a, b]}}\n", "--shard 1/2", "leave out --shard"},
		{"waves: {w: {benches: [a, a]}}\n", "", "bench 'a' is given twice"},
		{"waves: {w: {benches: a, limit: 0 %}}\n", "", "a limit between 0 % and 100 %"},
	};
	struct scratch dir = scratch_make();

	write_scenario(&dir, "{kind: random, over: smp.byte, trials: 12}", "updated");
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *const said[] = {cases[i].why, NULL};

		write_waves(&dir, cases[i].waves);
		expect_waves(&dir, cases[i].options, 2, said);
	}
	scratch_done(&dir);
}

/* ---- as finely as a bench can hit ---- */

static size_t count_off_grid(const struct scratch *dir)
{
	struct cli cli = brownout("plan --rack fixtures/racks/bench.yaml %s/b.yaml", dir->path);
	size_t off = 0, all = 0;

	cr_assert_eq(cli.code, 0, "%s", cli.err.data);
	for (const char *at = cli.out.data; (at = strstr(at, "boot.1+")); at++) {
		long ms = strtol(at + 7, NULL, 10);

		all++;
		off += ms % 10 != 0;
	}
	cr_expect_geq(all, 3, "%s", cli.out.data);
	cli_done(&cli);
	return off;
}

Test(campaign_rules, bisect_places_cuts_as_finely_as_the_bench_has_been_seen_to_hit)
{
	struct scratch dir = scratch_make();
	struct bo_buf text = {0}, journal = {0};
	struct bo_bench_record record;
	char here[PATH_MAX], rack[PATH_MAX];

	setenv("XDG_STATE_HOME", dir.path, 1);
	cr_assert_not_null(getcwd(here, sizeof(here)));
	cr_assert_not_null(realpath("fixtures/racks/bench.yaml", rack));
	bo_buf_printf(&text,
		      "brownout: 1\nscenario: b\ntargets: [f103-swap]\n"
		      "images: %s/build/images\nbaseline:\n  boot: {image: \"{class}/boot.bin\"}\n"
		      "  slot0: {image: \"{class}/app-1.0.0.bin\"}\n"
		      "update: {image: \"{class}/app-2.0.0.bin\"}\n"
		      "strategy: {kind: bisect, over: boot.1+10ms..90ms, trials: 40}\n"
		      "promises: {outcome: [kept-old, updated]}\n",
		      here);
	scratch_write(&dir, "b.yaml", text.data);
	cr_expect_gt(count_off_grid(&dir), 0, "every millisecond");
	bo_journal_line(&journal, 0, "fault", "s:i", "lag", 7123456);
	bo_journal_line(&journal, 0, "verdict", "s:b", "judged", 1);
	cr_assert_eq(bo_health_trial(rack, "bench", "/r", &journal, &record, NULL), 0);
	cr_expect_eq(count_off_grid(&dir), 0, "it was 7 ms late once: every 10 ms");
	bo_buf_done(&text);
	bo_buf_done(&journal);
	scratch_done(&dir);
}
