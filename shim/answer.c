/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handover.h"

#define ANSWER_MAX (64u * 1024 * 1024) /* bytes; a list of some 100,000 containers */
#define NAME_LEN   (RV_HASH_HEX - 1)

/* caller.json's "bundle", quoted as JSON text without its quotes, or plain. */
static bool caller_bundle(const struct rv_state *state, const char *name, bool json, struct rv_buf *out)
{
	rv_autofd entry = openat(state->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	rv_autobuf text = { 0 }, quoted = { 0 };
	rv_autojson doc = { 0 };
	const char *bundle;

	if (entry < 0 || rv_io_read_at(entry, "caller.json", true, RV_JSON_MAX, &text, NULL) < 0 ||
	    rv_json_parse(&doc, rv_buf_str(&text), text.len, RV_JSON_MAX, 0, NULL) < 0)
		return false;
	bundle = rv_json_str(rv_json_get(doc.root, "bundle"));
	if (!bundle)
		return false;
	rv_json_quote(&quoted, bundle, strlen(bundle));
	if (quoted.failed)
		return false;
	if (json)
		rv_buf_add(out, quoted.data + 1, quoted.len - 2);
	else
		rv_buf_adds(out, bundle);
	return true;
}

void rv_answer_rewrite(const struct rv_state *state, const char *text, size_t len, struct rv_buf *out)
{
	const char *end = text + len, *at;
	bool json = len && (*text == '{' || *text == '[');
	rv_autobuf prefix = { 0 };

	rv_buf_addf(&prefix, "%s/", state->path);
	if (prefix.failed) {
		out->failed = true;
		return;
	}
	while ((at = memmem(text, (size_t)(end - text), prefix.data, prefix.len))) {
		const char *after = at + prefix.len;
		char name[RV_HASH_HEX] = "";
		rv_autobuf bundle = { 0 };

		if ((size_t)(end - after) >= NAME_LEN)
			memcpy(name, after, NAME_LEN);
		rv_buf_add(out, text, (size_t)(at - text));
		if (strspn(name, "0123456789abcdef") == NAME_LEN && caller_bundle(state, name, json, &bundle) &&
		    !bundle.failed) {
			rv_buf_add(out, bundle.data, bundle.len);
			for (size_t pad = bundle.len; !json && pad < prefix.len + NAME_LEN; pad++)
				rv_buf_addc(out, ' ');
			after += NAME_LEN;
		} else {
			rv_buf_add(out, at, prefix.len);
		}
		text = after;
	}
	rv_buf_add(out, text, (size_t)(end - text));
}

/* posix_spawn copies no page tables, which is half of what a fork of a process this small costs. */
static int start(char *const argv[], int out, pid_t *pid, struct rv_err *err)
{
	posix_spawn_file_actions_t actions;
	int rc = rv_handover_close(0, err), error;

	if (rc < 0)
		return rc;
	error = posix_spawn_file_actions_init(&actions);
	if (error == 0) {
		error = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
		if (error == 0)
			error = posix_spawn(pid, argv[0], &actions, NULL, argv, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	return error ? rv_err_errno(err, error, "run %s", argv[0]) : 0;
}

int rv_answer_run(const struct rv_state *state, char *const argv[], int *status, struct rv_err *err)
{
	rv_autobuf answer = { 0 }, shown = { 0 };
	rv_autofd from = -1, to = -1;
	pid_t pid = -1;
	int pipes[2], rc;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return rv_err_errno(err, errno, "pipe");
	from = pipes[0];
	to = pipes[1];
	rc = start(argv, to, &pid, err);
	rv_io_close(&to);
	if (rc < 0)
		return rc;
	rc = rv_io_read_fd(from, ANSWER_MAX, &answer, err);
	rv_io_close(&from);
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return rv_err_errno(err, errno, "wait for %s", argv[0]);
	if (rc < 0)
		return rc;
	rv_answer_rewrite(state, rv_buf_str(&answer), answer.len, &shown);
	return shown.failed ? rv_err_nomem(err) : rv_io_write_all(STDOUT_FILENO, rv_buf_str(&shown), shown.len, err);
}
