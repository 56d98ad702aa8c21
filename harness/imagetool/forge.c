#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium/crypto_hash_sha256.h>

#include "harness/imagetool/negatives.h"
#include "harness/imagetool/payload.h"

struct request {
	const char *key, *other_key, *running, *only, *payload, *like, *feed;
	int64_t slot_size, trailer, seed;
	bool list;
};

/* ---- what there is to forge from ---- */
static int keys_read(const struct request *r, struct key **key, struct key **other,
		     struct bo_err *err)
{
	int rc = key_read_private(r->key, key, err);

	if (rc == 0)
		rc = r->other_key ? key_read_private(r->other_key, other, err)
				  : key_stranger(*key, other, err);
	if (rc == 0 && !memcmp(key_hash(*key), key_hash(*other), BO_IMAGE_HASH_LEN))
		rc = bo_err_set(err, -EINVAL,
				"%s: that is the other key; name another one with "
				"--other-key",
				r->key);
	return rc;
}

/* The good image, signed by us: so that it goes the same way as everything made from it. */
static int control_make(const char *path, struct forge *f, struct bo_err *err)
{
	struct tool_file file = {0};
	struct edit edit = {0};
	int rc = tool_read(path, &file, err);

	if (rc < 0)
		return rc;
	rc = edit_open(file.data, file.len, &edit, err);
	if (rc == 0)
		rc = edit_emit(&edit, f->key, &f->control, err);
	if (rc == 0)
		rc = bo_image_parse((const uint8_t *)f->control.data, f->control.len, &f->image,
				    err);
	edit_done(&edit);
	tool_file_done(&file);
	return rc < 0 ? bo_err_wrap(err, "%s", path) : 0;
}

static int running_read(const char *path, struct forge *f, struct bo_err *err)
{
	int rc = path ? tool_read(path, &f->old, err) : 0;

	if (rc < 0 || !path)
		return rc;
	rc = bo_image_parse(f->old.data, f->old.len, &f->running, err);
	return rc < 0 ? bo_err_wrap(err, "%s", path) : 0;
}

/* What a target with the running image would ask for; the control must meet it. */
static int policy_make(struct forge *f, char product[BO_IMAGE_PRODUCT_MAX + 1], struct bo_err *err)
{
	const uint8_t *data = (const uint8_t *)f->control.data;
	struct check_report report;
	uint32_t counter;

	f->min_version = f->old.data ? f->running.version : f->image.version;
	f->policy = (struct check_policy){
		.key = f->key,
		.min_version = &f->min_version,
		.min_counter = -1,
		.max_size = f->slot_size ? f->slot_size - f->trailer : -1,
		.cortex_m = !check_vectors(data + f->image.header_len, f->image.body_len, NULL),
	};
	if (bo_image_product(data, &f->image, product))
		f->policy.product = product;
	if ((f->old.data && bo_image_security_counter(f->old.data, &f->running, &counter)) ||
	    bo_image_security_counter(data, &f->image, &counter))
		f->policy.min_counter = counter;
	check_image(data, f->control.len, &f->policy, &report);
	for (size_t i = 0; i < CHECK_COUNT; i++)
		if (report.lines[i].result == CHECK_FAILED)
			return bo_err_set(err, -EINVAL, "the good image is not good enough: %s: %s",
					  report.lines[i].name, report.lines[i].text);
	return 0;
}

static void forge_done(struct forge *f)
{
	bo_buf_done(&f->control);
	bo_buf_done(&f->largest);
	tool_file_done(&f->old);
}

/* ---- what comes out ---- */
static void hash_text(const struct bo_buf *data, char out[2 * BO_IMAGE_HASH_LEN + 1])
{
	uint8_t hash[BO_IMAGE_HASH_LEN];

	crypto_hash_sha256(hash, (const uint8_t *)data->data, data->len);
	tool_hex(out, hash, sizeof(hash));
}

/* "a/b.bin" -> "a/b" */
static size_t stem_len(const char *path)
{
	size_t len = strlen(path);

	return len > 4 && strcmp(path + len - 4, ".bin") == 0 ? len - 4 : len;
}

