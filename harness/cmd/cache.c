#include "harness/cmd/cache.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/prng.h"
#include "harness/cmd/trial_reading.h"
#include "harness/engine/record.h"

#define PATH_CAP 4096
#define SUM	 "sum"	  /* an entry's: over its journal */
#define MARK	 "cached" /* a trial's */
#define JOURNAL	 "journal.jsonl"

enum { NOT_THERE, THERE, TO_BE_CHECKED };

/* ---- hashes ---- */

static void finish(crypto_hash_sha256_state *state, char ret[65])
{
	unsigned char digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256_final(state, digest);
	(void)sodium_bin2hex(ret, 65, digest, sizeof(digest));
}

static void mix(crypto_hash_sha256_state *state, const char *text)
{
	crypto_hash_sha256_update(state, (const unsigned char *)text, strlen(text) + 1);
}

static int mix_file(crypto_hash_sha256_state *state, const char *path, struct bo_err *err)
{
	unsigned char chunk[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd < 0)
		return bo_err_set(err, -errno, "%s: %s", path, strerror(errno));
	mix(state, "file");
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		crypto_hash_sha256_update(state, chunk, (size_t)n);
	(void)close(fd);
	return n < 0 ? bo_err_set(err, -EIO, "%s: cannot be read", path) : 0;
}

static int compute_common(struct cmd_cache *cache, struct bo_err *err)
{
	char program[PATH_CAP];
	crypto_hash_sha256_state state;
	int rc = cmd_bench_program(cache->bench, program, sizeof(program), err);

	crypto_hash_sha256_init(&state);
	mix(&state, "brownout-cache 1");
	if (rc == 0)
		rc = mix_file(&state, program, err);
	if (rc == 0)
		rc = mix_file(&state, cache->bench->rack_path, err);
	finish(&state, cache->common);
	return rc;
}

static int compute_scenario(const struct cmd_cache *cache, const char *path, const char *variant,
			    char ret[65], struct bo_err *err)
{
	const char *class = cache->bench->bench->target;
	char class_path[PATH_CAP];
	crypto_hash_sha256_state state;
	struct bo_buf report = {0};
	struct bo_job job;
	int rc = bo_library_find(cmd_library(), "targets", class, class_path, sizeof(class_path),
				 err);

	crypto_hash_sha256_init(&state);
	if (rc == 0)
		rc = mix_file(&state, path, err);
	if (rc == 0)
		rc = mix_file(&state, class_path, err);
	if (rc == 0 && bo_job_load(&job, path, variant, cmd_library(), &report) < 0)
		rc = bo_err_set(err, -EINVAL, "%s cannot be read any more", path);
	else if (rc == 0) {
		bo_images_hash(&job.images, &state);
		bo_job_free(&job);
	}
	bo_buf_done(&report);
	finish(&state, ret);
	return rc;
}

static const char *hash_of_scenario(struct cmd_cache *cache, const struct bo_planned *trial)
{
	const char *path = trial->scenario;
	struct bo_trial_id id = {0};
	struct bo_err err = {0};

	(void)bo_trial_id_parse(trial->id, &id, NULL);

	for (size_t i = 0; i < cache->scenarios; i++)
		if (strcmp(cache->scenario[i].path, path) == 0 &&
		    strcmp(cache->scenario[i].variant, id.variant) == 0)
			return cache->scenario[i].hash;
	cache->scenario =
		reallocarray(cache->scenario, cache->scenarios + 1, sizeof(*cache->scenario));
	assert(cache->scenario);
	struct cmd_cache_scenario *scenario = &cache->scenario[cache->scenarios++];

	scenario->path = strdup(path);
	assert(scenario->path);
	(void)bo_str_copy(scenario->variant, sizeof(scenario->variant), id.variant);
	if (compute_scenario(cache, path, id.variant, scenario->hash, &err) < 0) {
		(void)cmd_fail_err(&err);
		scenario->hash[0] = '\0';
	}
	return scenario->hash;
}

/* The entry's folder; false when the trial has none. */
static bool entry_of(struct cmd_cache *cache, const struct bo_planned *trial, struct bo_buf *out)
{
	const char *scenario = hash_of_scenario(cache, trial);
	crypto_hash_sha256_state state;
	char key[65];

	crypto_hash_sha256_init(&state);
	mix(&state, cache->common);
	mix(&state, cache->bench->bench->name);
	mix(&state, scenario);
	mix(&state, trial->id);
	finish(&state, key);
	bo_buf_printf(out, "%s/%.2s/%s", cache->dir, key, key + 2);
	return scenario[0] && !trial->lacks;
}

/* ---- entries ---- */

