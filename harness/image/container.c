#include "harness/image/container.h"

#include <errno.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct target {
	const struct bo_container_space *space;
	size_t used;
};

enum bo_container bo_container_of(const char *name)
{
	static const struct {
		const char *suffix;
		enum bo_container container;
	} suffixes[] = {{".hex", BO_CONTAINER_HEX},
			{".ihex", BO_CONTAINER_HEX},
			{".elf", BO_CONTAINER_ELF},
			{".axf", BO_CONTAINER_ELF}};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (strcasecmp(dot, suffixes[i].suffix) == 0)
			return suffixes[i].container;
	return BO_CONTAINER_RAW;
}

static int put(struct target *target, uint64_t address, const uint8_t *data, size_t len,
	       struct bo_err *err)
{
	const struct bo_container_space *space = target->space;
	uint64_t offset = address - space->begin;

	if (len == 0)
		return 0;
	if (address < space->begin || offset > space->size || len > space->size - offset)
		return bo_err_set(
			err, -EFBIG,
			"0x%" PRIX64 " to 0x%" PRIX64 " is outside 0x%" PRIX64 " to 0x%" PRIX64,
			address, address + len - 1, space->begin, space->begin + space->size - 1);
	memcpy(space->data + offset, data, len);
	if (offset + len > target->used)
		target->used = (size_t)(offset + len);
	return 0;
}

/* ---- Intel HEX ---- */

enum hex_record { HEX_DATA, HEX_END, HEX_SEGMENT, HEX_SEGMENT_START, HEX_LINEAR, HEX_LINEAR_START };

#define HEX_OVERHEAD 5 /* length, address, type, checksum */
#define HEX_BYTES    (255 + HEX_OVERHEAD)

static int digit(uint8_t text)
{
	if (text >= '0' && text <= '9')
		return text - '0';
	text |= 0x20;
	return text >= 'a' && text <= 'f' ? text - 'a' + 10 : -1;
}

/* The bytes of a line behind its colon; 0 when it is none, or its sum is wrong. */
static size_t hex_bytes(const uint8_t *line, size_t len, uint8_t out[HEX_BYTES])
{
	uint8_t sum = 0;
	size_t count = len / 2;

	if (len % 2 || count < HEX_OVERHEAD || count > HEX_BYTES)
		return 0;
	for (size_t i = 0; i < count; i++) {
		int high = digit(line[2 * i]), low = digit(line[2 * i + 1]);

		if (high < 0 || low < 0)
			return 0;
		out[i] = (uint8_t)(high << 4 | low);
		sum = (uint8_t)(sum + out[i]);
	}
	return sum == 0 && count == out[0] + (size_t)HEX_OVERHEAD ? count : 0;
}

/* 1: the end record. `base` is what the records before said. */
static int hex_line(struct target *target, const uint8_t *bytes, uint64_t *base, struct bo_err *err)
{
	static const uint8_t lengths[] = {[HEX_END] = 0,
					  [HEX_SEGMENT] = 2,
					  [HEX_SEGMENT_START] = 4,
					  [HEX_LINEAR] = 2,
					  [HEX_LINEAR_START] = 4};
	static const unsigned shifts[] = {[HEX_SEGMENT] = 4, [HEX_LINEAR] = 16};
	uint64_t offset = (uint64_t)bytes[1] << 8 | bytes[2];
	uint8_t type = bytes[3];

	if (type == HEX_DATA)
		return put(target, *base + offset, bytes + 4, bytes[0], err);
	if (type > HEX_LINEAR_START || bytes[0] != lengths[type])
		return bo_err_set(err, -EINVAL, "record type %u of %u bytes", type, bytes[0]);
	if (type == HEX_SEGMENT || type == HEX_LINEAR)
		*base = ((uint64_t)bytes[4] << 8 | bytes[5]) << shifts[type];
	return type == HEX_END;
}