/* The image, and beside it as .json what is to be expected of it. Takes over `sidecar`. */
static int put(const char *path, const struct bo_buf *image, json_t *sidecar, struct bo_err *err)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char sha256[2 * BO_IMAGE_HASH_LEN + 1];
	struct bo_buf shown = {0}, beside = {0}, text = {0};
	int rc = tool_write(path, image->data, image->len, err);

	hash_text(image, sha256);
	bo_buf_escape(&shown, name, stem_len(name));
	(void)json_object_set_new(sidecar, "name", json_string(shown.data));
	(void)json_object_set_new(sidecar, "sha256", json_string(sha256));
	char *dump = json_dumps(sidecar, JSON_INDENT(1) | JSON_SORT_KEYS);

	if (!dump)
		abort();
	bo_buf_printf(&text, "%s\n", dump);
	bo_buf_printf(&beside, "%.*s.json", (int)stem_len(path), path);
	if (rc == 0)
		rc = tool_write(beside.data, text.data, text.len, err);
	free(dump);
	json_decref(sidecar);
	bo_buf_done(&shown);
	bo_buf_done(&beside);
	bo_buf_done(&text);
	return rc;
}

static int put_in(const char *dir, const char *name, const struct bo_buf *image, json_t *sidecar,
		  struct bo_err *err)
{
	struct bo_buf path = {0};
	int rc;

	bo_buf_printf(&path, "%s/%s.bin", dir, name);
	rc = put(path.data, image, sidecar, err);
	bo_buf_done(&path);
	return rc;
}

static int put_control(const char *dir, const char *name, const char *what,
		       const struct bo_buf *image, struct bo_err *err)
{
	return put_in(dir, name, image,
		      json_pack("{s:s, s:s, s:n, s:n}", "what", what, "expected", "updated",
				"control", "refused_by"),
		      err);
}

static int put_negative(const struct forge *f, const char *dir, const char *name,
			const struct negative *n, const struct bo_buf *image, struct bo_err *err)
{
	char control[2 * BO_IMAGE_HASH_LEN + 1];

	hash_text(n->is_size ? &f->largest : &f->control, control);
	return put_in(dir, name, image,
		      json_pack("{s:s, s:s, s:s, s:s?, s:s, s:s}", "id", n->id, "what", n->what,
				"expected", expected_text(n->expected), "refused_by", n->check,
				"control", n->is_size ? "largest.bin" : "control.bin",
				"control_sha256", control),
		      err);
}

static void name_of(const struct negative *n, char *out, size_t cap)
{
	(void)snprintf(out, cap, "%s-%s", n->id, n->name);
}

/* A word of the comma-separated list. */
static bool in_list(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at++)
		if ((at == list || at[-1] == ',') && (at[len] == ',' || !at[len]))
			return true;
	return false;
}

static bool is_wanted(const struct request *r, const struct negative *n)
{
	char name[64];

	name_of(n, name, sizeof(name));
	if (r->only)
		return in_list(r->only, n->id) || in_list(r->only, name);
	return !n->sacrificial;
}

/* Makes one and holds it against the checks: a negative that is good, or bad for another reason
 * than it says, would make a test say something that is not so. */
static int make(struct forge *f, const struct request *r, const struct negative *n,
		struct bo_buf *out, struct bo_err *err)
{
	struct check_report report;
	struct bo_prng root;
	char name[64];

	name_of(n, name, sizeof(name));
	if (!n->make)
		return bo_err_set(err, -ENOTSUP, "%s does that, not bytes alone", n->elsewhere);
	bo_prng_init(&root, (uint64_t)r->seed);
	bo_prng_split(&root, name, &f->prng);
	int rc = n->make(f, n->arg, out, err);

	if (rc < 0)
		return rc;
	check_image((const uint8_t *)out->data, out->len, &f->policy, &report);
	if (!report.failed == !n->check && (!n->check || strcmp(report.failed, n->check) == 0))
		return 0;
	return bo_err_set(err, -EPROTO, "%s was to fail at '%s', fails at '%s'", name,
			  n->check ? n->check : "nothing",
			  report.failed ? report.failed : "nothing");
}

static int one(struct forge *f, const struct request *r, const struct negative *n, const char *dir,
	       struct bo_err *err)
{
	struct bo_buf out = {0};
	struct bo_err why = {0};
	char name[64];
	int rc = make(f, r, n, &out, &why);

