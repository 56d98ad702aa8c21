#ifndef BO_DRIVERS_PULL_PULL_MESSAGE_H
#define BO_DRIVERS_PULL_PULL_MESSAGE_H

#include "drivers/pull/pull_jobs.h"

/* What a device is told of a job, as JSON (pull_jobs.h); to be freed with free(). */

/* `token` NULL: none is told. */
char *pull_message_download(const struct pull_upload *upload, const char *url, const char *token);

/* Whether a text can stand in one: it is UTF-8. */
bool pull_message_can_hold(const char *text);

/* Of any other job; `hash` of the image that it is about, or NULL. */
char *pull_message(const char *id, const char *what, const char *hash);

#endif
