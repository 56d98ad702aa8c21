#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/sim/sim_parts.h"

/* A chip that somebody else has programmed. */

int sim_flash_fill(struct board *board, const char *path, struct bo_err *err)
{
	static uint8_t cells[BOARD_FLASH_SIZE];
	FILE *file = fopen(path, "re");

	if (!file)
		return bo_err_set(err, -EINVAL, "flash: %s: %s", path, strerror(errno));
	size_t len = fread(cells, 1, sizeof(cells), file);
	bool whole = !ferror(file) && fgetc(file) == EOF;

	(void)fclose(file);
	if (!whole || len == 0)
		return bo_err_set(err, -EINVAL, "flash: %s: empty, or longer than %u bytes", path,
				  (unsigned)sizeof(cells));
	board_flash_write(board, 0, cells, (len + 1) / 2 * 2);
	return 0;
}