static int unpack_hex(struct target *target, const uint8_t *file, size_t len, struct bo_err *err)
{
	uint8_t bytes[HEX_BYTES];
	uint64_t base = 0;
	size_t number = 0;

	for (size_t at = 0; at < len;) {
		const uint8_t *end = memchr(file + at, '\n', len - at);
		size_t length = end ? (size_t)(end - file) - at : len - at;
		size_t next = at + length + 1;
		int rc;

		number++;
		while (length > 0 &&
		       (file[at + length - 1] == '\r' || file[at + length - 1] == ' '))
			length--;
		if (length > 0 && (file[at] != ':' || !hex_bytes(file + at + 1, length - 1, bytes)))
			return bo_err_set(err, -EINVAL,
					  "line %zu is no Intel HEX record, or its sum is wrong",
					  number);
		rc = length > 0 ? hex_line(target, bytes, &base, err) : 0;
		if (rc < 0)
			return bo_err_wrap(err, "line %zu", number);
		if (rc > 0)
			return 0;
		at = next;
	}
	return bo_err_set(err, -EINVAL, "Intel HEX without its end record: it was cut short");
}

/* ---- ELF ---- */

static int put_segment(struct target *target, const GElf_Phdr *segment, const uint8_t *file,
		       size_t len, struct bo_err *err)
{
	if (segment->p_type != PT_LOAD || segment->p_filesz == 0)
		return 0;
	if (segment->p_offset > len || segment->p_filesz > len - segment->p_offset)
		return bo_err_set(err, -EINVAL, "a segment lies outside the file");
	return put(target, segment->p_paddr, file + segment->p_offset, (size_t)segment->p_filesz,
		   err);
}

static int put_segments(struct target *target, Elf *elf, const uint8_t *file, size_t len,
			struct bo_err *err)
{
	size_t count = 0;
	int rc = 0;

	if (elf_kind(elf) != ELF_K_ELF || elf_getphdrnum(elf, &count) != 0)
		return bo_err_set(err, -EINVAL, "no ELF file");
	for (size_t i = 0; rc == 0 && i < count; i++) {
		GElf_Phdr segment;

		if (!gelf_getphdr(elf, (int)i, &segment))
			return bo_err_set(err, -EINVAL, "ELF: %s", elf_errmsg(-1));
		rc = put_segment(target, &segment, file, len, err);
	}
	return rc;
}

/* The library may change what it is given. */
static int unpack_elf(struct target *target, const uint8_t *file, size_t len, struct bo_err *err)
{
	char *copy = malloc(len + 1);
	Elf *elf = NULL;
	int rc;

	if (!copy)
		return bo_err_set(err, -ENOMEM, "no memory");
	memcpy(copy, file, len);
	if (elf_version(EV_CURRENT) != EV_NONE)
		elf = elf_memory(copy, len);
	rc = elf ? put_segments(target, elf, file, len, err)
		 : bo_err_set(err, -EINVAL, "no ELF file");
	(void)elf_end(elf);
	free(copy);
	return rc;
}

static int unpack_raw(struct target *target, const uint8_t *file, size_t len, struct bo_err *err)
{
	return put(target, target->space->begin, file, len, err);
}

int bo_container_unpack(enum bo_container container, const uint8_t *file, size_t len,
			const struct bo_container_space *space, size_t *ret_len, struct bo_err *err)
{
	static int (*const unpack[])(struct target * target, const uint8_t *file, size_t len,
				     struct bo_err *err) = {[BO_CONTAINER_RAW] = unpack_raw,
							    [BO_CONTAINER_HEX] = unpack_hex,
							    [BO_CONTAINER_ELF] = unpack_elf};
	struct target target = {space, 0};
	int rc = unpack[container](&target, file, len, err);

	if (rc < 0)
		return rc;
	if (target.used == 0)
		return bo_err_set(err, -ENODATA, "it names no bytes");
	*ret_len = target.used;
	return 0;
}
