/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/detect.h"

const char *const rv_priority_names[] = { "Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug", NULL };
const char *const rv_action_names[] = { "off", "alert", "deny", "kill", "freeze", "stop", NULL };
const char *const rv_event_names[] = { "exec", "exit", "change", "read", "net", "socket", "call", "sysctl", "left", "excess", "seccomp",
				       "start", "end", "dns", NULL };
