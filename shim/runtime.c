/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MAX (256u * 1024) /* bytes; runc's is 5 KiB */
#define KEEP	   3600		 /* seconds; a script in the runtime's place may start another program tomorrow */
#define KEEP_NONE  60

/* Not the caller's: an answer that is kept must not depend on who asked. */
static char search_path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
static char *const environment[] = { search_path, NULL };

/* ---- asking ---- */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool ready(int fd, int64_t end)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	int64_t left = end - now_ms();

	return left > 0 && poll(&wait, 1, (int)left) == 1;
}

static bool read_answer(int fd, int64_t end, struct rv_buf *out)
{
	char part[4096];

	while (out->len < ANSWER_MAX && ready(fd, end)) {
		ssize_t n = read(fd, part, sizeof(part));

		if (n == 0)
			return !out->failed;
		if (n > 0)
			rv_buf_add(out, part, (size_t)n);
		else if (errno != EINTR)
			break;
	}
	return false;
}

/* A process group of its own, so that whatever it starts can be ended with it. */
static int start(char *const argv[], int out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	rc = posix_spawn_file_actions_init(&actions);
	if (rc)
		return rc;
	rc = posix_spawnattr_init(&attr);
	if (rc) {
		posix_spawn_file_actions_destroy(&actions);
		return rc;
	}
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&actions, out, 1);
	if (!rc)
		rc = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (!rc)
		rc = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (!rc)
		rc = posix_spawn_file_actions_addchdir_np(&actions, "/");
	if (!rc)
		rc = posix_spawn(pid, argv[0], &actions, &attr, argv, environment);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static bool ends_well(pid_t pid, int64_t end)
{
	rv_autofd fd = pidfd_open(pid, 0);
	bool ended = fd >= 0 && ready(fd, end);
	int status;
	pid_t got;

	kill(-pid, SIGKILL);
	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	return ended && got == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool ask_once(char *const argv[], struct rv_buf *answer)
{
	int64_t end = now_ms() + RV_RUNTIME_WAIT;
	rv_autofd in = -1, out = -1;
	bool whole;
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return false;
	in = fds[0];
	out = fds[1];
	if (start(argv, out, &pid))
		return false;
	rv_io_close(&out);
	whole = read_answer(in, end, answer);
	return ends_well(pid, whole ? end : 0) && whole;
}

/* Some callers ignore SIGCHLD, and then a child leaves no status, and its number may be another's by now. */
static bool ask(char *path, char *what, struct rv_buf *answer)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	char *const argv[] = { path, what, NULL };
	struct sigaction callers;
	bool ok;

	if (sigaction(SIGCHLD, &usual, &callers) < 0)
		return false;
	ok = ask_once(argv, answer);
	(void)sigaction(SIGCHLD, &callers, NULL);
	return ok;
}

/* "runc version 1.1.5+ds1" on the first line. */
static void read_version(struct rv_runtime_fact *real, const struct rv_buf *answer, struct rv_arena *arena)
{
	char name[32], version[64];

	if (sscanf(rv_buf_str(answer), "%31[a-z-] version %63[0-9a-zA-Z.+~_-]", name, version) != 2)
		return;
	real->name = rv_arena_strdup(arena, name);
	real->version = rv_arena_strdup(arena, version);
}

static const char *const *read_list(const struct rv_json *list, struct rv_arena *arena)
{
	const char **out = list ? rv_arena_alloc(arena, (rv_json_count(list) + 1) * sizeof(*out)) : NULL;
	size_t n = 0;

	if (out)
		rv_json_each(item, list)
			if (rv_json_str(item))
				out[n++] = rv_arena_strdup(arena, rv_json_str(item));
	return out;
}

/* runtime-spec, features.md; also how the answer is kept. */
static bool read_features(struct rv_runtime_fact *real, const struct rv_json *root, struct rv_arena *arena)
{
	const struct rv_json *options = rv_json_get(root, "mountOptions");

	if (!options)
		return false;
	real->told = true;
	real->options = read_list(options, arena);
	real->hooks = read_list(rv_json_get(root, "hooks"), arena);
	real->unsafe = read_list(rv_json_get(root, "potentiallyUnsafeConfigAnnotations"), arena);
	real->idmap = rv_json_true(rv_json_at(root, "/linux/mountExtensions/idmap/enabled"));
	return true;
}

