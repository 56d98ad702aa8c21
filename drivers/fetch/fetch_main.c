/*
 * brownout-fetch: one HTTP transfer as a conforming client makes it, and what came of it as a line
 * of JSON. The only program that links libcurl.
 */
#include <curl/curl.h>
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { EXIT_USAGE = 2, EXIT_INTERNAL = 4 };

#define FIELDS_MAX 16

struct options {
	const char *url, *range, *if_range, *token, *ca, *cert, *out;
	long timeout_s;
	int help;
};

/* What the last reply said; redirects are followed, and each begins anew. */
struct transfer {
	json_t *fields;
	EVP_MD_CTX *hash;
	FILE *out;
	json_int_t bytes;
	bool unwritten;
};

static const char usage[] =
	"usage: brownout-fetch [OPTION]... URL\n"
	"Fetches URL and says in a line of JSON what came: status, fields, bytes, their SHA-256, "
	"the\n"
	"server's certificate, and how it ended.\n"
	"  --range A-B       ask for these bytes\n"
	"  --if-range ETAG   ... if the file still has this ETag\n"
	"  --token TEXT      as bearer token\n"
	"  --ca FILE         the authority to believe instead of the system's (PEM)\n"
	"  --cert FILE       our certificate and key (PEM)\n"
	"  --out FILE        where the bytes go [nowhere]\n"
	"  --timeout S       for all of it [60]\n";

static int fail(const char *what, const char *why)
{
	(void)fprintf(stderr, "brownout-fetch: %s: %s\n", what, why);
	return EXIT_USAGE;
}

static bool take(struct options *opt, int key)
{
	const struct {
		int key;
		const char **value;
	} texts[] = {{'r', &opt->range}, {'i', &opt->if_range}, {'t', &opt->token},
		     {'c', &opt->ca},	 {'C', &opt->cert},	{'o', &opt->out}};
	char *end;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].key == key) {
			*texts[i].value = optarg;
			return true;
		}
	if (key != 'T')
		return key == 0;
	opt->timeout_s = strtol(optarg, &end, 10);
	return end != optarg && !*end && opt->timeout_s > 0 && opt->timeout_s <= 86400;
}

static bool parse(int argc, char **argv, struct options *ret)
{
	struct options opt = {.timeout_s = 60};
	const struct option table[] = {
		{"range", required_argument, NULL, 'r'},
		{"if-range", required_argument, NULL, 'i'},
		{"token", required_argument, NULL, 't'},
		{"ca", required_argument, NULL, 'c'},
		{"cert", required_argument, NULL, 'C'},
		{"out", required_argument, NULL, 'o'},
		{"timeout", required_argument, NULL, 'T'},
		{"help", no_argument, &opt.help, 1},
		{0},
	};
	bool good = true;
	int key;

	while ((key = getopt_long(argc, argv, "", table, NULL)) != -1)
		good &= take(&opt, key);
	if (good && !opt.help && optind != argc - 1)
		return fail("one URL is needed", "try --help"), false;
	opt.url = good ? argv[optind] : NULL;
	*ret = opt;
	return good;
}

static bool is_wanted(const char *name, size_t len)
{
	static const char *const wanted[] = {"etag",	       "accept-ranges", "content-range",
					     "content-length", "retry-after",	"www-authenticate",
					     "last-modified"};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (strlen(wanted[i]) == len && strncasecmp(wanted[i], name, len) == 0)
			return true;
	return false;
}

static void note_field(struct transfer *transfer, const char *line, const char *colon, size_t len)
{
	const char *value = colon + 1, *end = line + len;
	char name[32] = "";

	for (size_t i = 0; i < (size_t)(colon - line) && i < sizeof(name) - 1; i++)
		name[i] = (char)(line[i] | 0x20);
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (end > value && (end[-1] == '\n' || end[-1] == '\r' || end[-1] == ' '))
		end--;
	/* a value that is no UTF-8 is left out: none of these may be that */
	(void)json_object_set_new(transfer->fields, name,
				  json_stringn(value, (size_t)(end - value)));
}

static size_t on_field(char *line, size_t size, size_t count, void *ctx)
{
	struct transfer *transfer = ctx;
	size_t len = size * count;
	const char *colon = memchr(line, ':', len);

	if (len > 5 && memcmp(line, "HTTP/", 5) == 0)
		(void)json_object_clear(transfer->fields);
	else if (colon && is_wanted(line, (size_t)(colon - line)))
		note_field(transfer, line, colon, len);
	return len;
}

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
	struct transfer *transfer = ctx;
	size_t len = size * count;

	(void)EVP_DigestUpdate(transfer->hash, data, len);
	transfer->bytes += (json_int_t)len;
	if (transfer->out && fwrite(data, 1, len, transfer->out) != len) {
		transfer->unwritten = true;
		return 0;
	}
	return len;
}

