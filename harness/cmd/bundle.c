#include "harness/cmd/bundle.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/engine/record.h"

#define PATH_CAP  4096
#define FILE_MAX  (64u << 20)
#define LIBRARY	  "scenarios"
#define IMAGES	  "images"
#define SHOWN_KEY "images:" /* of a scenario: leads out of the bundle, unless it is rewritten */

struct bundling {
	const struct cmd_bench *bench;
	const struct bo_plan *plan;
	const struct bo_planned *trial;
	struct bo_buf dir;
	struct bo_trial_id id;
};

/* ---- files ---- */

static int read_file(const char *path, struct bo_buf *out, struct bo_err *err)
{
	FILE *file = fopen(path, "re");
	char chunk[16384];
	size_t n;

	if (!file)
		return bo_err_set(err, -errno, "%s: %s", path, strerror(errno));
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0 && out->len < FILE_MAX)
		bo_buf_add(out, chunk, n);
	(void)fclose(file);
	return 0;
}

/* `name` may have folders. */
static int put(const struct bundling *b, const char *name, const void *data, size_t len,
	       struct bo_err *err)
{
	char path[PATH_CAP], folder[PATH_CAP];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", b->dir.data, name) >= sizeof(path))
		return bo_err_set(err, -ENAMETOOLONG, "%s: the name is too long", name);
	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
	int rc = bo_make_dirs(folder, err);

	return rc < 0 ? rc : bo_write_file(path, data, len, err);
}

static int copy(const struct bundling *b, const char *from, const char *name, struct bo_err *err)
{
	struct bo_buf data = {0};
	int rc = read_file(from, &data, err);

	if (rc == 0)
		rc = put(b, name, data.data ? data.data : "", data.len, err);
	bo_buf_done(&data);
	return rc;
}

/* ---- what it was made from ---- */

/* A scenario without the key has its images beside it. */
static void lead_into_bundle(const struct bo_buf *text, struct bo_buf *out)
{
	static const char key[] = SHOWN_KEY " ../" IMAGES "\n";
	bool given = false;

	for (const char *at = text->data, *end; at && *at; at = end) {
		end = at + strcspn(at, "\n");
		end += *end == '\n';
		bool is = strncmp(at, SHOWN_KEY, strlen(SHOWN_KEY)) == 0;

		if (is)
			bo_buf_printf(out, "%s", key);
		else
			bo_buf_add(out, at, (size_t)(end - at));
		given |= is;
	}
	if (!given)
		bo_buf_printf(out, "%s%s",
			      out->len > 0 && out->data[out->len - 1] != '\n' ? "\n" : "", key);
}

static int put_scenario(const struct bundling *b, struct bo_err *err)
{
	struct bo_buf text = {0}, led = {0}, name = {0};
	int rc = read_file(b->trial->scenario, &text, err);

	bo_buf_printf(&name, LIBRARY "/%s.yaml", b->id.scenario);
	if (rc == 0) {
		lead_into_bundle(&text, &led);
		rc = put(b, name.data, led.data, led.len, err);
	}
	bo_buf_done(&text);
	bo_buf_done(&led);
	bo_buf_done(&name);
	return rc;
}

static int put_target(const struct bundling *b, const char *class, struct bo_err *err)
{
	struct bo_buf name = {0};
	char path[PATH_CAP];
	int rc = bo_library_find(cmd_library(), "targets", class, path, sizeof(path), err);

	bo_buf_printf(&name, LIBRARY "/targets/%s.yaml", class);
	if (rc == 0)
		rc = copy(b, path, name.data, err);
	bo_buf_done(&name);
	return rc;
}

static int put_images(const struct bundling *b, const struct bo_job *job, struct bo_err *err)
{
	char *names = strdup(job->images.files.data ? job->images.files.data : "");
	char *rest = names;
	int rc = 0;

	for (char *name; rc == 0 && (name = strsep(&rest, "\n")) != NULL;) {
		struct bo_buf from = {0}, to = {0};

		if (*name == '\0')
			continue;
		bo_buf_printf(&from, "%s/%s", job->scenario->images, name);
		bo_buf_printf(&to, IMAGES "/%s", name);
		rc = strstr(name, "..")
			     ? bo_err_set(err, -EINVAL, "image '%s' lies elsewhere", name)
			     : copy(b, from.data, to.data, err);
		bo_buf_done(&from);
		bo_buf_done(&to);
	}
	free(names);
	return rc;
}

