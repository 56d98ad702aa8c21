#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cmd/explore.h"
#include "harness/cmd/protocols.h"

/* How long power stays away matters to nobody here: RAM is garbage after any cut. */
#define OFF_NS BO_S

/* ---- outcomes, as the target class lets them be told from the console ---- */

/* The pattern with this version instead of any. */
static const char *with_version(const char *pattern, const char *version, struct bo_buf *out)
{
	const char *at = strstr(pattern, "{version}");

	if (!at)
		return NULL;
	bo_buf_printf(out, "%.*s%s%s", (int)(at - pattern), pattern, version,
		      at + strlen("{version}"));
	return out->data;
}

static size_t list_outcomes(struct explore_subject *subject)
{
	const struct bo_target *target = subject->job.target;
	const char *const *dead = target->console.dead.items;
	struct bo_board_outcome *outcomes = subject->outcomes;
	size_t count = 0;

	if (!subject->board_config.host) { /* else what it announces is not the last word */
		outcomes[count++] =
			(struct bo_board_outcome){subject->new_runs.data, BO_OUTCOME_UPDATED};
		outcomes[count++] =
			(struct bo_board_outcome){subject->old_runs.data, BO_OUTCOME_KEPT_OLD};
		outcomes[count++] =
			(struct bo_board_outcome){target->console.ready, BO_OUTCOME_WRONG_IMAGE};
	}
	if (target->console.recovery)
		outcomes[count++] = (struct bo_board_outcome){target->console.recovery,
							      BO_OUTCOME_RECOVERY_MODE};
	for (size_t i = 0; i < target->console.dead.count && count < EXPLORE_OUTCOMES_MAX; i++)
		outcomes[count++] = (struct bo_board_outcome){dead[i], BO_OUTCOME_BRICKED};
	return count;
}

static bool promised(const struct bo_scenario *scenario, enum bo_outcome outcome)
{
	return scenario->promises.outcome & 1u << outcome;
}

/* A boot that says nothing in time is no finding yet: those that follow may. */
static void set_promises(struct explore_subject *subject)
{
	const struct bo_scenario *scenario = subject->job.scenario;

	for (enum bo_outcome i = 0; i < BO_OUTCOME_COUNT; i++)
		subject->promise[i] = promised(scenario, i) ? BO_PROMISE_GOOD : BO_PROMISE_BROKEN;
	if (promised(scenario, BO_OUTCOME_ROLLED_BACK))
		subject->promise[BO_OUTCOME_KEPT_OLD] = BO_PROMISE_GOOD;
	if (!promised(scenario, BO_OUTCOME_BOOT_LOOP))
		subject->promise[BO_OUTCOME_BOOT_LOOP] = BO_PROMISE_PASSING;
}

/* ---- the starting memory ---- */

static int place_images(struct explore_subject *subject)
{
	const struct bo_images *images = &subject->job.images;

	for (size_t i = 0; i < images->count; i++) {
		const struct bo_range *range = images->content[i].range;
		int64_t at = range->at - BOARD_FLASH_BASE;

		if (at < 0 || at + range->size > BOARD_FLASH_SIZE)
			return cmd_fail(BO_EXIT_USAGE,
					"explore: range '%s' is not in the flash of the virtual "
					"board",
					range->name);
		memcpy(subject->memory + at, images->content[i].data, (size_t)range->size);
	}
	return 0;
}

/* ---- the host ---- */

static int set_host(struct explore_subject *subject)
{
	static const enum bo_host_work works[] = {[BO_DURING_BOOT] = BO_HOST_ASKS,
						  [BO_DURING_UPLOAD] = BO_HOST_UPDATES,
						  [BO_DURING_CONFIRM] = BO_HOST_CONFIRMS};
	static const uint32_t outcomes[BO_HOST_ENDS] = {
		[BO_HOST_NEW] = BO_OUTCOME_UPDATED,
		[BO_HOST_OLD] = BO_OUTCOME_KEPT_OLD,
		[BO_HOST_OTHER] = BO_OUTCOME_WRONG_IMAGE,
		[BO_HOST_UNCONFIRMED] = BO_OUTCOME_DEGRADED,
		[BO_HOST_REFUSED] = BO_OUTCOME_REFUSED,
		[BO_HOST_UNHEARD] = BO_OUTCOME_DEGRADED,
	};
	const struct bo_exploration *asked = &subject->job.scenario->explore;
	const struct bo_target *target = subject->job.target;
	const struct bo_update_file *file = &subject->job.images.update;
	struct bo_host_config *host = &subject->host;

	if (asked->during == BO_DURING_BOOT && !asked->ask)
		return 0;
	if (cmd_protocols[target->protocol.kind]->datagrams)
		return cmd_fail(BO_EXIT_USAGE,
				"explore: the host speaks on the console here, and class '%s' is "
				"updated over a network; explore its boots alone ('during: boot' "
				"without 'ask')",
				target->name);
	*host = (struct bo_host_config){
		.protocol = cmd_protocols[target->protocol.kind],
		.update = {.line_max = (size_t)target->protocol.line_max,
			   .first_timeout_ns = target->protocol.first_timeout,
			   .timeout_ns = target->protocol.timeout,
			   .retries = (unsigned)target->protocol.retries},
		.image = {.data = file->data, .len = file->len},
		.work = works[asked->during],
	};
	memcpy(host->image.file_sha256, file->sha256, sizeof(host->image.file_sha256));
	memcpy(host->image.image_hash, file->identity.hash, sizeof(host->image.image_hash));
	memcpy(host->old_hash, subject->job.images.golden.identity.hash, sizeof(host->old_hash));
	subject->board_config.host = host;
	subject->board_config.ready = target->console.ready;
	memcpy(subject->board_config.host_outcome, outcomes, sizeof(outcomes));
	return 0;
}

