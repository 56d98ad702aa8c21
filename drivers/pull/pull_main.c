/*
 * brownout-pull: an update server and a broker for one trial of a device that fetches its updates
 * itself. It ends when its standard input does, and with it all that it started.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/pull/pull_jobs.h"
#include "drivers/pull/pull_message.h"
#include "harness/model/values.h"

enum { EXIT_USAGE = 2, EXIT_RIG = 3 };

#define COMMAND_MAX 8192

struct options {
	const char *folder, *device, *announce, *url, *token, *tell;
	uint16_t port;
	bool tls, client, withheld;
	bo_ns silence;
	const char *mischief[PULL_TRICKS_MAX];
	size_t mischiefs;
	struct bo_mischief trick[PULL_TRICKS_MAX];
	size_t tricks;
	int help;
};

struct pull {
	struct options opt;
	struct bo_clock clock;
	struct bo_loop loop;
	struct pull_broker broker;
	struct pull_server server;
	struct pull_jobs jobs;
	struct bo_watch input;
	struct bo_buf text;
	unsigned commands;
	char ca[4096], client[4096];
	bool over;
	const struct bo_err *broken; /* NULL: nothing is */
};

static const char usage[] =
	"usage: brownout-pull [OPTION]...\n"
	"Gives a device its update jobs by MQTT and serves the file, until its standard input "
	"ends.\n"
	"Commands come there, a line each: upload HASH FILE, test HASH, confirm, reset, query, "
	"drop.\n"
	"The N-th is answered by a line 'job N', others, and done, refused, silent or gave-up.\n"
	"  --run DIR          for its files [.]\n"
	"  --device NAME      as in the topics brownout/NAME/job and brownout/NAME/status "
	"[gateway]\n"
	"  --announce FILE    write there where the broker is: HOST PORT [CA [CLIENT]]\n"
	"  --port N           of the broker [one that is free]\n"
	"  --silent TIME      how long a device may say nothing about a job [60 s]\n"
	"  --tls              serve by HTTPS\n"
	"  --client           ask for a client certificate\n"
	"  --withhold         the same, and do not announce one\n"
	"  --token TEXT       ask for this bearer token, and tell the device\n"
	"  --tell TEXT        tell it another one; empty: none\n"
	"  --url URL          tell the device to fetch it there\n"
	"  --do MISCHIEF      what the server does wrong with the first update; may be repeated\n"
	"  --job MISCHIEF     what happens to its jobs; may be repeated:\n";

static int fail(int code, const char *what, const char *why)
{
	(void)fprintf(stderr, "brownout-pull: %s%s%s\n", what, why ? ": " : "", why ? why : "");
	return code;
}

/* ---- options ---- */

static bool take_port(struct options *opt, const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value > UINT16_MAX)
		return fail(false, text, "no port");
	opt->port = (uint16_t)value;
	return true;
}

static bool take_silence(struct options *opt, const char *text)
{
	const char *why = NULL;

	if (bo_values_parse(BO_DURATION, text, &opt->silence, &why) < 0)
		return fail(false, text, why);
	return true;
}

/* Of TLS: a server without it cannot do it. */
static bool needs_tls(enum bo_mischief_kind kind)
{
	return kind == BO_MISCHIEF_EXPIRED || kind == BO_MISCHIEF_WRONG_HOST ||
	       kind == BO_MISCHIEF_UNKNOWN_CA || kind == BO_MISCHIEF_TLS_CUT;
}

static bool take_mischief(struct options *opt, enum bo_mischief_of of, const char *text)
{
	struct bo_mischief mischief;
	struct bo_err err = {0};
	size_t *count = of == BO_OF_JOBS ? &opt->tricks : &opt->mischiefs;

	if (*count == PULL_TRICKS_MAX)
		return fail(false, "too much mischief", "at most 16");
	if (bo_mischief_parse(of, text, &mischief, &err) < 0)
		return fail(false, bo_err_text(&err), NULL);
	if (of == BO_OF_JOBS)
		opt->trick[*count] = mischief;
	else
		opt->mischief[*count] = text;
	opt->tls |= needs_tls(mischief.kind);
	++*count;
	return true;
}

