/* SPDX-License-Identifier: Apache-2.0 */
#include "document.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void rv_document_done(struct rv_document *doc)
{
	rv_io_close(&doc->bundle_fd);
	free(doc->bundle);
	rv_json_done(&doc->json);
	*doc = RV_DOCUMENT_INIT;
}

static bool is_ours(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

static int other_owner(const struct stat *st, const char *what, const char *name, struct rv_err *err)
{
	return rv_err(err, RV_EDOCUMENT, "%s %s belongs to user %u; it must belong to root or to the caller", what, name,
		      (unsigned)st->st_uid);
}

static int check_mode(const struct stat *st, const char *what, const char *name, struct rv_err *err)
{
	if (st->st_mode & 022)
		return rv_err(err, RV_EDOCUMENT, "%s %s can be written by %s; take it away: chmod go-w %s", what, name,
			      st->st_mode & 002 ? "others" : "its group", name);
	return 0;
}

/* The name without links, as runc's and crun's getcwd() gives it after their chdir(). */
static char *name_of(int fd, struct rv_err *err)
{
	char link[64], path[PATH_MAX];
	struct stat by_fd, by_name;
	ssize_t n;
	char *name;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0) {
		rv_err_errno(err, errno, "readlink %s", link);
		return NULL;
	}
	path[n] = '\0';
	if (path[0] != '/' || fstat(fd, &by_fd) < 0 || lstat(path, &by_name) < 0 || by_fd.st_dev != by_name.st_dev ||
	    by_fd.st_ino != by_name.st_ino) {
		rv_err(err, RV_EDOCUMENT, "bundle %s was moved or removed", path);
		return NULL;
	}
	name = strdup(path);
	if (!name)
		rv_err_nomem(err);
	return name;
}

static int parse(struct rv_document *doc, const char *name, const struct rv_buf *text, size_t max, struct rv_err *err)
{
	int rc = rv_json_parse(&doc->json, rv_buf_str(text), text->len, max, 0, err);

	if (rc < 0)
		rv_err_at_file(err, name, err->line, err->column);
	return rc;
}

static int view(struct rv_document *doc, const char *name, const struct rv_buf *text, size_t max,
		int (*as)(struct rv_spec *spec, struct rv_json_doc *json, struct rv_err *err), struct rv_err *err)
{
	int rc = parse(doc, name, text, max, err);

	if (rc < 0)
		return rc;
	rc = as(&doc->spec, &doc->json, err);
	if (rc < 0)
		rv_err_at_file(err, name, err->line, err->column);
	return rc;
}

int rv_document_config(struct rv_document *doc, const char *name, const struct rv_buf *text, size_t max, struct rv_err *err)
{
	return view(doc, name, text, max, rv_spec_view, err);
}

int rv_document_process(struct rv_document *doc, const char *name, const struct rv_buf *text, size_t max, struct rv_err *err)
{
	return view(doc, name, text, max, rv_spec_view_process, err);
}

int rv_document_resources(struct rv_document *doc, const char *name, const struct rv_buf *text, size_t max, struct rv_err *err)
{
	int rc = parse(doc, name, text, max, err);

	if (rc == 0)
		rc = rv_spec_check(&doc->json, &rv_spec_resources, err);
	if (rc < 0) {
		rv_err_at_file(err, name, err->line, err->column);
		return rc;
	}
	doc->spec = (struct rv_spec){ .doc = &doc->json, .root = doc->json.root };
	return 0;
}

static int read_config(struct rv_document *doc, int dirfd, const char *name, size_t max, struct rv_err *err)
{
	rv_autofd fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	rv_autobuf text = { 0 };
	struct stat st;
	int rc;

	if (fd < 0 && errno == ELOOP)
		return rv_err(err, RV_EDOCUMENT, "%s is a symbolic link; it must be a file", name);
	if (fd < 0)
		return rv_err(err, RV_EDOCUMENT, "cannot open %s: %s", name, strerror(errno));
	if (fstat(fd, &st) < 0)
		return rv_err_errno(err, errno, "stat %s", name);
	if (!S_ISREG(st.st_mode))
		return rv_err(err, RV_EDOCUMENT, "%s is not a regular file", name);
	rc = is_ours(&st) ? check_mode(&st, "file", name, err) : other_owner(&st, "file", name, err);
	if (rc < 0)
		return rc;
	rc = rv_io_read_fd(fd, max, &text, err);
	if (rc < 0) {
		rv_err_at_file(err, name, 0, 0);
		return rc;
	}
	return rv_document_config(doc, name, &text, max, err);
}

int rv_document_open_at(struct rv_document *doc, int dirfd, size_t max, struct rv_err *err)
{
	return read_config(doc, dirfd, "config.json", max, err);
}

/* podman gives the directory, but not the document in it, to the user that is the container's root. */
static bool is_root_inside(const struct rv_spec *spec, uid_t uid)
{
	rv_json_each(entry, rv_json_get(spec->linux_, "uidMappings")) {
		uint64_t inside, outside;

		if (rv_json_u64(rv_json_get(entry, "containerID"), &inside) && inside == 0 &&
		    rv_json_u64(rv_json_get(entry, "hostID"), &outside) && outside == uid)
			return true;
	}
	return false;
}

int rv_document_open(struct rv_document *doc, const char *bundle, const char *config, size_t max, struct rv_err *err)
{
	bool beside = !config || !strcmp(config, "config.json");
	struct stat st;
	int rc;

	if (!bundle)
		bundle = ".";
	doc->bundle_fd = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (doc->bundle_fd < 0)
		return rv_err(err, RV_EDOCUMENT, "cannot open bundle %s: %s", bundle, strerror(errno));
	doc->bundle = name_of(doc->bundle_fd, err);
	if (!doc->bundle)
		return err ? -(int)err->code : -RV_EDOCUMENT;
	if (fstat(doc->bundle_fd, &st) < 0)
		return rv_err_errno(err, errno, "stat %s", bundle);
	rc = check_mode(&st, "bundle", doc->bundle, err);
	if (rc == 0)
		rc = read_config(doc, beside ? doc->bundle_fd : AT_FDCWD, beside ? "config.json" : config, max, err);
	if (rc == 0 && !is_ours(&st) && !is_root_inside(&doc->spec, st.st_uid))
		rc = other_owner(&st, "bundle", doc->bundle, err);
	return rc;
}

int rv_document_read(const char *path, bool dash_is_stdin, size_t max, struct rv_buf *text, struct rv_err *err)
{
	rv_autofd own = -1;
	int fd = STDIN_FILENO, rc;

	if (!dash_is_stdin || strcmp(path, "-") != 0) {
		own = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (own < 0)
			return rv_err(err, RV_EDOCUMENT, "cannot open %s: %s", path, strerror(errno));
		fd = own;
	}
	rc = rv_io_read_fd(fd, max, text, err);
	if (rc < 0)
		rv_err_at_file(err, path, 0, 0);
	return rc;
}
