#include <ctype.h>
#include <jansson.h>

#include "fixtures/board/board.h"
#include "harness/image/signature.h"
#include "harness/tests/imagetool_rig.h"

#define BODY	  6000
#define SLOT	  "12%%20KiB"
#define TRAILER	  "2%%20KiB"
#define LARGEST	  10240
#define NEGATIVES 48

/* Version 1.9.0 with counter 4 runs, 2.0.0 with counter 5 is the good update. */
static void make_images(struct rig *rig, const char *key)
{
	static const char *const versions[] = {"1.9.0", "2.0.0"};
	uint8_t body[BODY] = {0x00, 0x50, 0x00, 0x20, 0x41, 0x82, 0x00, 0x08};

	for (unsigned i = 0; i < 2; i++) {
		for (size_t at = 8; at < sizeof(body); at++)
			body[at] = (uint8_t)(at * (7 + i));
		rig_write(rig, "@raw", body, sizeof(body));
		cr_assert_eq(image(rig,
				   "sign --key " KEYS "%s.pem --header 512 --version %s --product "
				   "bulb --security-counter %u @raw @%s",
				   key, versions[i], 4 + i, i ? "new" : "old"),
			     0, "%s", rig->err.data);
	}
}

static void forge(struct rig *rig, const char *key, const char *options, const char *out)
{
	cr_assert_eq(image(rig,
			   "forge --key " KEYS "%s.pem --running @old --slot-size " SLOT
			   " --trailer " TRAILER "%s @new %s",
			   key, options, out),
		     0, "%s", rig->err.data);
}

static json_t *sidecar(const struct rig *rig, const char *dir, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s.json", dir, name);
	struct bo_buf text = rig_read(rig, path);
	json_t *ret = json_loads(text.data, 0, NULL);

	cr_assert_not_null(ret, "%s: %s", path, text.data);
	bo_buf_done(&text);
	return ret;
}

