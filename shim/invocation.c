/* SPDX-License-Identifier: Apache-2.0 */
#include "invocation.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

#define PRESERVE_MAX 65536	/* more than any process may have open by default on the systems that set no other limit */
#define ID_MAX 255		/* the runtimes make a directory of this name */

struct parser {
	struct rv_invocation *inv;
	int argc, next;
	char *const *argv;
	const struct rv_flag *flags;	/* of the scope that is being read */
	bool global;
	struct rv_err *err;
};

static const struct rv_flag *find_in(const struct rv_flag *flags, const char *name, size_t len)
{
	for (const struct rv_flag *f = flags; f->name; f++)
		if (strlen(f->name) == len && !memcmp(f->name, name, len))
			return f;
	return NULL;
}

static const struct rv_flag *find_short_in(const struct rv_flag *flags, char c)
{
	for (const struct rv_flag *f = flags; f->name; f++)
		if (c && strchr(f->shorts, c))
			return f;
	return NULL;
}

/* Subcommands have --help and its like too, but nothing else of the global flags. */
static const struct rv_flag *help_only(const struct rv_flag *f)
{
	return f && f->meaning == RV_FLAG_HELP ? f : NULL;
}

static const struct rv_flag *find_long(const struct parser *p, const char *name, size_t len)
{
	const struct rv_flag *f = find_in(p->flags, name, len);

	return f ? f : help_only(find_in(rv_subcommands[0].flags, name, len));
}

static const struct rv_flag *find_short(const struct parser *p, char c)
{
	const struct rv_flag *f = find_short_in(p->flags, c);

	return f ? f : help_only(find_short_in(rv_subcommands[0].flags, c));
}

static const char *next_flag_name(void *ctx, size_t i)
{
	return ((const struct rv_flag *)ctx)[i].name;
}

static const char *next_command_name(void *ctx, size_t i)
{
	return ((const struct rv_subcommand *)ctx)[i].name;
}

static int unknown_flag(struct parser *p, const char *arg)
{
	const char *name = arg + strspn(arg, "-");
	const char *where = p->global ? "before the subcommand" : p->inv->command->name;
	const char *near = rv_str_nearest(name, next_flag_name, (void *)(uintptr_t)p->flags);

	if (near)
		return rv_err(p->err, RV_EUSAGE, "unknown flag %s (%s); did you mean --%s?", arg, where, near);
	return rv_err(p->err, RV_EUSAGE, "unknown flag %s (%s)", arg, where);
}

static bool negative_number(const char *s)
{
	return s[0] == '-' && s[1] && s[1 + strspn(s + 1, "0123456789")] == '\0';
}

/* The value in the next argument. */
static int take_value(struct parser *p, const struct rv_flag *f, const char **value)
{
	const char *v = p->next < p->argc ? p->argv[p->next] : NULL;

	if (!v)
		return rv_err(p->err, RV_EUSAGE, "--%s needs a value", f->name);
	if (v[0] == '-' && v[1] && !negative_number(v))
		return rv_err(p->err, RV_EUSAGE, "--%s needs a value, but %s follows; if that is it, write --%s=%s", f->name, v,
			      f->name, v);
	p->next++;
	*value = v;
	return 0;
}

static int parse_count(struct parser *p, const struct rv_flag *f, const char *value, uint64_t max, uint64_t *out)
{
	if (!rv_str_u64(value, strlen(value), max, out))
		return rv_err(p->err, RV_EUSAGE, "--%s=%s: a number from 0 to %llu is needed", f->name, value,
			      (unsigned long long)max);
	return 0;
}

static int apply_log_format(struct parser *p, const char *value)
{
	bool json = !strcmp(value, "json");

	if (!json && strcmp(value, "text") != 0)
		return rv_err(p->err, RV_EUSAGE, "--log-format=%s: text or json is needed", value);
	p->inv->log_json = json;
	return 0;
}

static int apply_cgroup_manager(struct parser *p, const char *value)
{
	if (strcmp(value, "systemd") != 0 && strcmp(value, "cgroupfs") != 0 && strcmp(value, "disabled") != 0)
		return rv_err(p->err, RV_EUSAGE, "--cgroup-manager=%s: systemd, cgroupfs or disabled is needed", value);
	p->inv->cgroup_manager = value;
	p->inv->systemd_cgroup = !strcmp(value, "systemd");
	return 0;
}

