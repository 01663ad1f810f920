/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

#define SET(field) offsetof(struct rv_settings, image.field)

static bool is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && !strncmp(text, word, len);
}

/* Exceptions and "set" are read once, so a glob that could never match is told of then. */
static const char *check_registry(const char *item)
{
	size_t first = strcspn(item, "/");

	if (!strcmp(item, "*") || !strcmp(item, "**") || !strcmp(item, "ALL"))
		return NULL;
	for (const char *at = item; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			return "names of images are in lower case";
	if (strchr(item, '@') || strchr(item + first, ':'))
		return "tags and digests are not looked at here: mutableTag, digest";
	if (is_word(item, first, "index.docker.io"))
		return "its images are named docker.io/...";
	if (!memchr(item, '.', first) && !memchr(item, ':', first) && !memchr(item, '*', first) && !memchr(item, '?', first) &&
	    !is_word(item, first, "localhost"))
		return "begins with no registry; nginx is docker.io/library/nginx";
	return NULL;
}

static const struct rv_setting settings[] = {
	{ "registries", RV_SET_ALLOW, SET(registries), .check = check_registry,
	  .doc = "Globs over the image's whole name without tag and digest; one takes whatever lies below what it names. nginx is "
		 "docker.io/library/nginx; a port is part of a registry's name." },
	{ "mutableTag", RV_SET_WORD, SET(mutable_tag), .words = rv_words_allow,
	  .doc = "An image named by a tag, or by none, instead of a digest: allow, deny." },
	{ "digest", RV_SET_WORD, SET(digest), .words = rv_words_allow, .doc = "An image whose digest nobody tells: allow, deny." },
	{ "unknown", RV_SET_WORD, SET(unknown), .words = rv_words_allow,
	  .doc = "A container whose image nobody names (docker and podman tell none): allow, deny." },
	{ 0 }
};

#define HEX "0123456789abcdef"
#define LOWER "abcdefghijklmnopqrstuvwxyz0123456789"

/* What an engine calls an image: [REGISTRY/]PATH[:TAG][@DIGEST], or its id. */
struct reference {
	const char *name;	/* REGISTRY/PATH in full; NULL: no such name, or an id, of which no registry is known */
	bool digest, id;
};

static bool is_hex(const char *text, size_t len)
{
	return strspn(text, HEX) == len && !text[len];
}

/* ALGORITHM:HEX, whole: what is shorter names nothing for certain. */
static bool is_digest(const char *text)
{
	static const struct { const char *algorithm; size_t len; } known[] = { { "sha256:", 64 }, { "sha384:", 96 }, { "sha512:", 128 } };

	for (size_t i = 0; i < RV_COUNT(known); i++)
		if (rv_str_starts(text, known[i].algorithm))
			return is_hex(text + strlen(known[i].algorithm), known[i].len);
	return false;
}

/* Words of lower case and digits, joined by one '.', up to two '_' or any number of '-'. */
static bool is_component(const char *text, size_t len)
{
	while (len) {
		size_t word = strspn(text, LOWER), joint;

		if (!word || word > len)
			return word > 0;
		text += word;
		len -= word;
		if (!len)
			return true;
		joint = strspn(text, *text == '.' ? "." : *text == '_' ? "_" : "-");
		if (!joint || joint >= len || (*text == '.' && joint > 1) || (*text == '_' && joint > 2))
			return false;
		text += joint;
		len -= joint;
	}
	return false;
}

static bool is_path(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (!is_component(path, len))
			return false;
		if (!path[len])
			return true;
		path += len + 1;
	}
}

static bool is_registry(const char *text)
{
	const char *rest = *text == '[' ? text + 1 + strspn(text + 1, HEX ":.") : text + strspn(text, LOWER ".-");

	if (rest == text || (*text == '[' && *rest++ != ']') || *text == '.' || *text == '-' || strstr(text, ".."))
		return false;
	return !*rest || (*rest == ':' && rest[1] && !rest[1 + strspn(rest + 1, "0123456789")]);
}

