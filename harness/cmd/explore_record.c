#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "harness/cmd/explore.h"
#include "harness/cmd/explore_graph.h"
#include "harness/engine/record.h"
#include "reports/exploration.h"

/* An exploration's result as a file: what was decided about which bytes, under which conditions. */

#define RECORD_NAME    "explore.json"
#define FINDINGS_DRAWN 5u /* as many as are told in full */

static const char *const conditions[] = {
	"a boot depends on flash, option bytes and environment alone; operations take the model's "
	"time",
	"checked at each boot: its operations explain its memory, and what it programmed without "
	"erasing counts as read",
	"checked at each boot: it looks at no time, pin or register without a model but those in "
	"as_modelled",
};

static const char *const not_modelled[] = {
	"cells that read differently from time to time, or lose their content later",
	"RAM of the very boot that was cut, backup registers that outlive a cut",
	"words that cannot be read, operations that disturb cells elsewhere",
	"a supply that sags instead of failing, the tolerance of clocks and of the watchdog",
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

/* Which program came to the result. */
static void add_engine(json_t *record)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	char text[2 * crypto_hash_sha256_BYTES + 1];
	crypto_hash_sha256_state state;
	unsigned char piece[65536];
	FILE *file = fopen("/proc/self/exe", "rbe");
	size_t len;

	if (!file)
		return;
	crypto_hash_sha256_init(&state);
	while ((len = fread(piece, 1, sizeof(piece), file)) > 0)
		crypto_hash_sha256_update(&state, piece, len);
	(void)fclose(file);
	crypto_hash_sha256_final(&state, digest);
	sodium_bin2hex(text, sizeof(text), digest, sizeof(digest));
	json_object_set_new(record, "engine_sha256", json_string(text));
	json_object_set_new(record, "chip_model", json_string(BOARD_MODEL));
	json_object_set_new(record, "fault_model", json_integer(BO_FAULT_MODEL));
}

static const char *promise_name(enum bo_promise promise)
{
	static const char *const names[] = {[BO_PROMISE_BROKEN] = "broken",
					    [BO_PROMISE_PASSING] = "passing",
					    [BO_PROMISE_GOOD] = "good"};

	return names[promise];
}

/* What a boot was given, and what it was held against. */
static void add_given(json_t *record, const struct explore_subject *subject)
{
	static const char *const during[] = {"boot", "upload", "confirm"};
	static const char *const taken[] = {"time", "pins", "registers"};
	const struct bo_exploration *asked = &subject->job.scenario->explore;
	json_t *envs = json_array(), *promises = json_object(), *as_modelled = json_array();

	for (uint32_t i = 0; i < subject->env_count; i++)
		json_array_append_new(
			envs, json_pack("{s:s, s:s}", "ram", bo_ram_names[subject->envs[i].byte[0]],
					"cause", bo_found_names[subject->envs[i].byte[1]]));
	for (enum bo_outcome i = 1; i < BO_OUTCOME_COUNT; i++)
		json_object_set_new(promises, bo_outcome_names[i],
				    json_string(promise_name(subject->promise[i])));
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (asked->as_modelled & 1u << i)
			json_array_append_new(as_modelled, json_string(taken[i]));
	json_object_set_new(record, "given",
			    json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o}", "during",
				      during[asked->during], "outcome_told_by",
				      subject->board_config.host ? "update protocol" : "console",
				      "boot_ns", (json_int_t)asked->boot_time, "settle_ns",
				      (json_int_t)asked->settle, "converge",
				      (json_int_t)asked->converge, "environments", envs,
				      "as_modelled", as_modelled));
	json_object_set_new(record, "promises", promises);
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
		explore_add_boots(one, subject, explore, findings[i].state);
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
	add_engine(record);
	add_subjects(record, subject);
	add_given(record, subject);
	add_tears(record, tears);
	add_texts(record, "conditions", conditions, sizeof(conditions) / sizeof(conditions[0]));
	add_texts(record, "not_modelled", not_modelled,
		  sizeof(not_modelled) / sizeof(not_modelled[0]));
	add_stats(record, explore);
	add_findings(record, subject, explore);
	explore_add_pictures(record, subject, explore);
	return record;
}

/* ---- pictures ---- */

static int write_text(const char *dir, const char *name, const struct bo_buf *text)
{
	char path[CMD_PATH_CAP];
	FILE *file;
	bool written;

	(void)snprintf(path, sizeof(path), "%.3900s/%s", dir, name);
	file = fopen(path, "we");
	written = file && fwrite(text->data, 1, text->len, file) == text->len;
	if (file && fclose(file) != 0)
		written = false;
	return written ? 0
		       : cmd_fail(BO_EXIT_USAGE, "%s cannot be written: %s", path, strerror(errno));
}

static int write_pictures(const json_t *record, const char *dir)
{
	size_t findings = json_array_size(json_object_get(record, "findings"));
	char folder[CMD_PATH_CAP], name[64];
	struct bo_buf picture = {0};
	struct bo_err err = {0};
	int rc;

	(void)snprintf(folder, sizeof(folder), "%.3900s/report", dir);
	if (bo_make_dirs(folder, &err) < 0)
		return cmd_fail(BO_EXIT_USAGE, "--out: %s", bo_err_text(&err));
	bo_exploration_outcomes(record, &picture);
	rc = write_text(folder, "outcomes.svg", &picture);
	bo_buf_reset(&picture);
	bo_exploration_classes(record, &picture);
	rc = rc ? rc : write_text(folder, "classes.svg", &picture);
	for (size_t i = 0; i < findings && i < FINDINGS_DRAWN && rc == 0; i++) {
		bo_buf_reset(&picture);
		bo_exploration_finding(record, i, &picture);
		(void)snprintf(name, sizeof(name), "finding-%zu.svg", i + 1);
		rc = write_text(folder, name, &picture);
	}
	bo_buf_done(&picture);
	return rc;
}

int explore_record(const struct explore_subject *subject, const struct bo_explore *explore,
		   unsigned tears, int result, const char *dir)
{
	char path[CMD_PATH_CAP];
	json_t *record = record_of(subject, explore, tears, result);
	int rc;

	(void)snprintf(path, sizeof(path), "%.4000s/" RECORD_NAME, dir);
	rc = json_dump_file(record, path, JSON_INDENT(1));
	if (rc)
		rc = cmd_fail(BO_EXIT_USAGE, "%s cannot be written: %s", path, strerror(errno));
	else
		rc = write_pictures(record, dir);
	json_decref(record);
	return rc;
}