static int apply_number(struct parser *p, const struct rv_flag *f, const char *value)
{
	uint64_t n = 0;
	int ret;

	if (f->meaning == RV_FLAG_STATUS_FD && !strcmp(value, "-1"))
		return 0;
	ret = parse_count(p, f, value, f->meaning == RV_FLAG_STATUS_FD ? INT_MAX : PRESERVE_MAX, &n);
	if (ret < 0)
		return ret;
	if (f->meaning == RV_FLAG_STATUS_FD)
		p->inv->status_fd = (int)n;
	else
		p->inv->preserve_fds = (unsigned)n;
	return 0;
}

#define MEMBER(m) offsetof(struct rv_invocation, m)

/* The members of *inv that hold a flag's text as it is; 0 (where `command` is) for the others. */
static const size_t text_at[] = {
	[RV_FLAG_BUNDLE] = MEMBER(bundle),
	[RV_FLAG_CONFIG] = MEMBER(config),
	[RV_FLAG_PROCESS] = MEMBER(process),
	[RV_FLAG_RESOURCES] = MEMBER(resources),
	[RV_FLAG_ROOT] = MEMBER(root),
	[RV_FLAG_LOG] = MEMBER(log),
	[RV_FLAG_ROOTLESS] = MEMBER(rootless),
	[RV_FLAG_PIDFILE] = MEMBER(pid_file),
	[RV_FLAG_CONSOLE] = MEMBER(console_socket),
	[RV_FLAG_PIDFD] = MEMBER(pidfd_socket),
	[RV_FLAG_IMAGE_PATH] = MEMBER(image_path),
	[RV_FLAG_COUNT] = 0,
};

static const size_t switch_at[] = {
	[RV_FLAG_HELP] = MEMBER(help),
	[RV_FLAG_VERSION] = MEMBER(version),
	[RV_FLAG_DEBUG] = MEMBER(debug),
	[RV_FLAG_SYSTEMD] = MEMBER(systemd_cgroup),
	[RV_FLAG_DETACH] = MEMBER(detach),
	[RV_FLAG_NO_PIVOT] = MEMBER(no_pivot),
	[RV_FLAG_NO_KEYRING] = MEMBER(no_new_keyring),
	[RV_FLAG_COUNT] = 0,
};

static int apply(struct parser *p, const struct rv_flag *f, const char *value)
{
	char *inv = (char *)p->inv;

	if (text_at[f->meaning])
		*(const char **)(inv + text_at[f->meaning]) = value;
	else if (switch_at[f->meaning])
		*(bool *)(inv + switch_at[f->meaning]) = !value;
	else if (f->meaning == RV_FLAG_CGROUP && !p->inv->cgroup)
		p->inv->cgroup = value;
	else if (f->meaning == RV_FLAG_LOG_FORMAT)
		return apply_log_format(p, value);
	else if (f->meaning == RV_FLAG_CGROUP_MANAGER)
		return apply_cgroup_manager(p, value);
	else if (f->meaning == RV_FLAG_PRESERVE_FDS || f->meaning == RV_FLAG_STATUS_FD)
		return apply_number(p, f, value);
	else if (f->meaning == RV_FLAG_REFUSED)
		return rv_err(p->err, RV_EUSAGE, "--%s is refused: no document holds it, so nothing can judge it", f->name);
	return 0;
}

