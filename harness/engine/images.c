#include "harness/engine/images.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "harness/engine/image_file.h"
#include "harness/image/container.h"
#include "harness/image/mcuboot.h"

#define ERASED		  0xFF
#define CLASS_PLACEHOLDER "{class}"

/* "{class}/app.bin" -> FOLDER/CLASS/app.bin */
static void resolve(const struct bo_scenario *scenario, const struct bo_target *target,
		    const char *image, struct bo_buf *path)
{
	bo_buf_printf(path, "%s/", scenario->images);
	for (const char *at = image; *at;) {
		const char *hole = strstr(at, CLASS_PLACEHOLDER);
		size_t len = hole ? (size_t)(hole - at) : strlen(at);

		bo_buf_add(path, at, len);
		if (!hole)
			break;
		bo_buf_printf(path, "%s", target->name);
		at = hole + strlen(CLASS_PLACEHOLDER);
	}
}

struct loading {
	struct bo_images *images;
	const struct bo_scenario *scenario;
	const struct bo_conf *conf;
	const struct bo_target *target;
	struct bo_buf *report;
};

static int load_image(const struct loading *l, const char *where, const char *image, uint8_t **ret,
		      size_t *ret_len)
{
	struct bo_buf path = {0};

	resolve(l->scenario, l->target, image, &path);
	bo_buf_printf(&l->images->files, "%s\n", path.data + strlen(l->scenario->images) + 1);
	int rc = image_file_read(path.data, ret, ret_len);

	if (rc == -EFBIG)
		bo_conf_complain(l->conf, l->report, where,
				 "image '%s' is empty, over 16 MiB or not a file", path.data);
	else if (rc < 0)
		bo_conf_complain(l->conf, l->report, where,
				 "cannot read image '%s': %s; build or copy it there", path.data,
				 strerror(-rc));
	bo_buf_done(&path);
	return rc;
}

static int identify(const struct loading *l, const char *where, const uint8_t *data, size_t len,
		    struct bo_identity *ret)
{
	struct bo_image image;
	struct bo_err err = {0};
	int rc = bo_image_parse(data, len, &image, &err);

	if (rc < 0) {
		bo_conf_complain(l->conf, l->report, where, "not a usable image: %s",
				 bo_err_text(&err));
		return rc;
	}
	(void)bo_str_copy(ret->version, sizeof(ret->version), image.version_text);
	memcpy(ret->hash, image.hash, sizeof(ret->hash));
	return 0;
}

static const struct bo_baseline *baseline_of(const struct bo_conf_list *contents, const char *range)
{
	const struct bo_baseline *baselines = contents->items;

	for (size_t i = 0; i < contents->count; i++)
		if (strcmp(baselines[i].name, range) == 0)
			return &baselines[i];
	return NULL;
}

/* The bytes that a file, whatever its format, puts into a range of flash. */
static int unpack(const struct loading *l, const char *where, const char *image,
		  const uint8_t *file, size_t len, const struct bo_range_content *content,
		  size_t *ret_used)
{
	enum bo_container container = bo_container_of(image);
	const struct bo_range *range = content->range;
	const struct bo_container_space space = {content->data, (uint64_t)range->at,
						 (uint64_t)range->size};
	struct bo_err err = {0};
	int rc = bo_container_unpack(container, file, len, &space, ret_used, &err);

	if (rc == -EFBIG && container == BO_CONTAINER_RAW)
		bo_conf_complain(l->conf, l->report, where,
				 "image of %zu bytes does not fit range '%s' of %lld bytes", len,
				 range->name, (long long)range->size);
	else if (rc < 0)
		bo_conf_complain(l->conf, l->report, where, "'%s' for range '%s': %s", image,
				 range->name, bo_err_text(&err));
	return rc;
}

/* From the file that `baseline` or `staged` names for the range. */
static int fill_from(const struct loading *l, const char *key, const struct bo_baseline *entry,
		     struct bo_range_content *content, size_t *ret_len)
{
	char where[128];
	uint8_t *file = NULL;
	size_t len = 0;

	(void)snprintf(where, sizeof(where), "%s.%s.image", key, entry->name);
	int rc = load_image(l, where, entry->image, &file, &len);

