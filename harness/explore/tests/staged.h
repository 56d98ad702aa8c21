#ifndef STAGED_H
#define STAGED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/explore/board_machine.h"

/* The reference firmware on the virtual board, version 2.0.0 uploaded and asked for as a test. */

enum { STAGED_NEW, STAGED_OLD, STAGED_RECOVERY, STAGED_SILENT };

static const struct bo_board_outcome staged_outcomes[] = {
	{"BO-APP ver=2.0.0", STAGED_NEW},
	{"BO-APP ver=1.0.0", STAGED_OLD},
	{"BO-BOOT recovery", STAGED_RECOVERY},
	{"BO-BOOT no image", STAGED_RECOVERY},
};

static const struct bo_board_machine_config staged_config = {
	.outcomes = staged_outcomes,
	.outcome_count = sizeof(staged_outcomes) / sizeof(staged_outcomes[0]),
	.silent = STAGED_SILENT,
	.boot_ns = 20000000000,
	.settle_ns = 5000000,
};

#define STAGED_SLOT0  0x8000u
#define STAGED_SLOT1  0x13800u
#define STAGED_STATUS 0x1F000u
#define STAGED_SLOT   0xB800u

static inline void staged_file(const char *name, uint8_t *at, size_t max)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "build/images/f103-swap/%s", name);
	file = fopen(path, "rbe");
	if (!file || !fread(at, 1, max, file)) {
		fprintf(stderr, "%s cannot be read: make firmware\n", path);
		exit(1);
	}
	fclose(file);
}

/* A value and its complement, as the boot loader's journal has them. */
static inline void staged_pair(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
	at[2] = (uint8_t)~at[0];
	at[3] = (uint8_t)~at[1];
}

static inline void staged_memory(const char *boot, const char *update, uint8_t *memory)
{
	board_blank_cells(memory);
	staged_file(boot, memory, STAGED_SLOT0);
	staged_file("app-1.0.0.bin", memory + STAGED_SLOT0, STAGED_SLOT);
	staged_file(update, memory + STAGED_SLOT1, STAGED_SLOT);
	staged_pair(memory + STAGED_STATUS, 1);	    /* sequence number */
	staged_pair(memory + STAGED_STATUS + 4, 1); /* FW_REQUEST_TEST */
	staged_pair(memory + STAGED_STATUS + 8, 0);
}

#endif
