#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/cmd/hands.h"

static int read_file(const char *path, size_t unit, uint8_t **ret, size_t *ret_len)
{
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &info) < 0 || info.st_size == 0)
		return cmd_fail(BO_EXIT_USAGE, "cannot read '%s': %s", path,
				errno ? strerror(errno) : "it is empty");
	size_t len = (size_t)info.st_size;
	size_t padded = (len + unit - 1) / unit * unit;
	uint8_t *data = malloc(padded);

	if (!data || read(fd, data, len) != info.st_size) {
		free(data);
		(void)close(fd);
		return cmd_fail(BO_EXIT_USAGE, "cannot read '%s' whole", path);
	}
	memset(data + len, 0xFF, padded - len);
	(void)close(fd);
	*ret = data;
	*ret_len = padded;
	return 0;
}

static int write_range(struct cmd_hands *hands, const struct bo_range *range, const uint8_t *data,
		       size_t len)
{
	struct bo_flash_id id;
	struct bo_err err = {0};
	struct bo_flash *flash = hands->bench.flash;
	bool equal = false;
	bo_ns done;
	int rc = bo_outputs_on(&hands->bench.outputs, &done, &err);

	if (rc == 0)
		rc = bo_loop_sleep_until(&hands->loop, bo_loop_now(&hands->loop) +
							       hands->bench.outputs.settle_ns);
	if (rc == 0)
		rc = bo_bench_attach(&hands->bench, &id, &err);
	if (rc == 0)
		rc = bo_flash_matches(flash, (uint32_t)range->at, data, len, &equal, &err);
	bool unchanged = equal;

	if (rc == 0 && !equal)
		rc = bo_flash_program(flash, (uint32_t)range->at, data, len, &err);
	if (rc == 0)
		rc = bo_flash_detach(flash, &err);
	if (rc < 0)
		return cmd_fail_err(&err);
	(void)printf("%s: %zu bytes at 0x%08llx (%s) %s, unique id %s; cycle power to run it\n",
		     hands->bench.conf->name, len, (unsigned long long)range->at, range->name,
		     unchanged ? "are there already" : "written and verified", id.uid);
	return BO_EXIT_OK;
}

static int flash_file(struct cmd_hands *hands, const struct bo_target *target, const char *path,
		      const char *range_name)
{
	const struct bo_range *range = bo_target_range(target, range_name);
	uint8_t *data = NULL;
	size_t len = 0;

	if (!range)
		return cmd_fail(BO_EXIT_USAGE, "target class '%s' has no flash range '%s'",
				target->name, range_name);
	if (!range->reset)
		return cmd_fail(BO_EXIT_USAGE, "range '%s' of '%s' may not be written (reset: no)",
				range->name, target->name);
	int rc = read_file(path, (size_t)target->flash.unit, &data, &len);

	if (rc != 0)
		return rc;
	if (len > (size_t)range->size)
		rc = cmd_fail(BO_EXIT_USAGE, "'%s' has %zu bytes, range '%s' only %lld", path, len,
			      range->name, (long long)range->size);
	else
		rc = write_range(hands, range, data, len);
	free(data);
	return rc;
}

static int with_target(struct cmd_hands *hands, const char *path, const char *range)
{
	struct bo_conf *conf;
	struct bo_target *target;
	int rc = cmd_hands_target(hands, &conf, &target);

	if (rc != 0)
		return rc;
	rc = flash_file(hands, target, path, range);
	bo_conf_free(conf);
	return rc;
}

int cmd_flash(int argc, char **argv)
{
	struct cmd_hands_options options = {0};
	const struct cmd_option table[] = {
		CMD_HANDS_OPTIONS(&options),
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "flash [OPTION...] FILE RANGE", table);
	struct cmd_hands hands = {0};

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (count != 2)
		return cmd_fail(BO_EXIT_USAGE,
				"flash: give a file and the name of a flash range, for example "
				"'flash app.bin slot0'");
	int rc = cmd_hands_open(&hands, &options);

	if (rc != 0)
		return rc;
	rc = cmd_hands_need(&hands, BO_ROLE_PROBE);
	if (rc == 0)
		rc = with_target(&hands, argv[0], argv[1]);
	cmd_hands_close(&hands);
	return rc;
}
