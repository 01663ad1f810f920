/* SPDX-License-Identifier: Apache-2.0 */
#include "identity.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct names {
	const char *type; /* its value is "sandbox" or "container" */
	const char *name_space, *pod, *uid, *container;
	const char *image[2]; /* the first one that is there */
	const char *digest;   /* a reference that may hold the digest when the image's name does not */
};

static const struct names containerd_names = {
	.type = "io.kubernetes.cri.container-type",
	.name_space = "io.kubernetes.cri.sandbox-namespace",
	.pod = "io.kubernetes.cri.sandbox-name",
	.uid = "io.kubernetes.cri.sandbox-uid",
	.container = "io.kubernetes.cri.container-name",
	.image = { "io.kubernetes.cri.image-name", "io.kubernetes.cri.podsandbox.image-name" },
};
static const struct names crio_names = {
	.type = "io.kubernetes.cri-o.ContainerType",
	.name_space = "io.kubernetes.pod.namespace",
	.pod = "io.kubernetes.pod.name",
	.uid = "io.kubernetes.pod.uid",
	.container = "io.kubernetes.container.name",
	.image = { "io.kubernetes.cri-o.ImageName", "io.kubernetes.cri-o.Image" },
	.digest = "io.kubernetes.cri-o.ImageRef",
};

static bool below_any(const char *path, const char *const *dirs)
{
	for (; path && dirs && *dirs; dirs++)
		if (rv_path_under(path, *dirs))
			return true;
	return false;
}

static const struct names *names_of(const struct rv_facts *facts, const struct rv_json *annotations)
{
	bool containerd = rv_json_str(rv_json_get(annotations, containerd_names.type));
	bool crio = rv_json_str(rv_json_get(annotations, crio_names.type));

	if (below_any(facts->bundle, facts->dirs.containers))
		return crio ? &crio_names : NULL;
	if (below_any(facts->bundle, facts->dirs.containerd))
		return containerd ? &containerd_names : NULL;
	if (containerd == crio)
		return NULL;
	return containerd ? &containerd_names : &crio_names;
}

static const char *text_of(const struct rv_json *annotations, const char *key, struct rv_arena *arena)
{
	const char *text = key ? rv_json_str(rv_json_get(annotations, key)) : NULL;

	return text && *text ? rv_arena_strdup(arena, text) : NULL;
}

/* "sha256:…" behind the last '@' of a reference, when it is a whole digest. */
static const char *digest_of(const char *reference)
{
	const char *at = reference ? strrchr(reference, '@') : NULL;

	if (!at || !rv_str_starts(at + 1, "sha256:") || strlen(at + 8) != 64 || strspn(at + 8, "0123456789abcdef") != 64)
		return NULL;
	return at + 1;
}

static const char *sandbox_namespace(const char *sandbox, int bundle_fd, size_t max, struct rv_arena *arena)
{
	rv_autobuf text = { 0 }, path = { 0 };
	rv_autojson doc = { 0 };
	rv_autofd dir = -1;
	struct rv_err err;
	struct stat st;

	if (bundle_fd < 0 || !sandbox || strchr(sandbox, '/') || !strcmp(sandbox, ".") || !strcmp(sandbox, ".."))
		return NULL;
	rv_buf_addf(&path, "../%s", sandbox);
	dir = path.failed ? -1 : openat(bundle_fd, rv_buf_str(&path), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || fstat(dir, &st) < 0 || st.st_uid != 0 || (st.st_mode & 022))
		return NULL;
	if (fstatat(dir, "config.json", &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_uid != 0 || (st.st_mode & 022))
		return NULL;
	if (rv_io_read_at(dir, "config.json", true, max, &text, &err) < 0 ||
	    rv_json_parse(&doc, text.data ? text.data : "", text.len, max, 0, &err) < 0)
		return NULL;
	return text_of(rv_json_get(doc.root, "annotations"), containerd_names.name_space, arena);
}

void rv_identity_read(struct rv_facts *facts, const struct rv_spec *spec, int bundle_fd, size_t max_document,
		      struct rv_arena *arena)
{
	const struct rv_json *annotations = rv_json_get(spec->root, "annotations");
	const struct names *names = facts->engine == RV_ENGINE_CRI && annotations ? names_of(facts, annotations) : NULL;
	const char *type;

	if (!names)
		return;
	type = rv_json_str(rv_json_get(annotations, names->type));
	facts->sandbox = !strcmp(type, "sandbox");
	facts->name_space = text_of(annotations, names->name_space, arena);
	facts->pod = text_of(annotations, names->pod, arena);
	facts->pod_uid = text_of(annotations, names->uid, arena);
	facts->container = text_of(annotations, names->container, arena);
	for (size_t i = 0; i < RV_COUNT(names->image) && !facts->image; i++)
		facts->image = text_of(annotations, names->image[i], arena);
	facts->digest = digest_of(facts->image);
	if (!facts->digest)
		facts->digest = digest_of(text_of(annotations, names->digest, arena));
	if (!facts->name_space && names == &containerd_names)
		facts->name_space = sandbox_namespace(rv_json_str(rv_json_get(annotations, "io.kubernetes.cri.sandbox-id")),
						      bundle_fd, max_document, arena);
}
