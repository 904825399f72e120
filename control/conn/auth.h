/* SPDX-License-Identifier: BSD-3-Clause */
/* Judges passwords against the configuration's users. */
#ifndef AUTH_H
#define AUTH_H

#include "config.h"
#include "ppp.h"

/*
 * Judges a Response. auth->user may begin with DOMAIN\, which is left out. *user: the one of that
 * name, NULL if there is none. For PPP_AUTH_OK, auth_response gets the "S=..." text. *why gets a
 * sentence for the log, never a secret.
 */
enum ppp_verdict auth_check(const struct config *config, const struct ppp_auth *auth,
	const struct config_user **user, char auth_response[MSCHAP_AUTH_LEN + 1], const char **why);

#endif
