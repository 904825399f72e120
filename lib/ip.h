/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4 addresses, prefixes and ranges: types, parse, print, contains. */
#ifndef IP_H
#define IP_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values in network byte order; addresses and ports stay in it everywhere. */
typedef uint16_t be16;
typedef uint32_t be32;

/* An address and the prefix length of its network, as in 10.0.0.254/24. */
struct ip_prefix {
	be32 addr;
	uint8_t len; /* bits, 0 to 32 */
};

/* The addresses from first to last, both included. */
struct ip_range {
	be32 first;
	be32 last;
};

/* One end of a UDP flow. */
struct ip_end {
	be32 addr;
	be16 port;
};

#define IP_STR_LEN     16 /* "255.255.255.255" */
#define IP_END_STR_LEN 22 /* with ":65535" */

/* Each returns 0, or -EINVAL unless the whole text is valid. A range may be a single address. */
int ip_parse(const char *text, be32 *out);
int ip_prefix_parse(const char *text, struct ip_prefix *out);
int ip_range_parse(const char *text, struct ip_range *out);

/* Each prints into buf and returns it. */
const char *ip_str(be32 addr, char buf[IP_STR_LEN]);
const char *ip_end_str(const struct ip_end *end, char buf[IP_END_STR_LEN]);

static inline be32
ip_mask(uint8_t len)
{
	return len == 0 ? 0 : htonl(0xffffffffu << (32 - len));
}

static inline be32
ip_network(const struct ip_prefix *p)
{
	return p->addr & ip_mask(p->len);
}

/* The directed broadcast address of the network. */
static inline be32
ip_broadcast(const struct ip_prefix *p)
{
	return p->addr | ~ip_mask(p->len);
}

static inline bool
ip_prefix_contains(const struct ip_prefix *p, be32 addr)
{
	return ((p->addr ^ addr) & ip_mask(p->len)) == 0;
}

static inline bool
ip_range_contains(const struct ip_range *r, be32 addr)
{
	return ntohl(addr) >= ntohl(r->first) && ntohl(addr) <= ntohl(r->last);
}

/* How many addresses the range holds. */
static inline uint32_t
ip_range_count(const struct ip_range *r)
{
	return ntohl(r->last) - ntohl(r->first) + 1;
}

static inline bool
ip_end_equal(const struct ip_end *a, const struct ip_end *b)
{
	return a->addr == b->addr && a->port == b->port;
}

#endif
