#ifndef BO_HARNESS_IMAGE_CONTAINER_H
#define BO_HARNESS_IMAGE_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/err.h"

/*
 * What a linker or a programmer's tool writes, as the bytes of flash: raw binaries, Intel HEX
 * (Intel, Hexadecimal Object File Format Specification, revision A, 1988) and ELF (System V ABI,
 * chapter 5: the loadable segments, at their physical addresses).
 */
enum bo_container { BO_CONTAINER_RAW, BO_CONTAINER_HEX, BO_CONTAINER_ELF };

/* By the file's name: .hex and .ihex, .elf and .axf; anything else is raw. */
enum bo_container bo_container_of(const char *name);

struct bo_container_space {
	uint8_t *data;	/* `size` bytes of flash; what the file does not name stays as it is */
	uint64_t begin; /* the address of the first */
	uint64_t size;
};

/*
 * Puts a file into flash; `ret_len` is how much of the space is used, from its beginning. -EINVAL
 * when the file is not what its name says; -EFBIG when it names bytes outside the space, of which
 * the first is in the message; -ENODATA when it names none. The space may be partly written then.
 */
int bo_container_unpack(enum bo_container container, const uint8_t *file, size_t len,
			const struct bo_container_space *space, size_t *ret_len,
			struct bo_err *err);

#endif
