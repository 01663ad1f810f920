// SPDX-License-Identifier: Apache-2.0
/* The same file changed in ways that are not "open it by its name and write". */
#include "../hostile/attack.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static int done(long rc)
{
	return rc < 0 ? -1 : attack_proof("changed", NULL);
}

static int write_to(int fd)
{
	return fd < 0 ? -1 : done(write(fd, "changed\n", 8));
}

static int create_file(char **argv)
{
	return write_to(open(argv[0], O_WRONLY | O_CREAT | O_EXCL, 0644));
}

static int write_file(char **argv)
{
	return write_to(open(argv[0], O_WRONLY | O_APPEND));
}

/* Linux truncates although it was opened for reading. */
static int truncate_by_reading(char **argv)
{
	return done(open(argv[0], O_RDONLY | O_TRUNC));
}

static int truncate_by_name(char **argv)
{
	return done(truncate(argv[0], 0));
}

static int allocate(char **argv)
{
	int fd = open(argv[0], O_WRONLY);

	return fd < 0 ? -1 : done(fallocate(fd, 0, 0, 8192));
}

static int write_mapped(char **argv)
{
	int fd = open(argv[0], O_RDWR);
	char *at = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return -1;
	*at = '#';
	return done(msync(at, 1, MS_SYNC));
}

/* A file that has no name until it is whole. */
static int link_unnamed(char **argv)
{
	int fd = open(argv[0], O_TMPFILE | O_WRONLY, 0644);
	char name[64];

	if (fd < 0 || write(fd, "changed\n", 8) < 0)
		return -1;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return done(linkat(AT_FDCWD, name, AT_FDCWD, argv[1], AT_SYMLINK_FOLLOW));
}

static int write_by_hard_link(char **argv)
{
	if (link(argv[0], argv[1]) < 0)
		return -1;
	return write_to(open(argv[1], O_WRONLY | O_APPEND));
}

static int write_by_symlink(char **argv)
{
	if (symlink(argv[0], argv[1]) < 0)
		return -1;
	return write_to(open(argv[1], O_WRONLY | O_APPEND));
}

static int rename_over(char **argv)
{
	int fd = open(argv[1], O_WRONLY | O_CREAT, 0644);

	if (fd < 0 || write(fd, "changed\n", 8) < 0)
		return -1;
	return done(rename(argv[1], argv[0]));
}

static int exchange(char **argv)
{
	int fd = open(argv[1], O_WRONLY | O_CREAT, 0644);

	if (fd < 0 || write(fd, "changed\n", 8) < 0)
		return -1;
	return done(renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[0], RENAME_EXCHANGE));
}

static int remove_file(char **argv)
{
	return done(unlink(argv[0]));
}

static int change_mode(char **argv)
{
	return done(chmod(argv[0], 04755));
}

static int change_owner(char **argv)
{
	return done(chown(argv[0], 1000, 1000));
}

static int change_attribute(char **argv)
{
	return done(setxattr(argv[0], argv[1], "changed", 7, 0));
}

static int make_directory(char **argv)
{
	return done(mkdir(argv[0], 0755));
}

static int make_node(char **argv)
{
	return done(mknod(argv[0], S_IFIFO | 0644, 0));
}

static int open_by_root(char **argv)
{
	char path[4096];

	snprintf(path, sizeof(path), "/proc/self/root%s", argv[0]);
	return write_to(open(path, O_WRONLY | O_APPEND));
}

/* By a descriptor of its directory, from another working directory. */
static int open_by_directory(char **argv)
{
	int dir = open(argv[0], O_PATH | O_DIRECTORY);

	return dir < 0 || chdir("/proc/self") < 0 ? -1 : write_to(openat(dir, argv[1], O_WRONLY | O_APPEND));
}

static int in_bind(const char *dir, const char *file)
{
	char path[4096];

	mkdir("/tmp/bound", 0755);
	if (mount(dir, "/tmp/bound", NULL, MS_BIND | MS_REC, NULL) < 0)
		return -1;
	snprintf(path, sizeof(path), "/tmp/bound/%s", file);
	return write_to(open(path, O_WRONLY | O_APPEND));
}