	name_of(n, name, sizeof(name));
	if (rc == 0 && dir)
		rc = put_negative(f, dir, name, n, &out, &why);
	bo_buf_done(&out);
	if (rc < 0 && rc != -ENOTSUP)
		return bo_err_set(err, rc, "%s", why.text);
	(void)printf("%-24s %-10s %s%s%s%s\n", name, expected_text(n->expected), n->what,
		     rc < 0 ? " (not made: " : "", rc < 0 ? why.text : "", rc < 0 ? ")" : "");
	return 0;
}

static int all(struct forge *f, const struct request *r, const char *dir, struct bo_err *err)
{
	struct bo_err why = {0};
	unsigned wanted = 0;
	int rc = 0;

	if (f->slot_size &&
	    make_sized(f, (size_t)(f->slot_size - f->trailer), &f->largest, &why) < 0)
		return bo_err_set(err, -EINVAL, "--slot-size: %s", why.text);
	if (dir && mkdir(dir, 0777) < 0 && errno != EEXIST)
		return bo_err_set(err, -errno, "%s: %s", dir, strerror(errno));
	if (dir)
		rc = put_control(dir, "control", "the good image", &f->control, err);
	if (rc == 0 && dir && f->largest.len)
		rc = put_control(dir, "largest", "the good image, as long as the slot allows",
				 &f->largest, err);
	for (size_t i = 0; rc == 0 && i < negatives_count; i++)
		if (is_wanted(r, &negatives[i])) {
			rc = one(f, r, &negatives[i], dir, err);
			wanted++;
		}
	if (rc == 0 && !wanted)
		rc = bo_err_set(err, -EINVAL, "--only '%s': no such negative; see --list", r->only);
	return rc;
}

static int forge_from(const struct request *r, const char *good, const char *dir,
		      struct bo_err *err)
{
	struct forge f = {.slot_size = r->slot_size, .trailer = r->trailer};
	char product[BO_IMAGE_PRODUCT_MAX + 1];
	struct key *key = NULL, *other = NULL;
	int rc = keys_read(r, &key, &other, err);

	f.key = key;
	f.other = other;
	if (rc == 0)
		rc = control_make(good, &f, err);
	if (rc == 0)
		rc = running_read(r->running, &f, err);
	if (rc == 0)
		rc = policy_make(&f, product, err);
	if (rc == 0)
		rc = all(&f, r, dir, err);
	forge_done(&f);
	key_free(key);
	key_free(other);
	return rc;
}

/* ---- a payload ---- */
static int feed_read(const char *text, struct payload *payload)
{
	char *end;
	unsigned long long addr = strtoull(text, &end, 0), value = 0;
	bool ok = *text >= '0' && *text <= '9' && *end == '=' && end[1] >= '0' && end[1] <= '9';

	if (ok)
		value = strtoull(end + 1, &end, 0);
	if (!ok || *end || addr > UINT32_MAX || value > UINT32_MAX || addr % 4)
		return -EINVAL;
	payload->feeds = true;
	payload->feed_addr = (uint32_t)addr;
	payload->feed_value = (uint32_t)value;
	return 0;
}

/* Its control is the image whose place it takes. */
static int put_payload(const struct request *r, const char *path, const struct tool_file *like,
		       const struct bo_buf *image, struct bo_err *err)
{
	const struct bo_buf control = {(char *)like->data, like->len, like->len};
	char sha256[2 * BO_IMAGE_HASH_LEN + 1];
	struct bo_buf shown = {0};

	hash_text(&control, sha256);
	bo_buf_escape(&shown, r->like, strlen(r->like));
	json_t *sidecar = json_pack("{s:s, s:s, s:n, s:s, s:s}", "what", r->payload, "expected",
				    expected_text(EXPECT_BOOTS_OLD), "refused_by", "control",
				    shown.data, "control_sha256", sha256);

	bo_buf_done(&shown);
	return put(path, image, sidecar, err);
}

