#include <errno.h>
#include <stdlib.h>

#include "harness/explore/explore_parts.h"

/* The operations of a class. A boot of 44 KiB has 50,000, and a thousand classes differ mostly in
 * where they begin. */

bool log_same(const struct bo_write *one, const struct bo_write *other)
{
	return one->at == other->at && one->len == other->len && one->erase == other->erase &&
	       one->value == other->value;
}

/* How many operations both end with. */
static uint32_t common_end(const struct bo_boot *boot, const struct cls *like)
{
	uint32_t ops = (uint32_t)boot->log_len, count = 0;

	while (count < ops && count < like->ops &&
	       log_same(&boot->log[ops - 1 - count], log_op(like, like->ops - count)))
		count++;
	return count;
}

/* What of it can be referred to: whoever has a rest himself refers to a third. */
static uint32_t shared_with(const struct bo_boot *boot, const struct cls *like,
			    const struct bo_write **ret_rest)
{
	uint32_t count = like ? common_end(boot, like) : 0;
	uint32_t rest = like ? like->ops - like->owned : 0;

	if (!count)
		return 0;
	if (rest && count > rest)
		count = rest;
	*ret_rest = log_op(like, like->ops - count + 1);
	return count;
}

int log_keep(struct cls *cls, const struct bo_boot *boot, const struct cls *like)
{
	uint32_t shared = shared_with(boot, like, &cls->rest);

	cls->ops = (uint32_t)boot->log_len;
	cls->owned = cls->ops - shared;
	cls->own = malloc((cls->owned + 1) * sizeof(*cls->own));
	if (!cls->own)
		return -ENOMEM;
	memcpy(cls->own, boot->log, cls->owned * sizeof(*cls->own));
	return 0;
}
