#include "harness/engine/plan.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "harness/engine/bench.h"
#include "harness/engine/capability.h"

#define PATH_CAP 4096

int bo_library_find(const struct bo_library *library, const char *sub, const char *name, char *out,
		    size_t cap, struct bo_err *err)
{
	struct bo_buf tried = {0};
	int rc = -ENOENT;

	for (const char *const *dir = library->dirs; *dir; dir++) {
		char path[PATH_CAP];

		(void)snprintf(path, sizeof(path), "%s%s%s/%s.yaml", *dir, *sub ? "/" : "", sub,
			       name);
		if (access(path, R_OK) == 0) {
			rc = bo_str_copy(out, cap, path) ? 0 : -ENAMETOOLONG;
			break;
		}
		bo_buf_printf(&tried, "%s%s", tried.len > 0 ? ", " : "", path);
	}
	if (rc < 0)
		bo_err_set(err, rc, "no file for '%s'; looked for %s", name,
			   tried.data ? tried.data : "nothing");
	bo_buf_done(&tried);
	return rc;
}

static bool is_meant_for(const struct bo_scenario *scenario, const char *target_class)
{
	const char *const *targets = scenario->targets.items;

	for (size_t i = 0; i < scenario->targets.count; i++)
		if (strcmp(targets[i], target_class) == 0)
			return true;
	return false;
}

static void hash_text(crypto_hash_sha256_state *state, const struct bo_buf *text)
{
	crypto_hash_sha256_update(state, (const unsigned char *)text->data, text->len);
}

static void compute_hash8(struct bo_job *job)
{
	crypto_hash_sha256_state state;
	unsigned char digest[crypto_hash_sha256_BYTES];
	struct bo_buf text = {0};

	crypto_hash_sha256_init(&state);
	bo_buf_printf(&text, "fault-model %d\n", BO_FAULT_MODEL);
	bo_conf_canonical(bo_scenario_fields, job->scenario, &text);
	if (job->scenario->has_explore)
		bo_conf_canonical(bo_exploration_fields, &job->scenario->explore, &text);
	if (job->scenario->has_network)
		bo_network_canonical(&job->scenario->down, &job->scenario->up, &text);
	bo_server_canonical(job->scenario, &text);
	bo_conf_canonical(bo_target_fields, job->target, &text);
	hash_text(&state, &text);
	bo_images_hash(&job->images, &state);
	crypto_hash_sha256_final(&state, digest);
	for (size_t i = 0; i < 4; i++)
		(void)snprintf(job->hash8 + 2 * i, 3, "%02x", digest[i]);
	bo_buf_done(&text);
}

static int load_target(struct bo_job *job, const char *target_class,
		       const struct bo_library *library, struct bo_buf *report)
{
	char path[PATH_CAP];
	struct bo_err err = {0};
	int rc = bo_library_find(library, "targets", target_class, path, sizeof(path), &err);

	if (rc < 0) {
		bo_buf_printf(report, "error: target class: %s\n", bo_err_text(&err));
		return -EINVAL;
	}
	rc = bo_target_read(path, &job->target_conf, &job->target, report);
	if (rc == 0 && strcmp(job->target->name, target_class) != 0) {
		bo_conf_complain(job->target_conf, report, "class",
				 "the file of class '%s' says 'class: %s'", target_class,
				 job->target->name);
		rc = -EINVAL;
	}
	return rc;
}

int bo_job_load(struct bo_job *job, const char *scenario_path, const char *variant,
		const struct bo_library *library, struct bo_buf *report)
{
	const char *cell = bo_variant_cell(variant);
	char target_class[BO_NAME_MAX + 1] = "";

	*job = (struct bo_job){0};
	(void)snprintf(target_class, sizeof(target_class), "%.*s", (int)strcspn(variant, ","),
		       variant);
	int target = load_target(job, target_class, library, report);
	int rc = bo_scenario_read_cell(scenario_path, *cell ? cell : NULL, &job->scenario_conf,
				       &job->scenario, report);

	if (rc == 0 && !is_meant_for(job->scenario, target_class)) {
		bo_conf_complain(job->scenario_conf, report, "targets",
				 "not meant for target class '%s', which this bench has",
				 target_class);
		rc = -EINVAL;
	}
	rc = rc < 0 ? rc : target;
	if (rc == 0 && job->scenario->budget.erases > 0 && job->target->wear.erases == 0) {
		bo_conf_complain(job->scenario_conf, report, "budget.erases",
				 "target class '%s' does not say what a trial wears (wear.erases)",
				 target_class);
		rc = -EINVAL;
	}
	if (rc == 0)
		rc = bo_images_load(&job->images, job->scenario, job->scenario_conf, job->target,
				    report);
	if (rc < 0) {
		bo_job_free(job);
		return rc;
	}
	compute_hash8(job);
	return 0;
}