static const char *get(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* What `verify` says of @out/NAME.bin: the first check that says no, "" when none does. */
static void verify(struct rig *rig, const char *key, const char *name, char ret[32])
{
	int code = image(rig,
			 "verify --key " KEYS "%s.pub.pem --product bulb --min-version 1.9.0 "
			 "--min-counter 4 --max-size 10240%%20B --cortex-m @out/%s",
			 key, name);
	const char *line = strstr(rig->out.data, "FAILED");

	ret[0] = '\0';
	cr_expect_eq(code, line ? 1 : 0, "%s: %d", name, code);
	if (!line)
		return;
	while (line > rig->out.data && line[-1] != '\n')
		line--;
	cr_assert_eq(sscanf(line, "%31s", ret), 1);
}

/* "N01-..." of each line that forge printed and made. */
static size_t made(const struct rig *rig, char names[NEGATIVES][40])
{
	size_t count = 0;
	char *save = NULL, *copy = strdup(rig->out.data);

	for (char *l = strtok_r(copy, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		if (!strstr(l, "(not made: ")) {
			cr_assert_lt(count, NEGATIVES);
			cr_assert_eq(sscanf(l, "%39s", names[count++]), 1);
		}
	free(copy);
	return count;
}

static void each_is_refused(const char *key)
{
	struct rig rig = rig_make();
	char names[NEGATIVES][40], failed[32];

	make_images(&rig, key);
	forge(&rig, key, "", "@out");
	size_t count = made(&rig, names);

	cr_expect_eq(count, 42);
	for (size_t i = 0; i < count; i++) {
		char file[64];
		json_t *told = sidecar(&rig, "@out", names[i]);

		snprintf(file, sizeof(file), "%.39s.bin", names[i]);
		verify(&rig, key, file, failed);
		cr_expect_str_eq(failed, get(told, "refused_by"), "%s:\n%s", names[i],
				 rig.out.data);
		verify(&rig, key, get(told, "control"), failed);
		cr_expect_str_eq(failed, "", "control of %s", names[i]);
		cr_expect_str_neq(get(told, "control_sha256"), get(told, "sha256"));
		cr_expect_eq(strncmp(get(told, "id"), names[i], 3), 0);
		json_decref(told);
	}
	rig_done(&rig);
}

Test(imageforge, each_negative_fails_for_the_stated_reason_and_its_control_does_not)
{
	each_is_refused("test");
}

Test(imageforge, the_same_with_ecdsa)
{
	each_is_refused("test-p256");
}

Test(imageforge, the_control_is_the_good_image_and_the_largest_fills_the_slot)
{
	struct rig rig = rig_make();

	make_images(&rig, "test");
	forge(&rig, "test", "", "@out");
	cr_expect(rig_same(&rig, "@out/control.bin", "@new"));
	static const struct {
		const char *name;
		size_t len;
	} cases[] = {{"@out/largest.bin", LARGEST},
		     {"@out/N30-over-trailer.bin", LARGEST + 1},
		     {"@out/N29-over-slot.bin", 12288 + 1},
		     {"@out/N15-short-header.bin", 8}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct bo_buf data = rig_read(&rig, cases[i].name);

		cr_expect_eq(data.len, cases[i].len, "%s", cases[i].name);
		bo_buf_done(&data);
	}
	rig_done(&rig);
}

/* The wrong key is the one that is published, so that everybody can tell what was signed with it.
 */
Test(imageforge, the_wrong_key_is_the_published_other_key)
{
	struct rig rig = rig_make();

	make_images(&rig, "test");
	forge(&rig, "test", "", "@out");
	cr_expect_eq(image(&rig, "verify --key " KEYS "other.pub.pem @out/N02-wrong-key.bin"), 0);
	rig_done(&rig);
}

Test(imageforge, the_same_seed_gives_the_same_files_and_another_one_other_bits)
{
	static const char *const files[] = {"N01-signature-bit.bin", "N06-body-bit.bin",
					    "N31-encrypted-elsewhere.bin",
					    "N05-other-algorithm.bin", "N06-body-bit.json"};
	struct rig rig = rig_make();

	make_images(&rig, "test");
	forge(&rig, "test", " --seed 7", "@a");
	forge(&rig, "test", " --seed 7 --only N06,N01-signature-bit,N31,N05", "@b");
	forge(&rig, "test", " --seed 8", "@c");
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char a[64], b[64], c[64];

		snprintf(a, sizeof(a), "@a/%s", files[i]);
		snprintf(b, sizeof(b), "@b/%s", files[i]);
		snprintf(c, sizeof(c), "@c/%s", files[i]);
		cr_expect(rig_same(&rig, a, b), "%s", files[i]);
		cr_expect_not(rig_same(&rig, a, c), "%s", files[i]);
	}
	cr_expect_eq(made(&rig, (char[NEGATIVES][40]){{0}}), 42);
	rig_done(&rig);
}

Test(imageforge, the_catalogue_is_whole_and_says_who_makes_the_rest)
{
	struct rig rig = rig_make();

	cr_assert_eq(image(&rig, "forge --list"), 0);
	for (unsigned n = 1; n <= 40; n++) {
		char id[8];

		snprintf(id, sizeof(id), "N%02u-", n);
		cr_expect_not_null(strstr(rig.out.data, id), "%s", id);
	}
	make_images(&rig, "test");
	cr_assert_eq(image(&rig, "forge --list --key " KEYS "test.pem --only N13,N24,N29,N37 @new"),
		     0);
	static const char *const says[] = {
		"(not made: the upload does that, not bytes alone)",
		"(not made: the firmware's build does that, not bytes alone)",
		"(not made: needs --running)",
		"(not made: needs --slot-size)",
	};

	for (size_t i = 0; i < sizeof(says) / sizeof(*says); i++)
		cr_expect_not_null(strstr(rig.out.data, says[i]), "%s\n%s", says[i], rig.out.data);
	rig_done(&rig);
}

/* It ends the life of a device that keeps counters in fuses. */
Test(imageforge, what_uses_a_target_up_is_made_only_by_name)
{
	struct rig rig = rig_make();

	make_images(&rig, "test");
	forge(&rig, "test", "", "@out");
	cr_expect_null(strstr(rig.out.data, "N27"));
	forge(&rig, "test", " --only N27", "@out");
	cr_expect_not_null(strstr(rig.out.data, "N27"));
	json_t *told = sidecar(&rig, "@out", "N27-counter-max");

	cr_expect_str_eq(get(told, "expected"), "last");
	json_decref(told);
	rig_done(&rig);
}

/* An image that names no product and has no counter: nothing is forged of what is not there. */
Test(imageforge, what_does_not_apply_is_named_with_its_reason)
{
	static const char *const says[] = {
		"(not made: the image has no protected TLV)",
		"(not made: the image names no product)",
		"(not made: the image has no security counter)",
		"(not made: the image has only 7",
		"(not made: the body does not begin with a Cortex-M vector table)",
	};
	struct rig rig = rig_make();

	rig_write(&rig, "@raw", "small program", 13);
	cr_assert_eq(
		image(&rig, "sign --key " KEYS "test.pem --header 512 --version 0.0.0 @raw @new"),
		0);
	cr_assert_eq(image(&rig, "forge --key " KEYS "test.pem @new @out"), 0, "%s", rig.err.data);
	for (size_t i = 0; i < 3; i++)
		cr_expect_not_null(strstr(rig.out.data, says[i]), "%s\n%s", says[i], rig.out.data);
	cr_expect_not_null(strstr(rig.out.data, says[4]), "%s", rig.out.data);
	cr_expect_not_null(strstr(rig.out.data, "nothing is older than version 0.0.0"));
	rig_done(&rig);
}

/* ---- payloads, on the virtual board ---- */
struct watch {
	char console[512];
	size_t len;
	unsigned lockups;
};

static void watch_event(void *ctx, const struct board_event *event)
{
	struct watch *watch = ctx;

	watch->lockups += event->kind == BOARD_LOCKUP;
	if (event->kind == BOARD_UART_TX && watch->len < sizeof(watch->console) - 1)
		watch->console[watch->len++] = (char)event->value;
}

static void flash(const struct rig *rig, struct board *board, const char *path, uint32_t offset)
{
	struct bo_buf data = rig_read(rig, path);

	cr_assert_gt(data.len, 0, "%s; 'make firmware' builds it", path);
	board_flash_write(board, offset, (const uint8_t *)data.data, data.len);
	bo_buf_done(&data);
}

#define RUN_LINE "BO-BOOT run slot=0 ver=1.0.0\r\n"
#define STEP_NS	 50000000
#define STEPS	 80

/* A board whose slot 0 holds @app, until the bootloader has started that, and a little longer. */
static void boot(const struct rig *rig, struct watch *watch, bool *ret_idle)
{
	struct board_config config = {.seed = 1, .event = watch_event, .ctx = watch};
	struct board *board = board_new(&config);

	cr_assert_not_null(board);
	flash(rig, board, "build/images/f103-swap/boot.bin", 0);
	flash(rig, board, "@app", 0x8000);
	board_power(board, true);
	for (int i = 0; i < STEPS && !strstr(watch->console, RUN_LINE); i++)
		board_run(board, board_now(board) + STEP_NS, 0);
	board_run(board, board_now(board) + STEP_NS, 0);
	*ret_idle = board_next(board) > board_now(board);
	board_free(board);
}

Test(imageforge, a_payload_is_booted_and_does_what_it_is_called)
{
	static const struct {
		const char *options;
		unsigned lockups; /* at least */
		bool idle;	  /* it will do nothing any more by itself */
	} cases[] = {
		{"crash", 1, true},
		{"hang", 0, true},
		{"silent", 0, true},
		{"silent --feed 0x40003000=0xaaaa", 0, false},
	};
	struct rig rig = rig_make();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct watch watch = {.len = 0};
		bool idle = false;

		cr_assert_eq(image(&rig,
				   "forge --payload %s --key " KEYS "test.pem --like "
				   "build/images/f103-swap/app-1.0.0.bin @app",
				   cases[i].options),
			     0, "%s", rig.err.data);
		cr_expect_eq(image(&rig, "verify --key " KEYS "test.pub.pem --cortex-m @app"), 0);
		boot(&rig, &watch, &idle);
		cr_expect_not_null(strstr(watch.console, RUN_LINE), "%s", watch.console);
		cr_expect_null(strstr(watch.console, "BO-APP"), "%s", cases[i].options);
		cr_expect_geq(watch.lockups, cases[i].lockups, "%s", cases[i].options);
		cr_expect(cases[i].lockups || !watch.lockups, "%s", cases[i].options);
		cr_expect_eq(idle, cases[i].idle, "%s", cases[i].options);
	}
	rig_done(&rig);
}