static void ask_all(struct rv_runtime_fact *real, struct rv_arena *arena)
{
	char *path = rv_arena_strdup(arena, real->path), for_version[] = "--version", for_features[] = "features";
	rv_autobuf version = { 0 }, features = { 0 };
	rv_autojson doc = { 0 };

	if (!path || !ask(path, for_version, &version))
		return;
	read_version(real, &version, arena);
	if (real->name && ask(path, for_features, &features) &&
	    rv_json_parse(&doc, rv_buf_str(&features), features.len, ANSWER_MAX, 0, NULL) == 0)
		(void)read_features(real, doc.root, arena);
}

/* ---- keeping ---- */

/* What must be the same for an answer to hold. */
static bool file_key(const char *path, struct rv_buf *key)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	rv_buf_addf(key, "%s %ju:%ju %jd %jd.%09ld %jd.%09ld", path, (uintmax_t)st.st_dev, (uintmax_t)st.st_ino,
		    (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (intmax_t)st.st_ctim.tv_sec,
		    st.st_ctim.tv_nsec);
	return !key->failed;
}

static void file_name(const char *path, char name[32])
{
	char hash[RV_HASH_HEX];

	rv_hash_hex(path, strlen(path), hash);
	snprintf(name, 32, "runtime-%.16s", hash);
}

static void add_list(struct rv_buf *out, const char *key, const char *const *list)
{
	if (!list)
		return;
	rv_buf_addf(out, ",\"%s\":[", key);
	for (size_t i = 0; list[i]; i++) {
		if (i)
			rv_buf_addc(out, ',');
		rv_json_quote(out, list[i], strlen(list[i]));
	}
	rv_buf_addc(out, ']');
}

static void keep(const struct rv_runtime_fact *real, const struct rv_state *state, const char *name, const struct rv_buf *key)
{
	rv_autobuf out = { 0 };

	rv_buf_addf(&out, "{\"at\":%jd,\"key\":", (intmax_t)time(NULL));
	rv_json_quote(&out, rv_buf_str(key), key->len);
	if (real->name)
		rv_buf_addf(&out, ",\"name\":\"%s\",\"version\":\"%s\"", real->name, real->version);
	add_list(&out, "mountOptions", real->options);
	add_list(&out, "hooks", real->hooks);
	add_list(&out, "potentiallyUnsafeConfigAnnotations", real->unsafe);
	rv_buf_addf(&out, ",\"linux\":{\"mountExtensions\":{\"idmap\":{\"enabled\":%s}}}}\n", real->idmap ? "true" : "false");
	if (!out.failed)
		(void)rv_io_write_atomic(state->fd, name, out.data, out.len, 0600, NULL);
}

static const char *copy_of(const struct rv_json *root, const char *member, struct rv_arena *arena)
{
	const char *text = rv_json_str(rv_json_get(root, member));

	return text ? rv_arena_strdup(arena, text) : NULL;
}

static bool recall(struct rv_runtime_fact *real, const struct rv_state *state, const char *name, const struct rv_buf *key,
		   struct rv_arena *arena)
{
	rv_autobuf text = { 0 };
	rv_autojson doc = { 0 };
	const char *kept;
	int64_t at = 0, age;

	if (state->fd < 0 || rv_io_read_at(state->fd, name, true, ANSWER_MAX, &text, NULL) < 0 ||
	    rv_json_parse(&doc, rv_buf_str(&text), text.len, ANSWER_MAX, 0, NULL) < 0)
		return false;
	kept = rv_json_str(rv_json_get(doc.root, "key"));
	age = rv_json_i64(rv_json_get(doc.root, "at"), &at) ? (int64_t)time(NULL) - at : -1;
	if (!kept || strcmp(kept, rv_buf_str(key)) || age < 0)
		return false;
	real->name = copy_of(doc.root, "name", arena);
	real->version = copy_of(doc.root, "version", arena);
	if (age > (real->name && real->version ? KEEP : KEEP_NONE))
		return false;
	(void)read_features(real, doc.root, arena);
	return true;
}

void rv_runtime_read(struct rv_runtime_fact *real, const char *path, const struct rv_state *state, struct rv_arena *arena)
{
	rv_autobuf key = { 0 }, after = { 0 };
	char name[32];

	*real = (struct rv_runtime_fact){ .path = path };
	if (!path) {
		real->name = "runc";
		real->version = "1.1.0";
		return;
	}
	if (!file_key(path, &key))
		return;
	file_name(path, name);
	if (recall(real, state, name, &key, arena))
		return;
	*real = (struct rv_runtime_fact){ .path = path };
	ask_all(real, arena);
	/* replaced while it was asked: who answered is not known */
	if (state->fd >= 0 && file_key(path, &after) && !strcmp(rv_buf_str(&key), rv_buf_str(&after)))
		keep(real, state, name, &key);
}
