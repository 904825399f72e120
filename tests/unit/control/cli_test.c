/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands' server over a real socket, and kanmonctl as its client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"

/* Every byte but NUL; what is above 0x7f is no UTF-8. Then some that is. */
static char all_bytes[256];
static const char utf8[] = "\xe9\x96\xa2\xe9\x96\x80 \xf0\x9f\x9a\xaa";

static enum cli_status
show_things(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {"NAME", "Bytes up", "On", "NOTE"};

	(void)arg;
	cli_table(out, headings, 4);
	cli_str(out, argc > 0 ? argv[0] : "a");
	cli_num(out, 18446744073709551615u);
	cli_bool(out, true);
	cli_str(out, NULL);
	cli_strf(out, "%s-%d", utf8, 7);
	cli_num(out, 0);
	cli_bool(out, false);
	cli_str(out, "x y");
	cli_message(out, "2 things");
	return CLI_OK;
}

static enum cli_status
show_bytes(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {"bytes"};

	(void)arg;
	(void)argc;
	(void)argv;
	cli_table(out, headings, 1);
	cli_str(out, all_bytes);
	cli_str(out, utf8);
	return CLI_OK;
}

static enum cli_status
show_nothing(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {"a", "b"};

	(void)arg;
	(void)argc;
	(void)argv;
	cli_table(out, headings, 2);
	return CLI_OK;
}

static enum cli_status
show_much(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {"row", "text"};

	(void)arg;
	(void)argc;
	(void)argv;
	cli_table(out, headings, 2);
	for (unsigned i = 0; i < 100000; i++) {
		cli_num(out, i);
		cli_str(out, "some text of a row");
	}
	return CLI_OK;
}

static enum cli_status
terminate(void *arg, struct cli_out *out, int argc, char **argv)
{
	unsigned *calls = arg;

	(void)argc;
	(*calls)++;
	if (strcmp(argv[0], "all") == 0) {
		cli_message(out, "%u ended", *calls);
		return CLI_OK;
	}
	cli_message(out, "no session or user \"%s\"", argv[0]);
	return CLI_FAILED;
}

/* clang-format off */
static const struct cli_command commands[] = {
	{"show things",         "[NAME]", 0, 1, "some things", show_things},
	{"show things nothing", "",       0, 0, "none of them", show_nothing},
	{"show bytes",          "",       0, 0, "strange names", show_bytes},
	{"show much",           "",       0, 0, "a long table", show_much},
	{"terminate",           "NAME",   1, 1, "ends it", terminate},
};
/* clang-format on */
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

struct rig {
	char folder[64], path[100];
	struct cli *cli;
	unsigned calls;
};

static int
setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	for (unsigned i = 0; i < 255; i++)
		all_bytes[i] = (char)(i + 1);
	strcpy(r->folder, "/tmp/kanmon-cli-XXXXXX");
	assert_non_null(mkdtemp(r->folder));
	snprintf(r->path, sizeof(r->path), "%s/run/kanmon.sock", r->folder);
	r->cli = cli_new(r->path, commands, N_COMMANDS, &r->calls);
	assert_non_null(r->cli);
	*state = r;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *r = *state;
	char run[96];

	cli_free(r->cli);
	/* The socket is gone, or the folders would not go. */
	snprintf(run, sizeof(run), "%s/run", r->folder);
	assert_int_equal(rmdir(run), 0);
	assert_int_equal(rmdir(r->folder), 0);
	free(r);
	return 0;
}