	if (rc == 0)
		rc = unpack(l, where, entry->image, file, len, content, &len);
	free(file);
	*ret_len = len;
	return rc;
}

static int fill_content(const struct loading *l, struct bo_range_content *content)
{
	const struct bo_baseline *entry = baseline_of(&l->scenario->baseline, content->range->name);
	char where[128];
	size_t len = 0;

	content->is_blank = !entry;
	if (!entry)
		return 0;
	int rc = fill_from(l, "baseline", entry, content, &len);

	if (rc < 0 || content->range->use != BO_RANGE_RUNNING)
		return rc;
	(void)snprintf(where, sizeof(where), "baseline.%s.image", entry->name);
	l->images->golden = (struct bo_update_file){.data = content->data, .len = len};
	crypto_hash_sha256(l->images->golden.sha256, content->data, len);
	return identify(l, where, content->data, len, &l->images->golden.identity);
}

static struct bo_range_content blank_content(const struct bo_range *range)
{
	struct bo_range_content content = {.range = range, .data = malloc((size_t)range->size)};

	if (content.data)
		memset(content.data, ERASED, (size_t)range->size);
	return content;
}

/* What `staged` says, else what the baseline has there. */
static int fill_staged(const struct loading *l, size_t i)
{
	struct bo_range_content *content = &l->images->staged[i];
	const struct bo_baseline *entry =
		baseline_of(&l->scenario->staged, l->images->content[i].range->name);
	size_t len;

	*content = l->images->content[i];
	if (!entry)
		return 0;
	*content = blank_content(content->range);
	return content->data ? fill_from(l, "staged", entry, content, &len) : -ENOMEM;
}

static int load_contents(const struct loading *l)
{
	const struct bo_range *ranges = l->target->layout.items;
	int first = 0;

	for (size_t i = 0; i < l->target->layout.count; i++) {
		if (!ranges[i].reset || l->images->count == BO_RANGES_MAX)
			continue;
		struct bo_range_content *content = &l->images->content[l->images->count++];

		*content = blank_content(&ranges[i]);
		if (!content->data)
			return -ENOMEM;
		int rc = fill_content(l, content);
		int staged =
			l->scenario->staged.count > 0 ? fill_staged(l, l->images->count - 1) : 0;

		rc = rc < 0 ? rc : staged;
		first = first < 0 ? first : rc;
	}
	return first;
}

static int check_contents(const struct loading *l, const char *key,
			  const struct bo_conf_list *contents)
{
	const struct bo_baseline *entries = contents->items;
	char where[128];
	int rc = 0;

	for (size_t i = 0; i < contents->count; i++) {
		const struct bo_range *range = bo_target_range(l->target, entries[i].name);

		(void)snprintf(where, sizeof(where), "%s.%s", key, entries[i].name);
		if (!range)
			bo_conf_complain(l->conf, l->report, where,
					 "target class '%s' has no range '%s'", l->target->name,
					 entries[i].name);
		else if (!range->reset)
			bo_conf_complain(l->conf, l->report, where,
					 "range '%s' of '%s' may not be written (reset: no)",
					 range->name, l->target->name);
		if (!range || !range->reset)
			rc = -EINVAL;
	}
	return rc;
}

static int check_baseline(const struct loading *l)
{
	const struct bo_range *running = bo_target_range_used_for(l->target, BO_RANGE_RUNNING);
	int rc = check_contents(l, "baseline", &l->scenario->baseline);
	int staged = check_contents(l, "staged", &l->scenario->staged);

	rc = rc < 0 ? rc : staged;
	if (running && !baseline_of(&l->scenario->baseline, running->name)) {
		bo_conf_complain(l->conf, l->report, "baseline",
				 "no image for '%s', the range that runs: nothing would boot",
				 running->name);
		rc = -EINVAL;
	}
	return rc;
}

/* A trial that finds another update staged would judge this one by it. */
static int check_staged(const struct loading *l)
{
	const struct bo_range *range = bo_target_range_used_for(l->target, BO_RANGE_STAGED);
	const struct bo_images *images = l->images;
	char where[128];

	if (l->scenario->staged.count == 0)
		return 0;
	for (size_t i = 0; range && images->update.data && i < images->count; i++)
		if (images->staged[i].range == range && images->staged[i].data &&
		    images->update.len <= (size_t)range->size &&
		    memcmp(images->staged[i].data, images->update.data, images->update.len) == 0)
			return 0;
	(void)snprintf(where, sizeof(where), "staged.%s", range ? range->name : "");
	bo_conf_complain(l->conf, l->report, where, "not the image that 'update' names%s",
			 range ? "" : ": the target class has no range with 'use: staged'");
	return -EINVAL;
}

