#include <jansson.h>
#include <sodium/crypto_hash_sha256.h>

#include "harness/image/signature.h"
#include "harness/tests/imagetool_rig.h"

#define BODY 600

/* @raw: a program that begins like one for a Cortex-M. */
static void write_program(const struct rig *rig)
{
	uint8_t body[BODY] = {0x00, 0x50, 0x00, 0x20, 0x41, 0x82, 0x00, 0x08};

	for (size_t i = 8; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 7);
	rig_write(rig, "@raw", body, sizeof(body));
}

static void sign_program(struct rig *rig, const char *key, const char *version, int counter,
			 const char *out)
{
	cr_assert_eq(image(rig,
			   "sign --key " KEYS "%s.pem --header 512 --version %s --product bulb "
			   "--security-counter %d @raw %s",
			   key, version, counter, out),
		     0, "%s", rig->err.data);
}

Test(imagetool, images_made_by_hand_verify_with_the_key_that_signed_them_only)
{
	static const struct {
		const char *image, *key;
		int code;
	} cases[] = {
		{"ed25519", "test.pub", 0},   {"ed25519", "test", 0},
		{"ed25519", "other.pub", 1},  {"ed25519", "test-p256.pub", 1},
		{"p256", "test-p256.pub", 0}, {"p256", "test.pub", 1},
	};
	struct rig rig = rig_make();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect_eq(image(&rig,
				   "verify --key " KEYS "%s.pem --product vector --min-version "
				   "3.1.4+15 --min-counter 9 --max-size 221%%20B " VECTORS "%s.bin",
				   cases[i].key, cases[i].image),
			     cases[i].code, "case %zu:\n%s", i, rig.out.data);
	rig_done(&rig);
}

Test(imagetool, signing_gives_what_openssl_gives)
{
	struct rig rig = rig_make();

	cr_assert_eq(image(&rig, "sign --key " KEYS "test.pem " VECTORS "ed25519.bin @a"), 0);
	cr_expect(rig_same(&rig, "@a", VECTORS "ed25519.bin"));
	/* from one key to another and back */
	cr_assert_eq(image(&rig, "sign --key " KEYS "test-p256.pem @a @b"), 0);
	cr_expect_eq(image(&rig, "verify --key " KEYS "test-p256.pub.pem @b"), 0, "%s",
		     rig.out.data);
	cr_assert_eq(image(&rig, "sign --key " KEYS "test.pem @b @a"), 0);
	cr_expect(rig_same(&rig, "@a", VECTORS "ed25519.bin"));
	rig_done(&rig);
}

Test(imagetool, what_is_signed_is_what_inspect_shows)
{
	struct rig rig = rig_make();

	write_program(&rig);
	sign_program(&rig, "test", "1.2.3+4", 5, "@image");
	cr_assert_eq(image(&rig, "inspect --json @image"), 0);
	json_t *d = json_loads(rig.out.data, 0, NULL);

	cr_assert_not_null(d, "%s", rig.out.data);
	cr_expect(json_is_true(json_object_get(d, "whole")));
	cr_expect_str_eq(json_string_value(json_object_get(d, "version")), "1.2.3.4");
	cr_expect_str_eq(json_string_value(json_object_get(d, "product")), "bulb");
	cr_expect_eq(json_integer_value(json_object_get(d, "security_counter")), 5);
	cr_expect_eq(json_integer_value(json_object_get(d, "header_bytes")), 512);
	cr_expect_eq(json_integer_value(json_object_get(d, "body_bytes")), BODY);
	const json_t *signature = json_array_get(json_object_get(d, "signatures"), 0);

	cr_expect_str_eq(json_string_value(json_object_get(signature, "kind")), "Ed25519");
	cr_expect_str_eq(json_string_value(json_object_get(signature, "key_hash")),
			 "93f7530605ee98832dcfd3ff116f47b53bffe483afc6adcd1f40213fd7e9807a");
	cr_expect_eq(json_array_size(json_object_get(d, "tlvs")), 5);
	json_decref(d);

	cr_assert_eq(image(&rig, "inspect @image"), 0);
	cr_expect_not_null(strstr(rig.out.data, "an image that is whole"));
	cr_expect_not_null(strstr(rig.out.data, "product            'bulb'\n"));
	rig_done(&rig);
}

Test(imagetool, what_is_not_whole_is_shown_as_far_as_it_goes)
{
	struct rig rig = rig_make();
	struct bo_buf data;

	data = rig_read(&rig, VECTORS "ed25519.bin");
	data.data[40] ^= 1; /* in the body */
	rig_write(&rig, "@flipped", data.data, data.len);
	cr_expect_eq(image(&rig, "inspect @flipped"), 1);
	cr_expect_not_null(strstr(rig.out.data, "does not match the image's hash"));
	cr_expect_not_null(strstr(rig.out.data, "not what the image says"));
	rig_write(&rig, "@cut", data.data, data.len - 1);
	cr_expect_eq(image(&rig, "inspect @cut"), 1);
	cr_expect_not_null(strstr(rig.out.data, "data ends at 213"));
	cr_expect_not_null(strstr(rig.out.data, "version            3.1.4.15\n"));
	cr_expect_null(strstr(rig.out.data, "TLVs\n    at"));
	rig_write(&rig, "@none", "no image", 8);
	cr_expect_eq(image(&rig, "inspect --json @none"), 1);
	cr_expect_not_null(strstr(rig.out.data, "shorter than an image header"));
	bo_buf_done(&data);
	rig_done(&rig);
}

