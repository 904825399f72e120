/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The stages of this folder, each defined in the file of its name. A stage takes its lane (lane.h)
 * and disposes of every packet in it. filter() is in filter.h, nat_in() and nat_out() are in nat.h.
 */
#ifndef STAGES_H
#define STAGES_H

struct worker;

void wan_in(struct worker *w);
void lan_in(struct worker *w);
void esp_in(struct worker *w);
void l2tp_in(struct worker *w);
void ppp_in(struct worker *w);
void forward(struct worker *w);
void route(struct worker *w);
void egress(struct worker *w);
void shape(struct worker *w);
void ppp_out(struct worker *w);
void l2tp_out(struct worker *w);
void esp_out(struct worker *w);
void lan_out(struct worker *w);
void wan_out(struct worker *w);

#endif