/* ---- environments ---- */

/* The scenario's names begin with the second one. */
static void set_envs(struct explore_subject *subject, const struct explore_asked *asked)
{
	const struct bo_exploration *explore = &subject->job.scenario->explore;
	unsigned rams = 1u << BO_RAM_GARBAGE | explore->ram << 1 | asked->ram;
	unsigned causes = 1u << BO_FOUND_POWER | explore->cause << 1 | asked->reset;

	_Static_assert((int)BO_RAM_COUNT * BO_FOUND_COUNT <= BO_ENVS_MAX, "all of them fit");
	for (enum bo_ram ram = 0; ram < BO_RAM_COUNT; ram++)
		for (enum bo_found cause = 0; cause < BO_FOUND_COUNT; cause++)
			if (rams & 1u << ram && causes & 1u << cause)
				subject->envs[subject->env_count++] = bo_board_env(ram, cause);
	subject->board_config.forks_ram = rams != 1u << BO_RAM_GARBAGE;
}

static unsigned taken(const struct bo_exploration *asked)
{
	static const enum board_look looks[] = {[BO_TAKEN_TIME] = BOARD_LOOK_TIME,
						[BO_TAKEN_PINS] = BOARD_LOOK_PIN,
						[BO_TAKEN_REGISTERS] = BOARD_LOOK_UNMODELLED};
	unsigned as_modelled = 0;

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (asked->as_modelled & 1u << i)
			as_modelled |= 1u << looks[i];
	return as_modelled;
}

static int open_machine(void *ctx, struct bo_machine *ret)
{
	struct explore_subject *subject = ctx;

	subject->board = bo_board_machine_new(&subject->board_config);
	if (!subject->board)
		return -ENOMEM;
	*ret = bo_board_machine_ops(subject->board);
	return 0;
}

/* What a boot from the start, undisturbed, leaves in RAM. */
static int keep_ram(struct explore_subject *subject)
{
	struct bo_machine machine;
	struct bo_boot boot;
	struct bo_err err = {0};
	int result = open_machine(subject, &machine);

	if (result == 0)
		result = machine.ops->load(machine.self, subject->memory, &err);
	if (result == 0)
		result = machine.ops->boot(machine.self, NULL, &boot, &err);
	if (result == 0)
		bo_board_machine_ram(subject->board, subject->kept);
	bo_board_machine_free(subject->board);
	subject->board = NULL;
	subject->board_config.kept = subject->kept;
	return result < 0 ? cmd_fail_err(&err) : 0;
}

static int open_machines(struct explore_subject *subject, unsigned jobs)
{
	struct bo_pool_config config = {
		.open = open_machine,
		.ctx = subject,
		.jobs = jobs,
		.size = BO_BOARD_MEMORY_SIZE,
		.page = BOARD_PAGE_SIZE,
		.env = BO_BOARD_ENV,
	};

	if (jobs > 1) {
		subject->pool = bo_pool_new(&config);
		if (!subject->pool)
			return cmd_fail(BO_EXIT_NO_VERDICT, "explore: no %u processes can be had",
					jobs);
		subject->machine = bo_pool_machine(subject->pool);
	} else if (open_machine(subject, &subject->machine) < 0) {
		return cmd_fail(BO_EXIT_NO_VERDICT, "explore: no virtual board can be had");
	}
	return 0;
}

/* Which of the two versions runs must be told apart somehow. */
static int set_patterns(struct explore_subject *subject)
{
	const struct bo_target *target = subject->job.target;
	const struct bo_images *images = &subject->job.images;

	if (strcmp(images->golden.identity.version, images->update.identity.version) == 0)
		return cmd_fail(BO_EXIT_USAGE,
				"explore: both images say that they are version %s, so that the "
				"console cannot tell which one runs",
				images->golden.identity.version);
	if (!with_version(target->console.ready, images->golden.identity.version,
			  &subject->old_runs) ||
	    !with_version(target->console.ready, images->update.identity.version,
			  &subject->new_runs))
		return cmd_fail(BO_EXIT_USAGE,
				"explore: console.ready of target class '%s' has no {version}",
				target->name);
	return 0;
}

