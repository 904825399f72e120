/* SPDX-License-Identifier: BSD-3-Clause */
/* The command that ends sessions. */
#ifndef CLI_TERMINATE_H
#define CLI_TERMINATE_H

#include "cli.h"

/*
 * arg: struct gateway. argv: "all", a kind ("session", "user", "address") and a name, or the name
 * alone if it is of one kind only. An address is that of the client's lease or its outer one.
 */
enum cli_status cli_terminate(void *arg, struct cli_out *out, int argc, char **argv);

#endif
