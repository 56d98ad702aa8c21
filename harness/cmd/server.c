#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/cmd/cmd.h"
#include "harness/cmd/server_checks.h"
#include "harness/engine/record.h"

/* `brownout server check URL`: whether a device could update from there, come what may. */

#define HEX_MAX (2 * crypto_hash_sha256_BYTES + 1)

struct wish {
	struct cmd_server server;
	const char *file, *record;
	char sha256[HEX_MAX];
};

static int hash_file(const char *path, char out[HEX_MAX])
{
	crypto_hash_sha256_state state;
	uint8_t data[4096], hash[crypto_hash_sha256_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	(void)crypto_hash_sha256_init(&state);
	while (fd >= 0 && (n = read(fd, data, sizeof(data))) > 0)
		(void)crypto_hash_sha256_update(&state, data, (size_t)n);
	int saved = errno;

	if (fd >= 0)
		(void)close(fd);
	if (n < 0)
		return cmd_fail(BO_EXIT_USAGE, "server check: %s: %s", path, strerror(saved));
	(void)crypto_hash_sha256_final(&state, hash);
	(void)sodium_bin2hex(out, HEX_MAX, hash, sizeof(hash));
	return BO_EXIT_OK;
}

static bool is_hash(const char *text)
{
	return strlen(text) == HEX_MAX - 1 && strspn(text, "0123456789abcdefABCDEF") == HEX_MAX - 1;
}

static int take(int argc, char **argv, struct wish *ret)
{
	struct cmd_fetch *fetch = &ret->server.fetch;
	const struct cmd_option table[] = {
		{"file", CMD_TEXT, &ret->file, "FILE", "what it should serve"},
		{"sha256", CMD_TEXT, &ret->server.sha256, "HEX", "or its SHA-256"},
		{"token", CMD_TEXT, &fetch->token, "TEXT", "our bearer token"},
		{"cert", CMD_TEXT, &fetch->cert, "FILE", "our certificate and key (PEM)"},
		{"ca", CMD_TEXT, &fetch->ca, "FILE",
		 "the authority to believe instead of the system's (PEM)"},
		{"days", CMD_NUMBER, &ret->server.days, "N",
		 "how long its certificate must last [30]"},
		{"timeout", CMD_NUMBER, &fetch->timeout_s, "SECONDS", "for each transfer [60]"},
		{"out", CMD_TEXT, &ret->record, "FILE", "write the record there (JSON)"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};

	ret->server.days = 30;
	fetch->timeout_s = 60;
	int count = cmd_options(argc, argv, "server check [OPTION]... URL", table);

	if (count < 0)
		return count == -2 ? -1 : BO_EXIT_USAGE;
	if (count != 1)
		return cmd_fail(BO_EXIT_USAGE, "server check: say one URL");
	fetch->url = argv[0];
	if (strncmp(fetch->url, "http://", 7) != 0 && strncmp(fetch->url, "https://", 8) != 0)
		return cmd_fail(BO_EXIT_USAGE,
				"server check: '%s' is no URL; it begins with http:// or https://",
				fetch->url);
	if (fetch->timeout_s < 1 || fetch->timeout_s > 86400)
		return cmd_fail(BO_EXIT_USAGE, "server check: --timeout is 1 to 86400 seconds");
	if (ret->file && ret->server.sha256)
		return cmd_fail(BO_EXIT_USAGE, "server check: --file or --sha256, not both");
	if (ret->server.sha256 && !is_hash(ret->server.sha256))
		return cmd_fail(BO_EXIT_USAGE, "server check: --sha256 is 64 hexadecimal digits");
	if (!ret->file)
		return BO_EXIT_OK;
	ret->server.sha256 = ret->sha256;
	return hash_file(ret->file, ret->sha256);
}

static int write_record(const struct wish *wish, json_t *checks)
{
	struct bo_err err = {0};
	char when[BO_WALL_TEXT_MAX];

	bo_clock_wall_text(when);
	json_t *record = json_pack("{s:s, s:s, s:s, s:s, s:s*, s:O}", "record", "server-check",
				   "brownout", BO_VERSION, "url", wish->server.fetch.url, "when",
				   when, "sha256", wish->server.sha256, "checks", checks);
	char *text = record ? json_dumps(record, JSON_INDENT(1)) : NULL;
	int rc = text ? bo_write_file(wish->record, text, strlen(text), &err)
		      : bo_err_set(&err, -EILSEQ, "the URL is no UTF-8");

	free(text);
	json_decref(record);
	return rc < 0 ? cmd_fail_err(&err) : BO_EXIT_OK;
}

static enum cmd_checked carry_out(struct wish *wish, const struct cmd_server_check *check,
				  json_t *checks)
{
	struct bo_buf seen = {0};
	enum cmd_checked result = check->run(&wish->server, &seen);

	(void)printf("%-9s  %-16s  %s%s%s\n", cmd_checked_names[result], check->name, check->asks,
		     seen.len ? ": " : "", seen.len ? seen.data : "");
	(void)fflush(stdout);
	(void)json_array_append_new(checks,
				    json_pack("{s:s, s:s, s:s, s:s}", "check", check->name, "asked",
					      check->asks, "result", cmd_checked_names[result],
					      "seen", seen.data ? seen.data : ""));
	bo_buf_done(&seen);
	return result;
}

/* A server that is not there leaves nothing else to ask. */
static int run_checks(struct wish *wish, json_t *checks)
{
	size_t count[CMD_UNKNOWN + 1] = {0};

	for (size_t i = 0; i < cmd_server_check_count; i++) {
		enum cmd_checked result = carry_out(wish, &cmd_server_checks[i], checks);

		count[result]++;
		/* the certificate's check says why a handshake failed */
		if (i >= 1 && count[CMD_FAILS] + count[CMD_UNKNOWN] > 0 &&
		    json_integer_value(json_object_get(wish->server.whole, "status")) != 200)
			break;
	}
	(void)printf("%zu hold, %zu fail, %zu unknown, %zu not asked\n", count[CMD_HOLDS],
		     count[CMD_FAILS], count[CMD_UNKNOWN], count[CMD_NOT_ASKED]);
	return count[CMD_FAILS]	    ? BO_EXIT_BROKEN_PROMISE
	       : count[CMD_UNKNOWN] ? BO_EXIT_NO_VERDICT
				    : BO_EXIT_OK;
}

static int check(int argc, char **argv)
{
	struct wish wish = {0};
	struct bo_clock clock;
	struct bo_loop loop;
	int rc = take(argc, argv, &wish);

	if (rc != BO_EXIT_OK)
		return rc < 0 ? BO_EXIT_OK : rc;
	json_t *checks = json_array();

	bo_clock_real_init(&clock);
	bo_loop_init(&loop, &clock);
	bo_loop_catch_signals();
	wish.server.loop = &loop;
	rc = run_checks(&wish, checks);
	if (bo_loop_interrupted())
		rc = BO_EXIT_SIGNAL + bo_loop_interrupted();
	else if (wish.record) {
		int written = write_record(&wish, checks);

		rc = rc == BO_EXIT_OK ? written : rc;
	}
	json_decref(checks);
	json_decref(wish.server.whole);
	return rc;
}

int cmd_server(int argc, char **argv)
{
	static const struct cmd_command table[] = {
		{"check", check, "whether devices could update from a server, come what may"},
	};
	static const struct cmd_commands verbs = {"brownout server", "verb", table,
						  sizeof(table) / sizeof(table[0])};

	return cmd_dispatch(&verbs, argc, argv);
}