/* A name from an image can hold anything; a terminal gets it escaped. */
Test(imagetool, what_an_image_says_reaches_no_terminal_raw)
{
	static const char product[] = "\x1b[31mbulb\n";
	struct bo_image_tlv tlv = {BO_IMAGE_TLV_PRODUCT, sizeof(product) - 1, product};
	struct bo_image_spec spec = {
		.header_len = 32, .protected_tlvs = &tlv, .protected_count = 1};
	struct rig rig = rig_make();
	uint8_t data[256];

	cr_assert_eq(bo_image_build(&spec, data, sizeof(data), NULL), 0);
	rig_write(&rig, "@image", data, bo_image_len(&spec));
	cr_expect_eq(image(&rig, "inspect @image"), 0);
	cr_expect_not_null(strstr(rig.out.data, "'\\x1b[31mbulb\\x0a'"));
	cr_expect_eq(image(&rig, "verify --key " KEYS "test.pem --product bulb @image"), 1);
	cr_expect_null(strchr(rig.out.data, '\x1b'));
	rig_done(&rig);
}

Test(imagetool, each_check_can_say_no)
{
	static const struct {
		const char *options, *line;
	} cases[] = {
		{"--product vectors", "product    FAILED     for 'vector', expected 'vectors'\n"},
		{"--product vecto", "product    FAILED     for 'vector', expected 'vecto'\n"},
		{"--min-version 3.1.4+16",
		 "version    FAILED     3.1.4.15 is older than 3.1.4.16\n"},
		{"--min-version 4.0.0", "version    FAILED     3.1.4.15 is older than 4.0.0\n"},
		{"--min-counter 10", "counter    FAILED     9 is lower than 10\n"},
		{"--max-size 213%20B", "size       FAILED     214 bytes, 213 fit\n"},
		{"--cortex-m", "vectors    FAILED     too short for a vector table\n"},
	};
	struct rig rig = rig_make();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cr_expect_eq(image(&rig,
				   "verify --key " KEYS "test.pub.pem %s " VECTORS "ed25519.bin",
				   cases[i].options),
			     1);
		cr_expect_not_null(strstr(rig.out.data, cases[i].line), "%s", rig.out.data);
	}
	rig_done(&rig);
}

/* Found by fuzzing: padding that is not zero went missing, and the hash with it. */
Test(imagetool, what_could_not_be_written_again_is_not_signed_anew)
{
	struct bo_image_spec spec = {.header_len = 36};
	struct rig rig = rig_make();
	uint8_t data[256], hash[32];
	size_t hashed = 36;

	for (size_t at = 28; at < 36; at += 7) {
		char want[64];

		cr_assert_eq(bo_image_build(&spec, data, sizeof(data), NULL), 0);
		data[at] = 1;
		crypto_hash_sha256(hash, data, hashed);
		memcpy(data + hashed + 8, hash, 32);
		rig_write(&rig, "@image", data, bo_image_len(&spec));
		cr_expect_eq(image(&rig, "inspect @image"), 0);
		cr_expect_eq(image(&rig, "sign --key " KEYS "test.pem @image @out"), 2);
		snprintf(want, sizeof(want), "header: byte %zu is not zero", at);
		cr_expect_not_null(strstr(rig.err.data, want), "%s", rig.err.data);
	}
	cr_assert_eq(bo_image_build(&spec, data, sizeof(data), NULL), 0);
	memmove(data + hashed + 4, data + hashed, 40);
	memcpy(data + hashed, "\x08\x69\4", 4); /* the protected area's head alone */
	data[10] = 4;
	crypto_hash_sha256(data + hashed + 12, data, hashed + 4);
	rig_write(&rig, "@image", data, bo_image_len(&spec) + 4);
	cr_expect_eq(image(&rig, "inspect @image"), 0, "%s", rig.out.data);
	cr_expect_eq(image(&rig, "sign --key " KEYS "test.pem @image @out"), 2);
	cr_expect_not_null(strstr(rig.err.data, "a protected area without TLVs"));
	rig_done(&rig);
}

