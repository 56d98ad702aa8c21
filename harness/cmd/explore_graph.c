#include <stdlib.h>
#include <string.h>

#include "harness/cmd/explore.h"
#include "harness/cmd/explore_graph.h"

/* What the pictures of an exploration are drawn from, as part of its record. */

#define NOWHERE	   "elsewhere"
#define GROUPS_MAX 512u

/* ---- where an operation works: a range of the target class ---- */

static const char *where(const struct explore_subject *subject, const struct bo_write *write)
{
	const struct bo_conf_list *layout = &subject->job.target->layout;
	const struct bo_range *range = layout->items;

	for (size_t i = 0; i < layout->count; i++)
		if ((int64_t)write->at + BOARD_FLASH_BASE - range[i].at >= 0 &&
		    (int64_t)write->at + BOARD_FLASH_BASE - range[i].at < range[i].size)
			return range[i].name;
	return NOWHERE;
}

static const char *step_where(const struct explore_subject *subject,
			      const struct bo_explore *explore, uint32_t state,
			      const struct bo_step *step)
{
	struct bo_write write;

	if (!step->cut)
		return "after a boot";
	if (step->at.op > bo_explore_ops(explore, state))
		return "at the end";
	write = bo_explore_op(explore, state, step->at.op);
	return where(subject, &write);
}

/* ---- the first boot: who writes where, and what a cut leads to ---- */

/* A list of [first, last] under each range's name. */
static json_t *writes(const struct explore_subject *subject, const struct bo_explore *explore,
		      uint32_t state)
{
	uint32_t ops = bo_explore_ops(explore, state), first = 1;
	json_t *lanes = json_object();

	for (uint32_t op = 1; op <= ops; op++) {
		struct bo_write write = bo_explore_op(explore, state, op);
		const char *name = where(subject, &write);

		if (op < ops) {
			write = bo_explore_op(explore, state, op + 1);
			if (strcmp(where(subject, &write), name) == 0)
				continue;
		}
		if (!json_object_get(lanes, name))
			json_object_set_new(lanes, name, json_array());
		json_array_append_new(json_object_get(lanes, name),
				      json_pack("[ii]", (int)first, (int)op));
		first = op + 1;
	}
	return lanes;
}

/* A list of [first operation, outcome of the next boot]; null is behind what has been tried. */
static json_t *leads_to(const struct bo_explore *explore, uint32_t state, enum bo_tear tear)
{
	const struct bo_explore_run *run;
	size_t count = bo_explore_runs(explore, state, &(struct bo_cut){.tear = tear}, &run);
	json_t *list = json_array();
	uint32_t last = BO_OUTCOMES, tried = bo_explore_placed(explore, state);

	for (size_t i = 0; i < count; i++) {
		uint32_t outcome = bo_explore_outcome(explore, run[i].target);

		if (outcome != last)
			json_array_append_new(list, json_pack("[is]", (int)run[i].first,
							      bo_outcome_names[outcome]));
		last = outcome;
	}
	if (count && tried < bo_explore_ops(explore, state) + 1) {
		tried = tried < run[count - 1].first ? run[count - 1].first : tried;
		json_array_append_new(list, json_pack("[in]", (int)tried + 1));
	}
	return list;
}

static void add_first_boot(json_t *record, const struct explore_subject *subject,
			   const struct bo_explore *explore)
{
	uint32_t start = bo_explore_start(explore, 0);
	json_t *cuts = json_object();

	for (enum bo_tear tear = 0; tear < BO_TEARS; tear++) {
		json_t *list = leads_to(explore, start, tear);

		if (json_array_size(list))
			json_object_set(cuts, bo_tear_name(tear), list);
		json_decref(list);
	}
	json_object_set_new(record, "first_boot",
			    json_pack("{s:i, s:s, s:o, s:o}", "operations",
				      (int)bo_explore_ops(explore, start), "outcome",
				      bo_outcome_names[bo_explore_outcome(explore, start)],
				      "writes", writes(subject, explore, start), "cuts", cuts));
}

/* ---- classes, those together that are as deep, come from the same place, and end alike ---- */

struct group {
	uint32_t cuts, outcome, classes;
	const char *where;
};

struct grouping {
	struct group group[GROUPS_MAX];
	size_t count;
	size_t *of; /* of each class */
};

/* Behind the last one, everything goes into that. */
static size_t group_find(struct grouping *grouping, const struct group *like)
{
	size_t i = 0;

	while (i < grouping->count && (grouping->group[i].cuts != like->cuts ||
				       grouping->group[i].outcome != like->outcome ||
				       strcmp(grouping->group[i].where, like->where) != 0))
		i++;
	if (i == GROUPS_MAX)
		return GROUPS_MAX - 1;
	if (i == grouping->count)
		grouping->group[grouping->count++] = *like;
	return i;
}

/* Where the last step of a shortest way struck. */
static const char *struck(const struct explore_subject *subject, const struct bo_explore *explore,
			  uint32_t state)
{
	struct bo_step steps[EXPLORE_STEPS_MAX];
	size_t start, count = bo_explore_schedule(explore, state, &start, steps, EXPLORE_STEPS_MAX);
	uint32_t at = bo_explore_start(explore, start);

	if (!count)
		return "start";
	if (count > EXPLORE_STEPS_MAX)
		return NOWHERE;
	for (size_t i = 0; i + 1 < count && at != BO_NO_STATE; i++)
		at = bo_explore_after(explore, at, &steps[i]);
	if (at == BO_NO_STATE)
		return NOWHERE;
	return step_where(subject, explore, at, &steps[count - 1]);
}

