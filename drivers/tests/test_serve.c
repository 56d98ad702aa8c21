#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "drivers/serve/reply.h"
#include "drivers/serve/request.h"
#include "harness/model/mischief.h"
#include "harness/tests/serve_rig.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint8_t file[1000] = {1}, other[1000] = {2};

/* ---- what it reads ---- */

static int read_text(struct bo_http_reader *reader, const char *text, size_t step)
{
	int rc = 0;

	bo_http_reader_init(reader);
	for (size_t at = 0; rc == 0 && text[at]; at += step) {
		size_t left = strlen(text + at);

		rc = bo_http_reader_feed(reader, text + at, left < step ? left : step);
		if (left <= step)
			break;
	}
	return rc;
}

Test(serve, a_request_is_the_same_in_one_piece_and_byte_by_byte)
{
	static const char text[] =
		"GET /fw.bin HTTP/1.1\r\nHost: x\r\nRANGE: bytes=16-31\r\n"
		"If-Range: \"abc\"\r\nAuthorization: Bearer t\r\n"
		"X-A-Field-Whose-Name-Is-Longer-Than-Any-That-Matters: 1\r\n\r\n";
	static const size_t steps[] = {1, 7, sizeof(text)};

	for (size_t i = 0; i < COUNT(steps); i++) {
		struct bo_http_reader reader;

		cr_assert_eq(read_text(&reader, text, steps[i]), 1);
		const struct bo_http_request *request = &reader.request;

		cr_expect(request->known && !request->head);
		cr_expect_str_eq(request->target, "/fw.bin");
		cr_expect(request->range.asked && !request->range.suffix);
		cr_expect_eq(request->range.first, 16);
		cr_expect_eq(request->range.last, 31);
		cr_expect_str_eq(request->if_range, "\"abc\"");
		cr_expect_str_eq(request->authorization, "Bearer t");
	}
}

Test(serve, what_is_no_request_is_refused)
{
	char longer[2 * BO_HTTP_TEXT_MAX];
	struct bo_http_reader reader;

	cr_expect_eq(read_text(&reader, "\x16\x03\x01 hello", 100), -EBADMSG);
	cr_expect_eq(read_text(&reader, "GET / HTTP/1.1\r\nA B\r\n\r\n", 100), -EBADMSG);
	memset(longer, 'a', sizeof(longer));
	memcpy(longer, "GET /", 5);
	memcpy(longer + sizeof(longer) - 14, " HTTP/1.1\r\n\r\n", 14);
	cr_expect_eq(read_text(&reader, longer, sizeof(longer)), -EBADMSG);
}

Test(serve, a_range_that_is_none_is_ignored)
{
	static const struct {
		const char *range;
		bool asked;
	} rows[] = {{"bytes=0-", true},	  {"bytes=5-5", true},
		    {"bytes=-5", true},	  {"bytes=5-4", false},
		    {"bytes=a-", false},  {"bytes=-", false},
		    {"bytes=1", false},	  {"bytes=1-2,4-5", false},
		    {"lines=1-2", false}, {"bytes=99999999999999999999-", false}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bo_http_reader reader;
		char text[128];

		(void)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nRange: %s\r\n\r\n",
			       rows[i].range);
		cr_assert_eq(read_text(&reader, text, sizeof(text)), 1);
		cr_expect_eq(reader.request.range.asked, rows[i].asked, "%s", rows[i].range);
	}
}

/* ---- what it answers ---- */

struct asked {
	const char *mischief; /* cut at blanks */
	const char *target, *range, *if_range, *token;
	uint64_t nth;
	int status;
	const char *says; /* in the head */
	uint64_t from, until;
};

static struct bo_http_request make_request(const struct asked *asked)
{
	struct bo_http_reader reader;
	struct bo_buf text = {0};

	bo_buf_printf(&text, "GET %s HTTP/1.1\r\n", asked->target ? asked->target : "/fw");
	if (asked->range)
		bo_buf_printf(&text, "Range: bytes=%s\r\n", asked->range);
	if (asked->if_range)
		bo_buf_printf(&text, "If-Range: %s\r\n", asked->if_range);
	if (asked->token)
		bo_buf_printf(&text, "Authorization: Bearer %s\r\n", asked->token);
	bo_buf_printf(&text, "\r\n");
	cr_assert_eq(read_text(&reader, text.data, text.len), 1);
	bo_buf_done(&text);
	return reader.request;
}

