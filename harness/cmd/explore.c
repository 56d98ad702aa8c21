#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cmd/explore.h"
#include "harness/engine/record.h"

/* `brownout explore`: every power cut of a scenario's boots, on the virtual board. */

#define SHOWN_MAX   5u /* counter-examples told in full */
#define JOBS_MAX    64
#define PROGRESS_NS (BO_S / 2)
#define LINE_NS	    (15 * BO_S) /* where lines pile up */
#define GROUP_MAX   32

struct exploration {
	struct explore_subject subject;
	struct bo_explore *explore;
	struct bo_clock clock;
	bo_ns begun, told;
	int64_t budget_ns; /* 0: none */
	bool first;	   /* one finding is enough */
	const char *out;   /* folder of the record, NULL: none */
	unsigned tears;
	bool line_open; /* a progress line waits for its end */
};

static const char *group(char text[GROUP_MAX], uint64_t value)
{
	return bo_str_group(text, GROUP_MAX, value);
}

/* ---- while it runs ---- */

static void show_progress(struct exploration *it, const struct bo_explore_stats *stats, bo_ns now)
{
	bool tty = isatty(STDERR_FILENO);
	uint64_t ms = (uint64_t)((now - it->begun) / BO_MS) + 1;

	(void)fprintf(stderr,
		      "%sexploring: %llu s, cut %u of a schedule, boots %llu (%llu/s), classes %u, "
		      "of them to be cut %u, merges undone %llu, %llu MiB%s",
		      tty ? "\r" : "", (unsigned long long)((now - it->begun) / BO_S),
		      stats->depth + 1, (unsigned long long)stats->boots,
		      (unsigned long long)(stats->boots * 1000 / ms), stats->classes,
		      stats->classes - stats->walked, (unsigned long long)stats->splits,
		      (unsigned long long)(stats->bytes >> 20), tty ? "\033[K" : "\n");
	it->line_open = tty;
}

static bool progress(void *ctx, const struct bo_explore_stats *stats)
{
	struct exploration *it = ctx;
	bo_ns now = bo_clock_stamp(&it->clock);

	if (now - it->told >= (isatty(STDERR_FILENO) ? PROGRESS_NS : LINE_NS)) {
		show_progress(it, stats, now);
		it->told = now;
	}
	return !it->budget_ns || now - it->begun < it->budget_ns;
}

/* ---- what came of it ---- */

static void show_account(struct exploration *it)
{
	struct bo_explore_stats stats;
	char a[GROUP_MAX], b[GROUP_MAX], c[GROUP_MAX], d[GROUP_MAX], e[GROUP_MAX];
	bo_ns spent = bo_clock_stamp(&it->clock) - it->begun;

	bo_explore_stats(it->explore, &stats);
	(void)printf("  cut points %s   cut states %s   schedules of two cuts %s\n",
		     group(a, stats.cut_points), group(b, stats.cut_states), group(c, stats.pairs));
	(void)printf("  boots %llu   classes %u   merges undone %llu   verified %llu   one boot "
		     "reads %s bytes, all that follow %s\n",
		     (unsigned long long)stats.boots, stats.classes,
		     (unsigned long long)stats.splits, (unsigned long long)stats.verified,
		     group(d, stats.read_max), group(e, stats.needed_max));
	(void)printf("  %llu.%llu s   %llu MiB   reality: virtual\n",
		     (unsigned long long)(spent / BO_S),
		     (unsigned long long)(spent % BO_S / (BO_S / 10)),
		     (unsigned long long)(stats.bytes >> 20));
}

static void show_claim(const struct exploration *it, int result, size_t findings)
{
	const struct bo_scenario *scenario = it->subject.job.scenario;
	uint32_t bound = bo_explore_bound(it->explore);

	if (result == BO_EXPLORE_CLOSED)
		(void)printf("%s@%s: closed: every schedule of power cuts, of any length, is "
			     "decided; %zu findings\n",
			     scenario->name, it->subject.job.hash8, findings);
	else
		(void)printf("%s@%s: bounded at depth %u%s: every schedule of at most %u cuts is "
			     "decided; %zu findings\n",
			     scenario->name, it->subject.job.hash8, bound,
			     result == BO_EXPLORE_STOPPED
				     ? (findings && it->first ? ", as one finding was enough"
							      : ", by its budget")
				     : ", as asked",
			     bound, findings);
}

