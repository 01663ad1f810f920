/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

const char *const rv_words_violation[] = { "remove", "deny", NULL };
const char *const rv_words_allow[] = { "allow", "deny", NULL };
const char *const rv_words_propagation[] = { "shared", "slave", "private", NULL };
const char rv_no_userns[] =
	"reeve adds no user namespace, since files and the other namespaces must agree with it: let the engine make one (docker's "
	"userns-remap, podman's --userns=auto, hostUsers: false in a pod) and require it by \"namespaces\": {\"user\": \"deny\"}";

/* The order of judging: namespaces verify a user namespace that user asks for, capabilities decide what seccomp computes from. */
const struct rv_family *const rv_families[] = {
	&rv_family_namespaces,
	&rv_family_user,
	&rv_family_capabilities,
	&rv_family_mounts,
	&rv_family_filesystem,
	&rv_family_devices,
	&rv_family_seccomp,
	&rv_family_lsm,
	&rv_family_sysctl,
	&rv_family_rlimits,
	&rv_family_resources,
	&rv_family_hooks,
	&rv_family_annotations,
	&rv_family_sections,
	&rv_family_image,
	&rv_family_exec,
	&rv_family_lifecycle,
	&rv_family_runtime,
	&rv_family_record,
	&rv_family_monitor,
	NULL,
};
