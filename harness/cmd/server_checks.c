#include "harness/cmd/server_checks.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DAY_S 86400

const char *const cmd_checked_names[] = {[CMD_HOLDS] = "holds",
					 [CMD_FAILS] = "fails",
					 [CMD_NOT_ASKED] = "not asked",
					 [CMD_UNKNOWN] = "unknown"};

static const char *field(const json_t *answer, const char *name)
{
	const char *value =
		json_string_value(json_object_get(json_object_get(answer, "fields"), name));

	return value ? value : "";
}

static json_int_t number(const json_t *answer, const char *name)
{
	return json_integer_value(json_object_get(answer, name));
}

static const char *text(const json_t *answer, const char *name)
{
	const char *value = json_string_value(json_object_get(answer, name));

	return value ? value : "";
}

static bool is_whole(const json_t *answer, json_int_t status)
{
	return json_is_true(json_object_get(answer, "whole")) && number(answer, "status") == status;
}

static void say_answer(const json_t *answer, struct bo_buf *seen)
{
	const char *error = text(answer, "error");

	if (*error)
		bo_buf_printable(seen, error, strlen(error));
	else
		bo_buf_printf(seen,
			      "status %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT " bytes",
			      number(answer, "status"), number(answer, "bytes"));
}

/* NULL, with the reason in `seen`, when the helper could not do it. */
static json_t *ask(struct cmd_server *server, const struct cmd_fetch *fetch, struct bo_buf *seen)
{
	struct bo_err err = {0};
	json_t *answer = NULL;

	if (cmd_fetch(fetch, server->loop, &answer, &err) < 0)
		bo_buf_printf(seen, "%s", bo_err_text(&err));
	return answer;
}

static enum cmd_checked check_reachable(struct cmd_server *server, struct bo_buf *seen)
{
	server->whole = ask(server, &server->fetch, seen);
	if (!server->whole)
		return CMD_UNKNOWN;
	say_answer(server->whole, seen);
	return is_whole(server->whole, 200) ? CMD_HOLDS : CMD_FAILS;
}

static enum cmd_checked check_certificate(struct cmd_server *server, struct bo_buf *seen)
{
	const json_t *expires = json_object_get(server->whole, "expires");
	json_int_t left = json_integer_value(expires) - (json_int_t)bo_clock_wall_s();

	if (strncasecmp(server->fetch.url, "https:", 6) != 0) {
		bo_buf_printf(seen, "plain HTTP");
		return CMD_NOT_ASKED;
	}
	if (!json_is_integer(expires)) {
		say_answer(server->whole, seen);
		return is_whole(server->whole, 200) ? CMD_UNKNOWN : CMD_FAILS;
	}
	bo_buf_printf(seen, "it ends in %" JSON_INTEGER_FORMAT " days", left / DAY_S);
	return left >= server->days * DAY_S ? CMD_HOLDS : CMD_FAILS;
}

static bool is_turned_away(const json_t *answer)
{
	return number(answer, "status") == 401 || number(answer, "status") == 403;
}

/* A server that asks for a client certificate may end the handshake instead. */
static enum cmd_checked try_credential(struct cmd_server *server, const char *token,
				       struct bo_buf *seen)
{
	struct cmd_fetch fetch = server->fetch;

	if (!fetch.token && !fetch.cert)
		return CMD_NOT_ASKED;
	if (token && !fetch.token)
		return CMD_NOT_ASKED;
	fetch.token = token;
	fetch.cert = token ? fetch.cert : NULL;
	json_t *answer = ask(server, &fetch, seen);

	if (!answer)
		return CMD_UNKNOWN;
	say_answer(answer, seen);
	bool refused = is_turned_away(answer) ||
		       (server->fetch.cert && !token && number(answer, "status") == 0 &&
			is_whole(server->whole, 200));

	json_decref(answer);
	return refused ? CMD_HOLDS : CMD_FAILS;
}

static enum cmd_checked check_no_credential(struct cmd_server *server, struct bo_buf *seen)
{
	return try_credential(server, NULL, seen);
}

static enum cmd_checked check_wrong_credential(struct cmd_server *server, struct bo_buf *seen)
{
	return try_credential(server, "brownout-knows-no-such-token", seen);
}

static enum cmd_checked check_length(struct cmd_server *server, struct bo_buf *seen)
{
	char bytes[24];
	const char *announced = field(server->whole, "content-length");

	(void)snprintf(bytes, sizeof(bytes), "%" JSON_INTEGER_FORMAT,
		       number(server->whole, "bytes"));
	bo_buf_printf(seen, "announced ");
	bo_buf_escape(seen, *announced ? announced : "nothing",
		      strlen(*announced ? announced : "nothing"));
	bo_buf_printf(seen, ", came %s", bytes);
	return strcmp(announced, bytes) == 0 ? CMD_HOLDS : CMD_FAILS;
}

static enum cmd_checked check_etag(struct cmd_server *server, struct bo_buf *seen)
{
	const char *first = field(server->whole, "etag");
	json_t *again = ask(server, &server->fetch, seen);