static bool take(struct options *opt, int key)
{
	switch (key) {
	case 'p':
		return take_port(opt, optarg);
	case 's':
		return take_silence(opt, optarg);
	case 'o':
		return take_mischief(opt, BO_OF_SERVER, optarg);
	case 'j':
		return take_mischief(opt, BO_OF_JOBS, optarg);
	case 'T':
		opt->tls = true;
		return true;
	case 'c':
		opt->tls = opt->client = true;
		return true;
	case 'w':
		opt->tls = opt->client = opt->withheld = true;
		return true;
	default:
		return key == 0; /* a flag */
	}
}

static bool parse(int argc, char **argv, struct options *opt)
{
	static const struct {
		char key;
		size_t offset;
	} texts[] = {
		{'r', offsetof(struct options, folder)},   {'d', offsetof(struct options, device)},
		{'a', offsetof(struct options, announce)}, {'u', offsetof(struct options, url)},
		{'k', offsetof(struct options, token)},	   {'t', offsetof(struct options, tell)},
	};
	const struct option table[] = {
		{"run", required_argument, NULL, 'r'},
		{"device", required_argument, NULL, 'd'},
		{"announce", required_argument, NULL, 'a'},
		{"url", required_argument, NULL, 'u'},
		{"token", required_argument, NULL, 'k'},
		{"tell", required_argument, NULL, 't'},
		{"port", required_argument, NULL, 'p'},
		{"silent", required_argument, NULL, 's'},
		{"do", required_argument, NULL, 'o'},
		{"job", required_argument, NULL, 'j'},
		{"tls", no_argument, NULL, 'T'},
		{"client", no_argument, NULL, 'c'},
		{"withhold", no_argument, NULL, 'w'},
		{"help", no_argument, &opt->help, 1},
		{0},
	};
	bool good = true;
	int key;

	while ((key = getopt_long(argc, argv, "", table, NULL)) != -1) {
		size_t i = 0;

		while (i < sizeof(texts) / sizeof(texts[0]) && texts[i].key != key)
			i++;
		if (i < sizeof(texts) / sizeof(texts[0]))
			*(const char **)((char *)opt + texts[i].offset) = optarg;
		else
			good &= take(opt, key);
	}
	if (good && ((opt->url && !pull_message_can_hold(opt->url)) ||
		     (opt->token && !pull_message_can_hold(opt->token)) ||
		     (opt->tell && !pull_message_can_hold(opt->tell))))
		good = fail(false, "a device cannot be told what is no UTF-8", NULL);
	if (good && optind != argc)
		good = fail(false, argv[optind], "is one word too many; try --help");
	return good;
}

static void print_usage(void)
{
	(void)fputs(usage, stdout);
	for (unsigned i = 0; i < BO_MISCHIEF_KINDS; i++)
		if (bo_mischief_is_of(BO_OF_JOBS, (enum bo_mischief_kind)i))
			(void)printf("  %s", bo_mischief_help((enum bo_mischief_kind)i));
}

/* ---- commands ---- */

static void say(const char *line)
{
	(void)printf("%s\n", line);
	(void)fflush(stdout);
}

static void break_off(struct pull *pull, const struct bo_err *err)
{
	pull->broken = err;
	pull->over = true;
}

static void do_upload(struct pull *pull, const char *hash, const char *file)
{
	static struct bo_err err;

	if (pull_jobs_upload(&pull->jobs, hash, file, &err) < 0)
		break_off(pull, &err);
}

static void do_test(struct pull *pull, const char *hash, const char *rest)
{
	(void)rest;
	pull_jobs_begin(&pull->jobs, PULL_INSTALL, hash);
}

static void do_confirm(struct pull *pull, const char *hash, const char *rest)
{
	(void)hash;
	(void)rest;
	pull_jobs_begin(&pull->jobs, PULL_CONFIRM, NULL);
}

