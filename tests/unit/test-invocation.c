/* SPDX-License-Identifier: Apache-2.0 */
/* shim/invocation: what a call means, and its canonical form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "call.h"

static void check_line(const char *line, enum rv_runtime runtime, const char *want)
{
	rv_autobuf got = { 0 };
	struct call c;
	bool ok;

	call_parse(&c, line);
	call_canonical(&c, runtime, &call_documents, &got);
	/* A wanted refusal names what must be in its message. */
	ok = *want == '!' ? rv_buf_str(&got)[0] == '!' && strstr(rv_buf_str(&got), want + 2) : !strcmp(rv_buf_str(&got), want);
	if (!ok)
		fail_msg("%s\n  got  %s\n  want %s", line, rv_buf_str(&got), want);
}

struct row {
	const char *line, *want;
};

static void check_rows(const struct row *rows, size_t count, enum rv_runtime runtime)
{
	for (size_t i = 0; i < count; i++)
		check_line(rows[i].line, runtime, rows[i].want);
}

/* What containerd's shim, dockerd, CRI-O, conmon and podman send. */
static void test_engines(void **state)
{
	static const struct row both[] = {
		{ "--root /run/containerd/runc/k8s.io --log /b/log.json --log-format json --systemd-cgroup create --bundle /b "
		  "--pid-file /b/init.pid --console-socket /tmp/pty.sock ct1",
		  "--root=/run/containerd/runc/k8s.io --log=/b/log.json --log-format=json --systemd-cgroup create "
		  "--pid-file=/b/init.pid --console-socket=/tmp/pty.sock --bundle=/B ct1" },
		{ "--root /r --debug --log /l --log-format json --rootless=true create --bundle /b --no-pivot --no-new-keyring "
		  "--preserve-fds 2 ct1",
		  "--root=/r --debug --log=/l --log-format=json --rootless=true create --no-pivot --no-new-keyring "
		  "--preserve-fds=2 --bundle=/B ct1" },
		{ "--root /r run --bundle /b --detach --pid-file /p ct1",
		  "--root=/r run --detach --pid-file=/p --bundle=/B ct1" },
		{ "--root /r start ct1", "--root=/r start ct1" },
		{ "--root /r exec --process /tmp/runc-process1 --detach --pid-file /b/e1.pid ct1",
		  "--root=/r exec --detach --pid-file=/b/e1.pid --process=/P ct1" },
		{ "kill --all ct1 9", "kill --all ct1 9" },
		{ "kill ct1 15", "kill ct1 15" },
		{ "delete --force ct1", "delete --force ct1" },
		{ "state ct1", "state ct1" },
		{ "list --format=json", "list --format=json" },
		{ "ps --format json ct1", "ps --format json ct1" },
		{ "ps --format table ct1 -ef", "ps --format table ct1 -ef" },
		{ "events --interval=5s ct1", "events --interval=5s ct1" },
		{ "pause ct1", "pause ct1" },
		{ "update --resources=- ct1", "update --resources=/R ct1" },
		{ "--root /r update --resources - ct1", "--root=/r update --resources=/R ct1" },
		{ "update --resources=/f ct1", "update --resources=/R ct1" },
		{ "checkpoint --image-path /i --work-path /w --leave-running ct1",
		  "checkpoint --image-path=/i --work-path=/w --leave-running ct1" },
		{ "--version", "--version" },
		{ "features", "features" },
		/* conmon */
		{ "--systemd-cgroup --root=/r create --bundle /b --pid-file /p --no-pivot ct1",
		  "--systemd-cgroup --root=/r create --pid-file=/p --no-pivot --bundle=/B ct1" },
		{ "--root=/r exec --pid-file /p --process /s --detach --preserve-fds 1 ct1",
		  "--root=/r exec --pid-file=/p --detach --preserve-fds=1 --process=/P ct1" },
		{ "restore --bundle /b --pid-file /p --detach --image-path /i --work-path /b --tcp-established ct1",
		  "restore --pid-file=/p --detach --image-path=/i --work-path=/b --tcp-established --bundle=/B ct1" },
		/* dockerd's runtimeArgs come before containerd's own globals */
		{ "--root /mine --root /run/docker/runtime-runc/moby state ct1",
		  "--root=/run/docker/runtime-runc/moby state ct1" },
	};
	static const struct row runc[] = {
		{ "create --bundle /b --pidfd-socket /s ct1", "create --pidfd-socket=/s --bundle=/B ct1" },
		{ "restore --image-path /i --work-path /w --detach --pid-file /p --no-pivot -no-subreaper --bundle /b ct1",
		  "restore --image-path=/i --work-path=/w --detach --pid-file=/p --no-pivot --no-subreaper --bundle=/B ct1" },
		{ "checkpoint --image-path /i --empty-ns network --empty-ns ipc --lazy-pages --status-fd 3 ct1",
		  "checkpoint --image-path=/i --empty-ns=network --empty-ns=ipc --lazy-pages --status-fd=3 ct1" },
	};
	static const struct row crun[] = {
		{ "--cgroup-manager disabled --log=journald:ct1 --log-level debug create --bundle /b ct1",
		  "--cgroup-manager=disabled --log=journald:ct1 --log-level=debug create --bundle=/B ct1" },
		{ "checkpoint --network-lock iptables ct1", "checkpoint --network-lock iptables ct1" },
	};

	(void)state;
	check_rows(both, RV_COUNT(both), RV_RUNTIME_RUNC);
	check_rows(both, RV_COUNT(both), RV_RUNTIME_CRUN);
	check_rows(runc, RV_COUNT(runc), RV_RUNTIME_RUNC);
	check_rows(crun, RV_COUNT(crun), RV_RUNTIME_CRUN);
}

