#include "harness/engine/programs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX_LEN 64

const struct bo_conf_field bo_granted_program_fields[] = {
	{.key = "path",
	 .type = BO_CONF_PATH,
	 .offset = offsetof(struct bo_granted_program, path),
	 .flags = BO_CONF_REQUIRED,
	 .help = "the program's file"},
	{.key = "sha256",
	 .type = BO_CONF_STR,
	 .offset = offsetof(struct bo_granted_program, sha256),
	 .help = "of the file, 64 hexadecimal digits; a run is refused while it is another one, "
		 "and says which"},
	{.key = NULL},
};

static const struct bo_granted_program *entries(const struct bo_conf_list *list)
{
	return list->items;
}

static const struct bo_granted_program *find(const struct bo_conf_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(entries(list)[i].name, name) == 0)
			return &entries(list)[i];
	return NULL;
}

void bo_programs_check(const struct bo_conf *conf, const struct bo_conf_list *list,
		       struct bo_buf *report)
{
	char where[128];

	for (size_t i = 0; i < list->count; i++) {
		const char *hash = entries(list)[i].sha256;

		(void)snprintf(where, sizeof(where), "programs.%s.sha256", entries(list)[i].name);
		if (hash &&
		    (strlen(hash) != HEX_LEN || strspn(hash, "0123456789abcdefABCDEF") != HEX_LEN))
			bo_conf_complain(conf, report, where,
					 "'sha256' must be 64 hexadecimal digits");
	}
}

/* ---- the file ---- */

/* Never waits for the other end of a FIFO, and reads nothing that has no end. */
static int open_file(const char *path, int *ret, struct bo_err *err)
{
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return bo_err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode) || !(info.st_mode & 0111)) {
		(void)close(fd);
		return bo_err_set(err, -EACCES, "%s is no executable file", path);
	}
	*ret = fd;
	return 0;
}

static int hash_file(int fd, char ret[HEX_LEN + 1], struct bo_err *err)
{
	static unsigned char chunk[65536];
	unsigned char digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;
	off_t at = 0;
	ssize_t n;

	crypto_hash_sha256_init(&state);
	while ((n = pread(fd, chunk, sizeof(chunk), at)) > 0) {
		crypto_hash_sha256_update(&state, chunk, (size_t)n);
		at += n;
	}
	if (n < 0)
		return bo_err_set(err, -errno, "cannot be read: %s", strerror(errno));
	crypto_hash_sha256_final(&state, digest);
	(void)sodium_bin2hex(ret, HEX_LEN + 1, digest, sizeof(digest));
	return 0;
}

/* *ret is a descriptor of what was granted. */
static int open_granted(const struct bo_granted_program *program, int *ret, struct bo_err *err)
{
	char hash[HEX_LEN + 1];
	int fd = -1;
	int rc = open_file(program->path, &fd, err);

	if (rc == 0)
		rc = hash_file(fd, hash, err);
	if (rc == 0 && !program->sha256)
		rc = bo_err_set(err, -EACCES, "%s is granted by its name only; add  sha256: %s",
				program->path, hash);
	if (rc == 0 && strcasecmp(program->sha256, hash) != 0)
		rc = bo_err_set(
			err, -EACCES,
			"%s is not the file that is granted; if it is the one you mean:  sha256: "
			"%s",
			program->path, hash);
	if (rc == 0)
		*ret = fd;
	else if (fd >= 0)
		(void)close(fd);
	return rc;
}

int bo_programs_verify(const struct bo_conf *conf, const struct bo_conf_list *list,
		       struct bo_buf *report)
{
	char where[128];
	int first = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct bo_err err = {0};
		int fd;

		if (open_granted(&entries(list)[i], &fd, &err) == 0) {
			(void)close(fd);
			continue;
		}
		(void)snprintf(where, sizeof(where), "programs.%s.%s", entries(list)[i].name,
			       err.code == -EACCES && entries(list)[i].sha256 ? "sha256" : "path");
		bo_conf_complain(conf, report, where, "%s", bo_err_text(&err));
		first = -EINVAL;
	}
	return first;
}

/* ---- for drivers ---- */

static const struct bo_granted *of(const struct bo_programs *programs)
{
	return (const struct bo_granted *)programs;
}

static const char *refusal(const struct bo_programs *programs, const char *name)
{
	static char text[320];
	const struct bo_conf_list *list = of(programs)->list;
	struct bo_buf names = {0};

	if (find(list, name))
		return NULL;
	for (size_t i = 0; i < list->count; i++)
		bo_buf_printf(&names, "%s%s", i > 0 ? ", " : "", entries(list)[i].name);
	(void)snprintf(
		text, sizeof(text),
		"the rack file grants no program '%.64s' under 'programs:'; it grants %.180s", name,
		names.len > 0 ? names.data : "none");
	bo_buf_done(&names);
	return text;
}

#define ARGS_MAX 64

static int spawn(const struct bo_granted_program *program, const struct bo_program_call *call,
		 int fd, struct bo_proc *ret, struct bo_err *err)
{
	const char *argv[ARGS_MAX + 2] = {program->path};
	char full[PATH_MAX];
	size_t count = 1;

	if (realpath(program->path, full))
		argv[0] = full;
	for (; call->args[count - 1]; count++) {
		if (count > ARGS_MAX)
			return bo_err_set(err, -E2BIG, "more than %d arguments", ARGS_MAX);
		argv[count] = call->args[count - 1];
	}
	struct bo_proc_args args = {
		.argv = argv,
		.pipe_in = call->pipe_in,
		.pipe_out = true,
		.pipe_err = true,
		.program = fd,
		.line = call->line,
	};

	return bo_proc_spawn(&args, ret, err);
}

static int start(const struct bo_programs *programs, const struct bo_program_call *call,
		 struct bo_proc *ret, struct bo_err *err)
{
	const struct bo_granted_program *program = find(of(programs)->list, call->name);
	int fd = -1;

	if (!program)
		return bo_err_set(err, -EACCES, "%s", refusal(programs, call->name));
	int rc = open_granted(program, &fd, err);

	if (rc == 0) {
		rc = spawn(program, call, fd, ret, err);
		(void)close(fd);
	}
	return rc < 0 ? bo_err_wrap(err, "program '%s'", call->name) : 0;
}

void bo_granted_init(struct bo_granted *granted, const struct bo_conf_list *list)
{
	static const struct bo_programs_ops ops = {.refusal = refusal, .start = start};

	*granted = (struct bo_granted){.programs = {.ops = &ops}, .list = list};
}

const char *bo_granted_hash(const struct bo_granted *granted, const char *name)
{
	const struct bo_granted_program *program = find(granted->list, name);

	return program && program->sha256 ? program->sha256 : "";
}
