/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of cases for the control families: settings, a document and facts as JSON text, and the plan that must come out.
 *
 * settings	{"mounts": {"hostPath": "none", "types": ["proc"]}}; what is not named stays at its loosest word, 0 or the
 *		empty list (an empty list of allowed things allows none).
 * document	config.json, process.json for exec, resources for update. NULL: {}
 * facts	{"engine": "cri", "sandbox": true, "bundle": "/b", "id": "c1", "caller": 1000,
 *		 "image": …, "digest": …, "namespace": …, "runtime": "crun", "version": "1.8.1",
 *		 "features": {"mountOptions": [...], "hooks": [...], "unsafe": [...]}, "kernel": [6, 1], "container": {…document…},
 *		 "paths": {"/srv/link": {"resolved": "/run", "mode": "dir"}},	(mode: dir file sock chr blk none; "rdev": [1, 3])
 *		 "ns": {"/proc/1/ns/net": "host"},				host unknown; a number: least host id that it maps
 *		 "rootfs": {"badDir": "/proc", "devNullFake": true, "cwd": "/x" or null, "arg0": "/x"},
 *		 "destinations": {"/work": "/proc"}, "directory": "/" (of descriptor 3), "noCgroups": true, "cgroupTaken": true,
 *		 "throttles": ["/sys/devices/system/cpu/cpu0/thermal_throttle"],
 *		 "loose": "/opt" (what of a hook's path others can write),
 *		 "blocks": [{"plugin": "kubernetes.io~csi", "major": 8, "minor": 16}]}
 *		Paths are keyed by their text in the document; without an entry they are clean, exist and are directories.
 * want		The plan, a line each: "set RULE POINTER VALUE", "append RULE POINTER VALUE", "remove RULE POINTER",
 *		"deny RULE POINTER", "warn". "" is an empty plan. A line "deny *" stands for at least one denial.
 *
 * A plan without denials is applied, written and judged again: the second plan must be empty.
 */
#ifndef TEST_JUDGE_H
#define TEST_JUDGE_H

#include "rules/family.h"

enum judge_kind { JUDGE_CREATE, JUDGE_EXEC, JUDGE_UPDATE };

struct judge_case {
	const char *name, *settings, *document, *facts, *want;
	enum judge_kind kind;
};

/* Runs the cases with one family (NULL: all of them); a cmocka assertion fails with the name, the plan and what was wanted. */
void judge_cases(const struct rv_family *family, const struct judge_case *cases, size_t count);

/*
 * One file {"profile": NAME, "facts": {…}, "document": {…config.json…}} by the shipped profile of that name, all families. The
 * plan is added to out in the lines of `want`, values cut to 80 bytes, each denial and edit with its reason.
 */
void judge_file(const char *text, struct rv_buf *out);

#endif