/* Forms that one runtime reads and the other does not, or reads differently. */
static void test_forms(void **state)
{
	static const struct row rows[] = {
		{ "create --bundle=b x", "create --bundle=/B x" },
		{ "create -b b x", "create --bundle=/B x" },
		{ "create -bb x", "create --bundle=/B x" },
		{ "create -bundle b x", "create --bundle=/B x" },
		{ "create -bundle=b x", "create --bundle=/B x" },
		{ "create --b b x", "create --bundle=/B x" },
		{ "create -b=b x", "! runc reads \"b\", crun \"=b\"" },
		{ "create --bun b x", "! unknown flag --bun (create)" },
		{ "create --bundel b x", "! did you mean --bundle?" },
		{ "create x --bundle b", "create --bundle=/B x" },
		{ "create x --pid-file p --bundle b", "create --pid-file=p --bundle=/B x" },
		{ "create -- x", "create --bundle=/B x" },
		{ "create -- --bundle", "! not beginning with '-'" },
		{ "create --bundle b --bundle b x", "create --bundle=/B x" },
		{ "create --bundle b --bundle c x", "! given twice" },
		{ "create --bundle b -b c x", "! given twice" },
		{ "create --bundle \"\" x", "! it is empty" },
		{ "create --bundle= x", "! it is empty" },
		{ "create --bundle", "! --bundle needs a value" },
		{ "create --bundle --no-pivot x", "! write --bundle=--no-pivot" },
		{ "create --pid-file=--no-pivot x", "create --pid-file=--no-pivot --bundle=/B x" },
		{ "create -f other.json x", "create --bundle=/B x" },
		{ "create --config other.json --bundle b x", "create --bundle=/B x" },
		{ "create -config other.json x", "! unknown flag" },
		{ "create x y", "! too much" },
		{ "create", "! a container id is needed" },
		{ "create ../x", "! container id" },
		{ "create ..", "! container id" },
		{ "create \"\"", "! container id" },
		{ "create a/b", "! container id" },
		{ "run -d x", "run --detach --bundle=/B x" },
		{ "run --detach=true x", "run --detach --bundle=/B x" },
		{ "run --detach=false x", "run --bundle=/B x" },
		{ "run --detach=0 x", "! true or false" },
		{ "run --detach=false --detach x", "! given twice" },
		{ "run --preserve-fds -1 x", "! a number from 0" },
		{ "run --preserve-fds 0x3 x", "! a number from 0" },
		{ "run --preserve-fds 99999999999 x", "! a number from 0" },
		{ "run --help", "run --help" },
		{ "run -h --bundle b x", "run --help" },
		{ "create x -?", "create --help" },
		{ "--help create x", "--help" },
		{ "--root /r -v create x", "--root=/r --version" },
		{ "", "" },
		{ "--root /r -- state x", "--root=/r state x" },
		{ "--bundle b create x", "! before the subcommand" },
		{ "create --root /r x", "! unknown flag --root (create)" },
		{ "--root \"\" state x", "! it is empty" },
		{ "--log-format xml state x", "! text or json" },
		{ "--no-such state x", "! unknown flag" },
		{ "creat x", "! did you mean create?" },
		{ "ru x", "! did you mean run?" },
		{ "frobnicate x", "! unknown subcommand" },
		{ "mounts add x /f", "! never handed on" },
		{ "init", "! never handed on" },
		{ "exec -dt x sh", "exec --detach --process=/P x" },
		{ "exec -td x sh", "! -td" },
		{ "exec -ttrue x sh", "! read this differently" },
		{ "exec -t=false x sh", "! read this differently" },
		{ "exec -d=true x sh", "exec --detach --process=/P x" },
		{ "exec -itd x sh", "! unknown flag -itd" },
		{ "exec x sh --cap CAP_SYS_ADMIN --process /p", "exec --process=/P x" },
		{ "exec x -- sh", "exec --process=/P x" },
		{ "exec -- x sh", "exec --process=/P x" },
		{ "exec x", "! a command or --process" },
		{ "exec x --", "! a command or --process" },
		{ "exec --process /p x sh", "! both --process and a command" },
		{ "exec --process /p --cap CAP_KILL x", "exec --process=/P x" },
		{ "exec --cap CAP_SYS_ADMIN x sh", "exec --process=/P x" },
		{ "exec --cwd /proc/self/fd/8 x sh", "exec --process=/P x" },
		{ "exec --cgroup a:b --cgroup c:d --ignore-paused x sh",
		  "exec --cgroup=a:b --cgroup=c:d --ignore-paused --process=/P x" },
		{ "update --memory-swap -1 --memory 5m x", "update --resources=/R x" },
		{ "update x --memory 5m", "update --resources=/R x" },
		{ "update --resources - --memory 5 x", "update --resources=/R x" },
		{ "update --l3-cache-schema L3:0=f x", "! nothing can judge it" },
		{ "update --mem-bw-schema=MB:0=f x", "! nothing can judge it" },
		{ "foo -h", "! No help topic for 'foo'" },
		{ "delete -f --no-such x", "delete -f --no-such x" },
	};
	rv_autobuf many = { 0 };
	struct call c;

	(void)state;
	check_rows(rows, RV_COUNT(rows), RV_RUNTIME_RUNC);
	rv_buf_adds(&many, "exec");
	for (int i = 0; i <= RV_INVOCATION_FLAGS; i++)
		rv_buf_adds(&many, " -eA=1");
	rv_buf_adds(&many, " x sh");
	check_line(rv_buf_str(&many), RV_RUNTIME_RUNC, "! more than 256 flags");
	call_parse(&c, "create x");
	c.argc = 0;
	assert_int_equal(rv_invocation_parse(&c.inv, 0, c.argv, &c.err), 0);
	assert_int_equal(c.inv.command->sub, RV_SUB_NONE);
}

