#include "drivers/pull/pull_status.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

static const char *const names[PULL_SAID_COUNT] = {
	[PULL_ACCEPTED] = "accepted",	[PULL_PROGRESS] = "progress", [PULL_RESUMED] = "resumed",
	[PULL_SUCCEEDED] = "succeeded", [PULL_FAILED] = "failed",     [PULL_REJECTED] = "rejected",
	[PULL_STATE] = "state",
};

const char *pull_said_name(enum pull_said said)
{
	return names[said];
}

/* A text of `cap` - 1 bytes at most once it is printable; an absent one is "". */
static bool take_text(const json_t *object, const char *key, char *out, size_t cap)
{
	const json_t *value = json_object_get(object, key);

	out[0] = '\0';
	if (!value)
		return true;
	if (!json_is_string(value))
		return false;
	(void)bo_str_escape(out, cap, json_string_value(value), json_string_length(value));
	return true;
}

static bool take_flag(const json_t *object, const char *key, bool *ret)
{
	const json_t *value = json_object_get(object, key);

	if (value && !json_is_boolean(value))
		return false;
	*ret = json_is_true(value);
	return true;
}

static bool take_said(const json_t *object, enum pull_said *ret)
{
	const char *said = json_string_value(json_object_get(object, "status"));

	for (size_t i = 0; said && i < PULL_SAID_COUNT; i++)
		if (strcmp(said, names[i]) == 0) {
			*ret = (enum pull_said)i;
			return true;
		}
	return false;
}

static bool take_bytes(const json_t *object, const char *key, uint64_t *ret)
{
	const json_t *value = json_object_get(object, key);

	if (value && (!json_is_integer(value) || json_integer_value(value) < 0))
		return false;
	*ret = (uint64_t)json_integer_value(value);
	return true;
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) % 16 : -1;
}

/* An absent one, and an empty one, is none. */
static bool take_hash(const json_t *object, struct bo_update_slot *slot)
{
	const json_t *value = json_object_get(object, "hash");
	const char *hex = json_string_value(value);

	if (!value || (hex && !*hex))
		return true;
	if (!hex || json_string_length(value) != 64)
		return false;
	for (size_t i = 0; i < 32; i++) {
		int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		slot->hash[i] = (uint8_t)(high << 4 | low);
	}
	slot->has_hash = true;
	return true;
}

static bool take_slot(const json_t *object, struct bo_update_slot slots[2])
{
	const json_t *number = json_object_get(object, "slot");
	struct bo_update_slot slot = {.present = true};

	if (!json_is_integer(number) || json_integer_value(number) < 0 ||
	    json_integer_value(number) > 1)
		return false;
	if (!take_text(object, "version", slot.version, sizeof(slot.version)) ||
	    !take_hash(object, &slot) || !take_flag(object, "active", &slot.active) ||
	    !take_flag(object, "confirmed", &slot.confirmed) ||
	    !take_flag(object, "pending", &slot.pending) ||
	    !take_flag(object, "permanent", &slot.permanent))
		return false;
	slots[json_integer_value(number)] = slot;
	return true;
}

static bool take_slots(const json_t *object, struct bo_update_slot slots[2])
{
	const json_t *list = json_object_get(object, "slots");

	if (list && !json_is_array(list))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!take_slot(json_array_get(list, i), slots))
			return false;
	return true;
}

static const char *take(const json_t *object, struct pull_status *status)
{
	if (!json_is_object(object))
		return "no JSON object";
	if (json_string_length(json_object_get(object, "job")) > PULL_ID_MAX ||
	    !take_text(object, "job", status->job, sizeof(status->job)) || !status->job[0])
		return "'job' is no id of 1 to 64 characters";
	if (!take_said(object, &status->said))
		return "'status' is none of those that there are";
	if (!take_bytes(object, "bytes", &status->bytes))
		return "'bytes' is no number of bytes";
	if (!take_bytes(object, "passed", &status->passed))
		return "'passed' is no number of bytes";
	if (!take_text(object, "why", status->why, sizeof(status->why)))
		return "'why' is no text";
	if (!take_slots(object, status->slot))
		return "'slots' are not what they are to be";
	return NULL;
}

int pull_status_parse(const void *data, size_t len, struct pull_status *ret, struct bo_err *err)
{
	struct pull_status status = {.said = PULL_SAID_COUNT};
	json_error_t error;
	json_t *object = len > 0 && len <= PULL_STATUS_MAX
				 ? json_loadb(data, len, JSON_REJECT_DUPLICATES, &error)
				 : NULL;
	const char *why = len > PULL_STATUS_MAX ? "longer than 4096 bytes" : take(object, &status);
	char shown[64];

	json_decref(object);
	if (why)
		return bo_err_set(err, -EPROTO, "the device said '%s': %s",
				  bo_str_escape(shown, sizeof(shown), data, len), why);
	*ret = status;
	return 0;
}

void pull_status_slot(int number, const struct bo_update_slot *slot, struct bo_buf *out)
{
	char version[sizeof(slot->version)];

	/* a blank would begin another word */
	(void)bo_str_copy(version, sizeof(version), slot->version);
	for (char *at = version; *at; at++)
		*at = *at == ' ' ? '_' : *at;
	bo_buf_printf(out, "slot %d%s%s", number, *version ? " version=" : "", version);
	for (size_t i = 0; slot->has_hash && i < sizeof(slot->hash); i++)
		bo_buf_printf(out, "%s%02x", i ? "" : " hash=", slot->hash[i]);
	bo_buf_printf(out, "%s%s%s%s", slot->active ? " active" : "",
		      slot->confirmed ? " confirmed" : "", slot->pending ? " pending" : "",
		      slot->permanent ? " permanent" : "");
}