/* Another name for the directory, in a mount namespace of one's own. */
static int write_by_bind(char **argv)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	return in_bind(argv[0], argv[1]);
}

static int write_by_bind_userns(char **argv)
{
	char map[32];
	int uid = (int)getuid(), fd;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -1;
	fd = open("/proc/self/uid_map", O_WRONLY);
	snprintf(map, sizeof(map), "0 %d 1", uid);
	if (fd < 0 || write(fd, map, strlen(map)) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	return in_bind(argv[0], argv[1]);
}

static int in_tree(int dir, const char *file)
{
	return dir < 0 ? -1 : write_to(openat(dir, file, O_WRONLY | O_APPEND));
}

/* The directory as a mount that is nowhere. */
static int write_by_tree(char **argv)
{
	return in_tree(open_tree(AT_FDCWD, argv[0], OPEN_TREE_CLONE | AT_RECURSIVE), argv[1]);
}

/* write-by-handle FILE: a mount's root and a number lead to it */
static int write_by_handle(char **argv)
{
	struct { struct file_handle handle; unsigned char room[MAX_HANDLE_SZ]; } h = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int mount_id;

	if (name_to_handle_at(AT_FDCWD, argv[0], &h.handle, &mount_id, 0) < 0)
		return -1;
	return write_to(open_by_handle_at(open("/", O_RDONLY | O_DIRECTORY), &h.handle, O_WRONLY | O_APPEND));
}

/* write-by-number INODE: as ext4 takes it, of a file that nobody has looked for by its name */
static int write_by_number(char **argv)
{
	struct { struct file_handle handle; unsigned int inode, generation; } h = { .handle = { .handle_bytes = 8, .handle_type = 1 } };

	h.inode = strtoul(argv[0], NULL, 10);
	return write_to(open_by_handle_at(open("/", O_RDONLY | O_DIRECTORY), &h.handle, O_WRONLY | O_APPEND));
}

/* ---- mounts by the calls of their parts ---- */

static int mount_parts(void)
{
	int fs = fsopen("tmpfs", 0);

	return fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 ? -1 : fsmount(fs, 0, 0);
}

static int mount_by_parts(char **argv)
{
	int fd = mount_parts();

	if (fd < 0 || move_mount(fd, "", AT_FDCWD, argv[0], MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -1;
	return attack_proof("mounted", NULL);
}

static int mount_nowhere(char **argv)
{
	int fd = mount_parts();

	(void)argv;
	return fd < 0 || mkdirat(fd, "new", 0755) < 0 ? -1 : attack_proof("mounted", NULL);
}

static int mount_executable(char **argv)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_NOEXEC };

	return done(mount_setattr(AT_FDCWD, argv[0], 0, &attr, sizeof(attr)));
}

const struct attack attack_changes[] = {
	{ "create", 1, create_file },
	{ "write", 1, write_file },
	{ "truncate-by-reading", 1, truncate_by_reading },
	{ "truncate", 1, truncate_by_name },
	{ "allocate", 1, allocate },
	{ "write-mapped", 1, write_mapped },
	{ "link-unnamed", 2, link_unnamed },
	{ "write-by-hard-link", 2, write_by_hard_link },
	{ "write-by-symlink", 2, write_by_symlink },
	{ "rename-over", 2, rename_over },
	{ "exchange", 2, exchange },
	{ "remove", 1, remove_file },
	{ "change-mode", 1, change_mode },
	{ "change-owner", 1, change_owner },
	{ "change-attribute", 2, change_attribute },
	{ "make-directory", 1, make_directory },
	{ "make-node", 1, make_node },
	{ "write-by-root", 1, open_by_root },
	{ "write-by-directory", 2, open_by_directory },
	{ "write-by-bind", 2, write_by_bind },
	{ "write-by-bind-userns", 2, write_by_bind_userns },
	{ "write-by-tree", 2, write_by_tree },
	{ "write-by-handle", 1, write_by_handle },
	{ "write-by-number", 1, write_by_number },
	{ "mount-by-parts", 1, mount_by_parts },
	{ "mount-nowhere", 0, mount_nowhere },
	{ "mount-executable", 1, mount_executable },
	{ NULL, 0, NULL },
};
