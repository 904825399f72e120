/* SPDX-License-Identifier: BSD-3-Clause */
/* Users and their passwords, from the configuration. */
#ifndef AUTH_H
#define AUTH_H

#include "config.h"
#include "ppp.h"

/* The part of a name as sent that names the user: what follows DOMAIN\. */
const char *auth_plain_name(const char *name);

/*
 * Judges a Response. For PPP_AUTH_OK, auth_response gets the "S=..." text. why gets a sentence for the log, never a secret.
 */
enum ppp_verdict auth_check(const struct config *config, const struct ppp_auth *auth,
	char auth_response[MSCHAP_AUTH_LEN + 1], const char **why);

#endif
