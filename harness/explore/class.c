#include <errno.h>
#include <stdlib.h>

#include "harness/explore/explore_parts.h"

/* Classes: a memory that was booted, and which other memories it stands for. */

static uint8_t class_byte(const struct bo_explore *x, const struct cls *cls, uint32_t at)
{
	return cls->page[at / x->pages.size][at % x->pages.size];
}

void class_memory(const struct bo_explore *x, const struct cls *cls, uint8_t *ret)
{
	for (uint32_t i = 0; i < x->page_count; i++)
		memcpy(ret + i * x->pages.size, cls->page[i], x->pages.size);
}

/* A bit for each of 64 bytes that differs. */
static uint64_t differing(const uint8_t *a, const uint8_t *b)
{
	uint64_t bits = 0;

	if (memcmp(a, b, 64) == 0)
		return 0;
	for (unsigned i = 0; i < 64; i++)
		bits |= (uint64_t)(a[i] != b[i]) << i;
	return bits;
}

uint32_t class_differs(const struct bo_explore *x, const struct cls *cls, uint32_t at, uint32_t len,
		       const uint8_t *content)
{
	uint32_t count = 0;

	for (uint32_t i = at; i < at + len;) {
		const uint8_t *mine = &cls->page[i / x->pages.size][i % x->pages.size];
		const uint8_t *theirs = content + (i - at);

		if (i % 64 || at + len - i < 64) {
			count += bit_of(cls->needed, i) && *theirs != *mine;
			i++;
		} else {
			if (cls->needed[i / 64])
				count += (uint32_t)__builtin_popcountll(cls->needed[i / 64] &
									differing(theirs, mine));
			i += 64;
		}
	}
	return count;
}

static bool page_fits(const struct bo_explore *x, struct cls *cls, const uint8_t *memory,
		      uint32_t page)
{
	uint32_t base = page * x->pages.size;
	const uint8_t *mine = cls->page[page];

	if (memcmp(memory + base, mine, x->pages.size) == 0)
		return true;
	for (uint32_t at = 0; at < x->pages.size; at += 64) {
		uint64_t needed = cls->needed[(base + at) / 64];
		uint64_t wrong = needed ? needed & differing(memory + base + at, mine + at) : 0;

		if (wrong) {
			cls->hint = base + at + (uint32_t)__builtin_ctzll(wrong);
			return false;
		}
	}
	return true;
}

static bool class_fits(const struct bo_explore *x, struct cls *cls, const uint8_t *memory)
{
	if (bit_of(cls->needed, cls->hint) && memory[cls->hint] != class_byte(x, cls, cls->hint))
		return false;
	for (uint32_t page = 0; page < x->page_count; page++)
		if (!page_fits(x, cls, memory, page))
			return false;
	return true;
}

uint32_t class_find(struct bo_explore *x, const uint8_t *memory)
{
	for (uint32_t i = 0; i < x->count; i++)
		if (class_fits(x, x->cls[i], memory))
			return i;
	return BO_NO_STATE;
}

void class_free(struct cls *cls)
{
	if (!cls)
		return;
	for (unsigned kind = 0; kind < KINDS; kind++)
		free(cls->cuts[kind].run);
	free(cls->page);
	free(cls->own);
	free(cls->read);
	free(cls->needed);
	free(cls->star);
	free(cls);
}

static struct cls *class_new(struct bo_explore *x, const uint8_t *memory,
			     const struct bo_boot *boot, const struct cls *like)
{
	struct cls *cls = calloc(1, sizeof(*cls));
	size_t bits = x->words * sizeof(uint64_t);

	if (!cls)
		return NULL;
	cls->page = calloc(x->page_count, sizeof(*cls->page));
	cls->read = malloc(bits);
	cls->needed = malloc(bits);
	cls->star = malloc(bits);
	if (!cls->page || !cls->read || !cls->needed || !cls->star || log_keep(cls, boot, like)) {
		class_free(cls);
		return NULL;
	}
	for (uint32_t i = 0; i < x->page_count; i++) {
		cls->page[i] = pages_keep(&x->pages, memory + i * x->pages.size);
		if (!cls->page[i]) {
			class_free(cls);
			return NULL;
		}
	}
	memcpy(cls->read, boot->read, bits);
	memcpy(cls->needed, boot->read, bits);
	memcpy(cls->star, boot->read, bits);
	cls->outcome = boot->outcome;
	cls->end = cls->from = BO_NO_STATE;
	cls->depth = cls->boots = UINT32_MAX;
	x->stats.bytes += sizeof(*cls) + 3 * bits + x->page_count * sizeof(*cls->page) +
			  cls->owned * sizeof(*cls->own);
	return cls;
}

