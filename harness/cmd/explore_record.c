#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "harness/cmd/explore.h"

/* An exploration's result as a file: what was decided about which bytes, under which conditions. */

#define RECORD_NAME "explore.json"

static const char *const conditions[] = {
	"a boot depends on flash and option bytes alone: RAM holds the same garbage at each "
	"power-on, "
	"operations take the model's time",
	("checked at each boot: its operations explain its memory, and what it programmed without "
	 "erasing counts as read"),
	"outcomes are told from the console alone",
};

static const char *const not_modelled[] = {
	"cells that read differently from time to time, or lose their content later",
	"other reset causes than power-on, RAM that outlives a cut",
	"a supply that sags instead of failing",
	"the timing and geometry of any other chip",
};

static void add_texts(json_t *record, const char *key, const char *const *texts, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(texts[i]));
	json_object_set_new(record, key, list);
}

static void add_subjects(json_t *record, const struct explore_subject *subject)
{
	const struct bo_images *images = &subject->job.images;
	json_t *list = json_array();

	for (size_t i = 0; i < images->count; i++) {
		unsigned char digest[crypto_hash_sha256_BYTES];
		char text[2 * crypto_hash_sha256_BYTES + 1];

		crypto_hash_sha256(digest, images->content[i].data,
				   (unsigned long long)images->content[i].range->size);
		sodium_bin2hex(text, sizeof(text), digest, sizeof(digest));
		json_array_append_new(list,
				      json_pack("{s:s, s:s}", "range",
						images->content[i].range->name, "sha256", text));
	}
	json_object_set_new(record, "subjects", list);
}

static void add_tears(json_t *record, unsigned tears)
{
	json_t *list = json_array();

	for (enum bo_tear tear = 0; tear < BO_TEARS; tear++)
		if (tears & 1u << tear)
			json_array_append_new(list, json_string(bo_tear_name(tear)));
	json_object_set_new(record, "cuts", list);
}

static void add_stats(json_t *record, const struct bo_explore *explore)
{
	struct bo_explore_stats stats;
	json_t *figures = json_object();
	size_t i;

	bo_explore_stats(explore, &stats);
	const struct {
		const char *name;
		uint64_t value;
	} named[] = {
		{"boots", stats.boots},
		{"classes", stats.classes},
		{"cut_points", stats.cut_points},
		{"cut_states", stats.cut_states},
		{"two_cut_schedules", stats.pairs},
		{"merges_undone", stats.splits},
		{"verified", stats.verified},
		{"read_max", stats.read_max},
		{"needed_max", stats.needed_max},
		{"bytes", stats.bytes},
	};

	for (i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		json_object_set_new(figures, named[i].name,
				    json_integer((json_int_t)named[i].value));
	json_object_set_new(record, "figures", figures);
}

static void add_findings(json_t *record, const struct explore_subject *subject,
			 const struct bo_explore *explore)
{
	const struct bo_finding *findings;
	size_t count = bo_explore_findings(explore, &findings), start;
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		struct bo_step steps[EXPLORE_STEPS_MAX];
		size_t length = bo_explore_schedule(explore, findings[i].state, &start, steps,
						    EXPLORE_STEPS_MAX);
		char id[BO_ID_MAX];
		json_t *one = json_pack("{s:s, s:b, s:i, s:i}", "outcome",
					bo_outcome_names[findings[i].outcome], "stuck",
					findings[i].kind == BO_FINDING_STUCK, "cuts",
					(int)findings[i].cuts, "boots", (int)findings[i].boots + 1);

		if (length <= EXPLORE_STEPS_MAX && explore_id(subject, steps, length, id))
			json_object_set_new(one, "id", json_string(id));
		json_array_append_new(list, one);
	}
	json_object_set_new(record, "findings", list);
}

static json_t *record_of(const struct explore_subject *subject, const struct bo_explore *explore,
			 unsigned tears, int result)
{
	static const char *const results[] = {
		[BO_EXPLORE_CLOSED] = "closed",
		[BO_EXPLORE_BOUNDED] = "bounded",
		[BO_EXPLORE_STOPPED] = "stopped",
	};
	json_t *record =
		json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "brownout", 1, "record",
			  "exploration", "reality", "virtual", "version", BO_VERSION, "scenario",
			  subject->job.scenario->name, "hash8", subject->job.hash8, "target",
			  subject->job.target->name, "result", results[result]);

	if (result != BO_EXPLORE_CLOSED)
		json_object_set_new(record, "every_schedule_up_to_cuts",
				    json_integer(bo_explore_bound(explore)));
	add_subjects(record, subject);
	add_tears(record, tears);
	add_texts(record, "conditions", conditions, sizeof(conditions) / sizeof(conditions[0]));
	add_texts(record, "not_modelled", not_modelled,
		  sizeof(not_modelled) / sizeof(not_modelled[0]));
	add_stats(record, explore);
	add_findings(record, subject, explore);
	return record;
}

int explore_record(const struct explore_subject *subject, const struct bo_explore *explore,
		   unsigned tears, int result, const char *dir)
{
	char path[CMD_PATH_CAP];
	json_t *record = record_of(subject, explore, tears, result);
	int rc;

	(void)snprintf(path, sizeof(path), "%.4000s/" RECORD_NAME, dir);
	rc = json_dump_file(record, path, JSON_INDENT(2));
	json_decref(record);
	return rc ? cmd_fail(BO_EXIT_USAGE, "%s cannot be written: %s", path, strerror(errno)) : 0;
}