static int check_ranges(const struct loading *l, const char *key, const struct bo_conf_list *names)
{
	const char *const *name = names->items;
	char where[256];
	int rc = 0;

	for (size_t i = 0; i < names->count; i++) {
		if (bo_target_range(l->target, name[i]))
			continue;
		(void)snprintf(where, sizeof(where), "%s.%s.%zu", l->scenario->promised_at, key, i);
		bo_conf_complain(l->conf, l->report, where, "target class '%s' has no range '%s'",
				 l->target->name, name[i]);
		rc = -EINVAL;
	}
	return rc;
}

/* The ranges that they are given to read. */
static int check_oracles(const struct loading *l, const struct bo_conf_list *list)
{
	const struct bo_user_oracle *oracle = list->items;
	char key[128];
	int first = 0;

	for (size_t i = 0; i < list->count; i++) {
		(void)snprintf(key, sizeof(key), "oracles.%s.flash", oracle[i].name);
		int rc = check_ranges(l, key, &oracle[i].flash);

		first = first < 0 ? first : rc;
	}
	return first;
}

static int check_promises(const struct loading *l)
{
	const struct bo_promises *promises = &l->scenario->promises;
	int kept = check_ranges(l, "kept", &promises->kept);
	int outside = check_ranges(l, "untouched-outside", &promises->untouched_outside);
	int given = check_oracles(l, &promises->oracles);

	return kept < 0 ? kept : outside < 0 ? outside : given;
}

static int check_fits(const struct loading *l, const char *where, const struct bo_update_file *file)
{
	const struct bo_range *staged = bo_target_range_used_for(l->target, BO_RANGE_STAGED);

	if (!staged || file->len <= (size_t)staged->size)
		return 0;
	bo_conf_complain(l->conf, l->report, where,
			 "update of %zu bytes does not fit range '%s' of %lld bytes", file->len,
			 staged->name, (long long)staged->size);
	return -EFBIG;
}

static int load_upload(const struct loading *l, const char *where, const char *image,
		       struct bo_update_file *file)
{
	int rc = load_image(l, where, image, &file->data, &file->len);

	if (rc == 0)
		crypto_hash_sha256(file->sha256, file->data, file->len);
	return rc;
}

static int load_good(const struct loading *l, const char *where, const char *image,
		     struct bo_update_file *file)
{
	int rc = load_upload(l, where, image, file);

	if (rc < 0)
		return rc;
	rc = identify(l, where, file->data, file->len, &file->identity);
	int fits = check_fits(l, where, file);

	return rc < 0 ? rc : fits;
}

/* Nothing is asked of it, but that it is another file than its control. */
static int load_negative(const struct loading *l, const char *where, struct bo_images *images)
{
	struct bo_update_file *file = &images->update;
	struct bo_image image;
	struct bo_err why = {0};
	int rc = load_upload(l, where, l->scenario->update.image, file);

	if (rc < 0)
		return rc;
	file->identity = images->control.identity;
	if (bo_image_layout(file->data, file->len, &image, &why) == 0)
		memcpy(file->identity.hash, image.hash, sizeof(image.hash));
	if (memcmp(file->sha256, images->control.sha256, sizeof(file->sha256)) != 0)
		return 0;
	bo_conf_complain(l->conf, l->report, where, "the same file as its control");
	return -EINVAL;
}

static int load_update(const struct loading *l)
{
	const char *control = l->scenario->update.control;
	struct bo_images *images = l->images;

	if (!control)
		return load_good(l, "update.image", l->scenario->update.image, &images->update);
	int rc = load_good(l, "update.control", control, &images->control);
	int negative = load_negative(l, "update.image", images);

	return rc < 0 ? rc : negative;
}

/* ---- what steps name ---- */

static int load_content(const struct loading *l, const char *where,
			const struct bo_scenario_step *keys, const struct bo_update_file *file,
			struct bo_range_content *content)
{
	const struct bo_range *range = bo_target_range(l->target, keys->range);
	size_t used;

