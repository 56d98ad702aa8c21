#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/imagetool/imagetool.h"

#define SHOWN_MAX 32 /* bytes of a TLV in the text */

static const struct {
	uint16_t type;
	const char *name;
	const char *signature; /* what made it, where it is one */
} tlv_names[] = {
	{BO_IMAGE_TLV_KEY_HASH, "key hash", NULL},
	{BO_IMAGE_TLV_PUBLIC_KEY, "public key", NULL},
	{BO_IMAGE_TLV_SHA256, "SHA-256", NULL},
	{0x11, "SHA-384", NULL},
	{0x12, "SHA-512", NULL},
	{BO_IMAGE_TLV_RSA2048, "RSA-2048 signature", "RSA-2048"},
	{BO_IMAGE_TLV_ECDSA, "ECDSA signature", "ECDSA"},
	{BO_IMAGE_TLV_RSA3072, "RSA-3072 signature", "RSA-3072"},
	{BO_IMAGE_TLV_ED25519, "Ed25519 signature", "Ed25519"},
	{0x25, "pure signature mark", NULL},
	{BO_IMAGE_TLV_ENC_RSA, "key for RSA-2048", NULL},
	{BO_IMAGE_TLV_ENC_KW, "key, wrapped", NULL},
	{BO_IMAGE_TLV_ENC_EC256, "key for P-256", NULL},
	{BO_IMAGE_TLV_ENC_X25519, "key for X25519", NULL},
	{BO_IMAGE_TLV_DEPENDENCY, "dependency", NULL},
	{BO_IMAGE_TLV_SECURITY_COUNTER, "security counter", NULL},
	{0x60, "boot record", NULL},
	{BO_IMAGE_TLV_VENDOR_ID, "vendor id", NULL},
	{BO_IMAGE_TLV_CLASS_ID, "class id", NULL},
	{BO_IMAGE_TLV_PRODUCT, "product", NULL},
};

