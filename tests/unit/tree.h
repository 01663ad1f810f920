/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a test below one directory of its own. Each ends the test when it fails. */
#ifndef REEVE_TEST_TREE_H
#define REEVE_TEST_TREE_H

#include <stddef.h>

void tree_make(char *top, size_t size); /* its path without links goes into top */
void tree_remove(const char *top);
void tree_dir(const char *top, const char *path);		     /* with the directories above it, 0755 */
void tree_file(const char *top, const char *path, const char *text); /* 0644 */
void tree_link(const char *top, const char *path, const char *target);

#endif
