/* SPDX-License-Identifier: BSD-3-Clause */
#include "dhcp_reply.h"

#include <string.h>

#include "rdwr.h"

enum {
	OVERLOAD_FILE = 1, /* RFC 2132, 9.3 */
	OVERLOAD_NAME = 2,
	ROUTES_BYTES_MAX = 1024,
};

struct reading {
	struct dhcp_reply *out;
	uint8_t overload;
	uint8_t routes[ROUTES_BYTES_MAX]; /* option 121, which may be split (RFC 3396) */
	size_t routes_len;
	bool has_routes;
};

/* The bits of a mask; 0 if they are not contiguous. */
static uint8_t
mask_len(be32 mask)
{
	uint32_t bits = ntohl(mask);
	uint8_t len = (uint8_t)__builtin_popcount(bits);

	return mask == ip_mask(len) ? len : 0;
}

static void
read_message(struct rd *value, char *out, size_t size)
{
	size_t n = 0;

	while (rd_more(value) && n + 1 < size) {
		char c = (char)rd_u8(value);

		out[n++] = c >= 0x20 && c < 0x7f ? c : '?';
	}
	out[n] = '\0';
}

static void
keep_routes(struct reading *r, struct rd *value)
{
	size_t n = rd_left(value);

	r->has_routes = true;
	if (n > sizeof(r->routes) - r->routes_len)
		n = sizeof(r->routes) - r->routes_len;
	if (n > 0)
		memcpy(r->routes + r->routes_len, rd_bytes(value, n), n);
	r->routes_len += n;
}

/* Reads an option. A value that is too short counts as absent. */
static void
read_option(struct reading *r, uint8_t option, struct rd value)
{
	struct dhcp_reply *out = r->out;
	size_t len = rd_left(&value);

	switch (option) {
	case DHCP_OPTION_MASK:
		out->mask_len = mask_len(rd_be32(&value));
		break;
	case DHCP_OPTION_ROUTER:
		out->router = rd_be32(&value);
		break;
	case DHCP_OPTION_DNS:
		out->dns[0] = rd_be32(&value);
		out->dns[1] = len >= 8 ? rd_be32(&value) : 0;
		break;
	case DHCP_OPTION_LEASE:
		out->lease_s = rd_u32(&value);
		break;
	case DHCP_OPTION_OVERLOAD:
		r->overload = rd_u8(&value);
		break;
	case DHCP_OPTION_TYPE:
		out->type = (enum dhcp_type)rd_u8(&value);
		break;
	case DHCP_OPTION_SERVER:
		out->server = rd_be32(&value);
		break;
	case DHCP_OPTION_MESSAGE:
		read_message(&value, out->message, sizeof(out->message));
		break;
	case DHCP_OPTION_RENEW:
		out->renew_s = rd_u32(&value);
		break;
	case DHCP_OPTION_REBIND:
		out->rebind_s = rd_u32(&value);
		break;
	case DHCP_OPTION_ROUTES:
		keep_routes(r, &value);
		break;
	default:
		break;
	}
}

/* Reads options up to the end option or the end of the field; false if one is truncated. */
static bool
read_options(struct reading *r, struct rd *from)
{
	while (rd_more(from)) {
		uint8_t option = rd_u8(from);
		struct rd value;

		if (option == DHCP_OPTION_PAD)
			continue;
		if (option == DHCP_OPTION_END)
			return true;
		value = rd_sub(from, rd_u8(from));
		if (from->bad)
			return false;
		read_option(r, option, value);
	}
	return !from->bad;
}

/*
 * Reads the length of the prefix in bits, the significant bytes of that, and the router (RFC 3442).
 * False if it is malformed, and the rest counts as absent.
 */
static bool
read_route(struct rd *value, struct dhcp_route *out)
{
	uint8_t bytes[4] = {0}, len = rd_u8(value);
	const uint8_t *p;

	if (len > 32)
		return false;
	p = rd_bytes(value, (len + 7u) / 8);
	if (p == NULL)
		return false;
	memcpy(bytes, p, (len + 7u) / 8);
	memcpy(&out->to.addr, bytes, sizeof(bytes));
	out->to.len = len;
	out->to.addr = ip_network(&out->to);
	out->router = rd_be32(value);
	return !value->bad;
}

/* If option 121 is present, the router option is ignored. */
static void
read_routes(const struct reading *r)
{
	struct dhcp_reply *out = r->out;
	struct rd value = rd_init(r->routes, r->routes_len);
	struct dhcp_route route;

	out->router = 0;
	while (rd_more(&value) && read_route(&value, &route)) {
		if (route.to.len == 0)
			out->router = route.router;
		else if (out->n_routes < DHCP_ROUTES_MAX)
			out->routes[out->n_routes++] = route;
	}
}

bool
dhcp_reply_read(const uint8_t *payload, size_t len, uint32_t id, const uint8_t mac[6],
	struct dhcp_reply *out)
{
	struct reading reading = {.out = out};
	struct rd r = rd_init(payload, len), name, file;
	uint8_t op = rd_u8(&r), hardware = rd_u8(&r), hardware_len = rd_u8(&r);
	const uint8_t *client;
	uint32_t to;

	memset(out, 0, sizeof(*out));
	rd_u8(&r); /* hops */
	to = rd_u32(&r);
	rd_u32(&r); /* seconds, flags */
	rd_u32(&r); /* ciaddr */
	out->address = rd_be32(&r);
	rd_bytes(&r, 8); /* siaddr, giaddr */
	client = rd_bytes(&r, DHCP_HARDWARE_LEN_MAX);
	name = rd_sub(&r, DHCP_SERVER_NAME_LEN);
	file = rd_sub(&r, DHCP_FILE_LEN);
	if (rd_u32(&r) != DHCP_COOKIE || r.bad || op != DHCP_OP_REPLY || to != id ||
		hardware != DHCP_HARDWARE_ETHER || hardware_len != 6 || memcmp(client, mac, 6) != 0)
		return false;
	if (!read_options(&reading, &r) ||
		((reading.overload & OVERLOAD_FILE) != 0 && !read_options(&reading, &file)) ||
		((reading.overload & OVERLOAD_NAME) != 0 && !read_options(&reading, &name)))
		return false;
	if (reading.has_routes)
		read_routes(&reading);
	return out->type == DHCP_OFFER || out->type == DHCP_ACK || out->type == DHCP_NAK;
}