static void test_runtimes(void **state)
{
	(void)state;
	check_line("create --pidfd-socket s x", RV_RUNTIME_CRUN, "! crun has no flag --pidfd-socket");
	check_line("exec --ignore-paused x sh", RV_RUNTIME_CRUN, "! crun has no flag --ignore-paused");
	check_line("exec -g 5 x sh", RV_RUNTIME_CRUN, "exec --process=/P x");
	check_line("--cgroup-manager cgroupfs create x", RV_RUNTIME_RUNC, "! runc has no flag --cgroup-manager");
	check_line("--cgroup-manager vfs create x", RV_RUNTIME_CRUN, "! systemd, cgroupfs or disabled");
	check_line("--criu /c create x", RV_RUNTIME_CRUN, "! crun has no flag --criu");
	assert_int_equal(rv_runtime_of("/usr/bin/runc"), RV_RUNTIME_RUNC);
	assert_int_equal(rv_runtime_of("/usr/bin/crun"), RV_RUNTIME_CRUN);
	assert_int_equal(rv_runtime_of("crun-vm"), RV_RUNTIME_CRUN);
	assert_int_equal(rv_runtime_of("krun"), RV_RUNTIME_CRUN);
	assert_int_equal(rv_runtime_of("/opt/crun/runc"), RV_RUNTIME_RUNC);
}

static void test_overrides(void **state)
{
	static const struct {
		const char *line;
		struct rv_overrides over;
		const char *want;
		enum rv_runtime runtime;	/* 0: runc */
	} rows[] = {
		{ "create -b mine x", { 0 }, "create --bundle=mine x" },
		{ "create x", { 0 }, "create x" },
		{ "create -f c x", { 0 }, "! --config needs a bundle" },
		{ "create -f c -b mine x", { .config = "/C" }, "create --bundle=mine --config=/C x", RV_RUNTIME_CRUN },
		{ "create -b mine x", { .config = "/C" }, "! only create and run of crun" },
		{ "restore -b mine x", { .config = "/C" }, "! only create and run of crun", RV_RUNTIME_CRUN },
		{ "exec -p mine x", { 0 }, "exec --process=mine x" },
		{ "exec x sh", { 0 }, "! need a document" },
		{ "update -r - x", { 0 }, "update --resources=- x" },
		{ "update --memory 5 x", { 0 }, "! need a document" },
		{ "--root /a --debug create x", { .root = "/other", .bundle = "/B" },
		  "--debug --root=/other create --bundle=/B x" },
		{ "state x", { .root = "/other" }, "--root=/other state x" },
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(rows); i++) {
		rv_autobuf got = { 0 };
		struct call c;

		call_parse(&c, rows[i].line);
		call_canonical(&c, rows[i].runtime ? rows[i].runtime : RV_RUNTIME_RUNC, &rows[i].over, &got);
		if (rows[i].want[0] == '!')
			assert_non_null(strstr(rv_buf_str(&got), rows[i].want + 2));
		else
			assert_string_equal(rv_buf_str(&got), rows[i].want);
	}
}

