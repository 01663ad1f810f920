// SPDX-License-Identifier: Apache-2.0
/* Ways to an address. Who makes the container gives it a network of its own, on which nobody answers. */
#include "../hostile/attack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Nobody there, or no answer in time, still means that it was asked. */
static int asked(long rc)
{
	if (rc < 0 && errno != ECONNREFUSED && errno != EHOSTUNREACH && errno != EAGAIN && errno != EINPROGRESS &&
	    errno != ETIMEDOUT)
		return -1;
	return attack_proof("asked", NULL);
}

static struct sockaddr_in ipv4(char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])) };

	inet_pton(AF_INET, argv[0], &to.sin_addr);
	return to;
}

static struct sockaddr_in6 ipv6(char **argv)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(argv[1])) };

	inet_pton(AF_INET6, argv[0], &to.sin6_addr);
	return to;
}

static int connect_tcp(char **argv)
{
	struct sockaddr_in to = ipv4(argv);

	return asked(connect(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), (struct sockaddr *)&to, sizeof(to)));
}

static int connect_tcp6(char **argv)
{
	struct sockaddr_in6 to = ipv6(argv);

	return asked(connect(socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0), (struct sockaddr *)&to, sizeof(to)));
}

static int connect_udp(char **argv)
{
	struct sockaddr_in to = ipv4(argv);

	return asked(connect(socket(AF_INET, SOCK_DGRAM, 0), (struct sockaddr *)&to, sizeof(to)));
}

static int send_udp(char **argv)
{
	struct sockaddr_in to = ipv4(argv);

	return asked(sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)));
}

static int send_udp6(char **argv)
{
	struct sockaddr_in6 to = ipv6(argv);

	return asked(sendto(socket(AF_INET6, SOCK_DGRAM, 0), "x", 1, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)));
}

/* The first bytes go with the connection: no connect(2). */
static int fast_open(char **argv)
{
	struct sockaddr_in to = ipv4(argv);

	return asked(sendto(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "x", 1, MSG_FASTOPEN, (struct sockaddr *)&to,
			    sizeof(to)));
}

static int send_raw(char **argv)
{
	struct sockaddr_in to = ipv4(argv);

	return asked(sendto(socket(AF_INET, SOCK_RAW, IPPROTO_UDP), "12345678", 8, MSG_DONTWAIT, (struct sockaddr *)&to,
			    sizeof(to)));
}

static int make_raw(char **argv)
{
	(void)argv;
	return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) < 0 ? -1 : attack_proof("made", NULL);
}

static int listen_on(char **argv)
{
	struct sockaddr_in at = ipv4(argv);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 1) < 0)
		return -1;
	return attack_proof("made", NULL);
}

/* ---- unix sockets; % stands for the first NUL of an abstract name ---- */
static socklen_t unix_address(struct sockaddr_un *at, const char *name)
{
	size_t len = strnlen(name, sizeof(at->sun_path));

	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(at->sun_path, name, len);
	if (*name == '%')
		at->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static int unix_server(int type, const char *name)
{
	struct sockaddr_un at;
	socklen_t len = unix_address(&at, name);
	int fd = socket(AF_UNIX, type, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) < 0)
		return -1;
	return type == SOCK_STREAM ? listen(fd, SOMAXCONN) : 0;
}

/* listen-unix NAME: until it is ended */
static int listen_unix(char **argv)
{
	if (unix_server(SOCK_STREAM, argv[0]) < 0)
		return -1;
	pause();
	return -1;
}

static int connect_unix(char **argv)
{
	struct sockaddr_un to;
	socklen_t len = unix_address(&to, argv[0]);

	if (connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&to, len) < 0)
		return -1;
	return attack_proof("asked", NULL);
}

/* connect-own-unix NAME: this is the server, too */
static int connect_own_unix(char **argv)
{
	return unix_server(SOCK_STREAM, argv[0]) < 0 ? -1 : connect_unix(argv);
}

static int send_own_unix(char **argv)
{
	struct sockaddr_un to;
	socklen_t len = unix_address(&to, argv[0]);

	if (unix_server(SOCK_DGRAM, argv[0]) < 0 ||
	    sendto(socket(AF_UNIX, SOCK_DGRAM, 0), "x", 1, MSG_DONTWAIT, (struct sockaddr *)&to, len) < 0)
		return -1;
	return attack_proof("asked", NULL);
}

/* stdio-socket PROGRAM: a connection on the loopback becomes a child's standard input, as a reverse shell's does; it then runs
 * PROGRAM */
static int stdio_socket(char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int server = socket(AF_INET, SOCK_STREAM, 0), fd, status;
	pid_t pid;

	if (server < 0 || bind(server, (struct sockaddr *)&at, len) < 0 || listen(server, 1) < 0 ||
	    getsockname(server, (struct sockaddr *)&at, &len) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(fd, (struct sockaddr *)&at, len) < 0 || dup2(fd, 0) < 0)
			_exit(errno & 0x7f);
		execl(argv[0], argv[0], NULL);
		_exit(errno & 0x7f);
	}
	fd = accept(server, NULL, NULL);
	close(fd);
	waitpid(pid, &status, 0);
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno ? -1 : attack_proof("made", NULL);
}

const struct attack attack_network[] = {
	{ "connect-tcp", 2, connect_tcp },
	{ "connect-tcp6", 2, connect_tcp6 },
	{ "connect-udp", 2, connect_udp },
	{ "send-udp", 2, send_udp },
	{ "send-udp6", 2, send_udp6 },
	{ "fast-open", 2, fast_open },
	{ "send-raw", 2, send_raw },
	{ "make-raw", 0, make_raw },
	{ "listen", 2, listen_on },
	{ "listen-unix", 1, listen_unix },
	{ "connect-unix", 1, connect_unix },
	{ "connect-own-unix", 1, connect_own_unix },
	{ "send-own-unix", 1, send_own_unix },
	{ "stdio-socket", 1, stdio_socket },
	{ NULL, 0, NULL },
};