static int open_board(struct explore_subject *subject, const struct explore_asked *asked)
{
	const struct bo_scenario *scenario = subject->job.scenario;
	int rc = 0;

	subject->board_config = (struct bo_board_machine_config){
		.outcomes = subject->outcomes,
		.silent = BO_OUTCOME_BOOT_LOOP,
		.boot_ns = scenario->explore.boot_time,
		.settle_ns = scenario->explore.settle,
		.as_modelled = taken(&scenario->explore),
	};
	rc = set_host(subject);
	if (!rc && !subject->board_config.host)
		rc = set_patterns(subject);
	if (rc)
		return rc;
	subject->board_config.outcome_count = list_outcomes(subject);
	set_envs(subject, asked);
	set_promises(subject);
	board_blank_cells(subject->memory);
	rc = place_images(subject);
	if (rc == 0 && subject->board_config.forks_ram)
		rc = keep_ram(subject);
	return rc ? rc : open_machines(subject, asked->jobs);
}

static int load_job(struct explore_subject *subject, const char *path, const char *target)
{
	struct bo_conf *conf;
	struct bo_scenario *scenario;
	struct bo_buf report = {0};
	int rc;

	if (bo_scenario_read(path, &conf, &scenario, &report) < 0)
		return cmd_fail_report(&report);
	if (!target && scenario->targets.count)
		target = ((const char *const *)scenario->targets.items)[0];
	rc = bo_job_load(&subject->job, path, target, cmd_library(), &report);
	bo_conf_free(conf);
	if (rc < 0)
		return cmd_fail_report(&report);
	if (!subject->job.scenario->has_explore)
		return cmd_fail(BO_EXIT_USAGE,
				"scenario '%s' has no section 'explore:', so that nobody knows "
				"when a boot is over",
				subject->job.scenario->name);
	return 0;
}

int explore_open(struct explore_subject *subject, const char *path,
		 const struct explore_asked *asked)
{
	int rc = load_job(subject, path, asked->target);

	return rc ? rc : open_board(subject, asked);
}

void explore_close(struct explore_subject *subject)
{
	bo_pool_free(subject->pool);
	bo_board_machine_free(subject->board);
	bo_buf_done(&subject->old_runs);
	bo_buf_done(&subject->new_runs);
	bo_job_free(&subject->job);
}

/* ---- schedules ---- */

int explore_carry_out(struct explore_subject *subject, const struct bo_step *steps, size_t count,
		      void (*tell)(void *ctx, const struct explore_told *told), void *ctx,
		      uint32_t *ret_outcome, struct bo_err *err)
{
	const struct bo_machine *machine = &subject->machine;
	uint8_t memory[BO_BOARD_MEMORY_SIZE];
	int result = 0;

	memcpy(memory, subject->memory, sizeof(memory));
	for (size_t i = 0; i <= count && result == 0; i++) {
		const struct bo_step *step = i < count ? &steps[i] : NULL;
		struct explore_told told = {.boot = (unsigned)i + 1, .step = step};
		struct bo_boot boot;

		result = machine->ops->load(machine->self, memory, err);
		if (result == 0)
			result = machine->ops->boot(
				machine->self, step && step->cut ? &step->at : NULL, &boot, err);
		if (result < 0)
			break;
		told.did = &boot;
		if (tell)
			tell(ctx, &told);
		memcpy(memory, boot.memory, sizeof(memory));
		memcpy(memory + BO_BOARD_ENV,
		       subject->envs[step && step->cut ? step->at.env : 0].byte, BO_ENV_BYTES);
		*ret_outcome = boot.outcome;
	}
	return result;
}

bool explore_id(const struct explore_subject *subject, const struct bo_step *steps, size_t count,
		char id[BO_ID_MAX])
{
	struct bo_schedule schedule = {0};

	for (size_t i = 0; i < count; i++) {
		struct bo_fault *fault = &schedule.fault[schedule.count];

		if (!steps[i].cut)
			continue;
		if (schedule.count == BO_FAULTS_MAX)
			return false;
		*fault = (struct bo_fault){.boot = (unsigned)i + 1,
					   .point = "flash.op",
					   .n = steps[i].at.op,
					   .action = BO_ACTION_CUT,
					   .off_ns = OFF_NS,
					   .ram = subject->envs[steps[i].at.env].byte[0],
					   .cause = subject->envs[steps[i].at.env].byte[1]};
		for (int tear = 0; bo_fault_tears[tear]; tear++)
			if (strcmp(bo_fault_tears[tear], bo_tear_name(steps[i].at.tear)) == 0)
				fault->tear = tear;
		schedule.count++;
	}
	return bo_job_id(&subject->job, &schedule, id, BO_ID_MAX);
}