/* A counter-example is carried out before it is told: a graph that is wrong is our fault. */
static int show_finding(struct exploration *it, const struct bo_finding *finding)
{
	struct bo_step steps[EXPLORE_STEPS_MAX];
	char id[BO_ID_MAX];
	size_t start, count;
	uint32_t outcome = 0;
	struct bo_err err = {0};

	count = bo_explore_schedule(it->explore, finding->state, &start, steps, EXPLORE_STEPS_MAX);
	if (count > EXPLORE_STEPS_MAX) {
		(void)printf("  after %u cuts: %s\n", finding->cuts,
			     bo_outcome_names[finding->outcome]);
		return 0;
	}
	if (explore_carry_out(&it->subject, steps, count, NULL, NULL, &outcome, &err) < 0)
		return cmd_fail_err(&err);
	(void)printf("  after %u cut%s: %s%s\n", finding->cuts, finding->cuts == 1 ? "" : "s",
		     bo_outcome_names[finding->outcome],
		     finding->kind == BO_FINDING_STUCK ? ", and boot after boot no promised outcome"
						       : "");
	if (explore_id(&it->subject, steps, count, id))
		(void)printf("     brownout replay %s\n", id);
	if (outcome != finding->outcome)
		return cmd_fail(BO_EXIT_INTERNAL,
				"this schedule leads to %s when it is carried out: the graph is "
				"wrong",
				bo_outcome_names[outcome]);
	return 0;
}

static int exit_of(int result, size_t findings)
{
	if (findings)
		return BO_EXIT_BROKEN_PROMISE;
	return result == BO_EXPLORE_STOPPED ? BO_EXIT_NO_VERDICT : BO_EXIT_OK;
}

static int show(struct exploration *it, int result)
{
	const struct bo_finding *findings;
	size_t count = bo_explore_findings(it->explore, &findings);
	int rc = 0;

	if (it->line_open)
		(void)fputc('\n', stderr);
	for (size_t i = 0; i < count && i < SHOWN_MAX && rc == 0; i++)
		rc = show_finding(it, &findings[i]);
	if (count > SHOWN_MAX)
		(void)printf("  and %zu more\n", count - SHOWN_MAX);
	show_account(it);
	show_claim(it, result, count);
	if (it->out && rc == 0)
		rc = explore_record(&it->subject, it->explore, it->tears, result, it->out);
	return rc ? rc : exit_of(result, count);
}

static int explore(struct exploration *it, struct bo_explore_config *config)
{
	const uint8_t *starts[] = {it->subject.memory};
	struct bo_err err = {0};
	int result;

	config->machine = it->subject.machine;
	config->starts = starts;
	config->start_count = 1;
	config->progress = progress;
	config->ctx = it;
	memcpy(config->promise, it->subject.promise, sizeof(config->promise));
	it->explore = bo_explore_new(config);
	if (!it->explore)
		return cmd_fail(BO_EXIT_NO_VERDICT, "explore: out of memory");
	it->begun = it->told = bo_clock_stamp(&it->clock);
	result = bo_explore_run(it->explore, &err);
	if (result == -EPROTO)
		return cmd_fail(BO_EXIT_INTERNAL, "explore: %s", bo_err_text(&err));
	if (result == -ENOTSUP)
		return cmd_fail(BO_EXIT_NO_VERDICT, "explore: %s", bo_err_text(&err));
	return result < 0 ? cmd_fail_err(&err) : show(it, result);
}

/* The scenario's tears begin behind "any" and "clean". */
static unsigned tears_of(const struct bo_exploration *asked, bool torn, bool erase)
{
	return BO_TEARS_WHOLE | asked->tears << (BO_TEAR_CLEAN + 1) |
	       (torn ? BO_TEARS_PROGRAM : 0) | (erase ? BO_TEARS_ERASE : 0);
}