static bool read_whole(const char *dir, const char *name, struct bo_buf *out)
{
	char path[PATH_CAP], chunk[65536];
	ssize_t n = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	bo_buf_add(out, "", 0);
	while (fd >= 0 && (n = read(fd, chunk, sizeof(chunk))) > 0)
		bo_buf_add(out, chunk, (size_t)n);
	if (fd >= 0)
		(void)close(fd);
	return n == 0;
}

static int write_whole(const char *dir, const char *name, const struct bo_buf *data,
		       struct bo_err *err)
{
	char path[PATH_CAP];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return bo_write_file(path, data->data ? data->data : "", data->len, err);
}

static int copy(const char *from, const char *to, const char *name, struct bo_err *err)
{
	struct bo_buf data = {0};
	int rc = read_whole(from, name, &data)
			 ? write_whole(to, name, &data, err)
			 : bo_err_set(err, -EIO, "%s/%s: cannot be read", from, name);

	bo_buf_done(&data);
	return rc;
}

static bool is_copied(const struct dirent *entry)
{
	return entry->d_type == DT_REG && strcmp(entry->d_name, JOURNAL) != 0 &&
	       strcmp(entry->d_name, SUM) != 0 && strcmp(entry->d_name, MARK) != 0;
}

/* The journal last: what has one is whole. */
static int copy_all(const char *from, const char *to, struct bo_err *err)
{
	int rc = bo_make_dirs(to, err);
	DIR *dir = rc == 0 ? opendir(from) : NULL;

	for (const struct dirent *entry; rc == 0 && dir && (entry = readdir(dir));)
		if (is_copied(entry))
			rc = copy(from, to, entry->d_name, err);
	if (dir)
		(void)closedir(dir);
	return rc == 0 ? copy(from, to, JOURNAL, err) : rc;
}

static void sum_of(const struct bo_buf *journal, struct bo_buf *out)
{
	crypto_hash_sha256_state state;
	char hash[65];

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const unsigned char *)journal->data, journal->len);
	finish(&state, hash);
	bo_buf_printf(out, "%s\n", hash);
}

/* A damaged one is none. */
static bool is_sound(const char *entry, const char *id)
{
	struct bo_buf journal = {0}, given = {0}, wanted = {0};
	bool there = read_whole(entry, JOURNAL, &journal);
	bool sound = there && read_whole(entry, SUM, &given) && bo_record_is_whole(entry, id);

	if (sound) {
		sum_of(&journal, &wanted);
		sound = given.len == wanted.len && memcmp(given.data, wanted.data, given.len) == 0;
	}
	if (there && !sound)
		(void)cmd_fail(0, "cache: %s is damaged, and passed over", entry);
	bo_buf_done(&journal);
	bo_buf_done(&given);
	bo_buf_done(&wanted);
	return sound;
}

static bool is_judged(const struct bo_plan *plan, size_t index)
{
	struct cmd_reading reading;

	cmd_read_trial(plan, index, NULL, &reading);
	return reading.rc == 0 && (reading.verdict == BO_PASS || reading.verdict == BO_FAIL);
}

static void keep(const struct bo_plan *plan, size_t index, const char *trial, const char *entry)
{
	struct bo_buf journal = {0}, sum = {0};
	struct bo_err err = {0};

	if (!is_judged(plan, index))
		return;
	int rc = bo_make_dirs(entry, &err);

	if (read_whole(trial, JOURNAL, &journal))
		sum_of(&journal, &sum);
	if (rc == 0)
		rc = write_whole(entry, SUM, &sum, &err);
	if (rc == 0)
		rc = copy_all(trial, entry, &err);
	if (rc < 0)
		(void)cmd_fail(0, "cache: %s", bo_err_text(&err));
	bo_buf_done(&journal);
	bo_buf_done(&sum);
}

static void compare(struct cmd_cache *cache, const struct bo_plan *plan, size_t index,
		    const char *trial, const char *entry)
{
	struct bo_buf now = {0}, then = {0};
	bool equal = read_whole(trial, JOURNAL, &now) && read_whole(entry, JOURNAL, &then) &&
		     now.len == then.len && memcmp(now.data, then.data, now.len) == 0;

	cache->checked++;
	cache->differing += !equal;
	if (!equal)
		(void)cmd_fail(0,
			       "cache: %s goes differently now (%s) than when it was kept (%s), "
			       "which cannot be on the virtual clock; do not trust the cache",
			       plan->trials[index].id, trial, entry);
	bo_buf_done(&now);
	bo_buf_done(&then);
}

/* ---- a run ---- */

