/* SPDX-License-Identifier: Apache-2.0 */
/* The generated skeleton, which is not ours to mend. */
#ifndef REEVE_HOOKS_LOAD_SKELETON_H
#define REEVE_HOOKS_LOAD_SKELETON_H

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "bpf/reeve.skel.h"
#pragma GCC diagnostic pop

#endif
