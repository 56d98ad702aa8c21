#ifndef BO_HARNESS_DOCTOR_NETEM_PROBE_H
#define BO_HARNESS_DOCTOR_NETEM_PROBE_H

/*
 * Tries in a network namespace of its own, in a child, whether the queueing discipline `kind` can
 * be put on an interface: nothing of the host's is touched, and no privilege is needed where user
 * namespaces are allowed. 0: it can. -ENOENT: the kernel does not have it (rtnetlink(7): an unknown
 * TCA_KIND). -EPERM: no namespace may be made here. Other errors as the kernel gives them.
 */
int bo_netem_probe(const char *kind);

#endif
