/* SPDX-License-Identifier: BSD-3-Clause */
#include "auth.h"

#include <string.h>

#include "crypto/secret.h"

static const char *
without_domain(const char *name)
{
	const char *at = strrchr(name, '\\');

	return at ? at + 1 : name;
}

enum ppp_verdict
auth_check(const struct config *config, const struct ppp_auth *auth,
	const struct config_user **user, char auth_response[MSCHAP_AUTH_LEN + 1], const char **why)
{
	uint8_t nt_hash[MSCHAP_NT_HASH_LEN];
	bool right;

	*user = config_find_user(config, without_domain(auth->user));
	if (*user == NULL) {
		*why = "unknown user";
		return PPP_AUTH_WRONG;
	}
	if (mschap_nt_hash((*user)->password, nt_hash) != 0) {
		*why = "the configured password is not UTF-8";
		return PPP_AUTH_WRONG;
	}
	right = mschap_verify(nt_hash, auth->challenge, auth->user, auth->response, auth_response);
	sodium_memzero(nt_hash, sizeof(nt_hash));
	if (!right) {
		*why = "wrong password";
		return PPP_AUTH_WRONG;
	}
	if ((*user)->disabled) {
		*why = "the user is disabled";
		return PPP_AUTH_DISABLED;
	}
	*why = "";
	return PPP_AUTH_OK;
}
