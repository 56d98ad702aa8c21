#include "harness/tests/serve_rig.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* `options` of `brownout server check`; "CA", "CLIENT" and "FILE" stand for the rig's files. */
static struct cli check(const struct serve_rig *rig, const char *options)
{
	const char *argv[CLI_ARGS_MAX] = {"brownout", "server", "check"};
	char text[512];
	size_t argc = 3;

	cr_assert(bo_str_copy(text, sizeof(text), options));
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[argc++] = strcmp(word, "CA") == 0	     ? rig->ca
			       : strcmp(word, "CLIENT") == 0 ? rig->client
			       : strcmp(word, "FILE") == 0   ? rig->file
							     : word;
	argv[argc] = rig->url;
	return cli_run(rig->dir.path, argv);
}

Test(server_check, a_good_server_holds_all_that_is_asked)
{
	struct serve_rig rig;
	struct bo_buf record = {0}, path = {0};

	serve_begin(&rig, "--ca CA --client CLIENT --token secret");
	struct cli cli =
		check(&rig, "--ca CA --cert CLIENT --token secret --file FILE --out r.json");

	cr_expect_eq(cli.code, 0, "%s%s", cli.out.data, cli.err.data);
	cr_expect_not_null(strstr(cli.out.data, "11 hold, 0 fail, 0 unknown, 0 not asked\n"), "%s",
			   cli.out.data);
	bo_buf_printf(&path, "%s/r.json", rig.dir.path);
	slurp(path.data, &record);
	json_t *read = json_loads(record.data, 0, NULL);

	cr_expect_eq(json_array_size(json_object_get(read, "checks")), 11);
	cr_expect_str_eq(json_string_value(json_object_get(read, "record")), "server-check");
	cr_expect_eq(strlen(json_string_value(json_object_get(read, "sha256"))), 64);
	json_decref(read);
	bo_buf_done(&record);
	bo_buf_done(&path);
	cli_done(&cli);
	serve_end(&rig);
}

Test(server_check, each_check_says_no)
{
	static const struct {
		const char *server, *options;
		const char *says; /* the beginning of a line */
	} rows[] = {
		{"--do close@100", "", "fails      reachable "},
		{"--ca CA", "", "fails      certificate "},
		{"--ca CA --do expired", "--ca CA", "fails      certificate "},
		{"--ca CA", "--ca CA --days 1000", "fails      certificate "},
		{"", "--token secret", "fails      no-credential "},
		{"", "--token secret", "fails      wrong-credential "},
		{"--do corrupt@5", "--file FILE", "fails      content "},
		{"--do chunked", "", "fails      length "},
		{"--do other-file:2", "", "fails      etag "},
		{"--do ignore-range", "", "fails      range "},
		{"--do wrong-range:1B", "", "fails      range "},
		{"--do no-range", "", "fails      if-range "},
		{"--do other-file:3 --do same-etag", "", "holds      etag "},
		{"--do ignore-range", "", "fails      beyond "},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct serve_rig rig;

		serve_begin(&rig, rows[i].server);
		struct cli cli = check(&rig, rows[i].options);

		cr_expect_eq(cli.code, rows[i].says[0] == 'h' ? cli.code : 1, "%s", rows[i].server);
		cr_expect_not_null(strstr(cli.out.data, rows[i].says), "%s: no '%s' in\n%s%s",
				   rows[i].server, rows[i].says, cli.out.data, cli.err.data);
		cli_done(&cli);
		serve_end(&rig);
	}
}

Test(server_check, what_makes_no_sense_is_a_usage_error)
{
	static const struct {
		const char *args, *says;
	} rows[] = {
		{"", "say one URL"},
		{"a b", "say one URL"},
		{"ftp://x/y", "begins with http:// or https://"},
		{"--sha256 12 http://x/", "64 hexadecimal digits"},
		{"--timeout 0 http://x/", "1 to 86400 seconds"},
		{"--file /nowhere/fw http://x/", "/nowhere/fw: No such file"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cli cli = brownout("server check %s", rows[i].args);

		cr_expect_eq(cli.code, 2, "%s", rows[i].args);
		cr_expect_not_null(strstr(cli.err.data, rows[i].says), "%s: %s", rows[i].args,
				   cli.err.data);
		cli_done(&cli);
	}
}

Test(server_check, a_server_that_is_not_there_fails)
{
	/* port 1 of the loopback: nobody may listen there but root, and nobody does */
	struct cli cli = brownout("server check http://127.0.0.1:1/fw");

	cr_expect_eq(cli.code, 1);
	cr_expect_not_null(strstr(cli.out.data, "fails      reachable "), "%s", cli.out.data);
	cli_done(&cli);
}
