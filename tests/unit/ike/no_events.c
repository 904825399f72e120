/* SPDX-License-Identifier: BSD-3-Clause */
#include "no_events.h"

static void
ignore(void *arg, struct ike_sa *sa)
{
	(void)arg;
	(void)sa;
}

static void
ignore_message(void *arg, struct ike_sa *sa, const struct ip_end *local,
	const struct ip_end *remote, const uint8_t *msg, size_t len)
{
	(void)local;
	(void)remote;
	(void)msg;
	(void)len;
	ignore(arg, sa);
}

static be32
no_spi(void *arg, struct ike_sa *sa)
{
	ignore(arg, sa);
	return 0;
}

static void
ignore_spi(void *arg, struct ike_sa *sa, be32 spi)
{
	(void)spi;
	ignore(arg, sa);
}

static int
accept_child(void *arg, struct ike_sa *sa, const struct ike_child *child)
{
	(void)child;
	ignore(arg, sa);
	return 0;
}

static void
ignore_cookies(void *arg, struct ike_sa *sa, const uint8_t cookies[16])
{
	(void)cookies;
	ignore(arg, sa);
}

static void
ignore_end(void *arg, struct ike_sa *sa, const struct ip_end *remote)
{
	(void)remote;
	ignore(arg, sa);
}

static void
ignore_why(void *arg, struct ike_sa *sa, enum ike_why why)
{
	(void)why;
	ignore(arg, sa);
}

struct ike_events
no_events(void)
{
	return (struct ike_events){
		.send = ignore_message,
		.up = ignore,
		.initial_contact = ignore,
		.spi_take = no_spi,
		.spi_release = ignore_spi,
		.child_new = accept_child,
		.child_up = ignore_spi,
		.child_gone = ignore_spi,
		.esp_deleted = ignore_spi,
		.isakmp_deleted = ignore_cookies,
		.moved = ignore_end,
		.down = ignore_why,
	};
}