static bool same_value(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Keeps the order in which the last of each flag came: crun reads --systemd-cgroup and --cgroup-manager in that order. */
static int remember(struct parser *p, const struct rv_flag *f, const char *value)
{
	struct rv_invocation *inv = p->inv;
	size_t i = p->global ? 0 : inv->global_count;

	while (!f->repeat && i < inv->given_count && inv->given[i].flag != f)
		i++;
	if (!f->repeat && i < inv->given_count) {
		if (!p->global && !same_value(inv->given[i].value, value))
			return rv_err(p->err, RV_EUSAGE, "--%s is given twice with different values", f->name);
		memmove(&inv->given[i], &inv->given[i + 1], (inv->given_count - i - 1) * sizeof(inv->given[0]));
		inv->given_count--;
	}
	if (inv->given_count == RV_INVOCATION_FLAGS)
		return rv_err(p->err, RV_EUSAGE, "more than %d flags", RV_INVOCATION_FLAGS);
	inv->given[inv->given_count++] = (struct rv_given){ f, value };
	if (p->global)
		inv->global_count = inv->given_count;
	return apply(p, f, value);
}

/* A flag with its name read; `value` is what was attached to it, NULL when nothing was. */
static int take_flag(struct parser *p, const struct rv_flag *f, const char *value)
{
	int ret = 0;

	if (f->arity == RV_ARITY_NONE || f->arity == RV_ARITY_OPTIONAL) {
		if (value && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
			return rv_err(p->err, RV_EUSAGE, "--%s=%s: true or false is needed", f->name, value);
		return remember(p, f, value && value[0] == 'f' ? "false" : NULL);
	}
	if (!value)
		ret = take_value(p, f, &value);
	if (!ret && (!value || !*value))
		ret = rv_err(p->err, RV_EUSAGE, "--%s needs a value, and it is empty", f->name);
	return ret < 0 ? ret : remember(p, f, value);
}

/* One dash and no long name: short flags. */
static int parse_short(struct parser *p, const char *arg)
{
	for (const char *c = arg + 1; *c; c++) {
		const struct rv_flag *f = find_short(p, *c);
		const char *rest = c + 1;
		int ret;

		if (!f)
			return unknown_flag(p, arg);
		if (f->arity == RV_ARITY_VALUE || f->arity == RV_ARITY_APART) {
			if (*rest == '=')
				return rv_err(p->err, RV_EUSAGE, "%s: runc reads \"%s\", crun \"%s\"; write --%s%s", arg,
					      rest + 1, rest, f->name, rest);
			return take_flag(p, f, *rest ? rest : NULL);
		}
		if (f->arity == RV_ARITY_OPTIONAL && *rest)
			return rv_err(p->err, RV_EUSAGE, "%s: the runtimes read this differently; write --%s", arg, f->name);
		if (*rest == '=')
			return take_flag(p, f, rest + 1);
		ret = take_flag(p, f, NULL);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int parse_flag(struct parser *p)
{
	const char *arg = p->argv[p->next++];
	bool two = arg[1] == '-';
	const char *name = arg + 1 + two;
	size_t len = strcspn(name, "=");
	const struct rv_flag *f = find_long(p, name, len);

	if (!f && two && len == 1)
		f = find_short(p, *name);
	if (!f)
		return two ? unknown_flag(p, arg) : parse_short(p, arg);
	if ((!two || len == 1) && !(f->runtimes & RV_RUNTIME_RUNC))
		return unknown_flag(p, arg);
	return take_flag(p, f, name[len] ? name + len + 1 : NULL);
}

static bool is_flag(const char *arg)
{
	return arg[0] == '-' && arg[1];
}

static bool good_id(const char *id)
{
	size_t len = strlen(id);

	return len > 0 && len <= ID_MAX && id[0] != '-' && strcmp(id, ".") != 0 && strcmp(id, "..") != 0 &&
	       strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-.,") == len;
}

static int take_id(struct parser *p, const char *id)
{
	if (!good_id(id))
		return rv_err(p->err, RV_EUSAGE,
			      "container id \"%s\": 1 to %d letters, digits and _+-., not beginning with '-', are needed", id,
			      ID_MAX);
	p->inv->id = id;
	return 0;
}

/* The subcommand's own arguments, up to the end or to the command of exec. */
static int parse_arguments(struct parser *p)
{
	const struct rv_subcommand *c = p->inv->command;
	bool flags = true;

	while (p->next < p->argc) {
		const char *arg = p->argv[p->next];
		int ret;

		if (flags && is_flag(arg)) {
			flags = strcmp(arg, "--") != 0;
			if (flags)
				ret = parse_flag(p);
			else
				ret = (p->next++, 0);
		} else if (p->inv->id) {
			return rv_err(p->err, RV_EUSAGE, "%s: one container id is needed, \"%s\" is too much", c->name, arg);
		} else {
			p->next++;
			ret = take_id(p, arg);
			if (!ret && c->in_order) {
				/* runc's manual has it: exec ID -- COMMAND */
				if (p->next < p->argc && !strcmp(p->argv[p->next], "--"))
					p->next++;
				p->inv->args = p->argv + p->next;
				p->inv->arg_count = p->argc - p->next;
				p->next = p->argc;
			}
		}
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* exec takes a document or a command. Flags that describe what a document says (--tty) are ignored beside one by the runtimes, and
 * are not handed on. */
static int check_sources(struct parser *p)
{
	const struct rv_invocation *inv = p->inv;

	if (inv->command->sub == RV_SUB_EXEC && !inv->process && !inv->arg_count)
		return rv_err(p->err, RV_EUSAGE, "exec: a command or --process is needed");
	if (inv->process && inv->arg_count)
		return rv_err(p->err, RV_EUSAGE, "exec: both --process and a command are given");
	return 0;
}

/* For subcommands that are handed on as they are: what the id is, as far as it is clear. */
static void guess_id(struct parser *p)
{
	struct parser probe = *p;
	struct rv_invocation scratch = *p->inv;
	struct rv_err ignored = RV_ERR_INIT;
	const char *id = NULL;

	probe.inv = &scratch;
	probe.err = &ignored;
	while (probe.next < probe.argc) {
		const char *arg = probe.argv[probe.next];

		if (is_flag(arg) && strcmp(arg, "--") != 0) {
			if (id && scratch.command->in_order)
				break;
			if (parse_flag(&probe) < 0)
				return;
			continue;
		}
		probe.next++;
		if (!id && strcmp(arg, "--") != 0)
			id = arg;
	}
	p->inv->help = scratch.help;
	if (id && good_id(id))
		p->inv->id = id;
}

static int parse_globals(struct parser *p)
{
	p->flags = rv_subcommands[0].flags;
	p->global = true;
	while (p->next < p->argc && is_flag(p->argv[p->next])) {
		int ret;

		if (!strcmp(p->argv[p->next], "--")) {
			p->next++;
			break;
		}
		ret = parse_flag(p);
		if (ret < 0)
			return ret;
	}
	p->global = false;
	return 0;
}

static int unknown_command(struct parser *p, const char *name)
{
	const char *near = rv_str_nearest(name, next_command_name, (void *)(uintptr_t)(rv_subcommands + 1));

	p->inv->command = rv_subcommands;
	/* runc's words */
	if (p->next < p->argc && (!strcmp(p->argv[p->next], "-h") || !strcmp(p->argv[p->next], "--help")))
		return rv_err(p->err, RV_EUSAGE, "No help topic for '%s'", name);
	return near ? rv_err(p->err, RV_EUSAGE, "unknown subcommand %s; did you mean %s?", name, near) :
		      rv_err(p->err, RV_EUSAGE, "unknown subcommand %s", name);
}

static int parse_command(struct parser *p)
{
	struct rv_invocation *inv = p->inv;
	const char *name = p->argv[p->next++];
	int ret;

	inv->command = rv_subcommand_find(name);
	if (!inv->command)
		return unknown_command(p, name);
	inv->rest = p->argv + p->next;
	inv->rest_count = p->argc - p->next;
	p->flags = inv->command->flags;
	if (inv->command->class == RV_CLASS_PASS && inv->command->positionals)
		guess_id(p);
	if (inv->command->class == RV_CLASS_PASS || inv->command->class == RV_CLASS_REFUSED)
		return 0;
	ret = parse_arguments(p);
	if (ret < 0 || inv->help)
		return ret;
	if (!inv->id)
		return rv_err(p->err, RV_EUSAGE, "%s: a container id is needed", inv->command->name);
	return check_sources(p);
}

int rv_invocation_parse(struct rv_invocation *inv, int argc, char *const argv[], struct rv_err *err)
{
	struct parser p = { .inv = inv, .argc = argc, .argv = argv, .next = 1, .err = err };
	int ret;

	*inv = (struct rv_invocation){ .command = rv_subcommands, .status_fd = -1 };
	ret = parse_globals(&p);
	if (ret < 0)
		return ret;
	/* Both runtimes answer these two at once, whatever follows. */
	if (inv->help || inv->version || p.next >= argc)
		return 0;
	return parse_command(&p);
}

const char *rv_invocation_log_path(const struct rv_invocation *inv)
{
	if (!inv->log || rv_str_starts(inv->log, "journald:") || rv_str_starts(inv->log, "syslog:"))
		return NULL;
	return rv_str_starts(inv->log, "file:") ? inv->log + strlen("file:") : inv->log;
}