static void group_all(struct grouping *grouping, const struct explore_subject *subject,
		      const struct bo_explore *explore, uint32_t classes)
{
	for (uint32_t i = 0; i < classes; i++) {
		struct group like = {.cuts = bo_explore_cuts(explore, i),
				     .outcome = bo_explore_outcome(explore, i)};

		if (like.cuts == UINT32_MAX) {
			grouping->of[i] = GROUPS_MAX;
			continue;
		}
		like.where = struck(subject, explore, i);
		grouping->of[i] = group_find(grouping, &like);
		grouping->group[grouping->of[i]].classes++;
	}
}

static void count_edge(const struct grouping *grouping, uint32_t *edges, uint32_t from, uint32_t to)
{
	if (to != BO_NO_STATE && grouping->of[from] < GROUPS_MAX && grouping->of[to] < GROUPS_MAX)
		edges[grouping->of[from] * GROUPS_MAX + grouping->of[to]]++;
}

static void count_edges(const struct grouping *grouping, const struct explore_subject *subject,
			const struct bo_explore *explore, uint32_t classes, uint32_t *edges)
{
	const struct bo_explore_run *run;

	for (uint32_t i = 0; i < classes; i++) {
		count_edge(grouping, edges, i, bo_explore_after(explore, i, &(struct bo_step){0}));
		for (uint32_t env = 0; env < subject->env_count; env++)
			for (enum bo_tear tear = 0; tear < BO_TEARS; tear++) {
				size_t count = bo_explore_runs(
					explore, i, &(struct bo_cut){.tear = tear, .env = env},
					&run);

				for (size_t k = 0; k < count; k++)
					count_edge(grouping, edges, i, run[k].target);
			}
	}
}

static json_t *graph_json(const struct grouping *grouping, const uint32_t *edges)
{
	json_t *nodes = json_array(), *lines = json_array();

	for (size_t i = 0; i < grouping->count; i++) {
		const struct group *group = &grouping->group[i];

		json_array_append_new(nodes, json_pack("{s:i, s:s, s:s, s:i}", "cuts",
						       (int)group->cuts, "where", group->where,
						       "outcome", bo_outcome_names[group->outcome],
						       "classes", (int)group->classes));
		for (size_t k = 0; k < grouping->count; k++)
			if (edges[i * GROUPS_MAX + k])
				json_array_append_new(lines,
						      json_pack("[iii]", (int)i, (int)k,
								(int)edges[i * GROUPS_MAX + k]));
	}
	return json_pack("{s:o, s:o}", "nodes", nodes, "edges", lines);
}

static void add_graph(json_t *record, const struct explore_subject *subject,
		      const struct bo_explore *explore)
{
	struct grouping *grouping = calloc(1, sizeof(*grouping));
	uint32_t *edges = calloc(GROUPS_MAX * GROUPS_MAX, sizeof(*edges));
	struct bo_explore_stats stats;

	bo_explore_stats(explore, &stats);
	if (grouping)
		grouping->of = calloc(stats.classes, sizeof(*grouping->of));
	if (grouping && grouping->of && edges) {
		group_all(grouping, subject, explore, stats.classes);
		count_edges(grouping, subject, explore, stats.classes, edges);
		json_object_set_new(record, "graph", graph_json(grouping, edges));
	}
	if (grouping)
		free(grouping->of);
	free(grouping);
	free(edges);
}

/* ---- findings, boot by boot ---- */

static json_t *boot_json(const struct explore_subject *subject, const struct bo_explore *explore,
			 uint32_t state, const struct bo_step *step)
{
	json_t *boot = json_pack("{s:i}", "operations", (int)bo_explore_ops(explore, state));
	const struct bo_env *env;

	if (!step || !step->cut) {
		json_object_set_new(
			boot, "outcome",
			json_string(bo_outcome_names[bo_explore_outcome(explore, state)]));
		return boot;
	}
	env = &subject->envs[step->at.env];
	json_object_set_new(boot, "cut_at", json_integer(step->at.op));
	json_object_set_new(boot, "leaves", json_string(bo_tear_name(step->at.tear)));
	json_object_set_new(boot, "where", json_string(step_where(subject, explore, state, step)));
	if (step->at.env) {
		json_object_set_new(boot, "then_ram", json_string(bo_ram_names[env->byte[0]]));
		json_object_set_new(boot, "then_cause", json_string(bo_found_names[env->byte[1]]));
	}
	return boot;
}

void explore_add_boots(json_t *finding, const struct explore_subject *subject,
		       const struct bo_explore *explore, uint32_t state)
{
	struct bo_step steps[EXPLORE_STEPS_MAX];
	size_t start, count = bo_explore_schedule(explore, state, &start, steps, EXPLORE_STEPS_MAX);
	uint32_t at = bo_explore_start(explore, start);
	json_t *boots = json_array();

	if (count <= EXPLORE_STEPS_MAX) {
		for (size_t i = 0; i < count && at != BO_NO_STATE; i++) {
			json_array_append_new(boots, boot_json(subject, explore, at, &steps[i]));
			at = bo_explore_after(explore, at, &steps[i]);
		}
		/* an exploration that was stopped in a walk has not placed the last cut */
		json_array_append_new(boots, boot_json(subject, explore, state, NULL));
	}
	json_object_set_new(finding, "schedule", boots);
}

void explore_add_pictures(json_t *record, const struct explore_subject *subject,
			  const struct bo_explore *explore)
{
	add_first_boot(record, subject, explore);
	add_graph(record, subject, explore);
}
