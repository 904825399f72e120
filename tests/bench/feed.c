/* SPDX-License-Identifier: BSD-3-Clause */
/* The feeder: frames as clients and the LAN send them. IPsec-MB encrypts ESP directly. */
#include <string.h>

#include "bench.h"
#include "esp.h"
#include "net.h"
#include "packet.h"

#define TAG_AT (PACKET_IPV4_LEN + PACKET_UDP_LEN) /* offset in the inner packet */

#define PORT_FROM 4000
#define PORT_TO   5000

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
	return (unsigned)packet_cipher_len(size + PACKET_L2TP_LEN, suite->block);
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

/* The inner packet, with its tag. */
static void
write_inner(uint8_t *p, be32 src, be32 dst, unsigned size, uint32_t client, uint32_t seq)
{
	packet_udp(p, (struct ip_end){src, htons(PORT_FROM)}, (struct ip_end){dst, htons(PORT_TO)},
		size);
	write_tag(p, client, seq);
}

void
feed_down(struct bench *b, struct rte_mbuf *m, uint32_t client, unsigned size, uint32_t tag)
{
	uint8_t *p = (uint8_t *)rte_pktmbuf_append(m, (uint16_t)(PACKET_ETHER_LEN + size));

	packet_ether(p, b->w->net[DP_LAN].mac, net_mac_other);
	write_inner(p + PACKET_ETHER_LEN, NET_LAN_HOST, b->clients[client].addr, size, client, tag);
}

void
feed_up(struct bench *b, struct rte_mbuf *m, uint32_t client, unsigned size, uint32_t tag)
{
	struct bench_client *c = &b->clients[client];
	const struct sa_crypto *k = &b->seal;
	unsigned cipher = bench_cipher_len(b->suite, size);
	unsigned head = ESP_HEADER_LEN + k->iv_len;
	unsigned esp_len = head + cipher + k->icv_len;
	uint8_t *p = (uint8_t *)rte_pktmbuf_append(
		m, (uint16_t)(PACKET_ETHER_LEN + PACKET_IPV4_LEN + esp_len));
	uint8_t *esp = p + PACKET_ETHER_LEN + PACKET_IPV4_LEN;
	rte_be32_t seq = htonl(++c->seq);

	packet_ether(p, b->w->net[DP_WAN].mac, net_mac_other);
	packet_ipv4(p + PACKET_ETHER_LEN, htonl(NET_FIRST_OUTER + client), NET_WAN_ADDR,
		PACKET_PROTO_ESP, PACKET_IPV4_LEN + esp_len);
	memcpy(esp, &c->spi, 4);
	memcpy(esp + 4, &seq, 4);
	memset(esp + ESP_HEADER_LEN, (int)c->seq, k->iv_len);
	packet_l2tp(esp + head, NET_L2TP_TID, NET_L2TP_SID, size);
	write_inner(esp + head + PACKET_L2TP_LEN, c->addr, NET_LAN_HOST, size, client, tag);
	packet_trailer(esp + head, size + PACKET_L2TP_LEN, cipher);
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
	return esp + head + PACKET_L2TP_LEN;
}

void
feed_flush(struct bench *b)
{
	while (IMB_FLUSH_JOB(b->dp->mb) != NULL)
		;
}
