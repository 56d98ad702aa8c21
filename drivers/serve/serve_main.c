/*
 * brownout-serve: an update server that misbehaves on command. It ends when its standard input
 * does, so that it cannot outlive whoever started it.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/serve/server.h"
#include "drivers/serve/tls.h"
#include "harness/base/loop.h"

enum { EXIT_USAGE = 2, EXIT_RIG = 3 };

struct options {
	const char *file, *path, *ca, *client;
	uint16_t port;
	uint64_t body_every;
	int help;
	struct bo_offer offer;
};

static const char usage[] =
	"usage: brownout-serve [OPTION]... FILE\n"
	"Serves FILE over HTTP on 127.0.0.1 until its standard input ends; says what it is asked,\n"
	"and what it did, in JSON lines.\n"
	"  --as PATH          where the file is [/fw.bin]\n"
	"  --port N           [one that is free]\n"
	"  --ca FILE          speak TLS; the authority's certificate is written there\n"
	"  --client FILE      ask for a client certificate; one that will do is written there\n"
	"  --token TEXT       ask for this bearer token\n"
	"  --body BYTES       say how far a body is, each so many bytes [never]\n"
	"  --do MISCHIEF      misbehave; may be repeated:\n";

static int fail(int code, const char *what, const char *why)
{
	(void)fprintf(stderr, "brownout-serve: %s%s%s\n", what, why ? ": " : "", why ? why : "");
	return code;
}

static bool number(const char *text, uint64_t max, uint64_t *ret)
{
	char *end;

	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || errno || value > max)
		return fail(false, text, "no number in range");
	*ret = value;
	return true;
}

static bool add_mischief(struct bo_offer *offer, const char *text)
{
	struct bo_err err = {0};

	if (offer->mischiefs == BO_MISCHIEFS_MAX)
		return fail(false, "too much mischief", "at most 16");
	if (bo_mischief_parse(BO_OF_SERVER, text, &offer->mischief[offer->mischiefs], &err) < 0)
		return fail(false, bo_err_text(&err), NULL);
	offer->mischiefs++;
	return true;
}

static bool take(struct options *opt, int key)
{
	uint64_t port;

	switch (key) {
	case 'a':
		opt->offer.path = optarg;
		return *optarg == '/' || fail(false, optarg, "a path begins with '/'");
	case 'p':
		if (!number(optarg, UINT16_MAX, &port))
			return false;
		opt->port = (uint16_t)port;
		return true;
	case 'c':
		opt->ca = optarg;
		return true;
	case 'C':
		opt->client = optarg;
		opt->offer.client_cert = true;
		return true;
	case 't':
		opt->offer.token = optarg;
		return true;
	case 'b':
		return number(optarg, INT64_MAX, &opt->body_every);
	case 'd':
		return add_mischief(&opt->offer, optarg);
	default:
		return key == 0; /* a flag */
	}
}

static bool parse(int argc, char **argv, struct options *ret)
{
	struct options opt = {.offer.path = "/fw.bin"};
	const struct option table[] = {
		{"as", required_argument, NULL, 'a'},
		{"port", required_argument, NULL, 'p'},
		{"ca", required_argument, NULL, 'c'},
		{"client", required_argument, NULL, 'C'},
		{"token", required_argument, NULL, 't'},
		{"body", required_argument, NULL, 'b'},
		{"do", required_argument, NULL, 'd'},
		{"help", no_argument, &opt.help, 1},
		{0},
	};
	bool good = true;
	int key;

	while ((key = getopt_long(argc, argv, "", table, NULL)) != -1)
		good &= take(&opt, key);
	if (good && !opt.help && optind != argc - 1)
		good = fail(false, "one FILE is needed", "try --help");
	if (good && opt.client && !opt.ca)
		good = fail(false, "--client needs --ca", "a certificate is shown within TLS");
	opt.file = good ? argv[optind] : NULL;
	*ret = opt;
	return good;
}

static void print_usage(void)
{
	(void)fputs(usage, stdout);
	for (unsigned i = 0; i < BO_MISCHIEF_KINDS; i++)
		if (bo_mischief_is_of(BO_OF_SERVER, (enum bo_mischief_kind)i))
			(void)printf("  %s", bo_mischief_help((enum bo_mischief_kind)i));
}

static uint8_t *read_file(const char *path, uint64_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *data = NULL;
	ssize_t n = 0;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (data = malloc((size_t)st.st_size + 1)))
		for (*ret_len = 0;
		     (n = read(fd, data + *ret_len, (size_t)st.st_size - (size_t)*ret_len)) > 0;)
			*ret_len += (uint64_t)n;
	if (fd >= 0)
		(void)close(fd);
	if (n == 0)
		return data;
	free(data);
	return NULL;
}

