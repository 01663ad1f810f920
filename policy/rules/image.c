/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

#define SET(field) offsetof(struct rv_settings, image.field)

static const struct rv_setting settings[] = {
	{ "registries", RV_SET_ALLOW, SET(registries),
	  .doc = "Globs over the image's name (registry.example/*)." },
	{ "mutableTag", RV_SET_WORD, SET(mutable_tag), .words = rv_words_allow,
	  .doc = "An image named by a tag, or by none, instead of a digest: allow, deny." },
	{ "digest", RV_SET_WORD, SET(digest), .words = rv_words_allow,
	  .doc = "An image whose digest nobody tells: allow, deny." },
	{ "unknown", RV_SET_WORD, SET(unknown), .words = rv_words_allow,
	  .doc = "A container whose image nobody names (docker and podman tell none): allow, deny." },
	{ 0 }
};

/* NAME[:TAG][@DIGEST] as engines shorten it, without tag and digest: nginx is docker.io/library/nginx. */
static char *full_name(struct rv_judge *j, const char *image)
{
	size_t len = strcspn(image, "@"), first = strcspn(image, "/");
	const char *host = "", *colon;

	if (first > len)
		first = len;
	colon = memrchr(image, ':', len);
	/* a colon before the last slash is the registry's port */
	if (colon && !memchr(colon, '/', len - (size_t)(colon - image)))
		len = (size_t)(colon - image);
	if (first >= len)
		host = "docker.io/library/";
	else if (!memchr(image, '.', first) && !memchr(image, ':', first) && strncmp(image, "localhost/", first + 1) != 0)
		host = "docker.io/";
	return rv_arena_printf(j->arena, "%s%.*s", host, (int)len, image);
}

/* A glob names a repository or anything above it: registry.example/team/x is below registry.example and below its team. */
static bool below(const struct rv_list *one, struct rv_judge *j, const char *name)
{
	char *part = rv_arena_strdup(j->arena, name);

	while (part && *part) {
		char *slash = strrchr(part, '/');

		if (rv_list_any(one, part))
			return true;
		*(slash ? slash : part) = '\0';
	}
	return false;
}

static void judge_registry(struct rv_judge *j, const char *image)
{
	const char *name = full_name(j, image);

	for (const struct rv_list *list = &j->set->image.registries; name && list; list = list->also)
		if (!below(list, j, name)) {
			rv_judge_deny(j, "image.registries", "", NULL, "image %s is from a registry that is not allowed", name);
			return;
		}
}

static void judge(struct rv_judge *j)
{
	const char *image = j->facts->image;
	const char *digest = image ? strchr(image, '@') : NULL;

	/* Nobody names the image of the pause container, and the node's own configuration chooses it. */
	if (j->facts->sandbox)
		return;
	if (!digest && !j->facts->digest && j->set->image.digest == RV_DENY)
		rv_judge_deny(j, "image.digest", "", NULL, "nobody tells the digest of the image");
	if (!image) {
		if (j->set->image.unknown == RV_DENY)
			rv_judge_deny(j, "image.unknown", "", NULL, "the engine does not tell which image this is");
		return;
	}
	if (!digest && j->set->image.mutable_tag == RV_DENY)
		rv_judge_deny(j, "image.mutableTag", "", "name the image with @sha256:...",
			      "image %s is named by a tag, which may mean another image tomorrow", image);
	judge_registry(j, image);
}

const struct rv_family rv_family_image = {
	.name = "image",
	.settings = settings,
	.judge = judge,
	.doc = "The image, where the engine tells its name.",
};