static const struct {
	uint32_t bit;
	const char *name;
} flag_names[] = {
	{0x04, "aes128"},
	{0x08, "aes256"},
	{BO_IMAGE_NOT_BOOTABLE, "not-bootable"},
	{BO_IMAGE_RAM_LOAD, "ram-load"},
	{BO_IMAGE_ROM_FIXED, "rom-fixed"},
	{0x200, "lzma1"},
	{0x400, "lzma2"},
	{0x800, "arm-thumb"},
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const char *tlv_name(uint16_t type)
{
	for (size_t i = 0; i < COUNT(tlv_names); i++)
		if (tlv_names[i].type == type)
			return tlv_names[i].name;
	return (type & 0xFF) >= 0xA0 && (type & 0xFF) <= 0xFE ? "vendor" : "unknown";
}

/* What there is to say, once, for both ways of saying it. */
static json_t *tlvs_json(const uint8_t *data, const struct bo_image *image)
{
	struct bo_image_cursor cursor = {0};
	struct bo_image_tlv tlv;
	json_t *list = json_array();

	while (bo_image_tlv_next(data, image, &cursor, &tlv)) {
		char *hex = malloc(2 * (size_t)tlv.len + 1);

		if (!hex)
			abort();
		tool_hex(hex, tlv.data, tlv.len);
		(void)json_array_append_new(list, json_pack("{s:I, s:i, s:s, s:b, s:i, s:s}", "at",
							    (json_int_t)cursor.at, "type", tlv.type,
							    "name", tlv_name(tlv.type), "protected",
							    cursor.protected, "length", tlv.len,
							    "value", hex));
		free(hex);
	}
	return list;
}

static json_t *signatures_json(const uint8_t *data, const struct bo_image *image)
{
	struct bo_image_cursor cursor = {0};
	struct bo_image_tlv tlv;
	char key_hash[2 * BO_IMAGE_HASH_LEN + 1] = "";
	json_t *list = json_array();

	while (bo_image_tlv_next(data, image, &cursor, &tlv)) {
		if (tlv.type == BO_IMAGE_TLV_KEY_HASH && tlv.len == BO_IMAGE_HASH_LEN)
			tool_hex(key_hash, tlv.data, tlv.len);
		for (size_t i = 0; i < COUNT(tlv_names); i++)
			if (tlv_names[i].type == tlv.type && tlv_names[i].signature)
				(void)json_array_append_new(list, json_pack("{s:s, s:s}", "kind",
									    tlv_names[i].signature,
									    "key_hash", key_hash));
	}
	return list;
}

static json_t *flags_json(uint32_t flags)
{
	json_t *list = json_array();

	for (size_t i = 0; i < COUNT(flag_names); i++)
		if (flags & flag_names[i].bit)
			(void)json_array_append_new(list, json_string(flag_names[i].name));
	return list;
}

static void header_json(const struct bo_image *image, json_t *ret)
{
	json_t *part = json_pack(
		"{s:s, s:I, s:I, s:o, s:I, s:I, s:I}", "version", image->version_text, "load_addr",
		(json_int_t)image->load_addr, "flags", (json_int_t)image->flags, "flag_names",
		flags_json(image->flags), "header_bytes", (json_int_t)image->header_len,
		"body_bytes", (json_int_t)image->body_len, "protected_bytes",
		(json_int_t)image->protected_len);

	(void)json_object_update(ret, part);
	json_decref(part);
}

static void facts_json(const uint8_t *data, const struct bo_image *image, json_t *ret)
{
	char product[BO_IMAGE_PRODUCT_MAX + 1], shown[4 * BO_IMAGE_PRODUCT_MAX + 1];
	char hash[2 * BO_IMAGE_HASH_LEN + 1];
	uint32_t counter;

	(void)json_object_set_new(ret, "image_bytes", json_integer((json_int_t)image->total_len));
	(void)json_object_set_new(ret, "hash",
				  json_string(tool_hex(hash, image->hash, BO_IMAGE_HASH_LEN)));
	if (bo_image_product(data, image, product)) {
		bo_str_escape(shown, sizeof(shown), product, strlen(product));
		(void)json_object_set_new(ret, "product", json_string(shown));
	}
	if (bo_image_security_counter(data, image, &counter))
		(void)json_object_set_new(ret, "security_counter", json_integer(counter));
	(void)json_object_set_new(ret, "signatures", signatures_json(data, image));
	(void)json_object_set_new(ret, "tlvs", tlvs_json(data, image));
}

static json_t *describe(const char *path, const struct tool_file *file)
{
	struct bo_buf name = {0};
	struct bo_err err = {0};
	struct bo_image image;

	bo_buf_escape(&name, path, strlen(path));
	bool whole = bo_image_parse(file->data, file->len, &image, &err) == 0;
	json_t *ret = json_pack("{s:s, s:I, s:b, s:s}", "file", name.data, "file_bytes",
				(json_int_t)file->len, "whole", whole, "problem",
				whole ? "" : bo_err_text(&err));

	bo_buf_done(&name);
	if (bo_image_header(file->data, file->len, &image, NULL) == 0)
		header_json(&image, ret);
	if (bo_image_layout(file->data, file->len, &image, NULL) == 0)
		facts_json(file->data, &image, ret);
	return ret;
}

static json_int_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void print_tlv(const json_t *tlv)
{
	const char *value = text_of(tlv, "value");

	(void)printf("    at %-8lld %-11s 0x%04llx %-20s %5lld bytes  %.*s%s\n",
		     (long long)number_of(tlv, "at"),
		     json_is_true(json_object_get(tlv, "protected")) ? "protected" : "unprotected",
		     (long long)number_of(tlv, "type"), text_of(tlv, "name"),
		     (long long)number_of(tlv, "length"), 2 * SHOWN_MAX, value,
		     strlen(value) > 2 * SHOWN_MAX ? "..." : "");
}

static void print_header(const json_t *d)
{
	size_t i;
	json_t *item;

	(void)printf("  version            %s\n", text_of(d, "version"));
	(void)printf("  load address       0x%08llx\n", (long long)number_of(d, "load_addr"));
	(void)printf("  flags              0x%08llx", (long long)number_of(d, "flags"));
	json_array_foreach(json_object_get(d, "flag_names"), i, item)(void)
		printf(" %s", json_string_value(item));
	(void)printf("\n  header             %lld bytes\n",
		     (long long)number_of(d, "header_bytes"));
	(void)printf("  body               %lld bytes\n", (long long)number_of(d, "body_bytes"));
	(void)printf("  protected TLVs     %lld bytes\n",
		     (long long)number_of(d, "protected_bytes"));
}

static void print_facts(const json_t *d)
{
	const json_t *signatures = json_object_get(d, "signatures");
	json_t *item;
	size_t i;

	(void)printf("  image              %lld bytes\n", (long long)number_of(d, "image_bytes"));
	(void)printf("  hash               %s %s\n", text_of(d, "hash"),
		     json_is_true(json_object_get(d, "whole")) ? "good"
							       : "not what the image says");
	if (json_object_get(d, "product"))
		(void)printf("  product            '%s'\n", text_of(d, "product"));
	if (json_object_get(d, "security_counter"))
		(void)printf("  security counter   %lld\n",
			     (long long)number_of(d, "security_counter"));
	if (!json_array_size(signatures))
		(void)printf("  signature          none\n");
	json_array_foreach(signatures, i, item)(void)
		printf("  signature          %s by key %s, not checked here\n",
		       text_of(item, "kind"), text_of(item, "key_hash"));
	(void)printf("  TLVs\n");
	json_array_foreach(json_object_get(d, "tlvs"), i, item) print_tlv(item);
}

static void print(const json_t *d)
{
	bool whole = json_is_true(json_object_get(d, "whole"));

	(void)printf("%s: %lld bytes, %s%s\n", text_of(d, "file"),
		     (long long)number_of(d, "file_bytes"), whole ? "an image that is whole" : "",
		     text_of(d, "problem"));
	if (json_object_get(d, "version"))
		print_header(d);
	if (json_object_get(d, "tlvs"))
		print_facts(d);
}

int tool_inspect(int argc, char **argv)
{
	bool as_json = false;
	struct tool_file file = {0};
	struct bo_err err = {0};
	const struct cmd_option options[] = {
		{"json", CMD_FLAG, &as_json, NULL, "the same as one JSON object"},
		{0},
	};
	int count = cmd_options(argc, argv, "image inspect [--json] FILE", options);

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (count != 1)
		return cmd_fail(BO_EXIT_USAGE, "image inspect: expected one file");
	if (tool_read(argv[0], &file, &err) < 0)
		return tool_fail(&err);
	json_t *description = describe(argv[0], &file);

	tool_file_done(&file);
	if (as_json) {
		(void)json_dumpf(description, stdout, JSON_INDENT(1));
		(void)printf("\n");
	} else {
		print(description);
	}
	bool whole = json_is_true(json_object_get(description, "whole"));

	json_decref(description);
	return whole ? BO_EXIT_OK : BO_EXIT_BROKEN_PROMISE;
}