static int
dial(const struct rig *r)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(addr.sun_path, r->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

/* Polls until the server hangs up; all that it said, NUL-terminated. */
static char *
hear(struct rig *r, int fd)
{
	size_t len = 0, room = 16 << 20;
	char *text = malloc(room);

	for (unsigned turns = 0; turns < 100000; turns++) {
		ssize_t n;

		cli_poll(r->cli, 0, NULL);
		n = recv(fd, text + len, room - len - 1, 0);
		if (n == 0 || (n < 0 && errno == ECONNRESET)) {
			close(fd);
			text[len] = '\0';
			return text;
		}
		if (n > 0)
			len += (size_t)n;
	}
	fail_msg("the server does not hang up");
	return NULL;
}

/* The answer's body; its head is checked. */
static char *
ask(struct rig *r, const char *request, int status)
{
	int fd = dial(r), got_status, at;
	size_t got_len;
	char *text;

	assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
	text = hear(r, fd);
	assert_int_equal(sscanf(text, "%d %zu%n", &got_status, &got_len, &at), 2);
	assert_int_equal(text[at], '\n');
	assert_int_equal(got_status, status);
	assert_int_equal(strlen(text + at + 1), got_len);
	memmove(text, text + at + 1, got_len + 1);
	return text;
}

static void
test_answers(void **state)
{
	/* clang-format off */
	static const struct {
		const char *request;
		int status;
		const char *body;
	} cases[] = {
		{"text\tshow\tthings\n", 0,
			"NAME                Bytes up  On   NOTE\n"
			"a       18446744073709551615  yes  -\n"
			"\xe9\x96\xa2\xe9\x96\x80 \xf0\x9f\x9a\xaa-7                     0  no   x "
			"y\n"
			"2 things\n"},
		{"json\tshow\tthings\n", 0,
			"[\n"
			" {\"name\": \"a\", \"bytes_up\": 18446744073709551615, \"on\": true, "
			"\"note\": null},\n"
			" {\"name\": \"\xe9\x96\xa2\xe9\x96\x80 \xf0\x9f\x9a\xaa-7\", "
			"\"bytes_up\": 0, \"on\": false, \"note\": \"x y\"}\n"
			"]\n"},
		{"text\tshow\tthings\tnothing\n", 0, "a  b\n"}, /* the longer command wins */
		{"json\tshow\tthings\tnothing\n", 0, "[]\n"},
		{"text\tterminate\tall\n", 0, "1 ended\n"},
		{"json\tterminate\tall\n", 0, "{\"message\": \"2 ended\"}\n"},
		{"text\tterminate\ta b\n", 1, "no session or user \"a b\"\n"},
		{"json\tterminate\ta\\b\n", 1,
			"{\"error\": \"no session or user \\\"a\\\\b\\\"\"}\n"},
		{"text\tterminate\n", 2, "usage: terminate NAME\n"},
		{"text\tterminate\ta\tb\n", 2, "usage: terminate NAME\n"},
		{"text\tshow\n", 2, "unknown command: show (\"help\" lists all)\n"},
		{"text\tsho\tthings\n", 2, "unknown command: sho things (\"help\" lists all)\n"},
		{"text\tshow\tthing\x1b[2J\n", 2,
			"unknown command: show thing\\x1b[2J (\"help\" lists all)\n"},
		{"json\tnope\n", 2,
			"{\"error\": \"unknown command: nope (\\\"help\\\" lists all)\"}\n"},
		{"text\n", 2, "unknown command:  (\"help\" lists all)\n"},
		{"xml\tshow\tthings\n", 1, "the request is malformed\n"},
		{"\n", 1, "the request is malformed\n"},
		{"text\t1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t11\t12\t13\t14\t15\t16\t17\n", 1,
			"the request is malformed\n"},
		{"text\thelp\n", 0,
			"command              arguments  what it does\n"
			"show things          [NAME]     some things\n"
			"show things nothing             none of them\n"
			"show bytes                      strange names\n"
			"show much                       a long table\n"
			"terminate            NAME       ends it\n"
			"help                            list the commands\n"},
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *body = ask(*state, cases[i].request, cases[i].status);

		assert_string_equal(body, cases[i].body);
		free(body);
	}
}

/* One JSON string back into bytes (RFC 8259, 7); the place after it. */
static const char *
unescape(const char *p, char *out)
{
	unsigned c;

	assert_int_equal(*p++, '"');
	while (*p != '"') {
		assert_true((unsigned char)*p >= 0x20);
		if (*p != '\\') {
			*out++ = *p++;
			continue;
		}
		p++;
		if (*p == '"' || *p == '\\') {
			*out++ = *p++;
			continue;
		}
		assert_int_equal(sscanf(p, "u%4x", &c), 1);
		p += 5;
		*out++ = (char)(c == 0xfffd ? '?' : c);
	}
	*out = '\0';
	return p + 1;
}

/* A peer's name may hold anything: JSON stays JSON, and what is UTF-8 comes back as it was. */
static void
test_json_strings(void **state)
{
	char *body = ask(*state, "json\tshow\tbytes\n", 0);
	char *text = ask(*state, "text\tshow\tbytes\n", 0);
	char name[1024] = "";
	const char *p = strchr(body, ':');

	assert_non_null(p);
	p = unescape(p + 2, name);
	assert_int_equal(*p, '}');
	assert_int_equal(strlen(name), 255);
	for (unsigned i = 0; i < 255; i++)
		assert_int_equal(name[i], i + 1 < 0x80 ? (char)(i + 1) : '?');
	p = strchr(p, ':');
	assert_non_null(p);
	unescape(p + 2, name);
	assert_string_equal(name, utf8);

	/* A terminal gets no control byte but the newlines of three lines. */
	for (p = text; *p; p++)
		assert_true((unsigned char)*p >= 0x20 || *p == '\n');
	assert_non_null(strstr(text, "\\x01\\x02"));
	free(body);
	free(text);
}

/* A client that reads slowly gets all; others are served meanwhile. */
static void
test_slow_client(void **state)
{
	struct rig *r = *state;
	int fd = dial(r), small = 2048;
	char *much, *other;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(send(fd, "text\tshow\tmuch\n", 15, 0), 15);
	for (int i = 0; i < 10; i++)
		cli_poll(r->cli, 0, NULL);
	other = ask(r, "text\tterminate\tall\n", 0);
	assert_string_equal(other, "1 ended\n");
	much = hear(r, fd);
	assert_non_null(strstr(much, "\n99999  some text of a row\n"));
	free(other);
	free(much);
}

/* Clients that send nothing, half a request or too much, or leave, do not delay others. */
static void
test_rude_clients(void **state)
{
	struct rig *r = *state;
	char flood[CLI_REQUEST_MAX + 100], *text;
	int fd[CLI_CLIENTS_MAX];

	for (unsigned i = 0; i + 1 < CLI_CLIENTS_MAX; i++) {
		fd[i] = dial(r);
		assert_int_equal(send(fd[i], "text\tterm", i, 0), i);
		cli_poll(r->cli, 0, NULL);
	}
	text = ask(r, "text\tterminate\tall\n", 0);
	free(text);
	for (unsigned i = 0; i + 1 < CLI_CLIENTS_MAX; i++)
		close(fd[i]);
	for (int i = 0; i < 3; i++)
		cli_poll(r->cli, 0, NULL);

	/* In pieces. */
	fd[0] = dial(r);
	for (const char *p = "text\tterminate\tall\n"; *p; p++) {
		assert_int_equal(send(fd[0], p, 1, 0), 1);
		cli_poll(r->cli, 0, NULL);
	}
	text = hear(r, fd[0]);
	assert_string_equal(text, "0 8\n2 ended\n");
	free(text);

	memset(flood, 'a', sizeof(flood));
	fd[0] = dial(r);
	assert_int_equal(send(fd[0], flood, sizeof(flood), 0), sizeof(flood));
	text = hear(r, fd[0]);
	assert_string_equal(text, "1 24\nthe request is too long\n");
	free(text);

	/* A command whose client has left is carried out, the answer thrown away. */
	fd[0] = dial(r);
	assert_int_equal(send(fd[0], "text\tterminate\tall\n", 19, 0), 19);
	close(fd[0]);
	for (int i = 0; i < 3; i++)
		cli_poll(r->cli, 0, NULL);
	assert_int_equal(r->calls, 3);
}

/* More clients than places: each is served in its turn. */
static void
test_many_clients(void **state)
{
	struct rig *r = *state;
	int fd[CLI_CLIENTS_MAX + 4];

	for (unsigned i = 0; i < CLI_CLIENTS_MAX + 4; i++) {
		fd[i] = dial(r);
		cli_poll(r->cli, 0, NULL);
	}
	for (unsigned i = 0; i < CLI_CLIENTS_MAX + 4; i++)
		assert_int_equal(send(fd[i], "text\tterminate\tall\n", 19, 0), 19);
	for (unsigned i = 0; i < CLI_CLIENTS_MAX + 4; i++)
		free(hear(r, fd[i]));
	assert_int_equal(r->calls, CLI_CLIENTS_MAX + 4);
}

/* Only the owner may get at it; a socket left over is replaced, one in use is not. */
static void
test_socket(void **state)
{
	struct rig *r = *state;
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct stat st;
	char path[100];
	int fd;

	assert_int_equal(stat(r->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	snprintf(path, sizeof(path), "%s/run", r->folder);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);

	assert_null(cli_new(r->path, commands, N_COMMANDS, NULL));
	free(ask(r, "text\tterminate\tall\n", 0));

	/* As a killed process leaves it: bound, nobody there. */
	cli_free(r->cli);
	strcpy(addr.sun_path, r->path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
	r->cli = cli_new(r->path, commands, N_COMMANDS, &r->calls);
	assert_non_null(r->cli);
	free(ask(r, "text\tterminate\tall\n", 0));

	/* A file of another kind is nobody's to remove. */
	snprintf(path, sizeof(path), "%s/file", r->folder);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_null(cli_new(path, commands, N_COMMANDS, NULL));
	assert_int_equal(unlink(path), 0);
}

/* --- kanmonctl -------------------------------------------------------------------------------- */

/* Runs it with these words; what it printed on both streams, and its exit status. */
static int
ctl(struct rig *r, const char *words, char *out, size_t size)
{
	const char *program = getenv("KANMONCTL");
	char command[512];
	size_t len = 0;
	FILE *p;

	snprintf(
		command, sizeof(command), "KANMON_SOCKET=%s '%s' %s 2>&1", r->path, program, words);
	p = popen(command, "r");
	assert_non_null(p);
	for (;;) {
		struct pollfd fd = {.fd = fileno(p), .events = POLLIN};
		ssize_t n;

		cli_poll(r->cli, 1, NULL);
		if (poll(&fd, 1, 0) <= 0)
			continue;
		n = read(fd.fd, out + len, size - len - 1);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	out[len] = '\0';
	return WEXITSTATUS(pclose(p));
}

static void
test_kanmonctl(void **state)
{
	/* clang-format off */
	static const struct {
		const char *words;
		int status;
		const char *out; /* as it begins */
	} cases[] = {
		{"terminate all", 0, "1 ended\n"},
		{"--json terminate all", 0, "{\"message\": \"2 ended\"}\n"},
		{"terminate all --json", 0, "{\"message\": \"3 ended\"}\n"},
		{"terminate 'some one'", 1, "no session or user \"some one\"\n"},
		{"show", 2, "unknown command: show"},
		{"help", 0, "command  "},
		{"", 2, "usage: kanmonctl"},
		{"--nope", 2, ""},
		{"terminate 'a\tb'", 2, "kanmonctl: the command is too long"},
		{"-s /nonexistent/sock terminate all", 1,
			"kanmonctl: cannot reach kanmond on /nonexistent/sock: No such file or "
			"directory\n"},
		{"--version", 0, "kanmonctl "},
	};
	/* clang-format on */
	char out[4096];

	if (getenv("KANMONCTL") == NULL)
		skip();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(ctl(*state, cases[i].words, out, sizeof(out)), cases[i].status);
		out[strlen(cases[i].out)] = '\0';
		assert_string_equal(out, cases[i].out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_json_strings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slow_client, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rude_clients, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_clients, setup, teardown),
		cmocka_unit_test_setup_teardown(test_socket, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kanmonctl, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
