#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/imagetool/edit.h"
#include "harness/imagetool/imagetool.h"

struct wish {
	const char *key, *version, *product;
	int64_t counter, header, load_addr, max_size; /* -1: not given */
	uint8_t counter_bytes[4];
};

static int wrap(const struct tool_file *file, const struct wish *wish, struct edit *ret,
		struct bo_err *err)
{
	struct bo_image image;

	if (bo_image_header(file->data, file->len, &image, NULL) == 0)
		return bo_err_set(err, -EINVAL, "is an image already; --header is for programs");
	if (!wish->version)
		return bo_err_set(err, -EINVAL, "a program needs --version");
	if (wish->header < BO_IMAGE_HEADER_MIN || wish->header > UINT16_MAX)
		return bo_err_set(err, -EINVAL, "--header: expected %d to %d bytes",
				  BO_IMAGE_HEADER_MIN, UINT16_MAX);
	ret->spec.header_len = (uint16_t)wish->header;
	edit_resize(ret, file->len);
	memcpy(ret->body, file->data, file->len);
	return 0;
}

static int open_image(const struct tool_file *file, struct edit *ret, struct bo_err *err)
{
	struct bo_image image;
	int rc = bo_image_header(file->data, file->len, &image, NULL);

	if (rc < 0)
		return bo_err_set(err, -EINVAL,
				  "is no image; for a program give --header and --version");
	return edit_open(file->data, file->len, ret, err);
}

static int apply(struct wish *wish, struct edit *edit, struct bo_err *err)
{
	int rc = 0;

	if (wish->version && bo_image_version_parse(wish->version, &edit->spec.version, err) < 0)
		return bo_err_wrap(err, "--version '%s'", wish->version);
	if (wish->load_addr >= 0)
		edit->spec.load_addr = (uint32_t)wish->load_addr;
	if (wish->product) {
		size_t len = strlen(wish->product);

		if (!len || len > BO_IMAGE_PRODUCT_MAX)
			return bo_err_set(err, -EINVAL, "--product: expected 1 to %d bytes",
					  BO_IMAGE_PRODUCT_MAX);
		rc = edit_protect(edit, BO_IMAGE_TLV_PRODUCT, wish->product, len, err);
	}
	for (unsigned i = 0; i < 4; i++)
		wish->counter_bytes[i] = (uint8_t)((uint64_t)wish->counter >> 8 * i);
	if (rc == 0 && wish->counter >= 0)
		rc = edit_protect(edit, BO_IMAGE_TLV_SECURITY_COUNTER, wish->counter_bytes, 4, err);
	return rc;
}

static int sign(const char *in, const char *out, struct wish *wish, struct bo_err *err)
{
	struct tool_file file = {0};
	struct bo_buf image = {0};
	struct key *key = NULL;
	struct edit edit = {0};
	int rc = key_read_private(wish->key, &key, err);

	if (rc == 0)
		rc = tool_read(in, &file, err);
	if (rc == 0) {
		rc = wish->header >= 0 ? wrap(&file, wish, &edit, err)
				       : open_image(&file, &edit, err);
		if (rc == 0)
			rc = apply(wish, &edit, err);
		if (rc == 0)
			rc = edit_emit(&edit, key, &image, err);
		if (rc == 0 && wish->max_size >= 0 && (int64_t)image.len > wish->max_size)
			rc = bo_err_set(err, -EFBIG, "image of %zu bytes, --max-size allows %lld",
					image.len, (long long)wish->max_size);
		if (rc < 0)
			(void)bo_err_wrap(err, "%s", in);
	}
	if (rc == 0)
		rc = tool_write(out, image.data, image.len, err);
	bo_buf_done(&image);
	edit_done(&edit);
	tool_file_done(&file);
	key_free(key);
	return rc;
}

int tool_sign(int argc, char **argv)
{
	struct wish wish = {.counter = -1, .header = -1, .load_addr = -1, .max_size = -1};
	struct bo_err err = {0};
	const struct cmd_option options[] = {
		{"key", CMD_TEXT, &wish.key, "PEM", "private key: Ed25519 or ECDSA P-256"},
		{"version", CMD_TEXT, &wish.version, "VERSION", "1.2.3 or 1.2.3+4"},
		{"product", CMD_TEXT, &wish.product, "NAME", "what it is for"},
		{"security-counter", CMD_NUMBER, &wish.counter, "N", "rollback protection"},
		{"load-addr", CMD_NUMBER, &wish.load_addr, "ADDR", "load address in the header"},
		{"header", CMD_NUMBER, &wish.header, "BYTES",
		 "FILE is a program: put a header of this length in front"},
		{"max-size", CMD_SIZE, &wish.max_size, "SIZE", "refuse to make a larger image"},
		{0},
	};
	int count = cmd_options(argc, argv, "image sign --key PEM [OPTION...] FILE OUT", options);

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (count != 2 || !wish.key)
		return cmd_fail(BO_EXIT_USAGE,
				"image sign: expected --key PEM, a file and where to write");
	if (sign(argv[0], argv[1], &wish, &err) < 0)
		return tool_fail(&err);
	return BO_EXIT_OK;
}