static int put_subjects(const struct bundling *b, struct bo_err *err)
{
	struct bo_buf report = {0};
	struct bo_job job;
	int rc = bo_job_load(&job, b->trial->scenario, b->id.variant, cmd_library(), &report);

	if (rc < 0) {
		rc = bo_err_set(err, rc, "%.200s", report.data ? report.data : "scenario");
		bo_buf_done(&report);
		return rc;
	}
	rc = put_scenario(b, err);
	if (rc == 0)
		rc = put_target(b, job.target->name, err);
	if (rc == 0)
		rc = put_images(b, &job, err);
	bo_job_free(&job);
	return rc;
}

/* ---- where and by whom ---- */

static json_t *run_facts(const struct bundling *b)
{
	struct bo_buf path = {0};

	bo_buf_printf(&path, "%s/run.json", b->plan->out);
	json_t *facts = json_load_file(path.data, 0, NULL);

	bo_buf_done(&path);
	return facts ? facts : json_null();
}

static int put_description(const struct bundling *b, struct bo_err *err)
{
	struct bo_buf replay = {0};

	cmd_replay_command(b->bench, &replay);
	bo_buf_printf(&replay, " --bundle %s", b->dir.data);
	json_t *root = json_pack(
		"{s:i, s:s, s:s, s:s, s:s, s:{s:s, s:b, s:b, s:i}, s:o}", "brownout-bundle", 1,
		"id", b->trial->id, "replay", replay.data, "bench", b->plan->bench, "version",
		BO_VERSION, "planned", "scenario", b->trial->scenario, "made", b->trial->made,
		"uniform", b->trial->uniform, "repeat", (int)b->trial->repeat, "run", run_facts(b));
	char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	int rc = text ? put(b, "bundle.json", text, strlen(text), err)
		      : bo_err_set(err, -EINVAL, "a path is not valid UTF-8");

	free(text);
	json_decref(root);
	bo_buf_done(&replay);
	return rc;
}

/* Only where OpenOCD is the probe there is one. */
static int put_log(const struct bundling *b, struct bo_err *err)
{
	struct bo_buf path = {0};

	bo_buf_printf(&path, "%s/openocd.log", b->plan->out);
	int rc = access(path.data, R_OK) == 0 ? copy(b, path.data, "openocd.log", err) : 0;

	bo_buf_done(&path);
	return rc;
}

void cmd_bundle_make(const struct cmd_bench *bench, const struct bo_plan *plan, size_t index)
{
	struct bundling b = {.bench = bench, .plan = plan, .trial = &plan->trials[index]};
	struct bo_err err = {0};

	bo_plan_trial_dir(plan, b.trial, &b.dir);
	int rc = bo_trial_id_parse(b.trial->id, &b.id, &err);

	if (rc == 0)
		rc = put_subjects(&b, &err);
	if (rc == 0)
		rc = copy(&b, bench->rack_path, "rack.yaml", &err);
	if (rc == 0)
		rc = put_log(&b, &err);
	/* last: who finds it finds a whole bundle */
	if (rc == 0)
		rc = put_description(&b, &err);
	if (rc < 0)
		(void)cmd_fail(0, "the bundle in %s is not whole: %s", b.dir.data,
			       bo_err_text(&err));
	bo_buf_done(&b.dir);
}

/* ---- and back ---- */

static void begin_library_with(const char *dir)
{
	const char *path = getenv("BROWNOUT_PATH");
	struct bo_buf text = {0};

	bo_buf_printf(&text, "%s/" LIBRARY "%s%s", dir, path ? ":" : "", path ? path : "");
	if (setenv("BROWNOUT_PATH", text.data, 1) < 0)
		abort();
	bo_buf_done(&text);
}

int cmd_bundle_open(const char *dir, char id[BO_ID_MAX], char scenario[4096])
{
	struct bo_buf path = {0};
	struct bo_trial_id parsed;
	char whole[PATH_CAP];

	bo_buf_printf(&path, "%s/bundle.json", dir);
	json_t *root = json_load_file(path.data, 0, NULL);
	const char *text = json_string_value(json_object_get(root, "id"));
	bool sound = json_integer_value(json_object_get(root, "brownout-bundle")) == 1 && text &&
		     bo_trial_id_parse(text, &parsed, NULL) == 0 &&
		     bo_str_copy(id, BO_ID_MAX, text) && realpath(dir, whole) &&
		     snprintf(scenario, PATH_CAP, "%s/" LIBRARY "/%s.yaml", whole,
			      parsed.scenario) < PATH_CAP;

	json_decref(root);
	if (sound)
		begin_library_with(whole);
	else
		(void)cmd_fail(0, "%s: no bundle of a failing trial of this version", path.data);
	bo_buf_done(&path);
	return sound ? 0 : BO_EXIT_USAGE;
}