/* What concerns devices that fetch their updates. */
static int check_pull(const struct bo_job *job, const struct bo_rack_bench *bench,
		      struct bo_buf *report)
{
	const struct bo_scenario *scenario = job->scenario;
	const char *key = scenario->has_server ? "server" : "jobs";
	bool pulls = job->target->protocol.kind == BO_PROTOCOL_PULL;

	if (pulls && (bo_bench_caps(bench) & BO_CAP_VIRTUAL_TIME))
		bo_conf_complain(job->target_conf, report, "protocol.kind",
				 "a server and a broker live in real time, but bench '%s' in "
				 "virtual time",
				 bench->name);
	else if (!pulls && (scenario->has_server || scenario->jobs.count > 0))
		bo_conf_complain(job->scenario_conf, report, key,
				 "target class '%s' does not fetch its update: its protocol is "
				 "not 'kind: pull'",
				 job->target->name);
	else
		return 0;
	return -EINVAL;
}

static int check_protocol(const struct bo_job *job, const struct bo_rack_bench *bench,
			  const struct bo_programs *programs, struct bo_buf *report)
{
	const char *program = job->target->protocol.program;
	const char *refusal = program ? bo_programs_refusal(programs, program) : NULL;

	if (refusal)
		bo_conf_complain(job->target_conf, report, "protocol.program", "%s", refusal);
	else if (program && (bo_bench_caps(bench) & BO_CAP_VIRTUAL_TIME))
		bo_conf_complain(job->target_conf, report, "protocol.program",
				 "a program runs in real time, but bench '%s' in virtual time",
				 bench->name);
	else
		return check_pull(job, bench, report);
	return -EINVAL;
}

static int check_oracles(const struct bo_job *job, const struct bo_programs *programs,
			 struct bo_buf *report)
{
	const struct bo_conf_list *list = &job->scenario->promises.oracles;
	const struct bo_user_oracle *oracle = list->items;
	char where[256];
	int rc = 0;

	for (size_t i = 0; i < list->count; i++) {
		const char *refusal = bo_programs_refusal(programs, oracle[i].program);

		if (!refusal)
			continue;
		(void)snprintf(where, sizeof(where), "%s.oracles.%s.program",
			       job->scenario->promised_at, oracle[i].name);
		bo_conf_complain(job->scenario_conf, report, where, "%s", refusal);
		rc = -EINVAL;
	}
	return rc;
}

static int check_steps(const struct bo_job *job, const struct bo_programs *programs,
		       struct bo_buf *report)
{
	const struct bo_conf_list *steps = &job->scenario->steps;
	const struct bo_conf_choice *step = steps->items;
	char where[48];
	int rc = 0;

	for (size_t i = 0; i < steps->count; i++) {
		const char *program = bo_step_keys(&step[i])->program;
		const char *refusal = program ? bo_programs_refusal(programs, program) : NULL;

		if (!refusal)
			continue;
		(void)snprintf(where, sizeof(where), "steps.%zu.program", i);
		bo_conf_complain(job->scenario_conf, report, where, "%s", refusal);
		rc = -EINVAL;
	}
	return rc;
}

/* Datagrams have no way through a console. */
static int check_network(const struct bo_job *job, const struct bo_rack_bench *bench,
			 struct bo_buf *report)
{
	if (job->target->protocol.kind != BO_PROTOCOL_SMP_UDP ||
	    bo_rack_part(bench, BO_ROLE_NETWORK))
		return 0;
	bo_conf_complain(job->target_conf, report, "protocol.kind",
			 "bench '%.60s' has no 'network', over which this class is updated",
			 bench->name);
	return -EINVAL;
}