static int class_add(struct bo_explore *x, struct cls *cls)
{
	if (x->count == x->room) {
		uint32_t room = x->room ? 2 * x->room : 256;
		struct cls **larger = realloc(x->cls, room * sizeof(struct cls *));

		if (!larger)
			return -ENOMEM;
		x->cls = larger;
		x->room = room;
	}
	x->cls[x->count++] = cls;
	return 0;
}

static bool possible(const struct bo_explore *x, const struct bo_write *write)
{
	uint32_t size = x->config.machine.size;
	uint32_t page = x->pages.size;

	if (!write->len || write->at > size || write->len > size - write->at)
		return false;
	return write->erase ? write->at % page == 0 && write->len % page == 0 : write->len <= 8;
}

/* Programming what was not erased depends on what was there. */
static bool read_as_programmed(const struct bo_explore *x, const struct bo_boot *boot,
			       const struct bo_write *write, const uint8_t *erased)
{
	for (uint32_t at = write->at; at < write->at + write->len; at++)
		if (!erased[at / x->pages.size] && !bit_of(boot->read, at))
			return false;
	return true;
}

/* The operations told must be those that happened, and be in the read set. */
static int examine(const struct bo_explore *x, const struct bo_boot *boot, uint8_t *memory,
		   uint8_t *erased, struct bo_err *err)
{
	if (boot->outcome >= BO_OUTCOMES)
		return bo_err_set(err, -EPROTO, "outcome %u is none", boot->outcome);
	for (size_t i = 0; i < boot->log_len; i++) {
		const struct bo_write *write = &boot->log[i];

		if (!possible(x, write))
			return bo_err_set(err, -EPROTO, "operation %zu is none", i + 1);
		if (write->erase)
			memset(erased + write->at / x->pages.size, 1, write->len / x->pages.size);
		else if (!read_as_programmed(x, boot, write, erased))
			return bo_err_set(err, -EPROTO, "operation %zu programs what was not read",
					  i + 1);
		bo_write_apply(write, memory);
	}
	if (x->config.machine.env)
		memcpy(memory + x->config.machine.env, boot->memory + x->config.machine.env,
		       BO_ENV_BYTES);
	if (memcmp(memory, boot->memory, x->config.machine.size) != 0)
		return bo_err_set(err, -EPROTO,
				  "the operations of a boot do not explain its memory");
	return 0;
}

static int explained(const struct bo_explore *x, const uint8_t *memory, const struct bo_boot *boot,
		     struct bo_err *err)
{
	uint8_t *copy = malloc(x->config.machine.size);
	uint8_t *erased = calloc(1, x->page_count);
	int result = -ENOMEM;

	if (copy && erased) {
		memcpy(copy, memory, x->config.machine.size);
		result = examine(x, boot, copy, erased, err);
	}
	free(copy);
	free(erased);
	return result;
}

static uint32_t class_walked_count(const struct bo_explore *x)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < x->count; i++)
		count += class_walked(x->cls[i]);
	return count;
}

int class_boot(struct bo_explore *x, const uint8_t *memory, const struct cls *like, uint32_t *ret,
	       struct bo_err *err)
{
	const struct bo_machine *machine = &x->config.machine;
	struct cls *cls;
	struct bo_boot boot;
	int result;

	result = machine->ops->load(machine->self, memory, err);
	if (result == 0)
		result = machine->ops->boot(machine->self, NULL, &boot, err);
	if (result == 0)
		result = explained(x, memory, &boot, err);
	if (result < 0)
		return result;
	x->stats.boots++;
	cls = class_new(x, memory, &boot, like);
	if (!cls || class_add(x, cls)) {
		class_free(cls);
		return bo_err_set(err, -ENOMEM, "out of memory for classes");
	}
	x->stats.classes = x->count;
	x->stats.walked = class_walked_count(x);
	if (x->config.first_finding && x->config.promise[cls->outcome] == BO_PROMISE_BROKEN)
		x->stop = true;
	if (x->config.progress && !x->config.progress(x->config.ctx, &x->stats))
		x->stop = true;
	if (x->config.boots_max && x->stats.boots >= x->config.boots_max)
		x->stop = true;
	*ret = x->count - 1;
	return 0;
}

uint32_t runs_find(const struct runs *runs, uint32_t op)
{
	uint32_t low = 0, high = runs->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (runs->run[middle].first <= op)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? runs->run[low - 1].target : BO_NO_STATE;
}