static void expect_reply(const struct asked *asked, const char *token)
{
	struct bo_offer offer = {.path = "/fw",
				 .file = file,
				 .other = other,
				 .len = sizeof(file),
				 .etag = {"\"one\"", "\"two\""},
				 .token = token};
	struct bo_http_request request = make_request(asked);
	struct bo_reply reply;
	char words[200];

	(void)bo_str_copy(words, sizeof(words), asked->mischief);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		cr_assert_eq(bo_mischief_parse(BO_OF_SERVER, word,
					       &offer.mischief[offer.mischiefs++], NULL),
			     0, "%s", word);
	bo_reply_make(&offer, &request, asked->nth ? asked->nth : 1, false, &reply);
	cr_expect_eq(reply.status, asked->status, "%s: %d", asked->mischief, reply.status);
	cr_expect_not_null(strstr(reply.head.data, asked->says), "%s: no %s in\n%s",
			   asked->mischief, asked->says, reply.head.data);
	if (asked->until) {
		cr_expect_eq(reply.from, asked->from, "%s", asked->mischief);
		cr_expect_eq(reply.until, asked->until, "%s", asked->mischief);
	} else {
		cr_expect_null(reply.file, "%s", asked->mischief);
	}
	bo_buf_done(&reply.head);
}

Test(serve, replies_are_those_of_a_good_server_unless_told_otherwise)
{
	static const struct asked rows[] = {
		{.mischief = "", .status = 200, .says = "Content-Length: 1000\r\n", .until = 1000},
		{.mischief = "",
		 .range = "10-19",
		 .status = 206,
		 .says = "Content-Range: bytes 10-19/1000\r\n",
		 .from = 10,
		 .until = 20},
		{.mischief = "",
		 .range = "990-2000",
		 .status = 206,
		 .says = "bytes 990-999/1000",
		 .from = 990,
		 .until = 1000},
		{.mischief = "",
		 .range = "-10",
		 .status = 206,
		 .says = "bytes 990-999/1000",
		 .from = 990,
		 .until = 1000},
		{.mischief = "", .range = "-0", .status = 416, .says = "bytes */1000"},
		{.mischief = "", .range = "1000-", .status = 416, .says = "bytes */1000"},
		{.mischief = "",
		 .range = "5-",
		 .if_range = "\"one\"",
		 .status = 206,
		 .says = "bytes 5-999/1000",
		 .from = 5,
		 .until = 1000},
		{.mischief = "",
		 .range = "5-",
		 .if_range = "\"old\"",
		 .status = 200,
		 .says = "Content-Length: 1000",
		 .until = 1000},
		{.mischief = "", .target = "/else", .status = 404, .says = "Length: 0"},
		{.mischief = "", .target = "/hop/1", .status = 404, .says = "Length: 0"},
		{.mischief = "ignore-range",
		 .range = "5-",
		 .status = 200,
		 .says = "Length: 1000",
		 .until = 1000},
		{.mischief = "no-range", .range = "5-", .status = 416, .says = "bytes */1000"},
		{.mischief = "wrong-range:3B",
		 .range = "5-",
		 .status = 206,
		 .says = "bytes 2-999/1000",
		 .from = 2,
		 .until = 1000},
		{.mischief = "wrong-range:9B",
		 .range = "5-",
		 .status = 206,
		 .says = "bytes 0-999/1000",
		 .from = 0,
		 .until = 1000},
		{.mischief = "other-file:2",
		 .nth = 1,
		 .status = 200,
		 .says = "\"one\"",
		 .until = 1000},
		{.mischief = "other-file:2",
		 .nth = 2,
		 .range = "5-",
		 .if_range = "\"one\"",
		 .status = 200,
		 .says = "\"two\"",
		 .until = 1000},
		{.mischief = "other-file:2 same-etag",
		 .nth = 2,
		 .range = "5-",
		 .if_range = "\"one\"",
		 .status = 206,
		 .says = "\"one\"",
		 .from = 5,
		 .until = 1000},
		{.mischief = "other-size:2",
		 .nth = 2,
		 .range = "5-",
		 .if_range = "\"one\"",
		 .status = 200,
		 .says = "Content-Length: 750\r\n",
		 .until = 750},
		{.mischief = "other-size:2",
		 .nth = 2,
		 .range = "700-",
		 .status = 206,
		 .says = "bytes 700-749/750",
		 .from = 700,
		 .until = 750},
		{.mischief = "other-size:2",
		 .nth = 2,
		 .range = "800-",
		 .status = 416,
		 .says = "bytes */750"},
		{.mischief = "busy:2", .nth = 2, .status = 503, .says = "Length: 0"},
		{.mischief = "busy:2", .nth = 3, .status = 200, .says = "200 OK", .until = 1000},
		{.mischief = "later:1500ms", .status = 429, .says = "Retry-After: 2\r\n"},
		{.mischief = "later:1500ms", .nth = 2, .status = 200, .says = "OK", .until = 1000},
		{.mischief = "redirect:2", .status = 302, .says = "Location: /hop/1\r\n"},
		{.mischief = "redirect:2", .target = "/hop/1", .status = 302, .says = "/hop/2\r\n"},
		{.mischief = "redirect:2",
		 .target = "/hop/2",
		 .status = 200,
		 .says = "OK",
		 .until = 1000},
		{.mischief = "redirect:0",
		 .target = "/hop/999",
		 .status = 302,
		 .says = "/hop/1000\r\n"},
		{.mischief = "chunked", .status = 200, .says = "chunked\r\n\r\n", .until = 1000},
		{.mischief = "short-body:7B", .status = 200, .says = "Length: 1007", .until = 1000},
		{.mischief = "long-body:7B", .status = 200, .says = "Length: 1000", .until = 1000},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		expect_reply(&rows[i], NULL);
}

Test(serve, who_says_nothing_gets_401_and_who_says_the_wrong_thing_403)
{
	static const struct asked rows[] = {
		{.mischief = "", .status = 401, .says = "WWW-Authenticate: Bearer\r\n"},
		{.mischief = "", .token = "tokem", .status = 403, .says = "Length: 0"},
		{.mischief = "", .token = "token", .status = 200, .says = "OK", .until = 1000},
		{.mischief = "busy:1", .status = 401, .says = "WWW-Authenticate"},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		expect_reply(&rows[i], "token");
}

/* ---- what a conforming client makes of it ---- */

static json_int_t of(const json_t *answer, const char *name)
{
	return json_integer_value(json_object_get(answer, name));
}

Test(serve, a_conforming_client_sees_each_misbehaviour)
{
	/* libcurl's codes: curl/curl.h */
	enum { OK = 0, WEIRD = 8, PARTIAL = 18, LATE = 28, HOPS = 47, RECV = 56, BAD_CERT = 60 };
	static const struct {
		const char *server, *client;
		json_int_t curl, status, bytes; /* -1: any */
	} rows[] = {
		{"", "", OK, 200, SERVED},
		{"--do close@16384", "", PARTIAL, 200, 16384},
		{"--do close@16384", "--range 16384-", OK, 206, SERVED - 16384},
		{"--do reset@16384", "", RECV, 200, -1},
		{"--do stall@50pct:30s", "--timeout 1", LATE, 200, 20000},
		{"--do short-body:100B", "", PARTIAL, 200, SERVED},
		{"--do long-body:100B", "", OK, 200, SERVED},
		{"--do chunked", "", OK, 200, SERVED},
		{"--do chunked --do close@16384", "", PARTIAL, 200, 16384},
		{"--do slow:80kbit", "--timeout 1", LATE, 200, -1},
		{"--do redirect:2", "", OK, 200, SERVED},
		{"--do redirect:0", "", HOPS, 302, 0},
		{"--ca CA", "--ca CA", OK, 200, SERVED},
		{"--ca CA", "", BAD_CERT, 0, 0},
		{"--ca CA --do expired", "--ca CA", BAD_CERT, 0, 0},
		{"--ca CA --do wrong-host", "--ca CA", BAD_CERT, 0, 0},
		{"--ca CA --do unknown-ca", "--ca CA", BAD_CERT, 0, 0},
		{"--ca CA --do tls-cut@16384", "--ca CA", -1, 200, -1},
		{"--ca CA --client CLIENT", "--ca CA", OK, 403, 0},
		{"--ca CA --client CLIENT", "--ca CA --cert CLIENT", OK, 200, SERVED},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct serve_rig rig;

		serve_begin(&rig, rows[i].server);
		json_t *answer = serve_fetch(&rig, rows[i].client);

		if (rows[i].curl >= 0)
			cr_expect_eq(of(answer, "curl"), rows[i].curl, "%s: curl says %lld",
				     rows[i].server, (long long)of(answer, "curl"));
		else
			cr_expect_neq(of(answer, "curl"), OK, "%s", rows[i].server);
		cr_expect_eq(of(answer, "status"), rows[i].status, "%s", rows[i].server);
		if (rows[i].bytes >= 0)
			cr_expect_eq(of(answer, "bytes"), rows[i].bytes, "%s: %lld bytes",
				     rows[i].server, (long long)of(answer, "bytes"));
		json_decref(answer);
		serve_end(&rig);
	}
}

Test(serve, a_corrupt_byte_changes_the_hash_and_nothing_else)
{
	struct serve_rig rigs[2];
	json_t *answers[2];

	serve_begin(&rigs[0], "");
	serve_begin(&rigs[1], "--do corrupt@777");
	for (int i = 0; i < 2; i++) {
		answers[i] = serve_fetch(&rigs[i], "");
		cr_expect_eq(of(answers[i], "bytes"), SERVED);
	}
	cr_expect(!json_equal(json_object_get(answers[0], "sha256"),
			      json_object_get(answers[1], "sha256")));
	cr_expect(json_equal(json_object_get(answers[0], "fields"),
			     json_object_get(answers[1], "fields")));
	for (int i = 0; i < 2; i++) {
		json_decref(answers[i]);
		serve_end(&rigs[i]);
	}
}

Test(serve, it_says_what_it_was_asked_and_how_far_it_came)
{
	static const char *const lines[] = {
		"{\"event\":\"request\",\"nth\":1,\"method\":\"GET\",\"target\":\"/fw.bin\","
		"\"range\":\"bytes=100-\",\"status\":206}\n",
		"{\"event\":\"body\",\"nth\":1,\"offset\":8192}\n"
		"{\"event\":\"body\",\"nth\":1,\"offset\":16384}\n"
		"{\"event\":\"end\",\"nth\":1,\"offset\":20000,\"how\":\"close\"}\n"};
	struct serve_rig rig;

	serve_begin(&rig, "--body 8192 --do close@50pct");
	json_decref(serve_fetch(&rig, "--range 100-"));
	hear_until(&rig, "\"how\"");
	for (size_t i = 0; i < COUNT(lines); i++)
		cr_expect_not_null(strstr(rig.said.data, lines[i]), "no %s in\n%s", lines[i],
				   rig.said.data);
	serve_end(&rig);
}

Test(serve, it_ends_when_its_input_does)
{
	struct serve_rig rig;

	serve_begin(&rig, "");
	(void)close(rig.server.in);
	rig.server.in = -1;
	while (hear_more(&rig.server, &rig.said))
		;
	serve_end(&rig);
}

Test(serve, a_client_that_sends_rubbish_or_leaves_does_not_end_it)
{
	struct serve_rig rig;
	unsigned port = 0;

	serve_begin(&rig, "--do stall@1024:60s");
	cr_assert_eq(sscanf(rig.url, "http://localhost:%u/", &port), 1);
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	static const char *const words[] = {"", "GARBAGE\r\n\r\n", "GET /fw.bin HTTP/1.1\r\n\r\n"};

	for (size_t i = 0; i < 3 * COUNT(words); i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
		(void)send(fd, words[i % 3], strlen(words[i % 3]), MSG_NOSIGNAL);
		close(fd);
	}
	json_t *answer = serve_fetch(&rig, "--range 1024-");

	cr_expect_eq(of(answer, "status"), 206);
	json_decref(answer);
	serve_end(&rig);
}