int bo_job_granted(const struct bo_job *job, const struct bo_rack_bench *bench,
		   struct bo_buf *report)
{
	struct bo_granted granted;

	bo_granted_init(&granted, bench->programs);
	int protocol = check_protocol(job, bench, &granted.programs, report);
	int network = check_network(job, bench, report);
	int oracles = check_oracles(job, &granted.programs, report);
	int steps = check_steps(job, &granted.programs, report);

	protocol = protocol < 0 ? protocol : network;
	return protocol < 0 ? protocol : oracles < 0 ? oracles : steps;
}

void bo_job_free(struct bo_job *job)
{
	bo_images_free(&job->images);
	bo_conf_free(job->scenario_conf);
	bo_conf_free(job->target_conf);
	*job = (struct bo_job){0};
}

static bool format_id(const struct bo_job *job, const struct bo_schedule *schedule,
		      const char *cell, char *out, size_t cap)
{
	struct bo_trial_id id = {.schedule = *schedule};

	(void)bo_str_copy(id.scenario, sizeof(id.scenario), job->scenario->name);
	(void)bo_str_copy(id.hash8, sizeof(id.hash8), job->hash8);
	if (!bo_variant_format(id.variant, job->target->name, cell))
		return false;
	return bo_trial_id_format(&id, out, cap);
}

bool bo_job_id(const struct bo_job *job, const struct bo_schedule *schedule, char *out, size_t cap)
{
	return format_id(job, schedule, job->scenario->cell, out, cap);
}

bool bo_job_id_by_protocol(const struct bo_job *job, const struct bo_schedule *schedule, char *out,
			   size_t cap)
{
	const char *cell = job->scenario->cell;
	struct bo_buf marked = {0};

	bo_buf_printf(&marked, "%s%s" BO_CELL_BY_PROTOCOL, cell, *cell ? "," : "");
	bool fits = format_id(job, schedule, marked.data, out, cap);

	bo_buf_done(&marked);
	return fits;
}

bool bo_job_is_staged(const struct bo_job *job)
{
	return job->scenario->stage == BO_STAGE_PROBE && job->scenario->by_probe;
}

bool bo_schedule_needs_special_points(const struct bo_schedule *schedule)
{
	for (size_t i = 0; i < schedule->count; i++) {
		const struct bo_capability *need = bo_capability_for(&schedule->fault[i]);

		if (need && need->bit & (BO_CAP_FLASH_OPS | BO_CAP_TEARS))
			return true;
	}
	return false;
}

bool bo_job_applies(const struct bo_rack_bench *bench, const struct bo_schedule *schedule,
		    const char **ret_lacks)
{
	unsigned caps = bo_bench_caps(bench);

	for (size_t i = 0; i < schedule->count; i++) {
		const struct bo_capability *need = bo_capability_for(&schedule->fault[i]);

		const char *input = bo_point_input(schedule->fault[i].point);

		if (!input)
			input = bo_point_input(schedule->fault[i].after.point);

		if (!need || ((caps & need->bit) && (!input || bo_rack_input(bench, input))))
			continue;
		*ret_lacks = need->name;
		return false;
	}
	return true;
}

bool bo_job_can_try(const struct bo_job *job, const struct bo_rack_bench *bench,
		    const struct bo_schedule *schedule, const char **ret_lacks)
{
	if (bo_job_is_staged(job) && !(bo_bench_caps(bench) & BO_CAP_START_STATE)) {
		*ret_lacks = "start-state";
		return false;
	}
	const struct bo_conf_choice *step = job->scenario->steps.items;

	for (size_t i = 0; i < job->scenario->steps.count; i++) {
		const struct bo_capability *need = bo_capability_for_step(&step[i]);

		if (!need || (bo_bench_caps(bench) & need->bit))
			continue;
		*ret_lacks = need->name;
		return false;
	}
	if (job->scenario->has_network && !(bo_bench_caps(bench) & BO_CAP_NETEM)) {
		*ret_lacks = "netem";
		return false;
	}
	return bo_job_applies(bench, schedule, ret_lacks);
}
