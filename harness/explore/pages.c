#include <stdlib.h>

#include "harness/explore/explore_parts.h"

static uint64_t hash(const uint8_t *content, uint32_t size)
{
	uint64_t h = size;

	for (uint32_t i = 0; i < size; i += 8) {
		uint64_t word;

		memcpy(&word, content + i, 8);
		h = (h ^ word) * 0x9E3779B97F4A7C15u;
		h ^= h >> 29;
	}
	return h;
}

/* Where it is, or where it would go. */
static uint32_t slot_of(const struct pages *pages, const uint8_t *content)
{
	uint32_t slot = (uint32_t)hash(content, pages->size) & (pages->room - 1);

	while (pages->at[slot] && memcmp(pages->at[slot], content, pages->size) != 0)
		slot = (slot + 1) & (pages->room - 1);
	return slot;
}

static bool grow(struct pages *pages)
{
	struct pages larger = *pages;

	larger.room = pages->room ? 2 * pages->room : 1024;
	larger.at = calloc(larger.room, sizeof(*larger.at));
	if (!larger.at)
		return false;
	for (uint32_t i = 0; i < pages->room; i++)
		if (pages->at[i])
			larger.at[slot_of(&larger, pages->at[i])] = pages->at[i];
	free(pages->at);
	*pages = larger;
	return true;
}

const uint8_t *pages_keep(struct pages *pages, const uint8_t *content)
{
	uint32_t slot;

	if (2 * pages->used >= pages->room && !grow(pages))
		return NULL;
	slot = slot_of(pages, content);
	if (pages->at[slot])
		return pages->at[slot];
	pages->at[slot] = malloc(pages->size);
	if (!pages->at[slot])
		return NULL;
	memcpy(pages->at[slot], content, pages->size);
	pages->used++;
	pages->bytes += pages->size;
	return pages->at[slot];
}

void pages_done(struct pages *pages)
{
	for (uint32_t i = 0; i < pages->room; i++)
		free(pages->at[i]);
	free(pages->at);
}
