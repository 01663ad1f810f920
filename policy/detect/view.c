/* SPDX-License-Identifier: Apache-2.0 */
/* Records as they come out of a ring, and what their fields say. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/capability.h>

#include "detect/detect.h"

static const char *const result_names[] = { "happened", "denied", "killed", "frozen", "stopped" };

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size);
}

/* What is wrong with the record's head; NULL when nothing is. */
static const char *head_fault(const struct rv_event *e, size_t len)
{
	if (e->len != len)
		return "its length is not what it says";
	if (e->kind >= RV_EVENT_KINDS || e->action >= RV_ACTIONS || e->result >= RV_COUNT(result_names))
		return "no such kind, action or result";
	if (e->ancestors > RV_ANCESTORS)
		return "too many ancestors";
	if (!ends(e->comm, sizeof(e->comm)) || !ends(e->pcomm, sizeof(e->pcomm)) || !ends(e->id, sizeof(e->id)))
		return "a name without an end";
	for (size_t i = 0; i < e->ancestors; i++)
		if (!ends(e->ancestor[i].comm, sizeof(e->ancestor[i].comm)))
			return "a name without an end";
	return NULL;
}

int rv_event_view(struct rv_event_view *view, const void *record, size_t len, struct rv_err *err)
{
	struct rv_event_view v = { .event = record };
	const char *fault = len < sizeof(*v.event) ? "too short" : head_fault(v.event, len), *data;
	size_t left;

	if (fault)
		return rv_err(err, RV_EDOCUMENT, "no whole event: %s", fault);
	data = v.event->data;
	left = len - sizeof(*v.event);
	for (size_t i = 0; i < RV_TEXTS; i++) {
		size_t size = v.event->text[i];

		v.text[i] = "";
		if (!size)
			continue;
		if (size > left || data[size - 1] != '\0')
			return rv_err(err, RV_EDOCUMENT, "no whole event: text %zu has no end", i);
		v.text[i] = data;
		v.len[i] = size - 1;
		data += size;
		left -= size;
	}
	*view = v;
	return 0;
}

/* ---- texts ---- */
static const char *identity_of(const struct rv_json *identity, const char *member)
{
	return rv_json_str(rv_json_get(identity, member));
}

/* registry:5000/name:tag@digest -> registry:5000/name */
static const char *repository(const char *image, struct rv_buf *room)
{
	const char *name, *end;

	if (!image)
		return NULL;
	name = rv_path_name(image);
	end = name + strcspn(name, ":@");
	rv_buf_add(room, image, (size_t)(end - image));
	return rv_buf_str(room);
}

static const char *joined(const struct rv_event_view *v, size_t skip, struct rv_buf *room)
{
	const char *text = v->text[RV_TEXT_ARGS], *end = text + v->len[RV_TEXT_ARGS];

	if (!v->event->text[RV_TEXT_ARGS])
		return NULL;
	for (size_t i = 0; text < end; text += strlen(text) + 1, i++)
		if (i >= skip)
			rv_buf_addf(room, "%s%s", i > skip ? " " : "", text);
	return rv_buf_str(room);
}

static const char *variable(const struct rv_event_view *v, size_t i)
{
	const char *text = v->text[RV_TEXT_ENV], *end = text + v->len[RV_TEXT_ENV];

	while (text < end && i--)
		text += strlen(text) + 1;
	return text < end ? text : NULL;
}

static const char *known(const struct rv_event_view *v, enum rv_event_text text)
{
	return v->event->text[text] ? v->text[text] : NULL;
}

static const char *ancestors(const struct rv_event *e, struct rv_buf *room)
{
	for (size_t i = 0; i < e->ancestors; i++)
		rv_buf_addf(room, "%s%s", i ? "<-" : "", e->ancestor[i].comm);
	return e->ancestors ? rv_buf_str(room) : NULL;
}

