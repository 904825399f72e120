/* SPDX-License-Identifier: BSD-3-Clause */
/* Secret files: their mode, what they may contain, and that no secret is printed. */
#include <stdlib.h>
#include <sys/stat.h>

#include "config_good.h"
#include "config_impl.h"

static char folder[] = "/tmp/kanmon-config-XXXXXX";

static void
write_file(const char *name, const char *bytes, size_t len, mode_t mode)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
remove_folder(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static void
test_secret_files(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		mode_t mode;
		const char *why; /* after the path; NULL: accepted */
	} files[] = {
		{"from a file\n", 12, 0600, NULL},
		{"from a file", 11, 0400, NULL},
		{"x\n", 2, 0640,
			"is accessible to group or others (mode 0640; allowed: 0600 or 0400)"},
		{"x\n", 2, 0604,
			"is accessible to group or others (mode 0604; allowed: 0600 or 0400)"},
		{"\n", 1, 0600, "is empty"},
		{"", 0, 0600, "is empty"},
		/* What editors add. */
		{"from a file\r\n", 13, 0600,
			"contains a carriage return (save it with UNIX line ends)"},
		{"\xef\xbb\xbf"
		 "from a file\n",
			15, 0600, "begins with a byte order mark (save it as UTF-8 without BOM)"},
		{"\xff\xfex\0\n\0", 6, 0600,
			"begins with a byte order mark (save it as UTF-8 without BOM)"},
		{"from a file \n", 13, 0600, "begins or ends with a blank"},
		{"from a file\t", 12, 0600, "begins or ends with a blank"},
		{" from a file", 12, 0600, "begins or ends with a blank"},
		{"from a file\n\n", 13, 0600, "has more than one line"},
		{"from a file\n# of 2024\n", 22, 0600, "has more than one line"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct lines lines = {0};
		char name[128], text[2048], expect[256] = "";
		struct config c;
		int rc;

		/* The path is relative to the folder of the configuration. */
		write_file("secret", files[i].bytes, files[i].len, files[i].mode);
		snprintf(name, sizeof(name), "%s/t", folder);
		replaced("long-enough-secret", "file:secret", text, sizeof(text));
		rc = config_parse(name, text, strlen(text), 0, &c, collect, &lines);
		if (files[i].why != NULL)
			snprintf(expect, sizeof(expect), "%s:8: ike.psk: file %s/secret: %s\n",
				name, folder, files[i].why);
		assert_string_equal(lines.text, expect);
		assert_int_equal(rc == 0, files[i].why == NULL);
		if (rc != 0)
			continue;
		assert_int_equal(c.ike.psk.len, 11);
		assert_memory_equal(c.ike.psk.b, "from a file", 11);
		config_free(&c);
	}
}

/* Another user's file is not a secret, whatever its mode: that user can read and change it. */
static void
test_secret_owner(void **state)
{
	static const struct {
		uid_t owner, us;
		bool refused;
	} cases[] = {{0, 0, false}, {1000, 0, true}, {0, 1000, false}, {1000, 1000, false},
		{1001, 1000, true}};
	char why[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stat st = {.st_mode = S_IFREG | 0600, .st_uid = cases[i].owner};

		assert_int_equal(config_secret_refused(&st, cases[i].us, why, sizeof(why)),
			cases[i].refused);
		if (cases[i].refused)
			assert_non_null(strstr(why, "belongs to another user (uid 100"));
	}
}

/* A password must be text, a pre-shared key need not be. Either has at most 256 bytes. */
static void
test_secret_contents(void **state)
{
	struct lines lines = {0};
	char name[128], text[2048], many[257];
	struct config c;

	(void)state;
	memset(many, 'x', sizeof(many));
	write_file("bytes", "\xc3\x28\0z", 4, 0600);
	write_file("most", many, 256, 0600);
	write_file("more", many, 257, 0600);
	snprintf(name, sizeof(name), "%s/t", folder);

	replaced("long-enough-password", "file:bytes", text, sizeof(text));
	assert_int_not_equal(config_parse(name, text, strlen(text), 0, &c, collect, &lines), 0);
	assert_non_null(strstr(lines.text, ":13: users[0].password: is not valid UTF-8"));
	replaced("long-enough-secret", "file:bytes", text, sizeof(text));
	assert_int_equal(config_parse(name, text, strlen(text), 0, &c, collect, &lines), 0);
	assert_int_equal(c.ike.psk.len, 4);
	config_free(&c);

	replaced("long-enough-password", "file:most", text, sizeof(text));
	assert_int_equal(config_parse(name, text, strlen(text), 0, &c, collect, &lines), 0);
	assert_int_equal(strlen(c.users[0].password), 256);
	config_free(&c);
	replaced("long-enough-password", "file:more", text, sizeof(text));
	assert_int_not_equal(config_parse(name, text, strlen(text), 0, &c, collect, &lines), 0);
	assert_non_null(strstr(lines.text, "is too long (at most 256 bytes)"));
}

/* A secret that is refused is not printed. */
static void
test_secrets_unsaid(void **state)
{
	struct lines lines = {0};
	char text[4096], secret[400], password[480];
	struct config c;

	(void)state;
	memset(secret, 's', sizeof(secret) - 1);
	secret[sizeof(secret) - 1] = '\0';
	replaced("long-enough-secret", secret, text, sizeof(text));
	assert_int_not_equal(config_parse("t", text, strlen(text), 0, &c, collect, &lines), 0);
	snprintf(password, sizeof(password), "[%s]", secret);
	replaced("long-enough-password", password, text, sizeof(text));
	assert_int_not_equal(config_parse("t", text, strlen(text), 0, &c, collect, &lines), 0);
	assert_int_equal(lines.n, 2);
	assert_null(strstr(lines.text, "ssss"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secret_files),
		cmocka_unit_test(test_secret_owner),
		cmocka_unit_test(test_secret_contents),
		cmocka_unit_test(test_secrets_unsaid),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
