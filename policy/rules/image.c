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

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_image = {
	.name = "image",
	.settings = settings,
	.judge = judge,
	.doc = "The image, where the engine tells its name.",
};