static void test_no_memory(void **state)
{
	struct rv_arena arena = { .failed = true };
	char **argv = NULL;
	struct call c;

	(void)state;
	call_parse(&c, "create x");
	assert_int_equal(rv_invocation_argv(&c.inv, "r", RV_RUNTIME_RUNC, NULL, &arena, &argv, &c.err), -(int)RV_ESYSTEM);
	assert_null(argv);
}

static void test_values(void **state)
{
	struct call c;

	(void)state;
	call_parse(&c, "--root /r --log file:/l --log-format json --debug --systemd-cgroup --rootless auto "
		       "create -b b -f cfg --pid-file p --console-socket s --pidfd-socket f --no-pivot --no-new-keyring "
		       "--preserve-fds 3 id");
	assert_int_equal(c.ret, 0);
	assert_int_equal(c.inv.command->class, RV_CLASS_ENFORCED);
	assert_string_equal(c.inv.root, "/r");
	assert_string_equal(rv_invocation_log_path(&c.inv), "/l");
	assert_true(c.inv.log_json && c.inv.debug && c.inv.systemd_cgroup);
	assert_string_equal(c.inv.rootless, "auto");
	assert_string_equal(c.inv.bundle, "b");
	assert_string_equal(c.inv.config, "cfg");
	assert_string_equal(c.inv.pid_file, "p");
	assert_string_equal(c.inv.console_socket, "s");
	assert_string_equal(c.inv.pidfd_socket, "f");
	assert_true(c.inv.no_pivot && c.inv.no_new_keyring && !c.inv.detach);
	assert_int_equal(c.inv.preserve_fds, 3);
	assert_string_equal(c.inv.id, "id");
	assert_int_equal(c.inv.global_count, 6);

	call_parse(&c, "exec --cgroup a --cgroup b -d x sh -c true");
	assert_string_equal(c.inv.cgroup, "a");
	assert_int_equal(c.inv.arg_count, 3);
	assert_string_equal(c.inv.args[2], "true");
	assert_true(c.inv.detach);

	call_parse(&c, "exec x -- sh --");
	assert_int_equal(c.inv.arg_count, 2);
	assert_string_equal(c.inv.args[0], "sh");

	call_parse(&c, "--systemd-cgroup --cgroup-manager cgroupfs create x");
	assert_false(c.inv.systemd_cgroup);
	call_parse(&c, "--cgroup-manager cgroupfs --systemd-cgroup create x");
	assert_true(c.inv.systemd_cgroup);
	call_parse(&c, "--log journald:x --log-format text create x");
	assert_null(rv_invocation_log_path(&c.inv));
	call_parse(&c, "--log syslog:x create x");
	assert_null(rv_invocation_log_path(&c.inv));
	call_parse(&c, "checkpoint --status-fd -1 x");
	assert_int_equal(c.inv.status_fd, -1);
	assert_int_equal(c.inv.command->class, RV_CLASS_POLICY);
	call_parse(&c, "checkpoint --status-fd 7 --image-path i x");
	assert_int_equal(c.inv.status_fd, 7);
	assert_string_equal(c.inv.image_path, "i");
	/* An error is told where the caller looks for it. */
	call_parse(&c, "--log /l --log-format json create --no-such x");
	assert_int_equal(c.ret, -(int)RV_EUSAGE);
	assert_string_equal(c.inv.log, "/l");
	assert_true(c.inv.log_json);
	assert_int_equal(c.inv.command->sub, RV_SUB_CREATE);
}

static void test_pass_id(void **state)
{
	static const struct {
		const char *line, *id;
	} rows[] = {
		{ "delete x", "x" }, { "delete --force x", "x" }, { "delete -f x", "x" }, { "delete x --force", "x" },
		{ "delete -- x", "x" }, { "kill -a x 9", "x" }, { "kill x -9", NULL }, { "start x", "x" },
		{ "ps --format json x -ef", "x" }, { "ps -f json x", "x" }, { "events --stats x", "x" },
		{ "delete --no-such x", NULL }, { "list -q", NULL }, { "delete ../x", NULL }, { "help create", NULL },
		{ "state", NULL },
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(rows); i++) {
		struct call c;

		call_parse(&c, rows[i].line);
		assert_int_equal(c.ret, 0);
		assert_int_equal(c.inv.command->class, RV_CLASS_PASS);
		if (rows[i].id)
			assert_string_equal(c.inv.id, rows[i].id);
		else
			assert_null(c.inv.id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_engines), cmocka_unit_test(test_forms), cmocka_unit_test(test_runtimes),
		cmocka_unit_test(test_overrides), cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_values), cmocka_unit_test(test_pass_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