static void do_reset(struct pull *pull, const char *hash, const char *rest)
{
	(void)hash;
	(void)rest;
	pull_jobs_begin(&pull->jobs, PULL_RESTART, NULL);
}

static void do_query(struct pull *pull, const char *hash, const char *rest)
{
	(void)hash;
	(void)rest;
	pull_jobs_begin(&pull->jobs, PULL_STATE_READ, NULL);
}

static const struct {
	const char *name;
	unsigned words; /* behind it; the last one is the rest of the line */
	void (*act)(struct pull *pull, const char *hash, const char *rest);
} commands[] = {{"upload", 2, do_upload},
		{"test", 1, do_test},
		{"confirm", 0, do_confirm},
		{"reset", 0, do_reset},
		{"query", 0, do_query}};

/* Cuts the first word off. */
static char *rest_of(char *text)
{
	char *blank = strchr(text, ' ');

	if (!blank)
		return NULL;
	*blank = '\0';
	return blank + 1;
}

static void obey(struct pull *pull, char *line)
{
	static struct bo_err err;
	char *hash = rest_of(line), *rest = NULL, number[32];

	pull_jobs_drop(&pull->jobs);
	if (strcmp(line, "drop") == 0)
		return;
	(void)snprintf(number, sizeof(number), "job %u", ++pull->commands);
	say(number);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, line) != 0)
			continue;
		rest = commands[i].words > 1 && hash ? rest_of(hash) : NULL;
		if ((commands[i].words > 0) != (hash != NULL) ||
		    (commands[i].words > 1) != (rest != NULL))
			break;
		commands[i].act(pull, hash, rest);
		return;
	}
	(void)bo_err_set(&err, -EPROTO, "'%s' is no command", line);
	break_off(pull, &err);
}

static void hear_commands(struct pull *pull)
{
	char *end;

	while (!pull->over && pull->text.len > 0 &&
	       (end = memchr(pull->text.data, '\n', pull->text.len))) {
		char line[COMMAND_MAX];
		size_t len = (size_t)(end - pull->text.data);

		(void)snprintf(line, sizeof(line), "%.*s", (int)len, pull->text.data);
		pull->text.len -= len + 1;
		memmove(pull->text.data, end + 1, pull->text.len);
		obey(pull, line);
	}
}

static void input_ready(struct bo_watch *watch, short revents)
{
	struct pull *pull = (struct pull *)((char *)watch - offsetof(struct pull, input));
	char chunk[1024];
	ssize_t n = read(watch->fd, chunk, sizeof(chunk));

	(void)revents;
	if (n <= 0) {
		pull->over = n == 0 || errno != EINTR;
		return;
	}
	bo_buf_add(&pull->text, chunk, (size_t)n);
	hear_commands(pull);
}

/* ---- parts ---- */

static void heard_device(void *ctx, const void *data, size_t len)
{
	pull_jobs_hear(&((struct pull *)ctx)->jobs, data, len);
}

static void heard_server(void *ctx, const struct pull_heard *heard)
{
	pull_jobs_served(&((struct pull *)ctx)->jobs, heard);
}

static void broker_back(void *ctx)
{
	pull_jobs_back(&((struct pull *)ctx)->jobs);
}

static void broker_failed(void *ctx)
{
	break_off(ctx, &((struct pull *)ctx)->broker.broken);
}

static void server_failed(void *ctx)
{
	break_off(ctx, &((struct pull *)ctx)->server.broken);
}

static bool is_over(void *ctx)
{
	return ((struct pull *)ctx)->over;
}

static void name_files(struct pull *pull)
{
	const struct options *opt = &pull->opt;

	(void)snprintf(pull->ca, sizeof(pull->ca), "%s/pull-ca.pem", opt->folder);
	(void)snprintf(pull->client, sizeof(pull->client), "%s/pull-client.pem", opt->folder);
	pull->jobs.serving = (struct pull_serving){.ca = opt->tls ? pull->ca : NULL,
						   .client = opt->client ? pull->client : NULL,
						   .token = opt->token,
						   .mischief = opt->mischief,
						   .mischiefs = opt->mischiefs};
}

