/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

static const char *const root_path_words[] = { "any", "nonsensitive", "storage", NULL };

#define SET(field) offsetof(struct rv_settings, filesystem.field)

static const struct rv_setting settings[] = {
	{ "readOnly", RV_SET_FLAG, SET(read_only),
	  .doc = "Set root.readonly." },
	{ "tmpfs", RV_SET_SUPPLY, SET(tmpfs),
	  .doc = "Paths that get a tmpfs (1777, nosuid, nodev, noexec) unless the container mounts something there; for a read-only or rewritten root." },
	{ "maskedPaths", RV_SET_SUPPLY, SET(masked),
	  .doc = "Paths that linux.maskedPaths must hold." },
	{ "readonlyPaths", RV_SET_SUPPLY, SET(readonly_paths),
	  .doc = "Paths that linux.readonlyPaths must hold, unless they are masked." },
	{ "rootPath", RV_SET_WORD, SET(root_path), .words = root_path_words,
	  .doc = "Where root.path may be: any, nonsensitive (not a path that mounts.sensitive names), storage (inside the bundle or the engines' storage)." },
	{ "links", RV_SET_WORD, SET(links), .words = rv_words_allow,
	  .doc = "deny: <rootfs>/proc, sys and dev must be directories and no links (CVE-2023-28642, CVE-2026-41579), /dev/null no fake, and the working directory must stay inside and off /proc and /sys (CVE-2024-21626)." },
	{ "propagation", RV_SET_WORD, SET(propagation), .words = rv_words_propagation,
	  .doc = "Strongest linux.rootfsPropagation: shared, slave, private; a stronger one is rewritten." },
	{ 0 }
};

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_filesystem = {
	.name = "filesystem",
	.settings = settings,
	.judge = judge,
	.doc = "The root file system: where it is, whether it can be written, masked and read-only paths, links in it, the working directory.",
};
