#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/ftdi/switch_place.h"

static char base[64];

static void set_up(void)
{
	strcpy(base, "/tmp/bo-place-XXXXXX");
	cr_assert(mkdtemp(base));
	setenv("XDG_RUNTIME_DIR", base, 1);
}

static void tear_down(void)
{
	char sub[96];

	snprintf(sub, sizeof(sub), "%s/brownout", base);
	cr_assert(rmdir(sub) == 0 || unlink(sub) == 0 || errno == ENOENT);
	cr_assert_eq(rmdir(base), 0);
}

TestSuite(place, .init = set_up, .fini = tear_down);

static const struct bo_switch_address rack = {.serial = "BO-RACK1", .interface = 1};

Test(place, the_same_address_is_the_same_place_and_another_is_not)
{
	static const struct {
		struct bo_switch_address address;
		const char *socket;
	} cases[] = {
		{{.serial = "BO-RACK1", .interface = 1}, "usb-BO-RACK1-B.sock"},
		{{.serial = "BO-RACK1", .interface = 3}, "usb-BO-RACK1-D.sock"},
		{{.serial = "BO-RACK1", .interface = BO_SWITCH_CBUS}, "usb-BO-RACK1-CBUS.sock"},
		{{.port = "1-1.4", .interface = 0}, "port-1-1.4-A.sock"},
		{{.serial = "1-1.4", .interface = 0}, "usb-1-1.4-A.sock"},
		{{.serial = "../../x", .interface = 0}, "usb-..%2F..%2Fx-A.sock"},
		{{.serial = "a%2Fb", .interface = 0}, "usb-a%252Fb-A.sock"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_switch_place place;
		struct bo_err err = {0};
		char expected[128];

		cr_assert_eq(bo_switch_place(&cases[i].address, &place, &err), 0, "%s", err.text);
		snprintf(expected, sizeof(expected), "%s/brownout/%s", base, cases[i].socket);
		cr_assert_str_eq(place.socket, expected);
		cr_assert(strstr(place.lock, ".lock"));
	}
}

Test(place, the_folder_is_made_for_us_alone)
{
	struct bo_switch_place place;
	struct bo_err err = {0};
	struct stat st;

	cr_assert_eq(bo_switch_place(&rack, &place, &err), 0, "%s", err.text);
	cr_assert_eq(stat(place.dir, &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0700);
}

Test(place, a_folder_that_others_can_write_to_is_refused)
{
	struct bo_switch_place place = {.dir = "untouched"};
	struct bo_err err = {0};
	char sub[96];

	snprintf(sub, sizeof(sub), "%s/brownout", base);
	cr_assert_eq(mkdir(sub, 0700), 0);
	cr_assert_eq(chmod(sub, 0777), 0);
	cr_assert_eq(bo_switch_place(&rack, &place, &err), -EPERM);
	cr_assert(strstr(err.text, "only you can write to"));
	cr_assert_str_eq(place.dir, "untouched");
}

Test(place, a_link_to_elsewhere_is_refused)
{
	struct bo_switch_place place;
	struct bo_err err = {0};
	char sub[96];

	snprintf(sub, sizeof(sub), "%s/brownout", base);
	cr_assert_eq(symlink("/", sub), 0);
	cr_assert_eq(bo_switch_place(&rack, &place, &err), -EPERM);
}

Test(place, a_path_too_long_for_a_socket_says_what_to_set)
{
	struct bo_switch_address address = {
		.serial = "////////////////////////////////////////////////////////////////"};
	struct bo_switch_place place;
	struct bo_err err = {0};

	cr_assert_eq(bo_switch_place(&address, &place, &err), -ENAMETOOLONG);
	cr_assert(strstr(err.text, "XDG_RUNTIME_DIR"));
}

/* sudo keeps the variable; a folder of root's in the user's session would lock the user out. */
Test(place, a_runtime_folder_that_is_not_there_is_passed_over)
{
	struct bo_switch_place place;
	struct bo_err err = {0};
	char own[96];

	setenv("XDG_RUNTIME_DIR", "/nonexistent", 1);
	setenv("TMPDIR", base, 1);
	cr_assert_eq(bo_switch_place(&rack, &place, &err), 0, "%s", err.text);
	snprintf(own, sizeof(own), "%s/brownout-%u", base, (unsigned)geteuid());
	if (access("/run/lock/brownout", W_OK) < 0)
		cr_assert_str_eq(place.dir, own);
	cr_assert(rmdir(own) == 0 || errno == ENOENT);
}

Test(place, an_address_that_names_nothing_is_refused)
{
	static const struct bo_switch_address bad[] = {
		{.interface = 0},
		{.serial = "A", .port = "1-1"},
		{.serial = ""},
		{.serial = "a b"},
		{.serial = "caf\xc3\xa9"},
		{.serial = "A", .interface = 5},
		{.serial = "A", .interface = -1},
		{.serial = "01234567890123456789012345678901234567890123456789012345678901234"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bo_err err = {0};

		cr_assert_eq(bo_switch_address_check(&bad[i], &err), -EINVAL, "case %zu", i);
		cr_assert(err.text[0]);
	}
}
