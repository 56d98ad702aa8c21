#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/doctor/check.h"

#define RULES_MAX (1u << 20) /* of one file; the largest of Debian's has 40 KB */

const char *bo_look_path(const struct bo_doctor *doctor, char out[BO_DOCTOR_PATH_MAX],
			 const char *fmt, ...)
{
	struct bo_buf path = {0};
	char tail[BO_DOCTOR_PATH_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(tail, sizeof(tail), fmt, args);
	va_end(args);
	bo_buf_printf(&path, "%s%s", doctor->host->root, tail);
	(void)bo_str_copy(out, BO_DOCTOR_PATH_MAX, path.data);
	bo_buf_done(&path);
	return out;
}

bool bo_look_line(const struct bo_doctor *doctor, const char *path, char *out, size_t cap)
{
	char full[BO_DOCTOR_PATH_MAX];
	FILE *file = fopen(bo_look_path(doctor, full, "%s", path), "re");
	bool got = file && fgets(out, (int)cap, file);

	if (file)
		(void)fclose(file);
	if (got)
		out[strcspn(out, "\n")] = '\0';
	return got;
}

void bo_look_dir(const struct bo_doctor *doctor, const char *dir,
		 bool (*visit)(void *ctx, const char *dir, const char *name), void *ctx)
{
	char full[BO_DOCTOR_PATH_MAX];
	struct dirent **entries;
	int count = scandir(bo_look_path(doctor, full, "%s", dir), &entries, NULL, versionsort);
	bool more = true;

	for (int i = 0; i < count; i++) {
		if (more && entries[i]->d_name[0] != '.')
			more = visit(ctx, dir, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

struct running {
	const struct bo_doctor *doctor;
	const char *name;
	bool found;
};

static bool is_running(void *ctx, const char *dir, const char *name)
{
	struct running *running = ctx;
	char path[320], comm[32];

	if (!isdigit((unsigned char)name[0]))
		return true;
	(void)snprintf(path, sizeof(path), "%s/%.255s/comm", dir, name);
	running->found = bo_look_line(running->doctor, path, comm, sizeof(comm)) &&
			 strcmp(comm, running->name) == 0;
	return !running->found;
}

bool bo_look_running(const struct bo_doctor *doctor, const char *name)
{
	struct running running = {doctor, name, false};

	bo_look_dir(doctor, "/proc", is_running, &running);
	return running.found;
}

/* ---- udev rules ---- */

static const char *const rule_dirs[] = {
	"/etc/udev/rules.d",	 "/run/udev/rules.d", "/usr/local/lib/udev/rules.d",
	"/usr/lib/udev/rules.d", "/lib/udev/rules.d",
};

struct rules {
	const struct bo_doctor *doctor;
	size_t dir; /* of rule_dirs[] */
	void (*visit)(void *ctx, const char *file, const char *line);
	void *ctx;
};

static bool is_overridden(const struct rules *rules, const char *name)
{
	char path[BO_DOCTOR_PATH_MAX];

	for (size_t i = 0; i < rules->dir; i++)
		if (access(bo_look_path(rules->doctor, path, "%s/%s", rule_dirs[i], name), F_OK) ==
		    0)
			return true;
	return false;
}

/* A line that ends with a backslash goes on in the next. */
static void join_lines(char *text)
{
	for (char *at = text; (at = strstr(at, "\\\n"));)
		at[0] = at[1] = ' ';
}

static bool read_rules(void *ctx, const char *dir, const char *name)
{
	struct rules *rules = ctx;
	const char *end = strrchr(name, '.');
	char path[BO_DOCTOR_PATH_MAX], chunk[4096];
	struct bo_buf text = {0};

	if (!end || strcmp(end, ".rules") != 0 || is_overridden(rules, name))
		return true;
	int fd = open(bo_look_path(rules->doctor, path, "%s/%s", dir, name), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return true;
	for (ssize_t n; text.len < RULES_MAX && (n = read(fd, chunk, sizeof(chunk))) > 0;)
		bo_buf_add(&text, chunk, (size_t)n);
	(void)close(fd);
	if (text.data)
		join_lines(text.data);
	char *rest = text.data;

	for (char *line; rest && (line = strsep(&rest, "\n"));)
		if (line[strspn(line, " \t")] != '#')
			rules->visit(rules->ctx, name, line);
	bo_buf_done(&text);
	return true;
}

void bo_look_rules(const struct bo_doctor *doctor,
		   void (*visit)(void *ctx, const char *file, const char *line), void *ctx)
{
	struct rules rules = {doctor, 0, visit, ctx};

	for (; rules.dir < sizeof(rule_dirs) / sizeof(rule_dirs[0]); rules.dir++)
		bo_look_dir(doctor, rule_dirs[rules.dir], read_rules, &rules);
}
