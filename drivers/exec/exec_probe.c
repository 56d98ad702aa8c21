#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/api/flash.h"
#include "drivers/exec/exec.h"
#include "drivers/exec/exec_call.h"

#define PATH_CAP 4096

struct config {
	struct exec_call identity, read, write, erase, release, reset;
	bo_ns within;
};

struct exec_probe {
	struct bo_flash flash;
	const struct config *config;
	struct exec_host host;
	struct bo_loop *loop;
	char file[PATH_CAP]; /* where bytes are handed over */
};

#define CALL(name, needed, text)                                                                \
	{                                                                                       \
		.key = #name, .type = BO_CONF_MAP, .offset = offsetof(struct config, name),     \
		.flags = (needed) ? (unsigned)BO_CONF_REQUIRED : 0, .fields = exec_call_fields, \
		.help = text                                                                    \
	}

static const struct bo_conf_field fields[] = {
	CALL(identity, true,
	     "says who is there: lines `uid HEX` and, where known, `chip TEXT`; called first of "
	     "all"),
	CALL(read, true, "writes {length} bytes of flash from {address} on into {file}"),
	CALL(write, true,
	     "writes {file}, {length} bytes, to {address}, and erases these pages before where no "
	     "`erase` is given"),
	CALL(erase, false, "erases {length} bytes from {address} on, before each `write`"),
	CALL(release, false,
	     "lets go of the target, which executes nothing before its power is cycled"),
	CALL(reset, false, "resets a target that runs, and lets go at once"),
	EXEC_WITHIN_ROW(struct config),
	{.key = NULL},
};

static struct exec_probe *of(struct bo_flash *flash)
{
	return (struct exec_probe *)((char *)flash - offsetof(struct exec_probe, flash));
}

static int run(struct exec_probe *self, const struct exec_call *call, const char *what,
	       uint32_t addr, size_t len, struct bo_talk *talk, struct bo_err *err)
{
	char address[16], length[24];
	const struct exec_word words[] = {
		{"address", address}, {"length", length}, {"file", self->file}, {NULL, NULL}};

	(void)snprintf(address, sizeof(address), "0x%08" PRIx32, addr);
	(void)snprintf(length, sizeof(length), "%zu", len);
	return exec_call_run(&self->host, call, what, words, talk, err);
}

static int run_silent(struct exec_probe *self, const struct exec_call *call, const char *what,
		      uint32_t addr, size_t len, struct bo_err *err)
{
	struct bo_talk talk = {0};
	int rc = call->program ? run(self, call, what, addr, len, &talk, err) : 0;

	bo_talk_done(&talk);
	return rc;
}

/* ---- who is there ---- */

/* Copies what stands behind "KEY " in a line; false when no line has it, or it is too long. */
static bool take_line(const char *said, const char *key, char *out, size_t cap)
{
	size_t key_len = strlen(key);

	for (const char *line = said; line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (strncmp(line, key, key_len) != 0 || line[key_len] != ' ')
			continue;
		const char *from = line + key_len + strspn(line + key_len, " ");
		size_t len = strcspn(from, " \r\n");

		if (len == 0 || len >= cap)
			return false;
		memcpy(out, from, len);
		out[len] = '\0';
		return true;
	}
	return false;
}

static bool is_uid(char *uid)
{
	size_t len = strlen(uid);

	for (char *at = uid; *at; at++)
		*at = (char)toupper((unsigned char)*at);
	return len > 0 && len % 2 == 0 && strspn(uid, "0123456789ABCDEF") == len;
}

static int attach(struct bo_flash *flash, struct bo_flash_id *ret, struct bo_err *err)
{
	struct exec_probe *self = of(flash);
	struct bo_talk talk = {0};
	struct bo_flash_id id = {0};
	int rc = run(self, &self->config->identity, "identity", 0, 0, &talk, err);
	bool text = rc == 0 && talk.out.len > 0 && !memchr(talk.out.data, 0, talk.out.len);

	if (rc == 0 &&
	    (!text || !take_line(talk.out.data, "uid", id.uid, sizeof(id.uid)) || !is_uid(id.uid)))
		rc = bo_err_set(err, -EIO, "identity: program '%s' said no line 'uid HEX'",
				self->config->identity.program);
	if (rc == 0) {
		char chip[sizeof(id.chip)] = "unknown";

		(void)take_line(talk.out.data, "chip", chip, sizeof(chip));
		(void)bo_str_escape(id.chip, sizeof(id.chip), chip, strlen(chip));
		*ret = id;
	}
	bo_talk_done(&talk);
	return rc;
}

/* ---- bytes ---- */