static const char *address(const __u8 addr[16], struct rv_buf *room)
{
	char text[INET6_ADDRSTRLEN] = "";
	static const __u8 mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool four = !memcmp(addr, mapped, sizeof(mapped));

	inet_ntop(four ? AF_INET : AF_INET6, addr + (four ? 12 : 0), text, sizeof(text));
	rv_buf_adds(room, text);
	return rv_buf_str(room);
}

static bool is_unix(const struct rv_event *e)
{
	return e->kind == RV_EVENT_NET && e->net.family == AF_UNIX;
}

static const char *ends_of(const struct rv_event *e, struct rv_buf *room)
{
	address(e->net.local, room);
	rv_buf_addf(room, ":%u->", e->net.local_port);
	address(e->net.addr, room);
	rv_buf_addf(room, ":%u", e->net.port);
	return rv_buf_str(room);
}

static bool is_many(const char *name)
{
	return !strcmp(name, "busybox") || !strcmp(name, "toybox") || !strcmp(name, "coreutils");
}

/* The name of an argument, which lies somewhere in v's text; NULL: there is none. */
static const char *argument(const struct rv_event_view *v, const char *at)
{
	return at < v->text[RV_TEXT_ARGS] + v->len[RV_TEXT_ARGS] && *rv_path_name(at) ? rv_path_name(at) : NULL;
}

/* One file that is many programs: its arguments say which, as exec.bpf.c has it. After its exec a process may call itself otherwise. */
static const char *program(const struct rv_event_view *v, const char *exe)
{
	const char *name = exe ? rv_path_name(exe) : v->event->comm, *first = argument(v, v->text[RV_TEXT_ARGS]), *second;

	if (!is_many(name) || v->event->kind != RV_EVENT_EXEC || !first)
		return is_many(name) ? v->event->comm : name;
	second = is_many(first) ? argument(v, first + strlen(first) + 1) : NULL;
	return second ? second : first;
}

static const char *directory(const char *path, struct rv_buf *room)
{
	size_t len = path ? (size_t)(rv_path_name(path) - path) : 0;

	if (!len)
		return NULL;
	rv_buf_add(room, path, len > 1 ? len - 1 : 1);
	return rv_buf_str(room);
}

static const char *caps(uint64_t bits, struct rv_buf *room)
{
	for (int cap = 0; cap < 64; cap++) {
		char *name = bits & RV_BIT(cap) ? cap_to_name(cap) : NULL;

		if (name)
			rv_buf_addf(room, "%s%s", room->len ? " " : "", rv_str_starts(name, "cap_") ? name + 4 : name);
		cap_free(name);
	}
	for (size_t i = 0; i < room->len; i++)
		if (room->data[i] >= 'a' && room->data[i] <= 'z')
			room->data[i] = (char)(room->data[i] - 'a' + 'A');
	return rv_buf_str(room);
}

static const char *words(uint64_t flags, const struct rv_cond_word *word, struct rv_buf *room)
{
	for (; word->word; word++)
		if (flags & RV_BIT(word->bit))
			rv_buf_addf(room, "%s%s", room->len ? " " : "", word->word);
	return room->len ? rv_buf_str(room) : NULL;
}

enum text_of { OF_PROC, OF_PARENT, OF_ANCESTORS, OF_EXE, OF_COMM, OF_CMDLINE, OF_ARGS, OF_CWD, OF_FILE, OF_FILENAME, OF_DIRECTORY,
	       OF_TARGET, OF_ADDR, OF_LOCAL, OF_TYPE, OF_RESULT, OF_EXCESS, OF_DNS, OF_SHA256, OF_ID, OF_REPOSITORY };

