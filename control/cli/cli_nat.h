/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands about NAT, for struct cli_command.fn; arg is the gateway. */
#ifndef CLI_NAT_H
#define CLI_NAT_H

#include "cli.h"

enum cli_status cli_nat_show(void *arg, struct cli_out *out, int argc, char **argv);
enum cli_status cli_nat_rules(void *arg, struct cli_out *out, int argc, char **argv);
enum cli_status cli_nat_sessions(void *arg, struct cli_out *out, int argc, char **argv);

#endif
