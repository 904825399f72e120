/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands about ports and routes, for struct cli_command.fn; arg is the gateway. */
#ifndef CLI_NET_H
#define CLI_NET_H

#include "cli.h"

enum cli_status cli_net_interfaces(void *arg, struct cli_out *out, int argc, char **argv);
enum cli_status cli_net_routes(void *arg, struct cli_out *out, int argc, char **argv);

#endif
