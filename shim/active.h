/* SPDX-License-Identifier: Apache-2.0 */
/* The policies of this node: the active set that `reevectl policy apply` wrote, else what is built in. */
#ifndef REEVE_SHIM_ACTIVE_H
#define REEVE_SHIM_ACTIVE_H

#include "reeve/policy.h"

#define RV_ACTIVE_FILE RV_LOCALSTATEDIR "/lib/reeve/active.json"
#define RV_ACTIVE_MAX  (64u * 1024 * 1024) /* bytes */

/* A set that others than root can write, or that cannot be read, is RV_EPOLICY. */
int rv_active_load(struct rv_policies **out, struct rv_err *err);

/* As above, but of the active set only its head with the node file: for calls that judge nothing. The policies are those built
 * in. */
int rv_active_load_node(struct rv_policies **out, struct rv_err *err);

#endif
