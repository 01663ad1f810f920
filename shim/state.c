/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "facts.h"
#include "reeve/judged.h"
#include "resolve.h"

#define TEMPORARY   ".new."
#define CREATOR_MAX 64
#define LOCK_TRIES  200 /* times 10 ms */
#define ORPHAN_AGE  60	/* seconds after which an unfinished entry without a creator is removed */

void rv_state_done(struct rv_state *state)
{
	rv_io_close(&state->fd);
}

static int check_dir(int fd, const char *path, bool private, struct rv_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return rv_err_errno(err, errno, "stat %s", path);
	if (st.st_uid != geteuid())
		return rv_err(err, RV_ESYSTEM, "%s belongs to another user", path);
	if (private && (st.st_mode & 077))
		return rv_err(err, RV_ESYSTEM, "%s is open to others; close it: chmod 700 %s", path, path);
	return 0;
}

static int open_parent(uid_t uid, int *fd, char *path, size_t size, struct rv_err *err)
{
	if (uid == 0)
		snprintf(path, size, "%s", RV_RUNSTATEDIR);
	else
		snprintf(path, size, "%s/user/%u", RV_RUNSTATEDIR, (unsigned)uid);
	*fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0 && uid != 0 && errno == ENOENT)
		return rv_err(err, RV_ESYSTEM, "%s is missing: a login session makes it, or as root: loginctl enable-linger %u",
			      path, (unsigned)uid);
	if (*fd < 0)
		return rv_err_errno(err, errno, "open %s", path);
	return uid != 0 ? check_dir(*fd, path, false, err) : 0;
}

int rv_state_open(struct rv_state *state, bool make, struct rv_err *err)
{
	rv_autofd parent = -1;
	char above[48];
	int rc = open_parent(rv_facts_caller(), &parent, above, sizeof(above), err);

	if (rc < 0)
		return rc;
	snprintf(state->path, sizeof(state->path), "%s/reeve", above);
	if (make && mkdirat(parent, "reeve", 0700) < 0 && errno != EEXIST)
		return rv_err_errno(err, errno, "cannot make the state directory %s", state->path);
	state->fd = openat(parent, "reeve", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (state->fd < 0 && errno == ENOENT && !make)
		return 0;
	if (state->fd < 0)
		return rv_err_errno(err, errno, "cannot open the state directory %s", state->path);
	return check_dir(state->fd, state->path, true, err);
}

static bool in_user_namespace(void)
{
	rv_autofd fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	unsigned inside = 1, outside = 1, count = 0;
	char map[128];
	ssize_t n = fd < 0 ? -1 : read(fd, map, sizeof(map) - 1);

	map[n < 0 ? 0 : n] = '\0';
	return sscanf(map, "%u %u %u", &inside, &outside, &count) == 3 &&
	       !(inside == 0 && outside == 0 && count == 4294967295u);
}

/* runc honours XDG_RUNTIME_DIR for ordinary users, and for root of a user namespace unless USER says root; crun always. */
static const char *default_root(enum rv_runtime runtime, struct rv_arena *arena)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR"), *user = getenv("USER");
	const char *name = runtime == RV_RUNTIME_CRUN ? "crun" : "runc";
	bool honoured = xdg && *xdg;

	if (honoured && runtime != RV_RUNTIME_CRUN && geteuid() == 0)
		honoured = in_user_namespace() && (!user || strcmp(user, "root") != 0);
	return rv_arena_printf(arena, "%s/%s", honoured ? xdg : "/run", name);
}

const char *rv_state_runtime_root(enum rv_runtime runtime, const char *root, struct rv_arena *arena, struct rv_err *err)
{
	struct rv_path_fact fact;
	char cwd[PATH_MAX] = "/";

	if (!root)
		root = default_root(runtime, arena);
	if (root && root[0] != '/' && !getcwd(cwd, sizeof(cwd))) {
		rv_err_errno(err, errno, "current directory");
		return NULL;
	}
	if (!root) {
		rv_err_nomem(err);
		return NULL;
	}
	rv_resolve_host(arena, cwd, root, &fact);
	if (!fact.resolved)
		rv_err_errno(err, fact.errnum, "runtime's state directory %s", root);
	return fact.resolved;
}

