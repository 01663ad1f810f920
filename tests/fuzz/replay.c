/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for libFuzzer's main in ordinary builds: gives each file named to the target once, as libFuzzer does with files. */
#include <fcntl.h>
#include <stdio.h>

#include "reeve/base.h"

#define INPUT_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE...\n", argv[0]);
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		rv_autobuf input = { 0 };
		struct rv_err err = RV_ERR_INIT;

		if (rv_io_read_at(AT_FDCWD, argv[i], false, INPUT_MAX, &input, &err)) {
			fprintf(stderr, "%s: %s\n", argv[i], err.msg);
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)rv_buf_str(&input), input.len);
	}
	printf("%s: %d files\n", argv[0], argc - 1);
	return 0;
}
