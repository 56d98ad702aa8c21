#include <criterion/criterion.h>

#include "harness/explore/tests/staged.h"

/*
 * The virtual board keeps the conditions that the explorer relies on: with the reference firmware,
 * in the boot that swaps.
 */
#define WORDS (BO_BOARD_MEMORY_SIZE / 64)

static uint8_t memory[BO_BOARD_MEMORY_SIZE], expected[BO_BOARD_MEMORY_SIZE];

/* A boot that outlives the next one. */
struct kept {
	uint32_t outcome;
	struct bo_write *log;
	size_t log_len;
	uint64_t read[WORDS];
};

static void boot(struct bo_machine *machine, const struct bo_cut *cut, struct bo_boot *ret)
{
	cr_assert_eq(machine->ops->load(machine->self, memory, NULL), 0);
	cr_assert_eq(machine->ops->boot(machine->self, cut, ret, NULL), 0);
}

static struct kept *keep(const struct bo_boot *from)
{
	struct kept *kept = malloc(sizeof(*kept));
	size_t bytes = from->log_len * sizeof(*from->log);

	*kept = (struct kept){
		.outcome = from->outcome, .log = malloc(bytes), .log_len = from->log_len};
	memcpy(kept->log, from->log, bytes);
	memcpy(kept->read, from->read, sizeof(kept->read));
	return kept;
}

static void drop(struct kept *kept)
{
	free(kept->log);
	free(kept);
}

static bool same_operations(const struct bo_boot *one, const struct kept *other)
{
	for (size_t i = 0; i < one->log_len && i < other->log_len; i++)
		if (one->log[i].at != other->log[i].at || one->log[i].len != other->log[i].len ||
		    one->log[i].erase != other->log[i].erase ||
		    one->log[i].value != other->log[i].value)
			return false;
	return one->log_len == other->log_len;
}

/* Every byte that the boot is said not to depend on is turned over at once. */
Test(board_machine, what_is_not_in_the_read_set_does_not_matter_and_what_is_does)
{
	struct bo_board_machine *board = bo_board_machine_new(&staged_config);
	struct bo_machine machine = bo_board_machine_ops(board);
	struct bo_boot second;
	struct kept *first;
	unsigned turned = 0;

	staged_memory("boot.bin", "app-2.0.0.bin", memory);
	boot(&machine, NULL, &second);
	cr_assert_eq(second.outcome, STAGED_NEW, "%s", second.trace);
	cr_assert_gt(second.log_len, 3 * 16 * 500);
	first = keep(&second);
	for (uint32_t i = 0; i < BOARD_CELLS_SIZE; i++)
		if (!(first->read[i / 64] >> i % 64 & 1)) {
			memory[i] ^= (uint8_t)(1 + i % 255);
			turned++;
		}
	cr_assert_gt(turned, 60000, "%u", turned);
	boot(&machine, NULL, &second);
	cr_assert_eq(second.outcome, first->outcome, "%s", second.trace);
	cr_assert(same_operations(&second, first));
	cr_assert_eq(memcmp(second.read, first->read, sizeof(first->read)), 0);
	staged_memory("boot.bin", "app-2.0.0.bin", memory);
	memory[STAGED_SLOT1 + 0x1000] ^= 1;
	boot(&machine, NULL, &second);
	cr_assert_eq(second.outcome, STAGED_OLD, "%s", second.trace);
	drop(first);
	bo_board_machine_free(board);
}

Test(board_machine, a_cut_leaves_what_the_explorer_thinks_it_leaves)
{
	static const struct bo_cut cuts[] = {{1, BO_TEAR_FIRST, 0}, {1, BO_TEAR_MIXED, 0},
					     {2, BO_TEAR_CLEAN, 0}, {2, BO_TEAR_LOW, 0},
					     {3, BO_TEAR_HIGH, 0},  {9, BO_TEAR_BITS, 0},
					     {9, BO_TEAR_SECOND, 0}};
	struct bo_board_machine *board = bo_board_machine_new(&staged_config);
	struct bo_machine machine = bo_board_machine_ops(board);
	struct bo_boot cut;
	struct kept *whole;

	staged_memory("boot.bin", "app-2.0.0.bin", memory);
	boot(&machine, &(struct bo_cut){20, BO_TEAR_CLEAN, 0}, &cut);
	whole = keep(&cut);
	cr_assert_eq(whole->log_len, 19);
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		const struct bo_write *write = &whole->log[cuts[i].op - 1];

		if (!bo_tear_applies(cuts[i].tear, write))
			continue;
		memcpy(expected, memory, sizeof(expected));
		for (uint32_t op = 1; op < cuts[i].op; op++)
			bo_write_apply(&whole->log[op - 1], expected);
		bo_write_tear(write, cuts[i].tear, expected);
		boot(&machine, &cuts[i], &cut);
		cr_assert_eq(memcmp(cut.memory, expected, sizeof(expected)), 0, "cut %zu", i);
		cr_assert_eq(cut.log_len, cuts[i].op - (cuts[i].tear == BO_TEAR_CLEAN));
	}
	drop(whole);
	bo_board_machine_free(board);
}

Test(board_machine, silence_is_an_outcome)
{
	struct bo_board_machine *board = bo_board_machine_new(&staged_config);
	struct bo_machine machine = bo_board_machine_ops(board);
	struct bo_boot dead;

	memset(memory, 0xFF, BOARD_CELLS_SIZE);
	boot(&machine, NULL, &dead);
	cr_assert_eq(dead.outcome, STAGED_SILENT);
	cr_assert_eq(dead.log_len, 0);
	bo_board_machine_free(board);
}
