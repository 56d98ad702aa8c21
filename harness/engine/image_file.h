#ifndef BO_HARNESS_ENGINE_IMAGE_FILE_H
#define BO_HARNESS_ENGINE_IMAGE_FILE_H

#include <stddef.h>
#include <stdint.h>

/* A whole file into memory, which the caller frees. -errno; -EFBIG: empty, over 16 MiB or no file.
 * Private to the engine. */
int image_file_read(const char *path, uint8_t **ret, size_t *ret_len);

#endif