int cmd_cache_open(struct cmd_cache *cache, const char *dir, const struct cmd_bench *bench)
{
	struct bo_err err = {0};

	*cache = (struct cmd_cache){.bench = bench};
	if (!dir)
		return 0;
	if (!(bo_bench_caps(bench->bench) & BO_CAP_VIRTUAL_TIME))
		return cmd_fail(BO_EXIT_USAGE,
				"--cache: bench '%s' is not on the virtual clock; what real "
				"time does is never the same twice",
				bench->bench->name);
	if (bench->count > 1)
		return cmd_fail(BO_EXIT_USAGE, "--cache: name one bench; --jobs has several "
					       "trials at a time on it");
	if (bo_make_dirs(dir, &err) < 0 || compute_common(cache, &err) < 0)
		return cmd_fail_err(&err);
	cache->dir = dir;
	return 0;
}

void cmd_cache_close(struct cmd_cache *cache)
{
	for (size_t i = 0; i < cache->scenarios; i++)
		free(cache->scenario[i].path);
	free(cache->scenario);
	free(cache->state);
	*cache = (struct cmd_cache){0};
}

/* One in a hundred of those found just now, rounded up; other ones in each run. */
static void draw_checks(struct cmd_cache *cache, const struct bo_plan *plan, size_t first,
			size_t found)
{
	struct bo_prng root, prng;
	uint64_t seed = cache->draws++;

	for (const char *c = plan->out; *c; c++)
		seed = seed * 31 + (unsigned char)*c;
	bo_prng_init(&root, seed);
	bo_prng_split(&root, "cache", &prng);
	size_t left = found, wanted = (found + 99) / 100;

	for (size_t i = first; i < cache->seen; i++) {
		if (cache->state[i] != THERE)
			continue;
		if (bo_prng_below(&prng, left--) < wanted) {
			cache->state[i] = TO_BE_CHECKED;
			wanted--;
		}
	}
}

void cmd_cache_look(struct cmd_cache *cache, const struct bo_plan *plan)
{
	size_t first = cache->seen, found = 0;

	if (!cache->dir)
		return;
	cache->state = realloc(cache->state, plan->count + 1);
	assert(cache->state);
	for (; cache->seen < plan->count; cache->seen++) {
		const struct bo_planned *trial = &plan->trials[cache->seen];
		struct bo_buf entry = {0};
		bool there = entry_of(cache, trial, &entry) && !plan->anyway &&
			     is_sound(entry.data, trial->id);

		cache->state[cache->seen] = there ? THERE : NOT_THERE;
		found += there;
		bo_buf_done(&entry);
	}
	draw_checks(cache, plan, first, found);
}

bool cmd_cache_answers(struct cmd_cache *cache, const struct bo_plan *plan, size_t index)
{
	struct bo_buf entry = {0}, trial = {0}, none = {0};
	struct bo_err err = {0};

	if (!cache->dir || index >= cache->seen || cache->state[index] != THERE)
		return false;
	(void)entry_of(cache, &plan->trials[index], &entry);
	bo_plan_trial_dir(plan, &plan->trials[index], &trial);
	int rc = bo_make_dirs(trial.data, &err);

	if (rc == 0)
		rc = write_whole(trial.data, MARK, &none, &err);
	if (rc == 0)
		rc = copy_all(entry.data, trial.data, &err);
	if (rc < 0) {
		(void)cmd_fail(0, "cache: %s", bo_err_text(&err));
		bo_record_forget(trial.data);
		cache->state[index] = NOT_THERE;
	}
	cache->taken += rc == 0;
	bo_buf_done(&entry);
	bo_buf_done(&trial);
	return rc == 0;
}

void cmd_cache_take(struct cmd_cache *cache, const struct bo_plan *plan, size_t index)
{
	struct bo_buf entry = {0}, trial = {0};

	if (!cache->dir || index >= cache->seen || plan->anyway)
		return;
	bool any = entry_of(cache, &plan->trials[index], &entry);

	bo_plan_trial_dir(plan, &plan->trials[index], &trial);
	if (any && cache->state[index] == TO_BE_CHECKED)
		compare(cache, plan, index, trial.data, entry.data);
	else if (any)
		keep(plan, index, trial.data, entry.data);
	bo_buf_done(&entry);
	bo_buf_done(&trial);
}

bool cmd_cache_is_source(const struct bo_plan *plan, size_t index)
{
	struct bo_buf path = {0};

	bo_plan_trial_dir(plan, &plan->trials[index], &path);
	bo_buf_printf(&path, "/" MARK);
	bool is = access(path.data, F_OK) == 0;

	bo_buf_done(&path);
	return is;
}

void cmd_cache_show(const struct cmd_cache *cache)
{
	if (cache->dir)
		(void)printf("cache: %zu trials were taken from %s; %zu that it has were carried "
			     "out again, %zu went differently\n",
			     cache->taken, cache->dir, cache->checked, cache->differing);
}
