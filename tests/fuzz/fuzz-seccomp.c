/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A system-call filter held to the default. Byte 0 chooses the capabilities, then comes linux.seccomp as text.
 *
 * What comes of it is settled, and as a filter never lets through what either side refuses (tests/unit/proof.h).
 */
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proof.h"

#define LENGTH_MAX 4096	/* libseccomp takes its time */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t bounding[] = { 0xa80425fb, 0, UINT64_MAX, 0x400 };
	struct proof p = { .generated = true };
	char text[LENGTH_MAX + 1];

	if (size < 2 || size > LENGTH_MAX || memchr(data, '\0', size) || seccomp_arch_native() != SCMP_ARCH_X86_64)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	p.bounding = bounding[data[0] % RV_COUNT(bounding)];
	if (!proof_run(&p, text)) {
		fprintf(stderr, "%s\n", p.what);
		abort();
	}
	return 0;
}
