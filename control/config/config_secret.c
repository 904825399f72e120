/* SPDX-License-Identifier: BSD-3-Clause */
/* Secrets: read from files of their own, and checked for being easy to guess. */
#include "config_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_FILE_WHY 160

bool
config_secret_refused(const struct stat *st, uid_t us, char *why, size_t size)
{
	if (!S_ISREG(st->st_mode))
		snprintf(why, size, "is not a regular file");
	else if ((st->st_mode & 077) != 0)
		snprintf(why, size,
			"is accessible to group or others (mode %04o; allowed: 0600 or 0400)",
			(unsigned)st->st_mode & 07777);
	else if (st->st_uid != 0 && st->st_uid != us)
		snprintf(why, size,
			"belongs to another user (uid %u; allowed: root and the user that runs "
			"kanmond)",
			(unsigned)st->st_uid);
	else
		return false;
	return true;
}

/*
 * What an editor or a shell added to the secret, and the operator does not see; or NULL. The newline
 * at the end is not among the bytes.
 */
static const char *
oddity(const uint8_t *b, size_t len)
{
	static const uint8_t marks[][3] = {{0xef, 0xbb, 0xbf}, {0xff, 0xfe}, {0xfe, 0xff}};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t n = i == 0 ? 3 : 2;

		if (len >= n && memcmp(b, marks[i], n) == 0)
			return "begins with a byte order mark (save it as UTF-8 without BOM)";
	}
	if (memchr(b, '\r', len) != NULL)
		return "contains a carriage return (save it with UNIX line ends)";
	if (memchr(b, '\n', len) != NULL)
		return "has more than one line";
	if (len > SECRET_MAX)
		return "is too long (at most 256 bytes)";
	if (len == 0)
		return "is empty";
	if (b[0] == ' ' || b[0] == '\t' || b[len - 1] == ' ' || b[len - 1] == '\t')
		return "begins or ends with a blank";
	return NULL;
}
_Static_assert(SECRET_MAX == 256 && CONFIG_PASSWORD_MAX == SECRET_MAX, "the limit in the message");

/* Reads up to size bytes of the file; their number, or -1. */
static ssize_t
read_all(int fd, uint8_t *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

int
config_secret_read(struct config_item *item, const char *path, uint8_t *buf, size_t size)
{
	char full[2048], stat_why[SECRET_FILE_WHY];
	uint8_t bytes[SECRET_MAX + 2]; /* room for the newline, and to see that it is too long */
	const char *why = NULL;
	struct stat st;
	ssize_t len = -1;
	int fd = -1, n;

	n = snprintf(full, sizeof(full), "%s%s%s", path[0] == '/' ? "" : item->dir,
		path[0] == '/' ? "" : "/", path);
	if (n >= (int)sizeof(full)) {
		config_refuse(item, "the path of the file is too long");
		return -1;
	}
	/* Before open(), as opening a device may have effects; and again on what was opened. */
	if (stat(full, &st) == 0 &&
		config_secret_refused(&st, geteuid(), stat_why, sizeof(stat_why))) {
		why = stat_why;
		goto out;
	}
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) != 0) {
		why = strerror(errno);
		goto out;
	}
	if (config_secret_refused(&st, geteuid(), stat_why, sizeof(stat_why))) {
		why = stat_why;
		goto out;
	}
	len = read_all(fd, bytes, sizeof(bytes));
	if (len < 0) {
		why = strerror(errno);
		goto out;
	}
	if (len > 0 && bytes[len - 1] == '\n')
		len--;
	why = oddity(bytes, (size_t)len);
	if (why == NULL && (size_t)len > size)
		why = "is too long";
	if (why == NULL)
		memcpy(buf, bytes, (size_t)len);
	else
		len = -1;
out:
	if (why != NULL)
		snprintf(item->why, sizeof(item->why), "file %.140s: %s", full, why);
	if (fd >= 0)
		close(fd);
	sodium_memzero(bytes, sizeof(bytes));
	return (int)len;
}

/* --- guessing --------------------------------------------------------------------------------- */

/*
 * Whoever poses as the gateway towards a client can try keys against what the client sends, at the
 * speed of a hash. Passwords can only be tried one connection at a time by those without the key
 * (NIST SP 800-63B, 5.1.1.2: at least 8 characters).
 */
enum {
	PSK_SANE_MIN = 16, /* bytes */
	PASSWORD_SANE_MIN = 8, /* bytes */
};

/* The secrets of configs/kanmon.yaml. */
#define EXAMPLE_PSK      "secret123"
#define EXAMPLE_PASSWORD "password123"

/* What is wrong with the password, or NULL. */
static const char *
guessable(const struct config_user *u)
{
	if (strcmp(u->password, EXAMPLE_PASSWORD) == 0)
		return "is the password of the example configuration";
	if (strcmp(u->password, u->name) == 0)
		return "is the user's name";
	if (strlen(u->password) < PASSWORD_SANE_MIN)
		return "is shorter than 8 bytes";
	return NULL;
}
_Static_assert(PASSWORD_SANE_MIN == 8, "the number in the message");

static void
check_passwords(struct config_doc *doc)
{
	const struct config *c = doc->config;
	size_t first = c->n_users, n = 0;
	char others[64] = "";

	for (size_t i = 0; i < c->n_users; i++) {
		if (c->users[i].disabled || guessable(&c->users[i]) == NULL)
			continue;
		if (n++ == 0)
			first = i;
	}
	if (n == 0)
		return;
	if (n > 1)
		snprintf(others, sizeof(others), "; so are those of %zu more user%s", n - 1,
			n == 2 ? "" : "s");
	config_warning(doc, config_at_entry(KEY_USERS_PASSWORD, first, c->users[first].line),
		"%s and easy to guess%s", guessable(&c->users[first]), others);
}

void
config_check_secrets(struct config_doc *doc)
{
	const struct secret *psk = &doc->config->ike.psk;
	struct config_place at = config_at(doc, KEY_IKE_PSK);

	/* Static sessions do not use them. */
	if (doc->flags & CONFIG_BENCH)
		return;
	if (config_good(doc, KEY_USERS))
		check_passwords(doc);
	if (!config_good(doc, KEY_IKE_PSK))
		return;
	if (psk->len == strlen(EXAMPLE_PSK) && memcmp(psk->b, EXAMPLE_PSK, psk->len) == 0)
		config_warning(
			doc, at, "is the key of the example configuration and easy to guess");
	else if (psk->len < PSK_SANE_MIN)
		config_warning(doc, at, "is shorter than %d bytes and easy to guess", PSK_SANE_MIN);
}
