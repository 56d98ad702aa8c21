#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/model/scenario.h"
#include "harness/tests/written_file.h"

/* The keys `server` and `jobs`. */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HEAD                                                                    \
	"brownout: 1\nscenario: s\ntargets: [t]\nbaseline: {app: {image: a}}\n" \
	"update: {image: b}\n"
#define PROMISES "promises: {outcome: updated}\n"

static int read_scenario(const char *text, const char *cell, struct bo_buf *hashed,
			 struct bo_buf *report)
{
	struct written file = written(text);
	struct bo_conf *conf = NULL;
	struct bo_scenario *scenario;
	int rc = bo_scenario_read_cell(file.path, cell, &conf, &scenario, report);

	if (rc == 0 && hashed)
		bo_server_canonical(scenario, hashed);
	bo_conf_free(conf);
	written_done(&file);
	return rc;
}

Test(scenario_server, what_it_does_is_checked_when_the_scenario_is_read)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *complaint;
	} cases[] = {
		{"server: {do: [close@40pct, busy:3], tls: yes}\n" PROMISES, 0, NULL},
		{"server: {do: close@40pct}\n" PROMISES, 0, NULL},
		{"server: {token: a, tell: b, url: 'http://x.invalid/f'}\n" PROMISES, 0, NULL},
		{"jobs: [duplicate, broker-drop@40pct:2s]\n" PROMISES, 0, NULL},
		{"server: {do: [slow:8kbit, clse@40pct]}\n" PROMISES, 6,
		 "'clse' is nothing this server can do; did you mean 'close'?"},
		{"jobs: [cancel]\n" PROMISES, 6,
		 "'cancel' needs a place in the file, as in 'cancel@16384' or 'cancel@40pct'"},
		{"jobs: [busy:3]\n" PROMISES, 6, "'busy' is nothing that can happen to a job"},
		{"server: {client-certificate: withheld}\n" PROMISES, 0, NULL},
		{"server: {client-certificate: maybe}\n" PROMISES, 6,
		 "'client-certificate' must be one of no, yes, withheld, found 'maybe'"},
		{"server: {tell: b}\n" PROMISES, 6, "a server that asks for no 'token' takes any"},
		{"server: {does: x}\n" PROMISES, 6,
		 "unknown key 'does'; expected one of do, tls, client-certificate, token, tell, "
		 "url"},
		{"server: {do: close@40pct}\npromises: {outcome: updated, resumes: yes}\n", 0,
		 NULL},
		{"fault: {at: pull.at.40pct}\n" PROMISES, 0, NULL},
		{"fault: {at: pull.request.2}\n" PROMISES, 0, NULL},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_buf text = {0}, report = {0};

		bo_buf_printf(&text, "%s%s", HEAD, cases[i].text);
		int rc = read_scenario(text.data, NULL, NULL, &report);

		cr_expect_eq(rc, cases[i].complaint ? -EINVAL : 0, "%s%s", cases[i].text,
			     report.data);
		if (cases[i].complaint)
			expect_complaint(&report, cases[i].line, cases[i].complaint);
		bo_buf_done(&text);
		bo_buf_done(&report);
	}
}

Test(scenario_server, one_scenario_can_be_tried_with_every_misbehaviour)
{
	static const char text[] = HEAD "parameters:\n  wrong: {values: [busy.3, close.40pct]}\n"
					"server: {do: ['{wrong}']}\n" PROMISES;
	struct bo_buf report = {0}, first = {0}, second = {0};

	cr_assert_eq(read_scenario(text, "wrong=busy.3", &first, &report), 0, "%s", report.data);
	cr_assert_eq(read_scenario(text, "wrong=close.40pct", &second, &report), 0, "%s",
		     report.data);
	cr_expect(strstr(first.data, "busy.3") && strstr(second.data, "close.40pct"));
	bo_buf_done(&report);
	bo_buf_done(&first);
	bo_buf_done(&second);
}

Test(scenario_server, they_belong_to_its_hash_where_they_are_given)
{
	struct bo_buf without = {0}, server = {0}, jobs = {0}, report = {0};

	cr_assert_eq(read_scenario(HEAD PROMISES, NULL, &without, &report), 0);
	cr_assert_eq(read_scenario(HEAD "server: {tls: yes}\n" PROMISES, NULL, &server, &report),
		     0);
	cr_assert_eq(read_scenario(HEAD "jobs: stale\n" PROMISES, NULL, &jobs, &report), 0);
	cr_expect_eq(without.len, 0);
	cr_expect(strstr(server.data, "tls=yes"));
	cr_expect_str_eq(jobs.data, "jobs=\"stale\"\n");
	bo_buf_done(&without);
	bo_buf_done(&server);
	bo_buf_done(&jobs);
	bo_buf_done(&report);
}