/* A strong validator that says what the bytes are (RFC 9110, 8.8.3). */
static void make_etag(const uint8_t *data, uint64_t len, char out[BO_ETAG_MAX])
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	int at = snprintf(out, BO_ETAG_MAX, "\"");

	(void)EVP_Digest(data, (size_t)len, hash, &size, EVP_sha256(), NULL);
	for (unsigned i = 0; i < size && i < 32; i++)
		at += snprintf(out + at, BO_ETAG_MAX - (size_t)at, "%02x", hash[i]);
	(void)snprintf(out + at, BO_ETAG_MAX - (size_t)at, "\"");
}

/* Another file of equal size: it differs in each block that a resumed transfer could begin with. */
static uint8_t *make_other(const uint8_t *data, uint64_t len)
{
	uint8_t *other = malloc((size_t)len + 1);

	for (uint64_t i = 0; other && i < len; i++)
		other[i] = data[i] ^ (i % 64 == 0);
	return other;
}

static void say(void *ctx, const char *line)
{
	(void)ctx;
	(void)fputs(line, stdout);
	(void)fflush(stdout);
}

static bool over;

static void input_ended(struct bo_watch *watch, short revents)
{
	char byte[64];

	(void)revents;
	if (read(watch->fd, byte, sizeof(byte)) <= 0)
		over = true;
}

static bool is_over(void *ctx)
{
	(void)ctx;
	return over;
}

static SSL_CTX *make_tls(const struct options *opt, struct bo_err *err)
{
	const struct bo_offer *offer = &opt->offer;
#define HAS(kind) (bo_mischief_find(offer->mischief, offer->mischiefs, kind) != NULL)
	const struct bo_tls_wish wish = {.expired = HAS(BO_MISCHIEF_EXPIRED),
					 .wrong_host = HAS(BO_MISCHIEF_WRONG_HOST),
					 .unknown_ca = HAS(BO_MISCHIEF_UNKNOWN_CA),
					 .ask_client = opt->client != NULL,
					 .ca_path = opt->ca,
					 .client_path = opt->client};
#undef HAS

	return bo_tls_new(&wish, err);
}

static int serve(const struct options *opt, SSL_CTX *tls, struct bo_err *err)
{
	struct bo_clock clock;
	struct bo_loop loop;
	struct bo_watch input = {.fd = STDIN_FILENO, .events = POLLIN, .ready = input_ended};
	struct bo_server *server;
	const struct bo_server_args args = {.offer = &opt->offer,
					    .tls = tls,
					    .port = opt->port,
					    .body_every = opt->body_every,
					    .say = say};

	bo_clock_real_init(&clock);
	bo_loop_init(&loop, &clock);
	bo_loop_catch_signals();
	int rc = bo_server_open(&args, &loop, &server, err);

	if (rc < 0)
		return rc;
	(void)printf("{\"event\":\"listening\",\"url\":\"%s://localhost:%u%s\"}\n",
		     tls ? "https" : "http", bo_server_port(server), opt->offer.path);
	(void)fflush(stdout);
	bo_loop_watch(&loop, &input);
	(void)bo_loop_until(&loop, is_over, NULL, BO_NEVER);
	bo_loop_unwatch(&loop, &input);
	bo_server_close(server);
	return 0;
}

int main(int argc, char **argv)
{
	struct options opt;
	struct bo_err err = {0};
	uint64_t len = 0;

	/* OpenSSL writes to a client that has left without MSG_NOSIGNAL. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (!parse(argc, argv, &opt))
		return EXIT_USAGE;
	if (opt.help) {
		print_usage();
		return 0;
	}
	uint8_t *data = read_file(opt.file, &len);
	uint8_t *other = data ? make_other(data, len) : NULL;

	if (!other) {
		free(data);
		return fail(EXIT_USAGE, opt.file, "cannot be read");
	}
	opt.offer.file = data;
	opt.offer.other = other;
	opt.offer.len = len;
	make_etag(data, len, opt.offer.etag[0]);
	make_etag(other, len, opt.offer.etag[1]);
	SSL_CTX *tls = opt.ca ? make_tls(&opt, &err) : NULL;
	int rc = opt.ca && !tls ? err.code : serve(&opt, tls, &err);

	SSL_CTX_free(tls);
	free(other);
	free(data);
	return rc < 0 ? fail(EXIT_RIG, bo_err_text(&err), NULL) : 0;
}
