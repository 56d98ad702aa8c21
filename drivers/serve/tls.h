#ifndef BO_DRIVERS_SERVE_TLS_H
#define BO_DRIVERS_SERVE_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "harness/base/err.h"

/*
 * TLS for the update server, with an authority that is made for this one run and forgotten: its
 * certificate and one for a client are written out, its key never.
 */
struct bo_tls_wish {
	bool expired;	     /* the server's certificate ended yesterday */
	bool wrong_host;     /* it is for "wrong.invalid" instead of localhost and 127.0.0.1 */
	bool unknown_ca;     /* another authority signed it than the one written out */
	bool ask_client;     /* ask clients for a certificate; who has none is let in all the same,
			      * so that HTTP can say 403 */
	const char *ca_path; /* where the authority's certificate goes (PEM) */
	const char *client_path; /* where a client's certificate and key go (PEM); NULL: nowhere */
};

/* NULL with *err set on failure; to be freed with SSL_CTX_free(). */
SSL_CTX *bo_tls_new(const struct bo_tls_wish *wish, struct bo_err *err);

/* Whether the other side showed a certificate that our authority signed. */
bool bo_tls_knows_client(const SSL *ssl);

#endif