static char *lowered(struct rv_judge *j, const char *text, size_t len)
{
	char *copy = rv_arena_strndup(j->arena, text, len);

	for (char *at = copy; at && *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at |= 0x20;
	return copy;
}

/* The first part is a registry when it looks like a host: with a dot, a port, a capital letter, or localhost. */
static bool begins_with_registry(const char *name, size_t first)
{
	static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (!name[first])
		return false;
	return memchr(name, '.', first) || memchr(name, ':', first) || strcspn(name, capitals) < first ||
	       is_word(name, first, "localhost");
}

/* As the engines read it (distribution/reference), and no more than they take: nginx:1 is docker.io/library/nginx. */
static const char *full_name(struct rv_judge *j, char *name)
{
	size_t first = strcspn(name, "/");
	bool hosted = begins_with_registry(name, first);
	const char *registry = hosted ? lowered(j, name, first) : "docker.io";
	char *path = hosted ? name + first + 1 : name, *tag = strchr(path, ':');

	if (tag) {
		size_t len = strspn(tag + 1, LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ_.-");

		if (!len || len > 128 || tag[1 + len] || tag[1] == '.' || tag[1] == '-')
			return NULL;
		*tag = '\0';
	}
	if (!registry || !is_registry(registry) || !is_path(path))
		return NULL;
	if (!strcmp(registry, "index.docker.io"))
		registry = "docker.io";
	return rv_arena_printf(j->arena, "%s/%s%s", registry, !strcmp(registry, "docker.io") && !strchr(path, '/') ? "library/" : "",
			       path);
}

static struct reference read_reference(struct rv_judge *j, const char *image)
{
	struct reference ref = { .id = is_hex(image, 64) || is_digest(image) };
	char *name = rv_arena_strdup(j->arena, image), *at = name ? strchr(name, '@') : NULL;

	if (ref.id || !name)
		return ref;
	if (at)
		*at++ = '\0';
	ref.digest = at && is_digest(at);
	if (!at || ref.digest)
		ref.name = full_name(j, name);
	return ref;
}

/* A glob names a repository or anything above it: registry.example/team/x is below registry.example and below its team. */
static bool below(const struct rv_list *one, struct rv_judge *j, const char *name)
{
	char *part = rv_arena_strdup(j->arena, name ? name : "?");

	while (part && *part) {
		char *slash = strrchr(part, '/');

		if (rv_list_any(one, part))
			return true;
		*(slash ? slash : part) = '\0';
	}
	return false;
}

static const char *registry_advice(struct rv_judge *j, const char *name)
{
	return name ? rv_judge_ptr(j, "take it from an allowed registry, or allow \"image\": {\"registries\": [%s]}",
				   rv_judge_str(j, name)) :
		      "name the image by registry, path and digest";
}

static void judge_registry(struct rv_judge *j, const char *image, const struct reference *ref)
{
	for (const struct rv_list *list = &j->set->image.registries; list; list = list->also) {
		if (below(list, j, ref->name))
			continue;
		rv_judge_deny(j, "image.registries", "", registry_advice(j, ref->name),
			      ref->name ? "image %s is from a registry that is not allowed" :
			      ref->id	? "image %s is named by its id, so nobody knows its registry" :
					  "image %s has no name that engines agree on, so nobody knows its registry",
			      ref->name ? ref->name : image);
		return;
	}
}

static void judge(struct rv_judge *j)
{
	const char *image = j->facts->image;
	struct reference ref = { 0 };

	/* Nobody names the image of the pause container, and the node's own configuration chooses it. */
	if (j->facts->sandbox)
		return;
	if (image)
		ref = read_reference(j, image);
	if (!ref.digest && !j->facts->digest && j->set->image.digest == RV_DENY)
		rv_judge_deny(j, "image.digest", "", "name the image with @sha256:...", "nobody tells the digest of the image");
	if (!image) {
		if (j->set->image.unknown == RV_DENY)
			rv_judge_deny(j, "image.unknown", "",
				      "only a CRI engine tells it; for others allow \"image\": {\"unknown\": \"allow\"}",
				      "the engine does not tell which image this is");
		return;
	}
	if (!ref.digest && !ref.id && j->set->image.mutable_tag == RV_DENY)
		rv_judge_deny(j, "image.mutableTag", "", "name the image with @sha256:...",
			      "image %s is named by a tag, which may mean another image tomorrow", image);
	judge_registry(j, image, &ref);
}

const struct rv_family rv_family_image = {
	.name = "image",
	.settings = settings,
	.judge = judge,
	.doc = "The image, where the engine tells its name.",
};