	if (!range || !range->reset) {
		bo_conf_complain(l->conf, l->report, where,
				 !range ? "target class '%s' has no range '%s'"
					: "class '%s': range '%s' may not be written (reset: no)",
				 l->target->name, keys->range);
		return -EINVAL;
	}
	content->range = range;
	content->data = malloc((size_t)range->size);
	if (!content->data)
		return -ENOMEM;
	memset(content->data, ERASED, (size_t)range->size);
	return unpack(l, where, keys->image, file->data, file->len, content, &used);
}

static int load_step(const struct loading *l, const struct bo_conf_choice *choice, size_t i)
{
	const struct bo_scenario_step *keys = bo_step_keys(choice);
	struct bo_update_file *file = &l->images->step[i];
	char where[48];

	(void)snprintf(where, sizeof(where), "steps.%zu.image", i);
	if (!keys->image)
		return 0;
	if (bo_step_kind_of(choice) == BO_DO_UPDATE)
		return load_good(l, where, keys->image, file);
	int rc = load_upload(l, where, keys->image, file);

	if (rc == 0 && bo_step_kind_of(choice) == BO_DO_QUERY)
		rc = identify(l, where, file->data, file->len, &file->identity);
	(void)snprintf(where, sizeof(where), "steps.%zu.range", i);
	if (rc == 0 && keys->range)
		rc = load_content(l, where, keys, file, &l->images->step_content[i]);
	return rc;
}

static int load_steps(const struct loading *l)
{
	const struct bo_conf_choice *choice = l->scenario->steps.items;
	struct bo_images *images = l->images;
	size_t count = l->scenario->steps.count;
	int first = 0;

	images->step = calloc(count + 1, sizeof(*images->step));
	images->step_content = calloc(count + 1, sizeof(*images->step_content));
	if (!images->step || !images->step_content)
		return -ENOMEM;
	images->steps = count;
	for (size_t i = 0; i < count; i++) {
		int rc = load_step(l, &choice[i], i);

		first = first < 0 ? first : rc;
	}
	return first;
}

int bo_images_load(struct bo_images *images, const struct bo_scenario *scenario,
		   const struct bo_conf *conf, const struct bo_target *target,
		   struct bo_buf *report)
{
	struct loading l = {images, scenario, conf, target, report};

	*images = (struct bo_images){0};
	int rc = check_baseline(&l);
	int promises = check_promises(&l);
	int contents = load_contents(&l);
	int update = load_update(&l);
	int steps = load_steps(&l);

	rc = rc < 0	    ? rc
	     : promises < 0 ? promises
	     : contents < 0 ? contents
	     : update < 0   ? update
			    : steps;
	if (rc == 0)
		rc = check_staged(&l);
	if (rc < 0)
		bo_images_free(images);
	return rc;
}

void bo_images_free(struct bo_images *images)
{
	for (size_t i = 0; i < images->count; i++) {
		if (images->staged[i].data != images->content[i].data)
			free(images->staged[i].data);
		free(images->content[i].data);
	}
	free(images->update.data);
	free(images->control.data);
	for (size_t i = 0; i < images->steps; i++) {
		free(images->step[i].data);
		free(images->step_content[i].data);
	}
	free(images->step);
	free(images->step_content);
	bo_buf_done(&images->files);
	*images = (struct bo_images){0};
}

void bo_images_hash(const struct bo_images *images, void *sha256_state)
{
	for (size_t i = 0; i < images->count; i++) {
		const struct bo_range_content *content = &images->content[i];

		crypto_hash_sha256_update(sha256_state, content->data,
					  (size_t)content->range->size);
		if (images->staged[i].data)
			crypto_hash_sha256_update(sha256_state, images->staged[i].data,
						  (size_t)content->range->size);
	}
	crypto_hash_sha256_update(sha256_state, images->update.data, images->update.len);
	if (images->control.data)
		crypto_hash_sha256_update(sha256_state, images->control.data, images->control.len);
	for (size_t i = 0; i < images->steps; i++)
		if (images->step[i].data)
			crypto_hash_sha256_update(sha256_state, images->step[i].data,
						  images->step[i].len);
}
