/* SPDX-License-Identifier: BSD-3-Clause */
/* The feeder: frames as clients and the LAN send them. ESP is sealed by IPsec-MB directly. */
#include <string.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "bench.h"
#include "cksum.h"
#include "esp.h"
#include "net.h"

#define HEAD_LEN 20 /* UDP, L2TP with its length, PPP uncompressed */
#define IP_LEN   ((unsigned)sizeof(struct rte_ipv4_hdr))
#define TAG_AT   28 /* of the inner packet: behind IPv4 and UDP */

unsigned
bench_pick_size(struct bench *b, unsigned size)
{
	unsigned n;

	if (size != BENCH_IMIX)
		return size;
	n = bench_random(b) % 12;
	return n < 7 ? 64 : n < 11 ? 570 : 1400;
}

double
bench_mean_size(unsigned size)
{
	return size != BENCH_IMIX ? size : (7 * 64 + 4 * 570 + 1400) / 12.0;
}

unsigned
bench_cipher_len(const struct esp_suite *suite, unsigned size)
{
	return RTE_ALIGN_CEIL(size + HEAD_LEN + ESP_TRAILER_LEN, (unsigned)suite->block);
}

void
bench_job(struct bench *b, IMB_JOB *job, const struct sa_crypto *k, bool encrypt, uint8_t *esp,
	unsigned cipher)
{
	unsigned head = ESP_HEADER_LEN + k->iv_len;

	suite_job(job, k);
	job->cipher_direction = encrypt ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
	job->chain_order = encrypt ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
	job->src = esp;
	job->dst = esp + head;
	job->iv = esp + ESP_HEADER_LEN;
	job->cipher_start_src_offset_in_bytes = head;
	job->msg_len_to_cipher_in_bytes = cipher;
	job->hash_start_src_offset_in_bytes = 0;
	job->msg_len_to_hash_in_bytes = head + cipher;
	job->auth_tag_output = esp + head + cipher;
	if (suite_is_gcm(k))
		suite_job_gcm(job, k, esp, b->nonce[b->n_nonces++ % BENCH_NONCES]);
}

/* An IPv4 packet of UDP, of the size on the wire. */
static void
write_ipv4(uint8_t *p, be32 src, be32 dst, uint8_t protocol, unsigned size)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)p;

	memset(ip, 0, sizeof(*ip));
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->total_length = htons((uint16_t)size);
	ip->time_to_live = 64;
	ip->next_proto_id = protocol;
	ip->src_addr = src;
	ip->dst_addr = dst;
	ip->hdr_checksum = cksum(ip, sizeof(*ip));
	if (protocol == IPPROTO_UDP)
		*(struct rte_udp_hdr *)(ip + 1) = (struct rte_udp_hdr){.src_port = htons(4000),
			.dst_port = htons(5000),
			.dgram_len = htons((uint16_t)(size - IP_LEN))};
}

static void
write_tag(uint8_t *ip, uint32_t client, uint32_t seq)
{
	const struct bench_tag tag = {client, seq};

	memcpy(ip + TAG_AT, &tag, sizeof(tag));
}

struct bench_tag
bench_packet_tag(const uint8_t *ip)
{
	struct bench_tag tag;

	memcpy(&tag, ip + TAG_AT, sizeof(tag));
	return tag;
}

static void
write_ether(struct bench *b, uint8_t *p, enum dp_port port)
{
	memcpy(p, b->w->net[port].mac, 6);
	memcpy(p + 6, net_mac_other, 6);
	p[12] = 8;
	p[13] = 0;
}

void
feed_down(struct bench *b, struct rte_mbuf *m, uint32_t client, unsigned size, uint32_t tag)
{
	uint8_t *p = (uint8_t *)rte_pktmbuf_append(m, (uint16_t)(RTE_ETHER_HDR_LEN + size));

	write_ether(b, p, DP_LAN);
	write_ipv4(p + RTE_ETHER_HDR_LEN, NET_LAN_HOST, b->clients[client].addr, IPPROTO_UDP, size);
	write_tag(p + RTE_ETHER_HDR_LEN, client, tag);
}

/* UDP, L2TP, PPP, and the inner packet; returns its length. */
static unsigned
write_l2tp(uint8_t *p, const struct bench_client *c, unsigned size)
{
	static const uint8_t tail[] = {0, NET_L2TP_TID, 0, NET_L2TP_SID, 0xff, 0x03, 0x00, 0x21};
	unsigned len = size + HEAD_LEN;

	p[0] = p[2] = 1701 >> 8;
	p[1] = p[3] = 1701 & 0xff;
	p[4] = (uint8_t)(len >> 8);
	p[5] = (uint8_t)len;
	p[6] = p[7] = 0;
	p[8] = 0x40;
	p[9] = 2;
	p[10] = (uint8_t)((len - 8) >> 8);
	p[11] = (uint8_t)(len - 8);
	memcpy(p + 12, tail, sizeof(tail));
	write_ipv4(p + HEAD_LEN, c->addr, NET_LAN_HOST, IPPROTO_UDP, size);
	return len;
}

void
feed_up(struct bench *b, struct rte_mbuf *m, uint32_t client, unsigned size, uint32_t tag)
{
	struct bench_client *c = &b->clients[client];
	const struct sa_crypto *k = &b->seal;
	unsigned cipher = bench_cipher_len(b->suite, size);
	unsigned head = ESP_HEADER_LEN + k->iv_len, len, pad;
	unsigned esp_len = head + cipher + k->icv_len;
	uint8_t *p = (uint8_t *)rte_pktmbuf_append(
		m, (uint16_t)(RTE_ETHER_HDR_LEN + IP_LEN + esp_len));
	uint8_t *esp = p + RTE_ETHER_HDR_LEN + IP_LEN;
	rte_be32_t seq = htonl(++c->seq);

	write_ether(b, p, DP_WAN);
	write_ipv4(p + RTE_ETHER_HDR_LEN, htonl(NET_FIRST_OUTER + client), NET_WAN_ADDR,
		IPPROTO_ESP, IP_LEN + esp_len);
	memcpy(esp, &c->spi, 4);
	memcpy(esp + 4, &seq, 4);
	memset(esp + ESP_HEADER_LEN, (int)c->seq, k->iv_len);
	len = write_l2tp(esp + head, c, size);
	write_tag(esp + head + HEAD_LEN, client, tag);
	pad = cipher - len - ESP_TRAILER_LEN;
	for (unsigned i = 0; i < pad; i++)
		esp[head + len + i] = (uint8_t)(i + 1);
	esp[head + len + pad] = (uint8_t)pad;
	esp[head + len + pad + 1] = ESP_NEXT_UDP;
	bench_job(b, IMB_GET_NEXT_JOB(b->dp->mb), k, true, esp, cipher);
	IMB_SUBMIT_JOB_NOCHECK(b->dp->mb);
}

const uint8_t *
feed_open(struct bench *b, uint8_t *esp, unsigned len)
{
	const struct sa_crypto *k = &b->open;
	unsigned head = ESP_HEADER_LEN + k->iv_len;

	bench_job(b, IMB_GET_NEXT_JOB(b->dp->mb), k, false, esp, len - head - k->icv_len);
	IMB_SUBMIT_JOB_NOCHECK(b->dp->mb);
	return esp + head + HEAD_LEN;
}

void
feed_flush(struct bench *b)
{
	while (IMB_FLUSH_JOB(b->dp->mb) != NULL)
		;
}
