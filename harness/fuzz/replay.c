#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Stands in for libFuzzer: runs a fuzz target once over every file of a corpus folder. Each input
 * has memory of exactly its size, so that a sanitizer sees the first byte read beyond it. A folder
 * without inputs fails: it would prove nothing.
 */

enum { INPUT_MAX = 4 << 20 };

static int run_file(const char *path)
{
	static uint8_t text[INPUT_MAX + 1];
	FILE *file = fopen(path, "rbe");
	uint8_t *input;
	size_t len;

	if (!file) {
		fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
		return -1;
	}
	len = fread(text, 1, sizeof(text), file);
	if (ferror(file) || len > INPUT_MAX) {
		fprintf(stderr, "replay: %s: unreadable or larger than %d bytes\n", path,
			INPUT_MAX);
		fclose(file);
		return -1;
	}
	fclose(file);
	input = malloc(len ? len : 1);
	if (!input)
		return -1;
	memcpy(input, text, len);
	LLVMFuzzerTestOneInput(input, len);
	free(input);
	return 0;
}

int main(int argc, char **argv)
{
	struct dirent **entries;
	int count, inputs = 0, failed = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
		return 2;
	}
	count = scandir(argv[1], &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		char path[4096];

		if (entries[i]->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", argv[1], entries[i]->d_name);
			failed |= run_file(path);
			inputs++;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	if (!inputs)
		fprintf(stderr, "replay: %s: no inputs\n", argv[1]);
	else
		printf("  CORPUS  %s: %d inputs\n", argv[1], inputs);
	return failed || !inputs;
}
