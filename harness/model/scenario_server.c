#include <stdio.h>

#include "harness/model/mischief.h"
#include "harness/model/scenario_parts.h"

/* The keys `server` and `jobs`: what a device meets that fetches its update itself. */

#define SERVER(member) offsetof(struct bo_server_wish, member)

static const char *const client_names[] = {"no", "yes", "withheld", NULL};

const struct bo_conf_field bo_server_fields[] = {
	{.key = "do",
	 .type = BO_CONF_LIST,
	 .offset = SERVER(mischief),
	 .help = "how it misbehaves at the first update, as 'brownout-serve --help' lists it: "
		 "close@40pct, busy:3"},
	{.key = "tls",
	 .type = BO_CONF_BOOL,
	 .offset = SERVER(tls),
	 .fallback = "no",
	 .help = "by HTTPS, under an authority that the device is told; certificates that are "
		 "wrong imply it"},
	{.key = "client-certificate",
	 .type = BO_CONF_ENUM,
	 .offset = SERVER(client),
	 .names = client_names,
	 .fallback = "no",
	 .help = "yes: the server asks for one, and the device is told where it is; withheld: "
		 "it is not told"},
	{.key = "token",
	 .type = BO_CONF_STR,
	 .offset = SERVER(token),
	 .help = "bearer token that it asks for, which the job tells the device"},
	{.key = "tell",
	 .type = BO_CONF_STR,
	 .offset = SERVER(tell),
	 .help = "the token that the job tells the device instead; empty: none"},
	{.key = "url",
	 .type = BO_CONF_STR,
	 .offset = SERVER(url),
	 .help = "where the job sends the device instead: http://nowhere.invalid/fw.bin"},
	{.key = NULL},
};

static void check_texts(const struct bo_conf *conf, const char *key, enum bo_mischief_of of,
			const struct bo_conf_list *list, struct bo_buf *report)
{
	const char *const *texts = list->items;
	char where[32];

	for (size_t i = 0; i < list->count; i++) {
		struct bo_mischief mischief;
		struct bo_err err = {0};

		(void)snprintf(where, sizeof(where), "%s.%zu", key, i);
		if (bo_mischief_parse(of, texts[i], &mischief, &err) < 0)
			bo_conf_complain(conf, report, where, "%s", bo_err_text(&err));
	}
	if (list->count > BO_MISCHIEFS_MAX)
		bo_conf_complain(conf, report, key, "more than %d", BO_MISCHIEFS_MAX);
}

void scenario_server_check(const struct bo_conf *conf, const struct bo_scenario *scenario,
			   struct bo_buf *report)
{
	check_texts(conf, "server.do", BO_OF_SERVER, &scenario->server.mischief, report);
	check_texts(conf, "jobs", BO_OF_JOBS, &scenario->jobs, report);
	if (scenario->server.tell && !scenario->server.token)
		bo_conf_complain(conf, report, "server.tell",
				 "a server that asks for no 'token' takes any");
}

void bo_server_canonical(const struct bo_scenario *scenario, struct bo_buf *out)
{
	static const struct bo_conf_field jobs_fields[] = {
		{.key = "jobs", .type = BO_CONF_LIST, .offset = offsetof(struct bo_scenario, jobs)},
		{.key = NULL},
	};

	if (scenario->has_server)
		bo_conf_canonical(bo_server_fields, &scenario->server, out);
	if (scenario->jobs.count > 0)
		bo_conf_canonical(jobs_fields, scenario, out);
}