static json_t *hash_text(struct transfer *transfer)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	char text[2 * EVP_MAX_MD_SIZE + 1] = "";

	(void)EVP_DigestFinal_ex(transfer->hash, hash, &len);
	for (unsigned i = 0; i < len; i++)
		(void)snprintf(text + 2 * (size_t)i, 3, "%02x", hash[i]);
	return json_string(text);
}

/* When the server's certificate ends, as curl has it; null without TLS. */
static json_t *expiry_of(CURL *curl)
{
	struct curl_certinfo *info = NULL;

	if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &info) != CURLE_OK || !info ||
	    info->num_of_certs < 1)
		return json_null();
	for (const struct curl_slist *at = info->certinfo[0]; at; at = at->next)
		if (strncmp(at->data, "Expire date:", 12) == 0)
			return json_integer((json_int_t)curl_getdate(at->data + 12, NULL));
	return json_null();
}

static void print_result(CURL *curl, CURLcode rc, struct transfer *transfer, const char *error)
{
	long status = 0, verify = 0;

	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(curl, CURLINFO_SSL_VERIFYRESULT, &verify);
	json_t *line = json_pack("{s:b, s:i, s:s, s:i, s:O, s:I, s:o, s:o}", "whole",
				 rc == CURLE_OK, "curl", (int)rc, "error",
				 rc == CURLE_OK ? ""
				 : *error	? error
						: curl_easy_strerror(rc),
				 "status", (int)status, "fields", transfer->fields, "bytes",
				 transfer->bytes, "sha256", hash_text(transfer), "expires",
				 expiry_of(curl));

	if (line) {
		(void)json_dumpf(line, stdout, JSON_COMPACT);
		(void)putchar('\n');
	}
	json_decref(line);
}

static struct curl_slist *own_fields(const struct options *opt)
{
	struct curl_slist *list = NULL;
	char field[600];

	if (opt->if_range) {
		(void)snprintf(field, sizeof(field), "If-Range: %s", opt->if_range);
		list = curl_slist_append(list, field);
	}
	if (opt->token) {
		(void)snprintf(field, sizeof(field), "Authorization: Bearer %s", opt->token);
		list = curl_slist_append(list, field);
	}
	return list;
}

static void set_up(CURL *curl, const struct options *opt, struct transfer *transfer,
		   struct curl_slist *fields, char *error)
{
	(void)curl_easy_setopt(curl, CURLOPT_URL, opt->url);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, opt->timeout_s);
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	(void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_field);
	(void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
	if (opt->range)
		(void)curl_easy_setopt(curl, CURLOPT_RANGE, opt->range);
	if (opt->ca)
		(void)curl_easy_setopt(curl, CURLOPT_CAINFO, opt->ca);
	if (opt->cert) {
		(void)curl_easy_setopt(curl, CURLOPT_SSLCERT, opt->cert);
		(void)curl_easy_setopt(curl, CURLOPT_SSLKEY, opt->cert);
	}
}

static int fetch(const struct options *opt, FILE *out)
{
	char error[CURL_ERROR_SIZE] = "";
	struct transfer transfer = {.fields = json_object(), .hash = EVP_MD_CTX_new(), .out = out};
	CURL *curl = curl_easy_init();
	struct curl_slist *fields = own_fields(opt);
	bool good = curl && transfer.fields && transfer.hash &&
		    EVP_DigestInit_ex(transfer.hash, EVP_sha256(), NULL);

	if (good) {
		set_up(curl, opt, &transfer, fields, error);
		print_result(curl, curl_easy_perform(curl), &transfer, error);
	}
	curl_slist_free_all(fields);
	curl_easy_cleanup(curl);
	EVP_MD_CTX_free(transfer.hash);
	json_decref(transfer.fields);
	if (transfer.unwritten)
		return fail(opt->out, "cannot be written");
	return good ? 0 : EXIT_INTERNAL;
}

int main(int argc, char **argv)
{
	struct options opt;

	if (!parse(argc, argv, &opt))
		return EXIT_USAGE;
	if (opt.help) {
		(void)fputs(usage, stdout);
		return 0;
	}
	FILE *out = opt.out ? fopen(opt.out, "we") : NULL;

	if (opt.out && !out)
		return fail(opt.out, strerror(errno));
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	int rc = fetch(&opt, out);

	curl_global_cleanup();
	if (out && fclose(out) != 0 && rc == 0)
		rc = fail(opt.out, strerror(errno));
	return rc;
}