/* Fields whose value is text of the record. */
static const struct { const char *name; enum text_of what; } texts[] = {
	{ "proc.name", OF_PROC }, { "proc.pname", OF_PARENT }, { "proc.aname", OF_ANCESTORS }, { "proc.exepath", OF_EXE },
	{ "proc.comm", OF_COMM }, { "proc.cmdline", OF_CMDLINE }, { "proc.args", OF_ARGS }, { "proc.cwd", OF_CWD },
	{ "fd.name", OF_FILE }, { "fd.filename", OF_FILENAME }, { "fd.directory", OF_DIRECTORY }, { "fs.path.target", OF_TARGET },
	{ "fd.sip", OF_ADDR }, { "fd.lip", OF_LOCAL }, { "evt.type", OF_TYPE }, { "evt.result", OF_RESULT },
	{ "excess.caps", OF_EXCESS }, { "dns.name", OF_DNS }, { "proc.exe_sha256", OF_SHA256 }, { "container.id", OF_ID }, { "container.image.repository", OF_REPOSITORY },
};

/* Fields that the engine told, and their names in a decision record. */
static const struct { const char *name, *member; } told[] = {
	{ "container.name", "container" }, { "container.image", "image" }, { "container.image.digest", "digest" },
	{ "container.engine", "engine" }, { "k8s.ns.name", "namespace" }, { "k8s.pod.name", "pod" },
};

static const char *text_value(const struct rv_event_view *v, const struct rv_json *identity, enum text_of what, struct rv_buf *room)
{
	const struct rv_event *e = v->event;
	const char *exe = known(v, RV_TEXT_EXE), *path = known(v, RV_TEXT_PATH);

	switch (what) {
	case OF_PROC:
		return program(v, exe);
	case OF_PARENT:
		return *e->pcomm ? e->pcomm : NULL;
	case OF_ANCESTORS:
		return ancestors(e, room);
	case OF_EXE:
		return exe;
	case OF_COMM:
		return e->comm;
	case OF_CMDLINE:
		return joined(v, 0, room);
	case OF_ARGS:
		return joined(v, 1, room);
	case OF_CWD:
		return known(v, RV_TEXT_CWD);
	case OF_FILE:
		return e->kind == RV_EVENT_NET && !is_unix(e) ? ends_of(e, room) : path;
	case OF_FILENAME:
		return path ? rv_path_name(path) : NULL;
	case OF_DIRECTORY:
		return directory(path, room);
	case OF_TARGET:
		return known(v, RV_TEXT_TARGET);
	case OF_ADDR:
		return is_unix(e) ? NULL : address(e->net.addr, room);
	case OF_LOCAL:
		return is_unix(e) ? NULL : address(e->net.local, room);
	case OF_TYPE:
		return rv_event_names[e->kind];
	case OF_RESULT:
		return result_names[e->result];
	case OF_EXCESS:
		return caps(e->excess.caps & ~e->excess.ceiling, room);
	case OF_DNS:
		return path;
	case OF_SHA256:
		return v->sha256;
	case OF_ID:
		return identity_of(identity, "id") ? identity_of(identity, "id") : *e->id ? e->id : NULL;
	case OF_REPOSITORY:
		return repository(identity_of(identity, "image"), room);
	}
	return NULL;
}

/* NULL: nothing known, or no text. */
static const char *text_named(const struct rv_event_view *v, const struct rv_json *identity, const char *field, struct rv_buf *room)
{
	const struct rv_field_how *how;
	int index;

	for (size_t i = 0; i < RV_COUNT(texts); i++)
		if (!strcmp(texts[i].name, field))
			return text_value(v, identity, texts[i].what, room);
	for (size_t i = 0; i < RV_COUNT(told); i++)
		if (!strcmp(told[i].name, field))
			return identity_of(identity, told[i].member);
	index = rv_field_index(field);
	how = index < 0 ? NULL : &rv_field_hows[index];
	if (how && how->type == RV_COND_CAPS)
		return caps(v->event->caps, room);
	if (!strcmp(field, "proc.env"))
		return variable(v, 0);
	return how && how->type == RV_COND_BITS ? words(v->event->flags, how->words, room) : NULL;
}

const char *rv_field_value(const struct rv_event_view *view, const struct rv_json *identity, int field, size_t i, struct rv_buf *room)
{
	const char *name = rv_event_fields[field].name;

	if (!strcmp(name, "proc.env"))
		return variable(view, i);
	return i ? NULL : text_named(view, identity, name, room);
}