	if (!again)
		return CMD_UNKNOWN;
	const char *second = field(again, "etag");
	/* RFC 9110, 13.1.5: only a strong one may be used with If-Range */
	bool good = *first == '"' && strcmp(first, second) == 0;

	bo_buf_printf(seen, "first ");
	bo_buf_escape(seen, *first ? first : "none", strlen(*first ? first : "none"));
	bo_buf_printf(seen, ", then ");
	bo_buf_escape(seen, *second ? second : "none", strlen(*second ? second : "none"));
	json_decref(again);
	return good ? CMD_HOLDS : CMD_FAILS;
}

/* The second half of the file, if it still has this ETag. */
static json_t *ask_half(struct cmd_server *server, const char *if_range, char want[96],
			struct bo_buf *seen)
{
	json_int_t len = number(server->whole, "bytes");
	char range[64];
	struct cmd_fetch fetch = server->fetch;

	(void)snprintf(range, sizeof(range), "%" JSON_INTEGER_FORMAT "-", len / 2);
	(void)snprintf(want, 96,
		       "bytes %" JSON_INTEGER_FORMAT "-%" JSON_INTEGER_FORMAT
		       "/%" JSON_INTEGER_FORMAT,
		       len / 2, len - 1, len);
	fetch.range = range;
	fetch.if_range = if_range;
	fetch.out = NULL;
	return ask(server, &fetch, seen);
}

static bool is_that_half(const struct cmd_server *server, const json_t *answer, const char *want)
{
	json_int_t len = number(server->whole, "bytes");

	return is_whole(answer, 206) && strcmp(field(answer, "content-range"), want) == 0 &&
	       number(answer, "bytes") == len - len / 2;
}

static enum cmd_checked judge_half(struct cmd_server *server, const char *if_range,
				   struct bo_buf *seen)
{
	char want[96];
	json_t *answer = ask_half(server, if_range, want, seen);

	if (!answer)
		return CMD_UNKNOWN;
	bool good = is_that_half(server, answer, want);

	say_answer(answer, seen);
	if (*field(answer, "content-range")) {
		bo_buf_printf(seen, ", ");
		bo_buf_escape(seen, field(answer, "content-range"),
			      strlen(field(answer, "content-range")));
	}
	json_decref(answer);
	return good ? CMD_HOLDS : CMD_FAILS;
}

static enum cmd_checked check_range(struct cmd_server *server, struct bo_buf *seen)
{
	return judge_half(server, NULL, seen);
}

static enum cmd_checked check_if_range(struct cmd_server *server, struct bo_buf *seen)
{
	const char *etag = field(server->whole, "etag");

	if (*etag)
		return judge_half(server, etag, seen);
	bo_buf_printf(seen, "no ETag");
	return CMD_FAILS;
}

static enum cmd_checked check_stale(struct cmd_server *server, struct bo_buf *seen)
{
	char want[96];
	json_t *answer = ask_half(server, "\"brownout-another-file\"", want, seen);

	if (!answer)
		return CMD_UNKNOWN;
	bool good =
		is_whole(answer, 200) && number(answer, "bytes") == number(server->whole, "bytes");

	say_answer(answer, seen);
	json_decref(answer);
	return good ? CMD_HOLDS : CMD_FAILS;
}

static enum cmd_checked check_beyond(struct cmd_server *server, struct bo_buf *seen)
{
	char range[64];
	struct cmd_fetch fetch = server->fetch;
	json_int_t len = number(server->whole, "bytes");

	(void)snprintf(range, sizeof(range), "%" JSON_INTEGER_FORMAT "-", len);
	fetch.range = range;
	json_t *answer = ask(server, &fetch, seen);

	if (!answer)
		return CMD_UNKNOWN;
	bool good = number(answer, "status") == 416;

	say_answer(answer, seen);
	json_decref(answer);
	return good ? CMD_HOLDS : CMD_FAILS;
}

static enum cmd_checked check_content(struct cmd_server *server, struct bo_buf *seen)
{
	const char *hash = text(server->whole, "sha256");

	if (!server->sha256)
		return CMD_NOT_ASKED;
	bo_buf_printf(seen, "SHA-256 ");
	bo_buf_escape(seen, hash, strlen(hash));
	return strcasecmp(hash, server->sha256) == 0 ? CMD_HOLDS : CMD_FAILS;
}

/* The first fetches what the others look at. */
const struct cmd_server_check cmd_server_checks[] = {
	{"reachable", "the whole file comes with status 200", check_reachable},
	{"certificate", "its certificate is valid, and stays so", check_certificate},
	{"no-credential", "401 or 403 without a credential", check_no_credential},
	{"wrong-credential", "401 or 403 with a wrong token", check_wrong_credential},
	{"content", "the bytes are the release's", check_content},
	{"length", "Content-Length is there and right", check_length},
	{"etag", "a strong ETag, the same each time", check_etag},
	{"range", "206 and the second half, where that is asked for", check_range},
	{"if-range", "the same with the current ETag in If-Range", check_if_range},
	{"stale", "200 and all of it with another ETag in If-Range", check_stale},
	{"beyond", "416 for a range behind the end", check_beyond},
};

const size_t cmd_server_check_count = sizeof(cmd_server_checks) / sizeof(cmd_server_checks[0]);