static void set_up(struct pull *pull)
{
	const struct options *opt = &pull->opt;
	const char *told = opt->tell ? opt->tell : opt->token;

	bo_clock_real_init(&pull->clock);
	bo_loop_init(&pull->loop, &pull->clock);
	pull->broker = (struct pull_broker){
		.hear = heard_device, .back = broker_back, .fail = broker_failed, .ctx = pull};
	(void)snprintf(pull->broker.topic, sizeof(pull->broker.topic), "brownout/%s/status",
		       opt->device);
	pull->server = (struct pull_server){.loop = &pull->loop,
					    .proc = BO_PROC_NONE,
					    .port = pull_free_port(),
					    .hear = heard_server,
					    .fail = server_failed,
					    .ctx = pull};
	pull->jobs = (struct pull_jobs){.loop = &pull->loop,
					.broker = &pull->broker,
					.server = &pull->server,
					.device = opt->device,
					.url = opt->url,
					.token = told && *told ? told : NULL,
					.silence = opt->silence,
					.tricks = opt->tricks,
					.say = say};
	memcpy(pull->jobs.trick, opt->trick, sizeof(opt->trick));
	name_files(pull);
	pull_jobs_init(&pull->jobs);
}

/* Whole or not at all: a device may look at any time. */
static int announce(const struct pull *pull, struct bo_err *err)
{
	const struct options *opt = &pull->opt;
	char path[4096];

	if (!opt->announce)
		return 0;
	(void)snprintf(path, sizeof(path), "%s.new", opt->announce);
	FILE *file = fopen(path, "we");

	if (!file)
		return bo_err_set(err, -errno, "%s: %s", path, strerror(errno));
	(void)fprintf(file, "127.0.0.1 %u", pull->broker.port);
	if (opt->tls)
		(void)fprintf(file, " %s", pull->ca);
	if (opt->client && !opt->withheld)
		(void)fprintf(file, " %s", pull->client);
	(void)fprintf(file, "\n");
	if (fclose(file) != 0 || rename(path, opt->announce) < 0)
		return bo_err_set(err, -errno, "%s: %s", opt->announce, strerror(errno));
	return 0;
}

static void tear_down(struct pull *pull)
{
	if (pull->opt.announce)
		(void)unlink(pull->opt.announce);
	pull_jobs_done(&pull->jobs);
	pull_server_close(&pull->server);
	pull_broker_close(&pull->broker);
	(void)unlink(pull->ca);
	(void)unlink(pull->client);
	bo_buf_done(&pull->text);
}

static int run(struct pull *pull, struct bo_err *err)
{
	const struct options *opt = &pull->opt;

	pull->input = (struct bo_watch){.fd = STDIN_FILENO, .events = POLLIN, .ready = input_ready};
	int rc = pull_broker_open(&pull->broker, &pull->loop, opt->folder, opt->port, err);

	if (rc < 0)
		return rc;
	pull_jobs_open(&pull->jobs);
	rc = announce(pull, err);
	if (rc < 0)
		return rc;
	bo_loop_watch(&pull->loop, &pull->input);
	(void)bo_loop_until(&pull->loop, is_over, pull, BO_NEVER);
	bo_loop_unwatch(&pull->loop, &pull->input);
	return 0;
}

int main(int argc, char **argv)
{
	static struct pull pull = {
		.opt = {.folder = ".", .device = "gateway", .silence = 60 * BO_S}};
	struct bo_err err = {0};

	if (!parse(argc, argv, &pull.opt))
		return EXIT_USAGE;
	if (pull.opt.help) {
		print_usage();
		return 0;
	}
	bo_loop_catch_signals();
	set_up(&pull);
	int rc = run(&pull, &err);

	if (rc == 0 && pull.broken)
		rc = bo_err_set(&err, -EIO, "%s", bo_err_text(pull.broken));
	tear_down(&pull);
	return rc < 0 ? fail(EXIT_RIG, bo_err_text(&err), NULL) : 0;
}
