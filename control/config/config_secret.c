/* SPDX-License-Identifier: BSD-3-Clause */
/* Secrets in files of their own. */
#include "config_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Why the file must not be used, or NULL. */
static const char *
objection(const struct stat *st, char *buf, size_t size)
{
	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	if ((st->st_mode & 077) != 0) {
		snprintf(buf, size,
			"is accessible to group or others (mode %04o; allowed: 0600 or 0400)",
			(unsigned)st->st_mode & 07777);
		return buf;
	}
	return NULL;
}

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
	char full[2048], mode[80];
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
	if (stat(full, &st) == 0 && (why = objection(&st, mode, sizeof(mode))) != NULL)
		goto out;
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) != 0) {
		why = strerror(errno);
		goto out;
	}
	why = objection(&st, mode, sizeof(mode));
	if (why != NULL)
		goto out;
	len = read_all(fd, bytes, sizeof(bytes));
	if (len < 0) {
		why = strerror(errno);
		goto out;
	}
	if (len > 0 && bytes[len - 1] == '\n')
		len--;
	if (len == 0 || (size_t)len > size) {
		why = len == 0 ? "is empty" : "is too long (at most 256 bytes)";
		len = -1;
		goto out;
	}
	memcpy(buf, bytes, (size_t)len);
out:
	if (why != NULL)
		snprintf(item->why, sizeof(item->why), "file %.200s: %s", full, why);
	if (fd >= 0)
		close(fd);
	sodium_memzero(bytes, sizeof(bytes));
	return (int)len;
}
_Static_assert(CONFIG_PASSWORD_MAX == SECRET_MAX, "one limit for the message above");
