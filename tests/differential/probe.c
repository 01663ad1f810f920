/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container of the differential test: says what it is, one "key value" a line. As a hook it writes what it was given to the
 * file "hooked" beside it. Static, since the root file system holds nothing else.
 */
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

extern char **environ;

/* One line whatever is in the text. */
static void say(FILE *out, const char *key, const char *text)
{
	fprintf(out, "%s ", key);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == '\\' || c >= 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
	fputc('\n', out);
}

static void say_list(FILE *out, const char *key, char **list)
{
	for (; *list; list++)
		if (strncmp(*list, "HOME=", 5) != 0)
			say(out, key, *list);
}

static void say_file(const char *key, const char *path, const char *with)
{
	FILE *in = fopen(path, "re");
	char line[512];

	while (in && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		if (strstr(line, with))
			say(stdout, key, line);
	}
	if (in)
		fclose(in);
}

/* As a hook it is started from the bundle, where the file for its output waits. */
static FILE *hook_output(void)
{
	char path[512];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 16);

	if (len < 0)
		return NULL;
	path[len] = '\0';
	strcpy(strrchr(path, '/'), "/hooked");
	return access(path, F_OK) == 0 ? fopen(path, "ae") : NULL;
}

static int hook(FILE *out, char **argv)
{
	say_list(out, "hook-arg", argv);
	say_list(out, "hook-env", environ);
	return fclose(out) != 0;
}

static void user(void)
{
	gid_t groups[64];
	int count = getgroups(64, groups);
	mode_t mask = umask(0);

	printf("uid %u\ngid %u\numask %o\ngroups", getuid(), getgid(), mask);
	for (int i = 0; i < count; i++)
		if (i == 0 || groups[i] != groups[i - 1])
			printf(" %u", groups[i]);
	printf("\n");
}

static void status(void)
{
	static const char *const keys[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp:" };
	FILE *in = fopen("/proc/self/status", "re");
	char line[512];

	while (in && fgets(line, sizeof(line), in))
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (strncmp(line, keys[i], strlen(keys[i])) == 0)
				printf("%s", line);
	if (in)
		fclose(in);
}

static void mounts(void)
{
	FILE *in = fopen("/proc/self/mountinfo", "re");
	char line[4096];

	while (in && fgets(line, sizeof(line), in)) {
		char at[1024], options[1024], type[64] = "?";
		char *dash = strstr(line, " - ");
		bool shared = strstr(line, " shared:"), master = strstr(line, " master:");

		if (!dash || sscanf(line, "%*s %*s %*s %*s %1023s %1023s", at, options) != 2)
			continue;
		sscanf(dash + 3, "%63s", type);
		if (strcmp(at, "/") == 0)
			printf("root %.2s%s%s\n", options, shared ? " shared" : "", master ? " master" : "");
		else if (strncmp(at, "/m/", 3) == 0 || strncmp(at, "/rodir", 6) == 0)
			printf("mount %s %s %.2s%s%s%s%s\n", at, type, options, strstr(options, "nosuid") ? " nosuid" : "",
			       strstr(options, "noexec") ? " noexec" : "", shared ? " shared" : "", master ? " master" : "");
	}
	if (in)
		fclose(in);
}

static void namespaces(void)
{
	static const char *const names[] = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts" };
	FILE *host = fopen("/hostns", "re");
	char known[1024] = "", path[64], now[64];

	if (host) {
		known[fread(known, 1, sizeof(known) - 1, host)] = '\0';
		fclose(host);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ssize_t len;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		len = readlink(path, now, sizeof(now) - 1);
		now[len > 0 ? len : 0] = '\0';
		printf("ns %s %s\n", names[i], strstr(known, now) ? "host" : "new");
	}
}

static bool listed(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (; *list; list += strcspn(list, ","), list += *list == ',')
		if (strncmp(list, word, len) == 0 && (list[len] == ',' || !list[len]))
			return true;
	return false;
}

/* Lines, those with a given text in them, of the container's own cgroup file, through the host's hierarchy bound at /cg. */
static void cgroup(const char *controller, const char *file, const char *key, const char *with)
{
	FILE *in = fopen("/proc/self/cgroup", "re");
	char line[1024], path[2048];

	while (in && fgets(line, sizeof(line), in)) {
		char *names = strchr(line, ':'), *at = names ? strchr(names + 1, ':') : NULL;

		if (!at)
			continue;
		*at++ = '\0';
		at[strcspn(at, "\n")] = '\0';
		/* "cpu,cpuacct" is one hierarchy, mounted under that name. */
		snprintf(path, sizeof(path), "/cg/%s%s/%s", names + 1, at, file);
		if (listed(names + 1, controller))
			say_file(key, path, with);
	}
	if (in)
		fclose(in);
}

/* Of a user namespace that is not the host's; false when it is. */
static bool id_map(const char *key, const char *path)
{
	bool own = false;
	FILE *in = fopen(path, "re");
	unsigned long inside, outside, size;

	while (in && fscanf(in, "%lu %lu %lu", &inside, &outside, &size) == 3)
		if (size != 4294967295)
			own = printf("%s %lu %lu %lu\n", key, inside, outside, size) > 0;
	if (in)
		fclose(in);
	return own;
}

static void limits(void)
{
	cgroup("pids", "pids.max", "pids", "");
	cgroup("memory", "memory.limit_in_bytes", "memory", "");
	cgroup("memory", "memory.soft_limit_in_bytes", "reservation", "");
	cgroup("cpu", "cpu.shares", "shares", "");
	cgroup("cpu", "cpu.cfs_quota_us", "quota", "");
	/* Each runtime adds rules of its own; the document's is the only one for this number. */
	cgroup("devices", "devices.list", "devices", ":77 ");
}

static void device(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		printf("device %s %o %u:%u %u:%u\n", path, st.st_mode, major(st.st_rdev), minor(st.st_rdev), st.st_uid, st.st_gid);
}

/* The filter of the document answers SCHED_IDLE (5) of sched_get_priority_max with an errno of its own. */
static void filter(void)
{
	for (long policy = 0; policy < 7; policy++) {
		long rc = syscall(SYS_sched_get_priority_max, policy);

		printf("filter %ld %ld\n", policy, rc < 0 ? -(long)errno : rc);
	}
}

int main(int argc, char **argv)
{
	struct rlimit files = { 0 };
	char cwd[4096] = "-", host[256] = "-";

	FILE *hooked = hook_output();

	(void)argc;
	if (hooked)
		return hook(hooked, argv);
	user();
	say(stdout, "cwd", getcwd(cwd, sizeof(cwd)) ? cwd : "-");
	say_list(stdout, "arg", argv);
	say_list(stdout, "env", environ);
	status();
	gethostname(host, sizeof(host) - 1);
	say(stdout, "hostname", host);
	getrlimit(RLIMIT_NOFILE, &files);
	printf("nofile %llu %llu\n", (unsigned long long)files.rlim_cur, (unsigned long long)files.rlim_max);
	say_file("oom", "/proc/self/oom_score_adj", "");
	say_file("secret", "/secret", "");
	say_file("sysctl", "/proc/sys/net/ipv4/ip_unprivileged_port_start", "");
	id_map("gidmap", "/proc/self/gid_map");
	/* The documents with a user namespace ask for no limits, and what the runtimes do then is their own. */
	if (!id_map("uidmap", "/proc/self/uid_map"))
		limits();
	mounts();
	namespaces();
	device("/dev/xt");
	filter();
	return 0;
}
