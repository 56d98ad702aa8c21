#include <errno.h>

#include "harness/image/container.h"
#include "harness/tests/scratch_dir.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BASE	     0x08000000u

static uint8_t flash[128 * 1024];

static int unpack(enum bo_container container, const void *file, size_t len, uint64_t size,
		  size_t *ret_len, struct bo_err *err)
{
	const struct bo_container_space space = {flash, BASE, size};

	memset(flash, 0xFF, sizeof(flash));
	return bo_container_unpack(container, file, len, &space, ret_len, err);
}

Test(container, a_file_is_what_its_name_says)
{
	static const struct {
		const char *name;
		enum bo_container container;
	} rows[] = {{"boot.bin", BO_CONTAINER_RAW},	  {"boot.hex", BO_CONTAINER_HEX},
		    {"a/boot.IHEX", BO_CONTAINER_HEX},	  {"boot.elf", BO_CONTAINER_ELF},
		    {"boot.axf", BO_CONTAINER_ELF},	  {"hex", BO_CONTAINER_RAW},
		    {"boot.elf.signed", BO_CONTAINER_RAW}};

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_expect_eq(bo_container_of(rows[i].name), rows[i].container, "%s", rows[i].name);
}

Test(container, intel_hex_is_put_where_it_says)
{
	static const char text[] = ":020000040800F2\r\n"     /* linear: 0x0800.... */
				   ":04000000DEADBEEFC4\r\n" /* at its beginning */
				   ":0100100055 9A\n"
				   ":00000001FF\n"
				   "whatever follows the end";
	static const char joined[] = ":020000040800F2\r\n:04000000DEADBEEFC4\r\n:01001000559A\n"
				     ":00000001FF\nwhatever follows the end";
	size_t len = 0;
	struct bo_err err = {0};

	cr_expect_eq(unpack(BO_CONTAINER_HEX, text, strlen(text), 4096, &len, &err), -EINVAL);
	cr_expect_not_null(strstr(bo_err_text(&err), "line 3 "), "%s", bo_err_text(&err));
	cr_assert_eq(unpack(BO_CONTAINER_HEX, joined, strlen(joined), 4096, &len, &err), 0, "%s",
		     bo_err_text(&err));
	cr_expect_eq(len, 17);
	cr_expect_arr_eq(flash, "\xDE\xAD\xBE\xEF\xFF", 5);
	cr_expect_eq(flash[16], 0x55);
	cr_expect_eq(flash[17], 0xFF);
}

Test(container, what_is_no_intel_hex_or_leads_elsewhere_is_refused)
{
	static const struct {
		const char *text;
		int rc;
		const char *says;
	} rows[] = {
		{":020000040800F2\n:04000000DEADBEEFC5\n", -EINVAL, "line 2 is no Intel HEX"},
		{":020000040800F2\n:04000000DEADBEEFC4\n", -EINVAL, "without its end record"},
		{"", -EINVAL, "without its end record"},
		{":00000001FF\n", -ENODATA, "names no bytes"},
		{"\x7f"
		 "ELF\n",
		 -EINVAL, "line 1 is no Intel HEX"},
		{":02000004080F2\n", -EINVAL, "line 1 is no Intel HEX"},
		{":01000006AA4F\n", -EINVAL, "line 1: record type 6 of 1 bytes"},
		{":04000000DEADBEEFC4\n:00000001FF\n", -EFBIG, "line 1: 0x0 to 0x3 is outside"},
		{":020000040800F2\n:02100000AABB89\n:00000001FF\n", -EFBIG,
		 "0x8001000 to 0x8001001 is outside 0x8000000 to 0x8000FFF"},
		{":020000040800F2\n:020FFF00AABB8B\n:00000001FF\n", -EFBIG,
		 "0x8000FFF to 0x8001000"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bo_err err = {0};
		size_t len;

		cr_expect_eq(unpack(BO_CONTAINER_HEX, rows[i].text, strlen(rows[i].text), 4096,
				    &len, &err),
			     rows[i].rc, "%s: %s", rows[i].text, bo_err_text(&err));
		cr_expect_not_null(strstr(bo_err_text(&err), rows[i].says), "%s: %s", rows[i].text,
				   bo_err_text(&err));
	}
}

Test(container, an_elf_file_gives_the_bytes_that_objcopy_makes_of_it)
{
	struct bo_buf elf = {0}, raw = {0};
	struct bo_err err = {0};
	size_t len = 0;

	slurp("build/firmware/f103-swap/boot.elf", &elf);
	slurp("build/images/f103-swap/boot.bin", &raw);
	cr_assert_eq(unpack(BO_CONTAINER_ELF, elf.data, elf.len, sizeof(flash), &len, &err), 0,
		     "%s", bo_err_text(&err));
	cr_expect_eq(len, raw.len);
	cr_expect_arr_eq(flash, raw.data, raw.len);
	cr_expect_eq(unpack(BO_CONTAINER_ELF, elf.data, elf.len, 4096, &len, &err), -EFBIG);
	for (size_t cut = 0; cut < 84; cut += 4)
		cr_expect_lt(unpack(BO_CONTAINER_ELF, elf.data, cut, sizeof(flash), &len, &err), 0);
	cr_expect_eq(unpack(BO_CONTAINER_ELF, raw.data, raw.len, sizeof(flash), &len, &err),
		     -EINVAL);
	bo_buf_done(&elf);
	bo_buf_done(&raw);
}

Test(container, raw_bytes_are_put_at_the_beginning)
{
	size_t len = 0;

	cr_assert_eq(unpack(BO_CONTAINER_RAW, "abc", 3, 4096, &len, NULL), 0);
	cr_expect_eq(len, 3);
	cr_expect_arr_eq(flash, "abc\xFF", 4);
	cr_expect_eq(unpack(BO_CONTAINER_RAW, "abc", 3, 2, &len, NULL), -EFBIG);
	cr_expect_eq(unpack(BO_CONTAINER_RAW, "", 0, 2, &len, NULL), -ENODATA);
}