void rv_state_name(const char *root, const char *id, char name[RV_HASH_HEX])
{
	rv_autobuf key = { 0 };

	rv_buf_add(&key, root, strlen(root) + 1);
	rv_buf_adds(&key, id);
	/* a key without memory is a wrong name, which finds nothing; making an entry checks for it */
	rv_hash_hex(rv_buf_str(&key), key.len, name);
}

static bool creator_runs(int entry, bool *known)
{
	unsigned long long then, now;
	char text[CREATOR_MAX];
	ssize_t n = readlinkat(entry, "creator", text, sizeof(text) - 1);
	long pid;

	text[n < 0 ? 0 : n] = '\0';
	*known = sscanf(text, "%ld %llu", &pid, &then) == 2;
	return *known && rv_process_start(pid, &now) && now == then;
}

/* The creator is asked first: once it is gone, the runtime's state is there or never will be. */
static bool is_live(int entry)
{
	struct stat st;
	bool known;

	return creator_runs(entry, &known) || fstatat(entry, "runtime", &st, 0) == 0 || errno != ENOENT;
}

/* Its report has not been written: reeve-hook does that after the runtime's own state is gone, and is not to be overtaken. */
static bool is_attached(int entry)
{
	struct stat st;

	return fstatat(entry, RV_ATTACHED_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void remove_entry(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *files = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *file;

	if (!files) {
		rv_io_close(&fd);
		return;
	}
	while ((file = readdir(files)))
		if (strcmp(file->d_name, ".") != 0 && strcmp(file->d_name, "..") != 0)
			(void)unlinkat(fd, file->d_name, 0);
	(void)unlinkat(dir, name, AT_REMOVEDIR);
	closedir(files);
}

static int take_lock(const struct rv_state *state, int tries, int *lock, struct rv_err *err)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

	*lock = openat(state->fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*lock < 0)
		return rv_err_errno(err, errno, "cannot open %s/lock", state->path);
	while (flock(*lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return rv_err_errno(err, errno, "lock %s", state->path);
		if (--tries <= 0)
			return rv_err(err, RV_ESYSTEM, "%s/lock is held by another process", state->path);
		nanosleep(&pause, NULL);
	}
	return 0;
}

static bool is_dead_temporary(int entry)
{
	struct stat st;
	bool known, runs = creator_runs(entry, &known);

	if (known)
		return !runs;
	return fstat(entry, &st) == 0 && time(NULL) - st.st_mtime > ORPHAN_AGE;
}

static void sweep_one(const struct rv_state *state, const char *name)
{
	rv_autofd entry = openat(state->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool dead;

	if (entry < 0)
		return;
	dead = rv_str_starts(name, TEMPORARY) ? is_dead_temporary(entry) : !is_live(entry) && !is_attached(entry);
	if (dead)
		remove_entry(state->fd, name);
}

static bool is_entry_name(const char *name)
{
	return rv_str_starts(name, TEMPORARY) || (strlen(name) == RV_HASH_HEX - 1 && strspn(name, "0123456789abcdef") == RV_HASH_HEX - 1);
}

void rv_state_sweep(const struct rv_state *state)
{
	rv_autofd lock = -1;
	struct dirent *file;
	struct timespec now;
	size_t skip = 0, seen = 0;
	struct stat st;
	DIR *dir;
	int fd;

	if (take_lock(state, 1, &lock, NULL) < 0 || fstat(state->fd, &st) < 0)
		return;
	/* starts somewhere else each time, or the same live ones would be looked at for ever */
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (st.st_nlink > 2 + RV_STATE_SWEEP)
		skip = (size_t)now.tv_nsec / 1000 % (st.st_nlink - 2);
	fd = openat(state->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		rv_io_close(&fd);
		return;
	}
	while (seen < RV_STATE_SWEEP && (file = readdir(dir))) {
		if (file->d_type != DT_DIR || !is_entry_name(file->d_name))
			continue;
		if (skip > 0) {
			skip--;
			continue;
		}
		seen++;
		sweep_one(state, file->d_name);
	}
	closedir(dir);
}

static int write_file(int dir, const char *name, const struct rv_buf *text, struct rv_err *err)
{
	rv_autofd fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return rv_err_errno(err, errno, "create %s", name);
	return rv_io_write_all(fd, rv_buf_str(text), text->len, err);
}

static int fill_entry(int dir, const char *root, const char *id, const struct rv_kept *kept, struct rv_arena *arena,
		      struct rv_err *err)
{
	const char *target = rv_arena_printf(arena, "%s/%s", strcmp(root, "/") ? root : "", id);
	unsigned long long ticks;
	char creator[CREATOR_MAX];
	int rc;

	if (!target)
		return rv_err_nomem(err);
	if (!rv_process_start(getpid(), &ticks))
		return rv_err(err, RV_ESYSTEM, "cannot read /proc/self/stat");
	snprintf(creator, sizeof(creator), "%ld %llu", (long)getpid(), ticks);
	if (symlinkat(creator, dir, "creator") < 0 || symlinkat(target, dir, "runtime") < 0)
		return rv_err_errno(err, errno, "link %s", target);
	rc = write_file(dir, "config.json", kept->config, err);
	if (rc == 0 && kept->judged)
		rc = write_file(dir, RV_JUDGED_FILE, kept->judged, err);
	return rc < 0 ? rc : write_file(dir, "caller.json", kept->caller, err);
}

/* For reeve-hook, which has not come to its report: the runtime was killed, or its state removed by hand. */
static void put_aside(const struct rv_state *state, const char *name)
{
	struct timespec now;
	char aside[96];

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(aside, sizeof(aside), RV_ASIDE "%lld.%09ld", (long long)now.tv_sec, now.tv_nsec);
	(void)renameat(state->fd, name, state->fd, aside);
}

/* The name is taken: by a dead container, which gives way, or by a live one. */
static int replace(struct rv_state *state, const char *temporary, const char *name, const char *id, struct rv_err *err)
{
	rv_autofd lock = -1, entry = -1;
	int rc = take_lock(state, LOCK_TRIES, &lock, err);

	if (rc < 0)
		return rc;
	entry = openat(state->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (entry >= 0 && is_live(entry))
		return rv_err(err, RV_ESYSTEM, "container with given ID already exists: %s", id);
	if (entry >= 0 && is_attached(entry))
		put_aside(state, name);
	else
		remove_entry(state->fd, name);
	if (renameat(state->fd, temporary, state->fd, name) < 0)
		return rv_err_errno(err, errno, "rename to %s/%s", state->path, name);
	return 0;
}

const char *rv_state_entry(const struct rv_state *state, const char *root, const char *id, struct rv_arena *arena)
{
	char name[RV_HASH_HEX];

	rv_state_name(root, id, name);
	return rv_arena_printf(arena, "%s/%s", state->path, name);
}

int rv_state_create(struct rv_state *state, const char *root, const char *id, const struct rv_kept *kept, struct rv_arena *arena,
		    struct rv_err *err)
{
	char name[RV_HASH_HEX], temporary[sizeof(TEMPORARY) + 32];
	rv_autofd dir = -1;
	int rc;

	rv_state_name(root, id, name);
	snprintf(temporary, sizeof(temporary), TEMPORARY "%ld", (long)getpid());
	remove_entry(state->fd, temporary); /* left by a killed process that had our pid */
	if (mkdirat(state->fd, temporary, 0700) < 0)
		return rv_err_errno(err, errno, "cannot write the state directory %s", state->path);
	dir = openat(state->fd, temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	rc = dir < 0 ? rv_err_errno(err, errno, "open %s/%s", state->path, temporary)
		     : fill_entry(dir, root, id, kept, arena, err);
	if (rc < 0) {
		rv_err_at_file(err, state->path, 0, 0);
	} else if (renameat(state->fd, temporary, state->fd, name) < 0) {
		rc = errno == EEXIST || errno == ENOTEMPTY ? replace(state, temporary, name, id, err)
							   : rv_err_errno(err, errno, "rename to %s/%s", state->path, name);
	}
	if (rc < 0)
		remove_entry(state->fd, temporary);
	return rc;
}

int rv_state_find(const struct rv_state *state, const char *root, const char *id, int *fd, struct rv_err *err)
{
	char name[RV_HASH_HEX];
	int found;

	*fd = -1;
	if (state->fd < 0)
		return 0;
	rv_state_name(root, id, name);
	found = openat(state->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (found < 0 && errno != ENOENT)
		return rv_err_errno(err, errno, "cannot open %s/%s", state->path, name);
	*fd = found;
	return 0;
}