/* ---- mistakes ---- */
Test(imagetool, a_mistake_is_exit_2_with_one_line_that_names_it)
{
	static const struct {
		const char *arguments, *says;
	} cases[] = {
		{"inpsect x", "unknown verb 'inpsect' (did you mean 'inspect'?)"},
		{"inspect", "image inspect: expected one file"},
		{"inspect @missing", "No such file or directory"},
		{"inspect @", "Is a directory"},
		{"inspect /dev/zero", "Invalid argument"},
		{"verify @raw", "image verify: expected --key PEM and one file"},
		{"verify --key @missing @raw", "@missing: No such file or directory"},
		{"verify --key @raw @raw", "@raw: no public key in PEM"},
		{"verify --key @rsa @raw", "@rsa: RSA key; Ed25519 or ECDSA P-256 expected"},
		{"verify --key @p384 @raw", "@p384: EC key; Ed25519 or ECDSA P-256 expected"},
		{"verify --key " KEYS "test.pem --min-version 1.2 @raw",
		 "--min-version '1.2': version: expected MAJOR.MINOR.REVISION"},
		{"verify --key " KEYS "test.pem --max-size 12 @raw", "--max-size '12': "},
		{"verify --key " KEYS "test.pem --min-counter 4294967296 @raw",
		 "--min-counter '4294967296': expected a number up to 4294967295"},
		{"verify --kye x @raw", "unknown option '--kye' (did you mean '--key'?)"},
		{"sign --key " KEYS "test.pem @raw",
		 "expected --key PEM, a file and where to write"},
		{"sign --key " KEYS "test.pub.pem @good @out",
		 "a public key; signing needs the private one"},
		{"sign --key @locked @good @out", "@locked: has a passphrase; decrypt it first"},
		{"sign --key " KEYS "test.pem @raw @out",
		 "@raw: is no image; for a program give --header and --version"},
		{"sign --key " KEYS "test.pem --header 512 @raw @out", "a program needs --version"},
		{"sign --key " KEYS "test.pem --header 31 --version 1.0.0 @raw @out",
		 "--header: expected 32 to 65535 bytes"},
		{"sign --key " KEYS "test.pem --header 32 --version 1.0.0 @good @out",
		 "@good: is an image already; --header is for programs"},
		{"sign --key " KEYS "test.pem --version 1.x.0 @good @out",
		 "@good: --version '1.x.0': version: part 2 is no number up to 255"},
		{"sign --key " KEYS "test.pem --product "
		 "012345678901234567890123456789012 @good @out",
		 "@good: --product: expected 1 to 32 bytes"},
		{"sign --key " KEYS "test.pem --max-size 213%20B @good @out",
		 "@good: image of 214 bytes, --max-size allows 213"},
		{"sign --key " KEYS "test.pem @good @missing/out", "No such file or directory"},
		{"sign --key " KEYS "test.pem @bad @out", "does not match the image's hash"},
		{"forge @good @out", "image forge: --key PEM is missing"},
		{"forge --key " KEYS "test.pem @good", "expected a good image and a folder"},
		{"forge --key " KEYS "test.pem @bad @out", "does not match the image's hash"},
		{"forge --key " KEYS "test.pem --only N99 @good @out",
		 "--only 'N99': no such negative; see --list"},
		{"forge --key " KEYS "other.pem @good @out", "name another one with --other-key"},
		{"forge --key " KEYS "test.pem --trailer 2%20KiB @good @out",
		 "--trailer: expected less than --slot-size"},
		{"forge --key " KEYS "test.pem --slot-size 200%20B @good @out",
		 "not good enough: size: 214 bytes, 200 fit"},
		{"forge --key " KEYS "test.pem --running @newer @good @out",
		 "not good enough: version: 3.1.4.15 is older than 9.0.0"},
		{"forge --payload hang --key " KEYS "test.pem @out", "expected --like IMAGE"},
		{"forge --payload nap --like @good --key " KEYS "test.pem @out",
		 "no payload 'nap'; there are hang, crash, silent"},
		{"forge --payload hang --feed 0x40003000=1 --like @good --key " KEYS
		 "test.pem @out",
		 "payload 'hang' feeds nothing; only 'silent' does"},
		{"forge --payload silent --feed 0x40003001=1 --like @good --key " KEYS
		 "test.pem @out",
		 "--feed '0x40003001=1': expected ADDR=VALUE"},
		{"forge --payload hang --like @good --key " KEYS "test.pem @out",
		 "the body does not begin with a Cortex-M vector table"},
	};
	struct rig rig = rig_make();
	struct bo_buf data;

	write_program(&rig);
	data = rig_read(&rig, VECTORS "ed25519.bin");
	rig_write(&rig, "@good", data.data, data.len);
	data.data[40] ^= 1;
	rig_write(&rig, "@bad", data.data, data.len);
	bo_buf_done(&data);
	sign_program(&rig, "test", "9.0.0", 1, "@newer");
	scratch_copy(&rig.dir, "rsa", VECTORS "rsa.pub.pem");
	scratch_copy(&rig.dir, "p384", VECTORS "p384.pub.pem");
	scratch_copy(&rig.dir, "locked", VECTORS "locked.pem");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct bo_buf want = {0};

		rig_expand(&rig, cases[i].says, &want);
		cr_expect_eq(image(&rig, "%s", cases[i].arguments), 2, "%s", cases[i].arguments);
		cr_expect_not_null(strstr(rig.err.data, want.data), "%s\n%s", cases[i].arguments,
				   rig.err.data);
		cr_expect_eq(strcspn(rig.err.data, "\n") + 1, rig.err.len, "one line: %s",
			     rig.err.data);
		bo_buf_done(&want);
	}
	rig_done(&rig);
}
