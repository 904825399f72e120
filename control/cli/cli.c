/* SPDX-License-Identifier: BSD-3-Clause */
/* The server of the control socket: one listening socket, a few clients; nothing blocks. */
#include "cli_impl.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

struct client {
	int fd; /* -1: no client */
	uint64_t deadline_ms; /* moved by each byte received or sent */
	char request[CLI_REQUEST_MAX + 1];
	size_t request_len;
	struct cli_buf answer; /* empty until the request is complete */
	size_t sent;
};

struct cli {
	const struct cli_command *commands;
	size_t n_commands;
	void *arg;
	int fd;
	struct sockaddr_un addr;
	struct stat made; /* of the socket file that was created */
	struct client client[CLI_CLIENTS_MAX];
};

/* --- commands --------------------------------------------------------------------------------- */

/* The number of words of the command if argv begins with them, else 0. */
static int
match(const struct cli_command *c, int argc, char **argv)
{
	const char *word = c->words;
	int n = 0;

	while (*word) {
		size_t len = strcspn(word, " ");

		if (n == argc || strlen(argv[n]) != len || strncmp(argv[n], word, len) != 0)
			return 0;
		n++;
		word += len + (word[len] == ' ');
	}
	return n;
}

static enum cli_status
help(const struct cli *cli, struct cli_out *out)
{
	static const char *const headings[] = {"command", "arguments", "what it does"};

	cli_table(out, headings, 3);
	for (size_t i = 0; i < cli->n_commands; i++) {
		cli_str(out, cli->commands[i].words);
		cli_str(out, cli->commands[i].args);
		cli_str(out, cli->commands[i].help);
	}
	cli_str(out, "help");
	cli_str(out, "");
	cli_str(out, "list the commands");
	return CLI_OK;
}

