#include "drivers/pull/pull_message.h"

#include <assert.h>
#include <jansson.h>

static char *text_of(json_t *message)
{
	char *text = json_dumps(message, JSON_COMPACT);

	assert(text);
	json_decref(message);
	return text;
}

bool pull_message_can_hold(const char *text)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string != NULL;
}

char *pull_message_download(const struct pull_upload *upload, const char *url, const char *token)
{
	json_t *message =
		json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:s}", "job", upload->id, "do",
			  "download", "url", url, "size", (json_int_t)upload->size, "sha256",
			  upload->sha256, "version", upload->version, "hash", upload->hash);

	if (token)
		(void)json_object_set_new(message, "token", json_string(token));
	return text_of(message);
}

char *pull_message(const char *id, const char *what, const char *hash)
{
	json_t *message = json_pack("{s:s, s:s}", "job", id, "do", what);

	if (hash)
		(void)json_object_set_new(message, "hash", json_string(hash));
	return text_of(message);
}
