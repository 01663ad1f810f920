/* SPDX-License-Identifier: Apache-2.0 */
/* The control families. Each is one file: its settings (the grammar of policy files) and its judge. */
#ifndef REEVE_RULES_FAMILY_H
#define REEVE_RULES_FAMILY_H

#include <stddef.h>
#include <string.h>

#include "reeve/detect.h"
#include "reeve/plan.h"

/* Words that several families share, loosest first. */
extern const char *const rv_words_violation[];	/* remove deny */
extern const char *const rv_words_allow[];	/* allow deny */
extern const char *const rv_words_propagation[];	/* shared slave private */

/* Said to who asks for a user namespace in a policy. */
extern const char rv_no_userns[];

extern const struct rv_family rv_family_namespaces;
extern const struct rv_family rv_family_user;
extern const struct rv_family rv_family_capabilities;
extern const struct rv_family rv_family_mounts;
extern const struct rv_family rv_family_filesystem;
extern const struct rv_family rv_family_devices;
extern const struct rv_family rv_family_seccomp;
extern const struct rv_family rv_family_lsm;
extern const struct rv_family rv_family_sysctl;
extern const struct rv_family rv_family_rlimits;
extern const struct rv_family rv_family_resources;
extern const struct rv_family rv_family_hooks;
extern const struct rv_family rv_family_annotations;
extern const struct rv_family rv_family_sections;
extern const struct rv_family rv_family_image;
extern const struct rv_family rv_family_exec;
extern const struct rv_family rv_family_lifecycle;
extern const struct rv_family rv_family_runtime;
extern const struct rv_family rv_family_record;
extern const struct rv_family rv_family_monitor;

/* update, checkpoint or restore against the lifecycle family's words. */
void rv_judge_lifecycle(struct rv_judge *j, const char *action);

#endif