static enum cli_status
run(struct cli *cli, struct cli_out *out, int argc, char **argv)
{
	const struct cli_command *best = NULL;
	int words = 0;

	if (argc == 1 && strcmp(argv[0], "help") == 0)
		return help(cli, out);
	for (size_t i = 0; i < cli->n_commands; i++) {
		int n = match(&cli->commands[i], argc, argv);

		if (n > words) {
			words = n;
			best = &cli->commands[i];
		}
	}
	if (best == NULL) {
		cli_message(out, "unknown command: %s%s%s (\"help\" lists all)",
			argc > 0 ? argv[0] : "", argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
		return CLI_USAGE;
	}
	if ((unsigned)(argc - words) < best->min_args ||
		(unsigned)(argc - words) > best->max_args) {
		cli_message(
			out, "usage: %s%s%s", best->words, best->args[0] ? " " : "", best->args);
		return CLI_USAGE;
	}
	return best->fn(cli->arg, out, argc - words, argv + words);
}

/* Splits a request into its words, in place; their number, or -1 if it is malformed. */
static int
split(char *request, bool *json, char *argv[CLI_ARGS_MAX])
{
	char *word = strsep(&request, "\t");
	int argc = 0;

	*json = strcmp(word, "json") == 0;
	if (!*json && strcmp(word, "text") != 0)
		return -1;
	while ((word = strsep(&request, "\t")) != NULL) {
		if (argc == CLI_ARGS_MAX)
			return -1;
		argv[argc++] = word;
	}
	return argc;
}

static void
answer(struct client *c, struct cli_out *out, enum cli_status status, bool json)
{
	struct cli_buf body = {0};
	char head[32];
	int n;

	cli_out_render(out, status, json, &body);
	if (body.failed) {
		cli_buf_free(&body);
		status = CLI_FAILED;
		cli_buf_add(&body, "out of memory\n", 14);
	}
	n = snprintf(head, sizeof(head), "%d %zu\n", (int)status, body.len);
	cli_buf_add(&c->answer, head, (size_t)n);
	cli_buf_add(&c->answer, body.p, body.len);
	cli_buf_free(&body);
}

static void
refuse(struct client *c, const char *why)
{
	struct cli_out out = {0};

	cli_message(&out, "%s", why);
	answer(c, &out, CLI_FAILED, false);
	cli_out_fini(&out);
}

static void
serve(struct cli *cli, struct client *c, pthread_mutex_t *lock)
{
	struct cli_out out = {0};
	char *argv[CLI_ARGS_MAX];
	enum cli_status status;
	bool json;
	int argc = split(c->request, &json, argv);

	if (argc < 0) {
		refuse(c, "the request is malformed");
		return;
	}
	if (lock != NULL)
		pthread_mutex_lock(lock);
	status = run(cli, &out, argc, argv);
	if (lock != NULL)
		pthread_mutex_unlock(lock);
	answer(c, &out, status, json);
	cli_out_fini(&out);
}

/* --- clients ---------------------------------------------------------------------------------- */

static void
drop(struct client *c)
{
	close(c->fd);
	c->fd = -1;
	cli_buf_free(&c->answer);
}

static struct client *
free_client(struct cli *cli)
{
	for (unsigned i = 0; i < CLI_CLIENTS_MAX; i++)
		if (cli->client[i].fd < 0)
			return &cli->client[i];
	return NULL;
}

/* The mode of the socket keeps others out; this also holds where the mode has no effect. */
static bool
peer_allowed(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
	       (cred.uid == 0 || cred.uid == geteuid());
}

static void
take(struct cli *cli, uint64_t now_ms)
{
	struct client *c = free_client(cli);
	int fd;

	if (c == NULL)
		return;
	fd = accept4(cli->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	c->fd = fd;
	c->request_len = 0;
	c->sent = 0;
	c->deadline_ms = now_ms + CLI_CLIENT_MS;
	if (!peer_allowed(fd)) {
		log_warning(
			CLI, NULL, "refused a connection of another user to the control socket");
		refuse(c, "permission denied");
	}
}

static void
receive(struct cli *cli, struct client *c, uint64_t now_ms, pthread_mutex_t *lock)
{
	ssize_t n = recv(c->fd, c->request + c->request_len, CLI_REQUEST_MAX - c->request_len, 0);
	char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(c);
		return;
	}
	c->deadline_ms = now_ms + CLI_CLIENT_MS;
	c->request_len += (size_t)n;
	c->request[c->request_len] = '\0';
	end = memchr(c->request, '\n', c->request_len);
	if (end != NULL) {
		*end = '\0';
		serve(cli, c, lock);
	} else if (c->request_len == CLI_REQUEST_MAX) {
		refuse(c, "the request is too long");
	}
}

static void
transmit(struct client *c, uint64_t now_ms)
{
	ssize_t n = send(c->fd, c->answer.p + c->sent, c->answer.len - c->sent, MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		drop(c);
		return;
	}
	c->deadline_ms = now_ms + CLI_CLIENT_MS;
	c->sent += (size_t)n;
	if (c->sent == c->answer.len)
		drop(c);
}

void
cli_poll(struct cli *cli, int timeout_ms, pthread_mutex_t *lock)
{
	struct pollfd fds[CLI_CLIENTS_MAX + 1];
	uint64_t now_ms;

	for (unsigned i = 0; i < CLI_CLIENTS_MAX; i++) {
		fds[i].fd = cli->client[i].fd; /* poll() ignores -1 */
		fds[i].events = cli->client[i].answer.len > 0 ? POLLOUT : POLLIN;
		fds[i].revents = 0;
	}
	fds[CLI_CLIENTS_MAX] = (struct pollfd){
		.fd = free_client(cli) ? cli->fd : -1, .events = POLLIN};
	poll(fds, CLI_CLIENTS_MAX + 1, timeout_ms);
	now_ms = clock_ms();

	for (unsigned i = 0; i < CLI_CLIENTS_MAX; i++) {
		struct client *c = &cli->client[i];

		if (c->fd >= 0 && fds[i].revents != 0 && c->answer.len == 0)
			receive(cli, c, now_ms, lock);
		/* At once, as most answers fit into the buffer of the socket. */
		if (c->fd >= 0 && fds[i].revents != 0 && c->answer.len > 0)
			transmit(c, now_ms);
		if (c->fd >= 0 && (now_ms > c->deadline_ms || c->answer.failed))
			drop(c);
	}
	if (fds[CLI_CLIENTS_MAX].revents != 0)
		take(cli, now_ms);
}

/* --- the socket ------------------------------------------------------------------------------- */

/* Creates the folder of the path if it does not exist. */
static int
make_folder(const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return 0;
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	return mkdir(folder, 0700) == 0 || errno == EEXIST ? 0 : -errno;
}

/* Whether there is a socket that no process listens on. */
static bool
is_stale(const struct sockaddr_un *addr)
{
	struct stat st;
	bool stale;
	int fd;

	if (lstat(addr->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	stale = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) != 0 &&
		errno == ECONNREFUSED;
	close(fd);
	return stale;
}

/* Binds so that the socket has mode 0600 from the beginning. */
static int
bind_private(int fd, const struct sockaddr_un *addr)
{
	mode_t old = umask(0177);
	int rc = bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0 ? 0 : -errno;

	umask(old);
	return rc;
}

static int
listen_on(struct cli *cli)
{
	int rc = make_folder(cli->addr.sun_path);

	if (rc != 0)
		return rc;
	cli->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (cli->fd < 0)
		return -errno;
	rc = bind_private(cli->fd, &cli->addr);
	if (rc == -EADDRINUSE && is_stale(&cli->addr)) {
		log_info(CLI, NULL, "replaced the stale socket %s", cli->addr.sun_path);
		unlink(cli->addr.sun_path);
		rc = bind_private(cli->fd, &cli->addr);
	}
	if (rc != 0)
		return rc;
	/* From here on cli_free() removes the socket. */
	if (lstat(cli->addr.sun_path, &cli->made) != 0 || listen(cli->fd, CLI_CLIENTS_MAX) != 0)
		return -errno;
	return 0;
}

struct cli *
cli_new(const char *path, const struct cli_command *commands, size_t n_commands, void *arg)
{
	struct cli *cli = calloc(1, sizeof(*cli));
	int rc = -ENOMEM;

	if (cli == NULL)
		goto fail;
	cli->commands = commands;
	cli->n_commands = n_commands;
	cli->arg = arg;
	cli->fd = -1;
	cli->addr.sun_family = AF_UNIX;
	for (unsigned i = 0; i < CLI_CLIENTS_MAX; i++)
		cli->client[i].fd = -1;
	rc = -ENAMETOOLONG;
	if (strlen(path) >= sizeof(cli->addr.sun_path))
		goto fail;
	memcpy(cli->addr.sun_path, path, strlen(path) + 1);
	rc = listen_on(cli);
	if (rc == 0)
		return cli;
fail:
	log_err(CLI, NULL, "cannot listen on %s: %s", path,
		rc == -EADDRINUSE ? "the path is in use" : strerror(-rc));
	cli_free(cli);
	return NULL;
}

void
cli_free(struct cli *cli)
{
	struct stat st;

	if (cli == NULL)
		return;
	for (unsigned i = 0; i < CLI_CLIENTS_MAX; i++)
		if (cli->client[i].fd >= 0)
			drop(&cli->client[i]);
	/* Not if another process has replaced the socket. */
	if (cli->made.st_ino != 0 && lstat(cli->addr.sun_path, &st) == 0 &&
		st.st_ino == cli->made.st_ino && st.st_dev == cli->made.st_dev)
		unlink(cli->addr.sun_path);
	if (cli->fd >= 0)
		close(cli->fd);
	free(cli);
}
