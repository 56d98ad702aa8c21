#include "drivers/serve/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#define DAY_S 86400L

struct pair {
	EVP_PKEY *key;
	X509 *cert;
};

struct kind {
	const char *name;
	const char *const *extensions; /* "NAME=VALUE" of x509v3_config(5), by pairs, to NULL */
	long from_s, until_s;	       /* relative to now */
};

static void pair_done(struct pair *pair)
{
	EVP_PKEY_free(pair->key);
	X509_free(pair->cert);
	*pair = (struct pair){0};
}

static bool add_extensions(X509 *cert, X509 *issuer, const char *const *list)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	for (; *list; list += 2) {
		X509_EXTENSION *extension = X509V3_EXT_conf(NULL, &ctx, list[0], list[1]);

		if (!extension || !X509_add_ext(cert, extension, -1))
			return false;
		X509_EXTENSION_free(extension);
	}
	return true;
}

static bool name_and_number(X509 *cert, const char *name)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	BIGNUM *serial = BN_new();
	bool good = serial && BN_rand(serial, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) &&
		    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert)) &&
		    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
					       (const unsigned char *)name, -1, -1, 0);

	BN_free(serial);
	return good;
}

/* `issuer` NULL: signed by itself. */
static bool make(const struct kind *kind, const struct pair *issuer, struct pair *ret)
{
	struct pair pair = {.key = EVP_EC_gen("P-256"), .cert = X509_new()};
	const struct pair *by = issuer ? issuer : &pair;

	if (pair.key && pair.cert && X509_set_version(pair.cert, X509_VERSION_3) &&
	    name_and_number(pair.cert, kind->name) &&
	    X509_gmtime_adj(X509_getm_notBefore(pair.cert), kind->from_s) &&
	    X509_gmtime_adj(X509_getm_notAfter(pair.cert), kind->until_s) &&
	    X509_set_pubkey(pair.cert, pair.key) &&
	    X509_set_issuer_name(pair.cert, X509_get_subject_name(by->cert)) &&
	    add_extensions(pair.cert, by->cert, kind->extensions) &&
	    X509_sign(pair.cert, by->key, EVP_sha256())) {
		*ret = pair;
		return true;
	}
	pair_done(&pair);
	return false;
}

static int write_pem(const char *path, const struct pair *pair, bool key, struct bo_err *err)
{
	BIO *out = BIO_new_file(path, "w");
	bool good = out && PEM_write_bio_X509(out, pair->cert) &&
		    (!key || PEM_write_bio_PrivateKey(out, pair->key, NULL, NULL, 0, NULL, NULL));

	if (BIO_free(out) != 1)
		good = false;
	return good ? 0 : bo_err_set(err, -EIO, "%s: cannot be written", path);
}

static int accept_anyone(int preverified, X509_STORE_CTX *ctx)
{
	(void)preverified;
	(void)ctx;
	return 1;
}

static bool set_up(SSL_CTX *ctx, const struct pair *authority, const struct pair *server,
		   bool ask_client)
{
	if (ask_client)
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, accept_anyone);
	return SSL_CTX_use_certificate(ctx, server->cert) &&
	       SSL_CTX_use_PrivateKey(ctx, server->key) &&
	       X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), authority->cert) &&
	       SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
}

static const char *const of_authority[] = {"basicConstraints",
					   "critical,CA:TRUE",
					   "keyUsage",
					   "critical,keyCertSign",
					   "subjectKeyIdentifier",
					   "hash",
					   NULL};
static const char *const of_server[] = {"basicConstraints",
					"CA:FALSE",
					"extendedKeyUsage",
					"serverAuth",
					"subjectAltName",
					"DNS:localhost,IP:127.0.0.1",
					"authorityKeyIdentifier",
					"keyid",
					NULL};
static const char *const of_stranger[] = {"basicConstraints",
					  "CA:FALSE",
					  "extendedKeyUsage",
					  "serverAuth",
					  "subjectAltName",
					  "DNS:wrong.invalid",
					  "authorityKeyIdentifier",
					  "keyid",
					  NULL};
static const char *const of_client[] = {"basicConstraints", "CA:FALSE", "extendedKeyUsage",
					"clientAuth", NULL};

SSL_CTX *bo_tls_new(const struct bo_tls_wish *wish, struct bo_err *err)
{
	const struct kind authority_kind = {"brownout test authority", of_authority, -2 * DAY_S,
					    90 * DAY_S};
	const struct kind server_kind = {wish->wrong_host ? "wrong.invalid" : "localhost",
					 wish->wrong_host ? of_stranger : of_server, -2 * DAY_S,
					 wish->expired ? -DAY_S : 90 * DAY_S};
	const struct kind client_kind = {"device", of_client, -2 * DAY_S, 90 * DAY_S};
	struct pair authority = {0}, stranger = {0}, server = {0}, client = {0};
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	bool good = ctx && make(&authority_kind, NULL, &authority) &&
		    make(&authority_kind, NULL, &stranger) &&
		    make(&server_kind, wish->unknown_ca ? &stranger : &authority, &server) &&
		    make(&client_kind, &authority, &client) &&
		    set_up(ctx, &authority, &server, wish->ask_client);
	int rc = good ? write_pem(wish->ca_path, &authority, false, err)
		      : bo_err_set(err, -EIO, "OpenSSL: %s",
				   ERR_reason_error_string(ERR_peek_last_error()));

	if (rc == 0 && wish->client_path)
		rc = write_pem(wish->client_path, &client, true, err);
	pair_done(&authority);
	pair_done(&stranger);
	pair_done(&server);
	pair_done(&client);
	if (rc == 0)
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

bool bo_tls_knows_client(const SSL *ssl)
{
	return SSL_get0_peer_certificate(ssl) && SSL_get_verify_result(ssl) == X509_V_OK;
}