static int explore_file(struct exploration *it, const char *name,
			const struct explore_asked *options, struct bo_explore_config *config,
			bool torn, bool erase)
{
	char path[CMD_PATH_CAP];
	struct bo_err err = {0};
	int rc;

	if (cmd_scenario_find(name, path, &err) < 0)
		return cmd_fail_err(&err);
	rc = explore_open(&it->subject, path, options);
	if (rc)
		return rc;
	const struct bo_exploration *asked = &it->subject.job.scenario->explore;

	config->tears = it->tears = tears_of(asked, torn, erase);
	config->envs = it->subject.envs;
	config->env_count = it->subject.env_count;
	config->converge_boots = (uint32_t)asked->converge;
	config->first_finding = it->first;
	if (!config->depth_max)
		config->depth_max = (uint32_t)asked->depth;
	return explore(it, config);
}

static unsigned jobs_of(int64_t asked)
{
	long cores = asked ? (long)asked : sysconf(_SC_NPROCESSORS_ONLN);

	return cores < 1 ? 1 : cores > JOBS_MAX ? JOBS_MAX : (unsigned)cores;
}

/* "zero,kept", into a bit per name. */
static int names_of(const char *option, const char *list, const char *const *names, unsigned *ret)
{
	while (list && *list) {
		size_t len = strcspn(list, ",");
		unsigned i = 0;

		while (names[i] && (strlen(names[i]) != len || strncmp(names[i], list, len) != 0))
			i++;
		if (!names[i])
			return cmd_fail(BO_EXIT_USAGE, "--%s: '%.*s' is none of those it knows",
					option, (int)len, list);
		*ret |= 1u << i;
		list += len + (list[len] != 0);
	}
	return 0;
}

int cmd_explore(int argc, char **argv)
{
	const char *target = NULL, *out = NULL, *ram = NULL, *reset = NULL;
	int64_t depth = 0, budget = 0, verify = 0, seed = 1, jobs = 0;
	bool torn = false, erase = false, first = false;
	const struct cmd_option table[] = {
		{"target", CMD_TEXT, &target, "CLASS", "which target class [the scenario's first]"},
		{"depth", CMD_NUMBER, &depth, "N", "at most N cuts [any number]"},
		{"torn", CMD_FLAG, &torn, NULL, "cuts also leave units half programmed"},
		{"erase", CMD_FLAG, &erase, NULL, "cuts also leave pages half erased"},
		{"ram", CMD_TEXT, &ram, "LIST",
		 "a boot after a cut also finds in RAM: zero, ones, kept"},
		{"reset", CMD_TEXT, &reset, "LIST",
		 "and as the reset cause: pin, soft, watchdog, window-watchdog, low-power"},
		{"first", CMD_FLAG, &first, NULL, "stop at the first finding"},
		{"budget", CMD_DURATION, &budget, "TIME", "stop after so long"},
		{"verify-prune", CMD_PERCENT, &verify, "P",
		 "boot this share of what was merged for real"},
		{"out", CMD_TEXT, &out, "DIR",
		 "write DIR/explore.json, and pictures of it below DIR/report"},
		{"jobs", CMD_NUMBER, &jobs, "N", "processes; the result is the same [one a core]"},
		{"seed", CMD_NUMBER, &seed, "N", "chooses which [1]"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "explore [OPTION...] SCENARIO", table);
	struct bo_explore_config config = {0};
	struct explore_asked asked = {0};
	struct exploration *it;
	struct bo_err err = {0};
	int rc;

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (count != 1)
		return cmd_fail(BO_EXIT_USAGE, "explore: name one scenario file");
	if (names_of("ram", ram, bo_ram_names, &asked.ram) ||
	    names_of("reset", reset, bo_found_names, &asked.reset))
		return BO_EXIT_USAGE;
	/* before minutes of work, not behind them */
	if (out && bo_make_dirs(out, &err) < 0)
		return cmd_fail(BO_EXIT_USAGE, "--out: %s", bo_err_text(&err));
	it = calloc(1, sizeof(*it));
	if (!it)
		return cmd_fail(BO_EXIT_NO_VERDICT, "explore: out of memory");
	bo_clock_real_init(&it->clock);
	it->budget_ns = budget;
	it->first = first;
	it->out = out;
	config.depth_max = (uint32_t)depth;
	config.verify_ppm = (uint32_t)verify;
	config.seed = (uint64_t)seed;
	asked.target = target;
	asked.jobs = jobs_of(jobs);
	rc = explore_file(it, argv[0], &asked, &config, torn, erase);
	bo_explore_free(it->explore);
	explore_close(&it->subject);
	free(it);
	return rc;
}
