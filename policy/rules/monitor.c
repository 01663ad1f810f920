/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

#define SET(field) offsetof(struct rv_settings, monitor.field)

static const struct rv_setting settings[] = {
	{ "unattached", RV_SET_WORD, SET(unattached), .words = rv_words_allow,
	  .doc = "A container that cannot be watched (no cgroup2 of its own, an old kernel, an ordinary user's, a restored one): allow (it "
		 "runs and its record says so), deny." },
	{ "learn", RV_SET_FLAG, SET(learn),
	  .doc = "The container's report also has the system calls that it used. While one such container runs, every system call of the "
		 "node costs 110 to 200 ns more." },
	{ "egress", RV_SET_ALLOW, SET(egress), .check = rv_network_fault,
	  .doc = "Where a container may connect and send to: addresses as CIDR, with a port, a range of ports or a protocol if wanted "
		 "(10.0.0.0/8, 10.1.2.3:443/tcp, [2001:db8::]/32:8000-8999); ** for anywhere. Anything else is refused, and so are raw "
		 "sockets and those of ping (ICMP); loopback and name servers must be in the list too. Not held to it are packet sockets "
		 "(they are the detection packet-socket's), and sockets that were connected outside the container." },
	{ "ingress", RV_SET_ALLOW, SET(ingress), .check = rv_network_fault,
	  .doc = "From where, and on which of its own ports, it may be reached by TCP and UDP, over loopback too; written as egress. "
		 "Answers to what it sent by UDP come in when they are from one of the last four addresses that the socket sent to." },
	{ "DETECTION", RV_SET_ACTIONS, SET(actions),
	  .doc = "Any other member is the name of a detection (reeve-detections(5)) and says what happens when it fires: off, alert, deny, "
		 "kill (the process), freeze, stop (the container). Each is tighter than those before it; what a detection does when no "
		 "policy names it is in its own text." },
	{ 0 }
};

const struct rv_family rv_family_monitor = {
	.name = "monitor",
	.settings = settings,
	.doc = "What is watched while the container runs, and what happens when a detection fires.",
};
