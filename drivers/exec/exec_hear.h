#ifndef BO_DRIVERS_EXEC_EXEC_HEAR_H
#define BO_DRIVERS_EXEC_EXEC_HEAR_H

#include "drivers/api/driver.h"
#include "drivers/exec/exec_said.h"
#include "harness/base/proc.h"
#include "harness/base/str.h"

/* What an update program says, and what it is given: one that is started for each job
 * (exec_update.c) and one that outlives them (exec_lasting.c). */
struct exec_hear {
	struct bo_buf text;  /* of its standard output, whose end is no whole line yet */
	struct bo_buf words; /* of its standard error: the last of them */
};

void exec_hear_reset(struct exec_hear *hear);
void exec_hear_done(struct exec_hear *hear);

/* Reads standard output once: > 0 when there was something, 0 at its end, < 0 when there is nothing
 * for now. */
int exec_hear_out(struct exec_hear *hear, int fd);
/* Reads what there is on standard error; true at its end. */
bool exec_hear_words(struct exec_hear *hear, int fd);

/* Calls act() with each whole line, without its newline, until one is refused with -errno.
 * -EPROTO: one that is too long. */
int exec_hear_lines(struct exec_hear *hear,
		    int (*act)(void *ctx, const char *line, size_t len, struct bo_err *err),
		    void *ctx, struct bo_err *err);

#define EXEC_PATH_MAX 4096

/* Where the image is put for such a program: a file of this process's own in its bench's folder. */
int exec_image_path(const struct bo_driver_env *env, char out[EXEC_PATH_MAX], struct bo_err *err);
int exec_image_write(const struct bo_update_image *image, const char *path, struct bo_err *err);

/* 64 digits. */
void exec_image_hash(const struct bo_update_image *image, char out[65]);

#endif