/* ---- numbers and flags ---- */
static bool number_named(const struct rv_event *e, const char *field, uint64_t *out)
{
	const struct { const char *name; bool holds; uint64_t value; } numbers[] = {
		{ "proc.pid", true, e->pid }, { "proc.vpid", true, e->vpid }, { "proc.ppid", true, e->ppid }, { "thread.tid", true, e->tid },
		{ "user.uid", true, e->cuid }, { "user.host_uid", true, e->euid },
		{ "proc.exit_status", e->kind == RV_EVENT_EXIT,
		  e->exit.status & 0x7f ? 128 + (e->exit.status & 0x7f) : (e->exit.status >> 8) & 0xff },
		{ "fd.sport", e->kind == RV_EVENT_NET && !is_unix(e), e->net.port },
		{ "fd.lport", e->kind == RV_EVENT_NET && !is_unix(e), e->net.local_port },
	};

	for (size_t i = 0; i < RV_COUNT(numbers); i++) {
		if (!strcmp(numbers[i].name, field) && numbers[i].holds) {
			*out = numbers[i].value;
			return true;
		}
	}
	return false;
}

bool rv_field_number(const struct rv_event_view *view, int field, uint64_t *out)
{
	return number_named(view->event, rv_event_fields[field].name, out);
}

bool rv_event_field_json(const struct rv_event_view *view, const struct rv_json *identity, const char *field, struct rv_buf *out)
{
	int index = rv_field_index(field);
	rv_autobuf room = { 0 };
	const char *text;
	uint64_t number;

	if (index < 0 || !rv_field_for(index, (enum rv_kind_of_event)view->event->kind))
		return false;
	if (rv_field_hows[index].type == RV_COND_FLAG || rv_field_hows[index].type == RV_COND_UPPER) {
		uint64_t bits = rv_field_hows[index].type == RV_COND_FLAG ? RV_BIT(rv_field_hows[index].arg) : RV_ORIGINS_UPPER;

		rv_buf_adds(out, view->event->flags & bits ? "true" : "false");
		return true;
	}
	if (number_named(view->event, field, &number)) {
		rv_buf_addf(out, "%" PRIu64, number);
		return true;
	}
	text = text_named(view, identity, field, &room);
	if (text)
		rv_json_quote(out, text, strlen(text));
	return text;
}

/* ---- for people ---- */
void rv_event_field_text(const struct rv_event_view *view, const struct rv_json *identity, const char *field, struct rv_buf *out)
{
	rv_autobuf room = { 0 }, json = { 0 };
	const char *text;

	if (!rv_event_field_json(view, identity, field, &json)) {
		rv_buf_adds(out, "<NA>");
		return;
	}
	text = *rv_buf_str(&json) == '"' ? text_named(view, identity, field, &room) : rv_buf_str(&json);
	rv_buf_add_printable(out, text ? text : "<NA>");
}

size_t rv_detect_placeholder(const char *percent, char *name, size_t size)
{
	size_t len = strspn(percent + 1, "abcdefghijklmnopqrstuvwxyz0123456789._");

	while (len && percent[len] == '.')
		len--;
	snprintf(name, size, "%.*s", (int)len, percent + 1);
	return len;
}

void rv_detection_output(const struct rv_detection *d, const struct rv_event_view *view, const struct rv_json *identity, struct rv_buf *out)
{
	char name[64];

	for (const char *s = d->output; *s;) {
		size_t plain = strcspn(s, "%"), len;

		rv_buf_add(out, s, plain);
		s += plain;
		if (!*s)
			return;
		len = rv_detect_placeholder(s, name, sizeof(name));
		if (len)
			rv_event_field_text(view, identity, name, out);
		else
			rv_buf_addc(out, '%');
		s += 1 + (len ? len : s[1] == '%');
	}
}
