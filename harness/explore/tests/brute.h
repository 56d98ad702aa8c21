#ifndef BRUTE_H
#define BRUTE_H

#include <criterion/criterion.h>

#include "harness/explore/tests/fm_programs.h"

/*
 * Brute force, which the closure is held against: on a device small enough, every schedule of up to
 * three cuts is carried out, and the graph of classes must have foretold each boot of it.
 */
#define CUTS_MAX  3u
#define ENDS_MAX  2u
#define CONVERGE  3u
#define ALL_TEARS (BO_TEARS_WHOLE | BO_TEARS_PROGRAM | BO_TEARS_ERASE)

static inline void promises(struct bo_explore_config *config)
{
	config->promise[OUT_NEW] = BO_PROMISE_GOOD;
	config->promise[OUT_OLD] = BO_PROMISE_PASSING;
	config->promise[OUT_LOST] = BO_PROMISE_BROKEN;
	config->promise[OUT_ENDLESS] = BO_PROMISE_PASSING;
	config->converge_boots = CONVERGE;
}

static inline struct bo_explore *explore(struct fm *fm, const uint8_t *start, unsigned tears,
					 bool read_once)
{
	struct bo_explore_config config = {
		.machine = fm_machine(fm),
		.starts = &start,
		.start_count = 1,
		.tears = tears,
		.test_read_once = read_once,
	};
	struct bo_explore *x;
	struct bo_err err = {0};

	promises(&config);
	x = bo_explore_new(&config);
	cr_assert_not_null(x);
	cr_assert_eq(bo_explore_run(x, &err), BO_EXPLORE_CLOSED, "%s", err.text);
	return x;
}

/* ---- brute force ---- */

struct brute {
	struct fm *fm;
	const struct bo_explore *x;
	unsigned tears, envs;
	uint64_t schedules;
	bool found[BO_FINDING_STUCK + 1];
	uint32_t fewest[BO_FINDING_STUCK + 1]; /* cuts to a finding of the kind */
};

static inline void boot_from(struct fm *fm, const uint8_t *memory, struct bo_boot *ret)
{
	fm_load(fm, memory, NULL);
	fm_boot(fm, NULL, ret, NULL);
}

static inline bool brute_is_stuck(struct fm *fm, const uint8_t *memory, unsigned envs)
{
	uint8_t at[FM_SIZE];
	struct bo_boot boot;

	memcpy(at, memory, sizeof(at));
	for (unsigned i = 0; i < CONVERGE; i++) {
		boot_from(fm, at, &boot);
		if (boot.outcome == OUT_NEW)
			return false;
		memcpy(at, boot.memory, sizeof(at));
		if (envs)
			at[FM_ENV] = 0;
	}
	return true;
}

static const struct bo_finding *finding_of(const struct bo_explore *x, uint32_t state)
{
	const struct bo_finding *findings;
	size_t count = bo_explore_findings(x, &findings);

	for (size_t i = 0; i < count; i++)
		if (findings[i].state == state)
			return &findings[i];
	return NULL;
}

/* The finding that this boot is, and whether the graph says the same of its class. */
static inline bool foretold(struct brute *brute, const uint8_t *memory, uint32_t outcome,
			    uint32_t state, uint32_t cuts)
{
	const struct bo_finding *said = finding_of(brute->x, state);
	bool broken = outcome == OUT_LOST;
	bool is = broken || brute_is_stuck(brute->fm, memory, brute->envs);
	enum bo_finding_kind kind = broken ? BO_FINDING_BROKEN : BO_FINDING_STUCK;

	if (is && (!brute->found[kind] || cuts < brute->fewest[kind])) {
		brute->found[kind] = true;
		brute->fewest[kind] = cuts;
	}
	return is ? said && said->kind == kind && said->cuts <= cuts : !said;
}

static inline bool visit(struct brute *brute, const uint8_t *memory, uint32_t state, uint32_t cuts,
			 uint32_t ends);

