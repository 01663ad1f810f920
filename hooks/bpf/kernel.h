/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the programs know of the kernel's own types: only the members that they use, found at load time by name (CO-RE), so order and
 * gaps mean nothing here. Names are the kernel's. A member that only some kernels have is asked for with bpf_core_field_exists(); a type
 * that differs between kernels is a second struct with a ___suffix.
 */
#ifndef REEVE_HOOKS_BPF_KERNEL_H
#define REEVE_HOOKS_BPF_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#endif