static int put_file(struct exec_probe *self, const uint8_t *data, size_t len, struct bo_err *err)
{
	int fd = open(self->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int rc = fd < 0 ? -errno : 0;

	for (size_t at = 0; rc == 0 && at < len;) {
		ssize_t n = write(fd, data + at, len - at);

		if (n < 0 && errno != EINTR)
			rc = -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0 && close(fd) < 0 && rc == 0)
		rc = -errno;
	return rc < 0 ? bo_err_set(err, rc, "cannot write %s: %s", self->file, strerror(-rc)) : 0;
}

/* Exactly `len` bytes: a program that wrote fewer has not read what it was asked for. */
static int get_file(struct exec_probe *self, uint8_t *data, size_t len, struct bo_err *err)
{
	int fd = open(self->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	size_t have = 0;
	ssize_t n = 1;
	char more;

	if (fd < 0)
		return bo_err_set(err, -EIO, "read: program '%s' wrote no file: %s",
				  self->config->read.program, strerror(errno));
	while (have < len && n > 0) {
		n = read(fd, data + have, len - have);
		have += n > 0 ? (size_t)n : 0;
	}
	bool longer = have == len && read(fd, &more, 1) > 0;

	(void)close(fd);
	if (have == len && !longer)
		return 0;
	return bo_err_set(err, -EIO, "read: program '%s' wrote %s%zu bytes, not %zu",
			  self->config->read.program, longer ? "more than " : "", have, len);
}

static int read_flash(struct bo_flash *flash, uint32_t addr, void *data, size_t len,
		      struct bo_err *err)
{
	struct exec_probe *self = of(flash);

	(void)unlink(self->file);
	int rc = run_silent(self, &self->config->read, "read", addr, len, err);

	if (rc == 0)
		rc = get_file(self, data, len, err);
	(void)unlink(self->file);
	return rc;
}

static int matches(struct bo_flash *flash, uint32_t addr, const void *data, size_t len,
		   bool *ret_equal, struct bo_err *err)
{
	uint8_t *found = malloc(len);

	assert(found);
	int rc = read_flash(flash, addr, found, len, err);

	if (rc == 0)
		*ret_equal = memcmp(found, data, len) == 0;
	free(found);
	return rc;
}

/* A program that says that it wrote is not believed. */
static int program(struct bo_flash *flash, uint32_t addr, const void *data, size_t len,
		   struct bo_err *err)
{
	struct exec_probe *self = of(flash);
	bool equal = false;
	int rc = run_silent(self, &self->config->erase, "erase", addr, len, err);

	if (rc == 0)
		rc = put_file(self, data, len, err);
	if (rc == 0)
		rc = run_silent(self, &self->config->write, "write", addr, len, err);
	if (rc == 0)
		rc = matches(flash, addr, data, len, &equal, err);
	if (rc == 0 && !equal)
		rc = bo_err_set(err, -EIO, "write: %zu bytes at 0x%08" PRIx32 " read back wrong",
				len, addr);
	return rc;
}

static int detach(struct bo_flash *flash, struct bo_err *err)
{
	struct exec_probe *self = of(flash);

	return run_silent(self, &self->config->release, "release", 0, 0, err);
}

static int reset(struct bo_flash *flash, bo_ns *ret_at, struct bo_err *err)
{
	struct exec_probe *self = of(flash);
	bo_ns at = bo_clock_stamp(self->loop->clock);

	if (!self->config->reset.program)
		return bo_err_set(err, -EOPNOTSUPP, "no `reset` program is given");
	int rc = run_silent(self, &self->config->reset, "reset", 0, 0, err);

	if (rc == 0)
		*ret_at = at;
	return rc;
}

static void close_probe(struct bo_flash *flash)
{
	struct exec_probe *self = of(flash);

	(void)unlink(self->file);
	free(self);
}

static const struct bo_flash_ops ops = {
	.name = "exec",
	.attach = attach,
	.program = program,
	.matches = matches,
	.read = read_flash,
	.detach = detach,
	.close = close_probe,
	.reset = reset,
};

static int open_probe(struct bo_driver_env *env, const void *data, void **ret, struct bo_err *err)
{
	const struct config *config = data;
	char folder[PATH_CAP - 64];
	struct exec_probe *self;

	if (!realpath(env->run_dir, folder))
		return bo_err_set(err, -errno, "%s: %s", env->run_dir, strerror(errno));
	self = calloc(1, sizeof(*self));
	assert(self);
	self->flash.ops = &ops;
	self->config = config;
	self->host = (struct exec_host){env->programs, config->within};
	self->loop = env->loop;
	(void)snprintf(self->file, sizeof(self->file), "%s/flash-%ld.bin", folder, (long)getpid());
	*ret = &self->flash;
	return 0;
}

static int check(const void *data, const struct bo_programs *programs, struct bo_err *err)
{
	static const char *const none[] = {NULL};
	static const char *const bytes[] = {"address", "length", "file", NULL};
	static const char *const span[] = {"address", "length", NULL};
	const struct config *config = data;
	const struct {
		const struct exec_call *call;
		const char *what;
		const char *const *keys;
	} calls[] = {
		{&config->identity, "identity", none}, {&config->read, "read", bytes},
		{&config->write, "write", bytes},      {&config->erase, "erase", span},
		{&config->release, "release", none},   {&config->reset, "reset", none},
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(calls) / sizeof(calls[0]); i++)
		rc = exec_call_check(calls[i].call, calls[i].what, calls[i].keys, programs, err);
	return rc;
}

static unsigned able(const void *data)
{
	const struct config *config = data;

	return config->reset.program ? BO_CAP_PROBE_RESET : 0;
}

const struct bo_driver bo_driver_exec_probe = {
	.name = "exec",
	.help = "flash read and written by programs of your own",
	.role = BO_ROLE_PROBE,
	.caps = BO_CAP_START_STATE,
	.fields = fields,
	.config_size = sizeof(struct config),
	.able = able,
	.check = check,
	.open = open_probe,
};