static inline bool visit_cuts(struct brute *brute, const uint8_t *memory,
			      const struct bo_write *log, uint32_t ops, uint32_t state,
			      uint32_t cuts, uint32_t ends)
{
	uint8_t at[FM_SIZE], torn[FM_SIZE];

	memcpy(at, memory, sizeof(at));
	for (uint32_t op = 1; op <= ops + 1; op++) {
		for (unsigned kind = 0; kind < BO_TEARS * (brute->envs ? brute->envs : 1); kind++) {
			enum bo_tear tear = kind % BO_TEARS;
			struct bo_step step = {true, {op, tear, kind / BO_TEARS}};

			if (op > ops ? tear != BO_TEAR_CLEAN
				     : !(brute->tears & 1u << tear) ||
					       !bo_tear_applies(tear, &log[op - 1]))
				continue;
			memcpy(torn, at, sizeof(torn));
			if (tear != BO_TEAR_CLEAN)
				bo_write_tear(&log[op - 1], tear, torn);
			if (brute->envs)
				torn[FM_ENV] = (uint8_t)step.at.env;
			if (!visit(brute, torn, bo_explore_after(brute->x, state, &step), cuts + 1,
				   ends))
				return false;
		}
		if (op <= ops)
			bo_write_apply(&log[op - 1], at);
	}
	return true;
}

/* Boots memory, which the graph says is in class `state`, and all that may follow. */
static inline bool visit(struct brute *brute, const uint8_t *memory, uint32_t state, uint32_t cuts,
			 uint32_t ends)
{
	struct bo_write log[FM_LOG];
	uint8_t after[FM_SIZE];
	struct bo_boot boot;
	uint32_t ops;

	if (state == BO_NO_STATE)
		return false;
	brute->schedules++;
	boot_from(brute->fm, memory, &boot);
	ops = (uint32_t)boot.log_len;
	memcpy(log, boot.log, ops * sizeof(*log));
	memcpy(after, boot.memory, sizeof(after));
	if (brute->envs)
		after[FM_ENV] = 0;
	if (boot.outcome != bo_explore_outcome(brute->x, state) ||
	    ops != bo_explore_ops(brute->x, state))
		return false;
	if (!foretold(brute, memory, boot.outcome, state, cuts))
		return false;
	if (ends < ENDS_MAX &&
	    !visit(brute, after, bo_explore_after(brute->x, state, &(struct bo_step){0}), cuts,
		   ends + 1))
		return false;
	return cuts == CUTS_MAX || visit_cuts(brute, memory, log, ops, state, cuts, ends);
}

/* Every finding of few cuts is one that brute force comes by, and needs as many. */
static inline bool same_findings(const struct brute *brute)
{
	const struct bo_finding *findings;
	size_t count = bo_explore_findings(brute->x, &findings);
	bool seen[BO_FINDING_STUCK + 1] = {false};

	for (size_t i = 0; i < count; i++) {
		enum bo_finding_kind kind = findings[i].kind;

		if (seen[kind] || findings[i].cuts > CUTS_MAX)
			continue;
		seen[kind] = true;
		if (!brute->found[kind] || brute->fewest[kind] != findings[i].cuts)
			return findings[i].boots > findings[i].cuts; /* by more uncut boots */
	}
	return (seen[0] || !brute->found[0]) && (seen[1] || !brute->found[1]);
}

/* With `envs` environments, the first byte of which counts up; 0: none. */
static inline bool brute_agrees_in(struct fm *fm, const uint8_t *start, const struct bo_explore *x,
				   unsigned tears, unsigned envs, uint64_t *ret_schedules)
{
	struct brute brute = {.fm = fm, .x = x, .tears = tears, .envs = envs};
	bool agrees = visit(&brute, start, bo_explore_start(x, 0), 0, 0) && same_findings(&brute);

	*ret_schedules = brute.schedules;
	return agrees;
}

static inline bool brute_agrees(struct fm *fm, const uint8_t *start, const struct bo_explore *x,
				unsigned tears, uint64_t *ret_schedules)
{
	return brute_agrees_in(fm, start, x, tears, 0, ret_schedules);
}

#endif
