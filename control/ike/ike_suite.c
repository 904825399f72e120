/* SPDX-License-Identifier: BSD-3-Clause */
#include "ike_suite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	enum cbc_id cipher;
	uint16_t key_bits;
} ciphers[] = {
	{"des", CBC_DES, 0},
	{"3des", CBC_3DES, 0},
	{"aes128", CBC_AES, 128},
	{"aes192", CBC_AES, 192},
	{"aes256", CBC_AES, 256},
};

#define N_CIPHERS (sizeof(ciphers) / sizeof(ciphers[0]))

/*
 * Copies the next word of a dash-separated text; returns the rest, or NULL if the word is too long.
 */
static const char *
next_word(const char *text, char word[16])
{
	size_t n = strcspn(text, "-");

	if (n >= 16)
		return NULL;
	memcpy(word, text, n);
	word[n] = '\0';
	return text[n] == '-' ? text + n + 1 : text + n;
}

int
ike_suite_parse(const char *text, struct ike_suite *out)
{
	char word[16];
	int group;

	memset(out, 0, sizeof(*out));
	text = next_word(text, word);
	for (size_t i = 0; i < N_CIPHERS; i++) {
		if (strcmp(word, ciphers[i].name) == 0) {
			out->cipher = ciphers[i].cipher;
			out->key_bits = ciphers[i].key_bits;
		}
	}
	if (text == NULL || out->cipher == 0 || (text = next_word(text, word)) == NULL)
		return -EINVAL;
	for (int h = HASH_MD5; h <= HASH_SHA512; h++)
		if (strcmp(word, hash_name(h)) == 0)
			out->hash = h;
	group = dh_parse(text);
	if (out->hash == 0 || group < 0)
		return -EINVAL;
	out->group = group;
	return 0;
}

const char *
ike_suite_str(const struct ike_suite *s, char buf[IKE_SUITE_STR_LEN])
{
	const char *cipher = "?";

	for (size_t i = 0; i < N_CIPHERS; i++)
		if (ciphers[i].cipher == s->cipher && ciphers[i].key_bits == s->key_bits)
			cipher = ciphers[i].name;
	snprintf(buf, IKE_SUITE_STR_LEN, "%s-%s-%s", cipher, hash_name(s->hash), dh_name(s->group));
	return buf;
}

bool
ike_suite_weak(const struct ike_suite *s)
{
	return s->cipher == CBC_DES || s->hash == HASH_MD5 || s->group == DH_MODP768 ||
	       s->group == DH_MODP1024;
}

const char *
ike_suite_weakness(const struct ike_suite *s, char buf[IKE_WEAK_LEN])
{
	bool group = s->group == DH_MODP768 || s->group == DH_MODP1024;

	snprintf(buf, IKE_WEAK_LEN, "%s%s%s%s%s", s->cipher == CBC_DES ? "DES" : "",
		s->cipher == CBC_DES && (s->hash == HASH_MD5 || group) ? ", " : "",
		s->hash == HASH_MD5 ? "MD5" : "", s->hash == HASH_MD5 && group ? ", " : "",
		!group                   ? ""
		: s->group == DH_MODP768 ? "MODP-768"
					 : "MODP-1024");
	return buf;
}