static int payload_make(const struct request *r, const char *path, struct bo_err *err)
{
	struct payload payload = {.name = r->payload};
	struct tool_file like = {0};
	struct bo_buf out = {0};
	struct edit edit = {0};
	struct key *key = NULL;
	int rc = 0;

	if (r->feed && feed_read(r->feed, &payload) < 0)
		return bo_err_set(err, -EINVAL, "--feed '%s': expected ADDR=VALUE, a word each",
				  r->feed);
	rc = key_read_private(r->key, &key, err);
	if (rc == 0)
		rc = tool_read(r->like, &like, err);
	if (rc == 0) {
		rc = edit_open(like.data, like.len, &edit, err);
		if (rc == 0)
			rc = payload_apply(&payload, &edit, err);
		if (rc == 0)
			rc = edit_emit(&edit, key, &out, err);
		if (rc < 0)
			(void)bo_err_wrap(err, "%s", r->like);
	}
	if (rc == 0)
		rc = put_payload(r, path, &like, &out, err);
	bo_buf_done(&out);
	edit_done(&edit);
	tool_file_done(&like);
	key_free(key);
	return rc;
}

/* ---- the verb ---- */
static int list(void)
{
	for (size_t i = 0; i < negatives_count; i++) {
		char name[64];

		name_of(&negatives[i], name, sizeof(name));
		(void)printf("%-24s %-10s %s\n", name, expected_text(negatives[i].expected),
			     negatives[i].what);
	}
	return BO_EXIT_OK;
}

static int dispatch(const struct request *r, int count, char **argv)
{
	struct bo_err err = {0};
	int rc;

	if (r->list && count == 0)
		return list();
	if (!r->key)
		return cmd_fail(BO_EXIT_USAGE, "image forge: --key PEM is missing");
	if (r->slot_size < 0 || r->trailer >= (r->slot_size ? r->slot_size : 1))
		return cmd_fail(BO_EXIT_USAGE, "--trailer: expected less than --slot-size");
	if (r->payload && (!r->like || count != 1))
		return cmd_fail(BO_EXIT_USAGE,
				"image forge --payload: expected --like IMAGE and where to write");
	if (!r->payload && count != (r->list ? 1 : 2))
		return cmd_fail(BO_EXIT_USAGE, "image forge: expected a good image%s",
				r->list ? "" : " and a folder");
	rc = r->payload ? payload_make(r, argv[0], &err)
			: forge_from(r, argv[0], r->list ? NULL : argv[1], &err);
	if (rc == -EPROTO)
		return cmd_fail(BO_EXIT_INTERNAL, "%s", err.text);
	return rc < 0 ? tool_fail(&err) : BO_EXIT_OK;
}

int tool_forge(int argc, char **argv)
{
	struct request r = {0};
	const struct cmd_option options[] = {
		{"list", CMD_FLAG, &r.list, NULL, "print the catalogue; with IMAGE, what applies"},
		{"key", CMD_TEXT, &r.key, "PEM", "private key that the target trusts"},
		{"other-key", CMD_TEXT, &r.other_key, "PEM",
		 "one that it does not (default: a published test key)"},
		{"running", CMD_TEXT, &r.running, "IMAGE", "what the target runs"},
		{"slot-size", CMD_SIZE, &r.slot_size, "SIZE", "of the slot that is written"},
		{"trailer", CMD_SIZE, &r.trailer, "SIZE", "at the slot's end, not for the image"},
		{"seed", CMD_NUMBER, &r.seed, "N", "which bits are flipped (default 0)"},
		{"only", CMD_TEXT, &r.only, "N01,...", "ids or names"},
		{"payload", CMD_TEXT, &r.payload, "NAME",
		 "instead: an image that boots and does no more: hang, crash, silent"},
		{"like", CMD_TEXT, &r.like, "IMAGE", "bootable image whose place it takes"},
		{"feed", CMD_TEXT, &r.feed, "ADDR=VALUE",
		 "silent: write a word for ever, for a watchdog"},
		{0},
	};
	int count = cmd_options(argc, argv,
				"image forge --key PEM [OPTION...] IMAGE FOLDER\n"
				"       brownout image forge --payload NAME --like IMAGE --key PEM "
				"[--feed ADDR=VALUE] OUT\n"
				"       brownout image forge --list [--key PEM IMAGE]",
				options);

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	return dispatch(&r, count, argv);
}
